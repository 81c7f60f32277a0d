"""What the PKI environment's commands say, by the names of its rows (``cos.pki``: two issuing programs)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.kernel.what_commands_say import (
    ENCIPHERED_WITH_MAC,
    LOADED_KEY,
    OTHER,
    Concealed,
    Elements,
    Fixed,
    Objects,
    Says,
    words,
)

FILES: Mapping[int, str] = MappingProxyType(
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
"""What lies in the environment, by identifier."""

_FILE = words("fid", FILES, otherwise="{data}")
_PRIVATE_KEY = Fixed("private key", "私钥", 2, _FILE)
_OBJECTS = Objects(
    MappingProxyType(
        {
            0xC0: Fixed("public key's file", "公钥文件", 2, _FILE),
            0xC2: _PRIVATE_KEY,
            0xCA: Fixed("public key x ‖ y", "公钥值", 0),
        }
    )
)
_NOTHING = Says(received=())
_WITH_OBJECTS = Says((_OBJECTS,), (_OBJECTS,), ())
_DECIPHERED = Objects(MappingProxyType({0xC2: _PRIVATE_KEY, 0xC1: Concealed("cipher text", "密文")}))
_IMPORTED = Objects(MappingProxyType({0xC2: _PRIVATE_KEY, 0xCB: Concealed("private value, enciphered", "私钥密文")}))
_OWN = Says(("the current directory's 当前目录",), received=())
_BINARY = Says(("from byte {p1p2}",), received=())

SAYS: Mapping[str, Says] = MappingProxyType(
    {
        OTHER: _NOTHING,
        "SELECT": Says(
            (words("p1", {4: "{df name}"}, otherwise=_FILE), words("p1p2", {0x0402: ", next 下一个"})),
            received=(Elements(),),
        ),
        "GET RESPONSE": _NOTHING,
        "READ BINARY": _BINARY,
        "UPDATE BINARY": _BINARY,
        "SM3": _NOTHING,
        "VERIFY": Says((words("p2", {0: "manager PIN 管理员口令"}, otherwise="user PIN 用户口令"),), received=()),
        "CHANGE PIN": Says(("manager PIN 管理员口令",), ENCIPHERED_WITH_MAC, ()),
        "EXTERNAL AUTHENTICATION (master key)": _OWN,
        "GENERATE KEY PAIR": _WITH_OBJECTS,
        "EXPORT PUBLIC KEY (which)": _WITH_OBJECTS,
        "EXPORT PUBLIC KEY (fetch)": _NOTHING,
        "SM2 DECIPHER": Says((_DECIPHERED,), (_DECIPHERED,), ()),
        "IMPORT SESSION KEY": _NOTHING,
        "IMPORT PUBLIC KEY": _WITH_OBJECTS,
        "IMPORT PRIVATE KEY": Says((_IMPORTED,), (_IMPORTED,), ()),
        "CHANGE MASTER KEY": _OWN._replace(sent=ENCIPHERED_WITH_MAC),
        "WRITE KEY": _OWN._replace(sent=LOADED_KEY),
    }
)
