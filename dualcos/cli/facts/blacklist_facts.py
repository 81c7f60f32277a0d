"""Facts of a blacklist: where a bureau's list stands, what was published, what signed lists say."""

from __future__ import annotations

from typing import Literal

from dualcos.cli.facts.fact_sheet import FactPart, FactSheet
from dualcos.lab.evidence.campaign_records import PublicKeyHex


class BlacklistEntry(FactPart, frozen=True):
    """A card or a range of card numbers. ``identification``: hex, empty for a range, whose numbers go from ``number``
    to ``last``, empty for a card; ``reason``, ``since`` and ``until`` are empty for what is taken off. ``waits``: for
    what of the next publication, empty if it is published.
    """

    identification: str
    number: str
    last: str
    reason: str
    since: str
    until: str
    waits: Literal["", "put-on", "taken-off"]


class BlacklistStanding(FactSheet, frozen=True, tag="dualcos.blacklist.standing/1"):
    """A bureau's list. ``sequence``: of the last publication, 0 and ``issued`` empty before the first (YYYYMMDDhhmmss);
    ``entries``: how many were published; ``waiting``: how many changes wait for the next publication; ``named``: those
    that it is about: all of them, or the one that was added or taken off.
    """

    file: str
    publisher: str
    regions: list[str]
    public_key: PublicKeyHex
    sequence: int
    issued: str
    entries: int
    waiting: int
    named: list[BlacklistEntry]


class BlacklistPart(FactPart, frozen=True):
    """One signed list. ``listed``, ``unlisted``: how many entries it puts on and takes off; ``bytes``: its length."""

    kind: Literal["whole", "increment"]
    publisher: str
    sequence: int
    issued: str
    listed: int
    unlisted: int
    bytes: int


class BlacklistPublished(FactSheet, frozen=True, tag="dualcos.blacklist.published/1"):
    """A publication: the signed lists that came of it."""

    file: str
    lists: list[BlacklistPart]


class UnbelievedList(FactPart, frozen=True):
    """A line that is no list of that key. ``line``: from 1."""

    line: int
    text: str


class BlacklistVerified(FactSheet, frozen=True, tag="dualcos.blacklist.verified/1"):
    """Signed lists in a file, one to a line. ``sound``: all are of the key that was given."""

    file: str
    sound: bool
    lists: list[BlacklistPart]
    wrong: list[UnbelievedList]
