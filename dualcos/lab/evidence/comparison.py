"""Two campaigns compared (比对): what fails now, what is mended, what answers otherwise though the verdict is the same.

Each vector that differs is told once, by what matters most. Cards in this process are compared by every byte; where one
of both lay in a reader, or their random numbers began elsewhere, by status words and lengths.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from itertools import zip_longest
from typing import Literal, NamedTuple

from dualcos.lab.evidence.campaign_file import CampaignChain
from dualcos.lab.evidence.campaign_records import (
    CampaignBegun,
    PlayedCommand,
    SampleAsked,
    SessionBegun,
    VectorJudged,
    VerdictTotals,
)
from dualcos.lab.evidence.known_faults import KnownFault, KnownFaults, what_came
from dualcos.lab.evidence.record_order import totals, verdicts

_RESETS = ("cold", "warm")
_NOTHING = "–"


class ComparisonError(Exception):
    """The two cannot be compared; the message says why."""


class ChangeKind(Enum):
    """What became of a vector from the first campaign to the second."""

    NEW_FAILURE = "new failure"
    MENDED = "mended"
    CHANGED_ANSWER = "changed answer"
    NEWLY_INCONCLUSIVE = "newly inconclusive"
    JUDGED_AGAIN = "no longer inconclusive"
    NEWLY_NOT_APPLICABLE = "newly not applicable"
    APPLIES_AGAIN = "applicable again"
    WITHDRAWN = "withdrawn"
    NOT_JUDGED = "not judged"
    ADDED = "added"
    CHANGED_VECTOR = "changed vector"


class VerdictChange(NamedTuple):
    """One vector. ``text``: what is otherwise; ``vector_changed``: the vector itself says something else now;
    ``known``: the entry that knows the new failure.
    """

    id: str
    kind: ChangeKind
    before: VectorJudged | None
    after: VectorJudged | None
    text: str
    vector_changed: bool = False
    known: KnownFault | None = None


class RunDifference(NamedTuple):
    """In what the campaigns as such differ. ``weighty``: their vectors may well answer otherwise for that alone."""

    what: str
    before: str
    after: str
    weighty: bool


class ComparedRun(NamedTuple):
    """One of both: what it is, and its verdicts."""

    campaign: CampaignBegun
    totals: VerdictTotals


class Comparison(NamedTuple):
    """What was found. ``by``: how answers were compared, and ``why`` if not by every byte; ``same``: how many vectors
    with a verdict in both do not differ; ``remarks``: known faults that hide nothing.
    """

    before: ComparedRun
    after: ComparedRun
    runs_differ: tuple[RunDifference, ...]
    by: Literal["every byte", "status words and lengths"]
    why: str
    changes: tuple[VerdictChange, ...]
    same: int
    remarks: tuple[str, ...]

    @property
    def new_failures(self) -> tuple[VerdictChange, ...]:
        """Those that nobody knows."""
        return tuple(each for each in self.changes if each.kind is ChangeKind.NEW_FAILURE and each.known is None)


def compared(
    before: CampaignChain, after: CampaignChain, known: KnownFaults, today: datetime.date, *, all_bytes: bool = False
) -> Comparison:
    """Compare two campaigns. ``all_bytes``: by every byte in any case. Raises ComparisonError."""
    first, second = _begun(before, "the first"), _begun(after, "the second")
    old, new = verdicts(before.records), verdicts(after.records)
    if not old.keys() & new.keys():
        raise ComparisonError("no vector has a verdict in both: there is nothing to compare")
    why = "" if all_bytes else _why_not_bytes(first, second)
    judge = _Judge(old, new, complete=len(new) == second.chosen, by_bytes=not why)
    found = map(judge.change, sorted(old.keys() | new.keys()))
    changes = tuple(each._replace(known=_entry(each, known, today)) for each in found if each is not None)
    there = sum(each.before is not None and each.after is not None for each in changes)
    return Comparison(
        ComparedRun(first, totals(first.chosen, [each.verdict for each in old.values()])),
        ComparedRun(second, totals(second.chosen, [each.verdict for each in new.values()])),
        tuple(_runs_differ(first, second, before, after)),
        "status words and lengths" if why else "every byte",
        why,
        changes,
        len(old.keys() & new.keys()) - there,
        tuple(known.idle(new, today)),
    )


def _begun(chain: CampaignChain, which: str) -> CampaignBegun:
    begun = chain.records[0] if chain.records else None
    if not isinstance(begun, CampaignBegun):
        raise ComparisonError(f"no campaign has begun in {which} file")
    return begun


def _why_not_bytes(first: CampaignBegun, second: CampaignBegun) -> str:
    if "reader" in (first.sample.kind, second.sample.kind):
        return "a card in a reader draws other random numbers each time"
    return "their random numbers began at two places" if first.seed != second.seed else ""


def _entry(change: VerdictChange, known: KnownFaults, today: datetime.date) -> KnownFault | None:
    failed = change.kind is ChangeKind.NEW_FAILURE and change.after is not None
    return known.entry_for(change.after, today) if failed and change.after is not None else None


# --- one vector --------------------------------------------------------------------------------------------------


class _Judge:
    """Tells of each vector what became of it. ``complete``: all that was chosen the second time has a verdict."""

    def __init__(
        self, old: Mapping[str, VectorJudged], new: Mapping[str, VectorJudged], *, complete: bool, by_bytes: bool
    ) -> None:
        self._old, self._new = old, new
        self._complete = complete
        self._by_bytes = by_bytes

    def change(self, identity: str) -> VerdictChange | None:
        before, after = self._old.get(identity), self._new.get(identity)
        if before is None or after is None:
            return self._one_sided(identity, before, after)
        changed = before.vector != after.vector
        kind, text = self._kind(before, after, changed=changed)
        return None if kind is None else VerdictChange(identity, kind, before, after, text, changed)

    def _one_sided(self, identity: str, before: VectorJudged | None, after: VectorJudged | None) -> VerdictChange:
        if after is not None:
            failed = after.verdict == "fail"
            kind = ChangeKind.NEW_FAILURE if failed else ChangeKind.ADDED
            return VerdictChange(identity, kind, None, after, _because(after))
        kind = ChangeKind.WITHDRAWN if self._complete else ChangeKind.NOT_JUDGED
        text = "it was not chosen" if self._complete else "the second campaign is not finished"
        return VerdictChange(identity, kind, before, None, text)

    def _kind(self, before: VectorJudged, after: VectorJudged, *, changed: bool) -> tuple[ChangeKind | None, str]:
        if before.verdict == after.verdict:
            return self._same_verdict(before, after, changed=changed)
        if after.verdict == "fail":
            return ChangeKind.NEW_FAILURE, _because(after)
        if after.kind == "withdrawn":
            return ChangeKind.WITHDRAWN, _because(after)
        if after.verdict == "inconclusive":
            return ChangeKind.NEWLY_INCONCLUSIVE, _because(after)
        if after.verdict == "not-applicable":
            return ChangeKind.NEWLY_NOT_APPLICABLE, _because(after)
        if before.verdict == "fail":
            return ChangeKind.MENDED, f"failed at {_because(before)}"
        again = ChangeKind.JUDGED_AGAIN if before.verdict == "inconclusive" else ChangeKind.APPLIES_AGAIN
        return again, _because(before)

    def _same_verdict(
        self, before: VectorJudged, after: VectorJudged, *, changed: bool
    ) -> tuple[ChangeKind | None, str]:
        if after.verdict == "fail" and self._failure(before) != self._failure(after):
            return ChangeKind.NEW_FAILURE, f"{_because(after)}; before: {before.where}, {what_came(before.text)}"
        if changed:
            return ChangeKind.CHANGED_VECTOR, "the verdict is the same"
        text = self._changed_answer(before, after)
        return (ChangeKind.CHANGED_ANSWER, text) if text else (None, "")

    def _failure(self, judged: VectorJudged) -> tuple[str, ...]:
        """What two failures that are the same have in common: the step, and what came there."""
        came = what_came(judged.text)
        if self._by_bytes or came == judged.text:
            return judged.where, came
        word, _, data = came.partition(" ")
        return judged.where, word, str(len(data))

    def _changed_answer(self, before: VectorJudged, after: VectorJudged) -> str:
        """The first command that was answered otherwise; empty if none was."""
        form: Callable[[PlayedCommand], tuple[object, ...]] = _bytes if self._by_bytes else _shape
        number = max(len(before.played), len(after.played))
        for at, (old, new) in enumerate(zip_longest(before.played, after.played), 1):
            if old is None or new is None:
                return f"{len(before.played)} commands, now {len(after.played)}"
            if form(old) != form(new):
                sent = old.sent if old.sent == new.sent else f"{old.sent}, now {new.sent}"
                return f"command {at} of {number}, {sent}: came {old.came or _NOTHING}, now {new.came or _NOTHING}"
        if before.runs != after.runs:
            return f"{before.runs} runs, now {after.runs}"
        if self._by_bytes and before.played_sha256 != after.played_sha256:
            return f"in another of its {after.runs} runs than the one that decided"
        return ""


def _bytes(command: PlayedCommand) -> tuple[object, ...]:
    return command.sent, command.came


def _shape(command: PlayedCommand) -> tuple[object, ...]:
    """What does not depend on random numbers; of a reset, that it was one."""
    if command.sent in _RESETS:
        return (command.sent,)
    return len(command.sent), len(command.came), command.came[-4:]


def _because(judged: VectorJudged) -> str:
    return ": ".join(each for each in (judged.where, judged.text or judged.kind) if each)


# --- the campaigns as such ---------------------------------------------------------------------------------------


def _runs_differ(
    first: CampaignBegun, second: CampaignBegun, before: CampaignChain, after: CampaignChain
) -> Iterator[RunDifference]:
    rows: tuple[tuple[str, str, str, bool], ...] = (
        ("sample", _sample(first.sample), _sample(second.sample), False),
        ("profile", first.sample.profile, second.sample.profile, True),
        ("profile's digest", first.sample.profile_sha256, second.sample.profile_sha256, True),
        ("settings", ", ".join(first.sample.settings), ", ".join(second.sample.settings), True),
        ("card file's digest", first.sample.file_sha256, second.sample.file_sha256, True),
        ("fault script", first.sample.faults, second.sample.faults, True),
        ("fault script's digest", first.sample.faults_sha256, second.sample.faults_sha256, True),
        ("vector files", first.root, second.root, True),
        *((f"ICS, {name}", one, other, True) for name, one, other in _answers(first, second)),
        ("selection", " ".join(first.selection), " ".join(second.selection), False),
        ("tool", first.tool, second.tool, False),
        ("tool's digest", first.code, second.code, False),
        ("ATR", _met(before, "atr"), _met(after, "atr"), False),
        ("serial", _met(before, "serial"), _met(after, "serial"), False),
        ("reader", _met(before, "reader"), _met(after, "reader"), False),
        ("destructive vectors", _yes(first.destructive), _yes(second.destructive), False),
        ("seed", first.seed, second.seed, False),
        ("laboratory", first.laboratory, second.laboratory, False),
    )
    yield from (
        RunDifference(what, one or _NOTHING, other or _NOTHING, big) for what, one, other, big in rows if one != other
    )


def _sample(asked: SampleAsked) -> str:
    return f"{asked.kind} {asked.name}".strip()


def _answers(first: CampaignBegun, second: CampaignBegun) -> Iterator[tuple[str, str, str]]:
    """The questions that were answered otherwise."""
    for question in sorted(first.ics.keys() | second.ics.keys()):
        one, other = (str(each.ics[question]) if question in each.ics else "" for each in (first, second))
        yield question, one, other


def _met(chain: CampaignChain, name: str) -> str:
    """What sessions found, each once."""
    found = (getattr(record, name) for record in chain.records if isinstance(record, SessionBegun))
    return ", ".join(dict.fromkeys(each for each in found if each))


def _yes(said: bool) -> str:
    return "yes" if said else "no"
