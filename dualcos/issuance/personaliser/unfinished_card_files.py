"""Card files on their way: under another name until the card is finished, renamed durably when it is."""

from __future__ import annotations

from pathlib import Path

from apdu import atr
from dualcos.cardfile.card_file_format import CardFileError, journal_of
from dualcos.cardfile.card_in_file import open_card
from keys.custody.whole_file import sync_folder

PART = ".part"
SERIAL_LENGTH = 4
"""TA to TD, the last of the historical bytes."""


def part_of(final: Path) -> Path:
    """Where a card lies that will be ``final`` when it is finished."""
    return final.with_name(final.name + PART)


def historical_bytes(path: Path) -> bytes:
    """Of the card in a card file. Raises CardFileError."""
    card = open_card(path)
    try:
        return atr.parse(card.atr).historical
    finally:
        card.close()


def give_back(final: Path) -> None:
    """A card that was taken up and not touched gets its name again."""
    part = part_of(final)
    if part.exists():
        move(part, final)


def move(old: Path, new: Path) -> None:
    """Rename a closed card file, durably. Raises CardFileError if it was not closed properly.

    A journal that still holds something belongs to the old name: without it the card would be damaged.
    """
    journal = journal_of(old)
    if journal.exists():
        if journal.stat().st_size:
            raise CardFileError(f"{old} was not closed; open it once more under this name")
        journal.unlink()
    old.replace(new)
    sync_folder(new.parent)
