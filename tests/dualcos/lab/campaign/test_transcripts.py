"""What passed is written down run by run, masked, and its digest is the same wherever it was played."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from msgspec import structs

from dualcos.explain import RawExchange
from dualcos.explain.raw_record import RawPower
from dualcos.explain.traced_card import OverheardCard
from dualcos.lab.campaign.campaign_sample import Sample, bench_in_process
from dualcos.lab.campaign.transcript import MaskedRuns, TranscribingBench, Transcript
from dualcos.lab.campaign.vector_contents import VectorDigests
from dualcos.lab.conformance.playing import play
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import load
from dualcos.lab.evidence.campaign_records import PlayedCommand
from firewall.hardware.power import PowerLoss

VERIFY = {case.id: case for case in load(found("ssse/verify.json"))}


@pytest.fixture(scope="module")
def bench() -> TranscribingBench:
    return TranscribingBench(bench_in_process(Sample("profile", "social-2.0")))


def transcript_of(bench: TranscribingBench, identity: str) -> Transcript:
    bench.begin()
    play(VERIFY[identity], bench)
    return bench.transcript


def test_a_vector_without_cuts_has_one_run(bench):
    transcript = transcript_of(bench, "SSC-VERIFY-01")
    assert transcript.runs == 1
    assert transcript.played[0] == PlayedCommand("cold", "3B6D0000008144434F860099000000A1B2")
    assert transcript.played[-1] == PlayedCommand("0020000003......", "9000")
    line = msgspec.json.encode(transcript.played) + b"\n"
    assert transcript.sha256 == hashlib.sha256(line).hexdigest()


def test_a_vector_that_is_cut_at_each_byte_has_a_run_for_each(bench):
    transcript = transcript_of(bench, "SSC-VERIFY-16")
    assert transcript.runs == 3
    again = transcript_of(bench, "SSC-VERIFY-16")
    assert again is not transcript
    assert (again.runs, again.sha256, again.played) == (transcript.runs, transcript.sha256, transcript.played)
    other = transcript_of(bench, "SSC-VERIFY-01")
    assert other.sha256 != transcript.sha256


def test_a_vector_that_asks_for_no_card_has_none(bench):
    transcript_of(bench, "SSC-VERIFY-01")
    bench.begin()
    case = VERIFY["SSC-VERIFY-01"]
    withdrawn = structs.replace(case.vector, status="withdrawn", reason="a test", steps=[])
    assert play(case._replace(vector=withdrawn), bench).kind == "withdrawn"
    assert (bench.transcript.runs, bench.transcript.played) == (0, [])
    assert bench.transcript.sha256 == hashlib.sha256().hexdigest()


def test_what_was_not_answered_is_noted_and_goes_on_as_it_came():
    class Dead:
        atr = b"\x3b\x00"

        def power_on(self) -> bytes:
            raise PowerLoss

        reset = power_on

        def power_off(self) -> None: ...

        def exchange(self, _command: bytes) -> bytes:
            raise PowerLoss

    transcript = Transcript()
    transcript.begin_run()
    card = OverheardCard(Dead(), transcript.heard)
    for act in (card.power_on, card.reset, lambda: card.exchange(bytes.fromhex("0020000003123456"))):
        with pytest.raises(PowerLoss):
            act()
    assert transcript.played == [
        PlayedCommand("cold", ""),
        PlayedCommand("warm", ""),
        PlayedCommand("0020000003......", ""),
    ]


def test_an_answer_to_a_secret_is_masked_wherever_it_is_fetched():
    """What waits behind 61 for a command that nobody knows may echo its data."""
    transcript = Transcript()
    transcript.begin_run()
    transcript.heard(RawExchange(bytes.fromhex("80FE000003123456"), bytes.fromhex("6103")))
    transcript.heard(RawExchange(bytes.fromhex("00C0000003"), bytes.fromhex("1234569000")))
    assert transcript.played == [PlayedCommand("80FE000003......", "6103"), PlayedCommand("00C0000003", "......9000")]


def test_runs_that_begin_alike_are_written_down_as_if_each_were_alone():
    """A secret waits at the end of what they share: what one left behind is not another's, and none is shown."""
    began = RawPower("cold", b"\x3b\x00")
    waits = RawExchange(bytes.fromhex("80FE000003123456"), bytes.fromhex("6103"))
    fetched = RawExchange(bytes.fromhex("00C0000003"), bytes.fromhex("1234569000"))
    asked = RawExchange(bytes.fromhex("0084000004"), bytes.fromhex("123456789000"))
    runs = [(began, waits, fetched), (began, waits, asked, fetched), (began,), (began, asked), (began, waits, fetched)]
    together, masked = Transcript(), MaskedRuns()
    for records in runs:
        together.run(records)
        alone = Transcript()
        alone.begin_run()
        for record in records:
            alone.heard(record)
        assert together.played == alone.played == masked.played(records)
    lines = (msgspec.json.encode(MaskedRuns().played(records)) + b"\n" for records in runs)
    assert together.sha256 == hashlib.sha256(b"".join(lines)).hexdigest()
    assert together.runs == len(runs)


def test_every_vector_says_something_else_and_each_the_same_twice():
    cases = load(found("ssse/verify.json"))
    digests = [VectorDigests().of(case) for case in cases]
    assert len(set(digests)) == len(cases)
    assert digests == [VectorDigests().of(case) for case in load(found("ssse/verify.json"))]


@pytest.mark.parametrize("what", ["unit", "vector", "routine", "routine below", "neighbour", "routine not called"])
def test_what_changes_the_digest_of_a_vector(what, tmp_path):
    def written(word: str) -> str:
        say = {name: word if name == what else "one" for name in (
            "unit", "vector", "routine", "routine below", "neighbour", "routine not called")}  # fmt: skip
        step = {"send": "00A4000000", "expect": "????"}

        def routine(name: str, *steps: object) -> dict[str, object]:
            return {"title": {"zh": "例", "en": say[name]}, "steps": list(steps)}

        routines = {
            "a": routine("routine", {"routine": "b"}),
            "b": routine("routine below", step),
            "c": routine("routine not called", step),
        }
        vectors = [
            {"id": name, "title": {"zh": "例", "en": say[word]}, "steps": [{"routine": "a"}, step]}
            for name, word in (("X-01", "vector"), ("X-02", "neighbour"))
        ]
        unit = {
            "unit": "X", "title": {"zh": "例", "en": "x"}, "purpose": say["unit"], "clause": ["SSC-5 §6"],
            "profile": "social-2.0", "provenance": {"kind": "derived", "source": "SSC-5"}, "vectors": vectors,
        }  # fmt: skip
        (tmp_path / "routines.json").write_bytes(msgspec.json.encode({"routines": routines}))
        (tmp_path / "x.json").write_bytes(msgspec.json.encode(unit))
        return VectorDigests().of(load(tmp_path / "x.json")[0])

    same = what in ("neighbour", "routine not called")
    assert (written("one") == written("another")) is same
