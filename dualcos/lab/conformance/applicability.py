"""Which cards a vector is for: ``version >= 3 and ssse.pin_tries > 2``, judged by the facts of a profile.

A fact is one of a few short names, or a field of the profile by its path. What is set to nothing, and a field of a side
that the card has not, makes any comparison with it false.
"""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from types import MappingProxyType

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.lab.conformance.profile_data import data_of, fields, is_field
from dualcos.profile.schema import Profile

Fact = str | float | bool
_COMPARE: Mapping[type, Callable[[Fact, Fact], bool]] = MappingProxyType(
    {
        ast.Eq: operator.eq,
        ast.NotEq: operator.ne,
        ast.Lt: operator.lt,
        ast.LtE: operator.le,
        ast.Gt: operator.gt,
        ast.GtE: operator.ge,
    }
)


class ConditionError(ValueError):
    """The condition is not written as it must be."""


class _Unsaid(Exception):
    """A profile does not say what is asked."""


def facts(profile: Profile, stacks: Stacks = STACKS) -> Mapping[str, Fact]:
    """What a condition may ask: version (0 without a social side), alg, the label of each stack, scope, protocol; and
    every field of the profile by its path.
    """
    social = profile.ssse
    return {
        **data_of(profile, stacks),
        "version": float(social.version) if social else 0.0,
        "alg": social.algorithm.lstrip("3") if social else "",
        **{stack.label: stack.label in (*profile.sections, profile.under(stacks)) for stack in stacks},
        "scope": social.options.card_block_scope if social else "",
        "protocol": float(profile.chip.transmission.number),
    }


def check(condition: str, stacks: Stacks = STACKS, declared: Collection[str] | None = None) -> None:
    """Raises ConditionError if ``condition`` could not be judged. ``declared``: the fields of a profile
    with ``stacks``, for whoever checks many.
    """
    if not condition:
        return
    sides = {stack.label: False for stack in stacks}
    known: Mapping[str, Fact] = {"version": 0.0, "alg": "", **sides, "scope": "", "protocol": 0.0}
    declared = fields(stacks) if declared is None else declared
    for path in paths(condition):
        if not is_field(path, declared):
            raise ConditionError(f"{condition!r}: a profile has no field {path}")
    holds(condition, known)


def paths(condition: str) -> Collection[str]:
    """The fields of a profile that ``condition`` asks for. Raises ConditionError."""
    asked = [each for each in ast.walk(_read(condition)) if isinstance(each, ast.Attribute)]
    inner = {id(each.value) for each in asked}
    try:
        return [_path(each) for each in asked if id(each) not in inner]
    except (TypeError, RecursionError):
        raise _no_condition(condition) from None


def asked_facts(condition: str, known: Collection[str]) -> Collection[str]:
    """The facts that ``condition`` asks for, in order: fields by their path, and the names in ``known``. Raises
    ConditionError.
    """
    found: dict[str, None] = {}
    _collect(_read(condition), known, found)
    return tuple(found)


def holds(condition: str, known: Mapping[str, Fact]) -> bool:
    """True if ``condition`` holds of ``known``; an empty one always does. Raises ConditionError."""
    if not condition:
        return True
    try:
        return bool(_value(_read(condition), known))
    except _Unsaid:
        return False
    except (TypeError, ValueError, RecursionError):
        raise _no_condition(condition) from None


def _collect(node: ast.expr, known: Collection[str], found: dict[str, None]) -> None:
    """Put into ``found`` what is asked for at and below ``node``. A name that is no fact is a word."""
    if isinstance(node, ast.Attribute):
        found[_path(node)] = None
    elif isinstance(node, ast.Name) and node.id in known:
        found[node.id] = None
    for each in ast.iter_child_nodes(node) if not isinstance(node, ast.Attribute) else ():
        if isinstance(each, ast.expr):
            _collect(each, known, found)


@lru_cache(maxsize=4096)
def _read(condition: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)  # doubtful Python is no condition either
            return ast.parse(condition, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # what the parser says to nonsense
        raise _no_condition(condition) from None


def _no_condition(condition: str) -> ConditionError:
    names = "version, alg, ssse, pse, pki, psam, scope, protocol or a field as ssse.pin_tries"
    return ConditionError(f"{condition!r} is no condition: {names} compared, and, or, not")


def _value(node: ast.expr, known: Mapping[str, Fact]) -> Fact:
    if isinstance(node, ast.BoolOp):
        values = [_holds(each, known) for each in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, known)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_value(node.left, known), _value(node.comparators[0], known))
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        found = known.get(_path(node))
        if found is None:
            raise _Unsaid
        return found
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    raise TypeError


def _holds(node: ast.expr, known: Mapping[str, Fact]) -> bool:
    try:
        return bool(_value(node, known))
    except _Unsaid:
        return False


def _path(node: ast.expr) -> str:
    """``ssse.pin_tries``. Raises TypeError for anything else with a dot in it."""
    if isinstance(node, ast.Attribute):
        return f"{_path(node.value)}.{node.attr}"
    if isinstance(node, ast.Name):
        return node.id
    raise TypeError
