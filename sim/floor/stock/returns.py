"""Parcels that come back: what customers send back, what nobody collects, what was put aside because it was cancelled.

All of them are checked and put away at the gate. Goods that can be sold again join the lot that was last taken from;
others are worth nothing any more. A gift stays with the customer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.distributions import quantile, to_grid
from sim.draws import Draws
from sim.floor.events import STOCK, call_at
from sim.floor.stock.gate import Job
from sim.floor.stock.parcels import Remainders
from sim.floor.stock.rows import Rows
from sim.ledger import RETURN_REASONS
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.floor.stock.room import StockRoom

Ints = NDArray[np.int64]
SENT_BACK, UNCLAIMED, ASIDE = range(len(RETURN_REASONS))
BACK = 1 << 22  # rank among the events of stock at one instant
NAN = float("nan")


class Returns:
    """Parcels on their way back, and at the gate.

    Attributes
    ----------
    returns
        The table of that name so far.
    """

    def __init__(
        self, env: simpy.Environment, scenario: Scenario, draws: Draws, room: StockRoom, remainders: Remainders | None
    ) -> None:
        assert scenario.stock is not None
        assert draws.stock is not None
        self._env = env
        self._scenario = scenario
        self._stock = scenario.stock
        self._room = room
        self._remainders = remainders
        self.returns = Rows("returns")
        figures, self._luck = scenario.stock.returns, draws.stock.sent_back_u
        self._sent_back = self._luck[:, 0] < figures.share
        self._back_after = to_grid(figures.after_days * 1440 * quantile(figures.after, self._luck[:, 1]))

    def put_aside(self, row: int, now: float) -> None:
        """An order that was cancelled when its picking had begun: it goes back to the shelves through the gate."""
        self._comes_to_the_gate(row, ASIDE, True, now)

    def left_house(self, rows: Ints, delivered: NDArray[np.float64], unclaimed_after: NDArray[np.float64]) -> None:
        """Parcels have left; those that will come back do so later.

        Parameters
        ----------
        unclaimed_after
            Minutes after delivery at which a parcel that nobody collects comes back; NaN: it is collected.
        """
        orders = rows
        if self._remainders is not None:
            orders = np.array([self._remainders.order_of(row) for row in rows.tolist()], dtype=np.int64)
        sent = self._sent_back[orders]
        uncollected = ~np.isnan(unclaimed_after)
        for place in np.flatnonzero(sent | uncollected).tolist():
            row, order = int(rows[place]), int(orders[place])
            never = bool(uncollected[place])
            time = float(delivered[place] + (unclaimed_after[place] if never else self._back_after[order]))
            if time < self._scenario.horizon_min:
                self._schedule_return(row, order, UNCLAIMED if never else SENT_BACK, time)

    def _schedule_return(self, row: int, order: int, reason: int, time: float) -> None:
        fit = bool(self._luck[order, 2] < self._stock.returns.resaleable_share)
        call_at(self._env, time, STOCK, BACK + row, lambda tick: self._comes_to_the_gate(row, reason, fit, tick.time))

    def _comes_to_the_gate(self, row: int, reason: int, fit: bool, now: float) -> None:
        lines = [
            (self._room.sku_of[line], self._room.sold(line))
            for line in self._room.lines_of(row)
            if self._room.sold(line)
        ]
        if reason == ASIDE and self._room.gift_code is not None and self._room.gifts.get(row):
            lines.append((self._room.gift_code, self._room.gifts[row]))
        order = row if self._remainders is None else self._remainders.order_of(row)
        units = sum(units for _, units in lines)
        row_of_table = self.returns.add(order, row != order, reason, units, fit, now, NAN, NAN, NAN)
        litres = sum(self._room.unit_litres[code] * count for code, count in lines) if fit else 0.0
        minutes = self._room.minutes_for(1, self._stock.receiving.returns_per_worker_h)
        self._room.gate.arrive(Job(minutes, litres, row_of_table, lines, self._return_worked, self._return_done), now)

    def _return_worked(self, row: int, begin: float, end: float) -> None:
        self.returns.columns["work_start_min"][row], self.returns.columns["work_end_min"][row] = begin, end

    def _return_done(self, job: Job, now: float) -> None:
        columns = self.returns.columns
        columns["put_away_min"][job.row] = now
        for code, units in job.what:
            self._put_back(code, units, columns["reason"][job.row], bool(columns["resaleable"][job.row]), now)

    def _put_back(self, code: int, units: int, reason: int, fit: bool, now: float) -> None:
        expires = self._room.shelves.expires_as(code)
        if reason == ASIDE:
            self._room.put_free(code, units, now)
        elif fit and expires > now:
            self._room.shelves.come_in(code, units, "restocked", now, expires)
            self._room.serve(code, units, now)
        else:
            self._room.moved(now, code, "unsaleable", units, expires)
            if fit:
                self._room.space.take_in(-self._room.unit_litres[code] * units, now)
