"""What commands of the PKI environment mean, and what they carry (``cos.pki``: two issuing programs)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu import tlv
from apdu.command import CommandAPDU
from apdu.tlv import TlvError
from cos.explain import social
from cos.explain.details import Detail, hexed
from cos.explain.tracker import Tracker

_FILES: Mapping[int, str] = MappingProxyType(
    {
        0xDF01: "SS.CERT.ADF1 certificate application 证书应用",
        0x0012: "0012 signature public key 签名公钥",
        0x0013: "0013 signature private key 签名私钥",
        0x0014: "0014 encryption public key 加密公钥",
        0x0015: "0015 encryption private key 加密私钥",
        0x0018: "0018 signature certificate 签名证书",
        0x0019: "0019 encryption certificate 加密证书",
    }
)
_OBJECTS: Mapping[int, tuple[str, str]] = MappingProxyType(
    {
        0xC0: ("public key's file", "公钥文件"),
        0xC1: ("message", "数据"),
        0xC2: ("private key", "私钥"),
        0xCA: ("public key x ‖ y", "公钥值"),
        0xCB: ("private value, enciphered", "私钥密文"),
    }
)
_WITH_OBJECTS = frozenset((0x40, 0x4E, 0xC2, 0xC9))
_NAMES_A_FILE = frozenset((0xC0, 0xC2))


def meaning(command: CommandAPDU, at: Tracker) -> str:
    """P1 P2 and what they point at, in words."""
    match command.ins:
        case 0xA4 if command.p1 != 0x04:
            return file_name(command.data)
        case 0xA4 | 0x84:
            return social.meaning(command, at)
        case 0xB0 | 0xD6:
            return f"from byte {command.p1p2}"
        case 0x20:
            return "manager PIN 管理员口令" if command.p2 == 0 else "user PIN 用户口令"
        case 0x5E:
            return "manager PIN 管理员口令"
        case 0x82 | 0xD4:
            return "the current directory's 当前目录"
        case ins if ins in _WITH_OBJECTS:
            return ", ".join(file_name(value) for tag, value in _objects(command) if tag in _NAMES_A_FILE)
        case _:
            return ""


def file_name(fid: bytes) -> str:
    """``0018 signature certificate 签名证书``; the identifier alone if nobody knows it."""
    return _FILES.get(int.from_bytes(fid, "big"), fid.hex().upper())


def _objects(command: CommandAPDU) -> list[tuple[int, bytes]]:
    try:
        return [(each.tag, each.value) for each in tlv.parse(command.data)]
    except TlvError:
        return []


def sent(command: CommandAPDU, at: Tracker) -> tuple[Detail, ...]:  # noqa: ARG001 - the sides share a shape
    """What a command carries, piece by piece."""
    if command.ins not in _WITH_OBJECTS:
        return ()
    return tuple(
        Detail(*_OBJECTS.get(tag, (f"{tag:02X}", "")), file_name(value) if tag in _NAMES_A_FILE else hexed(value))
        for tag, value in _objects(command)
    )


def received(command: CommandAPDU, data: bytes, at: Tracker) -> tuple[Detail, ...]:
    """What an answer carries."""
    return social.received(command, data, at) if command.ins in (0xA4, 0x84) else ()
