"""The server when the system or strangers leave it nothing: it says so once, waits, and answers again."""

from __future__ import annotations

import errno
import os
import socket
import threading
from contextlib import ExitStack, suppress

import pytest

from dualcos.leash import leash_server
from dualcos.leash.leash_rules import LeashRule
from dualcos.leash.leash_server import LOCAL, ConnectionLimits, LeashServer, LeashServerError, address_of
from dualcos.leash.leashed_partner import LeashedPartner
from dualcos.leash.rule_engine import Leash
from dualcos.messages.length_frames import LengthFrames, framed
from dualcos.messages.social_client import TcpBackEnd
from dualcos.messages.social_codec import SocialForm, written
from dualcos.messages.social_services import BlacklistAsked, NoAnswer, ServiceDone

ASKED = BlacklistAsked(terminal="990000000001", running=1)
FORM = SocialForm()


def done(request) -> ServiceDone:
    return ServiceDone(running=request.running)


def partner() -> LeashedPartner:
    return LeashedPartner(done, Leash().followed, FORM)


def answered(port: int, host: str = LOCAL) -> bool:
    client = TcpBackEnd(host, port, 5)
    try:
        return client.ask(ASKED) == ServiceDone(running=1)
    except NoAnswer:
        return False
    finally:
        client.close()


def hung_up(connection: socket.socket) -> bool:
    connection.settimeout(5)
    with suppress(ConnectionResetError):
        return connection.recv(1) == b""
    return True


def test_no_file_left_for_a_connection_is_told_once_and_waited_for(monkeypatch):
    said: list[str] = []
    monkeypatch.setattr(leash_server, "_LOOK_SECONDS", 0.01)
    with LeashServer(partner, FORM, report=said.append) as server:
        listening, failing = server._listening, 3

        class Poor:
            """A socket of a process that has no file descriptor left, three times."""

            def accept(self):
                nonlocal failing
                if failing:
                    failing -= 1
                    raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
                return listening.accept()

            def __getattr__(self, name):
                return getattr(listening, name)

        server._listening = Poor()
        assert answered(server.port)
        assert answered(server.port)
    assert said == ["no connection can be taken, waiting: Too many open files"]


def test_no_thread_left_for_a_connection_is_told_once_and_others_are_answered(monkeypatch):
    said: list[str] = []
    begin, failing = threading.Thread.start, 2

    def start(thread):
        nonlocal failing
        if failing and thread.name == "leash-connection":
            failing -= 1
            raise RuntimeError("can't start new thread")
        begin(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    with LeashServer(partner, FORM, report=said.append) as server:
        assert [answered(server.port) for _ in range(3)] == [False, False, True]
    assert said == ["no connection can be taken: can't start new thread"]


def test_more_connections_than_there_may_be_are_closed_and_told_once():
    said: list[str] = []
    limits = ConnectionLimits(connections=2)
    with LeashServer(partner, FORM, report=said.append, limits=limits) as server, ExitStack() as stack:
        first = [stack.enter_context(socket.create_connection((LOCAL, server.port), 5)) for _ in range(2)]
        for each in first:
            each.sendall(framed(written(ASKED)))
            assert LengthFrames().fed(each.recv(1 << 16))
        for _ in range(3):
            with socket.create_connection((LOCAL, server.port), 5) as other:
                assert hung_up(other)
        assert said == ["2 connections are open, and more are closed at once"]
        first[0].close()
        while not answered(server.port):
            pass
        assert len(said) == 1


def test_who_never_asks_anything_makes_room_for_who_does():
    """However many of them there are: the oldest goes first, and nobody who has asked."""
    said: list[str] = []
    limits = ConnectionLimits(connections=3)
    with LeashServer(partner, FORM, report=said.append, limits=limits) as server, ExitStack() as stack:
        busy, *silent = (stack.enter_context(socket.create_connection((LOCAL, server.port), 5)) for _ in range(3))
        busy.sendall(framed(written(ASKED)))
        assert LengthFrames().fed(busy.recv(1 << 16))
        silent[1].sendall(b"\0")
        assert answered(server.port)
        assert hung_up(silent[0])
        more = [stack.enter_context(socket.create_connection((LOCAL, server.port), 5)) for _ in range(5)]
        assert all(hung_up(each) for each in (silent[1], *more[:3]))
        busy.sendall(framed(written(ASKED)))
        assert LengthFrames().fed(busy.recv(1 << 16))
    assert said == []


def test_who_says_nothing_is_hung_up_on():
    said: list[str] = []
    limits = ConnectionLimits(idle=0.05)
    with LeashServer(partner, FORM, report=said.append, limits=limits) as server:
        with socket.create_connection((LOCAL, server.port), 5) as silent:
            assert hung_up(silent)
        assert answered(server.port)
    assert said == []


def test_it_ends_though_a_request_does_not_and_says_so(monkeypatch):
    said: list[str] = []
    begun, released = threading.Event(), threading.Event()
    monkeypatch.setattr(leash_server, "_LAST_SECONDS", 0.05)

    def stuck(request):
        begun.set()
        released.wait(10)
        return done(request)

    server = LeashServer(lambda: LeashedPartner(stuck, Leash().followed, FORM), FORM, report=said.append)
    with socket.create_connection((LOCAL, server.port), 5) as waiting:
        waiting.sendall(framed(written(ASKED)))
        assert begun.wait(5)
        server.close()
        assert said == ["1 requests are still being carried out 仍在执行"]
        released.set()
    for thread in threading.enumerate():
        if thread.name == "leash-connection":
            thread.join(5)


@pytest.mark.skipif(not socket.has_ipv6, reason="this system has no IPv6")
def test_it_listens_at_an_ipv6_address():
    try:
        server = LeashServer(partner, FORM, host="::1")
    except LeashServerError as error:
        if "Cannot assign" in str(error):
            pytest.skip("this machine has no IPv6 loopback")
        raise
    with server:
        assert answered(server.port, "::1")
    assert address_of("::1", 7001) == "[::1]:7001"
    assert address_of(LOCAL, 7001) == "127.0.0.1:7001"


@pytest.mark.parametrize("host", ["a" * 64 + ".com", "x\0y"])
def test_what_names_no_host_is_one_line(host):
    with pytest.raises(LeashServerError, match=r"no name of a host|not known"):
        LeashServer(partner, FORM, host=host)
    with pytest.raises(NoAnswer, match=r"no name of a host|not known") as silent:
        TcpBackEnd(host, 7001, 1).ask(ASKED)
    assert not silent.value.sent


def test_a_delay_is_no_idleness():
    rules = Leash([LeashRule(delay=5)])
    limits = ConnectionLimits(idle=5)
    with LeashServer(
        lambda: LeashedPartner(done, rules.followed, FORM), FORM, limits=limits, sleep=lambda _: None
    ) as server:
        assert answered(server.port)
