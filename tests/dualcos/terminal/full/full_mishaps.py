"""What goes wrong in a random history of full-function terminals: one thing a step, drawn from tables."""

from __future__ import annotations

from random import Random
from typing import NamedTuple

from msgspec import structs

from cos.card import Card
from dualcos.leash.leash_rules import LeashRule
from tests.dualcos.terminal.financial.failing_bank import MESSAGE_FAULTS, NOT_CONNECTED, POWER_BEFORE, POWER_BEHIND
from tests.dualcos.terminal.financial.failing_till import CARD_FAULTS, CARD_POWER, PULLED_BEHIND, CardCut
from tests.dualcos.terminal.full.failing_full_terminal import (
    REFUSED,
    SERVICE_FAULTS,
    SERVICE_POWER,
    FailingFullTerminal,
)

_CARD_STEPS = (
    "SELECT", "28", "2C", "2A", "2E", "DC", "2C, fetched", "2A, fetched", "GET PROCESSING OPTIONS", "READ RECORD",
    "VERIFY", "GENERATE AC 1", "GENERATE AC 1, fetched", "EXTERNAL AUTHENTICATE", "GENERATE AC 2",
    "GENERATE AC 2, fetched",
)  # fmt: skip
"""Of both sides; the social ones by their instruction: INITIALIZE, DEBIT, CREDIT, GET TRANSACTION PROOF, UPDATE."""
_WRITING = ("28", "2C", "2A", "DC", "GET PROCESSING OPTIONS", "VERIFY", "GENERATE AC 1", "GENERATE AC 2")
"""Steps at which a card writes; only there its power makes a difference."""
_MESSAGES = ("purchase", "void", "refund", "balance", "settlement", "TC upload", "offline sale", "reversal", "sign-on")
_SERVICES = (
    "pre-settlement", "settlement", "settlement-given-up", "settlement-cancelled", "premium", "premium-paid",
    "premium-cancelled", "load", "load-proof", "purchase-mac", "purchase-mac-check", "identification", "proof",
)  # fmt: skip
_REFUSED = (
    "pre-settlement",
    "settlement-cancelled",
    "premium",
    "premium-paid",
    "load",
    "purchase-mac",
    "identification",
)
"""What a bureau may refuse; reports of what a card has done it has to take."""
_WORDS = ("6700", "6D00", "6300", "6581", "6F00", "6985", "6A88", "9302", "9406", "9000", "01029000")
_BOTH = ("not on disk", "on disk")
NOT_TAKEN_UP, WRONG_TAC = "not taken up", "wrong TAC"
_ANY, _MOST_COMMANDS, _MOST_MESSAGES = "any", 130, 7


class ClinicMishap(NamedTuple):
    """One thing that goes wrong. ``part``: where; ``at``: at which command, message, write, slip; ``how``."""

    part: str
    at: str | int
    how: str


_MISHAPS = {
    "bank line": [
        ClinicMishap("bank line", message, how)
        for message in _MESSAGES
        for how in (*MESSAGE_FAULTS, NOT_CONNECTED, POWER_BEFORE, POWER_BEHIND)
    ],
    "bureau line": [
        ClinicMishap("bureau line", each, how)
        for each in _SERVICES
        for how in (*SERVICE_FAULTS, *SERVICE_POWER)
        if how != REFUSED or each in _REFUSED
    ],
    "down": [ClinicMishap("down", part, "") for part in ("bank line", "bureau")],
    "card": [
        *(ClinicMishap("card", step, how) for step in _CARD_STEPS for how in CARD_FAULTS if how != CARD_POWER),
        *(ClinicMishap("card", _ANY, how) for how in CARD_FAULTS if how != CARD_POWER for _ in range(4)),
        *(ClinicMishap("card", step, CARD_POWER) for step in _WRITING),
    ],
    "exchange": [
        ClinicMishap("exchange", at, how)
        for at in (*_CARD_STEPS, *["message"] * 5, *["payment message"] * 5)
        for how in ("same", "another", "another")
    ],
    "terminal": [ClinicMishap("terminal", at, how) for at in range(24) for how in _BOTH],
    "bureau books": [ClinicMishap("bureau books", at, how) for at in range(4) for how in _BOTH],
    "acquirer": [ClinicMishap("acquirer", at, how) for at in range(4) for how in _BOTH],
    "issuer": [ClinicMishap("issuer", at, how) for at in range(2) for how in _BOTH],
    "printer": [ClinicMishap("printer", at, how) for at in range(2) for how in ("not printed", "printed", "jams")],
    "PSAM": [ClinicMishap("PSAM", at, "") for at in range(30)],
}
_WEIGHTS = (6, 6, 2, 9, 8, 6, 2, 2, 1, 2, 1)
_LIKELY = {
    "void": "take_back", "refund": "refund", "balance": "balance", "settlement": "day_end", "TC upload": "day_end",
    "settlement-cancelled": "cancel", "premium": "premium", "premium-paid": "premium",
    "premium-cancelled": "take_back", "load": "load", "load-proof": "load", "2A": "load", "purchase": "settle",
    "28": "settle", "2C": "settle", "pre-settlement": "settle", "settlement-given-up": "settle",
}  # fmt: skip
"""What is done that brings a mishap about, for those that hardly come by themselves."""


def drawn(draw: Random) -> ClinicMishap | None:
    """One of them, mostly."""
    (part,) = draw.choices(list(_MISHAPS), _WEIGHTS)
    return draw.choice(_MISHAPS[part]) if draw.random() < 0.8 else None


def brought_about_by(mishap: ClinicMishap | None) -> str:
    """Name of what has to be done for it; empty if anything may be."""
    return "" if mishap is None else _LIKELY.get(str(mishap.at), "")


class CardPlan(NamedTuple):
    """What happens to the card that is put in."""

    cut: CardCut | None = None
    instead: Card | None = None


def prepare(mishap: ClinicMishap | None, till: FailingFullTerminal, others: list[Card], draw: Random) -> CardPlan:
    """It happens at this terminal from now on. ``others``: what may be put in instead; the same card is first."""
    if mishap is None:
        return CardPlan()
    part, at, how = mishap
    hosts = till.hosts
    if how == WRONG_TAC:
        till.spoil_tac()
        return CardPlan()
    if how == NOT_TAKEN_UP:
        till.line.leash.only(LeashRule(match={"message": str(at)}, times=1, note=how, refuse="14"))
        return CardPlan()
    if part == "card":
        number = draw.randrange(_MOST_COMMANDS) if at == _ANY else -1
        step = "" if at == _ANY else str(at)
        return CardPlan(CardCut(how, number, step, draw.randrange(60), draw.choice(_WORDS)))
    if part == "exchange":
        instead = others[0] if how == "same" else draw.choice(others[1:])
        if at == "message":
            till.exchange_card_at(draw.randrange(_MOST_MESSAGES))
            return CardPlan(instead=instead)
        if at == "payment message":
            till.exchange_card_at(0, till.line)
            return CardPlan(instead=instead)
        return CardPlan(CardCut(PULLED_BEHIND, step=str(at)), instead)
    if part == "bank line":
        till.line.plan(str(at), how)
    elif part == "bureau line" and how in SERVICE_FAULTS:
        hosts.bureau.rules(structs.replace(SERVICE_FAULTS[how], match={"service": str(at)}))
    elif part == "bureau line":
        till.services.here = str(at), how
    elif part == "down" and at == "bureau":
        hosts.bureau.down = True
    elif part == "down":
        till.line.down = True
    elif part == "PSAM":
        till.sam.passed.clear()
        till.sam.pull_at = int(at), draw.random() < 0.5
    elif part == "printer":
        till.printer.good = int(at) if how == "jams" else None
        till.printer.planned = None if how == "jams" else (int(at), how == "printed")
    else:
        bank = hosts.bank
        meters = {"terminal": till.meter, "acquirer": bank.acquirer_meter, "issuer": bank.issuer_meter}
        meter = meters.get(part, hosts.bureau.meter)
        meter.cut_at = meter.writes + int(at), how == "on disk"
        hosts.bureau.falls = draw.random() < 0.5
    return CardPlan()
