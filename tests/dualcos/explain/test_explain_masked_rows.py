"""Which commands' data are never shown: written a second time, from what the standards send in them, and held whole.

A row that is missing here shows a PIN or key in every trace; one too many hides from a terminal's developer what he is
looking for. The data sent are neither digits nor anything else that is hidden for what it looks like.
"""

from __future__ import annotations

from collections.abc import Collection

from cos.stacks import STACKS
from dualcos.explain.command_names import FAMILIAR
from dualcos.explain.raw_record import RawExchange
from dualcos.explain.secret_masking import SecretMasking

# Class and instruction, with P1 P2 where others of them carry none.
WRITE_KEY = {"00D4", "04D4", "80D4", "84D4"}  # a key or PIN, in clear or enciphered (SSC-5; SSC-10 §5)
MASKED = {
    "manager": WRITE_KEY,
    # VERIFY, CHANGE PIN, PIN CHANGE/UNBLOCK (SSC-5 §6.14, §6.3, §6.8)
    "ssse": WRITE_KEY | {"0020", "805E", "8424"},
    # VERIFY, PIN CHANGE/UNBLOCK that brings a PIN, STORE DATA with groups of keys and PIN (PBOC-5 annex B; PBOC-10 §6)
    "pse": WRITE_KEY | {"0020", "8424 0001", "8424 0002", "80E2", "84E2"},
    # CREATE KEY, CHANGE KEY, CIPHER DATA that enciphers what goes in; what a MAC is made over is no secret (SSC-9 §9)
    "psam": WRITE_KEY | {"84D4", "80FA 0000", "80FA 0200"},
    # Both PINs, what is hashed before it is signed, what the card's private key opens, session and private keys, master
    "pki": {"0020", "845E", "80C4", "804E", "804A", "80C2 C001", "84D4"},
}


def data(length: int) -> bytes:
    """Bytes that are no digits, all different up to 64."""
    return bytes(0xB0 | at % 0x50 if at % 0x50 < 0x10 else 0xC0 + at % 0x40 for at in range(length))


def some(parameters: Collection[int]) -> Collection[int]:
    """Of what a row takes any of, a few."""
    return parameters if len(parameters) < 8 else sorted(parameters)[:3]


def masked(label: str, command: bytes) -> bool:
    record = RawExchange(command, b"\x69\x82", label)
    kept = SecretMasking(FAMILIAR).masked(record)
    if kept is record:
        return False
    assert kept.hidden
    return True


def test_the_data_of_these_commands_are_hidden_and_of_no_others():
    found = {}
    for stack in STACKS:
        hidden: dict[str, set[str]] = {}
        shown: dict[str, set[str]] = {}
        for row in stack.rows:
            lengths = [length for length in row.lc if 0 < length < 0x100]
            few = {*lengths[:2], *(length for length in lengths if length in (16, 20, 24, 36))}
            for p1, p2 in ((p1, p2) for p1 in some(row.p1) for p2 in (row.p2 if len(row.p2) < 8 else (min(row.p2),))):
                header = bytes((row.cla, row.ins, p1, p2))
                secret = any(masked(stack.label, header + bytes((length,)) + data(length)) for length in few)
                (hidden if secret else shown).setdefault(header[:2].hex().upper(), set()).add(header[2:].hex().upper())
        found[stack.label] = {
            each
            for name, secret in hidden.items()
            for each in ([name] if name not in shown else [f"{name} {where}" for where in secret])
        }
    assert found == MASKED
