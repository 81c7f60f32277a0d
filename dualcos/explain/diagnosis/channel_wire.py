"""A personalisation channel as the wire shows it, and what a bureau gets wrong of its keys (EMV CPS 3.2, 5.3).

INITIALIZE UPDATE tells everything a session key is made of; the card's own cryptogram in its answer proves which keys
it had then. The chain of C-MACs is in the commands.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from cos.pse.personalisation.prepersonalisation import CHANNEL_KID, CHANNEL_KINDS
from dualcos.explain.diagnosis.bank_transaction import PSE
from dualcos.explain.diagnosis.computation import Input, Mistake, Situation, Values
from dualcos.explain.diagnosis.laboratory_view import SeenKey
from dualcos.explain.diagnosis.session_history import PastExchange
from dualcos.explain.diagnosis.wrong_inputs import KEY, byte_order, instead, off_by_one
from keys.algorithms import DES, TDES
from keys.cps_channel import (
    C_MAC_LENGTH,
    LEVEL_MAC_AND_ENCIPHERED,
    CpsKeys,
    Opening,
    c_mac,
    card_cryptogram,
    decipher_command,
    session_keys,
)
from keys.key_handle import KeyHandle
from keys.padding import BadPadding

INITIALIZE_UPDATE, OPEN, STORE_DATA, _SELECT = 0x50, 0x82, 0xE2, 0xA4
KENC, KMAC, KDEK = CHANNEL_KINDS
_ANSWER = 28
_SECURED = 0x04
_KNOWN_P1 = frozenset(last | how for last in (0x00, 0x80) for how in (0x00, 0x20, 0x60))


class ShownChannel(NamedTuple):
    """What INITIALIZE UPDATE told, and the channel's own ``keys`` as the card has them. ``past``: what came behind it,
    oldest first. ``level``: what the opening that succeeded has set, None while there is none.
    """

    opening: Opening
    keys: Mapping[int, SeenKey]
    session: CpsKeys
    past: tuple[PastExchange, ...]
    level: int | None

    @property
    def counter(self) -> int:
        """The sequence counter."""
        return int.from_bytes(self.opening.counter)

    def chain(self) -> tuple[bytes, ...]:
        """The C-MACs that the card has taken, oldest first; of refused commands those that were right."""
        taken: list[bytes] = []
        for past in self.past:
            mac = past.command.data[-C_MAC_LENGTH:]
            if past.command.ins == OPEN and past.done:
                taken = [mac]
            elif past.command.ins == STORE_DATA and taken and self._moves(past, taken[-1]):
                taken.append(mac)
        return tuple(taken)

    def _moves(self, past: PastExchange, previous: bytes) -> bool:
        command = past.command
        if not command.cla & _SECURED or len(command.data) < C_MAC_LENGTH or command.p1 not in _KNOWN_P1:
            return False
        try:
            data = self.plain(command.data[:-C_MAC_LENGTH])
        except (ValueError, BadPadding):
            return False
        return c_mac(self.session, previous, command.header, data) == command.data[-C_MAC_LENGTH:]

    def plain(self, data: bytes) -> bytes:
        """The data of a command at this level. Raises BadBlocks, BadPadding."""
        return decipher_command(self.session, data) if self.level == LEVEL_MAC_AND_ENCIPHERED else data


def shown_channel(situation: Situation) -> ShownChannel | None:
    """The channel that is being opened or is open, newest; None if there is none, or its keys lie no longer there."""
    found: list[PastExchange] = []
    for past in situation.history.since_reset():
        if past.spot.environment != PSE or (past.command.ins == _SELECT and past.done):
            return None
        if past.command.ins == INITIALIZE_UPDATE:
            return _shown(situation, past, tuple(reversed(found)))
        found.append(past)
    return None


def _shown(situation: Situation, update: PastExchange, past: tuple[PastExchange, ...]) -> ShownChannel | None:
    answer = update.data
    if not update.done or len(answer) != _ANSWER:
        return None
    opening = Opening(update.command.data, answer[12:14], answer[14:20])
    level = next((each.command.p1 for each in reversed(past) if each.command.ins == OPEN and each.done), None)
    for keys in _sets(situation, answer[10]):
        session = session_keys(CpsKeys(*(keys[kind].handle for kind in CHANNEL_KINDS)), opening.counter)
        if card_cryptogram(session, opening) == answer[20:]:
            return ShownChannel(opening, keys, session, past, level)
    return None


def _sets(situation: Situation, version: int) -> Iterator[Mapping[int, SeenKey]]:
    """The channel keys of each directory that has all three; of the one that the refusal names first."""
    told = situation.reason.about.get("directory") if situation.reason is not None else None
    found: dict[int, dict[int, SeenKey]] = {}
    for each in situation.own_keys():
        name = each.key.name
        if name.kind in CHANNEL_KINDS and (name.number, name.version) == (CHANNEL_KID, version):
            found.setdefault(each.directory, {})[name.kind] = each.key
    for directory in sorted(found, key=lambda each: each != told):
        if len(found[directory]) == len(CHANNEL_KINDS):
            yield MappingProxyType(found[directory])


def openings(situation: Situation) -> Iterator[tuple[bytes, bytes]]:
    """Host and card challenge of every INITIALIZE UPDATE that was answered, newest first."""
    for past in situation.history.all():
        if past.command.ins == INITIALIZE_UPDATE and past.done and len(past.data) == _ANSWER:
            yield past.command.data, past.data[14:20]


# --- session keys -----------------------------------------------------------------------------------------------------


class ChannelRule(Enum):
    """What a session key of the channel is made of."""

    RIGHT = "the key over its own constant ‖ counter ‖ 00…, CBC"
    KEY_ITSELF = "the key itself"
    ENC_CONSTANT = "constant 0182, of SKUENC"
    MAC_CONSTANT = "constant 0101, of SKUMAC"
    DEK_CONSTANT = "constant 0181, of SKUDEK"
    ECB = "enciphered in ECB mode"
    COUNTER_LAST = "counter at the end"


CONSTANTS: Mapping[int, int] = MappingProxyType({KENC: 0x82, KMAC: 0x01, KDEK: 0x81})
_OTHERS: Mapping[ChannelRule, int] = MappingProxyType(
    {ChannelRule.ENC_CONSTANT: 0x82, ChannelRule.MAC_CONSTANT: 0x01, ChannelRule.DEK_CONSTANT: 0x81}
)


class OwnPurpose(SeenKey):
    """A key of the channel whose session key was made for its own purpose."""

    def __init__(self, key: SeenKey) -> None:
        super().__init__(key.name, key.algorithm, key.value)


def channel_session(key: SeenKey, counter: int, rule: ChannelRule, purpose: int) -> KeyHandle:
    """The key that somebody with these works with; ``purpose``: the kind of the key that is right."""
    if rule is ChannelRule.KEY_ITSELF:
        return key.handle
    constant = CONSTANTS[key.name.kind if isinstance(key, OwnPurpose) else purpose]
    number = counter.to_bytes(2, "big")
    source = bytes((0x01, _OTHERS.get(rule, constant))) + number + bytes(12)
    if rule is ChannelRule.COUNTER_LAST:
        source = bytes((0x01, constant)) + bytes(12) + number
    cipher = TDES if key.algorithm is DES else None
    derive = key.handle.derive if rule is ChannelRule.ECB else key.handle.derive_cbc
    return derive(source, cipher)


CHANNEL_SESSION = Input(
    "session key",
    (
        instead("session.key-itself", ChannelRule.KEY_ITSELF),
        instead("session.other-derivation", *(each for each in ChannelRule if each is not ChannelRule.KEY_ITSELF)),
    ),
    told=False,
)
SEQUENCE = Input("sequence", (off_by_one("sequence.off-by-one"), byte_order("sequence.byte-order", 2)))


def _for_its_own(right: SeenKey, _: Values, situation: Situation) -> Iterator[SeenKey]:
    for each in situation.view.card_keys():
        if each.key.name.place == right.name.place and each.key.name.kind in CHANNEL_KINDS and each.key is not right:
            yield OwnPurpose(each.key)


CHANNEL_KEY: tuple[Mistake, ...] = (*KEY, Mistake("key.another-kind", _for_its_own))
