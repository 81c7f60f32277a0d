"""Traces are write-only from inside and keep order and origin outside; the two small contracts of a grant."""

from __future__ import annotations

import pytest

from apdu.response import ResponseAPDU
from apdu.status import SW
from firewall.grant import CardBlocked, CardClosing, Ended
from firewall.trace import Noted, Reason, Refused, TraceBuffer

REFUSED = Refused("READ RECORD", SW.SECURITY_NOT_SATISFIED, Reason("access right", "key 0A is missing"))
NOTED = Noted("risk", "new card")


def test_events_keep_order_and_origin():
    buffer = TraceBuffer()
    ssse, pse = buffer.writer("ssse"), buffer.writer("pse")
    ssse.note(REFUSED)
    pse.note(NOTED)
    ssse.note(NOTED)
    assert buffer.take() == (("ssse", REFUSED), ("pse", NOTED), ("ssse", NOTED))
    assert buffer.take() == ()
    pse.note(REFUSED)
    assert buffer.take() == (("pse", REFUSED),)


def test_a_writer_cannot_read():
    buffer = TraceBuffer()
    writer = buffer.writer("ssse")
    writer.note(NOTED)
    assert writer.note(NOTED) is None
    for reading in ("take", "writer"):
        assert not hasattr(writer, reading)


@pytest.mark.parametrize("outcome", [CardBlocked, CardClosing, Ended])
def test_a_block_and_an_end_tell_the_answer_and_nothing_else(outcome):
    response = ResponseAPDU(b"", SW.OK)
    assert outcome(response).response is response
    assert outcome._fields == ("response",)
    assert type(outcome(response)) is not type(response)
