"""Whose money, or points, the bank's books hold: kinds of account by the part of a name in front of ``/``."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class BankAccountKind(NamedTuple):
    """What stands on accounts of a kind, for people. ``points``: not fen, points."""

    zh: str
    en: str
    points: bool = False


OPENING = "opening"
KINDS_OF_ACCOUNT: Mapping[str, BankAccountKind] = MappingProxyType(
    {
        "account": BankAccountKind("持卡人账户", "a holder's account"),
        "acquirer": BankAccountKind("应付收单机构", "what an acquirer is owed for its merchants and machines"),
        OPENING: BankAccountKind("期初", "where opening balances came from; negative"),
        "points": BankAccountKind("积分账户", "a holder's points of a programme", points=True),
        "programme": BankAccountKind("积分项目", "where a programme's points came from; negative", points=True),
    }
)


def customer(account: str) -> str:
    """A holder's account."""
    return f"account/{account}"


def acquirer(number: str) -> str:
    """What an acquirer is owed."""
    return f"acquirer/{number}"


def points(programme: str, account: str) -> str:
    """A holder's points."""
    return f"points/{programme}/{account}"


def programme(name: str) -> str:
    """A programme's other side."""
    return f"programme/{name}"
