"""Where the secret that opens a key store comes from: ``file:PATH``, ``env:NAME``, or a question on the terminal.

The secret itself never stands on a command line: process lists show those.
"""

from __future__ import annotations

import datetime
import os
import sys
from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path

from dualcos.cli.file_arguments import add_input
from dualcos.cli.user_faults import Fault
from dualcos.explain.control_characters import harmless
from dualcos.textforms.text_files import decoded
from keys.custody.key_store_file import KeyFile
from keys.custody.sealing import Lock, LockSource

HELP = "what opens the key store: file:PATH (a key file or a pass phrase in a file) or env:NAME; default: asked for"
_VARIABLE = "DUALCOS_LOCK_"


def add_lock(parser: ArgumentParser, name: str = "--lock") -> None:
    """Declare one lock option."""
    add_input(parser, name, where=_file, metavar="file:PATH|env:NAME", help=HELP)


def _file(text: str) -> Path | None:
    """The file that a lock is in, if it is in one."""
    return Path(text.removeprefix("file:")) if text.startswith("file:") else None


def source(text: str | None, what: str) -> LockSource:
    """The place meant by ``text``; asks if there is none. What was typed waits in this process's environment only,
    so that worker processes of this machine find it too. Raises Fault.
    """
    kind, _, rest = (text or "").partition(":")
    if kind == "file" and rest:
        return LockSource(file=rest)
    if kind == "env" and rest:
        return LockSource(variable=rest)
    if text:
        raise Fault("--lock takes file:PATH or env:NAME; a pass phrase has no place on a command line")
    if not sys.stdin.isatty():
        raise Fault(f"{what} is locked: give --lock file:PATH or env:NAME")
    variable = _VARIABLE + what.upper().translate({ord(c): "_" for c in " /.-"})
    if variable not in os.environ:
        os.environ[variable] = getpass(harmless(f"pass phrase of {what}: "))
    return LockSource(variable=variable)


def lock(text: str | None, what: str) -> Lock:
    """The lock itself. Raises Fault, SealError."""
    return source(text, what).lock(dict(os.environ), decoded)


def open_store(path: str, text: str | None) -> KeyFile:
    """An open key store; keys beyond their days are told. Raises Fault, SealError, KeyFileError."""
    store = KeyFile.open(path, lock(text, path))
    warn(path, store)
    return store


def warn(path: str, store: KeyFile) -> None:
    """A line on stderr for each key that is used beyond its days; its use is the owner's to decide."""
    for line in store.overdue(today()):
        print(f"{path}: {line} (warning)", file=sys.stderr)


def today() -> str:
    """YYYYMMDD."""
    return datetime.datetime.now(tz=datetime.UTC).strftime("%Y%m%d")
