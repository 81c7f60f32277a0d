"""SSSE itself: issuer data, holder data, fingerprint, photo (V2.0 §5.2, table 3; items V2.0 table 9)."""

from __future__ import annotations

from cos.ssse.tables.table_model import (
    FREE,
    File,
    FileClass,
    FileForm,
    Form,
    Item,
    Version,
    an,
    by_key,
    cn,
    date,
    region,
)

# The specification gives SSSE no identifier; the PSAM's counterpart has DDF1 and readers speak of DDF1, so: inferred.
FID = 0xDDF1
NAME = bytes.fromhex("7378312E73682EC9E7BBE1B1A3D5CF")  # sx1.sh.社会保障, SSC-3 §6.2, V2.0 table 1
LABEL_ZH, LABEL_EN = "社会保障系统环境", "social-security environment"
DIR_SFI = 0x1E  # SSC-3 §6.3 says 5 to 15; every card seen announces 30

_UPDATE = by_key("UKSSSE")

EF05 = File(
    0xEF05,
    "发卡机构数据文件",
    "issuer data",
    FileForm.LINEAR_VARIABLE,
    FREE,
    _UPDATE,
    "V2.0 table 3, §8.1.1",
    (
        cn(0x01, "卡的识别码", "card identification code", 0x10, "V2.0 §8.1.1.1", Form.IDENTIFICATION),
        an(0x02, "卡的类别", "card class", 0x01, "V2.0 §8.1.1.2", Form.CODE, "card_class"),
        an(0x03, "规范版本", "specification version", 0x04, "V2.0 §8.1.1.3"),
        # The standard's example has digits only; on issued cards the last byte, a running number, is hexadecimal.
        cn(0x04, "初始化机构编号", "initialising institution", 0x0C, "V2.0 §8.1.1.4", Form.INSTITUTION),
        date(0x05, "发卡日期", "issue date", "V2.0 §8.1.1.5"),
        date(0x06, "卡有效期", "expiry date", "V2.0 §8.1.1.6"),
        an(0x07, "卡号", "card number", 0x09, "V2.0 §8.1.1.7, appendix A", Form.CODE),
    ),
)

_NAME = an(0x09, "姓名", "name", 0x1E, "V2.0 §8.1.2.2")
_NAME_EXTENSION = an(0x4E, "姓名扩展", "name extension", 0x14, "V2.0 table 9")
_PERSON: tuple[Item, ...] = (
    an(0x0A, "性别", "sex", 0x01, "V2.0 §8.1.2.3", Form.CODE, "sex"),
    cn(0x0B, "民族", "ethnic group", 0x01, "V2.0 §8.1.2.4", Form.CODE, "ethnic"),
    region(0x0C, "出生地", "place of birth", "V2.0 §8.1.2.5"),
    date(0x0D, "出生日期", "date of birth", "V2.0 §8.1.2.6"),
)
_HOLDER_V1 = (an(0x08, "公民身份号码", "citizen number", 0x12, "V2.0 p. 58", Form.CODE), _NAME, *_PERSON)
_HOLDER = (
    an(0x08, "社会保障号码", "social security number", 0x12, "V2.0 §8.1.2.1", Form.CODE),
    _NAME,
    _NAME_EXTENSION,
    *_PERSON,
)
_EF06 = (0xEF06, "持卡人的基本信息文件", "holder data", FileForm.LINEAR_VARIABLE)

# 1.0 has no name extension, so every record from the third on is numbered one lower.
EF06_V1 = File(*_EF06, FREE, _UPDATE, "SSC-6 table 4, V2.0 p. 59", _HOLDER_V1, until=Version.V1)
EF06_V2 = File(*_EF06, FREE, _UPDATE, "V2.0 table 3", _HOLDER, since=Version.V2, until=Version.V2)
# 3.0 asks for an external authentication first (四川省社会保障卡读写机具规范 §10.2); otherwise as 2.0.
EF06_V3 = File(*_EF06, by_key("RKSSSE"), _UPDATE, "SC §10.2", _HOLDER, since=Version.V3)

_EF07 = (0xEF07, "指纹数据文件", "fingerprint", FileForm.TRANSPARENT)
EF07_V1 = File(*_EF07, FREE, _UPDATE, "SSC-6 table 4", size=0x300, until=Version.V1)
EF07 = File(
    *_EF07,
    by_key("RKSSSE"),
    _UPDATE,
    "V2.0 table 3, §8.1.3",
    size=0x300,
    since=Version.V2,
    file_class=FileClass.PREDEFINED,
)
EF08 = File(
    0xEF08,
    "照片信息文件",
    "photo",
    FileForm.TRANSPARENT,
    by_key("RKSSSE"),
    _UPDATE,
    "V2.0 table 3, §8.1.4",
    size=0x1000,
    since=Version.V2,
    file_class=FileClass.PREDEFINED,
)

FILES = (EF05, EF06_V1, EF06_V2, EF06_V3, EF07_V1, EF07, EF08)
