"""The luck of disturbances: when outages come, which orders wait for late goods, how wrong the forecast was.

Every disturbance draws from streams of its own, named by its label, so that one more changes nobody else's luck. The
k-th outage of a label has its own pair of numbers; whether an order holds a late good belongs to the order. What
disturbances are stands in :mod:`sim.scenario.disturbances`, what they do in :mod:`sim.floor.disturbances`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from math import prod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.demand.arrivals import Arrivals
from sim.distributions import quantile, to_grid
from sim.scenario.disturbances import CarrierFailure, ForecastError, LateReceipt, Outage, SecondWave, window_of
from sim.scenario.scenario import Scenario
from sim.scenario.types import LARGEST, Shape
from sim.streams import Stream

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Streams = Callable[[str], Stream]


class Standstill(NamedTuple):
    """One outage of one stage, as drawn.

    Attributes
    ----------
    label
        Of the disturbance.
    stage
        picking, packing, desk, dock or release.
    begin_min, end_min
        Clock minutes; at `end_min` work goes on.
    capacity_left_share
        Part of the places that still work.
    stops_work
        Whether work in hand is put down.
    """

    label: str
    stage: str
    begin_min: float
    end_min: float
    capacity_left_share: float
    stops_work: bool


def lognormal_luck(cv: float, stream: Stream) -> float:
    """One number per replication, lognormal with mean one; 1 where nothing is uncertain."""
    if cv == 0:
        return 1.0
    return float(quantile(Shape(distribution="lognormal", cv=cv), stream.at(0).random()))


# --- outages ----------------------------------------------------------------------------------------------------


def outages(scenario: Scenario, streams: Streams) -> tuple[Standstill, ...]:
    """All outages that begin before the horizon, in the order in which they begin."""
    drawn = [
        Standstill(label, stage, begin, end, each.capacity_left_share, each.stops_work_in_hand)
        for label, each in scenario.disturbances.items()
        if isinstance(each, Outage)
        for begin, end in _windows(scenario, each, streams(f"outages/{label}"))
        for stage in each.stages
        if end > max(begin, 0.0) and begin < scenario.horizon_min
    ]
    return tuple(sorted(drawn, key=lambda outage: outage.begin_min))


def _windows(scenario: Scenario, each: Outage, stream: Stream) -> Iterator[tuple[float, float]]:
    begin, end = window_of(scenario, each)
    if each.mean_between_h is None or each.mean_hours is None:
        yield begin, end
        return
    number = 0
    while True:
        gap, length = -np.log1p(-stream.at(number).random(2)) * 60
        starts = begin + float(to_grid(gap * each.mean_between_h))
        if starts >= end:
            return
        begin = min(starts + float(to_grid(length * each.mean_hours)), end)
        yield starts, begin
        number += 1


# --- orders -----------------------------------------------------------------------------------------------------


def demand_luck(scenario: Scenario, streams: Streams) -> dict[str, float]:
    """How forecasts and second waves turned out against their factor or uplift, by label; mean one."""
    luck = {}
    for label, each in scenario.disturbances.items():
        if isinstance(each, ForecastError):
            luck[label] = lognormal_luck(each.cv, streams(f"forecast error/{label}"))
        elif isinstance(each, SecondWave):
            luck[label] = lognormal_luck(each.uplift_cv, streams(f"second wave/{label}"))
    return luck


def receipts(scenario: Scenario, streams: Streams) -> dict[str, float]:
    """When late goods arrive, by label, clock minutes."""
    found = {}
    for label, each in scenario.disturbances.items():
        if isinstance(each, LateReceipt):
            uniform = streams(f"receipt/{label}").at(0).random() if each.late_h > 0 else 0.0
            delay = each.late_h * 60 * float(quantile(each.late, uniform)) if each.late_h > 0 else 0.0
            found[label] = float(to_grid(window_of(scenario, each)[1] + delay))
    return found


def late_goods(
    scenario: Scenario, arrivals: Arrivals, arrive: Mapping[str, float], streams: Streams
) -> dict[str, Bools]:
    """Which orders hold a late good if they are placed while it is missing, by label, shape (n,).

    Drawn for those placed before it is missing too: a plan may have their customers come later.
    """
    found = {}
    for label, arrives in arrive.items():
        each = scenario.disturbances[label]
        assert isinstance(each, LateReceipt)
        before = arrivals.placed_min < arrives
        found[label] = before.copy()
        found[label][before] = arrivals.uniforms(streams(f"late goods/{label}"), 1, before)[:, 0] < each.share
    return found


def held_until(scenario: Scenario, placed: Floats, arrive: Mapping[str, float], holds: Mapping[str, Bools]) -> Floats:
    """When the last of an order's late goods arrives, shape (n,); NaN where it has none.

    Takes up no memory in a scenario without late receipts.

    Parameters
    ----------
    placed
        Clock minutes, shape (n,).
    arrive, holds
        label -> when the goods arrive, and which orders hold them.
    """
    if not arrive:
        return np.broadcast_to(np.float64(np.nan), len(placed))
    until = np.full(len(placed), np.nan)
    for label, arrives in arrive.items():
        missing_from = window_of(scenario, scenario.disturbances[label])[0]
        waits = holds[label] & (placed >= missing_from) & (placed < arrives)
        until[waits] = np.fmax(until[waits], arrives)
    return until


# --- carriers ---------------------------------------------------------------------------------------------------


class Failures:
    """What fails at one carrier, and when.

    Parameters
    ----------
    carrier
        Its name; one that the scenario does not have never fails.
    """

    def __init__(self, scenario: Scenario, carrier: str) -> None:
        self._spells = [
            (*window_of(scenario, each), each)
            for each in scenario.disturbances.values()
            if isinstance(each, CarrierFailure) and carrier in (each.carriers or scenario.carriers)
        ]

    def _now(self, now: float) -> Iterator[CarrierFailure]:
        return (each for begin, end, each in self._spells if begin <= now < end)

    def no_show(self, now: float) -> bool:
        """Whether a pickup at a time does not come."""
        return any(each.mode == "no_show" for each in self._now(now))

    def slowness(self, now: float) -> float:
        """Factor on the transit time of what is handed over at a time."""
        return min(prod(each.factor for each in self._now(now)), LARGEST)

    def capacity_steps(self) -> tuple[Floats, Floats]:
        """Factor on the contracted parcels: edges from minute 0 on, and the factor from each; shape (k,) each."""
        narrow = [spell for spell in self._spells if spell[2].capacity_factor != 1]
        inner = [minute for begin, end, _ in narrow for minute in (begin, end) if minute > 0]
        edges = np.unique([0.0, *inner])
        return edges, np.asarray(
            [min(prod(each.capacity_factor for each in self._now(edge)), LARGEST) for edge in edges]
        )
