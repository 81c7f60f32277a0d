"""The manager's command rows. One row a line: the table is read by column.

Columns: CLA, INS, name, Chinese name, handler, clause, status words, P1, P2, and what differs from the defaults.
"""

from __future__ import annotations

from cos.kernel import file_commands
from cos.kernel.command_rows import ANY, NO_DATA, CommandRow, Secret
from cos.kernel.engine import get_response
from cos.making.write_key import FORMS
from cos.manager import commands as do
from cos.manager.chip_states import ChipEvent
from cos.manager.session import ManagerSession

_PART_10 = "SSC-10 §5.2"
_KEY_LENGTHS = frozenset((0x18, 0x1C, 0x20, 0x24))
_CHALLENGES = frozenset((4, 8, 16))
_ONE = frozenset((1,))
_BY_NUMBER = frozenset(sfi << 3 | 4 for sfi in range(31))

ROWS: tuple[CommandRow[ManagerSession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "选择文件", do.select, "SSC-5 §6.11", (0x6700, 0x6A82), frozenset((0, 4)), frozenset((0, 2)), lc=frozenset((0, 2, *range(5, 17))), answers=True),
    CommandRow(0x00, 0x84, "GET CHALLENGE", "取随机数", file_commands.get_challenge, "SSC-5 §6.5", le=_CHALLENGES, answers=True),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATION", "外部鉴别", do.external_authenticate, "SSC-5 §6.4", (0x63C0, 0x6983, 0x6984, 0x6A88), lc=frozenset((16, 17)), writes=("tries",)),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "取响应", get_response, "SSC-5 §6.6", (0x6F00,), answers=True, fetches=True),
    CommandRow(0x00, 0xB2, "READ RECORD", "读记录", do.read_record, "SSC-5 §6.10", (0x6981, 0x6986, 0x6A82, 0x6A83), ANY, _BY_NUMBER, answers=True),
    CommandRow(0x00, 0xDC, "UPDATE RECORD", "更新记录", do.update_record, "SSC-5 §6.13", (0x6982, 0x6A82, 0x6A84), ANY, _BY_NUMBER, lc=range(1, 256), needs=(do.CARD_MASTER,)),
    CommandRow(0x80, 0xE0, "TRANSPORT KEY AUTHENTICATION", "传输密钥认证", do.authenticate_transport, _PART_10, (0x63C0, 0x6983, 0x6985), frozenset((3,)), lc=frozenset((8,)), writes=("tries",)),
    CommandRow(0x80, 0xE0, "SET SERIAL", "写序列号", do.set_serial, "SSC-2 §8", (0x6985,), frozenset((5,)), lc=frozenset((8,)), event=ChipEvent.SET_SERIAL, needs=(do.LIFE,)),
    CommandRow(0x00, 0x14, "SET ATR", "写复位应答", do.set_maker_bytes, "SSC-2 §8", (0x6985, 0x6A80), lc=frozenset((11,)), event=ChipEvent.SET_ATR, needs=(do.LIFE,)),
    CommandRow(0x80, 0xE0, "CREATE FILE", "建立文件", do.create, _PART_10, (0x6982, 0x6985, 0x6A80, 0x6A89), _ONE, lc=range(16, 33)),
    CommandRow(0x80, 0xE0, "END", "结束预个人化", do.end, _PART_10, (0x6982, 0x6985), frozenset((2,)), lc=NO_DATA, event=ChipEvent.END, needs=(do.LIFE, do.CARD_MASTER)),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", do.delete, _PART_10, (0x6982, 0x6985), p2=_ONE, lc=frozenset((2,)), needs=(do.CARD_MASTER,)),
    CommandRow(0x00, 0xD2, "APPEND FCI", "写文件控制信息", do.append_fci, _PART_10, (0x6982, 0x6985, 0x6A82), ANY, ANY, lc=range(1, 256), event=ChipEvent.APPEND_FCI, needs=(do.LIFE, do.CARD_MASTER)),
    *(
        CommandRow(cla, 0xD4, "WRITE KEY", "装载密钥", do.write_key, "SSC-9 §7.1", (0x6982, 0x6984, 0x6985, 0x6987, 0x6988, 0x6A80), frozenset((0, 1)), lc=_KEY_LENGTHS, secret=Secret.DATA, secured=form)
        for cla, form in FORMS
    ),
)  # fmt: skip
