"""What is asked of a request before anything is booked, in order: each step its own function, all of them in ``CHECKS``
(order and codes inferred from what the card's rules and ISO 8583 leave open).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from msgspec import structs

from dualcos.issuance.bank.authorisation.chip_data import CryptogramData
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase, CardProof, IssuerMeans
from dualcos.issuance.bank.authorisation.registered_bank_cards import CLOSED, STATES, RegisteredBankCard
from dualcos.issuance.bank.authorisation.risk_rules import RiskAction, rules_met
from dualcos.messages.authorisation import AuthorisationRequest, Business
from dualcos.messages.line_codes import ENTRY_MODES, PIN_ENTRIES

RENMINBI = "156"
_CHIP_ENTRY, _STRIPE_ENTRY, _FALLBACK_ENTRY = ("05", "07"), ("02", "90"), ("80",)
_CHIP_SERVICES = "26"
_TRACK = re.compile(r"([0-9]{13,19})[=D]([0-9]{4})([0-9]{3})[0-9]*")
# Matched by their original, or of no weight: chips' data are not sent by all terminals.
_BY_HAND = ("00", "01")
_WITHOUT_CHIP = (Business.VOID, Business.REFUND, Business.BALANCE, Business.PRICE)
_SPENDING = (Business.PURCHASE, Business.WITHDRAWAL, Business.TRANSFER)
_HOLDER_PROVES = (Business.BALANCE, Business.WITHDRAWAL, Business.TRANSFER)
_AT_MACHINE = (Business.WITHDRAWAL, Business.DEPOSIT, Business.TRANSFER, Business.PIN_CHANGE)
_GIVING_BACK = (Business.VOID, Business.REFUND)
_ALL = tuple(Business)
_WITH_CARD = tuple(each for each in Business if each is not Business.PRICE)
_WITH_FINDINGS = tuple(each for each in _WITH_CARD if each not in _GIVING_BACK)
_TRANSACTION_TYPES: Mapping[Business, tuple[str, ...]] = MappingProxyType(
    {
        Business.BALANCE: ("30", "31"),
        Business.PURCHASE: ("00",),
        Business.VOID: ("20",),
        Business.REFUND: ("20",),
        Business.WITHDRAWAL: ("01",),
        Business.DEPOSIT: ("21",),
        Business.TRANSFER: ("40",),
        Business.PIN_CHANGE: ("70",),
    }
)
"""9C of the cryptogram (ISO 8583: first two digits of the processing code)."""
_CLOCKS_APART = 1
"""Days; a terminal at midnight, or one whose clock is a little wrong."""


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
    """What was paid is given back to a card that is lost, stolen, stopped: its account still takes credits."""
    reason = STATES[case.card.state].reason
    if reason and (case.request.business not in _GIVING_BACK or case.card.state in CLOSED):
        raise IssuerDecline(reason)


def _expiry(case: AuthorisingCase) -> None:
    demand_told_expiry(case)
    if case.request.business not in _GIVING_BACK and case.means.now()[2:6] > case.card.expiry:
        raise IssuerDecline("card-expired")


def demand_told_expiry(case: AuthorisingCase) -> None:
    """The date that came with the card is the register's. Raises IssuerDecline."""
    track = _track(case.request)
    if track is not None and track.expiry != case.card.expiry:
        raise IssuerDecline("card-expired")
    if case.request.expiry and case.request.expiry != case.card.expiry:
        raise IssuerDecline("card-expired")


def demand_sequence(case: AuthorisingCase) -> None:
    """The sequence number that came with the card is the register's. Raises IssuerDecline."""
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
    """A chip shows itself; its stripe is taken only where the chip could not be read, and must have been read then."""
    request, entry = case.request, case.request.entry[:2]
    if entry not in ENTRY_MODES or request.entry[2:] not in PIN_ENTRIES:
        raise IssuerDecline("entry-unknown")
    if entry in _BY_HAND and request.business in _AT_MACHINE:
        raise IssuerDecline("card-not-read")
    if entry in _CHIP_ENTRY and not request.chip and request.business not in _WITHOUT_CHIP:
        raise IssuerDecline("chip-data-missing")
    track = _track(request)
    if track is None and entry in (*_STRIPE_ENTRY, *_FALLBACK_ENTRY):
        raise IssuerDecline("track-missing")
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
    """The card asks for this, and has not declined by itself."""
    if case.chip is None:
        return
    demand_covered(case, case.chip)
    if not case.chip.card.asks:
        raise IssuerDecline("declined-by-card")


def demand_covered(case: AuthorisingCase, chip: CryptogramData) -> None:
    """The cryptogram is of this business, this amount, here and now. What was approved off line may come later. Raises
    IssuerDecline.
    """
    request = case.request
    if not chip.domestic:
        raise IssuerDecline("currency-foreign")
    if chip.kind not in _TRANSACTION_TYPES[request.business]:
        raise IssuerDecline("business-not-the-cards")
    if request.business.posts and chip.amount != request.amount:
        raise IssuerDecline("amount-not-the-cards")
    late = _days_late(chip.date, case.means.now()[2:8])
    if late is None or late < -_CLOCKS_APART or (late > _CLOCKS_APART and not request.offline):
        raise IssuerDecline("date-not-the-cards")


def _days_late(date: str, today: str) -> int | None:
    """Both YYMMDD; None for what is no date."""
    try:
        told, now = (datetime.strptime(f"20{each}", "%Y%m%d") for each in (date, today))  # noqa: DTZ007 - dates alone
    except ValueError:
        return None
    return (now - told).days


def _holder(case: AuthorisingCase) -> None:
    """The on-line PIN, if one came. One that is wrong is counted, and so is what is no PIN under the key of the line:
    from its answers a PIN could be found out by trying accounts.
    """
    block = case.request.pin_block
    if not block:
        if _must_prove(case):
            raise IssuerDecline("pin-missing")
        return
    spent = "pin-tries-at-machine" if case.request.business in _AT_MACHINE else "pin-tries-exceeded"
    most = case.means.terms.pin_tries
    if case.memory.wrong_pins >= most:
        raise IssuerDecline(spent)
    reason = _wrong_pin(case, block)
    if reason:
        case.memory = structs.replace(case.memory, wrong_pins=case.memory.wrong_pins + 1)
        raise IssuerDecline(spent if case.memory.wrong_pins >= most else reason)
    case.memory = structs.replace(case.memory, wrong_pins=0)
    case.pin_right = True


def _wrong_pin(case: AuthorisingCase, block: bytes) -> str:
    """Why the PIN is not the holder's; empty if it is."""
    try:
        right = case.means.pins.holds(block, case.card.pan, case.memory.offset or case.card.offset)
    except IssuerDecline as decline:
        return decline.reason
    return "" if right else "pin-wrong"


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
    RequestCheck("sequence number", demand_sequence),
    RequestCheck("business", _offered),
    RequestCheck("amount", _amount),
    RequestCheck("how the card was read", _entry, _WITH_CARD),
    RequestCheck("cryptogram and counter", _cryptogram, _WITH_CARD),
    RequestCheck("what the cryptogram covers", _what_it_covers, _WITH_CARD),
    RequestCheck("holder", _holder, _WITH_CARD),
    RequestCheck("what card and terminal found", _findings, _WITH_FINDINGS),
    RequestCheck("limits", _limits, _WITH_CARD),
)
"""Behind ``demand_card``; the balance is asked where money moves."""


def check(case: AuthorisingCase) -> None:
    """All steps. Raises IssuerDecline at the first that says no."""
    for step in CHECKS:
        if case.request.business in step.of:
            step.run(case)
