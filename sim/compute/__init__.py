"""The one door to processors: this process, processes on this machine, or a Dask cluster.

A task is done by calling `work` on it, somewhere. Results come as they are ready, in any order; they are the same
bytes wherever they were made. Tasks are drawn only as workers become free, so a million of them need no memory.

A task that fails is tried again, three times in all; what fails then is handed back as a :class:`Failure`, and the
rest goes on. Where a worker dies nobody can be sure of the reason: the machine may be short of memory, and a
Dask scheduler blames every task that waited with the worker. So the last try is made alone, with nothing else running.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from dataclasses import dataclass
from itertools import islice
from types import TracebackType
from typing import Any, Generic, Literal, Self, TypeVar, get_args

from sim.compute.executor import Executor, WorkerDiedError
from sim.compute.parcels import Raised, opened, packed
from sim.errors import InputError, Problem, SurgesimError

T = TypeVar("T")
R = TypeVar("R")
Kind = Literal["local", "serial", "dask"]
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
    cause: Exception | None = None


def cores() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


class Engine:
    """Workers, for as many calls of :meth:`stream` as you like; a context manager that ends them.

    Parameters
    ----------
    kind
        `local` (processes on this machine), `serial` (in this process), or `dask`.
    workers
        Processes; None: as many as there are cores. Not used by `serial`, nor with a scheduler's address.
    scheduler
        Address of a Dask scheduler (`tcp://host:8786`); None: a cluster on this machine. Only for `dask`.

    Raises
    ------
    InputError
        If the kind is unknown, or Dask is not installed, not reachable or not of the same version.
    """

    def __init__(self, kind: Kind = "local", *, workers: int | None = None, scheduler: str | None = None) -> None:
        self.kind = kind
        self._executor = _executor(kind, workers, scheduler)

    @property
    def workers(self) -> int:
        """Tasks that can be done at the same time, now."""
        return self._executor.workers

    def stream(self, work: Callable[[T], R], tasks: Iterable[T]) -> Iterator[tuple[T, R | Failure[T]]]:
        """Do tasks; results as they are ready, in any order.

        Parameters
        ----------
        work
            Picklable: a function of a module, or an object of a module's class with ``__call__``. Sent to each
            local worker once.
        tasks
            Picklable and small; drawn when there is somebody to do them.

        Yields
        ------
        Task and result, or task and :class:`Failure`.

        Raises
        ------
        SurgesimError
            If the workers as a whole are lost (a scheduler that is gone).
        """
        return _Stream(self._executor, packed(work), iter(tasks)).results()

    def close(self) -> None:
        """End the workers, whatever they are doing."""
        self._executor.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _executor(kind: str, workers: int | None, scheduler: str | None) -> Executor:
    problems = []
    if kind not in get_args(Kind):
        problems.append(Problem("compute", repr(kind), f"must be one of {', '.join(get_args(Kind))}"))
    if scheduler is not None and kind != "dask":
        problems.append(Problem("scheduler", repr(scheduler), "is used with compute=dask only"))
    if workers is not None and workers < 1:
        problems.append(Problem("workers", repr(workers), "must be a whole number >= 1"))
    if problems:
        raise InputError(problems, "the computation can't be run")
    if kind == "serial":
        from sim.compute.serial import SerialExecutor

        return SerialExecutor()
    if kind == "local":
        from sim.compute.local import LocalExecutor

        return LocalExecutor(workers or cores())
    from sim.compute.dask import DaskExecutor

    return DaskExecutor(workers or cores(), scheduler)


@dataclass(slots=True)
class _Job(Generic[T]):
    task: T
    attempts: int = 0
    alone: bool = False


class _Stream(Generic[T]):
    """One call of :meth:`Engine.stream`."""

    def __init__(self, executor: Executor, work: bytes, tasks: Iterator[T]) -> None:
        self._executor = executor
        self._work = work
        self._tasks = tasks
        self._flying: dict[Future[bytes], _Job[T]] = {}
        self._suspects: list[_Job[T]] = []  # to be tried alone, later
        self._alone = False  # from now on, until all suspects have been

    def results(self) -> Iterator[tuple[T, Any]]:
        try:
            while self._launch():
                done, _ = wait(self._flying, timeout=_LOOK_UP_S, return_when=FIRST_COMPLETED)
                for future in done:
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
        self._flying[self._executor.submit(self._work, packed(job.task))] = job

    def _outcome(self, future: Future[bytes], job: _Job[T]) -> tuple[Any] | None:
        """What came of a job, in a tuple of its own; None if it is tried again."""
        try:
            result = opened(future.result())
        except WorkerDiedError as death:
            return self._after_death(job, death)
        except CancelledError:
            raise SurgesimError("the workers were lost while tasks were under way") from None
        if not isinstance(result, Raised):
            return (result,)
        job.attempts += 1
        if job.attempts >= TRIES:
            return (Failure(job.task, result.text, job.attempts, result.cause),)
        self._submit(job)
        return None

    def _after_death(self, job: _Job[T], death: WorkerDiedError) -> tuple[Any] | None:
        job.attempts += death.deaths
        if job.alone and job.attempts >= TRIES:
            return (Failure(job.task, str(death), job.attempts, death),)
        if job.attempts < TRIES - 1:
            self._submit(job)
        else:
            self._suspects.append(job)
            self._alone = self._alone or len(self._suspects) >= self._executor.window
        return None


__all__ = ["TRIES", "Engine", "Failure", "Kind", "WorkerDiedError", "cores"]
