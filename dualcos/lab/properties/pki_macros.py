"""The PKI side of 3.0 cards on the bench: its two PINs, its master keys, its three files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cos.pki.command_table import ROWS
from cos.pki.stack import STACK
from dualcos.dialogue.driver import Reply, apdu
from dualcos.dialogue.iso_commands import select_fid
from dualcos.dialogue.making import PKI_FORM, select
from dualcos.dialogue.pki import (
    APPLICATION_NAME,
    ENCRYPTION_PAIR,
    MANAGER,
    NAME,
    SIGNATURE_PAIR,
    USER,
    PkiHost,
    pin_key,
)
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import OTHER_MASTER, Macro, Play, forged, in_turn
from dualcos.profile.schema import PkiProfile, Profile
from keys.algorithms import SM4
from keys.key_handle import KeyHandle

LABEL = "pki"
_FILES = (0x0012, 0x0018, 0x0019)
_WRITABLE = _FILES[1:]
_OTHER_PIN = bytes.fromhex("90785634")
_PAIRS = (SIGNATURE_PAIR, ENCRYPTION_PAIR)
_VERIFY = 0x20
HOST = PkiHost()


class _PkiMacros:
    """What holder, manager and issuer of one card know, and the dialogues that come of it."""

    def __init__(self, profile: Profile, pki: PkiProfile) -> None:
        self.manager_pin = bytes.fromhex(pki.manager_pin)
        self.pins = ((USER, pin_key(bytes.fromhex(pki.user_pin))), (MANAGER, pin_key(self.manager_pin)))
        self.masters = [KeyHandle(SM4, profile.pki_key(name)) for name in ("master", "application_master")]
        self.writer = int(pki.certificate_write == "manager PIN")

    def select(self, choice: int) -> Play:
        return in_turn(HOST.application(), select_fid(_FILES[choice % 3]))

    def read(self, choice: int) -> Play:
        return in_turn(self.select(choice), HOST.read((choice % 5) << 8, (16, 256)[choice % 2]))

    def verify(self, choice: int) -> Reply:
        """The user PIN, or the manager's."""
        return HOST.verify(*self.pins[choice % 2])

    def update(self, choice: int) -> Play:
        content = bytes((1 + choice % 9,)) * (17 + choice % 40)
        return in_turn(self.verify(self.writer), select_fid(_WRITABLE[choice % 2]), HOST.update(content))

    def generate(self, choice: int) -> Play:
        """A new key pair in the card, and its public key. Without the SM2 library the card refuses."""
        pair = _PAIRS[choice % 2]
        return in_turn(self.verify(0), HOST.generate(pair), HOST.export(pair))

    def master(self, choice: int) -> Reply:
        """The master key of the environment, or of the application."""
        name = HOST.application_name if choice % 2 else HOST.name
        return PKI_FORM.enter(name, self.masters[choice % 2])

    def replace(self, choice: int, key: KeyHandle | None = None) -> Play:
        """A master key by itself, or by ``key``."""
        old = self.masters[choice % 2]
        return in_turn(self.master(choice), HOST.change_master(old, key or old))

    def change_pin(self, pin: bytes) -> Play:
        """The manager PIN by another; what is none is refused under its right MAC."""
        return in_turn(HOST.application(), HOST.change_pin(self.pins[1][1], pin))


def changed_pin(manager: bytes, new: bytes) -> Play:
    """CHANGE PIN under the manager's, whatever ``new`` is."""
    return in_turn(HOST.application(), HOST.change_pin(pin_key(manager), new))


def macros(profile: Profile, pki: PkiProfile) -> Mapping[str, Macro]:
    """The macro table of the PKI side."""
    do, other = _PkiMacros(profile, pki), KeyHandle(SM4, OTHER_MASTER)
    proof = Macro("", do.read, (0, 1), writes=True, earns=True, guarded=True, restores=True, presents=True)
    sealed = Macro("", do.read, (0, 1), writes=True, guarded=True, sealed=True, restores=True)
    rows = (
        Macro("select", do.select, (0, 1, 2)),
        Macro("read", do.read, (0, 1, 2)),
        proof._replace(name="verify_user", play=lambda _: do.verify(0), sweep=(0,)),
        proof._replace(name="verify_manager", play=lambda _: do.verify(1), sweep=(0,)),
        proof._replace(name="master", play=do.master),
        # Power cuts of it are ``tearing_of_commands``'s business: each costs the drawing of a key pair.
        Macro("generate", do.generate, restores=True),
        Macro("verify_bad", forged(do.verify, _VERIFY), (0, 1), writes=True, spends=True),
        Macro("master_bad", forged(lambda _: do.master(1)), writes=True, spends=True),
        Macro("update", do.update, (0, 1), writes=True, restores=True),
        Macro("replace_by_itself", do.replace, (0, 1), guarded=True, sealed=True, restores=True),
        sealed._replace(name="replace", play=partial(do.replace, key=other), replaces=(0, 1), traffic=False),
        sealed._replace(name="change_pin", play=lambda _: do.change_pin(do.manager_pin), sweep=(0,), presents=True),
        Macro("change_pin_muddled", lambda _: do.change_pin(b"\x12"), restores=True, muddles=True),
        sealed._replace(
            name="change_pin_anew",
            play=lambda _: do.change_pin(_OTHER_PIN),
            sweep=(0,),
            replaces=(0,),
            traffic=False,
        ),
    )
    return {row.name: row for row in rows}


def pool() -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what is there on other cards."""
    fids = (*_FILES, 0x0011, 0xEF05)
    return (
        *(select(name) for name in (NAME, APPLICATION_NAME, APPLICATION_NAME[:-1])),
        *(apdu("00A40000", fid.to_bytes(2, "big")) for fid in fids),
        apdu("00A40200", _FILES[0].to_bytes(2, "big")),
        *(apdu("00B00000", le=n) for n in (1, 66, 256)),
        apdu("00B0007F", le=256),
        apdu("00D60000", b"x"),
        *(apdu("00840000", le=n) for n in (4, 8, 16)),
        apdu("00C00000", le=256),
        apdu("00C00000"),
        *(apdu(header, bytes(16)) for header in (USER, MANAGER, "00820000")),
        apdu("80C40103", b"\xc1\x03\x12\x34\x56", 256),
        apdu("845E0100", bytes(0x14)),
        apdu("80E00200"),
        apdu("84D40100", bytes(0x24)),
        apdu("84D40000", bytes(0x24)),
        apdu("80400000", SIGNATURE_PAIR),
        apdu("80C98200", ENCRYPTION_PAIR),
        apdu("80C98280", le=66),
        apdu("804A0210", b"\xc1\x10" + bytes(16)),
        apdu("804E0001", ENCRYPTION_PAIR[4:] + b"\xc1\x04\x26\0\0\0"),
    )


def side(profile: Profile, pki: PkiProfile) -> Side:
    """The PKI side of the card that ``profile`` makes."""
    return Side(
        LABEL,
        select(NAME),
        (NAME,),
        (STACK.places[0].fid.to_bytes(2, "big"),),
        ROWS,
        pool(),
        macros(profile, pki),
        memory_of(LABEL),
    )
