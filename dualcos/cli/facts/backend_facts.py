"""Facts of the social back end: what it was asked, what its rules can be, what its books hold."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet
from dualcos.cli.facts.leash_facts import FollowedRule, ReadyBehaviour


class BackEndReady(FactSheet, frozen=True, tag="dualcos.backend.ready/1"):
    """The back end listens. ``store``: the file of its books, empty for memory; ``rules``: what they were read from."""

    host: str
    port: int
    store: str
    rules: str
    cards: list[str]


class BackEndExchange(FactSheet, frozen=True, tag="dualcos.backend.exchange/1"):
    """One request and what went out. ``answer`` is empty where nothing does; ``carried_out``: the books were asked.
    ``asked`` and ``answered``: fields of the two, without PINs, MACs and random numbers.
    """

    time: str
    terminal: str
    running: int
    service: str
    service_zh: str
    asked: dict[str, str | int]
    answer: str
    answered: dict[str, str | int]
    carried_out: bool
    rule: FollowedRule | None


class BehaviourList(FactSheet, frozen=True, tag="dualcos.backend.behaviours/1"):
    """The rule files that come along."""

    behaviours: list[ReadyBehaviour]


class AccountBalance(FactPart, frozen=True):
    """One account of the books, in fen; ``kind`` and ``kind_zh``: what stands on it. ``held``: so much of it
    settlements hold that are open or of which nobody knows what became. ``overdrawn``: more was spent than was there.
    """

    account: str
    kind: str
    kind_zh: str
    fen: int
    held: int
    overdrawn: bool


class BookedLoad(FactPart, frozen=True):
    """A load onto a card, in fen: in transit, credited or given back. ``found``: only its TAC told of it."""

    voucher: str
    time: str
    terminal: str
    card: str
    amount: int
    state: str
    found: bool


class BookedSettlement(FactPart, frozen=True):
    """A settlement: who pays, in fen; open, settled, given up, unknown, suspicious, found or cancelled. ``held``: so
    much of the account is held for it. ``claimed``: the voucher that the terminal named and these books did not know;
    account and fund together are its ``account`` then. ``cancellation``: number under which it was taken back.
    """

    voucher: str
    time: str
    terminal: str
    card: str
    account: int
    pooled: int
    self_paid: int
    state: str
    held: int
    claimed: str
    cancellation: str


class BookedPremium(FactPart, frozen=True):
    """A premium that somebody asked for, in fen: due or paid. ``payment``: kind of payment, bank or cash, and what the
    slip names it by; empty while it is due.
    """

    voucher: str
    time: str
    scheme: str
    scheme_zh: str
    scheme_en: str
    period: str
    amount: int
    state: str
    payment: str


class BackEndLedger(FactSheet, frozen=True, tag="dualcos.backend.ledger/2"):
    """What the books hold. ``sum``: of all accounts, 0 in books that are whole."""

    accounts: list[AccountBalance]
    loads: list[BookedLoad]
    settlements: list[BookedSettlement]
    premiums: list[BookedPremium]
    entries: int
    sum: int
