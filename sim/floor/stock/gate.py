"""The gate: receipts and returned parcels are checked and put away in turn, by hands that keep hours.

All workers do one job together, first come, first served, and go on with it the next working day. What is put away is
there when the last of it is. Where the shelves have no room for it, it waits beside the gate, in turn and whole, and
others are checked meanwhile.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import simpy

from sim.demand.catalogue import NEVER
from sim.floor.events import STOCK, call_at, on_grid
from sim.floor.stock.space import Space
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Receiving

PUT_AWAY = 1 << 30  # rank among the events of stock at one instant
DAY_MIN = 1440.0


@dataclass(slots=True)
class Job:
    """Something at the gate.

    Attributes
    ----------
    minutes
        Of work for all hands together; None: put away at once, at any hour.
    litres
        Room that it takes on the shelves.
    row
        Of the table in which it stands.
    what
        Whatever `done` needs beside it.
    worked
        Called with (row, begin, end) when the hours of work on it are known.
    done
        Called with (job, time) when it is put away.
    """

    minutes: float | None
    litres: float
    row: int
    what: Any
    worked: Callable[[int, float, float], None]
    done: Callable[[Job, float], None]


class Gate:
    """Jobs, in turn."""

    def __init__(self, env: simpy.Environment, scenario: Scenario, receiving: Receiving, space: Space) -> None:
        self._env = env
        self._scenario = scenario
        days = [day for day in range(scenario.days) if scenario.weekday_of(day) in receiving.weekdays]
        self._opens = [day * DAY_MIN + receiving.open for day in days]
        self._closes = [day * DAY_MIN + receiving.close for day in days]
        self._space = space
        self._free_at = 0.0
        self._jobs = 0
        self._without_room: deque[Job] = deque()

    def arrive(self, job: Job, now: float) -> None:
        """A job joins the queue."""
        if job.minutes is None:
            self.put_away(job, now)
            return
        begin, end = self._work(max(now, self._free_at), job.minutes)
        self._free_at = end
        horizon = self._scenario.horizon_min
        job.worked(job.row, begin if begin < horizon else NEVER, end if end < horizon else NEVER)
        if end < horizon:
            self._jobs += 1
            call_at(self._env, end, STOCK, PUT_AWAY + self._jobs, lambda tick: self.put_away(job, tick.time))

    def put_away(self, job: Job, now: float) -> None:
        """Put it on the shelves, or have it wait for room behind those that do."""
        self._without_room.append(job)
        self.look_for_room(now)

    def look_for_room(self, now: float) -> None:
        """Those that wait for room take it in turn."""
        while self._without_room and self._space.holds(self._without_room[0].litres, now):
            job = self._without_room.popleft()
            self._space.take_in(job.litres, now)
            job.done(job, now)

    def _work(self, since: float, minutes: float) -> tuple[float, float]:
        """When work on a job begins and ends, by the hours of the gate; infinity beyond the run."""
        left, begin, opens = minutes, NEVER, self._opens
        for number in range(bisect_right(self._closes, since), len(opens)):
            start, close = max(since, opens[number]), self._closes[number]
            begin = min(begin, start)
            if left <= close - start:
                return begin, on_grid(start + left)
            left -= close - start
        return begin, NEVER
