"""What is said of a card is said behind it: by a thread of its own, in order, and when the card has nothing to do.

Whoever puts something to be said goes on at once. Explaining a command takes longer than the command, and one of both
computes at a time: so the thread lets a terminal that is talking talk, and says it all in the next pause, or after
``_LATEST`` seconds. It is never more than ``MOST`` behind: then whoever puts one more waits, and nothing is lost.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable

from dualcos.reader.observers import unfailing

MOST = 1024
_MANY = MOST // 2  # as many wait for no pause any more
_MOMENT, _LATEST = 0.002, 0.1  # seconds without anything new that are a pause; how long one is waited for

Job = Callable[[], object]
"""Says one thing. What it raises is a RuntimeWarning and nothing more (``unfailing``)."""


class WordsBehind:
    """The thread, and what it has still to say. Safe from several threads; the thread begins with the first job."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue(MOST)
        self._put = 0
        self._hurried = threading.Event()  # somebody waits for it all to be said
        self._over = threading.Event()
        self._given_up = False
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    def put(self, job: Job) -> None:
        """Have ``job`` done behind all that were put before; after ``close`` at once, by the caller."""
        if self._closed:
            unfailing(job)()
            return
        self._start()
        self._put += 1
        self._jobs.put(job)

    def settle(self) -> None:
        """Return when all that was put is said."""
        if self._thread is None:
            return
        self._hurried.set()
        try:
            self._jobs.join()
        finally:
            self._hurried.clear()

    def close(self) -> None:
        """All is said, and the thread has ended. Interrupted (Ctrl-C), what is left is not said any more."""
        if self._closed:
            return
        self._closed = True
        if self._thread is None:
            return
        self._hurried.set()
        try:
            self._jobs.put(None)
            self._over.wait()  # not join: interrupted, that takes a thread for ended that is not
        except BaseException:
            self._given_up = True
            raise

    def _start(self) -> None:
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is None:
                thread = threading.Thread(target=self._say_on, name="words", daemon=True)
                thread.start()
                self._thread = thread

    def _say_on(self) -> None:
        while not self._over.is_set():
            first = self._jobs.get()
            self._pause()
            for job in (first, *(self._jobs.get() for _ in range(self._jobs.qsize()))):
                if job is None:
                    self._over.set()
                elif not self._given_up:
                    unfailing(job)()
                self._jobs.task_done()

    def _pause(self) -> None:
        """Wait until nothing new comes."""
        latest = time.monotonic() + _LATEST
        while self._jobs.qsize() < _MANY and time.monotonic() < latest:
            put = self._put
            if self._hurried.wait(_MOMENT) or self._put == put:
                return
