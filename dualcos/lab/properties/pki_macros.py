"""The PKI side of 3.0 cards on the bench: its two PINs, its master keys, its three files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from cos.pki.command_table import ROWS
from cos.pki.stack import STACK
from dualcos.dialogue.driver import apdu
from dualcos.dialogue.iso_commands import select_fid
from dualcos.dialogue.making import select
from dualcos.dialogue.pki import (
    APPLICATION_NAME,
    ENCRYPTION,
    MANAGER,
    NAME,
    SIGNATURE,
    USER,
    PkiHost,
    pin_key,
)
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.social_host import OTHER_MASTER
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import Macro, Play, Played, forged
from dualcos.profile.schema import PkiProfile, Profile
from keys.algorithms import SM4
from keys.key_handle import KeyHandle

LABEL = "pki"
_FILES = (0x0012, 0x0018, 0x0019)
_WRITABLE = _FILES[1:]
_OTHER_PIN = bytes.fromhex("90785634")
_PAIRS = (SIGNATURE, ENCRYPTION)
_VERIFY, _AUTHENTICATE = 0x20, 0x82
HOST = PkiHost()


class _Macros:
    """What holder, manager and issuer of one card know, and the dialogues that come of it."""

    def __init__(self, profile: Profile, pki: PkiProfile) -> None:
        self.manager_pin = bytes.fromhex(pki.manager_pin)
        self.user, self.manager = pin_key(bytes.fromhex(pki.user_pin)), pin_key(self.manager_pin)
        self.masters = [KeyHandle(SM4, profile.pki_key(name)) for name in ("master", "application_master")]
        self.by_manager = pki.certificate_write == "manager PIN"

    def select(self, choice: int) -> Play:
        yield from HOST.application()
        yield from select_fid(_FILES[choice % 3])

    def read(self, choice: int) -> Play:
        yield from self.select(choice)
        yield from HOST.read((choice % 5) << 8, (16, 256)[choice % 2])

    def verify_user(self, _choice: int) -> Played:
        return HOST.verify(USER, self.user)

    def verify_manager(self, _choice: int) -> Played:
        return HOST.verify(MANAGER, self.manager)

    def verify(self, choice: int) -> Played:
        return self.verify_manager(choice) if choice % 2 else self.verify_user(choice)

    def change_pin_muddled(self, _choice: int) -> Play:
        """A right MAC over what is no PIN."""
        yield from HOST.application()
        yield from HOST.change_pin(self.manager, b"\x12")

    def update(self, choice: int) -> Play:
        yield from self.verify(int(self.by_manager))
        yield from select_fid(_WRITABLE[choice % 2])
        yield from HOST.update(bytes((1 + choice % 9,)) * (17 + choice % 40))

    def generate(self, choice: int) -> Play:
        """A new key pair in the card, and its public key. Without the SM2 library the card refuses."""
        yield from self.verify_user(choice)
        pair = _PAIRS[choice % 2]
        yield from HOST.generate(pair)
        yield from HOST.export(pair)

    def master(self, choice: int) -> Played:
        """The master key of the environment, or of the application."""
        prove = HOST.prove_application if choice % 2 else HOST.prove_home
        return prove(self.masters[choice % 2])

    def application_master(self, _choice: int) -> Played:
        return self.master(1)

    def replace(self, choice: int, key: KeyHandle | None = None) -> Play:
        """A master key by itself, or by ``key``."""
        old = self.masters[choice % 2]
        yield from self.master(choice)
        yield from HOST.change_master(old, key or old)

    def change_pin(self, _choice: int, pin: bytes = b"") -> Play:
        """The manager PIN by itself or by another."""
        yield from HOST.application()
        yield from HOST.change_pin(self.manager, pin or self.manager_pin)


def macros(profile: Profile, pki: PkiProfile) -> Mapping[str, Macro]:
    """The macro table of the PKI side."""
    do, other = _Macros(profile, pki), KeyHandle(SM4, OTHER_MASTER)
    proof = Macro("", do.read, (0, 1), writes=True, earns=True, guarded=True, restores=True, presents=True)
    sealed = Macro("", do.read, (0, 1), writes=True, guarded=True, sealed=True, restores=True)
    rows = (
        Macro("select", do.select, (0, 1, 2)),
        Macro("read", do.read, (0, 1, 2)),
        proof._replace(name="verify_user", play=do.verify_user, sweep=(0,)),
        proof._replace(name="verify_manager", play=do.verify_manager, sweep=(0,)),
        proof._replace(name="master", play=do.master),
        # Power cuts of it are the sweep over rows' business (command_cuts): each costs the drawing of a key pair.
        Macro("generate", do.generate, restores=True),
        Macro("verify_bad", forged(do.verify, _VERIFY), (0, 1), writes=True, spends=True),
        Macro("master_bad", forged(do.application_master, _AUTHENTICATE), writes=True, spends=True),
        Macro("update", do.update, (0, 1), writes=True, restores=True),
        Macro("replace_by_itself", do.replace, (0, 1), guarded=True, sealed=True, restores=True),
        sealed._replace(name="replace", play=partial(do.replace, key=other), replaces=(0, 1), traffic=False),
        sealed._replace(name="change_pin", play=do.change_pin, sweep=(0,), presents=True),
        Macro("change_pin_muddled", do.change_pin_muddled, restores=True, muddles=True),
        sealed._replace(
            name="change_pin_anew",
            play=partial(do.change_pin, pin=_OTHER_PIN),
            sweep=(0,),
            replaces=(0,),
            traffic=False,
        ),
    )
    return {row.name: row for row in rows}


def pool() -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what is there on other cards."""
    fids = (*_FILES, 0x0011, 0xEF05)
    signature, encryption = (pair.encode() for pair in _PAIRS)
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
        apdu("80400000", signature),
        apdu("80C98200", encryption),
        apdu("80C98280", le=66),
        apdu("804A0210", b"\xc1\x10" + bytes(16)),
        apdu("804E0001", encryption[4:] + b"\xc1\x04\x26\0\0\0"),
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
