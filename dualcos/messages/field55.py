"""Field 55: which of a card's and a terminal's data elements go with a message, and in which order (seen in the field
with several independent programs; PBOC-4 §6 has the list of what an issuer checks).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

from apdu import tlv

MOST_CHIP_BYTES = 255


class MissingChipData(ValueError):
    """A data element that the message must have is not there, or all are too long; says which."""


class ChipSet(Enum):
    """The tags of one kind of message: those that it must have, those that go with it if they are known."""

    REQUEST = (
        (0x9F26, 0x9F27, 0x9F10, 0x9F37, 0x9F36, 0x95, 0x9A, 0x9C, 0x9F02, 0x5F2A, 0x82, 0x9F1A, 0x9F03, 0x9F33),
        (0x9F34, 0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x9F63),
    )
    REVERSAL = ((0x95, 0x9F1E), (0x9F10, 0x9F36, 0xDF31))
    SCRIPT_REPORT = ((0x9F33, 0x95, 0x9F37, 0x9F1E, 0x9F10, 0x9F26, 0x9F36, 0x82, 0xDF31, 0x9F1A, 0x9A), ())
    UPLOAD = REQUEST[0], (0x9F34, 0x9F35, 0x9F1E, 0x84, 0x9F09, 0x9F41, 0x9F63, 0x8A)

    def __init__(self, required: tuple[int, ...], optional: tuple[int, ...]) -> None:
        self.required, self.optional = required, optional


def chip_data(kind: ChipSet, known: Mapping[int, bytes]) -> bytes:
    """The field for a message, out of everything ``known`` by tag. Raises MissingChipData."""
    if missing := [f"{tag:X}" for tag in kind.required if tag not in known]:
        raise MissingChipData(f"field 55: {', '.join(missing)} is missing")
    tags = [tag for tag in (*kind.required, *kind.optional) if tag in known]
    made = b"".join(tlv.encode(tag, known[tag]) for tag in tags)
    if len(made) > MOST_CHIP_BYTES:
        raise MissingChipData(f"field 55: {len(made)} bytes; it takes {MOST_CHIP_BYTES}")
    return made
