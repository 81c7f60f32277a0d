"""What the functions of templates compute for the medical account: loads and settlements (SSC-7 §11, §12).

Amounts, types and numbers are bytes as commands carry them. ``said``: how this card's profile says a thing is written.
"""

from __future__ import annotations

from dualcos.lab.conformance.profile_data import Datum
from keys.key_handle import KeyHandle
from keys.mac import same
from keys.medical_macs import TYPE_LOAD, TYPE_SETTLEMENT, Load, Purchase, load_session, purchase_session

TERMINAL_NUMBER = "310100000001"
"""Of an invented terminal."""
_TERMINAL_SEQUENCE = bytes.fromhex("00000005")


def type_code(said: Datum, kind: bytes) -> bytes:
    """A transaction type, given as the character, as this card has it."""
    return bytes((kind[0] & 0x0F,)) if said == "binary" else kind


def settlement_type(said: Datum) -> bytes:
    """The type of a settlement as this card has it."""
    return type_code(said, bytes((TYPE_SETTLEMENT,)))


def logged(said: Datum, sequence: bytes) -> bytes:
    """The number that log and proof of this card have, of the one that INITIALIZE answered."""
    return (int.from_bytes(sequence, "big") + (said == "after")).to_bytes(len(sequence), "big")


def sums(amounts: bytes) -> tuple[int, int, int]:
    """Account, self-paid and pooled amount of 12 bytes."""
    return int.from_bytes(amounts[:4], "big"), int.from_bytes(amounts[4:8], "big"), int.from_bytes(amounts[8:], "big")


def load_mac2(said: Datum, key: KeyHandle, *data: bytes) -> bytes:
    """DLK, random 4, sequence 2, amount 4, terminal 6, time 7 [, type] -> MAC2."""
    random, sequence, amount, terminal, time, kind = (*data, type_code(said, bytes((TYPE_LOAD,))))[:6]
    number = int.from_bytes(sequence, "big")
    load = Load(0, int.from_bytes(amount, "big"), terminal, number, time, kind[0])
    return load.mac2(load_session(key, random, number))


def purchase_mac1(said: Datum, key: KeyHandle, *data: bytes) -> bytes:
    """DPK, random 4, sequence 2, terminal sequence 4, three amounts 12, terminal 6, time 7 [, type] -> MAC1."""
    random, sequence, terminal_sequence, amounts, terminal, time, kind = (*data, settlement_type(said))[:7]
    purchase = Purchase(*sums(amounts), terminal, terminal_sequence, time, kind[0])
    return purchase.mac1(purchase_session(key, random, int.from_bytes(sequence, "big"), terminal_sequence))


def settlement(said: Datum, key: KeyHandle, *data: bytes) -> bytes:
    """DPK, random 4, sequence 2, three amounts 12, time 7 [, type] -> terminal sequence 4 ‖ time 7 ‖ MAC1 4, of the
    invented terminal.
    """
    random, sequence, amounts, time, *kind = data
    rest = amounts, bytes.fromhex(TERMINAL_NUMBER), time, *kind
    return _TERMINAL_SEQUENCE + time + purchase_mac1(said, key, random, sequence, _TERMINAL_SEQUENCE, *rest)


def mac2_refused(key: KeyHandle, random: bytes, sequence: bytes, amounts: bytes, mac2: bytes) -> bytes:
    """DPK, random 4, sequence 2, three amounts 12, MAC2 4 -> nothing where MAC2 is that of such a ``settlement``, else
    MAC2 again.
    """
    session = purchase_session(key, random, int.from_bytes(sequence, "big"), _TERMINAL_SEQUENCE)
    right = Purchase(*sums(amounts), terminal=b"", terminal_sequence=b"", time=b"").mac2(session)
    return b"" if same(right, mac2) else mac2


def load_tac(said: Datum, key: KeyHandle, *data: bytes) -> bytes:
    """DTK, balance before 4, sequence 2, amount 4, type 1, terminal 6, time 7 -> TAC of a load. ``said``: which balance
    it covers.
    """
    balance, sequence, amount, kind, terminal, time = data
    before = int.from_bytes(balance, "big") - (int.from_bytes(amount, "big") if said == "old" else 0)
    number = int.from_bytes(sequence, "big")
    return Load(before, int.from_bytes(amount, "big"), terminal, number, time, kind[0]).tac(key)


def purchase_tac(key: KeyHandle, *data: bytes) -> bytes:
    """DTK, three amounts 12, type 1, terminal 6, terminal sequence 4, time 7 -> TAC of a settlement."""
    amounts, kind, terminal, terminal_sequence, time = data
    return Purchase(*sums(amounts), terminal, terminal_sequence, time, kind[0]).tac(key)
