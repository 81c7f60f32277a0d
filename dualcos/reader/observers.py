"""Who is told what happens, and must not change it."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import ParamSpec

from firewall.hardware.power import PowerLoss

Told = ParamSpec("Told")

FAILURES: tuple[type[BaseException], ...] = (Exception, PowerLoss)
"""What an observer may raise without anybody minding. PowerLoss is some other card's. KeyboardInterrupt and SystemExit
are not the observer's: somebody ends the program, which happened to be there."""


def unfailing(observer: Callable[Told, object]) -> Callable[Told, None]:
    """``observer``, asked as before; what it returns is dropped, and what it raises of ``FAILURES`` is a RuntimeWarning
    and nothing more.
    """

    def tell(*args: Told.args, **kwargs: Told.kwargs) -> None:
        try:
            observer(*args, **kwargs)
        except FAILURES as failure:
            with suppress(Exception):  # where warnings are errors
                warnings.warn(f"an observer failed: {type(failure).__name__}", RuntimeWarning, stacklevel=2)

    return tell
