"""DF06, social relief and preferential treatment (救助与优抚信息区): V2.0 appendix B, tables B6 to B8."""

from __future__ import annotations

from cos.ssse.tables.table_model import File, FileForm, Form, Item, an, btlv, by_key, cn, date

FID = 0xDF06
LABEL_ZH, LABEL_EN = "救助与优抚信息区", "social relief"
NAME = LABEL_ZH.encode("gbk")  # no identifier was registered: the label stands for it (V2.0 appendix B2)

_READ = by_key("RK1DF06")


def _amount(tag: int, zh: str, en: str, ref: str) -> Item:
    return cn(tag, zh, en, 0x04, ref, Form.FEN)


def _month(tag: int, zh: str, en: str, ref: str) -> Item:
    return cn(tag, zh, en, 0x03, ref, Form.MONTH)


def _year(tag: int, zh: str, en: str, ref: str) -> Item:
    return cn(tag, zh, en, 0x02, ref, Form.YEAR)


def _group(n: int, code: int) -> tuple[Item, ...]:
    """Code, approval date and end date, with which each of the four groups begins; tags follow each other."""
    return (
        cn(code, f"优待抚恤代码{n}", f"preferential code {n}", 0x01, "V2.0 B4.2.2.3", Form.CODE, "preferential"),
        date(code + 1, f"优待抚恤批准日期{n}", f"approved {n}", "V2.0 B4.2.2.4"),
        date(code + 2, f"优待抚恤截止日期{n}", f"ends {n}", "V2.0 B4.2.2.5"),
    )


_RELIEF: tuple[Item, ...] = (
    cn(0xE3, "社会救助代码", "relief code", 0x01, "V2.0 B4.2.1.3", Form.CODE, "relief"),
    date(0xE4, "社会救助批准日期", "approved", "V2.0 B4.2.1.4"),
    date(0xE5, "社会救助复核日期", "reviewed", "V2.0 B4.2.1.5"),
    _amount(0xE6, "最近一次获得社会救助的金额", "last amount", "V2.0 B4.2.1.6"),
    _month(0xE7, "社会救助已发放月度", "paid up to", "V2.0 B4.2.1.7"),
)

FILES = (
    File(
        0xEF05,
        "社会救助信息文件",
        "social relief",
        FileForm.LINEAR_VARIABLE,
        _READ,
        by_key("UK1DF06"),
        "V2.0 table B6",
        (
            an(0xC0, "救助金发放机构名称", "paying body", 0x46, "V2.0 B4.2.1.1"),
            an(0xC2, "救助金发放机构代码", "paying body's code", 0x09, "V2.0 B4.2.1.2", Form.CODE),
            *(
                btlv(tag, f"社会救助信息{n}", f"relief {n}", 0x1A, _RELIEF, "V2.0 table B7")
                for n, tag in enumerate((0xC3, 0xC4, 0xC5), start=1)
            ),
        ),
    ),
    File(
        0xEF06,
        "优待抚恤信息文件",
        "preferential treatment",
        FileForm.LINEAR_VARIABLE,
        _READ,
        by_key("UK2DF06"),
        "V2.0 table B8",
        (
            an(0xC6, "优待抚恤金发放机构", "paying body", 0x46, "V2.0 B4.2.2.1"),
            an(0xC8, "优待抚恤金发放机构代码", "paying body's code", 0x09, "V2.0 B4.2.2.2", Form.CODE),
            *_group(1, 0xC9),
            _amount(0xCC, "当年义务兵优待金发放标准", "conscript's rate", "V2.0 B4.2.2.6"),
            _year(0xCD, "优待抚恤已发放年度1", "paid up to 1", "V2.0 B4.2.2.11"),
            *_group(2, 0xCE),
            _amount(0xD1, "当年定期抚恤金发放标准", "regular pension's rate", "V2.0 B4.2.2.7"),
            _month(0xD2, "优待抚恤已发放月度2", "paid up to 2", "V2.0 B4.2.2.12"),
            *_group(3, 0xD3),
            _amount(0xD6, "当年定期补助发放标准", "regular aid's rate", "V2.0 B4.2.2.8"),
            _month(0xD7, "优待抚恤已发放月度3", "paid up to 3", "V2.0 B4.2.2.12"),
            *_group(4, 0xD8),
            _amount(0xDB, "当年抚恤金标准（中央）", "disability pension (central)", "V2.0 B4.2.2.9"),
            _amount(0xDC, "当年抚恤金补助标准（地方）", "disability supplement (local)", "V2.0 B4.2.2.9"),
            _amount(0xDD, "当年保健金标准（中央）", "health allowance (central)", "V2.0 B4.2.2.10"),
            _amount(0xDE, "当年保健金补助标准（地方）", "health supplement (local)", "V2.0 B4.2.2.10"),
            _month(0xDF, "伤残抚恤金已发放月度", "disability pension paid up to", "V2.0 B4.2.2.12"),
            _month(0xE0, "伤残抚恤补助金已发放月度", "disability supplement paid up to", "V2.0 B4.2.2.12"),
            _year(0xE1, "伤残保健金已发放年度", "health allowance paid up to", "V2.0 B4.2.2.11"),
            _year(0xE2, "伤残保健补助金已发放年度", "health supplement paid up to", "V2.0 B4.2.2.11"),
        ),
    ),
)
