"""How inputs of computations are usually got wrong (常见错误), a table for each kind of input.

Each ``Mistake`` gives the values that a host then has. The right value itself is never among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from dualcos.explain.diagnosis.computation import Mistake, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from keys.algorithms import DES, SM4, TDES

# --- keys -------------------------------------------------------------------------------------------------------------


def _others(right: SeenKey, situation: Situation) -> Iterator[SeenKey]:
    for each in situation.view.card_keys():
        if each.key.name != right.name and each.key.name.check_value:
            yield each.key


def _another_version(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    name = right.name
    for each in _others(right, situation):
        if each.name._replace(version=name.version, check_value=name.check_value) == name:
            yield each


def _another_number(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    for each in _others(right, situation):
        if (each.name.place, each.name.kind) == (right.name.place, right.name.kind):
            yield each


def _another_kind(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    return (each for each in _others(right, situation) if each.name.place == right.name.place)


def _another_place(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    return (each for each in _others(right, situation) if each.name.place != right.name.place)


def elsewhere(kind: str) -> Mistake:
    """Keys that are not in the card, used instead of the one that is."""

    def wrong(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
        yield from situation.view.around(right, kind)

    return Mistake(kind, wrong)


def _halves_swapped(right: SeenKey, _: Values, __: Situation) -> Iterator[SeenKey]:
    half = len(right.value) // 2
    yield right.otherwise(right.value[half:] + right.value[:half])


def _bytes_reversed(right: SeenKey, _: Values, __: Situation) -> Iterator[SeenKey]:
    yield right.otherwise(right.value[::-1])


def _another_cipher(right: SeenKey, _: Values, __: Situation) -> Iterator[SeenKey]:
    for cipher in (TDES, SM4):
        if cipher is not right.algorithm and len(right.value) == cipher.key_length:
            yield right.otherwise(right.value, cipher)


def _left_half(right: SeenKey, _: Values, __: Situation) -> Iterator[SeenKey]:
    if right.algorithm is TDES:
        yield right.otherwise(right.value[:8], DES)


KEY: tuple[Mistake, ...] = (
    Mistake("key.another-version", _another_version),
    Mistake("key.another-number", _another_number),
    Mistake("key.left-half", _left_half),
    elsewhere("key.tier-above"),
    elsewhere("key.another-factor"),
    Mistake("key.halves-swapped", _halves_swapped),
    Mistake("key.bytes-reversed", _bytes_reversed),
    Mistake("key.another-cipher", _another_cipher),
    Mistake("key.another-kind", _another_kind),
    Mistake("key.another-place", _another_place),
)

# --- random numbers ---------------------------------------------------------------------------------------------------


def _older(right: bytes, _: Values, situation: Situation) -> Iterator[bytes]:
    return (each for each in dict.fromkeys(situation.history.challenges("", older=True)) if each != right)


def _missing(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if any(right):
        yield bytes(len(right))


def _doubled(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield right + right
    if len(right) > 4:
        yield right[: len(right) // 2] * 2


def _truncated(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if len(right) > 4:
        yield right[:4]
        yield right[-4:]
    if len(right) > 8:
        yield right[:8]


def _filled_in_front(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    for size in (8, 16):
        if len(right) < size:
            yield right.rjust(size, b"\0")


def _reversed(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if right[::-1] != right:
        yield right[::-1]


RANDOM: tuple[Mistake, ...] = (
    Mistake("random.older", _older),
    Mistake("random.zero", _missing),
    Mistake("random.doubled", _doubled),
    Mistake("random.truncated", _truncated),
    Mistake("random.filled-in-front", _filled_in_front),
    Mistake("random.reversed", _reversed),
)

# --- numbers ----------------------------------------------------------------------------------------------------------


def off_by_one(kind: str, most: int = 0xFFFF) -> Mistake:
    """A counter one too early, or one too late."""

    def wrong(right: int, _: Values, __: Situation) -> Iterator[int]:
        return (each for each in (right - 1, right + 1) if 0 <= each <= most)

    return Mistake(kind, wrong)


def byte_order(kind: str, length: int) -> Mistake:
    """A number with its bytes turned round."""

    def wrong(right: int, _: Values, __: Situation) -> Iterator[int]:
        turned = int.from_bytes(right.to_bytes(length, "big"), "little")
        if turned != right:
            yield turned

    return Mistake(kind, wrong)


# --- choices ----------------------------------------------------------------------------------------------------------


def instead(kind: str, *values: Any) -> Mistake:  # noqa: ANN401 - members of whichever enumeration
    """One of these choices instead of the right one."""

    def wrong(right: Any, _: Values, __: Situation) -> Iterator[Any]:  # noqa: ANN401 - as above
        return (each for each in values if each != right)

    return Mistake(kind, wrong)


class Padding(Enum):
    """What stands behind data before they are MACed or enciphered."""

    METHOD_2 = "80 00…, always"
    IF_NEEDED = "80 00… unless aligned"
    ZEROS = "00…"
    NOTHING = "nothing"
    TWICE = "80 00… twice"


PADDING: tuple[Mistake, ...] = (
    instead("padding.zeros", Padding.ZEROS),
    instead("padding.none", Padding.IF_NEEDED, Padding.NOTHING),
    instead("padding.twice", Padding.TWICE),
)


def padded(data: bytes, block: int, padding: Padding) -> bytes:
    """``data`` as somebody with that idea of padding fills it; what is not aligned then gets 00. ``ZEROS`` are always
    some: whole blocks with nothing behind them are ``IF_NEEDED``, ``NOTHING``.
    """
    marked = data + b"\x80" if padding in (Padding.METHOD_2, Padding.TWICE) else data
    if padding is Padding.IF_NEEDED and len(data) % block:
        marked = data + b"\x80"
    filled = marked + bytes(-len(marked) % block)
    if padding is Padding.ZEROS and len(filled) == len(data):
        filled += bytes(block)
    return filled + b"\x80" + bytes(block - 1) if padding is Padding.TWICE else filled


# --- bytes ------------------------------------------------------------------------------------------------------------


def turned(kind: str) -> Mistake:
    """Bytes from the last to the first."""

    def wrong(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
        if right[::-1] != right:
            yield right[::-1]

    return Mistake(kind, wrong)


def stepped(kind: str) -> Mistake:
    """A counter, as bytes, one too early or one too late."""

    def wrong(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
        for value in (int.from_bytes(right, "big") - 1, int.from_bytes(right, "big") + 1):
            if 0 <= value < 1 << 8 * len(right):
                yield value.to_bytes(len(right), "big")

    return Mistake(kind, wrong)
