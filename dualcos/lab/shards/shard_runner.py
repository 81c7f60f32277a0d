"""Runs shards on any ``concurrent.futures.Executor``: processes of this machine, or a cluster.

Each shard is judged once. What is in the results already is not run again; what a dying worker held is given out again,
one at a time, so that a shard that kills its worker is found and the others lose nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, Future, wait
from contextlib import AbstractContextManager
from typing import Generic, NamedTuple, Protocol, TypeVar

from dualcos.reader.bug_place import place_of
from dualcos.reader.observers import unfailing

RETRIES = 2
Workers = Callable[[], AbstractContextManager[Executor]]
_LOOK_SECONDS = 0.2  # how long whoever wants to stop may have to wait
S = TypeVar("S")
"""A shard: small, and compared by value."""
T_contra = TypeVar("T_contra", contravariant=True)
R = TypeVar("R")


class CampaignError(Exception):
    """The campaign cannot go on; what was judged is kept."""


class ShardError(Exception):
    """The shard cannot be run here: the input or the code is not the one that was meant. Nothing else is run either."""


class ShardKeeper(Protocol[T_contra, R]):
    """Keeps the results."""

    def __contains__(self, shard: T_contra, /) -> bool:
        """True if ``shard`` need not be run."""
        ...

    def add(self, result: R, /) -> None:
        """Keep a result."""
        ...

    def failed(self, shard: T_contra, why: str, /) -> R:
        """The result of a shard that nobody could judge."""
        ...


class _Attempt(NamedTuple, Generic[S]):
    shard: S
    failed: int = 0
    alone: bool = False


def never() -> bool:
    """Nobody wants to stop."""
    return False


class Runner(Generic[S, R]):
    """``workers`` opens an executor, and another one if that breaks. ``ahead``: how many shards are given out at a
    time. ``progress`` is told each new result, and cannot stop the campaign. ``work`` is what the workers do.
    ``stopped``: once it is true nothing more is given out; what is out comes in and is kept.
    """

    def __init__(
        self,
        workers: Workers,
        results: ShardKeeper[S, R],
        progress: Callable[[R], None] = lambda _: None,
        *,
        work: Callable[[S], R],
        ahead: int = 4,
        stopped: Callable[[], bool] = never,
    ) -> None:
        self._workers = workers
        self._results = results
        self._progress = unfailing(progress)
        self._ahead = ahead
        self._work = work
        self._stopped = stopped
        self._again: deque[_Attempt[S]] = deque()

    def run(self, shards: Iterable[S]) -> None:
        """Judge them all. Raises CampaignError, ShardError; interrupted, it may be called again with the same."""
        fresh = (_Attempt(shard) for shard in shards if shard not in self._results)
        finished = False
        while not finished:
            with self._workers() as executor:
                finished = self._feed(executor, fresh)

    def _next(self, fresh: Iterator[_Attempt[S]]) -> _Attempt[S] | None:
        if self._stopped():
            return None
        return self._again.popleft() if self._again else next(fresh, None)

    def _feed(self, executor: Executor, fresh: Iterator[_Attempt[S]]) -> bool:
        """True when nothing is left; False when the executor is broken: what it held waits in ``_again``."""
        running: dict[Future[R], _Attempt[S]] = {}
        while True:
            # What was lost goes alone: if the next one breaks too, it is known which shard did it.
            while len(running) < (1 if self._again or any(one.alone for one in running.values()) else self._ahead):
                attempt = self._next(fresh)
                if attempt is None:
                    break
                try:
                    running[executor.submit(self._work, attempt.shard)] = attempt
                except BrokenExecutor:
                    self._lost([attempt, *running.values()])
                    return False
            if not running:
                return True
            done, _ = wait(running, _LOOK_SECONDS, return_when=FIRST_COMPLETED)
            lost = [attempt for future in done if (attempt := self._settle(future, running.pop(future)))]
            if lost:
                self._lost([*lost, *running.values()])
                return False

    def _settle(self, future: Future[R], attempt: _Attempt[S]) -> _Attempt[S] | None:
        """Keep what came; the attempt if it was lost with its executor."""
        try:
            result = future.result()
        except BrokenExecutor:
            return attempt
        except CancelledError:
            raise CampaignError("the workers have gone; the same command goes on where this one stopped") from None
        except ShardError:
            raise
        except Exception as error:  # whatever it was, the others go on
            self._once_more(attempt, _place(error))
        else:
            self._results.add(result)
            self._progress(result)
        return None

    def _lost(self, attempts: list[_Attempt[S]]) -> None:
        if len(attempts) == 1:
            self._once_more(attempts[0], "its worker died")
        else:
            self._again.extend(attempt._replace(alone=True) for attempt in attempts)

    def _once_more(self, attempt: _Attempt[S], why: str) -> None:
        failed = attempt.failed + 1
        if failed <= RETRIES:
            self._again.append(_Attempt(attempt.shard, failed, alone=True))
            return
        result = self._results.failed(attempt.shard, f"{why}, {failed} times")
        self._results.add(result)
        self._progress(result)


def _place(error: Exception) -> str:
    return f"{type(error).__name__} at {place_of(error)}"
