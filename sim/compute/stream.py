"""Many tasks through an executor: drawn as workers become free, tried again when they fail, told when they are done."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from itertools import islice
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from sim.compute.executor import Executor, WorkerDiedError
from sim.compute.parcels import Raised, opened, packed
from sim.errors import SurgesimError

T = TypeVar("T")
TRIES = 3
_LOOK_UP_S = 1.0  # on Windows an interrupt is noticed only between two waits


@dataclass(frozen=True, slots=True)
class Failure(Generic[T]):
    """A task that failed as often as it was tried.

    Attributes
    ----------
    task
        The task.
    error
        Traceback of the last try, or how the worker died in words.
    attempts
        How often it was tried.
    cause
        The exception of the last try, WorkerDiedError where the worker died; None where it could not travel.
    """

    task: T
    error: str
    attempts: int
    cause: BaseException | None = None


@dataclass(slots=True)
class _Job(Generic[T]):
    task: T
    attempts: int = 0
    alone: bool = False


class Stream(Generic[T]):
    """One call of :meth:`sim.compute.Engine.stream`.

    Parameters
    ----------
    executor
        Who does the tasks.
    work
        What is done with each of them, packed.
    tasks
        Drawn only when there is somebody to do them.
    """

    def __init__(self, executor: Executor, work: bytes, tasks: Iterator[T]) -> None:
        self._executor = executor
        self._work = work
        self._tasks = tasks
        self._flying: dict[Future[bytes], _Job[T]] = {}
        self._landed: SimpleQueue[Future[bytes]] = SimpleQueue()
        self._suspects: list[_Job[T]] = []  # to be tried alone, later
        self._alone = False  # from now on, until all suspects have been

    def results(self) -> Iterator[tuple[T, Any]]:
        """Task and outcome, or task and :class:`Failure`; whoever stops listening withdraws the rest."""
        try:
            while self._launch():
                future = self._next()
                job = self._flying.pop(future)
                outcome = self._outcome(future, job)
                if outcome is not None:
                    yield job.task, outcome[0]
        finally:
            self._executor.withdraw(list(self._flying))

    def _launch(self) -> bool:
        """Keep the workers busy; whether anything is under way."""
        if not self._flying and not self._suspects:
            self._alone = False
        if not self._alone:
            room = max(0, self._executor.window - len(self._flying))
            for task in islice(self._tasks, room):
                self._submit(_Job(task))
        if not self._flying and self._suspects:  # they were waited for, or there are no more tasks
            self._alone = True
            suspect = self._suspects.pop(0)
            suspect.alone = True
            self._submit(suspect)
        return bool(self._flying)

    def _submit(self, job: _Job[T]) -> None:
        future = self._executor.submit(self._work, packed(job.task))
        self._flying[future] = job
        future.add_done_callback(self._landed.put)

    def _next(self) -> Future[bytes]:
        while True:
            try:
                return self._landed.get(timeout=_LOOK_UP_S)
            except Empty:
                self._executor.check()

    def _outcome(self, future: Future[bytes], job: _Job[T]) -> tuple[Any] | None:
        """What came of a job, in a tuple of its own; None if it is tried again."""
        try:
            result = opened(future.result())
        except WorkerDiedError as death:
            return self._after_death(job, death)
        except CancelledError:
            raise SurgesimError("the workers were sent home while tasks were under way") from None
        if not isinstance(result, Raised):
            return (result,)
        job.attempts += 1
        if job.attempts >= TRIES:
            return (Failure(job.task, result.text, job.attempts, result.cause),)
        self._submit(job)
        return None

    def _after_death(self, job: _Job[T], death: WorkerDiedError) -> tuple[Any] | None:
        job.attempts += death.deaths
        if job.alone:
            return (Failure(job.task, str(death), job.attempts, death),)
        if job.attempts < TRIES - 1:
            self._submit(job)
        else:
            self._suspects.append(job)
            self._alone = self._alone or len(self._suspects) >= self._executor.window
        return None
