"""An authority's public key as programs take it (CAPK). Each form is that of a program's own reader, by name.

RSA only: none of these programs has a form for an SM2 key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from dualcos.profile.parties.party_facts import ShownAuthority

_NO_END = "000000"  # emv-tools' own test keys have it: YYMMDD that is never reached
_WIDTH = 64


class AuthorityFormat(NamedTuple):
    """A form: which program takes it, from which version on, and where; how keys are written in it."""

    program: str
    written: Callable[[Sequence[ShownAuthority]], str]


def _line(key: ShownAuthority) -> str:
    """RID, index, expiry, ``rsa``, exponent, modulus, ``sha1``, hash; bytes in lower-case hex with colons."""

    def colons(text: str) -> str:
        return bytes.fromhex(text).hex(":")

    end = key.expires or _NO_END
    return " ".join(
        (
            colons(key.rid),
            colons(key.index),
            end,
            "rsa",
            colons(key.exponent),
            colons(key.modulus),
            "sha1",
            colons(key.checksum),
        )
    )


def _lines(keys: Sequence[ShownAuthority]) -> str:
    return "".join(f"{_line(key)}\n" for key in keys)


def _elements(keys: Sequence[ShownAuthority]) -> str:
    """A whole configuration with nothing in it but keys; hash algorithm 01 is SHA-1. The values are hex: no escapes."""
    found = ["<?xml version='1.0' encoding='UTF-8'?>", "<emv>"]
    for key in keys:
        found += [
            f"  <capk rid='{key.rid}' index='{key.index}' hash_id='01'>",
            "    <modulus>",
            *(f"      {key.modulus[at : at + _WIDTH]}" for at in range(0, len(key.modulus), _WIDTH)),
            "    </modulus>",
            f"    <exponent>{key.exponent}</exponent>",
            f"    <hash>{key.checksum}</hash>",
            "  </capk>",
        ]
    return "\n".join((*found, "</emv>")) + "\n"


FORMATS: Mapping[str, AuthorityFormat] = MappingProxyType(
    {
        "capk": AuthorityFormat("a line of emv-tools 0.3's capk.txt (github.com/lumag/emv-tools)", _lines),
        "emv-utils": AuthorityFormat(
            "emv-tool --config-xml of emv-utils later than 0.3.1 (github.com/openemv/emv-utils)", _elements
        ),
    }
)
"""By the name that ``--format`` takes."""


def usable(keys: Sequence[ShownAuthority]) -> tuple[ShownAuthority, ...]:
    """Those that these forms can say."""
    return tuple(key for key in keys if key.algorithm == "RSA")
