"""The embedded service on the wire: mute cards, cards with bugs, hot plug, waiting for events."""

from __future__ import annotations

import struct
import threading

import pytest

from tests.dualcos.reader import wire
from tests.dualcos.reader.cards import T1_ATR, DiaryCard
from tests.dualcos.reader.embedded_bench import ABSENT, CARD, MUTE, OK, POWERED, PRESENT, SELECT, SPECIFIC

# Mute cards and cards with bugs.


def test_a_bug_is_6f00(client, lines):
    handle = client.open(CARD)
    assert client.transmit(handle, b"\xbb\x00\x00\x00") == (wire.SUCCESS, b"\x6f\x00")
    assert client.transmit(handle, SELECT) == (wire.SUCCESS, SELECT + OK)
    assert len(lines) == 1


def test_lost_power_is_not_transacted_until_a_reset(client):
    handle = client.open(CARD)
    assert client.transmit(handle, b"\xdd\x00\x00\x00") == (wire.NOT_TRANSACTED, b"")
    assert client.transmit(handle, SELECT) == (wire.NOT_TRANSACTED, b"")
    assert client.reconnect(handle, how=wire.RESET_CARD) == (wire.SUCCESS, wire.T0)
    assert client.transmit(handle, SELECT) == (wire.SUCCESS, SELECT + OK)


def test_a_card_that_does_not_start(client, card):
    card.broken_start = ValueError("test")
    assert client.connect(CARD)[0] == wire.UNPOWERED
    assert client.states()[0].state == PRESENT | MUTE
    card.broken_start = None
    handle = client.open(CARD)
    assert client.states()[0].state == PRESENT | POWERED | SPECIFIC
    card.broken_start = ValueError("test")
    assert client.reconnect(handle, how=wire.RESET_CARD)[0] == wire.UNRESPONSIVE
    assert client.reconnect(handle, how=wire.LEAVE)[0] == wire.UNRESPONSIVE
    card.broken_start = None
    assert client.reconnect(handle, how=wire.RESET_CARD)[0] == wire.SUCCESS


# Hot plug.


@pytest.mark.parametrize("minor", [4, 5, 6])
def test_insertion_and_removal_wake_who_registered_once(connect, slots, minor):
    client = connect(minor)
    client.register()
    slots[0].remove()
    assert client.event() == wire.SUCCESS
    assert client.register()[0][1:] == (1, ABSENT, 0, b"", 0)
    assert client.silent()
    slots[0].insert(DiaryCard(T1_ATR))
    assert client.event() == wire.SUCCESS
    slots[1].insert(DiaryCard())
    assert client.silent()  # not registered any more
    states = client.states()
    assert states[0][1:] == (2, PRESENT, 0, T1_ATR, 0)
    assert states[1].counter == 1


def test_removal_sticks_until_reconnect_even_with_a_card_back(client, slots, card):
    handle = client.open(CARD)
    slots[0].remove()
    assert card.diary == ["cold", "off"]
    assert client.transmit(handle, SELECT) == (wire.REMOVED, b"")
    assert client.status(handle) == wire.REMOVED
    assert client.reconnect(handle)[0] == wire.NO_SMARTCARD
    slots[0].insert(DiaryCard())
    assert client.transmit(handle, SELECT) == (wire.REMOVED, b"")
    assert client.reconnect(handle) == (wire.SUCCESS, wire.T0)
    assert client.transmit(handle, SELECT) == (wire.SUCCESS, SELECT + OK)


def test_pulled_during_a_command(client, slots, card):
    handle = client.open(CARD)
    client.send_transmit(handle, b"\x5a\x00\x00\x00")
    assert card.busy.wait(10)
    puller = threading.Thread(target=slots[0].remove)
    puller.start()
    while slots[0].present:
        card.go.wait(0.001)
    card.go.set()
    assert client.read_transmit() == (wire.REMOVED, b"")
    puller.join(10)


def test_sharing_changes_are_told_too(client, other):
    client.register()
    other.open(CARD)
    assert client.event() == wire.SUCCESS
    assert client.register()[0].counter == 0


# Waiting and cancelling.


def test_stop_waiting_is_answered_only_while_registered(client, slots):
    client.register()
    client.stop_waiting()
    assert client.event() == wire.SUCCESS
    client.stop_waiting()
    assert client.silent()
    client.register()
    slots[0].remove()
    client.stop_waiting()
    assert client.event() == wire.SUCCESS  # the event itself is the answer
    assert client.silent()


def test_cancel_comes_from_a_connection_without_context(client, connect):
    client.register()
    stranger = connect(establish=False)
    assert stranger.cancel(client.context) == wire.SUCCESS
    assert client.event() == wire.CANCELLED
    assert stranger.cancel(client.context) == wire.SUCCESS
    assert client.silent()
    assert stranger.cancel(client.context + 1000) == wire.INVALID_HANDLE


def test_a_change_between_registering_and_the_states_of_minor_6_comes_after_them(connect, slots):
    client = connect(6)
    client.send(0x13)
    assert client.ask(0x16, b"", 4) == struct.pack("=i", 16)
    slots[0].remove()
    client.send(0x17)
    assert client.read_states()[0].state == ABSENT
    assert client.event() == wire.SUCCESS


def test_minor_6_without_asking_for_states_is_told_all_the_same(connect, slots):
    client = connect(6)
    client.send(0x13)
    assert client.silent(0.05)
    slots[0].remove()
    assert client.event() == wire.SUCCESS
