"""Creation data, key headers, FCI and DIR records: the published byte strings (T514 form; SSC-3 §6.3, SSC-5 §6.11)."""

import pytest

from cos.ssse.tables.access_levels import access_words, levels
from cos.ssse.tables.creation_data import (
    create_ef,
    dir_record,
    fci,
    fci_record,
    key_header,
    record_length,
    security_file_size,
    size,
    type_byte,
)
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.table_model import SocialAlgorithm, Version

SSSE = structure(Version.V2)[0]
TOP = levels(SSSE.keys)


def _row(name):
    row = SSSE.key(name)
    assert row is not None
    return row


def _directory(fid):
    found = find(structure(Version.V2), fid)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "version", "algorithm", "length", "header"),
    [
        ("PIN", 0, SocialAlgorithm.DES, 3, "010000EF33115503"),
        ("PIN", 0, SocialAlgorithm.SM4, 3, "010000EF33115503"),
        ("STKSSSE", 0, SocialAlgorithm.DES, 0, "070200EF33010008"),
        ("UKSSSE", 1, SocialAlgorithm.DES, 0, "0D0401EF33004410"),
        ("MK", 0, SocialAlgorithm.DES, 0, "000000EF3300FF10"),
        ("MK", 0, SocialAlgorithm.SM4, 0, "000000EF3303FF10"),
        ("IRK", 3, SocialAlgorithm.SM4, 0, "0E0003EF33030010"),
    ],
)
def test_key_headers(name, version, algorithm, length, header):
    assert key_header(_row(name), version, TOP, algorithm, length=length) == bytes.fromhex(header)


def test_tries_are_the_callers():
    assert key_header(_row("PIN"), 0, TOP, SocialAlgorithm.DES, tries=0x66, length=3)[4] == 0x66


def test_a_pin_header_needs_the_length():
    for length in (0, 1, 9):
        with pytest.raises(ValueError, match="2 to 8"):
            key_header(_row("PIN"), 0, TOP, SocialAlgorithm.DES, length=length)


def test_create_ef05():
    file = SSSE.file(0xEF05)
    assert file is not None
    words = access_words(file.read, file.update, TOP)
    assert create_ef(file, words, total=0x80) == bytes.fromhex("0000000080EF05C6000500FF00000044")


@pytest.mark.parametrize(
    ("path", "kind", "record", "total"),
    [
        ((0xDDF1, 0xEF05), 0xC6, 0xFF, 0x42),
        ((0xDDF1, 0xEF07), 0xC4, 0x00, 0x300),
        ((0xDF02, 0xEF07), 0xC7, 0x55, 4 * 0x55 + 2),
        ((0xDF03, 0xEF19), 0xC5, 0x29, 4 * 0x29 + 2),
        ((0xDF04, 0xEF08), 0xC7, 0x1C, 30 * 0x1C + 2),
    ],
)
def test_types_and_sizes(path, kind, record, total):
    file = _directory(path[0]).file(path[1])
    assert file is not None
    assert (type_byte(file), record_length(file), size(file)) == (kind, record, total)
    assert size(file, reserve=5) == total + 5


def test_amounts_file():
    file = _directory(0xDF04).internal[0]
    low = levels(_directory(0xDF04).keys)
    words = access_words(file.read, file.update, low, TOP)
    assert create_ef(file, words) == bytes.fromhex("0000000021EF81C300810000EFEF0055")


def test_security_file_holds_one_record_per_key():
    one_group = [row for row in SSSE.keys if row.groups == 1]
    assert len(one_group) == 5
    assert security_file_size(one_group) == 5 * 24 + 2
    assert security_file_size(SSSE.keys) == (5 + 3 * 3) * 24 + 2


NAME = "7378312E73682EC9E7BBE1B1A3D5CF"


@pytest.mark.parametrize(
    ("fid", "algorithm", "template"),
    [
        (0xDDF1, None, f"6F16840F{NAME}A50388011E"),
        (0xDDF1, SocialAlgorithm.SM4, f"6F1C840F{NAME}A50988011E9F0C03860103"),
        (0xDDF1, SocialAlgorithm.DES, f"6F1C840F{NAME}A50988011E9F0C03860101"),
        (0xDF03, None, "6F088406D15600000502"),
        (0xDF03, SocialAlgorithm.SM4, "6F088406D15600000502"),
    ],
)
def test_fci(fid, algorithm, template):
    directory = _directory(fid)
    assert fci(directory, algorithm) == bytes.fromhex(template)
    length = len(template) // 2
    assert fci_record(directory, algorithm) == bytes.fromhex(f"70{length + 3:02X}{fid:04X}{length:02X}{template}")


def test_dir_records():
    plain = "61184F06D15600000500500EB9ABB9B2D3A6D3C3D0C5CFA2C7F8"
    assert dir_record(_directory(0xDF01)) == bytes.fromhex(plain)
    assert dir_record(_directory(0xDF01), wrapped=True) == bytes.fromhex(f"701A{plain}")


def test_labels_fit_a_dir_entry():
    assert all(1 <= len(directory.label_zh.encode("gbk")) <= 16 for directory in structure(Version.V2))
