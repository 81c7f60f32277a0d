"""Medical business with a card or PSAM that says anything at all: an outcome or TerminalStopped, and what is said of
the card's money is true.
"""

from __future__ import annotations

from random import Random

import pytest

from dualcos.terminal.social.medical_record_states import RecordState
from dualcos.terminal.social.terminal_stopped import Booked, TerminalStopped
from tests.dualcos.terminal.social.test_pulled_in_the_middle import ACTS, bench_for
from tests.dualcos.terminal.social.three_counts import counted_on_card

_FIRST_BYTES = (0x61, 0x62, 0x63, 0x64, 0x65, 0x67, 0x69, 0x6A, 0x6C, 0x6F, 0x90, 0x93, 0x94)


class Hostile:
    """From answer number ``place`` on, ``times`` answers are spoilt."""

    def __init__(self, draw: Random) -> None:
        self._draw = draw
        self._place, self._times = draw.randrange(90), draw.choice((1, 1, 2, 1_000))
        self._seen = 0

    def __call__(self, command: bytes, answer: bytes) -> bytes:
        del command
        self._seen += 1
        if not self._place <= self._seen < self._place + self._times:
            return answer
        draw, body, word = self._draw, answer[:-2], answer[-2:]
        match draw.randrange(5):
            case 0:
                return body[: draw.randrange(len(body) + 1)] + word
            case 1:
                return draw.randbytes(len(body)) + word
            case 2:
                return body + bytes((draw.choice(_FIRST_BYTES), draw.randrange(256)))
            case 3:
                return draw.randbytes(draw.randrange(40))
        return answer + answer


@pytest.mark.parametrize("of", ["card", "PSAM"])
@pytest.mark.parametrize("name", ACTS)
def test_whatever_is_answered(name, of):
    """What is complete is on the card; a stop that says yes or no is right."""
    for seed in range(14):
        bench, act = bench_for(name)
        hostile = Hostile(Random(f"{name} {of} {seed}"))  # noqa: S311 - repeatable, not secret
        if of == "card":
            bench.card.bend = hostile
        else:
            bench.sam.bend = hostile
        before = counted_now(bench)
        stopped = None
        try:
            done = act(bench)
        except TerminalStopped as why:
            stopped = why
        booked = counted_now(bench) != before
        if stopped is None:
            assert done.record.state is RecordState.COMPLETE, seed
            assert booked, seed
        elif stopped.booking is not None and stopped.booking.booked is not Booked.UNKNOWN:
            assert (stopped.booking.booked is Booked.YES) is booked, seed
        elif stopped.booking is None:
            assert not booked, seed
        recovers(bench, seed)


def counted_now(bench):
    """Settlements and loads on the card, which goes back as it was."""
    counted = counted_on_card(bench.own_card)
    return counted.settlements, counted.loads


def recovers(bench, seed) -> None:
    """All is well again: nothing stays between, and what is complete is on the card."""
    bench.card.bend = bench.sam.bend = None
    bench.bureau.down = False
    bench.start()
    bench.desk.recover(bench.insert())
    bench.desk.upload()
    records = [record for _, record in bench.journal.records()]
    left = {record.state for record in records}
    assert left <= {RecordState.COMPLETE, RecordState.SUSPICIOUS, RecordState.GIVEN_UP}, seed
    complete = sum(record.state is RecordState.COMPLETE for record in records)
    suspicious = sum(record.state is RecordState.SUSPICIOUS for record in records)
    assert complete <= sum(counted_now(bench)) <= complete + suspicious, seed
