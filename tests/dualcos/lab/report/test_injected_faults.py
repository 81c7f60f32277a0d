"""What a fault script made of a card's answers stands at these answers, from the record to the page, and only there."""

from __future__ import annotations

import msgspec

from dualcos.lab.report.campaign_junit import campaign_junit
from dualcos.lab.report.report_lines import ReportedLine, VectorReported, report_lines
from dualcos.lab.report.report_page import report_page
from tests.dualcos.lab.report.page_read import read
from tests.dualcos.lab.report.reported_vectors import CHALLENGE, SELECT_SSSE, play, report_of, vector, write_unit

SCRIPT = """
title = "a word that no card says"
[[rule]]
name = "another word"
purpose = "the page says whose answer it was"
clause = "SSC-5 §6.5"
command = "00840000"
nth = 2
fault = { kind = "answer", sw = "6F42", executed = true }
"""
REFUSED = {"send": "0084000007", "expect": "6???"}
WAS = "another word: 6F42 instead of 9000"


def test_an_answer_that_was_made_wrong_says_so(tmp_path):
    """The card's own refusal of a like command, in the same run and in the next vector, does not."""
    unit = write_unit(
        tmp_path / "u.json",
        [
            vector("REP-BENT", [REFUSED, CHALLENGE]),
            vector("REP-WHOLE", [REFUSED]),
        ],
        setup=[SELECT_SSSE],
    )
    (tmp_path / "bent.toml").write_text(SCRIPT, "utf-8")
    words = ("--card", "social-2.0", "--faults", str(tmp_path / "bent.toml"))
    report = report_of(play(unit, tmp_path / "c", *words), unit)
    bent, whole = report.vectors
    assert bent.judged.verdict == "fail"
    assert [each.what for each in bent.judged.injected] == [[WAS]]
    (at,) = (each.at for each in bent.judged.injected)
    assert bent.judged.played[at].came.endswith("6F42")
    assert whole.judged.injected == []
    lines = [msgspec.json.decode(line, type=ReportedLine) for line in report_lines(report)]
    marked = {
        each.id: [list(line.fault) for line in each.exchanges] for each in lines if isinstance(each, VectorReported)
    }
    assert [faults for faults in marked["REP-BENT"] if faults] == [[f"FAULT injected: {WAS}"]]
    assert marked["REP-BENT"][at]
    assert not any(marked["REP-WHOLE"])
    shown = read(report_page(report).decode()).of("p", kind="injected")
    assert {each.text("en") for each in shown} == {f"FAULT injected {WAS}"}
    assert {each.text("zh") for each in shown} == {"故障注入 another word：6F42，原为 9000"}
    assert WAS in campaign_junit(report).decode()
