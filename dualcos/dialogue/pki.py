"""The PKI environment of 3.0 cards as its holder, its certificate authority and its issuer talk to it.

No standard text: the wire forms are those of issuing programs (see ``cos.pki``). A key or PIN is shown by enciphering
the card's 16-byte random number; what replaces one goes under a MAC with that number as IV. Keys and PINs come as
handles, per call. Answers are the card's, refusals included.
"""

from __future__ import annotations

from typing import NamedTuple

from cos.pki.security import RANDOM_LENGTH, pin_key_value
from cos.pki.stack import STACK
from dualcos.dialogue.driver import Reply, apdu, send
from dualcos.dialogue.iso_commands import challenge, select_name
from dualcos.dialogue.making import directory
from keys.algorithms import SM4
from keys.key_handle import KeyHandle
from keys.social_cryptography import encipher, secured

PKI = directory(STACK.places[0].fid, STACK.places[0].name)
"""The environment as it is created."""
NAME = STACK.places[0].name
APPLICATION_NAME = b"SS.CERT.ADF1"
USER, MANAGER = "00200181", "00200100"
"""VERIFY of the user PIN and of the manager PIN: header of the command."""
_CHANGE_PIN, _CHANGE_MASTER = bytes.fromhex("845E0100"), bytes.fromhex("84D40100")
SIGNATURE_PAIR, ENCRYPTION_PAIR = bytes.fromhex("C0020012C2020013"), bytes.fromhex("C0020014C2020015")
"""Where a key pair lies, as commands name it: C0 02 the public key's file ‖ C2 02 the private key, by identifier."""
# A new master key: LD, three zeros, the key, padding.
_KEY_HEAD, _KEY_TAIL = b"\x13\0\0\0", b"\x80" + bytes(11)


def pin_key(packed: bytes) -> KeyHandle:
    """The key that a PIN stands for; ``packed`` two digits a byte."""
    return KeyHandle(SM4, pin_key_value(packed))


class PkiHost(NamedTuple):
    """The host's end of the environment and its one application, by their names; master keys are proved in
    ``making.PKI_FORM``.
    """

    name: bytes = NAME
    application_name: bytes = APPLICATION_NAME

    def application(self) -> Reply:
        """SELECT the application, its environment being current."""
        return select_name(self.application_name)

    def read(self, at: int, length: int = 256) -> Reply:
        """READ BINARY of the current file."""
        return send(apdu(f"00B0{at:04X}", le=length))

    def update(self, data: bytes, at: int = 0) -> Reply:
        """UPDATE BINARY of the current file."""
        return send(apdu(f"00D6{at:04X}", data))

    def verify(self, what: str, pin: KeyHandle) -> Reply:
        """Enter the application and show the ``USER`` or ``MANAGER`` PIN."""
        yield from self.application()
        random = yield from challenge(RANDOM_LENGTH)
        return (yield from send(apdu(what, pin.encrypt(random))))

    def change_master(self, old: KeyHandle, new: KeyHandle) -> Reply:
        """CHANGE MASTER KEY of the current directory, under itself, which is proved."""
        return self._secured(_CHANGE_MASTER, old, old.wrap(new, _KEY_HEAD, _KEY_TAIL))

    def change_pin(self, manager: KeyHandle, packed: bytes) -> Reply:
        """CHANGE PIN: another manager PIN under the one that is valid."""
        return self._secured(_CHANGE_PIN, manager, encipher(manager, packed))

    def _secured(self, header: bytes, key: KeyHandle, cipher: bytes) -> Reply:
        random = yield from challenge(RANDOM_LENGTH)
        return (yield from send(secured(key, header, cipher, random)))

    def generate(self, pair: bytes) -> Reply:
        """GENERATE KEY PAIR in the card; the user PIN is shown."""
        return send(apdu("80400000", pair))

    def export(self, pair: bytes) -> Reply:
        """EXPORT PUBLIC KEY, both steps: the file's 66 bytes."""
        yield from send(apdu("80C98200", pair))
        return (yield from send(apdu("80C98280", le=66)))
