"""What is asked of a request before anything is booked, in order: each step its own function, all of them in ``CHECKS``
(order and codes inferred from what the card's rules and ISO 8583 leave open).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from msgspec import structs

from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase, CardProof, IssuerMeans
from dualcos.issuance.bank.authorisation.registered_bank_cards import STATES, RegisteredBankCard
from dualcos.issuance.bank.authorisation.risk_rules import RiskAction, rules_met
from dualcos.messages.authorisation import AuthorisationRequest, Business

RENMINBI = "156"
_CHIP_ENTRY, _STRIPE_ENTRY, _FALLBACK_ENTRY = ("05", "07"), ("02", "90"), ("80",)
_CHIP_SERVICES = "26"
_TRACK = re.compile(r"([0-9]{13,19})[=D]([0-9]{4})([0-9]{3})[0-9]*")
# Matched by their original, or of no weight: chips' data are not sent by all terminals.
_WITHOUT_CHIP = (Business.VOID, Business.REFUND, Business.BALANCE, Business.PRICE)
_SPENDING = (Business.PURCHASE, Business.WITHDRAWAL, Business.TRANSFER)
_HOLDER_PROVES = (Business.BALANCE, Business.WITHDRAWAL, Business.TRANSFER)
_AT_MACHINE = (Business.WITHDRAWAL, Business.DEPOSIT, Business.TRANSFER, Business.PIN_CHANGE)
_ALL = tuple(Business)
_WITH_CARD = tuple(each for each in Business if each is not Business.PRICE)


def demand_card(means: IssuerMeans, request: AuthorisationRequest) -> RegisteredBankCard:
    """The card that is asked for. Raises IssuerDecline."""
    if request.currency != RENMINBI:
        raise IssuerDecline("currency-foreign")
    if not request.pan.startswith(means.terms.prefixes):
        raise IssuerDecline("issuer-unknown")
    card = means.cards.get(request.pan)
    if card is None:
        raise IssuerDecline("card-unknown")
    return card


def _state(case: AuthorisingCase) -> None:
    reason = STATES[case.card.state].reason
    if reason:
        raise IssuerDecline(reason)


def _expiry(case: AuthorisingCase) -> None:
    track = _track(case.request)
    if track is not None and track.expiry != case.card.expiry:
        raise IssuerDecline("card-expired")
    if case.request.expiry and case.request.expiry != case.card.expiry:
        raise IssuerDecline("card-expired")
    if case.means.now()[2:6] > case.card.expiry:
        raise IssuerDecline("card-expired")


def _sequence(case: AuthorisingCase) -> None:
    if case.request.sequence and case.request.sequence.lstrip("0") != case.card.sequence.lstrip("0"):
        raise IssuerDecline("sequence-wrong")


def _offered(case: AuthorisingCase) -> None:
    if case.request.business.name not in case.means.terms.businesses:
        raise IssuerDecline("not-offered")


def _amount(case: AuthorisingCase) -> None:
    wanted = case.request.business.posts or case.request.business is Business.PRICE
    if wanted is not (case.request.amount > 0):
        raise IssuerDecline("amount-wrong")


def _entry(case: AuthorisingCase) -> None:
    """A chip shows itself; its stripe is taken only where the chip could not be read."""
    request, entry = case.request, case.request.entry[:2]
    if entry in _CHIP_ENTRY and not request.chip and request.business not in _WITHOUT_CHIP:
        raise IssuerDecline("chip-data-missing")
    track = _track(request)
    if track is None or track.service[0] not in _CHIP_SERVICES:
        return
    if entry in _STRIPE_ENTRY:
        raise IssuerDecline("stripe-of-chip-card")
    if entry in _FALLBACK_ENTRY:
        case.remarks.append("stripe of a chip card, as a fallback")


_PROOF_REASONS = {
    CardProof.UNREADABLE: "chip-data-unreadable",
    CardProof.WRONG: "cryptogram-wrong",
    CardProof.USED: "cryptogram-used",
}


def _cryptogram(case: AuthorisingCase) -> None:
    if case.proof in _PROOF_REASONS:
        raise IssuerDecline(_PROOF_REASONS[case.proof])


def _what_it_covers(case: AuthorisingCase) -> None:
    """The card asks for this amount, here, and has not declined by itself."""
    chip, request = case.chip, case.request
    if chip is None:
        return
    if not chip.domestic:
        raise IssuerDecline("currency-foreign")
    if request.business in _SPENDING and chip.amount != request.amount:
        raise IssuerDecline("amount-not-the-cards")
    if not chip.card.asks:
        raise IssuerDecline("declined-by-card")


def _holder(case: AuthorisingCase) -> None:
    """The on-line PIN, if there is one: it is counted whatever comes of the request."""
    block = case.request.pin_block
    if not block:
        if _must_prove(case):
            raise IssuerDecline("pin-missing")
        return
    spent = "pin-tries-at-machine" if case.request.business in _AT_MACHINE else "pin-tries-exceeded"
    most = case.means.terms.pin_tries
    if case.memory.wrong_pins >= most:
        raise IssuerDecline(spent)
    if not case.means.pins.holds(block, case.card.pan, case.memory.offset or case.card.offset):
        case.memory = structs.replace(case.memory, wrong_pins=case.memory.wrong_pins + 1)
        raise IssuerDecline(spent if case.memory.wrong_pins >= most else "pin-wrong")
    case.memory = structs.replace(case.memory, wrong_pins=0)
    case.pin_right = True


def _must_prove(case: AuthorisingCase) -> bool:
    """A purchase with a chip may be signed for; elsewhere the card's own comparison of a PIN will do."""
    business, chip = case.request.business, case.chip if case.proof is CardProof.FRESH else None
    if business is Business.PURCHASE:
        return chip is None
    if business is Business.PIN_CHANGE:
        return True
    return business in _HOLDER_PROVES and not (chip is not None and chip.card.offline_pin_right)


def _findings(case: AuthorisingCase) -> None:
    if case.chip is None:
        return
    for rule in rules_met(case.chip, case.means.rules):
        if rule.action is RiskAction.DECLINE or (rule.action is RiskAction.DECLINE_WITHOUT_PIN and not case.pin_right):
            raise IssuerDecline(rule.reason)
        case.remarks.append(f"{rule.source.value} {rule.byte}.{rule.bit}: {rule.name}")


def _limits(case: AuthorisingCase) -> None:
    if case.request.business not in _SPENDING:
        return
    limits, amount = case.card.limits, case.request.amount
    if amount > limits.once:
        raise IssuerDecline("over-limit")
    spent = case.means.books.spent(case.card.pan, case.day)
    if spent.fen + amount > limits.day:
        raise IssuerDecline("over-day-limit")
    if spent.times >= limits.times:
        raise IssuerDecline("too-often")


class _Track(NamedTuple):
    expiry: str
    service: str


def _track(request: AuthorisationRequest) -> _Track | None:
    """Track 2 read, None if none came. Raises IssuerDecline."""
    if not request.track2:
        return None
    found = _TRACK.fullmatch(request.track2.rstrip("F"))
    if found is None or found[1] != request.pan:
        raise IssuerDecline("track-unreadable")
    return _Track(found[2], found[3])


class RequestCheck(NamedTuple):
    """One step. ``of``: of which businesses it is asked. It raises IssuerDecline."""

    name: str
    run: Callable[[AuthorisingCase], None]
    of: tuple[Business, ...] = _ALL


CHECKS: tuple[RequestCheck, ...] = (
    RequestCheck("state of the card", _state),
    RequestCheck("expiry", _expiry),
    RequestCheck("sequence number", _sequence),
    RequestCheck("business", _offered),
    RequestCheck("amount", _amount),
    RequestCheck("how the card was read", _entry, _WITH_CARD),
    RequestCheck("cryptogram and counter", _cryptogram, _WITH_CARD),
    RequestCheck("what the cryptogram covers", _what_it_covers, _WITH_CARD),
    RequestCheck("holder", _holder, _WITH_CARD),
    RequestCheck("what card and terminal found", _findings, _WITH_CARD),
    RequestCheck("limits", _limits, _WITH_CARD),
)
"""Behind ``demand_card``; the balance is asked where money moves."""


def check(case: AuthorisingCase) -> None:
    """All steps. Raises IssuerDecline at the first that says no."""
    for step in CHECKS:
        if case.request.business in step.of:
            step.run(case)
