"""The cards of a test in an embedded PC/SC reader, for programs of any language and for pyscard in the test itself."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from apdu.link import SmartCard
from dualcos.lab.pytest_plugin.card_under_test import CardUnderTest
from dualcos.lab.pytest_plugin.exchange_journal import ExchangeJournal
from dualcos.reader.embedded import EmbeddedService
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import CARD_SLOT, SAM_SLOT, Slot

_PATIENCE = 60.0
_KEPT_OPEN = ("PCSCCardConnection", "PCSCCardRequest")


class ReaderUnderTest:
    """A reader with the test's card in it. ``name``: what PC/SC calls it, as it calls the slot with the PSAM
    ``sam_name``, which is empty if the test has none. ``env``: what a program's environment needs to find it; it is in
    the test's own environment already. ``hand``: takes the card out and puts it back.
    """

    def __init__(self, service: EmbeddedService, hand: HotPlug) -> None:
        self.name, self.sam_name = [*(slot.name for slot in service.slots), ""][:2]
        self.env = service.environment
        self.hand = hand

    def __repr__(self) -> str:
        return f"<ReaderUnderTest {self.name}>"

    def run(self, command: Sequence[str | Path], *, timeout: float = _PATIENCE) -> subprocess.CompletedProcess[str]:
        """Run a PC/SC program on it and wait for its end: ``returncode``, ``stdout``, ``stderr``, which pytest shows
        too if the test fails. Raises FileNotFoundError; TimeoutExpired, and what it printed until then is shown, too.
        """
        try:
            done = subprocess.run(  # noqa: S603 - the test's own command line, not a shell's
                [str(word) for word in command],
                env={**os.environ, **self.env},
                capture_output=True,
                encoding="utf-8",
                errors="backslashreplace",
                stdin=subprocess.DEVNULL,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            _show(late.stdout, late.stderr)
            raise
        _show(done.stdout, done.stderr)
        return done


def _show(output: str | bytes | None, errors: str | bytes | None) -> None:
    """What a program printed, where pytest finds it; of one that was stopped Python may have bytes only, or nothing."""
    for printed, stream in ((output, sys.stdout), (errors, sys.stderr)):
        stream.write(printed.decode("utf-8", "backslashreplace") if isinstance(printed, bytes) else printed or "")


def _end_what_was_left_open() -> None:
    """Connections of pyscard that the test has left open end here, in its own thread and while somebody answers. A test
    that fails keeps them alive by its traceback; the garbage collector would end them later in whichever thread it
    finds, one of the service's too, for which pyscard then waits for ever.
    """
    modules = filter(None, map(sys.modules.get, (f"smartcard.pcsc.{name}" for name in _KEPT_OPEN)))
    kinds = tuple(getattr(module, module.__name__.rpartition(".")[2]) for module in modules)
    for each in gc.get_objects() if kinds else ():
        if issubclass(type(each), kinds):
            with suppress(Exception):  # it was closed, or somebody else's reader has gone
                each.release()


@contextmanager
def reader_with(
    card: SmartCard, psam: SmartCard | None, socket: Path, journal: ExchangeJournal
) -> Iterator[ReaderUnderTest]:
    """The reader while the test runs. Its cards keep their power between two programs; a project's own card will do."""
    shortest = 1  # a fault script may make an answer of one byte
    slots = [Slot(CARD_SLOT, card, report=journal.say, shortest=shortest)]
    slots += [Slot(SAM_SLOT, psam, report=journal.say, shortest=shortest)] if psam is not None else []
    hands = [HotPlug(slot) for slot in slots]
    ours = [(slot.card, hand) for slot, hand in zip(slots, hands, strict=True)]
    for each, hand in ours:
        if isinstance(each, CardUnderTest):
            each.hand = hand
    try:
        with EmbeddedService(slots, socket, idle_seconds=None, report=journal.say) as service:
            try:
                yield ReaderUnderTest(service, hands[0])
            finally:
                _end_what_was_left_open()
    finally:
        for hand in hands:
            hand.close()
        for each, _ in ours:
            if isinstance(each, CardUnderTest):
                each.hand = None
