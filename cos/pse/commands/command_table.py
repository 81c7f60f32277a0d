"""The command rows of the bank side, in groups: what exists depends on where the session stands.

Columns: CLA, INS, name, Chinese name, handler, clause, status words (PBOC-5 annex B; PBOC-10 §6 and EMV CPS for the
channel), P1, P2, and what differs from the defaults. Of STORE DATA its saying tells which groups are a secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from apdu.status import SW
from cos.kernel import file_commands
from cos.kernel.access_rights import MASTER_KEY
from cos.kernel.command_rows import ANY, NO_DATA, CommandRow, Reach, Secret, Secured
from cos.kernel.engine import Engine, get_response, standard_gates
from cos.kernel.transmission import TransmissionOptions
from cos.making import create_file as maker
from cos.making.write_key import FORMS
from cos.pse.commands import gpo_and_generate_ac, order_of_checks
from cos.pse.files import records, selection
from cos.pse.options import BankOptions
from cos.pse.personalisation import channel, prepersonalisation
from cos.pse.security import authentication, issuer_scripts
from cos.pse.security.issuer_scripts import IssuerScript
from cos.pse.session import PseSession, Stage
from cos.pse.transaction.transaction_states import Command

_NUMBERS = range(1, 256)
_BY_NUMBER = frozenset(sfi << 3 | 4 for sfi in range(1, 31))
_REQUESTS = frozenset((0x00, 0x10, 0x40, 0x50, 0x80, 0x90))
_ONE, _TWO, _THREE, _FOUR, _SIX, _EIGHT = (frozenset((n,)) for n in (1, 2, 3, 4, 6, 8))
_KEY_LENGTHS = frozenset((0x18, 0x1C, 0x20, 0x24))
_LEVELS = frozenset((0, 1, 3))
_PART_10 = "SSC-10 §5.2"
_PROVED = (MASTER_KEY,)
_WRITE = (0x6581, 0x6700, 0x6985, 0x6988)
_MARKS = ("script indicators",)
_IN_USE = (Stage.APPLICATION,)
_OPEN = (Stage.PRE_PERSONALISATION, Stage.PERSONALISATION)
_SKELETON = (Stage.PRE_PERSONALISATION, Stage.SKELETON)
_OWNER = (*_SKELETON, Stage.DIRECTORY)  # what is left to the master key in use: to prove, replace and end itself

COMMON: tuple[CommandRow[PseSession], ...] = (
    CommandRow(0x00, 0xA4, "SELECT", "选择", selection.select, "PBOC-5 B.13", (0x6283, 0x6A81, 0x6A82), frozenset((4,)), frozenset((0, 2)), lc=range(5, 17), answers=True),
    CommandRow(0x00, 0xB2, "READ RECORD", "读记录", records.read_record, "PBOC-5 B.12", (0x6985, 0x6A82, 0x6A83), _NUMBERS, _BY_NUMBER, answers=True, event=Command.READ_RECORD),
    CommandRow(0x00, 0xC0, "GET RESPONSE", "取应答", get_response, "PBOC-3 §9.3.1.3", (0x6281, 0x6F00), answers=True, fetches=True),
)  # fmt: skip

BANK: tuple[CommandRow[PseSession], ...] = (
    CommandRow(0x80, 0xA8, "GET PROCESSING OPTIONS", "获取处理选项", gpo_and_generate_ac.get_processing_options, "PBOC-5 B.8", (0x6985, 0x6A80), lc=ANY, answers=True, writes=("ATC at its end",), life=_IN_USE, event=Command.GET_PROCESSING_OPTIONS),
    CommandRow(0x80, 0xCA, "GET DATA", "取数据", records.get_data, "PBOC-5 B.7", (0x6A88,), ANY, ANY, answers=True, life=_IN_USE, event=Command.GET_DATA),
    CommandRow(0x00, 0x88, "INTERNAL AUTHENTICATE", "内部认证", authentication.internal_authenticate, "PBOC-5 B.9", (0x6985,), lc=ANY, answers=True, life=_IN_USE, event=Command.INTERNAL_AUTHENTICATE),
    CommandRow(0x00, 0x20, "VERIFY", "验证", authentication.verify, "PBOC-5 B.15", (0x63C0, 0x6983, 0x6984, 0x6985, 0x6A81), p2=frozenset((0x80,)), lc=_EIGHT, secret=Secret.DATA, writes=("PIN tries", "application block"), life=_IN_USE, event=Command.VERIFY),
    CommandRow(0x80, 0xAE, "GENERATE AC", "生成应用密文", gpo_and_generate_ac.generate_ac, "PBOC-5 B.6", (0x6985,), _REQUESTS, lc=ANY, answers=True, life=_IN_USE, event=Command.GENERATE_AC),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATE", "外部认证", authentication.external_authenticate, "PBOC-5 B.5", (0x6300, 0x6985), lc=frozenset((10,)), writes=("issuer authentication failure indicator",), life=_IN_USE, event=Command.EXTERNAL_AUTHENTICATE),
    CommandRow(0x84, 0x1E, "APPLICATION BLOCK", "应用锁定", IssuerScript(issuer_scripts.block_application), "PBOC-5 B.2", _WRITE, lc=_FOUR, writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.MAC),
    CommandRow(0x84, 0x18, "APPLICATION UNBLOCK", "应用解锁", IssuerScript(issuer_scripts.unblock_application), "PBOC-5 B.3", _WRITE, lc=_FOUR, writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.MAC),
    CommandRow(0x84, 0x16, "CARD BLOCK", "卡片锁定", IssuerScript(issuer_scripts.block_card, then=issuer_scripts.card_blocked), "PBOC-5 B.4", _WRITE, lc=_FOUR, writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.MAC, reach=Reach.CARD),
    CommandRow(0x84, 0x24, "PIN CHANGE/UNBLOCK", "PIN修改/解锁", IssuerScript(issuer_scripts.change_pin), "PBOC-5 B.10", _WRITE, lc=_FOUR, secret=Secret.DATA, writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.MAC),
    CommandRow(0x84, 0x24, "PIN CHANGE/UNBLOCK", "PIN修改/解锁", IssuerScript(issuer_scripts.change_pin), "PBOC-5 B.10", _WRITE, p2=frozenset((1, 2)), lc=frozenset((0x14,)), secret=Secret.DATA, writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.BOTH),
    CommandRow(0x04, 0xDA, "PUT DATA", "设置数据", IssuerScript(records.put_data, records.put_fits), "PBOC-5 B.11", (*_WRITE, 0x6A88), ANY, ANY, lc=range(5, 256), writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.MAC),
    CommandRow(0x04, 0xDC, "UPDATE RECORD", "修改记录", IssuerScript(records.update_record, records.record_fits), "PBOC-5 B.14", (*_WRITE, 0x6982, 0x6A80, 0x6A82, 0x6A83), _NUMBERS, _BY_NUMBER, lc=range(5, 256), writes=_MARKS, life=_IN_USE, event=Command.SCRIPT, secured=Secured.MAC),
)  # fmt: skip

MADE: tuple[CommandRow[PseSession], ...] = (
    CommandRow(0x80, 0x50, "INITIALIZE UPDATE", "初始化更新", order_of_checks.personalised, "PBOC-10 §6.3", (0x6985,), ANY, ANY, lc=_EIGHT, answers=True, life=_IN_USE),
    CommandRow(0x84, 0x82, "EXTERNAL AUTHENTICATE (channel)", "外部认证（个人化通道）", order_of_checks.personalised, "PBOC-10 §6.3", (0x6985,), _LEVELS, lc=frozenset((16,)), life=_IN_USE, event=Command.EXTERNAL_AUTHENTICATE, secured=Secured.MAC),
    *(
        CommandRow(cla, 0xE2, "STORE DATA", "存储数据", order_of_checks.personalised, "PBOC-10 §6.3", (0x6985,), ANY, ANY, lc=ANY, secret=Secret.DATA, life=_IN_USE, secured=secured)
        for cla, secured in ((0x80, Secured.NO), (0x84, Secured.MAC))
    ),
)  # fmt: skip

CHANNEL: tuple[CommandRow[PseSession], ...] = (
    CommandRow(0x80, 0x50, "INITIALIZE UPDATE", "初始化更新", channel.initialize_update, "PBOC-10 §8.2, EMV CPS 3.2.5", (0x6985, 0x6A88), ANY, lc=_EIGHT, answers=True, life=_OPEN),
    CommandRow(0x84, 0x82, "EXTERNAL AUTHENTICATE (channel)", "外部认证（个人化通道）", channel.external_authenticate, "EMV CPS 3.2.6", (0x6300, 0x6982, 0x6983, 0x6985), _LEVELS, lc=frozenset((16,)), writes=("failed openings",), life=_OPEN, secured=Secured.MAC),
    *(
        CommandRow(cla, 0xE2, "STORE DATA", "存储数据", channel.store_data, "PBOC-10 §6.4, EMV CPS 3.2.7", (0x6982, 0x6985, 0x6A80, 0x6A84, 0x6A88), frozenset(last | how for last in (0, 0x80) for how in (0, 0x20, 0x60)), ANY, lc=range(1, 256), secret=Secret.DATA, writes=("key usability",), life=_OPEN, secured=secured)
        for cla, secured in ((0x80, Secured.NO), (0x84, Secured.MAC))
    ),
)  # fmt: skip

MAKING: tuple[CommandRow[PseSession], ...] = (
    CommandRow(0x00, 0x84, "GET CHALLENGE", "取随机数", file_commands.get_challenge, _PART_10, le=frozenset((4, 8)), answers=True, life=_OWNER),
    CommandRow(0x00, 0x82, "EXTERNAL AUTHENTICATE (master key)", "外部认证（主控密钥）", prepersonalisation.prove_master, _PART_10, (0x63C0, 0x6983, 0x6984), lc=_EIGHT, writes=("key tries",), life=_OWNER),
    CommandRow(0x80, 0xE0, "CREATE FILE", "建立文件", prepersonalisation.create, _PART_10, (0x6982, 0x6A80, 0x6A84, 0x6A89), _ONE, lc=range(16, 33), life=_SKELETON, needs=_PROVED, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE0, "END", "结束预个人化", prepersonalisation.end, _PART_10, (0x6982, 0x6985), _TWO, lc=NO_DATA, life=_SKELETON, needs=_PROVED),
    CommandRow(0x80, 0xE0, "KEY DATA", "写密钥标识数据", prepersonalisation.key_data, "PBOC-10 §8.2", (0x6982,), _SIX, lc=frozenset((10,)), life=_SKELETON, needs=_PROVED),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", maker.delete_environment, _PART_10, (0x6982, 0x6A82), p2=_ONE, lc=_TWO, life=_OWNER, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", prepersonalisation.delete_application, _PART_10, (0x6982, 0x6985, 0x6A82), p2=_TWO, lc=_TWO, life=_SKELETON, needs=_PROVED, reach=Reach.ENVIRONMENT),
    CommandRow(0x80, 0xE1, "DELETE FILE", "删除文件", maker.delete_file, _PART_10, (0x6982, 0x6A82), p2=_THREE, lc=_TWO, life=_SKELETON, needs=_PROVED),
    *(
        CommandRow(cla, 0xD4, "WRITE KEY", "装载密钥", prepersonalisation.write_key, "SSC-9 §7.1", (0x6982, 0x6984, 0x6987, 0x6988, 0x6A80), frozenset((0, 1)), lc=_KEY_LENGTHS, secret=Secret.DATA, life=life, secured=secured, needs=_PROVED)
        for (cla, secured), life in zip(FORMS, (_SKELETON, _SKELETON, _SKELETON, _OWNER), strict=True)
    ),
)  # fmt: skip

ROWS = (*COMMON, *BANK, *MADE, *CHANNEL, *MAKING)


def existing(stage: Stage, options: BankOptions) -> tuple[CommandRow[PseSession], ...]:
    """The rows that exist in ``stage``. Where personalised applications mask their channel (6D00), its rows are not
    there; where the master key has nothing left to do in use, its rows are not.
    """
    rows = tuple(row for row in ROWS if not row.life or stage in row.life)
    if stage is Stage.APPLICATION and options.personalised_word == SW.INS_NOT_SUPPORTED:
        return tuple(row for row in rows if row not in MADE)
    if stage is Stage.DIRECTORY and not options.master_key_in_use:
        return tuple(row for row in rows if not row.life)
    return rows


def engines(options: BankOptions, transmission: TransmissionOptions) -> Mapping[Stage, Engine[PseSession]]:
    """One engine per stage."""
    made: dict[Stage, Engine[PseSession]] = {}
    for stage in Stage:
        rows = existing(stage, options)
        order = order_of_checks.gates(transmission) if stage is Stage.APPLICATION else standard_gates(transmission)
        made[stage] = Engine(rows, order_of_checks.first_check(stage, rows, ROWS), order, order_of_checks.ERRORS)
    return MappingProxyType(made)
