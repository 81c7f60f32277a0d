"""Any command in any stage and state gets an answer that its row declares; a refusal changes declared cells only."""

from __future__ import annotations

import pytest
from bank_terminal import AAC, ARQC, PSE, TC
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apdu.command import CommandAPDU, parse
from cos.pse.commands.command_table import ROWS, existing
from cos.pse.options import BankOptions
from cos.pse.session import Stage

COMMON_WORDS = {0x9000, 0x6700, 0x6A86, 0x6D00, 0x6E00, 0x6985, 0x6A81}
IN_USE = existing(Stage.APPLICATION, BankOptions())


def states(card):
    """Bring the card somewhere."""

    def online():
        card.start()
        card.gac(ARQC)

    def finished():
        online()
        card.ea()
        card.gac(TC, b"00")

    def declined():
        card.start()
        card.gac(AAC)

    return (lambda: card.select(PSE), card.select, lambda: (card.select(), card.gpo()), online, finished, declined)


def pick(draw, accepted):
    values = sorted(accepted)
    return draw(st.sampled_from(values)) if draw(st.integers(0, 9)) else draw(st.integers(0, 255))


@st.composite
def near_valid(draw, rows=IN_USE):
    """A row's command with fields mostly right."""
    row = draw(st.sampled_from(rows))
    lengths = sorted(value for value in row.lc if value <= 80) or [0]
    size = draw(st.sampled_from(lengths)) if draw(st.integers(0, 9)) else draw(st.integers(0, 60))
    le = draw(st.sampled_from((None, 256, 1, 8)))
    data = draw(st.binary(min_size=size, max_size=size))
    return row, CommandAPDU(row.cla, row.ins, pick(draw, row.p1), pick(draw, row.p2), data, le)


def declared(rows):
    words = set(COMMON_WORDS)
    for row in rows:
        words |= set(row.words)
    return words


@given(where=st.integers(0, 5), chosen=near_valid())
@settings(max_examples=600, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_words_are_declared(lab, where, chosen):
    card = lab()
    card.clean()
    states(card)[where]()
    row, command = chosen
    answer = card.raw(command.encode())
    same_code = [each for each in ROWS if (each.cla, each.ins) == (row.cla, row.ins)]
    allowed = declared(same_code)
    known = answer.sw in allowed or answer.sw >> 8 in (0x61, 0x6C)
    assert known or (answer.sw & 0xFFF0 == 0x63C0 and 0x63C0 in allowed), f"{row.name}: {answer.sw:04X}"
    if not row.answers:
        assert not answer.data


@given(where=st.integers(0, 5), chosen=near_valid())
@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_refusals_are_frugal(lab, where, chosen):
    """A refused command changes no cell, except what its row declares."""
    card = lab()
    card.clean()
    states(card)[where]()
    row, command = chosen
    before = card.card.dump()
    answer = card.raw(command.encode())
    if answer.sw >> 8 in (0x90, 0x61, 0x62) or row.name == "SELECT":
        return
    after = card.card.dump()
    writers = [each for each in ROWS if each.ins == row.ins and each.writes]
    assert writers or before == after, f"{row.name} {answer.sw:04X}"


@given(commands=st.lists(st.one_of(st.binary(max_size=40), near_valid(ROWS).map(lambda c: c[1].encode())), max_size=8))
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_any_bytes_get_an_answer(made, commands):
    card = made("dual-2.0-3des")
    card.select()
    for command in commands:
        assert len(card.card.exchange(command)) >= 2


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.cla:02X}{row.ins:02X}")
def test_rows_are_complete(row):
    assert row.ref
    assert row.zh
    assert parse(CommandAPDU(row.cla, row.ins, min(row.p1), min(row.p2)).encode()).ins == row.ins
