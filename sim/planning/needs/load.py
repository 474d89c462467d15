"""Work that comes, by closed form: orders and contacts by half-hour, work per order, and when it has to be done.

Orders follow the curve at the quantile of the uplift, and of a forecast, that the stated probability asks for. Orders
with a wished date are counted at the ordinary due time: under first come, first served they can't be set aside. Work of
an order has the mean and the second moment that basket and service times give; of order files and files of durations,
those of one draw.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.demand.curve import StepCurve, order_curve, profile_curve
from sim.draws import sample
from sim.rules import due_times
from sim.scenario.carriers import Carrier
from sim.scenario.demand import Basket
from sim.scenario.scenario import Scenario
from sim.scenario.site import Stage
from sim.scenario.types import WEEKDAYS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
BIN_MIN = 30.0
DAY_MIN = 1440.0


def safety(probability: float) -> float:
    """Standard deviations that a normal stays below with a probability."""
    return max(0.0, float(ndtri(probability)))


def luck_at(cv: float, probability: float) -> float:
    """Quantile of a lognormal factor of mean one."""
    spread = np.sqrt(np.log1p(cv**2))
    return float(np.exp(spread * ndtri(probability) - spread**2 / 2))


def orders_by_bin(scenario: Scenario, luck: float, forecast: float = 1.0) -> Floats:
    """Expected orders of each half-hour of the run, shape (days * 48,); of an order file, those of one draw.

    Parameters
    ----------
    luck, forecast
        What the uplift, and a forecast, turned out to be against what was planned.
    """
    edges = bin_edges(scenario)
    if scenario.demand.file is not None:
        return np.histogram(sample(scenario).placed_min, edges)[0].astype(np.float64)
    return forecast * expected_by_bin(order_curve(scenario, luck), edges)


def bin_edges(scenario: Scenario) -> Floats:
    """Half-hours of the run, shape (days * 48 + 1,)."""
    return np.arange(scenario.days * 48 + 1, dtype=np.float64) * BIN_MIN


def expected_by_bin(curve: StepCurve, edges: Floats) -> Floats:
    """Integral of a rate over each bin, shape (len(edges) - 1,)."""
    upto = np.concatenate([[0.0], np.cumsum(curve.rates * np.diff(curve.edges))])
    return np.asarray(np.diff(np.interp(edges, curve.edges, upto)), dtype=np.float64)


# --- work of an order -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Work:
    """Work of one order or contact at standard speed: mean (min) and mean square (min²)."""

    mean: float
    square: float

    def with_safety(self, count: Floats, deviations: float) -> Floats:
        """Work of a Poisson number of them and its safety: mean * n + deviations * sqrt(n * E[S²]), minutes."""
        return count * self.mean + deviations * np.sqrt(count * self.square)


def lines_moments(basket: Basket) -> tuple[float, float]:
    """Mean and mean square of the lines of an order: geometric from 1, cut at the longest."""
    above = ((basket.lines_mean - 1) / basket.lines_mean) ** np.arange(basket.lines_max)  # P(lines > k)
    return float(above.sum()), float(((2 * np.arange(basket.lines_max) + 1) * above).sum())


def work_of(stage: Stage, basket: Basket) -> Work:
    """Moments of the work of an order at a stage; not for empirical service times."""
    setup, line, unit = stage.setup_min, stage.per_line_min, stage.per_unit_min
    lines, lines_square = lines_moments(basket)
    more = basket.units_per_line_mean - 1  # further units are geometric with mean lines * more
    mean = setup + (line + unit * (1 + more)) * lines
    units_square = lines_square * (1 + 2 * more + 2 * more**2) + more * lines
    square = (
        setup**2
        + 2 * setup * (line + unit * (1 + more)) * lines
        + line**2 * lines_square
        + 2 * line * unit * (1 + more) * lines_square
        + unit**2 * units_square
    )
    return Work(mean, square * (1 + _cv_square(stage)))


def _cv_square(stage: Stage) -> float:
    named = stage.service.distribution
    return {"exponential": 1.0, "deterministic": 0.0}.get(named, stage.service.cv**2)


def stage_work(scenario: Scenario, stage: Stage, name: str) -> Work:
    """Work of an order at a stage of a scenario: by its moments, or of one draw where files bring it."""
    if scenario.demand.file is None and stage.service.file is None:
        return work_of(stage, scenario.demand.basket)
    draws = sample(scenario)
    minutes = draws.pick_work_min if name == "picking" else draws.pack_work_min
    return Work(float(minutes.mean()), float((minutes**2).mean())) if minutes.size else Work(0.0, 0.0)


# --- when it has to be done -----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Jobs:
    """Orders in portions: expected number, from when they can be worked on, until when they have to be packed.

    Attributes
    ----------
    orders, release_min, deadline_min
        Shape (n,).
    carrier
        Number of the carrier, shape (n,); -1 where there is none.
    """

    orders: Floats
    release_min: Floats
    deadline_min: Floats
    carrier: Ints


def jobs_of(scenario: Scenario, orders: Floats) -> Jobs:
    """Portions of orders by half-hour, class and carrier; those that no visit can take in time are left out.

    Parameters
    ----------
    orders
        By half-hour, as :func:`orders_by_bin` gives them.
    """
    assert scenario.promise is not None
    placed = bin_edges(scenario)[:-1] + BIN_MIN / 2
    release = released(scenario, placed)
    express_share = scenario.promise.express_share
    parts: list[tuple[Floats, Floats, Floats, Ints]] = []
    for express, share in ((False, 1 - express_share), (True, express_share)):
        due = due_times(scenario, placed, np.full(len(placed), express), np.zeros(len(placed), dtype=np.int64))[0]
        for number, part, deadline in _deadlines(scenario, due):
            can = (deadline > release) & (orders > 0) & (share * part > 0)
            count = orders[can] * share * part
            parts.append((count, release[can], deadline[can], np.full(int(can.sum()), number, dtype=np.int64)))
    joined = [np.concatenate(column) for column in zip(*parts, strict=True)]
    return Jobs(*joined)


def released(scenario: Scenario, placed: Floats) -> Floats:
    """When orders reach the floor: at once, or with the next wave."""
    if scenario.site.release.mode == "continuous":
        return placed
    times = np.asarray(scenario.site.release.times)
    waves = np.sort((np.arange(scenario.days + 2)[:, None] * DAY_MIN + times[None, :]).ravel())
    return np.asarray(waves[np.searchsorted(waves, placed)])


def _deadlines(scenario: Scenario, due: Floats) -> list[tuple[int, float, Floats]]:
    """Number, share and packing deadline by carrier: cut-off of its last visit up to the due time."""
    carriers = list(scenario.carriers.values())
    if not carriers:
        return [(-1, 1.0, due)]
    found = []
    for number, carrier in enumerate(carriers):
        visits = visits_of(scenario, carrier)[:, 0]
        place = np.searchsorted(visits, due, side="right") - 1
        last = np.where(place >= 0, visits[np.maximum(place, 0)], -np.inf)
        found.append((number, carrier.share, last - carrier.cutoff_min))
    return found


def visits_of(scenario: Scenario, carrier: Carrier) -> Floats:
    """Time and number of the slot of every visit of a carrier, in order, shape (n, 2)."""
    first = scenario.first_day.weekday()
    visits = [
        (day * DAY_MIN + pickup.time, slot)
        for slot, pickup in enumerate(carrier.pickups.values())
        for day in range(scenario.days + 7)
        if WEEKDAYS[(first + day) % 7] in pickup.weekdays
    ]
    return np.asarray(sorted(visits), dtype=np.float64).reshape(-1, 2)


# --- contacts -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Contacts:
    """What the desk is asked by half-hour.

    Attributes
    ----------
    calls, messages
        Shape (days * 48,); calls outside the desk's hours are left out.
    call_min, message_min
        Mean handle time.
    """

    calls: Floats
    messages: Floats
    call_min: float
    message_min: float


def contacts_of(scenario: Scenario, orders: Floats, late_share: float) -> Contacts:
    """Contacts of orders and general questions, further tries of what is not resolved included.

    Parameters
    ----------
    orders
        By half-hour.
    late_share
        Part of orders that come late, which their customers ask about.
    """
    desk = scenario.desk
    assert desk is not None
    edges = bin_edges(scenario)
    asked = expected_by_bin(profile_curve(scenario, desk.general), edges)
    if scenario.promise is not None:
        placed = edges[:-1] + BIN_MIN / 2
        zeros = np.zeros(len(placed), dtype=np.int64)
        due = due_times(scenario, placed, np.zeros(len(placed), dtype=bool), zeros)[1]
        asking = scenario.customers.asking
        asked = asked + spread(orders * asking.before_due_share, placed, due)
        lag = asking.late_lag_h * 60
        asked = asked + spread(orders * late_share * asking.late_share, due, due + 2 * lag)
    share: dict[str, float] = {"call": 0.0, "message": 0.0}
    minutes: dict[str, float] = {"call": 0.0, "message": 0.0}
    for channel in desk.channels.values():
        tries = channel.share / max(0.05, 1 - channel.unresolved_share)
        share[channel.kind] += tries
        minutes[channel.kind] += tries * channel.handle_min
    clock = (edges[:-1] % DAY_MIN) + BIN_MIN / 2
    day = (edges[:-1] // DAY_MIN).astype(np.int64)
    weekdays = [scenario.weekday_of(int(each)) in desk.weekdays for each in range(scenario.days)]
    is_open = (clock >= desk.open) & (clock < desk.close) & np.asarray(weekdays)[day]
    return Contacts(
        calls=np.where(is_open, asked * share["call"], 0.0),
        messages=asked * share["message"],
        call_min=minutes["call"] / share["call"] if share["call"] else 0.0,
        message_min=minutes["message"] / share["message"] if share["message"] else 0.0,
    )


def spread(count: Floats, begins: Floats, ends: Floats) -> Floats:
    """Portions spread evenly, each from its begin to its end, over the half-hours of the run; shapes alike."""
    bins = len(count)
    first = np.clip((begins // BIN_MIN).astype(np.int64), 0, bins)
    last = np.clip((ends // BIN_MIN).astype(np.int64), first, bins - 1) + 1
    width = np.maximum(1, (ends // BIN_MIN - begins // BIN_MIN).astype(np.int64) + 1)
    step = np.zeros(bins + 1)
    np.add.at(step, np.minimum(first, bins), count / width)
    np.add.at(step, np.minimum(last, bins), -count / width)
    return np.cumsum(step)[:bins]
