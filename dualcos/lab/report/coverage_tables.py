"""Coverage of a campaign (覆盖表): what its vectors declare, against the verdicts they have.

By clause, test item and requirement each row counts vectors; by command and status word each cell does: a vector that
judges several counts in each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import NamedTuple

from cos.stacks import STACKS
from dualcos.explain.catalogue_entry import Wording
from dualcos.lab.campaign.vector_selection import cited, in_clause_order
from dualcos.lab.conformance.item_names import LAB_ITEMS, LabItem
from dualcos.lab.conformance.requirement_names import REQUIREMENTS, Requirement
from dualcos.lab.report.campaign_report import ReportedVector, ReportedVerdict, verdicts_counted

_ROOTS = tuple(stack.label for stack in STACKS if stack.root is not None)
_UNTOLD = ""
_NUMBERED = ("61", "6C", "63C")


class CoverageCount(NamedTuple):
    """Vectors of one row or cell, by verdict."""

    vectors: tuple[ReportedVector, ...]

    @property
    def by_verdict(self) -> Mapping[ReportedVerdict, int]:
        """How many have which."""
        return verdicts_counted(self.vectors)

    @property
    def number(self) -> int:
        """How many there are."""
        return len(self.vectors)


class CoveredClause(NamedTuple):
    """A clause that vectors cite, or a place within one."""

    clause: str
    counted: CoverageCount


class ItemRow(NamedTuple):
    """A test item of the standards."""

    item: LabItem
    counted: CoverageCount

    @property
    def idle(self) -> bool:
        """No vector is for it, and none can be expected to be: an own one may be all the same."""
        return bool(self.item.without) and not self.counted.number


class RequirementRow(NamedTuple):
    """A requirement."""

    requirement: Requirement
    counted: CoverageCount


class CoveredCommand(NamedTuple):
    """A command by name, under each class and instruction it was sent with (``codes``, those sent most first), and each
    status word that vectors say is right there: 61xx, 6Cxx and 63Cx are one each, another may have ? for a digit.
    """

    name: str
    zh: str
    codes: tuple[str, ...]
    words: tuple[tuple[str, CoverageCount], ...]
    counted: CoverageCount


class SideCount(NamedTuple):
    """A side of the card, by what the stack that answers there is called; ``not told`` where no vector says it."""

    side: Wording
    counted: CoverageCount


def by_clause(vectors: Iterable[ReportedVector]) -> list[CoveredClause]:
    """Each place that vectors cite, in the order of its numbers."""
    found: dict[str, list[ReportedVector]] = defaultdict(list)
    for vector in vectors:
        for place in dict.fromkeys(each for clause in vector.clause for each in _places(clause)):
            found[place].append(vector)
    return [CoveredClause(place, CoverageCount(tuple(found[place]))) for place in sorted(found, key=in_clause_order)]


def _places(clause: str) -> Iterable[str]:
    """The places it names, without the clause as it is written where that is several."""
    whole, *places = cited(clause)
    return places or [whole]


def by_item(vectors: Iterable[ReportedVector]) -> list[ItemRow]:
    """Every item of both standards, in their order."""
    found: dict[str, list[ReportedVector]] = defaultdict(list)
    for vector in vectors:
        for item in vector.items:
            found[item].append(vector)
    return [ItemRow(item, CoverageCount(tuple(found.get(item.identity, ())))) for item in LAB_ITEMS]


def by_standard(rows: Iterable[ItemRow]) -> list[tuple[str, list[ItemRow]]]:
    """The items of each standard, in the order in which they come."""
    return [(standard, list(group)) for standard, group in groupby(rows, key=lambda row: row.item.standard)]


def by_requirement(vectors: Iterable[ReportedVector]) -> list[RequirementRow]:
    """Every requirement."""
    found: dict[str, list[ReportedVector]] = defaultdict(list)
    for vector in vectors:
        for requirement in vector.requirements:
            found[requirement].append(vector)
    return [RequirementRow(each, CoverageCount(tuple(found.get(each.identity, ())))) for each in REQUIREMENTS]


def by_command(vectors: Iterable[ReportedVector]) -> list[CoveredCommand]:
    """Each command that vectors judge, by name, its words in order."""
    cells: dict[str, dict[str, list[ReportedVector]]] = defaultdict(lambda: defaultdict(list))
    whole: dict[str, list[ReportedVector]] = defaultdict(list)
    codes: dict[str, Counter[str]] = defaultdict(Counter)
    for vector in vectors:
        if vector.declared is None:
            continue
        for command in vector.declared.commands:
            codes[command.name][command.code] += 1
        for name in {command.name for command in vector.declared.commands}:
            whole[name].append(vector)
        for name, word in {(command.name, _family(word)) for command, word in vector.declared.answers}:
            cells[name][word].append(vector)
    chinese = {row.name: row.zh for stack in reversed(STACKS) for row in stack.rows}  # the first says it
    return [
        CoveredCommand(
            name,
            chinese.get(name, ""),
            tuple(code for code, _ in codes[name].most_common()),
            tuple((word, CoverageCount(tuple(cells[name][word]))) for word in sorted(cells[name])),
            CoverageCount(tuple(whole[name])),
        )
        for name in sorted(whole)
    ]


def _family(word: str) -> str:
    """Words that carry a number are one: 61xx, 6Cxx and 63Cx, whatever bytes wait or tries are left."""
    return next((f"{head}{'x' * (4 - len(head))}" for head in _NUMBERED if word.startswith(head)), word)


def by_side(vectors: Iterable[ReportedVector]) -> list[SideCount]:
    """By the side of the card that the judged commands are sent to; each vector once, where most specific."""
    found: dict[str, list[ReportedVector]] = defaultdict(list)
    for vector in vectors:
        found[_side(vector)].append(vector)
    named = {stack.label: Wording(stack.places[0].short, f"{stack.places[0].short} {stack.zh}") for stack in STACKS}
    named[_UNTOLD] = Wording("not told", "未注明")
    return [SideCount(named[side], CoverageCount(tuple(found[side]))) for side in named if side in found]


def _side(vector: ReportedVector) -> str:
    """The label of the stack; empty if it is gone. Which one answers for an MF the profile of its card says."""
    sides = vector.declared.sides if vector.declared is not None else frozenset[str]()
    inside = sorted(sides.difference(_ROOTS))
    if inside:
        return inside[0]
    profile = vector.case.profile if vector.case is not None else ""
    return next((root for root in _ROOTS if root in sides and profile.startswith(root)), min(sides, default=_UNTOLD))
