"""``dualcos host serve`` and ``dualcos backend serve``, each in a process of its own, as in another shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

ROOT = Path(__file__).parents[3]


def host_in_shell(*profiles: str) -> AbstractContextManager[str]:
    """``HOST:PORT``, where acquirer and bank of these profiles' cards listen."""
    return _served("host", "serve", profiles=profiles)


def back_end_in_shell(*profiles: str) -> AbstractContextManager[str]:
    """The same of the bureau's back end."""
    return _served("backend", "serve", "--port", "0", profiles=profiles)


@contextmanager
def _served(*words: str, profiles: tuple[str, ...]) -> Iterator[str]:
    cards = [word for profile in profiles for word in ("--card", profile)]
    with subprocess.Popen(  # noqa: S603 - our own command line
        [sys.executable, "-m", "dualcos", *words, *cards, "--json"],
        stdout=subprocess.PIPE, text=True, encoding="utf-8", stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as server:  # fmt: skip
        assert server.stdout is not None
        try:
            yield f"127.0.0.1:{json.loads(server.stdout.readline())['port']}"
        finally:
            server.terminate()
