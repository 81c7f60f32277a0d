"""Authentication data (鉴别数据) that did not prove a key: EXTERNAL AUTHENTICATION of the social side, MF and PSAM.

Right is: the key's process key from the card's last random number over the original information, and behind it the
original information (SSC-4 §9.5, SSC-5 §6.4).
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.wrong_inputs import KEY, RANDOM, instead
from keys.algorithms import xor
from keys.key_handle import KeyHandle
from keys.social_cryptography import session_key

_HALF = 8


class ProofOrder(Enum):
    """Which half of the data is which."""

    RIGHT = "authentication data ‖ original"
    TURNED = "original ‖ authentication data"


class ProcessKey(Enum):
    """What the original information is enciphered under."""

    DERIVED = "process key from the random number"
    KEY_ITSELF = "the key itself"


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
        "original": data[_HALF : 2 * _HALF],
        "first half": data[:_HALF],
    }
    return Gathered(values, data[: 2 * _HALF])


def _formula(values: Values) -> bytes:
    turned = values["order"] is ProofOrder.TURNED
    original: bytes = values["first half"] if turned else values["original"]
    proof = _proof(values["key"], values["random number"], original, values["process key"])
    return original + proof if turned else proof + original


def _proof(key: SeenKey, random: bytes, original: bytes, under: ProcessKey) -> bytes:
    handle: KeyHandle = key.handle if under is ProcessKey.KEY_ITSELF else session_key(key.handle, random)
    if handle.block == _HALF:
        return handle.encrypt(original)
    block = handle.encrypt(original + bytes(_HALF))
    return xor(block[:_HALF], block[_HALF:])


AUTHENTICATION_DATA = Computation(
    name="authentication data",
    clause="SSC-4 §9.5, SSC-5 §6.4",
    stacks=frozenset(("ssse", "manager", "psam")),
    whys=frozenset(("wrong authentication data", "authentication data turned round")),
    inputs=(
        Input("order", (instead("fields.swapped", ProofOrder.TURNED),)),
        Input("random number", RANDOM),
        Input("process key", (instead("session.key-itself", ProcessKey.KEY_ITSELF),)),
        Input("key", KEY),
        Input("original"),
    ),
    gather=_gathered,
    formula=_formula,
)
