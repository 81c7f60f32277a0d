"""Nobody but ``cos/stacks.py`` holds a list of stacks: whoever needs to know what there is is given it.

Rooms that have something of their own to say of a stack keep a mapping by label, with a default for the others; such a
mapping names no label that no stack has.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from cos.stacks import STACKS, labels
from dualcos.explain.card_contents import SHOWN
from dualcos.explain.following_select import FOLLOWING
from dualcos.lab.conformance.template_functions import BY_SECTION
from dualcos.lab.properties.items_select_keeps import DIFFERENCES
from dualcos.lab.properties.properties_not_asked import UNASKED
from dualcos.lab.properties.selection_table import GROUNDS
from dualcos.profile.schema import SECTIONS

ROOT = Path(__file__).parents[2]
ROOMS = ("apdu", "firewall", "keys", "cos", "dualcos")
HOME = "cos/stacks.py"
KNOWN = {*labels(), *(stack.label for stack in STACKS)}
FOLDERS = {stack.label for stack in STACKS}
# The sides of card files of format 2, named where they are brought up to date.
PAST = {("dualcos/cardfile/card_file_format.py", "keyed_by_label")}
SOURCES = [path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py"))]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def constants(nodes: list[ast.expr]) -> list[str]:
    return [node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)]


def lists(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """Tuples, lists, sets and ``Literal`` that name three or more stacks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            found = [text for text in constants(node.elts) if text in KNOWN]
            if len(found) > 2:
                yield node.lineno, found


def mappings(tree: ast.AST) -> Iterator[tuple[int, list[str]]]:
    """The keys of mappings that name two or more stacks."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            keys = constants([key for key in node.keys if key is not None])
            if len(KNOWN.intersection(keys)) > 1:
                yield node.lineno, keys


def gathered(tree: ast.AST) -> set[str]:
    """The stacks whose rows, cells, sayings or value a file imports."""
    found = set()
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module
            and {each.name for each in node.names}
            & {
                "ROWS",
                "CELLS",
                "SAYS",
                "STACK",
            }
        ):
            room, _, rest = node.module.partition(".")
            stack = rest.partition(".")[0]
            if room == "cos" and stack in FOLDERS:
                found.add(stack)
    return found


def without_past(path: Path) -> ast.AST:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tree.body = [one for one in tree.body if (named(path), getattr(one, "name", "")) not in PAST]
    return tree


@pytest.mark.parametrize("path", SOURCES, ids=named)
def test_no_list_of_stacks(path):
    if named(path) == HOME:
        return
    tree = without_past(path)
    assert list(lists(tree)) == []
    assert [(line, keys) for line, keys in mappings(tree) if not KNOWN.issuperset(keys)] == []
    assert len(gathered(tree)) < 3


def test_mappings_by_label_name_no_other():
    stacks = {stack.label for stack in STACKS}
    assert stacks >= SECTIONS.keys()
    assert stacks >= BY_SECTION.keys()
    assert stacks >= FOLLOWING.keys()
    assert stacks >= GROUNDS.keys()
    assert stacks >= {stack for stack, _ in DIFFERENCES}
    assert stacks >= {stack for each in UNASKED for stack in each.stacks}


def test_every_way_of_showing_memory_resolves_and_is_used():
    assert SHOWN.keys() == {stack.shown for stack in STACKS}


def test_labels_are_told_apart():
    for under in {stack.under for stack in STACKS}:
        card = [place for stack in STACKS if stack.under == under for place in stack.places]
        assert len({place.label for place in card}) == len({place.fid for place in card}) == len(card)
        assert [place for place in card if place.root], under
    assert len(FOLDERS) == len(STACKS)


# And these tests bite.


@pytest.mark.parametrize(
    "text",
    [
        'SIDES = ("manager", "ssse", "pse")',
        'Region = Literal["ssse", "pse", "psam-sx2"]',
        'for side in ["ssse", "pse", "pki"]: pass',
    ],
)
def test_a_list_is_seen(text):
    assert list(lists(ast.parse(text)))


def test_a_mapping_with_a_stack_that_is_none_is_seen():
    ((_, keys),) = mappings(ast.parse('NAMES = {"ssse": 1, "pse": 2, "bank": 3}'))
    assert not KNOWN.issuperset(keys)


def test_a_list_by_imports_is_seen():
    text = "".join(f"from cos.{each}.table import ROWS as R{n}\n" for n, each in enumerate(("pki", "psam", "pse")))
    assert len(gathered(ast.parse(text))) == 3
