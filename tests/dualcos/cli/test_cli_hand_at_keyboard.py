"""The keyboard of ``dualcos serve`` on real terminals: Enter alone moves the card, and what is promised works."""

# ruff: noqa: S603 - the command lines are our own
from __future__ import annotations

import io
import os
import select
import subprocess
import sys
import threading
from argparse import Namespace
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from dualcos.cli.card_argument import asked_card
from dualcos.cli.hand_at_keyboard import IN, KEYS, OUT, OVER, PROMISE, HandAtKeyboard
from dualcos.cli.plugged_readers import Whereabouts
from dualcos.cli.reader_slots import Seat
from dualcos.cli.serve import _announce
from dualcos.reader.hot_plug import HotPlug
from dualcos.reader.slot import Slot
from tests.dualcos.reader.cards import DiaryCard

ROOT = Path(__file__).parents[3]
CTRL_D = b"\x04"


class Seated(HandAtKeyboard):
    """Somebody sits at a terminal that is not this process's own, and is in front of it until told otherwise."""

    place: bool | None = True

    @property
    def in_front(self) -> bool | None:
        return self.place


class Desk:
    """A terminal with a hand at a slot; ``type`` types, ``line`` is the next thing that is said."""

    def __init__(self) -> None:
        self.keys, self.screen = os.openpty()
        self.slot = Slot("s", DiaryCard())
        self._said: list[str] = []
        self._more = threading.Condition()
        self.hand = Seated(self.screen, HotPlug(self.slot), self._say)
        self.thread = threading.Thread(target=self.hand.read, daemon=True)
        self.thread.start()

    def _say(self, words: str) -> None:
        with self._more:
            self._said.append(words)
            self._more.notify()

    def type(self, words: bytes) -> None:
        os.write(self.keys, words)

    def line(self, seconds: float = 10) -> str:
        with self._more:
            assert self._more.wait_for(lambda: self._said, seconds)
            return self._said.pop(0)


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.hand.place = None
    if made.thread.is_alive():
        made.type(b"\n")
    made.thread.join(10)
    os.close(made.keys)
    os.close(made.screen)


def test_enter_takes_the_card_out_and_puts_it_back(desk):
    for _ in range(2):
        desk.type(b"\n")
        assert (desk.line(), desk.slot.present) == (OUT, False)
        desk.type(b"\n")
        assert (desk.line(), desk.slot.present) == (IN, True)


@pytest.mark.parametrize(
    "words",
    [b"abc\n", b"q\n", b" \n", b"exit\n", b"00A4040000\n", b"\x1b[A\n", "取出".encode() + b"\n", b"x" * 3000 + b"\n",
     CTRL_D, b"abc" + CTRL_D + CTRL_D],
    ids=["word", "letter", "blank", "command", "apdu", "arrow", "chinese", "long", "ctrl-d", "word-ctrl-d"],
)  # fmt: skip
def test_nothing_else_moves_the_card_and_all_of_it_is_answered_with_the_keys(desk, words):
    desk.type(words)
    assert (desk.line(), desk.slot.present) == (KEYS, True)
    desk.type(b"\n")  # and the next Enter is one again, after Ctrl-D too
    assert (desk.line(), desk.slot.present) == (OUT, False)
    desk.type(words)
    assert (desk.line(), desk.slot.present) == (KEYS, False)
    desk.type(b"\n")
    assert (desk.line(), desk.slot.present) == (IN, True)


def test_in_the_background_nothing_is_read_until_in_front_again(desk):
    desk.hand.place = False
    desk.type(b"\n")
    with pytest.raises(AssertionError):
        desk.line(0.2)
    assert desk.slot.present
    desk.hand.place = True
    assert (desk.line(), desk.slot.present) == (OUT, False)


@pytest.mark.parametrize("words", [b"a", b"\n"])
def test_a_terminal_that_goes_ends_it_and_that_is_said_once(words):
    made = Desk()
    made.type(words)
    if words == b"\n":
        assert made.line() == OUT
    os.close(made.keys)
    assert made.line() == OVER
    made.thread.join(10)
    assert not made.thread.is_alive()
    os.close(made.screen)


@pytest.fixture
def no_terminals() -> Iterator[dict[str, object]]:
    """Everything stdin can be that is no terminal of ours."""
    with ExitStack() as stack:
        reading, writing = os.pipe()
        keys, screen = os.openpty()
        stack.callback(os.close, writing)
        stack.callback(os.close, keys)
        closed = io.StringIO()
        closed.close()
        yield {
            "closed": None,
            "closed later": closed,
            "no file": io.StringIO("\n"),
            "pipe": stack.enter_context(os.fdopen(reading)),
            "null": stack.enter_context(Path(os.devnull).open(encoding="utf-8")),
            "another's terminal": stack.enter_context(os.fdopen(screen)),
        }


@pytest.mark.parametrize("stdin", ["closed", "closed later", "no file", "pipe", "null", "another's terminal"])
def test_without_a_terminal_of_our_own_there_is_no_hand(no_terminals, stdin):
    assert HandAtKeyboard.at(no_terminals[stdin], HotPlug(Slot("s")), str) is None


@pytest.mark.parametrize("place", [True, False, None])
def test_the_start_promises_hot_plug_only_in_front(place):
    opened = asked_card("blank", None)
    slot = Slot("s", opened.card)
    hand = Seated(0, HotPlug(slot), str)
    hand.place = place
    args = Namespace(faults=None, trace=None, unsafe_trace=False)
    seats = [Seat(opened, slot, 1, HotPlug(slot), None)]
    for found, promised in ((hand, bool(place)), (None, False)):
        out = io.StringIO()
        _announce(out, seats, Whereabouts(["s"], {}, "any"), args, found)
        assert (PROMISE in out.getvalue()) is promised
    opened.card.close()


# Becomes a shell of the shortest kind: it has a terminal, starts serve in front of it, and then lends the terminal to
# itself (serve is in the background) or to serve again, for each line it is told.
SHELL = """
import os, signal, subprocess, sys
told = os.fdopen(os.dup(0))
os.login_tty(int(sys.argv[1]))
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-m", "dualcos", "serve", "blank", "--reader", "embedded"], process_group=0)
os.tcsetpgrp(0, child.pid)
for line in told:
    if line == "back\\n":
        os.tcsetpgrp(0, os.getpgrp())
    print(line.upper(), flush=True)
    if line == "front\\n":
        os.tcsetpgrp(0, child.pid)
child.terminate()
print("serve ended with", child.wait())
"""


def test_serve_on_a_terminal_in_front_and_in_the_background():
    keys, screen = os.openpty()
    shell = subprocess.Popen(
        [sys.executable, "-c", SHELL, str(screen)], cwd=ROOT, stdin=subprocess.PIPE, pass_fds=(screen,), text=True
    )
    os.close(screen)
    assert shell.stdin is not None
    seen = b""

    def until(words: str) -> str:
        nonlocal seen
        while words.encode() not in seen:
            assert select.select([keys], [], [], 30)[0], seen.decode()
            seen += os.read(keys, 4096)
        before, _, seen = seen.partition(words.encode())
        return before.decode()

    def tell(line: str) -> str:
        shell.stdin.write(line + "\n")
        shell.stdin.flush()
        return until(line.upper())

    try:
        assert PROMISE in until("Ctrl-C\r\n")
        os.write(keys, b"\n")
        until(OUT)
        os.write(keys, CTRL_D)
        until(KEYS)
        os.write(keys, b"\n")
        until(IN)
        tell("back")
        os.write(keys, b"\n")
        assert OUT not in tell("back") + tell("front")  # not ours while in the background; nobody took it, so ours then
        until(OUT)
        os.write(keys, b"quit\n")
        until(KEYS)
        shell.stdin.close()
        assert "already" in until("serve ended with 0")
    finally:
        shell.kill()
        shell.wait()
        os.close(keys)
