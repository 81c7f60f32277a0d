"""What stops while a PIN is at hand keeps nothing of it (SSC-8 §6.4.4.4)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

from dualcos.terminal.social.terminal_stopped import TerminalStopped

P = ParamSpec("P")
T = TypeVar("T")


def forgetting_digits(act: Callable[P, T]) -> Callable[P, T]:
    """``act``, which has digits in its frames: a TerminalStopped of it may be kept, for none of them hangs on it."""

    @wraps(act)
    def forgetting(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return act(*args, **kwargs)
        except TerminalStopped as stopped:
            bare = stopped.with_traceback(None)
            bare.__context__ = bare.__cause__ = None
        del args, kwargs
        raise bare

    return forgetting
