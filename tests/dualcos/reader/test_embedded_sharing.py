"""The embedded service on the wire: sharing, transactions, and what a reset leaves behind for the others."""

from __future__ import annotations

import struct

import pytest

from dualcos.reader.embedded import EmbeddedService
from tests.dualcos.reader import wire
from tests.dualcos.reader.cards import T1_ATR, DiaryCard
from tests.dualcos.reader.embedded_bench import CARD, OK, PRESENT, PSAM, SELECT
from tests.dualcos.reader.wire import WireClient

# Sharing.


def test_exclusive_is_alone(client, other):
    handle = client.open(CARD, wire.EXCLUSIVE)
    assert client.states()[0].sharing == -1
    assert other.connect(CARD)[0] == wire.SHARING_VIOLATION
    assert client.end(handle) == wire.NOT_TRANSACTED
    assert client.begin(handle) == wire.SUCCESS
    assert client.end(handle) == wire.SUCCESS
    assert client.disconnect(handle) == wire.SUCCESS
    assert other.connect(CARD)[0] == wire.SUCCESS
    assert client.connect(CARD, wire.EXCLUSIVE)[0] == wire.SHARING_VIOLATION


def test_shared_counts_and_turns_exclusive_when_alone(client, other):
    mine, yours = client.open(CARD), other.open(CARD)
    assert client.states()[0].sharing == 2
    assert client.reconnect(mine, wire.EXCLUSIVE)[0] == wire.SHARING_VIOLATION
    other.disconnect(yours)
    assert client.reconnect(mine, wire.EXCLUSIVE)[0] == wire.SUCCESS
    assert other.connect(CARD)[0] == wire.SHARING_VIOLATION
    assert client.reconnect(mine, wire.SHARED)[0] == wire.SUCCESS
    assert other.connect(CARD)[0] == wire.SUCCESS


# Transactions.


def test_others_wait_for_the_end_of_a_transaction(client, connect, card):
    mine = client.open(CARD)
    waiting = [connect() for _ in range(4)]
    handles = [each.open(CARD) for each in waiting[:3]]
    assert client.begin(mine) == wire.SUCCESS
    waiting[0].send_transmit(handles[0], SELECT)
    waiting[1].send_begin(handles[1])
    waiting[2].send(0x0B, struct.pack("=iI", handles[2], 0))
    waiting[3].send_connect(CARD, wire.SHARED, wire.ANY)
    assert all(each.silent() for each in waiting)
    assert client.transmit(mine, b"\x01\x00\x00\x00")[0] == wire.SUCCESS
    assert client.states()[0].sharing == 4  # looking is allowed
    assert client.end(mine) == wire.SUCCESS
    assert waiting[1].read_begin() == wire.SUCCESS  # whether or not the others came first, all get their turn
    assert waiting[1].end(handles[1]) == wire.SUCCESS
    assert waiting[2].read(8) == struct.pack("=iI", handles[2], 0)
    assert waiting[3].read_connect()[0] == wire.SUCCESS
    assert waiting[0].read_transmit() == (wire.SUCCESS, SELECT + OK)
    assert card.diary == ["cold", "01000000", SELECT.hex().upper()]


def test_transactions_nest(client, other):
    mine, yours = client.open(CARD), other.open(CARD)
    assert client.end(mine) == wire.NOT_TRANSACTED
    assert client.begin(mine) == client.begin(mine) == wire.SUCCESS
    assert other.end(yours) == wire.SHARING_VIOLATION
    assert client.end(mine) == wire.SUCCESS
    other.send_begin(yours)
    assert other.silent()
    assert client.end(mine) == wire.SUCCESS
    assert other.read_begin() == wire.SUCCESS


def test_disconnect_ends_the_transaction(client, other):
    mine, yours = client.open(CARD), other.open(CARD)
    client.begin(mine)
    other.send_begin(yours)
    client.disconnect(mine)
    assert other.read_begin() == wire.SUCCESS


def test_nobody_waits_for_a_transaction_of_his_own(client, connect):
    """Two handles of one connection: it would wait for ever, and with it, when it is gone, everybody else."""
    mine, again = client.open(CARD), client.open(CARD)
    assert client.begin(mine) == wire.SUCCESS
    assert client.begin(again) == wire.SHARING_VIOLATION
    assert client.transmit(again, SELECT)[0] == wire.SHARING_VIOLATION
    assert client.status(again) == wire.SHARING_VIOLATION
    assert client.control(again, 0x42000D48)[0] == wire.SHARING_VIOLATION
    assert client.reconnect(again)[0] == wire.SHARING_VIOLATION
    assert client.connect(CARD)[0] == wire.SHARING_VIOLATION
    client.socket.close()
    assert connect().connect(CARD)[0] == wire.SUCCESS


def test_disconnect_and_leave_does_not_wait(client, other):
    mine, yours = client.open(CARD), other.open(CARD)
    client.begin(mine)
    assert other.disconnect(yours, wire.LEAVE) == wire.SUCCESS


def test_a_transaction_on_one_reader_is_nothing_to_another(client, other, slots):
    slots[1].insert(DiaryCard(T1_ATR))
    mine, yours = client.open(CARD), other.open(PSAM)
    client.begin(mine)
    assert other.transmit(yours, SELECT, wire.T1) == (wire.SUCCESS, SELECT + OK)


def test_a_slow_card_holds_up_nobody_at_the_other_reader(client, other, slots, card):
    slots[1].insert(DiaryCard(T1_ATR))
    mine, yours = client.open(CARD), other.open(PSAM)
    client.send_transmit(mine, b"\x5a\x00\x00\x00")
    assert card.busy.wait(10)
    assert other.transmit(yours, SELECT, wire.T1) == (wire.SUCCESS, SELECT + OK)
    assert len(other.states()) == 2
    card.go.set()
    assert client.read_transmit() == (wire.SUCCESS, b"\x5a\x00\x00\x00" + OK)


# Dispositions and the events they leave.


@pytest.mark.parametrize(
    ("how", "happens"),
    [(wire.LEAVE, []), (wire.RESET_CARD, ["warm"]), (wire.UNPOWER, ["off"]), (wire.EJECT, ["off"])],
)
def test_disconnect_dispositions(client, card, how, happens):
    handle = client.open(CARD)
    assert client.disconnect(handle, how) == wire.SUCCESS
    assert card.diary == ["cold", *happens]


@pytest.mark.parametrize(
    ("how", "happens"), [(wire.LEAVE, []), (wire.RESET_CARD, ["warm"]), (wire.UNPOWER, ["off", "cold"])]
)
def test_reconnect_dispositions(client, card, how, happens):
    handle = client.open(CARD)
    assert client.reconnect(handle, how=how) == (wire.SUCCESS, wire.T0)
    assert card.diary == ["cold", *happens]
    assert client.transmit(handle, SELECT)[0] == wire.SUCCESS


def test_dispositions_that_do_not_exist(client, card):
    handle = client.open(CARD)
    assert client.disconnect(handle, 9) == wire.INVALID_VALUE
    assert client.reconnect(handle, how=wire.EJECT)[0] == wire.INVALID_VALUE
    assert client.end(handle, 9) == wire.INVALID_VALUE
    assert card.diary == ["cold"]


@pytest.mark.parametrize("by", ["reconnect", "disconnect", "end"])
def test_a_reset_is_told_to_the_others_until_they_reconnect(client, other, by):
    mine, yours = client.open(CARD), other.open(CARD)
    if by == "reconnect":
        client.reconnect(mine, how=wire.RESET_CARD)
    elif by == "disconnect":
        client.disconnect(mine, wire.RESET_CARD)
    else:
        client.begin(mine)
        assert client.end(mine, wire.RESET_CARD) == wire.SUCCESS
        assert client.transmit(mine, SELECT)[0] == wire.RESET  # whoever ends with a reset reconnects too
    for _ in range(2):
        assert other.transmit(yours, SELECT) == (wire.RESET, b"")
        assert other.status(yours) == wire.RESET
        assert other.begin(yours) == wire.RESET
    assert other.reconnect(yours) == (wire.SUCCESS, wire.T0)
    assert other.transmit(yours, SELECT) == (wire.SUCCESS, SELECT + OK)


def test_after_unpowering_the_next_connection_powers_up(client, card):
    client.disconnect(client.open(CARD), wire.UNPOWER)
    assert client.states()[0].state == PRESENT
    client.open(CARD)
    assert card.diary == ["cold", "off", "cold"]


def test_an_idle_card_loses_its_power_and_one_in_use_does_not(slots, card):
    with EmbeddedService(slots, idle_seconds=0.02) as service, WireClient(str(service.path)) as client:
        client.disconnect(client.open(CARD))
        handle = client.open(CARD)  # in time
        assert client.silent()
        assert client.transmit(handle, SELECT)[0] == wire.SUCCESS
        assert card.diary == ["cold", SELECT.hex().upper()]
        client.disconnect(handle)
        assert client.silent()
        assert card.diary == ["cold", SELECT.hex().upper(), "off"]
        client.open(CARD)
        assert card.diary[-1] == "cold"
