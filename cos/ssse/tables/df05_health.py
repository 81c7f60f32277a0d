"""DF05, life and health (生命与健康信息区): V2.0 appendix B, table B3. Free to read: it must help in an emergency."""

from __future__ import annotations

from cos.ssse.tables.table_model import FREE, File, FileForm, Form, Item, Version, an, btlv, by_key, cn, date

FID = 0xDF05
LABEL_ZH, LABEL_EN = "生命与健康信息区", "life and health"
NAME = LABEL_ZH.encode("gbk")  # no identifier was registered: the label stands for it (V2.0 appendix B2)

_UPDATE = by_key("UK1DF05")
_HEALTH = an(0xA0, "健康状况", "state of health", 0x01, "V2.0 B4.1.1.1", Form.CODE, "health")
_DISABILITY = an(0xA1, "残疾类别", "disability", 0x01, "V2.0 B4.1.1.2", Form.CODE, "disability")
_ABO = an(0xA2, "ABO血型代码", "ABO blood group", 0x04, "V2.0 B4.1.1.4", Form.CODE, "blood_abo")
_DRUGS: tuple[Item, ...] = tuple(
    btlv(
        0xA3,
        f"禁忌药信息{n}",
        f"forbidden drug {n}",
        0x18,
        (
            an(0xA5, "禁忌药", "drug", 0x10, "V2.0 B4.1.1.6"),
            an(0xA6, "禁忌药代码", "drug code", 0x04, "V2.0 B4.1.1.7", Form.CODE),
        ),
        "V2.0 table B4",
    )
    for n in range(1, 6)
)
_DISEASES: tuple[Item, ...] = tuple(
    btlv(
        0xA4,
        f"重大疾病信息{n}",
        f"serious disease {n}",
        0x17,
        (
            an(0xA7, "重大疾病", "disease", 0x10, "V2.0 B4.1.1.8"),
            an(0xA8, "重大疾病代码", "disease code", 0x03, "V2.0 B4.1.1.9", Form.CODE),
        ),
        "V2.0 table B5",
    )
    for n in range(1, 6)
)
_FLAGS: tuple[Item, ...] = tuple(
    an(tag, f"{zh}标志", en, 0x01, f"V2.0 B4.1.1.{clause}", Form.CODE, "condition")
    for clause, (tag, zh, en) in enumerate(
        (
            (0xAC, "哮喘", "asthma"),
            (0xAD, "心脏病", "heart disease"),
            (0xAE, "心脑血管", "cardio- or cerebrovascular disease"),
            (0xAF, "癫痫病", "epilepsy"),
            (0xB0, "凝血紊乱", "coagulation disorder"),
            (0xB1, "糖尿病", "diabetes"),
            (0xB2, "青光眼", "glaucoma"),
            (0xB3, "透析", "dialysis"),
            (0xB4, "器官移植", "organ transplant"),
            (0xB5, "器官缺失", "missing organ"),
            (0xB6, "可装卸的义肢", "prosthesis"),
            (0xB7, "心脏起搏器", "pacemaker"),
            (0xBC, "精神病", "mental illness"),
        ),
        start=14,
    )
)
_EF05 = (0xEF05, "生命与健康信息文件", "life and health", FileForm.LINEAR_VARIABLE, FREE, _UPDATE, "V2.0 table B3")

FILES = (
    # 1.0 had the items that V2.0 does not mark as new.
    File(*_EF05, (_HEALTH, _DISABILITY, _ABO, *_DRUGS, *_DISEASES), until=Version.V1),
    File(
        *_EF05,
        (
            _HEALTH,
            _DISABILITY,
            an(0xB9, "残疾等级", "disability level", 0x01, "V2.0 B4.1.1.3", Form.CODE, "disability_level"),
            _ABO,
            cn(0xA9, "RH血型代码", "RH blood group", 0x01, "V2.0 B4.1.1.5", Form.CODE, "blood_rh"),
            *_DRUGS,
            *_DISEASES,
            an(0xBA, "过敏物质名称", "allergen", 0x14, "V2.0 B4.1.1.10"),
            an(0xBB, "过敏反应", "allergic reaction", 0x64, "V2.0 B4.1.1.11"),
            an(0xAA, "免疫接种名称", "vaccination", 0x14, "V2.0 B4.1.1.12"),
            date(0xAB, "免疫接种时间", "vaccination date", "V2.0 B4.1.1.13"),
            *_FLAGS,
            an(0xB8, "其他医学警示名称", "other medical alert", 0x28, "V2.0 B4.1.1.27"),
        ),
        since=Version.V2,
    ),
)
