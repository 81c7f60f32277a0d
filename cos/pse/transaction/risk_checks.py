"""Card risk management (卡片风险管理), the checks: at the first GENERATE AC, and when unable to go online.

Two tables over conditions. A condition answers its operands in words if it holds, else None; None also where the
check does not run because its data are not in the card or were not sent (PBOC-5 §14.4.2). Every check runs, even if an
earlier one already asked for something. All comparisons are "greater than": reaching a limit is still allowed
(PBOC-5 §14.4.3, §16.7.1).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from enum import Enum
from typing import NamedTuple

from cos.pse.data.aip_afl_ada import Ada, Aip
from cos.pse.transaction.cvr_and_cid import Bit, Cvr
from cos.pse.transaction.risk_data import Facts


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
    finds: Callable[[Facts], str | None]
    sets: Bit | None = None
    asks: tuple[Ask, ...] = ()
    copies_script_counter: bool = False


class Fired(NamedTuple):
    """A check whose condition held: its operands in ``words``, and what it asks for."""

    check: Check
    words: str
    wishes: tuple[Wish, ...] = ()


class CheckOutcome(NamedTuple):
    """What the checks came to; ``block`` implies ``decline``."""

    cvr: Cvr
    online: bool
    decline: bool
    block: bool
    fired: tuple[Fired, ...]


_ONLINE = (Ask(Wish.ONLINE),)
_DECLINE = (Ask(Wish.DECLINE),)


def _indicator(name: str, *, value: bool, runs: bool = True) -> str | None:
    return f"{name} = 1" if runs and value else None


def _online_not_completed(f: Facts) -> str | None:
    """The last online transaction was not completed; asked as scripts are always supported."""
    return _indicator("online authorisation indicator", value=f.risk.counters.online_authorisation)


def _last_ia_failed(f: Facts) -> str | None:
    """Issuer authentication failed last time, or was mandatory and missing."""
    name = "issuer authentication failure indicator"
    return _indicator(name, value=f.risk.counters.ia_failure, runs=f.risk.supports(Aip.ISSUER_AUTHENTICATION))


def _sda_failed(f: Facts) -> str | None:
    """SDA failed last time."""
    return _indicator("SDA failure indicator", value=f.risk.counters.sda_failure, runs=f.risk.supports(Aip.SDA))


def _dda_failed(f: Facts) -> str | None:
    """DDA or CDA failed last time."""
    return _indicator("DDA failure indicator", value=f.risk.counters.dda_failure, runs=f.risk.supports(Aip.DDA))


def _scripts_received(f: Facts) -> str | None:
    """Script commands came after the last online transaction."""
    count = f.risk.counters.script_counter
    return f"script command counter = {count}" if count else None


def _script_failed(f: Facts) -> str | None:
    """One of them failed."""
    return _indicator("script failure indicator", value=f.risk.counters.script_failure)


def _gap(f: Facts, limit: int | None, tag: str) -> str | None:
    c = f.risk.counters
    if c.last_online_atc is None or limit is None or c.atc - c.last_online_atc <= limit:
        return None
    return f"ATC {c.atc:04X} − last online {c.last_online_atc:04X} = {c.atc - c.last_online_atc} > {tag} {limit:02X}"


def _lower_limit(f: Facts) -> str | None:
    """More consecutive offline transactions than 9F58."""
    return _gap(f, f.risk.limits.lower, "9F58")


def _upper_limit(f: Facts) -> str | None:
    """More consecutive offline transactions than 9F59."""
    return _gap(f, f.risk.limits.upper, "9F59")


def shown(code: bytes | None) -> str:
    """A code the terminal or the issuer sent, in hex."""
    return code.hex().upper() if code else "absent"


def _foreign_currency(f: Facts) -> str | None:
    """More offline transactions in a foreign currency than 9F53."""
    count, limits = f.risk.counters.foreign_currency, f.risk.limits
    if limits.foreign_currency is None or not f.foreign_currency or count + 1 <= limits.foreign_currency:
        return None
    return (
        f"5F2A {shown(f.terminal.currency)} ≠ 9F51 {shown(limits.currency)}, "
        f"{count} + 1 > 9F53 {limits.foreign_currency:02X}"
    )


def _foreign_country(f: Facts) -> str | None:
    """More offline transactions in a foreign country than 9F72."""
    count, limits = f.risk.counters.foreign_country, f.risk.limits
    if limits.foreign_country is None or not f.foreign_country or count + 1 <= limits.foreign_country:
        return None
    return (
        f"9F1A {shown(f.terminal.country)} ≠ 9F57 {shown(limits.country)}, "
        f"{count} + 1 > 9F72 {limits.foreign_country:02X}"
    )


def _sum(total: int, amount: int | None, limit: int | None, tag: str) -> str | None:
    if amount is None or limit is None or total + amount <= limit:
        return None
    return f"cumulative {total} + amount {amount} = {total + amount} > {tag} {limit}"


def _cumulative(f: Facts) -> str | None:
    """The cumulative amount would pass 9F54."""
    if not f.own_currency:
        return None
    return _sum(f.risk.counters.cumulative, f.amount, f.risk.limits.cumulative, "9F54")


def _cumulative_two(f: Facts) -> str | None:
    """The cumulative amount of both currencies would pass 9F75."""
    return _sum(f.risk.counters.cumulative_two, f.two_currency_amount, f.risk.limits.cumulative_two, "9F75")


def _upper_cumulative(f: Facts) -> str | None:
    """The cumulative amount would pass 9F5C."""
    if not f.own_currency and not f.options.unable_cumulative_any_currency:
        return None
    return _sum(f.risk.counters.cumulative, f.amount, f.risk.limits.cumulative_upper, "9F5C")


def _upper_cumulative_two(f: Facts) -> str | None:
    """The cumulative amount of both currencies would pass 9F5C."""
    return _sum(f.risk.counters.cumulative_two, f.two_currency_amount, f.risk.limits.cumulative_upper, "9F5C")


def _never_online(f: Facts) -> str | None:
    """The card was never online: last online ATC 0000."""
    return "last online ATC = 0000" if f.risk.counters.last_online_atc == 0 else None


def _new_card(f: Facts) -> str | None:
    """The same, on a card with 9F52."""
    return _never_online(f) if f.risk.limits.ada is not None else None


def _tries_exhausted(f: Facts) -> str | None:
    """No PIN tries are left, and no VERIFY came."""
    if not f.risk.offline_pin or f.transaction.verify_seen or f.risk.counters.pin_tries:
        return None
    return "no VERIFY in this transaction, PIN try counter = 0"


def _exhausted_earlier(f: Facts) -> str | None:
    """The same, on a card with 9F52."""
    return _tries_exhausted(f) if f.risk.limits.ada is not None else None


def _exhausted_and_unable(f: Facts) -> str | None:
    """The same, where ADA 2.b5 asks for a decline."""
    if f.options.unable_pin_bit_needs_ada and not f.risk.limits.wants(Ada.EARLIER_PIN_UNABLE_DECLINE):
        return None
    return _tries_exhausted(f)


def _blocked(f: Facts) -> str | None:
    """The application is blocked."""
    return "application is blocked" if f.risk.counters.application_blocked else None


FIRST_CHECKS: tuple[Check, ...] = (
    Check(
        "1",
        "last online transaction not completed",
        "PBOC-5 §14.4.3.1",
        _online_not_completed,
        Bit.ONLINE_NOT_COMPLETED,
        _ONLINE,
    ),
    Check(
        "2",
        "last issuer authentication failed, or mandatory and not done",
        "PBOC-5 §14.4.3.2",
        _last_ia_failed,
        Bit.LAST_IA_FAILED,
        (Ask(Wish.ONLINE, Ada.LAST_IA_FAILED_ONLINE),),
    ),
    Check("3", "SDA failed last time and declined", "PBOC-5 §14.4.3.3", _sda_failed, Bit.LAST_SDA_FAILED),
    Check("4", "DDA or CDA failed last time and declined", "PBOC-5 §14.4.3.4", _dda_failed, Bit.LAST_DDA_FAILED),
    Check(
        "5a",
        "script commands of the last online transaction",
        "PBOC-5 §14.4.3.5",
        _scripts_received,
        copies_script_counter=True,
    ),
    Check(
        "5b",
        "script failed in the last online transaction",
        "PBOC-5 §14.4.3.5",
        _script_failed,
        Bit.LAST_SCRIPT_FAILED,
        (Ask(Wish.ONLINE, Ada.SCRIPT_FAILED_ONLINE),),
    ),
    Check(
        "6",
        "consecutive offline transactions, lower limit",
        "PBOC-5 §14.4.3.6",
        _lower_limit,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "7",
        "consecutive offline transactions, international by currency",
        "PBOC-5 §14.4.3.7",
        _foreign_currency,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check(
        "8",
        "consecutive offline transactions, international by country",
        "PBOC-5 §14.4.3.8",
        _foreign_country,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check("9", "cumulative offline amount", "PBOC-5 §14.4.3.9", _cumulative, Bit.VELOCITY_EXCEEDED, _ONLINE),
    Check(
        "10",
        "cumulative offline amount, two currencies",
        "PBOC-5 §14.4.3.10",
        _cumulative_two,
        Bit.VELOCITY_EXCEEDED,
        _ONLINE,
    ),
    Check("11", "new card", "PBOC-5 §14.4.3.11", _new_card, Bit.NEW_CARD, (Ask(Wish.ONLINE, Ada.NEW_CARD_ONLINE),)),
    Check(
        "12",
        "offline PIN not done, tries exhausted earlier",
        "PBOC-5 §14.4.3.12",
        _exhausted_earlier,
        Bit.PIN_TRIES_EXCEEDED,
        (
            Ask(Wish.DECLINE, Ada.EARLIER_PIN_DECLINE),
            Ask(Wish.ONLINE, Ada.EARLIER_PIN_ONLINE),
            Ask(Wish.DECLINE_AND_BLOCK, Ada.EARLIER_PIN_BLOCK),
        ),
    ),
    Check("13", "blocked application", "PBOC-5 §17.5, B.2.1", _blocked, asks=_DECLINE),
)
"""At the first GENERATE AC, in order (PBOC-5 §14.4.3)."""

UNABLE_CHECKS: tuple[Check, ...] = (
    Check(
        "U1",
        "consecutive offline transactions, upper limit",
        "PBOC-5 §16.7.1",
        _upper_limit,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
    Check(
        "U2",
        "new card",
        "PBOC-5 §16.7.1",
        _never_online,
        Bit.NEW_CARD,
        (Ask(Wish.DECLINE, Ada.NEW_CARD_UNABLE_DECLINE),),
    ),
    Check(
        "U3",
        "offline PIN not done, tries exhausted",
        "PBOC-5 §16.7.1",
        _exhausted_and_unable,
        Bit.PIN_TRIES_EXCEEDED,
        (Ask(Wish.DECLINE, Ada.EARLIER_PIN_UNABLE_DECLINE),),
    ),
    Check(
        "U4",
        "cumulative offline amount, upper limit",
        "PBOC-5 §16.7.1.4",
        _upper_cumulative,
        Bit.VELOCITY_EXCEEDED,
        _DECLINE,
    ),
    Check(
        "U5",
        "cumulative offline amount, two currencies, upper limit",
        "PBOC-5 §16.7.1.5",
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


def _evaluate(checks: Iterable[Check], cvr: Cvr, f: Facts) -> CheckOutcome:
    fired = []
    for check in checks:
        words = check.finds(f)
        if words is None:
            continue
        wishes = _wishes(check, f)
        fired.append(Fired(check, words, wishes))
        if check.sets is not None:
            cvr = cvr.set(check.sets)
        if check.copies_script_counter:
            cvr = cvr.with_script_counter(f.risk.counters.script_counter)
        if Wish.DECLINE_AND_BLOCK in wishes and f.options.cvr_shows_block_at_check_12:
            cvr = cvr.set(Bit.BLOCKED_BY_PIN)
    wished = [wish for each in fired for wish in each.wishes]
    block = Wish.DECLINE_AND_BLOCK in wished
    return CheckOutcome(cvr, Wish.ONLINE in wished, block or Wish.DECLINE in wished, block, tuple(fired))


def first_checks(f: Facts) -> CheckOutcome:
    """The checks of the first GENERATE AC over the CVR so far (PBOC-5 §14.4.3)."""
    return _evaluate(FIRST_CHECKS, f.transaction.cvr, f)


def unable_checks(f: Facts) -> CheckOutcome:
    """The checks of a second GENERATE AC unable to go online; sets CVR 2.b1 (PBOC-5 §16.7.1)."""
    return _evaluate(UNABLE_CHECKS, f.transaction.cvr.set(Bit.UNABLE_ONLINE), f)
