"""Traffic from the command rows: near-valid commands pass the gates of their row, broken ones differ in one place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu.command import parse
from apdu.link import MOST_PIECES
from apdu.response import ResponseAPDU
from cos.manager.command_table import ROWS as MANAGER
from cos.pse.commands.command_table import ROWS as BANK
from cos.ssse.commands.command_table import ROWS as SOCIAL
from dualcos.dialogue.driver import apdu, send
from dualcos.lab.properties.counters_only_go_down import row_of
from dualcos.lab.properties.traffic_strategies import _Pool

ROWS = (*MANAGER, *SOCIAL, *BANK)
NUMBERS = st.integers(0, 0xFFFF)
POOL = _Pool(ROWS, (b"\x00\x84\x00\x00\x08",), ())


@given(row=st.integers(0, len(ROWS) - 1), a=NUMBERS, b=NUMBERS, filling=st.binary(max_size=8))
def test_near_commands_lie_within_their_row(row, a, b, filling):
    command = parse(POOL.near(row, a, b, filling).command)
    declared = ROWS[row]
    assert (command.cla, command.ins) == (declared.cla, declared.ins)
    assert command.p1 in declared.p1
    assert command.p2 in declared.p2
    assert len(command.data) in declared.lc


@given(row=st.integers(0, len(ROWS) - 1), what=st.integers(2, 3), n=NUMBERS, filling=st.binary(max_size=8))
def test_broken_parameters_lie_outside(row, what, n, filling):
    declared = ROWS[row]
    command = POOL.broken(row, what, n, filling).command
    allowed = (declared.p1, declared.p2)[what - 2]
    assert command[what] not in allowed or len(set(allowed)) == 256


@given(row=st.integers(0, len(ROWS) - 1), what=st.integers(0, 7), n=NUMBERS, filling=st.binary(max_size=8))
def test_broken_commands_are_always_bytes(row, what, n, filling):
    assert isinstance(POOL.broken(row, what, n, filling).command, bytes)


def test_row_of_finds_the_row_by_its_parameters():
    class Side:
        rows = ROWS

    assert row_of(Side, bytes.fromhex("80E00200")).name == "END"
    assert row_of(Side, bytes.fromhex("FF000000")) is None


def test_send_fetches_what_waits_and_asks_again():
    dialogue = send(apdu("00B20104", le=256))
    assert next(dialogue) == bytes.fromhex("00B2010400")
    assert dialogue.send(b"\x6c\x03") == bytes.fromhex("00B2010403")
    assert dialogue.send(b"\x61\x02") == bytes.fromhex("00C0000002")
    with pytest.raises(StopIteration) as stop:
        dialogue.send(b"ab\x90\x00")
    assert stop.value.value == ResponseAPDU(b"ab")


def test_send_gives_up_on_a_card_that_never_ends():
    dialogue = send(apdu("00B20104"))
    next(dialogue)
    for _ in range(MOST_PIECES + 1):
        try:
            dialogue.send(b"x\x61\x01")
        except StopIteration:
            return
    raise AssertionError("goes on for ever")
