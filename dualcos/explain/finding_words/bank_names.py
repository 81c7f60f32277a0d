"""What findings call keys of the bank's and the certificate side's, and in Chinese computations, inputs and ways."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.explain.diagnosis.finding import KeyName

_BANK_KEYS: Mapping[int, str] = MappingProxyType(
    {
        0x10: "KENC 通道加密密钥",
        0x11: "KMAC 通道认证密钥",
        0x12: "KDEK 数据加密密钥",
        0x21: "AC key 应用密文密钥",
        0x22: "MAC key 脚本认证密钥",
        0x23: "ENC key 脚本加密密钥",
    }
)
_PIN_KEYS: Mapping[int, str] = MappingProxyType(
    {1: "user PIN's key 用户口令密钥", 2: "manager PIN's key 管理员口令密钥"}
)
_BANK, _PIN_KIND = ("PSE", "issuer"), 0x01


def named_bank_key(key: KeyName) -> str:
    """What the key is called; empty if it is none of these sides."""
    home = key.place.partition(",")[0].partition("/")[0]
    if home in _BANK:
        return _BANK_KEYS.get(key.kind, "")
    pin = key.kind == _PIN_KIND and not key.check_value
    return _PIN_KEYS.get(key.number, "") if pin else ""


BANK_CHINESE: Mapping[str, str] = MappingProxyType(
    {
        # computations
        "ARPC": "ARPC",
        "script MAC": "脚本 MAC",
        "new PIN": "新密码",
        "host cryptogram": "主机密文",
        "C-MAC": "C-MAC",
        "master key cryptogram": "主控密钥密文",
        "enciphered random number": "加密随机数",
        "MAC under the PIN's key": "口令密钥下的 MAC",
        "new manager PIN": "新管理员口令",
        "secret data group": "加密数据分组",
        "check values": "校验值",
        # inputs
        "cryptogram": "应用密文",
        "ATC": "ATC",
        "session key": "过程密钥",
        "transaction": "交易",
        "response code": "授权响应码",
        "transaction data": "交易数据",
        "MAC length": "MAC 长度",
        "form of the data": "数据形式",
        "encipherment": "加密方式",
        "mask": "掩码",
        "current PIN": "当前密码",
        "card challenge": "卡片随机数",
        "host challenge": "主机随机数",
        "mode": "加密模式",
        "chain": "链值",
        "control nibble": "控制半字节",
        "PIN key": "口令密钥",
        "form": "格式",
        # of session keys
        "session key of the ATC: card key over 00 × 6 ‖ ATC ‖ 00 × 6 ‖ NOT ATC": "ATC 的过程密钥",
        "the card's key itself": "卡片密钥本身",
        "EMV common session key: card key over ATC F0 00… ‖ ATC 0F 00…": "EMV 通用会话密钥（ATC F0 00… ‖ ATC 0F 00…）",
        "card key over the ATC twice": "卡片密钥加密两个 ATC",
        "card key over ATC ‖ 00 × 6 ‖ NOT ATC ‖ 00 × 6": "卡片密钥加密 ATC ‖ 00×6 ‖ ATC 取反 ‖ 00×6",
        "the key over its own constant ‖ counter ‖ 00…, CBC": "密钥以 CBC 加密自身常数 ‖ 计数器 ‖ 00…",
        "constant 0182, of SKUENC": "常数 0182，属 SKUENC",
        "constant 0101, of SKUMAC": "常数 0101，属 SKUMAC",
        "constant 0181, of SKUDEK": "常数 0181，属 SKUDEK",
        "enciphered in ECB mode": "用 ECB 模式加密",
        "counter at the end": "计数器在末尾",
        # of scripts
        "ATC ‖ cryptogram": "ATC ‖ 应用密文",
        "cryptogram ‖ ATC": "应用密文 ‖ ATC",
        "cryptogram alone": "仅应用密文",
        "ATC alone": "仅 ATC",
        "neither": "两者皆无",
        "as sent": "按发送的数据",
        "before encipherment, with length and padding": "加密前的数据，含长度和填充",
        "before encipherment, without length and padding": "加密前的数据，不含长度和填充",
        "the first 4 bytes": "前 4 字节",
        "the first 4 bytes of the right half": "右半的前 4 字节",
        "the last 4 bytes": "后 4 字节",
        "the second 4 bytes": "第 5 至 8 字节",
        # of new PINs
        "08 in front, 80 00… behind, ECB": "前置 08，后补 80 00…，ECB",
        "08 in front, 80 00… behind, CBC": "前置 08，后补 80 00…，CBC",
        "without 08 in front, ECB": "无前置 08，ECB",
        "not at all: in clear": "未加密",
        "08 in front, 00… behind, ECB": "前置 08，后补 00…，ECB",
        "bytes 5 to 8 of the card's ENC key, over the last four bytes": "卡片加密密钥第 5 至 8 字节，异或后四字节",
        "bytes 1 to 4 of the key": "密钥第 1 至 4 字节",
        "bytes 9 to 12 of the key": "密钥第 9 至 12 字节",
        "bytes 13 to 16 of the key": "密钥第 13 至 16 字节",
        "bytes 5 to 8 of the session key": "过程密钥第 5 至 8 字节",
        "as P2 says": "按 P2",
        "not added, though P2 is 01": "P2 为 01 却未异或",
        "another one is added": "异或了另一个密码",
        "added, though P2 is 02": "P2 为 02 却异或了",
        "control nibble 2 instead of 0": "控制半字节为 2 而非 0",
        # of the channel
        "counter ‖ card challenge ‖ host challenge": "计数器 ‖ 卡片随机数 ‖ 主机随机数",
        "host challenge ‖ counter ‖ card challenge, as in the card's cryptogram": "主机随机数 ‖ 计数器 ‖ 卡片随机数",
        "host challenge ‖ card challenge ‖ counter": "主机随机数 ‖ 卡片随机数 ‖ 计数器",
        "CBC": "CBC",
        "ECB": "ECB",
        "padded, CBC under SKUENC": "填充，SKUENC 下 CBC",
        "padded, ECB": "填充，ECB",
        "not at all: padded, in clear": "未加密（已填充）",
        "not padded, CBC": "未填充，CBC",
        "padded, CBC under KENC itself": "填充，KENC 本身下 CBC",
        "padded, CBC under SKUMAC": "填充，SKUMAC 下 CBC",
        "padded, CBC under SKUDEK": "填充，SKUDEK 下 CBC",
        "ECB under SKUDEK": "SKUDEK 下 ECB",
        "as the group asks for": "按分组要求",
        "nothing, though it is a part of a private key": "私钥分量却未填充",
        "80 00…, though the value has whole blocks and takes none": "整块数据却补了 80 00…",
        "the random number enciphered, 8 bytes": "加密随机数，8 字节",
        "authentication data and original information, 16 bytes": "鉴别数据与原始信息，16 字节",
        # how a key was derived
        "PAN without sequence number": "仅用主账号，未含序列号",
        "PAN with sequence number 00": "主账号和序列号 00",
        "leftmost digits of PAN and sequence number": "取主账号和序列号的左侧数字",
        "PAN as it stands in 5A": "按 5A 中的形式",
        "sequence number in front": "序列号在前",
        "PAN without check digit": "主账号去掉校验位",
        "EMV option B": "EMV 方式 B",
        "the right factor, without odd parity": "分散因子正确，未调整奇校验",
        "bytes 1 and 2 and the last four of KEYDATA": "KEYDATA 的前两字节和后四字节",
        "first six bytes of KEYDATA": "KEYDATA 的前六字节",
        "KEYDATA from byte 3": "KEYDATA 第 3 字节起",
        "serial number, zeros in front": "序列号左补零",
        "serial number, zeros behind": "序列号右补零",
        # who holds a key
        "issuer": "发卡行",
    }
)
