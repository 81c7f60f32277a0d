"""Rules between the fields of a struct that somebody else filled in, declared beside them (``RULES``).

What reads a file keeps them (``broken_rule``); what publishes its JSON Schema says them (``dualcos.lab.schemas``).
Fields are named as the file names them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from msgspec import NODEFAULT, Struct, structs

_NOTHING: tuple[Any, ...] = (None, "", [], {}, 0, False)
_MANY = 4096


class FieldRule(NamedTuple):
    """``said`` is what the author reads. Of ``one`` exactly one field is given. Where all of ``when`` are given and
    none of ``unless``, some of ``needs`` is and none of ``never``. ``each``: all this of every entry of that list.

    A field is given if it has another value than one that is left out. A name may go on inside (``state.atomic``), and
    ask for one value (``cut.tick=each``).
    """

    said: str
    one: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    unless: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    each: str = ""

    @property
    def names(self) -> frozenset[str]:
        """All that it asks for."""
        return frozenset((*self.one, *self.when, *self.unless, *self.needs, *self.never))

    def is_kept(self, given: frozenset[str]) -> bool:
        """True if what is given of ``names`` is as the rule has it."""
        if self.one:
            return len(given.intersection(self.one)) == 1
        if not given.issuperset(self.when) or not given.isdisjoint(self.unless):
            return True
        return (not self.needs or not given.isdisjoint(self.needs)) and given.isdisjoint(self.never)


class BrokenRule(NamedTuple):
    """``where``: the path below the struct, empty or beginning with a dot."""

    where: str
    said: str

    def __str__(self) -> str:
        return f"{self.where}: {self.said}"


class PlaceOfName(NamedTuple):
    """What a name in a rule means for a class: the attribute, the values that say nothing, the name inside its value,
    the value that is asked for.
    """

    attribute: str
    absent: tuple[Any, ...]
    inside: str
    asked: str


def rules_of(kind: type[Struct]) -> tuple[FieldRule, ...]:
    """The rules that a class declares."""
    found: tuple[FieldRule, ...] = getattr(kind, "RULES", ())
    return found


def broken_rule(value: Struct) -> BrokenRule | None:
    """A rule that ``value`` does not keep, of those its class declares; None if it keeps all."""
    for group in _grouped(type(value)):
        for where, entry in _entries(value, group.each):
            rule = group.broken(entry)
            if rule is not None:
                return BrokenRule(f"{where}.{rule.when[0]}" if rule.when else where, rule.said)
    return None


def _entries(value: Struct, each: str) -> Iterator[tuple[str, Struct]]:
    if not each:
        yield "", value
        return
    for at, entry in enumerate(getattr(value, place_of(type(value), each).attribute)):
        yield f".{each}[{at}]", entry


class _RuleGroup:
    """The rules of a class that are for the same: for itself, or for the entries of one list (``each``)."""

    def __init__(self, each: str, rules: tuple[FieldRule, ...]) -> None:
        self.each = each
        self._rules = rules
        self._names = sorted(frozenset().union(*(one.names for one in rules)))
        self._broken: dict[tuple[str, ...], FieldRule | None] = {}  # by what is given: few of all that could be
        self._places: dict[type[Struct], tuple[list[tuple[str, str, tuple[Any, ...]]], list[str]]] = {}

    def broken(self, entry: Struct) -> FieldRule | None:
        """The first that ``entry`` does not keep."""
        known = self._places.get(type(entry))
        if known is None:
            known = self._places[type(entry)] = self._found(type(entry))
        plain, others = known
        given = tuple([name for name, attribute, absent in plain if getattr(entry, attribute) not in absent])
        given += tuple([name for name in others if _is_given(entry, name)])
        if given not in self._broken:
            told = frozenset(given)
            self._broken[given] = next((rule for rule in self._rules if not rule.is_kept(told)), None)
        return self._broken[given]

    def _found(self, kind: type[Struct]) -> tuple[list[tuple[str, str, tuple[Any, ...]]], list[str]]:
        """Where the names lead from a struct of that class; and those that go on inside, or ask for a value."""
        places = {name: place_of(kind, name) for name in self._names}
        others = [name for name, place in places.items() if place.inside or place.asked]
        plain = [(name, place.attribute, place.absent) for name, place in places.items() if name not in others]
        return plain, others


@lru_cache(maxsize=_MANY)
def _grouped(kind: type[Struct]) -> tuple[_RuleGroup, ...]:
    """The rules of a class by what they are for."""
    groups: dict[str, list[FieldRule]] = {}
    for rule in rules_of(kind):
        groups.setdefault(rule.each, []).append(rule)
    return tuple(_RuleGroup(each, tuple(rules)) for each, rules in groups.items())


def _is_given(value: Struct, name: str) -> bool:
    place = place_of(type(value), name)
    found = getattr(value, place.attribute)
    if place.inside:
        return found is not None and _is_given(found, place.inside)
    return bool(found == place.asked) if place.asked else found not in place.absent


@lru_cache(maxsize=_MANY)
def place_of(kind: type[Struct], name: str) -> PlaceOfName:
    """Where a name leads from a struct of that class. Raises StopIteration for a field that it has not."""
    path, _, asked = name.partition("=")
    first, _, inside = path.partition(".")
    field = next(each for each in structs.fields(kind) if each.encode_name == first)
    if field.default_factory is not NODEFAULT:
        absent: tuple[Any, ...] = (field.default_factory(),)
    else:
        absent = _NOTHING if field.default is NODEFAULT else (field.default,)
    return PlaceOfName(field.name, absent, name.removeprefix(f"{first}.") if inside else "", "" if inside else asked)
