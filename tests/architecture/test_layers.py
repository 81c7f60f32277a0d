"""Nobody imports up or sideways; each outside library has one door; nothing in the card knows clock or socket."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Higher may import lower. Rooms on one line do not know each other.
LAYERS = (("cli",), ("terminal", "issuance"), ("cos",), ("keys",), ("firewall",), ("apdu",))
# Inside cos: the composition root, the host scripts that make a card, what explains it, the list of the stacks, the
# stacks, which do not know each other, the maker's file manager, the kernel.
COS_LAYERS = (
    ("card", "explain"),
    ("personalise",),
    ("testkeys",),
    ("profile",),
    ("stacks",),
    ("manager", "ssse", "pse", "psam", "pki"),
    ("making",),
    ("kernel",),
)
ROOMS = tuple(room for layer in LAYERS for room in layer)
CARD_SIDE = ("apdu", "firewall", "keys", "cos")

DOORS = {
    "cryptography": ("keys/algorithms.py",),
    "gmssl": ("keys/sm2.py",),
    "gmpy2": ("keys/rsa.py",),
    "smartcard": ("dualcos/reader/pcsc.py",),
    "secrets": ("firewall/hardware/randomness.py",),
    "sqlite3": ("dualcos/cardfile/sqlite_file.py", "dualcos/issuance/stock_register.py"),
    "pyrage": ("keys/custody/sealing.py",),
    "psec": ("keys/custody/key_transport.py",),
    "rich": ("dualcos/cli/progress_bar.py",),
    "construct": ("dualcos/reader/embedded/pcsclite_messages.py",),
    "distributed": ("dualcos/issuance/job_pool.py",),
    "socket": ("dualcos/reader/",),
    "tomllib": ("dualcos/profile/schema.py", "dualcos/lab/faults/fault_script.py"),
}
NOWHERE_IN_THE_CARD = ("random", "time", "threading", "asyncio", "subprocess", "logging", "os.environ")


def sources(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Dotted names a file imports, also inside functions and for typing only."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: absolute imports only"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def rank(layers: tuple[tuple[str, ...], ...], room: str) -> int | None:
    return next((number for number, layer in enumerate(layers) if room in layer), None)


@pytest.mark.parametrize("path", sources(*ROOMS), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down(path):
    own = path.relative_to(ROOT).parts[0]
    for name in imports(path):
        other = name.split(".")[0]
        if other in ROOMS and other != own:
            assert rank(LAYERS, other) > rank(LAYERS, own), f"{own} imports {name}"


@pytest.mark.parametrize("path", sources("cos"), ids=lambda p: str(p.relative_to(ROOT)))
def test_inside_cos_imports_go_down(path):
    own = path.relative_to(ROOT / "cos").parts[0].removesuffix(".py")
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "cos" or len(parts) < 2:
            continue
        mine, theirs = rank(COS_LAYERS, own), rank(COS_LAYERS, parts[1])
        if mine is None or theirs is None or parts[1] == own:
            continue
        options_or_tables = parts[1] in ("ssse", "pse", "psam", "pki") and own in (
            "profile",
            "personalise",
            "card",
            "explain",
        )
        assert theirs > mine or options_or_tables, f"cos.{own} imports {name}"


@pytest.mark.parametrize("path", sources(*ROOMS), ids=lambda p: str(p.relative_to(ROOT)))
def test_each_library_has_its_door(path):
    here = path.relative_to(ROOT).as_posix()
    for name in imports(path):
        doors = DOORS.get(name.split(".")[0])
        if doors is not None:
            assert any(here.startswith(door) for door in doors), f"{here} imports {name}"


@pytest.mark.parametrize("path", sources(*CARD_SIDE), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_clock_no_thread_no_randomness_in_the_card(path):
    assert not {name for name in imports(path) if name.split(".")[0] in NOWHERE_IN_THE_CARD}
    # datetime may check that a date exists; it must not tell what day it is.
    called = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not called & {"now", "today", "utcnow"}


def test_faults_have_one_door():
    """A card misbehaves only by an option of the command line: no other module can make one, no variable is read."""
    for path in sources(*ROOMS):
        here, names = path.relative_to(ROOT).as_posix(), imports(path)
        if here.startswith("dualcos/lab/faults/"):
            assert not {name for name in names if name.split(".")[0] in ("os", "cli")}, here
        elif here != "dualcos/cli/fault_mode.py":
            wanted = {name for name in names if name.startswith("dualcos.lab.faults")}
            assert wanted <= {"dualcos.lab.faults.fault_script", "dualcos.lab.faults.fault_script.ScriptError"}, here


def test_off_card_keys_stay_off_the_card():
    """keys.custody is for hosts: personalisation, terminals, issuance, command line, tests."""
    for path in sources("cos", "keys", "firewall", "apdu"):
        here = path.relative_to(ROOT).as_posix()
        if here.startswith("keys/custody/"):
            continue
        assert not [name for name in imports(path) if name.startswith("keys.custody")], here


def test_files_stay_small_enough_to_know():
    for path in sources(*ROOMS):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path
