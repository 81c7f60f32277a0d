"""Tables of ``docs/properties.md``, from declarations: ``python -m tests.evidence.property_page`` writes them anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dualcos.lab.conformance.requirement_names import PLAN_REQUIREMENTS
from dualcos.lab.properties.items_failures_keep import CLAUSES, DROPS, OTHERWISE, Failure
from dualcos.lab.properties.list_of_properties import PROPERTIES

PAGE = Path(__file__).parents[2] / "docs/properties.md"


def table() -> str:
    """Every property of the registry, a row each."""
    rows = [f"| {each.identity} | {each.sentence} | {each.clause} |\n" for each in PROPERTIES]
    return "| | property | clause |\n|---|---|---|\n" + "".join(rows)


def failures() -> str:
    """What failing commands keep and drop: an item a row, a kind of failure a column; then where stacks differ."""
    heads = "".join(f" {kind.value} |" for kind in Failure)
    rows = [f"| |{heads} clause |\n|---|{'---|' * len(Failure)}---|\n"]
    for item, ends in DROPS.items():
        cells = "".join(f" {'ends' if kind in ends else ''} |" for kind in Failure)
        rows.append(f"| {item} |{cells} {CLAUSES[item]} |\n")
    for other in dict.fromkeys(OTHERWISE.values()):
        where = [(stack, item) for (stack, item), each in OTHERWISE.items() if each == other]
        kinds = ", ".join(kind.value for kind in Failure if kind in other.drops)
        names = "; ".join(f"{stack}, {item}" for stack, item in where)
        rows.append(f"\nOtherwise ({names}): ends behind {kinds or 'none'}. Why: {other.clause}.\n")
    return "".join(rows)


def plan() -> str:
    """What the plan demands of a card, a row each."""
    rows = [f"| {each.identity} | {each.sentence} | {each.clause} |\n" for each in PLAN_REQUIREMENTS]
    return "| | requirement | clause |\n|---|---|---|\n" + "".join(rows)


TABLES: dict[str, Callable[[], str]] = {"properties": table, "failures": failures, "plan": plan}
"""What stands between the marks of each name on the page."""


def renewed(text: str) -> str:
    """``text`` of the page with the tables as declared. Raises ValueError if the page has no place for one."""
    for name, made in TABLES.items():
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->\n"
        head, found, rest = text.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"{PAGE} has no place for the table of {name}")
        text = f"{head}{begin}{made()}{end}{tail}"
    return text


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
