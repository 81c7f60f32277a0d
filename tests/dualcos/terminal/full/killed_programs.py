"""Programs of ours that get SIGKILL: from outside, or by themselves at a moment that is counted.

A moment is one at which a program has done something that outlasts it, or is about to: a transaction of a database, a
command of a card file, a message. ``Programs`` starts them: forked from one process that has imported all of it and has
opened nothing, which takes a fifth of the time; or as anybody starts them, ``python -m dualcos``.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from socket import socket
from typing import Any, Protocol, Self

ROOT = Path(__file__).parents[4]
_MODULE = "tests.dualcos.terminal.full.killed_programs"
_ENVIRONMENT = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "PATH": os.defpath}
_A_MOMENT = 0.005
KILLED = -signal.SIGKILL
"""The code of a program that was."""


class Running(Protocol):
    """A program that was started."""

    def kill(self) -> None:
        """SIGKILL, if it is there still."""

    def over(self, seconds: float) -> int | None:
        """Its exit code, a signal's number negative; None if it works on after so many ``seconds``."""


class Programs:
    """A context manager; what it has started goes with it."""

    def __init__(self) -> None:
        self._forks = subprocess.Popen(  # noqa: S603 - ourselves
            [sys.executable, "-m", _MODULE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=_ENVIRONMENT,
        )  # fmt: skip
        self._executed: list[Executed] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for each in self._executed:
            each.kill()
            each.over(60)
        self._forks.communicate(timeout=60)

    def fork(self, words: Sequence[str], folder: Path, out: str, dies_at: int | None = None) -> Running:
        """``dualcos WORDS`` in ``folder``, what it prints behind what is in its files ``out`` and ``out``.err.
        ``dies_at``: the moment, from 0, at which it kills itself; None: never.
        """
        pid = self.ask({"words": list(words), "folder": str(folder), "out": out, "dies_at": dies_at})
        return Forked(self, int(pid))

    def execute(self, words: Sequence[str], folder: Path, out: str) -> Running:
        """The same as a program that has to be loaded first; it can be killed from outside only."""
        self._executed.append(Executed(words, folder, out))
        return self._executed[-1]

    def ask(self, asked: dict[str, object]) -> Any:
        """What the forking process answers."""
        assert self._forks.stdin is not None
        assert self._forks.stdout is not None
        self._forks.stdin.write(json.dumps(asked) + "\n")
        self._forks.stdin.flush()
        return json.loads(self._forks.stdout.readline())


class Forked:
    """See ``Running``. Its number is its own until it was said that it is over."""

    def __init__(self, programs: Programs, pid: int) -> None:
        self._programs, self._pid = programs, pid
        self._code: int | None = None

    def kill(self) -> None:
        """See ``Running``."""
        if self._code is None:
            os.kill(self._pid, signal.SIGKILL)

    def over(self, seconds: float) -> int | None:
        """See ``Running``."""
        if self._code is None:
            self._code = self._programs.ask({"wait": self._pid, "seconds": seconds})
        return self._code


class Executed:
    """See ``Running``."""

    def __init__(self, words: Sequence[str], folder: Path, out: str) -> None:
        with (folder / out).open("ab") as printed, (folder / f"{out}.err").open("ab") as complained:
            self._program = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "dualcos", *words],
                cwd=folder, stdin=subprocess.DEVNULL, stdout=printed, stderr=complained, env=_ENVIRONMENT,
            )  # fmt: skip

    def kill(self) -> None:
        """See ``Running``."""
        self._program.kill()

    def over(self, seconds: float) -> int | None:
        """See ``Running``."""
        try:
            return self._program.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


# --- in the process that forks ----------------------------------------------------------------------------------------


class _LastMoment:
    """Counts down to it."""

    def __init__(self, dies_at: int) -> None:
        self._left = dies_at

    def passes(self) -> None:
        """Another one; at the last all is over, with nothing flushed, closed or undone."""
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)
        self._left -= 1


def _counted(moment: _LastMoment) -> None:
    """Everything that outlasts this process is a moment in front, and one behind. A commit is the whole of its
    statements in front of it: they are all said, and may be in the file, and none of them holds.
    """
    from dualcos.cardfile.card_file_format import CardFile  # noqa: PLC0415 - there, nothing is loaded for the client
    from dualcos.sqlitefile.durable_database import DurableDatabase  # noqa: PLC0415 - same

    transaction = DurableDatabase.transaction

    @contextmanager
    def cut_short(database: DurableDatabase) -> Iterator[None]:
        outermost = not database.opened[1].in_transaction
        with transaction(database):
            yield
            if outermost:
                moment.passes()
        if outermost:
            moment.passes()

    setattr(DurableDatabase, "transaction", cut_short)  # noqa: B010 - as below; another's method is no attribute
    _around(CardFile, "save", moment)
    _around(socket, "sendall", moment)


def _around(holder: type, name: str, moment: _LastMoment) -> None:
    real: Callable[..., object] = getattr(holder, name)

    def cut_short(*given: Any) -> object:
        moment.passes()
        done = real(*given)
        moment.passes()
        return done

    setattr(holder, name, cut_short)


def _become(asked: dict[str, Any]) -> int:
    """The program, until it ends. Its exit code."""
    from dualcos.cli.main import run  # noqa: PLC0415 - see above

    os.chdir(asked["folder"])
    kept = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, name, way in ((0, os.devnull, os.O_RDONLY), (1, asked["out"], kept), (2, f"{asked['out']}.err", kept)):
        opened = os.open(name, way, 0o600)
        os.dup2(opened, number)
        os.close(opened)
    if asked["dies_at"] is not None:
        _counted(_LastMoment(asked["dies_at"]))
    return run(tuple(asked["words"]))


def _fork(asked: dict[str, Any]) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        code = _become(asked)
        sys.stdout.flush()
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    finally:
        os._exit(code)


def _code_of(pid: int, seconds: float) -> int | None:
    end = time.monotonic() + seconds
    while True:
        found, status = os.waitpid(pid, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if time.monotonic() > end:
            return None
        time.sleep(_A_MOMENT)


def main() -> None:
    """Fork and wait, as lines of stdin ask for, until they end; then nothing is left."""
    from dualcos.cli import backend, host, terminal_full  # noqa: F401, PLC0415 - so that each is loaded once

    alive: set[int] = set()
    try:
        for line in sys.stdin:
            asked = json.loads(line)
            if "wait" in asked:
                answer = _code_of(asked["wait"], asked["seconds"])
                alive -= {asked["wait"]} if answer is not None else set()
            else:
                answer = _fork(asked)
                alive.add(answer)
            print(json.dumps(answer), flush=True)
    finally:
        for pid in alive:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


if __name__ == "__main__":
    main()
