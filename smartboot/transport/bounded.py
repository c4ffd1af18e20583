"""Blocking calls with a limit on the waiting: one helper thread that can be given up.

A PC/SC call ends when the service answers, and the service waits for the card. Nothing in the
PC/SC interface puts a limit on that, so the calls are made by a daemon thread of our own, and the
caller waits for the thread only so long. A thread given up in this way stays in its call, cleans
up behind itself when the call returns after all, and never keeps the process from ending.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

__all__ = ["OverdueError", "Worker"]

_T = TypeVar("_T")


_SLICE_S = 0.25


class OverdueError(Exception):
    """A call did not return in time; those who use a ``Worker`` turn it into their own error."""


def _work(
    requests: SimpleQueue[Callable[[], Any] | None],
    replies: SimpleQueue[tuple[Any, BaseException | None]],
    cleanup: Callable[[], None],
) -> None:
    # A function and not a method: a thread that refers to its Worker would keep it alive, and a
    # Worker nobody closed could then never be collected.
    try:
        while (job := requests.get()) is not None:
            try:
                reply: tuple[Any, BaseException | None] = (job(), None)
            except BaseException as error:  # handed over to the caller, who raises it
                reply = (None, error)
            replies.put(reply)
            # Neither the last result nor its traceback is kept while waiting for the next job.
            del reply, job
    finally:
        cleanup()


class Worker:
    """Does one call at a time in its own daemon thread; calls come from one thread at a time.

    ``cleanup`` runs in that thread as its last act: after ``stop``, after an abandoned call has
    returned at last, or when the Worker is garbage-collected unstopped. It must not raise.
    """

    def __init__(self, name: str, cleanup: Callable[[], None]) -> None:
        self._requests: SimpleQueue[Callable[[], Any] | None] = SimpleQueue()
        self._replies: SimpleQueue[tuple[Any, BaseException | None]] = SimpleQueue()
        self._thread = threading.Thread(
            target=_work, args=(self._requests, self._replies, cleanup), name=name, daemon=True
        )
        self._ended = False
        self._thread.start()
        # At interpreter exit there is nothing to do: the service cleans up after a dead process.
        self._finalizer = weakref.finalize(self, self._requests.put, None)
        self._finalizer.atexit = False

    @property
    def ended(self) -> bool:
        """Whether the worker was stopped or given up; it takes no further calls."""
        return self._ended

    def call(self, job: Callable[[], _T], timeout_s: float) -> _T:
        """Return what ``job`` returns, raise what it raises.

        Errors: OverdueError after ``timeout_s`` seconds; the worker is then given up. It is given
        up as well when the wait is interrupted (Ctrl-C), because the answer still to come would
        otherwise be taken for that of the next call.
        """
        if self._ended:
            raise OverdueError("an earlier call has not returned")
        self._requests.put(job)
        try:
            result, error = self._wait(timeout_s)
        except Empty:
            self._give_up()
            raise OverdueError(f"no answer within {timeout_s:g} s") from None
        except BaseException:
            self._give_up()
            raise
        if error is not None:
            try:
                raise error
            finally:
                del error  # breaks the cycle of traceback and frame
        value: _T = result
        return value

    def _wait(self, timeout_s: float) -> tuple[Any, BaseException | None]:
        # In slices: a Ctrl-C that comes just before the wait begins does not end it, and is only
        # seen when Python code runs again.
        end = time.monotonic() + timeout_s
        while True:
            left = end - time.monotonic()
            try:
                return self._replies.get(timeout=max(0.0, min(left, _SLICE_S)))
            except Empty:
                if left <= _SLICE_S:
                    raise

    def stop(self, timeout_s: float) -> bool:
        """End the thread, wait for its cleanup at most ``timeout_s``; return whether it ended."""
        if not self._ended:
            self._give_up()
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _give_up(self) -> None:
        self._ended = True
        self._finalizer()
