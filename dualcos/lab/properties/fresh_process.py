"""What a card answers in a process that has done nothing before, whatever was done here.

One process is started that has the card's code and no card. For each question it makes a copy of itself (``fork``;
where there is none, it ends and another one is started), which becomes the card, answers, and is gone.
"""

from __future__ import annotations

import atexit
import os
import pickle
import struct
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import IO, NamedTuple, Protocol

from apdu.link import SmartCard
from cos.card import Card, Snapshot
from firewall.hardware.chip import ChipImage
from firewall.hardware.power import PowerLoss, PowerRail

COLD, WARM = "cold", "warm"
_LENGTH = struct.Struct(">I")


class Sent(NamedTuple):
    """One command as it was sent. ``restarted``: cold or warm if a reset came just before; ``ticks``: after how many
    programmed bytes of it power ends, None if power holds.
    """

    command: bytes
    restarted: str = ""
    ticks: int | None = None


class Asked(NamedTuple):
    """A card, and what is done with it: settings as text, seed of its random numbers, what it holds at rest."""

    options: str
    seed: int
    image: ChipImage
    sent: Sequence[Sent]


class AnswersElsewhere(NamedTuple):
    """The ATR, every answer (empty: power was lost), and the memory behind it."""

    atr: bytes
    answers: tuple[bytes, ...]
    memory: Mapping[str, Mapping[bytes, bytes]]


def card_of(asked: Asked) -> Card:
    """The card, powered, as it lay there; random numbers go on where they were."""
    cells = {label: region.cells for label, region in asked.image.regions.items()}
    card = Card.restored(asked.options, cells, asked.seed)
    card.power_on()  # its random streams are there from now on, and can be put where they were
    card.restore(Snapshot(asked.image, {}))
    card.power_on()
    return card


class _Cut(SmartCard, Protocol):
    """A card whose power can be cut."""

    @property
    def rail(self) -> PowerRail:
        """To arm a power loss."""
        ...


def answer(card: _Cut, sent: Sent) -> bytes:
    """What the card answers, nothing where power is lost in it; then it is powered again."""
    card.rail.cut_after(None)
    if sent.restarted:
        (card.power_on if sent.restarted == COLD else card.reset)()
    card.rail.cut_after(sent.ticks)
    try:
        return card.exchange(sent.command)
    except PowerLoss:
        card.rail.cut_after(None)
        card.power_on()
        return b""
    finally:
        card.rail.cut_after(None)


def told(asked: Asked) -> AnswersElsewhere:
    """All of it, in this process."""
    card = card_of(asked)
    answers = tuple(answer(card, each) for each in asked.sent)
    return AnswersElsewhere(card.atr, answers, card.dump())


# --- the other process -----------------------------------------------------------------------------------------------


def _write(stream: IO[bytes], message: bytes) -> None:
    stream.write(_LENGTH.pack(len(message)) + message)
    stream.flush()


def _read(stream: IO[bytes]) -> bytes | None:
    """The next message; None at the end."""
    head = stream.read(_LENGTH.size)
    return stream.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def _serve() -> None:
    """Answer until nobody asks: each question in a copy of this process."""
    while (message := _read(sys.stdin.buffer)) is not None:
        child = os.fork() if hasattr(os, "fork") else 0
        if child:
            os.waitpid(child, 0)
            continue
        try:
            found = pickle.dumps(told(pickle.loads(message)))  # noqa: S301 - from whoever has started it
        except BaseException:
            traceback.print_exc()
            found = b""
        _write(sys.stdout.buffer, found)
        os._exit(0)


class FreshProcess:
    """That process, seen from here. It ends with this one."""

    def __init__(self) -> None:
        self._server: subprocess.Popen[bytes] | None = None
        atexit.register(self.close)

    def ask(self, asked: Asked) -> AnswersElsewhere:
        """What the card answers there. Raises RuntimeError if it cannot be asked there; why is on standard error."""
        server = self._started()
        assert server.stdin is not None  # noqa: S101 - both are pipes
        assert server.stdout is not None  # noqa: S101 - as above
        _write(server.stdin, pickle.dumps(asked))
        message = _read(server.stdout)
        if not message:
            self.close()
            raise RuntimeError("the card could not be played in another process")
        found: AnswersElsewhere = pickle.loads(message)  # noqa: S301 - from the process started here
        if not hasattr(os, "fork"):
            self.close()
        return found

    def _started(self) -> subprocess.Popen[bytes]:
        if self._server is None:
            paths = os.pathsep.join((str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")))
            self._server = subprocess.Popen(  # noqa: S603 - this Python, this module
                [sys.executable, "-c", f"from {__name__} import _serve; _serve()"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": paths.strip(os.pathsep)},
                start_new_session=True,  # Ctrl-C is for whoever asks; this one ends when nobody does any more
            )
        return self._server

    def close(self) -> None:
        """It ends."""
        server, self._server = self._server, None
        if server is not None:
            server.communicate()


@cache
def fresh_process() -> FreshProcess:
    """The one of this process."""
    return FreshProcess()
