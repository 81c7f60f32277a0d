"""What came of a run: a line per vector, the counts, JUnit XML for build servers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from dualcos.lab.conformance.junit_xml import JUNIT_OUTCOMES, JunitCase, junit_xml
from dualcos.lab.conformance.own_cards import OwnCards
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict
from dualcos.lab.conformance.vector_file import Case

_MOST_REASONS = 5


def line(result: VectorResult) -> str:
    """One line: verdict, id, title; where a vector did not pass, why."""
    title = result.case.vector.title
    head = f"{result.verdict.value:14} {result.case.id}  {title.en} {title.zh}"
    if result.verdict is VectorVerdict.PASS:
        return head
    where = f"{result.where}: " if result.where else ""
    requirement = f" [{result.requirement}]" if result.requirement else ""
    return f"{head}\n{'':15}{where}{result.text}{requirement}"


class Wanted(NamedTuple):
    """One card vectors are made for: how many in all, may be played live as often as one likes, live but spoiling."""

    profile: str
    vectors: int
    live: int
    spoiling: int


def wanted(cases: Sequence[Case]) -> tuple[Wanted, ...]:
    """The cards a laboratory needs for ``cases``, by profile; live are those for its card with nothing set otherwise.

    Raises ProfileError, VectorError.
    """
    found: dict[str, list[Case]] = {}
    own = OwnCards()
    for case in cases:
        found.setdefault(own.place(case), []).append(case)
    live = {case.id for case in cases if case.playable_live and own.as_in_file(case)}
    return tuple(
        Wanted(
            profile,
            len(group),
            sum(each.id in live and not each.destructive for each in group),
            sum(each.id in live and each.destructive for each in group),
        )
        for profile, group in sorted(found.items())
    )


def counts(results: Iterable[VectorResult]) -> dict[VectorVerdict, int]:
    """How many of each verdict."""
    found = dict.fromkeys(VectorVerdict, 0)
    for result in results:
        found[result.verdict] += 1
    return found


def summary(results: Sequence[VectorResult]) -> str:
    """The counts in words."""
    words = ", ".join(f"{number} {verdict.value}" for verdict, number in counts(results).items())
    return f"{len(results)} vectors: {words}"


def why_not(results: Iterable[VectorResult]) -> tuple[tuple[str, int], ...]:
    """Why vectors do not apply, and how many each; the most frequent first."""
    return kinds_counted(result.kind for result in results if result.verdict is VectorVerdict.NOT_APPLICABLE)


def kinds_counted(kinds: Iterable[str]) -> tuple[tuple[str, int], ...]:
    """Each of ``kinds`` and how often it comes; the most frequent first."""
    return tuple(sorted(Counter(kinds).items(), key=lambda each: (-each[1], each[0])))


def applying(results: Sequence[VectorResult]) -> str:
    """How many of the vectors that were asked for apply to the card, and why the rest does not, in a line."""
    why = why_not(results)
    left = sum(number for _, number in why)
    named = [f"{kind}: {number}" for kind, number in why[:_MOST_REASONS]]
    others = sum(number for _, number in why[_MOST_REASONS:])
    reasons = "; ".join([*named, f"other reasons: {others}"] if others else named)
    applies = f"for this card: {len(results) - left} of {len(results)} vectors asked for"
    return f"{applies}; not for it: {reasons}" if why else applies


def junit(results: Sequence[VectorResult]) -> bytes:
    """JUnit XML: a suite per unit, a case per vector. Inconclusive is an error, not-applicable a skip."""
    return junit_xml("dualcos conform", (_junit_case(result) for result in results))


def _junit_case(result: VectorResult) -> JunitCase:
    title = result.case.vector.title
    return JunitCase(
        result.case.unit.unit,
        f"{result.case.id} {title.en} {title.zh}",
        JUNIT_OUTCOMES[result.verdict.value],
        result.text,
        f"{result.where}\n{'; '.join(result.case.clause)}",
    )
