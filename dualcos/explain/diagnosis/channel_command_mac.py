"""The C-MAC of a command in a personalisation channel that did not fit, and level 03's encipherment (EMV CPS 5.4, 5.5).

Right is: SKUMAC over the C-MAC before ‖ header ‖ Lc ‖ plain data ‖ 80 00…, 8 bytes; Lc counts plain data and C-MAC. The
opening has none before it. At level 03 the data are padded and enciphered after that, CBC under SKUENC.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from typing import Any

from dualcos.explain.diagnosis.channel_wire import (
    CHANNEL_KEY,
    CHANNEL_SESSION,
    KENC,
    KMAC,
    OPEN,
    SEQUENCE,
    ChannelRule,
    ShownChannel,
    channel_session,
    shown_channel,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.mac_forms import HEADER
from dualcos.explain.diagnosis.wrong_inputs import PADDING, Padding, instead, padded
from keys.cps_channel import C_MAC_LENGTH, LEVEL_MAC_AND_ENCIPHERED
from keys.padding import unpad

_HEADER = 4
_SHORT_LC = "header.lc-without-mac"


class CommandSeal(Enum):
    """How a command of level 03 is enciphered."""

    RIGHT = "padded, CBC under SKUENC"
    ECB = "padded, ECB"
    CLEAR = "not at all: padded, in clear"
    UNPADDED = "not padded, CBC"
    NOTHING = "not at all: in clear"
    KEY_ITSELF = "padded, CBC under KENC itself"
    MAC_KEY = "padded, CBC under SKUMAC"
    DEK = "padded, CBC under SKUDEK"


def _gathered(situation: Situation) -> Gathered | None:
    channel, command = shown_channel(situation), situation.command
    if channel is None or situation.hidden or len(command.data) < C_MAC_LENGTH:
        return None
    sent, came = command.data[:-C_MAC_LENGTH], command.data[-C_MAC_LENGTH:]
    opening = command.ins == OPEN
    chain = () if opening else channel.chain()
    values: dict[str, Any] = {
        "header": command.header,
        "chain": chain[-1] if chain else b"",
        "sequence": channel.counter,
        "padding": Padding.METHOD_2,
        "session key": ChannelRule.RIGHT,
        "start value": bytes(8),
        "encipherment": CommandSeal.RIGHT,
        "key": channel.keys[KMAC],
        "sent": sent,
        "channel": channel,
        "C-MACs before": chain,
        "enciphered": not opening and channel.level == LEVEL_MAC_AND_ENCIPHERED,
    }
    return Gathered({**values, "header": command.header + bytes((_plain_lc(values),))}, came)


def _plain_lc(values: Values) -> int:
    """Of the right data; of what does not decipher the Lc that was sent."""
    try:
        return len(_plain(values)) + C_MAC_LENGTH
    except ValueError:
        return len(values["sent"]) + C_MAC_LENGTH


def _plain(values: Values) -> bytes:
    """The data before encipherment. Raises ValueError."""
    sent: bytes = values["sent"]
    if not values["enciphered"]:
        return sent
    return _unsealed(values["channel"], values["encipherment"], sent)


def _unsealed(channel: ShownChannel, seal: CommandSeal, sent: bytes) -> bytes:
    session = channel.session
    match seal:
        case CommandSeal.ECB:
            return unpad(session.enc.decrypt(sent))
        case CommandSeal.CLEAR:
            return unpad(sent)
        case CommandSeal.UNPADDED:
            return session.enc.cbc_decrypt(sent)
        case CommandSeal.NOTHING:
            return sent
        case CommandSeal.KEY_ITSELF:
            return unpad(channel.keys[KENC].handle.cbc_decrypt(sent))
        case CommandSeal.MAC_KEY:
            return unpad(session.mac.cbc_decrypt(sent))
        case CommandSeal.DEK:
            return unpad(session.dek.cbc_decrypt(sent))
    return unpad(session.enc.cbc_decrypt(sent))


def _formula(values: Values) -> bytes:
    data = _plain(values)
    header: bytes = values["header"]
    if values["encipherment"] is not CommandSeal.RIGHT:
        header = header[:_HEADER] + bytes((len(data) + C_MAC_LENGTH,))
    key = channel_session(values["key"], values["sequence"], values["session key"], KMAC)
    text = padded(values["chain"] + header + data, key.block, values["padding"])
    return key.mac_block(text, values["start value"])


# --- wrong ------------------------------------------------------------------------------------------------------------


def _sent_lc(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    if values["enciphered"]:
        yield right[:_HEADER] + bytes((len(values["sent"]) + C_MAC_LENGTH,))


def _lc_without_mac(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    yield right[:_HEADER] + bytes((right[_HEADER] - C_MAC_LENGTH,))


def _no_chain(right: bytes, _: Values, __: Situation) -> Iterator[bytes]:
    if right:
        yield b""


def _other_chain(right: bytes, values: Values, situation: Situation) -> Iterator[bytes]:
    """C-MACs of other commands of the channel, also of those that were refused; the host cryptogram."""
    found = [*values["C-MACs before"]]
    for past in values["channel"].past:
        found += [past.command.data[-C_MAC_LENGTH:], past.command.data[:C_MAC_LENGTH]]
    if situation.command.ins == OPEN:
        found += [bytes(C_MAC_LENGTH), situation.command.data[:C_MAC_LENGTH]]
    return (each for each in dict.fromkeys(found) if each != right)


def _challenge_start(right: bytes, values: Values, _: Situation) -> Iterator[bytes]:
    opening = values["channel"].opening
    for number in (opening.challenge, opening.terminal_random, opening.counter + opening.challenge):
        yield from (number.ljust(len(right), b"\0"), number.rjust(len(right), b"\0"))


_HEADERS = (
    Mistake("chain.plain-lc", _sent_lc),
    Mistake(_SHORT_LC, _lc_without_mac),
    *(way for way in HEADER if way.kind != _SHORT_LC),
)

CHANNEL_MAC = Computation(
    name="C-MAC",
    clause="EMV CPS 5.4.2",
    whys=frozenset(("wrong C-MAC of the opening", "wrong C-MAC", "channel command does not decipher")),
    inputs=(
        Input("header", _HEADERS),
        Input("chain", (Mistake("chain.missing", _no_chain), Mistake("chain.another", _other_chain))),
        SEQUENCE,
        Input("padding", PADDING, told=False),
        Input(
            "encipherment",
            (
                instead("cipher.ecb", CommandSeal.ECB),
                instead("cipher.in-clear", CommandSeal.CLEAR, CommandSeal.NOTHING),
                instead("cipher.without-padding", CommandSeal.UNPADDED),
                instead("cipher.another-key", CommandSeal.KEY_ITSELF, CommandSeal.MAC_KEY, CommandSeal.DEK),
            ),
            told=False,
        ),
        CHANNEL_SESSION,
        Input("start value", (Mistake("iv.random", _challenge_start),), told=False),
        Input("key", CHANNEL_KEY),
    ),
    gather=_gathered,
    formula=_formula,
)
