"""An issuer under test with its cards: what is asked of it, and why it said no."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from msgspec import structs

from dualcos.issuance.bank.authorisation.issuer_core import IssuerCore
from dualcos.messages.authorisation import AuthorisationAnswer, AuthorisationRequest, Business
from tests.demonstration_bank import demonstration_issuer
from tests.paying_cards import PayingCard

NAMES = ("dual-2.0-3des", "dual-3.0-sm4")


@dataclass
class Bench:
    """An issuer with two cards' accounts."""

    issuer: IssuerCore
    card: PayingCard

    def anew(self, **how: Any) -> Bench:
        """With another issuer."""
        self.issuer.close()
        self.issuer = demonstration_issuer(NAMES, **how)
        return self

    def ask(self, business: Business, amount: int = 0, **more: Any) -> tuple[AuthorisationRequest, AuthorisationAnswer]:
        request = self.card.asks(business, amount, **more)
        return request, self.issuer.answer(request)

    def paid(self, amount: int = 1000, **more: Any) -> AuthorisationRequest:
        request, answer = self.ask(Business.PURCHASE, amount, **more)
        assert answer.code == "00"
        return request

    def other(self) -> PayingCard:
        """The second card, at the same terminal."""
        return PayingCard("dual-3.0-sm4", stan=500)

    def reason(self) -> str:
        """Why the last of the books' authorisations was declined; empty if it was not."""
        return [each.reason for each in self.issuer.books.authorisations()][-1]

    def put(self, **changed: Any) -> None:
        card = self.issuer.cards[self.card.pan]
        self.issuer.cards[self.card.pan] = structs.replace(card, **changed)  # type: ignore[index]


def code_of(bench: Bench, business: Business, amount: int = 0, **more: Any) -> str:
    return bench.ask(business, amount, **more)[1].code
