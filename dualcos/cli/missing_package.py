"""A package that is missing, as one line: without it there may be no ``dualcos doctor`` either. Needs none itself."""

from __future__ import annotations

import shlex
import sys


def missing_package(error: ModuleNotFoundError) -> str:
    """Which package it is and what brings it; empty for a module of ours, whose absence is a bug."""
    name = (error.name or "").partition(".")[0]
    if not name or name == "dualcos":
        return ""
    return f"the package {name} is missing, which it needs: {shlex.quote(sys.executable)} -m pip install {name}"
