"""Worker processes on this machine, one pipe each.

A worker has one task at a time and shares nothing with the others, neither pipe nor lock nor file. So whatever
moment it is killed at, its pipe ends, the one task it had is known, and nobody else notices; decision 17 says why
this is not the pool of the standard library. One thread of the driver talks to all of them: it starts a worker when
there is more to do than the others can take, and another one in place of one that died.

A worker leaves when its pipe ends, or at once when the driver is gone, however the driver ended.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Collection
from concurrent.futures import Future
from multiprocessing.connection import Connection, wait
from threading import Event, Lock, Thread

from sim.compute.executor import WorkerDiedError
from sim.compute.parcels import perform
from sim.errors import SurgesimError

_FALSE_STARTS = 10  # workers that die in a row before one of them could begin: then something is wrong
_PATIENCE_S = 5.0  # for a worker that is on its way out
_READY = b""


class _Order:
    """A task on its way: what to do, and who waits for it."""

    def __init__(self, work: bytes, task: bytes) -> None:
        self.work = work
        self.task = task
        self.future: Future[bytes] = Future()


class _Worker:
    """A process as the driver sees it."""

    def __init__(self) -> None:
        # "spawn" on every system: forking a process that has threads is not safe (decision 6).
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs,), name="surgesim-worker", daemon=True)
        self.ready = False
        self.order: _Order | None = None
        self._work: bytes | None = None  # what it was sent last
        try:
            self.process.start()
        except BaseException:
            self.pipe.close()
            raise
        finally:
            theirs.close()  # so that the pipe ends with the worker

    @property
    def free(self) -> bool:
        return self.order is None

    def give(self, order: _Order) -> None:
        """Send a task; it is read at once, since only a worker that waits for one is given one."""
        self.order = order
        new = order.work is not self._work
        self.pipe.send_bytes(order.work if new else b"")
        self._work = order.work
        self.pipe.send_bytes(order.task)

    def leave(self) -> str:
        """See the process off; how it ended, in words."""
        self.pipe.close()
        self.process.join(_PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        if code >= 0:
            return f"left with exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return f"was ended by {name}" + (" (killed, or out of memory?)" if name == "SIGKILL" else "")


class LocalExecutor:
    """Processes on this machine, started when there is something to do.

    Parameters
    ----------
    workers
        How many at most.
    """

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.window = 2 * workers  # one in hand and one waiting for each
        self._waiting: deque[_Order] = deque()
        self._staff: dict[Connection, _Worker] = {}
        self._false_starts = 0
        self._recalled: set[Future[bytes]] = set()
        self._closing = Event()
        self._bell, self._rope = multiprocessing.get_context("spawn").Pipe(duplex=False)
        self._rung = False
        self._lock = Lock()  # on the bell
        self._broken: BaseException | None = None
        self._manager = Thread(target=self._manage, name="surgesim-workers", daemon=True)
        self._manager.start()

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        """Put a task in the queue."""
        if self._closing.is_set():
            raise RuntimeError("no tasks can be given to workers that were sent home")
        order = _Order(work, task)
        self._waiting.append(order)
        self._ring()
        return order.future

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        """Forget those that wait, and end the workers that do the others; new ones take their place when needed."""
        if running := [future for future in futures if not future.cancel() and not future.done()]:
            self._recalled.update(running)
            self._ring()

    def shutdown(self) -> None:
        """End the workers, whatever they are doing."""
        self._closing.set()
        self._ring()
        self._manager.join()

    def _ring(self) -> None:
        with self._lock:
            if not self._rung and not self._rope.closed:
                self._rung = True
                self._rope.send_bytes(b"!")

    # In the thread that manages the workers.

    def _manage(self) -> None:
        _hold_back_interrupts()
        failure: BaseException | None = None
        try:
            while not self._closing.is_set():
                self._hand_out()
                self._hire()
                for end in wait([self._bell, *self._staff]):
                    self._hear(end)
                self._recall()
        except BaseException as error:
            failure = error
        finally:
            self._closing.set()
            self._dismiss(failure)

    def _hand_out(self) -> None:
        for worker in [each for each in self._staff.values() if each.ready and each.free]:
            order = self._next_order()
            if order is None:
                return
            try:
                worker.give(order)
            except OSError:  # it died while it waited: the task was never begun
                worker.order = None
                self._waiting.appendleft(order)
                self._lose(worker)

    def _next_order(self) -> _Order | None:
        while self._waiting:
            order = self._waiting.popleft()
            if order.future.running() or order.future.set_running_or_notify_cancel():
                return order
        return None

    def _hire(self) -> None:
        idle = sum(each.free for each in self._staff.values())
        for _ in range(min(len(self._waiting) - idle, self.workers - len(self._staff))):
            try:
                worker = _Worker()
            except OSError as error:
                if self._staff:  # those that are there will do
                    return
                raise SurgesimError(f"no worker process can be started: {error}") from error
            self._staff[worker.pipe] = worker

    def _hear(self, end: object) -> None:
        if end is self._bell:
            with self._lock:
                self._bell.recv_bytes()
                self._rung = False
            return
        worker = self._staff.get(end)  # type: ignore[call-overload]
        if worker is None:
            return
        try:
            answer = worker.pipe.recv_bytes()
        except (EOFError, OSError):
            self._lose(worker)
            return
        if answer == _READY:
            worker.ready, self._false_starts = True, 0
            return
        order, worker.order = worker.order, None
        self._hand_out()
        if order is not None:
            order.future.set_result(answer)

    def _lose(self, worker: _Worker) -> None:
        del self._staff[worker.pipe]
        how = worker.leave()
        if worker.order is not None:
            worker.order.future.set_exception(WorkerDiedError(f"the worker process {how}"))
        if not worker.ready:
            self._false_starts += 1
            if self._false_starts >= _FALSE_STARTS:
                raise SurgesimError(
                    f"{_FALSE_STARTS} worker processes in a row ended before they could begin (the last one {how}). "
                    "A script that starts workers needs the guard: if __name__ == '__main__': main(). "
                    "workers=1 does without"
                )

    def _recall(self) -> None:
        while self._recalled:
            future = self._recalled.pop()
            for worker in [each for each in self._staff.values() if each.order and each.order.future is future]:
                worker.process.kill()
                self._lose(worker)

    def _dismiss(self, failure: BaseException | None) -> None:
        """Send everybody home, and tell whoever waits."""
        for worker in self._staff.values():
            if worker.ready and worker.free:
                worker.pipe.close()  # it leaves by itself
            else:
                worker.process.kill()
        orders = [worker.order for worker in self._staff.values() if worker.order] + list(self._waiting)
        self._waiting.clear()
        for worker in self._staff.values():
            worker.leave()
        self._staff.clear()
        for order in orders:
            if failure is None:
                order.future.cancel()
            elif order.future.running() or order.future.set_running_or_notify_cancel():
                order.future.set_exception(failure)
        with self._lock:
            self._rope.close()
            self._bell.close()


def _hold_back_interrupts() -> None:
    """Let workers be born deaf to Ctrl-C: it is the driver's to handle, and would print a traceback of each."""
    if sys.platform != "win32":
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # first, since it lets them in again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


# In a worker process.


def _serve(orders: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_leave_with_driver, daemon=True).start()
    work = b""
    try:
        orders.send_bytes(_READY)
        while True:
            work = orders.recv_bytes() or work
            orders.send_bytes(perform(work, orders.recv_bytes()))
    except (EOFError, OSError):  # the driver needs no more, or is gone
        return


def _leave_with_driver() -> None:
    driver = multiprocessing.parent_process()
    if driver is not None:
        driver.join()
        os._exit(1)
