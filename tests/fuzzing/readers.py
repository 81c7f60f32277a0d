"""Targets that come from PC/SC clients: the embedded reader's protocol, vpcd's protocol."""

from __future__ import annotations

import struct
from itertools import pairwise

from terminal.reader import vpcd
from terminal.reader.echo import EchoCard
from terminal.reader.embedded import framing, layouts
from terminal.reader.embedded.session import Desk, Misconduct, Session
from terminal.reader.silence import CardMute
from terminal.reader.slot import Slot
from tests.fuzzing.target import Target


def _cut(data: bytes) -> list[bytes]:
    edges = [*range(0, len(data), 7), len(data)]
    return [data[one:two] for one, two in pairwise(edges)]


def pcsc_framing(data: bytes) -> None:
    outcomes = []
    for chunks in ([data], [data[at : at + 1] for at in range(len(data))], _cut(data)):
        framer, requests, broken = framing.Framer(), [], False
        for chunk in chunks:
            try:
                requests += framer.feed(chunk)
            except framing.BrokenStream:
                broken = True
                break
        outcomes.append((requests, broken))
    whole, *others = outcomes
    # Fed whole the error may swallow requests before it: what came earlier byte by byte is the beginning all the same.
    assert all(broken == whole[1] for _, broken in others)
    assert whole[1] or all(requests == whole[0] for requests, _ in others)
    if whole[1]:
        raise framing.BrokenStream


def pcsc_session(data: bytes) -> None:
    """A client's whole connection: every request is answered with a body of its own size."""
    delivered: list[bytes] = []
    desk = Desk([Slot("fuzzed", EchoCard())], lambda _seconds, _call: None)
    session = Session(desk, delivered.append)
    try:
        for request in framing.Framer().feed(data):
            answer = session.answer(request)
            session.sent(request.code)
            assert not answer or len(answer) >= min(4, layouts.BODY_SIZES[layouts.Code(request.code)])
    finally:
        session.close()
        desk.close(1.0)


def _request(code: layouts.Code, body: bytes = b"", data: bytes = b"") -> bytes:
    return layouts.HEADER.pack(len(body), code) + body + data


_OPENING = (
    _request(layouts.Code.VERSION, layouts.VERSION.pack(4, 4, 0))
    + _request(layouts.Code.ESTABLISH_CONTEXT, layouts.ESTABLISH.pack(2, 0, 0))
    + _request(layouts.Code.READERS_STATE)
    + _request(layouts.Code.CONNECT, layouts.CONNECT.pack(1, b"fuzzed", 2, 3, 0, 0, 0))
)
_CLIENT = (
    _OPENING
    + _request(layouts.Code.BEGIN_TRANSACTION, layouts.BEGIN.pack(2, 0))
    + _request(layouts.Code.TRANSMIT, layouts.TRANSMIT.pack(2, 1, 8, 5, 1, 8, 264, 0), bytes.fromhex("0084000008"))
    + _request(layouts.Code.END_TRANSACTION, layouts.END.pack(2, 0, 0))
    + _request(layouts.Code.STATUS, layouts.STATUS.pack(2, 0))
    + _request(layouts.Code.GET_ATTRIB, layouts.ATTRIB.pack(2, 0x00090303, b"", 264, 0))
    + _request(layouts.Code.CONTROL, layouts.CONTROL.pack(2, 0x42000D48, 0, 264, 0, 0))
    + _request(layouts.Code.WAIT_STATE_CHANGE)
    + _request(layouts.Code.STOP_WAITING)
    + _request(layouts.Code.RECONNECT, layouts.RECONNECT.pack(2, 2, 3, 1, 0, 0))
    + _request(layouts.Code.DISCONNECT, layouts.DISCONNECT.pack(2, 0, 0))
    + _request(layouts.Code.RELEASE_CONTEXT, layouts.RELEASE.pack(1, 0))
)


def vpcd_stream(data: bytes) -> None:
    slot = Slot("fuzzed", EchoCard())
    framers = vpcd.Framer(), vpcd.Framer()
    messages = framers[0].feed(data)
    assert [message for at in range(len(data)) for message in framers[1].feed(data[at : at + 1])] == messages
    assert framers[0].waiting == framers[1].waiting
    for message in messages:
        answer = vpcd.answer(slot, message)
        assert answer is None or 1 <= len(answer) <= 0xFFFF
        # An APDU and the ATR have an answer, power events and a message of no length have none.
        assert (answer is None) == (len(message) == 0 or (len(message) == 1 and message[0] != vpcd.Control.ATR))


TARGETS = (
    Target(
        "pcsc-framing",
        pcsc_framing,
        (framing.BrokenStream,),
        "whole, byte by byte, in sevens: the same requests",
        lambda: [_CLIENT, _OPENING],
        2048,
    ),
    Target(
        "pcsc-session",
        pcsc_session,
        (framing.BrokenStream, Misconduct),
        "every request has an answer of its size",
        lambda: [_CLIENT, _OPENING],
        2048,
    ),
    Target(
        "vpcd",
        vpcd_stream,
        (CardMute,),
        "whole and byte by byte: the same messages; an answer is never empty",
        lambda: [struct.pack(">HBHBH5sHBH", 1, 4, 1, 1, 5, bytes.fromhex("0084000008"), 1, 0, 0)],
    ),
)
