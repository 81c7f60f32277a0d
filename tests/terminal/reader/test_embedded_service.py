"""The embedded PC/SC service as a client sees it on the wire: contexts, sharing, transactions, events, hot plug."""

from __future__ import annotations

import contextlib
import os
import socket
import struct
import threading
from pathlib import Path

import pytest

from terminal.reader.embedded import EmbeddedService, ServiceError
from terminal.reader.slot import Slot
from tests.terminal.reader import wire
from tests.terminal.reader.cards import DUAL_ATR, T0_ATR, T1_ATR, DiaryCard
from tests.terminal.reader.wire import WireClient

CARD, PSAM = "Test card 00 00", "Test PSAM 00 01"
SELECT = bytes.fromhex("00A4040000")
OK = b"\x90\x00"
ABSENT, PRESENT, MUTE, POWERED, NEGOTIABLE, SPECIFIC = 2, 4, 8, 0x10, 0x20, 0x40


@pytest.fixture
def card():
    return DiaryCard()


@pytest.fixture
def lines():
    return []


@pytest.fixture
def slots(card, lines):
    return Slot(CARD, card, report=lines.append), Slot(PSAM)


@pytest.fixture
def service(slots, lines):
    with EmbeddedService(slots, idle_seconds=None, report=lines.append) as running:
        yield running


@pytest.fixture
def connect(service):
    clients = []

    def new(minor: int = 4, establish: bool = True) -> WireClient:
        clients.append(WireClient(str(service.path), minor, establish))
        return clients[-1]

    yield new
    for client in clients:
        client.close()


@pytest.fixture
def client(connect):
    return connect()


@pytest.fixture
def other(connect):
    return connect()


# Versions and contexts.


@pytest.mark.parametrize(("asked", "given"), [(2, 4), (4, 4), (5, 5), (6, 6), (9, 6)])
def test_the_client_s_own_minor_version_is_answered(connect, asked, given):
    client = connect(establish=False)
    assert client.version(4, asked) == (4, given, wire.SUCCESS)


def test_another_major_version_is_refused(connect):
    assert connect(establish=False).version(3, 4)[2] == wire.SERVICE_STOPPED


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


# Clients that misbehave or die.


def hung_up(client: WireClient) -> bool:
    try:
        return client.socket.recv(1) == b""
    except ConnectionResetError:
        return True


def drain(client: WireClient) -> None:
    while True:
        client.read(wire.READER_STATE_BYTES)


@pytest.mark.parametrize(
    "stream",
    [
        struct.pack("=II", 8, 0x0B) + struct.pack("=iI", 12345, 0),  # a handle nobody has
        struct.pack("=II", 0, 0x03),
        struct.pack("=II", 4, 0x11) + bytes(4),
        b"GET / HTTP/1.1\r\n\r\n",
    ],
)
def test_misconduct_closes_the_connection_and_no_other(client, other, lines, stream):
    handle = other.open(CARD)
    client.socket.sendall(stream)
    assert hung_up(client)
    assert other.transmit(handle, SELECT)[0] == wire.SUCCESS
    assert len(lines) == 1


def test_another_client_s_handle_is_unknown(client, other):
    handle = other.open(CARD)
    client.send(0x0B, struct.pack("=iI", handle, 0))
    assert hung_up(client)


def test_a_dead_client_leaves_nothing_behind(client, other, card):
    mine, yours = client.open(CARD), other.open(CARD)
    client.begin(mine)
    client.register()
    other.send_begin(yours)
    client.close()
    assert other.read_begin() == wire.RESET  # it died in a transaction: nobody knows what state the card is in
    assert card.diary == ["cold", "warm"]
    assert other.reconnect(yours)[0] == wire.SUCCESS
    assert other.begin(yours) == wire.SUCCESS
    assert other.states()[0].sharing == 1


def test_a_client_that_dies_outside_a_transaction_leaves_the_card_alone(client, other, card):
    client.open(CARD)
    yours = other.open(CARD)
    other.register()
    client.close()
    assert other.event() == wire.SUCCESS
    assert other.states()[0].sharing == 1
    assert other.transmit(yours, SELECT)[0] == wire.SUCCESS
    assert card.diary == ["cold", SELECT.hex().upper()]


def test_a_client_that_dies_during_its_command(client, other, card):
    client.send_transmit(client.open(CARD), b"\x5a\x00\x00\x00")
    assert card.busy.wait(10)
    client.close()
    card.go.set()
    handle = other.open(CARD)
    assert other.transmit(handle, SELECT) == (wire.SUCCESS, SELECT + OK)


def test_a_client_that_dies_halfway_through_a_message(client, other):
    client.socket.sendall(struct.pack("=II", 32, 9) + bytes(7))
    client.close()
    assert other.transmit(other.open(CARD), SELECT)[0] == wire.SUCCESS


def test_a_client_that_never_reads_is_cut_off_and_delays_nobody(connect, other, slots):
    deaf = connect()
    deaf.socket.settimeout(0.5)
    with contextlib.suppress(TimeoutError):
        while True:  # registering again and again fills its answers' buffer, then ours
            deaf.socket.send(struct.pack("=II", 0, 0x13))
    for _ in range(3):
        slots[0].remove()
        slots[0].insert(DiaryCard())
    assert other.transmit(other.open(CARD), SELECT)[0] == wire.SUCCESS
    assert other.silent(0.2)  # as long as we are patient with it
    deaf.socket.settimeout(10)
    with pytest.raises((wire.Hangup, ConnectionError)):
        drain(deaf)


def test_many_clients_at_once(service):
    def work(number: int) -> None:
        with WireClient(str(service.path)) as client:
            handle = client.open(CARD)
            for count in range(50):
                command = bytes((number, 0, 0, count))
                client.begin(handle)
                if client.transmit(handle, command) != (wire.SUCCESS, command + OK):
                    failures.append(number)
                client.end(handle)

    failures: list[int] = []
    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(30)
        assert not worker.is_alive()
    assert failures == []


# The socket.


def test_socket_is_private_and_goes_away(slots):
    service = EmbeddedService(slots)
    with service:
        path = Path(service.environment["PCSCLITE_CSOCK_NAME"])
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.parent.exists()
    with pytest.raises(ServiceError):
        _ = service.environment
    with service, WireClient(str(service.path)) as client:  # and it can be started again
        assert client.states()


def test_stopping_closes_clients_and_wakes_who_waits(slots, card):
    service = EmbeddedService(slots).start()
    with WireClient(str(service.path)) as mine, WireClient(str(service.path)) as yours:
        handle, waiting = mine.open(CARD), yours.open(CARD)
        mine.begin(handle)
        yours.send_begin(waiting)
        assert yours.silent(0.05)
        service.stop()
        assert hung_up(mine)
        assert hung_up(yours)
        assert card.diary == ["cold", "off"]
        service.stop()


def test_a_path_too_long_for_clients(slots, tmp_path):
    with pytest.raises(ServiceError, match="107"):
        EmbeddedService(slots, tmp_path / ("x" * 120)).start()


def test_the_longest_path(slots):
    with EmbeddedService(slots) as outer:
        longest = str(outer.path.parent) + "/"
        longest += "y" * (107 - len(os.fsencode(longest)))
        with EmbeddedService([Slot("Z")], longest) as service, WireClient(longest) as client:
            assert service.path == Path(longest)
            assert client.states()[0].name == "Z"


def test_a_live_service_is_not_pushed_aside(service):
    with pytest.raises(ServiceError, match="in use"):
        EmbeddedService([Slot("Z")], service.path).start()
    with WireClient(str(service.path)) as client:
        assert client.states()[0].name == CARD


def test_a_stale_socket_is_replaced(slots, tmp_path):
    path = tmp_path / "s"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    with EmbeddedService(slots, path), WireClient(str(path)) as client:
        assert client.states()[0].name == CARD
    assert not path.exists()


def test_what_is_not_a_socket_is_left_alone(slots, tmp_path):
    path = tmp_path / "s"
    path.write_text("mine")
    with pytest.raises(ServiceError, match="not a socket"):
        EmbeddedService(slots, path).start()
    assert path.read_text() == "mine"
    with pytest.raises(ServiceError):
        EmbeddedService(slots, tmp_path / "nowhere" / "s").start()


@pytest.mark.parametrize("names", [[], ["A", "A"], ["n" * 128], [f"R{n}" for n in range(17)]])
def test_readers_that_cannot_be_shown(names):
    with pytest.raises(ServiceError):
        EmbeddedService([Slot(name) for name in names])


def test_sixteen_readers():
    names = [f"Reader {n:02}" for n in range(16)]
    with EmbeddedService([Slot(n) for n in names]) as service, WireClient(str(service.path)) as client:
        assert [s.name for s in client.states()] == names
