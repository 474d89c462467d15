"""Workers of a Dask cluster: one that is running, by its scheduler's address, or one on this machine.

The cluster on this machine listens on the loopback address only. A cluster that is running is taken as it is;
every worker must have the same versions as the driver, or results would differ in their last bits.
"""

from __future__ import annotations

import atexit
import logging
import platform
import warnings
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, partial
from importlib import import_module, metadata
from threading import Lock, Thread
from time import monotonic
from typing import Any

from sim.compute.executor import WorkerDiedError
from sim.compute.parcels import perform
from sim.errors import InputError, Problem, SurgesimError
from sim.version import package_key

_HEADING = "the computation can't be run"
_CONNECT_S = 5.0
_WORKERS_S = 30.0  # workers of a cluster that has just been started are given time to come
_ALONE_S = 60.0  # without any worker: nobody starts them again
_COUNT_AGAIN_S = 5.0
_LIBRARIES = ("numpy", "scipy", "pandas", "simpy", "pydantic")  # results hang on their versions
_ONE_AT_A_TIME = Lock()  # in a worker: threads of one process would only take turns, and share what is not meant to be


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
            self._dask: Any = import_module("distributed")  # as Any: it has hardly any types
        except ImportError as error:
            remedy = f"needs Dask ({error}): pip install 'surgesim[dask]'"
            raise InputError([Problem("compute", "dask", remedy)], _HEADING) from error
        self._place = scheduler or "a cluster on this machine"
        self._versions = versions()
        self._theirs: dict[Future[bytes], Any] = {}
        self._to_close, self._quiet = ExitStack(), ExitStack()
        self._quiet.enter_context(_quiet())
        atexit.register(self.shutdown)  # who forgets to close it would wait for Dask at the end of the program
        self._to_close.callback(atexit.unregister, self.shutdown)
        try:
            self._client = self._join(scheduler or self._start(workers))
            self._to_close.callback(self._leave, self._client)
            self._check_workers()
        except Exception:  # whatever it was: what has begun is ended before it is told
            self.shutdown()
            raise
        except BaseException:  # an interrupt: what Dask has to say to it, at exit too, stays unsaid
            self._to_close.close()
            raise
        self._count = self._ask_count()
        self._asked = self._last_seen = monotonic()

    @property
    def workers(self) -> int:
        """Worker processes that are there now; each does one task at a time, however many threads it has."""
        if monotonic() - self._asked > _COUNT_AGAIN_S:
            self._count, self._asked = self._ask_count(), monotonic()
            if self._count:
                self._last_seen = self._asked
        return max(1, self._count)

    @property
    def window(self) -> int:
        """One task for each worker and a few in the queue, so that a death puts few under suspicion."""
        return self.workers + max(1, self.workers // 2)

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        """Give the task to the scheduler, with the work: a worker may be new, or have lost what it was sent."""
        ours: Future[bytes] = Future()
        ours.set_running_or_notify_cancel()
        try:
            theirs = self._client.submit(_perform, self._versions, work, task, pure=False)
        except Exception as error:
            raise self._lost(error) from error
        self._theirs[ours] = theirs
        theirs.add_done_callback(partial(self._pass_on, ours))
        return ours

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        """Take back those that wait; what runs on a worker runs to its end, and nobody listens."""
        known = [self._theirs.pop(future, None) for future in futures]  # a thread of Dask's may be taking one out
        if theirs := [each for each in known if each is not None]:
            with suppress(Exception):  # of a scheduler that is gone
                self._client.cancel(theirs)

    def check(self) -> None:
        """Workers that died may come back, for a while."""
        if self._client.status not in {"running", "connecting"}:
            raise self._lost("it ended, or can't be reached any more")
        if self.workers and monotonic() - self._last_seen > _ALONE_S:
            raise self._lost(f"there has been no worker for {_ALONE_S:.0f} s")

    def shutdown(self) -> None:
        """Leave the cluster; one of our own is ended."""
        while self._theirs:
            ours, _ = self._theirs.popitem()
            ours.set_exception(SurgesimError("the workers were sent home while tasks were under way"))
        self._to_close.close()
        self._quiet.close()

    def _start(self, workers: int) -> Any:
        kind = self._dask.LocalCluster
        cluster = kind.__new__(kind)  # so that one whose start is interrupted is ended too
        self._to_close.callback(self._end, cluster)
        cluster.__init__(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address="127.0.0.1:0",
            worker_dashboard_address="127.0.0.1:0",
            memory_limit=0,  # Dask would kill workers for what processes of compute=local may use
            silence_logs=logging.CRITICAL,
            scheduler_kwargs={"allowed_failures": 0},  # the door tries again, and counts
        )
        return cluster

    def _join(self, where: Any) -> Any:
        try:
            self._see_address(where)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of versions: what matters of them is told below
                client = partial(self._dask.Client, where, timeout=_CONNECT_S, set_as_default=False)
                return _within(2 * _CONNECT_S, client)
        except TimeoutError as error:
            remedy = "somebody answers there, but does not speak as a Dask scheduler does"
            raise InputError([Problem("scheduler", self._place, remedy)], _HEADING) from error
        except Exception as error:  # whatever Dask, the network or the way the address is written brings up
            remedy = f"no Dask scheduler answers there ({str(error).rstrip('.')}); start one: dask scheduler"
            raise InputError([Problem("scheduler", self._place, remedy)], _HEADING) from error

    def _see_address(self, where: Any) -> None:
        """Refuse first what would leave a client behind that is neither open nor closed."""
        if not isinstance(where, str):
            return
        protocol, _ = self._dask.comm.parse_address(self._dask.comm.resolve_address(where))
        if protocol == "tls" and not self._dask.Security().get_connection_args("client").get("ssl_context"):
            raise ValueError("tls needs certificates in Dask's configuration, distributed.comm.tls")

    def _leave(self, whom: Any) -> None:
        with suppress(Exception):  # it may have gone before us
            whom.close(timeout=_CONNECT_S)

    def _end(self, cluster: Any) -> None:
        try:
            self._leave(cluster)
        finally:  # at its exit Dask would try again, and tell of its trouble; processes end with this one in any case
            getattr(type(cluster), "_instances", set()).discard(cluster)

    def _check_workers(self) -> None:
        try:
            self._client.wait_for_workers(1, timeout=_WORKERS_S)
            answers = _within(_WORKERS_S, partial(self._client.run, versions, on_error="return"))
        except TimeoutError:
            remedy = f"has no workers that answer; start some: dask worker {self._place} --nworkers 2 --nthreads 1"
            raise InputError([Problem("scheduler", self._place, remedy)], _HEADING) from None
        told = [_difference(self._versions, worker, answer) for worker, answer in answers.items()]
        if problems := [Problem("scheduler", self._place, each) for each in told if each is not None]:
            raise InputError(problems, _HEADING)

    def _ask_count(self) -> int:
        try:
            return len(self._client.sync(self._client.scheduler.ncores, callback_timeout=_CONNECT_S))
        except Exception:  # if it is gone for good, the client finds out, and `check` tells
            return 0

    def _lost(self, why: object) -> SurgesimError:
        return SurgesimError(f"the Dask scheduler or its workers were lost while tasks were under way: {why}")

    def _pass_on(self, ours: Future[bytes], theirs: Any) -> None:
        """In a thread of Dask's: whatever happens, our future must hear of it."""
        if self._theirs.pop(ours, None) is None:
            return  # withdrawn
        try:
            ours.set_result(theirs.result())
        except BaseException as error:
            ours.set_exception(self._in_our_words(error))

    def _in_our_words(self, error: BaseException) -> Exception:
        from distributed.scheduler import KilledWorker

        if isinstance(error, KilledWorker):
            text = f"the Dask worker {error.last_worker.address} died (killed, or out of memory?)"
            return WorkerDiedError(text, error.allowed_failures + 1)
        if isinstance(error, SurgesimError):
            return error
        return self._lost(f"{type(error).__name__}: {error}")


def _within(seconds: float, ask: Callable[[], Any]) -> Any:
    """An answer, or TimeoutError: Dask waits for ever on whoever takes a connection and then says nothing."""
    answer: Future[Any] = Future()

    def wait_for_it() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    Thread(target=wait_for_it, daemon=True).start()
    return answer.result(seconds)


@cache
def versions() -> dict[str, str]:
    """What results hang on, as installed here."""
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python, "surgesim": package_key(), **{name: metadata.version(name) for name in _LIBRARIES}}


def _difference(ours: dict[str, str], worker: str, theirs: dict[str, str] | BaseException) -> str | None:
    if isinstance(theirs, BaseException):
        return f"worker {worker} can't run surgesim ({type(theirs).__name__}: {theirs}); install the same version there"
    differing = [f"{name} {theirs.get(name)} (here {mine})" for name, mine in ours.items() if theirs.get(name) != mine]
    return f"worker {worker} has {', '.join(differing)}; install the same versions there" if differing else None


def _perform(expected: dict[str, str], work: bytes, task: bytes) -> bytes:
    """On a worker, which may have come after the others were checked."""
    if wrong := _difference(expected, platform.node(), versions()):
        raise SurgesimError(wrong)
    with _ONE_AT_A_TIME:
        return perform(work, task)


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask tells on the log what we tell in words."""
    rooms = ("distributed", "tornado", "asyncio")
    names = [name for name in logging.root.manager.loggerDict if name.split(".")[0] in rooms]
    loggers = [logging.getLogger(name) for name in {*rooms, *names}]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
