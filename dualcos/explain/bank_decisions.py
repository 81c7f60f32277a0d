"""What the bank's card decided at a GENERATE AC, in words: checks that fired, the rule, what changed, CID and CVR."""

from __future__ import annotations

from collections.abc import Iterator

from cos.pse.transaction.generate_ac_decision import Decision
from cos.pse.transaction.risk_checks import Fired
from cos.pse.transaction.transaction_memory import Counters
from dualcos.explain.bank_bits import cid_words, cvr_words
from firewall.trace import Noted

_TITLES = (
    ("atc", "application transaction counter (9F36)", 4),
    ("last_online_atc", "last online ATC register (9F13)", 4),
    ("online_authorisation", "online authorisation indicator", 0),
    ("ia_failure", "issuer authentication failure indicator", 0),
    ("sda_failure", "SDA failure indicator", 0),
    ("dda_failure", "DDA failure indicator", 0),
    ("script_failure", "script failure indicator", 0),
    ("script_counter", "script command counter", 1),
    ("foreign_currency", "consecutive offline transactions, international by currency", 2),
    ("foreign_country", "consecutive offline transactions, international by country", 2),
    ("cumulative", "cumulative offline amount", -1),
    ("cumulative_two", "cumulative offline amount, two currencies", -1),
    ("pin_tries", "PIN try counter (9F17)", 2),
    ("application_blocked", "application blocked", 0),
    ("blocked_for_ever", "application blocked for ever", 0),
    ("card_blocked", "card blocked", 0),
)


def _show(value: int | bool | None, digits: int) -> str:
    if value is None:
        return "absent"
    return f"{value:0{digits}X}" if digits > 0 else str(int(value))


def changes(old: Counters, new: Counters) -> Iterator[str]:
    """What differs, one line each: ``online authorisation indicator 0 -> 1``."""
    for name, title, digits in _TITLES:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield f"{title} {_show(before, digits)} -> {_show(after, digits)}"


def fired_words(fired: Fired) -> str:
    """A check whose condition held, and what it asked for."""
    number, name, clause, *_ = fired.check
    asked = ", ".join(wish.value for wish in fired.wishes) or "no request"
    return f"check {number} {name}: {fired.words}; {asked} ({clause})"


def decided(decision: Decision) -> tuple[str, ...]:
    """The checks that asked for something, the rule applied, the counters that change."""
    return (*map(fired_words, decision.fired), decision.why, *changes(decision.before, decision.counters))


def noted(event: Noted) -> tuple[str, ...]:
    """The lines of whatever was noted."""
    return tuple(decision_notes(event.text)) if isinstance(event.text, Decision) else (f"{event.topic}: {event.text}",)


def decision_notes(decision: Decision) -> Iterator[str]:
    """The lines of a trace."""
    for line in (*decided(decision), cid_words(decision.cid)):
        yield f"GENERATE AC: {line}"
    for line in cvr_words(decision.cvr):
        yield f"CVR: {line}"
