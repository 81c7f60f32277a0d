"""Facts of a financial terminal at work: a line a step, then how it ended. Account numbers are masked, first six and
last four digits; no PIN, track or key is in any of them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet, Hex, StatusWordHex
from dualcos.cli.facts.terminal_facts import TerminalDetail

MaskedAccount = Annotated[str, Meta(pattern=r"^([0-9]{6}\*+[0-9]{4}|\**)$", description="an account number, masked")]


class ResultBitFact(FactPart, frozen=True):
    """A bit that is 1 in TVR or TSI. ``place``: byte and bit, ``4.8``; ``clause``: where the terminal sets it."""

    place: str
    zh: str
    en: str
    clause: str


class KernelDecision(FactPart, frozen=True):
    """One decision, in order. ``step``: of PBOC-6 §7.1, in lower case; ``bit``: the bit that it set, ``TVR 4.8``
    or ``TSI 1.8``, null if none.
    """

    step: str
    zh: str
    en: str
    clause: str
    bit: str | None


class CvmResult(FactPart, frozen=True):
    """9F34: method, condition and outcome, in hex and in words."""

    results: Hex
    zh: str
    en: str


class CardTransaction(FactPart, frozen=True):
    """What card and kernel came to. ``account``: the card's; ``application``: its AID; ``cryptogram``: TC, ARQC or
    AAC as the card gave it last, null if it was not asked. ``cvm``: null before the holder was verified.
    """

    application: Hex
    label: str
    account: MaskedAccount
    tvr: Hex
    tvr_bits: list[ResultBitFact]
    tsi: Hex
    tsi_bits: list[ResultBitFact]
    cvm: CvmResult | None
    cryptogram: str | None
    scripts: Hex
    decisions: list[KernelDecision]


class MessageRow(FactPart, frozen=True):
    """A field of a message, or a part of one. ``depth``: 0 for a field, deeper for its parts; ``label``: its number or
    tag; ``text``: as it stands there, dots for what nobody sees; ``means_zh``, ``means_en``: what it says, empty where
    that is no code.
    """

    depth: int
    label: str
    zh: str
    en: str
    text: str
    means_zh: str
    means_en: str


class MessageFacts(FactPart, frozen=True):
    """One message of the acquirer link, with what stands in front of it. ``way``: "sent", "received", or "lost" for an
    answer that did not come; ``mti``: four digits, empty for what is none; ``en``, ``zh``: what it is.
    """

    way: str
    mti: str
    zh: str
    en: str
    rows: list[MessageRow]


class SlipFacts(FactPart, frozen=True):
    """One copy of a slip, as it is printed."""

    copy: str
    lines: list[str]


class PaymentFacts(FactPart, frozen=True):
    """A payment as the terminal has stored it. ``state``: as ``journal`` has it; ``code``: field 39, empty without an
    answer; ``day``: MMDD, the acquirer's; ``amount``: fen. ``waiting``: messages that are still to be sent for it.
    """

    batch: str
    voucher: str
    business: str
    state: str
    zh: str
    en: str
    moment: str
    day: str
    account: MaskedAccount
    amount: int
    code: str
    reference: str
    approval: str
    offline: bool
    waiting: list[str]


class FinancialStop(FactPart, frozen=True):
    """Why the terminal went no further. ``sw``: the card's answer where one is the cause, ``code``: field 39 or the
    terminal's own (Z1, Z3), else null; ``clause``: where the rule stands; ``advice``: what to do.
    """

    cause: str
    sw: StatusWordHex | None
    code: str | None
    clause: str
    en: str
    zh: str
    advice: str
    advice_zh: str


class FinancialStep(FactSheet, frozen=True, tag="dualcos.terminal.financial.step/1"):
    """One step: as it was asked for, what the terminal says of it, what came of it; ``stop``: null if it was done.
    ``tried``: a stop was reckoned with, and the next step comes all the same. ``card``: null where no card was asked;
    ``payments``: those that it is about.
    """

    step: str
    done: bool
    tried: bool
    en: str
    zh: str
    details: list[TerminalDetail]
    card: CardTransaction | None
    messages: list[MessageFacts]
    payments: list[PaymentFacts]
    slips: list[SlipFacts]
    stop: FinancialStop | None


class FinancialEnd(FactSheet, frozen=True, tag="dualcos.terminal.financial/1"):
    """How it ended: steps that were asked for, done, and not reached; ``stop`` of the step that ended it, else null."""

    steps: int
    done: int
    left: int
    stop: FinancialStop | None
