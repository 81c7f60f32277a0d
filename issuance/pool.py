"""Where jobs run: in this process, on all cores of this machine, or on a Dask cluster; the same function on each."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from itertools import islice
from typing import Protocol

from issuance.making.workshop import Job, Outcome

Work = Callable[[Job], Outcome]
_AHEAD = 4


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
    """A Dask cluster (optional extra ``cluster``). Workers see the same paths and locks as this process."""

    def __init__(self, address: str) -> None:
        self.address = address

    def run(self, work: Work, jobs: Iterable[Job]) -> Iterator[Outcome]:
        """As ready."""
        try:
            from distributed import Client, as_completed  # noqa: PLC0415 - only who asks for a cluster needs it
        except ImportError:
            raise PoolError("a cluster needs Dask: pip install 'dualcos[cluster]'") from None
        try:
            client = Client(self.address, timeout=10)
        except (OSError, TimeoutError, ValueError) as error:
            raise PoolError(f"cluster {self.address}: {error}") from None
        with client:
            waiting = iter(jobs)
            ahead = max(1, sum(client.ncores().values())) * _AHEAD
            # pure=False: making a card is no function of its arguments alone.
            ready = as_completed([client.submit(work, job, pure=False) for job in islice(waiting, ahead)])
            for future in ready:
                yield future.result()
                for job in islice(waiting, 1):
                    ready.add(client.submit(work, job, pure=False))
