"""Power lost during any writing command of any stack leaves all memory as before or as after it (T1 to T8).

The commands come from the tables, the ways to them from the vectors: a new row that writes and occurs in no vector
fails here. ``DUALCOS_CUTS=all``: every tick of several occurrences of each, with the recovery cut at every tick too.
"""

from __future__ import annotations

import os
from itertools import chain
from pathlib import Path

import pytest

from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.coverage import meant, stack_of
from dualcos.lab.conformance.own_cards import place
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import load, vector_files
from dualcos.lab.properties.property_and_violation import Violation
from dualcos.lab.properties.region_memory import memory_of
from dualcos.profile.schema import load as load_profile
from firewall.hardware.cells import Cells
from firewall.hardware.power import PowerLoss
from firewall.partition import Partition
from tests.evidence import kept_dialogues, tearing_of_commands
from vectors.generate import tearing, tries

VECTORS = Path(__file__).parents[2] / "vectors"
ALL = os.environ.get("DUALCOS_CUTS") == "all"
SEED = int(os.environ.get("DUALCOS_SEED", "0"))
HOW = tearing_of_commands.EVERY if ALL else tearing_of_commands.SAMPLED
# Long files whose commands all occur in shorter ones too (the test below would notice).
LONG = frozenset(
    (
        *("decisions", "risk", "words", "states", "safety", "blocked", "records", "key-versions", "numbers", "tearing"),
        "tries",
    )
)


@pytest.fixture(scope="module")
def moments():
    files = [path for path in vector_files(VECTORS) if ALL or path.stem not in LONG]
    bench = Bench()
    found = (kept_dialogues.of_vectors(load(path), bench) for path in files)
    return kept_dialogues.moments(chain(*found, (kept_dialogues.of_making("social-3.0-pki"),)))


def test_every_row_writes_somewhere_or_reads_only(moments):
    written = {row for row, accepted in moments if accepted}
    silent = [
        str(row) for row in kept_dialogues.all_rows() if row not in written and not tearing_of_commands.reads_only(row)
    ]
    assert not silent, "no vector in which this command is carried out; if it programs nothing it belongs into READING"
    liars = [str(row) for row, _ in moments if tearing_of_commands.reads_only(row)]
    assert not liars, "declared to program nothing, and does"


def test_every_writing_row_has_a_vector_that_is_cut(moments):
    """For laboratories, who have the vectors and not this program."""
    cut, bench = set(), Bench()
    for name in tearing.FILES:
        for case in load(VECTORS / name):
            seen = []
            assert play(case, bench, lambda *what: seen.append(what)).verdict is VectorVerdict.PASS  # noqa: B023 - called here
            stack = stack_of(load_profile(place(case)), seen[-1][0])
            cut.update(meant(stack, *seen[-1][1:]))
    without = {str(row) for row, accepted in moments if accepted} - set(map(str, cut))
    # Its answer says 9000 whether or not the issuer was right; cut by the macros of test_tearing.
    assert without == {"pse 0082 EXTERNAL AUTHENTICATE"}


def test_before_or_after(moments):
    chosen = list(tearing_of_commands.chosen(moments, HOW, SEED))
    torn = [tearing_of_commands.tear(moment, HOW, SEED) for moment in chosen]
    assert len(torn) >= len(moments)
    assert all(each.before for each in torn)
    # The last tick of a command is often the end of its journal: committed long before.
    assert sum(bool(each.after) for each in torn) > len(torn) // 2
    assert sum(each.cuts for each in torn) > 10 * len(torn)


def test_a_try_is_spent_before_anything_is_compared(moments):
    """T2, every row that counts failures: at some cut of a right presentation its counter stands one lower."""
    counting = tries.authenticating().keys() - {tries.ISSUER}  # issuer authentication has no tries
    rights = [found[0] for (row, ok), found in moments.items() if ok and str(row) in counting]
    assert {str(moment.row) for moment in rights} == counting
    for moment in rights:
        assert tearing_of_commands.spends_first(moment), str(moment)


# And the test bites.


def test_a_command_that_is_two_commits_is_found(moments, monkeypatch):
    """Without the journal every cell is a commit of its own."""

    def one_by_one(self: Partition, staged: dict[bytes, bytes | None]) -> None:
        for key, value in staged.items():
            self._cells.erase(key) if value is None else self._cells.program(key, value)

    names = ("ssse 805E CHANGE PIN", "ssse B02A CREDIT FOR LOAD")
    several = [found[0] for (row, ok), found in moments.items() if ok and str(row) in names]
    assert len(several) == 2
    monkeypatch.setattr(Partition, "_commit", one_by_one)
    for moment in several:
        with pytest.raises(Violation, match="T1"):
            tearing_of_commands.tear(moment, tearing_of_commands.EVERY)


def test_a_power_loss_that_is_swallowed_is_found(moments, monkeypatch):
    moment = moments[next(key for key in moments if key[0].name == "UPDATE STARTING DAY")][0]
    burn = Cells._burn

    def deaf(self, key, value, old):
        try:
            burn(self, key, value, old)
        except PowerLoss:
            return

    monkeypatch.setattr(Cells, "_burn", deaf)
    with pytest.raises(Violation, match="T8"):
        tearing_of_commands.tear(moment, tearing_of_commands.SAMPLED)


def test_a_counter_that_comes_back_is_found(moments, monkeypatch):
    """Recovery that forgets what was spent."""
    moment = next(
        f[0] for (row, ok), f in moments.items() if not ok and str(row) == "psam 0082 EXTERNAL AUTHENTICATION"
    )
    kind = type(moment.dialogue.card)
    power_on, exchange, lost = kind.power_on, kind.exchange, []

    def losing(self, command):
        try:
            return exchange(self, command)
        except PowerLoss:
            lost.append(command)
            raise

    def generous(self):
        atr = power_on(self)
        if lost:
            lost.clear()
            cells = self._root_nvm._cells
            cells._cells.update(dict.fromkeys(memory_of("manager").counters(cells.image().cells), b"\xff"))
        return atr

    monkeypatch.setattr(kind, "exchange", losing)
    monkeypatch.setattr(kind, "power_on", generous)
    with pytest.raises(Violation, match="T5"):
        tearing_of_commands.tear(moment, tearing_of_commands.SAMPLED)
