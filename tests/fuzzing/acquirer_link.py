"""Targets of the acquirer link: what a payment terminal hears and an acquirer or the switch is sent."""

from __future__ import annotations

from dualcos.explain.acquirer_message_words import message_lines
from dualcos.explain.message_line import in_lines
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583
from dualcos.messages.pos_envelope import PosEnvelope, opened, seal_holds
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_form import pos_facts
from dualcos.messages.pos_messages import POS_MESSAGES, refused
from dualcos.messages.switch_envelope import SwitchHeader, rejection, switch_frame
from dualcos.messages.switch_fields import SWITCH_DIALECT
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac
from tests.dualcos.messages.whole_messages import whole_answer, whole_request
from tests.fuzzing.target import Target

_POS, _SWITCH = Iso8583Codec(POS_DIALECT), Iso8583Codec(SWITCH_DIALECT)
_KEY = KeyHandle(TDES, bytes(range(16)))
_HEADER = SwitchHeader("00010000", "00020000")


def pos(data: bytes) -> None:
    envelope, body = opened(data)
    message = _POS.message(body)
    assert envelope.around(_POS.body(message)) == data
    assert seal_holds(_POS, body, _KEY, LineMac.ECB_HEX) in (True, False)
    _POS.body(refused(message, "30"))
    pos_facts(message)
    lines = message_lines(message)
    assert "\n" not in "".join((*in_lines(lines, chinese=True), *in_lines(lines, chinese=False)))


def switch(data: bytes) -> None:
    frame = switch_frame(data)
    if frame.rejected is None:
        assert frame.header.around(frame.body) == data
    message = _SWITCH.message(frame.body)
    assert _SWITCH.body(message) == frame.body
    lines = message_lines(message, SWITCH_DIALECT)
    assert "\n" not in "".join((*in_lines(lines, chinese=True), *in_lines(lines, chinese=False)))


def _pos_seeds() -> list[bytes]:
    kinds = (POS_MESSAGES[name] for name in ("sign-on", "purchase", "transfer", "settlement", "parameter query"))
    return [
        PosEnvelope().around(_POS.body(made)) for kind in kinds for made in (whole_request(kind), whole_answer(kind))
    ]


def _switch_seeds() -> list[bytes]:
    fields = {
        2: "6200001234567890128", 3: "000000", 4: "000000000100", 48: b"NK" + bytes(16), 60: "00000500", 70: "101",
        90: "0" * 42, 128: bytes(8),
    }  # fmt: skip
    body = _SWITCH.body(whole_request(POS_MESSAGES["echo"]).having({60: None, 63: None, **fields}))
    frame = switch_frame(_HEADER.around(body))
    return [_HEADER.around(body), rejection(frame, "00123")]


TARGETS = (
    Target(
        "pos-message",
        pos,
        (UnreadableIso8583,),
        "a message that is taken is written again as it was, can be refused and has facts and words of one line each",
        _pos_seeds,
        800,
        slow=True,
    ),
    Target(
        "switch-frame",
        switch,
        (UnreadableIso8583,),
        "a frame that is taken is written again as it was, and its message has words of one line each",
        _switch_seeds,
        600,
        slow=True,
    ),
)
