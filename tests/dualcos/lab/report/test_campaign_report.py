"""What a report says is what the records say, and what became of the vectors since is told."""

from __future__ import annotations

import json
import shlex
import shutil
from contextlib import chdir
from datetime import timedelta

import pytest

from dualcos.cli.lab_sample import asked_sample
from dualcos.cli.main import parser, run
from dualcos.explain.trace_lines import ExchangeLine
from dualcos.lab.campaign.campaign_sample import sample_asked
from dualcos.lab.conformance.item_names import LAB_ITEMS
from dualcos.lab.evidence.campaign_file import chain_of
from dualcos.lab.evidence.campaign_records import CampaignBegun, SampleAsked, VectorJudged
from dualcos.lab.evidence.known_faults import KnownFault
from dualcos.lab.report import coverage_tables
from dualcos.lab.report.campaign_report import ReportError
from dualcos.lab.report.repeated_by import RepeatedSample, repeated_by
from dualcos.profile.schema import file_of
from keys.custody.signing_key import SigningKey, key_fingerprint
from tests.dualcos.lab.report.reported_vectors import (
    CHALLENGE,
    FAILED,
    PIN,
    VECTORS,
    play,
    report_of,
    vector,
    write_unit,
)
from tests.honest_campaigns import IDS, NOW, campaign, in_reader, judged, session, sha, signed, whole, written

IDS_OF_VECTORS = [each["id"] for each in VECTORS]


def by_id(report):
    return {each.id: each for each in report.vectors}


def test_verdicts_are_the_records(played):
    records = {
        each.id: each for each in chain_of(played.campaign.read_bytes()).records if isinstance(each, VectorJudged)
    }
    assert [each.id for each in played.report.vectors] == IDS_OF_VECTORS
    assert {each.id: each.judged for each in played.report.vectors} == records
    assert tuple(each.id for each in played.report.of("fail")) == FAILED
    assert [each.id for each in played.report.of("inconclusive")] == ["REP-SETUP"]


def test_every_command_is_explained_and_no_secret_is(played):
    for each in played.report.vectors:
        assert len(each.run) == len(each.judged.played)
        assert [line.command for line in each.run if isinstance(line, ExchangeLine)] == [
            one.sent for one in each.judged.played if one.sent not in ("cold", "warm")
        ]
    assert PIN not in repr([(each.run, each.judged) for each in played.report.vectors])


def test_what_decided_is_told_in_both_languages(played):
    older = by_id(played.report)["REP-OLDER"]
    assert (older.answer.expected, older.answer.came) == (["9000"], "63C2")
    assert older.answer.reason.id == "wrong-authentication-data"
    assert [(each.kind, each.certainty) for each in older.findings] == [("random.older", "certain")]
    assert "较早的随机数" in older.findings[0].zh
    assert by_id(played.report)["REP-STATE"].answer is None


def test_findings_of_a_card_that_tells_no_reason_are_seen_from_outside(tmp_path):
    """As with a card in a reader: the record has none, the wire shows what it shows."""
    one = judged(IDS[0], verdict="fail", played=(("0084000007", "6700"),), text="00840000 07 expected 9000, came 6700")
    report = report_of(written(tmp_path / "c", whole([one])))
    assert [each.kind for each in report.vectors[0].findings] == ["taken.le"]


@pytest.mark.parametrize(
    "text",
    [
        "counter SSSE.PIN should move by -1, moved by 0",
        "nobody is there to answer or to take the card out; nothing was sent",
        "the answer to the question was no, expected yes, came no",
    ],
)
def test_a_finding_of_what_decided_nothing_is_not_the_cause(tmp_path, text):
    """The last command shows a mistake, and something else was judged behind it."""
    one = judged(IDS[0], verdict="fail", played=(("0084000007", "6700"),), text=text)
    assert report_of(written(tmp_path / "c", whole([one]))).vectors[0].findings == ()


# --- what became of the vectors ------------------------------------------------------------------------------------


def test_vectors_that_are_not_what_was_judged(played, tmp_path):
    changed = {**VECTORS[0], "steps": [*VECTORS[0]["steps"], {"send": "0084000004"}]}
    withdrawn = {**VECTORS[1], "status": "withdrawn", "reason": "it asked too much"}
    today = write_unit(tmp_path / "today.json", (changed, withdrawn, *VECTORS[2:4]))
    report = report_of(played.campaign, today)
    standing = {each.id: each.standing for each in report.vectors}
    assert standing == dict(
        zip(IDS_OF_VECTORS, ("changed", "withdrawn", "same", "same", "gone", "gone", "gone", "gone"), strict=True)
    )
    assert {each.id for each in report.otherwise} == {each for each in IDS_OF_VECTORS if standing[each] != "same"}
    gone = by_id(report)["REP-STATE"]
    assert (gone.title.en, gone.verdict, len(gone.run)) == ("", "fail", len(gone.judged.played))
    assert [bool(each.repeat) for each in report.vectors] == [each.standing != "gone" for each in report.vectors]
    assert [(each.path, each.now) for each in report.files] == [("reported.json", "gone")]


def test_files_are_known_by_what_stands_in_them(played, tmp_path):
    moved = tmp_path / "elsewhere.json"
    moved.write_bytes(played.unit.read_bytes())
    assert [each.now for each in report_of(played.campaign, moved).files] == ["same"]
    other = write_unit(tmp_path / "reported.json", VECTORS[:-1])
    assert [each.now for each in report_of(played.campaign, other).files] == ["changed"]


def test_vectors_that_wait(tmp_path, played):
    """Which they are is told if the campaign's choice is still known, else how many."""
    some = [judged(each) for each in IDS[:2]]
    records = whole(some, chosen=5, chosen_sha256=sha("".join(f"{each}\n" for each in IDS)))[:-1]
    report = report_of(written(tmp_path / "c", records))
    assert ([each.id for each in report.vectors], report.totals.waiting) == (list(IDS[:2]), 3)
    begun = chain_of(played.campaign.read_bytes()).records
    assert isinstance(begun[0], CampaignBegun)
    stopped = [each for each in begun if not isinstance(each, VectorJudged)][:-1]
    report = report_of(written(tmp_path / "d", stopped), played.unit)
    assert [(each.id, each.verdict) for each in report.vectors] == [(each, "waiting") for each in IDS_OF_VECTORS]


def test_a_campaign_with_more_verdicts_than_it_chose(tmp_path):
    """Somebody else's file: nothing waits, and less than nothing never does."""
    report = report_of(written(tmp_path / "c", whole(chosen=1)))
    assert (report.totals.waiting, report.totals.passed) == (0, len(report.of("pass")))


def test_known_faults_are_told_apart(played):
    until = NOW.date()
    entries = [
        KnownFault(id="REP-WORD", where="steps[0]", came="63C?", reason="so", link="there", expires=until),
        KnownFault(id="REP-PASS", where="steps[0]", came="*", reason="so", link="there", expires=until),
    ]
    report = report_of(played.campaign, played.unit, known=entries)
    assert [each.id for each in report.known_failures] == ["REP-WORD"]
    assert [each.id for each in report.new_failures] == [each for each in FAILED if each != "REP-WORD"]
    assert len(report.idle_entries) == 1
    report = report_of(played.campaign, played.unit, known=entries, now=NOW + timedelta(days=1))
    assert report.known_failures == ()


def test_attestations_fall_when_they_expire(tmp_path):
    campaign = written(tmp_path / "c", in_reader())
    before, behind = report_of(campaign), report_of(campaign, now=NOW.replace(hour=9))
    assert [each.holds for each in before.attestations] == [True]
    assert [each.holds for each in behind.attestations] == [False]
    assert [by_id(each)[IDS[4]].verdict for each in (before, behind)] == ["pass", "inconclusive"]
    assert [each.begun.at[-3:-1] for each in before.sessions] == ["01", "06", "11"]
    assert [each.ended is None for each in before.sessions] == [True, False, False]


def test_who_signed_is_told(tmp_path):
    key, other = SigningKey.generated(), SigningKey.generated()
    _, signature = signed(tmp_path / "c", whole(public=key.public), key)
    report = report_of(tmp_path / "c", signature=signature)
    assert (report.sound, report.fingerprint, report.key_known) == (True, key_fingerprint(key.public), False)
    assert report_of(tmp_path / "c", signature=signature, public=key.public).key_known
    wrong = report_of(tmp_path / "c", signature=signature, public=other.public)
    assert (wrong.sound, wrong.key_known) == (False, False)
    assert not report_of(tmp_path / "c").sound


def test_an_altered_campaign_is_reported_as_far_as_it_holds(tmp_path):
    campaign = written(tmp_path / "c", whole())
    lines = campaign.read_bytes().split(b"\n")
    campaign.write_bytes(b"\n".join((*lines[:4], lines[4].replace(b"pass", b"fail"), *lines[5:])))
    report = report_of(campaign)
    assert [each.id for each in report.vectors] == list(IDS[:2])
    assert "altered" in [each.what for each in report.verification.faults]


def test_without_a_beginning_there_is_nothing_to_report(tmp_path):
    campaign = written(tmp_path / "c", whole())
    campaign.write_bytes(campaign.read_bytes().replace(b'"tool"', b'"TOOL"'))
    with pytest.raises(ReportError):
        report_of(campaign)


# --- coverage ------------------------------------------------------------------------------------------------------


def test_each_vector_counts_where_it_says_it_does(played):
    vectors = played.report.vectors
    clauses = {each.clause: [one.id for one in each.counted.vectors] for each in coverage_tables.by_clause(vectors)}
    assert clauses["SSC-5 §6.10"] == clauses["SSC-5 §6.4"] == ["REP-OLDER"]
    assert list(clauses) == ["SSC-5 §6.4", "SSC-5 §6.5", "SSC-5 §6.10"]
    items = {each.item.identity: each.counted.number for each in coverage_tables.by_item(vectors)}
    assert len(items) == len(LAB_ITEMS)
    assert {name: number for name, number in items.items() if number} == {"命令功能": 1}
    requirements = {each.requirement.identity: each.counted.number for each in coverage_tables.by_requirement(vectors)}
    assert {name: number for name, number in requirements.items() if number} == {"F9": 1}


def test_commands_with_the_words_that_are_right_there(played):
    found = {each.name: each for each in coverage_tables.by_command(played.report.vectors)}
    words = {
        name: {word: [one.id for one in cell.vectors] for word, cell in each.words} for name, each in found.items()
    }
    assert words["VERIFY"] == {"9000": ["REP-WORD"], "6A8?": ["REP-WORD"]}
    assert words["SELECT"] == {"9000": ["REP-LEFT"], "61xx": ["REP-LEFT"]}
    assert words["EXTERNAL AUTHENTICATION"] == {"9000": ["REP-OLDER"]}
    assert found["VERIFY"].counted.by_verdict == {"fail": 1}
    assert (found["VERIFY"].codes, found["VERIFY"].zh) == (("0020",), "校验个人密码")
    sides = {each.side.zh: each.counted.number for each in coverage_tables.by_side(played.report.vectors)}
    assert sides == {"SSSE 社会保障系统环境": 7, "未注明": 1}


@pytest.mark.parametrize(
    ("word", "family"),
    [
        ("6108", "61xx"),
        ("6C10", "6Cxx"),
        ("63C2", "63Cx"),
        ("63C?", "63Cx"),
        ("6300", "6300"),
        ("6A8?", "6A8?"),
        ("9000", "9000"),
    ],
)
def test_words_that_carry_a_number_are_one(tmp_path, word, family):
    unit = write_unit(tmp_path / "u.json", [vector(IDS[0], [{"send": "0084000008", "expect": word}])])
    report = report_of(written(tmp_path / "c", whole([judged(IDS[0])])), unit)
    (found,) = coverage_tables.by_command(report.vectors)
    assert [each for each, _ in found.words] == [family]


@pytest.mark.parametrize(
    ("profile", "side"), [("social-2.0", "MF"), ("bank-sda", "MF"), ("dual-2.0-3des", "MF"), ("psam-3des", "PSAM")]
)
def test_who_answers_for_the_mf_is_the_profiles(tmp_path, profile, side):
    """Without a SELECT before it the command is the root's, and which side that is the profile says."""
    fields = {"profile": profile, "applies": "any"}
    unit = write_unit(tmp_path / "u.json", [vector(IDS[0], [CHALLENGE])], setup=[], **fields)
    report = report_of(written(tmp_path / "c", whole([judged(IDS[0])])), unit)
    assert [each.side.en for each in coverage_tables.by_side(report.vectors)] == [side]


def test_an_item_without_vectors_has_the_users_own(tmp_path):
    """Where somebody wrote one it is counted, and the item is no longer one of those without."""
    item = next(each for each in LAB_ITEMS if each.without)
    unit = write_unit(tmp_path / "u.json", [vector(IDS[0], [CHALLENGE], item=item.identity)])
    report = report_of(written(tmp_path / "c", whole([judged(IDS[0])])), unit)
    rows = {each.item: each for each in coverage_tables.by_item(report.vectors)}
    assert (rows[item].counted.number, rows[item].idle) == (1, False)
    assert {each for each, row in rows.items() if row.idle} == {each for each in LAB_ITEMS if each.without} - {item}


# --- repeating -----------------------------------------------------------------------------------------------------


def _own_files(words):
    """Those that ``words`` name."""
    if ".toml" in words:
        shutil.copy(file_of("social-2.0"), "own.toml")
    if "ics.toml" in words:
        assert run(("lab", "ics", "derive", "own.toml", "-o", "ics.toml")) == 0
    if "my card" in words:
        assert run(("issue", "social-2.0", "-o", "my card")) == 0


@pytest.mark.parametrize(
    "words",
    [
        "",
        "--faults lost-answers",
        "--card dual-2.0-3des",
        "--card social-2.0 --set ssse.pin_tries=5 --set chip.transmission.le00=data",
        "--pcsc 'Reader 00 00' --profile social-2.0 --destructive",
        "--pcsc R --profile social-2.0 --sam 'PSAM slot'",
        "--card social-2.0 --holder ordinary",
        "--card social-2.0 --ics ics.toml",
        "--pcsc R --profile own.toml --ics ics.toml",
        "--card 'my card'",
        "--card own.toml --faults lost-answers",
        "--pcsc R --profile own.toml --set ssse.pin_tries=5",
    ],
)
def test_the_command_is_about_the_same_sample(words, tmp_path, monkeypatch):
    """What is repeated is parsed as the campaign's own command was, and makes the same record of its sample."""
    monkeypatch.chdir(tmp_path)
    _own_files(words)
    first = asked_sample(parser().parse_args(["lab", "run", *shlex.split(words)]))
    sample = RepeatedSample(sample_asked(first), destructive=first.destructive, sam=first.sam)
    name, *argv = shlex.split(repeated_by("SSC-VERIFY-04", sample, ("a b/c.json",)))
    args = parser().parse_args(argv)
    assert (name, args.selection, args.vectors) == ("dualcos", ["id=SSC-VERIFY-04"], ["a b/c.json"])
    again = asked_sample(args)
    assert (again, sample_asked(again)) == (first, sample_asked(first))


def test_who_answered_and_where_the_psam_was_is_said_again(tmp_path):
    """As of the last session that tells; nothing is made up where none does."""
    steps = [{"operator": {"zh": "看见？", "en": "Do you see it?", "right": ["yes"], "valid_days": 90}}]
    unit = write_unit(tmp_path / "u.json", [vector(IDS[0], steps, live=True), vector(IDS[1], [CHALLENGE])])
    sample = SampleAsked(kind="reader", name="R", profile="social-2.0", psam=True)
    sat = [session(operator="Tester Two", attended=True, sam_reader="PSAM slot"), session(operator="Nobody")]
    for sessions, words in ((sat, ["Tester Two", "PSAM slot"]), (sat[1:], [])):
        first, *others = sessions
        records = [campaign(IDS[:2], sample=sample), first, judged(IDS[0]), judged(IDS[1]), *others]
        report = report_of(written(tmp_path / f"c{len(words)}", records), unit)
        argv = [shlex.split(by_id(report)[each].repeat)[1:] for each in IDS[:2]]
        asked, plain = (parser().parse_args(each) for each in argv)
        assert [each for each in (asked.operator, asked.sam) if each] == words
        assert (plain.operator, plain.sam) == ("", words[1] if words else None)


def test_a_hidden_setting_is_filled_in_by_whoever_repeats(tmp_path):
    sample = SampleAsked(kind="profile", name="social-2.0", settings=["ssse.pin=…"])
    report = report_of(written(tmp_path / "c", whole(sample=sample)))
    assert report.hidden_settings == ("ssse.pin",)
    assert report_of(written(tmp_path / "d", whole())).hidden_settings == ()


def test_a_failure_repeated_from_the_reports_own_line(tmp_path, capsys):
    """The line as it stands: the same vector on the same sample fails at the same step with the same answer."""
    with chdir(tmp_path):
        unit = write_unit(tmp_path / "my vectors.json")
        report = report_of(play(unit, tmp_path / "c", "--card", "social-2.0", "--set", "ssse.pin_tries=5"), unit)
        capsys.readouterr()
        failed = by_id(report)["REP-WORD"]
        assert run([*shlex.split(failed.repeat)[1:], "--json"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[0])
    assert (told["id"], told["where"], told["text"]) == ("REP-WORD", failed.judged.where, failed.judged.text)
    assert failed.answer.came == "63C4"
