"""Stock by closed form: what the planned days ask of each SKU, what is there of it, and what has to come or be made.

Demand by SKU and day follows the order curve, the basket, and the popularity that the campaign bends: what lies under
the ordinary curve is ordinary demand, what lies above it is the campaign's. Quantities are asked for at the quantile of
the uplift that the stated probability asks for, with a square-root safety. A production line is a fluid by day: it
makes what lacks to the level of its SKUs, as far as its hours go. What reorder rules of bought SKUs will bring counts
for nothing here; the search takes back what they make superfluous.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from math import ceil, floor, log

import numpy as np
from numpy.typing import NDArray

from sim.demand.catalogue import Catalogue, Inbound, catalogue_of
from sim.demand.curve import order_curve, ordinary_curve
from sim.distributions import quantile
from sim.draws import sample
from sim.planning.needs.load import DAY_MIN, bin_edges, expected_by_bin, lines_moments, safety
from sim.planning.needs.need import Goods, Need
from sim.planning.needs.stock import (
    Quantities,
    critical_fractile,
    demand_deviation,
    latest_start,
    newsvendor,
    order_by,
    production_days,
)
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.targets import FILL, SHIP
from sim.planning.needs.turnout import doubts_of, turnout_at
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario
from sim.scenario.stock import ProductionLine, Sku, Stock
from sim.scenario.types import WEEKDAYS

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LONGEST_DAY_H = 24
LEVEL_STEP, MOST_LEVEL_STEPS = 1.05, 60  # a level is raised to at most 1.05^60 = 19 times today's
LITRES_PER_M3 = 1000.0


@dataclass(frozen=True, slots=True)
class Terms:
    """What is assumed about stock, beside the scenario.

    Parameters
    ----------
    leftover_share
        Of its cost what a unit loses that is left over and does not expire.
    receiving_days
        Working days of the gate between arrival and the shelf.
    """

    leftover_share: float = 0.2
    receiving_days: int = 1


def units_by_day(scenario: Scenario, luck: float) -> Floats:
    """Expected units of each SKU asked for on each day of the run, shape (days, skus).

    Parameters
    ----------
    luck
        What the uplift turned out to be against what was planned. Of an order file: units of one draw, whatever it is.
    """
    catalogue = catalogue_of(at_scale(scenario))
    if scenario.demand.file is not None:
        return _of_file(scenario, len(catalogue))
    edges = bin_edges(scenario)
    curve, usual = order_curve(scenario, luck), ordinary_curve(scenario)
    every, under = (expected_by_bin(each, edges) for each in (curve, usual))
    ordinary = np.minimum(every, under)
    basket = scenario.demand.basket
    per_order = lines_moments(basket)[0] * basket.units_per_line_mean
    daily, bent = ((part * per_order).reshape(-1, 48).sum(axis=1) for part in (ordinary, every - ordinary))
    return np.outer(daily, catalogue.popularity) + np.outer(bent, catalogue.campaign_popularity)


def _of_file(scenario: Scenario, skus: int) -> Floats:
    draws = sample(scenario)
    assert draws.stock is not None
    baskets, found = draws.stock.baskets, np.zeros((scenario.days, skus))
    day = np.minimum((draws.placed_min[baskets.order] // DAY_MIN).astype(np.int64), scenario.days - 1)
    np.add.at(found, (day, baskets.sku), baskets.units)
    return found


def usable(lots: list[Inbound], demand: Floats, days: range) -> float:
    """Units of a SKU that are there for the planned days: sold on them before they expire, or left after them.

    Parameters
    ----------
    lots
        Of the SKU; those that expire first are sold first.
    demand
        Units of each day of the run.
    """
    left = {number: float(lot.units) for number, lot in enumerate(lots)}
    order = sorted(left, key=lambda number: lots[number].expires_min)
    served = 0.0
    for day in range(days.stop):
        wanted = float(demand[day])
        for number in order:
            lot = lots[number]
            if lot.at_min < (day + 1) * DAY_MIN and lot.expires_min > day * DAY_MIN:
                part = min(wanted, left[number])
                left[number], wanted = left[number] - part, wanted - part
                served += part if day in days else 0.0
    end = days.stop * DAY_MIN
    return served + sum(left[number] for number in order if lots[number].at_min < end < lots[number].expires_min)


def late_days(sku: Sku, probability: float) -> float:
    """Days by which what a supplier brings is late, with the stated probability at most."""
    supply = sku.supply
    beyond = 1 - probability
    return supply.late_days * log(supply.late_share / beyond) if supply.late_share > beyond > 0 else 0.0


def lead_days(sku: Sku, probability: float) -> int:
    """Whole days from order to gate, with the stated probability at most and without being late."""
    supply = sku.supply
    return ceil(supply.lead_time_days * float(quantile(supply.lead_time, probability)) - 1e-9)


@dataclass(frozen=True)
class Fluid:
    """A production line by day.

    Attributes
    ----------
    made, short
        Units made, and asked for in vain, shape (days,).
    """

    made: Floats
    short: Floats


def baked(demand: Floats, opening: float, level: float, can: Floats, *, before_sales: bool) -> Fluid:
    """What a line makes that fills its SKUs up to a level every day.

    Parameters
    ----------
    demand, can
        Units asked for and units that can be made, by day.
    before_sales
        Whether what is made in a day is ready before it is asked for.
    """
    made, short = np.zeros(len(demand)), np.zeros(len(demand))
    stock, asked = opening, 0.0
    for day, (wanted, most) in enumerate(zip(demand.tolist(), can.tolist(), strict=True)):
        made[day] = min(asked, most)
        asked -= made[day]
        if before_sales:
            stock += made[day]
        asked = max(asked, level - stock)  # the inventory position is filled up to the level
        sold = min(stock, wanted)
        short[day], stock = wanted - sold, stock - sold
        if not before_sales:
            stock += made[day]
    return Fluid(made, short)


class Supply:
    """Stock of a scenario, and what is asked of it.

    Parameters
    ----------
    probability
        With which the targets have to be met.
    goal
        Fill rate asked for; None: not asked for.
    """

    def __init__(self, scenario: Scenario, probability: float, goal: float | None, terms: Terms) -> None:
        assert scenario.stock is not None
        self.scenario = scenario
        self.site = at_scale(scenario)
        stock = self.site.stock
        assert stock is not None
        self.stock: Stock = stock
        self.catalogue: Catalogue = catalogue_of(self.site)
        self.probability = probability
        self.goal = goal
        self.terms = terms
        self.days = planned_days(scenario)
        self.cv, self.forecast_cv = doubts_of(scenario)
        self.expected = units_by_day(scenario, 1.0)
        turnout = turnout_at(scenario, probability)
        uplifted = units_by_day(scenario, turnout.uplift) if self.cv else self.expected
        self.high = turnout.forecast * uplifted if self.forecast_cv else uplifted

    # --- demand and what is there ----------------------------------------------------------------------------------

    @cached_property
    def mean(self) -> Floats:
        """Units of each SKU asked for on the planned days."""
        return np.asarray(self.expected[self.days.start : self.days.stop].sum(axis=0))

    @cached_property
    def deviation(self) -> Floats:
        """Their standard deviation: of the orders, of the units of a line, of the uplift and of a forecast."""
        further = units_by_day(self.scenario, 1.0 + self.cv) if self.cv else self.expected
        moved = further[self.days.start : self.days.stop].sum(axis=0) - self.mean
        cv = np.divide(moved, self.mean, out=np.zeros(len(self.mean)), where=self.mean > 0)
        return demand_deviation(
            self.mean, np.hypot(cv, self.forecast_cv), 2 * self.scenario.demand.basket.units_per_line_mean - 1
        )

    @cached_property
    def wanted(self) -> Floats:
        """Units at the quantile asked for, with a square-root safety: the closed form of what has to be there."""
        high = self.high[self.days.start : self.days.stop].sum(axis=0)
        scatter = 2 * self.scenario.demand.basket.units_per_line_mean - 1
        return np.asarray(high + safety(self.probability) * np.sqrt(scatter * high))

    @cached_property
    def there(self) -> Ints:
        """Units of each SKU on hand and promised that can be sold on the planned days."""
        lots: list[list[Inbound]] = [[] for _ in self.catalogue.names]
        for lot in (*self.catalogue.opening, *self.catalogue.promised):
            lots[lot.sku].append(lot)
        found = [usable(own, self.expected[:, code], self.days) for code, own in enumerate(lots)]
        return np.floor(np.asarray(found) + 1e-6).astype(np.int64)

    @cached_property
    def best(self) -> Quantities:
        """Quantity of each SKU by its critical fractile."""
        keeps = np.array([sku.shelf_life_days is None for sku in self.catalogue.models])
        lost = np.where(keeps, self.terms.leftover_share, 1.0) * self.catalogue.unit_cost
        short = self.catalogue.price * self.scenario.economics.margin_share
        fractile = np.where(self.mean > 0, critical_fractile(short, lost), 0.0)
        return newsvendor(self.mean, self.deviation, fractile)

    @property
    def listed(self) -> set[str]:
        """SKUs whose figures can be set one by one."""
        return set(self.stock.skus)

    def of_line(self, name: str) -> list[int]:
        """Codes of the SKUs that a production line makes and somebody wants."""
        return [code for code in self._asked if self.catalogue.models[code].made_by == name]

    @property
    def of_suppliers(self) -> list[int]:
        """Codes of the bought SKUs that somebody wants."""
        return [code for code in self._asked if self.catalogue.models[code].made_by is None]

    @cached_property
    def _asked(self) -> list[int]:
        names = self.catalogue.names
        return [code for code in np.flatnonzero(self.mean > 0).tolist() if names[code] in self.listed]

    # --- needs -----------------------------------------------------------------------------------------------------

    @property
    def legs(self) -> tuple[str, ...]:
        """What stock serves."""
        return (FILL,) if self.goal else ()

    def needs(self) -> list[Need]:
        """Oven-hours and levels of each line, units bought, space and hands at the gate."""
        found: list[Need] = []
        for name, line in self.stock.production.items():
            if self.of_line(name):
                found += self._line(name, line)
        found += self._bought()
        return [*found, *self._space(found), *self._gate(found)]

    def _line(self, name: str, line: ProductionLine) -> Iterator[Need]:
        codes = self.of_line(name)
        demand = self.high[:, codes].sum(axis=1)
        there = tuple(self._level(code) for code in codes)
        opening = float(sum(lot.units for lot in self.catalogue.opening if lot.sku in codes))
        hours, level = self._hours_and_level(line, demand, opening, max(1, sum(there)))
        before, works = self.days.start, self._works(line)
        goods = Goods(
            skus=tuple(self.catalogue.names[code] for code in codes),
            shares=tuple((self.wanted[codes] / self.wanted[codes].sum()).tolist()),
            there=there,
            before=opening - float(demand[:before].sum()),
            per_hour=float(line.units_per_h * works[:before].sum()),
        )
        per_hour = line.cost_per_h * float(works[self.days.start : self.days.stop].sum())
        yield Need(
            f"oven.{name}", "oven", name, "", self.legs, (hours,), (floor(line.hours_per_day),), (per_hour,),
            most=LONGEST_DAY_H,
        )  # fmt: skip
        most = max(level, ceil(self._kept(codes)))
        yield Need(
            f"shelf.{name}", "shelf", name, "", self.legs, (level,), (sum(there),), (0.0,), goods=goods,
            lowest=len(codes), most=most,
        )  # fmt: skip

    def _hours_and_level(self, line: ProductionLine, demand: Floats, opening: float, level: int) -> tuple[int, int]:
        """The fewest hours that do with the least level, from today's on, that does with whole days of baking."""
        works, first = self._works(line), self.days.start
        allowed = (1 - (self.goal or 1.0)) * float(demand[first : self.days.stop].sum())

        def lacks(hours: int, upto: float) -> bool:
            can = works * line.units_per_h * hours
            early = max(0.0, upto - (opening - demand[:first].sum() + can[:first].sum()))
            found = baked(demand, opening + early, upto, can, before_sales=line.ready_at <= DAY_MIN / 2)
            return float(found.short[first : self.days.stop].sum()) > allowed + 1e-6

        tried = (ceil(level * LEVEL_STEP**step - 1e-9) for step in range(MOST_LEVEL_STEPS + 1))
        enough = next((each for each in tried if not lacks(LONGEST_DAY_H, each)), None)
        if enough is None:
            return LONGEST_DAY_H, ceil(level * LEVEL_STEP**MOST_LEVEL_STEPS)
        return next(hours for hours in range(1, LONGEST_DAY_H + 1) if not lacks(hours, enough)), enough

    def _works(self, line: ProductionLine) -> Floats:
        """1 on days on which a line runs, shape (days,)."""
        return np.array([float(self.scenario.weekday_of(day) in line.weekdays) for day in range(self.scenario.days)])

    def _level(self, code: int) -> int:
        """Units up to which a made SKU is filled today; what is there where no rule fills it."""
        rule = self.catalogue.reorder[code]
        return {"s_S": rule.up_to, "R_Q": rule.point + rule.lot_size}.get(rule.rule, int(self.there[code]))

    def _kept(self, codes: list[int]) -> float:
        """Units that are sold before they expire, of SKUs that are made: no level beyond that makes sense."""
        total = 0.0
        for code in codes:
            keeps = self.catalogue.models[code].shelf_life_days
            last = self.days.stop if keeps is None else min(self.days.stop, self.days.start + keeps)
            total += float(self.high[self.days.start : last, code].sum())
        return total

    def _bought(self) -> Iterator[Need]:
        codes = self.of_suppliers
        if not codes:
            return
        there = self.there[codes]
        wanted = max(int(there.sum()), ceil((self.goal or 1.0) * float(self.wanted[codes].sum())))
        goods = Goods(
            skus=tuple(self.catalogue.names[code] for code in codes),
            shares=tuple((self.wanted[codes] / self.wanted[codes].sum()).tolist()),
            there=tuple(there.tolist()),
            arrives=tuple(self._promised_for(self.catalogue.models[code]) for code in codes),
        )
        cost = float(np.average(self.catalogue.unit_cost[codes], weights=self.wanted[codes]))
        yield Need(
            "bought", "bought", "", "", self.legs, (wanted,), (int(there.sum()),), (cost,), goods=goods,
            lowest=max(1, int(there.sum())),
        )  # fmt: skip

    def _space(self, needs: list[Need]) -> Iterator[Need]:
        """Space for the levels, for what is bought and for what nobody asks for, so that nobody is slowed down."""
        storage = self.stock.storage
        if storage is None or not self.catalogue.volume_l.any():
            return
        names = {name: code for code, name in enumerate(self.catalogue.names)}
        held = np.zeros(len(names))
        for lot in self.catalogue.opening:
            held[lot.sku] += lot.units
        lies_there = ceil(float(held @ self.catalogue.volume_l) / LITRES_PER_M3 - 1e-9)
        for need in needs:
            if need.goods is not None:
                codes = [names[name] for name in need.goods.skus]
                held[codes] = np.maximum(held[codes], np.asarray(need.goods.shares) * need.closed[0])
        litres = float(held @ self.catalogue.volume_l)
        most = max(1, ceil(litres / LITRES_PER_M3 / min(1.0, storage.slow_from_share or 1.0) - 1e-9))
        rent = storage.cost_per_m3_day * len(self.days)
        present = max(1, floor(storage.capacity_m3))
        legs = (SHIP, *self.legs)
        yield Need("space", "space", "", "", legs, (most,), (present,), (rent,), lowest=max(1, lies_there))

    def _gate(self, needs: list[Need]) -> Iterator[Need]:
        """Hands at the gate for the day on which most comes."""
        gate = self.stock.receiving
        if gate.units_per_worker_h is None:
            return
        comes = np.zeros(self.scenario.days)
        for need in needs:
            if need.kind == "oven":
                line = self.stock.production[need.owner]
                comes += self._works(line) * line.units_per_h * need.closed[0]
            elif need.kind == "bought" and need.goods is not None:
                day = np.clip(need.goods.arrives, 0, self.scenario.days - 1)
                np.add.at(comes, day, np.maximum(0, np.asarray(need.goods.shares) * need.closed[0] - need.goods.there))
        opens_h = (gate.close - gate.open) / 60
        hands = max(1, ceil(float(comes.max()) / (gate.units_per_worker_h * opens_h) - 1e-9))
        days = sum(self.scenario.weekday_of(day) in gate.weekdays for day in self.days)
        price = gate.wage_per_h_cost * opens_h * days
        yield Need("gate", "gate", "", "", self.legs, (hands,), (gate.workers,), (price,))

    # --- dates -----------------------------------------------------------------------------------------------------

    @property
    def needed_on(self) -> date:
        """First planned day: what is bought and made ahead lies on the shelves by then."""
        return self.scenario.date_of(self.days.start)

    def _promised_for(self, sku: Sku) -> int:
        """Day of the run for which a purchase is promised, so that it is shelved in time though it may be late."""
        late = ceil(late_days(sku, self.probability) - 1e-9)
        return (self._days_before(self.needed_on, late, self.terms.receiving_days) - self.scenario.first_day).days

    def order_day(self, name: str) -> date:
        """Last working day of the gate on which to order a bought SKU."""
        sku = self.stock.skus[name]
        promised = self.scenario.first_day + timedelta(days=self._promised_for(sku))
        return self._days_before(promised, lead_days(sku, self.probability), 0)

    def _days_before(self, needed: date, lead: int, receiving: int) -> date:
        weekdays = _mask(self.stock.receiving.weekdays)
        by = order_by([np.datetime64(needed, "D")], [lead], receiving, working_weekdays=weekdays, calendar_days=True)
        found: date = by[0].astype(object)
        return found

    def start_of(self, need: Need, level: int, hours: float) -> tuple[int, int, date]:
        """Units that the shelves of a line lack at the start, working days that make them, and the last day to begin.

        Each day brings what the line makes less what is sold meanwhile; at least a twentieth of what it makes.
        """
        assert need.goods is not None
        line, before = self.stock.production[need.owner], self.days.start
        sold = self.high[:before, self.of_line(need.owner)].sum(axis=1)
        lacking = max(0.0, level - (need.goods.before + float(sold.sum())))
        makes = line.units_per_h * max(hours, 1e-6)
        days = int(production_days(lacking, max(makes - (float(sold.mean()) if before else 0.0), makes / 20)))
        return round(lacking), days, latest_start(self.needed_on, days, working_weekdays=_mask(line.weekdays))


def _mask(weekdays: Sequence[str]) -> str:
    """Monday to Sunday, 1 for days that work."""
    return "".join("1" if day in weekdays else "0" for day in WEEKDAYS)
