"""What vectors are played on: a card file's copy, a card that misbehaves by a script; and what is written of each."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from msgspec import structs

import dualcos
from dualcos.cardfile.card_in_file import write_card
from dualcos.lab.campaign.campaign_sample import Sample, bench_in_process, sample_asked
from dualcos.lab.campaign.sample_identity import identity_of
from dualcos.lab.conformance.playing import VectorVerdict, play
from dualcos.lab.conformance.shipped_vectors import found
from dualcos.lab.conformance.vector_file import VectorError, load
from dualcos.lab.faults.fault_script import ScriptError
from dualcos.reader.silent_card import CardMute
from tests.dualcos.lab.campaign.spoiling_vectors import CountingCard

VERIFY = load(found("ssse/verify.json"))


@pytest.fixture(scope="module")
def card_file(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("card") / "one.card"
    card = dualcos.card("social-2.0", seed=3)
    write_card(card, path)
    return path


# --- a card file ------------------------------------------------------------------------------------------------------


def test_a_card_file_is_played_on_a_copy(card_file):
    before = card_file.read_bytes()
    bench = bench_in_process(Sample("card file", str(card_file)))
    verdicts = {case.id: play(case, bench).verdict for case in VERIFY}
    assert verdicts["SSC-VERIFY-02"] is VectorVerdict.PASS, "it locks the PIN, and the next vector finds it as it was"
    assert verdicts["SSC-VERIFY-03"] is VectorVerdict.PASS
    assert verdicts["SSC-VERIFY-16"] is VectorVerdict.PASS, "power can be cut on a copy"
    assert card_file.read_bytes() == before
    assert [path.name for path in card_file.parent.iterdir()] == [card_file.name]


def test_a_card_file_is_no_card_as_it_was_issued(card_file):
    bench = bench_in_process(Sample("card file", str(card_file)))
    first = VERIFY[0]
    fresh = first._replace(vector=structs.replace(first.vector, live=False))
    assert play(fresh, bench).text == "needs a card as it was issued"
    bank = first._replace(vector=structs.replace(first.vector, applies="pse"))
    assert play(bank, bench).text == "needs pse"
    other = first._replace(unit=structs.replace(first.unit, applies="", profile="social-1.0"))
    assert play(other, bench).text == "made for the card social-1.0"


def test_a_card_without_the_mark_of_test_keys_is_refused(tmp_path):
    card = dualcos.card("social-2.0")
    card.provenance = {}
    write_card(card, tmp_path / "real.card")
    with pytest.raises(VectorError, match=r"real\.card is not marked as a card of test keys"):
        bench_in_process(Sample("card file", str(tmp_path / "real.card")))


# --- faults -----------------------------------------------------------------------------------------------------------

SCRIPT = """
title = "a test"
[[rule]]
name = "fault"
purpose = "test"
clause = "test"
command = "0020????"
nth = {nth}
fault = {{ kind = {kind} }}
"""


def faulty(tmp_path: Path, kind: str, nth: object = 1) -> dict[str, tuple[str, str]]:
    """Verdicts on a card with this fault, and why."""
    script = tmp_path / "f.toml"
    script.write_text(SCRIPT.format(kind=kind, nth=nth), "utf-8")
    bench = bench_in_process(Sample("profile", "social-2.0", faults=str(script)))
    return {case.id: ((result := play(case, bench)).verdict.value, result.text) for case in VERIFY[:3]}


def test_a_wrong_answer_fails_and_begins_anew_with_each_vector(tmp_path):
    told = faulty(tmp_path, '"answer", sw = "6A88"')
    assert {name: verdict for name, (verdict, _) in told.items()} == dict.fromkeys(told, "fail")
    assert "came 6A88" in told["SSC-VERIFY-01"][1]
    second = faulty(tmp_path, '"answer", sw = "6A88"', nth=2)
    assert [verdict for verdict, _ in second.values()] == ["pass", "fail", "fail"]


@pytest.mark.parametrize("kind", ['"mute"', '"remove"', '"remove", back = 1', '"delay", seconds = 500'])
def test_silence_is_a_verdict_and_delay_is_none(tmp_path, kind):
    told = faulty(tmp_path, kind)
    if "delay" in kind:
        assert {verdict for verdict, _ in told.values()} == {"pass"}
    else:
        assert {verdict for verdict, _ in told.values()} == {"fail"}
        assert all("was not answered: FAULT injected (fault)" in why for _, why in told.values())


def test_a_card_that_answers_no_reset_is_inconclusive(tmp_path):
    script = tmp_path / "f.toml"
    rule = SCRIPT.format(kind='"mute"', nth='"every"').replace('command = "0020????"', 'event = "reset"')
    script.write_text(rule, "utf-8")
    result = play(VERIFY[0], bench_in_process(Sample("profile", "social-2.0", faults=str(script))))
    assert (result.verdict, result.where) == (VectorVerdict.INCONCLUSIVE, "power-on")
    assert result.text == "power-on was not answered: FAULT injected (fault)"


# --- what is written of them ------------------------------------------------------------------------------------------


def test_a_sample_is_told_by_what_it_is(card_file, tmp_path):
    script = tmp_path / "f.toml"
    script.write_text(SCRIPT.format(kind='"mute"', nth=1), "utf-8")
    own = sample_asked(Sample("each vector's own"))
    assert (own.kind, own.name, own.profile_sha256, own.file_sha256, own.faults_sha256) == (
        "each vector's own", "", "", "", "",
    )  # fmt: skip
    profile = sample_asked(Sample("profile", "social-2.0", faults=str(script)))
    assert len(profile.profile_sha256) == 64
    assert profile.faults_sha256 == hashlib.sha256(script.read_bytes()).hexdigest()
    kept = sample_asked(Sample("card file", str(card_file)))
    assert kept.file_sha256 == hashlib.sha256(card_file.read_bytes()).hexdigest()
    reader = sample_asked(Sample("reader", "ACME", "social-2.0", destructive=True))
    assert (reader.name, reader.profile, reader.profile_sha256) == ("ACME", "social-2.0", profile.profile_sha256)


def test_a_setting_changes_the_digest_and_a_secret_one_is_not_written():
    plain = sample_asked(Sample("profile", "social-2.0"))
    pin = sample_asked(Sample("profile", "social-2.0", settings=("ssse.pin=864213", "ssse.pin_tries=5")))
    assert pin.settings == ["ssse.pin=…", "ssse.pin_tries=5"]
    assert pin.profile_sha256 != plain.profile_sha256
    assert "864213" not in repr(pin)


def test_a_script_that_is_none_is_told_so():
    with pytest.raises(ScriptError, match="built in are"):
        sample_asked(Sample("profile", "social-2.0", faults="nope"))


# --- which card it is -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("profile", "serial"),
    [
        ("dual-2.0-3des", r"social 990000D156000005[0-9A-F]{16}; bank 629999\.\.\.\.\.\.\.\.\.0202"),
        ("psam-3des", "psam [0-9A-F]{20}"),
        ("blank", ""),
    ],
)
def test_a_card_tells_its_numbers_and_is_not_changed(profile, serial):
    card = dualcos.card(profile, seed=2)
    card.power_on()
    before = card.dump()
    identity = identity_of(card)
    assert card.dump() == before
    assert identity.atr == card.atr.hex().upper()
    assert re.fullmatch(serial, identity.serial)


class Odd(CountingCard):
    """Answers every command with the same bytes."""

    def __init__(self, answer: bytes) -> None:
        super().__init__(dualcos.card("blank"))
        self.answer = answer

    def exchange(self, command: bytes) -> bytes:
        self.commands.append(command)
        return self.answer


@pytest.mark.parametrize("answer", ["6F00", "9000", "70FF9000", "6F03A5018890006282", "5A0A62284800112233445566779000"])
def test_what_a_strange_card_says_is_no_number(answer):
    identity = identity_of(Odd(bytes.fromhex(answer)))
    assert "6228480011223344556677" not in identity.serial


def test_a_card_that_falls_silent_is_not_identified():
    class Mute(Odd):
        def exchange(self, _command: bytes) -> bytes:
            raise CardMute("no answer")

    with pytest.raises(CardMute):
        identity_of(Mute(b""))


def test_a_sample_stays_as_it_was_asked_for():
    sample = Sample("reader", "ACME", "social-2.0")
    assert sample.in_reader
    assert not structs.replace(sample, kind="profile").in_reader
