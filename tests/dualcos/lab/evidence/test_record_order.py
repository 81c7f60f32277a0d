"""What an honest campaign never writes, one record at a time: each is refused for itself, and what it writes is not."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import structs

from dualcos.lab.evidence.campaign_records import SessionEnded, VerdictTotals
from dualcos.lab.evidence.record_order import disorder, totals, totals_in_words, verdicts
from tests.honest_campaigns import (
    FAILED,
    IDS,
    OWN,
    READER,
    at,
    attested,
    begun,
    campaign,
    ended,
    in_reader,
    judged,
    session,
    sha,
    whole,
)

A, B = "TEST-A", "TEST-B"
HEAD = [campaign([A, B], kind=READER), session(attended=True)]
ALONE = [campaign([A, B], kind=READER), session()]
OWN_CARDS = [campaign([A, B], kind=OWN), session()]
AT_STEP = FAILED | {"where": "steps[0]"}  # the step that is attested
OPEN = judged(A, verdict="inconclusive", kind="unattended")


def done(*verdicts: Any, why: str = "stopped") -> SessionEnded:
    return ended(verdicts, 2, why=why)


@pytest.mark.parametrize("records", [whole(), in_reader(), HEAD, [], [campaign()]], ids=range(5))
def test_what_an_honest_campaign_writes(records):
    for length in range(len(records) + 1):
        assert disorder(records[:length]) is None


@pytest.mark.parametrize(
    "records",
    [
        [*HEAD, begun(A), session(), judged(A, verdict="inconclusive", kind="interrupted"), begun(A), judged(A)],
        [*HEAD, begun(A), done(), session(), judged(A, verdict="inconclusive", kind="interrupted")],
        [*HEAD, begun(A), OPEN, done(OPEN), session(), begun(A), judged(A)],
        [*HEAD, attested(A), begun(A), judged(A)],
        [*HEAD, begun(A), attested(A), judged(A), done(judged(A))],
        [*ALONE, judged(A, verdict="not-applicable"), judged(B, verdict="inconclusive")],
        [*OWN_CARDS, judged(A, **FAILED), judged(B), done(judged(A, **FAILED), judged(B), why="complete")],
        [*OWN_CARDS, OPEN, judged(A)],
        [*HEAD, attested(A, until=10), begun(A, 10), judged(A, 50)],  # it expired while the vector was played
        [*HEAD, attested(A, until=9), begun(A, 10), judged(A, 11, **FAILED)],  # a command decided
        *([*HEAD, attested(other, until=9), begun(A, 10), judged(A, 11)] for other in (B, A + "0", A[:-1])),
        [*HEAD, attested(A, until=9), begun(A, 10), attested(A, 11), judged(A, 12)],
        [*HEAD, attested(A, until=9), begun(A, 10), judged(A, 11, verdict="inconclusive")],
    ],
)
def test_what_may_happen(records):
    assert disorder(records) is None


@pytest.mark.parametrize(
    ("records", "said"),
    [
        ([session()], "begins with what the campaign is"),
        ([judged(A)], "begins with what the campaign is"),
        ([*HEAD, campaign()], "begins once"),
        ([HEAD[0], begun(A)], "no session had begun"),
        ([HEAD[0], done()], "no session had begun"),
        ([*OWN_CARDS, done(), judged(A)], "no session had begun"),
        ([*OWN_CARDS, begun(A)], "only a vector for a card in a reader"),
        ([*HEAD, begun(A), begun(B)], "TEST-A was under way and had not been judged"),
        ([*HEAD, begun(A), session(), begun(A)], "a session before had begun it and was interrupted"),
        ([*HEAD, begun(A), done(), session(), begun(A)], "a session before had begun it and was interrupted"),
        ([*HEAD, begun(A), judged(A), begun(A)], "it had been judged before: pass"),
        ([*HEAD, begun(A), judged(A, **FAILED), begun(A)], "it had been judged before: fail"),
        ([*HEAD, judged(A, verdict="not-applicable"), begun(A)], "it had been judged before: not-applicable"),
        ([*HEAD, begun(A), judged(B)], "TEST-A was under way and had not been judged"),
        ([*HEAD, judged(A)], "was not begun in this session"),
        ([*HEAD, judged(A, **FAILED)], "was not begun in this session"),
        ([*HEAD, begun(A), session(), judged(A)], "was not begun in this session"),
        ([*HEAD, begun(A), judged(A), judged(A)], "was not begun in this session"),
        ([*HEAD, begun(A), judged(A), judged(A, verdict="inconclusive")], "it had been judged before: pass"),
        ([*OWN_CARDS, judged(A), judged(A)], "it had been judged before: pass"),
        ([*OWN_CARDS, judged(A), judged(B), judged("TEST-C")], "2 vectors were chosen, and this is one more"),
        ([*OWN_CARDS, judged(A), judged("TEST-C")], "they are not those that were chosen"),
        ([*ALONE, attested(A)], "nobody attends this session"),
        ([*HEAD, begun(A), attested(B)], "TEST-A was under way"),
        ([*HEAD, attested(A, 50, until=49)], "it had expired before it was given"),
        ([*HEAD, attested(A, until=9), begun(A, 10), judged(A, 11)], "answer that had expired"),
        (
            [*HEAD, attested(A, until=9), begun(A, 10), judged(A, 11, **AT_STEP)],
            "answer that had expired",
        ),
        ([*OWN_CARDS, judged(A), done()], "its totals are not those of the verdicts"),
        ([*OWN_CARDS, judged(A), done(judged(A, **FAILED))], "its totals are not those of the verdicts"),
        ([*OWN_CARDS, judged(A), done(judged(A), why="complete")], "complete, and 1 vectors had no verdict"),
        ([campaign(root=sha("other"))], "its root is not that of its vector files"),
    ],
)
def test_what_never_happens(records, said):
    found = disorder(records)
    assert found is not None
    assert (found.number, said in found.text) == (len(records), True), found


def test_a_destructive_vector_runs_once_on_a_card():
    again = [*HEAD, begun(A), OPEN, begun(A)]
    assert disorder(again) is None
    assert disorder(again, {B}) is None
    found = disorder(again, {A})
    assert found is not None
    assert (found.number, found.text) == (5, "it is destructive, and was played before")


def test_the_last_verdict_counts():
    assert {key: each.verdict for key, each in verdicts(in_reader()).items()} == dict(
        zip(IDS, ("pass", "inconclusive", "fail", "not-applicable", "pass"), strict=True)
    )
    later = structs.replace(judged(IDS[1]), at=at(30))
    assert verdicts([*in_reader(), later])[IDS[1]] == later


def test_totals():
    counted = totals(7, ["pass", "pass", "fail", "not-applicable"])
    assert counted == VerdictTotals(passed=2, failed=1, inconclusive=0, not_applicable=1, waiting=3)
    assert totals_in_words(counted) == "7 vectors: 2 pass, 1 fail, 0 inconclusive, 1 not-applicable, 3 waiting"
