"""Vectors that ask an operator: what he is shown, what his answer decides, and what happens where nobody is there."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import dualcos
from dualcos.lab.conformance.applying import NotForThisCard
from dualcos.lab.conformance.card_on_bench import Bench, ReaderBench
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.lab.operator_steps.desk import NEEDS_OPERATOR, NobodyThereError, Unattended
from tests.dualcos.lab.operator_steps.card_in_hand import ANSWER_LOST, CardInHand, Moment, Robot, desk_of

FOLDER = Path(__file__).parents[4] / "vectors" / "operator"
APPEARANCE = {case.id: case for case in load(FOLDER / "appearance.json")}
SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
TITLE = {"zh": "题", "en": "title"}
YES = {"zh": "是否完好？", "en": "Is it whole?", "right": ["yes"], "valid_days": 30}
CHALLENGE = {"send": "0084000008", "expect": "9000"}
PULL = {"zh": "请拔卡。", "en": "Pull.", "send": [CHALLENGE], "rounds": 3}
TAKE = {"zh": "请取出。", "en": "Take it out.", "act": "take out"}
PUT = {"zh": "请放入。", "en": "Put it in.", "act": "put in"}
SIZE = {"thickness": 0.76, "width": 85.6, "height": 53.98}
PLACES = {"upper edge of contact C1": 18.0, "left edge of contact C1": 9.5, "right edge": 20.5, "lower edge": 26.5}


@pytest.fixture(scope="module")
def card():
    return dualcos.card("dual-2.0-3des", seed=3)


@pytest.fixture
def hand(card):
    return CardInHand(card)


@pytest.fixture
def robot(hand):
    return Robot(hand, lambda: Moment(4, ANSWER_LOST))


@pytest.fixture
def notes():
    return []


@pytest.fixture
def reader(hand, robot, notes):
    return ReaderBench(hand, "dual-2.0-3des", destructive=True, operator=desk_of(robot, notes))


@pytest.fixture
def written(tmp_path):
    def write(*steps, **vector):
        unit = {
            "unit": "U",
            "title": TITLE,
            "purpose": "p",
            "clause": ["SSC-5 §6"],
            "profile": "dual-2.0-3des",
            "live": True,
            "provenance": {"kind": "derived", "source": "tests"},
            "vectors": [{"id": "U-1", "title": TITLE, "steps": list(steps), **vector}],
        }
        path = tmp_path / "u.json"
        path.write_text(json.dumps(unit), encoding="utf-8")
        (case,) = load(path)
        return case

    return write


# --- what comes along --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", APPEARANCE)
def test_a_right_card_in_careful_hands(name, robot, reader, notes):
    robot.answers.update(SIZE | PLACES)
    if name == "OPERATOR-NAME-PRINTED-1":
        with pytest.raises(NotForThisCard):
            reader.target(APPEARANCE[name])
        return
    assert play(APPEARANCE[name], reader).verdict is VectorVerdict.PASS
    assert notes


def test_each_bound_of_a_measurement_is_right_and_what_is_beyond_it_is_not(robot, notes):
    case = APPEARANCE["OPERATOR-SIZE"]
    for thickness, verdict in ((0.68, "pass"), (0.84, "pass"), (0.679, "fail"), (0.841, "fail")):
        robot.answers.update(SIZE | {"thickness": thickness})
        result = play(case, ReaderBench(robot.hand, "dual-2.0-3des", operator=desk_of(robot, notes)))
        assert result.verdict.value == verdict, thickness
    assert result.text == "measured 0.841 mm, right is 0.68 to 0.84 mm"
    assert result.where == "steps[1]"
    # He was asked to put it back all the same: the next vector finds a card.
    assert not robot.hand.out


def test_what_is_shown_stands_in_no_record_and_no_verdict(robot, reader, notes):
    robot.answers["printed"] = "no"
    said = []
    for name in ("NUMBER", "NAME", "SSN", "ACCOUNT"):
        result = play(APPEARANCE[f"OPERATOR-{name}-PRINTED"], reader)
        assert result.verdict is VectorVerdict.FAIL
        said.append(result.text)
    assert set(said) == {"the operator's answer is no, right is yes"}
    shown = "".join(words.en + words.zh for words in robot.shown)
    for secret in ("测试持卡人", "6299990000000000202"):
        assert secret in shown
        assert secret not in str(notes)


def test_a_name_is_shown_in_one_line_without_control_characters(written, robot, reader):
    asked = {**YES, "en": "{text:B2E2CAD40A1B5B33316D00} {digits:123F} {hex:00FF}"}
    assert play(written({"operator": asked}), reader).verdict is VectorVerdict.PASS
    assert robot.shown[-1].en == "测试\\u000a\\u001b[31m 123 00FF"


# --- nobody there ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", load(FOLDER), ids=lambda case: case.id)
def test_in_this_process_there_is_nothing_to_take_in_hand(case):
    with pytest.raises(NotForThisCard, match="needs a card in a reader, and an operator"):
        Bench().target(case)
    assert case.attended


def test_without_a_desk_it_does_not_apply_and_unattended_it_is_inconclusive(hand, reader, notes):
    case = APPEARANCE["OPERATOR-NUMBER-PRINTED"]
    assert play(case, ReaderBench(hand, "dual-2.0-3des")).kind == "needs a card in a reader, and an operator"
    assert play(case, reader).verdict is VectorVerdict.PASS
    hand.sent.clear()
    result = play(case, ReaderBench(hand, "dual-2.0-3des", operator=Unattended()))
    assert (result.verdict, result.kind) == (VectorVerdict.INCONCLUSIVE, NEEDS_OPERATOR)
    assert hand.sent == []
    # Not even where somebody answered before; and no other vector minds.
    assert notes
    other = load(FOLDER.parent / "ssse" / "verify.json")[0]
    assert play(other, ReaderBench(hand, "dual-2.0-3des", destructive=True, operator=Unattended())).kind == ""


def test_an_operator_who_is_not_there_after_all(written, hand):
    class Gone(Unattended):
        attended = True

    result = play(written({"operator": YES}), ReaderBench(hand, "dual-2.0-3des", operator=Gone()))
    assert (result.verdict, result.kind, result.where) == (VectorVerdict.INCONCLUSIVE, NEEDS_OPERATOR, "steps[0]")


def test_a_wrong_answer_in_the_setup_judges_nothing(written, robot, reader):
    robot.answers["whole"] = "no"
    result = play(written(CHALLENGE, setup=[{"operator": YES}]), reader)
    assert (result.verdict, result.where) == (VectorVerdict.INCONCLUSIVE, "setup[0]")


# --- taken out and put back ----------------------------------------------------------------------------------------


def test_a_card_that_is_not_taken_out_is_asked_for_again(written, robot, reader, notes):
    taken = robot.hand.take
    lazy = iter((False, False, True))
    robot.hand.take = lambda: next(lazy) and taken()
    assert play(written({"operator": TAKE}, {"operator": PUT}, CHALLENGE), reader).verdict is VectorVerdict.PASS
    assert [words.en[:24] for words in robot.shown] == [
        "Take it out.",
        *["The card is still in the"] * 2,
        "Put it in.",
    ]
    assert [note.answer for note in notes] == ["taken out", "put in"]


def test_a_card_that_is_not_put_back_is_asked_for_again(written, robot, reader, notes):
    put_back = robot.hand.put_back
    lazy = iter((False, True))
    robot.hand.put_back = lambda: next(lazy) and put_back()
    assert play(written({"pull": PULL}, CHALLENGE), reader).verdict is VectorVerdict.PASS
    assert [words.en[:9] for words in robot.shown[-2:]] == ["The card ", "No card a"]
    assert [(note.answer, note.measured) for note in notes] == [("taken out", 4.0)]


def test_the_card_is_put_back_before_the_next_vector_whatever_became_of_this(written, robot, reader):
    case = written({"operator": TAKE}, {"operator": YES | {"right": ["no"]}})
    assert play(case, reader).verdict is VectorVerdict.FAIL
    assert not robot.hand.out
    assert play(written(CHALLENGE), reader).verdict is VectorVerdict.PASS


def test_whoever_does_not_pull_is_asked_whether_to_go_on(written, robot, reader, notes):
    robot.moments = lambda: Moment(7, ANSWER_LOST)
    robot.answers["Go on"] = "yes"
    assert play(written({"pull": PULL}), reader).verdict is VectorVerdict.PASS
    assert [words.en for words in robot.shown if "Go on" in words.en] == [
        f"Sent {times} times over, and the card is still in. Go on?" for times in (3, 6)
    ]
    robot.answers["Go on"] = "no"
    notes.clear()
    result = play(written({"pull": PULL}), reader)
    assert result.verdict is VectorVerdict.INCONCLUSIVE
    assert result.text == "the card was not taken out while commands were sent 3 times over"
    assert notes == []


def test_a_wrong_answer_while_the_card_is_still_in_fails(written, reader, robot):
    robot.moments = lambda: Moment(100, ANSWER_LOST)
    pull = {**PULL, "send": [CHALLENGE, {"send": "0084000008", "expect": "6985"}]}
    result = play(written({"pull": pull}), reader)
    assert (result.verdict, result.where) == (VectorVerdict.FAIL, "steps[0]")
    assert "expected 6985" in result.text


def test_rounds_are_numbered_and_what_came_is_kept(written, robot, reader):
    robot.moments = lambda: Moment(4, ANSWER_LOST)
    sent = [{"send": SSSE, "expect": [{"sw": "9000", "keep": {"last": "round"}}]}]
    look = [
        {"send": SSSE, "expect": [{"sw": "9000", "keep": {"sum": "plus(last, 0001)", "less": "minus(last, 0003)"}}]},
        {"send": "00{last}", "expect": "67??", "when": "minus(last, 0002)"},
        {"send": "0084000008", "expect": "6985", "when": "minus(sum, 0003)"},
    ]
    # T=0: SELECT and its GET RESPONSE: two whole rounds, the third in flight.
    assert play(written({"pull": {**PULL, "send": sent}}, *look), reader).verdict is VectorVerdict.PASS
    assert robot.hand.sent[-1][:2] == bytes.fromhex("00C0")


def test_an_operator_who_leaves_is_no_verdict(written, robot, reader):
    def leave(*_):
        raise KeyboardInterrupt

    robot.choice = leave
    with pytest.raises(KeyboardInterrupt):
        play(written({"operator": YES}), reader)


# --- files ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "says"),
    [
        ({"operator": {**TAKE, "right": ["yes"]}}, "neither answered nor attested"),
        ({"operator": {**TAKE, "valid_days": 3}}, "neither answered nor attested"),
        ({"operator": {**TAKE, "act": "drop"}}, "drop"),
        ({"operator": {**YES, "valid_days": 0}}, "valid_days"),
        ({"operator": {**YES, "right": []}}, "some answers are right"),
        ({"operator": {**YES, "right": ["yes", "no"]}}, "some answers are right"),
        ({"operator": {**YES, "right": ["maybe"]}}, "maybe is none of yes, no"),
        ({"operator": {**YES, "choices": {"yes": TITLE}}}, "some answers are right"),
        ({"operator": {**YES, "choices": {"a": TITLE, "b": TITLE}}}, "yes is none of a, b"),
        ({"operator": {**YES, "measure": {"unit": "mm", "least": 1, "most": 2}}}, "without choices and right"),
        ({"operator": {**YES, "right": [], "measure": {"unit": "mm", "least": 2, "most": 2}}}, "least is less than"),
        ({"operator": {**YES, "en": ""}}, "en"),
        ({"operator": {**YES, "zh": "{text:nonsense(00)}"}}, "no function nonsense"),
        ({"operator": {**YES, "zh": "{words:00}"}}, "words: is no way to show"),
        ({"operator": {**YES, "zh": "{00}"}}, "stands alone"),
        ({"operator": {**YES, "zh": "{text:00"}}, "stands alone"),
        ({"pull": {**PULL, "send": []}}, "send"),
        ({"pull": {**PULL, "rounds": 0}}, "rounds"),
        ({"pull": {**PULL, "send": [{"reset": "cold"}]}}, "only commands and routines"),
        ({"pull": {**PULL, "send": [{"pull": PULL}]}}, "only commands and routines"),
        ({"pull": {**PULL, "send": [{**CHALLENGE, "cut": {"tick": 3}}]}}, "the hand cuts the power"),
        ({"pull": {**PULL, "send": [{**CHALLENGE, "once": True}]}}, "the hand cuts the power"),
        ({"pull": {**PULL, "send": [{"send": "{nonsense(00)}"}]}}, "no function nonsense"),
        ({"pull": {**PULL, "en": "{text:nonsense(00)}"}}, "no function nonsense"),
        ({**CHALLENGE, "when": "nonsense(00)"}, "no function nonsense"),
        ({"send": "00", "expect": [{"keep": {"name": "nonsense(00)"}}]}, "no function nonsense"),
        ({"send": "00", "expect": [{"keep": {"No Name": "00"}}]}, "keep"),
    ],
)
def test_a_step_that_cannot_be_is_refused(written, step, says):
    with pytest.raises(VectorError, match=says):
        written(step)


@pytest.mark.parametrize("step", [{"operator": YES}, {"pull": PULL}])
def test_whoever_needs_an_operator_is_for_a_card_in_a_reader(written, step):
    for vector in ({"live": False}, {"random": {"ssse": ["00"]}}):
        with pytest.raises(VectorError, match="an operator has a card in a reader"):
            written(step, **vector)


def test_a_pull_is_judged_so_it_stands_behind_the_setup(written):
    with pytest.raises(VectorError, match="pull belongs behind it"):
        written(CHALLENGE, setup=[{"pull": PULL}])


@pytest.mark.parametrize("step", [{"operator": YES}, {"pull": PULL}])
def test_a_routine_has_no_operator(written, tmp_path, step):
    routine = {"title": TITLE, "steps": [step]}
    (tmp_path / "routines.json").write_text(json.dumps({"routines": {"r": routine}}), encoding="utf-8")
    with pytest.raises(VectorError, match="in a vector, never in a routine"):
        written({"routine": "r"})


def test_what_a_prompt_shows_must_be_the_cards(written, hand):
    asked = {**YES, "en": "{digits:pse.elements.DF99}"}
    with pytest.raises(NotForThisCard, match=r"needs pse\.elements\.DF99"):
        ReaderBench(hand, "dual-2.0-3des", operator=Unattended()).target(written({"operator": asked}))


def test_nobody_is_an_error_of_its_own():
    assert not issubclass(NobodyThereError, OSError | RuntimeError)  # which playing takes for the reader's
