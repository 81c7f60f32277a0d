"""The command rows of the PSAM (SSC-9 §9, tables 14 to 31), and what every command passes first.

One row a line: the table is read by column. Columns: CLA, INS, name, Chinese name, handler, clause, status words, P1,
P2, and what differs from the defaults.
"""

from __future__ import annotations

from enum import Enum

from apdu.command import CommandAPDU
from apdu.status import SW
from cos.kernel import file_commands
from cos.kernel.access_rights import BEING_MADE, MASTER_KEY
from cos.kernel.command_rows import ANY, NO_DATA, ZERO, CommandRow, Reach, Secret, Secured
from cos.kernel.engine import Engine, get_response, standard_gates
from cos.kernel.refusal import Gate, Refusal
from cos.kernel.transmission import TransmissionOptions
from cos.making import create_file as maker
from cos.making.write_key import FORMS
from cos.psam import files
from cos.psam.commands import making
from cos.psam.options import PsamOptions
from cos.psam.security import authentication, calculation, key_files
from cos.psam.security.authentication import BLANK_CHIP, IN_APPLICATION
from cos.psam.security.delivered_key_states import DeliveredKeyEvent, PurchaseEvent
from cos.psam.session import PsamSession


class PsamChip(Enum):
    """The life of the chip: without an MF, and with one."""

    BLANK = "blank"
    MADE = "made"


_PART_10 = "SSC-10 §5.2"
_ONE, _TWO = frozenset((1,)), frozenset((2,))
_NAMES = frozenset((0, 2, *range(5, 17)))
_SOME = range(1, 256)
_SFI = range(1, 31)
_OFFSET = frozenset((*range(0x80), *range(0x81, 0x9F)))
_BY_NUMBER = frozenset(sfi << 3 | 4 for sfi in range(31))
_WRITE_KEY = frozenset((0x18, 0x1C, 0x20, 0x24))
_KEY_WORDS = (0x6581, 0x6982, 0x6983, 0x6984, 0x6985, 0x6988, 0x6A80, 0x6A82, 0x6A83, 0x6A84, 0x6A88)
_FACTORS = frozenset(range(8, 41, 8))
_BLOCKS = range(8, 129, 8)
_READ = (0x6981, 0x6982, 0x6986, 0x6A82)
_ENCIPHER = frozenset(mode for mode, asked in calculation.MODES.items() if asked is DeliveredKeyEvent.ENCIPHER)
_MAC = frozenset(calculation.MODES) - _ENCIPHER
_OWNER, _MAKING = (MASTER_KEY,), (MASTER_KEY, BEING_MADE)

ROWS: tuple[CommandRow[PsamSession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "选择文件", files.select, "SSC-9 §9.1", (0x6985, 0x6A82), frozenset((0, 2, 4)), lc=_NAMES, answers=True),
    CommandRow(0x00, 0x84, "GET CHALLENGE", "取随机数", authentication.get_challenge, "SSC-9 §9.2", le=frozenset((4, 8, 16)), answers=True, life=tuple(PsamChip)),
    CommandRow(0xBF, 0xEC, "INITIALIZE ENVIRONMENT", "初始化环境", authentication.initialize_environment, "SSC-9 §9.3", (0x6985, 0x6A80), lc=_ONE, needs=(IN_APPLICATION,)),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATION", "外部鉴别", authentication.external_authenticate, "SSC-9 §9.4", (0x63C0, 0x6982, 0x6983, 0x6984, 0x6985, 0x6A88), p2=range(8), lc=frozenset((16, 17)), writes=("key tries",), reach=Reach.ENVIRONMENT),
    CommandRow(0x84, 0xD4, "CREATE KEY", "建立密钥", key_files.create_key, "SSC-9 §9.5", _KEY_WORDS, p2=_SFI, lc=frozenset((0x1C, 0x24)), secret=Secret.DATA, secured=Secured.BOTH),
    CommandRow(0x84, 0xD4, "CHANGE KEY", "修改密钥", key_files.change_key, "SSC-9 §9.6", _KEY_WORDS, _ONE, _SFI, lc=frozenset((0x14, 0x1C, 0x24)), secret=Secret.DATA, secured=Secured.BOTH),
    CommandRow(0xBF, 0xDE, "DELIVERY SESSION KEY", "分散过程密钥", calculation.deliver, "SSC-9 §9.7", (0x6982, 0x6983, 0x6985, 0x6A80, 0x6A88), ANY, ANY, lc=_FACTORS),
    CommandRow(0x80, 0xFA, "CIPHER DATA", "数据计算", calculation.cipher_data, "SSC-9 §9.8", (0x6901, 0x6985), _ENCIPHER, lc=_BLOCKS, answers=True, secret=Secret.DATA),
    CommandRow(0x80, 0xFA, "CIPHER DATA", "数据计算", calculation.cipher_data, "SSC-9 §9.8", (0x6901, 0x6985), _MAC, lc=_BLOCKS, answers=True),
    CommandRow(0x80, 0x70, "INIT SAM FOR PURCHASE", "消费初始化", calculation.init_sam, "SSC-9 §9.9", (0x6985, 0x6A88), _ONE, lc=frozenset((0x24, 0x2C, 0x34)), answers=True, needs=(IN_APPLICATION,), event=PurchaseEvent.INIT_SAM),
    CommandRow(0x80, 0x72, "CREDIT SAM FOR PURCHASE", "消费确认", calculation.credit_sam, "SSC-9 §9.10", (0x63CF, 0x6901, 0x6985, 0x9302), lc=frozenset((4,)), event=PurchaseEvent.CREDIT_SAM),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "取响应", get_response, "SSC-9 §9.11", (0x6F00,), answers=True, fetches=True, life=tuple(PsamChip)),
    CommandRow(0x00, 0xB0, "READ BINARY", "读二进制", file_commands.read_binary, "SSC-5 §6.9", (*_READ, 0x6B00), _OFFSET, ANY, answers=True),
    CommandRow(0x00, 0xD6, "UPDATE BINARY", "更新二进制", file_commands.update_binary, "SSC-5 §6.12", (*_READ, 0x6581, 0x6B00), _OFFSET, ANY, lc=_SOME),
    CommandRow(0x00, 0xB2, "READ RECORD", "读记录", file_commands.read_numbered, "SSC-5 §6.10", (*_READ, 0x6A83), range(1, 255), _BY_NUMBER, answers=True),
    CommandRow(0x00, 0xDC, "UPDATE RECORD", "更新记录", file_commands.update_numbered, "SSC-5 §6.13", (*_READ, 0x6581, 0x6A83, 0x6A84), range(1, 255), _BY_NUMBER, lc=_SOME),
    CommandRow(0x80, 0xE0, "TRANSPORT KEY AUTHENTICATION", "传输密钥认证", making.authenticate_transport, _PART_10, (0x63C0, 0x6983, 0x6985), frozenset((3,)), lc=frozenset((8,)), writes=("key tries",), life=tuple(PsamChip)),
    CommandRow(0x80, 0xE0, "SET SERIAL", "写序列号", making.set_serial, "SSC-2 §8", (0x6985,), frozenset((5,)), lc=frozenset((8,)), life=tuple(PsamChip), needs=(BLANK_CHIP,)),
    CommandRow(0x00, 0x14, "SET ATR", "写复位应答", making.set_maker_bytes, "SSC-2 §8", (0x6985, 0x6A80), lc=frozenset((11,)), life=tuple(PsamChip), needs=(BLANK_CHIP,)),
    CommandRow(0x80, 0xE0, "CREATE FILE", "建立文件", making.create, _PART_10, (0x6982, 0x6985, 0x6A80, 0x6A84, 0x6A89), _ONE, lc=range(16, 33), life=tuple(PsamChip), reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE0, "END", "结束预个人化", maker.end, _PART_10, (0x6982, 0x6985), _TWO, lc=NO_DATA, life=tuple(PsamChip), needs=_MAKING),
    CommandRow(0x80, 0xE1, "DELETE FILE (environment)", "删除文件（环境）", making.delete_environment, _PART_10, (0x6982, 0x6A82), p2=_ONE, lc=_TWO, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE1, "DELETE FILE (application)", "删除文件（应用）", making.delete_application, _PART_10, (0x6982, 0x6985, 0x6A82), p2=_TWO, lc=_TWO, needs=_OWNER, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", making.delete_file, _PART_10, (0x6982, 0x6985, 0x6A82), p2=frozenset((3,)), lc=_TWO, needs=_MAKING),
    *(
        CommandRow(cla, 0xD4, "WRITE KEY", "装载密钥", making.write_key, "SSC-9 §7.1", (0x6982, 0x6984, 0x6987, 0x6988, 0x6A80), frozenset((0, 1)), ZERO, lc=_WRITE_KEY, secret=Secret.DATA, secured=form)
        for cla, form in FORMS
    ),
)  # fmt: skip

_BLANK = frozenset(row.ins for row in ROWS if PsamChip.BLANK in row.life)


def _alive(session: PsamSession, command: CommandAPDU) -> None:
    """Refuse with 6A81 what a blank chip does not know."""
    if session.blank and command.ins not in _BLANK:
        raise Refusal(SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "the chip is blank", "SSC-10 §5.2")


def engine(_: PsamOptions, transmission: TransmissionOptions) -> Engine[PsamSession]:
    """What runs the commands."""
    return Engine(ROWS, _alive, standard_gates(transmission))
