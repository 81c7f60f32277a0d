"""Cells of a card's memory in words (存储单元): what lies under a key, and whether it may be shown.

Only what is known to hold no secret may be shown; a cell of a layout that is not known here is a secret one.
"""

from __future__ import annotations

from types import MappingProxyType

from cos.explain.familiar import MANAGER, PSE

_OPEN = frozenset(b"DFRNBGCQYP")
_CHIP, _DIRECTORY, _OWN = "chip", "directory", b"self"
_FILES = MappingProxyType({"F": "descriptor", "R": "record", "N": "record count", "B": "contents"})
_BANK = MappingProxyType({"C": "counters and indicators", "Q": "personalisation channel", "Y": "KEYDATA"})
_STORES = MappingProxyType({"K": "value and header", "T": "tries", "R": "part of private key", "S": "part of SM2 key"})


def is_secret(region: str, key: bytes) -> bool:
    """True unless the cell is known to hold neither key nor PIN."""
    if region in (_CHIP, _DIRECTORY) or key == _OWN:
        return False
    if not key:
        return True
    stored = _stored(region, key)
    return stored[1] != "T" if stored is not None else key[0] not in _OPEN


def cell_name(region: str, key: bytes) -> str:
    """What the cell is; its key in hex where that is not known."""
    if region == _CHIP or key == _OWN:
        return key.decode("ascii", "replace")
    if region == _DIRECTORY:
        return key.decode("ascii", "replace").replace("E:", "environment ")
    stored = _stored(region, key)
    if not key:
        return "a cell without a name"
    if stored is not None:
        where, what, entry = stored
        place = f" of {where.hex().upper()}" if where else ""
        return f"key {'/'.join(f'{byte:02X}' for byte in entry)}{place}, {_STORES[what]}"
    kind, directory = chr(key[0]), key[1:3].hex().upper()
    if kind == "D":
        return f"directory {directory}"
    if kind == "P":
        return f"environment {directory} waiting for its first key"
    if region == PSE and kind in _BANK:
        return f"{_BANK[kind]} of {directory}"
    if region == PSE and kind == "G":
        return f"DGI {key[3:5].hex().upper()} of {directory}"
    if kind in _FILES and len(key) >= 5:
        number = f" {key[5]}" if kind == "R" and len(key) > 5 else ""
        return f"{key[3:5].hex().upper()} of {directory}, {_FILES[kind]}{number}"
    if key[0] == 0xFF:
        return "journal of an interrupted write"
    return key.hex().upper()


def _stored(region: str, key: bytes) -> tuple[bytes, str, bytes] | None:
    """A key store's cell: directory (and key file), kind of cell, what it is about; None for any other cell."""
    head = {"K": 3, "U": 3, "k": 5}.get(chr(key[0])) if key else None
    if head is None:
        return None
    if region == MANAGER and key[:1] == b"K" and len(key) == 5:
        head = 1
    what = chr(key[head]) if len(key) > head else ""
    return (key[1:head], what, key[head + 1 :]) if what in _STORES else None
