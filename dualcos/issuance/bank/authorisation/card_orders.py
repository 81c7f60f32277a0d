"""What somebody at the bank orders for a card (挂失、解挂、锁定 …): a state of the register, a script, or both.

A card that is reported lost is declined from then on, and its application blocked with the next answer (PBOC-6 §7.12);
what makes it usable again unblocks it. Which orders go with a script is inferred.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from msgspec import structs

from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.kept_card_states import KeptCardState
from dualcos.issuance.bank.authorisation.registered_bank_cards import BankCardState
from dualcos.issuance.bank.authorisation.script_desk import ScriptDesk, ScriptOrder


class CardOrder(NamedTuple):
    """For people in both languages, and what is done. ``pin_tries``: wrong on-line PINs count from nought again."""

    zh: str
    en: str
    state: BankCardState | None = None
    script: ScriptOrder | None = None
    pin_tries: bool = False


_BLOCK, _UNBLOCK = ScriptOrder.block_application(), ScriptOrder.unblock_application()
CARD_ORDERS: Mapping[str, CardOrder] = MappingProxyType(
    {
        "lost": CardOrder(
            "口头挂失并锁定应用", "reported lost; its application is blocked", BankCardState.ORAL_LOSS, _BLOCK
        ),
        "lost-in-writing": CardOrder(
            "正式挂失并锁定应用",
            "reported lost in writing; its application is blocked",
            BankCardState.WRITTEN_LOSS,
            _BLOCK,
        ),
        "stolen": CardOrder(
            "被窃并锁定应用", "reported stolen; its application is blocked", BankCardState.STOLEN, _BLOCK
        ),
        "stopped": CardOrder("止付", "stopped by the bank or a court", BankCardState.STOPPED),
        "inactive": CardOrder("未激活", "not activated at a counter", BankCardState.INACTIVE),
        "cancelled": CardOrder(
            "销户并锁卡", "closed; the card is blocked for ever", BankCardState.CANCELLED, ScriptOrder.block_card()
        ),
        "active": CardOrder(
            "恢复使用并解锁应用", "in use; its application is unblocked", BankCardState.ACTIVE, _UNBLOCK, pin_tries=True
        ),
        "block-application": CardOrder("锁定应用", "APPLICATION BLOCK", script=_BLOCK),
        "unblock-application": CardOrder("解锁应用", "APPLICATION UNBLOCK", script=_UNBLOCK),
        "block-card": CardOrder("锁卡", "CARD BLOCK, for ever", script=ScriptOrder.block_card()),
        "unblock-pin": CardOrder(
            "解锁脱机密码、联机密码重新计数",
            "PIN UNBLOCK; the bank's own count of wrong PINs begins anew",
            script=ScriptOrder.unblock_pin(),
            pin_tries=True,
        ),
    }
)
"""By the name under which they are given."""


class OrderCarriedOut(NamedTuple):
    """``script``: the identifier under which a script waits, hex; empty if none does."""

    state: BankCardState | None
    script: str


def carry_out(order: CardOrder, pan: str, now: str, books: BankBooks, scripts: ScriptDesk) -> OrderCarriedOut:
    """Inside a transaction of the books."""
    if order.state is not None:
        books.file_paper(pan, pan, KeptCardState(pan=pan, state=order.state, time=now))
    if order.pin_tries:
        books.remember(structs.replace(books.memory(pan), wrong_pins=0))
    return OrderCarriedOut(order.state, scripts.queue(pan, order.script) if order.script else "")
