"""DF02, employment and unemployment (就业与失业信息区): V2.0 §5.4, table 5; 1.0: SSC-6 table 6, V2.0 pp. 47 to 59."""

from __future__ import annotations

from cos.ssse.tables.df01_public import DEGREES
from cos.ssse.tables.table_model import (
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

FID = 0xDF02
NAME = bytes.fromhex("D15600000501")
LABEL_ZH, LABEL_EN = "就业与失业信息区", "employment and unemployment"

_READ = pin_or("RK1DF02")
_VARIABLE, _CYCLIC = FileForm.LINEAR_VARIABLE, FileForm.CYCLIC
_OWN = tuple(pin_or(f"UK{n}DF02") for n in range(6))  # 1.0: the file's own update key also reads it
_UK = tuple(by_key(f"UK{n}DF02") for n in range(7))

_POST = an(0x42, "专业技术职务代码", "professional post code", 0x03, "V2.0 §8.3.1.1", Form.CODE)
_SKILL = an(0x5A, "职业资格（工人技术等级）名称代码", "qualification code", 0x07, "V2.0 §8.3.1.3", Form.CODE)
_SKILL_LEVEL = an(0x5B, "职业资格（工人技术等级）等级", "qualification level", 0x01, "V2.0 §8.3.1.4", Form.CODE)
_SKILL_DATE = date(0x5D, "职业资格证书发证/年检日期", "issue or inspection date", "V2.0 §8.3.1.6")

# 2.0 gained the name of the body in place of its code, and the certificate number.
_SKILLS_V1 = tuple(
    btlv(
        0x43,
        f"职业资格信息{n}",
        f"qualification {n}",
        0x1D,
        (_SKILL, _SKILL_LEVEL, an(0x5C, "职业资格发证/年检机构代码", "body", 9, "V2.0 p. 58", Form.CODE), _SKILL_DATE),
        "V2.0 p. 58",
    )
    for n in (1, 2)
)
_SKILLS = tuple(
    btlv(
        0x43,
        f"职业资格（工人技术等级）信息{n}",
        f"qualification (worker) {n}",
        0x6C,
        (
            _SKILL,
            _SKILL_LEVEL,
            an(0x5C, "职业资格证书发证/年检机构名称", "issuing or inspecting body", 0x46, "V2.0 §8.3.1.5"),
            _SKILL_DATE,
            an(0x5E, "职业资格证书编号", "certificate number", 0x10, "V2.0 §8.3.1.7", Form.CODE),
        ),
        "V2.0 table 9",
    )
    for n in (1, 2)
)
_PROFESSIONS = tuple(
    btlv(
        0x44,
        f"职业资格（专业技术人员）信息{n}",
        f"qualification (specialist) {n}",
        0x65,
        (
            an(0x33, "职业资格名称代码", "qualification code", 0x03, "V2.0 §8.3.1.8", Form.CODE, "qualification"),
            an(0x34, "注册登记/年检机构名称", "registering body", 0x46, "V2.0 §8.3.1.9"),
            date(0x35, "注册登记/年检日期", "registration date", "V2.0 §8.3.1.10"),
            an(0x36, "证书编号", "certificate number", 0x10, "V2.0 §8.3.1.11", Form.CODE),
        ),
        "V2.0 table 9",
    )
    for n in (1, 2)
)

_REGISTERED = date(0x4C, "最近一次办理就业登记日期", "last employment registration", "V2.0 §8.3.2.1")
# Exactly one of DF02 EF06 and DF03 EF05 holds this item (V2.0 §7); see structure.structure.
UNEMPLOYED_SINCE = date(0x60, "最近一次办理失业登记日期", "last unemployment registration", "V2.0 §8.3.2.4")
_OCCUPATION = an(0x3A, "现从事职业", "current occupation", 0x07, "V2.0 §8.3.2.7", Form.CODE)

_HISTORY: tuple[Item, ...] = (
    an(None, "从事职业", "occupation", 0x07, "V2.0 §8.3.3.1", Form.CODE),
    date(None, "就业起始日期", "start", "V2.0 §8.3.3.2"),
    date(None, "就业终止日期", "end", "V2.0 §8.3.3.3"),
    an(None, "就业工作单位名称", "employer", 0x46, "V2.0 §8.3.3.4"),
)

_V1: tuple[File, ...] = (
    File(
        0xEF05,
        "职业和专业技能信息文件",
        "occupation and skills",
        _VARIABLE,
        _OWN[1],
        _UK[1],
        "SSC-6 table 6",
        # V2.0 p. 58 puts the two degrees of 1.0 into this file; that they come first is inferred.
        (*DEGREES[:2], _POST, *_SKILLS_V1),
        until=Version.V1,
    ),
    File(
        0xEF06,
        "就业与失业信息文件",
        "employment and unemployment",
        _VARIABLE,
        _OWN[2],
        _UK[2],
        "SSC-6 table 6",
        (
            _REGISTERED,
            date(0x4B, "首次参加工作日期", "first employment", "V2.0 p. 47"),
            date(0x4D, "签订劳动合同日期", "contract signed", "V2.0 p. 48"),
            UNEMPLOYED_SINCE,
            date(0x4F, "终止（解除）劳动合同日期", "contract ended", "V2.0 p. 48"),
            date(0x50, "劳动合同起始日期", "contract start", "V2.0 p. 48"),
            _OCCUPATION,
        ),
        until=Version.V1,
    ),
    File(
        0xEF07,
        "就业记录文件",
        "employment history",
        _CYCLIC,
        _OWN[3],
        _UK[3],
        "SSC-6 table 6",
        _HISTORY,
        records=4,
        until=Version.V1,
    ),
    # The items of this file are in no source that was read; an empty record file stands for it.
    File(
        0xEF08,
        "农村流动劳动力就业登记卡信息文件",
        "rural mobile worker's registration card",
        _VARIABLE,
        _OWN[4],
        _UK[4],
        "V2.0 p. 55",
        until=Version.V1,
    ),
    File(
        0xEF09,
        "农村流动劳动力就业证信息文件",
        "rural mobile worker's employment certificate",
        _VARIABLE,
        _OWN[5],
        _UK[5],
        "V2.0 pp. 48, 55",
        (
            cn(0x55, "外来人员就业证编号", "certificate number", 0x0A, "V2.0 p. 48"),
            an(0x56, "就业证签发机关", "issuing body", 0x46, "V2.0 p. 48"),
            date(0x96, "就业证签发/年检日期", "issue or inspection date", "V2.0 p. 48"),
            date(0x97, "就业证有效期", "expiry date", "V2.0 p. 48"),
        ),
        until=Version.V1,
    ),
)

_V2: tuple[File, ...] = (
    File(
        0xEF05,
        "职业和专业技能信息文件",
        "occupation and skills",
        _VARIABLE,
        _READ,
        _UK[1],
        "V2.0 table 5, §8.3.1",
        (
            _POST,
            an(0x41, "专业技术职务级别", "professional post level", 0x03, "V2.0 §8.3.1.2", Form.CODE, "post_level"),
            *_SKILLS,
            *_PROFESSIONS,
        ),
        since=Version.V2,
        file_class=FileClass.PREDEFINED,
    ),
    File(
        0xEF06,
        "就业状况信息文件",
        "employment state",
        _VARIABLE,
        _READ,
        _UK[2],
        "V2.0 table 5, §8.3.2",
        (
            _REGISTERED,
            an(
                0x4B,
                "就业登记类型及形式",
                "employment registration",
                0x05,
                "V2.0 §8.3.2.2",
                Form.CODE,
                "employment_event",
                "employment_form",
            ),
            region(0x4D, "就业登记地行政区划代码", "region of employment", "V2.0 §8.3.2.3"),
            UNEMPLOYED_SINCE,
            an(
                0x4F,
                "失业登记类型、原因及注销原因",
                "unemployment registration",
                0x06,
                "V2.0 §8.3.2.5",
                Form.CODE,
                "unemployment_event",
                "unemployment_reason",
                "cancelling_reason",
            ),
            region(0x50, "失业登记地行政区划代码", "region of unemployment", "V2.0 §8.3.2.6"),
            _OCCUPATION,
        ),
        since=Version.V2,
    ),
    File(
        0xEF07,
        "就业记录信息文件",
        "employment history",
        _CYCLIC,
        _READ,
        _UK[3],
        "V2.0 table 5, §8.3.3",
        _HISTORY,
        records=4,
        since=Version.V2,
    ),
    File(
        0xEF09,
        "就业失业登记证信息文件",
        "registration certificate",
        _VARIABLE,
        _READ,
        _UK[4],
        "V2.0 table 5, §8.3.4",
        (
            an(0x55, "就业失业登记证编号", "certificate number", 0x10, "V2.0 §8.3.4.1", Form.CODE),
            an(0x56, "就业失业登记证发证机构", "issuing body", 0x46, "V2.0 §8.3.4.2"),
            date(0x96, "就业失业登记证发证/年检日期", "issue or inspection date", "V2.0 §8.3.4.3"),
            region(0x97, "就业失业登记证发证地行政区划代码", "region of issue", "V2.0 §8.3.4.4"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF15,
        "就业援助对象认定信息文件",
        "assistance entitlement",
        _VARIABLE,
        _READ,
        _UK[5],
        "V2.0 table 5, §8.3.5",
        (
            *(
                btlv(
                    0x99,
                    f"就业援助对象认定信息{n}",
                    f"assistance entitlement {n}",
                    0x10,
                    (
                        an(0x10, "就业援助对象类型", "type", 0x03, "V2.0 §8.3.5.1", Form.CODE, "assistance"),
                        date(0x11, "就业援助认定日期", "date", "V2.0 §8.3.5.2"),
                        region(0x12, "就业援助认定地行政区划代码", "region", "V2.0 §8.3.5.3"),
                    ),
                    "V2.0 table 9",
                )
                for n in (1, 2, 3, 4)
            ),
            date(0x0F, "退出就业援助对象范围的认定日期", "exit date", "V2.0 §8.3.5.4"),
            region(0x1F, "退出就业援助对象范围的认定地行政区划代码", "exit region", "V2.0 §8.3.5.5"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF16,
        "就业扶持政策享受信息文件",
        "support policies used",
        _CYCLIC,
        _READ,
        _UK[6],
        "V2.0 table 5, §8.3.6",
        (
            an(None, "享受就业扶持政策类型", "policy type", 0x03, "V2.0 §8.3.6.1", Form.CODE, "policy"),
            date(None, "享受就业扶持政策核准日期", "approval date", "V2.0 §8.3.6.2"),
            date(None, "就业扶持政策享受开始日期", "start", "V2.0 §8.3.6.3"),
            date(None, "就业扶持政策享受终止日期", "end", "V2.0 §8.3.6.4"),
            region(None, "就业扶持政策享受地行政区划代码", "region", "V2.0 §8.3.6.5"),
        ),
        records=4,
        since=Version.V2,
    ),
)

FILES = (*_V1, *_V2)
