"""``python -m vectors.generate``."""

from __future__ import annotations

from vectors.generate import cases, decisions, risk, scripts, social, states, words
from vectors.generate.build import FOLDER, Unit


def units() -> tuple[Unit, ...]:
    """Every file that is generated."""
    return (cases.unit(), words.unit(), states.unit(), risk.unit(), decisions.unit(), *scripts.units())


if __name__ == "__main__":
    social.write()
    for each in units():
        each.write(FOLDER)
