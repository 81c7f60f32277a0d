"""The host's proof that opens a personalisation channel, refused (EMV CPS 3.2.6).

Right is: SKUENC over counter ‖ card challenge ‖ host challenge ‖ 80 00…, CBC, the last block.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from dualcos.explain.diagnosis.channel_wire import (
    CHANNEL_KEY,
    CHANNEL_SESSION,
    KENC,
    SEQUENCE,
    ChannelRule,
    channel_session,
    openings,
    shown_channel,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.wrong_inputs import PADDING, Padding, instead, padded

_CRYPTOGRAM = 8


class ChallengeOrder(Enum):
    """What comes first."""

    HOST = "counter ‖ card challenge ‖ host challenge"
    CARD = "host challenge ‖ counter ‖ card challenge, as in the card's cryptogram"
    TURNED = "host challenge ‖ card challenge ‖ counter"


class CryptogramMode(Enum):
    """How it is enciphered."""

    CBC = "CBC"
    ECB = "ECB"


def _gathered(situation: Situation) -> Gathered | None:
    channel, data = shown_channel(situation), situation.command.data
    if channel is None or situation.hidden or len(data) < _CRYPTOGRAM:
        return None
    values: dict[str, Any] = {
        "order": ChallengeOrder.HOST,
        "sequence": channel.counter,
        "card challenge": channel.opening.challenge,
        "host challenge": channel.opening.terminal_random,
        "padding": Padding.METHOD_2,
        "mode": CryptogramMode.CBC,
        "session key": ChannelRule.RIGHT,
        "key": channel.keys[KENC],
    }
    return Gathered(values, data[:_CRYPTOGRAM])


def _formula(values: Values) -> bytes:
    counter: bytes = values["sequence"].to_bytes(2, "big")
    card, host = values["card challenge"], values["host challenge"]
    text = {
        ChallengeOrder.HOST: counter + card + host,
        ChallengeOrder.CARD: host + counter + card,
        ChallengeOrder.TURNED: host + card + counter,
    }[values["order"]]
    key = channel_session(values["key"], values["sequence"], values["session key"], KENC)
    filled = padded(text, key.block, values["padding"])
    enciphered = key.encrypt(filled) if values["mode"] is CryptogramMode.ECB else key.cbc_encrypt(filled)
    return enciphered[-_CRYPTOGRAM:]


def _other_hosts(right: bytes, _: Values, situation: Situation) -> Iterator[bytes]:
    return (each for each in dict.fromkeys(host for host, _ in openings(situation)) if each != right)


def _other_cards(right: bytes, _: Values, situation: Situation) -> Iterator[bytes]:
    return (each for each in dict.fromkeys(card for _, card in openings(situation)) if each != right)


def _zero(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if any(right):
        yield bytes(len(right))


def _missing(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if right:
        yield b""


def _reversed(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if right[::-1] != right:
        yield right[::-1]


_REST = (
    Mistake("random.zero", _zero),
    Mistake("random.missing", _missing),
    Mistake("random.reversed", _reversed),
)

HOST_CRYPTOGRAM = Computation(
    name="host cryptogram",
    clause="EMV CPS 3.2.6",
    whys=frozenset(("wrong host cryptogram",)),
    inputs=(
        Input("order", (instead("challenges.turned-round", ChallengeOrder.CARD, ChallengeOrder.TURNED),), told=False),
        SEQUENCE,
        Input("card challenge", (Mistake("random.older", _other_cards), *_REST)),
        Input("host challenge", (Mistake("random.older", _other_hosts), *_REST)),
        Input("padding", PADDING, told=False),
        Input("mode", (instead("cipher.ecb", CryptogramMode.ECB),), told=False),
        CHANNEL_SESSION,
        Input("key", CHANNEL_KEY),
    ),
    gather=_gathered,
    formula=_formula,
)
