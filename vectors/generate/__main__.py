"""``python -m vectors.generate``."""

from __future__ import annotations

from vectors.generate import bank, interrupted, powerless, responses, social, tearing


def main() -> None:
    """Write every file."""
    bank.write()
    social.write()
    powerless.write()
    interrupted.write()
    responses.write()
    tearing.write()  # last: made of the others


if __name__ == "__main__":
    main()
