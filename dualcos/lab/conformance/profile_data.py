"""What a profile says of its card, field by field, under the path each has in its file: ``ssse.pin_tries``.

Vectors name the card's own data so, in conditions and in expressions: what they play on differs in its PIN, its tries,
its options, and a right card must pass whatever these are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin

from msgspec import Struct, structs

from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.profile.schema import CardProfile, Profile, section_type

Datum = str | int | bool
_WORDS = frozenset(("title", "title_zh", "ref"))  # for people
_DIGITS = frozenset("0123456789ABCDEFabcdef")
_BYTE = 256


def data_of(profile: Profile, stacks: Stacks = STACKS) -> Mapping[str, Datum]:
    """Every plain value of ``profile`` by its path. What it does not say is not there; entries of lists are not."""
    whole = {name: getattr(profile, name) for name in CardProfile.__struct_fields__ if name not in _WORDS}
    labels = [stack.label for stack in stacks if stack.label in profile.sections]
    return dict(_told({**whole, **{label: profile.sections[label] for label in labels}}, ""))


def _told(values: Mapping[str, Any], above: str) -> Iterator[tuple[str, Datum]]:
    for name, value in values.items():
        path = f"{above}{name}"
        if isinstance(value, Struct):
            names = zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True)
            below = {encoded: getattr(value, own) for encoded, own in names}
            yield from _told(below, f"{path}.")
        elif isinstance(value, Mapping):
            yield from _told(value, f"{path}.")
        elif isinstance(value, str | int):
            yield path, f"{value:04X}" if isinstance(value, int) and type(value) not in (int, bool) else value


def fields(stacks: Stacks = STACKS) -> Collection[str]:
    """The paths there can be; one that ends in ``.*`` has names of the profile's own below it."""
    sections = [(stack.label, section_type(stack)) for stack in stacks]
    whole = [(each.name, each.type) for each in structs.fields(CardProfile) if each.name not in _WORDS]
    return frozenset(_declared((*whole, *sections), ""))


def _declared(kinds: Collection[tuple[str, Any]], above: str) -> Iterator[str]:
    for name, kind in kinds:
        path = f"{above}{name}"
        for each in _alternatives(kind):
            if isinstance(each, type) and issubclass(each, Struct):
                below = [(field.encode_name, field.type) for field in structs.fields(each)]
                yield from _declared(below, f"{path}.")
            else:
                yield f"{path}.*" if get_origin(each) is dict else path


def is_field(path: str, known: Collection[str]) -> bool:
    """True if a profile can have something under ``path``; ``known`` is what ``fields`` gives."""
    return path in known or f"{path.rpartition('.')[0]}.*" in known


def choices(path: str, stacks: Stacks = STACKS) -> tuple[str, ...]:
    """The texts that a field can have, of those where a profile chooses one of several; else none."""
    kind: Any = {stack.label: section_type(stack) for stack in stacks}.get(path.partition(".")[0])
    for name in path.split(".")[1:]:
        kind = next((each for each in _alternatives(kind) if isinstance(each, type) and issubclass(each, Struct)), None)
        kind = {field.encode_name: field.type for field in structs.fields(kind)}.get(name) if kind else None
    texts = get_args(kind) if get_origin(kind) is Literal else ()
    return tuple(text for text in texts if isinstance(text, str))


def _alternatives(kind: Any) -> tuple[Any, ...]:  # noqa: ANN401 - an annotation
    return get_args(kind) if get_origin(kind) in (Union, UnionType) else (kind,)


def as_bytes(value: Datum) -> bytes | None:
    """A datum as a command carries it: digits and hex packed, an odd one filled with F, a number as one byte or two.

    None if it is text for people.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value.to_bytes(1 if value < _BYTE else 2, "big")
    return bytes.fromhex(value + "F" * (len(value) % 2)) if set(value) <= _DIGITS else None
