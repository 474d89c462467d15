"""Rules that decide: when something falls due, who is served next, who is sent where, how customers respond.

Plain functions of numbers and arrays, used by the floor model. Two families of rules have modules of their own: when an
alarm is raised is in :mod:`sim.alerting`, the law on working hours in :mod:`sim.law`.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import floor
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.scenario.promise import Promise, ServiceClass
from sim.scenario.scenario import Scenario
from sim.scenario.site import Discipline
from sim.scenario.types import WEEKDAYS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
FORECAST_PER_DAY = "forecast_per_day"  # note of the draws: orders of an ordinary day by the forecast
NOTHING: Mapping[str, Any] = MappingProxyType({})


# --- promises ---------------------------------------------------------------------------------------------------


def due_times(scenario: Scenario, placed_min: Floats, express: Bools, wished_days: Ints) -> tuple[Floats, Floats]:
    """When orders are promised to be shipped and delivered.

    `due_ship` is the promise's clock time on the n-th working day, counted from the order day if placed by the
    cut-off, otherwise from the next working day. A wished date moves both; the hard deadline cuts both.

    Parameters
    ----------
    placed_min
        Clock minutes, shape (n,).
    express
        Shape (n,).
    wished_days
        Days from the order to the date the customer asked for; 0 where no date was asked for. Shape (n,).

    Returns
    -------
    due_ship, due_delivery in clock minutes, shape (n,) each; NaN where the scenario has no promise.
    """
    promise = scenario.promise
    if promise is None:
        nothing = np.full(len(placed_min), np.nan)
        return nothing, nothing.copy()
    calendar = _Calendar(scenario, promise)
    day = np.floor(placed_min / 1440).astype(np.int64)
    late = placed_min - day * 1440.0 > promise.order_cutoff
    base = calendar.base_day(day, late)
    due_ship = np.empty(len(placed_min))
    due_delivery = np.empty(len(placed_min))
    for rows, service in ((~express, promise.standard), (express, promise.express)):
        due_ship[rows] = calendar.nth(base[rows], service.ship_within_days) * 1440.0 + promise.ship_by
        due_delivery[rows] = calendar.nth(base[rows], service.deliver_within_days) * 1440.0 + promise.deliver_by
        _apply_wishes(calendar, promise, service, rows & (wished_days > 0), day + wished_days, due_ship, due_delivery)
    if promise.hard_deadline is not None:
        deadline = scenario.minute(promise.hard_deadline)
        before = placed_min < deadline
        due_ship[before] = np.minimum(due_ship[before], deadline)
        due_delivery[before] = np.minimum(due_delivery[before], deadline)
    return due_ship, due_delivery


def _apply_wishes(
    calendar: _Calendar,
    promise: Promise,
    service: ServiceClass,
    rows: Bools,
    wished_day: Ints,
    due_ship: Floats,
    due_delivery: Floats,
) -> None:
    """Where a later date was asked for, delivery is due then, and shipping as many working days ahead as usual."""
    wished = wished_day[rows]
    deliver = wished * 1440.0 + promise.deliver_by
    gap = service.deliver_within_days - service.ship_within_days
    ship = calendar.back(wished, gap) * 1440.0 + promise.ship_by
    due_ship[rows] = np.where(deliver > due_delivery[rows], np.maximum(ship, due_ship[rows]), due_ship[rows])
    due_delivery[rows] = np.maximum(deliver, due_delivery[rows])


class _Calendar:
    """Working days of a promise, counted as day numbers from the scenario's start."""

    def __init__(self, scenario: Scenario, promise: Promise) -> None:
        self._first = np.datetime64(scenario.first_day, "D")
        mask = "".join("1" if name in promise.working_weekdays else "0" for name in WEEKDAYS)
        self._calendar = np.busdaycalendar(
            weekmask=mask, holidays=[np.datetime64(day, "D") for day in promise.holidays]
        )

    def base_day(self, day: Ints, late: Bools) -> Ints:
        """Day that counts as zero: the order day if it works and the order was in time, else the next working day."""
        dates = self._first + day
        working = np.is_busday(dates, busdaycal=self._calendar)
        return self._offset(np.where(working & late, dates + 1, dates), np.zeros_like(day))

    def nth(self, day: Ints, count: int) -> Ints:
        """The count-th working day after a working day."""
        return self._offset(self._first + day, np.full_like(day, count))

    def back(self, day: Ints, count: int) -> Ints:
        """The working day `count` working days before a day."""
        moved = np.busday_offset(self._first + day, -count, roll="backward", busdaycal=self._calendar)
        return np.asarray((moved - self._first).astype(np.int64))

    def _offset(self, dates: Any, counts: Ints) -> Ints:
        moved = np.busday_offset(dates, counts, roll="forward", busdaycal=self._calendar)
        return np.asarray((moved - self._first).astype(np.int64))


def ordinary_per_day(scenario: Scenario, orders: int, notes: Mapping[str, Any] = NOTHING) -> float:
    """Orders of an ordinary day: the profile's or the forecast's mean at the scenario's scale, or that of a file.

    Parameters
    ----------
    orders
        Orders of the run.
    notes
        Of the draws, or of the ledger: where there is a forecast they say what an ordinary day has by it.
    """
    if scenario.demand.file is not None:
        return orders / scenario.days
    if scenario.demand.forecast is not None:
        return float(notes[FORECAST_PER_DAY])
    return scenario.demand.profile.rate_per_min * 1440 * scenario.scale


# --- who is served next -----------------------------------------------------------------------------------------


def discipline_key(discipline: Discipline, express: Bools, due_ship: Floats, work_min: Floats) -> Floats | None:
    """Static sort key of each order, smallest first; None for first come, first served.

    Ties are broken by arrival. Raises nothing: names were validated with the scenario.
    """
    if discipline == "fifo":
        return None
    if discipline == "express_first":
        return np.where(express, 0.0, 1.0)
    if discipline == "earliest_due":
        return np.where(np.isnan(due_ship), np.inf, due_ship)
    return work_min


# --- reviews ----------------------------------------------------------------------------------------------------


def next_review(now: float, every_min: float) -> float:
    """First multiple of the review interval after now."""
    count = floor(now / every_min)
    review = (count + 1) * every_min
    return review if review > now else (count + 2) * every_min  # rounding of now / every


def workers_to_move(
    work_min: tuple[float, float],
    workers: tuple[int, int],
    *,
    trained: int,
    away: int,
    ratio: float,
    least_min: float,
) -> int:
    """How many workers to send from their own stage to another one at a review; below zero: so many go back.

    A stage's load is the work waiting there per worker. Workers are sent when the load of the other stage is at least
    `ratio` times that of their own and more than `least_min`, and fetched back when their own is at least `ratio` times
    the other's; in between nobody moves (hysteresis). As many go as bring the two loads closest to each other.

    Parameters
    ----------
    work_min
        Minutes of work waiting at their own and at the other stage.
    workers
        Heads at their own and at the other stage, those already sent included where they are.
    trained
        How many at their own stage may be sent; one always stays there.
    away
        How many at the other stage may be fetched back.
    ratio
        >= 1.
    least_min
        Minutes that those at the other stage can do without help: the time to the next review.
    """
    own, other = _load(work_min[0], workers[0]), _load(work_min[1], workers[1])
    if other > least_min and other >= ratio * own:
        step, most = 1, min(trained, workers[0] - 1)
    elif own > 0 and own >= ratio * other:
        step, most = -1, away
    else:
        return 0
    count, gap = 0, abs(own - other)
    while count < most:
        moved = step * (count + 1)
        closer = abs(_load(work_min[0], workers[0] - moved) - _load(work_min[1], workers[1] + moved))
        if closer >= gap:
            break
        count, gap = count + 1, closer
    return step * count


def _load(work_min: float, workers: int) -> float:
    """Minutes of work waiting per worker."""
    if work_min <= 0:
        return 0.0
    return work_min / workers if workers > 0 else float("inf")


# --- customers --------------------------------------------------------------------------------------------------


def responds(margin: float, reduction: float) -> bool:
    """Whether a customer who would respond without an offer still does with one.

    Parameters
    ----------
    margin
        The customer's own number in [0, 1), drawn with the order.
    reduction
        Share of such responses that the offer prevents, in [0, 1]. More never makes a response more likely.
    """
    return margin < 1.0 - reduction


def combined(first: Any, second: float) -> Any:
    """Share prevented by two offers that act one after the other; a number or an array of them."""
    return 1.0 - (1.0 - first) * (1.0 - second)


def learning(days_worked: float, start: float, full: float, time_constant_days: float) -> float:
    """Speed of a learner: approaches `full` from `start` exponentially (Wright-type curves flatten the same way)."""
    return full - (full - start) * float(np.exp(-days_worked / time_constant_days))
