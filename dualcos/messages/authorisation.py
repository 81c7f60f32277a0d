"""What an acquirer asks a card's issuer, in no dialect: authorisation, reversal, script report (PBOC-4 §6, systems of
banks). An issuer's core answers these; POS and switch dialects are turned into them and back.

Amounts are whole fen, moments MMDDhhmmss as field 7 has them, chip data field 55 as it came.
"""

from __future__ import annotations

from enum import Enum
from typing import Annotated, NamedTuple, Protocol

from msgspec import Meta, Struct

from dualcos.textforms.whole_texts import whole


class Business(Enum):
    """What is asked for. ``credit``: it brings money to the card's account; ``posts``: it moves money at all.

    ``PRICE``: what a merchant's special price for ``amount`` is, asked before the card makes its cryptogram over it.
    """

    BALANCE = ("balance", "余额查询", False, False)
    PURCHASE = ("purchase", "消费", False, True)
    VOID = ("void", "消费撤销", True, True)
    REFUND = ("refund", "退货", True, True)
    WITHDRAWAL = ("withdrawal", "取款", False, True)
    DEPOSIT = ("deposit", "存款", True, True)
    TRANSFER = ("transfer", "转账", False, True)
    PIN_CHANGE = ("PIN change", "改密", False, False)
    PRICE = ("price", "优惠价查询", False, False)

    def __init__(self, en: str, zh: str, credit: bool, posts: bool) -> None:
        self.en, self.zh, self.credit, self.posts = en, zh, credit, posts

    @property
    def owed(self) -> bool:
        """True if issuer and acquirer owe each other the money; what is transferred stays with the issuer."""
        return self.posts and self is not Business.TRANSFER


Fen12 = Annotated[int, Meta(ge=0, le=999_999_999_999)]
Moment = Annotated[str, Meta(pattern=whole("[0-9]{10}"))]


class MessageKey(NamedTuple):
    """What names a message among all: terminal, merchant, batch, its own running number (F41, F42, F60.2, F11)."""

    terminal: str
    merchant: str
    batch: str
    stan: str


class AuthorisationRequest(Struct, frozen=True, kw_only=True):
    """``sequence``: of the card, 3 digits, empty if it was not read. ``entry``: field 22. ``track2``: as field 35 has
    it, ``=`` or ``D`` between. ``pin_block``: under the key that acquirer and issuer share, empty for none; ``new_pin``
    the same for a change. ``original``: what a void or a refund belongs to, ``reference``: its 37,
    ``original_amount``: of what is refunded, 0 if it is not told. ``account_to``: of a transfer. ``before_discount``:
    the price before the merchant's special one, 0 if there was none; ``member``: of the value-added service, empty if
    none. ``acquirer``: who asks, 8 to 11 digits. ``offline``: card and terminal have approved it already (离线上送): it
    is booked, not asked, and ``chip`` has the card's TC.
    """

    business: Business
    key: MessageKey
    acquirer: str
    moment: Moment
    pan: str
    sequence: str = ""
    expiry: str = ""
    amount: Fen12 = 0
    currency: str = "156"
    entry: str = "051"
    chip: bytes = b""
    track2: str = ""
    pin_block: bytes = b""
    new_pin: bytes = b""
    original: MessageKey | None = None
    original_amount: Fen12 = 0
    reference: str = ""
    account_to: str = ""
    before_discount: Fen12 = 0
    member: str = ""
    offline: bool = False

    def __repr__(self) -> str:
        """Nothing of card or PIN."""
        return f"<AuthorisationRequest {self.business.en} {self.amount} {self.key}>"


class ReversalRequest(Struct, frozen=True, kw_only=True):
    """冲正 of the message ``original``, which asked for ``business``. ``pan``: empty where the terminal tells none
    (field 2 is left out behind a stripe). ``reason``: 98, 96, 06, A0; ``chip``: short field 55.
    """

    business: Business
    key: MessageKey
    original: MessageKey
    acquirer: str
    moment: Moment
    pan: str
    amount: Fen12
    reason: str
    chip: bytes = b""

    def __repr__(self) -> str:
        """Nothing of the card."""
        return f"<ReversalRequest {self.amount} {self.original} {self.reason}>"


class ScriptReport(Struct, frozen=True, kw_only=True):
    """脚本处理结果通知 of the transaction ``original``; ``results``: DF31."""

    key: MessageKey
    original: MessageKey
    acquirer: str
    moment: Moment
    pan: str
    results: bytes
    chip: bytes = b""

    def __repr__(self) -> str:
        """Nothing of the card."""
        return f"<ScriptReport {self.original} {self.results.hex().upper()}>"


class Balances(NamedTuple):
    """Ledger and available balance of the account, in fen; negative if it is overdrawn."""

    ledger: int
    available: int


class AuthorisationAnswer(Struct, frozen=True, kw_only=True):
    """``code``: field 39. ``approval``: 38, of what is approved. ``reference``: 37. ``chip``: field 55 back, 91 and 72.
    ``day``: the business date MMDD. ``points``: of the value-added service, earned and in all; None without it.
    ``price``: the special price that was asked for, fen.
    """

    code: str
    reference: str = ""
    approval: str = ""
    chip: bytes = b""
    day: str = ""
    balances: Balances | None = None
    points: tuple[int, int] | None = None
    price: int | None = None


IssuerRequest = AuthorisationRequest | ReversalRequest | ScriptReport


class AuthorisingIssuer(Protocol):
    """发卡行."""

    def answer(self, request: IssuerRequest, /) -> AuthorisationAnswer:
        """The answer; what it books is booked durably when it returns. The same request again has the same answer."""
        ...
