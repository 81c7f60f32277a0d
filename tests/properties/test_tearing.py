"""Power lost at every point of every writing command leaves each environment as before or as after (T1 to T8)."""

from __future__ import annotations

from dualcos.lab.properties.tearing_of_macros import QUICK, sweeps


def test_every_cut_of_every_writing_macro(specimen):
    """Single, partial and double cuts; and both outcomes do occur, else the sweep looked at nothing."""
    done = list(sweeps(specimen, QUICK))
    assert {(each.label, each.macro) for each in done} == {
        (label, macro.name) for label, side in specimen.bench().sides.items() for macro in side.tagged("writes")
    }
    assert all(each.before for each in done)
    assert any(each.after for each in done)
    assert sum(each.cuts for each in done) > 100
