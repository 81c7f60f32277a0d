"""The table of properties in ``README.md`` beside this file.

``python -m dualcos.lab.properties.property_page`` writes it anew.
"""

from __future__ import annotations

from pathlib import Path

from dualcos.lab.properties.list_of_properties import PROPERTIES

README = Path(__file__).with_name("README.md")
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
        raise ValueError(f"{README} has no place for the table")
    return f"{head}{begin}{table()}{end}{tail}"


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
