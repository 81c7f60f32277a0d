"""Whose money the books hold, by name: kinds of account, and the account of somebody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from dualcos.sqlitefile.double_entry_books import BooksError


class AccountKind(NamedTuple):
    """What stands on accounts of a kind, for people. ``of_somebody``: nothing less than nothing should be on it."""

    zh: str
    en: str
    of_somebody: bool = False


FUND, COUNTER, OPENING, TRANSIT, DISPUTED, UNFORESEEN, COLLECTED = (
    *("fund", "counter", "opening"),
    *("transit", "disputed", "unforeseen", "collected"),
)
KINDS: Mapping[str, AccountKind] = MappingProxyType(
    {
        "holder": AccountKind("个人账户", "a holder's personal account", of_somebody=True),
        "purse": AccountKind("卡上账户", "the account on a card, as far as the back end knows it", of_somebody=True),
        "provider": AccountKind("定点机构应收", "what a terminal's institution is owed"),
        FUND: AccountKind("统筹基金", "the pooled fund; what it has paid is negative"),
        COUNTER: AccountKind("现金自付", "paid by holders at the counter; negative"),
        "premiums": AccountKind("保费收入", "premiums of one scheme that were paid", of_somebody=True),
        COLLECTED: AccountKind("银行代收", "premiums that banks have collected for the fund; negative"),
        OPENING: AccountKind("期初", "where opening balances came from; negative"),
        TRANSIT: AccountKind("在途划入", "loads that no card has confirmed or given back"),
        DISPUTED: AccountKind("待查", "debited by a card whose MAC2 was refused; nobody has been paid"),
        UNFORESEEN: AccountKind(
            "待分担", "of settlements found: account's and fund's part, not yet shared out; negative"
        ),
    }
)
"""By the part of a name in front of ``/``."""


def kind_of_account(name: str) -> AccountKind:
    """What stands on the account of that name. Raises BooksError: none of ours is called so."""
    kind = KINDS.get(name.partition("/")[0])
    if kind is None:
        raise BooksError(f"the books name an account {name!r}, which nobody has; restore them from a copy")
    return kind


def holder(social_number: str) -> str:
    """A holder's personal account."""
    return f"holder/{social_number}"


def purse(identification: str) -> str:
    """The account on a card."""
    return f"purse/{identification}"


def provider(terminal: str) -> str:
    """What the institution with this terminal is owed."""
    return f"provider/{terminal}"


def premiums(scheme: str) -> str:
    """What has been paid into a scheme."""
    return f"premiums/{scheme}"
