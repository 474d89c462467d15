"""Queues of waiting orders and contacts. Who has left in the meantime is skipped when its turn comes.

A queue never scans what waits: adding and taking cost the same however long it is (a heap's logarithm apart).
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Queue(Protocol):
    """What a station asks of a queue."""

    def push(self, job: int) -> None:
        """Add a job."""

    def pop(self) -> int:
        """Take the job whose turn it is; -1 when none waits."""


class Fifo:
    """First come, first served.

    Parameters
    ----------
    state
        State of each job; one that is no longer `waiting` has left.
    waiting
        The state of a job that waits here.
    """

    __slots__ = ("_jobs", "_state", "_waiting", "push")

    def __init__(self, state: bytearray, waiting: int) -> None:
        self._jobs: deque[int] = deque()
        self._state = state
        self._waiting = waiting
        self.push = self._jobs.append

    def pop(self) -> int:
        """Take the job that has waited longest; -1 when none waits."""
        jobs, state, waiting = self._jobs, self._state, self._waiting
        while jobs:
            job = jobs.popleft()
            if state[job] == waiting:
                return job
        return -1

    def first(self) -> int:
        """The job that has waited longest, which stays; -1 when none waits."""
        jobs = self._jobs
        while jobs and self._state[jobs[0]] != self._waiting:
            jobs.popleft()
        return jobs[0] if jobs else -1


class Ranked:
    """Smallest static rank first.

    Parameters
    ----------
    rank
        Rank of each job, unique; its inverse permutation is `job_at`.
    """

    __slots__ = ("_heap", "_job_at", "_rank", "_state", "_waiting")

    def __init__(self, state: bytearray, waiting: int, rank: Sequence[int], job_at: Sequence[int]) -> None:
        self._heap: list[int] = []
        self._state = state
        self._waiting = waiting
        self._rank = rank
        self._job_at = job_at

    def push(self, job: int) -> None:
        """Add a job."""
        heappush(self._heap, self._rank[job])

    def pop(self) -> int:
        """Take the job of the smallest rank; -1 when none waits."""
        heap = self._heap
        while heap:
            job = self._job_at[heappop(heap)]
            if self._state[job] == self._waiting:
                return job
        return -1

    def rerank(self, rank: Sequence[int], job_at: Sequence[int]) -> None:
        """Jobs have other ranks from now on, those that wait too."""
        self._heap[:] = [rank[self._job_at[old]] for old in self._heap]
        heapify(self._heap)
        self._rank, self._job_at = rank, job_at


class Channels:
    """Several queues, the first non-empty one served; first come, first served within each.

    Parameters
    ----------
    channel
        Channel of each job, growing with the jobs.
    count
        Number of channels, highest priority first.
    """

    __slots__ = ("_channel", "_queues")

    def __init__(self, state: bytearray, waiting: int, channel: Sequence[int], count: int) -> None:
        self._channel = channel
        self._queues = [Fifo(state, waiting) for _ in range(count)]

    def push(self, job: int) -> None:
        """Add a job to its channel's queue."""
        self._queues[self._channel[job]].push(job)

    def firsts(self) -> list[int]:
        """The job that has waited longest in each queue in which somebody waits."""
        return [job for job in (queue.first() for queue in self._queues) if job >= 0]

    def pop(self) -> int:
        """Take the first job of the first channel in which somebody waits; -1 when nobody does."""
        for queue in self._queues:
            job = queue.pop()
            if job >= 0:
                return job
        return -1


def ranks(key: NDArray[np.float64]) -> tuple[array[int], array[int]]:
    """Rank of each job by its key, ties in the order of jobs; and the job at each rank."""
    job_at = np.argsort(key, kind="stable")
    rank = np.empty(len(job_at), dtype=np.int64)
    rank[job_at] = np.arange(len(job_at))
    return array("q", rank.tobytes()), array("q", job_at.astype(np.int64).tobytes())
