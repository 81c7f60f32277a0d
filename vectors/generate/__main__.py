"""``python -m vectors.generate``."""

from __future__ import annotations

from vectors.generate import bank, interrupted, malformed, powerless, responses, rights, social, tearing, tries


def main() -> None:
    """Write every file."""
    bank.write()
    social.write()
    powerless.write()
    interrupted.write()
    responses.write()
    malformed.write()
    tries.write()
    rights.write()
    tearing.write()  # last: made of the others


if __name__ == "__main__":
    main()
