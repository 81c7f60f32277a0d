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
from dualcos.dialogue.making import PKI_FORM
from keys.algorithms import SM4
from keys.key_handle import KeyHandle
from keys.social_cryptography import encipher, secured

NAME = STACK.places[0].name
APPLICATION_NAME = b"SS.CERT.ADF1"
USER, MANAGER = "00200181", "00200100"
"""VERIFY of the user PIN and of the manager PIN: header of the command."""
CHANGE_PIN, CHANGE_MASTER = bytes.fromhex("845E0100"), bytes.fromhex("84D40100")
# A new master key: LD, three zeros, the key, padding.
_KEY_HEAD, _KEY_TAIL = b"\x13\0\0\0", b"\x80" + bytes(11)


def pin_key(packed: bytes) -> KeyHandle:
    """The key that a PIN stands for; ``packed`` two digits a byte."""
    return KeyHandle(SM4, pin_key_value(packed))


class PairFiles(NamedTuple):
    """Where a key pair lies: the public key's file and the private key, by identifier."""

    public: int
    private: int

    def encode(self) -> bytes:
        """C0 02 public ‖ C2 02 private, as the commands name it."""
        return b"\xc0\x02" + self.public.to_bytes(2, "big") + b"\xc2\x02" + self.private.to_bytes(2, "big")


SIGNATURE, ENCRYPTION = PairFiles(0x0012, 0x0013), PairFiles(0x0014, 0x0015)


class PkiHost(NamedTuple):
    """The host's end of the environment and its one application, by their names."""

    name: bytes = NAME
    application_name: bytes = APPLICATION_NAME

    def home(self) -> Reply:
        """SELECT the environment, which holds nothing but the application and its own master key."""
        return select_name(self.name)

    def application(self) -> Reply:
        """SELECT the application; its environment need not be current."""
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

    def prove_home(self, master: KeyHandle) -> Reply:
        """Enter the environment and prove its master key."""
        yield from self.home()
        return (yield from PKI_FORM.prove(master))

    def prove_application(self, master: KeyHandle) -> Reply:
        """Enter the application and prove its master key."""
        yield from self.application()
        return (yield from PKI_FORM.prove(master))

    def change_master(self, old: KeyHandle, new: KeyHandle) -> Reply:
        """CHANGE MASTER KEY of the current directory, under itself, which is proved."""
        return self._secured(CHANGE_MASTER, old, old.wrap(new, _KEY_HEAD, _KEY_TAIL))

    def change_pin(self, manager: KeyHandle, packed: bytes) -> Reply:
        """CHANGE PIN: another manager PIN under the one that is valid."""
        return self._secured(CHANGE_PIN, manager, encipher(manager, packed))

    def _secured(self, header: bytes, key: KeyHandle, cipher: bytes) -> Reply:
        random = yield from challenge(RANDOM_LENGTH)
        return (yield from send(secured(key, header, cipher, random)))

    def generate(self, pair: PairFiles) -> Reply:
        """GENERATE KEY PAIR in the card; the user PIN is shown."""
        return send(apdu("80400000", pair.encode()))

    def export(self, pair: PairFiles) -> Reply:
        """EXPORT PUBLIC KEY, both steps: the file's 66 bytes."""
        yield from send(apdu("80C98200", pair.encode()))
        return (yield from send(apdu("80C98280", le=66)))
