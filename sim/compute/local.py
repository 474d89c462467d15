"""Worker processes on this machine, one pipe each.

A worker has one task at a time and shares nothing with the others, neither pipe nor lock nor file. So whatever
moment it is killed at, its pipe ends, the one task it had is known, and nobody else notices; decision 17 says why
this is not the pool of the standard library. One thread of the driver talks to all of them: it starts a worker when
there is more to do than the others can take, and another one in place of one that died.

A worker leaves when its pipe ends, or at once when the driver is gone, however the driver ended.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import signal
import sys
from collections import deque
from collections.abc import Collection
from concurrent.futures import Future
from multiprocessing.connection import Connection, wait
from threading import Lock, Thread

from sim.compute.executor import WorkerDiedError
from sim.compute.parcels import perform
from sim.errors import SurgesimError

_FALSE_STARTS = 30  # workers in a row that were killed before they could begin: then something is wrong
_LEFT_BY_ITSELF = 10  # counts as so many: it could not be started at all, and the next one won't either
_PATIENCE_S = 5.0  # for a worker that is on its way out
_MOST_ON_WINDOWS = 60  # the system waits for no more handles at a time
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
        except BaseException:  # an interrupt too: a pipe without a process would stay open
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

    def leave(self) -> tuple[bool, str]:
        """See the process off; whether it left by itself, and how in words."""
        self.pipe.close()
        self.process.join(_PATIENCE_S)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode or 0
        self.process.close()
        if code >= 0:
            return True, f"left with exit code {code}"
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        return False, f"was ended by {name}" + (" (killed, or out of memory?)" if name == "SIGKILL" else "")


class LocalExecutor:
    """Processes on this machine, started when there is something to do.

    Parameters
    ----------
    workers
        How many at most.
    """

    def __init__(self, workers: int) -> None:
        self.workers = min(workers, _MOST_ON_WINDOWS) if sys.platform == "win32" else workers
        self.window = 2 * self.workers  # one in hand and one waiting for each
        self._waiting: deque[_Order] = deque()
        self._recalled: set[Future[bytes]] = set()
        self._closing = False
        self._lock = Lock()  # on the three above and the rope of the bell
        self._bell, self._rope = multiprocessing.get_context("spawn").Pipe(duplex=False)
        self._staff: dict[Connection, _Worker] = {}
        self._false_starts = 0
        self._manager = Thread(target=self._manage, name="surgesim-workers", daemon=True)
        self._manager.start()
        atexit.register(self.shutdown)  # before multiprocessing ends what the thread still looks after

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        """Put a task in the queue."""
        order = _Order(work, task)
        with self._lock:
            if self._closing:
                raise SurgesimError("no tasks can be given to workers that were sent home")
            self._waiting.append(order)
            self._ring()
        return order.future

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        """Forget those that wait, and end the workers that do the others; new ones take their place when needed."""
        running = [future for future in futures if not future.cancel() and not future.done()]
        with self._lock:
            if running and not self._closing:
                self._recalled.update(running)
                self._ring()

    def check(self) -> None:
        """Workers that die are heard, and so is the end of the thread that manages them."""

    def shutdown(self) -> None:
        """End the workers, whatever they are doing."""
        atexit.unregister(self.shutdown)
        with self._lock:
            if not self._closing:
                self._closing = True
                self._ring()
        self._manager.join()

    def _ring(self) -> None:
        self._rope.send_bytes(b"!")

    # In the thread that manages the workers.

    def _manage(self) -> None:
        failure: BaseException | None = None
        try:
            _hold_back_interrupts()
            while not self._closing:
                self._recall()
                self._hand_out()
                self._hire()
                for end in wait([self._bell, *self._staff]):
                    self._hear(end)
        except BaseException as error:
            failure = error
        finally:
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
                self._lose(worker)
                self._waiting.appendleft(order)

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
            self._bell.recv_bytes()
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
        by_itself, how = worker.leave()
        if worker.order is not None:
            worker.order.future.set_exception(WorkerDiedError(f"the worker process {how}"))
        if not worker.ready:
            self._false_starts += _LEFT_BY_ITSELF if by_itself else 1
            if self._false_starts >= _FALSE_STARTS:
                raise SurgesimError(
                    f"worker processes end again and again before they can begin (the last one {how}). "
                    "A script that starts workers needs the guard: if __name__ == '__main__': main(). "
                    "compute='serial' does without"
                )

    def _recall(self) -> None:
        with self._lock:
            recalled, self._recalled = self._recalled, set()
            for order in [each for each in self._waiting if each.future in recalled]:
                self._waiting.remove(order)  # a worker died before it could take it
        for worker in [each for each in self._staff.values() if each.order and each.order.future in recalled]:
            worker.process.kill()
            self._lose(worker)

    def _dismiss(self, failure: BaseException | None) -> None:
        """Send everybody home (they hold nothing that could be lost), and tell whoever waits."""
        with self._lock:
            self._closing = True
            orders = [worker.order for worker in self._staff.values() if worker.order] + list(self._waiting)
            self._waiting.clear()
            self._rope.close()
            self._bell.close()
        for worker in self._staff.values():
            worker.process.kill()
        for worker in self._staff.values():
            worker.leave()
        self._staff.clear()
        for order in orders:
            if failure is None and order.future.cancel():
                continue
            if order.future.running() or order.future.set_running_or_notify_cancel():
                order.future.set_exception(failure or SurgesimError("the workers were sent home"))


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
