"""Facts of a full-function terminal at work: a line a step, then how it ended. Account numbers are masked; no PIN,
track or key is in any of them.
"""

from __future__ import annotations

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet, StatusWordHex
from dualcos.cli.facts.financial_facts import CardTransaction, MessageFacts, PaymentFacts, SlipFacts
from dualcos.cli.facts.terminal_facts import TerminalDetail


class BillShares(FactPart, frozen=True):
    """Who pays a settlement, fen: the account, the fund, the holder."""

    account: int
    pooled: int
    self_paid: int


class BillTakenBack(FactPart, frozen=True):
    """What the back end says that it has taken back, fen. ``voucher``: of the settlement; ``self_paid``: what the
    holder had paid of it; ``to_load``: of ``account``, what comes onto the card by its next load; ``as_settled``: false
    if the settlement was another, or of other sums.
    """

    cancellation: str
    voucher: str
    account: int
    pooled: int
    self_paid: int
    to_load: int
    as_settled: bool


class PremiumFacts(FactPart, frozen=True):
    """The premium that a bill is for. ``voucher``: the back end's name of it; ``payee``: whose account it goes to."""

    voucher: str
    scheme: str
    zh: str
    en: str
    period: str
    payee: str


class BillFacts(FactPart, frozen=True):
    """A bill as the terminal has stored it. ``card``: number of the social security card; ``total``: what was to be
    settled, ``own``: what no insurance knows of, ``holder``: what of both is left to the holder,
    paid or not, or the premium; fen; ``shares``: null without a
    settlement; ``record``: the settlement's number in the journal, null if none. ``voucher``: of the payment that
    stands, null if none does; ``tries``: of all that came of it. ``elsewhere``: how else it was paid, null if it was
    not. ``waiting``: what back end or bank are still to take; ``refusal``, ``refusal_zh``: what the back end said to
    that, else null. ``taken_back``: what the back end has taken back, null if nothing, or if that answer was lost.
    """

    number: int
    kind: str
    state: str
    zh: str
    en: str
    moment: str
    card: str
    total: int
    own: int
    holder: int
    shares: BillShares | None
    record: int | None
    voucher: str | None
    tries: list[str]
    elsewhere: str | None
    premium: PremiumFacts | None
    waiting: list[str]
    refusal: str | None
    refusal_zh: str | None
    taken_back: BillTakenBack | None


class FullStop(FactPart, frozen=True):
    """Why the terminal went no further. ``side``: "social", "bank", or "bill" where it is about both; ``code``: what
    the national interface returns for it, field 39 of the bank's answer, or the back end's own, else null; ``sw``: the
    answer of card or PSAM where one is the cause, else null; ``tries``: what is left of a PIN or key, null where that
    is no matter; ``clause``: where the rule stands; ``advice``: what to do; ``bill``: the number of the bill that it is
    about, null for none.
    """

    side: str
    cause: str
    code: str | None
    sw: StatusWordHex | None
    tries: int | None
    clause: str
    en: str
    zh: str
    advice: str
    advice_zh: str
    bill: int | None


class FullStep(FactSheet, frozen=True, tag="dualcos.terminal.full.step/1"):
    """One step: as it was asked for, what the terminal says of it, what came of it; ``stop``: null if it was done.
    ``tried``: a stop was reckoned with, and the next step comes all the same. ``bills``, ``payments``: those that it is
    about; ``card``: what the bank side of the card came to, null where that was not asked; ``slips``: what was printed.
    """

    step: str
    done: bool
    tried: bool
    en: str
    zh: str
    details: list[TerminalDetail]
    bills: list[BillFacts]
    card: CardTransaction | None
    messages: list[MessageFacts]
    payments: list[PaymentFacts]
    slips: list[SlipFacts]
    stop: FullStop | None


class FullSide(FactSheet, frozen=True, tag="dualcos.terminal.full.side/1"):
    """From here on the lines of what passes are of this side of the card, until another such line: social or bank."""

    side: str


class FullEnd(FactSheet, frozen=True, tag="dualcos.terminal.full/1"):
    """How it ended: steps that were asked for, done, and not reached; ``stop`` of the step that ended it, else null."""

    steps: int
    done: int
    left: int
    stop: FullStop | None
