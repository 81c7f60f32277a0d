"""CHANGE PIN of the certificate side that did not fit (two issuing programs; ``cos.pki``).

Right is: under the key of the manager's old PIN, the card's last random number as start value, a MAC over header, Lc
and the data as sent, the four words of its last block added; LD ‖ packed digits ‖ 80 00… unless aligned, ECB. Of the
key there is a name only, of the digits nothing.
"""

from __future__ import annotations

from typing import Any

from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Situation, Values
from dualcos.explain.diagnosis.mac_forms import HEADER, NO_START, MacPart, mac_part
from dualcos.explain.diagnosis.secured_commands import ENCIPHERMENT, Encipherment, opened_by, split_filled
from dualcos.explain.diagnosis.static_key_proof import PIN_HASH, PROVED_KEY, random_under_key, used_key
from dualcos.explain.diagnosis.wrong_inputs import PADDING, RANDOM, Padding, instead, padded

_CLAUSE = "seen in issuing programs; SSC-9 §7.1.3"
_PKI = "pki"
_CHANGE_PIN, _MAC = 0x5E, 4
_LEAST, _MOST = 2, 6


def _gathered(situation: Situation) -> Gathered | None:
    values = random_under_key(situation, situation.refused_key())
    command = situation.command
    if values is None or command.ins != _CHANGE_PIN or len(command.data) < _MAC:
        return None
    more: dict[str, Any] = {
        "header": command.header + bytes((len(command.data),)),
        "start value": values["random number"],
        "right random": values["random number"],
        "padding": Padding.METHOD_2,
        "MAC length": MacPart.FOUR,
        "data": command.data[:-_MAC],
    }
    return Gathered({**values, **more}, command.data[-_MAC:])


def _formula(values: Values) -> bytes:
    start: bytes = values["start value"]
    if start == values["right random"]:
        start = values["random number"]
    key = used_key(values).handle
    text = padded(values["header"] + values["data"], key.block, values["padding"])
    return mac_part(key.mac_block(text, start[: key.block].ljust(key.block, b"\0")), values["MAC length"])


_PARTS = (instead("mac.not-folded", MacPart.NOT_FOLDED), instead("mac.right-half", MacPart.RIGHT))

PIN_CHANGE_MAC = Computation(
    name="MAC under the PIN's key",
    clause=_CLAUSE,
    whys=frozenset(("wrong MAC",)),
    stack=_PKI,
    inputs=(
        Input("start value", (NO_START,), told=False),
        Input("random number", RANDOM),
        Input("header", HEADER),
        Input("MAC length", _PARTS, told=False),
        Input("padding", PADDING, told=False),
        Input("PIN key", PIN_HASH, told=False),
        Input("key", PROVED_KEY),
    ),
    gather=_gathered,
    formula=_formula,
)

# --- the new PIN ------------------------------------------------------------------------------------------------------


def _enciphered(situation: Situation) -> Gathered | None:
    gathered = _gathered(situation)
    if gathered is None:
        return None
    return Gathered({**gathered.values, "encipherment": Encipherment.ECB}, gathered.values["data"])


def _redundancy(values: Values, came: bytes) -> int:
    how: Encipherment = values["encipherment"]
    key = used_key(values).handle
    data, bits = split_filled(opened_by(key, came, how, values["random number"]), how, key.block)
    digits = data.hex().removesuffix("f")
    return bits if _LEAST <= len(data) <= _MOST and digits.isdecimal() else 0


PIN_CHANGE_CIPHER = Computation(
    name="new manager PIN",
    clause=_CLAUSE,
    whys=frozenset(("data do not decipher", "no PIN of 4 to 12 digits")),
    stack=_PKI,
    inputs=(Input("encipherment", ENCIPHERMENT, told=False), Input("key", PROVED_KEY)),
    gather=_enciphered,
    redundancy=_redundancy,
)
