"""No property passes that has judged nothing: what would show nothing is refused in a sentence, before or behind."""

from __future__ import annotations

from types import MappingProxyType

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from two_applications import (
    APPLICATIONS,
    CHALLENGE,
    OK,
    PIN,
    PROVE,
    REFUSED,
    VERIFY,
    TwoApplications,
    h,
    present_wrongly,
    prove,
)  # fmt: skip

import dualcos
from dualcos.lab.fuzzing import (
    F1,
    F6,
    F11,
    F14,
    F15,
    F17,
    F19,
    PROPERTIES,
    CannotAsk,
    DrawnProperty,
    F15a,
    F15b,
    OwnDialogue,
    Violation,
    askable_properties,
    specimen_of,
)
from dualcos.lab.fuzzing.what_each_needs import OUTSIDE
from dualcos.lab.properties.counted_card import Tally
from dualcos.lab.properties.counters_only_go_down import CountedStay
from dualcos.lab.properties.sight_needed import Sight

BLOCK = h("80560000")


class Refusing(TwoApplications):
    """Its applications can be entered, and that is all."""

    def exchange(self, command):
        answer = super().exchange(command)
        return answer if command[1] == 0xA4 else REFUSED


def proved_wrongly(_choice):
    yield CHALLENGE
    yield PROVE + bytes(8)


def blocked(_choice):
    yield BLOCK


def asked(claim, card):
    return claim.cases(card) if isinstance(claim, DrawnProperty) else claim(card)


def with_dialogue(card, play, **marks):
    """Such a card with one dialogue in its wallet."""
    first, second = APPLICATIONS
    dialogues = {"mine": OwnDialogue(play, **marks)}
    return specimen_of(card, [first._replace(dialogues=dialogues), second._replace(dialogues={})])


REFUSED_ALWAYS = {
    "earns": ("F5a", "F6"),
    "guarded": ("F11", "F15", "F15a", "F15b"),
    "ends": ("F19",),
}


@pytest.mark.parametrize(("flag", "identity"), [(flag, each) for flag, ids in REFUSED_ALWAYS.items() for each in ids])
def test_what_is_to_be_accepted_is_accepted_or_nothing_is_asked(flag, identity):
    play = blocked if flag == "ends" else proved_wrongly
    for card in (Refusing(), TwoApplications()):
        with pytest.raises(
            CannotAsk,
            match=f"{identity} would show nothing of {type(card).__name__}: mine of wallet is marked `{flag}`, "
            "and its last command is answered 6[9D]8?[02]+: it is to be accepted",
        ):
            asked(PROPERTIES[identity], with_dialogue(card, play, **{flag: True}))


def test_a_wrong_presentation_that_is_none():
    with pytest.raises(CannotAsk, match="marked `spends`, and its last command is answered 9000, and a wrong present"):
        F19(with_dialogue(TwoApplications(), lambda _: iter_of(VERIFY), spends=True))


def test_a_wrong_presentation_that_costs_nothing():
    with pytest.raises(CannotAsk, match="answered 6982, and all that is declared is answered behind 16 of them as at"):
        F19(with_dialogue(Refusing(), present_wrongly, spends=True))


class SaysNoNumber(TwoApplications):
    """How many tries are left it does not say, nor that there are none."""

    def verify(self, mine, pin):
        answer = super().verify(mine, pin)
        return answer if answer == OK else h("6300")


def test_a_try_may_be_spent_in_silence():
    F19(with_dialogue(SaysNoNumber(), present_wrongly, spends=True))


def iter_of(*commands):
    """A dialogue that sends these whatever comes of them."""
    for command in commands:  # noqa: UP028 - a tuple cannot be sent the answers
        yield command


SHORT_OF_SOMETHING = {
    "sends nothing": (),
    "sends something that is no command: ": (CHALLENGE, b"\x00\x82\x00"),
    "sends something that is no command: bytes are wanted": (CHALLENGE, "0082000008"),
    "its last command has no data, or those of an extended one": (h("00840000"),),
    "its last command has no data": (h("0084000008"),),
    "its last command has no data, or those of an ext": (CHALLENGE, h("00200000000004") + PIN),
}


class Lenient(TwoApplications):
    """It takes commands in extended form as well."""

    def exchange(self, command):
        return super().exchange(command[:4] + command[6:] if command[4:6] == b"\x00\x00" else command)


@pytest.mark.parametrize("why", SHORT_OF_SOMETHING)
@pytest.mark.parametrize("claim", [F11, F15, F15a, F15b], ids=lambda claim: claim.identity)
def test_what_is_guarded_has_something_to_spoil(claim, why):
    card = with_dialogue(Lenient(), lambda _: iter_of(*SHORT_OF_SOMETHING[why]), guarded=True)
    with pytest.raises(CannotAsk, match=f"mine of wallet is marked `guarded`, and {why}"):
        asked(claim, card)


def test_what_is_right_is_asked_though_an_answer_is_fetched_at_the_end():
    F15a(with_dialogue(TwoApplications(), prove, guarded=True))
    with pytest.raises(CannotAsk, match="answered 6D00: it is to be accepted"):
        F15a(with_dialogue(TwoApplications(), lambda _: iter_of(VERIFY, h("00C0000004")), guarded=True))


class FallsOver(TwoApplications):
    """A proof makes its code fall over."""

    def exchange(self, command):
        if command[:4] == PROVE[:4]:
            raise IndexError
        return super().exchange(command)


def test_a_card_whose_code_falls_over_meanwhile_is_a_violation():
    with pytest.raises(Violation, match=r"F17: 00820000 \+9 raised IndexError"):
        F6(with_dialogue(FallsOver(), prove, earns=True))


@pytest.mark.parametrize("right", [{}, {"right": OwnDialogue(prove, earns=True)}])
def test_of_a_card_of_this_cos_one_right_dialogue_is_enough(right):
    wrong = {"wrong": OwnDialogue(proved_wrongly, earns=True)}
    dialogues = wrong | right
    card = specimen_of(TwoApplications(), [each._replace(dialogues=dialogues) for each in APPLICATIONS])
    with pytest.raises(CannotAsk):
        F6(card)
    card.sight = Sight.MEMORY
    if right:
        F6(card)
    else:
        with pytest.raises(CannotAsk, match="wrong of wallet"):
            F6(card)


# --- nothing judged ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", OUTSIDE)
def test_nothing_passes_that_has_judged_nothing(identity, monkeypatch):
    monkeypatch.setattr(askable_properties, "_TRIED", 9)
    monkeypatch.setattr(Tally, "judge", lambda _tally, _label: None)
    with pytest.raises(CannotAsk, match=f"{identity} asks nothing of TwoApplications"):
        asked(PROPERTIES[identity], specimen_of(TwoApplications(), APPLICATIONS))


def test_a_violation_is_a_judgement(monkeypatch):
    monkeypatch.setattr(askable_properties, "_TRIED", 9)
    monkeypatch.setattr(Tally, "judge", lambda _tally, _label: None)
    card = specimen_of(TwoApplications(), APPLICATIONS)
    monkeypatch.setattr(TwoApplications, "exchange", lambda _card, _command: b"")
    F17.cases(card)


def numberless():
    """A card of which nobody knows the keys."""
    card = dualcos.card("social-1.0", seed=5)
    card.provenance = MappingProxyType({})
    return specimen_of(card)


def test_where_nothing_is_numbered_no_number_is_asked_for(monkeypatch):
    monkeypatch.setattr(askable_properties, "_TRIED", 9)
    with pytest.raises(CannotAsk, match=r"F14 asks nothing of the card; .*none of 9 cases was judged"):
        F14.cases(numberless())


def test_a_single_case_that_comes_to_nothing_is_counted(monkeypatch):
    said, card = [], numberless()
    monkeypatch.setattr(askable_properties, "event", said.append)
    F14(card, CountedStay([]))
    assert not said

    @settings(max_examples=1, database=None, phases=(Phase.generate,))
    @given(st.just(CountedStay([])))
    def test(case):
        F14(card, case)

    test()
    assert said == ["F14 had nothing to judge"]


@given(st.data())
@settings(max_examples=2)
def test_cases_are_drawn_within_a_test_as_well(data):
    card = specimen_of(TwoApplications(), APPLICATIONS)
    F1(card, data.draw(F1.cases(card)))
