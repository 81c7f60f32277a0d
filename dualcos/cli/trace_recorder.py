"""Where traces go: to the terminal, in words or JSON, and to a file, raw. Safe from several threads.

No answer waits for either: words are made and shown by a thread of their own, and so is the file written.
"""

from __future__ import annotations

import time
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType, TracebackType
from typing import Any, Self, TextIO

from dualcos.cli.file_arguments import add_output
from dualcos.cli.trace_file import TraceFile
from dualcos.cli.trace_words import TraceWords, WordsOnStream
from dualcos.cli.user_faults import Fault
from dualcos.cli.words_behind import Job, WordsBehind
from dualcos.explain import Explainer, Happening, RawRecord, TracedCard, line
from dualcos.explain.rendering import Paint
from dualcos.explain.served_card import ServedCard
from dualcos.explain.trace_file_lines import banner, header
from dualcos.explain.traced_card import Clock, Sink, TellingCard
from dualcos.profile.opened_card import Opened
from dualcos.reader.observers import FAILURES, unfailing
from dualcos.reader.silent_card import CardGone, CardMute
from firewall.trace import TraceBuffer


def add_trace(parser: ArgumentParser) -> None:
    """Declare --trace and --unsafe-trace."""
    add_output(
        parser,
        "--trace",
        metavar="FILE",
        help="keep the trace, for `dualcos explain` and `dualcos replay`: lines of JSON",
    )
    add_unsafe_trace(parser)


def add_unsafe_trace(parser: ArgumentParser) -> None:
    """Declare --unsafe-trace."""
    parser.add_argument(
        "--unsafe-trace", action="store_true", help="keep PINs and keys readable in the trace file (marked on top)"
    )


class Recorder:
    """Shows and keeps what happens to one or more cards.

    ``screen``: where the words go, None for nowhere, and none are made; ``shape`` makes them. ``clock``: seconds since
    1970. ``replace``: a file that is there is replaced. If it cannot be written, says so once and goes on without.

    Words come a moment behind the exchange, in its order, and all of them before ``close`` returns.
    """

    def __init__(
        self,
        screen: TextIO | None,
        shape: Callable[[Happening, Paint], str] = line,
        *,
        path: str | None = None,
        unsafe: bool = False,
        replace: bool = False,
        json: bool = False,
        clock: Clock = time.time,
    ) -> None:
        if unsafe and path is None:
            raise Fault("--unsafe-trace is about the trace file: name one with --trace FILE")
        self.words: TraceWords = WordsOnStream(screen, shape, json=json)
        self._unsafe = unsafe
        self._clock = clock
        self._behind = WordsBehind()
        self._first: ServedCard | None = None
        self._file = TraceFile(path, unsafe=unsafe, replace=replace) if path is not None else None

    @staticmethod
    def asked(args: Namespace, screen: TextIO | None, shape: Callable[[Happening, Paint], str] = line) -> Recorder:
        """The recorder that the arguments ask for."""
        return Recorder(
            screen,
            shape,
            path=args.trace,
            unsafe=args.unsafe_trace,
            replace=args.force,
            json=getattr(args, "json", False),
        )

    @staticmethod
    def telling(args: Namespace, words: TraceWords) -> Recorder:
        """The same, with somebody who is told the words instead of a screen."""
        recorder = Recorder.asked(args, None)
        recorder.words = words
        return recorder

    def traced(
        self,
        opened: Opened,
        slot: str = "",
        *,
        faulty: TellingCard | None = None,
        warning: str = "",
        besides: Mapping[str, Any] = MappingProxyType({}),
    ) -> TracedCard:
        """``opened`` as a card that tells this recorder; ``slot`` marks the lines of a second card.

        ``faulty``: that card misbehaving; what is told is what the terminal sees, and ``warning`` stands on top.
        ``besides``: what the file says of the card on top of that.
        """
        sinks = self._kept({**_about(opened), **besides}, slot, warning)
        if self.words.wanted:
            sinks.append(self._reader(opened.explainer(self._served(opened, slot)), slot))
        return self._telling(faulty or opened.card, opened.events, sinks)

    def overheard(self, card: TellingCard, about: Mapping[str, Any], slot: str = "") -> TracedCard:
        """``card``, which tells nothing but its answers, as one that tells this recorder; ``about``: what is known of
        it; ``slot`` as in ``traced``.
        """
        sinks = self._kept(about, slot)
        if self.words.wanted:
            sinks.append(self._reader(Explainer(under="psam") if slot else Explainer(), slot))
        return self._telling(card, TraceBuffer(), sinks)

    def _kept(self, about: Mapping[str, Any], slot: str = "", warning: str = "") -> list[Sink]:
        """The file, if there is one, with its first lines about a card."""
        if self._file is None:
            return []
        self._file.say(header(about, unsafe=self._unsafe and not slot, slot=slot))
        if warning:
            self._file.say(banner(warning, slot))
        return [self._file.keep(slot)]

    def _telling(self, card: TellingCard, events: TraceBuffer, sinks: list[Sink]) -> TracedCard:
        return TracedCard(card, events, _to_all(sinks), clock=self._clock, silences=(CardMute, CardGone))

    def _served(self, opened: Opened, slot: str) -> ServedCard:
        """As which the card is served; a second one beside the first."""
        if slot:
            return opened.served._replace(beside=self._first)
        self._first = opened.served
        return self._first

    @property
    def explains(self) -> bool:
        """True if somebody reads in words what happens."""
        return self.words.wanted

    def say(self, words: str) -> None:
        """One line of our own among the others."""
        if self.words.wanted:
            self.behind(partial(self.words.say, words))
        else:
            self.words.say(words)

    def behind(self, job: Job) -> None:
        """Have something else shown behind what was said so far."""
        self._behind.put(job)

    def settle(self) -> None:
        """What was said so far is shown."""
        self._behind.settle()

    def begin(self) -> None:
        """All is set up: what was said so far is shown, and the file is made now, not with the first record.

        Raises Fault if it cannot be made.
        """
        self.settle()
        if self._file is not None:
            self._file.begin()

    def close(self, *, failed: bool = False) -> None:
        """All is shown, and the file is finished; ``failed``: there is none if nothing came."""
        try:
            self._behind.close()
        finally:
            if self._file is not None:
                self._file.close(failed=failed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(failed=error is not None)

    def _reader(self, explainer: Explainer, slot: str) -> Sink:
        """Whoever looks at the screen reads it behind the exchange."""
        show, put = partial(self._show, explainer, slot), self._behind.put
        return lambda record: put(partial(show, record))

    def _show(self, explainer: Explainer, slot: str, record: RawRecord) -> None:
        if not self.words.wanted:
            return
        try:
            self.words.happened(explainer.explain(record), slot)
        except FAILURES as bug:  # in an explanation: the session goes on, and so do the explanations
            self.words.unexplained(bug, slot)


def _about(opened: Opened) -> dict[str, Any]:
    about = {"card": opened.name, "title": opened.title, "edition": opened.version.label, "under": opened.under}
    about |= {"seed": opened.seed} if opened.seed is not None else {}
    return about | ({"set": list(opened.settings)} if opened.settings else {})


def _to_all(sinks: list[Sink]) -> Sink:
    if len(sinks) == 1:
        return sinks[0]
    each = [unfailing(sink) for sink in sinks]

    def tell(record: RawRecord) -> None:
        for sink in each:
            sink(record)

    return tell
