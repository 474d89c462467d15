"""Workers of a Dask cluster: one that is running, by its scheduler's address, or one on this machine.

The cluster on this machine listens on the loopback address only. A cluster that is running is taken as it is;
every worker must have the same versions as the driver, or results would differ in their last bits.
"""

from __future__ import annotations

import logging
import platform
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib import metadata
from time import monotonic
from typing import TYPE_CHECKING, Any

from sim.compute.executor import WorkerDiedError
from sim.compute.parcels import perform
from sim.errors import InputError, Problem, SurgesimError
from sim.version import code_key

if TYPE_CHECKING:
    from distributed import Client

_HEADING = "the computation can't be run"
_CONNECT_S = 5.0
_WORKERS_S = 30.0  # workers of a cluster that has just been started are given time to come
_COUNT_AGAIN_S = 5.0
_MATTER = ("surgesim", "numpy", "scipy", "pandas", "simpy", "pydantic")  # results hang on their versions


class DaskExecutor:
    """A Dask cluster behind the executor's shape.

    Parameters
    ----------
    workers
        Processes of a cluster on this machine.
    scheduler
        Address of a cluster that is running; None: start one here.

    Raises
    ------
    InputError
        If Dask is not installed, nobody answers at the address, there is no worker, or versions differ.
    """

    def __init__(self, workers: int, scheduler: str | None) -> None:
        try:
            import distributed  # noqa: F401
        except ImportError as error:
            remedy = f"needs Dask ({error}): pip install 'surgesim[dask]'"
            raise InputError([Problem("compute", "dask", remedy)], _HEADING) from error
        self._quiet = _quiet()
        self._quiet.__enter__()
        self._cluster: Any = None
        self._client: Client | None = None
        self._versions = versions()
        try:
            self._connect(workers, scheduler)
            self._check_workers(scheduler)
            self._executor = self._ours.get_executor(pure=False)
        except BaseException:
            self.shutdown()
            raise
        self._counted = (monotonic(), self._count())

    @property
    def workers(self) -> int:
        """Threads of all workers that are there now."""
        if monotonic() - self._counted[0] > _COUNT_AGAIN_S:
            self._counted = (monotonic(), self._count())
        return self._counted[1]

    @property
    def window(self) -> int:
        """One task for each worker and a few in the queue, so that a death puts few under suspicion."""
        return self.workers + max(1, self.workers // 2)

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        """Give the task to the scheduler, with the work: a worker may be new, or have lost what it was sent."""
        theirs = self._executor.submit(_perform, self._versions, work, task)
        ours: Future[bytes] = Future()
        ours.set_running_or_notify_cancel()
        ours.theirs = theirs  # type: ignore[attr-defined]  # so that both live as long
        theirs.add_done_callback(lambda done: self._pass_on(done, ours))
        return ours

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        """Take back those that wait; what runs on a worker runs to its end, and nobody listens."""
        for future in futures:
            future.theirs.cancel()  # type: ignore[attr-defined]

    def shutdown(self) -> None:
        """Leave the cluster; one of our own is ended."""
        client, self._client = self._client, None
        cluster, self._cluster = self._cluster, None
        try:
            if client is not None:
                client.close(timeout=_CONNECT_S)
            if cluster is not None:
                cluster.close(timeout=_CONNECT_S)
        finally:
            self._quiet.__exit__(None, None, None)

    @property
    def _ours(self) -> Client:
        if self._client is None:
            raise RuntimeError("no tasks can be given to a cluster that was left")
        return self._client

    def _connect(self, workers: int, scheduler: str | None) -> None:
        from distributed import Client, LocalCluster

        if scheduler is None:
            self._cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
                scheduler_kwargs={"allowed_failures": 0},  # the door tries again, and counts
            )
        try:
            self._client = Client(self._cluster or scheduler, timeout=_CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            remedy = f"no Dask scheduler answers there ({error}); start one: dask scheduler"
            raise InputError([Problem("scheduler", str(scheduler), remedy)], _HEADING) from error

    def _check_workers(self, scheduler: str | None) -> None:
        from distributed import TimeoutError as NobodyThereError

        place = scheduler or "a cluster on this machine"
        try:
            self._ours.wait_for_workers(1, timeout=_WORKERS_S)
        except NobodyThereError:
            remedy = f"has no workers; start some: dask worker {scheduler} --nworkers 2 --nthreads 1"
            raise InputError([Problem("scheduler", place, remedy)], _HEADING) from None
        answers = self._ours.run(versions, on_error="return")
        differing = [
            told for worker, answer in answers.items() if (told := _difference(self._versions, worker, answer))
        ]
        if differing:
            raise InputError([Problem("scheduler", place, each) for each in differing], _HEADING)

    def _count(self) -> int:
        return max(1, sum(self._ours.nthreads().values()))

    def _pass_on(self, done: Future[bytes], ours: Future[bytes]) -> None:
        from distributed.scheduler import KilledWorker

        if done.cancelled():
            ours.set_exception(SurgesimError("the Dask scheduler was lost while tasks were under way"))
            return
        error = done.exception()
        if error is None:
            ours.set_result(done.result())
        elif isinstance(error, KilledWorker):
            text = f"the Dask worker {error.last_worker.address} died (killed, or out of memory?)"
            ours.set_exception(WorkerDiedError(text, error.allowed_failures + 1))
        else:
            ours.set_exception(error)


def versions() -> dict[str, str]:
    """What results hang on, as installed here."""
    found = {"python": platform.python_version(), "surgesim": code_key()}
    for name in _MATTER[1:]:
        found[name] = metadata.version(name)
    return found


def _difference(ours: dict[str, str], worker: str, theirs: dict[str, str] | BaseException) -> str | None:
    if isinstance(theirs, BaseException):
        return f"worker {worker} can't run surgesim ({type(theirs).__name__}: {theirs}); install the same version there"
    differing = [f"{name} {theirs.get(name)} (here {mine})" for name, mine in ours.items() if theirs.get(name) != mine]
    return f"worker {worker} has {', '.join(differing)}; install the same versions there" if differing else None


def _perform(expected: dict[str, str], work: bytes, task: bytes) -> bytes:
    """On a worker, which may have come after the others were checked."""
    wrong = _difference(expected, platform.node(), versions())
    if wrong:
        raise SurgesimError(wrong)
    return perform(work, task)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells on the log what we tell in words."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
