"""Nobody imports up or sideways; each outside library has one door; nothing in the card knows clock or socket."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from cos.stacks import STACKS

ROOT = Path(__file__).parents[2]
# Higher may import lower. Rooms on one line do not know each other.
LAYERS = (
    ("tests",),
    ("vectors",),
    ("dualcos.cli",),
    ("dualcos.lab",),
    ("dualcos.terminal", "dualcos.issuance"),
    ("dualcos.profile",),
    ("dualcos.dialogue", "dualcos.explain", "dualcos.reader", "dualcos.leash"),
    ("dualcos.messages", "dualcos.cardfile"),
    ("dualcos.textforms", "dualcos.sqlitefile"),
    ("cos",),
    ("keys",),
    ("firewall",),
    ("apdu",),
)
# Inside cos: the composition root, its options, the list of the stacks, the stacks, which do not know each other, the
# maker's file manager, the kernel.
STACK_ROOMS = tuple(stack.label for stack in STACKS)
COS_LAYERS = (("card",), ("cos_options",), ("stacks",), STACK_ROOMS, ("making",), ("kernel",))
CARD_SIDE = ("apdu", "firewall", "keys", "cos")
PRODUCT = (*CARD_SIDE, "dualcos")

# What of a stack's inside others see, and who; whoever else wants to know something is told by ``cos.stacks``.
# Rooms of ``dualcos`` by their own name.
INSIDES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        # What the nation lays down for all cards: files, items, codes, keys, numbers.
        "cos.ssse.tables": ("cli", "dialogue", "explain", "issuance", "lab", "profile", "terminal"),
        # The bank's data elements and what an application's AIP, AFL and lists say: a host reads them like the card.
        "cos.pse.data.aip_afl_ada": ("dialogue", "explain", "issuance", "profile", "terminal"),
        "cos.pse.data.data_elements": ("dialogue", "explain", "issuance", "profile", "terminal"),
        "cos.pse.data.data_groups": ("explain", "profile"),
        # Settings of a profile; which reading is the default, for the vectors that show it.
        "cos.ssse.options": ("profile",),
        "cos.pse.options": ("profile", "vectors"),
        "cos.psam.options": ("profile",),
        # Names and identifiers of the places that a session of one application selects.
        "cos.ssse.stack": ("dialogue",),
        "cos.pse.stack": ("dialogue",),
        "cos.pki.stack": ("dialogue", "lab"),
        "cos.psam.stack": ("lab", "profile", "terminal"),
        # What a proof or a key file is made of, where the host computes the other half.
        "cos.pki.security": ("dialogue",),
        "cos.pse.personalisation.prepersonalisation": ("explain", "profile"),
        "cos.psam.security.delivered_key_states": ("dialogue", "explain", "lab", "profile", "terminal"),
        # Decisions, key types and names that explanations put into words.
        "cos.pse.transaction.cvr_and_cid": ("explain",),
        "cos.pse.transaction.generate_ac_decision": ("explain",),
        "cos.pse.transaction.risk_checks": ("explain",),
        "cos.pki.what_commands_say": ("explain",),
        "cos.psam.what_commands_say": ("explain",),
        # What stands in cells: contents are shown, counters and keys counted by the white-box laboratory.
        "cos.pse.current_directory": ("explain", "lab"),
        "cos.pse.transaction.transaction_memory": ("explain", "lab"),
        "cos.ssse.security.key_types": ("explain", "lab"),
        "cos.pki.session": ("lab",),
        "cos.psam.session": ("explain",),
        # States and rows that traffic, vectors and properties are drawn from.
        "cos.pse.transaction.transaction_states": ("lab",),
        "cos.manager.command_table": ("lab", "vectors"),
        "cos.pki.command_table": ("lab", "vectors"),
        "cos.psam.commands.command_table": ("lab",),
        "cos.pse.commands.command_table": ("lab",),
        "cos.ssse.commands.command_table": ("lab", "vectors"),
    }
)

DOORS = {
    "cryptography": (
        "keys/algorithms.py",
        "keys/custody/passing_cipher.py",
        "keys/custody/phrase_sealing.py",
        "keys/custody/signing_key.py",
    ),
    "gmssl": ("keys/sm2_engine.py",),
    "ecdsa": ("keys/sm2_engine.py",),
    "gmpy2": ("keys/rsa.py",),
    "smartcard": ("dualcos/reader/pcsc.py",),
    "secrets": ("firewall/hardware/randomness.py",),
    "sqlite3": (
        "dualcos/cardfile/card_file_format.py",
        "dualcos/issuance/exchange/value_index.py",
        "dualcos/issuance/personaliser/stock_register.py",
        "dualcos/sqlitefile/",
    ),
    "pyrage": ("keys/custody/sealing.py",),
    "psec": ("keys/custody/key_blocks.py", "keys/custody/pin_verification.py", "keys/line_cryptography.py"),
    "iso8583": ("dualcos/messages/iso8583_codec.py",),
    "jinja2": ("dualcos/lab/report/report_page.py",),
    "rich": ("dualcos/cli/progress_bar.py", "dualcos/terminal/screen/"),
    "construct": ("dualcos/reader/embedded/pcsclite_messages.py", "dualcos/lab/recorder/pcapng_blocks.py"),
    "distributed": ("dualcos/issuance/personaliser/job_pool.py",),
    "socket": ("dualcos/reader/", "dualcos/leash/leash_server.py", "dualcos/messages/framed_connection.py"),
    "textual": ("dualcos/terminal/screen/",),
    "tomllib": ("dualcos/textforms/json_and_toml.py",),
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
            assert node.level == 0 or "tests" in path.parts, f"{path}: absolute imports only"
            found.add(node.module or "")
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def room_of(dotted: str) -> str:
    """The room that a module lies in: its package, of ``dualcos`` the second name too."""
    return ".".join(dotted.split(".")[: 2 if dotted.startswith("dualcos.") else 1])


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def rank(layers: tuple[tuple[str, ...], ...], room: str) -> int | None:
    return next((number for number, layer in enumerate(layers) if room in layer), None)


def goes_down(own: str, other: str) -> bool:
    """True if room ``own`` may know room ``other``."""
    mine, theirs = rank(LAYERS, own), rank(LAYERS, other)
    return own == other or (mine is not None and theirs is not None and theirs > mine)


def test_every_room_has_its_layer():
    there = {room_of(dotted(path)) for path in sources(*PRODUCT, "vectors", "tests")}
    # The package itself only says what it offers (tests/dualcos/test_public_api.py), __main__ only starts the command.
    assert there - {"dualcos", "dualcos.__main__"} == {room for layer in LAYERS for room in layer}


@pytest.mark.parametrize("path", sources(*PRODUCT, "vectors", "tests"), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_go_down(path):
    own = room_of(dotted(path))
    if own in ("dualcos", "dualcos.__main__"):
        return
    rooms = {room_of(name) for name in imports(path)} - {"dualcos"}
    known = {room for room in rooms if rank(LAYERS, room) is not None}
    assert not [room for room in known if not goes_down(own, room)]


@pytest.mark.parametrize(
    ("own", "other", "allowed"),
    [
        ("dualcos.dialogue", "dualcos.profile", False),
        ("dualcos.explain", "dualcos.dialogue", False),
        ("dualcos.issuance", "dualcos.terminal", False),
        ("dualcos.lab", "dualcos.issuance", True),
        ("cos", "dualcos.cardfile", False),
        ("dualcos.cli", "tests", False),
        ("vectors", "dualcos.lab", True),
        ("vectors", "tests", False),
    ],
)
def test_the_direction_of_the_layers(own, other, allowed):
    assert goes_down(own, other) is allowed


def test_the_package_imports_nothing_but_for_types():
    """What ``import dualcos`` would load by itself."""
    tree = ast.parse((ROOT / "dualcos/__init__.py").read_text("utf-8"))
    top = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    names = [name.name for node in top for name in node.names] + [getattr(node, "module", "") or "" for node in top]
    assert not [name for name in names if name.split(".")[0] in PRODUCT]


CARDS_AND_HANDS = (
    "cos.card", "dualcos.cardfile", "firewall.dispatcher", "firewall.grant", "firewall.hardware",
    "firewall.mint", "firewall.partition", "apdu.link",
)  # fmt: skip


def within(rooms: tuple[str, ...], name: str) -> bool:
    return any(name == room or name.startswith(f"{room}.") for room in rooms)


@pytest.mark.parametrize("path", sources("dualcos/explain/diagnosis"), ids=lambda p: p.name)
def test_a_diagnosis_has_no_card(path):
    """What looks for mistakes has a name for nothing that could change a card: it sees the cells that it is given."""
    assert not [name for name in imports(path) if within(CARDS_AND_HANDS, name)]
    called = [node.func for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    hands = ("exchange", "overwrite", "restore", "power_on", "reset", "snapshot")
    assert not [func.attr for func in called if isinstance(func, ast.Attribute) and func.attr in hands]


def inside_of_a_stack(name: str) -> str:
    """The entry of ``INSIDES`` that lets a dotted name in; the name itself if none does, empty if it is no inside."""
    parts = name.split(".")
    if parts[0] != "cos" or len(parts) < 3 or parts[1] not in STACK_ROOMS:
        return ""
    return next((entry for entry in INSIDES if name == entry or name.startswith(f"{entry}.")), name)


def test_who_sees_a_stacks_inside_is_listed():
    used: dict[str, set[str]] = {}
    for path in sources("dualcos", "vectors"):
        for name in imports(path):
            if entry := inside_of_a_stack(name):
                used.setdefault(entry, set()).add(room_of(dotted(path)).removeprefix("dualcos."))
    assert {entry: tuple(sorted(rooms)) for entry, rooms in used.items()} == dict(INSIDES)


@pytest.mark.parametrize("path", sources("cos"), ids=lambda p: str(p.relative_to(ROOT)))
def test_inside_cos_imports_go_down(path):
    own = path.relative_to(ROOT / "cos").parts[0].removesuffix(".py")
    for name in imports(path):
        parts = name.split(".")
        if parts[0] != "cos" or len(parts) < 2:
            continue
        mine, theirs = rank(COS_LAYERS, own), rank(COS_LAYERS, parts[1])
        assert own == parts[1] or mine is None or (theirs is not None and theirs > mine), f"cos.{own} imports {name}"


@pytest.mark.parametrize("path", sources(*PRODUCT), ids=lambda p: str(p.relative_to(ROOT)))
def test_each_library_has_its_door(path):
    here = path.relative_to(ROOT).as_posix()
    for name in imports(path):
        doors = DOORS.get(name.split(".")[0])
        if doors is not None:
            assert any(here.startswith(door) for door in doors), f"{here} imports {name}"


def test_every_door_is_there():
    assert [door for doors in DOORS.values() for door in doors if not (ROOT / door).exists()] == []


@pytest.mark.parametrize("path", sources(*CARD_SIDE), ids=lambda p: str(p.relative_to(ROOT)))
def test_no_clock_no_thread_no_randomness_in_the_card(path):
    assert not {name for name in imports(path) if name.split(".")[0] in NOWHERE_IN_THE_CARD}
    # datetime may check that a date exists; it must not tell what day it is.
    called = {node.attr for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Attribute)}
    assert not called & {"now", "today", "utcnow"}


def test_faults_have_one_door():
    """A card misbehaves only by an option of the command line: no other module can make one, no variable is read.

    A laboratory's sample carries the option's word to the process that plays on it, and that makes its card there.
    A user's test says it in a marker.
    """
    doors = {
        "dualcos/cli/fault_mode.py",
        "dualcos/lab/campaign/faulty_bench.py",
        "dualcos/lab/pytest_plugin/card_under_test.py",
    }
    for path in sources(*PRODUCT):
        here, names = path.relative_to(ROOT).as_posix(), imports(path)
        if here.startswith("dualcos/lab/faults/"):
            assert not {name for name in names if name.split(".")[0] == "os" or name.startswith("dualcos.cli")}, here
        elif here not in doors:
            wanted = {name for name in names if name.startswith("dualcos.lab.faults")}
            script = "dualcos.lab.faults.fault_script"
            assert wanted <= {script, f"{script}.ScriptError", f"{script}.FaultScript"}, here


def test_custody_stays_off_the_card():
    """``keys.custody`` is for hosts: dialogues, issuance, command line, laboratory, tests."""
    for path in sources(*CARD_SIDE):
        here = path.relative_to(ROOT).as_posix()
        if not here.startswith("keys/custody/"):
            assert not [name for name in imports(path) if name.startswith("keys.custody")], here


def test_the_product_names_no_test():
    """Neither as an import nor in a text: what is installed has no ``tests`` beside it."""
    for path in sources(*PRODUCT):
        assert not re.findall(r"\btests[./]\w+", path.read_text("utf-8")), path


def test_files_stay_small_enough_to_know():
    for path in sources(*PRODUCT):
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 500, path
