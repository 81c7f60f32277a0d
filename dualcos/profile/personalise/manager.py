"""From blank chip to two environments that own their master keys (SSC-10 §5; 总体方案 一（四）)."""

from __future__ import annotations

from typing import NamedTuple

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel.directory_headers import MF_FID, DirectoryHeader, DirectoryKind
from cos.kernel.stack import Stacks
from cos.stacks import STACKS, places
from dualcos.profile.personalise.talk import Host, PersonalisationError, refused
from dualcos.profile.schema import SECTIONS, Profile
from keys import key_wrapping
from keys.algorithms import SM4, TDES
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

SSSE_FID, PSE_FID = 0xDDF1, 0xDDF2
_FCI_SFI = 0x23
_SELECT_MF = "00A40000"
SSSE = DirectoryHeader(
    SSSE_FID,
    DirectoryKind.DDF,
    0x22,  # level of BK in the national key order
    _FCI_SFI,
    card_block_reaches_mf=False,
    name="sx1.sh.社会保障".encode("gbk"),
    transaction_sfi=0x81,
)
PKI = DirectoryHeader(0xDDF3, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name="PKI.社会保障".encode("gbk"))
PSE = DirectoryHeader(PSE_FID, DirectoryKind.DDF, 0, _FCI_SFI, card_block_reaches_mf=False, name=b"1PAY.SYS.DDF01")
_MASTER = KeyHeader(0x00, 0x00, 0x00, 0xEF, 0x33, TDES.social, 0xFF, 16)


def master_header(algorithm_byte: int) -> KeyHeader:
    """Header of a master key (type 00, number 00, level FF)."""
    return _MASTER._replace(algorithm=algorithm_byte)


class BirthOrder(NamedTuple):
    """What the card maker needs for one chip: historical bytes, keys, the environments to hand over.

    ``card_master`` is the batch's, ``final_card_master`` the one that stays; ``social``, ``bank`` and ``pki`` are the
    keys the environments are handed over with, None for an environment the card does not get; ``further``: any other
    environment with its key.
    """

    historical: bytes
    transport: KeyHandle
    card_master: KeyHandle
    final_card_master: KeyHandle
    social: KeyHandle | None
    bank: KeyHandle | None
    block_reaches_mf: bool = False
    pki: KeyHandle | None = None
    further: tuple[tuple[DirectoryHeader, KeyHandle], ...] = ()


def birth_order(profile: Profile, stacks: Stacks = STACKS) -> BirthOrder:
    """A profile's chip: its test keys, which stay."""
    social = bank = None
    if profile.ssse is not None:
        algorithm = SM4 if profile.ssse.algorithm == "SM4" else TDES
        social = KeyHandle(algorithm, profile.social_key("master"))
    if profile.pse is not None:
        bank = KeyHandle(TDES, profile.bank_key("master"))
    master = KeyHandle(TDES, profile.card_master_key)
    reaches = profile.ssse is not None and profile.ssse.options.card_block_scope == "card"
    transport = KeyHandle(TDES, profile.transport_key)
    pki = KeyHandle(SM4, profile.pki_key("master")) if profile.pki is not None else None
    return BirthOrder(
        profile.chip.historical, transport, master, master, social, bank, reaches, pki, further(profile, stacks)
    )


def further(profile: Profile, stacks: Stacks) -> tuple[tuple[DirectoryHeader, KeyHandle], ...]:
    """The environments of stacks that nobody personalises here: born where they usually lie, with a derived key."""
    return tuple(
        (
            DirectoryHeader(place.fid, DirectoryKind.DDF, 0, 0, card_block_reaches_mf=False, name=place.name),
            KeyHandle(TDES, profile.keys.derive(f"{place.label} master")),
        )
        for place, stack in places(stacks)
        if stack.label in profile.sections and stack.label not in SECTIONS and not place.root
    )


def maker_bytes(host: Host, historical: bytes) -> None:
    """The chip maker's step: serial number and the other historical bytes of the ATR."""
    host.reset()
    host.apdu("serial number", "80E00500", b"\0\0" + historical[7:])
    host.apdu("ATR", "00140000", b"\x3b\x6d\0\0" + historical[:7])
    host.reset()


def birth(host: Host, order: BirthOrder) -> None:
    """Transport key, MF, card master key, then each environment with its first master key."""
    exists = host.resuming and host.send(_select_mf()).sw != SW.FILE_NOT_FOUND
    if _prove_transport(host, order):
        header = DirectoryHeader(MF_FID, DirectoryKind.DDF, 0, _FCI_SFI, order.block_reaches_mf, b"")
        if not exists:
            host.apdu("create MF", "80E00100", header.frame())
        host.load_key(order.transport, master_header(TDES.social), order.card_master)
    if order.social is not None:
        _environment(host, order, SSSE, order.social)
    if order.bank is not None:
        _environment(host, order, PSE, order.bank)
    if order.pki is not None:
        _environment(host, order, PKI, order.pki)
    for header, master in order.further:
        _environment(host, order, header, master)


def _prove_transport(host: Host, order: BirthOrder) -> bool:
    """Prove the transport key; False if ``resuming`` and it is dead: the card has its master key."""
    try:
        host.apdu("transport key", "80E00300", key_wrapping.transport_cryptogram(order.transport, order.historical[7:]))
    except PersonalisationError as error:
        if host.resuming and error.sw == SW.CONDITIONS_NOT_SATISFIED:
            return False
        raise
    return True


def _environment(host: Host, order: BirthOrder, header: DirectoryHeader, master: KeyHandle) -> None:
    """Create an environment and hand it over to its own master key."""
    under = _prove(host, order)
    if under.equals(order.final_card_master) and not under.equals(order.card_master):
        return  # The key that stays comes last: all environments are there.
    command = CommandAPDU(0x80, 0xE0, 0x01, 0x00, header.frame()).encode()
    sw = host.send(command).sw
    if host.resuming and sw == SW.FILE_EXISTS:
        _take_up(host, under, header, master)
        return
    if sw != 0x9000:
        raise refused(f"create environment {header.fid:04X}", command, sw)
    host.load_key(under, master_header(master.algorithm.social), master)


def _take_up(host: Host, under: KeyHandle, header: DirectoryHeader, master: KeyHandle) -> None:
    """Load the first key of an environment that was created and not handed over; leave an owned one alone."""
    host.apdu(f"select {header.fid:04X}", "00A40400", header.name)
    try:
        host.load_key(under, master_header(master.algorithm.social), master)
    except PersonalisationError as error:
        if error.sw not in (SW.SECURITY_NOT_SATISFIED, SW.INS_NOT_SUPPORTED):
            raise


def _select_mf() -> bytes:
    return bytes.fromhex(_SELECT_MF + "023F00")


def _prove(host: Host, order: BirthOrder) -> KeyHandle:
    host.do("select MF", _select_mf())
    return host.prove_one_of((order.card_master, order.final_card_master), key_wrapping.master_authentication)


def close(host: Host, order: BirthOrder) -> None:
    """The card master key that stays, then END: no further environment, nothing left to do for that key."""
    under = _prove(host, order)
    if not under.equals(order.final_card_master):
        host.load_key(under, master_header(TDES.social), order.final_card_master)
        host.prove_master(order.final_card_master)
    try:
        host.apdu("END in the MF", "80E00200")
    except PersonalisationError as error:
        if not (host.resuming and error.sw == SW.CONDITIONS_NOT_SATISFIED):
            raise
