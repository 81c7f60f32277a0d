"""``python -m dualcos``: the same as the ``dualcos`` command."""

from __future__ import annotations

import gc
import sys

from dualcos.cli.missing_package import missing_package

_MANY = 500_000


def start() -> int:
    """Run the command line. A package that is missing is one line: without it there is no ``dualcos doctor`` either."""
    try:
        from dualcos.cli.main import run  # noqa: PLC0415 - what all commands need and is missing shows here
    except ModuleNotFoundError as missing:
        line = missing_package(missing)
        if not line:
            raise
        print(f"dualcos: {line}", file=sys.stderr)
        return 2
    # What a command reads (vectors, profiles, cards) lives until it ends: looking through it again and again for what
    # nobody holds any more would take a tenth of the time.
    gc.set_threshold(_MANY)
    try:
        return run()
    finally:
        gc.freeze()  # nor is it looked through at the end, when all of it goes


if __name__ == "__main__":
    sys.exit(start())
