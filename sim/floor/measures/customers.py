"""Controls towards customers: who is told what, and who is won back. Offers to the late are in `compensation`."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.alerting import reviews_every_min
from sim.floor.events import REVIEW, at
from sim.floor.measures.coming_up import ComingUp
from sim.floor.measures.control import Floor, Process, Setup
from sim.floor.states import SHIPPED
from sim.ledger import SERVICE_CLASSES
from sim.rules import next_review
from sim.scenario.measures import Announcement, ProactiveNotice, RecoveryOffer


class AnnouncementControl:
    """While active, all customers with an open order ask and cancel less."""

    def __init__(self, floor: Floor, label: str, measure: Announcement, number: int) -> None:
        self._floor = floor
        self._measure = measure
        self._setup = Setup(floor, label, measure.setup_cost)

    def start(self, now: float) -> None:
        """Put it up; set-up is paid the first time."""
        self._floor.line.offers.announce(self._measure)
        self._setup.pay(now)

    def stop(self, now: float) -> None:
        """Take it down."""
        self._floor.line.offers.take_down(self._measure)


class NoticeControl:
    """While active, customers whose order is not shipped at due_ship + after_due_h are written to, once."""

    def __init__(self, floor: Floor, label: str, measure: ProactiveNotice, number: int) -> None:
        codes = [SERVICE_CLASSES.index(name) for name in measure.classes]
        self._floor = floor
        self._measure = measure
        self._number = number
        self._every_min = reviews_every_min(measure.trigger, floor.scenario.alerts)
        self._coming_up = ComingUp(floor.line, np.isin(floor.draws.express, codes), measure.after_due_h * 60)
        self._turn = 0

    def start(self, now: float) -> None:
        """Write to all who wait already, and at each review to those who have joined them."""
        self._turn += 1
        self._floor.env.process(self._review(self._turn))

    def stop(self, now: float) -> None:
        """No further messages."""
        self._turn += 1

    def _review(self, turn: int) -> Process:
        floor = self._floor
        while turn == self._turn:
            now = floor.env.now
            rows = self._coming_up.take(now)
            waiting = rows[np.frombuffer(floor.line.state, dtype=np.uint8)[rows] < SHIPPED]
            if len(waiting):
                floor.line.offers.tell(waiting, self._measure)
            yield at(floor.env, next_review(now, self._every_min), REVIEW, self._number)


class RecoveryControl:
    """From its start, and every day while it is valid and active, disappointed customers are written to, once."""

    def __init__(self, floor: Floor, label: str, measure: RecoveryOffer, number: int) -> None:
        self._floor = floor
        self._measure = measure
        self._number = number
        self._written = np.zeros(len(floor.draws), dtype=bool)
        self._turn = 0

    def start(self, now: float) -> None:
        """Write to all who are disappointed so far."""
        self._turn += 1
        self._floor.env.process(self._review(self._turn))

    def stop(self, now: float) -> None:
        """No further messages."""
        self._turn += 1

    def _review(self, turn: int) -> Process:
        floor, begun = self._floor, self._floor.env.now
        for day in range(self._measure.valid_days):
            if day:
                yield at(floor.env, begun + day * 1440, REVIEW, self._number)
            if turn != self._turn:
                return
            rows = np.flatnonzero(self._disappointed(floor.env.now) & ~self._written)
            if len(rows):
                floor.line.offers.win_back(rows, self._measure, floor.env.now)
                self._written[rows] = True

    def _disappointed(self, now: float) -> NDArray[np.bool_]:
        """Orders cancelled so far, or delivered or overdue by more than the measure's limit, shape (n,)."""
        line = self._floor.line
        cancelled = ~np.isnan(line.cancelled_at)
        arrived = np.arange(len(cancelled)) < line.arrived
        late_min = np.fmin(line.delivered, now) - line.terms.due_delivery_min
        late = arrived & (late_min > self._measure.late_by_h * 60)
        return np.asarray((cancelled | late) & ~line.turned_away)
