"""Traces are write-only from inside and keep order and origin outside; the two small contracts of a grant."""

from __future__ import annotations

from apdu.response import ResponseAPDU
from apdu.status import SW
from firewall.grant import CardBlocker, Ended
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


def test_a_blocker_tells_only_that_it_was_asked():
    blocker = CardBlocker()
    assert blocker.asked is False
    blocker.block_card()
    assert blocker.asked is True


def test_an_end_carries_the_last_answer():
    response = ResponseAPDU(b"", SW.OK)
    assert Ended(response).response is response
