"""The conditions of the card risk management checks: each answers its operands in words if it holds, else None.

None also where the check does not run because its data are not in the card or were not sent (PBOC-5 §14.4.2).
Clause, CVR bit and request of each are in ``checks``.
"""

from __future__ import annotations

from cos.pse.transaction.ada import Ada
from cos.pse.transaction.risk import Facts


def _indicator(name: str, *, value: bool, runs: bool) -> str | None:
    return f"{name} = 1" if runs and value else None


def online_not_completed(f: Facts) -> str | None:
    """The last online transaction was not completed."""
    runs = f.risk.issuer_authentication or f.risk.scripts
    return _indicator("online authorisation indicator", value=f.risk.counters.online_authorisation, runs=runs)


def last_ia_failed(f: Facts) -> str | None:
    """Issuer authentication failed last time, or was mandatory and missing."""
    name = "issuer authentication failure indicator"
    return _indicator(name, value=f.risk.counters.ia_failure, runs=f.risk.issuer_authentication)


def sda_failed(f: Facts) -> str | None:
    """SDA failed last time."""
    return _indicator("SDA failure indicator", value=f.risk.counters.sda_failure, runs=f.risk.sda)


def dda_failed(f: Facts) -> str | None:
    """DDA or CDA failed last time."""
    return _indicator("DDA failure indicator", value=f.risk.counters.dda_failure, runs=f.risk.dda)


def scripts_received(f: Facts) -> str | None:
    """Script commands came after the last online transaction."""
    count = f.risk.counters.script_counter
    return f"script command counter = {count}" if f.risk.scripts and count else None


def script_failed(f: Facts) -> str | None:
    """One of them failed."""
    return _indicator("script failure indicator", value=f.risk.counters.script_failure, runs=f.risk.scripts)


def _gap(f: Facts, limit: int | None, tag: str) -> str | None:
    c = f.risk.counters
    if c.last_online_atc is None or limit is None or c.atc - c.last_online_atc <= limit:
        return None
    return f"ATC {c.atc:04X} − last online {c.last_online_atc:04X} = {c.atc - c.last_online_atc} > {tag} {limit:02X}"


def lower_limit(f: Facts) -> str | None:
    """More consecutive offline transactions than 9F58."""
    return _gap(f, f.risk.limits.lower, "9F58")


def upper_limit(f: Facts) -> str | None:
    """More consecutive offline transactions than 9F59."""
    return _gap(f, f.risk.limits.upper, "9F59")


def _show(code: bytes | None) -> str:
    return code.hex().upper() if code else "absent"


def foreign_currency(f: Facts) -> str | None:
    """More offline transactions in a foreign currency than 9F53."""
    count, limits = f.risk.counters.foreign_currency, f.risk.limits
    if limits.foreign_currency is None or not f.foreign_currency or count + 1 <= limits.foreign_currency:
        return None
    return (
        f"5F2A {_show(f.terminal.currency)} ≠ 9F51 {_show(limits.currency)}, "
        f"{count} + 1 > 9F53 {limits.foreign_currency:02X}"
    )


def foreign_country(f: Facts) -> str | None:
    """More offline transactions in a foreign country than 9F72."""
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


def cumulative(f: Facts) -> str | None:
    """The cumulative amount would pass 9F54."""
    if not f.own_currency:
        return None
    return _sum(f.risk.counters.cumulative, f.amount, f.risk.limits.cumulative, "9F54")


def cumulative_two(f: Facts) -> str | None:
    """The cumulative amount of both currencies would pass 9F75."""
    return _sum(f.risk.counters.cumulative_two, f.two_currency_amount, f.risk.limits.cumulative_two, "9F75")


def upper_cumulative(f: Facts) -> str | None:
    """The cumulative amount would pass 9F5C."""
    if not f.own_currency and not f.options.unable_cumulative_any_currency:
        return None
    return _sum(f.risk.counters.cumulative, f.amount, f.risk.limits.cumulative_upper, "9F5C")


def upper_cumulative_two(f: Facts) -> str | None:
    """The cumulative amount of both currencies would pass 9F5C."""
    return _sum(f.risk.counters.cumulative_two, f.two_currency_amount, f.risk.limits.cumulative_upper, "9F5C")


def never_online(f: Facts) -> str | None:
    """The card was never online: last online ATC 0000."""
    return "last online ATC = 0000" if f.risk.counters.last_online_atc == 0 else None


def new_card(f: Facts) -> str | None:
    """The same, on a card with 9F52."""
    return never_online(f) if f.risk.limits.ada is not None else None


def tries_exhausted(f: Facts) -> str | None:
    """No PIN tries are left, and no VERIFY came."""
    if not f.risk.offline_pin or f.transaction.verify_seen or f.risk.counters.pin_tries:
        return None
    return "no VERIFY in this transaction, PIN try counter = 0"


def exhausted_earlier(f: Facts) -> str | None:
    """The same, on a card with 9F52."""
    return tries_exhausted(f) if f.risk.limits.ada is not None else None


def exhausted_and_unable(f: Facts) -> str | None:
    """The same, where ADA 2.b5 asks for a decline."""
    if f.options.unable_pin_bit_needs_ada and not f.risk.limits.wants(Ada.EARLIER_PIN_UNABLE_DECLINE):
        return None
    return tries_exhausted(f)


def blocked(f: Facts) -> str | None:
    """The application is blocked."""
    return "application is blocked" if f.risk.counters.application_blocked else None
