"""The host's end of a personalisation session: send, fetch, insist on 9000, draw random numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from enum import IntEnum

from apdu.command import CommandAPDU
from apdu.link import SmartCard, fetched
from apdu.response import ResponseAPDU, parse_response
from apdu.status import SW, StatusWord, meaning
from keys import key_wrapping
from keys.card_key_store import KeyHeader
from keys.key_handle import KeyHandle

_DONE = b"\x90\x00"

Authentication = Callable[[KeyHandle, bytes], bytes]
"""A master key's answer to the card's random number: ``keys.key_wrapping.master_authentication`` or the bank's form."""


class PersonalisationError(Exception):
    """A step was refused; the message names the step, the command's header and the answer.

    ``sw``: the answer, None where the card is not the cause.
    """

    def __init__(self, text: str, sw: StatusWord | None = None) -> None:
        super().__init__(text)
        self.sw = sw


class PersonalisingStep(IntEnum):
    """P2 of DELETE FILE: what is deleted."""

    ENVIRONMENT = 1
    APPLICATION = 2
    FILE = 3


class Host:
    """Talks to one card. ``atr`` is what the last reset gave.

    ``resuming``: the card may be half made; what exists already is made again, what is closed already is left alone.
    On a fresh card nothing may exist, so there an "exists" stays a fault.
    """

    def __init__(self, card: SmartCard, *, resuming: bool = False) -> None:
        self._card = card
        self.atr = b""
        self.resuming = resuming

    def reset(self) -> None:
        """Cold reset."""
        self.atr = self._card.power_on()

    def send(self, command: bytes) -> ResponseAPDU:
        """One command, its answer fetched with GET RESPONSE if the card keeps it waiting."""
        answer = self._card.exchange(command)
        if answer[-2:] == _DONE:  # nearly always
            return ResponseAPDU(answer[:-2])
        return parse_response(fetched(self._card, answer))

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

    def create(self, what: str, data: bytes, fid: int, step: PersonalisingStep) -> bool:
        """CREATE FILE; False if ``resuming`` and it, or the directory around it, is closed already.

        What an interrupted session left unfinished is deleted and created again.
        """
        command = CommandAPDU(0x80, 0xE0, 0x01, 0x00, data).encode()
        sw = self.send(command).sw
        if self.resuming and sw == SW.FILE_EXISTS:
            delete = CommandAPDU(0x80, 0xE1, 0x00, step, fid.to_bytes(2, "big")).encode()
            sw = self.send(delete).sw
            if sw == 0x9000:
                sw = self.send(command).sw
        if self.resuming and sw == SW.CONDITIONS_NOT_SATISFIED:
            return False
        if sw != 0x9000:
            raise refused(what, command, sw)
        return True

    def challenge(self, length: int = 8) -> bytes:
        """A random number of the card."""
        return self.do("GET CHALLENGE", bytes((0x00, 0x84, 0x00, 0x00, length)))

    def prove_master(self, master: KeyHandle) -> None:
        """EXTERNAL AUTHENTICATION with the master key of the current directory, the social side's form."""
        random = self.challenge()
        self.apdu("master key authentication", "00820000", key_wrapping.master_authentication(master, random))

    def prove_one_of(self, keys: Sequence[KeyHandle], form: Authentication) -> KeyHandle:
        """The first of ``keys`` the directory accepts: an interrupted session may have replaced its master key.

        A wrong one costs a try, which the right one restores. Raises PersonalisationError if none is right.
        """
        for key in keys[:-1] if self.resuming else ():
            command = CommandAPDU(0x00, 0x82, 0x00, 0x00, form(key, self.challenge())).encode()
            if self.send(command).sw == 0x9000:
                return key
        last = keys[-1] if self.resuming else keys[0]
        self.apdu("master key authentication", "00820000", form(last, self.challenge()))
        return last

    def load_key(self, under: KeyHandle, header: KeyHeader, key: KeyHandle) -> None:
        """WRITE KEY, enciphered and MACed under ``under``."""
        cipher = key_wrapping.wrap_key(under, header, key)
        self.do(
            f"WRITE KEY {header.kid:02X}",
            key_wrapping.write_key_command(under, int(header.kind == 0), cipher, self.challenge()),
        )

    def load_pin(self, under: KeyHandle, header: KeyHeader, pin: bytes) -> None:
        """WRITE KEY carrying a PIN."""
        cipher = key_wrapping.wrap_pin(under, header, pin)
        self.do("WRITE KEY (PIN)", key_wrapping.write_key_command(under, 0, cipher, self.challenge()))


def refused(what: str, command: bytes, sw: StatusWord) -> PersonalisationError:
    """The error for a refused step; shows the command's header, never its data."""
    return PersonalisationError(f"{what} ({command[:4].hex().upper()}) was answered {sw}: {meaning(sw)}", sw)
