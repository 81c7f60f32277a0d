"""DF01, public data (公共应用信息区): V2.0 §5.3, table 4; the 1.0 layout: SSC-6 table 5 and V2.0 pp. 47, 57 to 59."""

from __future__ import annotations

from cos.ssse.tables.table_model import (
    FREE,
    PIN,
    File,
    FileClass,
    FileForm,
    Form,
    Item,
    Version,
    an,
    btlv,
    by_key,
    cn,
    date,
    pin_or,
    region,
)

FID = 0xDF01
NAME = bytes.fromhex("D15600000500")
LABEL_ZH, LABEL_EN = "公共应用信息区", "public data"

_READ = pin_or("RK1DF01")
_VARIABLE, _FIXED = FileForm.LINEAR_VARIABLE, FileForm.LINEAR_FIXED
_UK1, _UK2, _UK3, _UK4, _UK5 = (by_key(f"UK{n}DF01") for n in range(1, 6))

_PHONE = an(0x28, "联系电话", "telephone", 0x0F, "V2.0 §8.2.2.3", Form.CODE)
_STATUS = an(0x29, "个人就业或离退休（职）状态", "employment status", 0x01, "V2.0 §8.2.3.1", Form.CODE, "employment")
_MARITAL = an(0x2B, "婚姻状况", "marital status", 0x01, "V2.0 §8.2.4.1", Form.CODE, "marital")
_ORGANISATION = an(0x30, "单位组织机构代码", "organisation code", 0x09, "V2.0 §8.2.5.2", Form.CODE)

_V1: tuple[File, ...] = (
    File(
        0xEF05,
        "户籍信息文件",
        "household registration",
        _VARIABLE,
        PIN,
        _UK1,
        "SSC-6 table 5",
        (
            an(0x20, "户口类别", "registration category", 0x01, "V2.0 p. 58", Form.CODE),
            an(0x21, "常住户口所在地地址", "registered address", 0x3E, "V2.0 p. 58"),
            an(0x22, "常住户口所在地地址扩展", "registered address, extension", 0x12, "LB 002-2000"),
        ),
        until=Version.V1,
    ),
    File(
        0xEF06,
        "通讯信息文件",
        "correspondence",
        _VARIABLE,
        PIN,
        _UK4,
        "SSC-6 table 5",
        (
            an(0x25, "通讯地址", "postal address", 0x3E, "V2.0 p. 57"),
            an(0x26, "通讯地址扩展", "postal address, extension", 0x12, "LB 002-2000"),
            cn(0x27, "通讯地址邮政编码", "postal code", 0x03, "V2.0 p. 57"),
            _PHONE,
        ),
        until=Version.V1,
    ),
    File(
        0xEF07,
        "个人状况信息文件",
        "personal status",
        _FIXED,
        pin_or("UK2DF01"),
        _UK2,
        "SSC-6 table 5",
        (_STATUS, cn(0x2A, "文化程度", "education level", 0x01, "V2.0 p. 58", Form.CODE, "education")),
        until=Version.V1,
    ),
    File(
        0xEF08,
        "婚姻状况信息文件",
        "marital status",
        _VARIABLE,
        PIN,
        _UK3,
        "SSC-6 table 5",
        (_MARITAL,),
        until=Version.V1,
    ),
    File(
        0xEF09,
        "就业单位信息文件",
        "employer",
        _VARIABLE,
        pin_or("UK2DF01"),
        _UK2,
        "SSC-6 table 5",
        (
            an(0x2E, "单位名称", "employer name", 0x3E, "LB 002-2000"),
            an(0x2F, "单位名称扩展", "employer name, extension", 0x08, "LB 002-2000"),
            _ORGANISATION,
            an(0x31, "单位类型", "employer type", 0x01, "V2.0 p. 57", Form.CODE),
            an(0x32, "单位经济类型", "employer's economic type", 0x03, "V2.0 p. 47", Form.CODE),
        ),
        until=Version.V1,
    ),
    File(
        0xEF0A,
        "工资信息文件",
        "wages",
        _FIXED,
        PIN,
        _UK5,
        "SSC-6 table 5",
        (
            cn(0x37, "缴费基数", "contribution base", 0x04, "V2.0 p. 47", Form.FEN),
            cn(0x38, "上年工资总额", "last year's wages", 0x04, "V2.0 p. 47", Form.FEN),
            date(0x39, "工资信息更新日期", "date of update", "V2.0 p. 47"),
        ),
        until=Version.V1,
    ),
)

_DEGREE_PARTS: tuple[Item, ...] = (
    an(0x57, "学位代码", "degree code", 0x03, "V2.0 §8.2.7.2", Form.CODE),
    cn(0x58, "所学专业类别", "field of study", 0x03, "V2.0 §8.2.7.3"),
    an(0x59, "毕业学校名称", "school", 0x28, "V2.0 §8.2.7.4"),
)
# The first two degrees existed in 1.0, in DF02.
DEGREES = tuple(btlv(0x40, f"学位信息{n}", f"degree {n}", 0x34, _DEGREE_PARTS, "V2.0 table 9") for n in (1, 2, 3))

_V2: tuple[File, ...] = (
    File(
        0xEF05,
        "户籍信息文件",
        "household registration",
        _VARIABLE,
        _READ,
        _UK1,
        "V2.0 table 4, §8.2.1",
        (
            an(0x20, "户口类别", "registration category", 0x02, "V2.0 §8.2.1.1", Form.CODE, "registration"),
            an(0x21, "户口所在地地址", "registered address", 0x50, "V2.0 §8.2.1.2"),
            region(0x0E, "户口所在地行政区划代码", "region of registration", "V2.0 §8.2.1.3"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF06,
        "常住地信息文件",
        "residence",
        _VARIABLE,
        _READ,
        _UK4,
        "V2.0 table 4, §8.2.2",
        (
            an(0x23, "常住所在地地址", "residence address", 0x50, "V2.0 §8.2.2.1"),
            region(0x24, "常住所在地行政区划代码", "region of residence", "V2.0 §8.2.2.2"),
            _PHONE,
            an(0x2C, "联系人（监护人）姓名", "contact or guardian", 0x32, "V2.0 §8.2.2.4"),
            an(0x2D, "联系人（监护人）电话", "contact's telephone", 0x0F, "V2.0 §8.2.2.5", Form.CODE),
        ),
        since=Version.V2,
    ),
    File(
        0xEF07,
        "个人状况信息文件",
        "personal status",
        _VARIABLE,
        _READ,
        _UK2,
        "V2.0 table 4, §8.2.3",
        (_STATUS,),
        since=Version.V2,
    ),
    File(
        0xEF08,
        "婚姻状况信息文件",
        "marital status",
        _VARIABLE,
        _READ,
        _UK3,
        "V2.0 table 4, §8.2.4",
        (_MARITAL,),
        since=Version.V2,
    ),
    File(
        0xEF09,
        "人员身份及就业单位信息文件",
        "identity and employer",
        _VARIABLE,
        _READ,
        _UK2,
        "V2.0 table 4, §8.2.5",
        (
            an(0x2E, "单位名称", "employer name", 0x46, "V2.0 §8.2.5.1"),
            _ORGANISATION,
            an(0x32, "人员身份类别", "identity class", 0x02, "V2.0 §8.2.5.3", Form.CODE, "identity"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF0A,
        "国籍及政治面貌信息文件",
        "nationality and political status",
        _VARIABLE,
        _READ,
        _UK5,
        "V2.0 table 4, §8.2.6",
        (
            an(0x37, "国籍", "nationality", 0x03, "V2.0 §8.2.6.1", Form.CODE),
            an(0x38, "政治面貌", "political status", 0x02, "V2.0 §8.2.6.2", Form.CODE, "political"),
            date(0x39, "参加党派日期", "date of joining", "V2.0 §8.2.6.3"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF15,
        "学历信息文件",
        "education",
        _VARIABLE,
        _READ,
        by_key("UK6DF01"),
        "V2.0 table 4, §8.2.7",
        (cn(0x2A, "学历", "education level", 0x01, "V2.0 §8.2.7.1", Form.CODE, "education"), *DEGREES),
        since=Version.V2,
    ),
)

# '128' stands in quotes like every hexadecimal length of the table, so 296 bytes.
_RESERVED: tuple[File, ...] = tuple(
    File(
        0xEF15 + n,
        f"预留信息文件{n}",
        f"reserved {n}",
        FileForm.TRANSPARENT,
        FREE,
        by_key(f"UK{key}DF01"),
        "V2.0 table 4",
        size=0x128,
        since=Version.V2,
        file_class=FileClass.RESERVED,
    )
    for n, key in enumerate("789AB", start=1)
)

FILES = (*_V1, *_V2, *_RESERVED)
