"""The command rows of the social side. One row a line: the table is read by column.

Columns: CLA, INS, name, Chinese name, handler, clause, status words (SSC-5 tables 7 to 78), P1, P2, and what
differs from the defaults.
"""

from __future__ import annotations

from cos.kernel.rows import ANY, NO_DATA, ZERO, Row, Secret, Table
from cos.ssse.commands import personalisation as make
from cos.ssse.commands import policy
from cos.ssse.environment import SsseSession
from cos.ssse.files import reading, selection, writing
from cos.ssse.medical import inquiry, load, purchase
from cos.ssse.security import authentication, blocking

_CHALLENGES = frozenset((4, 8, 16))
_AUTHENTICATION = frozenset((16, 17))
_KID = frozenset(p2 for p2 in range(256) if not p2 & 0x70)
_OFFSET = frozenset((*range(0x80), *range(0x81, 0x9F)))
_NUMBERS = range(255)
_READ_MODES = frozenset(sfi << 3 | mode for sfi in range(31) for mode in range(7))
_WRITE_MODES = frozenset(sfi << 3 | mode for sfi in range(31) for mode in range(5))
_NAMES = frozenset((2, *range(5, 17)))
_SOME = range(1, 256)
_KEY_LENGTHS = frozenset((0x18, 0x1C, 0x20, 0x24))
_ONE, _TWO, _THREE = frozenset((1,)), frozenset((2,)), frozenset((3,))
_MAC = range(5)
_PIN_MESSAGE = frozenset((*range(5), 12, 20))
_PART_10 = "SSC-10 §5.2"
_PART_7 = "SSC-5 §7"
_BALANCE = (0x6982, 0x6985)
# At T=0 the card never sees Le behind data; a library in between may leave the maximum there.
_PROOF_LE = frozenset((None, 8, 256))
_READ = (0x6981, 0x6982, 0x6986, 0x6A82)
_WRITE = (0x6581, 0x6981, 0x6982, 0x6984, 0x6986, 0x6988, 0x6A82)

ROWS: tuple[Row[SsseSession], ...] = (
    Row(0x00, 0xA4, "SELECT", "选择文件", selection.select, "SSC-5 §6.11", (0x6700, 0x6A82, 0x9303), frozenset((0, 1, 2, 4)), frozenset((0, 2)), lc=_NAMES, answers=True),
    Row(0x00, 0xB0, "READ BINARY", "读二进制", reading.read_binary, "SSC-5 §6.9", (*_READ, 0x6B00), _OFFSET, ANY, answers=True),
    Row(0x00, 0xB2, "READ RECORD", "读记录", reading.read_record, "SSC-5 §6.10", (*_READ, 0x6A83), _NUMBERS, _READ_MODES, answers=True),
    Row(0x00, 0xD6, "UPDATE BINARY", "更新二进制", writing.update_binary, "SSC-5 §6.12", (*_WRITE, 0x6B00), _OFFSET, ANY, lc=_SOME),
    Row(0x04, 0xD6, "UPDATE BINARY", "更新二进制", writing.update_binary, "SSC-5 §6.12", (*_WRITE, 0x6987, 0x6B00), _OFFSET, ANY, lc=_SOME),
    Row(0x00, 0xDC, "UPDATE RECORD", "更新记录", writing.update_record, "SSC-5 §6.13", (*_WRITE, 0x6A83, 0x6A84, 0x6A85), _NUMBERS, _WRITE_MODES, lc=_SOME),
    Row(0x04, 0xDC, "UPDATE RECORD", "更新记录", writing.update_record, "SSC-5 §6.13", (*_WRITE, 0x6987, 0x6A83, 0x6A84, 0x6A85), _NUMBERS, _WRITE_MODES, lc=_SOME),
    Row(0x00, 0x84, "GET CHALLENGE", "取随机数", authentication.get_challenge, "SSC-5 §6.5", le=_CHALLENGES, answers=True),
    Row(0x00, 0xC0, "GET RESPONSE", "取响应", policy.get_response, "SSC-5 §6.6", (0x6F00,), answers=True, fetches=True),
    Row(0x00, 0x88, "INTERNAL AUTHENTICATION", "内部鉴别", authentication.internal_authenticate, "SSC-5 §6.7", (0x6A88,), lc=_AUTHENTICATION, answers=True),
    Row(0x00, 0x82, "EXTERNAL AUTHENTICATION", "外部鉴别", authentication.external_authenticate, "SSC-5 §6.4", (0x63C0, 0x6581, 0x6983, 0x6984, 0x6A88), ZERO, _KID, lc=_AUTHENTICATION, writes=("key tries",)),
    Row(0x00, 0x20, "VERIFY", "校验个人密码", authentication.verify, "SSC-5 §6.14", (0x63C0, 0x6983, 0x6A88), lc=frozenset((0, *range(2, 9))), secret=Secret.DATA, writes=("PIN tries",)),
    Row(0x80, 0x5E, "CHANGE PIN", "修改个人密码", authentication.change_pin, "SSC-5 §6.3", (0x63C0, 0x6581, 0x6983, 0x6A80), _ONE, lc=range(3, 18), secret=Secret.DATA, writes=("PIN tries",)),
    Row(0x84, 0x24, "PIN CHANGE/UNBLOCK", "个人密码修改/解锁", blocking.unblock_pin, "SSC-5 §6.8", (0x6581, 0x6982, 0x6984, 0x6987, 0x6988, 0x6A80, 0x6A88), ZERO, frozenset((0, 1)), lc=_PIN_MESSAGE, secret=Secret.DATA, writes=("PUK tries",)),
    Row(0x84, 0x1E, "APPLICATION BLOCK", "应用锁定", blocking.block_application, "SSC-5 §6.1", (0x6581, 0x6982, 0x6984, 0x6985, 0x6987, 0x6988, 0x6A88), p2=_ONE, lc=_MAC),
    Row(0x84, 0x16, "CARD BLOCK", "卡片锁定", blocking.block_card, "SSC-5 §6.2", (0x6581, 0x6982, 0x6984, 0x6985, 0x6987, 0x6988, 0x6A88), lc=_MAC),
    Row(0xB0, 0x28, "INITIALIZE FOR LOAD", "划入初始化", load.initialize, _PART_7, (0x6581, 0x6982, 0x6985, 0x9402, 0x9403), ZERO, _ONE, lc=frozenset((0x0B,)), answers=True),
    Row(0xB0, 0x28, "INITIALIZE FOR PURCHASE", "消费初始化", purchase.initialize, _PART_7, (0x6581, 0x6982, 0x6985, 0x9401, 0x9402, 0x9403), _ONE, _ONE, lc=frozenset((0x13,)), answers=True),
    Row(0xB0, 0x2A, "CREDIT FOR LOAD", "账户划入", load.credit, _PART_7, (0x6581, 0x6901, 0x6985, 0x9302), lc=frozenset((0x0B,)), answers=True),
    Row(0xB0, 0x2C, "DEBIT FOR PURCHASE", "医疗消费", purchase.debit, _PART_7, (0x6581, 0x6901, 0x6985, 0x9302), _ONE, lc=frozenset((0x0F,)), answers=True),
    Row(0xB0, 0x26, "GET BALANCE", "查询余额", inquiry.get_balance, _PART_7, _BALANCE, p2=_ONE, le=frozenset((4,)), answers=True),
    Row(0xB0, 0x26, "GET BALANCE", "查询余额", inquiry.get_total, _PART_7, _BALANCE, p2=frozenset((2, 3)), le=frozenset((6,)), answers=True),
    Row(0xB0, 0x2E, "GET TRANSACTION PROOF", "取交易认证", inquiry.get_proof, _PART_7, (0x6985, 0x9406), p2=frozenset((1, 2, 0x31, 0x32)), lc=_TWO, le=_PROOF_LE, answers=True),
    Row(0xB0, 0x56, "UPDATE STARTING DAY", "修改年度起始日期", inquiry.update_starting_day, "SSC-5 §7.7", (0x6982, 0x6985), lc=_TWO),
    Row(0xB0, 0x56, "GET STARTING DAY", "取年度起始日期", inquiry.get_starting_day, "SSC-5 §7.8", (0x6982, 0x6985), _ONE, answers=True),
    Row(0x80, 0xE0, "CREATE FILE", "建立文件", make.create, _PART_10, (0x6982, 0x6985, 0x6A80, 0x6A84, 0x6A89), _ONE, lc=range(16, 33)),
    Row(0x80, 0xE0, "END", "结束预个人化", make.end, _PART_10, (0x6982, 0x6985), _TWO, lc=NO_DATA),
    Row(0x80, 0xE1, "DELETE FILE", "删除文件", make.delete_environment, _PART_10, (0x6982, 0x6A82), ZERO, _ONE, lc=_TWO),
    Row(0x80, 0xE1, "DELETE FILE", "删除文件", make.delete_application, _PART_10, (0x6982, 0x6985, 0x6A82), ZERO, _TWO, lc=_TWO),
    Row(0x80, 0xE1, "DELETE FILE", "删除文件", make.delete_file, _PART_10, (0x6982, 0x6985, 0x6A82), ZERO, _THREE, lc=_TWO),
    Row(0x00, 0xD2, "APPEND FCI", "写文件控制信息", make.append_fci, _PART_10, (0x6981, 0x6982, 0x6985, 0x6A82), ANY, ANY, lc=_SOME),
    *(
        Row(cla, 0xD4, "WRITE KEY", "装载密钥", make.write_key, "SSC-9 §7.1", (0x6982, 0x6984, 0x6987, 0x6988, 0x6A80, 0x6A84), frozenset((0, 1)), lc=_KEY_LENGTHS, secret=Secret.DATA)
        for cla in (0x00, 0x04, 0x80, 0x84)
    ),
)  # fmt: skip

TABLE: Table[SsseSession] = Table(ROWS)
