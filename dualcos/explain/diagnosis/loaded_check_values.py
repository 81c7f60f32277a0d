"""Check values of group 9000 or 9400 that are not those of the keys before them (PBOC-10 §6.4, §8.2).

Right is: of the AC, MAC and ENC key in this order the first three bytes of a block of zeros enciphered. They may be
right and the keys wrongly sealed: then the card has other keys than were meant.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from typing import Any

from cos.pse.data.data_groups import SUITES, Suite
from dualcos.explain.diagnosis.channel_wire import (
    CHANNEL_KEY,
    CHANNEL_SESSION,
    KDEK,
    SEQUENCE,
    ChannelRule,
    shown_channel,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.finding import KeyName
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.sealed_groups import GroupSeal, opened_group, refused_group, stored_before
from dualcos.explain.diagnosis.wrong_inputs import instead
from keys.algorithms import DES, SM4, TDES, Algorithm
from keys.key_handle import KeyHandle

_KEY, _CHECK = 16, 3
_KINDS = (0x21, 0x22, 0x23)
_ORDERS = tuple(order for order in permutations(range(3)) if order != (0, 1, 2))


def _gathered(situation: Situation) -> Gathered | None:
    channel = shown_channel(situation)
    if channel is None or situation.hidden:
        return None
    group = refused_group(situation, channel)
    suite = next((each for each in SUITES if group is not None and each.check_values == group.dgi), None)
    sealed = stored_before(channel).groups.get(suite.keys) if suite is not None else None
    if group is None or suite is None or sealed is None or len(sealed.value) != _KEY * 3:
        return None
    values: dict[str, Any] = {
        "session key": ChannelRule.RIGHT,
        "sequence": channel.counter,
        "encipherment": GroupSeal.ECB,
        "key": channel.keys[KDEK],
        "suite": suite,
        "sealed keys": sealed.value,
    }
    right = {**values, "check values": b""}
    return Gathered({**right, "check values": _of_keys(right), "keys": _opened(right)}, group.value)


def _opened(values: Values) -> bytes:
    return opened_group(values, values["sealed keys"])


def _of_keys(values: Values) -> bytes:
    return _checks(_opened(values), values["suite"].cipher)


def _checks(keys: bytes, cipher: Algorithm) -> bytes:
    return b"".join(KeyHandle(cipher, keys[at : at + _KEY]).check_value for at in range(0, len(keys), _KEY))


def _formula(values: Values) -> bytes:
    unsealed = _of_keys(values)
    right = values["check values"]
    return unsealed if unsealed != _checks(values["keys"], values["suite"].cipher) else bytes(right)


# --- wrong ------------------------------------------------------------------------------------------------------------


def _other_order(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    parts = [right[at : at + _CHECK] for at in range(0, len(right), _CHECK)]
    for order in _ORDERS:
        yield b"".join(parts[at] for at in order)


def _other_cipher(_: bytes, values: Values, __: Situation) -> Iterator[bytes]:
    for cipher in (TDES, SM4):
        if cipher is not values["suite"].cipher:
            yield _checks(values["keys"], cipher)


def _left_halves(_: bytes, values: Values, __: Situation) -> Iterator[bytes]:
    keys: bytes = values["keys"]
    halves = (keys[at : at + DES.key_length] for at in range(0, len(keys), _KEY))
    yield b"".join(KeyHandle(DES, each).check_value for each in halves)


def _of_masters(_: bytes, values: Values, situation: Situation) -> Iterator[bytes]:
    """The issuer's, of which the card's would have come."""
    suite: Suite = values["suite"]
    masters = [next(iter(situation.view.around(_unknown(kind, suite), "key.tier-above")), None) for kind in _KINDS]
    checks = [each.handle.check_value for each in masters if each is not None]
    if len(checks) == len(_KINDS):
        yield b"".join(checks)


def _unknown(kind: int, suite: Suite) -> SeenKey:
    """A card's key by its name: the one that came is gone again."""
    name = KeyName("PSE/ADF", kind, 0, suite.key_version, suite.cipher.name, "")
    return SeenKey(name, suite.cipher, bytes(_KEY))


def _other_block(_: bytes, values: Values, __: Situation) -> Iterator[bytes]:
    """Over a block of ones or of FF, or the last bytes instead of the first."""
    keys, cipher = values["keys"], values["suite"].cipher
    handles = [KeyHandle(cipher, keys[at : at + _KEY]) for at in range(0, len(keys), _KEY)]
    for byte in (0xFF, 0x01):
        yield b"".join(each.encrypt(bytes((byte,)) * cipher.block)[:_CHECK] for each in handles)
    yield b"".join(each.encrypt(bytes(cipher.block))[-_CHECK:] for each in handles)


LOADED_CHECK_VALUES = Computation(
    name="check values",
    clause="PBOC-10 §6.4, §8.2",
    whys=frozenset(("wrong check values",)),
    inputs=(
        Input(
            "check values",
            (
                Mistake("fields.swapped", _other_order),
                Mistake("key.another-cipher", _other_cipher),
                Mistake("key.tier-above", _of_masters),
                Mistake("key.left-half", _left_halves),
                Mistake("check-values.another-block", _other_block),
            ),
        ),
        CHANNEL_SESSION,
        SEQUENCE,
        Input(
            "encipherment",
            (instead("cipher.in-clear", GroupSeal.CLEAR), instead("cipher.cbc", GroupSeal.CBC)),
            told=False,
        ),
        Input("key", CHANNEL_KEY),
    ),
    gather=_gathered,
    formula=_formula,
)
