"""离线上送: purchases that card and terminal have approved without the issuer. The card's TC proves them: they are
booked even where nothing is left, or the card is lost by now, for the merchant has delivered.
"""

from __future__ import annotations

from msgspec import structs

from dualcos.issuance.bank.authorisation import request_checks
from dualcos.issuance.bank.authorisation.card_proofs import key_of
from dualcos.issuance.bank.authorisation.chip_data import UnreadableField55, chip_data
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase
from dualcos.issuance.bank.authorisation.registered_bank_cards import STATES
from dualcos.messages.authorisation import Business


def _demand_not_answered(case: AuthorisingCase, counter: int) -> None:
    """Nothing stands at this counter, and the issuer has not said no there. A reversal behind its no makes room: the
    terminal has not heard it, and the card has decided alone (PBOC-6 §7.9).
    """
    states = {each.state for each in case.means.books.at_counter(case.card.pan, counter)}
    if not states.isdisjoint(("standing", "voided")):
        raise IssuerDecline("cryptogram-used")
    if "declined" in states:
        raise IssuerDecline("declined-on-line")


def check_upload(case: AuthorisingCase) -> None:
    """The card has approved this very amount, and it is not booked yet. Raises IssuerDecline."""
    request = case.request
    if request.business is not Business.PURCHASE:
        raise IssuerDecline("not-offered")
    request_checks.demand_told_expiry(case)
    request_checks.demand_sequence(case)
    if not request.chip:
        raise IssuerDecline("chip-data-missing")
    try:
        case.chip = chip = chip_data(request.chip)
    except UnreadableField55:
        raise IssuerDecline("chip-data-unreadable") from None
    if key_of(case, chip) is None:
        raise IssuerDecline("cryptogram-wrong")
    if not chip.card.approved:
        raise IssuerDecline("declined-by-card")
    if request.amount == 0:
        raise IssuerDecline("amount-wrong")
    request_checks.demand_covered(case, chip)
    _demand_not_answered(case, chip.counter)
    case.memory = structs.replace(case.memory, atc=max(case.memory.atc, chip.counter))
    if STATES[case.card.state].reason:
        case.remarks.append(f"approved off line; the card is {case.card.state}")
