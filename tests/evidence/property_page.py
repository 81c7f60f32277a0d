"""The table of properties in ``docs/properties.md``: ``python -m tests.evidence.property_page`` writes it anew."""

from __future__ import annotations

from pathlib import Path

from dualcos.lab.properties.list_of_properties import PROPERTIES

PAGE = Path(__file__).parents[2] / "docs/properties.md"
_BEGIN, _END = "<!-- properties -->\n", "<!-- end of properties -->\n"


def table() -> str:
    """Every property of the registry, a row each."""
    rows = [f"| {each.identity} | {each.sentence} | {each.clause} |\n" for each in PROPERTIES]
    return "| | property | clause |\n|---|---|---|\n" + "".join(rows)


def renewed(text: str) -> str:
    """``text`` of the page with the table as the registry has it. Raises ValueError if the page has no place for it."""
    head, begin, rest = text.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    if not begin or not end:
        raise ValueError(f"{PAGE} has no place for the table")
    return f"{head}{begin}{table()}{end}{tail}"


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
