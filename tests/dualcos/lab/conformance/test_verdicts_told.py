"""What a vector's verdict becomes for a build server, a program and a shell: one table, held whole.

JUnit knows a failure (the card answered wrongly), an error (it could not be judged) and a skip; a build that takes one
for the other ships a wrong card. Exit codes as in ``dualcos --help``.
"""

from __future__ import annotations

import itertools
import json
from argparse import ArgumentParser
from typing import NamedTuple
from xml.etree import ElementTree

import pytest

from dualcos.cli import conform, main
from dualcos.cli.user_faults import Fault
from dualcos.lab.conformance import run_report
from dualcos.lab.conformance.playing import VectorResult, VectorVerdict
from dualcos.lab.conformance.vector_file import load


class Told(NamedTuple):
    """Element of JUnit, count of the suite that has it, word and count of ``--json``."""

    element: str
    counted: str
    word: str
    sum: str


TOLD = {
    "PASS": Told("", "", "pass", "passed"),
    "FAIL": Told("failure", "failures", "fail", "failed"),
    "INCONCLUSIVE": Told("error", "errors", "inconclusive", "inconclusive"),
    "NOT_APPLICABLE": Told("skipped", "skipped", "not-applicable", "not_applicable"),
}
# Which verdicts there were, by their initials: a wrong answer outweighs all, what could not be judged a pass.
EXIT = {
    **dict.fromkeys(("P", "NP"), 0),
    **dict.fromkeys(("F", "FP", "FI", "FN", "FIP", "FNP", "FIN", "FINP"), 1),
    **dict.fromkeys(("I", "IP", "IN", "INP", "N"), 2),
}
TITLE = {"en": "title", "zh": "题"}


@pytest.fixture
def case(tmp_path):
    vector = {"id": "V-1", "title": TITLE, "steps": [{"send": "0084000008", "expect": "9000"}]}
    provenance = {"kind": "derived", "source": "tests"}
    unit = {"unit": "V", "title": TITLE, "purpose": "p", "clause": ["SSC-5 §6.5"], "profile": "social-2.0"}
    path = tmp_path / "v.json"
    path.write_text(json.dumps({**unit, "provenance": provenance, "vectors": [vector]}), encoding="utf-8")
    (found,) = load(path)
    return path, found


def played(monkeypatch, capsys, case, verdicts, *options):
    path, one = case
    results = [
        VectorResult(one, each, "step 1", "text") if isinstance(each, VectorVerdict) else each for each in verdicts
    ]
    monkeypatch.setattr(conform, "play_all", lambda *_, **__: iter(results))
    code = main.run(["conform", str(path), "--json", *options])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_verdict_is_in_the_table():
    assert [verdict.name for verdict in VectorVerdict] == list(TOLD)


def test_how_a_run_ends(monkeypatch, capsys, case):
    found = {}
    parser = ArgumentParser()
    conform.CONFORM.arguments(parser)
    args = parser.parse_args([str(case[0]), "--json"])
    for length in range(1, 5):
        for verdicts in itertools.combinations(VectorVerdict, length):
            name = "".join(sorted(verdict.name[0] for verdict in verdicts))
            results = [VectorResult(case[1], verdict, "step 1", "text") for verdict in verdicts]
            monkeypatch.setattr(conform, "play_all", lambda *_, results=results, **__: iter(results))
            try:
                found[name] = conform.conform(args)
            except Fault:
                found[name] = 2
    assert found == EXIT
    assert [played(monkeypatch, capsys, case, [verdict])[0] for verdict in VectorVerdict] == [0, 1, 2, 2]


def test_what_a_program_and_a_build_server_are_told(monkeypatch, capsys, case, tmp_path):
    """Each verdict another number of times, so that no count stands for another."""
    for order in (list(VectorVerdict), list(reversed(VectorVerdict))):
        times = {verdict: number for number, verdict in enumerate(order, 1)}
        verdicts = [verdict for verdict, number in times.items() for _ in range(number)]
        out = tmp_path / f"{order[0].name}.xml"
        _, lines = played(monkeypatch, capsys, case, verdicts, "--junit", str(out))
        *each, counts = lines
        assert [line["verdict"] for line in each] == [TOLD[verdict.name].word for verdict in verdicts]
        assert {told.sum: counts[told.sum] for told in TOLD.values()} == {
            TOLD[verdict.name].sum: number for verdict, number in times.items()
        }
        (suite,) = ElementTree.fromstring(out.read_bytes())  # noqa: S314 - our own
        elements = [next((part.tag for part in case), "") for case in suite]
        assert elements == [TOLD[verdict.name].element for verdict in verdicts]
        counted = {told.counted: suite.get(told.counted) for told in TOLD.values() if told.counted}
        assert counted == {
            TOLD[verdict.name].counted: str(number) for verdict, number in times.items() if TOLD[verdict.name].counted
        }
        assert suite.get("tests") == str(len(verdicts))


def test_why_vectors_do_not_apply_the_most_frequent_first(monkeypatch, capsys, case):
    """Each of seven reasons another number of times; five are named in words, all in facts."""
    kinds = {f"needs {letter}": 8 - number for number, letter in enumerate("GFEDCBA", 1)}
    results = [
        VectorResult(case[1], VectorVerdict.NOT_APPLICABLE, kind=kind)
        for kind in sorted(kinds)
        for _ in range(kinds[kind])
    ]
    results.insert(3, VectorResult(case[1], VectorVerdict.FAIL))
    code, lines = played(monkeypatch, capsys, case, results)
    assert code == 1
    assert lines[-1]["reasons"] == [{"why": kind, "vectors": number} for kind, number in kinds.items()]
    named = "needs G: 7; needs F: 6; needs E: 5; needs D: 4; needs C: 3; other reasons: 3"
    assert run_report.applying(results) == f"for this card: 1 of 29 vectors asked for; not for it: {named}"
    assert run_report.applying(results[3:4]) == "for this card: 1 of 1 vectors asked for"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), ""),
        (("--profile", "social-2.0"), "for this card: 1 of 1 vectors asked for"),
        (("--profile", "bank-only"), "for this card: 0 of 1 vectors asked for; not for it: made for another card: 1"),
        (
            ("--profile", "social-2.0", "--set", "ssse.pin_tries=4"),
            "for this card: 0 of 1 vectors asked for; not for it: made for this card with nothing set otherwise: 1",
        ),
    ],
)
def test_a_line_says_how_many_vectors_are_for_the_one_card(capsys, case, options, said):
    main.run(["conform", "-q", str(case[0]), *options])
    assert capsys.readouterr().out.partition("not-applicable\n")[2].rstrip("\n") == said
