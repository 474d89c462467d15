"""Space: how full the shelves are, and what that does to picking.

Goods lie on the shelves until somebody begins to pick their order, or a third party ships it from them. Nothing is
counted per order: what has left is added up when somebody looks, once an hour and before something is put away.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.scenario.stock import Storage

if TYPE_CHECKING:
    from sim.floor.line import Line

LITRES_PER_M3 = 1000.0
_ROUNDING = 1e-6  # litres, of sums of volumes


class Space:
    """Room on the shelves.

    Parameters
    ----------
    storage
        None: as much as it takes.
    litres
        That each order (and second parcel) takes, shape (n,); whoever changes an order changes it here.
    shipped
        State of an order that has left.
    """

    def __init__(self, storage: Storage | None, litres: NDArray[np.float64], line: Line, shipped: int) -> None:
        self._storage = storage
        self.litres = litres
        self._line = line
        self._shipped = shipped
        self._inside = 0.0
        self._seen = np.zeros(len(litres), dtype=bool)  # orders that have left the shelves, or never will
        self._first = 0
        self._counts = bool(litres.any())

    @property
    def m3(self) -> float:
        """In use when somebody last looked."""
        return self._inside / LITRES_PER_M3

    def take_in(self, litres: float, now: float) -> None:
        """Something comes onto the shelves (negative: leaves them other than by an order)."""
        self._inside += litres
        self._slow(now)

    def add(self, order: int, litres: float) -> None:
        """An order takes something more from the shelves."""
        if self._seen[order]:
            self._inside -= litres
        else:
            self.litres[order] += litres
            self._counts = True

    def holds(self, litres: float, now: float) -> bool:
        """Whether there is room for so much more."""
        if self._storage is None:
            return True
        if litres <= 0:
            return True
        self.look(now)
        return self._inside + litres <= self._storage.capacity_m3 * LITRES_PER_M3 + _ROUNDING

    def look(self, now: float) -> None:
        """Count what has been picked."""
        line = self._line
        if self._counts:
            self._first = self._leave(self._first, line.arrived)
            self._leave(line.orders, len(self.litres))
        self._slow(now)

    def _leave(self, begin: int, end: int) -> int:
        """Count orders of a range that have left the shelves since; the first that has not."""
        if begin >= end:
            return begin
        line, rows = self._line, slice(begin, end)
        state = np.frombuffer(line.state, dtype=np.uint8)[rows]
        gone = ~np.isnan(np.frombuffer(line.pick_start)[rows]) | (state == self._shipped)
        fresh = gone & ~self._seen[rows]
        self._inside -= float(self.litres[rows][fresh].sum())
        self._seen[rows] |= gone | (state > self._shipped)
        left = np.flatnonzero(~self._seen[rows])
        return begin + int(left[0]) if len(left) else end

    def _slow(self, now: float) -> None:
        """Full aisles slow the pickers: from the next order that each of them begins."""
        storage = self._storage
        if storage is None:
            return
        fill = self._inside / (storage.capacity_m3 * LITRES_PER_M3)
        span = 1.0 - storage.slow_from_share
        if span > 0:
            part = min(max((fill - storage.slow_from_share) / span, 0.0), 1.0)
        else:
            part = float(fill > storage.slow_from_share)
        self._line.picking.drag(1.0 + (storage.slowest_factor - 1.0) * part)
