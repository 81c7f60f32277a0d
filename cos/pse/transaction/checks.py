"""The checks of card risk management as two tables: at the first GENERATE AC, and when unable to go online.

Every check runs, even if an earlier one already asked for something. A check whose data are missing is skipped.
All comparisons are "greater than": reaching a limit is still allowed (PBOC-5 §14.4.3, §16.7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

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


def _indicator(name: str, *, value: bool, runs: bool) -> str | None:
    return f"{name} = 1" if runs and value else None


def _online_not_completed(f: Facts) -> str | None:
    runs = f.risk.issuer_authentication or f.risk.scripts
    return _indicator("online authorisation indicator", value=f.risk.counters.online_authorisation, runs=runs)


def _last_ia_failed(f: Facts) -> str | None:
    name = "issuer authentication failure indicator"
    return _indicator(name, value=f.risk.counters.ia_failure, runs=f.risk.issuer_authentication)


def _sda_failed(f: Facts) -> str | None:
    return _indicator("SDA failure indicator", value=f.risk.counters.sda_failure, runs=f.risk.sda)


def _dda_failed(f: Facts) -> str | None:
    return _indicator("DDA failure indicator", value=f.risk.counters.dda_failure, runs=f.risk.dda)


def _scripts_received(f: Facts) -> str | None:
    count = f.risk.counters.script_counter
    return f"script command counter = {count}" if f.risk.scripts and count else None


def _script_failed(f: Facts) -> str | None:
    return _indicator("script failure indicator", value=f.risk.counters.script_failure, runs=f.risk.scripts)


def _gap(f: Facts, limit: int | None, tag: str) -> str | None:
    c = f.risk.counters
    if c.last_online_atc is None or limit is None or c.atc - c.last_online_atc <= limit:
        return None
    return f"ATC {c.atc:04X} − last online {c.last_online_atc:04X} = {c.atc - c.last_online_atc} > {tag} {limit:02X}"


def _lower_limit(f: Facts) -> str | None:
    return _gap(f, f.risk.limits.lower, "9F58")


def _upper_limit(f: Facts) -> str | None:
    return _gap(f, f.risk.limits.upper, "9F59")


def _show(code: bytes | None) -> str:
    return code.hex().upper() if code else "absent"


def _foreign_currency(f: Facts) -> str | None:
    count, limits = f.risk.counters.foreign_currency, f.risk.limits
    if limits.foreign_currency is None or not f.foreign_currency or count + 1 <= limits.foreign_currency:
        return None
    return (
        f"5F2A {_show(f.terminal.currency)} ≠ 9F51 {_show(limits.currency)}, "
        f"{count} + 1 > 9F53 {limits.foreign_currency:02X}"
    )


def _foreign_country(f: Facts) -> str | None:
    count, limits = f.risk.counters.foreign_country, f.risk.limits
    if limits.foreign_country is None or not f.foreign_country or count + 1 <= limits.foreign_country:
        return None
    return (
        f"9F1A {_show(f.terminal.country)} ≠ 9F57 {_show(limits.country)}, "
        f"{count} + 1 > 9F72 {limits.foreign_country:02X}"
    )


def _sum(total: int, amount: int | None, limit: int | None, tag: str) -> str | None:
    if amount is None or limit is None or total + amount <= limit:
        return None
    return f"cumulative {total} + amount {amount} = {total + amount} > {tag} {limit}"


def _cumulative(f: Facts) -> str | None:
    if not f.own_currency:
        return None
    return _sum(f.risk.counters.cumulative, f.amount, f.risk.limits.cumulative, "9F54")


def _cumulative_two(f: Facts) -> str | None:
    return _sum(f.risk.counters.cumulative_two, f.two_currency_amount, f.risk.limits.cumulative_two, "9F75")


def _upper_cumulative(f: Facts) -> str | None:
    if not f.own_currency and not f.options.unable_cumulative_any_currency:
        return None
    return _sum(f.risk.counters.cumulative, f.amount, f.risk.limits.cumulative_upper, "9F5C")


def _upper_cumulative_two(f: Facts) -> str | None:
    return _sum(f.risk.counters.cumulative_two, f.two_currency_amount, f.risk.limits.cumulative_upper, "9F5C")


def _never_online(f: Facts) -> str | None:
    return "last online ATC = 0000" if f.risk.counters.last_online_atc == 0 else None


def _new_card(f: Facts) -> str | None:
    return _never_online(f) if f.risk.limits.ada is not None else None


def _tries_exhausted(f: Facts) -> str | None:
    if not f.risk.offline_pin or f.transaction.verify_seen or f.risk.counters.pin_tries:
        return None
    return "no VERIFY in this transaction, PIN try counter = 0"


def _exhausted_earlier(f: Facts) -> str | None:
    return _tries_exhausted(f) if f.risk.limits.ada is not None else None


def _exhausted_and_unable(f: Facts) -> str | None:
    if f.options.unable_pin_bit_needs_ada and not f.risk.limits.wants(Ada.EARLIER_PIN_UNABLE_DECLINE):
        return None
    return _tries_exhausted(f)


def _blocked(f: Facts) -> str | None:
    return "application is blocked" if f.risk.counters.application_blocked else None


_ONLINE = (Ask(Wish.ONLINE),)
_DECLINE = (Ask(Wish.DECLINE),)

FIRST_CHECKS: tuple[Check, ...] = (
    Check(
        "1",
        "last online transaction not completed",
        "PBOC-5 §14.4.3.1",
        "issuer authentication or scripts supported",
        "online authorisation indicator = 1",
        _online_not_completed,
        Bit.ONLINE_NOT_COMPLETED,
        _ONLINE,
    ),
    Check(
        "2",
        "last issuer authentication failed, or mandatory and not done",
        "PBOC-5 §14.4.3.2",
        "AIP b3 = 1",
        "issuer authentication failure indicator = 1",
        _last_ia_failed,
        Bit.LAST_IA_FAILED,
        (Ask(Wish.ONLINE, Ada.LAST_IA_FAILED_ONLINE),),
    ),
    Check(
        "3",
        "SDA failed last time and declined",
        "PBOC-5 §14.4.3.3",
        "SDA supported",
        "SDA failure indicator = 1",
        _sda_failed,
        Bit.LAST_SDA_FAILED,
    ),
    Check(
        "4",
        "DDA or CDA failed last time and declined",
        "PBOC-5 §14.4.3.4",
        "DDA supported",
        "DDA failure indicator = 1",
        _dda_failed,
        Bit.LAST_DDA_FAILED,
    ),
    Check(
        "5a",
        "script commands of the last online transaction",
        "PBOC-5 §14.4.3.5",
        "scripts supported",
        "script command counter > 0",
        _scripts_received,
        copies_script_counter=True,
    ),
    Check(
        "5b",
        "script failed in the last online transaction",
        "PBOC-5 §14.4.3.5",
        "scripts supported",
        "script failure indicator = 1",
        _script_failed,
        Bit.LAST_SCRIPT_FAILED,
        (Ask(Wish.ONLINE, Ada.SCRIPT_FAILED_ONLINE),),
    ),
    Check(
        "6",
        "consecutive offline transactions, lower limit",
        "PBOC-5 §14.4.3.6",
        "9F13 and 9F58 present",
        "ATC − 9F13 > 9F58",
        _lower_limit,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "7",
        "consecutive offline transactions, international by currency",
        "PBOC-5 §14.4.3.7",
        "9F51 and 9F53 present, 5F2A not zero",
        "5F2A ≠ 9F51 and counter + 1 > 9F53",
        _foreign_currency,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "8",
        "consecutive offline transactions, international by country",
        "PBOC-5 §14.4.3.8",
        "9F57 and 9F72 present, 9F1A not zero",
        "9F1A ≠ 9F57 and counter + 1 > 9F72",
        _foreign_country,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "9",
        "cumulative offline amount",
        "PBOC-5 §14.4.3.9",
        "9F51 and 9F54 present",
        "5F2A = 9F51 and total + 9F02 > 9F54",
        _cumulative,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "10",
        "cumulative offline amount, two currencies",
        "PBOC-5 §14.4.3.10",
        "9F51, 9F76, 9F73 and 9F75 present",
        "total + 9F02 (converted if 5F2A = 9F76) > 9F75",
        _cumulative_two,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "11",
        "new card",
        "PBOC-5 §14.4.3.11",
        "9F13 and 9F52 present",
        "9F13 = 0000",
        _new_card,
        Bit.NEW_CARD,
        (Ask(Wish.ONLINE, Ada.NEW_CARD_ONLINE),),
    ),
    Check(
        "12",
        "offline PIN not done, tries exhausted earlier",
        "PBOC-5 §14.4.3.12",
        "offline PIN supported and 9F52 present",
        "no VERIFY in this transaction and 9F17 = 00",
        _exhausted_earlier,
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
        _blocked,
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
        _upper_limit,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
    Check(
        "U2",
        "new card",
        "PBOC-5 §16.7.1",
        "9F13 present",
        "9F13 = 0000",
        _never_online,
        Bit.NEW_CARD,
        (Ask(Wish.DECLINE, Ada.NEW_CARD_UNABLE_DECLINE),),
    ),
    Check(
        "U3",
        "offline PIN not done, tries exhausted",
        "PBOC-5 §16.7.1",
        "offline PIN supported, ADA2.b5 = 1",
        "no VERIFY in this transaction and 9F17 = 00",
        _exhausted_and_unable,
        Bit.PIN_TRIES_EXCEEDED,
        (Ask(Wish.DECLINE, Ada.EARLIER_PIN_UNABLE_DECLINE),),
    ),
    Check(
        "U4",
        "cumulative offline amount, upper limit",
        "PBOC-5 §16.7.1.4",
        "9F51 and 9F5C present",
        "5F2A = 9F51 and total + 9F02 > 9F5C",
        _upper_cumulative,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
    Check(
        "U5",
        "cumulative offline amount, two currencies, upper limit",
        "PBOC-5 §16.7.1.5",
        "9F51, 9F76, 9F73 and 9F5C present",
        "total + 9F02 (converted if 5F2A = 9F76) > 9F5C",
        _upper_cumulative_two,
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
    wished = {wish for each in fired for wish in each.wishes}
    block = Wish.DECLINE_AND_BLOCK in wished
    return Outcome(cvr, Wish.ONLINE in wished, block or Wish.DECLINE in wished, block, tuple(fired))


def first_checks(f: Facts) -> Outcome:
    """The checks of the first GENERATE AC over the CVR so far (PBOC-5 §14.4.3)."""
    return _evaluate(FIRST_CHECKS, f.transaction.cvr, f)


def unable_checks(f: Facts) -> Outcome:
    """The checks of a second GENERATE AC unable to go online; sets CVR 2.b1 (PBOC-5 §16.7.1)."""
    return _evaluate(UNABLE_CHECKS, f.transaction.cvr.set(Bit.UNABLE_ONLINE), f)
