"""What a host that is served shows: a line when it listens, one for each request, one for what went wrong."""

from __future__ import annotations

import sys
import threading

from msgspec import Struct

from dualcos.cli.machine_output import as_json, for_stream
from dualcos.cli.terminal_colours import paint_for
from dualcos.explain.control_characters import in_one_line
from dualcos.explain.rendering import Paint
from dualcos.leash.leash_server import address_of


class LeashScreen:
    """Lines in the order in which things happen, from any thread; with ``json`` facts on stdout, the rest on stderr."""

    def __init__(self, *, json: bool) -> None:
        self._json = json
        self._out = sys.stderr if json else sys.stdout
        self._lock = threading.Lock()

    @property
    def paint(self) -> Paint:
        """For the lines of people."""
        return paint_for(self._out)

    def say(self, line: str) -> None:
        """A line for people."""
        with self._lock:
            print(line, file=self._out, flush=True)

    def report(self, line: str) -> None:
        """What went wrong, or was changed."""
        self.say(f"! {in_one_line(' '.join(line.split()))}")

    def tell(self, facts: Struct, line: str) -> None:
        """One thing that happened: ``facts`` for programs, or else ``line``."""
        if self._json:
            with self._lock:
                print(for_stream(as_json(facts), sys.stdout), flush=True)
        else:
            self.say(line)


def listening_words(at: tuple[str, int], cards: int, store: str, rules: str) -> str:
    """The line that says that it listens. ``at``: host and port; ``store``, ``rules``: as they were given, or empty."""
    followed = f", rules 规则 {rules}" if rules else ""
    books = f", books 账簿 {store}" if store else ", books in memory 账簿不保存"
    return f"listening 已就绪 {address_of(*at)}, {cards} cards 张卡{books}{followed}"
