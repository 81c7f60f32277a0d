"""Authentication data (鉴别数据) that did not prove a key: EXTERNAL AUTHENTICATION of the social side, MF and PSAM.

Right is: the key's process key from the card's last random number over the original information, and behind it the
original information (SSC-4 §9.5, SSC-5 §6.4).
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.process_keys import PROCESS_KEY, ProcessKey, process_handle
from dualcos.explain.diagnosis.wrong_inputs import KEY, RANDOM, instead
from keys.algorithms import xor
from keys.key_handle import KeyHandle

_HALF = 8


class ProofOrder(Enum):
    """Which half of the data is which."""

    RIGHT = "authentication data ‖ original"
    TURNED = "original ‖ authentication data"


class ProofPart(Enum):
    """What of a 16-byte block is sent."""

    FOLDED = "both halves XORed"
    LEFT = "the left half"
    RIGHT = "the right half"


class TurnedRound(bytes):
    """The original in the place of the random number, and the random number in that of the original."""

    __slots__ = ()


def _turned(right: ProofOrder, values: Values, situation: Situation) -> Iterator[ProofOrder]:
    """Not where a random number of the card's stands behind, where the original belongs."""
    del right
    if values["sent"] not in situation.history.challenges(situation.spot.environment):
        yield ProofOrder.TURNED


def _turned_round(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    original: bytes = values["original"]
    if original != right:
        yield TurnedRound(original)


def _another_original(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    for each in (bytes(_HALF), values["random number"][:_HALF].ljust(_HALF, b"\0")):
        if each != right:
            yield each


def _gathered(situation: Situation) -> Gathered | None:
    key = situation.refused_key()
    random = next(situation.history.challenges(situation.spot.environment), None)
    data = situation.command.data
    if key is None or random is None or situation.hidden or len(data) < 2 * _HALF:
        return None
    values: dict[str, Any] = {
        "random number": random,
        "key": key,
        "process key": ProcessKey.DERIVED,
        "order": ProofOrder.RIGHT,
        "part": ProofPart.FOLDED,
        "original": data[_HALF : 2 * _HALF],
        "sent": data[_HALF : 2 * _HALF],
        "first half": data[:_HALF],
        "right random": random,
    }
    return Gathered(values, data[: 2 * _HALF])


def _formula(values: Values) -> bytes:
    turned = values["order"] is ProofOrder.TURNED
    sent: bytes = values["first half"] if turned else values["sent"]
    original = sent if turned else values["original"]
    random: bytes = values["random number"]
    if isinstance(random, TurnedRound):
        original = values["right random"][:_HALF]
    proof = _proof(process_handle(values["key"], random, values["process key"]), original, values["part"])
    return sent + proof if turned else proof + sent


def _proof(handle: KeyHandle, original: bytes, part: ProofPart) -> bytes:
    if handle.block == _HALF:
        return handle.encrypt(original)
    block = handle.encrypt(original + bytes(_HALF))
    if part is ProofPart.FOLDED:
        return xor(block[:_HALF], block[_HALF:])
    return block[:_HALF] if part is ProofPart.LEFT else block[_HALF:]


AUTHENTICATION_DATA = Computation(
    name="authentication data",
    clause="SSC-4 §9.5, SSC-5 §6.4",
    whys=frozenset(("wrong authentication data", "authentication data turned round")),
    inputs=(
        Input("order", (Mistake("fields.swapped", _turned),)),
        Input("random number", (*RANDOM, Mistake("challenges.turned-round", _turned_round))),
        Input("process key", PROCESS_KEY),
        Input(
            "part",
            (instead("proof.not-folded", ProofPart.LEFT), instead("mac.right-half", ProofPart.RIGHT)),
            told=False,
        ),
        Input("original", (Mistake("original.another", _another_original),)),
        Input("key", KEY),
    ),
    gather=_gathered,
    formula=_formula,
)
