"""Cards and PSAMs that are pulled at any command, or answer anything at all: a declared code, a readable text, and the
reader at rest; the next call finds it as new.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dualcos.terminal.interface.return_codes import is_declared
from tests.dualcos.terminal.interface.counter_with_library import TIME, Counter
from tests.dualcos.terminal.interface.test_interface_alone import BY_PSAM, FUNCTIONS, arguments_of
from tests.dualcos.terminal.terminal_bench import PIN

WHOLE = (*BY_PSAM, "iVerifyPIN", "iChangePIN", "iReadDebitRecord")
FIRST = tuple(name for name in FUNCTIONS if name.endswith("_HSM_Step1"))


def ask(counter: Counter, name: str):
    counter.pad.digits = [PIN] * 4
    return counter.call(name, *arguments_of(counter, name, 1))


def rounds(name: str, watched: str) -> int:
    """How many commands the card or the PSAM gets."""
    counter = Counter("social-3.0")
    assert ask(counter, name).code == 0
    return len(getattr(counter, watched).passed)


@pytest.mark.parametrize("carried_out", [False, True])
@pytest.mark.parametrize("name", [*WHOLE, *FIRST])
def test_a_card_pulled_at_any_command_is_no_card(name, carried_out):
    for number in range(rounds(name, "card")):
        counter = Counter("social-3.0")
        counter.card.pull_at = number, carried_out
        said = ask(counter, name)
        assert (said.code, said.text) == (-2, "无卡"), number
        counter.card.put_back()
        assert ask(counter, "iReadCardBas").code == 0
        assert counter.at_rest


@pytest.mark.parametrize("name", BY_PSAM)
def test_a_psam_pulled_at_any_command_is_no_psam(name):
    for number in range(rounds(name, "sam")):
        counter = Counter("social-3.0")
        counter.sam.pull_at = number, False
        code = ask(counter, name).code
        checks = counter.sam.commands[-1].startswith("8072")  # of MAC2: the card is debited
        assert code == (-37894 if checks else -2201), number
        counter.sam.put_back()
        assert ask(counter, "iReadCardBas").code == 0


def test_a_card_pulled_behind_the_debit_was_debited():
    """Which a caller learns from the card's records, as the interface has no other way."""
    counter = Counter()
    pay = (counter.info, f"50.00|30.00|{TIME}|")
    ask(counter, "iDoDebit")
    debit = next(at for at, each in enumerate(counter.card.passed) if each.command[:2] == b"\xb0\x2c")
    counter = Counter()
    counter.card.pull_at = debit, True
    assert counter.call("iDoDebit", 1, *pay).code == -2
    counter.card.put_back()
    assert counter.good("iReadDebitRecord", 1).text.startswith("0000^")


ANSWERS = st.binary(max_size=40) | st.binary(max_size=24).map(lambda data: data + b"\x90\x00")


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([*WHOLE, *FIRST]), st.integers(0, 30), ANSWERS, st.booleans())
def test_an_answer_that_is_anything(name, at, answer, of_psam):
    counter = Counter("social-3.0")
    counter.pad.digits = [PIN] * 4
    odd = counter.sam if of_psam else counter.card
    left = [at]

    def bend(_, right):
        left[0] -= 1
        return answer if left[0] == -1 else right

    odd.bend = bend
    said = ask(counter, name)
    assert is_declared(said.code), said
    assert said.code == 0 or said.text
    assert counter.at_rest or counter.driver.pair is not None


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=36))
def test_a_reset_answer_that_is_anything(atr):
    counter = Counter()
    counter.card.bend_atr = lambda _: atr
    assert is_declared(ask(counter, "iReadCardBas").code)
    assert counter.at_rest


@pytest.mark.parametrize("word", ["0001", "1234", "5FFF", "A000", "FFFF"])
def test_a_word_that_is_none_is_no_answer(word):
    """Its negative would be another code of the table, or none."""
    counter = Counter()
    counter.card.bend = lambda command, answer: bytes.fromhex(word) if command[:2] == b"\x00\x88" else answer
    assert ask(counter, "iReadCardBas").code == -4
