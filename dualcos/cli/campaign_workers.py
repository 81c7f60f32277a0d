"""Where shards run: in this process, on the cores of this machine, on a Dask cluster; each a ``concurrent.futures``
executor.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

from dualcos.cli.user_faults import Fault
from dualcos.issuance.personaliser.job_pool import cluster, end_with_parent, trusted

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
    """What opens the executor that the arguments ask for. Raises Fault, PoolError."""
    if args.cluster is not None:
        return partial(_cluster, trusted(args.cluster))
    if args.jobs < 0:
        raise Fault(f"--jobs {args.jobs}: 0 for one per core, or how many")
    return _Here if args.jobs == 1 else partial(_cores, args.jobs or os.cpu_count() or 1)


def ahead(args: Namespace) -> int:
    """How many shards are worth giving out before any comes back."""
    if args.cluster is not None:
        return _AHEAD_OF_A_CLUSTER
    return 1 if args.jobs == 1 else 2 * (args.jobs or os.cpu_count() or 1)


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
    return ProcessPoolExecutor(count, mp_context=context, initializer=_of_this_run)


def _of_this_run() -> None:
    """In a worker: Ctrl-C is for the process that hands out the work, and when that is killed, so is this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    end_with_parent()


@contextmanager
def _cluster(address: str) -> Iterator[Executor]:
    with cluster(address) as (executor, _):
        yield executor
