"""The embedded service's socket: private, gone at the end, never in anybody's way; and how the service stops."""

from __future__ import annotations

import os
import socket
import time
from pathlib import Path

import pytest

from dualcos.reader.embedded import EmbeddedService, ReaderServiceError
from dualcos.reader.embedded import socket_service as service_module
from dualcos.reader.slot import Slot
from tests.dualcos.reader.embedded_bench import CARD, SELECT, hung_up
from tests.dualcos.reader.wire import WireClient


def test_socket_is_private_and_goes_away(slots):
    service = EmbeddedService(slots)
    with service:
        path = Path(service.environment["PCSCLITE_CSOCK_NAME"])
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
    assert not path.parent.exists()
    with pytest.raises(ReaderServiceError):
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
    with pytest.raises(ReaderServiceError, match="107"):
        EmbeddedService(slots, tmp_path / ("x" * 120)).start()


def test_the_longest_path(slots):
    with EmbeddedService(slots) as outer:
        longest = str(outer.path.parent) + "/"
        longest += "y" * (107 - len(os.fsencode(longest)))
        with EmbeddedService([Slot("Z")], longest) as service, WireClient(longest) as client:
            assert service.path == Path(longest)
            assert client.states()[0].name == "Z"


def test_a_live_service_is_not_pushed_aside(service):
    with pytest.raises(ReaderServiceError, match="in use"):
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
    with pytest.raises(ReaderServiceError, match="not a socket"):
        EmbeddedService(slots, path).start()
    assert path.read_text() == "mine"
    with pytest.raises(ReaderServiceError):
        EmbeddedService(slots, tmp_path / "nowhere" / "s").start()


@pytest.mark.parametrize("names", [[], ["A", "A"], ["n" * 128], [f"R{n}" for n in range(17)]])
def test_readers_that_cannot_be_shown(names):
    with pytest.raises(ReaderServiceError):
        EmbeddedService([Slot(name) for name in names])


def test_sixteen_readers():
    names = [f"Reader {n:02}" for n in range(16)]
    with EmbeddedService([Slot(n) for n in names]) as service, WireClient(str(service.path)) as client:
        assert [s.name for s in client.states()] == names


def test_a_card_that_never_answers_does_not_keep_the_service_from_stopping(slots, card, lines, monkeypatch):
    monkeypatch.setattr(service_module, "_STOP_SECONDS", 0.05)
    monkeypatch.setattr(service_module, "_JOIN_SECONDS", 0.1)
    service = EmbeddedService(slots, report=lines.append).start()
    path = service.path
    with WireClient(str(path)) as stuck, WireClient(str(path)) as waiting:
        handle = stuck.open(CARD)
        other = waiting.open(CARD)
        stuck.send_transmit(handle, b"\x5a\x00\x00\x00")
        assert card.busy.wait(10)
        waiting.send_transmit(other, SELECT)
        began = time.monotonic()
        service.stop()
        assert time.monotonic() - began < 2
        assert [line for line in lines if CARD in line and "has not answered for 0.05 s" in line] == lines
        assert not path.exists()
        assert hung_up(stuck)
    assert "off" not in card.diary  # and it does not say that it took its power
    card.go.set()
