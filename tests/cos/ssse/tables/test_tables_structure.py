"""Which files an edition has, who may read and write them, what they hold (V2.0 tables 1 to 9, appendix B)."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from cos.ssse.tables import df04_medical
from cos.ssse.tables.file_structure import StructureError, find, structure
from cos.ssse.tables.regional_files import EXTENSIONS, extension
from cos.ssse.tables.table_model import FileClass, FileForm, Kind, Version

ALL = [
    (version, directory, file) for version in Version for directory in structure(version) for file in directory.files
]
ITEMS = [(file, item) for _, _, file in ALL for item in file.items]


def _file(version, path):
    directory = find(structure(version), int(path[:4], 16))
    assert directory is not None
    file = directory.file(int(path[5:], 16))
    assert file is not None
    return file


@pytest.mark.parametrize(
    ("fid", "name"),
    [
        (0xDDF1, "7378312E73682EC9E7BBE1B1A3D5CF"),
        (0xDF01, "D15600000500"),
        (0xDF02, "D15600000501"),
        (0xDF03, "D15600000502"),
        (0xDF04, "D15600000503"),
        (0xDF05, "生命与健康信息区".encode("gb2312").hex()),
        (0xDF06, "救助与优抚信息区".encode("gb2312").hex()),
        (0xDF07, "D15600000504"),
    ],
)
def test_names_are_those_of_the_specification(fid, name):
    directory = find(structure(Version.V2), fid)
    assert directory is not None
    assert directory.name == bytes.fromhex(name)


def test_directory_order_and_editions():
    v2 = [0xDDF1, 0xDF01, 0xDF02, 0xDF03, 0xDF04, 0xDF05, 0xDF06, 0xDF07]
    assert [d.fid for d in structure(Version.V1)] == v2[:-1]
    assert [d.fid for d in structure(Version.V2)] == v2
    assert [d.fid for d in structure(Version.V3)] == v2


@pytest.mark.parametrize(
    ("version", "files"),
    [
        (
            Version.V1,
            {
                0xDDF1: "05 06 07",
                0xDF01: "05 06 07 08 09 0A",
                0xDF02: "05 06 07 08 09",
                0xDF03: "05 06 07",
                0xDF04: "05 06 08",
                0xDF05: "05",
                0xDF06: "05 06",
            },
        ),
        (
            Version.V2,
            {
                0xDDF1: "05 06 07 08",
                0xDF01: "05 06 07 08 09 0A 15 16 17 18 19 1A",
                0xDF02: "05 06 07 09 15 16",
                0xDF03: "05 06 07 15 16 17 18 19",
                0xDF04: "05 06 08 15",
                0xDF05: "05",
                0xDF06: "05 06",
                0xDF07: "05 06 07",
            },
        ),
    ],
)
def test_file_identifiers(version, files):
    found = {d.fid: " ".join(f"{f.fid & 0xFF:02X}" for f in d.files) for d in structure(version)}
    assert found == files
    assert all(f.fid >> 8 == 0xEF and f.sfi == f.fid & 0xFF for _, _, f in ALL)


def layout(file):
    """Everything of a file but what it and its items are called."""
    return file.read, file.update, file.structure, tuple(replace(item, name_zh="", name_en="") for item in file.items)


def test_3_0_is_2_0_but_for_reading_ef06():
    differences = [
        (old.fid, new.fid)
        for before, after in zip(structure(Version.V2), structure(Version.V3), strict=True)
        for old, new in zip(before.files, after.files, strict=True)
        if layout(old) != layout(new)
    ]
    assert differences == [(0xEF06, 0xEF06)]
    assert str(_file(Version.V2, "DDF1/EF06").read) == "free"
    assert str(_file(Version.V3, "DDF1/EF06").read) == "RKSSSE"
    assert _file(Version.V2, "DDF1/EF06").items == _file(Version.V3, "DDF1/EF06").items


@pytest.mark.parametrize(
    ("version", "names"),
    [
        (Version.V2, ["国籍及政治面貌信息文件", "国籍", "就业失业登记证信息文件"]),
        (Version.V3, ["国家/地区及政治面貌信息文件", "国家/地区代码", "就业创业证信息文件"]),
    ],
)
def test_names_of_2015(version, names):
    """SC §2.1.2, tables B.1 and B.2; nothing else is renamed."""
    status, certificate = _file(version, "DF01/EF0A"), _file(version, "DF02/EF09")
    assert [status.name_zh, status.item(0x37).name_zh, certificate.name_zh] == names
    pairs = zip(structure(Version.V2), structure(Version.V3), strict=True)
    changed = [
        f.fid
        for d, e in pairs
        for f, g in zip(d.files, e.files, strict=True)
        if (f.name_zh, f.items) != (g.name_zh, g.items)
    ]
    assert changed == [0xEF0A, 0xEF09]


V2_ACCESS = """
DDF1/EF05 free UKSSSE | DDF1/EF06 free UKSSSE | DDF1/EF07 RKSSSE UKSSSE | DDF1/EF08 RKSSSE UKSSSE
DF01/EF05 PIN or RK1DF01, UK1DF01 | DF01/EF06 PIN or RK1DF01, UK4DF01 | DF01/EF07 PIN or RK1DF01, UK2DF01
DF01/EF08 PIN or RK1DF01, UK3DF01 | DF01/EF09 PIN or RK1DF01, UK2DF01 | DF01/EF0A PIN or RK1DF01, UK5DF01
DF01/EF15 PIN or RK1DF01, UK6DF01 | DF01/EF16 free UK7DF01 | DF01/EF17 free UK8DF01 | DF01/EF18 free UK9DF01
DF01/EF19 free UKADF01 | DF01/EF1A free UKBDF01
DF02/EF05 PIN or RK1DF02, UK1DF02 | DF02/EF06 PIN or RK1DF02, UK2DF02 | DF02/EF07 PIN or RK1DF02, UK3DF02
DF02/EF09 PIN or RK1DF02, UK4DF02 | DF02/EF15 PIN or RK1DF02, UK5DF02 | DF02/EF16 PIN or RK1DF02, UK6DF02
DF03/EF05 PIN or RK2DF03, UK1DF03 | DF03/EF06 PIN or RK1DF03, UK2DF03 | DF03/EF07 PIN or RK1DF03, UK3DF03
DF03/EF15 PIN or RK1DF03, UK4DF03 | DF03/EF16 PIN or RK1DF03, UK5DF03 | DF03/EF17 PIN or RK1DF03, UK6DF03
DF03/EF18 PIN or RK1DF03, UK7DF03 | DF03/EF19 PIN or RK1DF03, UK8DF03
DF04/EF05 PIN or RK1DF04, UK1DF04 | DF04/EF06 PIN and RK1DF04, UK2DF04 | DF04/EF08 PIN never
DF04/EF15 PIN or RK1DF04, UK2DF04
DF05/EF05 free UK1DF05 | DF06/EF05 RK1DF06 UK1DF06 | DF06/EF06 RK1DF06 UK2DF06
DF07/EF05 RK1DF07 UK1DF07 | DF07/EF06 RK2DF07 UK2DF07 | DF07/EF07 RK3DF07 UK3DF07
"""
V1_ACCESS = """
DDF1/EF05 free UKSSSE | DDF1/EF06 free UKSSSE | DDF1/EF07 free UKSSSE
DF01/EF05 PIN UK1DF01 | DF01/EF06 PIN UK4DF01 | DF01/EF07 PIN or UK2DF01, UK2DF01 | DF01/EF08 PIN UK3DF01
DF01/EF09 PIN or UK2DF01, UK2DF01 | DF01/EF0A PIN UK5DF01
DF02/EF05 PIN or UK1DF02, UK1DF02 | DF02/EF06 PIN or UK2DF02, UK2DF02 | DF02/EF07 PIN or UK3DF02, UK3DF02
DF02/EF08 PIN or UK4DF02, UK4DF02 | DF02/EF09 PIN or UK5DF02, UK5DF02
DF03/EF05 PIN and RK2DF03, UK1DF03 | DF03/EF06 PIN UK2DF03 | DF03/EF07 PIN and RK1DF03, UK3DF03
DF04/EF05 PIN UK1DF04 | DF04/EF06 PIN and RK1DF04, UK2DF04 | DF04/EF08 PIN never
DF05/EF05 free UK1DF05 | DF06/EF05 RK1DF06 UK1DF06 | DF06/EF06 RK1DF06 UK2DF06
"""


@pytest.mark.parametrize(("version", "text"), [(Version.V1, V1_ACCESS), (Version.V2, V2_ACCESS)])
def test_access_rules(version, text):
    wanted = {}
    for entry in text.replace("\n", "|").split("|"):
        if entry.strip():
            path, _, rules = entry.strip().partition(" ")
            read, update = rules.split(", ") if ", " in rules else rules.split(" ")
            wanted[path] = (read, update)
    found = {f"{d.fid:04X}/{f.fid:04X}": (str(f.read), str(f.update)) for d in structure(version) for f in d.files}
    assert found == wanted


@pytest.mark.parametrize("version", Version)
def test_every_rule_names_a_key_of_its_directory(version):
    for directory in structure(version):
        for file in (*directory.files, *directory.internal):
            for rule in (file.read, file.update):
                assert not rule.key or directory.key(rule.key), (file.name_en, rule)


@pytest.mark.parametrize(
    ("path", "total"),
    [("DDF1/EF05", 0x40), ("DDF1/EF06", 0x5B)],
)
def test_totals_of_whole_files(path, total):
    assert sum(item.length + 2 for item in _file(Version.V2, path).items) == total


@pytest.mark.parametrize(
    ("version", "path", "length", "records"),
    [
        (Version.V2, "DF02/EF07", 0x55, 4),
        (Version.V1, "DF02/EF07", 0x55, 4),
        (Version.V2, "DF02/EF16", 0x12, 4),
        (Version.V2, "DF04/EF08", 0x1C, 30),
        (Version.V2, "DF04/EF15", 0x03, 8),
    ],
)
def test_cyclic_files(version, path, length, records):
    file = _file(version, path)
    assert file.structure is FileForm.CYCLIC
    assert (file.record_length, file.records) == (length, records)
    assert all(item.tag is None for item in file.items)


def test_kinds_of_files():
    kinds = Counter((f.fid, f.structure) for v, _, f in ALL if v is Version.V2)
    assert {fid for fid, s in kinds if s is FileForm.TRANSPARENT} == {0xEF07, 0xEF08, *range(0xEF16, 0xEF1B)}
    assert _file(Version.V2, "DF03/EF19").structure is FileForm.LINEAR_FIXED
    assert sum(s is FileForm.LINEAR_FIXED for _, s in kinds) == 1
    sizes = {p: _file(Version.V2, p).size for p in ("DDF1/EF07", "DDF1/EF08", "DF01/EF16", "DF01/EF1A")}
    assert sizes == {"DDF1/EF07": 0x300, "DDF1/EF08": 0x1000, "DF01/EF16": 0x128, "DF01/EF1A": 0x128}
    # the draft calls these fixed-length record files
    fixed = {f"{d.fid:04X}/{f.fid:04X}" for v, d, f in ALL if v is Version.V1 and f.structure is FileForm.LINEAR_FIXED}
    assert fixed == {"DF01/EF07", "DF01/EF0A", "DF04/EF06"}


def test_classes():
    named = {
        c: {f"{d.fid:04X}/{f.fid:04X}" for v, d, f in ALL if v is Version.V2 and f.file_class is c} for c in FileClass
    }
    assert named[FileClass.RESERVED] == {f"DF01/EF{n:02X}" for n in range(0x16, 0x1B)}
    assert named[FileClass.PREDEFINED] == {
        *("DDF1/EF07", "DDF1/EF08", "DF02/EF05", "DF07/EF05", "DF07/EF06", "DF07/EF07")
    }


# tag, type and length by file; several records may share one tag only where the specification says so
V2_ITEMS = {
    "DDF1/EF05": "01cn10 02an01 03an04 04cn0C 05cn04 06cn04 07an09",
    "DDF1/EF06": "08an12 09an1E 4Ean14 0Aan01 0Bcn01 0Ccn03 0Dcn04",
    "DF01/EF05": "20an02 21an50 0Ecn03",
    "DF01/EF06": "23an50 24cn03 28an0F 2Can32 2Dan0F",
    "DF01/EF07": "29an01",
    "DF01/EF08": "2Ban01",
    "DF01/EF09": "2Ean46 30an09 32an02",
    "DF01/EF0A": "37an03 38an02 39cn04",
    "DF01/EF15": "2Acn01 40b-tlv34 40b-tlv34 40b-tlv34",
    "DF02/EF05": "42an03 41an03 43b-tlv6C 43b-tlv6C 44b-tlv65 44b-tlv65",
    "DF02/EF06": "4Ccn04 4Ban05 4Dcn03 60cn04 4Fan06 50cn03 3Aan07",
    "DF02/EF09": "55an10 56an46 96cn04 97cn03",
    "DF02/EF15": "99b-tlv10 99b-tlv10 99b-tlv10 99b-tlv10 0Fcn04 1Fcn03",
    "DF03/EF05": "61cn03 98cn04 62cn04 63an03 64an03 65an03 66an03",
    "DF03/EF06": "45an14 46an02 47an02 48an01 49an01 67cn04 6Ban3C 4Ab-tlv61 4Ab-tlv61 4Ab-tlv61",
    "DF03/EF07": "70an03 71cn03 6Ecn04 6Ccn04 6Fcn04 73cn04",
    "DF03/EF15": "7Acn03 7Bcn04 7Ccn04",
    "DF03/EF16": "51cn03 5Fan01",
    "DF03/EF17": "3Ban14 3Can46 3Dan01 3Ecn04 3Fan3C",
    "DF03/EF18": "74an03 75cn03 76cn01 77cn04 78cn04",
    "DF03/EF19": "79b-tlv27 79b-tlv27 79b-tlv27 79b-tlv27",
    "DF04/EF05": "81an08 84cn03 87an11 8Ccn01 80cn04 8Ban1D 8Aan0F 83an09 86an09 89an09 7Dan09 7Ean09 7Fan09 8Dan09 "
    "8Ean09 8Fan01",
    "DF04/EF06": "90an01 92cn04 93an02",
    "DF05/EF05": "A0an01 A1an01 B9an01 A2an04 A9cn01 A3b-tlv18 A3b-tlv18 A3b-tlv18 A3b-tlv18 A3b-tlv18 A4b-tlv17 "
    "A4b-tlv17 A4b-tlv17 A4b-tlv17 A4b-tlv17 BAan14 BBan64 AAan14 ABcn04 ACan01 ADan01 AEan01 AFan01 B0an01 B1an01 "
    "B2an01 B3an01 B4an01 B5an01 B6an01 B7an01 BCan01 B8an28",
    "DF06/EF05": "C0an46 C2an09 C3b-tlv1A C4b-tlv1A C5b-tlv1A",
    "DF06/EF06": "C6an46 C8an09 C9cn01 CAcn04 CBcn04 CCcn04 CDcn02 CEcn01 CFcn04 D0cn04 D1cn04 D2cn03 D3cn01 D4cn04 "
    "D5cn04 D6cn04 D7cn03 D8cn01 D9cn04 DAcn04 DBcn04 DCcn04 DDcn04 DEcn04 DFcn03 E0cn03 E1cn02 E2cn02",
    "DF07/EF05": "F0an02 F1an01 F2cn04 F3an03 F4cn04",
    "DF07/EF06": "F5an03 F6cn04 F7an46",
    "DF07/EF07": "F8cn04 F9an01",
}
V1_ITEMS = {
    "DDF1/EF06": "08an12 09an1E 0Aan01 0Bcn01 0Ccn03 0Dcn04",
    "DF01/EF05": "20an01 21an3E 22an12",
    "DF01/EF06": "25an3E 26an12 27cn03 28an0F",
    "DF01/EF07": "29an01 2Acn01",
    "DF01/EF09": "2Ean3E 2Fan08 30an09 31an01 32an03",
    "DF01/EF0A": "37cn04 38cn04 39cn04",
    "DF02/EF06": "4Ccn04 4Bcn04 4Dcn04 60cn04 4Fcn04 50cn04 3Aan07",
    "DF02/EF09": "55cn0A 56an46 96cn04 97cn04",
    "DF03/EF05": "61cn04 98cn04 62cn04 63an03 64an03 65an03 66an03",
    "DF03/EF06": "67cn04 6Ban3C",
    "DF03/EF07": "70an03 71cn04 6Ecn04 6Ccn04 6Fcn04 73cn04",
    "DF04/EF05": "81an46 84an46 87an46 8Ccn01 80cn04 8Ban0A 8Aan0F 83an09 86an09 89an09 8Fan01",
    "DF04/EF06": "90cn04 92cn04 93cn04",
}


def _listing(file):
    return " ".join(f"{item.tag:02X}{item.kind.value}{item.length:02X}" for item in file.items)


@pytest.mark.parametrize(
    ("version", "path", "listing"),
    [(Version.V2, *each) for each in V2_ITEMS.items()] + [(Version.V1, *each) for each in V1_ITEMS.items()],
)
def test_items_in_record_order(version, path, listing):
    assert _listing(_file(version, path)) == listing


def test_no_item_file_was_forgotten():
    linear = {
        f"{d.fid:04X}/{f.fid:04X}"
        for v, d, f in ALL
        if v is Version.V2 and f.structure in {FileForm.LINEAR_FIXED, FileForm.LINEAR_VARIABLE}
    }
    assert linear == set(V2_ITEMS)


def test_b_tlv_lengths_add_up():
    nested = {(item.name_en, item.tag): item for _, item in ITEMS if item.kind is Kind.BTLV}
    assert len(nested) >= 25
    for item in nested.values():
        assert sum(part.length + 2 for part in item.parts) == item.length, item.name_en
        assert len({part.tag for part in item.parts}) == len(item.parts)


REPEATED = {0x40: 3, 0x43: 2, 0x44: 2, 0x99: 4, 0x4A: 3, 0x79: 4, 0xA3: 5, 0xA4: 5}


@pytest.mark.parametrize("version", Version)
def test_a_tag_repeats_only_where_declared(version):
    for directory in structure(version):
        for file in directory.files:
            for tag, count in Counter(item.tag for item in file.items).items():
                if count > 1 and tag is not None:
                    assert count == (2 if (version, tag) == (Version.V1, 0x40) else REPEATED[tag]), (file.name_en, tag)


@pytest.mark.parametrize("version", Version)
def test_tags_mean_one_thing_on_a_card(version):
    """A tag belongs to one file of the card, so that READ RECORD by tag is never ambiguous."""
    owner = {}
    for directory in structure(version):
        for file in directory.files:
            for item in file.items:
                for each in (item, *item.parts):
                    if each.tag is not None:
                        assert owner.setdefault(each.tag, (directory.fid, file.fid)) == (directory.fid, file.fid)


def test_item_60_lies_in_exactly_one_place():
    for version in Version:
        for place, path, other in ((0xDF02, "DF02/EF06", "DF03/EF05"), (0xDF03, "DF03/EF05", "DF02/EF06")):
            directories = structure(version, unemployment_in=place)
            files = {f"{d.fid:04X}/{f.fid:04X}": f for d in directories for f in d.files}
            assert files[path].item(0x60) is not None
            assert files[other].item(0x60) is None
    moved = find(structure(Version.V2, unemployment_in=0xDF03), 0xDF03)
    assert moved is not None
    assert [item.tag for item in moved.files[0].items][:3] == [0x61, 0x60, 0x98]
    with pytest.raises(StructureError):
        structure(Version.V2, unemployment_in=0xDF04)


def test_medical_amounts():
    assert [item.length for item in df04_medical.AMOUNTS.items] == [2, 2, 4, 4, 4, 2, 2]
    assert (df04_medical.AMOUNTS.size, df04_medical.AMOUNTS.sfi) == (0x1F, 0x81)
    assert str(df04_medical.AMOUNTS.read) == "never"


def test_every_row_names_its_clause_and_its_chinese_name():
    for _, directory, file in ALL:
        assert directory.ref
        assert file.ref
        assert file.name_zh.endswith("文件") or file.name_zh.startswith("预留信息文件")
    for _, item in ITEMS:
        for each in (item, *item.parts):
            assert each.ref
            assert each.name_zh
            assert each.name_en


def test_extension_is_added_and_the_rest_untouched():
    plain, more = structure(Version.V2), structure(Version.V2, extensions=[extension("SSSE/EF0D")])
    assert more[1:] == plain[1:]
    assert [item.length for item in more[0].files[-1].items] == [0x0C, 3, 1, 1]
    assert [row.name for row in more[0].keys][-2:] == ["UK1SSSE", "PIN"]


def test_extension_that_takes_a_used_identifier_is_refused():
    with pytest.raises(StructureError, match="UK7DF03"):
        structure(Version.V2, extensions=[extension("DF03/EF0C-EF0F")])
    old = find(structure(Version.V1, extensions=[extension("DF03/EF0C-EF0F")]), 0xDF03)
    assert old is not None
    assert [old.key(f"UKEF0{n}DF03").kid for n in "CDEF"] == [0x8C, 0x89, 0x8A, 0x8B]
    with pytest.raises(StructureError):
        structure(Version.V2, extensions=[extension("SSSE/EF0C"), extension("SSSE/EF0C")])


def test_extension_may_take_the_place_of_a_key():
    medical = find(structure(Version.V2, extensions=[extension("DF04/EF0C-EF0D")]), 0xDF04)
    assert medical is not None
    assert medical.key("DSK") is None
    assert str(medical.internal[0].update) == "never"
    with pytest.raises(KeyError):
        extension("DF09/EF0C")


def test_extensions_start_at_ef0c():
    assert all(file.fid >= 0xEF0C for each in EXTENSIONS for file in each.files)


def test_editions_are_ordered():
    assert all(a < b for a, b in pairwise(Version))
