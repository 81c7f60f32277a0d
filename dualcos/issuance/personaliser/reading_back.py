"""Reading a card back by ordinary commands, as any terminal would."""

from __future__ import annotations

from apdu.link import SmartCard, fetched
from apdu.response import ResponseAPDU, parse_response
from apdu.status import SW, StatusWord
from apdu.tlv import TlvError, parse_simple


class CardReader:
    """One powered card; 61xx and 6Cxx are dealt with."""

    def __init__(self, card: SmartCard) -> None:
        self._card = card
        self.atr = card.power_on()

    def send(self, command: bytes) -> ResponseAPDU:
        """The whole answer to one command."""
        answer = parse_response(self._card.exchange(command))
        if answer.sw.sw1 == 0x6C:
            command = (command if len(command) == 4 else command[:-1]) + bytes((answer.sw.sw2,))
            answer = parse_response(self._card.exchange(command))
        return parse_response(fetched(self._card, answer.encode()))

    def sw(self, command: bytes) -> StatusWord:
        """The status word alone."""
        return self.send(command).sw

    def select(self, name: bytes) -> bool:
        """SELECT by name; True if it is there."""
        return self.sw(bytes((0x00, 0xA4, 0x04, 0x00, len(name))) + name) == SW.OK

    def record(self, sfi: int, number: int) -> bytes | None:
        """A record of the current directory, None if the card does not give it."""
        answer = self.send(bytes((0x00, 0xB2, number, sfi << 3 | 4, 0x00)))
        return answer.data if answer.sw == SW.OK else None

    def items(self, sfi: int, count: int) -> dict[int, bytes]:
        """The tagged items of a linear file's first ``count`` records."""
        found: dict[int, bytes] = {}
        for number in range(1, count + 1):
            raw = self.record(sfi, number)
            if raw is None:
                break
            try:
                found.update({item.tag: item.value for item in parse_simple(raw)})
            except TlvError:
                continue
        return found

    def challenge(self, length: int = 8) -> bytes:
        """GET CHALLENGE."""
        return self.send(bytes((0x00, 0x84, 0x00, 0x00, length))).data
