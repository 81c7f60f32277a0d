"""F24 over the items of every environment: each failing command, as the table of ``items_failures_keep`` has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from dualcos.lab.properties.failing_commands import Failing, channel, failing, same_secret
from dualcos.lab.properties.items_failures_keep import Failure, drops
from dualcos.lab.properties.items_select_keeps import RANDOM, Ground, SessionItem, Teller
from dualcos.lab.properties.profile_specimens import ProfileSpecimen
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.selection_table import grounds_of
from dualcos.lab.properties.specimen import LabBench, PlayedExchange, Side, Specimen, named
from dualcos.lab.properties.unfinished_bank import unfinished_bank

_CHALLENGE = b"\x00\x84"


def failure_table(specimen: Specimen, _case: None) -> None:
    """F24: each item, each kind of failure. Every kind that the stack can fail in must have been shown of some item."""
    if not isinstance(specimen, ProfileSpecimen):
        return
    seen = set[tuple[str, str]]()
    for stay in _stays(specimen):
        shown = set[Failure]()
        for question in _questions(stay, seen):
            found = question.all({**stay.known, Failure.SAME: same_secret(question.item)})
            shown |= found
            for _ in found:
                specimen.tally.judge(stay.side.label)
        missing = {kind for kind, ways in stay.known.items() if ways} - shown
        if shown and missing:
            names = ", ".join(sorted(kind.value for kind in missing))
            raise Violation("F24", f"nothing in {stay.side.label} failed by: {names}")


class _Stay(NamedTuple):
    """One environment: its directories, and how commands fail there."""

    bench: LabBench
    side: Side
    grounds: tuple[Ground, ...]
    known: Mapping[Failure, Sequence[Failing]]


def _stays(specimen: ProfileSpecimen) -> Iterator[_Stay]:
    """The environments of the issued card, and the bank's while it is made."""
    bench = specimen.bench()
    for side in bench.sides.values():
        yield _Stay(bench, side, grounds_of(specimen, side), failing(bench, side))
    unfinished = unfinished_bank(specimen)
    if unfinished is not None:
        yield _Stay(*unfinished[1:], channel(unfinished.bench, unfinished.side))


def _questions(stay: _Stay, seen: set[tuple[str, str]]) -> Iterator[_Question]:
    """``seen``: the items that each stack has been asked for wholly."""
    for here in stay.grounds:
        for item in here.items:
            known = (stay.side.stack or stay.side.label, item.name)
            yield _Question(stay.bench, stay.side, here, item, known not in seen)
            seen.add(known)


class _Question(NamedTuple):
    """One item where it exists. ``wholly``: in every way that there is, not only in one of each kind."""

    bench: LabBench
    side: Side
    here: Ground
    item: SessionItem
    wholly: bool

    def all(self, known: Mapping[Failure, Sequence[Failing]]) -> set[Failure]:
        """Fail in every kind, and ask. The kinds that have failed as they were meant to."""
        ends = drops(self.side.stack or self.side.label, self.item.name)
        if not self.wholly:
            known = {kind: ways[:1] for kind, ways in known.items()}
        plain = {kind: tuple(way for way in ways if not (way.words or way.before)) for kind, ways in known.items()}
        computes = ends  # of a random number: only what computes with it uses it up
        if self.item.name == RANDOM:
            ends = frozenset()
        self._keeps({kind: ways for kind, ways in plain.items() if kind not in ends})
        for kind in ends:  # one way after the other, each behind the item gained anew
            teller = self._teller()
            for way in plain.get(kind, ()):
                self._fail(teller, kind, (way,), ends=True)
        asked = {kind for kind, ways in plain.items() if ways}
        for kind, ways in known.items():
            for way in ways:
                if way.words or way.before:
                    ended = way.random and kind in computes if self.item.name == RANDOM else kind in ends
                    if self._fail(self._teller(), kind, (way,), ends=ended):
                        asked.add(kind)
        return asked

    def _keeps(self, known: Mapping[Failure, Sequence[Failing]]) -> None:
        """What is kept through all of them is asked for once; if it is not, each kind alone tells which it was."""
        teller = self._teller()
        teller.tell(self.item.gain())
        for kind, ways in known.items():
            for way in ways:
                self._tried(teller, way, kind)
        if teller.word(self.item.probe()) == self.item.without:
            for kind, ways in known.items():
                self._fail(self._teller(), kind, ways, ends=False)

    def _teller(self) -> Teller:
        return Teller(self.bench, self.side.label)

    def _tried(self, teller: Teller, way: Failing, kind: Failure) -> bool:
        """Fail in that way. True if it was as it was meant."""
        mark = len(teller.player.record)
        teller.tell(way.play())
        return self._meant(way, kind, teller.player.record[mark:])

    def _fail(self, teller: Teller, kind: Failure, ways: Sequence[Failing], *, ends: bool) -> bool:
        for each in ways:
            if each.before is not None:
                teller.tell(self.here.select())
                teller.tell(each.before())
        teller.tell(self.item.gain())
        if not all(self._tried(teller, each, kind) for each in ways):
            return False
        word = teller.word(self.item.probe())
        if (word == self.item.without) != ends:
            where = f"{self.item.name} in {self.here.name} of {self.side.label}, behind a failure ({kind.value})"
            what = "ended" if ends else "kept"
            raise Violation("F24", f"{where}: {word:04X}; it should be {what}", teller.player.record)
        return True

    def _meant(self, way: Failing, kind: Failure, played: Sequence[PlayedExchange]) -> bool:
        """True if it has failed so. A command that is to be refused in any case and is not raises Violation."""
        if self.item.name == RANDOM and any(each.command[:2] == _CHALLENGE for each in played):
            return False  # the random number would be another one
        if way.words:
            return any(each.sw in way.words for each in played)
        last = played[-1]
        if not last.refused or self.bench.card.environment != self.side.label:
            raise Violation("F24", f"{named(last.command)} ({kind.value}) was carried out: {last.sw:04X}", played)
        return True
