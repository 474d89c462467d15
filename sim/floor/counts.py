"""What measures and alarms count of the orders on a floor."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.floor.states import CANCELLED, DETERRED, SHIPPED

if TYPE_CHECKING:
    from sim.floor.stock import StockRoom


class Counts:
    """Numbers of orders, and which they are; the line keeps what they are counted from.

    Attributes
    ----------
    state
        State of each order and second parcel.
    orders
        Number of orders in the run; rows from there on are second parcels of some of them.
    arrived
        Number of them so far, those left in that were not placed; the row of the next one too.
    placed
        When each comes.
    delivered
        When each is delivered, known once it is shipped.
    unreleased
        Orders that wait for a wave or for the system; those cancelled there are still among them.
    stock
        The stock room; None: there is always enough of everything.
    """

    state: bytearray
    orders: int
    arrived: int
    placed: array[float]
    delivered: NDArray[np.float64]
    unreleased: deque[int]
    stock: StockRoom | None
    _turned_away_at: array[float]
    _departed: array[int] | None
    _held: dict[float, list[int]]
    _cancelled_unreleased: int

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

    def undelivered(self, order: int, now: float) -> bool:
        """Whether a customer still waits for an order at a time that has not passed."""
        return bool(self.state[order] < CANCELLED and not self.delivered[order] <= now)

    def count_unreleased(self) -> int:
        """Orders that wait for a wave, for the system or for goods."""
        owed = 0 if self.stock is None else self.stock.waiting
        return len(self.unreleased) + sum(map(len, self._held.values())) - self._cancelled_unreleased + owed

    def departures(self) -> array[int]:
        """Rows of orders that are no longer backlog, as they leave from now on; kept only once somebody has asked."""
        if self._departed is None:
            self._departed = array("i")
        return self._departed

    def _leave(self, order: int) -> None:
        if self._departed is not None:
            self._departed.append(order)
