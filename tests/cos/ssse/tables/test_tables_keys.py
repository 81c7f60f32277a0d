"""Identifiers, levels and headers of the social side's keys (SSC-9 table B1, key index table of 2013)."""

import pytest

from cos.ssse.tables.access_levels import LevelError, SocialAccessWords, access_words, decode_access, levels
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.regional_files import extension
from cos.ssse.tables.table_model import (
    FREE,
    MASTER,
    NEVER,
    PIN,
    KeyKind,
    KeyRow,
    SocialAlgorithm,
    Version,
    by_key,
    pin_and,
    pin_or,
)

IDENTIFIERS = {
    0xDDF1: "MK00 IRK00 STKSSSE02 PUK06 BK05 RKSSSE0A UKSSSE04 PIN00",
    0xDF01: "MK00 STKDF0182 RK1DF0188 UK1DF0183 UK2DF0184 UK3DF0185 UK4DF0186 UK5DF0187 UK6DF0189 UK7DF018A UK8DF018B "
    "UK9DF018C UKADF018D UKBDF018E",
    0xDF02: "MK00 STKDF0282 RK1DF0288 UK1DF0283 UK2DF0284 UK3DF0285 UK4DF0286 UK5DF0287 UK6DF0289",
    0xDF03: "MK00 STKDF0382 RK1DF0384 LKDF0383 RK2DF0385 UK1DF0386 UK2DF0387 UK3DF0388 UK4DF0389 UK5DF038A UK6DF038B "
    "UK7DF038C UK8DF038D",
    0xDF04: "MK00 STKDF0482 RK1DF0484 LKDF0483 UK1DF0485 UK2DF0486 DSK87 DLK0101 DLK0202 DLK0303 DPK0101 DPK0202 "
    "DPK0303 DTK00",
    0xDF05: "MK00 STKDF0582 UK1DF0583",
    0xDF06: "MK00 STKDF0682 RK1DF0683 LKDF0684 UK1DF0685 UK2DF0686",
    0xDF07: "MK00 STKDF0782 RK1DF0783 RK2DF0784 RK3DF0785 UK1DF0786 UK2DF0787 UK3DF0788",
}


def _directory(fid, version=Version.V2):
    found = find(structure(version), fid)
    assert found is not None
    return found


@pytest.mark.parametrize(("fid", "wanted"), IDENTIFIERS.items())
def test_identifiers(fid, wanted):
    assert " ".join(f"{row.name}{row.kid:02X}" for row in _directory(fid).keys) == wanted


def test_1_0_has_no_keys_of_later_files():
    v1 = {row.name for d in structure(Version.V1) for row in d.keys}
    v2 = {row.name for d in structure(Version.V2) for row in d.keys}
    assert v2 - v1 == {
        *("RKSSSE", "RK1DF01", "UK6DF01", "UK7DF01", "UK8DF01", "UK9DF01", "UKADF01", "UKBDF01", "RK1DF02", "UK6DF02"),
        *("UK4DF03", "UK5DF03", "UK6DF03", "UK7DF03", "UK8DF03"),
        *("STKDF07", "RK1DF07", "RK2DF07", "RK3DF07", "UK1DF07", "UK2DF07", "UK3DF07"),
    }


@pytest.mark.parametrize("version", Version)
def test_authentication_identifiers_are_unique_and_lie_in_their_half(version):
    for directory in structure(version):
        kids = [row.kid for row in directory.keys if row.kind is KeyKind.AUTHENTICATION]
        assert len(kids) == len(set(kids))
        assert all((kid >= 0x80) == (directory.fid != 0xDDF1) for kid in kids)


def test_only_blocking_keys_never_lock():
    free = {row.name for d in structure(Version.V2) for row in d.keys if not row.locks}
    assert free == {"BK", "LKDF03", "LKDF04", "LKDF06"}


def test_groups_and_lengths():
    rows = {(d.fid, row.name): row for d in structure(Version.V2) for row in d.keys}
    single = {name for (_, name), row in rows.items() if row.groups == 1}
    assert {n for n in single if not n.startswith(("STK", "LK"))} == {"MK", "PIN", "PUK", "BK", "DTK"}
    assert rows[0xDDF1, "IRK"].versions == (1, 2, 3)
    assert rows[0xDDF1, "BK"].versions == (0,)
    short = {name for (_, name), row in rows.items() if row.length(SocialAlgorithm.DES) == 8}
    assert short == {"STKSSSE", *(f"STKDF0{n}" for n in range(1, 8))}
    assert all(row.length(SocialAlgorithm.SM4) == row.length(SocialAlgorithm.SSF33) == 16 for row in rows.values())


@pytest.mark.parametrize(
    ("fid", "name", "psam", "hsm"),
    [
        (0xDDF1, "IRK", (0x67, 0x08), 0x0170),
        (0xDDF1, "UKSSSE", (0x48, 0x12), 0x0094),
        (0xDDF1, "RKSSSE", (0x47, 0x0A), 0x004C),
        (0xDF01, "RK1DF01", (0x47, 0x2E), 0x004F),
        (0xDF02, "UK6DF02", (0x47, 0x36), 0x0067),
        (0xDF03, "RK2DF03", (0x67, 0x2C), 0x0196),
        (0xDF04, "DSK", (0x48, 0x4A), 0x00AF),
        (0xDF04, "DPK03", (0x22, 0x03), 0x019C),
        (0xDF06, "UK2DF06", (0x48, 0x54), None),
        (0xDF07, "UK3DF07", (0x47, 0xB2), 0x0089),
    ],
)
def test_where_the_roots_are(fid, name, psam, hsm):
    row = _directory(fid).key(name)
    assert row is not None
    assert (row.psam[0], row.hsm) == (psam, hsm)


def test_older_names_find_the_key():
    assert _directory(0xDDF1).key("UKMF") is _directory(0xDDF1).key("UKSSSE")
    assert _directory(0xDDF1).key("STK") is _directory(0xDDF1).key("STKSSSE")
    assert _directory(0xDDF1).key("UKX") is None


def test_levels_of_ssse_are_those_of_the_published_headers():
    found = levels(_directory(0xDDF1).keys)
    assert found == {
        "MK": 0xFF,
        "IRK": 0x00,
        "STKSSSE": 0x00,
        "PUK": 0x11,
        "BK": 0x22,
        "RKSSSE": 0x33,
        "UKSSSE": 0x44,
        "PIN": 0x55,
    }
    assert levels(_directory(0xDF03).keys)["LKDF03"] == 0x22


@pytest.mark.parametrize("version", Version)
def test_every_directory_has_distinct_levels(version):
    for directory in structure(version):
        used = [level for level in levels(directory.keys).values() if level]
        assert len(used) == len(set(used))


def test_medical_keys_have_no_level():
    found = levels(_directory(0xDF04).keys)
    assert {found[name] for name in ("STKDF04", "DLK01", "DPK03", "DTK")} == {0}
    assert found["DSK"] == 0x55


def _keys(count):
    return [KeyRow(0xDF0A, 0x83 + n, f"K{n}", KeyKind.AUTHENTICATION, "测试", "invented") for n in range(count)]


def test_fourteen_levels_and_no_more():
    assert levels(_keys(14))["K13"] == 0xEE
    with pytest.raises(LevelError):
        levels(_keys(15))


def test_extensions_keep_the_limit_and_move_the_pin_last():
    directory = structure(Version.V2, extensions=[extension("SSSE/EF0C"), extension("SSSE/EF0D")])[0]
    assert levels(directory.keys)["PIN"] == 0x77
    assert levels(directory.keys)["UKSSSE"] == 0x44


TOP = levels(_directory(0xDDF1).keys)
LOW = levels(_directory(0xDF04).keys)  # RK1 11, LK 22, UK1 33, UK2 44, DSK 55


@pytest.mark.parametrize(
    ("read", "update", "words"),
    [
        (FREE, by_key("UKSSSE"), ("0000", "0044", 0x00)),
        (by_key("RKSSSE"), by_key("UKSSSE"), ("0033", "0044", 0x00)),
        (PIN, NEVER, ("0055", "EFEF", 0x00)),
        (NEVER, MASTER, ("EFEF", "00FF", 0x00)),
    ],
)
def test_words_in_ssse(read, update, words):
    assert access_words(read, update, TOP) == (bytes.fromhex(words[0]), bytes.fromhex(words[1]), words[2])


@pytest.mark.parametrize(
    ("read", "update", "words"),
    [
        (PIN, NEVER, ("5500", "EFEF", 0x00)),
        (pin_or("RK1DF04"), by_key("UK1DF04"), ("5511", "0033", 0x00)),
        (pin_and("RK1DF04"), by_key("UK2DF04"), ("5511", "0044", 0x40)),
        (FREE, pin_and("UK1DF04"), ("0000", "5533", 0x04)),
        (NEVER, by_key("DSK"), ("EFEF", "0055", 0x00)),
    ],
)
def test_words_in_an_application(read, update, words):
    found = access_words(read, update, LOW, TOP)
    assert found == (bytes.fromhex(words[0]), bytes.fromhex(words[1]), words[2])
    assert decode_access(found, LOW, TOP) == (str(read), str(update))


@pytest.mark.parametrize("version", Version)
def test_all_rules_of_all_editions_can_be_written_and_read_back(version):
    top, *below = structure(version)
    for directory in (top, *below):
        own, parent = levels(directory.keys), None if directory is top else levels(top.keys)
        for file in (*directory.files, *directory.internal):
            words = access_words(file.read, file.update, own, parent)
            assert decode_access(words, own, parent) == (str(file.read), str(file.update))


def test_what_levels_cannot_say_is_refused():
    for rule in (pin_or("UKSSSE"), pin_and("UKSSSE"), by_key("IRK"), by_key("UK9")):
        with pytest.raises(LevelError):
            access_words(rule, FREE, TOP)
    with pytest.raises(LevelError):
        access_words(PIN, FREE, LOW, LOW)


def test_any_bytes_are_explained():
    words = SocialAccessWords(bytes.fromhex("66FF"), bytes.fromhex("EF11"), 0x40)
    assert decode_access(words, LOW, TOP) == ("level 66 and master key", "never")
    assert decode_access(SocialAccessWords(bytes(2), bytes.fromhex("0011"), 0), TOP) == ("free", "PUK")
    # with nibble 0, a byte 00 beside another demands nothing and frees nothing
    assert decode_access(SocialAccessWords(bytes.fromhex("5500"), bytes(2), 0), LOW, TOP) == ("PIN", "free")
