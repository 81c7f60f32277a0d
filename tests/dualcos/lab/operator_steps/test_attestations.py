"""What an answer is worth, for how long, and which verdicts fall with it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dualcos.lab.evidence.campaign_records import StepAttested, VectorJudged, moment
from dualcos.lab.operator_steps.attestations import EXPIRED, FOR_GOOD, holds_at, standing
from dualcos.lab.operator_steps.desk import YES_NO, NobodyThereError, OperatorQuestion, OperatorWords, Unattended
from tests.dualcos.lab.operator_steps.card_in_hand import ANSWER_LOST, CardInHand, Clock, Moment, Robot, desk_of

WORDS = OperatorWords("卡面是否完好？", "Is the surface flawless?")
ASKED = OperatorQuestion("V-1", "steps[0]", WORDS, YES_NO, "", 30)
MEASURED = ASKED._replace(step="steps[1]", choices={}, unit="mm", words=OperatorWords("厚度", "Thickness"))


class Rig:
    def __init__(self, earlier=(), clock=None, **answers) -> None:
        self.clock = clock or Clock()
        self.notes: list[StepAttested] = []
        self.robot = Robot(CardInHand(None), lambda: Moment(0, ANSWER_LOST), answers)
        self.desk = desk_of(self.robot, self.notes, earlier, self.clock)


def judged(verdict="pass", where="", at="2026-11-29T08:01:00Z", name="V-1"):
    return VectorJudged(
        at=at,
        id=name,
        vector="0" * 64,
        verdict=verdict,
        where=where,
        text="",
        requirement="",
        kind="",
        played=[],
        runs=1,
        played_sha256="0" * 64,
        seconds=0.0,
    )


def test_an_answer_is_a_record():
    rig = Rig(surface="no", Thickness=0.77)
    assert rig.desk.answer(ASKED).answer == "no"
    assert rig.desk.answer(MEASURED).measured == 0.77
    assert rig.notes == [
        StepAttested(
            at="2026-11-29T08:00:00Z",
            id="V-1",
            step="steps[0]",
            answer="no",
            measured=None,
            unit="",
            by="test operator",
            until="2026-12-29T08:00:00Z",
        ),
        StepAttested(
            at="2026-11-29T08:00:00Z",
            id="V-1",
            step="steps[1]",
            answer="",
            measured=0.77,
            unit="mm",
            by="test operator",
            until="2026-12-29T08:00:00Z",
        ),
    ]


def test_what_holds_is_not_asked_again_and_what_has_expired_is():
    first = Rig()
    first.desk.answer(ASKED)
    first.desk.answer(MEASURED)
    later = Rig(first.notes, first.clock)
    first.clock.move(days=30)
    assert [later.desk.answer(each) for each in (ASKED, MEASURED)] == first.notes
    assert later.robot.shown == []
    assert later.notes == []
    first.clock.move(seconds=1)
    assert later.desk.answer(ASKED).at == "2026-12-29T08:00:01Z"
    assert len(later.notes) == len(later.robot.shown) == 1


@pytest.mark.parametrize(
    "other",
    [
        ASKED._replace(id="V-2"),
        ASKED._replace(step="after[0]"),
        ASKED._replace(choices={"front": WORDS, "back": WORDS}),
        MEASURED._replace(step="steps[0]"),
        MEASURED._replace(unit="cm"),
    ],
)
def test_another_question_is_asked(other):
    first = Rig()
    first.desk.answer(ASKED)
    first.desk.answer(MEASURED)
    later = Rig(first.notes, first.clock)
    later.desk.answer(other)
    assert len(later.notes) == 1


def test_an_act_is_done_for_good_and_asked_for_each_time():
    rig = Rig()
    rig.desk.done("V-1", "steps[0]", "taken out", 17, "commands answered")
    (note,) = rig.notes
    assert (note.answer, note.measured, note.unit, note.until) == ("taken out", 17.0, "commands answered", FOR_GOOD)
    later = Rig(rig.notes)
    later.robot.hand.out = True
    later.desk.act(WORDS)
    later.desk.act(WORDS._replace(en="whenever you like"))
    assert len(later.robot.shown) == 2


def test_nobody_answers_nothing():
    desk = Unattended()
    assert not desk.attended
    for ask in (
        lambda: desk.answer(ASKED),
        lambda: desk.agrees(WORDS),
        lambda: desk.act(WORDS),
        lambda: desk.tell(WORDS),
        lambda: desk.done("V-1", "steps[0]", "taken out"),
    ):
        with pytest.raises(NobodyThereError):
            ask()


def test_a_pass_stands_as_long_as_all_that_it_stands_on():
    rig = Rig()
    rig.desk.answer(ASKED)
    rig.desk.answer(MEASURED._replace(valid_days=5))
    rig.desk.done("V-1", "steps[2]", "put in")
    records = [*rig.notes, judged(), judged(name="V-2")]
    now = rig.clock.now
    assert standing(records, now + timedelta(days=5)) == {"V-1": judged(), "V-2": judged(name="V-2")}
    found = standing(records, now + timedelta(days=5, seconds=1))
    assert found["V-2"] == judged(name="V-2")
    fallen = found["V-1"]
    assert (fallen.verdict, fallen.kind, fallen.where) == ("inconclusive", EXPIRED, "steps[1]")
    assert fallen.text == "attested on 2026-11-29T08:00:00Z, worth nothing since 2026-12-04T08:00:00Z"
    assert standing(records, now + timedelta(days=400))["V-1"].where == "steps[1]"


def test_a_failure_of_the_card_needs_nobody():
    rig = Rig()
    rig.desk.answer(ASKED)
    later = rig.clock.now + timedelta(days=60)
    for where, verdict in (("steps[3]", "fail"), ("steps[0]", "inconclusive")):
        failed = judged("fail", where)
        assert standing([*rig.notes, failed], later)["V-1"].verdict == verdict
    left_out = judged("not-applicable")
    assert standing([*rig.notes, left_out], later)["V-1"] == left_out


def test_a_new_answer_carries_the_new_verdict():
    rig = Rig()
    rig.desk.answer(ASKED)
    rig.clock.move(days=31)
    records = [*rig.notes, judged()]
    assert standing(records, rig.clock.now)["V-1"].verdict == "inconclusive"
    rig.desk.answer(ASKED)
    again = judged(at=moment(rig.clock.now))
    records += [rig.notes[-1], again]
    assert standing(records, rig.clock.now) == {"V-1": again}
    # What was said behind a verdict does not carry it.
    assert standing([rig.notes[0], judged(), rig.notes[1]], rig.clock.now)["V-1"].verdict == "inconclusive"


def test_an_attestation_holds_through_its_last_second():
    rig = Rig()
    attested = rig.desk.answer(ASKED)
    end = rig.clock.now + timedelta(days=30)
    assert holds_at(attested, end)
    assert not holds_at(attested, end + timedelta(seconds=1))
