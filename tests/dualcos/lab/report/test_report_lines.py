"""Lines and JUnit say what the report says, and keep to what is declared of them."""

from __future__ import annotations

import json
from datetime import date
from xml.etree import ElementTree

import msgspec
from jsonschema import Draft202012Validator

from dualcos.lab.evidence.campaign_records import SampleAsked
from dualcos.lab.evidence.known_faults import KnownFault
from dualcos.lab.report.campaign_junit import campaign_junit
from dualcos.lab.report.report_lines import CampaignReported, ReportedLine, report_lines
from dualcos.lab.schemas.published_schemas import PUBLISHED
from keys.custody.signing_key import SigningKey
from tests.dualcos.lab.report.reported_vectors import FAILED, PIN, report_of
from tests.honest_campaigns import in_reader, signed, whole, written

ENTRY = KnownFault(id="REP-WORD", where="*", came="*", reason="mended soon", link="there", expires=date(2099, 1, 1))


def told(report):
    return [msgspec.json.decode(line, type=ReportedLine) for line in report_lines(report)]


def test_every_line_is_as_its_schema_has_it(played, tmp_path):
    """Held against the schema by another program, and read back by the declaration."""
    validator = Draft202012Validator(json.loads(PUBLISHED["report"].text("report")))
    for report in (
        report_of(played.campaign, played.unit, known=[ENTRY]),
        report_of(played.campaign),
        report_of(written(tmp_path / "c", in_reader())),
    ):
        lines = list(report_lines(report))
        for line in lines:
            validator.validate(msgspec.json.decode(line))
            assert line.endswith(b"}\n")
            assert line.count(b"\n") == 1
        first, *vectors = told(report)
        assert isinstance(first, CampaignReported)
        assert [each.id for each in vectors] == [each.id for each in report.vectors]


def test_a_line_says_what_the_report_says(played):
    first, *vectors = told(report_of(played.campaign, played.unit, known=[ENTRY]))
    found = {each.id: each for each in vectors}
    assert (first.sound, first.new_failures, first.totals.failed) == (False, len(FAILED) - 1, len(FAILED))
    assert found["REP-WORD"].known.reason == "mended soon"
    older = found["REP-OLDER"]
    assert (older.answer.expected, older.answer.came, older.where) == (["9000"], "63C2", "steps[2] proof")
    assert (older.findings[0].kind, older.reason.id) == ("random.older", "wrong-authentication-data")
    assert older.exchanges[-1].command == older.answer.sent.replace(" ", "")
    assert older.repeat.startswith("dualcos lab run id=REP-OLDER --vectors ")
    assert PIN.encode() not in b"".join(report_lines(played.report))


def test_junit_counts_what_is_new(played):
    root = ElementTree.fromstring(campaign_junit(report_of(played.campaign, played.unit, known=[ENTRY])))  # noqa: S314 - ours
    file, suite = root
    assert (file.get("tests"), file.get("errors")) == ("1", "0")  # nobody meant to sign it
    counted = {name: int(suite.get(name, "")) for name in ("tests", "failures", "errors", "skipped")}
    assert counted == {"tests": 8, "failures": len(FAILED) - 1, "errors": 1, "skipped": 2}
    assert root.get("tests") == "9"
    cases = {each.get("name").split()[0]: each for each in suite}
    failed = cases["REP-OLDER"].find("failure")
    assert "expected 9000, came 63C2" in failed.get("message")
    assert "to repeat it: dualcos lab run id=REP-OLDER" in failed.text
    assert "certain: authentication data: an older random number" in failed.text
    assert "known fault until 2099-01-01: mended soon, there" in cases["REP-WORD"].find("skipped").get("message")
    assert cases["REP-PASS"].find("properties/property[@name='item']").get("value") == "命令功能"
    assert cases["REP-PASS"].find("system-out") is None
    assert PIN not in ElementTree.tostring(root, encoding="unicode")


def test_junit_of_vectors_that_are_gone_or_wait(played):
    gone = ElementTree.fromstring(campaign_junit(report_of(played.campaign)))  # noqa: S314 - ours
    assert [suite.get("name") for suite in gone] == ["campaign", "gone"]
    assert "to repeat it" not in ElementTree.tostring(gone, encoding="unicode")
    assert {each.get("value") for each in gone.findall(".//property[@name='vector']")} == {"gone"}


def test_junit_has_an_error_where_the_file_is_not_what_it_claims(tmp_path):
    """Whatever the verdicts in it: a build server must not be green on a file that was altered, killed, not signed."""
    key, other = SigningKey.generated(), SigningKey.generated()
    _, signature = signed(tmp_path / "c", whole(public=key.public), key)
    killed = written(tmp_path / "killed", whole()[:-1])
    altered = written(tmp_path / "altered", whole())
    altered.write_bytes(altered.read_bytes().replace(b'"pass"', b'"fail"', 1))
    for report, errors in (
        (report_of(tmp_path / "c", signature=signature, public=key.public), 0),
        (report_of(written(tmp_path / "unsigned", whole())), 0),
        (report_of(tmp_path / "unsigned", public=key.public), 1),
        (report_of(tmp_path / "c"), 1),
        (report_of(tmp_path / "c", signature=signature, public=other.public), 1),
        (report_of(killed), 1),
        (report_of(altered), 1),
    ):
        root = ElementTree.fromstring(campaign_junit(report))  # noqa: S314 - ours
        assert int(root[0].get("errors")) == errors
        told = [each.get("value") for each in root[0].findall(".//property[@name='wrong']")]
        assert told == [str(each) for each in report.verification.faults]
        assert root[0].find(".//property[@name='sound']").get("value") == str(report.sound).lower()


def test_a_hidden_setting_is_named_in_lines_and_junit(tmp_path):
    sample = SampleAsked(kind="profile", name="social-2.0", settings=["ssse.pin=…", "ssse.pin_tries=5"])
    report = report_of(written(tmp_path / "c", whole(sample=sample)))
    assert told(report)[0].hidden_settings == ["ssse.pin"]
    root = ElementTree.fromstring(campaign_junit(report))  # noqa: S314 - ours
    assert root.find(".//property[@name='hidden setting']").get("value") == "ssse.pin"
