"""The embedded service on the wire: versions, contexts, reader states, protocols, lengths."""

from __future__ import annotations

import struct

import pytest

from tests.dualcos.reader import wire
from tests.dualcos.reader.cards import DUAL_ATR, T0_ATR, T1_ATR, DiaryCard
from tests.dualcos.reader.embedded_bench import ABSENT, CARD, OK, POWERED, PRESENT, PSAM, SELECT, SPECIFIC

# Versions and contexts.


@pytest.mark.parametrize("minor", [4, 5, 6])
def test_the_client_s_own_minor_version_is_answered(connect, lines, minor):
    assert connect(establish=False).version(4, minor) == (4, minor, wire.SUCCESS)
    assert lines == []


@pytest.mark.parametrize("asked", [(4, 3), (4, 2), (4, 1), (4, 0), (4, -1), (3, 4), (3, 9), (0, 0), (-1, 4)])
def test_a_version_too_old_is_refused_and_said_once(connect, lines, asked):
    """As pcscd does: refused with the version it speaks, and the connection stays."""
    for _ in range(2):
        assert connect(establish=False).version(*asked) == (4, 6, wire.SERVICE_STOPPED)
    (line,) = lines
    assert "protocol {}:{}:".format(*asked) in line
    assert "4:4 to 4:6" in line
    assert "older than 1.8.24" in line


@pytest.mark.parametrize("asked", [(4, 7), (4, 9), (5, 0), (5, 4)])
def test_a_version_too_new_is_offered_the_newest_there_is(connect, lines, asked):
    client = connect(establish=False)
    assert client.version(*asked) == (4, 6, wire.SERVICE_STOPPED)
    assert client.version(4, 6) == (4, 6, wire.SUCCESS)  # what a library does that knows it, too
    assert client.ask(0x16, b"", 4) == struct.pack("=i", wire.READERS)
    (line,) = lines
    assert "protocol {}:{}:".format(*asked) in line
    assert "newer" in line


def test_contexts_differ_and_end(connect, client):
    assert connect().context != client.context
    assert client.release(client.context + 1000) == wire.INVALID_VALUE
    assert client.release() == wire.SUCCESS
    assert client.connect(CARD)[0] == wire.INVALID_HANDLE
    assert client.release() == wire.INVALID_HANDLE


def test_a_scope_that_does_not_exist(connect):
    client = connect(establish=False)
    answer = client.ask(0x01, struct.pack("=III", 9, 0, 0), 12)
    assert struct.unpack("=III", answer)[2] == wire.INVALID_VALUE


# Reader states.


@pytest.mark.parametrize("minor", [4, 5, 6])
def test_reader_states(connect, card, minor):
    client = connect(minor)
    states = client.states()
    assert [s.name for s in states] == [CARD, PSAM]
    assert states[0][1:] == (0, PRESENT, 0, T0_ATR, 0)
    assert states[1][1:] == (0, ABSENT, 0, b"", 0)
    client.open(CARD)
    assert client.states()[0][1:] == (0, PRESENT | POWERED | SPECIFIC, 1, T0_ATR, wire.T0)
    assert card.diary == ["cold"]


def test_reader_events_count(connect):
    assert connect(5).reader_events() == (2, wire.SUCCESS)


# Connecting and protocols.


def test_connect_transmit_disconnect(client, card):
    rv, handle, protocol = client.connect(CARD)
    assert (rv, protocol) == (wire.SUCCESS, wire.T0)
    assert client.transmit(handle, SELECT) == (wire.SUCCESS, SELECT + OK)
    assert client.status(handle) == wire.SUCCESS
    assert client.disconnect(handle, wire.LEAVE) == wire.SUCCESS
    again = client.open(CARD)
    assert again != handle
    client.transmit(again, SELECT)
    assert card.diary == ["cold", SELECT.hex().upper(), SELECT.hex().upper()]  # what was selected is still so


@pytest.mark.parametrize(
    ("atr", "wanted", "rv", "protocol"),
    [
        (T0_ATR, wire.T0, wire.SUCCESS, wire.T0),
        (T0_ATR, wire.T1, wire.PROTO_MISMATCH, 0),
        (T0_ATR, wire.ANY, wire.SUCCESS, wire.T0),
        (T1_ATR, wire.ANY, wire.SUCCESS, wire.T1),
        (T1_ATR, wire.T0, wire.PROTO_MISMATCH, 0),
        (DUAL_ATR, wire.ANY, wire.SUCCESS, wire.T1),
        (DUAL_ATR, wire.T0, wire.SUCCESS, wire.T0),
        (T0_ATR, 0, wire.PROTO_MISMATCH, 0),
    ],
)
def test_protocols(client, slots, atr, wanted, rv, protocol):
    slots[1].insert(DiaryCard(atr))
    found, _, active = client.connect(PSAM, wanted=wanted)
    assert (found, active) == (rv, protocol)


def test_a_protocol_once_chosen_binds_the_others(client, other, slots):
    slots[1].insert(DiaryCard(DUAL_ATR))
    client.open(PSAM, wanted=wire.T0)
    assert other.connect(PSAM, wanted=wire.T1)[0] == wire.PROTO_MISMATCH
    assert other.connect(PSAM, wanted=wire.ANY)[2] == wire.T0


def test_transmit_over_the_other_protocol(client):
    handle = client.open(CARD)
    assert client.transmit(handle, SELECT, protocol=wire.T1) == (wire.PROTO_MISMATCH, b"")


def test_connect_errors(client):
    assert client.connect("No such reader")[0] == wire.UNKNOWN_READER
    assert client.connect(PSAM)[0] == wire.NO_SMARTCARD
    assert client.connect(CARD, share=9)[0] == wire.INVALID_VALUE
    assert client.connect(CARD, context=client.context + 1000)[0] == wire.INVALID_VALUE


def test_direct_needs_no_card(client, slots):
    rv, handle, protocol = client.connect(PSAM, wire.DIRECT, 0)
    assert (rv, protocol) == (wire.SUCCESS, 0)
    assert client.transmit(handle, SELECT)[0] == wire.NO_SMARTCARD
    assert client.reconnect(handle, wire.SHARED)[0] == wire.NO_SMARTCARD
    slots[1].insert(DiaryCard())
    assert client.reconnect(handle, wire.SHARED) == (wire.SUCCESS, wire.T0)
    assert client.transmit(handle, SELECT) == (wire.SUCCESS, SELECT + OK)


# Lengths.


@pytest.mark.parametrize("size", [1, 5, 261, 4096, 65535])
def test_lengths(client, size):
    handle = client.open(CARD)
    command = bytes(size)
    assert client.transmit(handle, command) == (wire.SUCCESS, command + OK)


def test_a_buffer_too_small(client, card):
    handle = client.open(CARD)
    assert client.transmit(handle, SELECT, room=4) == (wire.INSUFFICIENT_BUFFER, b"")
    assert client.transmit(handle, SELECT, room=1) == (wire.INSUFFICIENT_BUFFER, b"")
    assert card.diary == ["cold", SELECT.hex().upper()]  # the second never reached the card
    assert client.transmit(handle, SELECT, room=7) == (wire.SUCCESS, SELECT + OK)


def test_requests_sent_without_waiting_are_answered_in_order(client):
    handle = client.open(CARD)
    for number in range(50):
        client.send_transmit(handle, bytes((number, 0, 0, 0)))
    for number in range(50):
        assert client.read_transmit() == (wire.SUCCESS, bytes((number, 0, 0, 0)) + OK)


# Controls and attributes.


def test_features(client):
    handle = client.open(CARD)
    rv, features = client.control(handle, 0x42000D48)
    assert (rv, features) == (wire.SUCCESS, bytes.fromhex("120442330012"))
    assert client.control(handle, 0x42330012) == (wire.SUCCESS, bytes.fromhex("0A0400000100"))
    assert client.control(handle, 0x42000001, b"xyz") == (wire.UNSUPPORTED_FEATURE, b"")
    assert client.control(handle, 0x42000D48, room=5) == (wire.INSUFFICIENT_BUFFER, b"")
    assert client.transmit(handle, SELECT)[0] == wire.SUCCESS


def test_attributes(client, slots):
    handle = client.open(CARD)
    assert client.attribute(handle, 0x00090303) == (wire.SUCCESS, T0_ATR)
    assert client.attribute(handle, 0x7FFF0003) == (wire.SUCCESS, CARD.encode() + b"\0")
    assert client.attribute(handle, 0x00090300) == (wire.SUCCESS, b"\x02")
    assert client.attribute(handle, 0x00012345)[0] == wire.UNSUPPORTED_FEATURE
    assert client.attribute(handle, 0x00090303, code=0x10)[0] == wire.UNSUPPORTED_FEATURE
    slots[0].remove()
    assert client.attribute(handle, 0x00090303)[0] == wire.REMOVED
