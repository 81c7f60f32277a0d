"""What the bureau's register tells the desk of a card, and what is laid down for its region's settlements."""

from __future__ import annotations

import re
from collections import Counter
from datetime import datetime
from typing import Annotated, Literal, NamedTuple

from msgspec import Meta, Struct, field

from dualcos.messages.social_services import PERIOD, Bytes16, Fen, Octets, Period, Region, Scheme

CardState = Literal["0", "1", "2", "3", "4", "9"]
"""AAZ502: 0 not begun, 1 in use, 2 lost (written), 3 locked, 4 lost (oral), 9 cancelled."""
IN_USE: CardState = "1"
OfflineDifference = Literal["go on", "refuse older", "refuse any"]
"""What becomes of a settlement whose card shows other off-line figures than have come in (``offline_figures``)."""
ANY = "*"


class DuePremium(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One premium on the due list 应缴清单: of a scheme (V2.0 table 41), for a month YYYYMM or a year YYYY, in fen."""

    scheme: Scheme
    period: Period
    amount: Fen

    def __post_init__(self) -> None:
        """Raises ValueError for a period that is none, and a sum of nothing."""
        if not re.fullmatch(PERIOD, self.period):
            raise ValueError(f"premiums: {self.period!r} is no period; a month is YYYYMM, a year YYYY")
        if self.amount < 1:
            raise ValueError(f"premiums: {self.scheme} for {self.period} is {self.amount} fen; list what is to be paid")


class RegisteredCard(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A card and its holder. ``identification``: 16 bytes in hex; ``number``: nine characters, AAZ500; ``state``:
    AAZ502; ``insured_at``: place of insurance; ``opening``: fen on the personal account when the desk first hears of
    the holder. ``updates``: file (``DF04EF05``) to tag to value, what waits to be written at a terminal.
    ``premiums``: what the holder has to pay himself, first come first paid; paid ones may stay on the list. Raises
    ValueError for two of one scheme and period, as they could not be told apart: they are one sum.
    """

    identification: Bytes16
    number: str
    social_number: str
    insured_at: Region
    state: CardState = IN_USE
    insured: bool = True
    opening: Fen = 0
    updates: dict[str, dict[str, Octets]] = {}
    premiums: tuple[DuePremium, ...] = ()

    def __post_init__(self) -> None:
        """See the class."""
        listed = Counter((each.scheme, each.period) for each in self.premiums)
        for (scheme, period), times in listed.items():
            if times > 1:
                raise ValueError(f"premiums: {scheme} for {period} is listed {times} times; list it once, as one sum")


class Shares(NamedTuple):
    """Who pays what of a total, in fen."""

    account: int
    pooled: int
    self_paid: int


class RegionTerms(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a region lays down. ``mode``: 1 on line, 2 on line with temporary off-line settlements, 3 off line, where
    the card holds the account's money (人社信息函〔2012〕38号). ``deductible``: fen of each settlement that the fund
    pays nothing of; ``pooled_permille``: its share of the rest. ``updates``: terminal number to the files that it may
    update on line, ``*`` for any. ``offline_difference``: whether a card goes on whose off-line figures are others than
    the back end's (mode 2). ``hold_days``: so many days after its pre-settlement a settlement of which nothing was
    heard, or of which nobody knows what became, holds nothing of the account; its TAC counts whenever it comes.
    ``payee``: the fund's account by name, where premiums go.
    """

    mode: Literal[1, 2, 3] = 2
    deductible: Fen = 1000
    pooled_permille: Annotated[int, Meta(ge=0, le=1000)] = 700
    updates: dict[str, tuple[str, ...]] = field(default_factory=lambda: {ANY: (ANY,)})
    offline_difference: OfflineDifference = "refuse older"
    hold_days: Annotated[int, Meta(ge=1, le=3660)] = 90
    payee: str = "社会保险基金收入户"

    def shares(self, total: int, available: int) -> Shares:
        """The fund pays its share, rounded down; the account of the rest what it has; the holder what is left."""
        pooled = max(0, total - self.deductible) * self.pooled_permille // 1000
        account = min(total - pooled, max(0, available))
        return Shares(account, pooled, total - pooled - account)

    def has_lapsed(self, since: str, now: str) -> bool:
        """True if what began at ``since`` holds nothing any more; times YYYYMMDDhhmmss."""
        begun, today = (datetime.strptime(each[:8], "%Y%m%d").date() for each in (since, now))  # noqa: DTZ007 - days
        return (today - begun).days > self.hold_days

    def may_update(self, terminal: str, file: str) -> bool:
        """True if the terminal may update that file on line."""
        files = (*self.updates.get(terminal, ()), *self.updates.get(ANY, ()))
        return ANY in files or file in files
