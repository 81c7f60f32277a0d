"""The PKI side of 3.0 cards on the bench: its two PINs, its master keys, its three files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from cos.pki.command_table import ROWS
from cos.pki.security import RANDOM_LENGTH, pin_key_value
from dualcos.dialogue.personalise_birth import PKI
from dualcos.dialogue.pki import APPLICATION_NAME
from dualcos.lab.properties.region_memory import memory_of
from dualcos.lab.properties.social_host import OTHER_MASTER, challenge
from dualcos.lab.properties.specimen import Side
from dualcos.lab.properties.traffic_steps import Macro, Play, Reply, apdu, send
from dualcos.profile.schema import PkiProfile, Profile
from keys.algorithms import SM4
from keys.key_handle import KeyHandle
from keys.social_cryptography import command_mac, encipher

LABEL = "pki"
_USER, _MANAGER = "00200181", "00200100"
_FILES = (b"\x00\x12", b"\x00\x18", b"\x00\x19")
_WRITABLE = _FILES[1:]
_OTHER_PIN = "90785634"
# The public key's file and the private key, as GENERATE KEY PAIR names them.
_PAIRS = (bytes.fromhex("C0020012C2020013"), bytes.fromhex("C0020014C2020015"))
# A new master key: LD, three zeros, the key, padding.
_KEY_HEAD, _KEY_TAIL = b"\x13\0\0\0", b"\x80" + bytes(11)


class _Owner(NamedTuple):
    """What holder, manager and issuer of one card know."""

    user: KeyHandle
    manager: KeyHandle
    home: KeyHandle
    application: KeyHandle
    manager_pin: bytes


def _owner(profile: Profile, pki: PkiProfile) -> _Owner:
    manager_pin = bytes.fromhex(pki.manager_pin)
    values = (pin_key_value(bytes.fromhex(pki.user_pin)), pin_key_value(manager_pin))
    user, manager = (KeyHandle(SM4, value) for value in values)
    home, application = (KeyHandle(SM4, profile.pki_key(name)) for name in ("master", "application_master"))
    return _Owner(user, manager, home, application, manager_pin)


def change_master(old: KeyHandle, new: KeyHandle) -> Play:
    """CHANGE MASTER KEY of the current directory, under itself, which is proved."""
    yield from _secured("84D40100", old, old.wrap(new, _KEY_HEAD, _KEY_TAIL))


def _secured(header: str, key: KeyHandle, cipher: bytes) -> Reply:
    random = yield from challenge(RANDOM_LENGTH)
    return (yield from send(apdu(header, cipher + command_mac(key, bytes.fromhex(header), cipher, random))))


class _Macros:
    def __init__(self, owner: _Owner) -> None:
        self.owner = owner

    # --- parts ---------------------------------------------------------------------------------------------

    def _enter(self) -> Reply:
        return (yield from send(apdu("00A40400", APPLICATION_NAME)))

    def _show(self, header: str, key: KeyHandle, *, flip: int = 0) -> Reply:
        random = yield from challenge(RANDOM_LENGTH)
        data = key.encrypt(random)
        return (yield from send(apdu(header, bytes((data[0] ^ flip,)) + data[1:])))

    # --- macros --------------------------------------------------------------------------------------------

    def select(self, choice: int) -> Play:
        yield from self._enter()
        yield from send(apdu("00A40000", _FILES[choice % 3]))

    def read(self, choice: int) -> Play:
        yield from self.select(choice)
        yield from send(apdu(f"00B0{choice % 5:02X}00", le=(16, 256)[choice % 2]))

    def verify_user(self, _choice: int) -> Play:
        yield from self._enter()
        yield from self._show(_USER, self.owner.user)

    def verify_manager(self, _choice: int) -> Play:
        yield from self._enter()
        yield from self._show(_MANAGER, self.owner.manager)

    def verify_bad(self, choice: int) -> Play:
        yield from self._enter()
        keys = ((_USER, self.owner.user), (_MANAGER, self.owner.manager))
        yield from self._show(*keys[choice % 2], flip=1 + choice % 255)

    def change_pin_muddled(self, _choice: int) -> Play:
        """A right MAC over what is no PIN."""
        yield from self._enter()
        yield from _secured("845E0100", self.owner.manager, encipher(self.owner.manager, b"\x12"))

    def update(self, choice: int, *, by_manager: bool) -> Play:
        yield from self.verify_manager(0) if by_manager else self.verify_user(0)
        yield from send(apdu("00A40000", _WRITABLE[choice % 2]))
        yield from send(apdu("00D60000", bytes((1 + choice % 9,)) * (17 + choice % 40)))

    def generate(self, choice: int) -> Play:
        """A new key pair in the card, and its public key. Without the SM2 library the card refuses."""
        yield from self.verify_user(0)
        pair = _PAIRS[choice % 2]
        yield from send(apdu("80400000", pair))
        yield from send(apdu("80C98200", pair))
        yield from send(apdu("80C98280", le=66))

    def master(self, choice: int) -> Play:
        """The master key of the environment, or of the application."""
        if choice % 2:
            yield from self._enter()
        else:
            yield from send(apdu("00A40400", PKI.name))
        yield from self._show("00820000", self._master(choice))

    def master_bad(self, choice: int) -> Play:
        yield from self._enter()
        yield from self._show("00820000", self.owner.application, flip=1 + choice % 255)

    def _master(self, choice: int) -> KeyHandle:
        return self.owner.application if choice % 2 else self.owner.home

    def replace(self, choice: int, key: KeyHandle | None = None) -> Play:
        """A master key by itself, or by ``key``."""
        old = self._master(choice)
        yield from self.master(choice)
        yield from change_master(old, key or old)

    def change_pin(self, choice: int) -> Play:
        """The manager PIN by itself (even choices) or by another."""
        yield from self._enter()
        pin = bytes.fromhex(_OTHER_PIN) if choice % 2 else self.owner.manager_pin
        yield from _secured("845E0100", self.owner.manager, encipher(self.owner.manager, pin))


def macros(profile: Profile, pki: PkiProfile) -> Mapping[str, Macro]:
    """The macro table of the PKI side."""
    do, other = _Macros(_owner(profile, pki)), KeyHandle(SM4, OTHER_MASTER)
    by_manager = pki.certificate_write == "manager PIN"
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
        Macro("verify_bad", do.verify_bad, (0, 1), writes=True, spends=True),
        Macro("master_bad", do.master_bad, writes=True, spends=True),
        Macro("update", partial(do.update, by_manager=by_manager), (0, 1), writes=True, restores=True),
        Macro("replace_by_itself", do.replace, (0, 1), guarded=True, sealed=True, restores=True),
        sealed._replace(name="replace", play=lambda choice: do.replace(choice, other), replaces=(0, 1), traffic=False),
        sealed._replace(name="change_pin", play=lambda choice: do.change_pin(2 * choice), sweep=(0,), presents=True),
        Macro("change_pin_muddled", do.change_pin_muddled, restores=True, muddles=True),
        sealed._replace(
            name="change_pin_anew",
            play=lambda choice: do.change_pin(2 * choice + 1),
            sweep=(0,),
            replaces=(0,),
            traffic=False,
        ),
    )
    return {row.name: row for row in rows}


def pool() -> tuple[bytes, ...]:
    """Well-formed commands that hit what is there, and what is there on other cards."""
    found = [apdu("00A40400", name) for name in (PKI.name, APPLICATION_NAME, APPLICATION_NAME[:-1])]
    found += [apdu("00A40000", fid) for fid in (*_FILES, b"\x00\x11", b"\xef\x05")] + [apdu("00A40200", _FILES[0])]
    found += [apdu("00B00000", le=n) for n in (1, 66, 256)] + [apdu("00B0007F", le=256), apdu("00D60000", b"x")]
    found += [apdu("00840000", le=n) for n in (4, 8, 16)] + [apdu("00C00000", le=256), apdu("00C00000")]
    found += [apdu(header, bytes(16)) for header in (_USER, _MANAGER, "00820000")]
    found += [apdu("80C40103", b"\xc1\x03\x12\x34\x56", 256), apdu("845E0100", bytes(0x14)), apdu("80E00200")]
    found += [apdu("84D40100", bytes(0x24)), apdu("84D40000", bytes(0x24))]
    found += [apdu("80400000", _PAIRS[0]), apdu("80C98200", _PAIRS[1]), apdu("80C98280", le=66)]
    found += [apdu("804A0210", b"\xc1\x10" + bytes(16)), apdu("804E0001", _PAIRS[1][4:] + b"\xc1\x04\x26\0\0\0")]
    return tuple(found)


def side(profile: Profile, pki: PkiProfile) -> Side:
    """The PKI side of the card that ``profile`` makes."""
    return Side(
        LABEL,
        apdu("00A40400", PKI.name),
        (PKI.name,),
        (PKI.fid.to_bytes(2, "big"),),
        ROWS,
        pool(),
        macros(profile, pki),
        memory_of(LABEL),
    )
