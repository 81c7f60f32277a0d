"""Shared code knows no stack, and nobody but ``cos/stacks.py`` holds a list of them.

In ``cos/kernel`` and ``cos/making`` stands mechanism: no import, name, identifier or label of a stack, and no
instruction byte, for rows are the stacks'. Elsewhere whoever needs to know what stacks there are is given ``STACKS``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import pytest

from cos.kernel.directory_headers import MF_FID
from cos.stacks import STACKS, labels, places

ROOT = Path(__file__).parents[2]
SHARED = sorted(path for room in ("kernel", "making") for path in (ROOT / "cos" / room).rglob("*.py"))
ROOMS = ("apdu", "firewall", "keys", "cos", "dualcos")
FOLDERS = tuple(stack.label for stack in STACKS)
LABELS = frozenset((*FOLDERS, *labels()))
MF = "MF"
"""ISO's: its identifier 3F00 and what it is called belong to no stack."""

WORDS = re.compile(
    r"\b(?:" + "|".join(re.escape(word) for word in {*LABELS, *(place.short for place, _ in places())} - {MF}) + r")\b",
    re.IGNORECASE,
)
FIDS = frozenset(place.fid for place, _ in places()) - {MF_FID}
NAMES = tuple(place.name for place, _ in places() if place.name) + tuple(fid.to_bytes(2, "big") for fid in FIDS)


def documented(tree: ast.AST) -> set[int]:
    """The docstrings, those behind an assignment too: strings that are statements."""
    return {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}


def of_a_stack(source: str) -> list[str]:
    """Where a source names a stack, imports one, or tells instructions apart by their byte."""
    tree, found = ast.parse(source), []
    prose = documented(tree)
    for node in ast.walk(tree):
        where = f"line {getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.ImportFrom | ast.Import):
            named = [*(alias.name for alias in node.names), getattr(node, "module", None) or ""]
            found += [f"{where}: import of {name}" for name in named if set(name.split(".")) & {*FOLDERS, "stacks"}]
        elif isinstance(node, ast.Constant) and id(node) not in prose and says(node.value):
            found.append(f"{where}: {node.value!r}")
        elif isinstance(node, ast.Compare):
            sides = (node.left, *node.comparators)
            if any(isinstance(side, ast.Attribute) and side.attr == "ins" for side in sides) and any(
                isinstance(side, ast.Constant | ast.Name | ast.Tuple | ast.Set) for side in sides
            ):
                found.append(f"{where}: an instruction told by its byte")
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "CommandRow":
            found.append(f"{where}: a row")
    return found


def says(value: object) -> bool:
    """True if a literal is, or has in it, what belongs to a stack."""
    if isinstance(value, str):
        return bool(WORDS.search(value))
    if isinstance(value, bytes):
        return any(name in value for name in NAMES)
    return isinstance(value, int) and value in FIDS


@pytest.mark.parametrize("path", SHARED, ids=lambda path: str(path.relative_to(ROOT)))
def test_shared_code_knows_no_stack(path):
    assert not of_a_stack(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "from cos.ssse.options import SocialOptions",
        "from cos import pse",
        "from cos.stacks import STACKS",
        "if label == 'psam-sx2': pass",
        "_WHAT = 'a file of the SSSE'",
        "_HOME = 0xDDF2",
        "_HOME = b'D\\xdd\\xf2'",
        "_NAME = b'1PAY.SYS.DDF01'",
        "def gate(session, row, command):\n    if command.ins == 0xA4: pass",
        "_SELECT = 0xA4\ndef gate(command):\n    return command.ins in (_SELECT, 0xB0)",
        "ROWS = (CommandRow(0, 0xA4, 'SELECT', '', None, ''),)",
    ],
)
def test_what_belongs_to_a_stack_is_found(source):
    assert of_a_stack(source)


@pytest.mark.parametrize(
    "source", ["MF_FID = 0x3F00", "'''SSSE and PSE'''", "x = 0\n'''of the psam'''", "a.ins == b.ins"]
)
def test_what_belongs_to_none_is_not(source):
    assert not of_a_stack(source)


# --- lists ------------------------------------------------------------------------------------------------------------


class Declared(NamedTuple):
    """Literals by label that a file may keep: how many, and what becomes of a stack that is in none of them."""

    count: int
    others: str


DECLARED: Mapping[str, Declared] = MappingProxyType(
    {
        "dualcos/cli/profiles.py": Declared(1, "called by its short name"),
        "dualcos/explain/diagnosis/missing_steps.py": Declared(1, "its master key is proved as in most stacks"),
        "dualcos/explain/diagnosis/whose_command.py": Declared(1, "its commands are no other side's that people know"),
        "dualcos/explain/diagnosis/whose_names.py": Declared(1, "its applications are selected from anywhere"),
        "dualcos/explain/following_select.py": Declared(1, "followed by its names alone"),
        "dualcos/cardfile/card_file_format.py": Declared(
            1, "none: what card files of formats 1 and 2 could have, for ever"
        ),
        "dualcos/lab/ics/card_questions.py": Declared(1, "no question of a statement"),
        "dualcos/lab/conformance/what_is_written.py": Declared(1, "taken to write what any of its options says"),
        "dualcos/lab/conformance/template_functions.py": Declared(1, "its keys have no names in templates"),
        "dualcos/profile/schema.py": Declared(1, "read as a PlainSection"),
        "dualcos/lab/properties/items_failures_keep.py": Declared(1, "held to the table as it stands for all"),
        "dualcos/lab/properties/properties_not_asked.py": Declared(4, "asked every property: here stand excuses"),
    }
)


def product() -> Iterator[Path]:
    """All sources but the one list and the stacks' own folders."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            parts = path.relative_to(ROOT).parts
            if parts[:2] != ("cos", "stacks.py") and not (parts[0] == "cos" and parts[1] in FOLDERS):
                yield path


def lists(source: str) -> list[ast.expr]:
    """Literals that hold the labels of two stacks or more, and of a mapping its keys or its values."""
    found: list[ast.expr] = []
    for node in ast.walk(ast.parse(source)):
        held = [node.elts] if isinstance(node, ast.Tuple | ast.List | ast.Set) else []
        held = [node.keys, node.values] if isinstance(node, ast.Dict) else held
        for each in held:
            said = {one.value for one in each if isinstance(one, ast.Constant) and isinstance(one.value, str)}
            if len(said & LABELS) > 1:
                found.append(node)
    return found


def kept(path: Path) -> list[str]:
    here = path.relative_to(ROOT).as_posix()
    found = lists(path.read_text(encoding="utf-8"))
    if here not in DECLARED:
        return [f"line {node.lineno}" for node in found]
    for node in found:
        named = node.keys if isinstance(node, ast.Dict) else node.elts
        assert {each.value for each in named} <= LABELS, f"line {node.lineno} names what is no label"
    assert len(found) == DECLARED[here].count, "declare them as they are"
    return []


@pytest.mark.parametrize("path", tuple(product()), ids=lambda path: str(path.relative_to(ROOT)))
def test_nobody_else_holds_a_list_of_stacks(path):
    assert not kept(path)


def test_what_is_declared_exists():
    assert DECLARED.keys() <= {path.relative_to(ROOT).as_posix() for path in product()}


@pytest.mark.parametrize(
    "source",
    [
        "SIDES = ('ssse', 'pse')",
        "SIDES = {'ssse': 1, 'pki': 2}",
        "OF = {1: 'manager', 2: 'psam'}",
        "Region = Literal['manager', 'ssse', 'psam-sx2']",
        "def f():\n    return [name for name in ['pse', 'pki']]",
    ],
)
def test_a_list_is_found(source):
    assert lists(source)


@pytest.mark.parametrize("source", ["SIDE = ('ssse', 'another')", "f('ssse', 'pse')", "x == 'pki' or x == 'pse'"])
def test_one_stack_is_no_list(source):
    assert not lists(source)
