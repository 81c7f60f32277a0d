"""Files of hosts that are written whole or not at all: beside their name first, and put in place when they are on disk.

It lies here because key stores are the lowest that need it; card files, batches, reports and the command line do too.
The libraries for it that we know are kept no more, or cannot refuse a name which is taken.
"""

from __future__ import annotations

import io
import os
import re
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, cast

PRIVATE, COMMON = 0o600, 0o666
"""Modes of a new file: its owner's only, or as the owner's umask says."""
_HANDED_OVER = re.compile(r"/(?:dev|proc/self)/fd/(\d{1,9})")
_PART = ".dualcos-"
_STANDARD = ("/dev/stdin", "/dev/stdout", "/dev/stderr")
_ENDINGS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


def write_whole(
    path: str | Path, content: bytes, *, replace: bool = False, mode: int = PRIVATE, sync_name: bool = True
) -> None:
    """``content`` is the file ``path``, on disk on return; or ``path`` is as it was, and nothing else is left behind.

    Raises FileExistsError if anything is called so, also if it came in between; with ``replace`` that is replaced: a
    link itself, not what it points at. A stream (``is_stream``) is written to as it is; if it ends in a file, that gets
    all of ``content`` or nothing. Without ``sync_name`` the name waits for ``sync_folder``. Raises OSError, which names
    ``path``.
    """
    with open_whole(path, replace=replace, mode=mode, sync_name=sync_name) as file:
        file.write(content)


@contextmanager
def open_whole(
    path: str | Path,
    *,
    replace: bool = False,
    mode: int = PRIVATE,
    sync_name: bool = True,
    made: list[Path] | None = None,
) -> Iterator[BinaryIO]:
    """What is written within the block, as ``write_whole`` writes; nothing of it is there if the block is left by an
    exception. A file that was not there before is added to ``made``, when it is.
    """
    path = Path(path)
    if is_stream(path):
        with _naming(path), _stream(path) as under, _poured(under.fileno()) as file:
            yield file
        return
    with _ended_in_order():
        with _naming(path):
            part, handle = _part(path.parent, mode)
        ours = [part]
        try:
            with _naming(path):
                try:
                    with _poured(handle) as file:
                        yield file
                    os.fsync(handle)
                finally:
                    os.close(handle)
                new = not os.path.lexists(path)
                _put(part, path, replace=replace)
                if new:
                    ours.append(path)
                part.unlink(missing_ok=True)
                if sync_name:
                    sync_folder(path.parent)
            if made is not None and new:
                made.append(path)
        except BaseException:
            for each in ours:
                with suppress(OSError):
                    each.unlink(missing_ok=True)
            raise


def open_new(path: str | Path, *, replace: bool = False) -> BinaryIO:
    """A new, empty, private file for what is of use while it grows. Raises as ``write_whole``."""
    path = Path(path)
    with _naming(path):
        if is_stream(path):
            return _stream(path)
        if not replace:
            return _called(path, os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
        part, handle = _part(path.parent, PRIVATE)
        try:
            part.replace(path)
        except OSError:
            os.close(handle)
            part.unlink(missing_ok=True)
            raise
        return _called(path, handle)


def is_stream(path: str | Path) -> bool:
    """True for what is never replaced: pipes, character devices, what this process was handed open."""
    if _descriptor(path) is not None:
        return True
    try:
        kind = Path(path).stat().st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(kind) or stat.S_ISCHR(kind)


def is_standard_output(path: str | Path) -> bool:
    """True for the names under which this process has its standard output."""
    return _descriptor(path) == 1


def open_to_others(path: str | Path) -> bool:
    """True for a stream that ends in a file which others than its owner may read."""
    try:
        found = Path(path).stat()
    except OSError:
        return False
    return os.name == "posix" and is_stream(path) and stat.S_ISREG(found.st_mode) and bool(found.st_mode & 0o077)


def sync_folder(folder: Path) -> None:
    """Names of ``folder`` as they are now survive a power loss of the host."""
    if os.name != "posix":  # elsewhere a folder cannot be opened
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class _Pouring(io.RawIOBase):
    """Takes all of every write, or fails once and for ever; what is given to it after that is gone."""

    def __init__(self, handle: int) -> None:
        self._handle = handle
        self.given_up = False

    def writable(self) -> bool:
        return True

    def write(self, content: Any, /) -> int:  # noqa: ANN401 - any buffer; Python 3.11 has no name for it
        rest = memoryview(content)
        size = rest.nbytes
        while rest and not self.given_up:
            rest = rest[os.write(self._handle, rest) :]
        return size


@contextmanager
def _poured(handle: int) -> Iterator[BinaryIO]:
    """What is written within the block is all in the open file ``handle`` behind it, or, if that is one, nothing is."""
    before = os.fstat(handle)
    raw = _Pouring(handle)
    with io.BufferedWriter(raw) as file:
        try:
            yield cast("BinaryIO", file)
            file.flush()
        except BaseException:
            raw.given_up = True
            if stat.S_ISREG(before.st_mode):
                with suppress(OSError):
                    os.ftruncate(handle, before.st_size)
            raise


def _descriptor(path: str | Path) -> int | None:
    found = _HANDED_OVER.fullmatch(str(path))
    if found:
        return int(found[1])
    return _STANDARD.index(str(path)) if str(path) in _STANDARD else None


def _stream(path: Path) -> BinaryIO:
    # Opened by name, a file behind /dev/stdout would be written from its beginning.
    number = _descriptor(path)
    return _called(path, os.open(path, os.O_WRONLY) if number is None else os.dup(number))


def _called(path: Path, handle: int) -> BinaryIO:
    """What is open, under the name that its ``name`` then tells."""
    return open(path, "wb", opener=lambda *_: handle)


def _part(folder: Path, mode: int) -> tuple[Path, int]:
    """A file of our own beside the name that is wanted: no other file system, no link that somebody laid."""
    for number in count():
        part = folder / f"{_PART}{os.getpid()}-{number}.part"
        with suppress(FileExistsError):
            return part, os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    raise AssertionError


def _put(part: Path, path: Path, *, replace: bool) -> None:
    if replace:
        part.replace(path)
        return
    try:
        os.link(part, path)  # unlike a rename, it fails if the name is taken
    except FileExistsError:
        raise
    except OSError:  # a file system without links: the name is taken first, empty for a moment
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE))
        try:
            part.replace(path)
        except BaseException:
            path.unlink(missing_ok=True)
            raise


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Faults of ``path`` and its part name ``path``; those of other files, met meanwhile, their own."""
    try:
        yield
    except OSError as error:
        named = error.filename
        if named is not None and Path(named) != path and not Path(named).name.startswith(_PART):
            raise
        raise OSError(error.errno, error.strerror, str(path)) from None


@contextmanager
def _ended_in_order() -> Iterator[None]:
    """A signal that would end the process at once ends it through every ``finally`` instead."""

    def leave(number: int, _frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    changed = []
    with suppress(ValueError):  # not in the main thread: there no signal is handled
        for number in _ENDINGS:
            if signal.getsignal(number) is signal.SIG_DFL:
                signal.signal(number, leave)
                changed.append(number)
    try:
        yield
    finally:
        for number in changed:
            signal.signal(number, signal.SIG_DFL)
