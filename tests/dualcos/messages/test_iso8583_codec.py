"""Both dialects as bytes: what is written is read, what is read is written, anything else is refused in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.iso8583_codec import Iso8583Codec, UnreadableIso8583, UnwritableIso8583
from dualcos.messages.iso8583_fields import FieldKind, IsoField, SealedText, iso_dialect
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.switch_fields import SWITCH_DIALECT
from tests.dualcos.messages.drawn_messages import drawn_message

POS, SWITCH = Iso8583Codec(POS_DIALECT), Iso8583Codec(SWITCH_DIALECT)
CODECS = pytest.mark.parametrize("codec", [POS, SWITCH], ids=["POS", "switch"])
PAN, TRACK, PIN_BLOCK = "6200001234567890128", "6200001234567890128=2512201", bytes.fromhex("A1B2C3D4E5F60718")


@CODECS
@given(st.data())
def test_what_is_written_is_read(codec, data):
    message = data.draw(drawn_message(codec.dialect))
    body = codec.body(message)
    assert codec.message(body) == message
    assert codec.body(codec.message(body)) == body


@CODECS
@given(st.binary(max_size=120))
def test_any_bytes_are_a_message_or_unreadable(codec, body):
    read_or_refused(codec, body)


@CODECS
@given(st.data())
def test_a_message_that_is_not_whole_any_more_is_one_or_unreadable(codec, data):
    body = bytearray(codec.body(data.draw(drawn_message(codec.dialect))))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(body) - 1))
        match data.draw(st.sampled_from(("change", "cut", "more"))):
            case "change":
                body[at] = data.draw(st.integers(0, 255))
            case "cut":
                del body[max(1, at) :]
            case _:
                body[at:at] = data.draw(st.binary(min_size=1, max_size=3))
    read_or_refused(codec, bytes(body))


def read_or_refused(codec: Iso8583Codec, body: bytes) -> None:
    try:
        message = codec.message(body)
    except UnreadableIso8583 as refused:
        said = str(refused)
    else:
        said = "" if codec.body(message) == body else "\n"
    assert "\n" not in said


@pytest.mark.parametrize(
    ("number", "value", "written"),
    [
        (2, "6200001234567890128", "19 6200001234567890128 0"),
        (2, "620000123456789012", "18 620000123456789012"),
        (3, "000000", "000000"),
        (4, "000000001234", "000000001234"),
        (22, "051", "0510"),
        (23, "001", "0001"),
        (25, "00", "00"),
        (32, "00010000", "08 00010000"),
        (32, "12345678901", "11 12345678901 0"),
        (35, "6200=25", "07 6200D25 0"),
        (36, "1=2=3", "0005 1D2D3 0"),
        (39, "A0", "4130"),
        (41, "12345678", "3132333435363738"),
        (42, "1234", "31323334" + "20" * 11),
        (44, "AB", "02 4142"),
        (48, "123", "0003 1230"),
        (49, "156", "313536"),
        (52, PIN_BLOCK, "A1B2C3D4E5F60718"),
        (55, b"\x9f\x27\x01\x80", "0004 9F270180"),
        (60, "22000001000", "0011 22000001000 0"),
        (61, "000001", "0006 000001"),
        (62, b"\x01\x02\x03", "0003 010203"),
        (63, "001中", "0005 303031 D6D0"),
    ],
)
def test_how_a_field_lies_between_terminal_and_acquirer(number, value, written):
    bitmap = (1 << 64 - number).to_bytes(8, "big").hex()
    body = bytes.fromhex(f"0200 {bitmap} {''.join(written.split())}")
    assert POS.body(AcquirerMessage("0200", {number: value})) == body
    assert POS.message(body) == AcquirerMessage("0200", {number: value})


@pytest.mark.parametrize(
    ("number", "value", "written"),
    [
        (2, "6200001234567890128", b"196200001234567890128"),
        (22, "051", b"051"),
        (23, "001", b"001"),
        (35, "6200=25", b"076200=25"),
        (42, "1234", b"1234           "),
        (43, "中国", b"\xd6\xd0\xb9\xfa" + b" " * 36),
        (55, b"\x9f\x27\x01\x80", b"004\x9f\x27\x01\x80"),
        (90, "1" * 42, b"1" * 42),
        (100, "00010000", b"0800010000"),
    ],
)
def test_how_a_field_lies_between_member_and_switch(number, value, written):
    first, second = (1 << 64 - number if number < 64 else 1 << 63), (1 << 128 - number if number > 64 else 0)
    bitmaps = first.to_bytes(8, "big") + (second.to_bytes(8, "big") if number > 64 else b"")
    body = b"0200" + bitmaps + written
    assert SWITCH.body(AcquirerMessage("0200", {number: value})) == body
    assert SWITCH.message(body) == AcquirerMessage("0200", {number: value})


BITMAP = {number: (1 << 64 - number).to_bytes(8, "big").hex() for number in range(1, 65)}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("", "MTI: field data is 0 bytes, expecting 2"),
        ("02", "MTI: field data is 1 bytes, expecting 2"),
        ("0A00" + "00" * 8, "MTI: four digits are wanted"),
        ("0200" + "00" * 7, "bitmap: field data is 7 bytes, expecting 8"),
        ("0200" + BITMAP[5] + "00" * 6, "field 5: the POS dialect has none"),
        ("0200" + BITMAP[1] + "00" * 8, "field 1: the POS dialect has none"),
        ("0200" + BITMAP[3] + "0000", "field 3: field data is 4 nibbles, expecting 6"),
        ("0200" + BITMAP[3] + "00000A", "field 3: digits are wanted"),
        ("0200" + BITMAP[3] + "00000000", "field 3: extra data after last field"),
        ("0200" + BITMAP[2] + "1A" + "00" * 13, "field 2: failed to decode field length, invalid BCD data"),
        ("0200" + BITMAP[2] + "20" + "00" * 10, "field 2: field data is 20 nibbles, larger than maximum 19"),
        ("0200" + BITMAP[2] + "03" + "1234", "field 2: field data is 4 nibbles, expecting 3"),
        ("0200" + BITMAP[23] + "1001", "field 23: field data is 4 nibbles, expecting 3"),
        ("0200" + BITMAP[35] + "03" + "1E20", "field 35: digits and separators are wanted"),
        ("0200" + BITMAP[39] + "3007", "field 39: printable characters are wanted"),
        ("0200" + BITMAP[63] + "0001FF", "field 63: failed to decode field, invalid data"),
    ],
)
def test_what_is_no_message_of_a_terminal_says_why(body, why):
    with pytest.raises(UnreadableIso8583) as refused:
        POS.message(bytes.fromhex(body))
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"02x0" + bytes(8), "MTI: four digits are wanted"),
        (b"0200\x80" + bytes(7) + bytes(8), "a length or a filling is not written as this dialect writes it"),
        (b"0200\x80" + bytes(7) + b"\x80" + bytes(7) + bytes(8), "field 65: a third bitmap is not used"),
        (b"0200\x80" + bytes(7) + b"\x80" + bytes(7) + b"\x80" + bytes(7), "field 129: the switch dialect has none"),
        (b"0200\x40" + bytes(7) + b" 1" + b"1", "a length or a filling is not written as this dialect writes it"),
        (b"0200\x40" + bytes(7) + b"-1", "field 2"),
        (b"0200\x40" + bytes(7) + b"xx", "field 2: failed to decode field length, non-numeric data"),
        (b"0200\x20" + bytes(7) + b"00000x", "field 3: digits are wanted"),
    ],
)
def test_what_is_no_message_of_the_switch_says_why(body, why):
    with pytest.raises(UnreadableIso8583) as refused:
        SWITCH.message(body)
    assert why in str(refused.value)


@pytest.mark.parametrize(
    ("mti", "fields", "why"),
    [
        ("020", {}, "MTI"),
        ("02000", {}, "MTI"),
        ("02x0", {}, "MTI"),
        ("0200", {7: "1123182500"}, "field 7: the POS dialect has none"),
        ("0200", {1: b""}, "field 1: the POS dialect has none"),
        ("0200", {2: b"62"}, "field 2: text is wanted"),
        ("0200", {52: "62"}, "field 52: bytes are wanted"),
        ("0200", {3: "00000"}, "field 3: field data is 5 nibbles, expecting 6"),
        ("0200", {3: "00000A"}, "field 3: digits are wanted"),
        ("0200", {3: "00000٣"}, "field 3: digits are wanted"),
        ("0200", {35: "12A"}, "field 35: digits and separators are wanted"),
        ("0200", {39: "中"}, "field 39: printable characters are wanted"),
        ("0200", {41: "123456789"}, "field 41: field data is 9 bytes, expecting 8"),
        ("0200", {41: "\ud800"}, "field 41: a character that GB 18030 has not"),
        ("0200", {63: "\ud800"}, "field 63: failed to encode field, invalid data"),
        ("0200", {2: "1" * 20}, "field 2: field data is 20 nibbles, larger than maximum 19"),
        ("0200", {55: bytes(256)}, "field 55: field data is 256 bytes, larger than maximum 255"),
    ],
)
def test_what_does_not_fit_is_not_written(mti, fields, why):
    with pytest.raises(UnwritableIso8583) as refused:
        POS.body(AcquirerMessage(mti, fields))
    assert str(refused.value).startswith(why)


def test_nothing_secret_is_in_a_repr_or_an_error():
    message = AcquirerMessage("0200", {2: PAN, 35: TRACK, 36: TRACK, 52: PIN_BLOCK, 62: bytes(range(40))})
    assert repr(message) == "<AcquirerMessage 0200 2 35 36 52 62>"
    body = POS.body(message)
    told = []
    for at in range(len(body)):
        for made in (body[:at], body[:at] + bytes((body[at] ^ 0x0A,)) + body[at + 1 :], body + body[:at]):
            try:
                POS.message(made)
            except UnreadableIso8583 as refused:
                told.append(f"{refused!r} {refused.__cause__!r} {refused.__dict__}")
    assert told
    for secret in (PAN, TRACK, PAN[6:-4], PIN_BLOCK.hex(), PIN_BLOCK.hex().upper(), bytes(range(8)).hex()):
        assert not [line for line in told if secret in line]


# --- what a MAC is made over ---------------------------------------------------------------------------------------

SEALED = {
    2: PAN, 3: "000000", 4: "000000001234", 7: "1123182500", 11: "000001", 18: "5411", 25: "00", 32: "00000001",
    33: "00000001", 41: "12345678", 42: "123456789012345",
}  # fmt: skip
TEXT = (
    b"0200 196200001234567890128 000000 000000001234 1123182500 000001 5411 00 0800000001 0800000001 "
    b"12345678 123456789012345"
)


def mac_input(fields, *, codec=SWITCH, mti="0200"):
    return codec.mac_input(codec.body(AcquirerMessage(mti, {**fields, codec.dialect.mac_field: bytes(8)})))


def test_a_terminals_mac_is_over_all_that_stands_before_it():
    body = POS.body(AcquirerMessage("0200", {3: "000000", 64: b"12345678"}))
    assert POS.mac_input(body) == body[:-8]


@CODECS
def test_what_has_no_mac_has_nothing_under_it(codec):
    with pytest.raises(UnreadableIso8583, match=f"field {codec.dialect.mac_field}: the message has no MAC"):
        codec.mac_input(codec.body(AcquirerMessage("0200", {3: "000000"})))


def test_the_switchs_text():
    assert mac_input(SEALED | {12: "182500", 22: "051", 37: "000000000001", 49: "156", 55: bytes(9)}) == TEXT


def test_of_the_original_its_first_twenty_digits():
    original = "0200" + "000001" + "1123182500" + "00000000001" + "00000000001"
    assert mac_input({11: "000002", 90: original}) == b"0200 000002 " + original[:20].encode()
    assert mac_input({90: "1" * 42, 102: "1" * 22}) == b"0200 " + b"1" * 20 + b" 22" + b"1" * 22


def test_where_keys_are_delivered_other_fields_are_sealed():
    fields = {7: "1123182500", 11: "000001", 53: "1600000000000000", 70: "101", 100: "00010000", 102: "1"}
    assert mac_input(fields, mti="0810") == b"0810 1123182500 000001 1600000000000000 101 0800010000"
    assert mac_input(fields | {70: "301"}, mti="0810") == b"0810 1123182500 000001 011"


@pytest.mark.parametrize(
    ("capitals", "filtered", "text"),
    [
        (True, True, b"0200 A1 B, C."),
        (True, False, b"0200 A1   B, C.- "),
        (False, True, b"0200 1 , ."),
        (False, False, b"0200 a1   b, c.- "),
    ],
)
def test_capitals_and_filter_are_settings(capitals, filtered, text):
    rows = (IsoField(41, "x", "x", "x", FieldKind.TEXT, 12), SWITCH_DIALECT.fields[128])
    dialect = iso_dialect(
        "x", "x", packed=False, mac_field=128, rows=rows, sealed_text=SealedText((41,), (), capitals, filtered)
    )
    assert mac_input({41: "a1   b, c.-"}, codec=Iso8583Codec(dialect)) == text
