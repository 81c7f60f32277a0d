"""A terminal at work in a thread of its own behind its screen, and left in order whatever becomes of the screen."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.cashier_screen import CashierScreen
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView

T = TypeVar("T")


class FlowBehind(Generic[T]):
    """``flow`` sets a terminal up, says so by the call that it is given, which returns when the screen is there, and
    works until it has been told enough.
    """

    def __init__(self, view: TerminalView, answerer: AnsweredElsewhere) -> None:
        self._view, self._answerer = view, answerer
        self._stands = threading.Event()
        self._shown = threading.Event()
        self._over = threading.Event()
        self._terminal: TerminalOnScreen | None = None
        self._screen: CashierScreen | None = None
        self._came: list[T] = []
        self._failed: list[BaseException] = []
        self._leaving = False

    @property
    def left(self) -> bool:
        """True once whoever looks at the screen has had enough, or there is no screen any more."""
        return self._leaving or (self._screen is not None and self._screen.leaving)

    def leave(self) -> None:
        """Nobody waits for anything any more: what is asked is cancelled, so that the step ends and nothing follows it.
        May be called where hardly anything may be done, as where a signal comes.
        """
        self._leaving = True
        if self._screen is not None:
            self._screen.leave_soon()

    def run(self, flow: Callable[[Callable[[TerminalOnScreen], None]], T], show: Callable[[CashierScreen], None]) -> T:
        """What ``flow`` came to. ``show`` runs the screen, in this thread, until it is over; it is not called where no
        terminal could be set up. Raises what ``flow`` raised, else ScreenFailed.
        """
        threading.Thread(target=self._work, args=(flow,), name="terminal", daemon=True).start()
        self._stands.wait()
        screen = None
        try:
            if self._terminal is not None:
                screen = self._screen = CashierScreen(self._view, self._answerer, self._terminal, self._shown.set)
                if not self._over.is_set():
                    show(screen)
        finally:
            self._leaving = True
            self._view.close()
            self._shown.set()
            self._over.wait()
        if self._failed:
            raise self._failed.pop()
        if screen is not None and screen.failed is not None:
            raise screen.failed
        return self._came.pop()

    def _stand(self, terminal: TerminalOnScreen) -> None:
        self._terminal = terminal
        self._stands.set()
        self._shown.wait()

    def _work(self, flow: Callable[[Callable[[TerminalOnScreen], None]], T]) -> None:
        try:
            self._came.append(flow(self._stand))
        except BaseException as error:  # told in the thread that waits for it
            self._failed.append(error)
        finally:
            self._over.set()
            self._stands.set()
            if self._screen is not None:
                self._screen.flow_over()
