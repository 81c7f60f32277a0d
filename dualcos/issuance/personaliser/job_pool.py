"""Where jobs run: in this process, on all cores of this machine, or on a Dask cluster; the same function on each."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Executor, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from ipaddress import ip_address
from itertools import islice
from multiprocessing import connection
from typing import Protocol
from urllib.parse import urlsplit

from dualcos.issuance.personaliser.workshop import Job, JobOutcome

Work = Callable[[Job], JobOutcome]
_AHEAD = 4
_RETRIES = 2
_PATIENCE = 10.0  # seconds for a scheduler to answer
_SILENCE = 5.0  # seconds without an outcome before the workers are counted


class JobPoolError(Exception):
    """The workers cannot be had, or died."""


class Pool(Protocol):
    """Runs a function over jobs; outcomes come as they are ready, in any order."""

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[JobOutcome]:
        """Yields one outcome per job. Raises JobPoolError if workers die; what was yielded stays valid."""
        ...


class Here:
    """One after the other, in this process."""

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[JobOutcome]:
        """Lazily, in order."""
        yield from map(work, jobs)


class Cores:
    """Processes of this machine; ``count`` 0 for one per core. Jobs are handed out a few ahead, not all at once."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or multiprocessing.cpu_count()

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[JobOutcome]:
        """As ready."""
        # Fresh interpreters: a forked one would share open stores and threads with this process.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.count, mp_context=context, initializer=end_with_parent) as executor:
            try:
                yield from _as_ready(lambda job: executor.submit(work, job), jobs, self.count * _AHEAD)
            except (OSError, RuntimeError) as error:
                executor.shutdown(wait=False, cancel_futures=True)
                raise JobPoolError(f"a worker process died ({type(error).__name__}); start again to go on") from None


def end_with_parent() -> None:
    """In a worker: when the run that started it is killed, it ends at once, as if killed with it.

    Otherwise it would make the cards it was given, and wait for more for ever, while the next run makes the same ones.
    """
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_watch, args=(parent.sentinel,), daemon=True).start()


def _watch(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)


def _as_ready(
    submit: Callable[[Job], Future[JobOutcome]],
    jobs: Iterable[Job],
    ahead: int,
    alive: Callable[[], bool] = lambda: True,
) -> Iterator[JobOutcome]:
    """Outcomes as they come. Raises JobPoolError if none comes for a while and nobody is ``alive`` to make one."""
    waiting = iter(jobs)
    running = {submit(job) for job in islice(waiting, ahead)}
    while running:
        done, running = wait(running, _SILENCE, return_when=FIRST_COMPLETED)
        if not done and not alive():
            raise JobPoolError("all workers are gone; start some, then start again to go on")
        for future in done:
            yield future.result()
        running |= {submit(job) for job in islice(waiting, len(done))}


class Cluster:
    """A Dask cluster (optional extra ``cluster``). Workers see the same paths and locks as this process.

    A Dask scheduler runs whatever it is sent, so beyond this machine only ``tls://`` is spoken; certificates are in
    Dask's own configuration (``DASK_DISTRIBUTED__COMM__TLS__…``). A worker that dies gives its jobs to the others;
    they find what it left of a card and go on from there, so a card is still made once.
    """

    def __init__(self, address: str) -> None:
        self.address = trusted(address)

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[JobOutcome]:
        """As ready."""
        with cluster(self.address) as (executor, cores):
            try:
                yield from _as_ready(
                    lambda job: executor.submit(work, job), jobs, cores() * _AHEAD, lambda: bool(cores())
                )
            except (OSError, RuntimeError, CancelledError) as error:
                raise JobPoolError(f"cluster {self.address}: {type(error).__name__}; start again to go on") from None


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """The executor of the Dask cluster at ``address``, and how many cores its workers have now. Raises JobPoolError."""
    try:
        from distributed import Client, KilledWorker  # noqa: PLC0415 - only who asks for a cluster needs it
    except ImportError:
        raise JobPoolError("a cluster needs Dask: `pip install 'dualcos[cluster]'`") from None
    try:
        client = Client(trusted(address), timeout=_PATIENCE, set_as_default=False)
    except (OSError, TimeoutError, ValueError, TypeError) as error:
        # TypeError: Dask's word for tls:// without certificates.
        raise JobPoolError(f"cluster {address}: {str(error) or type(error).__name__}") from None
    with client:

        def cores() -> int:
            return sum(client.ncores().values())

        if not cores():
            raise JobPoolError(f"cluster {address} has no workers; start some (dask worker {address})")
        # pure=False: making a card is no function of its arguments alone.
        executor = client.get_executor(pure=False, retries=_RETRIES)
        try:
            yield executor, cores
        except KilledWorker:
            raise JobPoolError(
                f"cluster {address}: the workers of a job died one after the other; see their logs"
            ) from None


def trusted(address: str) -> str:
    """``address`` if it may be sent code to run: over TLS, or this machine by number or as ``localhost``.

    Other names are not looked up. Raises JobPoolError.
    """
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    if not host or port is None:
        raise JobPoolError(f"cluster {address}: write it as tls://HOST:PORT, or tcp://127.0.0.1:PORT on this machine")
    if parts.scheme != "tls" and not (parts.scheme == "tcp" and _is_loopback(host)):
        raise JobPoolError(f"cluster {address}: beyond this machine only tls:// is spoken (tls://HOST:PORT)")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
