"""Room for packed parcels: while the dock is full nobody begins to pack.

Room is counted in parcels that are packed and not picked up. When their number reaches the room, packers finish what
they have in hand (so the dock may hold a few more) and begin nothing, nor take up again what was handed over, until a
pickup leaves fewer, or more room is brought. At one instant packing ends before pickups leave (the order of kinds of
events): a parcel that is packed at the minute of a pickup can fill the dock, and the pickup frees it at once.
"""

from __future__ import annotations

from heapq import heappush
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.floor.dock import Dock
from sim.floor.station import NOBODY, Station


class PausableStation(Station):
    """A station that can be told to begin nothing for a while; what is in hand is finished."""

    _on = True  # else nothing is begun, and `_places` is 0

    def pause(self) -> None:
        """Nothing is begun from now on."""
        self._on = False
        self._places_open, self._places = self._places, 0

    def resume(self, now: float) -> None:
        """Who is idle goes on with whoever waits."""
        self._on = True
        self._places = self._places_open
        self._dispatch(now)

    def _done(self, tick: Any) -> None:
        slot = tick.who
        if slot < 0:  # handed over in the meantime
            return
        now = tick.time
        job = self._job[slot]
        self._end[job] = now
        self._on_done(job, now)
        if now >= self._off_at[slot]:
            self._leave(slot, now)
        elif self.waiting_jobs and self._on:
            self._next(slot, now)
        else:
            self._job[slot] = NOBODY
            self.busy -= 1
            heappush(self._idle, slot)


class Staging:
    """The room on the dock, and the packers who wait for it.

    Parameters
    ----------
    room
        Parcels.

    Attributes
    ----------
    rows
        When the dock was full: from, to (NaN while it is), and the room when it filled up.
    """

    def __init__(self, dock: Dock, packing: PausableStation, room: int) -> None:
        self.own_room = self.room = room
        self.rows: list[list[float]] = []
        self._dock = dock
        self._packing = packing
        self._parcels = 0
        self._full = False
        dock.freed = self._freed

    def arrived(self, now: float) -> None:
        """A parcel was put on the dock."""
        self._parcels += 1
        if self._parcels >= self.room and not self._full:
            self._fills(now)

    def change(self, parcels: int, now: float) -> None:
        """More room is brought, or (negative) taken away."""
        self.room += parcels
        self._settle(now)

    def _freed(self, now: float) -> None:
        self._parcels = self._dock.parcels
        self._settle(now)

    def _settle(self, now: float) -> None:
        if self._parcels >= self.room:
            if not self._full:
                self._fills(now)
        elif self._full:
            self._full = False
            self.rows[-1][1] = now
            self._packing.resume(now)

    def _fills(self, now: float) -> None:
        self._full = True
        self.rows.append([now, np.nan, self.room])
        self._packing.pause()


def full_dock_table(staging: Staging | None) -> dict[str, NDArray[np.float64]]:
    """Columns of the table of when the dock was full."""
    rows = np.asarray(staging.rows if staging is not None else [], dtype=np.float64).reshape(-1, 3)
    return {name: rows[:, number].copy() for number, name in enumerate(("start_min", "end_min", "room"))}
