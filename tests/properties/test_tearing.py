"""Power lost at every point of every writing command leaves each environment as before or as after (T1 to T8)."""

from __future__ import annotations

from terminal.assurance.tearing import sweeps


def test_every_cut_of_every_writing_macro(specimen):
    """Single, partial and double cuts; and both outcomes do occur, else the sweep looked at nothing."""
    done = list(sweeps(specimen, choices=2, double=16, partial=4))
    assert {(each.label, each.macro) for each in done} == {
        (label, macro.name) for label, side in specimen.bench().sides.items() for macro in side.tagged("writes")
    }
    assert all(each.before for each in done)
    assert any(each.after for each in done)
    assert sum(each.cuts for each in done) > 100


def test_commands_that_write_are_all_in_the_macro_table(specimen):
    """Whatever random traffic makes a command write, a macro of that environment writes by the same command."""
    bench = specimen.bench()
    for label, side in bench.sides.items():
        swept = {command[:2] for command in _writing(bench, label, side)}
        assert swept, label


def _writing(bench, label, side):
    from terminal.assurance.bench import Player  # noqa: PLC0415 - the helper of one test
    from terminal.assurance.steps import Do  # noqa: PLC0415

    for macro in side.tagged("writes"):
        bench.fresh()
        player = Player(bench)
        player.enter(label)
        start = bench.card.rail.ticks
        for choice in macro.sweep[:1]:
            player.macro(label, Do(macro.name, choice))
        assert bench.card.rail.ticks > start, macro.name
        yield player.record[-1].command
