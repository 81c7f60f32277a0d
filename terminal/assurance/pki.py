"""What is done with a card that has certificates (PKI environment): dialogues, bound to the keys of one profile."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from apdu.link import SmartCard
from cos.personalise.manager import PKI
from cos.personalise.pki import APPLICATION_NAME
from cos.profile import PkiProfile, Profile
from keys.algorithms import SM4, sm3
from keys.handle import KeyHandle
from keys.social import command_mac, encipher

Drive = Callable[[SmartCard], None]
_RANDOM = 16
_USER, _MANAGER = 0x81, 0x00
_OTHER_PIN = "87654321"
_OTHER_MASTER = bytes.fromhex("A1B2C3D4E5F60718293A4B5C6D7E8F90")


def dialogues(profile: Profile) -> Iterator[tuple[str, Drive]]:
    """Each dialogue with its title; none for a card without certificates."""
    if profile.pki is None:
        return
    do = _Holder(profile, profile.pki)
    yield "user PIN", lambda card: do.verify(card, _USER)
    yield "wrong user PIN", lambda card: do.verify(card, _USER, flip=1)
    yield "new manager PIN", do.change_pin
    yield "new manager PIN, wrong MAC", lambda card: do.change_pin(card, flip=1)
    yield "certificate", do.write_certificate
    yield "master key", do.prove
    yield "wrong master key", lambda card: do.prove(card, flip=1)
    yield "new master key", do.change_master


class _Holder:
    def __init__(self, profile: Profile, pki: PkiProfile) -> None:
        self._user, self._manager = (_pin_key(pin) for pin in (pki.user_pin, pki.manager_pin))
        self._master = KeyHandle(SM4, profile.pki_key("application_master"))

    def verify(self, card: SmartCard, which: int, *, flip: int = 0) -> None:
        self._enter(card)
        key = self._user if which == _USER else self._manager
        card.exchange(_short("002001", which) + _proof(key, card, flip))

    def prove(self, card: SmartCard, *, flip: int = 0) -> None:
        self._enter(card)
        card.exchange(_short("008200", 0) + _proof(self._master, card, flip))

    def write_certificate(self, card: SmartCard) -> None:
        self.verify(card, _MANAGER)
        card.exchange(bytes.fromhex("00A40000020018"))
        card.exchange(bytes.fromhex("00D6000020") + bytes(range(0x20)))

    def change_pin(self, card: SmartCard, *, flip: int = 0) -> None:
        self._enter(card)
        card.exchange(_sealed(self._manager, "845E0100", bytes.fromhex(_OTHER_PIN), card, flip))

    def change_master(self, card: SmartCard) -> None:
        self.prove(card)
        card.exchange(_sealed(self._master, "84D40100", bytes(3) + _OTHER_MASTER, card))

    def _enter(self, card: SmartCard) -> None:
        card.power_on()
        for name in (PKI.name, APPLICATION_NAME):
            card.exchange(bytes.fromhex("00A40400") + bytes((len(name),)) + name)


def _pin_key(pin: str) -> KeyHandle:
    return KeyHandle(SM4, sm3(bytes.fromhex(pin))[:16])


def _short(header: str, p2: int) -> bytes:
    return bytes.fromhex(header) + bytes((p2, 16))


def _challenge(card: SmartCard) -> bytes:
    return card.exchange(bytes((0x00, 0x84, 0x00, 0x00, _RANDOM)))[:_RANDOM]


def _proof(key: KeyHandle, card: SmartCard, flip: int) -> bytes:
    cipher = key.encrypt(_challenge(card))
    return bytes((cipher[0] ^ flip,)) + cipher[1:]


def _sealed(key: KeyHandle, header: str, plain: bytes, card: SmartCard, flip: int = 0) -> bytes:
    head, cipher = bytes.fromhex(header), encipher(key, plain)
    mac = command_mac(key, head, cipher, _challenge(card))
    return head + bytes((len(cipher) + len(mac),)) + cipher + bytes((mac[0] ^ flip,)) + mac[1:]
