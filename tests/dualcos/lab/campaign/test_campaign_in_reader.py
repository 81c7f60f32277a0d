"""A campaign on a card in a reader, whatever ends a session and wherever: the vector that was being played is
inconclusive and says so, all others are as if nothing had happened, and none that spoils the card is played twice.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest
from msgspec import structs

import dualcos
from dualcos.lab.campaign.campaign_book import CampaignBook
from dualcos.lab.campaign.campaign_in_reader import (
    ReaderAtWork,
    SampleGoneError,
    SampleSilentError,
    demand_same,
    run_in_reader,
)
from dualcos.lab.campaign.campaign_sample import bench_in_reader
from dualcos.lab.campaign.campaign_session import CampaignOver, CampaignSession
from dualcos.lab.campaign.sample_identity import SampleIdentity
from dualcos.lab.conformance.playing import play_all
from dualcos.lab.evidence.campaign_file import CampaignFile, CampaignFileError
from dualcos.lab.evidence.campaign_records import SessionBegun, SessionEnded, VectorBegun, VectorJudged
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from tests.dualcos.lab.campaign.campaign_desk import IN_READER, PROFILE, SAT_DOWN, asked, clock, judged, records, watch
from tests.dualcos.lab.campaign.spoiling_vectors import CountingCard, wrong_pin

AT_READER = structs.replace(SAT_DOWN, reader="Test reader 00 00", driver="test driver 1.0.0")


class FakeReader(CountingCard):
    """A reader with a card that counts. ``fault`` is raised instead of the answer to the command of the number ``at``
    (from 1, of this session); ``done``: the card has done the command by then. ``present``: what the reader says.
    """

    def __init__(self) -> None:
        super().__init__(dualcos.card(PROFILE, seed=1))
        self.first = self.card.snapshot()
        self.anew()

    def anew(self) -> None:
        """As it was issued."""
        self.card.power_off()
        self.card.restore(self.first)
        self.commands.clear()
        self.session()

    def session(self, at: int = 0, fault: BaseException | None = None, *, done: bool = True) -> None:
        """What happens in the next one."""
        self.left, self.fault, self.done = at, fault, done
        self.present, self.mute = True, False

    def exchange(self, command: bytes) -> bytes:
        self.left -= 1
        if self.left or self.fault is None:
            return super().exchange(command)
        if self.done:
            super().exchange(command)
        raise self.fault

    def power_on(self) -> bytes:
        if self.mute:
            raise CardMute("no ATR")
        return super().power_on()

    def wait(self, *, present: bool, seconds: float) -> bool:
        assert not seconds
        return self.present is present


@pytest.fixture(scope="module")
def reader() -> FakeReader:
    return FakeReader()


@pytest.fixture(autouse=True)
def fresh(reader) -> None:
    reader.anew()


def play(
    file: Path, vectors: Path, reader: FakeReader, *, stopped: Callable[[], bool] = lambda: False, again: bool = False,
    sample=IN_READER, cases=None,
) -> CampaignOver:  # fmt: skip
    """One session."""
    what = asked(vectors, sample)
    what = what if cases is None else what._replace(cases=cases)
    with CampaignFile(file) as kept:
        session = CampaignSession(what, CampaignBook(kept, clock(), watch()), again=again)
        return run_in_reader(
            session, AT_READER, ReaderAtWork(reader, lambda card: bench_in_reader(sample, card), watch()), stopped
        )


def said(verdicts: dict[str, VectorJudged]) -> dict[str, tuple[str, ...]]:
    return {name: (each.verdict, each.where, each.text, each.kind) for name, each in verdicts.items()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory, vectors, reader):
    """Nobody disturbs it. Its file, and how many commands the card was sent, those before the first vector and all."""
    reader.anew()
    file = tmp_path_factory.mktemp("whole") / "c.campaign"
    assert play(file, vectors, reader).why == "complete"
    before = reader.commands.index(bytes.fromhex("0084000001")) - 2  # the SELECT before it, and its GET RESPONSE
    return file, before, len(reader.commands)


# --- in order ---------------------------------------------------------------------------------------------------------


def test_the_sample_is_told_and_each_vector_is_noted_before_it_is_sent(whole):
    begun, session, *course, ended = records(whole[0])
    assert (begun.sample.kind, begun.sample.profile, begun.destructive, begun.seed) == ("reader", PROFILE, True, "")
    assert len(begun.sample.profile_sha256) == 64
    assert isinstance(session, SessionBegun)
    assert session.atr == "3B6D0000008144434F860099000000A1B2"
    assert session.serial.startswith("social 990000D156000005")
    assert (session.reader, session.driver) == (AT_READER.reader, AT_READER.driver)
    assert [type(each) for each in course] == [VectorBegun, VectorJudged] * 12
    assert [one.id for one in course[::2]] == [one.id for one in course[1::2]]
    spoiling = [one.id.startswith("TEST-SPOIL") for one in course[::2]]
    assert spoiling == [False] * 6 + [True] * 6, "those that spoil the card come last"
    assert (ended.why, ended.totals.passed) == ("complete", 12)


def test_verdicts_are_those_that_conform_says(whole, vectors, reader):
    bench = bench_in_reader(IN_READER, reader)
    told = {
        one.case.id: (one.verdict.value, one.where, one.text, one.kind) for one in play_all(asked(vectors).cases, bench)
    }
    assert said(judged(whole[0])) == told


def test_pins_stand_in_no_record(whole):
    assert b"0020000003......" in whole[0].read_bytes()
    assert wrong_pin(1)[10:].encode() not in whole[0].read_bytes()


def test_without_destructive_nothing_spoils_the_card(vectors, reader, tmp_path):
    over = play(tmp_path / "c", vectors, reader, sample=structs.replace(IN_READER, destructive=False))
    assert over.why == "complete"
    kinds = {name: each.kind for name, each in over.standing.judged.items() if each.verdict == "not-applicable"}
    assert set(kinds.values()) == {"spoils the card: --destructive plays it"}
    assert len(kinds) == 6
    assert not any(reader.times(wrong_pin(number)) for number in range(6))
    assert not [one for one in records(tmp_path / "c") if isinstance(one, VectorBegun) and one.id in kinds]


# --- cut off ----------------------------------------------------------------------------------------------------------

ENDS = {
    "the card is taken out": (CardGone("out"), "reader gone", "the card was taken out"),
    "the reader is unplugged": (PcscError("no reader called X"), "reader gone", "no reader called X"),
    "the program is killed": (SystemExit(9), "", "the session ended"),
    "Ctrl-C, twice": (KeyboardInterrupt(), "stopped", "the session was stopped"),
}


@pytest.mark.parametrize("end", ENDS)
def test_wherever_a_session_ends_the_campaign_goes_on(end, whole, vectors, reader, tmp_path):
    """At every command of four vectors (every third, where it is not the card's end), before and after it was done."""
    fault, why, words = ENDS[end]
    some = asked(vectors).cases[:4]
    names = [case.id for case in some]
    expected = {name: each for name, each in judged(whole[0]).items() if name in names}
    last = whole[1] + len(some) * (whole[2] - whole[1]) // 12
    for at in range(whole[1] + 1, last + 1, 1 if isinstance(fault, CardGone) else 3):
        for done in (False, True):
            file = tmp_path / f"{at}{done}"
            reader.anew()
            reader.session(at, fault, done=done)
            if why:
                assert play(file, vectors, reader, cases=some).why == why
            else:
                with pytest.raises(SystemExit):
                    play(file, vectors, reader, cases=some)
            reader.session()
            assert play(file, vectors, reader, cases=some).why == "complete"
            found = judged(file)
            (cut,) = (each for each in found.values() if each.kind == "interrupted")
            assert (cut.verdict, cut.text) == ("inconclusive", f"{words} while it was played")
            others = {name: each for name, each in said(found).items() if name != cut.id}
            assert others == {name: each for name, each in said(expected).items() if name != cut.id}
            times = {number: reader.times(wrong_pin(number)) for number in (0, 1)}
            assert all(times[number] == 1 for number in times if f"SPOIL-{number:02d}" not in cut.id)
            assert max(times.values()) == 1


def test_again_and_again_a_spoiling_vector_is_sent_once(vectors, reader, tmp_path):
    """Every session is cut off at its first spoiling command, and each goes on with --again."""
    file = tmp_path / "c"
    for _ in range(20):
        reader.session(1 << 30, CardGone("out"))
        # The next command with a PIN in it is its last.
        spoil = reader.exchange

        def cut(command: bytes, spoil=spoil) -> bytes:
            reader.left = 1 if command[1] == 0x20 else 2
            return spoil(command)

        reader.exchange = cut
        try:
            over = play(file, vectors, reader, again=True)
        finally:
            del reader.exchange
    assert over.why == "complete"
    assert [reader.times(wrong_pin(number)) for number in range(6)] == [1] * 6
    told = {name: each.kind for name, each in judged(file).items() if name.startswith("TEST-SPOIL")}
    assert set(told.values()) == {"interrupted"}


def test_again_plays_what_was_cut_off_and_spoils_nothing(whole, vectors, reader, tmp_path):
    file = tmp_path / "c"
    reader.session(whole[1] + 2, CardGone("out"))
    play(file, vectors, reader)
    reader.session()
    play(file, vectors, reader)
    assert judged(file)["TEST-KEEP-00"].kind == "interrupted"
    assert play(file, vectors, reader, again=True).why == "complete"
    assert said(judged(file)) == said(judged(whole[0]))
    assert sum(isinstance(one, VectorBegun) and one.id == "TEST-KEEP-00" for one in records(file)) == 2


def test_who_wants_to_stop_stops_between_two_vectors(vectors, reader, tmp_path):
    file, asks = tmp_path / "c", count()
    over = play(file, vectors, reader, stopped=lambda: next(asks) == 4)
    assert (over.why, len(over.standing.judged)) == ("stopped", 4)
    ended = records(file)[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.why, ended.totals.waiting) == ("stopped", 8)
    assert play(file, vectors, reader).why == "complete"
    assert {each.verdict for each in judged(file).values()} == {"pass"}


# --- a card that says nothing -----------------------------------------------------------------------------------------


def test_a_card_that_falls_silent_is_inconclusive_and_the_next_vector_is_played(whole, vectors, reader, tmp_path):
    reader.session(whole[1] + 3, CardMute("no answer"))
    over = play(tmp_path / "c", vectors, reader)
    assert over.why == "complete"
    (silent,) = (each for each in judged(tmp_path / "c").values() if each.verdict != "pass")
    assert (silent.id, silent.verdict, silent.kind) == ("TEST-KEEP-00", "inconclusive", "fell silent")
    assert silent.text == "the card fell silent: no answer"
    assert silent.played[-1].came == ""


def test_silence_of_a_reader_without_card_is_a_card_taken_out(whole, vectors, reader, tmp_path):
    reader.session(whole[1] + 3, CardMute("not transacted"))
    reader.present = False
    over = play(tmp_path / "c", vectors, reader)
    assert (over.why, over.words) == ("reader gone", "the card was taken out")


def test_a_reader_that_says_nothing_either_is_one_without_card(whole, vectors, reader, tmp_path, monkeypatch):
    def gone(**_: object) -> bool:
        raise PcscError("no reader")

    reader.session(whole[1] + 3, CardMute("not transacted"))
    monkeypatch.setattr(reader, "wait", gone)
    assert play(tmp_path / "c", vectors, reader).why == "reader gone"


def test_a_card_that_answers_no_reset_ends_the_session_and_no_vector(whole, vectors, reader, tmp_path):
    reader.session(whole[1] + 3, CardMute("no answer"))
    exchange = reader.exchange

    def dies(command: bytes) -> bytes:
        reader.mute = reader.left == 1
        return exchange(command)

    reader.exchange = dies
    try:
        over = play(tmp_path / "c", vectors, reader)
    finally:
        del reader.exchange
    assert (over.why, over.words) == ("reader gone", "the card does not answer to a reset (no ATR)")
    assert list(judged(tmp_path / "c")) == ["TEST-KEEP-00"]
    reader.session()
    assert play(tmp_path / "c", vectors, reader).why == "complete"


@pytest.mark.parametrize(("fault", "told"), [(CardGone("x"), SampleGoneError), (CardMute("x"), SampleSilentError)])
def test_without_a_card_nothing_begins(fault, told, vectors, reader, tmp_path):
    reader.session(1, fault)
    with pytest.raises(told):
        play(tmp_path / "c", vectors, reader)
    assert not (tmp_path / "c").exists()


# --- the same card ----------------------------------------------------------------------------------------------------

KNOWN = structs.replace(AT_READER, atr="3B00", serial="social AA; bank 62....01")


@pytest.mark.parametrize(
    ("found", "spoilt", "told"),
    [
        (SampleIdentity("3B01", "social AA; bank 62....01"), True, "ATR 3B00; the one in the reader has 3B01"),
        (SampleIdentity("3B00", "social AB; bank 62....01"), True, "of social AA; .*; the one .* tells social AB"),
        (SampleIdentity("3B00", "social AA; bank 62....01; psam 01"), True, "tells .*psam 01"),
        (SampleIdentity("3B00", "social AA"), False, "the one in the reader tells social AA"),
        (SampleIdentity("3B00", ""), False, "the one in the reader tells none"),
    ],
)  # fmt: skip
def test_another_card_is_refused(found, spoilt, told):
    with pytest.raises(CampaignFileError, match=told):
        demand_same(KNOWN, found, spoilt=spoilt)


def test_the_same_card_may_tell_less_once_it_may_be_spoilt():
    demand_same(KNOWN, SampleIdentity("3B00", "social AA; bank 62....01"), spoilt=False)
    demand_same(KNOWN, SampleIdentity("3B00", "bank 62....01"), spoilt=True)
    demand_same(KNOWN, SampleIdentity("3B00", ""), spoilt=True)
    demand_same(None, SampleIdentity("3B01", ""), spoilt=False)


def test_a_campaign_is_not_gone_on_with_on_another_card(vectors, reader, tmp_path):
    file, asks = tmp_path / "c", count()
    play(file, vectors, reader, stopped=lambda: next(asks) == 4)
    before, other = file.read_bytes(), FakeReader()
    other.card = dualcos.card("social-1.0")
    with pytest.raises(CampaignFileError, match="the campaign file is about the card with ATR"):
        play(file, vectors, other)
    assert file.read_bytes() == before


# --- vectors that send no command -------------------------------------------------------------------------------------


def test_a_vector_of_resets_alone_is_noted_too(vectors, reader, tmp_path):
    """A verdict on a card in a reader always has its beginning before it."""
    some = asked(vectors).cases
    step = some[0].vector.steps[0]
    reset = structs.replace(step, send=None, reset="warm", expect=[])
    case = some[1]._replace(vector=structs.replace(some[1].vector, steps=[reset]))
    play(tmp_path / "c", vectors, reader, cases=(case,))
    assert [type(each) for each in records(tmp_path / "c")[2:4]] == [VectorBegun, VectorJudged]
