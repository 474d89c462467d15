"""Metrics that triggers watch, read from the floor at review times."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.draws import Draws
from sim.floor.line import UNRELEASED, Line
from sim.floor.people import Crews
from sim.rules import ordinary_per_day
from sim.scenario.alerts import Metric
from sim.scenario.scenario import Scenario


class Gauges:
    """Readings of a floor.

    Attributes
    ----------
    ordinary_per_day
        Orders of an ordinary day: the profile's mean, or the mean of the file's days.
    """

    def __init__(self, scenario: Scenario, draws: Draws, line: Line, crews: Crews) -> None:
        self._line = line
        self.ordinary_per_day = ordinary_per_day(scenario, len(draws))
        self._crew = {stage: max(1, crews.largest_day(stage)) for stage in ("picking", "packing")}
        self._mean_work = {
            "picking": float(draws.pick_work_min.mean()) if len(draws) else 0.0,
            "packing": float(draws.pack_work_min.mean()) if len(draws) else 0.0,
        }

    def reader(self, metric: Metric, every_min: float) -> Callable[[float], float]:
        """Function of the time that reads a metric; a rate counts what came in the last `every_min` minutes."""
        readings: dict[str, Callable[[float], float]] = {
            "orders_per_h": lambda now: self._line.accepted_since(now - every_min) * 60 / every_min,
            "backlog_orders": lambda now: self.backlog(),
            "backlog_days": lambda now: self.backlog() / max(self.ordinary_per_day, 1e-9),
            "backlog_hours": self.backlog_hours,
            "overdue_orders": self.overdue,
            "queue_picking_orders": lambda now: self._line.picking.waiting_jobs,
            "queue_packing_orders": lambda now: self._line.packing.waiting_jobs if self._line.packing else 0,
            "queue_dock_parcels": lambda now: self._line.dock.parcels if self._line.dock else 0,
            "queue_desk_contacts": lambda now: self._line.desk.station.waiting_jobs if self._line.desk else 0,
        }
        return readings[metric]

    def backlog(self) -> int:
        """Accepted, not cancelled, not picked up."""
        return self._line.accepted - self._line.shipped - self._line.cancelled

    def backlog_hours(self, now: float) -> float:
        """Hours in which the largest daily crew would clear the longer of the two queues."""
        line = self._line
        unreleased = sum(line.state[order] == UNRELEASED for order in line.unreleased)
        picking = line.picking.waiting_jobs + unreleased
        packing = line.packing.waiting_jobs if line.packing else 0
        return (
            max(
                picking * self._mean_work["picking"] / self._crew["picking"],
                packing * self._mean_work["packing"] / self._crew["packing"],
            )
            / 60
        )

    def overdue(self, now: float) -> int:
        """Backlog whose due_ship has passed."""
        return int(np.count_nonzero(self._line.terms.due_ship_min[self._line.open_orders()] <= now))
