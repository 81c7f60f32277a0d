"""The words of a counter's steps: whatever is typed is a step, nothing, or one clear line; and the hand at a card."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import dualcos
from dualcos.cli.counter.step_table import STEP_OPTIONS, STEPS, TYPED
from dualcos.cli.standing.hand_at_card import HandAtCard, PullWhen
from dualcos.cli.standing.steps_asked import StepAsked
from dualcos.cli.user_faults import Fault
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.silent_card import CardGone
from dualcos.reader.slot import Slot


@given(st.text())
def test_whatever_is_typed_is_a_step_nothing_or_one_line(line):
    said = "s line 1: "
    try:
        asked = TYPED.step_in(line, "s line 1")
        if asked is not None:
            STEPS.kind_of(asked)
    except Fault as fault:
        said = str(fault)
    assert said.startswith("s line 1: ")


WORDS = st.lists(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1), min_size=1).filter(
    lambda words: not any(word.startswith("-") for word in words) and words[0] != "try"
)


@given(WORDS, st.booleans(), st.sampled_from(("1", "2", "3")))
def test_a_step_is_shown_as_it_is_typed(words, online, mode):
    options: dict[str, str | bool] = {"mode": mode} | ({"online": True} if online else {})
    asked = StepAsked(tuple(words), options)
    again = TYPED.step_in(asked.shown)
    assert again is not None
    assert (again.words, again.options, again.tried) == (asked.words, asked.options, False)


def test_every_option_is_of_a_step_and_every_step_in_the_help():
    taken = {option for kind in STEPS for option in kind.options}
    assert taken == {option.name for option in STEP_OPTIONS}
    for kind in STEPS:
        assert f"  {kind.name}" in STEPS.help()
        assert kind.said.zh
        assert kind.said.en


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("5", PullWhen(5)),
        ("999", PullWhen(999)),
        ("b02c", PullWhen(1, b"\xb0\x2c")),
        ("00B20904", PullWhen(1, b"\x00\xb2\x09\x04")),
        ("1000", PullWhen(1, b"\x10\x00")),
        ("0", None),
        ("x", None),
        ("", None),
        ("00B2090420", None),
        ("٥", None),
    ],
)
def test_when_a_card_is_pulled(text, when):
    assert PullWhen.of(text) == when


def test_a_hand_is_faster_than_the_answer_and_puts_the_same_card_back():
    slot = Slot("s", dualcos.card("social-2.0", seed=1))
    hand = HandAtCard(slot, HotPlug(slot))
    card, command = slot.card, bytes.fromhex("0084000008")
    hand.power_on()
    hand.pull(PullWhen(2, b"\x00\x84"))
    assert hand.exchange(command)
    assert hand.exchange(bytes.fromhex("00A4000000"))
    with pytest.raises(CardGone):
        hand.exchange(command)
    assert (hand.present, slot.card) == (False, None)
    hand.insert()
    assert (hand.present, slot.card) == (True, card)
    hand.insert()
    hand.power_on()
    assert hand.exchange(command)
    hand.pull()
    with pytest.raises(CardGone):
        hand.power_on()
