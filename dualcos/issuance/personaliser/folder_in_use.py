"""One run at a time makes cards in a folder: two would take each other's half-made cards for left behind."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

from dualcos.issuance.personaliser.row_desk import BatchError

fcntl: ModuleType | None
try:
    import fcntl
except ImportError:  # Windows has no such lock: there the user is trusted
    fcntl = None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """While this lasts no other run works in ``folder``. Raises BatchError if one does, OSError.

    The lock is the operating system's on the folder itself: nothing lies there, and nothing stays when a run is killed.
    """
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise BatchError(f"another run is making cards in {folder}; wait for its end") from None
            # Some network drives have no locks.
        yield
    finally:
        os.close(handle)
