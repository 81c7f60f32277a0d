"""A screen in a process of its own: no PIN in whatever it may be told to log, and all in order however it ends."""

# ruff: noqa: S603 - the command lines are our own
from __future__ import annotations

import os
import re
import select
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
PIN, WRONG = "123456", "739146"
_PATIENCE = 90
_F10, _ENTER, _ALTERNATE, _USUAL = "\x1b[21~", "\r", "\x1b[?1049h", "\x1b[?1049l"


class ScreenInShell:
    """``dualcos terminal social --screen`` at a terminal of its own, in ``folder``."""

    def __init__(self, folder: Path, *words: str, **environment: str) -> None:
        self._keys, screen = os.openpty()
        termios.tcsetwinsize(screen, (40, 120))
        self.usual = termios.tcgetattr(self._keys)
        self.program = subprocess.Popen(
            [sys.executable, "-m", "dualcos", "terminal", "social", "--screen", *words],
            stdin=screen, stdout=screen, stderr=screen, start_new_session=True, cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "TERM": "xterm-256color", **environment},
        )  # fmt: skip
        os.close(screen)
        self.seen = ""

    def sees(self, words: str) -> None:
        """Somewhere in what was drawn since the last time, its colours and places left out."""
        end, drawn = time.monotonic() + _PATIENCE, ""
        while words not in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", drawn):
            assert time.monotonic() < end, words
            drawn += self._more()

    def presses(self, keys: str) -> None:
        os.write(self._keys, keys.encode())

    def leaves(self) -> int:
        while self.program.poll() is None:
            self._more()
        self._more()
        return self.program.returncode

    def hangs_up(self) -> int:
        """The terminal is closed, and the program told so, as the system does."""
        self._close_keys()
        self.program.send_signal(signal.SIGHUP)
        return self.program.wait(_PATIENCE)

    def close(self) -> None:
        self.program.kill()
        self.program.wait()
        self._close_keys()

    def _close_keys(self) -> None:
        if self._keys >= 0:
            os.close(self._keys)
            self._keys = -1

    def _more(self) -> str:
        ready, _, _ = select.select([self._keys], [], [], 0.2)
        try:
            drawn = os.read(self._keys, 65536).decode("utf-8", "replace") if ready else ""
        except OSError:
            drawn = ""
        self.seen += drawn
        return drawn


@pytest.fixture
def folder(tmp_path) -> Path:
    return tmp_path


@pytest.fixture
def shell(folder) -> Iterator[ScreenInShell]:
    there = ScreenInShell(
        folder, "--storage", "till.db", "--trace", "trace.jsonl", TEXTUAL_LOG="textual.log", TEXTUAL_DEBUG="1",
        TEXTUAL="devtools,debug", PYTHONASYNCIODEBUG="1", DUALCOS_DEBUG="1",
    )  # fmt: skip
    yield there
    there.close()


def at_the_pad(shell: ScreenInShell) -> None:
    shell.sees("请插卡")
    shell.presses(_ENTER)
    shell.sees("卡片真实有效")
    for key in "14":  # pin
        shell.presses(key)
    shell.presses(_ENTER)
    shell.sees("check|change")
    shell.presses("check" + _ENTER)
    shell.sees("社保密码")


def left_in_order(folder: Path) -> None:
    """Storage and trace are closed, nothing else was written, and no PIN is in any of it."""
    assert sorted(path.name for path in folder.iterdir()) == ["till.db", "trace.jsonl"]
    trace = (folder / "trace.jsonl").read_text("utf-8")
    assert trace.endswith("}\n")
    for pin in (PIN, WRONG):
        assert pin not in trace
        assert pin.encode().hex() not in trace.lower()
        assert pin.encode() not in (folder / "till.db").read_bytes()


def test_a_pin_typed_on_a_screen_is_in_no_log_and_not_on_the_terminal(shell, folder):
    at_the_pad(shell)
    shell.presses(WRONG + _ENTER)
    shell.sees("还剩2次")
    shell.presses(PIN + _ENTER)
    shell.sees("✓ pin")
    shell.presses(_F10)
    assert shell.leaves() == 0
    assert shell.seen.rindex(_USUAL) > shell.seen.rindex(_ALTERNATE)
    assert not [pin for pin in (PIN, WRONG) if pin in shell.seen]
    left_in_order(folder)


def test_terminated_in_front_of_the_pad_it_leaves_all_in_order(shell, folder):
    at_the_pad(shell)
    shell.presses(PIN[:4])
    shell.sees("● ● ● ●")
    shell.program.send_signal(signal.SIGTERM)
    assert shell.leaves() == 128 + signal.SIGTERM
    assert shell.seen.rindex(_USUAL) > shell.seen.rindex(_ALTERNATE)
    assert "Traceback" not in shell.seen
    left_in_order(folder)


def test_with_its_terminal_closed_it_leaves_all_in_order(shell, folder):
    at_the_pad(shell)
    shell.presses(PIN[:4])
    shell.sees("● ● ● ●")
    assert shell.hangs_up() == 128 + signal.SIGHUP
    left_in_order(folder)
