"""States of a payment in the terminal's storage, and of what waits to be sent for it, as tables (PBOC-4 §6.2.12.5, and
as UnionPay terminals do it, seen in the field).

Three states may outlive an insertion: ``ASKED``, where the acquirer has been asked and nobody knows what it booked,
``AGREED``, where it has booked and nobody knows the card's last word, and ``PAYING``, where cash is on its way out. The
first two end by a reversal, the third by what the dispenser says.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from dualcos.terminal.terminal_parts import PartText


class PaymentState(Enum):
    """Where a payment stands; the value is what the storage has."""

    ASKED = "asked"
    AGREED = "agreed"
    PAYING = "paying"
    APPROVED = "approved"
    DECLINED = "declined"
    NOT_SENT = "not-sent"
    REVERSING = "reversing"
    REVERSED = "reversed"
    MANUAL = "manual"
    VOIDED = "voided"
    NOT_TAKEN = "not-taken"

    @property
    def words(self) -> PartText:
        """For people."""
        return _WORDS[self]


class PaymentEvent(Enum):
    """What happens to a payment."""

    AGREED = "the acquirer approved, and the card has the last word"
    APPROVED = "the acquirer approved, and no card is asked any more"
    REFUSED = "the acquirer declined"
    NOT_SENT = "the request did not leave the terminal"
    UNKNOWN = "no answer, or none that can be believed"
    CARD_TOOK = "the card gave its certificate"
    CARD_REFUSED = "the card declined what the acquirer has approved, or said nothing"
    DROPPED = "nothing was booked, and the card or the line did not come to the end"
    PAYS = "the card gave its certificate, and cash is about to be paid"
    PAID = "the cash is out"
    NOT_PAID = "the cash is not out"
    REVERSED = "the acquirer has answered the reversal"
    GIVEN_UP = "the reversal or advice is left to a person"
    REVERSED_AGAIN = "a person has a reversal sent again"
    ASKED_AGAIN = "a person has an advice sent again"
    UPLOADED_AGAIN = "a person has an upload sent again"
    UPLOAD_REFUSED = "the acquirer does not take what card and terminal have approved"
    VOIDED = "a void of it was approved"


_S, _E = PaymentState, PaymentEvent
PAYMENT_LEADS: Mapping[tuple[PaymentState, PaymentEvent], PaymentState] = MappingProxyType(
    {
        (_S.ASKED, _E.AGREED): _S.AGREED,
        (_S.ASKED, _E.APPROVED): _S.APPROVED,
        (_S.ASKED, _E.REFUSED): _S.DECLINED,
        (_S.ASKED, _E.NOT_SENT): _S.NOT_SENT,
        (_S.ASKED, _E.UNKNOWN): _S.REVERSING,
        (_S.ASKED, _E.DROPPED): _S.NOT_SENT,
        (_S.ASKED, _E.GIVEN_UP): _S.MANUAL,
        (_S.AGREED, _E.DROPPED): _S.DECLINED,
        (_S.AGREED, _E.CARD_TOOK): _S.APPROVED,
        (_S.AGREED, _E.CARD_REFUSED): _S.REVERSING,
        (_S.AGREED, _E.PAYS): _S.PAYING,
        (_S.PAYING, _E.PAID): _S.APPROVED,
        (_S.PAYING, _E.NOT_PAID): _S.REVERSING,
        (_S.REVERSING, _E.REVERSED): _S.REVERSED,
        (_S.REVERSING, _E.GIVEN_UP): _S.MANUAL,
        (_S.MANUAL, _E.REVERSED_AGAIN): _S.REVERSING,
        (_S.MANUAL, _E.ASKED_AGAIN): _S.ASKED,
        (_S.NOT_TAKEN, _E.UPLOADED_AGAIN): _S.APPROVED,
        (_S.APPROVED, _E.UPLOAD_REFUSED): _S.NOT_TAKEN,
        (_S.APPROVED, _E.VOIDED): _S.VOIDED,
    }
)
"""What leads where; anything else does not happen."""
FIRST_PAYMENT_STATES = (PaymentState.ASKED, PaymentState.APPROVED, PaymentState.DECLINED, PaymentState.NOT_SENT)
OPEN_PAYMENT_STATES = (PaymentState.ASKED, PaymentState.AGREED, PaymentState.PAYING)
COUNTED = (PaymentState.APPROVED, PaymentState.VOIDED)
"""What is in a batch's totals: a void counts beside what it voids."""


class WaitingKind(Enum):
    """What is sent later (存储转发)."""

    REVERSAL = "reversal"
    SCRIPT_REPORT = "script-report"
    OFFLINE_SALE = "offline-sale"
    ADVICE = "advice"

    @property
    def words(self) -> PartText:
        """For people."""
        return _WORDS[self]


class WaitingState(Enum):
    """Where it stands; the value is what the storage has. ``STANDING``: to be sent if nothing else is heard."""

    STANDING = "standing"
    WAITING = "waiting"
    ANSWERED = "answered"
    REFUSED = "refused"
    MANUAL = "manual"
    CLEARED = "cleared"

    @property
    def words(self) -> PartText:
        """For people."""
        return _WORDS[self]


_WORDS: Mapping[Enum, PartText] = MappingProxyType(
    {
        PaymentState.ASKED: PartText("后台未答复", "no answer of the acquirer is known"),
        PaymentState.AGREED: PartText("后台已批准，卡片未确认", "approved by the issuer, the card's word is not known"),
        PaymentState.PAYING: PartText("正在出钞", "cash is being paid"),
        PaymentState.APPROVED: PartText("交易成功", "approved"),
        PaymentState.DECLINED: PartText("交易拒绝", "declined"),
        PaymentState.NOT_SENT: PartText("未联机，未成交", "not sent, nothing was booked"),
        PaymentState.REVERSING: PartText("结果未知，待冲正", "not known, a reversal waits"),
        PaymentState.REVERSED: PartText("已冲正", "reversed"),
        PaymentState.MANUAL: PartText("冲正未成功，须人工处理", "not known to be reversed, a person must see to it"),
        PaymentState.VOIDED: PartText("已撤销", "voided"),
        PaymentState.NOT_TAKEN: PartText(
            "上送被拒，须人工处理", "approved off line, but the acquirer refused it: a person must see to it"
        ),
        WaitingKind.REVERSAL: PartText("冲正", "reversal"),
        WaitingKind.SCRIPT_REPORT: PartText("脚本处理结果通知", "script report"),
        WaitingKind.OFFLINE_SALE: PartText("脱机消费上送", "upload"),
        WaitingKind.ADVICE: PartText("退货", "refund"),
        WaitingState.STANDING: PartText("备用", "standing by"),
        WaitingState.WAITING: PartText("待发送", "waiting"),
        WaitingState.ANSWERED: PartText("已答复", "answered"),
        WaitingState.REFUSED: PartText("后台拒绝", "refused by the acquirer"),
        WaitingState.MANUAL: PartText("须人工处理", "left to a person"),
        WaitingState.CLEARED: PartText("已清除", "not needed"),
    }
)
