"""What a subcommand is. The table of all of them is in ``dualcos.cli.main``."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


class Subcommand(NamedTuple):
    """One subcommand: ``arguments`` declares them, ``run`` calls one public function and returns the exit code.

    ``takes_command``: what stands behind ``--`` is handed over as ``args.command``.
    """

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
    takes_command: bool = False
