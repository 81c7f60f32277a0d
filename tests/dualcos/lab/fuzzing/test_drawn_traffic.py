"""What strategies draw is what they say: forms of commands, environments, with keys and without, resets and cuts."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st

from apdu.command import MalformedAPDU, parse
from dualcos.lab.fuzzing import CannotAsk, CommandForm, commands_of, play, specimen_of, traffic_of
from dualcos.lab.properties.traffic_steps import Cut, Do, Raw, Reset
from tests.toy_stack.stack import ROWS, TOY


@cache
def card():
    return specimen_of("dual-2.0-3des")


def drawn(strategy, many):
    """So many of what it draws."""
    found = []

    @seed(4)
    @settings(max_examples=many, database=None, phases=(Phase.generate,))
    @given(strategy)
    def draw(each):
        found.append(each)

    draw()
    return found


def fits(row, command):
    return (
        (command.cla, command.ins) == (row.cla, row.ins)
        and command.p1 in row.p1
        and command.p2 in row.p2
        and len(command.data) in row.lc
    )


@given(commands_of(TOY, forms=[CommandForm.WITHIN]))
def test_within_is_within_a_row_of_the_stack(raw):
    assert any(fits(row, parse(raw)) for row in ROWS)


@given(commands_of(TOY, forms=[CommandForm.NEIGHBOUR]))
def test_a_neighbour_is_right_but_for_one_field(raw):
    command = parse(raw)
    wrong = [
        (command.cla != row.cla)
        + (command.ins != row.ins)
        + (command.p1 not in row.p1)
        + (command.p2 not in row.p2)
        + (len(command.data) not in row.lc)
        for row in ROWS
    ]
    assert min(wrong) <= 1


@given(commands_of(TOY, forms=[CommandForm.RIGHT]))
def test_right_ones_select_what_is_there(raw):
    assert raw[:2] == b"\x00\xa4"
    assert any(fits(row, parse(raw)) for row in ROWS)


@given(commands_of(TOY, forms=[CommandForm.ANY_BYTES]))
def test_any_bytes_are_not_many(raw):
    assert len(raw) <= 40


def readable(raw):
    try:
        return bool(parse(raw))
    except MalformedAPDU:
        return False


def test_malformed_ones_are_those_that_cannot_be_read():
    unreadable = [raw for raw in drawn(commands_of(TOY, forms=[CommandForm.MALFORMED]), 60) if not readable(raw)]
    assert len(unreadable) > 20


def test_of_all_forms_some_are_right_and_some_are_not():
    right = [any(readable(raw) and fits(row, parse(raw)) for row in ROWS) for raw in drawn(commands_of(TOY), 60)]
    assert 10 < sum(right) < 50


@given(st.data())
@settings(max_examples=20)
def test_commands_are_those_of_the_environments_named(data):
    pool = card().bench().sides["pse"].pool
    assert data.draw(commands_of(card(), "pse", forms=[CommandForm.RIGHT])) in pool


@given(st.data())
@settings(max_examples=30)
def test_traffic_stays_where_it_is_to_be(data):
    traffic = data.draw(traffic_of(card(), "pse", keys=False, power=False, most=4))
    assert {label for label, _ in traffic.stays} == {"pse"}
    assert all(isinstance(step, Raw) for _, steps in traffic.stays for step in steps)
    assert all(1 <= len(steps) <= 4 for _, steps in traffic.stays)


def test_traffic_has_all_there_is():
    traffic = drawn(traffic_of(card()), 100)
    assert {type(step) for each in traffic for _, steps in each.stays for step in steps} == {Raw, Do, Reset, Cut}
    assert {label for each in traffic for label, _ in each.stays} == {"manager", "ssse", "pse"}
    assert {len(each.stays) for each in traffic} == {1, 2, 3}


def test_played_traffic_is_told_exchange_by_exchange():
    for traffic in drawn(traffic_of(card(), "ssse"), 5):
        entered, *rest = play(card(), traffic)
        assert (entered.side, entered.after) == ("manager", "ssse")
        assert rest == list(play(card(), traffic))[1:]


@pytest.mark.parametrize("draw", [lambda: commands_of(card(), "psam"), lambda: traffic_of(card(), "psam")])
def test_an_environment_that_is_not_there(draw):
    with pytest.raises(CannotAsk, match="no environment psam; there are manager, ssse, pse"):
        draw()


def test_no_form_is_no_command():
    with pytest.raises(CannotAsk, match="name one of `CommandForm`"):
        commands_of(TOY, forms=[])
