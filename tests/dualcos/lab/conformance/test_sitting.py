"""What a sitting spares changes nothing: verdict, step, words, requirement and what witnesses are told of every vector.

The slow way is that of a card with something around it: every run from its first state, all that follows each cut. Held
against it on a right card and on cards that answer wrongly, here and there, whatever is asked before.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from apdu.link import AroundCard
from cos.card import Card
from dualcos.lab.campaign.transcript import TranscribingBench
from dualcos.lab.conformance.card_on_bench import Bench
from dualcos.lab.conformance.playing import VectorVerdict, play, play_all
from dualcos.lab.conformance.sitting import Sitting
from dualcos.lab.conformance.vector_file import load

VECTORS = Path(__file__).parents[4] / "vectors"
FILES = (
    *("card/damage", "generated/tries", "manager/manager", "pki/pins", "psam/purchase", "psam/tearing", "pse/states"),
    *("pse/tearing", "ssse/medical", "ssse/verify"),
)
_MOST = 6  # of a file; of those whose vectors are cut at each tick, one


class Surrounded:
    """The cards of a bench, each with something around it that must see all that is sent."""

    def __init__(self, bench):
        self._bench = bench

    def target(self, case):
        target = self._bench.target(case)
        return target._replace(card=AroundCard(target.card))


@pytest.fixture(scope="module")
def cases():
    found = []
    for file in FILES:
        of_file = [case for case in load(VECTORS / f"{file}.json") if not any(s.once for s in case.vector.steps)]
        found += of_file[:: max(1, len(of_file) // (1 if file.endswith("tearing") else _MOST))]
    return tuple(found)


@pytest.fixture(scope="module")
def bench(cases):
    """With all cards made: they are right, whatever becomes of their answers afterwards."""
    made = Bench()
    for case in cases:
        made.target(case)
    return made


@pytest.fixture(params=[None, 1, 4], ids=["right", "wrong", "wrong otherwise"])
def answering(request, monkeypatch):
    """Whether cards answer right. A wrong one does it by command and answer alone: its state is as it should be."""
    exchange = Card.exchange

    def bent(self, command):
        answer = exchange(self, command)
        if zlib.crc32(command + answer, request.param) % 37:
            return answer
        return answer[:-1] + bytes((answer[-1] ^ 1,))

    if request.param is not None:
        monkeypatch.setattr(Card, "exchange", bent)
    return request.param is None


def test_every_vector_is_judged_as_if_it_were_alone(cases, bench, answering):
    seen, slow_seen = [], []
    table = Surrounded(bench)
    slow = [play(case, table, lambda *what: slow_seen.append(what)) for case in cases]
    assert list(play_all(cases, bench, lambda *what: seen.append(what))) == slow
    assert seen == slow_seen
    verdicts = {result.verdict for result in slow}
    assert verdicts == {VectorVerdict.PASS} if answering else {VectorVerdict.PASS, VectorVerdict.FAIL} <= verdicts


def test_every_transcript_is_as_if_its_vector_were_alone(cases, bench):
    """Its digest is a laboratory's evidence. Where nothing is cut it is that of a card with something around it too;
    where something is, a run that comes to where another has been is not played on, and its transcript ends there.
    """
    alone = digests(cases, bench, [None] * len(cases))
    assert digests(cases, bench, [Sitting(cases)] * len(cases)) == alone
    whole = digests(cases, Surrounded(bench), [None] * len(cases))
    assert {case.id for case, one, other in zip(cases, alone, whole, strict=True) if one != other} <= {
        case.id for case in cases if any(step.cut is not None for step in case.vector.steps)
    }


def digests(cases, bench, sittings):
    table, found = TranscribingBench(bench), []
    for case, sitting in zip(cases, sittings, strict=True):
        table.begin()
        play(case, table, sitting=sitting)
        found.append((table.transcript.sha256, table.transcript.runs))
    assert len(set(found)) == len(found)
    return found


def test_in_any_order(cases, bench):
    backwards = cases[::-1]
    assert list(play_all(backwards, bench)) == list(play_all(cases, bench))[::-1]


def test_something_is_spared(cases, bench, monkeypatch):
    sent = []
    exchange = Card.exchange
    monkeypatch.setattr(Card, "exchange", lambda self, command: sent.append(command) or exchange(self, command))
    tears = [case for case in cases if case.path.stem == "tearing"]
    for some, times in ((tears[:1], 3), ([case for case in cases if case.path.stem == "medical"], 1.2)):
        counts = []
        for table in (bench, Surrounded(bench)):
            sent.clear()
            assert {result.verdict for result in play_all(some, table)} == {VectorVerdict.PASS}
            counts.append(len(sent))
        assert counts[0] * times < counts[1]
