"""The issuer's answer to a cryptogram (ARPC) that EXTERNAL AUTHENTICATE refused.

Right is: the session key of the AC key and the ATC over cryptogram XOR (response code ‖ 00…), the first 8 bytes
(PBOC-5 D.3).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from dualcos.explain.diagnosis.bank_transaction import (
    ATC,
    CARD_KEY,
    OTHER_CRYPTOGRAM,
    SESSION_INPUT,
    SessionRule,
    asked_online,
    cryptograms,
    own_key,
    transaction_key,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from keys.algorithms import xor
from keys.bank_cryptography import arpc
from keys.key_handle import KeyHandle

_ARPC, _CODE = 8, 2
_CHARACTERS = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MOST_DIGITS = 100


class Moment(NamedTuple):
    """ATC and cryptogram of one GENERATE AC."""

    atc: int
    cryptogram: bytes

    def __str__(self) -> str:
        return f"ATC {self.atc:04X}, cryptogram {self.cryptogram.hex().upper()}"


def _gathered(situation: Situation) -> Gathered | None:
    key, asked, data = own_key(situation), asked_online(situation), situation.command.data
    if key is None or asked is None or situation.hidden or len(data) != _ARPC + _CODE:
        return None
    atc = int.from_bytes(asked.atc)
    moment = Moment(atc, asked.cryptogram)
    values: dict[str, Any] = {
        "cryptogram": asked.cryptogram,
        "ATC": atc,
        "session key": SessionRule.OF_ATC,
        "transaction": moment,
        "this transaction": moment,
        "key": key,
        "response code": data[_ARPC:],
    }
    return Gathered(values, data[:_ARPC])


def _formula(values: Values) -> bytes:
    moment: Moment = values["transaction"]
    if moment is values["this transaction"]:
        moment = Moment(values["ATC"], values["cryptogram"])
    return arpc(_session(values, moment), moment.cryptogram, values["response code"])


def _session(values: Values, moment: Moment) -> KeyHandle:
    return transaction_key(values["key"], moment.atc, values["session key"])


def _other_moments(right: Moment, _: Values, situation: Situation) -> Iterator[Moment]:
    for each in cryptograms(situation.history.all()):
        moment = Moment(int.from_bytes(each.atc), each.ac)
        if moment != right and each.ac:
            yield moment


def _other_codes(right: bytes, values: Values, situation: Situation) -> Iterator[bytes]:
    """The code that a block of 3DES tells; of SM4, whose answer is half a block, one of all that a host may have."""
    key = _session(values, values["this transaction"])
    if key.block == _ARPC:
        block = xor(key.decrypt(situation.command.data[:_ARPC]), values["cryptogram"])
        told = (block[:_CODE],) if not any(block[_CODE:]) else ()
        yield from (each for each in told if each != right)
        return
    codes = tuple(dict.fromkeys(_usual_codes()))
    filled = (xor(values["cryptogram"], code.ljust(_ARPC, b"\0")).ljust(key.block, b"\0") for code in codes)
    made = key.encrypt(b"".join(filled))  # at once: one by one they would take ten times as long
    came = situation.command.data[:_ARPC]
    for at, code in enumerate(codes):
        if made[key.block * at :][:_ARPC] == came and code != right:
            yield code


def _usual_codes() -> Iterator[bytes]:
    """Two characters each; then numbers below 100, decimal and binary, on either side."""
    yield from (bytes(pair) for pair in product(_CHARACTERS, repeat=2))
    numbers = dict.fromkeys(each for n in range(_MOST_DIGITS) for each in (n, int(str(n), 16)))
    for number in numbers:
        yield bytes((0, number))
        yield bytes((number, 0))


ISSUER_RESPONSE = Computation(
    name="ARPC",
    clause="PBOC-5 D.3",
    whys=frozenset(("wrong ARPC",)),
    inputs=(
        Input("cryptogram", (OTHER_CRYPTOGRAM,)),
        Input("ATC", ATC),
        SESSION_INPUT,
        Input("transaction", (Mistake("transaction.another", _other_moments),), told=False),
        Input("key", CARD_KEY),
        Input("response code", (Mistake("response-code.another", _other_codes),)),
    ),
    gather=_gathered,
    formula=_formula,
)
