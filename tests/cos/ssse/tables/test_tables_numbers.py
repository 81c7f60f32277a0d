"""Published check-digit examples, real identification codes and ATRs (V2.0 §8.1, appendix A; SSC-2 table 16)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cos.ssse.tables.card_numbers import (
    NumberError,
    build_historical,
    build_identification,
    card_number_check,
    card_number_ok,
    citizen_check,
    citizen_ok,
    compare_versions,
    date_ok,
    diversification_factor,
    initialising_institution,
    parse_historical,
    parse_identification,
    province,
    region_ok,
    version_of,
)
from cos.ssse.tables.table_model import Version


@pytest.mark.parametrize(
    ("body", "check"),
    [
        ("D2143569", "X"),  # V2.0 appendix A2, sum 199
        ("X0000001", "9"),  # 四川省社会保障卡读写机具规范
        ("A0000001", "1"),
        ("B1234567", "1"),
        ("HA104692", "4"),  # real cards
        ("B0000013", "1"),
    ],
)
def test_card_numbers(body, check):
    assert card_number_check(body) == check
    assert card_number_ok(body + check)


@pytest.mark.parametrize("number", ["A21472424", "AI666666X"])
def test_real_numbers_that_break_the_rule_are_reported_and_not_refused(number):
    assert not card_number_ok(number)
    assert card_number_check(number[:8]) != number[8]


@pytest.mark.parametrize("number", ["", "D2143569", "D2143569-X", "d2143569X", "测21435699"])
def test_what_is_no_card_number(number):
    assert not card_number_ok(number)


def test_a_check_needs_eight_characters():
    with pytest.raises(NumberError):
        card_number_check("D214356")


@given(st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=8, max_size=8))
def test_the_check_makes_the_sum_divisible(body):
    """Equivalent form of the rule: body sum + check is a multiple of 11, check in 0 to 10 with 0 for 11."""
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(w * int(c, 36) for w, c in zip(weights, body, strict=True))
    check = card_number_check(body)
    assert (total + (10 if check == "X" else int(check))) % 11 == 0


@pytest.mark.parametrize(("body", "check"), [("11010519491231002", "X"), ("44052418800101001", "4")])
def test_citizen_numbers_of_the_standard(body, check):
    assert citizen_check(body) == check
    assert citizen_ok(body + check)
    assert not citizen_ok(body + ("0" if check != "0" else "1"))


@given(st.text("0123456789", min_size=17, max_size=17))
def test_citizen_check_agrees_with_iso_7064(body):
    p = 0
    for digit in body:
        p = (p + int(digit)) * 2 % 11
    assert citizen_check(body) == "0123456789X"[(12 - p) % 11]


@pytest.mark.parametrize("number", ["", "11010519491231002x", "110105194913310021", "1101051949123100"])
def test_what_is_no_citizen_number(number):
    assert not citizen_ok(number)


@pytest.mark.parametrize(
    ("code", "region", "serial", "authentication"),
    [
        ("430299D156000005000000133A05F2E3", "430299", "00000013", "3A05F2E3"),
        ("511300D156000005A21472423DB8F248", "511300", "A2147242", "3DB8F248"),
        ("510100D156000005C0666779C8C975CC", "510100", "C0666779", "C8C975CC"),
        ("519900D15600000510000B26FFFFFFFF", "519900", "10000B26", "FFFFFFFF"),
        ("330300D15600000599110145FFFFFFFF", "330300", "99110145", "FFFFFFFF"),
    ],
)
def test_real_identification_codes(code, region, serial, authentication):
    raw = bytes.fromhex(code)
    found = parse_identification(raw)
    assert found == (region, bytes.fromhex("D156000005"), bytes.fromhex(serial), bytes.fromhex(authentication))
    assert build_identification(region, bytes.fromhex(serial), bytes.fromhex(authentication)) == raw


def test_identification_input_of_the_published_code():
    assert build_identification("310100", bytes.fromhex("0000A1B2"), bytes.fromhex("87425AE0")) == bytes.fromhex(
        "310100D1560000050000A1B287425AE0"
    )
    for region, serial in (("31010", bytes(4)), ("31010A", bytes(4)), ("310100", bytes(3))):
        with pytest.raises(NumberError):
            build_identification(region, serial, bytes(4))
    with pytest.raises(NumberError):
        parse_identification(bytes(15))


@pytest.mark.parametrize(
    ("historical", "chip", "free", "maker", "region", "serial"),
    [
        ("00814A444686605199000001AC", "0081", "4A4446", "8660", "5199", "000001AC"),
        ("008148424286535119000A671A", "0081", "484242", "8653", "5119", "000A671A"),
        ("0081544C9686845101C0666779", "0081", "544C96", "8684", "5101", "C0666779"),
        ("00814E43238697159900BF7C7A", "0081", "4E4323", "8697", "1599", "00BF7C7A"),
    ],
)
def test_real_historical_bytes(historical, chip, free, maker, region, serial):
    raw = bytes.fromhex(historical)
    parts = tuple(bytes.fromhex(part) for part in (chip, free, maker))
    assert parse_historical(raw) == (*parts, region, bytes.fromhex(serial))
    assert build_historical(*parts, region + "00", bytes.fromhex(serial)) == raw
    assert diversification_factor(raw) == raw[-8:]


def test_historical_bytes_of_a_wrong_length():
    with pytest.raises(NumberError):
        parse_historical(bytes(12))
    with pytest.raises(NumberError):
        build_historical(bytes(2), bytes(2), bytes(2), "3101", bytes(4))


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("3.00", Version.V3),
        ("2.0\0", Version.V2),
        ("2.00", Version.V2),
        ("2.01", Version.V2),
        ("1.00", Version.V1),
        ("", Version.V1),
        ("\0\0\0\0", Version.V1),
    ],
)
def test_editions(text, version):
    assert version_of(text) is version


def test_unknown_edition():
    with pytest.raises(NumberError):
        version_of("4.00")


def test_only_three_characters_are_compared():
    assert compare_versions("2.01", "2.00") == 0
    assert compare_versions("3.00", "2.01") > 0
    assert compare_versions("", "2.0\0") < 0
    assert compare_versions("", "1.00") == 0


@pytest.mark.parametrize(
    ("text", "ok"),
    [("20240229", True), ("20230229", False), ("19000101", True), ("2024010", False), ("2024-1-1", False), ("", False)],
)
def test_dates(text, ok):
    assert date_ok(text) is ok


def test_regions():
    assert region_ok("310100")
    assert region_ok("519900")
    assert not region_ok("990100")
    assert region_ok("990100", synthetic=True)
    for code in ("31010", "3101000", "31010A", "100000", ""):
        assert not region_ok(code, synthetic=True)
    assert province("310100") == "上海"
    assert province("990100") == ""


def test_initialising_institution_of_the_standard():
    assert initialising_institution("110000", "110100", 2) == "915600000211000011010002"


def test_initialising_institutions_of_issued_cards():
    """The last byte is hexadecimal (three published codes: D5, DB, 6A)."""
    for region, seat, sequence, last in (("430200", "430100", 0xD5, "D5"), ("520200", "520200", 0x6A, "6A")):
        assert initialising_institution(region, seat, sequence) == f"9156000002{region}{seat}{last}"
    for sequence in (-1, 0x100):
        with pytest.raises(NumberError):
            initialising_institution("110000", "110100", sequence)
