"""Targets that come from PC/SC clients: the embedded reader's protocol, vpcd's protocol."""

from __future__ import annotations

import struct
from itertools import pairwise

from dualcos.reader import vpcd
from dualcos.reader.embedded import pcsclite_messages, request_framing
from dualcos.reader.embedded.client_session import ClientDesk, ClientSession, Misconduct
from dualcos.reader.silent_card import CardMute
from dualcos.reader.slot import Slot
from tests.echo_card import EchoCard
from tests.fuzzing.target import Target


def _cut(data: bytes) -> list[bytes]:
    edges = [*range(0, len(data), 7), len(data)]
    return [data[one:two] for one, two in pairwise(edges)]


def pcsc_framing(data: bytes) -> None:
    outcomes = []
    for chunks in ([data], [data[at : at + 1] for at in range(len(data))], _cut(data)):
        framer, requests, broken = request_framing.RequestFramer(), [], False
        for chunk in chunks:
            try:
                requests += framer.feed(chunk)
            except request_framing.BrokenStream:
                broken = True
                break
        outcomes.append((requests, broken))
    whole, *others = outcomes
    # Fed whole the error may swallow requests before it: what came earlier byte by byte is the beginning all the same.
    assert all(broken == whole[1] for _, broken in others)
    assert whole[1] or all(requests == whole[0] for requests, _ in others)
    if whole[1]:
        raise request_framing.BrokenStream


def pcsc_session(data: bytes) -> None:
    """A client's whole connection: every request is answered with a body of its own size."""
    delivered: list[bytes] = []
    desk = ClientDesk([Slot("fuzzed", EchoCard())], lambda _seconds, _call: None)
    session = ClientSession(desk, delivered.append)
    try:
        for request in request_framing.RequestFramer().feed(data):
            answer = session.answer(request)
            session.sent(request.code)
            assert not answer or len(answer) >= min(
                4, pcsclite_messages.BODY_SIZES[pcsclite_messages.Code(request.code)]
            )
    finally:
        session.close()
        desk.close(1.0)


def _request(code: pcsclite_messages.Code, body: bytes = b"", data: bytes = b"") -> bytes:
    return pcsclite_messages.HEADER.pack(len(body), code) + body + data


_OPENING = (
    _request(pcsclite_messages.Code.VERSION, pcsclite_messages.VERSION.pack(4, 4, 0))
    + _request(pcsclite_messages.Code.ESTABLISH_CONTEXT, pcsclite_messages.ESTABLISH.pack(2, 0, 0))
    + _request(pcsclite_messages.Code.READERS_STATE)
    + _request(pcsclite_messages.Code.CONNECT, pcsclite_messages.CONNECT.pack(1, b"fuzzed", 2, 3, 0, 0, 0))
)
_CLIENT = (
    _OPENING
    + _request(pcsclite_messages.Code.BEGIN_TRANSACTION, pcsclite_messages.BEGIN.pack(2, 0))
    + _request(
        pcsclite_messages.Code.TRANSMIT,
        pcsclite_messages.TRANSMIT.pack(2, 1, 8, 5, 1, 8, 264, 0),
        bytes.fromhex("0084000008"),
    )
    + _request(pcsclite_messages.Code.END_TRANSACTION, pcsclite_messages.END.pack(2, 0, 0))
    + _request(pcsclite_messages.Code.STATUS, pcsclite_messages.STATUS.pack(2, 0))
    + _request(pcsclite_messages.Code.GET_ATTRIB, pcsclite_messages.ATTRIB.pack(2, 0x00090303, b"", 264, 0))
    + _request(pcsclite_messages.Code.CONTROL, pcsclite_messages.CONTROL.pack(2, 0x42000D48, 0, 264, 0, 0))
    + _request(pcsclite_messages.Code.WAIT_STATE_CHANGE)
    + _request(pcsclite_messages.Code.STOP_WAITING)
    + _request(pcsclite_messages.Code.RECONNECT, pcsclite_messages.RECONNECT.pack(2, 2, 3, 1, 0, 0))
    + _request(pcsclite_messages.Code.DISCONNECT, pcsclite_messages.DISCONNECT.pack(2, 0, 0))
    + _request(pcsclite_messages.Code.RELEASE_CONTEXT, pcsclite_messages.RELEASE.pack(1, 0))
)


def vpcd_stream(data: bytes) -> None:
    slot = Slot("fuzzed", EchoCard())
    framers = vpcd.VpcdFramer(), vpcd.VpcdFramer()
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
        (request_framing.BrokenStream,),
        "whole, byte by byte, in sevens: the same requests",
        lambda: [_CLIENT, _OPENING],
        2048,
    ),
    Target(
        "pcsc-session",
        pcsc_session,
        (request_framing.BrokenStream, Misconduct),
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
