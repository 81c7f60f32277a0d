"""The bureau's input: columns, checks, and each good row as the items of the card (V2.0 §8; GB 11643)."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from cos.ssse.tables import card_numbers
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.item_encoding import EncodingError, Value, split_name
from cos.ssse.tables.table_model import Directory, Item, Version
from dualcos.issuance.bureau import item_plausibility
from dualcos.issuance.exchange.checked_input import CheckedInput, RowRules, checked
from dualcos.issuance.exchange.input_columns import Column, Policy, RowReader, anything, digits, free, one_of
from dualcos.issuance.exchange.input_files import InputTable, RawRow, read
from dualcos.issuance.exchange.personalisation_file import Place

ID_TYPES = tuple(f"{n:02d}" for n in (*range(1, 16), 90, 99))
CITIZEN = "01"

_REGIONS = ("city_code", "birth_place", "reg_region", "res_region", "medical_region")
_PHOTO_BYTES = 4096
_GUARDED_UNTIL = 16


class SocialRow(NamedTuple):
    """A good row: its values by column, and by card item what is to be written. ``photo`` as a JPEG, may be empty."""

    number: int
    values: Mapping[str, str]
    items: Mapping[Place, Value]
    photo: bytes

    @property
    def ssn(self) -> str:
        """Social security number (社会保障号码)."""
        return self.values["ssn"]

    @property
    def version(self) -> Version:
        """Edition the card is to have."""
        return card_numbers.version_of(self.values["spec_version"])

    def __repr__(self) -> str:
        return f"<SocialRow {self.number}>"


def _ssn(value: str, row: Mapping[str, str]) -> str | None:
    if len(value) != 18:
        return f"{len(value)} characters instead of 18"
    if row.get("id_type", CITIZEN) != CITIZEN:
        return None
    try:
        check = card_numbers.citizen_check(value[:17])
    except card_numbers.NumberError:
        return "17 digits and a check character are wanted"
    if check != value[17]:
        return f"check character is {value[17]}, computed {check}"
    return None if card_numbers.date_ok(value[6:14]) else "digits 7 to 14 are no date"


def _sex(value: str, row: Mapping[str, str]) -> str | None:
    if value not in ("1", "2", "9"):
        return "1, 2 or 9 is wanted"
    number = row.get("ssn", "")
    if row.get("id_type") == CITIZEN and len(number) == 18 and number[16].isdigit():
        wanted = "1" if int(number[16]) % 2 else "2"
        if value != wanted:
            return f"is {value}, the number's 17th digit says {wanted}"
    return None


def _birth(value: str, row: Mapping[str, str]) -> str | None:
    if not card_numbers.date_ok(value):
        return "no such date, YYYYMMDD is wanted"
    if row.get("id_type") == CITIZEN and row.get("ssn", "")[6:14] != value:
        return "differs from digits 7 to 14 of the number"
    return None


def _card_number(value: str, _: Mapping[str, str]) -> str | None:
    if len(value) != 9:
        return f"{len(value)} characters instead of 9"
    try:
        check = card_numbers.card_number_check(value[:8])
    except card_numbers.NumberError as error:
        return str(error)
    return None if check == value[8] else f"check character is {value[8]}, computed {check}"


def _old_card(value: str, row: Mapping[str, str]) -> str | None:
    if row.get("apply_type") in ("reissue", "replace"):
        return _card_number(value, row) if value else "the number of the card it replaces is wanted"
    return "a first card replaces none" if value else None


def _institution(value: str, _: Mapping[str, str]) -> str | None:
    if len(value) == 24 and value.isdigit() and value.startswith(card_numbers.ISSUER_IDENTIFIER):
        return None
    return f"24 digits beginning {card_numbers.ISSUER_IDENTIFIER} are wanted"


def _expiry(value: str, row: Mapping[str, str]) -> str | None:
    if not card_numbers.date_ok(value):
        return "no such date, YYYYMMDD is wanted"
    return None if row.get("issue_date", "") < value else "not after issue_date"


def _date(value: str, _: Mapping[str, str]) -> str | None:
    return None if card_numbers.date_ok(value) else "no such date, YYYYMMDD is wanted"


def _guardian(value: str, row: Mapping[str, str]) -> str | None:
    birth, issued = row.get("birth_date", ""), row.get("issue_date", "")
    if value or not (card_numbers.date_ok(birth) and card_numbers.date_ok(issued)):
        return None
    age = int(issued[:4]) - int(birth[:4]) - (issued[4:] < birth[4:])
    return f"the holder is {age}: a guardian is wanted under {_GUARDED_UNTIL}" if age < _GUARDED_UNTIL else None


def _nationality(value: str, row: Mapping[str, str]) -> str | None:
    foreign = row.get("id_type") in ("07", "08")
    if not value:
        return "a foreigner's nationality is wanted" if foreign else None
    return None if len(value) == 3 and value.isascii() and value.isalpha() else "three letters are wanted"


def _pin(value: str, _: Mapping[str, str]) -> str | None:
    # Never quote the value.
    return None if value.isascii() and value.isdigit() and 4 <= len(value) <= 12 else "4 to 12 digits are wanted"


def _version(value: str, _: Mapping[str, str]) -> str | None:
    try:
        card_numbers.version_of(value)
    except card_numbers.NumberError:
        return "1.00, 2.00 or 3.00 is wanted"
    return None if len(value) == 4 else "four characters are wanted, as 2.00"


COLUMNS: tuple[Column, ...] = (
    Column("row_id", "序号", "M", free(20)),
    Column("batch_no", "批次号", "M", free(20)),
    Column("ssn", "社会保障号码", "M", _ssn),
    Column("name", "姓名", "M", anything),
    Column("id_type", "证件类型", "M", one_of(*ID_TYPES)),
    Column("sex", "性别", "M", _sex),
    Column("ethnic", "民族", "M", digits(2)),
    Column("birth_date", "出生日期", "M", _birth),
    Column("birth_place", "出生地", "O", digits(6)),
    Column("city_code", "应用城市代码", "M", digits(6)),
    Column("card_class", "卡的类别", "M", one_of("1", "2", "3", "4")),
    Column("spec_version", "规范版本", "M", _version),
    Column("init_org", "初始化机构编号", "M", _institution),
    Column("issue_date", "发卡日期", "M", _date),
    Column("expiry_date", "卡有效期", "M", _expiry),
    Column("card_no", "卡号", "M", _card_number),
    Column("reg_type", "户口类别", "O", anything),
    Column("reg_addr", "户口所在地地址", "O", anything),
    Column("reg_region", "户口所在地行政区划代码", "O", digits(6)),
    Column("res_addr", "常住所在地地址", "O", anything),
    Column("res_region", "常住所在地行政区划代码", "O", digits(6)),
    Column("phone", "联系电话", "O", anything),
    Column("guardian_name", "监护人姓名", "C", _guardian),
    Column("guardian_phone", "监护人电话", "O", anything),
    Column("guardian_id_type", "监护人证件类型", "O", one_of(*ID_TYPES)),
    Column("guardian_id", "监护人证件号码", "O", free(20)),
    Column("employ_state", "个人状况", "O", anything),
    Column("marital", "婚姻状况", "O", anything),
    Column("employer", "单位名称", "O", anything),
    Column("employer_code", "单位组织机构代码", "O", anything),
    Column("identity_class", "人员身份类别", "O", anything),
    Column("nationality", "国籍", "C", _nationality),
    Column("medical_scheme", "医疗保障类别", "O", anything),
    Column("medical_region", "医疗保险统筹区", "O", digits(6)),
    Column("medical_kind", "参保人员类别", "O", anything),
    Column("medical_account", "基本医疗保险个人账号", "O", anything),
    Column("extra", "其他数据项", "O", anything),
    Column("photo", "照片", "O", anything),
    Column("pin", "个人密码", "O", _pin),
    Column("apply_type", "申请类别", "M", one_of("new", "reissue", "replace")),
    Column("apply_reason", "补换原因", "O", free(60)),
    Column("old_card_no", "旧卡号", "C", _old_card),
    Column("bank_code", "服务银行", "M", digits(3)),
    Column("outlet_code", "网点", "M", free(20)),
    Column("mobile", "联系手机", "O", digits(6, 15)),
    Column("post_code", "邮政编码", "O", digits(6)),
    Column("mail_addr", "通讯地址", "O", free(100)),
    Column("recipient", "收件人", "O", free(40)),
    Column("unit_no", "单位编号", "O", free(20)),
    Column("unit_name", "单位名称（分拣）", "O", free(60)),
)
NAMES = frozenset(column.name for column in COLUMNS)
REQUIRED = frozenset(column.name for column in COLUMNS if column.need == "M")

# Which card item a column fills; the item's own table says length, form and codes.
_ITEMS: tuple[tuple[str, Place], ...] = (
    ("card_class", (0xDDF1, 0xEF05, 0x02)),
    ("spec_version", (0xDDF1, 0xEF05, 0x03)),
    ("init_org", (0xDDF1, 0xEF05, 0x04)),
    ("issue_date", (0xDDF1, 0xEF05, 0x05)),
    ("expiry_date", (0xDDF1, 0xEF05, 0x06)),
    ("card_no", (0xDDF1, 0xEF05, 0x07)),
    ("ssn", (0xDDF1, 0xEF06, 0x08)),
    ("sex", (0xDDF1, 0xEF06, 0x0A)),
    ("ethnic", (0xDDF1, 0xEF06, 0x0B)),
    ("birth_place", (0xDDF1, 0xEF06, 0x0C)),
    ("birth_date", (0xDDF1, 0xEF06, 0x0D)),
    ("reg_type", (0xDF01, 0xEF05, 0x20)),
    ("reg_addr", (0xDF01, 0xEF05, 0x21)),
    ("reg_region", (0xDF01, 0xEF05, 0x0E)),
    ("res_addr", (0xDF01, 0xEF06, 0x23)),
    ("res_region", (0xDF01, 0xEF06, 0x24)),
    ("phone", (0xDF01, 0xEF06, 0x28)),
    ("guardian_name", (0xDF01, 0xEF06, 0x2C)),
    ("guardian_phone", (0xDF01, 0xEF06, 0x2D)),
    ("employ_state", (0xDF01, 0xEF07, 0x29)),
    ("marital", (0xDF01, 0xEF08, 0x2B)),
    ("employer", (0xDF01, 0xEF09, 0x2E)),
    ("employer_code", (0xDF01, 0xEF09, 0x30)),
    ("identity_class", (0xDF01, 0xEF09, 0x32)),
    ("nationality", (0xDF01, 0xEF0A, 0x37)),
    ("medical_scheme", (0xDF04, 0xEF05, 0x81)),
    ("medical_region", (0xDF04, 0xEF05, 0x84)),
    ("medical_kind", (0xDF04, 0xEF05, 0x8C)),
    ("medical_account", (0xDF04, 0xEF05, 0x8B)),
)


SocialInput = CheckedInput[SocialRow]


def load(path: str | Path, policy: Policy | None = None) -> SocialInput:
    """Read and check ``social.csv`` or ``social.jsonl``. Raises InputError; bad rows are findings."""
    policy = policy or Policy()
    return check(read(path, NAMES, REQUIRED, policy.social_encoding), policy, Path(path).parent)


def check(table: InputTable, policy: Policy, folder: Path = Path()) -> SocialInput:
    """Every row alone, then what must be unique in the file. A number twice is the matching's business."""
    rules = RowRules(
        SocialRow,
        lambda reader, raw: _row(reader, raw, folder),
        {column: lambda _, __: "error" for column in ("row_id", "card_no")},
        same=("batch_no",),
    )
    return checked(table, policy, rules)


def _row(reader: RowReader, raw: RawRow, folder: Path) -> SocialRow | None:
    reader.read(COLUMNS)
    values = reader.values
    if values.get("birth_date", "") > reader.policy.today:
        reader.say("birth_date", "lies in the future")
    region = values.get("city_code", "")
    if region and not card_numbers.region_ok(region, synthetic=reader.policy.synthetic):
        reader.say("city_code", "no such region")
    _unknown_regions(reader)
    if not _usable(reader, "spec_version"):
        return None
    directories = structure(card_numbers.version_of(values["spec_version"]))
    items = dict(_items(reader, directories))
    items.update(_extra(reader, directories))
    photo = _photo(reader, folder)
    return SocialRow(raw.number, values, items, photo) if reader.good else None


def _unknown_regions(reader: RowReader) -> None:
    """Codes are abolished and live on: one that is not in the list is worth a look, no more."""
    known = reader.policy.regions
    for column in _REGIONS if known.codes else ():
        value = reader.values.get(column, "")
        if value and value not in known.codes:
            reader.say(column, f"{value} is not in the region list {known.edition}", "warning")


def _usable(reader: RowReader, column: str) -> bool:
    return column in reader.values and not any(f.column == column and f.level == "error" for f in reader.findings)


def _items(reader: RowReader, directories: tuple[Directory, ...]) -> Iterator[tuple[Place, Value]]:
    """Column values on their items; what an edition has no item for is left out with a note."""
    for column, place in _ITEMS:
        value = reader.values.get(column)
        if not value:
            continue
        item = _item(directories, place)
        if item is None:
            reader.say(column, "this edition of the card has no item for it; left out", "note")
            continue
        if _usable(reader, column):
            fault = _fault(reader, item, value)
            if fault:
                reader.say(column, fault)
        yield place, value
    yield from _name(reader, directories)


def _name(reader: RowReader, directories: tuple[Directory, ...]) -> Iterator[tuple[Place, Value]]:
    name = reader.values.get("name", "")
    extension = (0xDDF1, 0xEF06, 0x4E)
    try:
        parts = split_name(name, reader.policy.charset, rest=0x14 if _item(directories, extension) else 0)
    except EncodingError as error:
        reader.say("name", str(error))
        return
    yield (0xDDF1, 0xEF06, 0x09), parts.name
    if parts.extension:
        yield extension, parts.extension


def _item(directories: tuple[Directory, ...], place: Place) -> Item | None:
    directory = find(directories, place[0])
    file = directory.file(place[1]) if directory else None
    return file.item(place[2]) if file else None


def _fault(reader: RowReader, item: Item, value: Value) -> str | None:
    return item_plausibility.problem(item, value, reader.policy.charset, synthetic=reader.policy.synthetic)


def _extra(reader: RowReader, directories: tuple[Directory, ...]) -> Iterator[tuple[Place, Value]]:
    """``extra``: a JSON map of ``DF01/EF05/20`` to the item's text; parts of a compound item as a list."""
    text = reader.values.get("extra")
    if not text:
        return
    try:
        given = msgspec.json.decode(text, type=dict[str, str | list[str]])
    except msgspec.DecodeError:
        reader.say("extra", 'a JSON map is wanted, as {"DF01/EF08/2B": "2"}')
        return
    for name, value in given.items():
        try:
            directory, file, tag = (int(part, 16) for part in name.split("/"))
        except ValueError:
            reader.say("extra", f"{name[:20]} is no directory/file/tag")
            continue
        place = directory, file, tag
        item = _item(directories, place)
        if item is None:
            reader.say("extra", f"{name}: this edition has no such item")
            continue
        plain: Value = tuple(value) if isinstance(value, list) else value
        fault = _fault(reader, item, plain)
        if fault:
            reader.say("extra", f"{name}: {fault}")
        yield place, plain


def _photo(reader: RowReader, folder: Path) -> bytes:
    text = reader.values.get("photo", "")
    if not text:
        return b""
    if text.lower().endswith((".jpg", ".jpeg")):
        # A name, never a path: the input must not make the tool read elsewhere.
        if Path(text).name != text:
            reader.say("photo", "a file name without folders is wanted")
            return b""
        try:
            picture = (folder / text).read_bytes()
        except OSError as error:
            reader.say("photo", f"{text}: {error.strerror}")
            return b""
    else:
        try:
            picture = base64.b64decode(text, validate=True)
        except ValueError:  # also for what is not ASCII
            reader.say("photo", "neither Base64 nor the name of a .jpg file")
            return b""
    if not picture.startswith(b"\xff\xd8"):
        reader.say("photo", "not a JPEG picture")
    elif len(picture) > _PHOTO_BYTES:
        reader.say("photo", f"{len(picture)} bytes, the card holds {_PHOTO_BYTES}")
    return picture
