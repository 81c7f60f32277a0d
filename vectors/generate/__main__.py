"""``python -m vectors.generate``."""

from __future__ import annotations

from vectors.generate import bank, social


def main() -> None:
    """Write every file."""
    bank.write()
    social.write()


if __name__ == "__main__":
    main()
