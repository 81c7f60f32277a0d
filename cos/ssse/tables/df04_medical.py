"""DF04, social insurance 2: medical (社会保险信息区2): V2.0 §5.6, table 7; 1.0: SSC-6 table 8, V2.0 pp. 49 to 59."""

from __future__ import annotations

from cos.ssse.tables.table_model import (
    NEVER,
    PIN,
    File,
    FileClass,
    FileForm,
    Form,
    Item,
    Version,
    an,
    binary,
    by_key,
    cn,
    date,
    pin_and,
    pin_or,
    region,
)

FID = 0xDF04
NAME = bytes.fromhex("D15600000503")
LABEL_ZH, LABEL_EN = "社会保险信息区2", "social insurance 2"

_READ = pin_or("RK1DF04")
_VARIABLE, _CYCLIC = FileForm.LINEAR_VARIABLE, FileForm.CYCLIC
_UK1, _UK2 = by_key("UK1DF04"), by_key("UK2DF04")

_PERSON = cn(0x8C, "医疗保险参保人员类别", "insured person's class", 0x01, "V2.0 §8.5.1.4", Form.CODE, "medical_person")
_OPENED = date(0x80, "基本医疗保险个人账户建立日期", "account opened", "V2.0 §8.5.1.5")
_CERTIFICATE = an(0x8A, "医疗证号", "medical certificate number", 0x0F, "V2.0 §8.5.1.7", Form.CODE)
_HOSPITALS: tuple[Item, ...] = tuple(
    an(tag, f"定点医疗机构代码{n}", f"hospital {n}", 0x09, "V2.0 §8.5.1.8", Form.CODE)
    for n, tag in enumerate((0x83, 0x86, 0x89), start=1)
)
_USE = an(0x8F, "医疗保险用卡方式", "mode of use", 0x01, "V2.0 §8.5.1.11", Form.CODE, "card_use")

# One settlement or load, written by the COS alone; a load leaves the last two amounts 0 (SSC-7 §11.8, §12).
_LOG: tuple[Item, ...] = (
    binary(None, "交易序号", "sequence number", 0x02, "V2.0 §8.5.3.1"),
    an(None, "交易类型", "transaction type", 0x01, "V2.0 §8.5.3.2", Form.CODE, "medical_transaction"),
    cn(None, "终端机编号", "terminal", 0x06, "V2.0 §8.5.3.3"),
    cn(None, "交易时间", "time", 0x07, "V2.0 §8.5.3.4", Form.TIME),
    binary(None, "个人账户交易金额", "from the account", 0x04, "V2.0 §8.5.3.5", Form.FEN),
    binary(None, "个人自付金额", "paid by the holder", 0x04, "V2.0 §8.5.3.6", Form.FEN),
    binary(None, "统筹基金支付金额", "paid by the fund", 0x04, "V2.0 §8.5.3.7", Form.FEN),
)

_V1: tuple[File, ...] = (
    File(
        0xEF05,
        "医疗保险基本信息文件",
        "medical insurance",
        _VARIABLE,
        PIN,
        _UK1,
        "SSC-6 table 8",
        (
            an(0x81, "定点医疗机构名称1", "hospital name 1", 0x46, "V2.0 p. 49"),
            an(0x84, "定点医疗机构名称2", "hospital name 2", 0x46, "V2.0 p. 49"),
            an(0x87, "定点医疗机构名称3", "hospital name 3", 0x46, "V2.0 p. 49"),
            _PERSON,
            _OPENED,
            an(0x8B, "基本医疗保险个人账号", "account number", 0x0A, "V2.0 p. 59", Form.CODE),
            _CERTIFICATE,
            *_HOSPITALS,
            _USE,
        ),
        until=Version.V1,
    ),
    File(
        0xEF06,
        "医疗保险账户信息文件",
        "medical account",
        FileForm.LINEAR_FIXED,
        pin_and("RK1DF04"),
        _UK2,
        "SSC-6 table 8",
        (
            cn(0x90, "基本医疗保险个人账户余额", "account balance", 0x04, "V2.0 p. 49", Form.FEN),
            cn(0x92, "年度个人自付累计金额", "paid by the holder this year", 0x04, "V2.0 p. 49", Form.FEN),
            cn(0x93, "年度统筹基金支付累计金额", "paid by the fund this year", 0x04, "V2.0 p. 49", Form.FEN),
        ),
        until=Version.V1,
    ),
    File(
        0xEF08,
        "医疗保险交易明细文件",
        "transaction log",
        _CYCLIC,
        PIN,
        NEVER,
        "SSC-6 table 8",
        _LOG,
        records=30,
        until=Version.V1,
    ),
)

_V2: tuple[File, ...] = (
    File(
        0xEF05,
        "医疗保险基本信息文件",
        "medical insurance",
        _VARIABLE,
        _READ,
        _UK1,
        "V2.0 table 7, §8.5.1",
        (
            an(
                0x81,
                "医疗保险险种类型及标识",
                "medical scheme and flags",
                0x08,
                "V2.0 §8.5.1.1",
                Form.CODE,
                "medical_scheme",
                # care elsewhere, out-patient pooling, major disease, medical relief, preferential aid
                *("yes_no",) * 5,
            ),
            region(0x84, "医疗保险参保地所属行政区划代码", "region of medical insurance", "V2.0 §8.5.1.2"),
            an(0x87, "健康档案编号", "health file number", 0x11, "V2.0 §8.5.1.3", Form.CODE),
            _PERSON,
            _OPENED,
            an(0x8B, "基本医疗保险个人账号", "account number", 0x1D, "V2.0 §8.5.1.6", Form.CODE),
            _CERTIFICATE,
            *_HOSPITALS,
            *(
                an(tag, f"工伤协议医疗机构代码{n}", f"injury hospital {n}", 0x09, "V2.0 §8.5.1.9", Form.CODE)
                for n, tag in enumerate((0x7D, 0x7E, 0x7F), start=1)
            ),
            *(
                an(tag, f"生育定点医疗机构代码{n}", f"maternity hospital {n}", 0x09, "V2.0 §8.5.1.10", Form.CODE)
                for n, tag in enumerate((0x8D, 0x8E), start=1)
            ),
            _USE,
        ),
        since=Version.V2,
    ),
    File(
        0xEF06,
        "医疗保险临时脱网结算信息文件",
        "temporary off-line settlement",
        _VARIABLE,
        pin_and("RK1DF04"),
        _UK2,
        "V2.0 table 7, §8.5.2",
        (
            an(0x90, "准许脱网医保结算标识", "off-line settlement allowed", 0x01, "V2.0 §8.5.2.1", Form.CODE, "yes_no"),
            cn(0x92, "脱网医保结算累计金额", "settled off line", 0x04, "V2.0 §8.5.2.2", Form.FEN),
            an(0x93, "脱网医保结算累计次数", "off-line settlements", 0x02, "V2.0 §8.5.2.3", Form.COUNT),
        ),
        since=Version.V2,
    ),
    File(
        0xEF08,
        "医疗交易明细文件",
        "transaction log",
        _CYCLIC,
        PIN,
        NEVER,
        "V2.0 table 7, §8.5.3",
        _LOG,
        records=30,
        since=Version.V2,
    ),
    File(
        0xEF15,
        "特殊医疗结算记录文件",
        "special settlements",
        _CYCLIC,
        _READ,
        _UK2,
        "V2.0 table 7, §8.5.4",
        (
            binary(None, "交易序号", "sequence number", 0x02, "V2.0 §8.5.4.1"),
            an(None, "结算类别", "settlement type", 0x01, "V2.0 §8.5.4.2", Form.CODE, "special_settlement"),
        ),
        records=8,
        since=Version.V2,
    ),
)

FILES = (*_V1, *_V2)

# The amounts of off-line use (V2.0 §7, end). The fields take 20 bytes of the 31 the file is created with; the rest is
# the COS's. Only the medical commands change it, and the starting day needs DSK. Identifier EF81 is inferred from the
# short identifier 81.
AMOUNTS = File(
    0xEF81,
    "医疗保险金额文件",
    "medical amounts",
    FileForm.TRANSPARENT,
    NEVER,
    by_key("DSK"),
    "V2.0 §5.6, §7",
    (
        binary(None, "个人账户联网交易计数器", "on-line counter", 2, "V2.0 §7"),
        binary(None, "个人账户脱网交易计数器", "off-line counter", 2, "V2.0 §7"),
        binary(None, "个人账户余额", "account balance (CIA)", 4, "V2.0 §7", Form.FEN),
        binary(None, "年度个人自付累计金额", "paid by the holder this year (SPIP)", 4, "V2.0 §7", Form.FEN),
        binary(None, "年度统筹基金支付累计金额", "paid by the fund this year (SPFP)", 4, "V2.0 §7", Form.FEN),
        cn(None, "支付年度", "payment year", 2, "V2.0 §7", Form.YEAR),
        cn(None, "年度起始日期", "starting day", 2, "V2.0 §7", Form.MONTH_DAY),
    ),
    size=0x1F,
    file_class=FileClass.INTERNAL,
)
