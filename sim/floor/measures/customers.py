"""Controls towards customers: who is offered what, and when."""

from __future__ import annotations

import numpy as np

from sim.floor.events import REVIEW, at
from sim.floor.line import SHIPPED
from sim.floor.measures.control import Floor, Process
from sim.ledger import SERVICE_CLASSES
from sim.rules import next_review
from sim.scenario.measures import Compensation


class CompensationControl:
    """While active, customers whose order is not shipped at due_ship + after_due_h are offered something."""

    def __init__(self, floor: Floor, label: str, measure: Compensation, number: int) -> None:
        codes = [SERVICE_CLASSES.index(name) for name in measure.classes]
        self._floor = floor
        self._measure = measure
        self._number = number
        self._rows = np.flatnonzero(np.isin(floor.draws.express, codes) & ~np.isnan(floor.draws.due_ship_min))
        self._pointer = 0
        self._turn = 0
        self._sort()
        floor.line.terms.on_change.append(lambda first: self._sort())

    def _sort(self) -> None:
        """Put the orders that are still ahead into the order in which an offer falls due."""
        terms, rows = self._floor.line.terms, np.sort(self._rows[self._pointer :])
        when = np.maximum(terms.due_ship_min[rows] + self._measure.after_due_h * 60, self._floor.draws.placed_min[rows])
        order = np.argsort(when, kind="stable")
        self._rows, self._when = rows[order], when[order]
        self._pointer = 0

    def start(self, now: float) -> None:
        """Offer to all who wait already, and at each review to those who have joined them."""
        self._turn += 1
        self._floor.env.process(self._review(self._turn))

    def stop(self, now: float) -> None:
        """No further offers."""
        self._turn += 1

    def _review(self, turn: int) -> Process:
        floor = self._floor
        while turn == self._turn:
            now = floor.env.now
            upto = int(np.searchsorted(self._when, now, side="right"))
            rows = self._rows[self._pointer : upto]
            rows = rows[rows < floor.line.arrived]  # orders of this very minute come after the review: the last ones
            states = np.frombuffer(floor.line.state, dtype=np.uint8)[rows]
            waiting = rows[states < SHIPPED]
            if len(waiting):
                floor.line.offers.make(waiting, self._measure, now)
            self._pointer += len(rows)
            yield at(floor.env, next_review(now, self._measure.trigger.review_every_min), REVIEW, self._number)
