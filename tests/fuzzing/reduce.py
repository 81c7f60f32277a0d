"""Out of many inputs the few that reach everything the many reach: lines of the house's code, entered from where."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from tests.fuzzing.corpus import Entry
from tests.fuzzing.target import Target

_ROOT = str(Path(__file__).parents[2])
_HERE = str(Path(__file__).parent)
Arc = tuple[str, int, int]


def reached(target: Target, data: bytes) -> frozenset[Arc]:
    """The steps from line to line one input takes."""
    arcs: set[Arc] = set()

    def local(frame: FrameType, event: str, _argument: object) -> object:
        if event == "line":
            code = frame.f_code
            arcs.add((code.co_filename, last.get(id(frame), 0), frame.f_lineno))
            last[id(frame)] = frame.f_lineno
        return local

    def entered(frame: FrameType, _event: str, _argument: object) -> object:
        name = frame.f_code.co_filename
        if not name.startswith(_ROOT) or name.startswith(_HERE) or "/site-packages/" in name:
            return None
        last.pop(id(frame), None)
        return local

    last: dict[int, int] = {}
    sys.settrace(entered)
    try:
        target.accepts(data)
    finally:
        sys.settrace(None)
    return frozenset(arcs)


def reduced(target: Target, inputs: Iterable[bytes], most: int) -> tuple[Entry, ...]:
    """The shortest input taken, the shortest refused, and at most ``most`` others, each of which adds something."""
    target.accepts(b"")  # what is made once is made now
    found = {data: reached(target, data) for data in inputs}
    seen: set[Arc] = set()
    kept: list[Entry] = []
    for taken in (True, False):
        shortest = min((data for data in found if target.accepts(data) is taken), key=len, default=None)
        if shortest is not None:
            seen |= found.pop(shortest)
            kept.append(Entry(shortest))
    while found and len(kept) < most + 2:
        best = max(found, key=lambda data: (len(found[data] - seen), -len(data), data))
        if not found[best] - seen:
            break
        seen |= found.pop(best)
        kept.append(Entry(best))
    return tuple(kept)
