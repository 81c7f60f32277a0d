"""The embedded service on the wire: clients that misbehave, die, or come in numbers."""

from __future__ import annotations

import contextlib
import struct
import threading

import pytest

from tests.dualcos.reader import wire
from tests.dualcos.reader.cards import DiaryCard
from tests.dualcos.reader.embedded_bench import CARD, OK, SELECT, hung_up
from tests.dualcos.reader.wire import WireClient


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
