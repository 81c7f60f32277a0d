"""Names for what a command points at: environments, applications, files, keys; English short form and 中文."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.ssse.tables import regional_files, ssse_holder
from cos.ssse.tables.file_structure import find, structure
from cos.ssse.tables.rare_characters import from_gb18030, standard
from cos.ssse.tables.table_model import Directory, File, KeyKind, KeyRow, Version

MF_FID = 0x3F00
PSE_NAME = b"1PAY.SYS.DDF01"
_UNIONPAY = bytes.fromhex("A000000333")

_NAMES: Mapping[bytes, str] = MappingProxyType(
    {
        PSE_NAME: "PSE 支付系统环境",
        b"2PAY.SYS.DDF01": "PPSE 近距离支付系统环境",
        bytes.fromhex("A0000003330101"): "UnionPay, any application 银联",
        bytes.fromhex("A000000333010101"): "UnionPay debit 银联借记",
        bytes.fromhex("A000000333010102"): "UnionPay credit 银联贷记",
        bytes.fromhex("A000000333010103"): "UnionPay quasi-credit 银联准贷记",
        bytes.fromhex("A000000333010106"): "UnionPay electronic cash 银联电子现金",
        bytes.fromhex("D15600000590"): "PSAM application 终端安全模块应用",
        "PKI.社会保障".encode("gbk"): "PKI environment 证书环境",
        b"SS.CERT.ADF1": "certificate application 证书应用",
        "sx2.sh.社会保障".encode("gbk"): "PSAM second environment 终端安全模块环境二",
        "sx3.sh.社会保障".encode("gbk"): "PSAM third environment 终端安全模块环境三",
    }
)
# Files of the COS itself in SSSE (personalisation dialect).
_INTERNAL: Mapping[int, str] = MappingProxyType(
    {0xEF1E: "EF1E DIR 目录文件", 0xEF23: "EF23 FCI 文件控制信息", 0xEF80: "EF80 security file 安全文件"}
)


def registered_names() -> Mapping[bytes, str]:
    """Names and application identifiers outside the file tables, with what they are."""
    return _NAMES


def directories(version: Version) -> tuple[Directory, ...]:
    """The social side's directories of an edition."""
    return structure(version)


def directory_name(directory: Directory) -> str:
    """``DF03 社会保险信息区1``; the environment itself is SSSE."""
    return f"{short_directory(directory.fid)} {directory.label_zh}"


def short_directory(fid: int) -> str:
    """``SSSE``, ``MF`` or ``DF03``."""
    if fid == ssse_holder.FID:
        return "SSSE"
    return "MF" if fid == MF_FID else f"DF{fid & 0xFF:02X}" if fid >> 8 == 0xDF else f"{fid:04X}"


def name_of_df(name: bytes, version: Version) -> str:
    """What a DF name or AID stands for; its bytes if nobody knows."""
    for directory in directories(version):
        if directory.name == name:
            return directory_name(directory)
    known = _NAMES.get(name)
    if known is None and name.startswith(_UNIONPAY):
        known = f"UnionPay application 银联应用 {name.hex().upper()}"
    return known or f"{name.hex().upper()}{printable(name)}"


def printable(raw: bytes) -> str:
    """`` "text"`` if the bytes are readable text (GBK, GB 18030), else nothing."""
    try:
        decoded = standard(from_gb18030(raw))
    except UnicodeDecodeError:
        return ""
    return f' "{decoded}"' if decoded and decoded.isprintable() else ""


def file_of(directory: int | None, fid: int, version: Version, *, regional: bool = True) -> File | None:
    """The table row of a file; of one that no table has, if ``regional``, that of the region whose files were seen."""
    home = find(directories(version), directory) if directory is not None else None
    file = home.file(fid) if home is not None else None
    if file is not None or not regional:
        return file
    return next((each for more in _regional(directory) for each in more.files if each.fid == fid), None)


def _regional(directory: int | None) -> tuple[regional_files.Extension, ...]:
    return tuple(each for each in regional_files.EXTENSIONS if each.directory == directory)


def file_name(directory: int | None, fid: int, version: Version, *, regional: bool = True) -> str:
    """``EF06 持卡人的基本信息文件``."""
    file = file_of(directory, fid, version, regional=regional)
    short = f"EF{fid & 0xFF:02X}" if fid >> 8 == 0xEF else f"{fid:04X}"
    if file is not None:
        return f"{short} {file.name_zh}"
    return _INTERNAL[fid] if directory == ssse_holder.FID and fid in _INTERNAL else short


def by_name(name: bytes, version: Version) -> Directory | None:
    """The social directory with this DF name."""
    return next((each for each in directories(version) if each.name == name), None)


def by_fid(fid: int, version: Version) -> Directory | None:
    """The social directory with this identifier."""
    return find(directories(version), fid)


def key_row(directory: int | None, kid: int, version: Version, *, regional: bool = True) -> KeyRow | None:
    """The key P2 of EXTERNAL AUTHENTICATION means: b8 the current application's, else SSSE's; number 0 the master.

    A key that no table has under this number is, if ``regional``, that of the regional files that were seen to use it.
    """
    owner = by_fid(directory if kid & 0x80 and directory is not None else ssse_holder.FID, version)
    if owner is None:
        return None
    if not kid & 0x0F:
        return next((row for row in owner.keys if row.kind is KeyKind.MASTER), None)
    rows = (*owner.keys, *(row for more in _regional(owner.fid) for row in more.keys if regional))
    return next((row for row in rows if row.kind is KeyKind.AUTHENTICATION and row.kid == kid), None)


def key_name(directory: int | None, kid: int, version: Version) -> str:
    """``RKSSSE 应用数据读取 (KID 0A)``; the number alone for a key no table has."""
    if not kid & 0x0F:
        return f"master key 主控密钥 (KID {kid:02X})"
    row = key_row(directory, kid, version)
    return f"{row.name} {row.purpose_zh} (KID {kid:02X})" if row is not None else f"KID {kid:02X}"
