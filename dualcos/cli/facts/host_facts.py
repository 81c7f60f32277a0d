"""Facts of the bank's host: what terminals asked it, what its rules can be, what its books hold, orders for cards."""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet
from dualcos.cli.facts.leash_facts import FollowedRule, ReadyBehaviour


class HostReady(FactSheet, frozen=True, tag="dualcos.host.ready/1"):
    """The host listens. ``store``: the file of its books, empty for memory; ``rules``: what they were read from;
    ``cards``: accounts, masked; ``terminals``: of its register, empty if any may sign on. ``switched``: the acquirer
    asks the bank in the switch's dialect.
    """

    host: str
    port: int
    store: str
    rules: str
    mac: str
    cards: list[str]
    terminals: list[str]
    switched: bool


class HostExchange(FactSheet, frozen=True, tag="dualcos.host.exchange/1"):
    """One request and what went out. ``message``: its kind, empty for what is none. ``code`` is field 39, empty where
    nothing goes out; ``carried_out``: the host was asked. ``asked`` and ``answered``: fields of the two as rules name
    them, the account masked, without PIN blocks, tracks, keys and MACs.
    """

    time: str
    terminal: str
    merchant: str
    batch: str
    stan: str
    message: str
    message_zh: str
    asked: dict[str, str | int]
    code: str
    code_zh: str
    code_en: str
    answered: dict[str, str | int]
    carried_out: bool
    rule: FollowedRule | None


class HostBehaviours(FactSheet, frozen=True, tag="dualcos.host.behaviours/1"):
    """The rule files that come along."""

    behaviours: list[ReadyBehaviour]


class HostAccount(FactPart, frozen=True):
    """One account of the books: fen, or points; ``kind`` and ``kind_zh``: what stands on it."""

    account: str
    kind: str
    kind_zh: str
    amount: int
    points: bool


class BookedAuthorisation(FactPart, frozen=True):
    """What the issuer was asked and said, in fen; the account is masked. ``reason``: why it was declined.
    ``state``: standing, declined, voided or reversed.
    """

    reference: str
    time: str
    terminal: str
    stan: str
    business: str
    pan: str
    amount: int
    code: str
    reason: str
    state: str
    points: int
    remarks: list[str]


class JournalledMessage(FactPart, frozen=True):
    """A message in the acquirer's journal, in fen. ``standing``: approved, declined or reversed; ``reason``: of
    a reversal, field 39.
    """

    terminal: str
    merchant: str
    batch: str
    stan: str
    mti: str
    message: str
    pan: str
    amount: int
    standing: str
    code: str
    reference: str
    voided: bool
    refunded: int
    reason: str


class SettledBatch(FactPart, frozen=True):
    """A batch's totals as the terminal told them and as the acquirer has them, fen and numbers. ``only_here``,
    ``only_there``: running numbers of what differs after an upload.
    """

    terminal: str
    merchant: str
    batch: str
    balanced: bool
    ended: bool
    told_debit: int
    told_debits: int
    told_credit: int
    told_credits: int
    own_debit: int
    own_debits: int
    own_credit: int
    own_credits: int
    only_here: list[str]
    only_there: list[str]


class HostLedger(FactSheet, frozen=True, tag="dualcos.host.ledger/1"):
    """What both books hold. ``sum``: of the issuer's accounts, ``acquirer_sum``: of the acquirer's; both 0 in books
    that are whole, as each movement is. ``between``: fen by which issuer and acquirer disagree about what the one owes
    the other.
    """

    accounts: list[HostAccount]
    merchants: list[HostAccount]
    authorisations: list[BookedAuthorisation]
    messages: list[JournalledMessage]
    batches: list[SettledBatch]
    sum: int
    acquirer_sum: int
    whole: bool
    between: int


class WaitingScript(FactPart, frozen=True):
    """A script of a card: queued, sent, done, failed or cancelled. ``commands``: their headers."""

    identifier: str
    subject: str
    commands: list[str]
    state: str
    reference: str


class HostCard(FactSheet, frozen=True, tag="dualcos.host.card/1"):
    """A card in the issuer's books. ``order``: what was ordered just now, empty for nothing; ``script``: the identifier
    under which its script waits. ``atc``: the highest counter seen; ``wrong_pins``: in a row;
    ``wrong_cryptograms``: in all.
    """

    pan: str
    profile: str
    state: str
    state_zh: str
    order: str
    script: str
    atc: int
    wrong_pins: int
    wrong_cryptograms: int
    scripts: list[WaitingScript]
