"""What stands around a message on the line, and its seal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583
from dualcos.messages.pos_envelope import PosEnvelope, opened, seal_holds, sealed
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.switch_fields import SWITCH_DIALECT
from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.line_cryptography import LineMac

KEY, OTHER = KeyHandle(TDES, bytes(range(16))), KeyHandle(TDES, bytes(range(1, 17)))
POS, SWITCH = Iso8583Codec(POS_DIALECT), Iso8583Codec(SWITCH_DIALECT)
LRI = b"LRI\0\x1c" + b"12345678" + b"87654321" + bytes(12)
KINDS = [(POS, LineMac.ECB_HEX), (POS, LineMac.XOR_3DES), (POS, LineMac.X919), (SWITCH, LineMac.CBC_TEXT)]


def test_the_usual_front():
    assert PosEnvelope().around(b"\x02\x00").hex() == "6000010000" + "603200310000" + "0200"


@given(
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=6, max_size=6),
    st.sampled_from((b"", LRI)),
    st.binary(max_size=9),
)
def test_what_stood_in_front_comes_back(addresses, header, lri, body):
    header = header if not header.startswith(b"LRI") else bytes(6)
    envelope = PosEnvelope(b"\x60" + addresses, header, lri)
    assert opened(envelope.around(body)) == (envelope, body)
    assert envelope.back().back() == envelope


def test_an_answer_goes_back_where_the_request_came_from():
    back = PosEnvelope(bytes.fromhex("6012345678"), lri=LRI).back()
    assert back.tpdu.hex() == "6056781234"
    assert back.lri == LRI


@pytest.mark.parametrize(
    "payload", [b"", bytes(10), bytes(5) + LRI, bytes(5) + LRI[:32], bytes(5) + LRI[:30] + bytes(2)]
)
def test_less_than_a_front_is_unreadable(payload):
    with pytest.raises(UnreadableIso8583, match=f"{len(payload)} bytes: no TPDU with a header behind it"):
        opened(payload)


@pytest.mark.parametrize(("codec", "kind"), KINDS)
def test_a_seal_holds_until_a_sealed_byte_changes(codec, kind):
    message = AcquirerMessage(
        "0200", {3: "000000", 4: "000000000100", 11: "000001", codec.dialect.mac_field: b"whatever"}
    )
    body = sealed(codec, message, KEY, kind)
    assert seal_holds(codec, body, KEY, kind)
    assert not seal_holds(codec, body, OTHER, kind)
    for at in range(len(body) - 24, len(body)):
        changed = body[:at] + bytes((body[at] ^ 1,)) + body[at + 1 :]
        assert not seal_holds(codec, changed, KEY, kind), at
    assert codec.message(body).having({codec.dialect.mac_field: None}) == message.having(
        {codec.dialect.mac_field: None}
    )


@pytest.mark.parametrize(("codec", "kind"), KINDS)
def test_what_has_no_seal_has_no_right_one(codec, kind):
    assert not seal_holds(codec, codec.body(AcquirerMessage("0200", {3: "000000"})), KEY, kind)
    assert not seal_holds(codec, b"", KEY, kind)
    assert not seal_holds(codec, bytes(30), KEY, kind)
