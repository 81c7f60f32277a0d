"""A whole terminal of the command line on a screen in this process, with somebody in front of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module

from dualcos.cli.main import parser
from dualcos.cli.standing.on_screen import run_on_screen
from dualcos.terminal.screen.cashier_screen import CashierScreen
from tests.dualcos.terminal.screen.cashier_at_screen import WIDE, AtScreen

_STANDS = {"social": "standing_counter", "financial": "standing_till", "full": "standing_cashier"}


def terminal_at_screen(
    terminal: str, *words: str, person: Callable[[AtScreen], Awaitable[object]], size: tuple[int, int] = WIDE
) -> int:
    """The exit code of ``dualcos terminal TERMINAL --screen WORDS``; ``person`` leaves as he likes, or not."""
    args = parser("terminal").parse_args(["terminal", terminal, "--screen", *words])
    stand = getattr(import_module(f"dualcos.cli.terminal_{terminal}"), _STANDS[terminal])

    async def shown(screen: CashierScreen) -> None:
        async with screen.run_test(size=size) as pilot:
            at = AtScreen(screen, pilot)
            await person(at)
            screen.action_leave()
            screen.action_leave()
            await at.until(lambda: screen._exit)

    return run_on_screen(args, stand, lambda screen: asyncio.run(shown(screen)))
