"""CVR, CID, P1, IAD and ADA as values (PBOC-5 A.1, tables B.7 and B.9)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.pse.transaction.cvr_and_cid import Bit, Cid, CidReason, Cryptogram, CryptogramRequest, Cvr, Iad
from dualcos.explain.bank_bits import CVR_TEXTS, cid_words, cvr_words, read_cid


def cvr(text):
    return Cvr.from_bytes(bytes.fromhex(text))


@pytest.mark.parametrize(
    ("bit", "raw", "place"),
    [
        (Bit.IA_FAILED, "03080000", "CVR2.b4"),
        (Bit.PIN_PERFORMED, "03040000", "CVR2.b3"),
        (Bit.PIN_FAILED, "03020000", "CVR2.b2"),
        (Bit.UNABLE_ONLINE, "03010000", "CVR2.b1"),
        (Bit.ONLINE_NOT_COMPLETED, "03008000", "CVR3.b8"),
        (Bit.PIN_TRIES_EXCEEDED, "03004000", "CVR3.b7"),
        (Bit.VELOCITY_EXCEEDED, "03002000", "CVR3.b6"),
        (Bit.NEW_CARD, "03001000", "CVR3.b5"),
        (Bit.LAST_IA_FAILED, "03000800", "CVR3.b4"),
        (Bit.IA_NOT_PERFORMED, "03000400", "CVR3.b3"),
        (Bit.BLOCKED_BY_PIN, "03000200", "CVR3.b2"),
        (Bit.LAST_SDA_FAILED, "03000100", "CVR3.b1"),
        (Bit.LAST_SCRIPT_FAILED, "03000008", "CVR4.b4"),
        (Bit.LAST_DDA_FAILED, "03000004", "CVR4.b3"),
        (Bit.DDA_PERFORMED, "03000002", "CVR4.b2"),
    ],
)
def test_bit_places(bit, raw, place):
    assert str(Cvr().set(bit)) == raw
    assert cvr(raw).bits & bit
    assert cvr(raw).clear(bit) == Cvr()
    assert any(line.startswith(f"{place} ") for line in cvr_words(cvr(raw)))


def test_every_bit_has_a_text():
    assert [text.bit for text in CVR_TEXTS] == list(Bit)


@pytest.mark.parametrize(
    ("raw", "first", "second"),
    [
        ("03A00000", "ARQC", "not asked"),
        ("03900000", "TC", "not asked"),
        ("03800000", "AAC", "not asked"),
        ("03600000", "ARQC", "TC"),
        ("03200000", "ARQC", "AAC"),
    ],
)
def test_answers_in_words(raw, first, second):
    words = cvr_words(cvr(raw))
    assert words[0].startswith("CVR2.b8-b7 second GENERATE AC")
    assert second in words[0]
    assert f"first GENERATE AC answered {first}" in words[1]
    assert len(words) == 2


def test_explain_field_values():
    """Values seen in the field, all ARQC."""
    words = "\n".join(cvr_words(cvr("03A0A812")))
    for part in ("last online transaction not completed", "velocity limit exceeded", "issuer authentication failed or"):
        assert part in words
    assert "1 script commands" in words
    assert "DDA or CDA performed" in words
    assert "(PBOC-5 §14.4.3.1)" in words
    assert cvr_words(Cvr()) == ["CVR2.b8-b5 no GENERATE AC answered yet (PBOC-5 §7.4)"]
    assert "15 or more" in "\n".join(cvr_words(cvr("038000F0")))
    assert "reserved" in "\n".join(cvr_words(cvr("03F00001")))


def test_answers_are_written():
    value = cvr("03041234")
    assert str(value.with_first(Cryptogram.ARQC)) == "03A41234"
    assert str(value.with_first(Cryptogram.TC)) == "03941234"
    assert str(value.with_first(Cryptogram.AAC)) == "03841234"
    assert str(cvr("03A41234").with_second(Cryptogram.TC)) == "03641234"
    assert str(cvr("03A41234").with_second(Cryptogram.AAC)) == "03241234"
    assert str(value.with_script_counter(15)) == "030412F4"
    assert str(value.with_script_counter(99)) == "030412F4"
    with pytest.raises(ValueError, match="never answers ARQC"):
        value.with_second(Cryptogram.ARQC)


@given(st.binary(min_size=3, max_size=3))
def test_cvr_round_trip_and_total_words(raw):
    value = Cvr.from_bytes(b"\x03" + raw)
    assert value.to_bytes() == b"\x03" + raw
    assert cvr_words(value)


@pytest.mark.parametrize("raw", ["", "03", "04000000", "0300000000"])
def test_no_cvr(raw):
    with pytest.raises(ValueError, match="CVR"):
        cvr(raw)


@pytest.mark.parametrize(
    ("cid", "byte"),
    [
        (Cid(Cryptogram.AAC), 0x00),
        (Cid(Cryptogram.TC), 0x40),
        (Cid(Cryptogram.ARQC), 0x80),
        (Cid(Cryptogram.AAC, advice=True), 0x08),
        (Cid(Cryptogram.AAC, advice=True, reason=CidReason.PIN_TRIES_EXCEEDED), 0x0A),
    ],
)
def test_cid(cid, byte):
    assert cid.byte == byte
    assert read_cid(byte) == cid
    assert cid.cryptogram.name in cid_words(cid)
    assert ("advice" in cid_words(cid)) is cid.advice


@pytest.mark.parametrize("byte", [0xC0, 0x10, 0x20, 0x04])
def test_no_cid(byte):
    with pytest.raises(ValueError, match=r".+"):
        read_cid(byte)


def test_requests():
    assert CryptogramRequest.from_p1(0x00) == CryptogramRequest(Cryptogram.AAC)
    assert CryptogramRequest.from_p1(0x50) == CryptogramRequest(Cryptogram.TC, cda=True)
    assert CryptogramRequest.from_p1(0x90) == CryptogramRequest(Cryptogram.ARQC, cda=True)
    for p1 in (0xC0, 0x01, 0x20, 0x48):
        with pytest.raises(ValueError, match="P1"):
            CryptogramRequest.from_p1(p1)


@pytest.mark.parametrize(
    ("raw", "parts"),
    [
        ("0701010360000201", Iad(1, Cvr(0x600002))),
        (
            "0700 01 03A04002 01 0A 01 0000001000 D1F61152",
            Iad(0, Cvr(0xA04002), idd=bytes.fromhex("010000001000D1F61152")),
        ),
        ("07010103A0000204", Iad(1, Cvr(0xA00002), alg=4)),
    ],
)
def test_iad(raw, parts):
    assert Iad.parse(bytes.fromhex(raw)) == parts
    assert parts.build() == bytes.fromhex(raw)


@pytest.mark.parametrize(
    "raw", ["", "06010103A00000", "0701010400000001", "0701010360000201 02AA", "070101036000020100"]
)
def test_no_iad(raw):
    with pytest.raises(ValueError, match=r".+"):
        Iad.parse(bytes.fromhex(raw))


def test_iad_limits():
    assert len(Iad(1, idd=bytes(15)).build()) == 24
    with pytest.raises(ValueError, match="15 is the limit"):
        Iad(1, idd=bytes(16)).build()
