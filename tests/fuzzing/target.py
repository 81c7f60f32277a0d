"""What a fuzzing target is: bytes in; nothing, a proper refusal, or a bug."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Target(NamedTuple):
    """One parser of foreign bytes.

    ``check`` reads the bytes and asserts what ``holds`` says. ``refusals``: the exceptions that are a proper answer;
    any other one is a bug. ``seeds``: well-formed inputs, invented, made from what the repository holds; ``check``
    accepts each of them. ``longest``: bytes the fuzzer may try. ``slow``: an input takes milliseconds, not
    microseconds; the stored corpus is kept smaller for it.
    """

    name: str
    check: Callable[[bytes], object]
    refusals: tuple[type[Exception], ...]
    holds: str
    seeds: Callable[[], Iterable[bytes]]
    longest: int = 1024
    slow: bool = False

    def accepts(self, data: bytes) -> bool:
        """True if the bytes are taken, False if they are refused. Any other exception is the bug."""
        try:
            self.check(data)
        except self.refusals:
            return False
        return True
