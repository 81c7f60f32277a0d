"""Messages of the acquirer link in words: nothing of ours unexplained, nothing secret shown, no message too strange."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import tlv
from dualcos.explain.acquirer_message_words import envelope_lines, message_lines, switch_header_lines
from dualcos.explain.chip_data_words import element_lines
from dualcos.explain.message_line import MessageLine, in_lines
from dualcos.messages.acquirer_messages import AcquirerMessage
from dualcos.messages.field55 import ChipSet
from dualcos.messages.pos_envelope import PosEnvelope
from dualcos.messages.pos_fields import POS_DIALECT
from dualcos.messages.pos_messages import POS_MESSAGES
from dualcos.messages.response_codes import RESPONSE_CODES
from dualcos.messages.switch_envelope import SwitchHeader
from dualcos.messages.switch_fields import SWITCH_DIALECT
from dualcos.messages.switch_subfields import PRIVATE_USES
from dualcos.messages.terminal_results import Tsi, Tvr
from tests.dualcos.messages.drawn_messages import drawn_message
from tests.dualcos.messages.whole_messages import (
    ACCOUNT_TO,
    CHIP,
    MAC_KEY,
    NEW_PIN_BLOCK,
    PAN,
    PIN_BLOCK,
    PIN_KEY,
    TRACK_2,
    TRACK_3,
    TRACK_KEY,
    whole_answer,
    whole_request,
)

KINDS = pytest.mark.parametrize("kind", POS_MESSAGES.values(), ids=list(POS_MESSAGES))
SECRETS = (
    *(PAN[6:-4], ACCOUNT_TO[6:-4], TRACK_2[19:], TRACK_3),
    *(raw.hex().upper() for raw in (PIN_BLOCK, NEW_PIN_BLOCK, PIN_KEY[:4], MAC_KEY[:4], TRACK_KEY[:4])),
)


HIDDEN = {35: TRACK_2, 36: TRACK_3, 45: TRACK_3, 52: PIN_BLOCK, 96: NEW_PIN_BLOCK}


def both(kind):
    return (whole_request(kind), whole_answer(kind))


def in_both_languages(lines) -> str:
    return "\n".join((*in_lines(lines, chinese=True), *in_lines(lines, chinese=False)))


def told(message, dialect=POS_DIALECT, *, chinese=False) -> list[str]:
    return in_lines(message_lines(message, dialect), chinese=chinese)


@KINDS
def test_every_field_of_our_messages_is_explained(kind):
    for message in both(kind):
        lines = message_lines(message)
        assert [line.label for line in lines if line.depth == 0] == ["MTI", *map(str, sorted(message.fields))]
        assert [line for line in lines if not line.known] == []
        assert all(line.zh and line.en for line in lines)
        assert all(bool(line.says_zh) == bool(line.says) for line in lines)
        assert not [line for line in lines if line.says in ("unknown code", "a code that no list has")]


@KINDS
def test_no_digit_of_a_field_is_left_out(kind):
    """Where a field is parts, they are all of it; marks and filling of field 63 are no parts."""
    for message in both(kind):
        lines = message_lines(message)
        for number, value in message.fields.items():
            parts = [line.value for line in lines if line.depth == 1 and line.label.startswith(f"{number}.")]
            if isinstance(value, str) and parts and number != 63 and "*" not in "".join(parts):
                assert "".join(parts) == value
        tags = [line.label for line in lines if line.depth == 1 and "." not in line.label and line.label.isalnum()]
        chip = [f"{item.tag:X}" for item in tlv.parse(message.raw(55))]
        assert [tag for tag in tags if tag in chip] == chip


@KINDS
def test_nothing_secret_is_told(kind):
    for message in both(kind):
        text = in_both_languages(message_lines(message)).upper()
        assert [secret for secret in SECRETS if secret in text] == []
        if 2 in message.fields:
            assert "620000*********0128" in text


def test_a_reversal_says_of_what():
    reversal = AcquirerMessage("0400", {3: "000000", 39: "98", 60: "22000001000"})
    assert told(reversal)[0] == "MTI message type: 0400  (reversal of purchase, request)"
    assert told(reversal, chinese=True)[0] == "MTI 报文类型：0400（冲正消费请求）"
    assert "39 response code: 98  (no answer from the issuer; of a reversal: no answer came)" in told(reversal)


@pytest.mark.parametrize(
    ("number", "value", "line"),
    [
        (3, "310000", "3 processing code: 310000  (balance)"),
        (3, "990000", "3 processing code: 990000  (unknown code)"),
        (4, "000000001234", "4 amount: 000000001234  (CNY 12.34)"),
        (12, "182500", "12 local time: 182500  (18:25:00)"),
        (13, "1123", "13 local date: 1123  (11-23)"),
        (14, "2512", "14 expiry: 2512  (2025-12)"),
        (22, "801", "  22.1 how the card was read: 80  (stripe, for the chip could not be read)"),
        (22, "992", "  22.1 how the card was read: 99  (unknown code)"),
        (25, "02", "25 condition code: 02  (unattended terminal, the holder operates it)"),
        (26, "12", "26 longest PIN: 12  (PINs of at most 12 digits)"),
        (39, "ZZ", "39 response code: ZZ  (a code that no list has)"),
        (49, "840", "49 currency: 840  (unknown code)"),
        (52, PIN_BLOCK, "52 PIN block: ••  (8 bytes, not shown)"),
        (54, "1002156D000000000200", "  54.4 sign: D  (debit)"),
        (60, "0000000195100000123", "  60.3 network code: 951  (script report)"),
        (60, "2200000100050100099", "  60.8 unknown part: 99"),
        (62, b"\x01\x02", "62 the terminal's own data: ••  (2 bytes, not shown)"),
        (63, "001RA000000001000", "  63.2 price before the merchant's special one, fen: 000000001000  (CNY 10.00)"),
        (64, b"0A1B2C3D", "64 MAC: 3041314232433344"),
        (99, "1", "99 unknown part: ••"),
    ],
)
def test_what_a_value_means(number, value, line):
    assert line in told(AcquirerMessage("0200", {3: "000000", 60: "22000001000", number: value}))


@pytest.mark.parametrize(("number", "value"), [(3, "990000"), (22, "992"), (39, "ZZ"), (49, "840")])
def test_a_code_that_no_table_has_is_marked(number, value):
    for asked, known in ((value, False), ({3: "310000", 22: "901", 39: "A0", 49: "156"}[number], True)):
        lines = message_lines(AcquirerMessage("0210", {number: asked}), POS_DIALECT)
        assert all(line.known for line in lines) is known


@pytest.mark.parametrize("code", list(RESPONSE_CODES))
def test_every_response_code_in_both_languages(code):
    row = RESPONSE_CODES[code]
    assert f"39 response code: {code}  ({row.en})" in told(AcquirerMessage("0210", {39: code}))
    assert f"39 应答码：{code}（{row.zh}）" in told(AcquirerMessage("0210", {39: code}), chinese=True)


# --- field 55 --------------------------------------------------------------------------------------------------------


def chip(tag: int, value: str) -> list[str]:
    return in_lines(element_lines(tlv.encode(tag, bytes.fromhex(value)), 0), chinese=False)


@pytest.mark.parametrize(
    ("tag", "value", "lines"),
    [
        (0x9F27, "80", ["9F27 Cryptogram Information Data: 80  (ARQC)"]),
        (0x9F27, "48", ["9F27 Cryptogram Information Data: 48  (TC, advice required)"]),
        (0x9C, "40", ["9C Transaction Type: 40  (transfer)"]),
        (0x9F35, "14", ["9F35 Terminal Type: 14  (financial institution, unattended, online only)"]),
        (0x9F35, "79", ["9F35 Terminal Type: 79  (unknown code)"]),
        (0x9F02, "000000001234", ["9F02 Amount, Authorised: 000000001234  (CNY 12.34)"]),
        (0x5F2A, "0156", ["5F2A Transaction Currency Code: 0156  (CNY)"]),
        (0x9F33, "C00000", ["9F33 Terminal Capabilities: C00000", "  1.8 key entry by hand", "  1.7 stripe"]),
        (0x9B, "0400", ["9B Transaction Status Information (TSI): 0400", "  1.3 script processing performed"]),
        (0x9B, "0001", ["9B Transaction Status Information (TSI): 0001", "  2.1 reserved bit"]),
        (0xDF31, "2F000000011F00000002", [
            "DF31 issuer script results: 2F000000011F00000002",
            "  1 script: 2F00000001  (successful, command 15, identifier 00000001)",
            "  2 script: 1F00000002  (failed, command 15, identifier 00000002)",
        ]),
        (0x9F34, "420302", [
            "9F34 Cardholder Verification Method (CVM) Results: 420302",
            "  1 method: 42  (online enciphered PIN)",
            "  2 condition: 03  (if terminal supports it)",
            "  3 result: 02  (successful)",
        ]),
        (0x91, "11111111111111113030", [
            "91 Issuer Authentication Data: 11111111111111113030",
            "  1 ARPC: 1111111111111111",
            "  9 authorisation response code: 00  (approved)",
        ]),
        (0x5A, PAN + "F", ["5A Application Primary Account Number (PAN): 620000*********0128"]),
        (0x57, "62", ["57 Track 2 Equivalent Data: ••  (1 bytes, not shown)"]),
        (0xDF7F, "01", ["DF7F unknown element: 01"]),
        (0x72, "8603842400", [
            "72 Issuer Script Template 2: 5 bytes", "  86 Issuer Script Command: 842400 ••  (0 bytes, not shown)",
        ]),
    ],
)  # fmt: skip
def test_what_a_tag_says(tag, value, lines):
    assert chip(tag, value) == lines


def test_a_scripts_command_is_shown_but_for_a_pin():
    pin = "8424000010" + "A7" * 16
    assert chip(0x86, pin) == ["86 Issuer Script Command: 8424000010 ••  (16 bytes, not shown)"]
    assert chip(0x86, "8418000004A7A7A7A7") == ["86 Issuer Script Command: 8418000004A7A7A7A7"]


def test_the_cards_results_are_told_field_by_field():
    lines = chip(0x9F10, CHIP[0x9F10])
    assert lines[0].startswith("9F10 ")
    assert "    2.6-5 first GENERATE AC: 10  (ARQC)" in lines
    assert "  ALG algorithm: 01  (3DES)" in lines
    everything = in_both_languages(tuple(element_lines(tlv.encode(0x9F10, bytes.fromhex("07010103FFFFFF01")), 0)))
    assert "reserved bit" in everything
    assert "新卡" in everything
    assert chip(0x9F10, "0701")[1:] == ["  — unknown part: 0701"]


@pytest.mark.parametrize(("bits", "tag", "length"), [(Tvr, 0x95, 5), (Tsi, 0x9B, 2)])
def test_every_bit_has_its_line_in_both_languages(bits, tag, length):
    for bit in bits:
        raw = tlv.encode(tag, bit.mask.to_bytes(length, "big"))
        _, line = element_lines(raw, 0)
        assert line == MessageLine(1, bit.value.place, bit.value.zh, bit.value.en)


@pytest.mark.parametrize("kind", list(ChipSet))
def test_every_tag_that_goes_with_a_message_has_a_name(kind):
    for tag in (*kind.required, *kind.optional):
        (line, *_) = element_lines(tlv.encode(tag, b""), 0)
        assert line.known, f"{tag:X}"


# --- anything at all -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", [POS_DIALECT, SWITCH_DIALECT], ids=["POS", "switch"])
@given(st.data())
def test_any_message_has_lines(dialect, data):
    drawn = data.draw(drawn_message(dialect))
    message = drawn.having({number: value for number, value in HIDDEN.items() if number in drawn.fields})
    lines = message_lines(message, dialect)
    assert [line.label for line in lines if line.depth == 0] == ["MTI", *map(str, sorted(message.fields))]
    assert "\n" not in "".join(told(message, dialect))
    text = in_both_languages(lines)
    assert [secret for secret in SECRETS if secret in text] == []


@given(st.binary(max_size=60))
def test_any_bytes_of_field_55_have_lines(raw):
    lines = list(element_lines(raw))

    assert in_both_languages(lines) or not raw


def test_a_text_cannot_command_a_terminal():
    message = AcquirerMessage("0210", {63: "001\x1b[2J\n\u202e", 44: "\x07"})
    assert not set("\x1b\n\u202e\x07") & set("".join((*told(message), *told(message, chinese=True))))


# --- the switch ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "value", "line"),
    [
        (7, "1123182500", "7 transmission time: 1123182500  (11-23 18:25:00)"),
        (48, b"NK" + bytes(range(16)), "  48.1 new key: ••  (16 bytes, not shown)"),
        (48, b"ASOA012000000001234", "  48.3 amount, fen: 000000001234  (CNY 12.34)"),
        (48, b"ZZ" + b"7" * 16, "  48.1 unknown part: ••"),
        (57, "AR001", "  57.1 answer: 001"),
        (60, "4351", "  60.1 reason: 4351  (caused by the terminal, whole amount)"),
        (61, "01110101199001011234  ", "  61.2 number of the certificate: ••  (20 bytes, not shown)"),
        (63, b"SM" + bytes(range(16)), "  63.1 PIN block of SM4: ••  (16 bytes, not shown)"),
        (70, "201", "70 network code: 201  (day cut-over begins)"),
        (90, "0200" + "000001" + "1123182500" + "00000000001" * 2, "  90.2 running number of the original: 000001"),
        (96, bytes(range(8)), "96 message security code: ••  (8 bytes, not shown)"),
        (103, ACCOUNT_TO, "103 account, second: 620000*********0987"),
        (128, b"82EF93F7", "128 MAC: 3832454639334637"),
    ],
)
def test_what_a_field_of_the_switch_means(number, value, line):
    assert line in told(AcquirerMessage("0200", {number: value}), SWITCH_DIALECT)


@pytest.mark.parametrize("number", list(PRIVATE_USES))
def test_every_use_of_a_private_field_has_a_name(number):
    for usage, use in PRIVATE_USES[number].items():
        text = usage + "".join("0" * part.size for part in use.parts)
        value = text.encode() if SWITCH_DIALECT.fields[number].kind.is_bytes else text
        lines = message_lines(AcquirerMessage("0200", {number: value}), SWITCH_DIALECT)
        assert [line for line in lines if line.en == "unknown part"] == []
        assert use.zh in {line.says_zh for line in lines}


def test_the_class_of_a_message():
    assert told(AcquirerMessage("0420"), SWITCH_DIALECT) == ["MTI message type: 0420  (reversal, request)"]
    assert told(AcquirerMessage("0430"), SWITCH_DIALECT, chinese=True) == ["MTI 报文类型：0430（冲正应答）"]
    cut_over = AcquirerMessage("0820", {70: "201"})
    assert told(cut_over, SWITCH_DIALECT)[0] == "MTI message type: 0820  (day cut-over begins, request)"
    assert told(AcquirerMessage("0910"), SWITCH_DIALECT) == ["MTI message type: 0910  (unknown class, answer)"]


# --- what stands in front --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lri", [b"", b"LRI\0\x1c" + bytes(28)])
def test_all_of_an_envelope_is_told(lri):
    envelope = PosEnvelope(lri=lri)
    lines = envelope_lines(envelope)
    assert "".join(line.value for line in lines if line.depth == 1) == (envelope.tpdu + envelope.header).hex().upper()
    assert [line.label for line in lines if line.depth == 0] == ["TPDU", *(["LRI"] if lri else []), "HEAD"]


def test_the_header_of_the_switch_says_that_it_was_rejected():
    header = SwitchHeader("00010000", "00020000")
    assert "  10 reject code: 00000  (not rejected)" in in_lines(switch_header_lines(header), chinese=False)
    rejected = switch_header_lines(header._replace(reject="00123"))
    assert "  10 拒绝码：00123（被转接拒绝，无法识别）" in in_lines(rejected, chinese=True)
