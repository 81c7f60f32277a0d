"""离线上送: purchases that card and terminal have approved without the issuer. The card's TC proves them: they are
booked even where nothing is left, or the card is lost by now, for the merchant has delivered.
"""

from __future__ import annotations

from msgspec import structs

from dualcos.issuance.bank.authorisation.card_proofs import key_of
from dualcos.issuance.bank.authorisation.chip_data import UnreadableField55, chip_data
from dualcos.issuance.bank.authorisation.issuer_declines import IssuerDecline
from dualcos.issuance.bank.authorisation.issuer_means import AuthorisingCase
from dualcos.issuance.bank.authorisation.registered_bank_cards import STATES
from dualcos.messages.authorisation import Business


def check_upload(case: AuthorisingCase) -> None:
    """The card has approved this very amount, and it is not booked yet. Raises IssuerDecline."""
    request = case.request
    if request.business is not Business.PURCHASE:
        raise IssuerDecline("not-offered")
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
    if not chip.domestic:
        raise IssuerDecline("currency-foreign")
    if not 0 < request.amount == chip.amount:
        raise IssuerDecline("amount-not-the-cards")
    if case.means.books.at_counter(case.card.pan, chip.counter):
        raise IssuerDecline("cryptogram-used")
    case.memory = structs.replace(case.memory, atc=max(case.memory.atc, chip.counter))
    if STATES[case.card.state].reason:
        case.remarks.append(f"approved off line; the card is {case.card.state}")
