"""A card of anybody's making: what F1 and the others find on it, how small, in which words; what is refused."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import Phase, given, seed, settings
from two_applications import (
    ADD,
    APPLICATIONS,
    FETCH,
    MISTAKES,
    NAMES,
    PIN,
    TOTAL,
    VERIFY,
    Echo,
    FetchedSums,
    OneBuffer,
    OneRight,
    Sums,
    TwoApplications,
    h,
)  # fmt: skip

from dualcos.lab.fuzzing import F1, F3, F17, PROPERTIES, CannotAsk, F5a, OwnApplication, Violation, specimen_of
from dualcos.lab.fuzzing.askable_properties import DrawnProperty
from dualcos.lab.fuzzing.card_from_outside import CardFromOutside
from dualcos.lab.fuzzing.what_each_needs import OUTSIDE
from dualcos.lab.properties.isolation import IsolationCase
from dualcos.lab.properties.traffic_steps import Raw, Reset

FOUND, SHRUNK = (Phase.generate,), (Phase.generate, Phase.shrink)
WITHOUT_DIALOGUES = [each._replace(dialogues={}) for each in APPLICATIONS]


def asked(claim, card, examples, phases=FOUND):
    """Asked as a test of one's own would; what it raises."""
    if isinstance(claim, DrawnProperty):
        test = given(claim.cases(card))(lambda case: claim(card, case))
        seed(1)(settings(max_examples=examples, database=None, phases=phases)(test))()
    else:
        claim(card)


def first(claim, card, phases=FOUND):
    """The violation that is found."""
    with pytest.raises(Violation) as found:
        asked(claim, card, 800, phases)
    return found.value


@pytest.mark.parametrize("identity", OUTSIDE)
def test_what_can_be_asked_from_outside_holds_of_a_right_card(identity):
    asked(PROPERTIES[identity], specimen_of(TwoApplications(), APPLICATIONS), 15)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: f"{mistake.card.__name__}-{mistake.seen_by}")
def test_a_mistake_is_seen(mistake):
    found = first(PROPERTIES[mistake.seen_by], specimen_of(mistake.card(), APPLICATIONS))
    assert found.identity.rstrip("ab") == mistake.seen_by.rstrip("ab")


def test_each_has_a_mistake_that_it_sees():
    assert {mistake.seen_by for mistake in MISTAKES} == set(OUTSIDE)


@pytest.mark.parametrize(("card", "name"), [(OneBuffer, "ADD"), (OneRight, "VERIFY")])
def test_a_crossing_shrinks_to_four_commands_and_shows_no_secret(card, name):
    found = first(F1, specimen_of(card(), WITHOUT_DIALOGUES), SHRUNK)
    assert len(found.record) <= 4
    told = str(found) + repr(found) + "".join(found.__notes__)
    assert name in told
    assert PIN.hex().upper() not in told.replace(" ", "").upper()
    assert "IsolationCase" not in told


def test_what_its_owner_calls_secret_is_hidden_in_any_command():
    secret = [each._replace(secret={"ADD"}, dialogues={}) for each in APPLICATIONS]
    found = first(F1, specimen_of(OneBuffer(), secret), SHRUNK)
    assert "ADD" in str(found)
    assert "0005" not in "".join(found.__notes__)
    assert "80 50 00 00  02  00" not in str(found)


def test_nor_is_the_answer_to_it():
    secret = [each._replace(secret={"ADD"}, dialogues={}) for each in APPLICATIONS]
    case = IsolationCase("wallet", "bonus", [Raw(h("8050000002ABCD"))], [Raw(ADD)], [])
    with pytest.raises(Violation) as found:
        F1(specimen_of(Sums(), secret), case)
    assert "........9000, expected ........9000" in str(found.value)
    assert "ABD2" not in (str(found.value) + repr(found.value)).replace(" ", "")


class AnyTotal(OneBuffer):
    """The total is said whatever class and P1 ask for it."""

    def exchange(self, command):
        return super().exchange(TOTAL if command[1] == TOTAL[1] else command)


FETCHED = {
    "F1": ([Raw(h("8050000002ABCD"))], [Raw(ADD), Raw(FETCH)], []),
    "F4": ([Raw(h("8050000002ABCD"))], [Raw(FETCH)], [Raw(ADD)]),
    "F4, a reset between": ([Raw(h("8050000002ABCD"))], [Raw(FETCH)], [Raw(ADD), Reset()]),
}


@pytest.mark.parametrize("how", FETCHED)
def test_nor_is_what_is_fetched_behind_it_however_late(how):
    secret = [each._replace(secret={"ADD"}, dialogues={}) for each in APPLICATIONS]
    with pytest.raises(Violation) as found:
        PROPERTIES[how[:2]](specimen_of(FetchedSums(), secret), IsolationCase("wallet", "bonus", *FETCHED[how]))
    assert "00C00000 +1 -> ........9000, expected ........9000" in str(found.value)
    assert "ABD2" not in (str(found.value) + repr(found.value)).replace(" ", "")


@pytest.mark.parametrize("sent", [TOTAL, h("8052010002"), h("0052000002")])
def test_nor_is_what_a_secret_without_data_answers(sent):
    secret = [each._replace(secret={"TOTAL"}, dialogues={}) for each in APPLICATIONS]
    case = IsolationCase("wallet", "bonus", [Raw(h("8050000002ABCD"))], [Raw(sent)], [])
    with pytest.raises(Violation) as found:
        F1(specimen_of(AnyTotal(), secret), case)
    assert "-> ....9000, expected ....9000" in str(found.value)
    assert "← •••• 2 bytes  9000" in str(found.value)
    assert "← ABCD" not in str(found.value)


def test_another_command_of_its_instruction_is_none():
    commands = {"TOTAL": TOTAL, "ALSO TOTAL": h("8052010002")}
    secret = [each._replace(commands=commands, secret={"TOTAL"}, dialogues={}) for each in APPLICATIONS]
    case = IsolationCase("wallet", "bonus", [Raw(h("8050000002ABCD"))], [Raw(commands["ALSO TOTAL"])], [])
    with pytest.raises(Violation) as found:
        F1(specimen_of(AnyTotal(), secret), case)
    assert "-> ABCD9000, expected 00009000" in str(found.value)


def test_what_is_fetched_behind_no_secret_is_shown():
    case = IsolationCase("wallet", "bonus", *FETCHED["F1"])
    with pytest.raises(Violation) as found:
        F1(specimen_of(FetchedSums(), WITHOUT_DIALOGUES), case)
    assert "00C00000 +1 -> 0000ABD29000, expected 000000059000" in str(found.value)
    assert "← 0000ABD2  9000" in str(found.value)


def test_a_violation_can_be_copied_and_sent_on():
    found = first(F1, specimen_of(OneBuffer(), WITHOUT_DIALOGUES))
    for again in (copy.copy(found), pickle.loads(pickle.dumps(found))):  # noqa: S301 - just made
        assert (str(again), repr(again), again.__notes__) == (str(found), repr(found), found.__notes__)
        assert (again.clause, again.record, again.expected) == (found.clause, found.record, found.expected)
        assert str(copy.deepcopy(again)) == str(found)


def test_but_what_is_none_is_shown():
    case = IsolationCase("wallet", "bonus", [Raw(h("80500000020007"))], [Raw(h("8052000002"))], [])
    with pytest.raises(Violation) as found:
        F1(specimen_of(OneBuffer(), APPLICATIONS), case)
    told = str(found.value)
    assert "wallet      ADD" in told
    assert "→ 80 50 00 00  02  0007" in told
    assert "0007  9000" in told
    assert F1.sentence in told


def test_a_card_whose_code_falls_over_shows_where():
    found = first(F17, specimen_of(Echo(), APPLICATIONS))
    assert isinstance(found.__cause__, IndexError)
    assert "raised IndexError" in str(found)
    assert "the card's own code failed" in str(found)


# --- what is refused, each in a sentence ------------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [each for each in PROPERTIES if each not in OUTSIDE])
def test_what_takes_more_than_answers_is_refused(identity):
    card, claim = specimen_of(TwoApplications(), APPLICATIONS, name="mine"), PROPERTIES[identity]
    with pytest.raises(
        CannotAsk, match=f"{identity} looks at .*, and mine shows commands and answers alone; what can be"
    ):
        claim.cases(card) if isinstance(claim, DrawnProperty) else claim(card)


@pytest.mark.parametrize("identity", ["F6", "F11", "F15", "F15a", "F15b", "F19"])
def test_what_would_play_nothing_is_refused(identity):
    card, claim = specimen_of(TwoApplications(), WITHOUT_DIALOGUES), PROPERTIES[identity]
    with pytest.raises(CannotAsk, match=f"{identity} plays dialogues that are marked `.*TwoApplications has none"):
        claim.cases(card) if isinstance(claim, DrawnProperty) else claim(card)


def test_one_application_alone_crosses_nothing():
    with pytest.raises(CannotAsk, match="F1 asks nothing of TwoApplications; the card has one environment"):
        F1.cases(specimen_of(TwoApplications(), APPLICATIONS[:1]))


def test_a_card_is_no_specimen():
    with pytest.raises(CannotAsk, match=r"F1 is asked of a specimen, and this is a TwoApplications: `specimen_of"):
        F1.cases(TwoApplications())
    with pytest.raises(CannotAsk, match="F5a is asked of a specimen"):
        F5a(TwoApplications())


def test_a_card_that_cannot_go_back():
    class NoWayBack:
        power_on = reset = power_off = exchange = atr = None

    with pytest.raises(CannotAsk, match="NoWayBack has no snapshot, restore: a card to be asked has exchange"):
        specimen_of(NoWayBack(), APPLICATIONS)


def test_a_card_of_which_nothing_is_said():
    with pytest.raises(CannotAsk, match="say which applications it has"):
        specimen_of(TwoApplications())


@pytest.mark.parametrize("label", ["wallet", "none"])
def test_labels_are_used_once(label):
    with pytest.raises(CannotAsk, match=f"two applications of TwoApplications have one label: .*{label}"):
        specimen_of(TwoApplications(), [*APPLICATIONS, APPLICATIONS[1]._replace(label=label)])


def test_an_application_that_cannot_be_entered():
    nobody = OwnApplication("nobody", h("00A4040002F0F0"), {"TOTAL": h("8052000002")})
    with pytest.raises(CannotAsk, match="answers 6985 to the command that selects nobody, and stands in none then"):
        specimen_of(TwoApplications(), [*APPLICATIONS, nobody])


@pytest.mark.parametrize("label", ["bonuS", "bonus2"])
def test_two_applications_that_are_entered_alike(label):
    with pytest.raises(CannotAsk, match=f"9000 to the command that selects bonus, and stands in {label} then"):
        specimen_of(TwoApplications(), [*APPLICATIONS, APPLICATIONS[1]._replace(label=label)])


@pytest.mark.parametrize(("half", "why"), [(h("8052"), "no command: "), ("8052000000", "no command: bytes are wanted")])
def test_an_example_that_is_no_command(half, why):
    with pytest.raises(CannotAsk, match=f"HALF of wallet is {why}"):
        specimen_of(TwoApplications(), [APPLICATIONS[0]._replace(commands={"HALF": half}, secret=())])


MISNAMED = {
    "wallet has no command SECRT, XYZ to be secret; there are CLEAR, ADD, ": {"secret": {"XYZ", "VERIFY", "SECRT"}},
    "the secrets of wallet are one str: ": {"secret": "VERIFY"},
    "the secrets of wallet are one bytes: ": {"secret": b"VERIFY"},
    "wallet has a command SELECT: ": {"commands": {"SELECT": ADD}, "secret": ()},
    "wallet has a command and a dialogue that are called ADD": {"dialogues": {"ADD": APPLICATIONS[0].dialogues}},
}


@pytest.mark.parametrize("why", MISNAMED)
def test_names_that_do_not_fit(why):
    with pytest.raises(CannotAsk, match=why):
        specimen_of(TwoApplications(), [APPLICATIONS[0]._replace(**MISNAMED[why]), APPLICATIONS[1]])


def test_a_class_is_no_card():
    with pytest.raises(CannotAsk, match="TwoApplications is a class of cards: "):
        specimen_of(TwoApplications, APPLICATIONS)


def test_no_cell_is_overwritten():
    with pytest.raises(CannotAsk, match="not seen from outside"):
        specimen_of(TwoApplications(), APPLICATIONS).bench().card.overwrite("wallet", b"x", None)
    with pytest.raises(CannotAsk):
        F3.cases(specimen_of(TwoApplications(), APPLICATIONS))


# --- where the card stands --------------------------------------------------------------------------------------------


class Obliging(TwoApplications):
    """Whatever it is told, it answers 9000."""

    def exchange(self, _command):
        return h("9000")


def test_where_it_stands_is_followed_by_what_selects():
    card = CardFromOutside(Obliging(), APPLICATIONS)
    assert card.environment == ""
    card.power_on()
    stood = []
    for command in (VERIFY, APPLICATIONS[1].select, VERIFY, h("00A4040005") + NAMES["wallet"] + b"\x00", h("00A4040C03F00000"), h("00A4040002A0A0")):  # fmt: skip  # noqa: E501 - one list
        card.exchange(command)
        stood.append(card.environment)
    assert stood == ["none", "bonus", "bonus", "wallet", "wallet", "wallet"]
    card.reset()
    card.exchange(h("00A4040003F00000"))
    assert card.environment == "wallet"
    card.power_on()
    assert card.environment == "none"


def test_a_name_in_extended_form_is_one():
    card = CardFromOutside(Obliging(), APPLICATIONS)
    card.exchange(h("00A40400000005") + NAMES["bonus"])
    assert card.environment == "bonus"


def test_a_whole_name_is_no_beginning_of_a_longer_one():
    longer = APPLICATIONS[1]._replace(label="longer", select=h("00A4040006F00000000199"))
    card = CardFromOutside(Obliging(), [longer, *APPLICATIONS])
    card.exchange(longer.select)
    card.exchange(APPLICATIONS[0].select + b"\x00")
    assert card.environment == "wallet"


def test_what_was_refused_leads_nowhere():
    card = CardFromOutside(TwoApplications(), APPLICATIONS)
    card.power_on()
    card.exchange(APPLICATIONS[0].select)
    card.exchange(APPLICATIONS[1].select[:-1])
    assert card.environment == "wallet"
