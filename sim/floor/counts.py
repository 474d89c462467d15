"""What measures and alarms count of the orders on a floor."""

from __future__ import annotations

from array import array
from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from sim.floor.states import DETERRED, SHIPPED


class Counts:
    """Numbers of orders, and which they are; the line keeps what they are counted from.

    Attributes
    ----------
    state
        State of each order and second parcel.
    orders
        Number of orders in the run.
    arrived
        Number of them so far, those left in that were not placed.
    placed
        When each comes.
    """

    state: bytearray
    orders: int
    arrived: int
    placed: array[float]
    _turned_away_at: array[float]

    @property
    def turned_back(self) -> int:
        """Number of orders so far that the terms deterred, or that were rejected for want of stock."""
        return len(self._turned_away_at)

    @property
    def accepted(self) -> int:
        """Number of orders placed so far, those left out that were deterred or rejected."""
        return self.arrived - self.turned_back

    @property
    def deterred(self) -> NDArray[np.bool_]:
        """Which orders the terms deterred so far, shape (n,)."""
        return np.asarray(np.frombuffer(self.state, dtype=np.uint8)[: self.orders] == DETERRED)

    @property
    def turned_away(self) -> NDArray[np.bool_]:
        """Which rows are no orders: deterred or rejected so far, or a second parcel; shape (n,)."""
        away = np.frombuffer(self.state, dtype=np.uint8) >= DETERRED
        away[self.orders :] = True
        return np.asarray(away)

    def accepted_since(self, time: float) -> int:
        """Orders accepted from a time until now."""
        away = self.turned_back - bisect_left(self._turned_away_at, time)
        return self.arrived - bisect_left(self.placed, time) - away

    def open_orders(self, below: int = SHIPPED) -> NDArray[np.int64]:
        """Rows of orders placed so far whose state lies below one."""
        states = np.frombuffer(self.state, dtype=np.uint8, count=self.arrived)
        return np.flatnonzero(states < below)
