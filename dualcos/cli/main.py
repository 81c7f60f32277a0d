"""Entry point of the ``dualcos`` command. That its packages are its own, ``dualcos`` itself has looked after."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dualcos.cli.subcommands import main


def run(argv: Sequence[str] | None = None) -> int:
    """Run ``dualcos`` with ``argv`` (default: the process's own arguments). Returns the exit code; never raises."""
    return main(sys.argv[1:] if argv is None else argv)
