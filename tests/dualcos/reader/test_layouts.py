"""The declared bodies of libpcsclite's messages against its C structures, written as formats of ``struct``."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.reader.embedded import pcsclite_messages
from dualcos.reader.embedded.pcsclite_messages import Code, Layout

# winscard_msg.h and eventhandler.h of pcsc-lite, native order, no padding but before a reader state's last two words.
FORMATS = (
    (pcsclite_messages.VERSION, "=iiI"),
    (pcsclite_messages.ESTABLISH, "=III"),
    (pcsclite_messages.RELEASE, "=II"),
    (pcsclite_messages.CONNECT, "=I128sIIiII"),
    (pcsclite_messages.RECONNECT, "=iIIIII"),
    (pcsclite_messages.DISCONNECT, "=iII"),
    (pcsclite_messages.CONTROL, "=iIIIII"),
    (pcsclite_messages.STATUS, "=iI"),
    (pcsclite_messages.CANCEL, "=iI"),
    (pcsclite_messages.ATTRIB, "=iI264sII"),
    (pcsclite_messages.EVENT, "=II"),
    (pcsclite_messages.EVENTS, "=II"),
    (pcsclite_messages.READER, "=128sIIi33s3xII"),
)
each = pytest.mark.parametrize(("layout", "form"), FORMATS, ids=lambda part: part if isinstance(part, str) else "")


def test_every_layout_is_held_against_its_format():
    declared = {name: value for name, value in vars(pcsclite_messages).items() if isinstance(value, Layout)}
    assert sorted(map(id, declared.values())) == sorted(id(layout) for layout, _ in FORMATS)
    assert {code for code, size in pcsclite_messages.BODY_SIZES.items() if size} <= set(Code)


@each
@given(st.data())
def test_bodies_are_read_and_written_as_the_c_structure_lies(layout, form, data):
    form = struct.Struct(form)
    assert layout.size == form.size
    raw = data.draw(st.binary(min_size=form.size, max_size=form.size))
    assert layout.unpack(raw) == form.unpack(raw)
    # Padding is written as zeros, whatever was read there.
    assert layout.pack(*layout.unpack(raw)) == form.pack(*form.unpack(raw))


@each
def test_a_body_of_another_length_is_refused(layout, form):
    for length in (0, struct.calcsize(form) - 1, struct.calcsize(form) + 1):
        with pytest.raises(struct.error):
            layout.unpack(bytes(length))


@each
def test_values_that_have_no_room_are_refused(layout, form):
    values = struct.unpack(form, bytes(layout.size))
    for wrong in (values[:-1], (*values, 0), (*values[:-1], 1 << 32), (*values[:-1], -1)):
        with pytest.raises(struct.error):
            layout.pack(*wrong)


@given(st.binary(max_size=300))
def test_characters_are_filled_with_zeros_and_cut(text):
    """As strncpy does: an ATR or a name of any length has an answer."""
    assert pcsclite_messages.ATTRIB.pack(1, 2, text, len(text), 0) == struct.pack("=iI264sII", 1, 2, text, len(text), 0)
    assert pcsclite_messages.reader_state(text, 0x12345, 4, -1, text, 2) == struct.pack(
        "=128sIIi33s3xII", text, 0x2345, 4, -1, text[:33], min(len(text), 33), 2
    )
