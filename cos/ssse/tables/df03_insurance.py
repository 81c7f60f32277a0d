"""DF03, social insurance 1 (社会保险信息区1): V2.0 §5.5, table 6; the 1.0 layout: SSC-6 table 7, V2.0 pp. 48 to 59."""

from __future__ import annotations

from cos.ssse.tables.df02_employment import UNEMPLOYED_SINCE
from cos.ssse.tables.table_model import (
    PIN,
    File,
    FileForm,
    Form,
    Item,
    Version,
    an,
    btlv,
    by_key,
    cn,
    date,
    pin_and,
    pin_or,
    region,
)

FID = 0xDF03
NAME = bytes.fromhex("D15600000502")
LABEL_ZH, LABEL_EN = "社会保险信息区1", "social insurance 1"

_READ = pin_or("RK1DF03")
_VARIABLE = FileForm.LINEAR_VARIABLE
_UK = tuple(by_key(f"UK{n}DF03") for n in range(9))

_CLAIM: tuple[Item, ...] = (
    date(0x98, "最近一次失业保险金申领日期", "last benefit claim", "V2.0 §8.4.1.3"),
    date(0x62, "失业保险金申领报到日期/信息更新日期", "claim report or update", "V2.0 §8.4.1.4"),
    an(0x63, "失业保险累计缴费年限", "months paid in", 0x03, "V2.0 §8.4.1.5", Form.COUNT),
    an(0x64, "失业保险有效缴费年限", "months that count", 0x03, "V2.0 §8.4.1.6", Form.COUNT),
    an(0x65, "应领取失业保险金月数", "months due", 0x03, "V2.0 §8.4.1.7", Form.COUNT),
    an(0x66, "已领取失业保险金月数", "months drawn", 0x03, "V2.0 §8.4.1.8", Form.COUNT),
)
_APPRAISED = date(0x67, "劳动能力鉴定日期", "appraisal date", "V2.0 §8.4.2.6")
_APPRAISER = an(0x6B, "劳动能力鉴定机构名称", "appraising body", 0x3C, "V2.0 §8.4.2.7")
_ACCOUNT_DATES: tuple[Item, ...] = (
    date(0x6E, "基本养老保险个人账户建立日期", "account opened", "V2.0 §8.4.3.3"),
    date(0x6C, "离退休日期", "retirement", "V2.0 §8.4.3.4"),
)
_PENSION_UPDATED = date(0x73, "养老保险信息更新日期", "pension data updated", "V2.0 §8.4.3.6")

# Some 1.0 items (V2.0 p. 57) have no known tag and are left out: capacity finding, monthly pension, employer's share.
_V1: tuple[File, ...] = (
    File(
        0xEF05,
        "失业保险信息文件",
        "unemployment insurance",
        _VARIABLE,
        pin_and("RK2DF03"),
        _UK[1],
        "SSC-6 table 7",
        (
            cn(0x61, "月失业保险金支付标准", "monthly benefit", 0x04, "V2.0 p. 48", Form.FEN),
            UNEMPLOYED_SINCE,
            *_CLAIM,
        ),
        until=Version.V1,
    ),
    File(
        0xEF06,
        "丧失劳动能力鉴定信息文件",
        "loss of work capacity",
        _VARIABLE,
        PIN,
        _UK[2],
        "SSC-6 table 7",
        (_APPRAISED, _APPRAISER),
        until=Version.V1,
    ),
    File(
        0xEF07,
        "养老保险信息文件",
        "pension",
        _VARIABLE,
        pin_and("RK1DF03"),
        _UK[3],
        "SSC-6 table 7",
        (
            an(0x70, "养老保险费累计缴纳月数", "months paid in", 0x03, "V2.0 p. 49", Form.COUNT),
            cn(0x71, "个人账户个人缴纳部分本息储存额", "own contributions", 0x04, "V2.0 p. 49", Form.FEN),
            *_ACCOUNT_DATES,
            date(0x6F, "基本养老保险个人账户变更日期", "account changed", "V2.0 p. 48"),
            _PENSION_UPDATED,
        ),
        until=Version.V1,
    ),
)

_CONFIRMATION: tuple[Item, ...] = (
    an(0x13, "申请确认事项代码", "matter", 0x02, "V2.0 §8.4.2.8", Form.CODE, "appraisal"),
    an(0x14, "确认事项结论", "result", 0x01, "V2.0 §8.4.2.9", Form.CODE, "passed"),
    an(0x15, "配置辅助器具项目名称", "device", 0x14, "V2.0 §8.4.2.10"),
    date(0x16, "申请劳动能力确认日期", "date", "V2.0 §8.4.2.11"),
    an(0x17, "申请劳动能力确认机构名称", "body", 0x3C, "V2.0 §8.4.2.12"),
)
_CERTIFICATE: tuple[Item, ...] = (
    an(0x18, "险种类型", "scheme", 0x03, "V2.0 §8.4.8.1", Form.CODE, "scheme"),
    region(0x19, "参保地所属行政区划代码", "region", "V2.0 §8.4.8.2"),
    date(0x1A, "本地参保起始日期", "start", "V2.0 §8.4.8.3"),
    date(0x1B, "本地参保终止日期", "end", "V2.0 §8.4.8.4"),
    cn(0x1C, "本地个人实际缴费金额", "paid by the holder", 0x04, "V2.0 §8.4.8.5", Form.FEN),
    an(0x1D, "本地实际缴费月数", "months paid", 0x03, "V2.0 §8.4.8.6", Form.COUNT),
    date(0x1E, "凭证出具日期", "issued", "V2.0 §8.4.8.7"),
)

_V2: tuple[File, ...] = (
    File(
        0xEF05,
        "失业保险信息文件",
        "unemployment insurance",
        _VARIABLE,
        pin_or("RK2DF03"),
        _UK[1],
        "V2.0 table 6, §8.4.1",
        (
            region(0x61, "失业保险参保地所属行政区划代码", "region of unemployment insurance", "V2.0 §8.4.1.1"),
            UNEMPLOYED_SINCE,
            *_CLAIM,
        ),
        since=Version.V2,
    ),
    File(
        0xEF06,
        "劳动能力鉴定信息文件",
        "work-capacity appraisal",
        _VARIABLE,
        _READ,
        _UK[2],
        "V2.0 table 6, §8.4.2",
        (
            an(0x45, "劳动能力鉴定编号", "appraisal number", 0x14, "V2.0 §8.4.2.1", Form.CODE),
            an(0x46, "申请鉴定事项代码", "matter appraised", 0x02, "V2.0 §8.4.2.2", Form.CODE, "appraisal"),
            an(0x47, "伤残等级", "disability grade", 0x02, "V2.0 §8.4.2.3", Form.CODE, "disability_grade"),
            an(0x48, "生活自理障碍等级", "self-care grade", 0x01, "V2.0 §8.4.2.4", Form.CODE, "self_care"),
            an(0x49, "丧失劳动能力鉴定结论", "capacity lost", 0x01, "V2.0 §8.4.2.5", Form.CODE, "lost_capacity"),
            _APPRAISED,
            _APPRAISER,
            *(
                btlv(0x4A, f"申请确认事项{n}", f"confirmation {n}", 0x61, _CONFIRMATION, "V2.0 table 9")
                for n in (1, 2, 3)
            ),
        ),
        since=Version.V2,
    ),
    File(
        0xEF07,
        "养老保险信息文件",
        "pension",
        _VARIABLE,
        _READ,
        _UK[3],
        "V2.0 table 6, §8.4.3",
        (
            an(0x70, "养老保险险种类型", "pension scheme", 0x03, "V2.0 §8.4.3.1", Form.CODE, "pension"),
            region(0x71, "养老保险参保地所属行政区划代码", "region of pension insurance", "V2.0 §8.4.3.2"),
            *_ACCOUNT_DATES,
            date(0x6F, "待遇享受开始日期", "benefit start", "V2.0 §8.4.3.5"),
            _PENSION_UPDATED,
        ),
        since=Version.V2,
    ),
    File(
        0xEF15,
        "工伤保险信息文件",
        "injury insurance",
        _VARIABLE,
        _READ,
        _UK[4],
        "V2.0 table 6, §8.4.4",
        (
            region(0x7A, "工伤保险参保地所属行政区划代码", "region of injury insurance", "V2.0 §8.4.4.1"),
            date(0x7B, "工伤定期待遇享受开始日期", "benefit start", "V2.0 §8.4.4.2"),
            date(0x7C, "工伤保险信息更新日期", "injury data updated", "V2.0 §8.4.4.3"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF16,
        "生育保险信息文件",
        "maternity insurance",
        _VARIABLE,
        _READ,
        _UK[5],
        "V2.0 table 6, §8.4.5",
        (
            region(0x51, "生育保险参保地所属行政区划代码", "region of maternity insurance", "V2.0 §8.4.5.1"),
            an(0x5F, "职工未就业配偶标识", "spouse without work", 0x01, "V2.0 §8.4.5.2", Form.CODE, "yes_no"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF17,
        "工伤认定信息文件",
        "injury finding",
        _VARIABLE,
        _READ,
        _UK[6],
        "V2.0 table 6, §8.4.6",
        (
            an(0x3B, "工伤认定编号", "finding number", 0x14, "V2.0 §8.4.6.1", Form.CODE),
            an(0x3C, "用人单位名称", "employer", 0x46, "V2.0 §8.4.6.2"),
            an(0x3D, "工伤认定结论", "finding", 0x01, "V2.0 §8.4.6.3", Form.CODE, "injury_finding"),
            date(0x3E, "工伤认定日期", "finding date", "V2.0 §8.4.6.4"),
            an(0x3F, "工伤认定部门名称", "finding body", 0x3C, "V2.0 §8.4.6.5"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF18,
        "供养亲属信息文件",
        "dependants",
        _VARIABLE,
        _READ,
        _UK[7],
        "V2.0 table 6, §8.4.7",
        (
            an(0x74, "供养险种类型", "scheme", 0x03, "V2.0 §8.4.7.1", Form.CODE, "dependant_scheme"),
            region(0x75, "参保地所属行政区划代码", "region", "V2.0 §8.4.7.2"),
            cn(0x76, "供养关系", "relation", 0x01, "V2.0 §8.4.7.3", Form.CODE, "dependant_relation"),
            date(0x77, "供养待遇享受开始日期", "benefit start", "V2.0 §8.4.7.4"),
            date(0x78, "供养亲属信息更新日期", "dependants' data updated", "V2.0 §8.4.7.5"),
        ),
        since=Version.V2,
    ),
    File(
        0xEF19,
        "参保凭证信息文件",
        "insurance certificates",
        FileForm.LINEAR_FIXED,
        _READ,
        _UK[8],
        "V2.0 table 6, §8.4.8",
        tuple(
            btlv(0x79, f"{zh}参保凭证信息", f"{en} certificate", 0x27, _CERTIFICATE, "V2.0 table 9")
            for zh, en in (
                ("养老保险", "pension"),
                ("医疗保险", "medical"),
                ("失业保险", "unemployment"),
                ("预留", "spare"),
            )
        ),
        since=Version.V2,
    ),
)

FILES = (*_V1, *_V2)
