"""``dualcos lab items``: which test items, requirements and clauses vectors are for, and how many."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from dualcos.cli.facts.lab_items_facts import (
    CitedClause,
    CitedClauses,
    CoveredItem,
    CoveredItems,
    DecidedRequirement,
    DecidedRequirements,
)
from dualcos.cli.lab_action import LabAction
from dualcos.cli.lab_sample import add_selection, asked_vectors
from dualcos.cli.machine_output import add_json, tell
from dualcos.cli.user_faults import DONE, Fault
from dualcos.explain.catalogue_entry import UNSAID
from dualcos.lab.campaign.vector_selection import cited, in_clause_order
from dualcos.lab.campaign.what_is_judged import judged_by
from dualcos.lab.conformance.item_names import LAB_ITEMS
from dualcos.lab.conformance.requirement_names import REQUIREMENTS
from dualcos.lab.conformance.vector_file import Case, VectorError


def _arguments(parser: ArgumentParser) -> None:
    add_selection(parser)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--requirements", action="store_true", help="requirements instead of test items")
    what.add_argument("--clauses", action="store_true", help="clauses instead of test items")
    add_json(parser, CoveredItems, DecidedRequirements, CitedClauses)


def items(args: Namespace) -> int:
    """Every item, requirement or clause with the number of vectors that are for it."""
    try:
        cases = asked_vectors(args).cases
    except VectorError as error:
        raise Fault(str(error)) from None
    if args.requirements:
        decided = _requirements(cases)
        tell(args, decided, _lines_of_requirements(decided))
    elif args.clauses:
        clauses = _clauses(cases)
        tell(args, clauses, (f"{each.vectors:6}  {each.clause}" for each in clauses.clauses))
    else:
        covered = _items(cases)
        tell(args, covered, _lines_of_items(covered))
    return DONE


def _items(cases: Sequence[Case]) -> CoveredItems:
    counted = Counter(item for case in cases for item in case.items)
    covered = [
        CoveredItem(
            item=item.identity,
            standard=item.standard,
            clause=item.clause,
            title=item.en,
            title_zh=item.zh,
            known_from=item.known.value,
            vectors=counted[item.identity],
            without=(item.without or UNSAID).en,
            without_zh=(item.without or UNSAID).zh,
        )
        for item in LAB_ITEMS
    ]
    return CoveredItems(items=covered, vectors=len(cases), unnamed=sum(not case.items for case in cases))


def _lines_of_items(covered: CoveredItems) -> Iterator[str]:
    for standard, group in groupby(covered.items, key=lambda each: each.standard):
        yield standard
        for each in group:
            place = f" §{each.clause}" if each.clause else ""
            yield f"{each.vectors:6}  {each.item}{place}  {each.title_zh}  {each.title}{_why_none(each)}"
    named = covered.vectors - covered.unnamed
    there = sum(bool(each.vectors) for each in covered.items)
    yield f"{there} of {len(covered.items)} items have vectors; {named} of {covered.vectors} vectors are for items"


def _requirements(cases: Sequence[Case]) -> DecidedRequirements:
    counted = Counter(each for case in cases for each in judged_by(case).requirements)
    decided = [
        DecidedRequirement(
            requirement=each.identity,
            sentence=each.sentence,
            zh=each.zh,
            clause=each.clause,
            vectors=counted[each.identity],
            without=(each.without or UNSAID).en,
            without_zh=(each.without or UNSAID).zh,
        )
        for each in REQUIREMENTS
    ]
    return DecidedRequirements(requirements=decided, vectors=len(cases))


def _lines_of_requirements(decided: DecidedRequirements) -> Iterator[str]:
    for each in decided.requirements:
        yield f"{each.vectors:6}  {each.requirement:4}  {each.zh}  {each.sentence} ({each.clause}){_why_none(each)}"


def _why_none(counted: CoveredItem | DecidedRequirement) -> str:
    return f" - {counted.without_zh}  {counted.without}" if counted.without else ""


def _clauses(cases: Sequence[Case]) -> CitedClauses:
    counted = Counter(place for case in cases for place in {each for clause in case.clause for each in cited(clause)})
    there = [CitedClause(clause=clause, vectors=counted[clause]) for clause in sorted(counted, key=in_clause_order)]
    return CitedClauses(clauses=there, vectors=len(cases))


LAB_ITEMS_ACTION = LabAction("items", "which test items and requirements vectors are for", _arguments, items)
