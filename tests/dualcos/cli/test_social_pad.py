"""The social PIN pad: digits, as many as a PIN has (SSC-8 §6.2.4, SC §4.1), whoever answers."""

from __future__ import annotations

import pytest

from dualcos.cli.counter.counter_pin_pad import CounterPinPad, asked_pad
from dualcos.cli.user_faults import Fault
from dualcos.terminal.screen.halves_at_work import CardHalf
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.screen.view_questions import Answerer, PadKey, PinDigits, PinQuestion
from dualcos.terminal.social.social_pin_pad import PinAsked


class Asked(Answerer):
    """Keeps the question."""

    def pin(self, asked: PinQuestion) -> PinDigits | PadKey:
        """See ``Answerer``."""
        self.question = asked
        return PinDigits("123456")


@pytest.mark.parametrize("what", PinAsked)
@pytest.mark.parametrize(
    ("digits", "taken"),
    [
        ("", False), ("123", False), ("1234", True), ("1" * 12, True), ("1" * 16, True), ("1" * 17, False),
        ("xyz!", False), ("123a", False), ("１２３４", False),
    ],
)  # fmt: skip
def test_the_pad_takes_what_may_be_a_pin(what, digits, taken):
    answerer = Asked()
    assert CounterPinPad(TerminalView(answerer)).enter(what, 3) == "123456"
    assert answerer.question.takes(digits) is taken


@pytest.mark.parametrize("digits", ["xyz!", "１２３４", ""])
def test_a_pad_of_any_length_takes_digits_alone(digits):
    assert not PinQuestion(PinAsked.PIN.value, PinAsked.PIN, CardHalf.SOCIAL).takes(digits)
    assert PinQuestion(PinAsked.PIN.value, PinAsked.PIN, CardHalf.SOCIAL).takes("1")


@pytest.mark.parametrize("digits", ["123", "1" * 17])
def test_a_file_has_no_other_pins(tmp_path, digits):
    (tmp_path / "pins").write_text(f"123456\n{digits}\n", encoding="utf-8")
    with pytest.raises(Fault, match="PIN 2: a social PIN is 4 to 16 digits") as told:
        asked_pad(TerminalView(Asked()), str(tmp_path / "pins"))
    assert digits not in str(told.value)
