"""A full-function terminal is the one room that knows both halves, and its payment half still reaches no PSAM
(总体方案 一（二）, 二（二）).
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from cos.card import Card
from dualcos.reader.slot import Slot
from tests.architecture.test_no_path import reachable
from tests.architecture.test_payment_apart import ROOT, imported, sources
from tests.dualcos.terminal.full.full_bench import FullBench

FULL, TERMINALS = "dualcos/terminal/full", "dualcos/terminal"
BOTH = ("dualcos.terminal.social.", "dualcos.terminal.financial.")


def test_no_other_room_of_the_terminals_imports_both_halves() -> None:
    rooms: dict[str, set[str]] = {}
    for path in sources(TERMINALS):
        room = path.parent.relative_to(ROOT).as_posix()
        rooms.setdefault(room, set()).update(
            half for half in BOTH for name in imported(path) if f"{name}.".startswith(half)
        )
    assert [room for room, halves in rooms.items() if len(halves) == 2] == [FULL]


@pytest.mark.parametrize("half", ["social", "financial"])
def test_neither_half_is_loaded_with_the_terminal_that_has_both(half: str) -> None:
    """Nothing of the room comes with one of its halves."""
    modules = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources(f"{TERMINALS}/{half}")]
    program = f"import sys, {', '.join(each.removesuffix('.__init__') for each in modules)}; print(*sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)  # noqa: S603 - our own program
    assert [name for name in ran.stdout.split() if name.startswith("dualcos.terminal.full")] == []


@pytest.mark.parametrize("profile", ["dual-2.0-3des", "dual-3.0-sm4"])
def test_no_way_leads_from_the_payment_half_to_the_psam(profile: str) -> None:
    """Before, within and behind a business of both; the storage that they share has no way to a part."""
    bench = FullBench(profile)
    bench.terminal.settle(bench.admitted(), bench.desk, 20_000, 1_500)
    bench.terminal.premium(bench.admitted())
    for root in (bench.terminal.bank, bench.terminal.insertion.bank, bench.journal.payments):
        found = {id(each): each for each in reachable(root)}
        assert {id(bench.sam), id(bench.sam.card), id(bench.sam_slot)} & set(found) == set()
        assert [each for each in found.values() if isinstance(each, Slot)] in ([bench.slot], [])
        assert len([each for each in found.values() if isinstance(each, Card)]) <= 1


def test_a_way_would_be_seen() -> None:
    bench = FullBench()
    assert id(bench.sam_slot) in {id(each) for each in reachable(bench.terminal.social)}
