"""Cards and the files they live in: opened, put into one, or written once (卡片文件)."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cos.card import Card
from cos.cos_options import CardPartsError, written_options
from cos.kernel.stack import Stacks
from cos.stacks import STACKS
from dualcos.cardfile.card_file_format import NOT_MARKED, CardFile, CardFileError, CardNotKept
from firewall.trace import TraceBuffer
from keys.custody.whole_file import sync_folder


def open_card(
    path: str | Path,
    seed: int | bytes | str | None = None,
    *,
    trace: TraceBuffer | None = None,
    detached: bool = False,
    stacks: Stacks = STACKS,
) -> Card:
    """The card in a card file, powered off; every command's writes go there, until ``Card.close``.

    ``seed`` None: true randomness. ``detached``: the file is only read; the card lives in memory until ``keep_card``
    or ``write_card``. Raises CardFileError.
    """
    file = CardFile.open(Path(path))
    try:
        card = Card.restored(file.meta().get("options", ""), file.load(), seed, trace=trace, stacks=stacks)
        card.provenance = file.provenance()
        if not detached:
            file.settle()
    except CardPartsError as error:
        file.close()
        raise CardFileError(f"{path} is damaged: {error}; restore it from a copy") from None
    except CardFileError:
        file.close()
        raise
    if detached:
        file.close()
    else:
        card.on_change = file
    return card


def keep_card(card: Card, path: str | Path) -> None:
    """Write ``card`` to a new card file; from now on the file follows it. Raises CardFileError."""
    if isinstance(card.on_change, CardFile):
        raise CardFileError(f"this card lives in {card.on_change.path} already")
    write_card(card, path)
    try:
        sync_folder(Path(path).parent)
        card.on_change = CardFile.open(Path(path))
    except (OSError, CardFileError) as error:
        with suppress(OSError):
            Path(path).unlink()
        if isinstance(error, OSError):
            raise CardNotKept(f"{path} cannot be written: {error.strerror}") from None
        raise


def say_of(card: Card, provenance: Mapping[str, str]) -> None:
    """Say this of ``card`` from now on, in its file too if it lives in one. Raises CardFileError."""
    card.provenance = provenance
    if isinstance(card.on_change, CardFile):
        card.on_change.note(provenance)


def write_card(card: Card, path: str | Path) -> None:
    """Write ``card`` as it is now to a new card file and leave that alone. Raises CardFileError.

    With what is said of its keys: a card of which nothing is said has real ones.
    """
    image = card.snapshot().chip
    regions = {label: region.cells for label, region in image.regions.items()}
    meta = {**NOT_MARKED, **card.provenance, "options": written_options(card.options)}
    CardFile.create(Path(path), meta, regions)
