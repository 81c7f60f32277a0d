"""Which version of this program runs."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def version_of_program() -> str:
    """As it was installed."""
    try:
        return version("dualcos")
    except PackageNotFoundError:
        return "(not installed)"
