"""Runs a program against the embedded service: the same command line as ever, one environment variable more."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Sequence

from dualcos.reader.embedded.socket_service import EmbeddedService, ReaderServiceError

_KILLED = 128  # what a shell answers for a child ended by a signal: 128 + its number


def run_client(argv: Sequence[str], service: EmbeddedService, started: Callable[[], None] | None = None) -> int:
    """Run ``argv`` with ``service`` as its PC/SC and wait for it. Returns its exit code as a shell would.
    ``started`` is called when it runs; what that raises ends it.

    Ctrl-C reaches the child too (same terminal); it decides. Raises ServiceError if ``argv`` cannot be started.
    """
    if not argv:
        raise ReaderServiceError("no command to run")
    try:
        # The user's own command line, not a shell's.
        child = subprocess.Popen(list(argv), env={**os.environ, **service.environment})  # noqa: S603
    except OSError as error:
        raise ReaderServiceError(f"cannot run {argv[0]}: {error.strerror}") from None
    try:
        if started is not None:
            started()
        code = _wait(child)
    except BaseException:
        child.terminate()
        child.wait()
        raise
    return code if code >= 0 else _KILLED - code


def _wait(child: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue
