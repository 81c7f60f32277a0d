"""Names in a rule that no message has: such a rule does nothing, and nobody would see why. Values that no message can
have: such a rule would end in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from dualcos.leash.leash_rules import FactRange, LeashRule
from dualcos.messages.message_names import MessageNames


def unknown_names(rules: Iterable[LeashRule], names: MessageNames) -> str:
    """One line about all that is unknown, empty if nothing is."""
    found = [f"rule {number}: {each}" for number, rule in enumerate(rules, 1) for each in _unknown(rule, names)]
    return "; ".join(found)


def unfit_values(rules: Iterable[LeashRule], names: MessageNames) -> str:
    """One line about the first value that an answer does not take; empty if there is none."""
    for number, rule in enumerate(rules, 1):
        values = rule.answer | ({names.refusal: rule.refuse} if rule.refuse else {})
        for name, value in values.items():
            if why := names.unfit(name, value):
                return f"rule {number}: {name} = {value}: {why}"
    return ""


def _unknown(rule: LeashRule, names: MessageNames) -> Iterator[str]:
    for fact, wanted in rule.match.items():
        if fact not in names.facts:
            yield f"no request has {_named(fact, names.facts)}"
        elif fact in names.values and not isinstance(wanted, FactRange):
            every = wanted if isinstance(wanted, tuple) else (wanted,)
            known = names.values[fact]
            yield from (f"no {fact} is called {_named(str(each), known)}" for each in every if each not in known)
    if rule.first and rule.first not in names.orders:
        yield f"no order is called {_named(rule.first, names.orders)}"
    yield from (f"no answer has {_named(each, names.fields)}" for each in rule.answer if each not in names.fields)
    for each in rule.wrong:
        if each not in names.fields:
            yield f"no answer has {_named(each, names.fields)}"
        elif each not in names.single:
            yield f"{each} has no bit that could be false"


def _named(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"{name!r}{f' (did you mean {near[0]}?)' if near else ''}"
