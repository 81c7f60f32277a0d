"""Somebody in front of a terminal's screen, in this process: sees what stands there, presses keys, clicks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from dualcos.terminal.screen.answered_elsewhere import AnsweredElsewhere
from dualcos.terminal.screen.cashier_screen import CashierScreen
from dualcos.terminal.screen.flow_behind import FlowBehind
from dualcos.terminal.screen.terminal_on_screen import TerminalOnScreen
from dualcos.terminal.screen.terminal_view import TerminalView

WIDE, SMALL = (120, 40), (80, 24)
_MOMENT, _MOMENTS = 0.1, 300
T = TypeVar("T")


class AtScreen:
    """``pilot``: Textual's. Every wait is for what is seen, never for a time."""

    def __init__(self, app: CashierScreen, pilot) -> None:
        self.app, self.pilot = app, pilot
        app.around_pad.pause = 0  # a person looks before he types; a pilot does not

    def shown(self) -> str:
        """All lines of the screen, a dialog that is open over it included."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)

    async def until(self, true: Callable[[], object]) -> None:
        """Raises AssertionError with the screen."""
        for _ in range(_MOMENTS):
            if true():
                return
            assert self.app.failed is None, self.app.failed
            await self.pilot.pause(_MOMENT)
        raise AssertionError(self.shown())

    async def sees(self, *words: str) -> str:
        """The screen with all of these on it."""
        await self.until(lambda: all(word in self.shown() for word in words))
        return self.shown()

    def paper(self) -> str:
        """All slips, in sight or not."""
        return "\n".join(line.text for line in self.app.query_one("#slips").lines)

    async def presses(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def types(self, text: str) -> None:
        await self.pilot.press(*text, "enter")


def at_screen(
    answerer: AnsweredElsewhere,
    view: TerminalView,
    flow: Callable[[Callable[[TerminalOnScreen], None]], T],
    person: Callable[[AtScreen], Awaitable[object]],
    size: tuple[int, int] = WIDE,
) -> T:
    """What ``flow`` comes to with ``person`` in front of it, who may leave when he likes."""

    async def shown(screen: CashierScreen) -> None:
        async with screen.run_test(size=size) as pilot:
            await person(AtScreen(screen, pilot))
            await pilot.pause()
            screen.exit()

    return FlowBehind(view, answerer).run(flow, lambda screen: asyncio.run(shown(screen)))
