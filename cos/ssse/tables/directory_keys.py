"""The keys of every directory (SSC-9 tables A and B1; 密钥索引表 of 2013; key addresses of the provincial stores).

Order in a tuple is loading order and decides levels (``access_levels``): master key first, PIN last. In SSSE it gives
PUK 11, BK 22, RKSSSE 33, UKSSSE 44, PIN 55. Identifiers are data: regions reuse free numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

from cos.ssse.tables import (
    df01_public,
    df02_employment,
    df03_insurance,
    df04_medical,
    df05_health,
    df06_relief,
    df07_personnel,
    ssse_holder,
)
from cos.ssse.tables.table_model import KeyKind, KeyRow, Version

_P9, _KIX, _T514 = "SSC-9 table B1", "密钥索引表 2013", "SSC-10 §5.2"


def _master(directory: int, *, optional: bool) -> KeyRow:
    return KeyRow(directory, 0x00, "MK", KeyKind.MASTER, "主控", _T514, optional=optional)


def _maintenance(directory: int, name: str, psam: tuple[tuple[int, int], ...], hsm: int | None, ref: str) -> KeyRow:
    kid = 0x02 if directory == ssse_holder.FID else 0x82
    aliases = ("STK",) if directory == ssse_holder.FID else ()
    return KeyRow(
        directory, kid, name, KeyKind.MAINTENANCE, "应用维护（MAC、加密）", ref, psam=psam, hsm=hsm, aliases=aliases
    )


def _lock(directory: int, kid: int, name: str, psam: int, hsm: int | None, ref: str) -> KeyRow:
    zh = "卡片锁定" if name == "BK" else "应用锁定"
    return KeyRow(directory, kid, name, KeyKind.AUTHENTICATION, zh, ref, psam=((0x48, psam),), hsm=hsm, locks=False)


# identifier, name, PSAM usage, PSAM identifier, first HSM address (0: none), edition it came with
_Row = tuple[int, str, int, int, int, Version]


def _access(directory: int, rows: Iterable[_Row], ref: str = f"{_P9}; {_KIX}") -> tuple[KeyRow, ...]:
    """Read and update keys: three groups each, used by external authentication."""
    return tuple(
        KeyRow(
            directory,
            kid,
            name,
            KeyKind.AUTHENTICATION,
            "应用数据读取" if name.startswith("RK") else "年度起始日期更新" if name == "DSK" else "应用数据更新",
            ref,
            groups=3,
            psam=((usage, psam),),
            hsm=hsm or None,
            since=since,
            aliases=("UKMF",) if name == "UKSSSE" else (),
        )
        for kid, name, usage, psam, hsm, since in rows
    )


_V1, _V2 = Version.V1, Version.V2

SSSE = (
    _master(ssse_holder.FID, optional=False),
    KeyRow(ssse_holder.FID, 0x00, "IRK", KeyKind.INTERNAL, "内部认证", _P9, groups=3, psam=((0x67, 0x08),), hsm=0x0170),
    # Table B1 has usage 26, which cannot encipher a PIN; provincial lists have type 8.
    _maintenance(ssse_holder.FID, "STKSSSE", ((0x26, 0x09), (0x28, 0x09)), 0x0173, _P9),
    KeyRow(ssse_holder.FID, 0x06, "PUK", KeyKind.AUTHENTICATION, "个人密码解锁", _P9, psam=((0x48, 0x10),), hsm=0x0090),
    _lock(ssse_holder.FID, 0x05, "BK", 0x11, 0x0091, _P9),
    *_access(
        ssse_holder.FID,
        (
            (0x0A, "RKSSSE", 0x47, 0x0A, 0x004C, _V2),
            (0x04, "UKSSSE", 0x48, 0x12, 0x0094, _V1),
        ),
    ),
    KeyRow(ssse_holder.FID, 0x00, "PIN", KeyKind.PIN, "个人密码", "SSC-5 §6.14"),
)

DF01 = (
    _master(df01_public.FID, optional=True),
    _maintenance(df01_public.FID, "STKDF01", ((0x26, 0x20), (0x28, 0x20)), 0x0174, _P9),
    *_access(
        df01_public.FID,
        (
            (0x88, "RK1DF01", 0x47, 0x2E, 0x004F, _V2),
            (0x83, "UK1DF01", 0x48, 0x42, 0x0097, _V1),
            (0x84, "UK2DF01", 0x48, 0x43, 0x009A, _V1),
            (0x85, "UK3DF01", 0x27, 0x24, 0x0176, _V1),
            (0x86, "UK4DF01", 0x27, 0x25, 0x0179, _V1),
            (0x87, "UK5DF01", 0x48, 0x44, 0x009D, _V1),
            (0x89, "UK6DF01", 0x47, 0x2F, 0x0052, _V2),
            (0x8A, "UK7DF01", 0x47, 0x30, 0x0055, _V2),
            (0x8B, "UK8DF01", 0x47, 0x31, 0x0058, _V2),
            (0x8C, "UK9DF01", 0x47, 0x32, 0x005B, _V2),
            (0x8D, "UKADF01", 0x47, 0x33, 0x005E, _V2),
            (0x8E, "UKBDF01", 0x47, 0x34, 0x0061, _V2),
        ),
    ),
)

DF02 = (
    _master(df02_employment.FID, optional=True),
    _maintenance(df02_employment.FID, "STKDF02", ((0x26, 0x21), (0x28, 0x21)), 0x0185, _P9),
    *_access(
        df02_employment.FID,
        (
            (0x88, "RK1DF02", 0x47, 0x35, 0x0064, _V2),
            (0x83, "UK1DF02", 0x27, 0x26, 0x0187, _V1),
            (0x84, "UK2DF02", 0x48, 0x45, 0x00A0, _V1),
            (0x85, "UK3DF02", 0x48, 0x46, 0x00A3, _V1),
            (0x86, "UK4DF02", 0x27, 0x27, 0x018A, _V1),
            (0x87, "UK5DF02", 0x27, 0x28, 0x018D, _V1),
            (0x89, "UK6DF02", 0x47, 0x36, 0x0067, _V2),
        ),
    ),
)

DF03 = (
    _master(df03_insurance.FID, optional=True),
    _maintenance(df03_insurance.FID, "STKDF03", ((0x26, 0x22), (0x28, 0x22)), 0x0186, _P9),
    *_access(df03_insurance.FID, ((0x84, "RK1DF03", 0x67, 0x2B, 0x0193, _V1),)),
    _lock(df03_insurance.FID, 0x83, "LKDF03", 0x40, 0x0092, _P9),
    *_access(
        df03_insurance.FID,
        (
            (0x85, "RK2DF03", 0x67, 0x2C, 0x0196, _V1),
            (0x86, "UK1DF03", 0x48, 0x47, 0x00A6, _V1),
            (0x87, "UK2DF03", 0x27, 0x29, 0x0190, _V1),
            (0x88, "UK3DF03", 0x48, 0x48, 0x00A9, _V1),
            (0x89, "UK4DF03", 0x47, 0x37, 0x006A, _V2),
            (0x8A, "UK5DF03", 0x47, 0x38, 0x006D, _V2),
            (0x8B, "UK6DF03", 0x47, 0x39, 0x0070, _V2),
            (0x8C, "UK7DF03", 0x47, 0x3A, 0x0073, _V2),
            (0x8D, "UK8DF03", 0x47, 0x3B, 0x0076, _V2),
        ),
    ),
)


def _indexed(name: str, kind: KeyKind, zh: str, indexes: Iterable[tuple[int, int]], usage: int) -> tuple[KeyRow, ...]:
    """Keys of the medical commands, chosen by index and not by P2; three groups each, hsm 0 where none is listed."""
    return tuple(
        KeyRow(
            df04_medical.FID,
            index,
            f"{name}{index:02d}",
            kind,
            zh,
            _KIX,
            groups=3,
            psam=((usage, index),) if usage else (),
            hsm=hsm or None,
        )
        for index, hsm in indexes
    )


DF04 = (
    _master(df04_medical.FID, optional=True),
    _maintenance(df04_medical.FID, "STKDF04", ((0x26, 0x23), (0x28, 0x23)), 0x0175, _P9),
    *_access(df04_medical.FID, ((0x84, "RK1DF04", 0x67, 0x2D, 0x0182, _V1),)),
    _lock(df04_medical.FID, 0x83, "LKDF04", 0x41, 0x0093, _P9),
    *_access(
        df04_medical.FID,
        (
            (0x85, "UK1DF04", 0x48, 0x49, 0x00AC, _V1),
            (0x86, "UK2DF04", 0x27, 0x2A, 0x017C, _V1),
            (0x87, "DSK", 0x48, 0x4A, 0x00AF, _V1),
        ),
    ),
    *_indexed("DLK", KeyKind.LOAD, "账户划入", ((1, 0x00B2), (2, 0), (3, 0)), 0),
    *_indexed("DPK", KeyKind.PURCHASE, "医疗消费", ((1, 0x017F), (2, 0x0199), (3, 0x019C)), 0x22),
    # The index table has one group, the provincial store three addresses; one is taken.
    KeyRow(df04_medical.FID, 0x00, "DTK", KeyKind.TRANSACTION, "交易验证码 (TAC)", _KIX, hsm=0x00B5),
)

# Usage 47 for the keys of DF05 and DF07 is inferred from their neighbours; the table names only the first of each row.
DF05 = (
    _master(df05_health.FID, optional=True),
    _maintenance(df05_health.FID, "STKDF05", ((0x48, 0xB3),), 0x008C, _KIX),
    *_access(df05_health.FID, ((0x83, "UK1DF05", 0x47, 0xB4, 0x008D, _V1),), _KIX),
)

DF06 = (
    _master(df06_relief.FID, optional=True),
    _maintenance(df06_relief.FID, "STKDF06", ((0x48, 0x58),), None, _KIX),
    *_access(df06_relief.FID, ((0x83, "RK1DF06", 0x48, 0x52, 0, _V1),), _KIX),
    _lock(df06_relief.FID, 0x84, "LKDF06", 0x5B, None, _KIX),
    *_access(
        df06_relief.FID,
        (
            (0x85, "UK1DF06", 0x48, 0x53, 0, _V1),
            (0x86, "UK2DF06", 0x48, 0x54, 0, _V1),
        ),
        _KIX,
    ),
)

DF07 = (
    _master(df07_personnel.FID, optional=True),
    _maintenance(df07_personnel.FID, "STKDF07", ((0x48, 0x3C),), 0x0079, _KIX),
    *_access(
        df07_personnel.FID,
        (
            (0x83, "RK1DF07", 0x47, 0x3D, 0x007A, _V2),
            (0x84, "RK2DF07", 0x47, 0x3F, 0x0080, _V2),
            (0x85, "RK3DF07", 0x47, 0xB1, 0x0086, _V2),
            (0x86, "UK1DF07", 0x47, 0x3E, 0x007D, _V2),
            (0x87, "UK2DF07", 0x47, 0xB0, 0x0083, _V2),
            (0x88, "UK3DF07", 0x47, 0xB2, 0x0089, _V2),
        ),
        _KIX,
    ),
)
