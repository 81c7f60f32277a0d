"""GB 18030 as of 2022, and the private-use code points that stand for its characters (生僻字；用户自定义区码位).

GBK of 1995 and GB 18030 of 2000 have characters that Unicode did not have yet: their code points were private-use ones,
U+E76C to U+E864, and fonts and registers wrote them. Later editions gave the two-byte codes to the standard code
points, the last of them in 2022, and the private-use ones have four bytes since. So one character occurs under two code
points, and under two codes of bytes; ``standard`` makes one of them.

Python's codec is of 2000 (with a few later additions); here is what became otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_CODEC = "gb18030"

# Private-use code points in a row, and the two-byte codes they had in GBK, in hexadecimal (GB 18030-2000 annex C to E).
_RUNS: tuple[tuple[int, str], ...] = (
    (0xE76C, "A2E3"),
    (0xE78D, "A6D9 A6DA A6DB A6DC A6DD A6DE A6DF A6EC A6ED A6F3"),
    (0xE7C7, "A8BC A8BF"),
    (0xE7E7, " ".join(f"A9{cell:02X}" for cell in range(0x89, 0x96))),
    (0xE815, " ".join(f"FE{cell:02X}" for cell in (*range(0x50, 0x7F), *range(0x80, 0xA1)))),
)
# Code points that Python's codec does not have for the two-byte code: A8BC since 2005, the others since 2022.
_RENEWED: Mapping[int, int] = MappingProxyType(
    {
        **dict(zip(range(0xE78D, 0xE797), (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A)), strict=True)),
        0xE7C7: 0x1E3F,
        **dict(
            zip((0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864), range(0x9FB4, 0x9FBC), strict=True)
        ),
    }
)
# Six characters of extension B whose two-byte codes kept the private-use code point: the standard one has four bytes.
_KEPT: Mapping[int, int] = MappingProxyType(
    {0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE831: 0x215D7, 0xE83B: 0x2298F, 0xE855: 0x241FE}
)


def _twins() -> Mapping[int, int]:
    found: dict[int, int] = {}
    for first, codes in _RUNS:
        found |= {first + at: ord(bytes.fromhex(code).decode(_CODEC)) for at, code in enumerate(codes.split())}
    return MappingProxyType({**found, **_RENEWED, **_KEPT})


TWINS: Mapping[int, int] = _twins()
"""Private-use code point to the standard one of the same character."""

_SWAPPED = MappingProxyType({**_RENEWED, **{standard: private for private, standard in _RENEWED.items()}})


def to_gb18030(text: str) -> bytes:
    """``text`` as GB 18030-2022 has it. Raises UnicodeEncodeError for halves of surrogate pairs only."""
    return (text if text.isascii() else text.translate(_SWAPPED)).encode(_CODEC)


def from_gb18030(raw: bytes) -> str:
    """The inverse. Raises UnicodeDecodeError."""
    text = raw.decode(_CODEC)
    return text if text.isascii() else text.translate(_SWAPPED)


def standard(text: str) -> str:
    """``text`` with the standard code point for each private-use one that has a twin."""
    return text if text.isascii() else text.translate(TWINS)
