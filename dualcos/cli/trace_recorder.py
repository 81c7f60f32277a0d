"""Where explained traces go: to the terminal as text or JSON, and to a file as JSON. Safe from several threads."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

from dualcos.cli.card_argument import Opened
from dualcos.cli.terminal_colours import paint_for
from dualcos.cli.user_faults import Fault
from dualcos.explain import Explainer, Happening, Power, TracedCard, line
from dualcos.explain.rendering import Paint
from dualcos.explain.trace_lines import banner, encode, header
from dualcos.explain.traced_card import TellingCard
from dualcos.reader.silence import CardGone, CardMute


def add_trace(parser: ArgumentParser) -> None:
    """Declare --trace and --unsafe-trace."""
    parser.add_argument("--trace", metavar="FILE", help="write the trace as lines of JSON, for `dualcos replay`")
    parser.add_argument(
        "--unsafe-trace", action="store_true", help="keep PINs and keys readable in the trace file (marked on top)"
    )


class Recorder:
    """Shows and writes what happens to one or more cards.

    ``screen``: where the text goes, None for nowhere; ``shape`` makes it. Raises Fault if the file cannot be made;
    if it can no longer be written later, says so once and goes on without.
    """

    def __init__(
        self,
        screen: TextIO | None,
        shape: Callable[[Happening, Paint], str] = line,
        *,
        path: str | None = None,
        unsafe: bool = False,
        json: bool = False,
    ) -> None:
        if unsafe and path is None:
            raise Fault("--unsafe-trace is about the trace file: name one with --trace FILE")
        self._screen = screen
        self._shape = shape
        self._paint = paint_for(screen) if screen is not None else None
        self._json = json
        self._unsafe = unsafe
        self._lock = threading.Lock()
        self._file = _create(path) if path is not None else None

    @staticmethod
    def asked(args: Namespace, screen: TextIO | None, shape: Callable[[Happening, Paint], str] = line) -> Recorder:
        """The recorder that the arguments ask for."""
        return Recorder(screen, shape, path=args.trace, unsafe=args.unsafe_trace, json=getattr(args, "json", False))

    def traced(
        self, opened: Opened, slot: str = "", *, faulty: TellingCard | None = None, warning: str = ""
    ) -> TracedCard:
        """``opened`` as a card that tells this recorder; ``slot`` marks the lines of a second card.

        ``faulty``: that card misbehaving; what is told is what the terminal sees, and ``warning`` stands on top.
        """
        if not slot:
            about = {"card": opened.name, "title": opened.title, "edition": opened.version.label}
            about |= {"seed": opened.seed} if opened.seed is not None else {}
            self._write(header(about, unsafe=self._unsafe))
        if warning:
            self._write(banner(warning, slot))

        def sink(happening: Happening) -> None:
            self._take(happening, slot)

        explainer = Explainer(opened.version, under=opened.under, unsafe=self._unsafe)
        return TracedCard(faulty or opened.card, opened.events, sink, explainer, (CardMute, CardGone))

    def say(self, words: str) -> None:
        """One line of our own among the others."""
        with self._lock, contextlib.suppress(OSError):
            print(words, file=sys.stderr if self._json or self._screen is None else self._screen, flush=True)

    def close(self) -> None:
        """Finish the file."""
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _take(self, happening: Happening, slot: str) -> None:
        with self._lock:
            self._write(encode(happening, slot, at=datetime.now(UTC).isoformat(timespec="milliseconds")))
            if self._screen is None or self._paint is None:
                return
            safe = _safe(happening)
            shown = encode(safe, slot) if self._json else self._shape(safe, self._paint)
            try:
                print(f"{slot}│ {shown}" if slot and not self._json else shown, file=self._screen, flush=True)
            except OSError:  # nobody reads any more; the card goes on
                self._screen = None

    def _write(self, lines: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(lines + "\n")
            self._file.flush()
        except OSError as error:
            print(
                f"dualcos: {self._file.name} cannot be written: {error.strerror}; no trace from here", file=sys.stderr
            )
            self._file = None


def _safe(happening: Happening) -> Happening:
    """What may be shown: secrets go to the file that was made for them, never to the screen."""
    return happening if isinstance(happening, Power) else replace(happening, clear=None)


def _create(path: str) -> TextIO:
    """A new file that only its owner can read."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        Path(path).chmod(0o600)  # it may have been there, open to others
    except OSError as error:
        raise Fault(f"trace file {path} cannot be written: {error.strerror}") from None
    return os.fdopen(descriptor, "w", encoding="utf-8")
