"""A card that may have bugs, made safe to put in front of a terminal.

Guarantees: ``exchange`` returns at least SW1 SW2 or raises ``CardMute``/``CardGone``; no other exception and no
empty answer comes out. A bug in the card is answered with 6F00 and reported once, in one line. Lost power makes
the card mute until the next ``power_on`` or ``reset``, as it would be in a real reader.
"""

from __future__ import annotations

from collections.abc import Callable

from apdu.link import AroundCard, SmartCard
from dualcos.reader.bug_place import place_of
from dualcos.reader.observers import unfailing
from dualcos.reader.silent_card import CardGone, CardMute
from firewall.hardware.power import PowerLoss

Report = Callable[[str], None]
"""Takes one line for the person who runs the reader."""

NO_DIAGNOSIS = b"\x6f\x00"
SHORTEST_ANSWER = 2  # the status word
LONGEST_ANSWER = 0x10000 + 2  # Ne of an extended case 2 or 4 and the status word, ISO 7816-3 §12.1

_DIGITS = frozenset("0123456789")
_WITH_DATA = 6
"""Bytes of the shortest command with data."""


def unheard(_line: str) -> None:
    """The report nobody reads."""


def left_behind(name: str, seconds: float) -> str:
    """The line about a card that is still in a command when its reader stops."""
    return f"the card in {name!r} has not answered for {seconds:g} s; stopped without it, its power still on"


class Supervised(AroundCard[SmartCard]):
    """``card`` behind the guarantees of this module. ``report`` is told of every bug once (type and place).

    ``shortest``: answers down to so many bytes go out as they are; less than two only for a card that cuts its answers
    off on purpose.
    """

    __slots__ = ("_known", "_mute", "_report", "_shortest")

    def __init__(self, card: SmartCard, report: Report = unheard, *, shortest: int = SHORTEST_ANSWER) -> None:
        super().__init__(card)
        self._report = unfailing(report)
        self._known: set[str] = set()
        self._mute = False
        self._shortest = shortest

    @property
    def mute(self) -> bool:
        """True from a loss of power to the next reset."""
        return self._mute

    def exchange(self, command: bytes) -> bytes:
        """The card's answer; 6F00 if the card failed. Raises CardMute, CardGone."""
        if self._mute:
            raise CardMute("mute since power was lost")
        try:
            answer = self.card.exchange(command)
        except (CardMute, CardGone):  # a card in a real reader behind this one: its silence is its own
            raise
        except PowerLoss:
            self._mute = True
            raise CardMute("power lost") from None
        except Exception as bug:  # whatever it is, a terminal must get an answer
            self._tell(_where(bug, command))
            return NO_DIAGNOSIS
        if self._shortest <= len(answer) <= LONGEST_ANSWER:
            return answer
        self._tell(f"the card answered {len(answer)} bytes to {_header(command)}; sent 6F00")
        return NO_DIAGNOSIS

    def power_on(self) -> bytes:
        """The ATR after a cold reset. Raises CardMute if none comes."""
        return self._start(self.card.power_on)

    def reset(self) -> bytes:
        """The ATR after a warm reset. Raises CardMute if none comes."""
        return self._start(self.card.reset)

    def power_off(self) -> None:
        """Take power away. Never fails: there is nobody to tell but ``report``."""
        try:
            self.card.power_off()
        except PowerLoss:
            self._mute = True
        except Exception as bug:  # a card cannot refuse to lose power
            self._tell(_where(bug, b""))

    @property
    def atr(self) -> bytes:
        """The ATR the next reset will give; empty if the card cannot say."""
        try:
            return self.card.atr
        except Exception as bug:  # readers ask for it at any time and need some answer
            self._tell(_where(bug, b""))
            return b""

    def _start(self, action: Callable[[], bytes]) -> bytes:
        self._mute = True
        try:
            atr = action()
        except (CardMute, CardGone):
            raise
        except PowerLoss:
            raise CardMute("power lost while starting") from None
        except Exception as bug:  # a card that fails to start is a mute card
            self._tell(_where(bug, b""))
            raise CardMute("failed to start") from None
        if len(atr) < 2:
            self._tell(f"the card gave an ATR of {len(atr)} bytes")
            raise CardMute("no ATR")
        self._mute = False
        return atr

    def _tell(self, line: str) -> None:
        if line not in self._known:
            self._known.add(line)
            self._report(line)


def _header(command: bytes) -> str:
    """As much of the header as is no PIN: of a command with data class and instruction; of digits alone, nothing."""
    if not command:
        return "a reset"
    if _may_be_digits(command) and command[0] & 0x7F:
        return f"a command of {len(command)} bytes"
    cut = len(command) >= _WITH_DATA or (_may_be_digits(command[1:]) and command[2:3] > b"\x09")
    return command[: 2 if cut else 4].hex().upper()


def _may_be_digits(piece: bytes) -> bool:
    return set(piece.hex().rstrip("f")) <= _DIGITS


def _where(bug: Exception, command: bytes) -> str:
    return f"bug in the card: {type(bug).__name__} at {place_of(bug)} during {_header(command)}"
