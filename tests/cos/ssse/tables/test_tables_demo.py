"""The invented holders fill every file of every edition with well-formed, visibly synthetic values."""

import pytest

from cos.ssse.tables.card_numbers import card_number_ok, citizen_ok, date_ok, parse_identification, region_ok
from cos.ssse.tables.file_structure import structure
from cos.ssse.tables.item_encoding import EncodingError
from cos.ssse.tables.regional_files import EXTENSIONS
from cos.ssse.tables.table_model import FileForm, Version
from dualcos.explain.social_records import UNSET, describe
from dualcos.issuance.bureau.item_plausibility import problem
from dualcos.profile.demonstration_holder import HOLDER, HOLDERS, LONG_NAME, card, value
from dualcos.profile.invented_holder import Filled

FITS_9_ALONE = {holder.key for holder in HOLDERS if len(holder.name.encode("gb18030")) <= 30}
PEOPLE = [
    pytest.param(version, holder, id=f"{version.label}-{holder.key}")
    for version in Version
    for holder in HOLDERS
    if version is not Version.V1 or holder.key in FITS_9_ALONE
]
BORN_LATER = {"child-with-guardian", "newborn", "born-29-february"}


@pytest.mark.parametrize("holder", HOLDERS, ids=[holder.key for holder in HOLDERS])
def test_numbers_are_well_formed_and_nobodys(holder):
    assert citizen_ok(holder.number) == (holder.given_number == "")
    assert len(holder.number) == 18
    assert card_number_ok(holder.card_number) == (holder.key != "card-number-off-check")
    assert not region_ok(holder.region)
    assert holder.number[:2] == "99" or holder.number[:3] == "XTS"
    assert (holder.birth[:4] == "1900") == (holder.key not in BORN_LATER)
    assert date_ok(holder.birth)
    assert holder.birth <= holder.issued < holder.expires
    assert "测" in holder.name or "CESHI" in holder.name
    assert parse_identification(holder.identification).serial == holder.serial
    if holder.id_type == "01":
        assert (int(holder.sequence) % 2 == 1) == (holder.sex != "2")
    assert holder.pan.startswith("629999")
    assert 2 <= len(holder.latin) <= 45


@pytest.mark.parametrize(("version", "holder"), PEOPLE)
def test_every_file_is_filled(version, holder):
    contents = card(version, holder, charset="gb18030")
    logs = 0 if holder.filled is Filled.EMPTY else 1
    for directory in structure(version):
        for file in directory.files:
            records = contents[directory.fid, file.fid]
            if file.structure is FileForm.TRANSPARENT:
                assert [len(each) for each in records] == [file.size]
            elif file.structure is FileForm.CYCLIC:
                assert [len(each) for each in records] == [file.record_length] * file.records * logs
                assert len(set(records)) == (file.records if file.items[0].kind.value == "b" else 1) * logs
            else:
                assert [(each[0], each[1]) for each in records] == [(item.tag, item.length) for item in file.items]


@pytest.mark.parametrize(("version", "holder"), PEOPLE)
def test_every_value_is_plausible(version, holder):
    for directory in structure(version):
        for file in directory.files:
            for item in file.items:
                if item.tag is not None:
                    told = value(item, holder, version, "gb18030")
                    assert problem(item, told, "gb18030", synthetic=True) is None, item.name_en


@pytest.mark.parametrize("version", Version)
def test_only_the_name_extension_may_stay_empty(version):
    for path, records in card(version).items():
        for record in records:
            empty = {line.name_zh for line in describe(path, record, version) if line.text == UNSET}
            assert empty <= {"姓名扩展"}
    if version is not Version.V1:
        long = card(version, LONG_NAME)[0xDDF1, 0xEF06]
        assert all(line.text != UNSET for record in long for line in describe((0xDDF1, 0xEF06), record, version))


def test_a_long_name_has_no_place_on_an_old_card():
    with pytest.raises(EncodingError):
        card(Version.V1, LONG_NAME)


def test_holder_of_a_2_0_card():
    records = card(Version.V2)[0xDDF1, 0xEF06]
    assert sum(map(len, records)) == 0x5B
    assert records[1][2:].rstrip(b"\0").decode("gbk") == HOLDER.name
    assert sum(map(len, card(Version.V2)[0xDDF1, 0xEF05])) == 0x40


@pytest.mark.parametrize(("version", "text"), [(Version.V1, b"1.00"), (Version.V2, b"2.00"), (Version.V3, b"3.00")])
def test_the_version_item_follows_the_edition(version, text):
    assert card(version)[0xDDF1, 0xEF05][2] == b"\x03\x04" + text


def test_extended_cards_are_filled_too():
    more = structure(Version.V1, extensions=EXTENSIONS)
    assert len(card(Version.V1, HOLDER, more)[0xDDF1, 0xEF0D]) == 4
