"""The bank's files: ``vectors/pse/*.json``."""

from __future__ import annotations

from vectors.generate import (
    cases,
    decisions,
    issued_cards,
    malformed,
    personalisation,
    personalised,
    published,
    readings,
    risk,
    scripts,
    states,
    words,
)
from vectors.generate.build import FOLDER, Unit
from vectors.generate.items_and_requirements import itemised
from vectors.generate.live import marked


def units() -> tuple[Unit, ...]:
    """Every file of the bank that is generated."""
    made = (
        cases.unit(),
        words.unit(),
        states.unit(),
        risk.unit(),
        decisions.unit(),
        readings.unit(),
        *scripts.units(),
        personalisation.unit(),
        personalised.unit(),
        malformed.bank(),
        published.unit(),
        *issued_cards.units(),
    )
    return tuple(itemised(marked(readings.named(each))) for each in made)


def write() -> None:
    """Write them."""
    for each in units():
        (FOLDER / each.file).write_text(each.text(), encoding="utf-8")
