"""Where what opens a key store comes from: ``file:PATH`` or ``env:NAME``, which hold an age secret key. A pass phrase
is called one, ``passphrase-file:PATH`` or ``passphrase-env:NAME``, or is what is typed when the terminal asks for it.

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
from dualcos.textforms.text_files import decoded, text_of
from keys.custody.key_store_file import KeyFile
from keys.custody.lock_texts import PUBLIC, holds_secret_key, kind_of_key
from keys.custody.sealing import Lock, LockSource, SealError, public_key

HELP = (
    "what opens the key store: file:PATH or env:NAME (an age key file, its text), "
    "passphrase-file:PATH or passphrase-env:NAME; default: a pass phrase is asked for"
)
_VARIABLE = "DUALCOS_LOCK_"
_PHRASE, _FILE, _ENV = "passphrase-", "file", "env"
_FORMS = "[passphrase-]file:PATH or [passphrase-]env:NAME"


def add_lock(parser: ArgumentParser, name: str = "--lock") -> None:
    """Declare one lock option."""
    add_input(parser, name, where=_file, metavar="file:PATH|env:NAME|passphrase-…", help=HELP)


def _file(text: str) -> Path | None:
    """The file that a lock is in, if it is in one."""
    kind, _, rest = text.removeprefix(_PHRASE).partition(":")
    return Path(rest) if kind == _FILE and rest else None


def source(text: str | None, what: str) -> LockSource:
    """The place meant by ``text``; asks if there is none. What was typed waits in this process's environment only,
    so that worker processes of this machine find it too. Raises Fault.
    """
    phrase = (text or "").startswith(_PHRASE)
    kind, _, rest = (text or "").removeprefix(_PHRASE).partition(":")
    if kind in (_FILE, _ENV) and rest and not holds_secret_key(rest):
        return LockSource(file=rest, phrase=phrase) if kind == _FILE else LockSource(variable=rest, phrase=phrase)
    if text:
        raise Fault(f"--lock takes {_FORMS}; a key or a pass phrase has no place on a command line")
    if not sys.stdin.isatty():
        raise Fault(f"{what} is locked: give --lock {_FORMS}")
    variable = _VARIABLE + what.upper().translate({ord(c): "_" for c in " /.-"})
    if variable not in os.environ:
        typed = getpass(harmless(f"pass phrase of {what}: "))
        try:
            Lock(typed, phrase=True)
        except SealError as error:
            raise Fault(f"the pass phrase of {what}: {error}") from None
        os.environ[variable] = typed
    return LockSource(variable=variable, phrase=True)


def recipient(text: str | None) -> str:
    """The public key that --recipient gives, or the file it is in; empty for none. Raises Fault, which repeats
    nothing of what may be a secret.
    """
    if not text:
        return ""
    if holds_secret_key(text):
        raise Fault("--recipient takes a public key (age1…); a secret key stays with its owner, off any command line")
    there = _is_file(text)
    if not there and not text.startswith(PUBLIC):
        kind = kind_of_key(text)
        told = f"this is {kind}" if kind else "it is neither that nor a file that is there"
        raise Fault(f"--recipient takes a public key (age1…) or a file with it: {told}")
    try:
        return public_key(text_of(text) if there else text)
    except SealError as error:
        raise Fault(f"--recipient{f' {text}' if there else ''}: {error}") from None


def _is_file(text: str) -> bool:
    try:
        return Path(text).is_file()
    except (OSError, ValueError):  # no name that a file could have
        return False


def lock(text: str | None, what: str) -> Lock:
    """The lock itself. Raises Fault, SealError."""
    return source(text, what).lock(dict(os.environ), decoded)


def open_store(path: str, text: str | None) -> KeyFile:
    """An open key store; keys beyond their days are told. Raises Fault, SealError, KeyFileError."""
    store = KeyFile.open(path, lock(text, path))
    warn(path, store)
    return store


def warn(path: str, store: KeyFile) -> None:
    """A line on stderr for each key that is used beyond its days, which is the owner's to decide, or cannot be used."""
    for line in (*store.unfit, *store.overdue(today())):
        print(f"{path}: {line} (warning)", file=sys.stderr)


def today() -> str:
    """YYYYMMDD."""
    return datetime.datetime.now(tz=datetime.UTC).strftime("%Y%m%d")
