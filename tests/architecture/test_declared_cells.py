"""Every cell of every card is declared by its owner, and nobody else knows it by its letter.

Looked at: the cards of all profiles as they are made, after each command; used cards; cards whose power was cut. What a
declaration knows and no such card has stands below with its reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

import dualcos
from cos.card import Card
from dualcos.explain.memory_cells import DIRECTORY_REGION, kinds_of
from dualcos.lab.properties import profile_specimens
from dualcos.lab.properties.specimen import LabBench, Player, Side
from dualcos.lab.properties.traffic_steps import Do, Macro
from dualcos.profile import schema as profiles
from dualcos.profile.card_of_profile import personalise
from firewall.cellkind import CellKind, kind_of
from firewall.hardware.chip import CHIP_REGION
from firewall.hardware.power import PowerLoss
from firewall.hardware.randomness import SeededRng

ROOT = Path(__file__).parents[2]
REGIONS = (CHIP_REGION, DIRECTORY_REGION, "manager", "ssse", "pse", "pki", "psam-sx2", "psam-sx3")
USED = ("dual-2.0-3des", "pboc-sm", "social-3.0-pki", "psam-sm4")
STRIDE = 19

# Who declares cells; the letters are theirs. The composition root lays the chip maker's key where the MF's owner, a
# manager or a PSAM, looks for it.
OWNERS = {
    *("firewall/hardware/chip.py", "firewall/mint.py", "firewall/partition.py", "keys/card_key_store.py"),
    *(
        "cos/kernel/files.py",
        "cos/kernel/directory_headers.py",
        "cos/kernel/security_state.py",
        "cos/manager/waiting_environments.py",
    ),
    *("cos/pse/current_directory.py", "cos/pse/issued_data.py", "cos/psam/session.py", "tests/toy_stack/session.py"),
}
ROOMS = ("apdu", "firewall", "keys", "cos", "dualcos", "vectors", "tests")
# Tests of a layout itself, and those in which the byte means something else.
ABOUT_LAYOUT = (
    *("tests/firewall/", "tests/keys/", "tests/cos/kernel/", "tests/cos/test_damage.py", "tests/dualcos/explain/"),
    *("tests/architecture/", "tests/fuzzing/", "tests/properties/assurance_toys.py", "tests/cos/pse/test_pse_data.py"),
    "tests/properties/assurance_seeds/telling.py",
)

# Kinds that none of these cards has, by region, and why.
_OF_THE_MF = "keys of no directory are the chip maker's, in the MF"
UNSEEN = {
    (DIRECTORY_REGION, "journal of an interrupted write"): "cut in test_mint",
    (DIRECTORY_REGION, "mark of an interrupted write that its journal is whole"): "cut in test_mint",
    ("manager", "self"): "the MF is found by its identifier; a PSAM's kinds are those of all its environments",
    ("pki", "{file} of {directory}, record count"): "its files are transparent; its owner could make others",
    ("pki", "{file} of {directory}, record {number}"): "its files are transparent; its owner could make others",
    ("pse", "{file} of {directory}, contents"): "its one file is the log; its owner could make others",
    **{
        (region, f"key {{kind}}/{{kid}}/{{version}}, {what}"): _OF_THE_MF
        for region in ("psam-sx2", "psam-sx3")
        for what in ("value and header", "tries")
    },
}


def unlike(region: str, memory: dict[bytes, bytes]) -> list[str]:
    """Cells of a region that fit no kind, or kinds of more than one name."""
    found = []
    for key in memory:
        names = {(kind.name, kind.secret) for kind in kinds_of(region) if kind.fits(key)}
        if len(names) != 1:
            found.append(f"{region} {key.hex()}: {sorted(names)}")
    return found


def raw(card: Card) -> dict[str, dict[bytes, bytes]]:
    """All cells, journals of interrupted writes included."""
    return {label: image.cells for label, image in card.snapshot().chip.regions.items()}


def being_made(name: str) -> Iterator[dict[str, dict[bytes, bytes]]]:
    """The memory of a profile's card after each command of its making."""
    profile = profiles.load(name)
    card = dualcos.blank_card(profile, SeededRng(b"cells"))
    seen: list[dict[str, dict[bytes, bytes]]] = []

    class Watched:
        def __getattr__(self, attribute: str) -> object:
            return getattr(card, attribute)

        def exchange(self, command: bytes) -> bytes:
            answer = card.exchange(command)
            seen.append(card.dump())
            return answer

    personalise(Watched(), profile)
    yield from seen


def used(name: str) -> Iterator[dict[str, dict[bytes, bytes]]]:
    """The memory behind each dialogue, and where power was cut in one."""
    bench = profile_specimens.specimen(name).bench()
    for side in bench.sides.values():
        for macro in side.macros.values():
            bench.fresh()
            player = Player(bench)
            player.enter(side.label)
            player.macro(side.label, Do(macro.name, macro.sweep[0]))
            yield raw(bench.card)
        for macro in side.tagged("sealed"):
            lost, ticks = True, 0
            while lost:
                lost = cut(bench, side, macro, ticks)
                yield raw(bench.card)
                ticks += STRIDE


def cut(bench: LabBench, side: Side, macro: Macro, ticks: int) -> bool:
    """Power lost so many ticks into a dialogue that writes several cells; True if it did not get to its end."""
    bench.fresh()
    card = bench.card
    card.exchange(side.enter)
    card.rail.cut_after(ticks)
    play = macro.play(0)
    try:
        command = next(play)
        while True:
            command = play.send(card.exchange(command))
    except PowerLoss:
        return True
    except StopIteration:
        return False
    finally:
        card.rail.cut_after(None)


@cache
def looked_at(name: str) -> tuple[tuple[str, ...], Mapping[str, frozenset[CellKind]]]:
    """What is wrong with the cells of a profile's card, and which kinds of cell it has had, by region."""
    known: dict[str, set[bytes]] = {}
    wrong: list[str] = []
    seen: dict[str, set[CellKind]] = {}
    for memory in chain(being_made(name), used(name) if name in USED else ()):
        for region, cells in memory.items():
            new = {key: cells[key] for key in cells if key not in known.setdefault(region, set())}
            wrong += unlike(region, new)
            known[region] |= new.keys()
            seen.setdefault(region, set()).update(kind_of(kinds_of(region), key, cells) for key in new)
    return tuple(wrong), {region: frozenset(found) for region, found in seen.items()}


@pytest.mark.parametrize("name", profiles.names())
def test_every_cell_is_declared(name):
    assert not looked_at(name)[0]


def test_every_declared_kind_is_somewhere_or_says_why_not():
    seen = [looked_at(name)[1] for name in USED]
    assert {region for found in seen for region in found} == set(REGIONS)
    missing = {
        (region, kind.name)
        for region in REGIONS
        for kind in kinds_of(region)
        if not any(kind in found.get(region, ()) for found in seen)
    }
    assert missing == UNSEEN.keys()


# --- letters ---------------------------------------------------------------------------------------------------------


@cache
def letters() -> frozenset[bytes]:
    """What keys of cells begin with, and the marks inside."""
    declared = [kind for region in REGIONS for kind in kinds_of(region)]
    marks = (mark for kind in declared for part in kind.parts if not part.name for mark in part.only)
    return frozenset((*(kind.prefix for kind in declared), *marks))


def known_by_heart(source: str) -> list[int]:
    """Lines with a letter of a cell: as bytes, or as a number."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Constant) and isinstance(node.value, bytes):
            found += [node.lineno] if node.value in letters() else []
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "ord":
            text = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
            found += [node.lineno] if text.encode() in letters() else []
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_no_letter_of_a_cell_outside_its_owner(room):
    found = {}
    for path in sorted((ROOT / room).rglob("*.py")):
        here = path.relative_to(ROOT).as_posix()
        if here not in OWNERS and not here.startswith(ABOUT_LAYOUT):
            found[here] = known_by_heart(path.read_text("utf-8"))
    assert {here: lines for here, lines in found.items() if lines} == {}


def test_every_owner_has_letters():
    assert [here for here in sorted(OWNERS) if not known_by_heart((ROOT / here).read_text("utf-8"))] == []


@pytest.mark.parametrize("source", ['key[:1] == b"K"', 'prefix = b"E:"', 'key[3] == ord("T")', 'cells[b"self"]'])
def test_a_letter_is_found(source):
    assert known_by_heart(source) == [1]
