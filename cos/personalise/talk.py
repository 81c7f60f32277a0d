"""The host's end of a personalisation session: send, fetch, insist on 9000, draw random numbers."""

from __future__ import annotations

from apdu.command import CommandAPDU
from apdu.link import SmartCard
from apdu.response import ResponseAPDU, parse_response
from apdu.status import StatusWord, meaning
from keys import t514
from keys.handle import KeyHandle
from keys.store import KeyHeader


class PersonalisationError(Exception):
    """A step was refused; the message names the step, the command's header and the answer."""


class Host:
    """Talks to one card. ``atr`` is what the last reset gave."""

    def __init__(self, card: SmartCard) -> None:
        self._card = card
        self.atr = b""

    def reset(self) -> None:
        """Cold reset."""
        self.atr = self._card.power_on()

    def send(self, command: bytes) -> ResponseAPDU:
        """One command, its answer fetched with GET RESPONSE if the card keeps it waiting."""
        response = parse_response(self._card.exchange(command))
        while response.sw.sw1 == 0x61:
            rest = parse_response(self._card.exchange(bytes((0x00, 0xC0, 0x00, 0x00, response.sw.sw2))))
            response = ResponseAPDU(response.data + rest.data, rest.sw)
        return response

    def do(self, what: str, command: bytes) -> bytes:
        """Send and insist on 9000. Raises PersonalisationError."""
        response = self.send(command)
        if response.sw != 0x9000:
            raise refused(what, command, response.sw)
        return response.data

    def apdu(self, what: str, header: str, data: bytes = b"", le: int | None = None) -> bytes:
        """The same from a header in hex and the data field."""
        cla, ins, p1, p2 = bytes.fromhex(header)
        return self.do(what, CommandAPDU(cla, ins, p1, p2, data, le).encode())

    def challenge(self, length: int = 8) -> bytes:
        """A random number of the card."""
        return self.do("GET CHALLENGE", bytes((0x00, 0x84, 0x00, 0x00, length)))

    def prove_master(self, master: KeyHandle) -> None:
        """EXTERNAL AUTHENTICATION with the master key of the current directory, the social side's form."""
        random = self.challenge()
        self.apdu("master key authentication", "00820000", t514.master_authentication(master, random))

    def load_key(self, under: KeyHandle, header: KeyHeader, key: KeyHandle) -> None:
        """WRITE KEY, enciphered and MACed under ``under``."""
        cipher = t514.wrap_key(under, header, key)
        self.do(
            f"WRITE KEY {header.kid:02X}",
            t514.write_key_command(under, int(header.kind == 0), cipher, self.challenge()),
        )

    def load_pin(self, under: KeyHandle, header: KeyHeader, pin: bytes) -> None:
        """WRITE KEY carrying a PIN."""
        cipher = t514.wrap_pin(under, header, pin)
        self.do("WRITE KEY (PIN)", t514.write_key_command(under, 0, cipher, self.challenge()))


def refused(what: str, command: bytes, sw: StatusWord) -> PersonalisationError:
    """The error for a refused step; shows the command's header, never its data."""
    return PersonalisationError(f"{what} ({command[:4].hex().upper()}) was answered {sw}: {meaning(sw)}")
