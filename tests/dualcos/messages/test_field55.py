"""Field 55: which data elements go with which message, in which order."""

from __future__ import annotations

import pytest

from apdu import tlv
from dualcos.messages.field55 import ChipSet, MissingChipData, chip_data

KNOWN = {tag: bytes((tag & 0xFF,)) for kind in ChipSet for tag in (*kind.required, *kind.optional)} | {0x5A: b"\x62"}


@pytest.mark.parametrize(
    ("kind", "tags"),
    [
        (
            ChipSet.REQUEST,
            "9F26 9F27 9F10 9F37 9F36 95 9A 9C 9F02 5F2A 82 9F1A 9F03 9F33 9F34 9F35 9F1E 84 9F09 9F41 9F63",
        ),
        (ChipSet.REVERSAL, "95 9F1E 9F10 9F36 DF31"),
        (ChipSet.SCRIPT_REPORT, "9F33 95 9F37 9F1E 9F10 9F26 9F36 82 DF31 9F1A 9A"),
        (
            ChipSet.UPLOAD,
            "9F26 9F27 9F10 9F37 9F36 95 9A 9C 9F02 5F2A 82 9F1A 9F03 9F33 9F34 9F35 9F1E 84 9F09 9F41 9F63 8A",
        ),
    ],
)
def test_order(kind, tags):
    made = tlv.parse(chip_data(kind, KNOWN))
    assert " ".join(f"{item.tag:X}" for item in made) == tags
    assert all(item.value == KNOWN[item.tag] for item in made)


@pytest.mark.parametrize("kind", list(ChipSet))
def test_what_must_be_there_is_named(kind):
    for tag in kind.required:
        with pytest.raises(MissingChipData, match=f"^field 55: {tag:X} is missing$"):
            chip_data(kind, {each: value for each, value in KNOWN.items() if each != tag})
    assert chip_data(kind, dict.fromkeys(kind.required, b"\x01"))


def test_field_55_takes_255_bytes():
    most = 255 - len(chip_data(ChipSet.REVERSAL, KNOWN))
    assert len(chip_data(ChipSet.REVERSAL, KNOWN | {0xDF31: bytes(most)})) == 255
    with pytest.raises(MissingChipData, match="field 55: 256 bytes; it takes 255"):
        chip_data(ChipSet.REVERSAL, KNOWN | {0xDF31: bytes(most + 1)})
