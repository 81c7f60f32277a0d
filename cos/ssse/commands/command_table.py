"""The command rows of the social side, the order of checks before them, and how its own errors are said.

Card blocked, application blocked, class, instruction, medical state, P1 P2, lengths; then the handler: file,
structure, right, random number, secure messaging, record, execution (SSC-5 §6.2.1, §7; SSC-7 §5.8, §6.6, §7.4, §13.2;
the rest is inferred).

One row a line: the table is read by column. Columns: CLA, INS, name, Chinese name, handler, clause, status words (SSC-5
tables 7 to 78), P1, P2, and what differs from the defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from apdu.command import CommandAPDU
from apdu.response import ResponseAPDU
from apdu.status import SW
from cos.kernel import file_commands
from cos.kernel.access_rights import BEING_MADE, MASTER_KEY
from cos.kernel.command_rows import ANY, NO_DATA, ZERO, CommandRow, Reach, Secret, Secured
from cos.kernel.directory_headers import Life
from cos.kernel.engine import Engine, GateCheck, standard_gates
from cos.kernel.refusal import ErrorWord, Gate, Refusal, but_for
from cos.kernel.transmission import TransmissionOptions
from cos.making import create_file as making
from cos.making.write_key import FORMS
from cos.ssse.commands import personalisation as make
from cos.ssse.files import read_and_update, selection
from cos.ssse.medical import account, load_and_purchase
from cos.ssse.medical.account import Damaged
from cos.ssse.medical.load_and_purchase import ACCOUNT, PIN, PIN_BY_PROFILE
from cos.ssse.medical.medical_states import TABLE, MedicalEvent
from cos.ssse.options import SocialOptions
from cos.ssse.security import authentication
from cos.ssse.security.key_types import application_blocked
from cos.ssse.session import SsseSession

ERRORS: tuple[ErrorWord, ...] = (
    # Commands that only ask do not list 6581 (SSC-5 tables 60 to 78); those that pay turn it into 6581 themselves.
    ErrorWord(Damaged, SW.CONDITIONS_NOT_SATISFIED, Gate.DATA),
)


def alive(rows: Iterable[CommandRow[SsseSession]]) -> Callable[[SsseSession, CommandAPDU], None]:
    """What refuses everything after CARD BLOCK (6A81), and in a blocked application (9303) all but the commands whose
    rows exist there.
    """
    passing = frozenset(row.ins for row in rows if Life.BLOCKED in row.life)

    def check(session: SsseSession, command: CommandAPDU) -> None:
        at = session.at
        if at.home.life is Life.BLOCKED:
            raise Refusal(
                SW.FUNCTION_NOT_SUPPORTED, Gate.LIFE_CYCLE, "environment blocked by CARD BLOCK", "SSC-5 §6.2.1"
            )
        if at.directory.life is Life.BLOCKED and command.ins not in passing:
            refusal = application_blocked(at.directory)
            again = command.ins in _blocking(rows)
            raise but_for(refusal, session.environment.options, "blocked_twice", "9000") if again else refusal

    return check


def _blocking(rows: Iterable[CommandRow[SsseSession]]) -> frozenset[int]:
    """The instruction that blocks an application."""
    return frozenset(row.ins for row in rows if row.handler is authentication.block_application)


def medical_gate(session: SsseSession, row: CommandRow[SsseSession], command: CommandAPDU) -> None:  # noqa: ARG001 - the gates' common shape
    """Refuse what table 49 does not allow in this state: CREDIT and DEBIT unless their INITIALIZE came before."""
    event = row.event
    if event is None or not isinstance(event, MedicalEvent):
        return
    medical = session.medical
    cell = TABLE.cells[medical.state, event]
    if cell.sw is None:
        return
    ended = medical.ended_by
    refusal = Refusal(
        cell.sw,
        Gate.STATE,
        "no medical transaction"
        if ended is None
        else ("medical transaction ended" if ended.row else "medical transaction left"),
        cell.why,
        row=row.name,
        needed=TABLE.openers(event),
        state=medical.state,
        ended=ended,
    )
    lasts = medical.otherwise is not None and TABLE.cells[medical.otherwise, event].sw is None
    chosen = session.environment.options.medical
    raise but_for(refusal, chosen, "initialize_lasts", "table") if lasts else refusal


def get_response(session: SsseSession, command: CommandAPDU) -> ResponseAPDU:
    """GET RESPONSE (SSC-5 §6.6)."""
    try:
        return session.at.tx.get_response(command)
    except Refusal as refusal:
        if refusal.sw == SW.NO_PRECISE_DIAGNOSIS and session.environment.options.get_response_nothing == "6400":
            refusal = Refusal(SW.EXECUTION_ERROR, Gate.STATE, "no answer waits", "SSC-2 table 19")
        if refusal.reason.why == "no answer waits":
            but_for(refusal, session.environment.options, "get_response_nothing")
        raise refusal from None


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
_OWNER, _MAKING = (MASTER_KEY,), (MASTER_KEY, BEING_MADE)
ALIVE = (Life.PERSONALISATION, Life.USER)
_ONE, _TWO, _THREE = frozenset((1,)), frozenset((2,)), frozenset((3,))
_MAC = range(5)
_PIN_MESSAGE = frozenset((*range(5), 12, 20))
_PART_10 = "SSC-10 §5.2"
_PART_7 = "SSC-5 §7"
_BALANCE = (0x6982, 0x6985)
# At T=0 the card never sees Le behind data; a library in between may leave the maximum there.
_PROOF_LE = frozenset((None, 8, 256))
_PIN, _READS_DAY = (ACCOUNT, PIN), (ACCOUNT, PIN_BY_PROFILE)
_READ = (0x6981, 0x6982, 0x6986, 0x6A82)
_WRITE = (0x6581, 0x6981, 0x6982, 0x6984, 0x6986, 0x6988, 0x6A82)

ROWS: tuple[CommandRow[SsseSession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "选择文件", selection.select, "SSC-5 §6.11", (0x6700, 0x6A82, 0x9303), frozenset((0, 1, 2, 4)), frozenset((0, 2)), lc=_NAMES, answers=True, life=tuple(Life)),
    CommandRow(0x00, 0xB0, "READ BINARY", "读二进制", file_commands.read_binary, "SSC-5 §6.9", (*_READ, 0x6B00), _OFFSET, ANY, answers=True),
    CommandRow(0x00, 0xB2, "READ RECORD", "读记录", read_and_update.read_record, "SSC-5 §6.10", (*_READ, 0x6A83), _NUMBERS, _READ_MODES, answers=True),
    CommandRow(0x00, 0xD6, "UPDATE BINARY", "更新二进制", read_and_update.update_binary, "SSC-5 §6.12", (*_WRITE, 0x6B00), _OFFSET, ANY, lc=_SOME),
    CommandRow(0x04, 0xD6, "UPDATE BINARY", "更新二进制", read_and_update.update_binary, "SSC-5 §6.12", (*_WRITE, 0x6987, 0x6B00), _OFFSET, ANY, lc=_SOME, secured=Secured.MAC),
    CommandRow(0x00, 0xDC, "UPDATE RECORD", "更新记录", read_and_update.update_record, "SSC-5 §6.13", (*_WRITE, 0x6A83, 0x6A84, 0x6A85), _NUMBERS, _WRITE_MODES, lc=_SOME),
    CommandRow(0x04, 0xDC, "UPDATE RECORD", "更新记录", read_and_update.update_record, "SSC-5 §6.13", (*_WRITE, 0x6987, 0x6A83, 0x6A84, 0x6A85), _NUMBERS, _WRITE_MODES, lc=_SOME, secured=Secured.MAC),
    CommandRow(0x00, 0x84, "GET CHALLENGE", "取随机数", file_commands.get_challenge, "SSC-5 §6.5", le=_CHALLENGES, answers=True),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "取响应", get_response, "SSC-5 §6.6", (0x6F00,), answers=True, fetches=True),
    CommandRow(0x00, 0x88, "INTERNAL AUTHENTICATION", "内部鉴别", authentication.internal_authenticate, "SSC-5 §6.7", (0x6A88,), lc=_AUTHENTICATION, answers=True),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATION", "外部鉴别", authentication.external_authenticate, "SSC-5 §6.4", (0x63C0, 0x6581, 0x6983, 0x6984, 0x6A88), ZERO, _KID, lc=_AUTHENTICATION, writes=("key tries",), reach=Reach.ENVIRONMENT),
    CommandRow(0x00, 0x20, "VERIFY", "校验个人密码", authentication.verify, "SSC-5 §6.14", (0x63C0, 0x6983, 0x6A88), lc=frozenset((0, *range(2, 9))), secret=Secret.DATA, writes=("PIN tries",), reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0x5E, "CHANGE PIN", "修改个人密码", authentication.change_pin, "SSC-5 §6.3", (0x63C0, 0x6581, 0x6983, 0x6A80), _ONE, lc=range(3, 18), secret=Secret.DATA, writes=("PIN tries",), reach=Reach.ENVIRONMENT),
    CommandRow(0x84, 0x24, "PIN CHANGE/UNBLOCK", "个人密码修改/解锁", authentication.unblock_pin, "SSC-5 §6.8", (0x6581, 0x6982, 0x6984, 0x6987, 0x6988, 0x6A80, 0x6A88), ZERO, frozenset((0, 1)), lc=_PIN_MESSAGE, secret=Secret.DATA, secured=Secured.BOTH, writes=("PUK tries",), reach=Reach.ENVIRONMENT),
    CommandRow(0x84, 0x1E, "APPLICATION BLOCK", "应用锁定", authentication.block_application, "SSC-5 §6.1", (0x6581, 0x6982, 0x6984, 0x6985, 0x6987, 0x6988, 0x6A88), p2=_ONE, lc=_MAC, secured=Secured.MAC),
    CommandRow(0x84, 0x16, "CARD BLOCK", "卡片锁定", authentication.block_card, "SSC-5 §6.2", (0x6581, 0x6982, 0x6984, 0x6985, 0x6987, 0x6988, 0x6A88), lc=_MAC, secured=Secured.MAC, reach=Reach.CARD),
    CommandRow(0xB0, 0x28, "INITIALIZE FOR LOAD", "划入初始化", load_and_purchase.initialize_load, _PART_7, (0x6581, 0x6982, 0x6985, 0x9402, 0x9403), ZERO, _ONE, lc=frozenset((0x0B,)), answers=True, event=MedicalEvent.INITIALIZE_LOAD, needs=_PIN),
    CommandRow(0xB0, 0x28, "INITIALIZE FOR PURCHASE", "消费初始化", load_and_purchase.initialize_purchase, _PART_7, (0x6581, 0x6982, 0x6985, 0x9401, 0x9402, 0x9403), _ONE, _ONE, lc=frozenset((0x13,)), answers=True, event=MedicalEvent.INITIALIZE_PURCHASE, needs=_PIN),
    CommandRow(0xB0, 0x2A, "CREDIT FOR LOAD", "账户划入", load_and_purchase.credit, _PART_7, (0x6581, 0x6901, 0x6985, 0x9302), lc=frozenset((0x0B,)), answers=True, event=MedicalEvent.CREDIT),
    CommandRow(0xB0, 0x2C, "DEBIT FOR PURCHASE", "医疗消费", load_and_purchase.debit, _PART_7, (0x6581, 0x6901, 0x6985, 0x9302), _ONE, lc=frozenset((0x0F,)), answers=True, event=MedicalEvent.DEBIT),
    CommandRow(0xB0, 0x26, "GET BALANCE", "查询余额", account.get_balance, _PART_7, _BALANCE, p2=_ONE, le=frozenset((4,)), answers=True, event=MedicalEvent.GET_BALANCE, needs=_PIN),
    CommandRow(0xB0, 0x26, "GET BALANCE", "查询余额", account.get_total, _PART_7, _BALANCE, p2=frozenset((2, 3)), le=frozenset((6,)), answers=True, event=MedicalEvent.GET_BALANCE, needs=_PIN),
    CommandRow(0xB0, 0x2E, "GET TRANSACTION PROOF", "取交易认证", account.get_proof, _PART_7, (0x6985, 0x9406), p2=frozenset((1, 2, 0x31, 0x32)), lc=_TWO, le=_PROOF_LE, answers=True, event=MedicalEvent.GET_PROOF),
    CommandRow(0xB0, 0x56, "UPDATE STARTING DAY", "修改年度起始日期", account.update_starting_day, "SSC-5 §7.7", (0x6982, 0x6985), lc=_TWO),
    CommandRow(0xB0, 0x56, "GET STARTING DAY", "取年度起始日期", account.get_starting_day, "SSC-5 §7.8", (0x6982, 0x6985), _ONE, answers=True, needs=_READS_DAY),
    CommandRow(0x80, 0xE0, "CREATE FILE", "建立文件", make.create, _PART_10, (0x6982, 0x6985, 0x6A80, 0x6A84, 0x6A89), _ONE, lc=range(16, 33), needs=_OWNER, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE0, "END", "结束预个人化", making.end, _PART_10, (0x6982, 0x6985), _TWO, lc=NO_DATA, needs=_MAKING),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", making.delete_environment, _PART_10, (0x6982, 0x6A82), ZERO, _ONE, lc=_TWO, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", make.delete_application, _PART_10, (0x6982, 0x6985, 0x6A82), ZERO, _TWO, lc=_TWO, needs=_OWNER, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", making.delete_file, _PART_10, (0x6982, 0x6985, 0x6A82), ZERO, _THREE, lc=_TWO, needs=_MAKING),
    CommandRow(0x00, 0xD2, "APPEND FCI", "写文件控制信息", make.append_fci, _PART_10, (0x6981, 0x6982, 0x6985, 0x6A82), ANY, ANY, lc=_SOME, needs=_MAKING),
    *(
        CommandRow(cla, 0xD4, "WRITE KEY", "装载密钥", make.write_key, "SSC-9 §7.1", (0x6982, 0x6984, 0x6987, 0x6988, 0x6A80, 0x6A84), frozenset((0, 1)), lc=_KEY_LENGTHS, secret=Secret.DATA, secured=form, needs=_OWNER)
        for cla, form in FORMS
    ),
)  # fmt: skip

BLOCKED_TWICE = tuple(
    row._replace(life=(*ALIVE, Life.BLOCKED)) if row.handler is authentication.block_application else row
    for row in ROWS
)
"""The same where the profile takes APPLICATION BLOCK of a blocked application."""


def engine(options: SocialOptions, transmission: TransmissionOptions) -> Engine[SsseSession]:
    """What runs the commands; what one passes behind class and instruction: the medical state first."""
    rows = ROWS if options.blocked_twice == "9303" else BLOCKED_TWICE
    behind: tuple[GateCheck[SsseSession], ...] = standard_gates(transmission)
    return Engine(rows, alive(rows), (medical_gate, *behind), ERRORS)
