"""What the social side's commands say, by the names of its rows (社会保障（个人）卡规范 part 5)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from cos.kernel.what_commands_say import ENCIPHERED_WITH_MAC, MAC, NOTHING, Decoder, Fixed, MacTail, Says, words

_TAC = Fixed("TAC", "交易验证码", 4)
_BINARY = ("{file}, from byte {offset}",)

SAYS: Mapping[str, Says] = MappingProxyType(
    {
        "READ BINARY": Says(_BINARY, received=(Decoder("bytes"),)),
        "UPDATE BINARY": Says(_BINARY, (Decoder("bytes"), MacTail("MAC", 4, optional=True))),
        "INTERNAL AUTHENTICATION": Says(
            ("IRK 内部认证密钥",),
            (
                Fixed("process factor", "过程因子", 8),
                Fixed("original information", "原始信息", 8),
                Fixed("key version", "密钥版本", 1),
            ),
            (Fixed("authentication data", "鉴别数据", 0),),
        ),
        "VERIFY": Says((words("lc", {0: "how many tries are left? 询问剩余次数"}, otherwise="PIN 个人密码"),)),
        "CHANGE PIN": Says((words("p1", {1: "old PIN ‖ FF ‖ new PIN 旧密码与新密码"}),)),
        "PIN CHANGE/UNBLOCK": Says(
            (words("p2", {1: "set a new PIN 重装密码"}, otherwise="unblock, PIN stays 解锁密码"),), ENCIPHERED_WITH_MAC
        ),
        "APPLICATION BLOCK": Says(("{directory}, for good 永久锁定",), (MAC,)),
        "CARD BLOCK": Says(sent=(MAC,)),
        "INITIALIZE FOR LOAD": Says(
            sent=(
                Fixed("key index", "密钥索引", 1),
                Fixed("amount, fen", "金额", 4),
                Fixed("terminal number", "终端机编号", 6),
            ),
            received=(
                Fixed("balance, fen", "余额", 4),
                Fixed("load counter", "划入交易序号", 2),
                Fixed("key version", "密钥版本", 1),
                Fixed("algorithm", "算法标识", 1),
                Fixed("random number", "随机数", 4),
                Fixed("MAC1", "MAC1", 4),
            ),
        ),
        "INITIALIZE FOR PURCHASE": Says(
            sent=(
                Fixed("key index", "密钥索引", 1),
                Fixed("account amount, fen", "账户金额", 4),
                Fixed("self-paid amount, fen", "自付金额", 4),
                Fixed("pooled amount, fen", "统筹金额", 4),
                Fixed("terminal number", "终端机编号", 6),
            ),
            received=(
                Fixed("balance, fen", "余额", 4),
                Fixed("self-paid total, fen", "自付累计", 4),
                Fixed("pooled total, fen", "统筹累计", 4),
                Fixed("year", "年度", 2),
                Fixed("purchase counter", "消费交易序号", 2),
                Fixed("key version", "密钥版本", 1),
                Fixed("algorithm", "算法标识", 1),
                Fixed("random number", "随机数", 4),
            ),
        ),
        "CREDIT FOR LOAD": Says(
            sent=(Fixed("host date and time", "主机日期时间", 7), Fixed("MAC2", "MAC2", 4)), received=(_TAC,)
        ),
        "DEBIT FOR PURCHASE": Says(
            sent=(
                Fixed("terminal sequence", "终端交易序号", 4),
                Fixed("terminal date and time", "终端日期时间", 7),
                Fixed("MAC1", "MAC1", 4),
            ),
            received=(_TAC, Fixed("MAC2", "MAC2", 4)),
        ),
        "GET BALANCE": Says(
            (words("p2", {1: "account 账户", 2: "self-paid total 自付累计", 3: "pooled total 统筹累计"}),),
            received=(Fixed("amount", "金额", 4, "{yuan} 元"), Fixed("year", "年度", 2)),
        ),
        "GET TRANSACTION PROOF": Says(("type {p2:02X}",), (Fixed("transaction counter", "交易序号", 2),), (MAC, _TAC)),
        "UPDATE STARTING DAY": Says(sent=(Fixed("starting day, mmdd", "年度起始日期", 2),)),
        "GET STARTING DAY": NOTHING,
    }
)
