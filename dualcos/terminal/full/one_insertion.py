"""One card in one slot, as two kernels have it that do not know each other: one power for both halves of a business.

The social half powers the card. In ``shared`` the bank half begins on the power that stands, without a reset, and ends
without taking it away, so both halves are of one insertion for certain: a card that was pulled in between has no
power, and nothing that stands is there for another one. Outside of it each half powers the card for itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from apdu.link import AroundCard, SmartCard
from dualcos.reader.silent_card import CardGone
from dualcos.terminal.card_contacts import let_go


class OneInsertion:
    """``social`` and ``bank``: the same card, for each kernel its own. The bank's has no other slot behind it."""

    def __init__(self, card: SmartCard) -> None:
        contacts = _Contacts(card)
        self._contacts = contacts
        self.social: SmartCard = contacts
        self.bank: SmartCard = _BankHalf(contacts)

    @contextmanager
    def shared(self) -> Iterator[None]:
        """While the bank half works on the social half's card; behind it the card has no power."""
        self._contacts.shared = True
        try:
            yield
        finally:
            self._contacts.shared = False
            let_go(self._contacts)


class _Contacts(AroundCard[SmartCard]):
    """``answered``: the ATR, as long as the power that it was the answer to stands."""

    __slots__ = ("answered", "shared")

    def __init__(self, card: SmartCard) -> None:
        super().__init__(card)
        self.answered, self.shared = b"", False

    def power_on(self) -> bytes:
        self.answered = b""
        self.answered = self.card.power_on()
        return self.answered

    def reset(self) -> bytes:
        self.answered = b""
        self.answered = self.card.reset()
        return self.answered

    def power_off(self) -> None:
        self.answered = b""
        self.card.power_off()

    def exchange(self, command: bytes) -> bytes:
        try:
            return self.card.exchange(command)
        except CardGone:
            self.answered = b""
            raise


class _BankHalf(AroundCard[_Contacts]):
    """Power of its own, but for a business that is shared."""

    __slots__ = ()

    def power_on(self) -> bytes:
        return self._standing() if self.card.shared else self.card.power_on()

    def reset(self) -> bytes:
        return self._standing() if self.card.shared else self.card.reset()

    def power_off(self) -> None:
        if not self.card.shared:
            self.card.power_off()

    def _standing(self) -> bytes:
        """Raises CardGone: what is in the slot now, if anything, is not known to be the card of the social half."""
        if not self.card.answered:
            raise CardGone("the card of the first half is not in the slot any more")
        return self.card.answered
