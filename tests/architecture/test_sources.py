"""Whoever reads a clause finds its document: every short name is in the table of ``vectors/SOURCES.md``.

Looked at: what refusals, notes, rows, tables and properties cite, the profiles, the clauses of all vectors. And nothing
points at a page that the repository does not have.
"""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from dualcos.lab.conformance.coverage import tables
from dualcos.lab.conformance.requirement_names import REQUIREMENTS
from tests.evidence import property_page

ROOT = Path(__file__).parents[2]
PACKAGES = ("apdu", "firewall", "keys", "cos", "dualcos")
CITING = {"Refusal": 3, "Reason": 2, "Refused": 3}
"""Calls that cite, and at which place; by name it is ``clause`` or ``ref`` everywhere."""


def declared(text: str) -> tuple[str, ...]:
    """The short names of the table, a pattern for each document; a comma stands between two names of one."""
    table = text.split("| short | document |\n", 1)[1].split("\n\n", 1)[0]
    rows = [row.split("|")[1].strip().split(", ") for row in table.splitlines()[1:]]
    return tuple("|".join(_pattern(name) for name in row) for row in rows)


def _pattern(name: str) -> str:
    return re.escape(name).replace(r"\-n", r"\-\d+").replace(r"\.n", r"\.\d+")


SHORT = declared((ROOT / "vectors/SOURCES.md").read_text("utf-8"))
NAME = re.compile(rf"(?<!\w)(?:{'|'.join(SHORT)})(?![\d.]*\d|[A-Z])")
# A further place in the document before: a section, a table, a number of one.
FURTHER = re.compile(r"(?:and |to )?(?:§|annex |tables? |figures? |p\. |[A-Z]\.?\d|\d|[A-Z]{3}\d{3})")
# What looks like the name of a standard wherever it stands in a clause.
STANDARD = re.compile(r"\b(?:[A-Z]{2,}/T \d+(?:\.\d+)?|ISO(?:/IEC)? \d+-?\d*|RFC \d+|[A-Z]{3,}-\d+|EMV [A-Za-z]+)")


def stray(clause: str) -> list[str]:
    """The pieces of a clause that cite nothing the table declares."""
    found = []
    for at, piece in enumerate(re.split(r"[;,] ", clause)):
        if not (NAME.search(piece) or (at and FURTHER.match(piece))):
            found.append(piece)
    return found + [name for name in STANDARD.findall(clause) if not NAME.match(name)]


def cited() -> Iterator[tuple[str, str]]:
    """Every clause there is, and where."""
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            for clause in in_code(ast.parse(path.read_text("utf-8"))):
                yield clause, str(path.relative_to(ROOT))
    for environment, rows in tables():
        yield from ((row.ref, f"{environment} {row.name}") for row in rows)
    yield from ((each.clause, each.identity) for each in REQUIREMENTS)
    for path in sorted(ROOT.glob("*/**/*.toml")):
        if path.relative_to(ROOT).parts[0] in ("dualcos", "vectors"):
            yield from (
                (clause, str(path.relative_to(ROOT))) for clause in refs(tomllib.loads(path.read_text("utf-8")))
            )
    for path in sorted((ROOT / "vectors").rglob("*.json")):
        unit = json.loads(path.read_text("utf-8"))
        if isinstance(unit, dict) and "unit" in unit:
            for each in (unit, *unit["vectors"]):
                yield from ((clause, each.get("id", unit["unit"])) for clause in each.get("clause", ()))


def in_code(tree: ast.Module) -> Iterator[str]:
    """The clauses that a module's calls give as text, or by the name of a constant of the module."""
    constants = {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            place = CITING.get(call.func.id if isinstance(call.func, ast.Name) else "")
            given = [keyword.value for keyword in call.keywords if keyword.arg in ("clause", "ref")]
            given += call.args[place : place + 1] if place is not None else []
            for value in given:
                text = constants.get(value.id) if isinstance(value, ast.Name) else getattr(value, "value", None)
                if isinstance(text, str) and text:
                    yield text


def refs(node: object) -> Iterator[str]:
    """What a profile cites."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "ref":
                yield from [value] if isinstance(value, str) else value
            yield from refs(value)
    elif isinstance(node, list):
        for each in node:
            yield from refs(each)


@pytest.fixture(scope="module")
def clauses() -> list[tuple[str, str]]:
    return list(cited())


def test_every_clause_cites_a_declared_document(clauses):
    assert len(clauses) > 1500
    assert {
        f"{clause!r} ({where}): {', '.join(found)}" for clause, where in clauses if (found := stray(clause))
    } == set()


def test_every_declared_document_is_cited(clauses):
    together = "\n".join({clause for clause, _ in clauses})
    assert [pattern for pattern in SHORT if not re.search(pattern, together)] == []


@pytest.mark.parametrize(
    "clause",
    [
        "assurance 2.1",
        "the plan, chapter 1",
        "§5.2",
        "SSC-5 §6.14, SCC-7 §5.8",
        "GM/T 0015",
        "SSC-5 §6.6; ISO 7811 §3",
        "PBOC-5 §16, see the specification",
        "LD/T 6002.2",
        "EMV Book §3",
        "硬掩膜",
        "ssc-commands.md §4.2",
        "",
    ],
)
def test_a_document_nobody_declared_is_seen(clause):
    assert stray(clause)


# --- pages ---------------------------------------------------------------------------------------------------------

# "The plan" and parts of notes that only their writers had.
NOWHERE = re.compile(
    r"\bassurance (?:contract )?(?:§|\d)"
    r"|[Tt]he plan(?:,|:|'s| chapter)"
    r"|\b(?:house|style|assurance|ssc-\w+|pboc-\w+)\.md\b"
)
PAGE = re.compile(r"(?<![\w/<{*.-])((?:[\w-]+/)*[\w-]+\.md)\b")

MADE = {"evidence.md", "night.md"}  # by `make assure`, into build/


def texts() -> Iterator[tuple[Path, str]]:
    for folder in (*PACKAGES, "vectors", "tests"):
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in (".py", ".md", ".toml") or (path.suffix == ".json" and folder == "vectors"):
                yield path, path.read_text("utf-8")
    for path in sorted(ROOT.glob("*.md")):
        yield path, path.read_text("utf-8")


def test_nothing_points_nowhere():
    wrong = set()
    for path, text in texts():
        if path == Path(__file__):
            continue
        wrong |= {f"{path.relative_to(ROOT)}: {found.group()}" for found in NOWHERE.finditer(text)}
    assert wrong == set()


def test_pages_that_are_named_exist():
    wrong = set()
    for path, text in texts():
        if path.suffix == ".json" or path == Path(__file__):
            continue
        for name in PAGE.findall(text):
            beside = (path.parent, *path.parent.parents[: len(path.relative_to(ROOT).parts)])
            if name not in MADE and not any((folder / name).is_file() for folder in (*beside, ROOT)):
                wrong.add(f"{path.relative_to(ROOT)}: {name}")
    assert wrong == set()


def test_the_page_of_properties_says_what_the_registry_says():
    text = property_page.PAGE.read_text("utf-8")
    assert property_page.renewed(text) == text, "python -m tests.evidence.property_page"
    assert [row for row in range(1, 9) if f"\n| T{row} | " not in text.split("## Assurance contract")[1]] == []


def test_a_page_without_a_place_for_the_table_is_refused():
    with pytest.raises(ValueError, match="no place"):
        property_page.renewed("# Evidence\n")
