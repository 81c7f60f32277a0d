"""The columns of the bureau's input and what each takes by itself (V2.0 §8; GB 11643).

What a card item cannot hold, its item says (``item_plausibility``): a fault here is unusable only where no item asks.
"""

from __future__ import annotations

from collections.abc import Mapping

from cos.ssse.tables import card_numbers
from dualcos.issuance.exchange.input_columns import (
    Column,
    ValueFault,
    anything,
    digits,
    doubtful,
    free,
    implausible,
    one_of,
    shared_number,
    strictly,
    unusable,
)
from dualcos.profile.field_types import is_hex

ID_TYPES = tuple(f"{n:02d}" for n in (*range(1, 16), 90, 99))
CITIZEN = "01"

_FOREIGN = ("07", "08")
_APPLICATIONS = ("new", "reissue", "replace")
_GUARDED_UNTIL = 16
_INSTITUTION_DIGITS = 24
_IDENTIFICATION_DIGITS = 32


def _ssn(value: str, row: Mapping[str, str]) -> ValueFault | None:
    fault = shared_number(value, row)
    if fault or row.get("id_type", CITIZEN) != CITIZEN:
        return fault
    try:
        check = card_numbers.citizen_check(value[:17])
    except card_numbers.NumberError:
        return implausible("17 digits and a check character are wanted")
    if check != value[17]:
        return implausible(f"check character is {value[17]}, computed {check}")
    return None if card_numbers.date_ok(value[6:14]) else implausible("digits 7 to 14 are no date")


def _sex(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if value not in ("1", "2", "9"):
        return implausible("1, 2 or 9 is wanted")
    number = row.get("ssn", "")
    if row.get("id_type") == CITIZEN and len(number) == 18 and number[16] in "0123456789":
        wanted = "1" if int(number[16]) % 2 else "2"
        if value != wanted:
            return implausible(f"is {value}, the number's 17th digit says {wanted}")
    return None


def _birth(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if not card_numbers.date_ok(value):
        return implausible("no such date, YYYYMMDD is wanted")
    if row.get("id_type") == CITIZEN and row.get("ssn", "")[6:14] not in ("", value):
        return implausible("differs from digits 7 to 14 of the number")
    return None


def _card_number(value: str, _: Mapping[str, str]) -> ValueFault | None:
    if len(value) != 9:
        return implausible(f"{len(value)} characters instead of 9")
    try:
        check = card_numbers.card_number_check(value[:8])
    except card_numbers.NumberError as error:
        return implausible(str(error))
    if not (value[8].isdecimal() or value[8].isupper()):
        return implausible("the ninth character is no digit or capital letter")
    # Issued cards have numbers that do not satisfy it.
    return None if check == value[8] else doubtful(f"check character is {value[8]}, computed {check}")


def _old_card(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if row.get("apply_type") in ("reissue", "replace"):
        return _card_number(value, row) if value else implausible("the number of the card it replaces is wanted")
    return implausible("a first card replaces none") if value and row.get("apply_type") == "new" else None


def _institution(value: str, _: Mapping[str, str]) -> ValueFault | None:
    wanted = f"{_INSTITUTION_DIGITS} hexadecimal digits beginning {card_numbers.ISSUER_IDENTIFIER} are wanted"
    if len(value) != _INSTITUTION_DIGITS or not is_hex(value):
        return unusable(wanted)
    return None if value.startswith(card_numbers.ISSUER_IDENTIFIER) else implausible(wanted)


def _identification(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if len(value) != _IDENTIFICATION_DIGITS or not is_hex(value):
        return unusable(f"{_IDENTIFICATION_DIGITS} hexadecimal digits are wanted")
    code = card_numbers.parse_identification(bytes.fromhex(value))
    if code.application != card_numbers.APPLICATION_IDENTIFIER:
        return doubtful("digits 7 to 16 are not D156000005")
    city = row.get("city_code", code.region)
    return None if code.region == city else doubtful("digits 1 to 6 are not city_code")


def _expiry(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if not card_numbers.date_ok(value):
        return implausible("no such date, YYYYMMDD is wanted")
    return None if row.get("issue_date", "") < value else implausible("not after issue_date")


def _date(value: str, _: Mapping[str, str]) -> ValueFault | None:
    return None if card_numbers.date_ok(value) else implausible("no such date, YYYYMMDD is wanted")


def _guardian(value: str, row: Mapping[str, str]) -> ValueFault | None:
    birth, issued = row.get("birth_date", ""), row.get("issue_date", "")
    if value or not (card_numbers.date_ok(birth) and card_numbers.date_ok(issued)) or birth > issued:
        return None
    age = int(issued[:4]) - int(birth[:4]) - (issued[4:] < birth[4:])
    if age >= _GUARDED_UNTIL:
        return None
    return implausible(f"the holder is {age}: a guardian is wanted under {_GUARDED_UNTIL}")


def _nationality(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if not value:
        # A 1.0 card has no item for it.
        foreign = row.get("id_type") in _FOREIGN and not row.get("spec_version", "").startswith("1.")
        return implausible("a foreigner's nationality is wanted") if foreign else None
    right = len(value) == 3 and value.isascii() and value.isalpha()
    return None if right else implausible("three letters are wanted")


def _pin(value: str, _: Mapping[str, str]) -> ValueFault | None:
    # Never quote the value.
    right = value.isascii() and value.isdigit() and 4 <= len(value) <= 12
    return None if right else unusable("4 to 12 digits are wanted")


def _version(value: str, _: Mapping[str, str]) -> ValueFault | None:
    try:
        card_numbers.version_of(value)
    except card_numbers.NumberError:
        return unusable("1.00, 2.00 or 3.00 is wanted")
    return None if len(value) == 4 else implausible("four characters are wanted, as 2.00")


_DATE = "a date, YYYYMMDD"
_REGION = "a region code, six digits (GB/T 2260)"
_ADDRESS = "text, 80 bytes on the card"
_DOCUMENT = (
    "a code: 01 identity card, 02 officer, 03 armed police, 04 Hong Kong, 05 Macao, 06 Taiwan, 07 permanent residence, "
    "08 foreign passport, 09 to 15 other papers, 90 social security card, 99 other"
)

COLUMNS: tuple[Column, ...] = (
    Column("row_id", "序号", "M", free(20), "text of at most 20 characters, unlike any other row's"),
    Column("batch_no", "批次号", "M", free(20), "text of at most 20 characters, the same in every row"),
    Column("ssn", "社会保障号码", "M", _ssn, "18 letters and digits; a citizen's with its check character (GB 11643)"),
    Column("name", "姓名", "M", anything, "text, 50 bytes on the card, 30 in edition 1.0; Latin with its blanks"),
    Column(
        "id_type",
        "证件类型",
        "M",
        strictly(one_of(*ID_TYPES), "it says how the number is checked and matched"),
        _DOCUMENT,
    ),
    Column("sex", "性别", "M", _sex, "1, 2 or 9; as the 17th digit of a citizen's number", blank=True),
    Column("ethnic", "民族", "M", digits(2), "two digits, a code of GB 3304", blank=True),
    Column("birth_date", "出生日期", "M", _birth, f"{_DATE}; as in a citizen's number", blank=True),
    Column("birth_place", "出生地", "O", digits(6), _REGION),
    Column("city_code", "应用城市代码", "M", strictly(digits(6)), _REGION),
    Column("card_class", "卡的类别", "M", one_of("1", "2", "3", "4"), "1, 2, 3 or 4", blank=True),
    Column("spec_version", "规范版本", "M", _version, "1.00, 2.00 or 3.00, the edition of the template"),
    Column(
        "init_org",
        "初始化机构编号",
        "M",
        _institution,
        f"{_INSTITUTION_DIGITS} hexadecimal digits beginning {card_numbers.ISSUER_IDENTIFIER}",
        blank=True,
    ),
    Column("issue_date", "发卡日期", "M", _date, _DATE, blank=True),
    Column("expiry_date", "卡有效期", "M", _expiry, f"{_DATE}, after issue_date", blank=True),
    Column("card_no", "卡号", "M", _card_number, "eight digits and capitals and a check character, unlike any other's"),
    Column(
        "card_ident",
        "卡的识别码",
        "O",
        _identification,
        f"{_IDENTIFICATION_DIGITS} hexadecimal digits, unlike any other's; left out, it is worked out for each chip",
    ),
    Column("reg_type", "户口类别", "O", anything, "a code, two characters; one in edition 1.0"),
    Column("reg_addr", "户口所在地地址", "O", anything, _ADDRESS),
    Column("reg_region", "户口所在地行政区划代码", "O", digits(6), _REGION),
    Column("res_addr", "常住所在地地址", "O", anything, _ADDRESS),
    Column("res_region", "常住所在地行政区划代码", "O", digits(6), _REGION),
    Column("phone", "联系电话", "O", anything, "text, 15 bytes on the card"),
    Column("guardian_name", "监护人姓名", "C", _guardian, f"text, 50 bytes on the card; wanted under {_GUARDED_UNTIL}"),
    Column("guardian_phone", "监护人电话", "O", anything, "text, 15 bytes on the card"),
    Column("guardian_id_type", "监护人证件类型", "O", one_of(*ID_TYPES), _DOCUMENT),
    Column("guardian_id", "监护人证件号码", "O", free(20), "text of at most 20 characters"),
    Column("employ_state", "个人状况", "O", anything, "a code, one digit"),
    Column("marital", "婚姻状况", "O", anything, "a code, one digit"),
    Column("employer", "单位名称", "O", anything, "text, 70 bytes on the card"),
    Column("employer_code", "单位组织机构代码", "O", anything, "text, 9 bytes on the card"),
    Column("identity_class", "人员身份类别", "O", anything, "a code, two digits"),
    Column(
        "nationality",
        "国籍",
        "C",
        _nationality,
        "three letters (ISO 3166); wanted for id_type 07 and 08, but on 1.0 cards",
    ),
    Column("medical_scheme", "医疗保障类别", "O", anything, "a code of three digits and five marks 0 or 1"),
    Column("medical_region", "医疗保险统筹区", "O", digits(6), _REGION),
    Column("medical_kind", "参保人员类别", "O", anything, "a code, two digits"),
    Column("medical_account", "基本医疗保险个人账号", "O", anything, "text, 29 bytes on the card; 10 in edition 1.0"),
    Column("extra", "其他数据项", "O", anything, 'a JSON map of items to texts, as {"DF01/EF08/2B": "2"}'),
    Column("photo", "照片", "O", anything, "a JPEG, 4096 bytes at most: Base64, or a .jpg beside the file"),
    Column("pin", "个人密码", "O", _pin, "4 to 12 digits"),
    Column(
        "apply_type",
        "申请类别",
        "M",
        strictly(one_of(*_APPLICATIONS), "it says whether a person may have a second card"),
        ", ".join(_APPLICATIONS),
    ),
    Column("apply_reason", "补换原因", "O", free(60), "text of at most 60 characters"),
    Column("old_card_no", "旧卡号", "C", _old_card, "the number of the card a reissue or replace is for"),
    Column("bank_code", "服务银行", "M", digits(3), "three digits", blank=True),
    Column("outlet_code", "网点", "M", free(20), "text of at most 20 characters", blank=True),
    Column("mobile", "联系手机", "O", digits(6, 15), "6 to 15 digits"),
    Column("post_code", "邮政编码", "O", digits(6), "six digits"),
    Column("mail_addr", "通讯地址", "O", free(100), "text of at most 100 characters; 80 bytes in edition 1.0"),
    Column("recipient", "收件人", "O", free(40), "text of at most 40 characters"),
    Column("unit_no", "单位编号", "O", free(20), "text of at most 20 characters"),
    Column("unit_name", "单位名称（分拣）", "O", free(60), "text of at most 60 characters"),
)
NAMES = frozenset(column.name for column in COLUMNS)
REQUIRED = frozenset(column.name for column in COLUMNS if column.need == "M")
