"""``python -m dualcos``: the same as the ``dualcos`` command."""

from __future__ import annotations

import shlex
import sys


def start() -> int:
    """Run the command line. A package that is missing is one line: without it there is no ``dualcos doctor`` either."""
    try:
        from dualcos.cli.main import run  # noqa: PLC0415 - what is missing shows here, and only here
    except ModuleNotFoundError as missing:
        name = (missing.name or "").partition(".")[0]
        if not name or name == "dualcos":
            raise
        mend = f"{shlex.quote(sys.executable)} -m pip install {name}"
        print(f"dualcos: the package {name} is missing, which it needs: {mend}", file=sys.stderr)
        return 2
    return run()


if __name__ == "__main__":
    sys.exit(start())
