"""What a subcommand prints to, and reads from. Printing is never the work, so it never stops it.

A ``Screen`` stands in for ``sys.stdout`` and ``sys.stderr`` while a subcommand runs:

* it never raises: the first failure (reader gone, disk full, descriptor closed) is remembered, the rest is dropped;
* what the stream's encoding cannot say is spelled out, and so are control characters (``control_characters``), the
  same as JSON does: a line of JSON stays one;
* colours pass, and only those that its own ``paint`` made, and only to a terminal.

Standard streams that were closed before we began are /dev/null from then on: a card file must not be opened as
descriptor 1 or 2. What is printed there is lost all the same.
"""

from __future__ import annotations

import codecs
import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EAGAIN, EBADF
from typing import TextIO, cast

from dualcos.cli.user_faults import DONE, READER_GONE, UNWRITTEN
from dualcos.explain.control_characters import harmless, sayable
from firewall.hardware.randomness import SystemRng

_ESCAPE = "\x1b["
_ANEW = f"\r{_ESCAPE}2K"  # from the beginning of a line, which is empty then
_STANDARD = ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY))


class Screen(io.TextIOBase):
    """``under`` made safe to print to; None is a stream that was closed. ``lost``: the first failure, if any.

    ``cleaning`` is off for a progress bar, which moves the cursor.
    """

    def __init__(self, under: TextIO | None, *, cleaning: bool = True) -> None:
        self.under = under
        self.lost: BaseException | None = None
        self._broken = False
        self._cleaning = cleaning
        self._encoding = _encoding_of(under)
        self._terminal = self.isatty()
        # Nobody who chose a card's text can have known this.
        self._mark = SystemRng().bytes(8).hex()
        self._marks = re.compile(f"{self._mark}([0-9;]+m)")
        self.bar = False  # True while a progress bar stands in the terminal's last line
        self._fresh = True

    @property
    def encoding(self) -> str:  # type: ignore[override] # typeshed has a variable where the library has a property
        """Of the stream beneath."""
        return self._encoding

    def writable(self) -> bool:
        """Always."""
        return True

    def isatty(self) -> bool:
        """True if a terminal is beneath."""
        try:
            return self.under is not None and self.under.isatty()
        except ValueError:  # closed
            return False

    def fileno(self) -> int:
        """Of the stream beneath. Raises OSError if there is none."""
        if self.under is None:
            raise OSError(EBADF, os.strerror(EBADF))
        return self.under.fileno()

    def paint(self, code: str, text: str) -> str:
        """``text`` in the colour of an SGR ``code``, for this screen."""
        return f"{self._mark}{code}m{text}{self._mark}0m" if text else text

    def write(self, text: str, /) -> int:
        """Print as much of ``text`` as can be printed."""
        shown = sayable(text, self._encoding)
        if self._cleaning:
            shown = self._marks.sub(self._coloured, harmless(shown))
        if text:
            self._attempt(_ANEW + shown if self.bar and self._fresh else shown)
            self._fresh = text.endswith("\n")
        return len(text)

    def flush(self) -> None:
        """Whatever can be is out."""
        self._attempt(None)

    def close(self) -> None:
        """The stream beneath belongs to the process."""
        self.flush()

    def note_loss(self, error: BaseException) -> None:
        """Something that belongs to the output was lost elsewhere."""
        self.lost = self.lost or error

    def end(self) -> None:
        """All is out, or known to be lost; at its end the interpreter finds nothing to complain of."""
        self.flush()
        if self._broken and self.under in (sys.__stdout__, sys.__stderr__):
            with suppress(Exception):
                null = os.open(os.devnull, os.O_WRONLY)
                os.dup2(null, self.fileno())
                os.close(null)
                self.flush()

    def _coloured(self, mark: re.Match[str]) -> str:
        return _ESCAPE + mark[1] if self._terminal else ""

    def _attempt(self, shown: str | None) -> None:
        """Write ``shown``; None: flush."""
        try:
            if self.under is None:
                if shown:
                    raise OSError(EBADF, os.strerror(EBADF))
            elif shown is None:
                self.under.flush()
            elif not self._broken:
                _all_of(self.under, shown)
        except Exception as error:  # whatever a screen does, the work goes on
            self._broken = True
            self.note_loss(error)


def _all_of(under: TextIO, shown: str) -> None:
    """Write ``shown``. Unbuffered (PYTHONUNBUFFERED), Python forgets what a disk that is nearly full did not take."""
    raw = getattr(under, "buffer", None)
    if not isinstance(raw, io.RawIOBase) or os.linesep != "\n":
        under.write(shown)
        return
    under.flush()
    rest = memoryview(shown.encode(under.encoding, under.errors or "strict"))
    while rest:
        taken = raw.write(rest)
        if taken is None:
            raise BlockingIOError(EAGAIN, os.strerror(EAGAIN))
        rest = rest[taken:]


@contextmanager
def screens() -> Iterator[tuple[Screen, Screen]]:
    """Stdout and stderr of this process as screens, its stdin as ``readable``, while inside; then as they were."""
    _occupy_missing_descriptors()
    before = sys.stdin, sys.stdout, sys.stderr
    out, err = _screen(sys.stdout), _screen(sys.stderr)
    sys.stdout, sys.stderr = cast("TextIO", out), cast("TextIO", err)
    try:
        with _readable(sys.stdin) as sys.stdin:
            yield out, err
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
        out.end()
        err.end()


def with_losses(code: int, out: Screen, err: Screen) -> int:
    """The exit code of a subcommand that answered ``code``: never 0 if anything it printed was lost.

    A disk that is full shows when all is out, so this sees to that first.
    """
    out.flush()
    if out.lost is not None and not isinstance(out.lost, BrokenPipeError):
        err.write(f"dualcos: the output could not be written: {getattr(out.lost, 'strerror', None) or out.lost}\n")
    err.flush()
    lost = out.lost or err.lost
    if code != DONE or lost is None:
        return code
    return READER_GONE if isinstance(lost, BrokenPipeError) else UNWRITTEN


def is_lost(stream: TextIO) -> bool:
    """True if something that was printed there is lost, as far as is known by now."""
    under: object = stream
    return isinstance(under, Screen) and under.lost is not None


def note_loss(error: BaseException) -> None:
    """Output that went elsewhere than to a screen is lost; the exit code will say so."""
    out: object = sys.stdout
    if isinstance(out, Screen):
        out.note_loss(error)


def bare(stream: TextIO) -> Screen:
    """The same place for a program that knows how to move a cursor; what it loses is not missed."""
    under: object = stream
    return Screen(under.under if isinstance(under, Screen) else stream, cleaning=False)


@contextmanager
def under_a_bar(*, shown: bool) -> Iterator[None]:
    """While inside, a line for the terminal takes the place of the progress bar, which is drawn again below it."""
    streams: tuple[object, ...] = (sys.stdout, sys.stderr)
    here = [one for one in streams if isinstance(one, Screen) and shown and one.isatty()]
    for one in here:
        one.bar = True
    try:
        yield
    finally:
        for one in here:
            one.bar = False


@contextmanager
def without_a_bar() -> Iterator[None]:
    """While inside, lines stand as they are written: what was under a bar is not for as long."""
    streams: tuple[object, ...] = (sys.stdout, sys.stderr)
    here = [one for one in streams if isinstance(one, Screen) and one.bar]
    for one in here:
        one.bar = False
    try:
        yield
    finally:
        for one in here:
            one.bar = True


def _screen(stream: TextIO | None) -> Screen:
    there: object = stream
    return there if isinstance(there, Screen) else Screen(stream)


@contextmanager
def _readable(stream: TextIO | None) -> Iterator[TextIO]:
    """``stream``, empty if it was closed; bytes that its encoding does not know do not stop a reader."""
    if stream is None or stream.closed:
        yield io.TextIOWrapper(io.BytesIO())
    elif isinstance(stream, io.TextIOWrapper):
        errors = stream.errors
        with suppress(OSError, ValueError):
            stream.reconfigure(errors="backslashreplace")
        try:
            yield stream
        finally:
            with suppress(OSError, ValueError):
                stream.reconfigure(errors=errors)
    else:
        yield stream


def _encoding_of(stream: TextIO | None) -> str:
    name = getattr(stream, "encoding", None) or "utf-8"
    try:
        return codecs.lookup(name).name
    except LookupError:
        return "ascii"


def _occupy_missing_descriptors() -> None:
    for number, way in _STANDARD:
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, way)
            os.dup2(null, number)  # also for programs that we start
            if null != number:
                os.close(null)
            else:
                os.set_inheritable(number, True)
