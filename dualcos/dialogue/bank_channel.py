"""The bank side's personalisation channel from the host: open it, store data groups (PBOC-10 §8, EMV CPS 3.2, 5.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from apdu.status import SW
from dualcos.dialogue.driver import Dialogue, Reply, StepRefused, apdu, done, refused, send
from keys import cps_channel
from keys.cps_channel import CpsKeys, Opening

HOST_RANDOM = bytes.fromhex("0F1E2D3C4B5A6978")  # fixed: the same order makes the same card
_ENCIPHERED, _LAST = 0x60, 0x80
_OPENING = 28  # answer of INITIALIZE UPDATE: KEYDATA 10, version, protocol, counter 2, random number 6, cryptogram 8
_ROOM = 247  # data of one STORE DATA beside its C-MAC


class GroupOrder(NamedTuple):
    """A data group as it is sent; a ``secret`` value is enciphered already."""

    dgi: int
    value: bytes
    secret: bool = False

    def pieces(self) -> Iterator[bytes]:
        """DGI ‖ length ‖ value, cut where a STORE DATA is full: the rest goes on without a new head."""
        size = len(self.value)
        length = bytes((size,)) if size < 0xFF else b"\xff" + size.to_bytes(2, "big")
        raw = self.dgi.to_bytes(2, "big") + length + self.value
        for at in range(0, len(raw), _ROOM):
            yield raw[at : at + _ROOM]


class BankChannel:
    """An open channel. ``keys``: the session's, under whose ``dek`` secrets go. ``number``: the next command's."""

    def __init__(self, keys: CpsKeys, level: int) -> None:
        self.keys = keys
        self.level = level
        self._previous = b""
        self.number = 0

    def secured(self, header: bytes, data: bytes) -> bytes:
        """A whole command of the channel. The chain of C-MACs goes on over it, whatever the card answers."""
        command, self._previous = cps_channel.secured(self.keys, self._previous, header, data, self.level)
        return command

    def store(self, p1: int, piece: bytes) -> Reply:
        """One STORE DATA; the next one has the next number if it is accepted."""
        answer = yield from send(self.secured(self._header(p1), piece))
        self.number += answer.sw == SW.OK
        return answer

    def _header(self, p1: int) -> bytes:
        return bytes((0x80 if self.level == cps_channel.LEVEL_NONE else 0x84, 0xE2, p1, self.number & 0xFF))

    def store_groups(self, groups: Iterable[GroupOrder]) -> Dialogue[None]:
        """All ``groups``, one a command or more; the last one ends personalisation. Raises StepRefused."""
        pieces = [(group, piece) for group in groups for piece in group.pieces()]
        for number, (group, piece) in enumerate(pieces, 1):
            p1 = (_LAST if number == len(pieces) else 0) | (_ENCIPHERED if group.secret else 0)
            answer = yield from self.store(p1, piece)
            if answer.sw != SW.OK:
                raise refused(f"STORE DATA {group.dgi:04X}", self._header(p1), answer.sw)


def open_channel(
    keys_of: Callable[[bytes, int], CpsKeys], level: int = cps_channel.LEVEL_MAC, random: bytes = HOST_RANDOM
) -> Dialogue[BankChannel]:
    """INITIALIZE UPDATE and EXTERNAL AUTHENTICATE in the current directory. Raises StepRefused.

    ``keys_of``: the chip's keys by its KEYDATA and their version (``BankKeyService.personalisation_keys``).
    """
    answer = yield from done("INITIALIZE UPDATE", apdu("80500000", random, 256))
    if len(answer) != _OPENING:
        raise StepRefused(f"INITIALIZE UPDATE: {len(answer)} bytes instead of {_OPENING}: no channel of this kind")
    key_data, version, counter, challenge, proof = answer[:10], answer[10], answer[12:14], answer[14:20], answer[20:28]
    keys, opening = cps_channel.session_keys(keys_of(key_data, version), counter), Opening(random, counter, challenge)
    if cps_channel.card_cryptogram(keys, opening) != proof:
        raise StepRefused("INITIALIZE UPDATE: the card's cryptogram is wrong: another KMC, or another card")
    channel = BankChannel(keys, cps_channel.LEVEL_MAC)
    command = channel.secured(bytes((0x84, 0x82, level, 0x00)), cps_channel.host_cryptogram(keys, opening))
    yield from done("EXTERNAL AUTHENTICATE (channel)", command)
    channel.level = level
    return channel
