"""What a terminal, a reader and a test see of a card: four calls and bytes.

Everything that holds a card (in process, our own PC/SC service, vpcd, a real reader through pyscard) is a
``SmartCard``; everything that only sends commands needs no more than ``Link``.
"""

from __future__ import annotations

from typing import Final, Generic, Protocol, TypeVar

MOST_PIECES: Final = 512
"""Of one answer: 65 536 bytes in pieces of at least 128. A card that has more to say says it for ever."""
_MORE, _GET_RESPONSE = 0x61, b"\x00\xc0\x00\x00"


class Link(Protocol):
    """Somewhere a command APDU can be sent."""

    def exchange(self, command: bytes) -> bytes:
        """Send one command APDU and return the answer: data, SW1, SW2 (at least two bytes)."""
        ...


class SmartCard(Link, Protocol):
    """A card in a reader's contacts."""

    def power_on(self) -> bytes:
        """Apply power (cold reset); all volatile state is new. Returns the ATR."""
        ...

    def reset(self) -> bytes:
        """Warm reset: the same, power stays on. Returns the ATR."""
        ...

    def power_off(self) -> None:
        """Remove power; harmless when already off."""
        ...

    @property
    def atr(self) -> bytes:
        """The ATR the next reset will give; reading it has no side effect."""
        ...


C = TypeVar("C", bound=SmartCard)


class AroundCard(Generic[C]):
    """A card with something around it: passes on whatever a wrapper does not do itself. Every wrapper is one of these.

    Not for wrappers of a ``Link`` alone: ``card`` is the whole card, of the kind that the wrapper needs.
    """

    __slots__ = ("card",)

    def __init__(self, card: C) -> None:
        self.card = card

    def exchange(self, command: bytes) -> bytes:
        """As the card."""
        return self.card.exchange(command)

    def power_on(self) -> bytes:
        """As the card."""
        return self.card.power_on()

    def reset(self) -> bytes:
        """As the card."""
        return self.card.reset()

    def power_off(self) -> None:
        """As the card."""
        self.card.power_off()

    @property
    def atr(self) -> bytes:
        """As the card."""
        return self.card.atr


def fetched(link: Link, answer: bytes) -> bytes:
    """The whole of ``answer``: as long as it ends in 61xx the rest is asked for by GET RESPONSE (ISO 7816-4 §11.7).

    A card that answers 61xx without end is left after ``MOST_PIECES``; what it said then ends in that 61xx.
    """
    data = answer[:-2]
    for _ in range(MOST_PIECES):
        if answer[-2] != _MORE:
            break
        answer = link.exchange(_GET_RESPONSE + answer[-1:])
        data += answer[:-2]
    return data + answer[-2:]
