"""What whoever sits at a terminal does about each cause of a stop, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.cli.standing.advice_at_form import MISSING_PART, other_forms
from dualcos.terminal.social.hsm_path import NUMBER_USED, BackEndRefused
from dualcos.terminal.social.terminal_stopped import StopCause, TerminalStopped
from dualcos.terminal.terminal_parts import PartText

_KEEP = PartText("留下卡片，联系发卡机构", "keep to the rule of your region for such cards; the issuer knows")
_AGAIN = PartText("重新插卡再试", "put the card in again and repeat the step")
_RECOVER = PartText("插回同一张卡，再 recover", "put the same card back; `recover` finishes what was begun")
_PSAM = PartText(
    "换上适用的PSAM卡（--sam），或接通后台走加密机（--backend）",
    "put in a PSAM that has it (`--sam psam-sm4`), or go through a back end (`--backend HOST:PORT`)",
)
_TYPED = PartText("检查所输入的内容", "look at what you have typed")
_PIN = PartText("请持卡人重新输入密码", "ask the holder to enter it again")
_ISSUER = PartText("请持卡人到发卡机构办理", "send the holder to the issuer")
_BACK = PartText(
    "检查线路和后台（--backend HOST:PORT），再试一次",
    "is a back end named (`--backend HOST:PORT`), and does it run? Then repeat the step",
)
_STORED = PartText(
    "用--storage保存流水号，勿从头计数",
    "give the terminal a storage that stays (`--storage FILE`): without it, it counts from the beginning again",
)
_READER = PartText("检查读写器，`dualcos doctor`", "look at the reader; `dualcos doctor` says what is missing")
_NOTHING_OUT = PartText("不要交付，卡已扣款，报告后台", "hand nothing out: the card is debited; report it")
_LIST = PartText("更新黑名单：blacklist pull", "pull a newer list: `dualcos terminal social blacklist pull`")

_ADVICE: Mapping[StopCause, PartText] = MappingProxyType(
    {
        StopCause.WRONG_CARD: PartText("换一张社会保障卡", "take a social security card, with the chip the right way"),
        StopCause.NO_CARD: _AGAIN,
        StopCause.NO_POWER: _AGAIN,
        StopCause.NO_ANSWER: _AGAIN,
        StopCause.NOT_LOADED: _READER,
        StopCause.READER: _READER,
        StopCause.NOT_OPEN: _READER,
        StopCause.UNSUPPORTED: PartText("换一种办法", "this card or path cannot; take the other (`--path psam|hsm`)"),
        StopCause.PARAMETER: _TYPED,
        StopCause.CHECKSUM: _AGAIN,
        StopCause.IDENTIFICATION: _ISSUER,
        StopCause.NOT_GENUINE: _KEEP,
        StopCause.OTHER_CARD: PartText("插回原来那张卡", "put the card in that the data are of"),
        StopCause.INPUT: _TYPED,
        StopCause.PSAM_LEVEL: _PSAM,
        StopCause.PIN_CANCELLED: _PIN,
        StopCause.PIN_TIME_OUT: _PIN,
        StopCause.PIN_LENGTH: PartText("4到16位数字，重新输入", "4 to 16 digits; enter it again"),
        StopCause.PINS_DIFFER: _PIN,
        StopCause.CHARACTER: _TYPED,
        StopCause.LENGTH: _TYPED,
        StopCause.PIN_WRONG: _PIN,
        StopCause.PIN_LOCKED: PartText("核实身份后 pin unblock", "make sure of the holder, then `pin unblock`"),
        StopCause.NO_PSAM: _PSAM,
        StopCause.PSAM_ALGORITHM: _PSAM,
        StopCause.PSAM_NO_RKSSSE: _PSAM,
        StopCause.HSM_NOT_NEEDED: PartText("直接读卡", "read the card without it"),
        StopCause.REFUSED: PartText("看 --explain 的原因", "`--explain` says why the card refused, where it is ours"),
        StopCause.BLACKLISTED: _KEEP,
        StopCause.LIST_TOO_OLD: _LIST,
        StopCause.LIST_UNTRUSTED: PartText(
            "核对--publisher、--public-key和时钟",
            "are `--publisher`, `--public-key` and the clock right? Ask the publisher",
        ),
        StopCause.LIST_SILENT: PartText("联网核查该卡", "have the card checked on line"),
        StopCause.NO_APPLICATION: PartText("此卡没有该应用", "the card has no application that this terminal serves"),
        StopCause.OTHER_TERMINAL: other_forms(()),
        StopCause.NO_PART: MISSING_PART,
        StopCause.NOTHING_CHOSEN: PartText("请重新选择", "choose again"),
        StopCause.CLASS: _ISSUER,
        StopCause.VERSION: _ISSUER,
        StopCause.ORGANISATION: _ISSUER,
        StopCause.NOT_YET: PartText("到启用日期再来", "come again when it is valid"),
        StopCause.EXPIRED: _ISSUER,
        StopCause.NOT_ELIGIBLE: PartText("不能用医保支付，自费结算", "insurance does not pay; settle without it"),
        StopCause.CARD_STATE: _ISSUER,
        StopCause.USE_FLAG: PartText("按该卡的用卡方式办理", "take the way that the card is for"),
        StopCause.OFFLINE_LIMIT: PartText("等线路恢复，联网结算", "settle on line as soon as the line is back"),
        StopCause.AMOUNT: PartText("检查金额", "look at the amounts"),
        StopCause.MAC1_WRONG: _KEEP,
        StopCause.MAC2_WRONG: _NOTHING_OUT,
        StopCause.TAC_WRONG: _NOTHING_OUT,
        StopCause.UNCHECKED: PartText(
            "勿交付，联网 upload 后再看", "hand nothing out yet; `upload`, then `journal` says"
        ),
        StopCause.RECOVERED: PartText(
            "先处理上一笔；确需另一笔，再执行一次", "deal with that one first; the same step once more begins a new one"
        ),
        StopCause.PENDING: PartText("先插入那张卡并 recover", "put that card in and `recover`"),
        StopCause.NO_BACK_END: _BACK,
        StopCause.BACK_END_REFUSED: PartText("按后台的理由处理", "do what the back end's reason asks for"),
        StopCause.STORAGE: PartText("检查终端存储的文件", "look at the file behind `--storage`, and at its disk"),
    }
)


def advice(stopped: TerminalStopped, *, is_open: bool = False) -> PartText:
    """What to do about it; of a status word, where it is explained. ``is_open``: something waits for its card."""
    if stopped.cause is StopCause.NO_CARD and is_open:
        return _RECOVER
    if stopped.cause is StopCause.REFUSED and stopped.sw is not None:
        return PartText("看看通常的原因", f"`dualcos why {stopped.sw}` says what usually is behind it")
    if isinstance(stopped, BackEndRefused) and stopped.refusal.code == NUMBER_USED:
        return _STORED
    return other_forms(stopped.forms) if stopped.forms else _ADVICE[stopped.cause]
