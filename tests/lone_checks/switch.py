"""What an instrumented check asks: nothing is left out, or one, and who was in it by which test."""

from __future__ import annotations

import builtins
import operator
from collections.abc import Callable

_COMPARE = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}

left_out = ""
"""The check that is left out."""
reached: set[str] = set()
"""Checks that decided something since this was last cleared."""
passed: set[str] = set()
"""Demands that were met, or blamed without raising, since then."""
comparable: set[str] = set()
"""Comparisons of values of which one can nearly be the other."""


def refuses(site: str, value: object) -> object:
    if value:
        reached.add(site)
        if left_out == site:
            return False
    return value


def accepts(site: str, value: object) -> object:
    if not value:
        reached.add(site)
        if left_out == site:
            return True
    return value


def answers(no: str, yes: str, value: object) -> object:
    site = yes if value else no
    reached.add(site)
    return (not value) if left_out == site else value


def demand(site: str, made: Callable[[], object]) -> object:
    if left_out == site:
        return None
    try:
        told = made()
    except Exception:
        reached.add(site)
        raise
    passed.add(site)
    return told


def equal(nearest: str, beginning: str, left: object, right: object) -> bool:
    if left == right:
        return True
    if type(left) in _COMPARABLE and type(right) in _COMPARABLE:
        comparable.update((nearest, beginning))
    for site, alike in ((nearest, _near), (beginning, _begins)):
        if alike(left, right):
            reached.add(site)
            if left_out == site:
                return True
    return False


def edge(site: str, sign: str, left: object, right: object) -> object:
    told = _COMPARE[sign](left, right)
    comparable.add(site)
    if left == right:
        reached.add(site)
        if left_out == site:
            return not told
    return told


_COMPARABLE = int, str, bytes


def _near(left: object, right: object) -> bool:
    """One sign differs, letter cases do, or leading zeros; of numbers: one more or less."""
    if type(left) is int and type(right) is int:
        return abs(left - right) == 1
    if not (isinstance(left, str | bytes) and type(left) is type(right)):
        return False
    if left.lower() == right.lower():
        return True
    zero = "0" if isinstance(left, str) else b"\0"
    if left.lstrip(zero) == right.lstrip(zero):
        return True
    return len(left) == len(right) and sum(a != b for a, b in zip(left, right, strict=True)) == 1


def _begins(left: object, right: object) -> bool:
    """One is the beginning of the other, or empty."""
    if not (isinstance(left, str | bytes) and type(left) is type(right)):
        return False
    return left.startswith(right) or right.startswith(left)


for _switch in (refuses, accepts, answers, demand, equal, edge):
    setattr(builtins, f"__{_switch.__name__}__", _switch)
