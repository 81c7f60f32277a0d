"""What lies in a folder of card files, by chip, and what of it cannot be used; one bad file hinders no other.

What the register remembers of these chips is for ``batch_runs`` to compare. Reading a card here changes nothing of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import NamedTuple, TypeVar

from apdu import atr
from cos.card import Card
from dualcos.cardfile.card_file_format import CardFileError
from dualcos.cardfile.card_in_file import open_card
from dualcos.issuance.personaliser.unfinished_card_files import PART, SERIAL_LENGTH, part_of
from firewall.trace import TraceBuffer

Answer = TypeVar("Answer")


class Reject(NamedTuple):
    """A card that stays as it is: NO_LINK, NO_DATA, FIRST_SIDE_OPEN, UNREADABLE … and why."""

    card: str
    reason: str


class FoundCard(NamedTuple):
    """One chip's card file under its final name; ``begun``: only the ``.part`` of it is there."""

    path: Path
    serial: int
    begun: bool


class CardsFound(NamedTuple):
    """Cards by serial number; files that cannot be used; why a chip that lies there cannot be."""

    cards: Mapping[int, FoundCard]
    rejects: tuple[Reject, ...]
    unusable: Mapping[int, str]

    def missing(self, serial: int) -> str:
        """Why a chip that was begun cannot be taken up, for its row's report."""
        return self.unusable.get(serial, f"chip {serial:08X} is in none of the card files given; put it back")


def card_files(folder: Path) -> tuple[Path, ...]:
    """The card files in a folder, interrupted ones under their final names."""
    return _finals((*folder.glob("*.card"), *folder.glob(f"*.card{PART}")))


def find_cards(paths: Iterable[Path]) -> CardsFound:
    """Look into each of the files, some of which may be anything else. A chip that is there twice cannot be used."""
    by_serial: dict[int, list[FoundCard]] = {}
    rejects: list[Reject] = []
    unusable: dict[int, str] = {}
    for path in _finals(paths):
        try:
            serial = ask(path, _serial)
        except (CardFileError, OSError, atr.AtrError) as error:
            why = f"UNREADABLE: {getattr(error, 'strerror', None) or error}"
            rejects.append(Reject(path.name, why))
            if (named := serial_in(path)) is not None:
                unusable[named] = why
        else:
            by_serial.setdefault(serial, []).append(FoundCard(path, serial, not path.exists()))
    for serial, found in by_serial.items():
        if len(found) > 1:
            names = " and ".join(each.path.name for each in found)
            unusable[serial] = f"TWICE: chip {serial:08X} lies there as {names}; move all but the right one away"
            rejects.extend(Reject(each.path.name, unusable[serial]) for each in found)
    cards = {serial: found[0] for serial, found in sorted(by_serial.items()) if len(found) == 1}
    for serial in cards:
        unusable.pop(serial, None)
    return CardsFound(cards, tuple(rejects), unusable)


def ask(path: Path, question: Callable[[Card], Answer], events: TraceBuffer | None = None) -> Answer:
    """What a card says in its file, wherever it lies now. Raises CardFileError, OSError and what ``question`` does."""
    there = part_of(path)
    # Detached: what is asked of a bank's side is counted by the card, and its file must not notice.
    return question(open_card(path if path.exists() or not there.exists() else there, trace=events, detached=True))


def serial_in(path: Path) -> int | None:
    """The number of the chip that a card file's name says, None if it says none."""
    digits = path.name.removesuffix(PART).removesuffix(".card")
    try:
        return int.from_bytes(bytes.fromhex(digits), "big") if len(digits) == SERIAL_LENGTH * 2 else None
    except ValueError:
        return None


def _serial(card: Card) -> int:
    return int.from_bytes(atr.parse(card.atr).historical[-SERIAL_LENGTH:], "big")


def _finals(paths: Iterable[Path]) -> tuple[Path, ...]:
    """Card files by their final names, interrupted ones too, each once."""
    return tuple(sorted({path.with_name(path.name.removesuffix(PART)) for path in paths}))
