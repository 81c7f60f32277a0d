"""The checks of card risk management as two tables: at the first GENERATE AC, and when unable to go online.

Every check runs, even if an earlier one already asked for something. A check whose data are missing is skipped.
All comparisons are "greater than": reaching a limit is still allowed (PBOC-5 §14.4.3, §16.7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from cos.pse.transaction import findings as find
from cos.pse.transaction.ada import Ada
from cos.pse.transaction.cvr import Bit, Cvr
from cos.pse.transaction.risk import Facts


class Wish(Enum):
    """What a check asks the decision for."""

    ONLINE = "go online"
    DECLINE = "decline"
    DECLINE_AND_BLOCK = "decline and block the application"


class Ask(NamedTuple):
    """A wish, made if the ADA bit is 1, or always (None)."""

    wish: Wish
    ada: Ada | None = None


class Check(NamedTuple):
    """One row. ``finds`` answers the operands in words if the condition holds, None if not or if skipped."""

    number: str
    name: str
    clause: str
    runs_when: str
    compares: str
    finds: Callable[[Facts], str | None]
    sets: Bit | None = None
    asks: tuple[Ask, ...] = ()
    copies_script_counter: bool = False


class Fired(NamedTuple):
    """A check whose condition held."""

    number: str
    name: str
    clause: str
    words: str
    wishes: tuple[Wish, ...] = ()

    def __str__(self) -> str:
        asked = ", ".join(wish.value for wish in self.wishes) or "no request"
        return f"check {self.number} {self.name}: {self.words}; {asked} ({self.clause})"


class Outcome(NamedTuple):
    """What the checks came to; ``block`` implies ``decline``."""

    cvr: Cvr
    online: bool
    decline: bool
    block: bool
    fired: tuple[Fired, ...]


_ONLINE = (Ask(Wish.ONLINE),)
_DECLINE = (Ask(Wish.DECLINE),)

FIRST_CHECKS: tuple[Check, ...] = (
    Check(
        "1",
        "last online transaction not completed",
        "PBOC-5 §14.4.3.1",
        "issuer authentication or scripts supported",
        "online authorisation indicator = 1",
        find.online_not_completed,
        Bit.ONLINE_NOT_COMPLETED,
        _ONLINE,
    ),
    Check(
        "2",
        "last issuer authentication failed, or mandatory and not done",
        "PBOC-5 §14.4.3.2",
        "AIP b3 = 1",
        "issuer authentication failure indicator = 1",
        find.last_ia_failed,
        Bit.LAST_IA_FAILED,
        (Ask(Wish.ONLINE, Ada.LAST_IA_FAILED_ONLINE),),
    ),
    Check(
        "3",
        "SDA failed last time and declined",
        "PBOC-5 §14.4.3.3",
        "SDA supported",
        "SDA failure indicator = 1",
        find.sda_failed,
        Bit.LAST_SDA_FAILED,
    ),
    Check(
        "4",
        "DDA or CDA failed last time and declined",
        "PBOC-5 §14.4.3.4",
        "DDA supported",
        "DDA failure indicator = 1",
        find.dda_failed,
        Bit.LAST_DDA_FAILED,
    ),
    Check(
        "5a",
        "script commands of the last online transaction",
        "PBOC-5 §14.4.3.5",
        "scripts supported",
        "script command counter > 0",
        find.scripts_received,
        copies_script_counter=True,
    ),
    Check(
        "5b",
        "script failed in the last online transaction",
        "PBOC-5 §14.4.3.5",
        "scripts supported",
        "script failure indicator = 1",
        find.script_failed,
        Bit.LAST_SCRIPT_FAILED,
        (Ask(Wish.ONLINE, Ada.SCRIPT_FAILED_ONLINE),),
    ),
    Check(
        "6",
        "consecutive offline transactions, lower limit",
        "PBOC-5 §14.4.3.6",
        "9F13 and 9F58 present",
        "ATC − 9F13 > 9F58",
        find.lower_limit,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "7",
        "consecutive offline transactions, international by currency",
        "PBOC-5 §14.4.3.7",
        "9F51 and 9F53 present, 5F2A not zero",
        "5F2A ≠ 9F51 and counter + 1 > 9F53",
        find.foreign_currency,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "8",
        "consecutive offline transactions, international by country",
        "PBOC-5 §14.4.3.8",
        "9F57 and 9F72 present, 9F1A not zero",
        "9F1A ≠ 9F57 and counter + 1 > 9F72",
        find.foreign_country,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "9",
        "cumulative offline amount",
        "PBOC-5 §14.4.3.9",
        "9F51 and 9F54 present",
        "5F2A = 9F51 and total + 9F02 > 9F54",
        find.cumulative,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "10",
        "cumulative offline amount, two currencies",
        "PBOC-5 §14.4.3.10",
        "9F51, 9F76, 9F73 and 9F75 present",
        "total + 9F02 (converted if 5F2A = 9F76) > 9F75",
        find.cumulative_two,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "11",
        "new card",
        "PBOC-5 §14.4.3.11",
        "9F13 and 9F52 present",
        "9F13 = 0000",
        find.new_card,
        Bit.NEW_CARD,
        (Ask(Wish.ONLINE, Ada.NEW_CARD_ONLINE),),
    ),
    Check(
        "12",
        "offline PIN not done, tries exhausted earlier",
        "PBOC-5 §14.4.3.12",
        "offline PIN supported and 9F52 present",
        "no VERIFY in this transaction and 9F17 = 00",
        find.exhausted_earlier,
        Bit.PIN_TRIES_EXCEEDED,
        (
            Ask(Wish.DECLINE, Ada.EARLIER_PIN_DECLINE),
            Ask(Wish.ONLINE, Ada.EARLIER_PIN_ONLINE),
            Ask(Wish.DECLINE_AND_BLOCK, Ada.EARLIER_PIN_BLOCK),
        ),
    ),
    Check(
        "13",
        "blocked application",
        "PBOC-5 §17.5, B.2.1",
        "always",
        "application is blocked",
        find.blocked,
        asks=_DECLINE,
    ),
)
"""At the first GENERATE AC, in order (PBOC-5 §14.4.3)."""

UNABLE_CHECKS: tuple[Check, ...] = (
    Check(
        "U1",
        "consecutive offline transactions, upper limit",
        "PBOC-5 §16.7.1",
        "9F13 and 9F59 present",
        "ATC − 9F13 > 9F59",
        find.upper_limit,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
    Check(
        "U2",
        "new card",
        "PBOC-5 §16.7.1",
        "9F13 present",
        "9F13 = 0000",
        find.never_online,
        Bit.NEW_CARD,
        (Ask(Wish.DECLINE, Ada.NEW_CARD_UNABLE_DECLINE),),
    ),
    Check(
        "U3",
        "offline PIN not done, tries exhausted",
        "PBOC-5 §16.7.1",
        "offline PIN supported, ADA2.b5 = 1",
        "no VERIFY in this transaction and 9F17 = 00",
        find.exhausted_and_unable,
        Bit.PIN_TRIES_EXCEEDED,
        (Ask(Wish.DECLINE, Ada.EARLIER_PIN_UNABLE_DECLINE),),
    ),
    Check(
        "U4",
        "cumulative offline amount, upper limit",
        "PBOC-5 §16.7.1.4",
        "9F51 and 9F5C present",
        "5F2A = 9F51 and total + 9F02 > 9F5C",
        find.upper_cumulative,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
    Check(
        "U5",
        "cumulative offline amount, two currencies, upper limit",
        "PBOC-5 §16.7.1.5",
        "9F51, 9F76, 9F73 and 9F5C present",
        "total + 9F02 (converted if 5F2A = 9F76) > 9F5C",
        find.upper_cumulative_two,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
)
"""At the second GENERATE AC when 8A is Y3 or Z3 (PBOC-5 §16.7.1)."""


def _wishes(check: Check, f: Facts) -> tuple[Wish, ...]:
    wishes = [
        ask.wish
        for ask in check.asks
        if (ask.ada is None or f.risk.limits.wants(ask.ada))
        and (ask.ada is not Ada.EARLIER_PIN_BLOCK or f.options.block_on_earlier_exhausted_pin)
    ]
    return tuple(wishes[:1] if f.options.exhausted_pin_first_rule_only else wishes)


def _evaluate(checks: Iterable[Check], cvr: Cvr, f: Facts) -> Outcome:
    fired = []
    for check in checks:
        words = check.finds(f)
        if words is None:
            continue
        wishes = _wishes(check, f)
        fired.append(Fired(check.number, check.name, check.clause, words, wishes))
        if check.sets is not None:
            cvr = cvr.set(check.sets)
        if check.copies_script_counter:
            cvr = cvr.with_script_counter(f.risk.counters.script_counter)
        if Wish.DECLINE_AND_BLOCK in wishes and f.options.cvr_shows_block_at_check_12:
            cvr = cvr.set(Bit.BLOCKED_BY_PIN)
    wished = [wish for each in fired for wish in each.wishes]
    block = Wish.DECLINE_AND_BLOCK in wished
    return Outcome(cvr, Wish.ONLINE in wished, block or Wish.DECLINE in wished, block, tuple(fired))


def first_checks(f: Facts) -> Outcome:
    """The checks of the first GENERATE AC over the CVR so far (PBOC-5 §14.4.3)."""
    return _evaluate(FIRST_CHECKS, f.transaction.cvr, f)


def unable_checks(f: Facts) -> Outcome:
    """The checks of a second GENERATE AC unable to go online; sets CVR 2.b1 (PBOC-5 §16.7.1)."""
    return _evaluate(UNABLE_CHECKS, f.transaction.cvr.set(Bit.UNABLE_ONLINE), f)
