"""The bank's personalisation that errs: proof of a master key, WRITE KEY, the CPS channel and its commands.

Written from JR/T 0025.10 §8.2, EMV CPS 3.2 and 5, and the making dialect (SSC-9 §7.1, SSC-10 §5.2). Everything is 3DES.
"""

from __future__ import annotations

from tests.erring_terminal.host_recipes import Recipe, Values, retail
from tests.erring_terminal.second_ciphers import cbc, check_value, ecb, padded_80

MASTER_PROOF: Recipe = {
    "shown": lambda v: v["random"],
    "key": lambda v: v["master"],
    "proof": lambda v: ecb("3DES", v["key"], v["shown"]),
    "command": lambda v: bytes.fromhex("00820000") + bytes((len(v["proof"]),)) + v["proof"],
}
"""The bank's form: the random number enciphered, 8 bytes."""

WRITE_KEY: Recipe = {
    "header": lambda _: bytes.fromhex("84D40000"),
    "with length": lambda v: bytes((0x18,)) + v["key header"] + v["value"],
    "plain": lambda v: padded_80(v["with length"], 8),
    "key": lambda v: v["master"],
    "cipher": lambda v: ecb("3DES", v["key"], v["plain"]),
    "mac key": lambda v: v["key"],
    "mac header": lambda v: v["header"],
    "mac lc": lambda v: bytes((len(v["cipher"]) + 4,)),
    "mac text": lambda v: v["mac header"] + v["mac lc"] + v["cipher"],
    "mac padded": lambda v: padded_80(v["mac text"], 8),
    "shown": lambda v: v["random"],
    "start": lambda v: v["shown"].ljust(8, b"\0"),
    "mac block": lambda v: retail(v["mac key"], v["mac padded"], v["start"]),
    "mac": lambda v: v["mac block"][:4],
    "command": lambda v: v["header"] + bytes((len(v["cipher"]) + 4,)) + v["cipher"] + v["mac"],
}
"""A key under the environment's master key, enciphered, with a MAC that starts from the random number."""


def channel_key(kmc: bytes, factor: bytes, number: int) -> bytes:
    """KENC 1, KMAC 2, KDEK 3 (PBOC-10 §8.2)."""
    return ecb("3DES", kmc, factor + bytes((0xF0, number)) + factor + bytes((0x0F, number)))


def channel_session(key: bytes, purpose: str, counter: bytes) -> bytes:
    """0182 enciphers, 0101 MACs, 0181 enciphers data (EMV CPS 5.3)."""
    return cbc("3DES", key, bytes(8), bytes.fromhex(purpose) + counter + bytes(12))


_CHANNEL: Recipe = {
    "factor": lambda v: v["key data"][-6:],
    "kenc": lambda v: channel_key(v["kmc"], v["factor"], 1),
    "kmac": lambda v: channel_key(v["kmc"], v["factor"], 2),
    "kdek": lambda v: channel_key(v["kmc"], v["factor"], 3),
    "enc": lambda v: channel_session(v["kenc"], "0182", v["counter"]),
    "dek": lambda v: channel_session(v["kdek"], "0181", v["counter"]),
    "mac key": lambda v: channel_session(v["kmac"], "0101", v["counter"]),
}

OPENING: Recipe = {
    **_CHANNEL,
    "text": lambda v: v["counter"] + v["challenge"] + v["host random"],
    "padded": lambda v: padded_80(v["text"], 8),
    "cryptogram": lambda v: cbc("3DES", v["enc"], bytes(8), v["padded"])[-8:],
    "header": lambda v: bytes((0x84, 0x82, v["level"], 0)),
    "mac header": lambda v: v["header"],
    "mac lc": lambda _: b"\x10",
    "mac text": lambda v: v["mac header"] + v["mac lc"] + v["cryptogram"],
    "mac padded": lambda v: padded_80(v["mac text"], 8),
    "start": lambda _: bytes(8),
    "mac": lambda v: retail(v["mac key"], v["mac padded"], v["start"]),
    "command": lambda v: v["header"] + b"\x10" + v["cryptogram"] + v["mac"],
}
"""EXTERNAL AUTHENTICATE of the channel: host cryptogram and the first C-MAC (EMV CPS 3.2.6, 5.4)."""

_STORING: Recipe = {
    "sent groups": lambda v: v["groups"],
    "header": lambda v: bytes((0x84, 0xE2, v["p1"], v["number"])),
    "chain": lambda v: v["previous"],
    "mac header": lambda v: v["header"],
    "mac lc": lambda v: bytes((len(v["sent groups"]) + 8,)),
    "mac text": lambda v: v["chain"] + v["mac header"] + v["mac lc"] + v["sent groups"],
    "mac padded": lambda v: padded_80(v["mac text"], 8),
    "start": lambda _: bytes(8),
    "mac": lambda v: retail(v["mac key"], v["mac padded"], v["start"]),
    "body": lambda v: level_3(v) if v["level"] == 3 else v["sent groups"],
    "command": lambda v: v["header"] + bytes((len(v["body"]) + 8,)) + v["body"] + v["mac"],
}
STORE: Recipe = {**_CHANNEL, **_STORING}
"""STORE DATA: groups, and the C-MAC chained to the one before (EMV CPS 3.2.7, 5.4.2, 5.5.2)."""

STORE_PIN: Recipe = {
    **_CHANNEL,
    "sealing key": lambda v: v["dek"],
    "sealed": lambda v: ecb("3DES", v["sealing key"], v["pin block"]),
    "groups": lambda v: group("8010", v["sealed"]),
    **_STORING,
}
"""Group 8010: the reference PIN block under the channel's data key, ECB, not padded (PBOC-10 §8.2)."""

STORE_CHECK_VALUES: Recipe = {
    **_CHANNEL,
    "checked": lambda v: v["card keys"],
    "check cipher": lambda _: "3DES",
    "check values": lambda v: b"".join(bytes.fromhex(check_value(v["check cipher"], each)) for each in v["checked"]),
    "groups": lambda v: group("9000", v["check values"]),
    **_STORING,
}
"""Group 9000: three check values in the order of the keys in group 8000."""


def level_3(values: Values) -> bytes:
    """What follows the MAC at level 03: padded and enciphered."""
    return cbc("3DES", values["enc"], bytes(8), padded_80(values["sent groups"], 8))


def group(number: str, value: bytes) -> bytes:
    """A data group of fewer than 255 bytes."""
    return bytes.fromhex(number) + bytes((len(value),)) + value
