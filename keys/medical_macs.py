"""MACs and TACs of the off-line medical account in DF04 (SSC-7 §11, §12, §15; SSC-5 §7).

No command header enters these MACs; padding, chaining and cut are those of secure messaging. Amounts are 4 bytes,
binary. The type code is one byte; the data type *an* gives 31 (load) and 32 (settlement).
"""

from __future__ import annotations

from typing import NamedTuple

from keys.algorithms import TDES
from keys.key_handle import KeyHandle
from keys.mac import social_mac
from keys.social_cryptography import session_key

TYPE_LOAD = 0x31
TYPE_SETTLEMENT = 0x32


def load_session(dlk: KeyHandle, random: bytes, sequence: int) -> KeyHandle:
    """SESLK: DLK over random 4 ‖ load sequence 2 ‖ 8000 (SSC-7 §11)."""
    return session_key(dlk, random + sequence.to_bytes(2, "big") + b"\x80\x00")


def purchase_session(dpk: KeyHandle, random: bytes, sequence: int, terminal_sequence: bytes) -> KeyHandle:
    """SESPK: DPK over random 4 ‖ purchase sequence 2 ‖ last 2 bytes of the terminal's sequence (SSC-7 §12)."""
    return session_key(dpk, random + sequence.to_bytes(2, "big") + terminal_sequence[-2:])


def tac_key(dtk: KeyHandle) -> KeyHandle:
    """The key of a TAC from DTK: left XOR right half as a DES key; a 16-byte cipher's key itself (SSC-7 §15)."""
    return dtk.folded() if dtk.algorithm is TDES else dtk


class Load(NamedTuple):
    """划入: one load. ``terminal`` 6 bytes, ``time`` the host's, 7 bytes YYYYMMDDhhmmss (cn)."""

    balance: int
    amount: int
    terminal: bytes
    sequence: int
    time: bytes = b""
    kind: int = TYPE_LOAD

    def mac1(self, session: KeyHandle) -> bytes:
        """The card's MAC: old balance ‖ amount ‖ type ‖ terminal."""
        return social_mac(session, _amounts(self.balance, self.amount) + bytes((self.kind,)) + self.terminal)

    def mac2(self, session: KeyHandle) -> bytes:
        """The host's MAC: amount ‖ type ‖ terminal ‖ host time."""
        return social_mac(session, _amounts(self.amount) + bytes((self.kind,)) + self.terminal + self.time)

    def tac(self, dtk: KeyHandle) -> bytes:
        """TAC: new balance ‖ sequence before it steps ‖ amount ‖ type ‖ terminal ‖ host time (SSC-7 §11.8, §15)."""
        data = _amounts(self.balance + self.amount) + self.sequence.to_bytes(2, "big") + _amounts(self.amount)
        return social_mac(tac_key(dtk), data + bytes((self.kind,)) + self.terminal + self.time)


class Purchase(NamedTuple):
    """消费: one settlement. ``terminal`` 6, ``terminal_sequence`` 4, ``time`` the terminal's, 7 bytes."""

    account: int
    self_paid: int
    pooled: int
    terminal: bytes
    terminal_sequence: bytes
    time: bytes
    kind: int = TYPE_SETTLEMENT

    def _sums(self) -> bytes:
        return _amounts(self.account, self.self_paid, self.pooled)

    def mac1(self, session: KeyHandle) -> bytes:
        """The PSAM's MAC: three amounts ‖ type ‖ terminal ‖ time."""
        return social_mac(session, self._sums() + bytes((self.kind,)) + self.terminal + self.time)

    def mac2(self, session: KeyHandle) -> bytes:
        """The card's MAC: three amounts."""
        return social_mac(session, self._sums())

    def tac(self, dtk: KeyHandle) -> bytes:
        """TAC: three amounts ‖ type ‖ terminal ‖ terminal sequence ‖ time (SSC-7 §15)."""
        tail = self.terminal + self.terminal_sequence + self.time
        return social_mac(tac_key(dtk), self._sums() + bytes((self.kind,)) + tail)


def _amounts(*amounts: int) -> bytes:
    return b"".join(amount.to_bytes(4, "big") for amount in amounts)
