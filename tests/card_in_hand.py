"""A card in the hand: spoken to in hex, with random numbers that are known beforehand."""

from __future__ import annotations

from apdu.link import SmartCard, fetched


class FixedRng:
    """Every random number begins C7D1042E."""

    position = 0

    def bytes(self, length):
        return (bytes.fromhex("C7D1042E") * 64)[:length]

    def fork(self, label):  # noqa: ARG002 - one stream for all
        return self

    def seek(self, position):
        pass


class Hand:
    """Sends hex, answers (data in hex, status word), fetching what waits; 6Cxx is an answer here."""

    def __init__(self, card: SmartCard):
        self.card = card

    def __call__(self, command) -> tuple[str, int]:
        command = bytes.fromhex(command) if isinstance(command, str) else command
        answer = fetched(self.card, self.card.exchange(command))
        return answer[:-2].hex().upper(), int.from_bytes(answer[-2:], "big")

    def sw(self, command) -> int:
        return self(command)[1]

    def ok(self, command) -> str:
        data, sw = self(command)
        assert sw == 0x9000, f"{command}: {sw:04X}"
        return data
