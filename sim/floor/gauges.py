"""Metrics that triggers and alert rules watch, read from the floor at review times.

A reading costs about the same however long the queues are: counts are kept where things happen, and orders are looked
at a few times each, when they fall due and while they stay open after that.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable
from itertools import accumulate
from typing import Final

import numpy as np

from sim.demand.curve import planned_curve
from sim.draws import Draws
from sim.floor.columns import plain
from sim.floor.line import Line
from sim.floor.people import Crews
from sim.floor.states import SHIPPED
from sim.rules import ordinary_per_day
from sim.scenario.alerts import PACE_H, SOON_H, Metric
from sim.scenario.carriers import Pickup
from sim.scenario.scenario import Scenario

Reader = Callable[[float], float]  # of the time

DAY_MIN: Final = 1440.0
CHUNK: Final = 1024  # orders that are looked through at a time


class Gauges:
    """Readings of a floor.

    Attributes
    ----------
    ordinary_per_day
        Orders of an ordinary day: the profile's mean, or the mean of the file's days.
    mean_work_min
        Mean work of an order (at the desk: of a contact) in the run, minutes at standard speed, by stage.
    """

    def __init__(self, scenario: Scenario, draws: Draws, line: Line, crews: Crews) -> None:
        self._scenario = scenario
        self._draws = draws
        self._line = line
        self.ordinary_per_day = ordinary_per_day(scenario, len(draws), draws.notes)
        self._crew = {stage: max(1, crews.largest_day(stage)) for stage in ("picking", "packing")}
        work = {"picking": draws.pick_work_min, "packing": draws.pack_work_min, "desk": draws.ask_handle_min}
        self.mean_work_min = {stage: float(minutes.mean()) if minutes.size else 0.0 for stage, minutes in work.items()}
        self._oldest = 0

    def reader(self, metric: Metric, every_min: float) -> Reader:
        """Function of the time that reads a metric; a rate counts what came in the last `every_min` minutes."""
        line, desk = self._line, self._line.desk
        # Those that prepare or remember something are made only when they are asked for.
        prepared: dict[Metric, Callable[[], Reader]] = {
            "overdue_orders": lambda: Due(line, 0.0).count,
            "at_risk_orders": self._at_risk,
            "orders_against_plan": self._against_plan,
            "pickup_fill": self._pickup_fill,
            "abandonment_share": self._abandonment,
        }
        plain: dict[Metric, Reader] = {
            "backlog_orders": lambda now: self.backlog(),
            "backlog_days": lambda now: self.backlog() / max(self.ordinary_per_day, 1e-9),
            "backlog_hours": lambda now: self.backlog_hours(),
            "oldest_order_h": self._oldest_h,
            "orders_per_h": lambda now: line.accepted_since(now - every_min) * 60 / every_min,
            "queue_picking_orders": lambda now: line.picking.waiting_jobs,
            "queue_packing_orders": lambda now: line.packing.waiting_jobs if line.packing else 0,
            "queue_dock_parcels": lambda now: line.dock.parcels if line.dock else 0,
            "queue_desk_contacts": lambda now: desk.station.waiting_jobs if desk else 0,
            "utilisation_picking": lambda now: self._utilisation("picking"),
            "utilisation_packing": lambda now: self._utilisation("packing"),
            "utilisation_desk": lambda now: self._utilisation("desk"),
            "desk_wait_min": lambda now: desk.longest_wait(now) if desk else 0.0,
            "short_sku_share": lambda now: line.stock.short_sku_share() if line.stock else 0.0,
        }
        return prepared[metric]() if metric in prepared else plain[metric]

    # --- orders ---------------------------------------------------------------------------------------------

    def backlog(self) -> int:
        """Accepted, not cancelled, not picked up."""
        return self._line.accepted - self._line.shipped - self._line.cancelled

    def backlog_hours(self) -> float:
        """Hours in which the largest daily crew would clear the longer of the two queues."""
        line = self._line
        picking = line.picking.waiting_jobs + line.count_unreleased()
        packing = line.packing.waiting_jobs if line.packing else 0
        return (
            max(
                picking * self.mean_work_min["picking"] / self._crew["picking"],
                packing * self.mean_work_min["packing"] / self._crew["packing"],
            )
            / 60
        )

    def _oldest_h(self, now: float) -> float:
        line, oldest = self._line, self._oldest
        while oldest < line.arrived and line.state[oldest] >= SHIPPED:
            some = np.frombuffer(line.state, dtype=np.uint8, count=min(CHUNK, line.arrived - oldest), offset=oldest)
            still_here = np.flatnonzero(some < SHIPPED)
            oldest += int(still_here[0]) if len(still_here) else len(some)
        self._oldest = oldest
        return (now - line.placed[oldest]) / 60 if oldest < line.arrived else 0.0

    def _at_risk(self) -> Reader:
        line, due = self._line, Due(self._line, SOON_H * 60)
        shipped_since = line.visits.taken_since if line.dock is not None else Shipped(line).since

        def read(now: float) -> float:
            return max(0.0, due.count(now) - shipped_since(now - DAY_MIN))

        return read

    def _against_plan(self) -> Reader:
        curve = planned_curve(self._scenario)
        edges, rates = curve.edges.tolist(), curve.rates.tolist()
        expected = [0.0, *np.cumsum(curve.rates * np.diff(curve.edges)).tolist()]

        def planned(until: float) -> float:
            step = min(bisect_right(edges, until) - 1, len(rates) - 1)
            return float(expected[step] + rates[step] * (until - edges[step]))

        def read(now: float) -> float:
            begin = now - PACE_H * 60
            if begin < 0:
                return float("nan")  # not known yet: a few hours say more about chance than about the plan
            return self._line.accepted_since(begin) / max(planned(now) - planned(begin), 1.0)

        return read

    # --- people, carriers, the desk -------------------------------------------------------------------------

    def _utilisation(self, stage: str) -> float:
        station = self._line.stations.get(stage)
        return station.busy / station.present if station is not None and station.present else 0.0

    def _pickup_fill(self) -> Reader:
        dock, scenario = self._line.dock, self._scenario
        calendars = [_Visits(scenario, list(carrier.pickups.values())) for carrier in scenario.carriers.values()]

        def read(now: float) -> float:
            if dock is None:
                return 0.0
            fullest = 0.0
            for lane, calendar in zip(dock.lanes, calendars, strict=False):  # those of a plan come last
                fullest = max(fullest, lane.waiting / calendar.capacity(now))
            return fullest

        return read

    def _abandonment(self) -> Reader:
        desk = self._line.desk
        before = [0, 0]

        def read(now: float) -> float:
            if desk is None:
                return 0.0
            ended = [desk.answered, desk.abandoned]
            answered, abandoned = ended[0] - before[0], ended[1] - before[1]
            before[:] = ended
            return abandoned / (answered + abandoned) if answered + abandoned else 0.0

        return read


class Due:
    """Orders of the backlog that fall due up to some minutes from now.

    Counted by due time, of which there are few (the clock times of the promise on the days of a run); each order is
    looked at when it has been placed and when it has left, and never in between.
    """

    def __init__(self, line: Line, ahead_min: float) -> None:
        self._line = line
        self._ahead = ahead_min
        self._left = line.departures()
        self._count_anew()
        line.terms.on_change.append(lambda first: self._count_anew())

    def _count_anew(self) -> None:
        """At the beginning, and when terms have changed."""
        line = self._line
        times, time_of = np.unique(line.terms.due_ship_min, return_inverse=True)
        self._time_of = plain(time_of.astype(np.int64))
        self._times = times[~np.isnan(times)].tolist()  # what was promised nothing never falls due
        self._arrived, self._seen = line.arrived, len(self._left)
        self._open = np.bincount(time_of[line.open_orders()], minlength=len(times)).tolist()

    def count(self, now: float) -> float:
        """Number of them that have been placed and not left."""
        line, left, time_of, still_open = self._line, self._left, self._time_of, self._open
        for order in range(self._arrived, line.arrived):
            still_open[time_of[order]] += 1
        for number in range(self._seen, len(left)):
            still_open[time_of[left[number]]] -= 1
        self._arrived, self._seen = line.arrived, len(left)
        return float(sum(still_open[: bisect_right(self._times, now + self._ahead)]))


class Shipped:
    """Orders shipped without any carrier's visit: where the scenario has none, packed is shipped."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._left = line.departures()
        self._seen = self._earlier = 0

    def since(self, time: float) -> int:
        """Number shipped after a time, which never lies before the one asked for last."""
        left, picked_up = self._left, self._line.picked_up
        while self._seen < len(left) and not (shipped := picked_up[left[self._seen]]) > time:
            self._earlier += shipped == shipped  # not who cancelled or was deterred
            self._seen += 1
        return self._line.shipped - self._earlier


class _Visits:
    """When a carrier's pickups come, and what they take."""

    def __init__(self, scenario: Scenario, pickups: list[Pickup]) -> None:
        visits = sorted(
            (day * DAY_MIN + pickup.time, np.inf if pickup.capacity is None else float(pickup.capacity))
            for pickup in pickups
            for day in range(scenario.days + 7)
            if scenario.weekday_of(day) in pickup.weekdays
        )
        self._times = [time for time, _ in visits]
        self._upto = [0.0, *accumulate(capacity for _, capacity in visits)]
        self._unlimited = any(pickup.capacity is None for pickup in pickups)

    def capacity(self, now: float) -> float:
        """Parcels that the visits of the next 24 h can take, counted from the next visit where none comes in them."""
        if self._unlimited:
            return float("inf")
        times = self._times
        first = bisect_left(times, now)
        if first == len(times):
            return float("inf")
        next_visit = times[first]
        # What comes after the day that begins now, or with the next visit where that is further away.
        last = bisect_left(times, (now if next_visit < now + DAY_MIN else next_visit) + DAY_MIN, lo=first)
        return max(1.0, self._upto[last] - self._upto[first])
