"""Where jobs run: in this process, on all cores of this machine, or on a Dask cluster; the same function on each."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, ProcessPoolExecutor, wait
from ipaddress import ip_address
from itertools import islice
from typing import Protocol
from urllib.parse import urlsplit

from issuance.making.workshop import Job, Outcome

Work = Callable[[Job], Outcome]
_AHEAD = 4
_RETRIES = 2


class PoolError(Exception):
    """The workers cannot be had, or died."""


class Pool(Protocol):
    """Runs a function over jobs; outcomes come as they are ready, in any order."""

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Yields one outcome per job. Raises PoolError if workers die; what was yielded stays valid."""
        ...


class Here:
    """One after the other, in this process."""

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """Lazily, in order."""
        yield from map(work, jobs)


class Cores:
    """Processes of this machine; ``count`` 0 for one per core. Jobs are handed out a few ahead, not all at once."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or multiprocessing.cpu_count()

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """As ready."""
        # Fresh interpreters: a forked one would share open stores and threads with this process.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.count, mp_context=context) as executor:
            try:
                yield from _as_ready(lambda job: executor.submit(work, job), jobs, self.count * _AHEAD)
            except (OSError, RuntimeError) as error:
                executor.shutdown(wait=False, cancel_futures=True)
                raise PoolError(f"a worker process died ({type(error).__name__}); start again to go on") from None


def _as_ready(submit: Callable[[Job], Future[Outcome]], jobs: Iterable[Job], ahead: int) -> Iterator[Outcome]:
    waiting = iter(jobs)
    running = {submit(job) for job in islice(waiting, ahead)}
    while running:
        done, running = wait(running, return_when=FIRST_COMPLETED)
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
        if not (address.startswith("tls://") or _is_loopback(address)):
            raise PoolError(f"cluster {address}: beyond this machine only tls:// is spoken (tls://HOST:PORT)")
        self.address = address

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """As ready."""
        try:
            from distributed import Client  # noqa: PLC0415 - only who asks for a cluster needs it
        except ImportError:
            raise PoolError("a cluster needs Dask: pip install 'dualcos[cluster]'") from None
        try:
            client = Client(self.address, timeout=10, set_as_default=False)
        except (OSError, TimeoutError, ValueError, TypeError) as error:
            # TypeError: Dask's word for tls:// without certificates.
            raise PoolError(f"cluster {self.address}: {error}") from None
        with client:
            cores = sum(client.ncores().values())
            if not cores:
                raise PoolError(f"cluster {self.address} has no workers; start some (dask worker {self.address})")
            # pure=False: making a card is no function of its arguments alone.
            executor = client.get_executor(pure=False, retries=_RETRIES)
            try:
                yield from _as_ready(lambda job: executor.submit(work, job), jobs, cores * _AHEAD)
            except (OSError, RuntimeError, CancelledError) as error:
                # Among the runtime errors: a job whose workers died one after the other.
                raise PoolError(f"cluster {self.address}: {type(error).__name__}; start again to go on") from None


def _is_loopback(address: str) -> bool:
    """True for this machine, by number or as ``localhost``; other names are not looked up."""
    try:
        host = urlsplit(address if "://" in address else f"tcp://{address}").hostname or ""
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
