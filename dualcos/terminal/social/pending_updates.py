"""The one update that a terminal has under way: what it is to write, until it is known what the card has."""

from __future__ import annotations

from enum import Enum
from typing import Protocol

from msgspec import Struct

from dualcos.messages.social_services import ReadCard, UpdateReported


class UpdateManner(Enum):
    """How a card wants its updates: plain for the standard's own applications (SSC-7 §7.3), else what its issuer fixed
    beforehand (SSC-4 §8.1).
    """

    PLAIN = "plain"
    MAC = "MAC"
    ENCIPHERED = "enciphered"


class UpdateOrder(Struct, frozen=True, kw_only=True):
    """What to write into the file at ``address`` (``DF04EF05``). ``items``: value by tag, of a linear file;
    ``content``: from the first byte of a transparent file, or the new record of a cyclic one.
    """

    address: str
    items: dict[int, bytes] = {}
    content: bytes = b""
    manner: UpdateManner = UpdateManner.PLAIN


class PendingUpdate(Struct, frozen=True, kw_only=True):
    """An update that is under way, or whose outcome the back end has not heard. ``permit``: of one on line. ``report``:
    what is known of it, once it is.
    """

    card: ReadCard
    order: UpdateOrder
    permit: str = ""
    report: UpdateReported | None = None

    @property
    def number(self) -> str:
        """卡号 of its card."""
        return self.card.number


class PendingUpdates(Protocol):
    """Where a terminal keeps the one update that is under way. All raise TerminalStopped: the storage fails."""

    def pending(self) -> PendingUpdate | None:
        """The one that is kept."""
        ...

    def keep(self, update: PendingUpdate) -> None:
        """Keep it, in place of what is kept; when this returns, it outlives the terminal's power."""
        ...

    def drop(self) -> None:
        """Nothing is pending any more."""
        ...


class PendingInMemory:
    """``PendingUpdates`` of a terminal without storage (optional in SSC-8 table 6): gone with its power."""

    def __init__(self) -> None:
        self._kept: PendingUpdate | None = None

    def pending(self) -> PendingUpdate | None:
        """See the protocol."""
        return self._kept

    def keep(self, update: PendingUpdate) -> None:
        """See the protocol."""
        self._kept = update

    def drop(self) -> None:
        """See the protocol."""
        self._kept = None
