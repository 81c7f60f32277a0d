"""What an action of ``dualcos lab`` is."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import NamedTuple


class LabAction(NamedTuple):
    """One action: ``arguments`` declares them, ``run`` returns the exit code."""

    name: str
    help: str
    arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]
