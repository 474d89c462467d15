"""Customers who cancel, and offers that keep them.

Each customer's deadline, firmness and readiness are drawn with the order; an offer only ever lowers the chance of a
response. Deadlines are sorted beforehand, so one timer at the head of the list serves all of them.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.columns import plain
from sim.floor.events import CANCEL, Tick, call_at
from sim.floor.terms import Terms, cancel_times
from sim.rules import combined, responds
from sim.scenario.measures import Compensation
from sim.scenario.scenario import Scenario


class Offers:
    """What customers were offered, by order; no memory is taken up before the first offer.

    Attributes
    ----------
    any
        Whether anybody has been offered anything yet.
    """

    def __init__(self, draws: Draws) -> None:
        count = len(draws)
        self._draws = draws
        self.any = False
        self.offered_min = np.broadcast_to(np.float64(np.nan), count)
        self.cost = np.broadcast_to(np.float64(0), count)
        nothing = np.broadcast_to(np.float32(0), count)
        self.cancel_cut = self.contact_cut = self.loyalty_saved = self.score_gain = nothing

    def make(self, orders: NDArray[np.int64], measure: Compensation, now: float) -> None:
        """Offer something to the customers of some orders."""
        if not self.any:
            self._begin()
        first = np.isnan(self.offered_min[orders])
        self.offered_min[orders[first]] = now
        self.cost[orders] += np.where(self._draws.redeem_u[orders] < measure.redemption_share, measure.value_cost, 0.0)
        for column, share in (
            (self.cancel_cut, measure.cancel_reduction_share),
            (self.contact_cut, measure.contact_reduction_share),
            (self.loyalty_saved, measure.churn_reduction_share),
        ):
            column[orders] = combined(column[orders], share)
        self.score_gain[orders] = np.maximum(self.score_gain[orders], measure.score_gain)

    def _begin(self) -> None:
        self.any = True
        for name in ("offered_min", "cost", "cancel_cut", "contact_cut", "loyalty_saved", "score_gain"):
            setattr(self, name, getattr(self, name).copy())


class Cancellations:
    """Customers whose patience ends while their order still waits.

    Parameters
    ----------
    settled
        order -> whether it can't be cancelled any more, now or later.
    cancel
        Called with (order, now) when a customer cancels.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        draws: Draws,
        terms: Terms,
        offers: Offers,
        settled: Callable[[int], bool],
        cancel: Callable[[int, float], None],
    ) -> None:
        self._env = env
        self._scenario = scenario
        self._draws = draws
        self._terms = terms
        self._offers = offers
        self._settled = settled
        self._cancel = cancel
        self._when = plain(draws.cancel_min)
        self._order = plain(draws.cancel_order)
        self._margin = plain(draws.cancel_margin)
        self._count = int(np.searchsorted(draws.cancel_min, scenario.horizon_min))
        self._pointer = 0
        self._rows: NDArray[np.int64] | None = None  # of the draws, once they stand in another order
        self._timer: Tick | None = None
        terms.on_change.append(self._terms_change)
        self._schedule_next()

    def _schedule_next(self) -> None:
        """Set the timer for the next customer whose order is not beyond cancelling."""
        pointer, order, settled = self._pointer, self._order, self._settled
        while pointer < self._count and settled(order[pointer]):
            pointer += 1
        self._pointer = pointer
        if pointer < self._count:
            self._timer = call_at(self._env, max(self._when[pointer], self._env.now), CANCEL, order[pointer], self._due)

    def _terms_change(self, first: int) -> None:
        """Deadlines move with the due times that they are counted from: sort those that are still ahead anew."""
        draws = self._draws
        rows = np.arange(len(draws.cancel_min)) if self._rows is None else self._rows
        rows = rows[self._pointer :]
        when = cancel_times(self._scenario, draws, rows, draws.placed_min, self._terms.due_ship_min)
        sooner = np.lexsort((draws.cancel_order[rows], when))
        self._rows, when = rows[sooner], when[sooner]
        self._when = plain(when)
        self._order = plain(draws.cancel_order[self._rows])
        self._margin = plain(draws.cancel_margin[self._rows])
        self._count = int(np.searchsorted(when, self._scenario.horizon_min))
        self._pointer = 0
        self._timer = None
        self._schedule_next()

    def _due(self, tick: Tick) -> None:
        if tick is not self._timer:  # set before the deadlines were sorted anew
            return
        row = self._pointer
        order = self._order[row]
        self._pointer += 1
        if not self._settled(order):
            cut = float(self._offers.cancel_cut[order]) if self._offers.any else 0.0
            if responds(self._margin[row], cut):
                self._cancel(order, tick.time)
        self._schedule_next()
