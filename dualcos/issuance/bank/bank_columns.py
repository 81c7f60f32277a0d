"""The columns of the bank's input and what each takes (PBOC-5 A, PBOC-10).

Here the columns become data elements without an item's table behind them: what an element cannot hold is unusable.
"""

from __future__ import annotations

from collections.abc import Mapping

from cos.pse.data.data_elements import BY_TAG, Format
from cos.ssse.tables import card_numbers
from dualcos.issuance.exchange.input_columns import (
    Column,
    ValueFault,
    anything,
    are_digits,
    digits,
    free,
    implausible,
    one_of,
    shared_number,
    strictly,
    unusable,
)
from dualcos.profile.field_types import is_hex

LIMITS = ("9F14", "9F23", "9F58", "9F59", "9F53", "9F72", "9F54", "9F5C", "9F75")
_LONGEST_NAME, _LONGEST_DOCUMENT, _LONGEST_TRACK_1, _LONGEST_TRACK_2 = 45, 40, 24, 13
_MOST_DKI = 0xFF


def _pan(value: str, _: Mapping[str, str]) -> ValueFault | None:
    if not (are_digits(value) and 16 <= len(value) <= 19):
        return unusable("16 to 19 digits are wanted")
    return None if value[-1] == card_numbers.luhn_digit(value[:-1]) else implausible("the Luhn check digit is wrong")


def _id_type(value: str, _: Mapping[str, str]) -> ValueFault | None:
    codes = [f"{n:02d}" for n in range(6)]
    if value in codes:
        return None
    said = f"{value[:12]} is none of {', '.join(codes)}"
    return implausible(said) if are_digits(value) and len(value) == 2 else unusable(said)


def _id_number(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if len(value) > _LONGEST_DOCUMENT or not value.isascii():
        return unusable(f"at most {_LONGEST_DOCUMENT} letters and digits")
    if row.get("id_type") == "00" and value != row.get("ssn", value):
        return implausible("differs from ssn, and id_type 00 is the identity card")
    return None


def _expiry(value: str, row: Mapping[str, str]) -> ValueFault | None:
    if not are_digits(value) or len(value) not in (4, 6) or not 1 <= int(value[2:4]) <= 12:
        return unusable("YYMM or YYMMDD is wanted")
    if len(value) == 6 and not card_numbers.date_ok("20" + value):
        return unusable("no such date")
    # A month stands for its last day.
    return implausible("before effective") if row.get("effective", "") > value.ljust(6, "9") else None


def _effective(value: str, _: Mapping[str, str]) -> ValueFault | None:
    return None if card_numbers.date_ok("20" + value) else unusable("a date YYMMDD is wanted")


def _service(value: str, _: Mapping[str, str]) -> ValueFault | None:
    wanted = "three digits beginning 2 or 6 (chip card) are wanted"
    if not are_digits(value) or len(value) != 3:
        return unusable(wanted)
    return None if value[0] in "26" else implausible(wanted)


def _latin(value: str, _: Mapping[str, str]) -> ValueFault | None:
    if not value.isascii():
        return unusable("capital letters, / and spaces only")
    said = "2 to 26 characters, 19 more in the extension"
    if len(value) > _LONGEST_NAME:
        return unusable(said)
    return None if len(value) > 1 else implausible(said)


def _track_1(value: str, _: Mapping[str, str]) -> ValueFault | None:
    if not value.isascii() or len(value) > _LONGEST_TRACK_1:
        return unusable(f"at most {_LONGEST_TRACK_1} ASCII characters are wanted")
    return None


def _flags(value: str, _: Mapping[str, str]) -> ValueFault | None:
    right = len(value) == 2 and is_hex(value)
    return None if right else unusable("two hexadecimal digits are wanted (byte 9 of 9F63)")


def _authority(value: str, _: Mapping[str, str]) -> ValueFault | None:
    return None if len(value) == 2 and is_hex(value) else unusable("two hexadecimal digits are wanted")


def _key_set(value: str, _: Mapping[str, str]) -> ValueFault | None:
    right = are_digits(value) and len(value) <= 3 and int(value) <= _MOST_DKI
    return None if right else unusable(f"a number up to {_MOST_DKI} is wanted")


def _limits(value: str, _: Mapping[str, str]) -> ValueFault | None:
    """``9F58=03;9F59=05``."""
    seen: set[str] = set()
    for part in value.split(";"):
        tag, _equals, content = part.partition("=")
        if tag not in LIMITS:
            return unusable(f"{tag[:8]} is none of {', '.join(LIMITS)}")
        if tag in seen:
            return unusable(f"{tag} is there twice")
        seen.add(tag)
        element = BY_TAG[int(tag, 16)]
        if not is_hex(content) or len(content) != 2 * element.most:
            return unusable(f"{tag} takes {element.most} bytes, {2 * element.most} hexadecimal digits")
        if element.form is Format.N and not content.isdigit():
            return unusable(f"{tag} takes digits only")
    return None


_TRIES = tuple(str(n) for n in range(1, 16))

COLUMNS: tuple[Column, ...] = (
    Column("row_id", "序号", "M", free(20), "text of at most 20 characters, unlike any other row's"),
    Column("batch_no", "批次号", "M", free(20), "text of at most 20 characters, the same in every row"),
    Column("ssn", "社会保障号码", "M", shared_number, "18 letters and digits"),
    Column("name", "姓名", "M", free(60), "text of at most 60 characters; compared with the bureau's"),
    Column("name_latin", "姓名拼音", "O", _latin, "2 to 45 ASCII characters, SURNAME/GIVEN; over 26 where 9F0B is"),
    Column(
        "id_type",
        "证件类型",
        "M",
        _id_type,
        "00 identity card (the bureau's 01), 01 officer (02, 03), 02 passport (08), 03 entry permit (04 to 06), "
        "04 temporary identity card, 05 other (all others)",
    ),
    Column("id_no", "证件号码", "M", _id_number, f"at most {_LONGEST_DOCUMENT} ASCII characters; ssn for id_type 00"),
    Column("birth_date", "出生日期", "O", digits(8), "a date, YYYYMMDD; compared with the bureau's"),
    Column("sex", "性别", "O", one_of("1", "2", "9"), "1, 2 or 9; compared with the bureau's"),
    Column("pan", "主账号", "M", _pan, "16 to 19 digits with the Luhn digit, unlike any other's"),
    Column("psn", "主账号序列号", "M", strictly(digits(2)), "two digits"),
    Column("account_no", "金融账户", "O", free(32), "text of at most 32 characters"),
    Column("expiry", "失效日期", "M", _expiry, "YYMM or YYMMDD, not before effective"),
    Column("effective", "生效日期", "O", _effective, "YYMMDD"),
    Column("service_code", "服务码", "M", _service, "three digits, the first 2 or 6"),
    Column("track2_disc", "磁条2自定义数据", "O", strictly(digits(1, _LONGEST_TRACK_2)), "1 to 13 digits"),
    Column("track1_disc", "磁条1自定义数据", "O", _track_1, f"at most {_LONGEST_TRACK_1} ASCII characters"),
    Column("product_flags", "产品标识", "O", _flags, "two hexadecimal digits, byte 9 of 9F63"),
    Column("profile", "模板", "M", anything, "name of a bank template; debit is the card template's own"),
    Column("ca_index", "CA公钥索引", "O", _authority, "two hexadecimal digits, a key the bank's certificate is under"),
    Column("issuer_key_id", "发卡行密钥", "O", free(20), "text of at most 20 characters"),
    Column("dki", "密钥索引", "M", _key_set, "a number, a set of issuer keys in the bank's key store"),
    Column("offline_pin", "脱机密码", "O", anything, "16 hex digits under the PIN transport key, a colon, its KCV"),
    Column("ptl", "密码尝试上限", "O", strictly(one_of(*_TRIES)), "1 to 15"),
    Column(
        "kyc_result",
        "审核结果",
        "M",
        strictly(one_of("ok", "reject"), "it says whether the bank takes the person"),
        "ok or reject",
    ),
    Column("kyc_reason", "审核说明", "O", free(60), "text of at most 60 characters"),
    Column("limits", "风险参数", "O", _limits, f"TAG=HEX joined by semicolons, of {', '.join(LIMITS)}"),
)
NAMES = frozenset(column.name for column in COLUMNS)
REQUIRED = frozenset(column.name for column in COLUMNS if column.need == "M")
