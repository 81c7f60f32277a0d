"""What whoever sits at a till does about each cause of a stop, in Chinese and English."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from dualcos.cli.standing.advice_at_form import MISSING_PART, other_forms
from dualcos.messages.response_codes import RESPONSE_CODES
from dualcos.terminal.financial.kernel.transaction_ended import EndCause, TransactionEnded
from dualcos.terminal.financial.payment_record import PaymentRecord
from dualcos.terminal.financial.payment_refused import PaymentRefusal, PaymentRefused
from dualcos.terminal.financial.payment_states import PaymentState
from dualcos.terminal.financial.payment_words import todo_words
from dualcos.terminal.terminal_parts import PartText

_AGAIN = PartText("重新插卡再试", "put the card in again and repeat the step")
_READER = PartText("检查读写器，`dualcos doctor`", "look at the reader; `dualcos doctor` says what is missing")
_ISSUER = PartText("请持卡人联系发卡行", "send the holder to his bank")
_OTHER = PartText("换一张银行卡", "take another bank card")
_LAID_DOWN = PartText(
    "卡片数据有误，看 --explain，联系发卡行", "the card's data are at fault: `--explain` shows them; its bank is told"
)

_ENDED: Mapping[EndCause, PartText] = MappingProxyType(
    {
        EndCause.NO_CARD: _AGAIN,
        EndCause.NO_ANSWER: _AGAIN,
        EndCause.READER: _READER,
        EndCause.CARD_BLOCKED: _ISSUER,
        EndCause.NO_APPLICATION: PartText(
            "此卡没有终端支持的借记应用（--terminal-set aids）",
            "the card has no application that this terminal takes (`--terminal-set aids=…`)",
        ),
        EndCause.APPLICATION_BLOCKED: _ISSUER,
        EndCause.NOTHING_CHOSEN: PartText("请重新选择", "choose again"),
        EndCause.NOT_INITIATED: _OTHER,
        EndCause.RECORD: _LAID_DOWN,
        EndCause.FORMAT: _LAID_DOWN,
        EndCause.DUPLICATE: _LAID_DOWN,
        EndCause.MISSING: _LAID_DOWN,
        EndCause.ACCOUNT: _LAID_DOWN,
        EndCause.PIN_ANSWER: _OTHER,
        EndCause.CRYPTOGRAM: _OTHER,
        EndCause.HIGHER_CRYPTOGRAM: _ISSUER,
        EndCause.ISSUER_REFUSED: _ISSUER,
        EndCause.PIN_WRONG: PartText(
            "请持卡人核对密码（--pin-file中错误的密码不再送出）",
            "the holder looks for the right one; behind what was wrong, none of a `--pin-file` is sent",
        ),
        EndCause.PIN_CANCELLED: PartText("请持卡人重新输入密码", "ask the holder to enter it again"),
        EndCause.PIN_TIME_OUT: PartText("请持卡人重新输入密码", "ask the holder to enter it again"),
    }
)


def advice_at_end(ended: TransactionEnded) -> PartText:
    """What to do about it; of a status word, where it is explained."""
    if ended.sw is not None and ended.cause is not EndCause.CARD_BLOCKED:
        return PartText("看看通常的原因", f"`dualcos why {ended.sw}` says what usually is behind it")
    return _ENDED[ended.cause]


_LINE = PartText(
    "检查线路和后台（--host HOST:PORT），再试一次",
    "is an acquirer named (`--host HOST:PORT`), and does it run? Then repeat the step",
)
_SIGN_ON = PartText("先签到：sign-on", "`sign-on` first")
_KEYS = PartText("核对主密钥（--tmk）和终端号", "do both ends have the same master key (`--tmk`) and terminal number?")
_SLIP = PartText("核对凭证号，journal 可查", "compare with the slip; `journal` has this batch's payments")

_REFUSED: Mapping[PaymentRefusal, PartText] = MappingProxyType(
    {
        PaymentRefusal.NOT_SIGNED_ON: _SIGN_ON,
        PaymentRefusal.NO_LINE: _LINE,
        PaymentRefusal.SIGN_ON_REFUSED: PartText("核对终端号和商户号", "does the acquirer know terminal and merchant?"),
        PaymentRefusal.KEYS_WRONG: _KEYS,
        PaymentRefusal.REFUSED: PartText("按应答码处理", "do what the response code asks for"),
        PaymentRefusal.UNFIT_ANSWER: PartText(
            "看 --explain 的报文，联系收单行", "`--explain` shows the message; tell the acquirer"
        ),
        PaymentRefusal.SETTLE_FIRST: PartText("先批结算：settle", "`settle` first"),
        PaymentRefusal.NOT_CLOSED: PartText("先批结算：settle", "`settle` first"),
        PaymentRefusal.BATCH_FULL: PartText("先批结算：settle", "`settle` first"),
        PaymentRefusal.STILL_WAITING: PartText("先发送：upload", "`upload` first; `journal` says what waits"),
        PaymentRefusal.AMOUNT: PartText("检查金额", "look at the amount"),
        PaymentRefusal.NO_SUCH_PAYMENT: _SLIP,
        PaymentRefusal.NOT_VOIDABLE: PartText(
            "只有本批次已成功的消费可撤销，其他用 refund",
            "only an approved purchase of this batch can be; others by `refund`",
        ),
        PaymentRefusal.OTHER_CARD: PartText("插入原交易的卡", "put in the card of the original payment"),
        PaymentRefusal.ORIGINAL: _SLIP,
        PaymentRefusal.UNWRITABLE: PartText(
            "卡片数据有误，换一张银行卡", "the card's data are at fault: take another bank card"
        ),
        PaymentRefusal.ACCOUNT: PartText("核对转入账号", "look at the account number"),
        PaymentRefusal.OTHER_TERMINAL: other_forms(()),
        PaymentRefusal.NO_PART: MISSING_PART,
        PaymentRefusal.NOTES: PartText("请重新放入钞票", "put the notes in again"),
        PaymentRefusal.PIN: PartText("请持卡人输入密码", "ask the holder to enter it"),
        **dict.fromkeys(
            (PaymentRefusal.PINS_DIFFER, PaymentRefusal.PIN_LENGTH, PaymentRefusal.SAME_PIN),
            PartText("请重新输入新密码", "enter the new PIN again"),
        ),
    }
)
_NOT_MADE: Mapping[PaymentState, PartText] = MappingProxyType(
    {
        PaymentState.DECLINED: PartText(
            "勿交付；请持卡人换卡或联系发卡行", "hand nothing out; another card, or the holder asks his bank"
        ),
        PaymentState.NOT_SENT: _LINE,
        PaymentState.REVERSING: PartText(
            "冲正待发送，线路恢复后 upload", "the reversal waits: `upload` once the line is back"
        ),
        PaymentState.NOT_TAKEN: PartText(
            "已脱机批准，联系收单行，人工处理", "it was approved off line: tell the acquirer, a person has to see to it"
        ),
        PaymentState.REVERSED: PartText("已冲正，可重新交易", "it is taken back, and may be repeated"),
        PaymentState.MANUAL: PartText("联系收单行，人工处理", "tell the acquirer: a person has to see to it"),
        PaymentState.ASKED: PartText(
            "线路恢复后 upload，再看 journal", "`upload` once the line is back; `journal` says what it came to"
        ),
    }
)


_ANEW = PartText("勿交付；再试一次，终端会重新签到", "hand nothing out; repeat it: the terminal signs on anew first")
_KEEP = PartText("按发卡行要求留下卡片", "the issuer wants the card kept")
_PIN_AGAIN = PartText(
    "勿交付；请持卡人重新交易并核对密码", "hand nothing out; the holder tries again with the right PIN"
)
_RETAINED = PartText("卡片已被保留，请与发卡行联系", "the card is kept; the holder asks his bank")
_LATER = PartText("稍后再试", "repeat it later")
_BY_CODE: Mapping[str, PartText] = MappingProxyType(
    {
        **dict.fromkeys(("01", "02"), PartText("电话联系发卡行", "telephone the issuer")),
        **{code: _KEEP for code, row in RESPONSE_CODES.items() if row.takes_card},
        **{code: _ANEW for code, row in RESPONSE_CODES.items() if row.signs_on},
        **dict.fromkeys(("38", "75"), _ISSUER),
        "55": _PIN_AGAIN,
        **dict.fromkeys(("25", "64"), _SLIP),
        "12": PartText("核对所填内容和业务", "look at what was typed, and whether that can be done"),
        "13": PartText("检查金额", "look at the amount"),
        **dict.fromkeys(("22", "68", "90", "91", "92", "96", "98"), _LATER),
        "94": PartText(
            "后台已有此交易：先与收单行核对，勿重做", "the acquirer has such a one: ask before anything is done again"
        ),
    }
)


def advice_at_refusal(refused: PaymentRefused) -> PartText:
    """What to do where nothing was begun."""
    if refused.forms:
        return other_forms(refused.forms)
    return _BY_CODE.get(refused.code) or _REFUSED[refused.cause]


def advice_for_payment(record: PaymentRecord) -> PartText:
    """What to do about a payment that came to something else than was asked for."""
    if record.retained:
        return _RETAINED
    of_code = _BY_CODE.get(record.code) if record.state is PaymentState.DECLINED else None
    todo = of_code or _NOT_MADE.get(record.state, _SLIP)
    first = None if of_code else todo_words(record)
    return todo if first is None else PartText(f"{first.zh}；{todo.zh}", f"{first.en}; {todo.en}")
