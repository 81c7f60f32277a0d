"""Secret data groups of STORE DATA whose contents made no sense: sealed otherwise than they are opened.

Right is: the value under SKUDEK, ECB; a reference PIN block and keys as they are, a part of a private key with 80 00…
behind it (PBOC-10 §8.2, EMV CPS 5.6). What speaks for an input is structure; nothing of a value is told.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from typing import Any, NamedTuple

from cos.pse.data.data_groups import INTERNATIONAL, PIN_GROUP, SM, SentGroup, split
from dualcos.explain.diagnosis.channel_wire import (
    CHANNEL_KEY,
    CHANNEL_SESSION,
    KDEK,
    SEQUENCE,
    STORE_DATA,
    ChannelRule,
    ShownChannel,
    channel_session,
    shown_channel,
)
from dualcos.explain.diagnosis.computation import Computation, Gathered, Input, Situation, Values
from dualcos.explain.diagnosis.finding import CERTAIN_BITS, Certainty, Diagnosis
from dualcos.explain.diagnosis.wrong_inputs import instead
from firewall.trace import Datum
from keys.bank_cryptography import BadPinBlock, check_pin_block
from keys.cps_channel import C_MAC_LENGTH
from keys.key_handle import KeyHandle

_SECURED, _SECRET = 0x04, 0x60
_BLOCK = 8
_MARKED = b"\x80" + bytes(_BLOCK - 1)
_PRIMES = INTERNATIONAL.private_key[-2:]
_PARTS = (*INTERNATIONAL.private_key, *SM.private_key)
_UNSURE_BITS = 16


class GroupSeal(Enum):
    """How the value of a group is enciphered."""

    ECB = "ECB under SKUDEK"
    CBC = "CBC"
    CLEAR = "not at all: in clear"


class GroupFill(Enum):
    """What stands behind the value of a group before it is enciphered."""

    RIGHT = "as the group asks for"
    MISSING = "nothing, though it is a part of a private key"
    SUPERFLUOUS = "80 00…, though the value has whole blocks and takes none"


class StoredGroups(NamedTuple):
    """The groups of a channel so far, by identifier, as they came; ``rest``: the beginning of one that goes on."""

    groups: dict[int, SentGroup]
    rest: bytes = b""

    def with_data(self, data: bytes) -> StoredGroups:
        """One command more."""
        groups, rest = split(self.rest + data)
        return StoredGroups({**self.groups, **{each.dgi: each for each in groups}}, rest)


def stored_before(channel: ShownChannel) -> StoredGroups:
    """What the commands that were accepted have brought."""
    stored = StoredGroups({})
    for past in channel.past:
        if past.command.ins == STORE_DATA and past.done:
            stored = stored.with_data(_plain_of(channel, past.command.cla, past.command.data))
    return stored


def _plain_of(channel: ShownChannel, cla: int, data: bytes) -> bytes:
    """Of a command that the card has taken as it is."""
    return channel.plain(data[:-C_MAC_LENGTH]) if cla & _SECURED else data


def refused_group(situation: Situation, channel: ShownChannel) -> SentGroup | None:
    """The group that the refusal names, as it came; where its number is masked, the one that the command brought."""
    number = situation.reason.about.get("group") if situation.reason is not None else None
    command, before = situation.command, stored_before(channel)
    try:
        brought, _ = split(before.rest + _plain_of(channel, command.cla, command.data))
    except ValueError:
        return None
    if isinstance(number, int):
        return next((each for each in brought if each.dgi == number), None)
    return brought[0] if len(brought) == 1 else None


def _gathered(situation: Situation) -> Gathered | None:
    return _as_sealed(situation) if situation.command.p1 & _SECRET == _SECRET else None


def _as_sealed(situation: Situation) -> Gathered | None:
    channel = shown_channel(situation)
    if channel is None or situation.hidden:
        return None
    group = refused_group(situation, channel)
    if group is None or not group.value:
        return None
    values: dict[str, Any] = {
        "encipherment": GroupSeal.ECB,
        "padding": GroupFill.RIGHT,
        "control nibble": 2,
        "session key": ChannelRule.RIGHT,
        "sequence": channel.counter,
        "key": channel.keys[KDEK],
        "group": group.dgi,
    }
    return Gathered(values, group.value)


def sealing_key(values: Values) -> KeyHandle:
    """What these values are enciphered under."""
    return channel_session(values["key"], values["sequence"], values["session key"], KDEK)


def opened_group(values: Values, came: bytes) -> bytes:
    """The value of a group as it was before somebody sealed it so. Raises BadBlocks."""
    seal: GroupSeal = values["encipherment"]
    if seal is GroupSeal.CLEAR:
        return came
    key = sealing_key(values)
    return key.cbc_decrypt(came) if seal is GroupSeal.CBC else key.decrypt(came)


# --- structure --------------------------------------------------------------------------------------------------------


def _redundancy(values: Values, came: bytes) -> int:
    if len(came) % _BLOCK and values["encipherment"] is GroupSeal.CLEAR:
        return _UNSURE_BITS  # whatever it is, it was not enciphered; or it was cut
    value, number = opened_group(values, came), values["group"]
    if values["padding"] is GroupFill.SUPERFLUOUS:
        return 8 * _BLOCK if len(value) > _BLOCK and value.endswith(_MARKED) else 0
    if number == PIN_GROUP:
        return _bits_of_pin_block(value, values["control nibble"])
    if values["padding"] is GroupFill.MISSING:
        return 8 * _BLOCK if number in _PRIMES and _is_prime(value) else 0
    if number not in _PARTS:
        return 0
    filled = len(value) - len(value.rstrip(b"\0"))
    marked = filled < _BLOCK and value[: len(value) - filled].endswith(b"\x80")
    return 8 * (filled + 1) if marked else 0


def _bits_of_pin_block(value: bytes, control: int) -> int:
    """Of ``control`` ‖ N ‖ digits ‖ F…: the control nibble and the fill; digits are not counted."""
    try:
        check_pin_block(value, control)
    except BadPinBlock:
        return 0
    text = value.hex()
    return 4 * (1 + len(text) - 2 - int(text[1], 16))


def _is_prime(value: bytes) -> bool:
    """A number of this size that passes is the prime of an RSA key, and no accident."""
    number = int.from_bytes(value)
    return number.bit_length() > 8 * _BLOCK and pow(2, number - 1, number) == 1


_WHYS: Iterable[str] = (
    "no reference PIN block",
    "private key part without padding",
    "group of no whole blocks",
    "group length",
)

SEALED_GROUP = Computation(
    name="secret data group",
    clause="PBOC-10 §8.2, EMV CPS 5.6",
    whys=frozenset(_WHYS),
    inputs=(
        Input(
            "encipherment",
            (instead("cipher.in-clear", GroupSeal.CLEAR), instead("cipher.cbc", GroupSeal.CBC)),
            told=False,
        ),
        Input(
            "padding",
            (instead("padding.none", GroupFill.MISSING), instead("padding.superfluous", GroupFill.SUPERFLUOUS)),
            told=False,
        ),
        Input("control nibble", (instead("pin-block.control-nibble", 0),), told=False),
        CHANNEL_SESSION,
        SEQUENCE,
        Input("key", CHANNEL_KEY),
    ),
    gather=_gathered,
    redundancy=_redundancy,
)


# --- a secret group under P1 of a plain one ---------------------------------------------------------------------------


def secret_group_as_plain(situation: Situation) -> Iterable[Diagnosis]:
    """A secret group whose P1 does not say that it is enciphered: either it is not, or P1 is wrong."""
    if situation.why != "secret group in clear":
        return
    told: dict[str, Datum] = {"computation": SEALED_GROUP.name, "input": "encipherment"}
    gathered = _as_sealed(situation)
    if gathered is not None and SEALED_GROUP.agreeing(gathered.values, gathered.came) >= CERTAIN_BITS:
        p1 = situation.command.p1
        yield Diagnosis(
            "group.plain-p1", Certainty.CERTAIN, {**told, "input": "P1"}, p1 | _SECRET, p1, SEALED_GROUP.clause
        )
    else:
        yield Diagnosis(
            "cipher.in-clear", Certainty.LIKELY, told, GroupSeal.ECB, GroupSeal.CLEAR, clause=SEALED_GROUP.clause
        )
