"""A station: workers serve jobs from a queue, one event per service.

Workers are roster slots (one worker on one day). A slot works until its `off_at` (the next break or the end of the
shift) and finishes what it has in hand then; at the end of a shift the rest may be handed over instead. Idle slots are
taken in the order of their number. In an outage only a share of the places works; then services end in a handler of
their own, so that the usual one need not ask.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, MutableSequence
from heapq import heapify, heappop, heappush
from math import floor
from typing import Any, cast

import simpy

from sim.distributions import GRID
from sim.floor.events import Tick, priority
from sim.floor.queues import Queue

NOBODY = -1
NO_LIMIT = 1 << 60


class Station:
    """Workers, a queue, and what happens to a job between them.

    Parameters
    ----------
    env
        The clock.
    kind
        Kind of event that ends a service.
    queue
        Who waits.
    state, waiting, serving
        State of each job, and the two states that the station sets or expects.
    work
        Minutes of work of each job at standard speed.
    begin, end, worker
        Columns that the station fills in: start, end, slot (the last one, where a job was handed over).
    on_done
        Called with (job, now) when a service ends.
    places
        Most services at a time.
    """

    def __init__(
        self,
        env: simpy.Environment,
        *,
        kind: int,
        queue: Queue,
        state: bytearray,
        waiting: int,
        serving: int,
        work: MutableSequence[float],
        begin: MutableSequence[float],
        end: MutableSequence[float],
        worker: MutableSequence[int],
        on_done: Callable[[int, float], None],
        places: int | None = None,
    ) -> None:
        self._put, self._take = queue.push, queue.pop
        self.busy = 0
        self.waiting_jobs = 0
        self.handovers: list[list[float]] = []  # job, slot, start, put down, resumed
        self._schedule = cast(Callable[[Tick, Any, float], None], env.schedule)
        self._base = int(priority(kind))
        self._state = state
        self._waiting = waiting
        self._serving = serving
        self._work = work
        self._begin = begin
        self._end = end
        self._worker = worker
        self._on_done = on_done
        self._stations = places
        self._places = places if places is not None else NO_LIMIT
        self._share_left: float | None = None  # of the places, in an outage
        self._here: set[int] = set()  # slots at work, busy or not; who finishes after their time is not
        self._idle: list[int] = []
        self._paused: deque[tuple[Any, float, list[list[float]]]] = deque()
        # Per slot; slots of all stations are numbered together, each station keeps its own in dictionaries.
        self._job: dict[int, Any] = {}
        self._since: dict[int, float] = {}
        self._off_at: dict[int, float] = {}
        self._slowness: dict[int, float] = {}
        self._speed: dict[int, float] = {}
        self._ticks: dict[int, Tick] = {}
        self._left_late: dict[int, Callable[[int, float], None]] = {}
        self._drag = 1.0
        self._blocked = False
        self._working = self._places  # without a block
        self._callback = (self._done,)

    # --- jobs -----------------------------------------------------------------------------------------------

    def offer(self, job: int, now: float) -> None:
        """A job arrives: it is begun at once if somebody is free, else it waits."""
        self._state[job] = self._waiting
        if self._idle and self.busy < self._places:
            self.busy += 1
            self._start(heappop(self._idle), job, now)
        else:
            self.waiting_jobs += 1
            self._put(job)

    def add_work(self, jobs: list[int], minutes: float) -> None:
        """Jobs that have not begun will take longer, at standard speed."""
        for job in jobs:
            self._work[job] += minutes

    def forget(self) -> None:
        """A waiting job has left; its place in the queue is skipped when its turn comes."""
        self.waiting_jobs -= 1

    def _start(self, slot: int, job: int, now: float) -> None:
        self._state[job] = self._serving
        self._begin[job] = now
        self._worker[job] = slot
        work = self._work[job]
        slowness = self._slowness[slot]
        if slowness != 1.0:
            work = int(work * slowness * GRID + 0.5) / GRID
        self._job[slot] = job
        tick = self._ticks[slot]
        tick.slowness = slowness
        tick.callbacks = self._callback
        tick.time = now + work
        self._schedule(tick, self._base | job, work)

    def _done(self, tick: Tick) -> None:
        slot = tick.who
        if slot < 0:  # handed over in the meantime
            return
        now = tick.time
        job = self._job[slot]
        self._end[job] = now
        self._on_done(job, now)
        # `_go_on` in line: this runs for every order, and a call costs a twentieth of it
        if now >= self._off_at[slot]:
            self._leave(slot, now)
        elif self.waiting_jobs and self.busy <= self._places:  # its place may have stopped working
            self._next(slot, now)
        else:
            self._job[slot] = NOBODY
            self.busy -= 1
            heappush(self._idle, slot)

    def _go_on(self, slot: int, now: float) -> None:
        """The slot has nothing in hand: it leaves if its time is over, takes the next job, or is idle."""
        if now >= self._off_at[slot]:
            self._leave(slot, now)
        elif self.waiting_jobs and self.busy <= self._places:  # its place may have stopped working
            self._next(slot, now)
        else:
            self._job[slot] = NOBODY
            self.busy -= 1
            heappush(self._idle, slot)

    def _next(self, slot: int, now: float) -> None:
        """The slot goes on with whoever is next; the caller knows that somebody waits."""
        self.waiting_jobs -= 1
        if self._paused:
            self._resume(slot, now)
        else:
            self._start(slot, self._take(), now)

    def _leave(self, slot: int, now: float) -> None:
        self._job[slot] = NOBODY
        self.busy -= 1
        self._gone(slot)
        if now > self._off_at[slot]:
            self._left_late[slot](slot, now)
        self._dispatch(now)

    def _gone(self, slot: int) -> None:
        """A slot no longer counts among those of whom a share has places; who left in time was gone before."""
        if slot in self._here:
            self._here.discard(slot)
            self._count_places()

    def _dispatch(self, now: float) -> None:
        """Give waiting jobs to idle slots while there are places."""
        while self._idle and self.waiting_jobs and self.busy < self._places:
            self.busy += 1
            self._next(heappop(self._idle), now)

    def close(self, now: float) -> None:
        """The run is over: who is still at work beyond their time has overrun until now."""
        for slot, job in self._job.items():
            if job != NOBODY and self._off_at[slot] < now:
                self._left_late[slot](slot, now)
        self._work = array("d")  # a large column that nobody needs any more

    @property
    def present(self) -> int:
        """Workers who are here, at work on a job or idle."""
        return self.busy + len(self._idle)

    @property
    def places(self) -> int:
        """Services that can go on at a time now: none while it stands still."""
        return self._places

    # --- workers --------------------------------------------------------------------------------------------

    def come(
        self, slots: dict[int, float], off_at: float, now: float, left_late: Callable[[int, float], None]
    ) -> list[int]:
        """Slots come to work (or return from a break) until `off_at`.

        Parameters
        ----------
        slots
            Slot -> speed against a standard worker.
        left_late
            Told (slot, now) when one of them leaves after its time.

        Returns
        -------
        Slots that never stopped, because they still had a job in hand from before the break.
        """
        still_busy = []
        for slot, speed in slots.items():
            self._off_at[slot] = off_at
            self._speed[slot] = speed
            self._slowness[slot] = self._drag / speed
            self._left_late[slot] = left_late
            if self._job.setdefault(slot, NOBODY) == NOBODY:
                self._ticks.setdefault(slot, Tick(slot))
                heappush(self._idle, slot)
            else:
                still_busy.append(slot)
        self._here.update(slots)
        self._count_places()
        self._dispatch(now)
        return still_busy

    def stay(self, slots: dict[int, float], off_at: float, left_late: Callable[[int, float], None]) -> None:
        """Slots that are here stay longer, at another speed from their next job on."""
        for slot, speed in slots.items():
            self._off_at[slot] = off_at
            self._speed[slot] = speed
            self._slowness[slot] = self._drag / speed
            self._left_late[slot] = left_late

    def go(self, slots: list[int], now: float, hand_over: bool) -> None:
        """Slots stop now: idle ones leave, busy ones finish what they have in hand or hand it over."""
        leaving = set(slots)
        self._idle = [slot for slot in self._idle if slot not in leaving]
        heapify(self._idle)
        self._here -= leaving
        self._count_places()
        if hand_over:
            for slot in slots:
                if self._job[slot] != NOBODY and self._ticks[slot].time > now:
                    self._put_down(slot, now)
            self._dispatch(now)

    # --- outages, and nowhere to put what is done -------------------------------------------------------------

    def limit(self, share: float | None, now: float, *, stops_work: bool = False) -> None:
        """Only a share of the places works from now on.

        Parameters
        ----------
        share
            Of the stations, or of the workers there where the stage has no `stations`, rounded half up; None: all.
        stops_work
            Work in hand at places that no longer work is put down, that of the highest slots first; otherwise it is
            finished.
        """
        self._share_left = share
        self._count_places()
        if stops_work:
            self._stop_work(now)
        self._dispatch(now)

    def _count_places(self) -> None:
        places = self._stations
        if self._share_left is not None:
            places = floor(self._share_left * (len(self._here) if places is None else places) + 0.5)
        self._working = NO_LIMIT if places is None else places
        self._places = 0 if self._blocked else self._working

    def block(self, blocked: bool, now: float) -> None:
        """Nothing is begun from now on, nor taken up again, or all goes on; what is in hand is finished."""
        self._blocked = blocked
        self._count_places()
        self._dispatch(now)

    def drag(self, factor: float) -> None:
        """Whatever is begun from now on takes so many times as long, whoever does it."""
        if factor != self._drag:
            self._drag = factor
            for slot in self._here:
                self._slowness[slot] = factor / self._speed[slot]

    def _stop_work(self, now: float) -> None:
        """Put down what is in hand beyond the places that work; what ends at this very moment ends."""
        busy = [slot for slot, job in self._job.items() if job != NOBODY and self._ticks[slot].time > now]
        for slot in sorted(busy)[self._working :]:
            self._put_down(slot, now)
            if now <= self._off_at[slot]:
                heappush(self._idle, slot)
            else:
                self._gone(slot)
                self._left_late[slot](slot, now)

    # --- another post ---------------------------------------------------------------------------------------

    def call_away(self, slot: int, on_free: Callable[[int, float], None]) -> bool:
        """A slot is to leave for good as soon as it has nothing in hand.

        Returns
        -------
        Whether that is so already; else `on_free` is told (slot, now) when it is, or at the end of the run.
        """
        if self._job.get(slot, NOBODY) == NOBODY:
            self._idle = [each for each in self._idle if each != slot]
            heapify(self._idle)
            self._gone(slot)
            return True
        self._off_at[slot] = -float("inf")
        self._left_late[slot] = on_free
        return False

    # --- work put down --------------------------------------------------------------------------------------

    def _put_down(self, slot: int, now: float) -> None:
        tick = self._ticks[slot]
        rest = (tick.time - now) / tick.slowness
        tick.who = NOBODY  # it stays on the clock, and nobody listens
        self._ticks[slot] = Tick(slot)
        job = self._job[slot]
        self._job[slot] = NOBODY
        self.busy -= 1
        rows = [
            [each, slot, self._since.pop(each, self._begin[each]), now, float("nan")] for each in self._jobs_of(job)
        ]
        self.handovers.extend(rows)
        self._paused.append((job, rest, rows))
        self.waiting_jobs += 1

    def _resume(self, slot: int, now: float) -> None:
        job, rest, rows = self._paused.popleft()
        for row in rows:
            row[4] = now
            self._since[int(row[0])] = now
            self._worker[int(row[0])] = slot
        self._serve(slot, job, rest, now)

    def _serve(self, slot: int, job: Any, work: float, now: float) -> None:
        """Put the end of a service on the clock; `_start` does the same in line, since it runs for every order."""
        slowness = self._slowness[slot]
        minutes = int(work * slowness * GRID + 0.5) / GRID
        self._job[slot] = job
        tick = self._ticks[slot]
        tick.slowness = slowness
        tick.callbacks = self._callback
        tick.time = now + minutes
        self._schedule(tick, self._base | self._jobs_of(job)[0], minutes)

    def _jobs_of(self, job: Any) -> list[int]:
        return [job]


class BatchStation(Station):
    """A station whose workers take several jobs at a time: one set-up, then the lines of all of them.

    Parameters
    ----------
    size
        Most jobs at a time.
    sort_min
        Work per further job of a batch. Both may be changed at any time, for batches that begin after that.
    setup
        The part of each job's work that is done once per batch (the longest of the batch counts).
    on_batch
        Called with the jobs of a batch of more than one when it begins.
    """

    def __init__(
        self,
        *args: Any,
        size: int,
        sort_min: float,
        setup: array[float],
        on_batch: Callable[[list[int]], None],
        **named: Any,
    ) -> None:
        super().__init__(*args, **named)
        self.size = size
        self.sort_min = sort_min
        self._setup = setup
        self._on_batch = on_batch

    def _start(self, slot: int, job: int, now: float) -> None:
        jobs = [job]
        while len(jobs) < self.size and self.waiting_jobs > len(self._paused):
            self.waiting_jobs -= 1
            jobs.append(self._take())
        for each in jobs:
            self._state[each] = self._serving
            self._begin[each] = now
            self._worker[each] = slot
        setups = [self._setup[each] for each in jobs]
        work = sum(self._work[each] for each in jobs) - sum(setups) + max(setups) + self.sort_min * (len(jobs) - 1)
        if len(jobs) > 1:
            self._on_batch(jobs)
        self._serve(slot, jobs, work, now)

    def _done(self, tick: Tick) -> None:
        slot = tick.who
        if slot < 0:
            return
        now = tick.time
        for each in self._job[slot]:
            self._end[each] = now
            self._on_done(each, now)
        self._go_on(slot, now)

    def _jobs_of(self, job: Any) -> list[int]:
        return cast(list[int], job)
