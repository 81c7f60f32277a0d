"""Entry point of the ``dualcos`` command: looks whether its packages are its own, then runs.

The packages have plain names (``firewall``, ``keys`` …), which other software uses too: a wrong one must be one clear
line, not an import error somewhere inside. So this module imports nothing of them at the top.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("apdu", "firewall", "keys", "cos", "dualcos")
_MISPLACED = 2


def run(argv: Sequence[str] | None = None) -> int:
    """Run ``dualcos`` with ``argv`` (default: the process's own arguments). Returns the exit code; never raises."""
    stranger = misplaced()
    if stranger:
        print(f"dualcos: {stranger}", file=sys.stderr)
        return _MISPLACED
    from dualcos.cli.subcommands import main  # noqa: PLC0415 - only once the packages are known to be ours

    return main(sys.argv[1:] if argv is None else argv)


def misplaced() -> str:
    """Empty if all packages lie side by side, else one line that says which does not and what to do."""
    home = Path(__file__).resolve().parents[2]
    for name in PACKAGES:
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            return f"its package {name} is missing; install dualcos again, in a virtual environment"
        place = Path(next(iter(spec.submodule_search_locations))).resolve()
        if place.parent != home:
            return f"another software's package {name} is found in {place}; install dualcos in a virtual environment"
    return ""


if __name__ == "__main__":
    sys.exit(run())
