"""Which cards a vector is for: ``version >= 3 and alg == SM4``, judged by the facts of a profile."""

from __future__ import annotations

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from types import MappingProxyType

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
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


def facts(profile: Profile, stacks: Stacks = STACKS) -> Mapping[str, Fact]:
    """What a condition may ask: version (0 without a social side), alg, the label of each stack, scope, protocol."""
    social = profile.ssse
    return {
        "version": float(social.version) if social else 0.0,
        "alg": social.algorithm.lstrip("3") if social else "",
        **{stack.label: stack.label in (*profile.sections, profile.under(stacks)) for stack in stacks},
        "scope": social.options.card_block_scope if social else "",
        "protocol": float(profile.chip.transmission.number),
    }


def check(condition: str, stacks: Stacks = STACKS) -> None:
    """Raises ConditionError if ``condition`` could not be judged."""
    sides = {stack.label: False for stack in stacks}
    holds(condition, {"version": 0.0, "alg": "", **sides, "scope": "", "protocol": 0.0})


def holds(condition: str, known: Mapping[str, Fact]) -> bool:
    """True if ``condition`` holds of ``known``; an empty one always does. Raises ConditionError."""
    if not condition:
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SyntaxWarning)  # doubtful Python is no condition either
            tree = ast.parse(condition, mode="eval")
        return bool(_value(tree.body, known))
    except (SyntaxError, TypeError, ValueError, MemoryError, RecursionError):  # what the parser says to nonsense
        raise ConditionError(f"{condition!r} is no condition: {', '.join(known)} compared, and, or, not") from None


def _value(node: ast.expr, known: Mapping[str, Fact]) -> Fact:
    if isinstance(node, ast.BoolOp):
        values = [bool(_value(each, known)) for each in node.values]
        return all(values) if isinstance(node.op, ast.And) else any(values)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return not _value(node.operand, known)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _COMPARE[type(node.ops[0])](_value(node.left, known), _value(node.comparators[0], known))
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float | str):
        return node.value
    raise TypeError
