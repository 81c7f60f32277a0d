"""Files that are read, changed and written back whole: one process at a time, and never over a change of another.

Key stores with their ceremony logs and RSA pools are such. The lock is the operating system's on the file itself
(flock), so that nothing lies beside it and nothing is left when a process dies; the file that replaces it has a lock of
its own, which whoever waited takes anew. ``filelock`` would leave a file beside every store. Where there is no flock
(Windows, some network drives) what was read is compared with what is there before it is replaced, as it is everywhere.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from keys.custody.whole_file import write_whole

try:
    import fcntl
except ImportError:  # not POSIX
    fcntl = None  # type: ignore[assignment]


class ChangedMeanwhileError(Exception):
    """Another process wrote the file after it was read here; nothing was written. The message says what to do."""


@contextmanager
def used_alone(path: str | Path, waits: Callable[[], None] | None = None) -> Iterator[None]:
    """While this lasts, no other process is in here with the file behind ``path``; a file that is not there is free.

    To be taken before the file is read. Replacing the file is the last that may be done with it. ``waits`` is called if
    another process has it: then this waits, until that one ends. Raises OSError.
    """
    handle = _locked(Path(path), waits)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)  # and with it the lock


def _locked(path: Path, waits: Callable[[], None] | None) -> int | None:
    while fcntl is not None:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:
            if not _taken(handle, waits) or _is_still(path, handle):
                return handle
        except BaseException:
            os.close(handle)
            raise
        os.close(handle)  # replaced while we waited: the file there now is the one to lock
    return None


def _taken(handle: int, waits: Callable[[], None] | None) -> bool:
    """True when the lock is ours, False where the file system has none."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        if waits is not None:
            waits()
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return False
    return True


def _is_still(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def mark_of(content: bytes) -> bytes:
    """What a content is recognised by: give it to ``replace_unchanged`` after reading the file."""
    return hashlib.sha256(content).digest()


def replace_unchanged(path: str | Path, content: bytes, read: bytes | None) -> bytes:
    """Replace the file behind ``path`` in one step, if it is what was ``read`` (its ``mark_of``), or not there.

    Without ``read`` there must be none. Returns the new mark. Raises ChangedMeanwhileError, OSError.
    """
    target = Path(path).resolve()
    try:
        there = mark_of(target.read_bytes())
    except FileNotFoundError:
        there = None
    if there is not None and there != read:
        what = "was changed by another process meanwhile" if read else "was made by another process meanwhile"
        raise ChangedMeanwhileError(f"{path} {what}; nothing was written: do it again")
    try:
        write_whole(target, content, replace=there is not None)
    except FileExistsError:
        raise ChangedMeanwhileError(
            f"{path} was made by another process meanwhile; nothing was written: do it again"
        ) from None
    return mark_of(content)
