"""How a dialect of ISO 8583 lays out its fields: the kind of row that its tables are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple


class FieldKind(Enum):
    """What a field holds. The value is the letter of ISO 8583."""

    DIGITS = "n"
    LETTERS = "an"
    TEXT = "ans"
    TRACK = "z"
    BINARY = "b"

    @property
    def is_bytes(self) -> bool:
        """True if a message's value is bytes, not text."""
        return self is FieldKind.BINARY


class IsoField(NamedTuple):
    """One field. ``name``: what rules and facts call it. ``size``: digits, characters or bytes, the most of them if
    ``length_digits`` are in front (0, 2, 3).

    ``right_aligned``: where digits are packed and their number is odd, the zero stands in front. ``note``: what the
    field holds here, and how sure that is.
    """

    number: int
    name: str
    zh: str
    en: str
    kind: FieldKind
    size: int
    length_digits: int = 0
    right_aligned: bool = False
    note: str = ""


class SealedText(NamedTuple):
    """A MAC over a text: MTI and these fields that are there, with their lengths, a blank between, of 90 the first 20
    digits. ``at_key_delivery``: the fields where keys are delivered. ``capitals``: in capital letters; ``filtered``:
    besides A to Z, digits, comma and dot nothing but single blanks. Both settings are seen.
    """

    fields: tuple[int, ...]
    at_key_delivery: tuple[int, ...]
    capitals: bool = True
    filtered: bool = True


@dataclass(frozen=True)
class IsoDialect:
    """A dialect. ``packed``: digits two a byte and lengths in BCD, else all is characters; ``mac_field``: its last,
    over all that stands before it, or over ``sealed_text``.
    """

    name: str
    zh: str
    packed: bool
    mac_field: int
    fields: Mapping[int, IsoField]
    sealed_text: SealedText | None = None

    def __repr__(self) -> str:
        return f"<IsoDialect {self.name}>"


def iso_dialect(
    name: str, zh: str, *, packed: bool, mac_field: int, rows: Iterable[IsoField], sealed_text: SealedText | None = None
) -> IsoDialect:
    """The dialect of these rows."""
    return IsoDialect(name, zh, packed, mac_field, MappingProxyType({row.number: row for row in rows}), sealed_text)


def little_and_much(found: AbstractSet[int], required: AbstractSet[int], optional: AbstractSet[int]) -> str:
    """Which fields are missing, and which do not belong to a message, one line; empty if neither."""
    said = [f"field {number} is missing" for number in sorted(required - found)]
    said += [f"field {number} does not belong here" for number in sorted(found - required - optional)]
    return "; ".join(said)
