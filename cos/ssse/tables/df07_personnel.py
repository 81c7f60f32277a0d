"""DF07, personnel and talent (人事人才信息区): V2.0 §5.7, table 8. New in 2.0; the PIN opens nothing here."""

from __future__ import annotations

from cos.ssse.tables.table_model import File, FileClass, FileForm, Form, Version, an, by_key, date

FID = 0xDF07
NAME = bytes.fromhex("D15600000504")  # 04, although the directory is the seventh (V2.0 table 2)
LABEL_ZH, LABEL_EN = "人事人才信息区", "personnel and talent"

_VARIABLE = FileForm.LINEAR_VARIABLE

FILES = (
    File(
        0xEF05,
        "荣誉信息文件",
        "honours",
        _VARIABLE,
        by_key("RK1DF07"),
        by_key("UK1DF07"),
        "V2.0 table 8, §8.6.1",
        (
            an(0xF0, "荣誉称号名称代码", "title of honour", 0x02, "V2.0 §8.6.1.1", Form.CODE, "honour"),
            an(0xF1, "荣誉称号级别", "level of the title", 0x01, "V2.0 §8.6.1.2", Form.CODE, "honour_level"),
            date(0xF2, "荣誉称号批准日期", "title approved", "V2.0 §8.6.1.3"),
            an(0xF3, "荣誉奖章名称代码", "medal", 0x03, "V2.0 §8.6.1.4", Form.CODE, "medal"),
            date(0xF4, "荣誉奖章批准日期", "medal approved", "V2.0 §8.6.1.5"),
        ),
        since=Version.V2,
        file_class=FileClass.PREDEFINED,
    ),
    File(
        0xEF06,
        "专家信息文件",
        "expert",
        _VARIABLE,
        by_key("RK2DF07"),
        by_key("UK2DF07"),
        "V2.0 table 8, §8.6.2",
        (
            an(0xF5, "专家类别", "class of expert", 0x03, "V2.0 §8.6.2.1", Form.CODE, "expert"),
            date(0xF6, "批准日期", "approved", "V2.0 §8.6.2.2"),
            an(0xF7, "批准单位名称", "approving body", 0x46, "V2.0 §8.6.2.3"),
        ),
        since=Version.V2,
        file_class=FileClass.PREDEFINED,
    ),
    File(
        0xEF07,
        "军队转业干部信息文件",
        "officer transferred to civil life",
        _VARIABLE,
        by_key("RK3DF07"),
        by_key("UK3DF07"),
        "V2.0 table 8, §8.6.3",
        (
            date(0xF8, "批准转业日期", "transfer approved", "V2.0 §8.6.3.1"),
            an(0xF9, "安置方式", "placement", 0x01, "V2.0 §8.6.3.2", Form.CODE, "placement"),
        ),
        since=Version.V2,
        file_class=FileClass.PREDEFINED,
    ),
)
