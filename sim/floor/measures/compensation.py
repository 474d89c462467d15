"""The control of compensation: who is offered what, moved up, offered it again, until the budget is spent.

At each review all that falls due is decided in the order of due time, then row: first offers, greater offers to those
who have reached the next tier, and repeats to those who still wait. A budget counts what is promised (value x part
redeemed, since nobody knows who will redeem); when the next offer would exceed it, no more is offered.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from sim.alerting import reviews_every_min
from sim.floor.events import REVIEW, at
from sim.floor.measures.coming_up import ComingUp
from sim.floor.measures.control import Floor, Process
from sim.floor.states import SHIPPED, THIRD
from sim.ledger import SERVICE_CLASSES
from sim.rules import next_review
from sim.scenario.measures import Compensation

Rows = NDArray[np.int64]
NOTHING_YET = -1
_ROUNDING = 1 + 1e-9  # of sums of prices


class CompensationControl:
    """While active, customers whose order is late are offered something."""

    def __init__(self, floor: Floor, label: str, measure: Compensation, number: int) -> None:
        draws = floor.draws
        codes = [SERVICE_CLASSES.index(name) for name in measure.classes]
        self._floor = floor
        self._label = label
        self._measure = measure
        self._number = number
        self._every_min = reviews_every_min(measure.trigger, floor.scenario.alerts)
        self._gift = measure.offer == "gift"
        self._levels = measure.levels
        self._tier_days = np.array([tier.days_late for tier in measure.tiers])
        self._promised = np.array(
            [tier.value_cost * (1.0 if self._gift else tier.redemption_share or 0.0) for tier in self._levels]
        )
        self._eligible = np.isin(draws.express, codes) & ~np.isnan(draws.due_ship_min)
        self._level = np.full(len(draws), NOTHING_YET, dtype=np.int8)
        self._committed = 0.0
        self._spent = False
        self._turn = 0
        self._again: deque[tuple[float, int, Rows]] = deque()  # when offered, how often again so far, to whom
        if measure.offered == "proactive":
            tiers = (self._tier_days * 1440).tolist()
            self._coming_up = ComingUp(floor.line, self._eligible, measure.after_due_h * 60, *tiers)

    @property
    def _due(self) -> NDArray[np.float64]:
        return self._floor.line.terms.due_ship_min

    def start(self, now: float) -> None:
        """Offer to all who wait already, and at each review to those who have joined them; or to those who ask."""
        if self._measure.offered == "proactive":
            self._turn += 1
            self._floor.env.process(self._review(self._turn))
        elif self._floor.line.desk is not None:
            self._floor.line.desk.listeners.append(self._asked)

    def stop(self, now: float) -> None:
        """No further offers."""
        self._turn += 1
        desk = self._floor.line.desk
        if self._measure.offered == "on_request" and desk is not None:
            desk.listeners.remove(self._asked)

    # --- of itself ------------------------------------------------------------------------------------------

    def _review(self, turn: int) -> Process:
        floor = self._floor
        while turn == self._turn:
            now = floor.env.now
            rows = self._waiting(self._coming_up.take(now))
            if len(self._tier_days):
                rows = np.unique(rows)
            self._decide(rows, self._due[rows], now)
            yield at(floor.env, next_review(now, self._every_min), REVIEW, self._number)

    def _waiting(self, rows: Rows) -> Rows:
        """Orders that are still to be shipped; for gifts, that we still can put something into."""
        states = np.frombuffer(self._floor.line.state, dtype=np.uint8)[rows]
        return rows[states < (THIRD if self._gift else SHIPPED)]

    def _come_again(self, now: float) -> tuple[Rows, Rows]:
        """Orders that still wait a repeat interval after their last offer, and how often they had been repeated."""
        interval = self._measure.repeat_every_h
        found: list[tuple[Rows, int]] = []
        while interval is not None and self._again and self._again[0][0] + interval * 60 <= now:
            _, times, rows = self._again.popleft()
            found.append((self._waiting(rows), times))
        if not found:
            return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64)
        return np.concatenate([rows for rows, _ in found]), np.repeat([n for _, n in found], [len(r) for r, _ in found])

    # --- on request -----------------------------------------------------------------------------------------

    def _asked(self, order: int, now: float) -> None:
        """An agent has answered a contact about an order; shipped, it is late when it should have arrived."""
        line = self._floor.line
        if not self._eligible[order] or not line.undelivered(order, now):
            return
        due = self._due[order] if line.state[order] < SHIPPED else line.terms.due_delivery_min[order]
        rows = np.array([order])
        if self._gift:
            rows = self._waiting(rows)
        if now >= due + self._measure.after_due_h * 60 and len(rows):
            self._decide(rows, np.array([due]), now)

    # --- the offer ------------------------------------------------------------------------------------------

    def _decide(self, rows: Rows, due: NDArray[np.float64], now: float) -> None:
        """Make offers and greater offers to some orders, and repeats to whom their time has come."""
        reached = self._reached(due, now)
        more = reached > self._level[rows]
        rows, reached = rows[more], reached[more]
        again, times = self._come_again(now)
        level = self._reached(self._due[again], now)
        before = self._level[rows]
        cost = self._promised[reached] - np.where(before > NOTHING_YET, self._promised[before], 0.0)
        who = np.concatenate([rows, again])
        kept = self._within_budget(who, np.concatenate([cost, self._promised[level]]), now)
        made, repeated = kept[: len(rows)], kept[len(rows) :]
        self._offer(rows[made], before[made], reached[made], now)
        self._repeat(again[repeated], level[repeated], times[repeated], now)

    def _reached(self, due: NDArray[np.float64], now: float) -> NDArray[np.int8]:
        """Level of the offer by lateness: 0 below all tiers."""
        return np.searchsorted(self._tier_days, (now - due) / 1440, side="right").astype(np.int8)

    def _within_budget(self, rows: Rows, cost: NDArray[np.float64], now: float) -> NDArray[np.bool_]:
        """Which offers the budget bears, in the order of due time, then row."""
        budget = self._measure.budget_cost
        if budget is None:
            return np.ones(len(rows), dtype=bool)
        kept = np.zeros(len(rows), dtype=bool)
        if self._spent or not len(rows):
            return kept
        order = np.lexsort((rows, self._due[rows]))
        total = self._committed + np.cumsum(cost[order])
        count = int(np.searchsorted(total, budget * _ROUNDING, side="right"))
        kept[order[:count]] = True
        self._committed = float(total[count - 1]) if count else self._committed
        if count < len(rows):
            self._spent = True
            self._floor.log.spent(self._label, self._committed, budget, now)
        return kept

    def _offer(self, rows: Rows, before: NDArray[np.int8], reached: NDArray[np.int8], now: float) -> None:
        offers = self._floor.line.offers
        for old, new in sorted(set(zip(before.tolist(), reached.tolist(), strict=True))):
            who = rows[(before == old) & (reached == new)]
            if old == NOTHING_YET:
                offers.offer(who, self._levels[new], now, gift=self._gift)
            else:
                offers.raise_offer(who, self._levels[old], self._levels[new], gift=self._gift)
        self._level[rows] = reached
        first = rows[before == NOTHING_YET]
        if self._measure.repeat_every_h is not None and len(first):
            self._again.append((now, 0, first))

    def _repeat(self, rows: Rows, level: NDArray[np.int8], times: Rows, now: float) -> None:
        measure = self._measure
        for each in np.unique(level).tolist():
            terms = self._levels[each]
            self._floor.line.offers.repeat(rows[level == each], terms, measure.repeat_churn_share, gift=self._gift)
        for number in np.unique(times).tolist():
            if measure.most_repeats is None or number + 1 < measure.most_repeats:
                self._again.append((now, number + 1, rows[times == number]))
