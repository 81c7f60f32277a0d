"""A PIN's form has nothing of its digits, survives masking, and says what is wrong (SSC-5 §6.14; ISO 9564-1)."""

from __future__ import annotations

import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from wire_bench import ADF, DUAL, SSSE, play

from apdu.command import parse
from apdu.status import SW, StatusWord
from dualcos.explain import Explainer, RawExchange, line, text
from dualcos.explain.diagnosis.pin_form import BANK, SOCIAL, PinForm, form_of_refused, forms_in, pin_form
from dualcos.explain.secret_masking import SecretMasking
from dualcos.explain.trace_file_lines import TraceError, header, read, written
from dualcos.explain.trace_lines import encode

DIGITS = st.text("0123456789", min_size=4, max_size=12)
WRONG = StatusWord(0x63C2)


def packed(digits: str) -> bytes:
    return bytes.fromhex(digits + "F" * (len(digits) % 2))


def block(digits: str, *, control: str = "2", length: int = 0, fill: str = "F") -> bytes:
    return bytes.fromhex(f"{control}{length or len(digits):X}{digits}".ljust(16, fill))


def format_0(digits: str, account: str = "621234567890") -> bytes:
    clear, over = block(digits, control="0"), bytes.fromhex("0000" + account)
    return bytes(one ^ other for one, other in zip(clear, over, strict=True))


def digit_a_byte(digits: str) -> bytes:
    return bytes(map(int, digits))


def either(data: bytes) -> bool:
    """Packed digits that read as characters, or as a digit a byte, as well."""
    return len(data) >= 4 and ({*data} <= {*b"0123456789"} or max(data) < 10)


RIGHT = ((packed, SOCIAL, PinForm.PACKED), (block, BANK, PinForm.BLOCK))
MISTAKEN = (
    (block, SOCIAL, PinForm.BLOCK),
    (format_0, BANK, PinForm.BLOCK_0),
    (lambda digits: digits.encode(), SOCIAL, PinForm.CHARACTERS),
    (lambda digits: digits.encode(), BANK, PinForm.CHARACTERS),
    (lambda digits: digits.encode().ljust(16, b"\xff"), SOCIAL, PinForm.CHARACTERS),
    (digit_a_byte, SOCIAL, PinForm.UNPACKED),
    (lambda digits: block(digits, fill="0"), BANK, PinForm.BLOCK_OPEN),
    (lambda digits: block(digits, length=13 - len(digits) if len(digits) != 6 else 5), BANK, PinForm.BLOCK_LENGTH),
)


@given(digits=DIGITS)
@example(digits="0000")
@settings(max_examples=60, deadline=None)
@pytest.mark.parametrize(("form", "side", "kind"), RIGHT, ids=["packed", "block"])
def test_a_pin_in_the_right_form_is_told_as_such_whatever_its_digits(form, side, kind, digits):
    data = form(digits)
    assert pin_form(data, side) is kind or either(data)


@given(digits=DIGITS)
@example(digits="2412")
@settings(max_examples=40, deadline=None)
@pytest.mark.parametrize(("form", "side", "kind"), MISTAKEN)
def test_all_pins_of_one_length_in_one_form_are_the_same(form, side, kind, digits):
    data = form(digits)
    if kind is PinForm.BLOCK_LENGTH and not 4 <= data[0] & 0x0F <= 12:
        return  # no length that a PIN may have
    assert pin_form(data, side) is kind


@given(data=st.binary(max_size=20), side=st.sampled_from((SOCIAL, BANK, "pki", "")))
@settings(max_examples=200, deadline=None)
def test_whatever_comes_has_a_form(data, side):
    assert isinstance(pin_form(data, side), PinForm)


def test_a_form_names_no_byte():
    """Its words are the same for every PIN, and no number of digits is among them."""
    assert not [form for form in PinForm if any(each.isdigit() for each in form.name.replace("BLOCK_0", ""))]


@pytest.mark.parametrize(
    ("command", "sw", "told"),
    [
        ("0020000004 31323334", WRONG, ("CHARACTERS",)),
        ("805E010009 31323334FF31323335", WRONG, ("CHARACTERS", "CHARACTERS")),
        ("805E010006 123456654321", SW.WRONG_DATA, ("PACKED",)),
        ("805E010011 241234FFFFFFFFFFFF241235FFFFFFFFFF", WRONG, ("BLOCK", "BLOCK")),
        ("0020000004 31323334", SW.OK, ()),  # right: nothing is told of it
        ("0020000004 31323334", SW.METHOD_BLOCKED, ()),  # not looked at
        ("00200000", WRONG, ()),
        ("842400010C 3132333431323334AABBCCDD", WRONG, ()),  # enciphered
        ("00B2012C12", WRONG, ()),
    ],
)
def test_of_which_commands_a_form_is_told(command, sw, told):
    sent = parse(bytes.fromhex(command.replace(" ", "")))
    assert tuple(form.name for form in forms_in(form_of_refused(sent, SOCIAL, sw))) == told
    assert form_of_refused(sent, "manager", sw) == ""


def test_a_word_that_no_card_file_can_have_is_none():
    assert forms_in("PACKED+SOMETHING") == ()
    assert forms_in("") == ()


REFUSED = (
    (SSSE, "0020000006313233343536"),
    (SSSE, "002000000826123456FFFFFFFF"),
    (SSSE, "805E010009" + "31323334FF31323335"),
    (SSSE, "805E010006123456654321"),
    (ADF, "0020008008261234FFFFFFFFFF"),
    (ADF, "00200080031234"+"56"),
)  # fmt: skip


@pytest.mark.parametrize("commands", REFUSED, ids=lambda each: each[1])
def test_a_masked_trace_finds_the_same(commands):
    """Masked when it is written, put into words when it is read: the same findings, and no digit in the file."""
    played = play(DUAL, *commands)
    masking = SecretMasking()
    lines = [header({})]
    for number, record in enumerate(played.records, 1):
        lines.append(written(masking.masked(record), number).decode())
    secret = bytes.fromhex(commands[1])[5:]
    assert secret.hex().upper() not in "".join(lines)
    explainer = Explainer()
    back = [explainer.explain(each.record) for each in read(io.StringIO("\n".join(lines))).lines]
    last = back[-1]
    assert last.findings == played.last.findings
    assert played.last.findings
    for shown in (line(last), text(last), encode(last)):
        assert secret.hex().upper() not in shown.replace(" ", "")


def test_a_file_of_before_is_read():
    """Lines had no form: there is no finding about one."""
    old = (
        '{"seq": 1, "env": "ssse", "command": "0020000006............", "answer": "63C2", "masked": true, "hidden": 6}'
    )
    (one,) = read([header({}), old]).lines
    assert isinstance(one.record, RawExchange)
    assert one.record.pin_form == ""
    with pytest.raises(TraceError, match="pin_form is text"):
        read([header({}), old.replace('"masked"', '"pin_form": 3, "masked"')])
