"""States of a bill (账单) at a full-function terminal, as a table: a settlement whose rest the bank side pays, or
a premium that it pays (总体方案 二（二）).

Two may outlive an insertion: ``SETTLING``, until it is known what became of the social half, and ``PAYING``, until it
is known what became of the bank half. A third, ``CANCELLING``, until the back end has answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType

from dualcos.terminal.terminal_parts import PartText


class BillKind(Enum):
    """What is billed; the value is what the storage has."""

    SETTLEMENT = "settlement"
    PREMIUM = "premium"

    @property
    def words(self) -> PartText:
        """For people."""
        return _WORDS[self]


class BillState(Enum):
    """Where a bill stands; the value is what the storage has."""

    SETTLING = "settling"
    DUE = "due"
    PAYING = "paying"
    PAID = "paid"
    COVERED = "covered"
    ELSEWHERE = "elsewhere"
    NOT_SETTLED = "not-settled"
    SUSPICIOUS = "suspicious"
    UNKNOWN = "unknown"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"

    @property
    def words(self) -> PartText:
        """For people."""
        return _WORDS[self]

    @property
    def is_decided(self) -> bool:
        """True if there is something to print; else it is looked up later."""
        return self not in (BillState.SETTLING, BillState.PAYING, BillState.CANCELLING)


class BillEvent(Enum):
    """What happens to a bill."""

    SETTLED = "the settlement is complete, and something is left to pay"
    COVERED = "the settlement is complete, and account and fund pay all"
    NOT_SETTLED = "the settlement did not come to be"
    DISTRUSTED = "what the card gave for the settlement is wrong"
    LOST = "the card never came back, and nobody knows whether it settled"
    PAYS = "the bank side of the card is about to be asked"
    PAID = "the bank's payment stands"
    NOT_PAID = "no payment stands"
    TAKEN_BACK = "what was paid went back to the holder"
    PAID_ELSEWHERE = "somebody took the rest in cash or from another card"
    DROPPED = "nothing was settled, and nobody is to pay it any more"
    CANCELS = "the back end is about to be asked to take the settlement back"
    CANCELLED = "the back end has taken the settlement back"
    STAYS = "the back end does not take it back: the bill is as before, and something is left to pay"
    STAYS_COVERED = "the same, and account and fund pay all"
    STAYS_ELSEWHERE = "the same, and it was paid in cash or from another card"


_S, _E = BillState, BillEvent
_FOUND = {
    _E.SETTLED: _S.DUE,
    _E.COVERED: _S.COVERED,
    _E.NOT_SETTLED: _S.NOT_SETTLED,
    _E.DISTRUSTED: _S.SUSPICIOUS,
    _E.LOST: _S.UNKNOWN,
}
"""What comes of a settlement whose end was not known, or not for certain."""
BILL_LEADS: Mapping[tuple[BillState, BillEvent], BillState] = MappingProxyType(
    {
        **{
            (before, event): after
            for before in (_S.SETTLING, _S.UNKNOWN, _S.SUSPICIOUS)
            for event, after in _FOUND.items()
        },
        (_S.DUE, _E.DISTRUSTED): _S.SUSPICIOUS,
        (_S.DUE, _E.PAYS): _S.PAYING,
        (_S.PAYING, _E.PAID): _S.PAID,
        (_S.PAYING, _E.NOT_PAID): _S.DUE,
        (_S.PAID, _E.TAKEN_BACK): _S.DUE,
        (_S.ELSEWHERE, _E.TAKEN_BACK): _S.DUE,
        (_S.DUE, _E.PAID): _S.PAID,
        (_S.DUE, _E.PAID_ELSEWHERE): _S.ELSEWHERE,
        (_S.DUE, _E.DROPPED): _S.CANCELLED,
        (_S.DUE, _E.CANCELS): _S.CANCELLING,
        (_S.COVERED, _E.CANCELS): _S.CANCELLING,
        (_S.ELSEWHERE, _E.CANCELS): _S.CANCELLING,
        (_S.CANCELLING, _E.CANCELLED): _S.CANCELLED,
        (_S.CANCELLING, _E.STAYS): _S.DUE,
        (_S.CANCELLING, _E.STAYS_COVERED): _S.COVERED,
        (_S.CANCELLING, _E.STAYS_ELSEWHERE): _S.ELSEWHERE,
    }
)
"""What leads where; anything else does not happen."""
FIRST_BILL_STATES = (BillState.SETTLING, BillState.DUE)
FOLLOWED_STATES = (BillState.SETTLING, BillState.UNKNOWN, BillState.SUSPICIOUS, BillState.PAYING)
"""Of these bills it is not known how they end: what settlement or payment came to is looked up."""


_WORDS: Mapping[Enum, PartText] = MappingProxyType(
    {
        BillKind.SETTLEMENT: PartText("医疗费用结算", "medical settlement"),
        BillKind.PREMIUM: PartText("社会保险费缴纳", "social insurance premium"),
        BillState.SETTLING: PartText(
            "结算结果待核实，请插回原卡", "not known whether it settled: put that card in again"
        ),
        BillState.DUE: PartText("待支付", "to be paid"),
        BillState.PAYING: PartText("支付中", "being paid"),
        BillState.PAID: PartText("已用本卡支付", "paid by the card's bank side"),
        BillState.COVERED: PartText("无须另付", "nothing is left to pay"),
        BillState.ELSEWHERE: PartText("已用其他方式支付", "paid otherwise"),
        BillState.NOT_SETTLED: PartText("未结算，未支付", "not settled, nothing paid"),
        BillState.SUSPICIOUS: PartText(
            "结算可疑：勿收款，勿交付", "the settlement is suspicious: take and hand out nothing"
        ),
        BillState.UNKNOWN: PartText("结算结果不明", "nobody knows whether it settled"),
        BillState.CANCELLING: PartText("撤销待后台答复", "the back end is to take it back"),
        BillState.CANCELLED: PartText("结算已撤销", "the settlement was taken back"),
    }
)
