"""A campaign on cards in process loses nothing and judges nothing twice: wherever it was cut off, in whatever order it
is played, what comes of it is the same but for the times.
"""

from __future__ import annotations

import json
import os
import random
import signal
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from msgspec import structs

from dualcos.lab.campaign.campaign_asked import differences
from dualcos.lab.campaign.campaign_book import CampaignBook, standing_of
from dualcos.lab.campaign.campaign_in_process import WorkPlaces
from dualcos.lab.campaign.campaign_sample import Sample
from dualcos.lab.campaign.campaign_session import CampaignSession
from dualcos.lab.campaign.vector_shards import ShardsHere, judge_shard, shards_of
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import load
from dualcos.lab.evidence.campaign_file import CampaignFile, CampaignFileError
from dualcos.lab.evidence.campaign_records import CampaignBegun, SessionEnded, VectorJudged
from dualcos.lab.shards.shard_runner import RETRIES, ShardError
from tests.dualcos.lab.campaign.campaign_desk import (
    HERE,
    SAT_DOWN,
    asked,
    clock,
    in_this_thread,
    judged,
    play,
    records,
    timeless,
    watch,
)

VERIFY = found("ssse/verify.json")


@pytest.fixture(scope="module")
def whole(tmp_path_factory, vectors):
    """A campaign that nobody disturbed."""
    file = tmp_path_factory.mktemp("whole") / "c.campaign"
    assert play(file, asked(vectors)).why == "complete"
    return file


def test_what_is_written_is_what_happened(whole, vectors):
    begun, session, *verdicts, ended = records(whole)
    assert isinstance(begun, CampaignBegun)
    assert [begun.chosen, begun.sample.name, begun.seed, begun.destructive] == [12, "social-2.0", "vectors", False]
    assert [each.path for each in begun.files] == [vectors.name]
    assert session == structs.replace(SAT_DOWN, at=session.at)
    assert [each.id for each in verdicts] == [case.id for case in load(vectors)]
    assert all(isinstance(each, VectorJudged) and each.verdict == "pass" for each in verdicts)
    assert isinstance(ended, SessionEnded)
    assert (ended.why, ended.totals.passed, ended.totals.waiting) == ("complete", 12, 0)
    assert len({each.vector for each in verdicts}) == 12
    assert sorted(record.at for record in records(whole)) == [record.at for record in records(whole)]


def test_wherever_it_was_cut_off_it_goes_on_to_the_same_end(whole, vectors, tmp_path):
    content = whole.read_bytes()
    ends = [at + 1 for at, byte in enumerate(content) if byte == 10]
    chance = random.Random(3)  # noqa: S311 - no secret
    cuts = [*ends, *(chance.randrange(len(content)) for _ in range(12))]
    file = tmp_path / "c.campaign"
    for cut in cuts:
        file.write_bytes(content[:cut])
        assert play(file, asked(vectors)).why == "complete"
        assert judged(file) == judged(whole), cut
        assert file.read_bytes().startswith(content[: max((end for end in ends if end <= cut), default=0)])


def test_a_whole_campaign_is_not_written_to_again(whole, vectors):
    with CampaignFile(whole) as kept:
        over = CampaignSession(asked(vectors), CampaignBook(kept, clock(), watch())).nothing_left
    assert over is not None
    assert (over.why, len(over.standing.judged)) == ("complete", 12)


def test_ten_other_orders_are_the_same_campaign_but_for_the_order(whole, vectors, tmp_path):
    orders = set()
    for number in range(10):
        file = tmp_path / f"{number}.campaign"
        play(file, asked(vectors, shuffled=number))
        assert judged(file) == judged(whole)
        orders.add(tuple(each.id for each in records(file) if isinstance(each, VectorJudged)))
    assert len(orders) == 10


def test_vectors_of_many_kinds_are_the_same_in_every_order():
    """Cuts at each byte, changed profiles, damaged cells, cards of six kinds."""
    paths = [found(name) for name in ("ssse/verify.json", "card/damage.json", "psam/purchase.json")]
    cases = [case for path in paths for case in load(path)]
    cut = next(case for case in cases if case.id == "SSC-VERIFY-16")
    some = (cut, *random.Random(7).sample([case for case in cases if case is not cut], 15))  # noqa: S311 - no secret
    own = Sample("each vector's own")
    plain = play(None, asked(VERIFY, own, cases=some)).standing.judged
    mixed = play(None, asked(VERIFY, own, cases=some, shuffled=4)).standing.judged
    assert timeless(plain) == timeless(mixed)
    assert len({case.profile for case in some}) > 2
    assert any(verdict.runs > 1 for verdict in plain.values())


def killed_after(verdicts: int):
    """Hears of verdicts, and ends this process at that one as a kill does."""
    left = iter(range(verdicts, 0, -1))
    return lambda _: next(left) > 1 or os.kill(os.getpid(), signal.SIGKILL)


def test_a_forked_campaign_is_killed_and_goes_on(whole, vectors, tmp_path):
    """The real thing: SIGKILL, at lines that are drawn."""
    file = tmp_path / "c.campaign"
    for left in (1, 2, 4):
        child = os.fork()
        if not child:
            try:
                play(file, asked(vectors), told=killed_after(left))
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    assert 0 < len(judged(file)) < 12
    play(file, asked(vectors))
    assert judged(file) == judged(whole)


# --- stopped, again ---------------------------------------------------------------------------------------------------


def test_who_is_stopped_says_so_and_goes_on(whole, vectors, tmp_path):
    file, own = tmp_path / "c.campaign", asked(vectors, cases=load(vectors) + load(VERIFY))
    told: list[VectorJudged] = []
    over = play(file, own, told=told.append, stopped=lambda: bool(told))
    assert over.why == "stopped"
    assert 0 < len(told) < len(own.cases)
    ended = records(file)[-1]
    assert isinstance(ended, SessionEnded)
    assert (ended.why, ended.totals.waiting) == ("stopped", len(own.cases) - len(told))
    assert play(file, own).why == "complete"
    assert {name: verdict for name, verdict in judged(file).items() if name.startswith("TEST")} == judged(whole)


def test_whoever_hears_of_verdicts_stops_no_campaign(vectors):
    def deaf(_verdict: VectorJudged) -> None:
        raise OSError(28, "full")

    with pytest.warns(RuntimeWarning, match="an observer"):
        assert play(None, asked(vectors), told=deaf).why == "complete"


def test_what_was_inconclusive_is_played_once_more_if_that_is_asked_for(tmp_path, vectors):
    file = tmp_path / "c.campaign"
    sick = Sick("TEST-KEEP-01")
    play(file, asked(vectors), places=sick.places)
    assert judged(file)["TEST-KEEP-01"].verdict == "inconclusive"
    before = file.read_bytes()
    with CampaignFile(file) as kept:
        assert CampaignSession(asked(vectors), CampaignBook(kept, clock(), watch())).nothing_left is not None
    play(file, asked(vectors), again=True)
    assert file.read_bytes().startswith(before)
    assert judged(file)["TEST-KEEP-01"].verdict == "pass"
    assert sum(isinstance(each, VectorJudged) for each in records(file)) == 13


# --- workers ----------------------------------------------------------------------------------------------------------


class Sick:
    """An executor that fails at every shard that has this vector in it."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.tried: list[tuple[str, ...]] = []
        self.places = WorkPlaces(lambda: _SickExecutor(self), 2, here=False)


class _SickExecutor(ThreadPoolExecutor):
    def __init__(self, sick: Sick) -> None:
        super().__init__(1)
        self.sick = sick

    def submit(self, work, /, shard):
        if self.sick.identity not in shard.ids:
            return super().submit(work, shard)
        self.sick.tried.append(shard.ids)
        future = Future()
        future.set_exception(ValueError("PIN 864209753186"))
        return future


def test_one_vector_that_no_worker_can_judge_is_named_and_the_others_lose_nothing(whole, vectors, tmp_path):
    file, sick = tmp_path / "c.campaign", Sick("TEST-SPOIL-03")
    assert play(file, asked(vectors), places=sick.places).why == "complete"
    told = judged(file).pop("TEST-SPOIL-03")
    assert (told.verdict, told.kind, told.runs) == ("inconclusive", "not judged", 0)
    assert "could not be judged: ValueError at" in told.text
    assert "8642" not in told.text
    assert sick.tried.count(("TEST-SPOIL-03",)) == RETRIES + 1
    others = {name: each for name, each in judged(file).items() if name != told.id}
    assert others == {name: each for name, each in judged(whole).items() if name != told.id}


def test_workers_that_read_the_files_themselves_judge_the_same(whole, vectors):
    over = play(None, asked(vectors), places=WorkPlaces(in_this_thread, 3, here=False))
    assert timeless(over.standing.judged) == judged(whole)


def test_a_worker_with_another_program_or_another_file_ends_the_campaign(vectors, tmp_path):
    (shard,) = shards_of(load(vectors), asked(vectors).sample)
    with pytest.raises(ShardError, match="another dualcos"):
        judge_shard(structs.replace(shard, code="0" * 64))
    other = tmp_path / "other.json"
    other.write_text(vectors.read_text("utf-8").replace("TEST-KEEP-01", "TEST-KEEP-99"), "utf-8")
    files = ((str(other), shard.files[0][1]),)
    with pytest.raises(ShardError, match=r"other\.json says something else here"):
        judge_shard(structs.replace(shard, files=files))


def test_a_vector_that_says_something_else_on_a_worker_ends_the_campaign(vectors, tmp_path, monkeypatch):
    """The file is the same; a routine that it calls is not."""
    one = ShardsHere.judge

    def other(self: ShardsHere, shard):
        found = one(self, shard)
        return structs.replace(found, judged=tuple(structs.replace(each, vector="0" * 64) for each in found.judged))

    monkeypatch.setattr(ShardsHere, "judge", other)
    with pytest.raises(ShardError, match="TEST-SPOIL-00 says something else on a worker"):
        play(tmp_path / "c.campaign", asked(vectors))


@pytest.mark.parametrize(
    "sample",
    [Sample("profile", "nope"), Sample("card file", "no.card"), Sample("profile", "social-2.0", faults="nope")],
)
def test_a_sample_that_cannot_be_used_ends_the_campaign(sample):
    (shard,) = shards_of(load(VERIFY), sample)
    with pytest.raises(ShardError, match=r"nope|no\.card"):
        judge_shard(shard)


# --- the same campaign, or another one --------------------------------------------------------------------------------


def test_another_campaign_is_told_by_what_it_has_otherwise(whole, vectors, tmp_path):
    other = tmp_path / vectors.name
    other.write_text(vectors.read_text("utf-8").replace('"a test"', '"another test"'), "utf-8")
    cases = load(vectors)
    for changed, told in (
        ({"sample": Sample("profile", "social-1.0")}, r"about profile social-2\.0.*you ask for profile social-1\.0"),
        ({"sample": Sample("profile", "social-2.0", settings=("ssse.pin_tries=5",))}, "set ssse.pin_tries=5"),
        ({"sample": Sample("each vector's own")}, "you ask for each vector's own card"),
        ({"sample": Sample("profile", "social-2.0", faults="garbled")}, r"you ask for .*faults garbled"),
        ({"cases": cases[:5]}, r"\(12 vectors, .*\(5 vectors, "),
        ({"selection": ("id=*",)}, r"spoil\.json \(12 vectors.*id=\*"),
        ({"paths": (other,)}, r"spoil\.json of SHA-256 "),
        ({"ics": {"sm4": True}}, "answer 'none' to sm4; you ask for the answer True to sm4"),
        ({"laboratory": "实验室"}, "laboratory ''; you ask for the laboratory '实验室'"),
        (
            {"public_key": "AB" * 32},
            "a campaign that nobody signs; you ask for a campaign to be signed with the key ABABABAB",
        ),
        ({"shuffled": 3}, "in their order; you ask for vectors shuffled by 3"),
        ({"tool": "dualcos 1"}, "dualcos 0, code .*you ask for dualcos 1, code "),
    ):
        with pytest.raises(CampaignFileError, match=told):
            play(whole, asked(vectors)._replace(**changed))


def test_the_same_campaign_has_nothing_otherwise(vectors):
    one, other = asked(vectors).record("a"), asked(vectors).record("b")
    assert differences(one, other) == []
    assert differences(one, structs.replace(other, seed="x")) != []
    assert differences(one, structs.replace(other, root="0" * 64)) != []


def test_a_routine_that_was_changed_makes_another_campaign(vectors, tmp_path):
    """It lies above the file that was asked for, and says what vectors in it do."""
    folder = tmp_path / "deep"
    folder.mkdir()
    unit = json.loads(vectors.read_text("utf-8"))
    unit["setup"] = [{"routine": "look"}]
    (folder / "v.json").write_text(json.dumps(unit), "utf-8")
    for reply in ("9000", ["9000", "6A82"]):
        step = {"send": "00A4040000", "expect": "????"} if reply == "9000" else {"send": "00A4000000", "expect": "????"}
        routines = {"routines": {"look": {"title": {"zh": "看", "en": "look"}, "steps": [step]}}}
        (tmp_path / "routines.json").write_text(json.dumps(routines), "utf-8")
        if reply == "9000":
            play(tmp_path / "c.campaign", asked(folder / "v.json", cases=load(folder / "v.json")))
    with pytest.raises(CampaignFileError, match=r"about \.\./routines\.json of SHA-256 .*; you ask for"):
        play(tmp_path / "c.campaign", asked(folder / "v.json", cases=load(folder / "v.json")))


def test_records_of_no_campaign_are_refused(whole):
    begun, *others = records(whole)
    for wrong in ([*others], [begun, begun]):
        with pytest.raises(CampaignFileError, match="a campaign begins once"):
            standing_of(wrong)


def test_a_disk_that_takes_no_more_is_told_and_what_was_kept_is_whole(whole, vectors, tmp_path, monkeypatch):
    file = tmp_path / "c.campaign"
    append, left = CampaignFile.append, [7]

    def full(self: CampaignFile, record, *, durable: bool = False) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise OSError(28, "No space left on device")
        append(self, record, durable=durable)

    with monkeypatch.context() as patch:
        patch.setattr(CampaignFile, "append", full)
        with pytest.raises(
            CampaignFileError, match=r"takes no more: No space left on device; what stands in it is whole"
        ):
            play(file, asked(vectors))
    assert len(records(file)) == 7
    play(file, asked(vectors))
    assert judged(file) == judged(whole)


def test_what_power_can_take_is_half_a_second(vectors, tmp_path, monkeypatch):
    """With a watch that goes on by a tenth with each record."""
    durable: list[bool] = []
    append = CampaignFile.append

    def seen(self: CampaignFile, record, *, durable: bool = False, durables: list[bool] = durable) -> None:
        durables.append(durable)
        append(self, record, durable=durable)

    monkeypatch.setattr(CampaignFile, "append", seen)
    play(tmp_path / "c.campaign", asked(vectors), places=HERE)
    assert durable[-1]
    assert "0" * 6 not in "".join(str(int(each)) for each in durable)
    assert sum(durable) < len(durable) / 2
