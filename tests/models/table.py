"""Every model there is."""

from __future__ import annotations

from pathlib import Path

from tests.models import bank, chip, keycards, social
from tests.models.subject import Subject

SUBJECTS: tuple[Subject, ...] = (*social.SUBJECTS, *bank.SUBJECTS, *keycards.SUBJECTS, *chip.SUBJECTS)
FOLDER = Path(__file__).parent / "learned"
PAGE = FOLDER / "README.md"


def path_of(subject: Subject) -> Path:
    """Where its model is kept."""
    return FOLDER / f"{subject.name}.dot"
