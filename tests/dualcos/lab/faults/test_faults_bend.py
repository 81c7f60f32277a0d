"""Answers made wrong: what is claimed is what was done, and a strict TLV reader refuses what it must."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apdu import tlv
from dualcos.lab.faults.bent_answers import bend, malformed
from dualcos.lab.faults.fault_kinds import Answer, Flip, Lengthen, Malform, Truncate
from firewall.hardware.randomness import SeededRng

FCI = bytes.fromhex("6F18840F7378312E73682EC9E7BBE1B1A3D5CFA50588011E9F00")
OK = b"\x90\x00"
ANSWERS = st.builds(lambda data, sw: data + sw, st.binary(max_size=300), st.binary(min_size=2, max_size=2))


def rng() -> SeededRng:
    return SeededRng(b"test")


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        # One past the end: 26 bytes in all, 24 behind tag and length, so 25.
        ("length-beyond", "6F19" + FCI[2:].hex()),
        ("length-huge", "6F84FFFFFFFF" + FCI[2:].hex()),
        ("length-indefinite", "6F80" + FCI[2:].hex()),
        ("tag-endless", "6F" + "FF" * 25),
        ("cut-short", FCI[: 2 + 12].hex()),
        ("twice", FCI.hex() * 2),
    ],
)
def test_shapes_by_hand(shape, expected):
    assert malformed(shape, FCI).hex().upper() == expected.upper()


@pytest.mark.parametrize("shape", ["length-beyond", "length-huge", "length-indefinite", "tag-endless", "cut-short"])
def test_a_strict_reader_refuses(shape):
    raw = FCI if shape != "tag-endless" else b"\x9f\x38" + FCI[2:]
    with pytest.raises(tlv.TlvError):
        list(tlv.walk(malformed(shape, raw)))


def test_nested_is_deep_and_well_formed():
    raw, depth = malformed("nested", FCI), 0
    while raw[0] == 0x70:
        (item,) = tlv.walk(raw)
        raw, depth = item.value, depth + 1
    assert (depth, raw) == (100, FCI)


def test_a_long_object_keeps_its_bytes():
    raw = bytes.fromhex("7081C8") + bytes(200)
    assert malformed("length-beyond", raw) == bytes.fromhex("7081C9") + bytes(200)
    assert malformed("cut-short", raw) == bytes.fromhex("7081C8") + bytes(100)


@pytest.mark.parametrize("data", [b"", b"\x6f", b"\x00\x01\x02", b"\xff\xff", b"\x5f", b"\x9f\x38"])
def test_what_is_no_tlv_is_left_alone(data):
    assert malformed("length-beyond", data) is None
    assert bend(Malform(shape="length-huge"), data + OK, rng()) is None


def test_another_word_keeps_or_replaces_the_data():
    assert bend(Answer(sw="6281"), b"abc" + OK, rng()).answer == b"abc\x62\x81"
    bent = bend(Answer(sw="6A82", data=""), b"abc" + OK, rng())
    assert bent.answer == b"\x6a\x82"
    assert bent.text == "6A82 instead of 9000, 0 bytes of data instead of 3"


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Truncate(keep=2), b"ab"),
        (Truncate(keep=3), b"abc"),  # the status word alone is missing
        (Truncate(keep=2, status=True), b"ab" + OK),
        (Truncate(keep=0, status=True), OK),
        (Truncate(keep=3, status=True), None),
        (Truncate(keep=4), None),
        (Lengthen(length=5, fill="41"), b"abcAA" + OK),
        (Lengthen(length=3), None),
    ],
)
def test_lengths(fault, expected):
    bent = bend(fault, b"abc" + OK, rng())
    assert (bent and bent.answer) == expected


@given(ANSWERS, st.integers(1, 64), st.sampled_from(("data", "status", "answer")))
def test_exactly_so_many_bits_where_they_are_said_to_be(answer, bits, where):
    bent = bend(Flip(bits=bits, where=where), answer, rng())
    room = {"data": len(answer) - 2, "status": 2, "answer": len(answer)}[where] * 8
    if not room:
        assert bent is None
        return
    differing = [a ^ b for a, b in zip(answer, bent.answer, strict=True)]
    assert sum(each.bit_count() for each in differing) == min(bits, room)
    at = [n for n, each in enumerate(differing) if each]
    assert all(n < len(answer) - 2 for n in at) or where != "data"
    assert all(n >= len(answer) - 2 for n in at) or where != "status"


@given(ANSWERS, st.binary(max_size=4))
def test_deterministic_and_silent_about_the_data(answer, seed):
    fault = Flip(bits=3, where="answer")
    one, two = (bend(fault, answer, SeededRng(seed)) for _ in range(2))
    assert one == two
    secret = bytes.fromhex("0123456789ABCDEF") * 3
    for each in (Flip(), Truncate(keep=5), Lengthen(length=99), Malform(shape="twice")):
        bent = bend(each, b"\x70\x18" + secret + OK, SeededRng(seed))
        assert bent is not None
        assert secret.hex()[:8] not in bent.text.lower()
