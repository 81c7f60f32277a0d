"""Maker, bureau, bank, acquirer do not know each other, the personaliser none of them (总体方案 一（四）, 五（一）2).

Whoever sees two of them could join their keys. One module may: it opens the stores and lays the data side by side.
"""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ISSUANCE = "dualcos.issuance"
PARTIES = ("maker", "bureau", "bank", "acquirer")
# A room of issuance may import itself and these.
MAY_IMPORT = {
    "maker": {"exchange"},
    "bureau": {"exchange"},
    "bank": {"exchange"},
    "acquirer": set(),
    "exchange": set(),
    "personaliser": {"exchange"},
    "sample": {"invented_citizens"},
}
TOGETHER = "dualcos/issuance/parties_together.py"
# The personaliser carries out orders; what a card is to be (a profile) is for those who give them.
NO_PROFILES = ("exchange", "personaliser")


def imports(path: Path) -> set[str]:
    """Dotted names a file imports, also inside functions and for typing only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rooms(path: Path) -> set[str]:
    """Rooms of issuance a file imports from, or its modules beside the rooms."""
    inside = (name.split(".") for name in imports(path) if name.startswith(f"{ISSUANCE}."))
    return {parts[2] for parts in inside}


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, folder
    return found


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_knows_itself_and_the_exchange(room):
    for path in sources(f"dualcos/issuance/{room}"):
        assert rooms(path) <= MAY_IMPORT[room] | {room}, named(path)


def test_every_room_has_its_rule():
    found = {path.parent.name for path in (ROOT / "dualcos/issuance").glob("*/*.py")}
    assert found == set(MAY_IMPORT)


def test_one_module_knows_more_than_one_party():
    knowing = {named(path) for path in sources("dualcos") if len(rooms(path) & set(PARTIES)) > 1}
    assert knowing == {TOGETHER}


def test_key_services_are_opened_there_only():
    """A second place that opens them would be one more to keep apart."""
    for path in sources("dualcos"):
        opened = {name for name in imports(path) if name.startswith(f"{ISSUANCE}.") and "_order_service." in name}
        foreign = {name for name in opened if not path.is_relative_to(ROOT / "/".join(name.split(".")[:3]))}
        assert not foreign or named(path) == TOGETHER, named(path)


@pytest.mark.parametrize("room", NO_PROFILES)
def test_who_carries_out_orders_sees_no_profile(room):
    for path in sources(f"dualcos/issuance/{room}"):
        assert not {name for name in imports(path) if name.startswith("dualcos.profile.")}, named(path)


def test_the_personaliser_opens_no_key_store():
    """Not even the maker's: what it gets are handles in orders and services that answer."""
    for path in sources("dualcos/issuance/personaliser"):
        seen = imports(path)
        assert not {name for name in seen if name.startswith(("keys.custody.key_store_file", "keys.custody.sealing"))}


def test_each_rule_would_be_seen_to_be_broken(tmp_path):
    """The eyes of these tests: a plain import, one inside a function, one of a whole room."""
    path = tmp_path / "spy.py"
    path.write_text(
        "import dualcos.issuance.maker.birth_order_service\n"
        "def look():\n    from dualcos.issuance.bank import bank_rows\n"
        "from dualcos.issuance import bureau\n"
        "from dualcos.issuance.acquirer.acquirer_front import AcquirerFront\n",
        encoding="utf-8",
    )
    assert rooms(path) == set(PARTIES)
