"""What the size of a campaign is: uplift, orders or revenue; and the ladder of sizes that a search climbs.

A campaign of `uplift` u has u times the ordinary orders of its hours, as a whole, whatever part of it lies within the
run; so many are its *orders* (ordinary customers of those hours included, who can't be told from the others) and its
*revenue* is what they are worth at the mean order. Both are what is expected when the uplift turns out as planned. The
size of an order file is `demand.resample`, orders per order in the file; its orders and revenue are those of the
measured days.

Whatever shape a campaign is given, its size is told in terms of the campaign as planned with as many orders.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, exp, log
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.demand.curve import ordinary_orders
from sim.demand.trace import read_orders
from sim.errors import InputError, Problem
from sim.scenario.demand import Basket
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
By = Literal["uplift", "orders", "revenue"]
BYS: tuple[By, ...] = ("uplift", "orders", "revenue")
UPLIFT, RESAMPLE, LUCK = "demand.campaign.uplift", "demand.resample", "demand.campaign.uplift_cv"
HEADING = "the ceiling can't be looked for"
UP_TO = 2.5  # default range: so many times the planned size


@dataclass(frozen=True, slots=True)
class Measure:
    """What a size of 1 comes to, and the size that is planned.

    Attributes
    ----------
    path
        Figure that sets it.
    planned
        Size as the scenario has it.
    orders, revenue
        Expected at size 1.
    cv
        Uncertainty of the size: of the uplift; 0 of an order file.
    """

    path: str
    planned: float
    orders: float
    revenue: float
    cv: float

    def of(self, size: float, by: By) -> float:
        """A size in a unit."""
        return size * self._one(by)

    def size(self, value: float, by: By) -> float:
        """The other way round."""
        return value / self._one(by)

    def _one(self, by: By) -> float:
        return {"uplift": 1.0, "orders": self.orders, "revenue": self.revenue}[by]


def measure_of(scenario: Scenario) -> Measure:
    """How the size of a scenario's campaign, or order file, is measured.

    Raises
    ------
    InputError
        If there is neither, or ordinary hours have no orders that could be multiplied.
    """
    demand = scenario.demand
    if demand.file is not None:
        return _of_file(scenario)
    if demand.campaign is None:
        remedy = "there is no campaign whose size could be varied, and no order file: give demand.campaign"
        raise InputError([Problem("demand.campaign", "null", remedy)], HEADING)
    orders = ordinary_orders(scenario, demand.campaign.start, demand.campaign.end)
    if orders <= 0:
        remedy = "its hours have no ordinary orders, so that no uplift brings any: see demand.profile"
        raise InputError([Problem("demand.campaign", "", remedy)], HEADING)
    value = mean_units(demand.basket) * scenario.economics.price_per_unit
    return Measure(UPLIFT, demand.campaign.uplift, orders, orders * value, demand.campaign.uplift_cv)


def _of_file(scenario: Scenario) -> Measure:
    found = read_orders(at_scale(scenario))
    inside = (found.placed_min >= scenario.measure_from_min) & (found.placed_min < scenario.measure_to_min)
    priced = np.where(np.isnan(found.value), found.units * scenario.economics.price_per_unit, found.value)
    orders, revenue = float(inside.sum()) * scenario.scale, float(priced[inside].sum()) * scenario.scale
    return Measure(RESAMPLE, scenario.demand.resample, orders, revenue, 0.0)


def mean_units(basket: Basket) -> float:
    """Expected units of an order: geometric lines, cut at the longest order, and units on each line."""
    more = basket.lines_mean - 1
    again = more / (1 + more)
    lines = 1.0 if again == 0 else (1 - again**basket.lines_max) / (1 - again)
    return lines * basket.units_per_line_mean


@dataclass(frozen=True, slots=True)
class Ladder:
    """Sizes in equal ratios, numbered from 0.

    Parameters
    ----------
    low
        The smallest.
    ratio
        From one to the next, > 1.
    rungs
        How many there are.
    points
        How many of them the coarse grid has, both ends among them, as evenly as can be.
    """

    low: float
    ratio: float
    rungs: int
    points: int

    def size(self, rung: int) -> float:
        """Size at a rung."""
        return float(self.low * self.ratio**rung)

    @property
    def sizes(self) -> Floats:
        """All of them."""
        return np.asarray(self.low * self.ratio ** np.arange(self.rungs, dtype=np.float64))

    @property
    def coarse(self) -> list[int]:
        """Rungs of the coarse grid."""
        evenly = np.linspace(0, self.rungs - 1, min(self.points, self.rungs))
        return [int(rung) for rung in np.rint(evenly)]


def ladder(low: float, high: float, width: float, points: int) -> Ladder:
    """A ladder from one size to another at least, whose rungs lie half a width apart.

    Parameters
    ----------
    width
        Relative width of the bracket that is looked for.
    points
        How many sizes the coarse grid has, >= 2.
    """
    step = log(1 + width / 2)
    rungs = max(1, ceil(log(high / low) / step - 1e-9))
    return Ladder(low, exp(log(high / low) / rungs), rungs + 1, points)
