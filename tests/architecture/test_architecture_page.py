"""ARCHITECTURE.md is short, and its figure is the listing."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
FIGURE = TEXT.split("```", 2)[1]
SCREENS, LINES = 3, 45
PRODUCT = ("apdu", "firewall", "keys", "cos", "dualcos")


def named(figure: str) -> set[str]:
    """Every path of the figure: ``cos/ssse/``, ``cos/card.py``; rooms behind a colon lie in the line's first one."""
    found: set[str] = set()
    for line in figure.strip().splitlines():
        paths = re.findall(r"(?<![\w/])(?:[a-z]\w*/)+(?:\w+\.py)?", line)
        first, *others = paths
        found |= {first, *(path if (ROOT / path).exists() else first + path for path in others)}
    return {path.rstrip("/") for path in found}


def test_it_fits_three_screens():
    assert len(TEXT.splitlines()) <= SCREENS * LINES


def test_every_path_of_the_page_is_there():
    paths = named(FIGURE) | set(re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", TEXT))
    assert [path for path in sorted(paths) if not (ROOT / path).exists() and not path.startswith("...")] == []


def test_the_figure_names_every_room_down_to_the_second_level():
    there = {Path(room) for room in PRODUCT}
    there |= {folder for room in PRODUCT for folder in (ROOT / room).iterdir() if (folder / "__init__.py").exists()}
    third = [ROOT / "dualcos" / room for room in ("issuance", "lab")]
    there |= {folder for room in third for folder in room.iterdir() if (folder / "__init__.py").exists()}
    shown = {path.relative_to(ROOT).as_posix() if path.is_absolute() else str(path) for path in there}
    assert shown - named(FIGURE) == set()


def test_a_room_that_is_not_there_is_noticed():
    assert "dualcos/wallet" in named("dualcos/wallet/  none")
    assert not (ROOT / "dualcos/wallet").exists()
