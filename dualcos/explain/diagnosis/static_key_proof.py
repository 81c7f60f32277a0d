"""A random number under a static key that did not prove it: the bank environment's master key, the certificate side.

Right is: the card's last random number, of 4 or 8 bytes with 00 behind it to a block, enciphered under the key itself
(PBOC-10 §8.2; SSC-9 §7.2.3, §7.2.5). At the certificate side a PIN is such a key: no digit is read here, and a PIN's
key has no check value.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from cos.kernel.directory_headers import MASTER
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.wrong_inputs import KEY, RANDOM, elsewhere, instead
from keys.algorithms import BadBlocks
from keys.social_cryptography import authentication_data

_PROVE, _OWN_FORM = 0x82, 8


def random_under_key(situation: Situation, key: SeenKey | None) -> dict[str, Any] | None:
    """What a host has that shows ``key`` by the card's last random number; None if it is not known."""
    random = next(situation.history.challenges(situation.spot.environment), None)
    if key is None or random is None or situation.hidden:
        return None
    return {"random number": random, "key": key, "PIN key": key, "card's key": key}


def _gathered(situation: Situation) -> Gathered | None:
    values = random_under_key(situation, situation.refused_key())
    return Gathered(values, situation.command.data) if values is not None else None


def used_key(values: Values) -> SeenKey:
    """The key that somebody took who got it wrong in one way or the other."""
    key: SeenKey = values["PIN key"]
    return values["key"] if key is values["card's key"] else key


def _formula(values: Values) -> bytes:
    random: bytes = values["random number"]
    block = values["card's key"].handle.block
    if len(random) > block:
        raise BadBlocks("the row takes one block")
    return used_key(values).handle.encrypt(random.ljust(block, b"\0"))


def _other_pin(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    """Keys without check value are not among those that any key is taken for."""
    for each in situation.view.card_keys():
        name = each.key.name
        if (name.place, name.kind) == (right.name.place, right.name.kind) and name != right.name:
            yield each.key


PIN_HASH: tuple[Mistake, ...] = (elsewhere("pin-key.another-hash"), elsewhere("pin-key.ascii-digits"))
"""The right digits, made into a key otherwise: keys of the profile's own PINs."""
PROVED_KEY: tuple[Mistake, ...] = (*KEY, Mistake("key.another-number", _other_pin))

BANK_MASTER_PROOF = Computation(
    name="master key cryptogram",
    clause="PBOC-10 §8.2, SSC-10 §5.2",
    whys=frozenset(("wrong master key cryptogram",)),
    inputs=(Input("random number", RANDOM), Input("key", KEY)),
    gather=_gathered,
    formula=_formula,
)


class ProofForm(Enum):
    """How a master key is shown."""

    OWN = "the random number enciphered, 8 bytes"
    SOCIAL = "authentication data and original information, 16 bytes"


def _social_form(situation: Situation) -> Gathered | None:
    """Of a proof that was refused for its length before anything was looked at."""
    master = next((each.key for each in situation.own_keys() if each.key.name.kind == MASTER.kind), None)
    values = random_under_key(situation, master)
    if values is None or situation.command.ins != _PROVE or len(situation.command.data) != 2 * _OWN_FORM:
        return None
    values |= {"form": ProofForm.OWN, "original": situation.command.data[_OWN_FORM:]}
    return Gathered(values, situation.command.data)


def _in_form(values: Values) -> bytes:
    if values["form"] is ProofForm.OWN:
        return _formula(values)
    original: bytes = values["original"]
    return authentication_data(values["key"].handle, values["random number"], original) + original


BANK_PROOF_IN_SOCIAL_FORM = BANK_MASTER_PROOF._replace(
    whys=frozenset(("length not taken",)),
    stack="pse",
    inputs=(Input("form", (instead("proof.social-form", ProofForm.SOCIAL),)), Input("random number"), Input("key")),
    gather=_social_form,
    formula=_in_form,
    tells_inputs=False,
)

CERTIFICATE_PROOF = Computation(
    name="enciphered random number",
    clause="SSC-9 §7.2.3, §7.2.5",
    whys=frozenset(("not the random number under it",)),
    inputs=(
        Input("random number", RANDOM),
        Input("PIN key", PIN_HASH, told=False),
        Input("key", PROVED_KEY),
    ),
    gather=_gathered,
    formula=_formula,
)
