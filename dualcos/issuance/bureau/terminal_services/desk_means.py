"""What the desk's services work with, and what they all ask first."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, Protocol

from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_refusals import DeskRefusal
from dualcos.issuance.bureau.terminal_services.provincial_keys import CardKeys, KeysOfCard
from dualcos.issuance.bureau.terminal_services.registered_cards import IN_USE, RegionTerms, RegisteredCard
from dualcos.messages.social_services import ReadCard


class PublishedLists(Protocol):
    """A publisher of blacklists."""

    def since(self, after: int, history: str, /) -> tuple[str, ...]:
        """The signed lists behind number ``after``, in order; 0 for everything. ``history``: of the list of that
        number that is held, empty for any. Raises PublisherError.
        """
        ...


class NothingPublished:
    """A publisher that has no list."""

    def since(self, after: int, history: str, /) -> tuple[str, ...]:
        """None, whatever is held."""
        del after, history
        return ()


class DeskMeans(NamedTuple):
    """``cards``: the register by identification code, 32 capital hex digits; asked anew for each request. ``now``:
    the time, YYYYMMDDhhmmss. ``random``: so many random bytes. ``series``: drawn anew when the books are opened.
    """

    keys: KeysOfCard
    cards: Mapping[str, RegisteredCard]
    books: DeskBooks
    now: Callable[[], str]
    random: Callable[[int], bytes]
    terms: RegionTerms
    lists: PublishedLists
    series: str

    def voucher(self, kind: str, counter: str) -> str:
        """A new number: the next of ``counter``, and the series, which no earlier state of the same books has used."""
        return f"{kind}{self.books.next_number(counter):010d}-{self.series}"

    def keys_of(self, card: ReadCard) -> CardKeys:
        """The keys of a card. Raises DeskRefusal."""
        return CardKeys(self.keys, card)

    def registered(self, card: ReadCard) -> RegisteredCard:
        """The register's word on a card, lost or not. Raises DeskRefusal for one that is not in it."""
        found = self.cards.get(card.identification)
        if found is None:
            raise DeskRefusal("card-unknown")
        if card.number and card.number != found.number:
            raise DeskRefusal("number-differs")
        return found

    def in_use(self, card: ReadCard) -> RegisteredCard:
        """The same of a card that is in use."""
        found = self.registered(card)
        if found.state != IN_USE:
            raise DeskRefusal("card-not-in-use")
        return found
