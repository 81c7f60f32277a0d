"""The terminal's end: never another's answer, never a crash, and it says whether anything went out."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable

import pytest

from dualcos.messages.length_frames import framed
from dualcos.messages.social_client import TcpBackEnd
from dualcos.messages.social_codec import written
from dualcos.messages.social_services import LoadReported, NoAnswer, ServiceDone
from tests.desk_cards import desk_card
from tests.dualcos.leash.strangers import LOCAL, listening, stranger


def asked() -> LoadReported:
    return LoadReported(**desk_card("social-2.0").about(voucher="L1", tac=""))


DONE = ServiceDone(running=1)
RIGHT = framed(written(DONE))
OTHER = framed(written(ServiceDone(running=2)))
GARBAGE = (framed(b""), framed(b"\xff\xff"), framed(b"{}"), framed(b"[" * 60_000), framed(b'{"answer":"done"}'))


@pytest.mark.parametrize("before", [(), (OTHER,), GARBAGE, (OTHER, *GARBAGE, OTHER)])
def test_only_its_own_answer_is_taken(before):
    with stranger(*before, RIGHT) as port:
        client = TcpBackEnd(LOCAL, port)
        assert client.ask(asked()) == DONE
        client.close()


@pytest.mark.parametrize("answers", [(), (OTHER,), GARBAGE, (RIGHT[:-1],), (b"\xff\xff{",)])
def test_no_answer_of_its_own_is_none(answers):
    with stranger(*answers) as port:
        client = TcpBackEnd(LOCAL, port, 0.1)
        with pytest.raises(NoAnswer, match="no answer within") as silent:
            client.ask(asked())
        assert silent.value.sent
        client.close()


def test_a_torn_answer_is_not_mixed_with_the_next():
    """What hangs in the middle of a frame is hung up on; on the next connection all is well."""

    def answered(answer: bytes) -> Callable[[socket.socket], None]:
        def converse(connection: socket.socket) -> None:
            connection.recv(1 << 16)
            connection.sendall(answer)
            connection.recv(1 << 16)

        return converse

    with listening(answered(RIGHT[:-1]), answered(RIGHT)) as port:
        client = TcpBackEnd(LOCAL, port, 0.8)
        with pytest.raises(NoAnswer):
            client.ask(asked())
        assert client.ask(asked()) == DONE
        client.close()


def test_a_connection_that_was_closed_is_made_again():
    closed = threading.Event()

    def once(connection: socket.socket) -> None:
        connection.recv(1 << 16)
        connection.sendall(RIGHT)
        connection.close()
        closed.set()

    with listening(once, once) as port:
        client = TcpBackEnd(LOCAL, port)
        for _ in range(2):
            assert client.ask(asked()) == DONE
            assert closed.wait(5)
        client.close()


def test_hanging_up_is_no_answer():
    with stranger(None) as port:
        client = TcpBackEnd(LOCAL, port)
        with pytest.raises(NoAnswer) as silent:
            client.ask(asked())
        assert silent.value.sent
        client.close()


def test_where_nobody_listens_nothing_went_out():
    with socket.create_server((LOCAL, 0)) as taken:
        port = taken.getsockname()[1]
    for address in ((LOCAL, port), (LOCAL, 70_000), (LOCAL, 0)):
        with pytest.raises(NoAnswer) as silent:
            TcpBackEnd(*address, 1).ask(asked())
        assert not silent.value.sent


def test_a_request_that_no_frame_holds_is_not_sent():
    long = LoadReported(**desk_card("social-2.0").about(voucher="1" * 70_000, tac=""))
    with pytest.raises(NoAnswer, match="65535") as silent:
        TcpBackEnd(LOCAL, 1).ask(long)
    assert not silent.value.sent
