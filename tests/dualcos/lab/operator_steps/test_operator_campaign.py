"""A campaign on a card in a reader, with an operator: what is written down, what is asked again, what expires."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import UTC, datetime, timedelta

import pytest
from msgspec import structs

import dualcos
from dualcos.cli import lab_run
from dualcos.cli.main import run
from dualcos.lab.campaign.campaign_book import CampaignBook
from dualcos.lab.campaign.campaign_in_reader import ReaderAtWork, run_in_reader
from dualcos.lab.campaign.campaign_sample import bench_in_reader
from dualcos.lab.campaign.campaign_session import CampaignSession
from dualcos.lab.evidence.campaign_file import CampaignFile
from dualcos.lab.evidence.campaign_records import StepAttested
from dualcos.lab.evidence.record_order import verdicts
from tests.dualcos.lab.campaign.campaign_desk import IN_READER, SAT_DOWN, asked, judged, records, watch
from tests.dualcos.lab.operator_steps.card_in_hand import ANSWER_LOST, CardInHand, Clock, Moment, Robot, desk_of

TITLE = {"zh": "题", "en": "title"}
CHALLENGE = {"send": "0084000008", "expect": "9000"}
SSSE = {"send": "00A404000F7378312E73682EC9E7BBE1B1A3D5CF", "expect": "9000"}
WHOLE = {"operator": {"zh": "是否完好？", "en": "Is it whole?", "right": ["yes"], "valid_days": 30}}
CLEAN = {"operator": {"zh": "是否干净？", "en": "Is it clean?", "right": ["yes"], "valid_days": 10}}
PULL = {"pull": {"zh": "请拔卡。", "en": "Pull.", "send": [SSSE, CHALLENGE]}}
VECTORS = {"A": [WHOLE, CHALLENGE, CLEAN], "B": [SSSE, PULL, SSSE], "C": [CHALLENGE]}


class InReader(CardInHand):
    def wait(self, *, present: bool, seconds: float) -> bool:  # noqa: ARG002 - a reader's
        return self.out is not present


@pytest.fixture(scope="module")
def card():
    return dualcos.card("social-2.0", seed=3)


@pytest.fixture
def vectors(tmp_path):
    unit = {
        "unit": "U",
        "title": TITLE,
        "purpose": "p",
        "clause": ["SSC-5 §6"],
        "profile": "social-2.0",
        "live": True,
        "provenance": {"kind": "derived", "source": "tests"},
        "vectors": [{"id": name, "title": TITLE, "steps": steps} for name, steps in VECTORS.items()],
    }
    path = tmp_path / "u.json"
    path.write_text(json.dumps(unit), encoding="utf-8")
    return path


class Laboratory:
    def __init__(self, card, what, file) -> None:
        self.what, self.file, self.clock = what, file, Clock()
        self.robot = Robot(InReader(card), lambda: Moment(7, ANSWER_LOST))

    def session(self, *, again=False):
        self.robot.shown.clear()
        with CampaignFile(self.file) as kept:
            book = CampaignBook(kept, self.clock, watch())
            session = CampaignSession(self.what, book, again=again)
            desk = desk_of(self.robot, earlier=session.records, clock=self.clock, note=session.attested)
            bench = ReaderAtWork(
                self.robot.hand, lambda card: bench_in_reader(self.what.sample, card, operator=desk), watch()
            )
            return run_in_reader(session, structs.replace(SAT_DOWN, attended=True), bench)

    @property
    def attested(self):
        return [each for each in records(self.file) if isinstance(each, StepAttested)]


@pytest.fixture
def laboratory(card, vectors, tmp_path):
    return Laboratory(card, asked(vectors, IN_READER), tmp_path / "c.jsonl")


def test_answers_and_acts_stand_in_the_campaign(laboratory):
    assert laboratory.session().why == "complete"
    found = judged(laboratory.file)
    assert {name: each.verdict for name, each in found.items()} == dict.fromkeys("ABC", "pass")
    assert [(each.id, each.step, each.answer, each.measured) for each in laboratory.attested] == [
        ("A", "steps[0]", "yes", None),
        ("A", "steps[2]", "yes", None),
        ("B", "steps[1]", "taken out", 4.0),
    ]
    # Of all that was sent until the card went, the last time is kept, and the digest of all.
    assert found["B"].runs == 4
    assert [each.sent for each in found["B"].played][:2] == [SSSE["send"], "00C0000018"]
    assert found["B"].played[1].came == ""


def test_who_leaves_is_not_asked_what_he_has_answered(laboratory):
    choice = laboratory.robot.choice

    def leave(words, choices):
        if "clean" in words.en:
            raise KeyboardInterrupt
        return choice(words, choices)

    laboratory.robot.choice = leave
    assert laboratory.session().why == "stopped"
    assert judged(laboratory.file)["A"].kind == "interrupted"
    laboratory.robot.choice = choice
    laboratory.clock.move(days=20)
    assert laboratory.session(again=True).why == "complete"
    assert [words.en for words in laboratory.robot.shown if words.en.endswith("?")] == ["Is it clean?"]
    assert judged(laboratory.file)["A"].verdict == "pass"
    assert len([each for each in laboratory.attested if each.id == "A"]) == 2


def test_a_card_that_goes_unasked_ends_the_session(laboratory):
    choice = laboratory.robot.choice

    def answered_with_the_card_in_hand(words, choices):
        laboratory.robot.hand.take()
        return choice(words, choices)

    laboratory.robot.choice = answered_with_the_card_in_hand
    over = laboratory.session()
    laboratory.robot.choice = choice
    assert (over.why, over.words) == ("reader gone", "the card was taken out")
    laboratory.robot.hand.put_back()
    assert laboratory.session(again=True).why == "complete"
    assert {each.verdict for each in judged(laboratory.file).values()} == {"pass"}


def test_a_campaign_whose_attestations_have_expired_is_not_passed_any_more(card, vectors, tmp_path, capfd):
    typed = [str(vectors), "--pcsc", "Test reader", "--profile", "social-2.0", "--campaign", str(tmp_path / "c.jsonl")]
    parser = ArgumentParser()
    lab_run.LAB_RUN.arguments(parser)
    laboratory = Laboratory(card, lab_run._asked(parser.parse_args(typed), ""), tmp_path / "c.jsonl")
    for age, code, words in ((9, 0, "3 pass"), (11, 2, "2 pass, 0 fail, 1 inconclusive")):
        laboratory.file.unlink(missing_ok=True)
        laboratory.clock.now = datetime.now(UTC) - timedelta(days=age)
        assert laboratory.session().why == "complete"
        assert {each.verdict for each in verdicts(records(laboratory.file)).values()} == {"pass"}
        assert run(["lab", "run", *typed]) == code
        out = capfd.readouterr().out
        assert words in out
    assert "steps[2]: attested on " in out
