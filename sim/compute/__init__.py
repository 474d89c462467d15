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
from types import TracebackType
from typing import Literal, Self, TypeVar, get_args

from sim.compute.executor import Executor, WorkerDiedError
from sim.compute.parcels import packed
from sim.compute.stream import TRIES, Failure, Stream
from sim.errors import InputError, Problem, nearest

T = TypeVar("T")
R = TypeVar("R")
Kind = Literal["local", "serial", "dask"]
HEADING = "the computation can't be run"


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
            If the workers as a whole are lost: a scheduler that is gone, processes that can't be started.
        """
        return Stream(self._executor, packed(work), iter(tasks)).results()

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
    kinds = get_args(Kind)
    problems = []
    if kind not in kinds:
        problems.append(Problem("compute", repr(kind), f"must be one of {', '.join(kinds)}{nearest(str(kind), kinds)}"))
    if scheduler is not None and kind != "dask":
        problems.append(Problem("scheduler", repr(scheduler), "is used with compute=dask only"))
    if workers is not None and (not isinstance(workers, int) or isinstance(workers, bool) or workers < 1):
        problems.append(Problem("workers", repr(workers), "must be a whole number >= 1"))
    if problems:
        raise InputError(problems, HEADING)
    if kind == "serial":
        from sim.compute.serial import SerialExecutor

        return SerialExecutor()
    if kind == "local":
        from sim.compute.local import LocalExecutor

        return LocalExecutor(workers or cores())
    from sim.compute.dask import DaskExecutor

    return DaskExecutor(workers or cores(), scheduler)


__all__ = ["TRIES", "Engine", "Failure", "Kind", "WorkerDiedError", "cores"]
