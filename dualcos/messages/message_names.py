"""What the messages of a format have, by name: for whoever writes rules about them and may mistype."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple, get_args

from msgspec import inspect

from dualcos.messages.service_names import SERVICES
from dualcos.messages.social_services import Answer, Request

SECRETS = frozenset({"pin"})
"""What no rule is told, and no line of a log."""
_PROSE = frozenset({"code", "zh", "en", "scheme_zh", "scheme_en", "payee"})
_SINGLE = (inspect.StrType, inspect.IntType, inspect.BoolType, inspect.NoneType)


class MessageNames(NamedTuple):
    """What the messages of one format have. ``facts``: what can be asked of requests; ``values``: of some facts all
    values there are; ``fields``: of answers; ``single``: those of them that are one text of digits or one number, in
    which a bit can be false; ``orders``: what the host can be ordered to do first. ``unfit``: why a field of an answer
    does not take a value, empty if it does; ``refusal``: the field that a refusal's code is in.
    """

    facts: frozenset[str]
    values: Mapping[str, frozenset[str]]
    fields: frozenset[str]
    single: frozenset[str]
    orders: frozenset[str] = frozenset()
    unfit: Callable[[str, str | int], str] = lambda _name, _value: ""
    refusal: str = "code"


def social_names() -> MessageNames:
    """Those of the social services."""
    asked = [each for request in get_args(Request) for each in _fields(request)]
    told = [each for answer in get_args(Answer) for each in _fields(answer)]
    facts = {each.name for each in asked if _is_single(each.type)}
    return MessageNames(
        facts=frozenset(facts - SECRETS | {"service"}),
        values=MappingProxyType({"service": frozenset(SERVICES)}),
        fields=frozenset(each.name for each in told),
        single=frozenset(each.name for each in told if _is_single(each.type)) - _PROSE,
    )


def _fields(kind: Any) -> Iterator[inspect.Field]:  # noqa: ANN401 - a member of a union
    """Of a message, and of the card and the payment in it."""
    said = inspect.type_info(kind)
    for each in said.fields if isinstance(said, inspect.StructType) else ():
        parts = [part for part in _either(each.type) if isinstance(part, inspect.StructType)]
        for part in parts:
            yield from part.fields
        if not parts:
            yield each


def _is_single(kind: inspect.Type) -> bool:
    return all(isinstance(each, _SINGLE) for each in _either(kind))


def _either(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)
