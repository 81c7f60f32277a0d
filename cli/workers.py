"""Where shards run: in this process, on the cores of this machine, on a Dask cluster; each a ``concurrent.futures``
executor.
"""

from __future__ import annotations

import ipaddress
import multiprocessing
import os
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from cli.faults import Fault

_PATIENCE = 10
_AHEAD_OF_A_CLUSTER = 256  # enough for a hundred workers


def add_workers(parser: ArgumentParser) -> None:
    """Declare --jobs and --cluster."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--jobs", type=int, default=0, metavar="N", help="processes; 0 one per core (default), 1 none")
    where.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="a Dask scheduler instead: tls://HOST:PORT, or tcp:// on this machine; certificates as Dask is set",
    )


def workers(args: Namespace) -> Callable[[], AbstractContextManager[Executor]]:
    """What opens the executor that the arguments ask for. Raises Fault."""
    if args.cluster is not None:
        return partial(_cluster, checked(args.cluster))
    if args.jobs < 0:
        raise Fault(f"--jobs {args.jobs}: 0 for one per core, or how many")
    return _Here if args.jobs == 1 else partial(_cores, args.jobs or os.cpu_count() or 1)


def ahead(args: Namespace) -> int:
    """How many shards are worth giving out before any comes back."""
    if args.cluster is not None:
        return _AHEAD_OF_A_CLUSTER
    return 1 if args.jobs == 1 else 2 * (args.jobs or os.cpu_count() or 1)


def checked(address: str) -> str:
    """``address`` if it may be trusted with code to run: TLS, or this machine. Raises Fault.

    A Dask scheduler executes what it is sent, and so do its workers.
    """
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None:
        raise Fault(f"--cluster {address}: write it as tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine")
    if parts.scheme == "tls" or (parts.scheme == "tcp" and _loopback(host)):
        return f"{parts.scheme}://{parts.netloc}"
    raise Fault(f"--cluster {address}: a scheduler runs what it is sent; elsewhere than on this machine give tls://…")


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Here(Executor):
    """One after the other, in this process."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401 - as Executor
        """Done when it returns."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


def _cores(count: int) -> AbstractContextManager[Executor]:
    # Fresh interpreters: a forked one would share open files and threads with this process.
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=context, initializer=_uninterrupted)


def _uninterrupted() -> None:
    """Ctrl-C is for the process that hands out the work."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    try:
        from distributed import Client  # noqa: PLC0415 - only who asks for a cluster needs it
    except ImportError:
        raise Fault("a cluster needs Dask: pip install 'dualcos[cluster]'") from None
    try:
        client = Client(address, timeout=_PATIENCE)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        raise Fault(f"--cluster {address}: {str(error) or type(error).__name__}") from None
    with client:
        if not client.ncores():
            raise Fault(f"--cluster {address}: the scheduler is there but has no workers")
        yield client.get_executor(pure=False)
