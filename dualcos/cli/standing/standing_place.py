"""Where a terminal is set up."""

from __future__ import annotations

from argparse import Namespace
from contextlib import ExitStack
from typing import NamedTuple

from dualcos.cli.trace_recorder import Recorder
from dualcos.terminal.screen.terminal_view import TerminalView


class StandingPlace(NamedTuple):
    """``args`` say what it is made of; what has to be closed is on ``stack``. ``recorder`` hears its cards; all that it
    says and asks goes through ``view``.
    """

    args: Namespace
    stack: ExitStack
    recorder: Recorder
    view: TerminalView
