"""``--screen``: a terminal on a screen, for whoever attends it. Loaded where that is asked for: Textual is an extra."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable
from typing import TypeVar

from dualcos.cli.expected_faults import EXPECTED
from dualcos.cli.standing.standing_place import StandingPlace
from dualcos.cli.standing.standing_terminal import StandingTerminal, standing_terminal
from dualcos.cli.standing.steps_asked import fault_told
from dualcos.cli.stop_asked import HUNG_UP, StopAsked
from dualcos.cli.user_faults import BUG, DONE
from dualcos.reader.bug_place import place_of
from dualcos.reader.pcsc import PcscError
from dualcos.reader.silent_card import CardGone, CardMute
from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.cashier_screen import CashierScreen
from dualcos.terminal.screen.flow_behind import FlowBehind
from dualcos.terminal.screen.silent_textual import ScreenFailed
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView
from dualcos.terminal.terminal_parts import PartText

C = TypeVar("C")
_UNSAID = ((PcscError, "读卡器不能用"), (CardGone, "卡已拔出"), (CardMute, "卡无应答"))
"""In Chinese, what says itself in English alone."""
Show = Callable[[CashierScreen], None]


def run_on_screen(
    args: Namespace, stand: Callable[[StandingPlace], StandingTerminal[C]], show: Show = CashierScreen.run
) -> int:
    """The terminal that ``stand`` sets up, on a screen until whoever sits there has enough. 0, as a shell tells of it
    when a signal ended it; 70 where the screen itself failed. ``show`` runs it. Raises Fault.
    """
    answerer = AnsweredElsewhere()
    view = TerminalView(answerer)
    behind: FlowBehind[None] = FlowBehind(view, answerer)
    with StopAsked(behind.leave, HUNG_UP) as stop:

        def enough() -> bool:
            return stop() or behind.left

        def flow(stands: Callable[[TerminalOnScreen], None]) -> None:
            with standing_terminal(args, view, stand, explained=True) as standing:
                stands(TerminalOnScreen(standing.kind.value, standing.status, standing.hand))
                _attended(standing, view, enough)

        try:
            behind.run(flow, show)
        except ScreenFailed as failed:
            print(f"dualcos: a bug: {failed}; the terminal was left in order", file=sys.stderr)
            return BUG
        return stop.code if stop() else DONE


def _attended(standing: StandingTerminal[C], view: TerminalView, enough: Callable[[], bool]) -> None:
    """Until there is enough; what fails is told on a line, and the terminal waits for the next card."""
    while True:
        asked = view.asked
        try:
            standing.attend(enough)
        except EXPECTED as fault:
            said = fault_told(fault, next((zh for of, zh in _UNSAID if isinstance(fault, of)), "不能执行"))
        except Exception as bug:  # the screen lives on; what stood in variables is shown nobody
            said = PartText("程序错误，已取消", f"a bug: {type(bug).__name__} at {place_of(bug)}")
        else:
            return
        finally:
            standing.forget()
        view.hint(said)
        if enough() or view.asked == asked:  # it cannot even ask
            return
