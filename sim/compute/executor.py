"""What the door asks of an executor: the part of ``concurrent.futures.Executor`` that it uses, on bytes."""

from __future__ import annotations

from collections.abc import Collection
from concurrent.futures import Future
from typing import Protocol


class WorkerDiedError(Exception):
    """The worker process was gone before it answered: nobody knows what became of the task.

    Attributes
    ----------
    deaths
        How many workers the task has seen die this time (some executors try again by themselves).
    """

    def __init__(self, text: str, deaths: int = 1) -> None:
        super().__init__(text, deaths)
        self.text = text
        self.deaths = deaths

    def __str__(self) -> str:
        return self.text


class Executor(Protocol):
    """Something that does tasks."""

    @property
    def workers(self) -> int:
        """Tasks that it can do at the same time, now."""

    @property
    def window(self) -> int:
        """Tasks that it should be given at the same time to keep its workers busy, now."""

    def submit(self, work: bytes, task: bytes) -> Future[bytes]:
        """Do :func:`sim.compute.parcels.perform`, at some time; fails with WorkerDiedError."""

    def withdraw(self, futures: Collection[Future[bytes]]) -> None:
        """Nobody waits for these any more; stop those that run, where that is possible."""

    def check(self) -> None:
        """Asked now and then while nothing happens; SurgesimError if nobody will ever answer."""

    def shutdown(self) -> None:
        """End the workers, whatever they are doing; may be called twice."""
