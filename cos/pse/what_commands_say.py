"""What the bank side's commands say, by the names of its rows (JR/T 0025.5 annex B, JR/T 0025.10)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.kernel.what_commands_say import (
    AUTHENTICATION,
    ENCIPHERED_WITH_MAC,
    MAC,
    NOTHING,
    OTHER,
    ByList,
    Choice,
    Decoder,
    Elements,
    Fixed,
    MacTail,
    Says,
    Untagged,
    words,
)

_ELEMENTS = (Elements(),)
_CHANGE = Says(sent=(MAC,), received=_ELEMENTS)
_RECORD = ("SFI {sfi:02X} record {p1}", words("log", {1: ", transaction log 交易明细"}))
_PDOL, _CDOL1, _CDOL2, _DDOL, _LOG_FORMAT = 0x9F38, 0x8C, 0x8D, 0x9F49, 0x9F4F

SAYS: Mapping[str, Says] = MappingProxyType(
    {
        OTHER: Says(received=_ELEMENTS),
        "SELECT": Says(("{df name}", words("p2", {2: ", next 下一个"})), received=_ELEMENTS),
        "READ RECORD": Says(_RECORD, received=(Choice("log", (ByList(_LOG_FORMAT),), _ELEMENTS),)),
        "GET RESPONSE": Says(received=_ELEMENTS),
        "GET PROCESSING OPTIONS": Says(
            sent=(ByList(_PDOL, template=0x83),), received=(Untagged(0x80, ((0x82, 2), (0x94, 0))),)
        ),
        "GET DATA": Says(("{element}",), received=_ELEMENTS),
        "INTERNAL AUTHENTICATE": Says(sent=(ByList(_DDOL),), received=_ELEMENTS),
        "VERIFY": Says(("PIN block 密码块",), received=_ELEMENTS),
        "GENERATE AC": Says(
            (
                words("cryptograms", {0: "first: "}, otherwise="second: "),
                words(
                    "p1",
                    {
                        0x00: "AAC, decline 拒绝",
                        0x40: "TC, approve 批准",
                        0x80: "ARQC, go online 联机",
                        0xC0: "reserved 预留",
                    },
                    mask=0xC0,
                ),
                words("p1", {0x10: ", CDA"}, mask=0x10),
            ),
            (Choice("cryptograms", (ByList(_CDOL2),), (ByList(_CDOL1),)),),
            (Untagged(0x80, ((0x9F27, 1), (0x9F36, 2), (0x9F26, 8), (0x9F10, 0))),),
        ),
        "EXTERNAL AUTHENTICATE": Says(
            sent=(Fixed("ARPC", "授权响应密文", 8), Decoder("response code")), received=_ELEMENTS
        ),
        "APPLICATION BLOCK": _CHANGE,
        "APPLICATION UNBLOCK": _CHANGE,
        "CARD BLOCK": _CHANGE,
        "PIN CHANGE/UNBLOCK": Says(
            (
                words(
                    "p2",
                    {0: "unblock, PIN stays 解锁", 1: "change, old PIN in the block 修改", 2: "change 修改"},
                ),
            ),
            ENCIPHERED_WITH_MAC,
            _ELEMENTS,
        ),
        "PUT DATA": Says(("{element}",), (Decoder("element"), MacTail("MAC", 4)), _ELEMENTS),
        "UPDATE RECORD": Says(_RECORD, (Elements(), MacTail("MAC", 4)), _ELEMENTS),
        "INITIALIZE UPDATE": Says(
            ("key set {p1:02X}",),
            (Fixed("host challenge", "主机随机数", 8),),
            (
                Fixed("KMC identifier", "KMC标识", 6),
                Fixed("chip serial number", "芯片序列号", 4),
                Fixed("key version", "密钥版本", 1),
                Fixed("secure channel protocol", "安全通道协议", 1),
                Fixed("sequence counter", "序列计数器", 2),
                Fixed("card challenge", "卡片随机数", 6),
                Fixed("card cryptogram", "卡片密文", 8),
            ),
        ),
        "EXTERNAL AUTHENTICATE (channel)": Says(
            (
                "secure channel ",
                words("p1", {0: "none 无", 1: "C-MAC", 3: "C-MAC, enciphered 加密"}, otherwise="level {value:02X}"),
            ),
            (Fixed("host cryptogram", "主机密文", 8), Fixed("C-MAC", "C-MAC", 8)),
            _ELEMENTS,
        ),
        "STORE DATA": Says(
            (
                "number {p2}, ",
                words("p1", {0: "plain groups 明文分组"}, otherwise="enciphered groups 加密分组", mask=0x60),
                words("p1", {0x80: ", last 最后一条"}, mask=0x80),
            ),
            (Decoder("data groups"), MacTail("C-MAC", 8, optional=True)),
            _ELEMENTS,
        ),
        "EXTERNAL AUTHENTICATE (master key)": Says(sent=AUTHENTICATION[:1]),
        "KEY DATA": NOTHING,
    }
)
