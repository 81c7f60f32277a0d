"""The terminal's end of the acquirer link: what it takes for an answer, and what it says where none comes."""

from __future__ import annotations

import pytest

from dualcos.messages.acquirer_messages import NoLineAnswer
from dualcos.messages.length_frames import framed
from dualcos.messages.line_client import TcpLine
from tests.dualcos.leash.strangers import LOCAL, stranger


def is_own(payload: bytes) -> bool:
    return payload == b"own"


@pytest.mark.parametrize("before", [(), (framed(b"other"),), (framed(b""), framed(b"own "))])
def test_only_what_belongs_is_taken(before):
    with stranger(*before, framed(b"own")) as port:
        line = TcpLine(LOCAL, port, 5)
        assert line.ask(b"request", is_own) == b"own"
        assert line.ask(b"request", is_own) == b"own"
        line.close()


@pytest.mark.parametrize(
    ("answers", "why"), [((framed(b"other"),), "no answer within 0.1 seconds"), ((None,), "the connection was closed")]
)
def test_no_answer_says_that_the_request_went_out(answers, why):
    with stranger(*answers) as port:
        line = TcpLine(LOCAL, port, 0.1 if answers[0] else 5)
        with pytest.raises(NoLineAnswer, match=why) as silent:
            line.ask(b"request", is_own)
        assert silent.value.sent
        line.close()


@pytest.mark.parametrize(
    ("port", "payload", "why"),
    [(0, b"r", "ports are from 1 to 65535"), (1, b"r", f"{LOCAL}:1: "), (1, bytes(65536), "a message of 65536 bytes")],
)
def test_what_never_went_out_is_said_not_to_have(port, payload, why):
    with pytest.raises(NoLineAnswer, match=why) as silent:
        TcpLine(LOCAL, port, 1).ask(payload, is_own)
    assert not silent.value.sent
