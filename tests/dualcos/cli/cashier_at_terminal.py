"""Somebody at a real terminal, in front of a program that asks him."""

# ruff: noqa: S603 - the command lines are our own
from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[3]
CTRL_C, CTRL_D = "\x03", "\x04"
_PATIENCE = 60
_REACTION = 0.2
"""Nobody presses Ctrl-C sooner behind what he sees; Python would notice that one with the next key alone."""


class Cashier:
    """Whoever sits at ``dualcos terminal TERMINAL``: waits for what is shown, types."""

    def __init__(self, terminal: str, *words: str) -> None:
        self._keys, screen = os.openpty()
        # A session of its own has no other terminal than this, so that a PIN is asked for here.
        self._program = subprocess.Popen(
            [sys.executable, "-m", "dualcos", "terminal", terminal, *words],
            stdin=screen, stdout=screen, stderr=screen, start_new_session=True,
            env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", "PYTHONUTF8": "1"},
        )  # fmt: skip
        os.close(screen)
        self.seen = ""
        self._read_to = 0

    def sees(self, words: str) -> str:
        """What is shown up to ``words``, since the last time."""
        end = time.monotonic() + _PATIENCE
        while words not in self.seen[self._read_to :]:
            assert time.monotonic() < end, self.seen
            assert self._more(), self.seen
        here = self.seen.index(words, self._read_to) + len(words)
        shown, self._read_to = self.seen[self._read_to : here], here
        return shown

    def types(self, words: str) -> None:
        os.write(self._keys, words.encode() + b"\n")

    def presses(self, key: str) -> None:
        os.write(self._keys, key.encode())

    def interrupts(self) -> None:
        """As the terminal does for the program in front of it, which has come to wait by then."""
        time.sleep(_REACTION)
        self._program.send_signal(signal.SIGINT)

    def leaves(self) -> int:
        while self._more():
            pass
        return self._program.wait(_PATIENCE)

    def close(self) -> None:
        self._program.kill()
        self._program.wait()
        os.close(self._keys)

    def _more(self) -> bool:
        ready, _, _ = select.select([self._keys], [], [], _PATIENCE)
        try:
            piece = os.read(self._keys, 65536) if ready else b""
        except OSError:
            piece = b""
        self.seen += piece.decode("utf-8", "replace").replace("\r\n", "\n")
        return bool(piece)
