"""A back end for tests, in memory: cards of profiles in its register, their accounts filled, a clock that stands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path

from msgspec import structs

from dualcos.issuance.bureau.terminal_services.cards_of_profiles import ProfileCards, cards_of_profiles
from dualcos.issuance.bureau.terminal_services.desk_books import DeskBooks
from dualcos.issuance.bureau.terminal_services.desk_means import PublishedLists
from dualcos.issuance.bureau.terminal_services.registered_cards import RegionTerms
from dualcos.issuance.bureau.terminal_services.terminal_desk import TerminalDesk
from dualcos.leash.leashed_partner import LeashedCaller
from dualcos.leash.ready_behaviours import SOCIAL, ready_behaviours
from dualcos.leash.rule_engine import Leash
from dualcos.messages.social_codec import SocialForm
from dualcos.messages.social_services import Answer, Request, SocialBackEnd
from dualcos.profile.schema import load
from dualcos.sqlitefile.durable_database import IN_MEMORY
from firewall.hardware.randomness import SeededRng

CLOCK = "20260115093000"
OPENING = 1_000_000
"""Fen on each holder's personal account."""


@cache
def _cards(profile_names: tuple[str, ...], opening: int) -> ProfileCards:
    return cards_of_profiles([load(name) for name in profile_names], opening)


def demonstration_desk(
    profile_names: Sequence[str],
    *,
    path: str | Path = IN_MEMORY,
    opening: int = OPENING,
    terms: RegionTerms | None = None,
    lists: PublishedLists | None = None,
    now: Callable[[], str] = lambda: CLOCK,
    updates: dict[str, dict[str, str]] | None = None,
    series: bytes = b"",
) -> TerminalDesk:
    """The desk for the cards of these profiles; ``path``: its books on a disk; ``updates``: what waits to be written
    onto each card, instead of every item at its full width; ``series``: another one draws other vouchers. Whoever takes
    it closes it.
    """
    known = _cards(tuple(profile_names), opening)
    cards = dict(known.cards)
    for code, entry in known.cards.items() if updates is not None else ():
        cards[code] = structs.replace(entry, updates=updates)
    return TerminalDesk(
        keys=known.keys,
        cards=cards,
        books=DeskBooks(path),
        now=now,
        random=SeededRng(b"demonstration desk" + series).bytes,
        terms=terms,
        lists=lists,
    )


class LeashedBackEnd(LeashedCaller[Request, Answer]):
    """A back end in this process that follows rules: NoAnswer where they drop, delay beyond ``patience``, or answer
    late. ``rules``: a ready behaviour's name, or a leash, whose rules may be exchanged meanwhile.
    """

    def __init__(self, core: SocialBackEnd, rules: str | Leash, patience: float = 5) -> None:
        leash = Leash(ready_behaviours(SOCIAL)[rules].rule) if isinstance(rules, str) else rules
        super().__init__(core.ask, leash.followed, SocialForm(), patience)
