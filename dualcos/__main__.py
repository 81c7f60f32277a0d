"""``python -m dualcos``: the same as the ``dualcos`` command."""

from __future__ import annotations

import sys

from dualcos.cli.missing_package import missing_package


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
    return run()


if __name__ == "__main__":
    sys.exit(start())
