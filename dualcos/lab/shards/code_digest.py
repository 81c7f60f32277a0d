"""Which code judges: a digest of all code and data that a verdict depends on."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

_JUDGING = ("apdu", "firewall", "keys", "cos", "dualcos")


@cache  # hundreds of files, and this process goes on with what it has loaded
def code_digest(*beside: str) -> str:
    """SHA-256 over it, as it is on disk when first asked for; ``beside``: versions of packages that judge with it."""
    home = Path(__file__).parents[3]
    hasher = hashlib.sha256("\n".join(beside).encode())
    for room in _JUDGING:
        for path in sorted((home / room).rglob("*")):
            if path.suffix in (".py", ".toml", ".json"):
                hasher.update(path.relative_to(home).as_posix().encode())
                hasher.update(path.read_bytes())
    return hasher.hexdigest()
