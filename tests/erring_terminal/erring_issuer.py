"""The bank's host that errs: what it derives from its masters, how it answers a cryptogram, how it makes scripts.

Written from JR/T 0025 (PBOC) parts 5 and 7. Every computation is a recipe; a mistake does one step otherwise. A step
"under" is the cipher that a card key works with, which a host may get wrong apart from how it derives the key.
"""

from __future__ import annotations

from tests.erring_terminal.host_recipes import Recipe, Values, chained, filled, odd
from tests.erring_terminal.second_ciphers import BLOCKS, ecb, inverted, padded_80, xor


def factor(pan: str, psn: str) -> bytes:
    """The rightmost 16 digits of account number ‖ sequence number (PBOC-7 §11.1.4)."""
    return bytes.fromhex((pan + psn)[-16:].rjust(16, "0"))


def card_key(cipher: str, master: bytes, diversified_by: bytes) -> bytes:
    """Master over Y ‖ NOT Y; DES keys get odd parity (PBOC-7 §11.1.4)."""
    key = ecb(cipher, master, diversified_by + inverted(diversified_by))
    return odd(key) if cipher == "3DES" else key


def transaction_key(cipher: str, udk: bytes, atc: bytes) -> bytes:
    """Card key over 00×6 ‖ ATC ‖ 00×6 ‖ NOT ATC (PBOC-7 §11.1.3)."""
    return ecb(cipher, udk, bytes(6) + atc + bytes(6) + inverted(atc))


_KEYS: Recipe = {
    "factor": lambda v: factor(v["pan"], v["psn"]),
    "udk": lambda v: card_key(v["cipher"], v["master"], v["factor"]),
    "under": lambda v: v["cipher"],
    "session": lambda v: transaction_key(v["under"], v["udk"], v["atc"]),
}

ANSWER: Recipe = {
    **_KEYS,
    "arc": lambda v: v["sent arc"],
    "block": lambda v: xor(v["cryptogram"], v["arc"].ljust(8, b"\0")),
    "filled block": lambda v: v["block"].ljust(BLOCKS[v["under"]], b"\0"),
    "enciphered": lambda v: ecb(v["under"], v["session"], v["filled block"]),
    "arpc": lambda v: v["enciphered"][:8],
    "command": lambda v: bytes.fromhex("008200000A") + v["arpc"] + v["sent arc"],
}
"""EXTERNAL AUTHENTICATE: the answer to a cryptogram (PBOC-5 D.3, B.5)."""

_SECURED: Recipe = {
    "mac header": lambda v: v["header"],
    "mac lc": lambda v: bytes((len(v["body"]) + 4,)),
    "moment": lambda v: v["atc"] + v["cryptogram"],
    "mac text": lambda v: v["mac header"] + v["mac lc"] + v["moment"] + v["body"],
    "mac padded": lambda v: padded_80(v["mac text"], BLOCKS[v["under"]]),
    "start": lambda v: bytes(BLOCKS[v["under"]]),
    "mac block": lambda v: chained(v["under"], v["session"], v["mac padded"], v["start"]),
    "mac": lambda v: v["mac block"][:4],
    "command": lambda v: v["header"] + bytes((len(v["body"] + v["mac"]),)) + v["body"] + v["mac"],
}

SCRIPT: Recipe = {**_KEYS, **_SECURED}
"""A script command in clear with its MAC (PBOC-5 C.2.4)."""

_PIN: Recipe = {
    "enc udk": lambda v: card_key(v["cipher"], v["enc master"], v["factor"]),
    "enc session": lambda v: transaction_key(v["under"], v["enc udk"], v["atc"]),
    "mask key": lambda v: v["enc udk"],
    "mask": lambda v: bytes(4) + v["mask key"][4:8],
    "pin block": lambda v: bytes.fromhex(f"0{len(v['new pin']):X}{v['new pin']}".ljust(16, "F")),
    "current": lambda v: bytes.fromhex(v["current pin"].ljust(16, "0")),
    "d": lambda v: xor(xor(v["mask"], v["pin block"]), v["current"]),
    "with length": lambda v: bytes((len(v["d"]),)) + v["d"],
    "plain": lambda v: filled(v["with length"], BLOCKS[v["under"]]),
    "body": lambda v: ecb(v["under"], v["enc session"], v["plain"]),
}

PIN_CHANGE: Recipe = {**_KEYS, **_PIN, **_SECURED}
"""PIN CHANGE/UNBLOCK with a new PIN (PBOC-5 B.10.3, C.3); ``current pin`` empty: P2 02, without it."""


def offline_block(digits: str, control: str = "2", length: int | None = None, fill: str = "F") -> bytes:
    """A PIN as VERIFY carries it (PBOC-5 B.15)."""
    count = len(digits) if length is None else length
    return bytes.fromhex(f"{control}{count:X}{digits}".ljust(16, fill))


def tags_of(dol: bytes) -> list[tuple[str, int]]:
    """A list's tags and lengths (PBOC-3 §11.4)."""
    found, at = [], 0
    while at < len(dol):
        end = at + (2 if dol[at] & 0x1F == 0x1F else 1)
        found.append((dol[at:end].hex().upper(), dol[end]))
        at = end + 1
    return found


def by_list(dol: bytes, values: Values) -> bytes:
    """The values of a list's elements, in its order; what is not known is 00."""
    return b"".join(values.get(tag, bytes(length)) for tag, length in tags_of(dol))
