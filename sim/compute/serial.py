"""Tasks one after the other in this process, for debugging."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from typing import Final

from sim.compute.parcels import perform


class SerialExecutor:
    """Does a task while it is submitted; an interrupt goes through at once."""

    workers: Final = 1
    window: Final = 1

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        """Do the task now."""
        future: Future[bytes] = Future()
        future.set_result(perform(work, task))
        return future

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        """Nothing runs between two calls."""

    def check(self) -> None:
        """What is submitted is done at once."""

    def shutdown(self) -> None:
        """There is nothing to end."""
