"""How each kind of environment is born and ruled (F13): header, form of its master key's proof and replacement."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from cos.kernel.directory_headers import DirectoryHeader, DirectoryKind
from cos.psam.stack import STACK
from dualcos.dialogue import personalise_birth as manager
from dualcos.dialogue.making import master_header
from dualcos.lab.properties import bank_macros, pki_macros, social_sides
from dualcos.lab.properties.social_host import challenge
from dualcos.lab.properties.traffic_steps import Play, Reply, apdu, send
from dualcos.profile.psam_order import SX2_NAME, SX3_NAME
from dualcos.profile.schema import Profile
from keys import key_wrapping
from keys.algorithms import SM4, TDES, Algorithm
from keys.key_handle import KeyHandle

_PKI_RANDOM = 16


def prove_by_social_form(key: KeyHandle) -> Reply:
    """A master key of the MF, SSSE or an environment of a PSAM: authentication data ‖ random number."""
    random = yield from challenge()
    return (yield from send(apdu("00820000", key_wrapping.master_authentication(key, random))))


def _prove_bank(key: KeyHandle) -> Reply:
    random = yield from challenge()
    return (yield from send(apdu("00820000", key_wrapping.bank_master_authentication(key, random))))


def _prove_pki(key: KeyHandle) -> Reply:
    random = yield from challenge(_PKI_RANDOM)
    return (yield from send(apdu("00820000", key.encrypt(random) if key.block == _PKI_RANDOM else bytes(16))))


def load(under: KeyHandle, key: KeyHandle) -> Reply:
    """WRITE KEY P1 01: a master key, under ``under``."""
    random = yield from challenge()
    cipher = key_wrapping.wrap_key(under, master_header(key.algorithm.social), key)
    return (yield from send(key_wrapping.write_key_command(under, 1, cipher, random)))


def _load_pki(under: KeyHandle, key: KeyHandle) -> Play:
    # The card's key, a thief's way: its cipher does not fit, so the other form is tried.
    yield from pki_macros.change_master(under, key) if under.block == _PKI_RANDOM else load(under, key)


class BirthOfStack(NamedTuple):
    """One kind of environment. ``algorithm``: of the master keys it gets here."""

    label: str
    header: DirectoryHeader
    algorithm: Algorithm
    prove: Callable[[KeyHandle], Reply] = prove_by_social_form
    replace: Callable[[KeyHandle, KeyHandle], Play | Reply] = load


def _psam(fid: int, name: bytes) -> DirectoryHeader:
    return DirectoryHeader(fid, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=name)


def kinds(profile: Profile) -> dict[str, BirthOfStack]:
    """The environments of the card that ``profile`` makes; of a PSAM all that its COS makes."""
    if profile.psam is not None:
        cipher = SM4 if profile.psam.mf == "SM4" else TDES
        labels = {place.name: place.label for place in STACK.places}
        pairs = ((0xDDF1, SX2_NAME), (0xDDF2, SX3_NAME))
        return {labels[name]: BirthOfStack(labels[name], _psam(fid, name), cipher) for fid, name in pairs}
    found: dict[str, BirthOfStack] = {}
    if profile.ssse is not None:
        cipher = SM4 if profile.ssse.algorithm == "SM4" else TDES
        found[social_sides.LABEL] = BirthOfStack(social_sides.LABEL, manager.SSSE, cipher)
    if profile.pse is not None:
        found[bank_macros.LABEL] = BirthOfStack(bank_macros.LABEL, manager.PSE, TDES, _prove_bank)
    if profile.pki is not None:
        found[pki_macros.LABEL] = BirthOfStack(pki_macros.LABEL, manager.PKI, SM4, _prove_pki, _load_pki)
    return found
