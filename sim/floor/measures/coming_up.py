"""Orders that come up for an offer or a message at times relative to what they were promised."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.floor.line import Line

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


class ComingUp:
    """Orders in the order in which they come up, kept in step with their terms.

    Parameters
    ----------
    eligible
        Which orders, shape (n,).
    after_due_min
        First time they come up, minutes from due_ship, but never before they are placed.
    later_min
        Further times, minutes from due_ship; never before the first one.
    """

    def __init__(self, line: Line, eligible: NDArray[np.bool_], after_due_min: float, *later_min: float) -> None:
        self._line = line
        self._after = np.array([after_due_min, *later_min])
        rows = np.flatnonzero(eligible & ~np.isnan(line.draws.due_ship_min))
        self._rows = np.tile(rows, len(self._after))
        self._turns = np.repeat(np.arange(len(self._after)), len(rows))
        self._next = 0
        self._sort()
        line.terms.on_change.append(lambda first: self._sort())

    def first_min(self, rows: Rows) -> Floats:
        """When orders first come up."""
        terms, draws = self._line.terms, self._line.draws
        return np.asarray(np.maximum(terms.due_ship_min[rows] + self._after[0], draws.placed_min[rows]))

    def _sort(self) -> None:
        """Line up those that are still ahead."""
        rows, turns = self._rows[self._next :], self._turns[self._next :]
        when = np.maximum(self._line.terms.due_ship_min[rows] + self._after[turns], self.first_min(rows))
        order = np.lexsort((rows, when))
        self._rows, self._turns, self._when = rows[order], turns[order], when[order]
        self._next = 0

    def take(self, now: float) -> Rows:
        """Rows that have come up since they were last taken, rising in time; one may come up twice at once."""
        upto = int(np.searchsorted(self._when, now, side="right"))
        rows, turns = self._rows[self._next : upto], self._turns[self._next : upto]
        ahead = rows >= self._line.arrived  # orders of this very minute come after the review: they stay
        self._next = upto - int(np.count_nonzero(ahead))
        self._rows[self._next : upto], self._turns[self._next : upto] = rows[ahead], turns[ahead]
        return rows[~ahead]
