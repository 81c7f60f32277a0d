"""What pytest shows of dualcos' own code when an error comes out of it: the error and its place, and no frame.

pytest prints the arguments and variables of frames, and those here are commands with PINs in them. So the frames go,
and with them those of libraries that they call; the frames of whoever tests stay, between them too. This module needs
no other one of dualcos: it is asked about every failure, in projects that have no card as well.
"""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

import pytest

HOME = Path(__file__).parents[3]
"""Where the card's packages and dualcos lie side by side."""
_OURS = tuple(f"{HOME / name}{os.sep}" for name in ("apdu", "firewall", "keys", "cos", "dualcos"))
_LIBRARIES = tuple(
    {f"{sysconfig.get_path(kind)}{os.sep}" for kind in ("stdlib", "platstdlib", "purelib", "platlib")} | {"<"}
)


class _Parted(NamedTuple):
    """A traceback without our frames, whether anybody's stands in it, and where the innermost of ours was."""

    kept: TracebackType | None
    users: bool
    place: str


def take_out_own_frames(error: BaseException) -> tuple[bool, str]:
    """Take them out of ``error`` and of all that led to it, and note there where they were; whether there were any.

    And what to say, in one line, if it has no frame of whoever tests: then a traceback would be pytest's alone.
    """
    found, instead = False, ""
    for each in _behind(error):
        parted = _parted(each.__traceback__)
        if not parted.place or _is_words(each):
            continue
        found = True
        each.__traceback__ = parted.kept
        note = f"in dualcos: {parted.place}"
        if note not in getattr(each, "__notes__", ()):
            each.add_note(note)
        if each is error and not parted.users:
            instead = f"dualcos: {type(error).__name__}: {error} ({parted.place})"
    return found, instead


def _is_words(error: BaseException) -> bool:
    """True for what pytest shows without its traceback: it says where a test was skipped, and else nothing."""
    return isinstance(error, pytest.skip.Exception) or (isinstance(error, pytest.fail.Exception) and not error.pytrace)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """The error, what caused it, amid what it came, and what is grouped in it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__]
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions


def _parted(trace: TracebackType | None) -> _Parted:
    kept: list[TracebackType] = []
    place, users, within = "", False, False
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if path.startswith(_OURS):
            within = True
            place = f"{Path(path).relative_to(HOME).as_posix()}:{trace.tb_lineno}"
        elif not path.startswith(_LIBRARIES):  # what a library does, it does for whoever called it
            within, users = False, True
        if not within:
            kept.append(trace)
        trace = trace.tb_next
    rebuilt: TracebackType | None = None
    for each in reversed(kept):
        rebuilt = TracebackType(rebuilt, each.tb_frame, each.tb_lasti, each.tb_lineno)
    return _Parted(rebuilt, users, place)
