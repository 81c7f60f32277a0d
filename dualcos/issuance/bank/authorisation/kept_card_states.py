"""The bank's register with what its counters have changed since: a card's state stands in the books from then on."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping

from msgspec import Struct, structs

from dualcos.issuance.bank.authorisation.bank_books import BankBooks
from dualcos.issuance.bank.authorisation.registered_bank_cards import BankCardState, RegisteredBankCard


class KeptCardState(Struct, frozen=True, kw_only=True):
    """From ``time`` on the card stands so."""

    pan: str
    state: BankCardState
    time: str


class KeptRegister(MutableMapping[str, RegisteredBankCard]):
    """``cards`` by PAN, each in the state that ``books`` have of it. What is set changes ``cards``, not the books."""

    def __init__(self, cards: MutableMapping[str, RegisteredBankCard], books: BankBooks) -> None:
        self._cards = cards
        self._books = books

    def __getitem__(self, pan: str) -> RegisteredBankCard:
        card, kept = self._cards[pan], self._books.paper(KeptCardState, pan)
        return card if kept is None else structs.replace(card, state=kept.state)

    def __setitem__(self, pan: str, card: RegisteredBankCard) -> None:
        self._cards[pan] = card

    def __delitem__(self, pan: str) -> None:
        del self._cards[pan]

    def __iter__(self) -> Iterator[str]:
        return iter(self._cards)

    def __len__(self) -> int:
        return len(self._cards)
