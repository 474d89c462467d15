"""Room for packed parcels: while the dock is full nobody begins to pack.

Room is counted in parcels that are packed and not picked up. When their number reaches the room, packers finish what
they have in hand (so the dock may hold a few more) and begin nothing, nor take up again what was handed over, until a
pickup leaves fewer, or more room is brought. At one instant packing ends before pickups leave (the order of kinds of
events): a parcel that is packed at the minute of a pickup can fill the dock, and the pickup frees it at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.floor.dock import Dock
from sim.floor.station import Station


class Staging:
    """The room on the dock, and the packers who wait for it.

    Parameters
    ----------
    room
        Parcels.

    Attributes
    ----------
    parcels
        On the dock; who puts one there counts it, and has it settled when the room is reached.
    rows
        When the dock was full: from, to (NaN while it is), and the room when it filled up.
    """

    def __init__(self, dock: Dock, packing: Station, room: int) -> None:
        self.own_room = self.room = room
        self.rows: list[list[float]] = []
        self._dock = dock
        self._packing = packing
        self.parcels = 0
        self._full = False
        dock.freed = self._freed

    def change(self, parcels: int, now: float) -> None:
        """More room is brought, or (negative) taken away."""
        self.room += parcels
        self.settle(now)

    def _freed(self, now: float) -> None:
        self.parcels = self._dock.parcels
        self.settle(now)

    def settle(self, now: float) -> None:
        """The dock fills up, or has room again."""
        if self.parcels >= self.room:
            if not self._full:
                self._fills(now)
        elif self._full:
            self._full = False
            self.rows[-1][1] = now
            self._packing.block(False, now)

    def _fills(self, now: float) -> None:
        self._full = True
        self.rows.append([now, np.nan, self.room])
        self._packing.block(True, now)


def full_dock_table(staging: Staging | None) -> dict[str, NDArray[np.float64]]:
    """Columns of the table of when the dock was full."""
    rows = np.asarray(staging.rows if staging is not None else [], dtype=np.float64).reshape(-1, 3)
    return {name: rows[:, number].copy() for number, name in enumerate(("start_min", "end_min", "room"))}
