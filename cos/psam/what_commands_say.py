"""What the PSAM's commands say, by the names of its rows (社会保障（个人）卡规范 part 9)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.kernel.what_commands_say import (
    AUTHENTICATION,
    ENCIPHERED_WITH_MAC,
    Concealed,
    Decoder,
    Elements,
    Fixed,
    Repeated,
    Says,
    words,
)

FILES: Mapping[int, str] = MappingProxyType(
    {
        0x01: "0001 DIR 目录文件",
        0x15: "0015 public information 公共信息",
        0x16: "0016 terminal number 终端机编号",
        0x19: "0019 terminal sequence 终端交易序号",
        0x1A: "001A national information 全国信息",
        0x1B: "001B provincial information 省级信息",
        0x1C: "001C city information 市级信息",
        0x11: "0011 national key file 全国密钥文件",
        0x12: "0012 provincial key file 省级密钥文件",
        0x13: "0013 city key file 市级密钥文件",
    }
)
"""Elementary files by identifier, which is their short identifier too (SSC-9 §5)."""

_FILE = words("target", FILES, otherwise="{value:04X}", mask=0xFF, absent="no file selected 未选文件")
_BINARY = (_FILE, ", from byte {offset}")
_RECORD = (_FILE, ", record {p1}")
_BY_IDENTIFIER = words("fid", {0: "MF 主文件", 0x3F00: "MF 主文件", **FILES}, otherwise="{value:04X}")
_KEY_FILE = Says((words("p2", FILES, otherwise="key file SFI {value:02X}"),), ENCIPHERED_WITH_MAC)

SAYS: Mapping[str, Says] = MappingProxyType(
    {
        "SELECT": Says(
            (words("p1", {4: "{df name}"}, otherwise=_BY_IDENTIFIER),),
            received=(Elements(),),
        ),
        "INITIALIZE ENVIRONMENT": Says(
            sent=(Fixed("first byte of the card's identification code", "卡识别码首字节", 1),)
        ),
        "EXTERNAL AUTHENTICATION": Says(
            (words("p2", {0: "master key 主控密钥 (KID {p2:02X})"}, otherwise="KID {value:02X}"),), AUTHENTICATION
        ),
        "CREATE KEY": _KEY_FILE,
        "CHANGE KEY": _KEY_FILE,
        "DELIVERY SESSION KEY": Says(
            (
                "{key in a PSAM}usage {p1:02X} identifier {p2:02X}",
                words("p1", {steps << 5: f", {steps} steps" for steps in range(8)}, mask=0xE0),
            ),
            (Repeated("factor {number}", "分散因子", 8), Fixed("session factor", "过程因子", 8)),
        ),
        "CIPHER DATA": Says(
            (
                words(
                    "p1",
                    {
                        0x00: "encipher, last block 加密",
                        0x02: "encipher, more follow 加密",
                        0x05: "MAC, only block MAC计算",
                        0x07: "MAC, first block MAC计算",
                        0x03: "MAC, next block MAC计算",
                        0x01: "MAC, last block MAC计算",
                    },
                ),
            ),
            (Concealed("blocks", "数据块"),),
            (Fixed("result", "结果", 0),),
        ),
        "INIT SAM FOR PURCHASE": Says(
            sent=(
                Fixed("card random number", "卡片随机数", 4),
                Fixed("card sequence", "卡片交易序号", 2),
                Fixed("account amount, fen", "账户金额", 4),
                Fixed("self-paid amount, fen", "自付金额", 4),
                Fixed("pooled amount, fen", "统筹金额", 4),
                Fixed("type", "交易类型", 1),
                Fixed("date", "日期", 4),
                Fixed("time", "时间", 3),
                Fixed("key version", "密钥版本", 1),
                Fixed("algorithm", "算法标识", 1),
                Fixed("factors", "分散因子", 0),
            ),
            received=(Fixed("terminal sequence", "终端交易序号", 4), Fixed("MAC1", "MAC1", 4)),
        ),
        "CREDIT SAM FOR PURCHASE": Says(sent=(Fixed("MAC2", "MAC2", 4),)),
        "READ BINARY": Says(_BINARY, received=(Decoder("bytes"),)),
        "UPDATE BINARY": Says(_BINARY, (Decoder("bytes"),)),
        "READ RECORD": Says(_RECORD, received=(Fixed("record", "记录", 0),)),
        "UPDATE RECORD": Says(_RECORD, (Decoder("bytes"),)),
        "DELETE FILE (environment)": Says((_BY_IDENTIFIER,)),
        "DELETE FILE (application)": Says((_BY_IDENTIFIER,)),
        "DELETE FILE": Says((_BY_IDENTIFIER,)),
    }
)
