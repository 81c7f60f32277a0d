"""What passed between a test and its cards, kept raw; put into words when the test has failed, and never before."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dualcos.explain import Explainer, RawRecord, text
from dualcos.explain.control_characters import harmless, sayable
from dualcos.profile.opened_card import Opened
from dualcos.reader.bug_place import place_of

_BAR = "│ "


class _Passed(NamedTuple):
    slot: str
    record: RawRecord


class _Restored(NamedTuple):
    """A card that stands again where it stood behind ``history``."""

    slot: str
    history: tuple[RawRecord, ...]


class ExchangeJournal:
    """Of one test. A card has a ``slot``: empty for the first one, ``sam`` for that beside it."""

    def __init__(self) -> None:
        self._cards: dict[str, Opened] = {}
        self._histories: dict[str, list[RawRecord]] = {}
        self._entries: list[_Passed | _Restored | str] = []

    def enter(self, slot: str, opened: Opened) -> None:
        """A card comes."""
        self._cards[slot] = opened
        self._histories[slot] = []

    def heard(self, slot: str, record: RawRecord) -> None:
        """Something passed it."""
        self._histories[slot].append(record)
        self._entries.append(_Passed(slot, record))

    def say(self, words: str) -> None:
        """A line of a reader's own."""
        self._entries.append(f"! {words}")

    def history(self, slot: str) -> tuple[RawRecord, ...]:
        """What led to where the card stands."""
        return tuple(self._histories[slot])

    def restored(self, slot: str, history: tuple[RawRecord, ...]) -> None:
        """The card stands again where it stood behind ``history``."""
        self._histories[slot] = list(history)
        self._entries.append(_Restored(slot, history))

    def words(self, last: int) -> str:
        """The cards, and the ``last`` things that passed (0: all), explained; how many are left out. No secret is
        shown. Empty if nothing passed.
        """
        passed = sum(not isinstance(entry, _Restored) for entry in self._entries)
        if not passed:
            return ""
        left_out = max(0, passed - last) if last else 0
        lines = [_marked(slot, _title(opened)) for slot, opened in self._cards.items()]
        if left_out:
            lines.append(left_out_line(left_out))
        return for_screen((*lines, *self._explained(left_out)))

    def _explained(self, left_out: int) -> Iterator[str]:
        explainers = {slot: self._explainer(slot) for slot in self._cards}
        at = 0
        for entry in self._entries:
            shown = at >= left_out
            if isinstance(entry, _Restored):
                explainers[entry.slot] = self._explainer(entry.slot)
                for record in entry.history:
                    _told(explainers[entry.slot], record, shown=False)
                if shown:
                    yield _marked(entry.slot, "   …  saved state 恢复保存的状态")
                continue
            at += 1
            words = entry if isinstance(entry, str) else _told(explainers[entry.slot], entry.record, shown=shown)
            if shown:
                yield words if isinstance(entry, str) else _marked(entry.slot, words)

    def _explainer(self, slot: str) -> Explainer:
        opened, first = self._cards[slot], self._cards.get("")
        beside = first.served if slot and first is not None else None
        return opened.explainer(opened.served._replace(beside=beside))


def for_screen(lines: Iterable[str]) -> str:
    """The lines as one text without control characters, of what this process's terminal can say: pytest spells out a
    text as a whole, with its line ends, if it has one character more.
    """
    return sayable(harmless("\n".join(lines)), getattr(sys.__stdout__, "encoding", None) or "utf-8")


def left_out_line(count: int) -> str:
    """That so many exchanges and resets before those that follow are not shown."""
    return f"… {count} before these left out; --dualcos-last=0 shows all 此前 {count} 条略"


def _title(opened: Opened) -> str:
    settings = "".join(f" --set {each}" for each in opened.settings)
    return f"{opened.name}{settings}: {opened.title}"


def _told(explainer: Explainer, record: RawRecord, *, shown: bool) -> str:
    """In words; empty for what is only followed."""
    try:
        if shown:
            return text(explainer.explain(record))
        explainer.follow(record)
    except Exception as bug:  # in an explanation: the failure of the test is told all the same
        return f"   ?  could not be explained: a bug: {type(bug).__name__} at {place_of(bug)}"
    return ""


def _marked(slot: str, words: str) -> str:
    """Lines of a second card say so."""
    if not slot:
        return words
    return "\n".join(f"{slot}{_BAR}{line}" for line in words.split("\n"))
