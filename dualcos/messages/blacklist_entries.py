"""The entries of a blacklist by what they are looked up by; a publisher's list and a terminal's are the same thing.

Made for a million of them: a card is one look into a dict, a range one search through sorted numbers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from dualcos.messages.blacklist import (
    NUMBER_LENGTH,
    Blacklist,
    CardNamed,
    Listed,
    ListedCard,
    ListedRange,
    Named,
    RangeNamed,
    Reason,
)

_CODE_LENGTH = 32


class Listing(NamedTuple):
    """Why an entry is on the list, its first and its last day."""

    reason: Reason
    since: str
    until: str

    def counts_on(self, day: str) -> bool:
        """True from the first day to the last, both of them too."""
        return self.since <= day <= self.until


class _SortedRanges(NamedTuple):
    """Ranges by their first number. ``reach``: the highest last number of all up to here."""

    first: list[str]
    last: list[str]
    listings: list[Listing]
    reach: list[str]


class BlacklistEntries:
    """Entries by their key; each is there once."""

    def __init__(self) -> None:
        self._cards: dict[str, Listing] = {}
        self._ranges: dict[str, Listing] = {}
        self._sorted: _SortedRanges | None = None
        self._same: dict[Listing, Listing] = {}  # few are different: each is kept once

    def __len__(self) -> int:
        return len(self._cards) + len(self._ranges)

    def take(self, changes: Blacklist) -> None:
        """What a list takes off goes, what it puts on comes."""
        for named in changes.unlisted:
            self.drop(named)
        for entry in changes.listed:
            self.put(entry)

    def put(self, entry: Listed) -> None:
        """In the place of what is there for the same card or range."""
        listing = Listing(entry.reason, entry.since, entry.until)
        self._room(entry)[entry.key] = self._same.setdefault(listing, listing)

    def drop(self, named: Named) -> None:
        """Nothing, if it is not there."""
        self._room(named).pop(named.key, None)

    def of(self, named: Named) -> Listing | None:
        """The entry for exactly this card or range, whatever day it is."""
        return (self._ranges if isinstance(named, RangeNamed) else self._cards).get(named.key)

    def find(self, identification: str, number: str, day: str) -> Listing | None:
        """The entry that counts for a card on ``day``: its own, else a range's."""
        own = self._cards.get(identification.upper() + number)
        if own is not None and own.counts_on(day):
            return own
        return self._range_with(number, day) if len(number) == NUMBER_LENGTH else None

    def ended_before(self, day: str) -> Iterator[Named]:
        """Which cards and ranges have an entry whose last day is over."""
        for key, listing in self._cards.items():
            if listing.until < day:
                yield CardNamed(identification=key[:_CODE_LENGTH], number=key[_CODE_LENGTH:])
        for key, listing in self._ranges.items():
            if listing.until < day:
                yield RangeNamed(first=key[:NUMBER_LENGTH], last=key[NUMBER_LENGTH:])

    def entries(self) -> Iterator[Listed]:
        """All, cards first, each kind in the order of its keys."""
        for key, (reason, since, until) in sorted(self._cards.items()):
            code, number = key[:_CODE_LENGTH], key[_CODE_LENGTH:]
            yield ListedCard(identification=code, number=number, reason=reason, since=since, until=until)
        for key, (reason, since, until) in sorted(self._ranges.items()):
            first, last = key[:NUMBER_LENGTH], key[NUMBER_LENGTH:]
            yield ListedRange(first=first, last=last, reason=reason, since=since, until=until)

    def _room(self, named: Named) -> dict[str, Listing]:
        if isinstance(named, RangeNamed):
            self._sorted = None
            return self._ranges
        return self._cards

    def _range_with(self, number: str, day: str) -> Listing | None:
        if self._sorted is None:
            self._sorted = self._sorted_ranges()
        ranges = self._sorted
        at = bisect_right(ranges.first, number)
        while at and ranges.reach[at - 1] >= number:
            at -= 1
            if ranges.last[at] >= number and ranges.listings[at].counts_on(day):
                return ranges.listings[at]
        return None

    def _sorted_ranges(self) -> _SortedRanges:
        found = sorted(self._ranges.items())
        last = [key[NUMBER_LENGTH:] for key, _ in found]
        return _SortedRanges(
            [key[:NUMBER_LENGTH] for key, _ in found], last, [listing for _, listing in found], [*accumulate(last, max)]
        )
