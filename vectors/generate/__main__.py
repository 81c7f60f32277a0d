"""``python -m vectors.generate``."""

from __future__ import annotations

from vectors.generate import cases, risk, social, states, words
from vectors.generate.build import FOLDER

UNITS = (cases.unit, words.unit, states.unit, risk.unit)


def main() -> None:
    """Write every file."""
    social.main()
    for make in UNITS:
        make().write(FOLDER)
    social.write()


if __name__ == "__main__":
    main()
