"""Supplies: when how much more is ordered, when it comes, and what the own production makes.

The inventory position of a SKU is its free stock (units owed count as negative) plus what is on order, promised
receipts included, until it is put away. (s, S) is reviewed by the clock; (R, Q) at once, whenever units leave. The k-th
supply of a SKU has its own luck, whatever it was ordered by.

A production line works in the hours before `ready_at` on its days, first asked, first made; a unit that would not be
ready is not begun. What it has made lies ready at `ready_at`.
"""

from __future__ import annotations

from array import array
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from math import floor
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.demand.catalogue import NEVER, Catalogue, shelf_life_end
from sim.distributions import quantile, to_grid
from sim.draws import SUPPLIES
from sim.floor.events import STOCK, Tick, call_at
from sim.floor.stock.rows import Rows
from sim.floor.stock.shelves import Shelves
from sim.ledger import SUPPLY_KINDS
from sim.scenario.scenario import Scenario
from sim.scenario.stock import ProductionLine, Supply

PRODUCTION, ARRIVES, REVIEW = 1 << 20, 1 << 21, 1 << 39  # ranks among the events of stock at one instant
PROMISED, PURCHASE, PRODUCED = range(len(SUPPLY_KINDS))
NAN = float("nan")
HOUR_MIN, DAY_MIN = 60.0, 1440.0


@dataclass
class Oven:
    """A production line, and what was asked of it and is not made yet: row, when asked, units still to make."""

    line: ProductionLine
    asked: deque[list[Any]] = field(default_factory=deque)

    def bake(self, ready: float) -> list[tuple[int, int]]:
        """Units made in the hours before a time, by row of the table of supplies."""
        per_min = self.line.units_per_h / HOUR_MIN
        time = max(ready - min(self.line.hours_per_day, 24.0) * HOUR_MIN, 0.0)
        made = []
        while self.asked and self.asked[0][1] < ready:
            row, since, units = self.asked[0]
            time = max(time, since)
            part = min(units, floor((ready - time) * per_min + 1e-9))
            if part:
                made.append((row, part))
                time += part / per_min
                self.asked[0][2] -= part
            if self.asked[0][2]:
                break
            self.asked.popleft()
        return made


class Supplies:
    """Everything on order.

    Parameters
    ----------
    luck
        Uniforms of the k-th supply of each SKU, shape (s, SUPPLIES, 3).
    arrives
        Called with (row, now) when a receipt is at the gate.
    made
        Called with (row, units, now) when some units of a supply have been made.

    Attributes
    ----------
    rows
        The table of supplies so far.
    on_order
        Units of each SKU on order.
    watch
        A line that leaves less than this available of its SKU needs a closer look: there are not enough, or the
        inventory position has fallen to the point of (R, Q).
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        catalogue: Catalogue,
        luck: NDArray[np.float64],
        shelves: Shelves,
        *,
        arrives: Callable[[int, float], None],
        made: Callable[[int, int, float], None],
    ) -> None:
        assert scenario.stock is not None
        self._env = env
        self._scenario = scenario
        self._catalogue = catalogue
        self._luck = luck
        self._shelves = shelves
        self._arrives = arrives
        self._made = made
        self.rows = Rows("supplies")
        count = len(catalogue)
        self.on_order = array("q", bytes(8 * count))
        self.watch = array("q", bytes(8 * count))
        self._number = array("q", bytes(8 * count))  # supplies of each SKU so far
        self._points = {code: rule.point for code, rule in enumerate(catalogue.reorder) if rule.rule == "R_Q"}
        self._times: dict[int, tuple[list[float], list[float]]] = {}  # lead times and delays, by SKU
        self._alike: dict[tuple[Any, ...], list[int]] = defaultdict(list)  # SKUs that share a supply's figures
        self.ovens = {name: Oven(line) for name, line in scenario.stock.production.items()}

    def promise(self) -> None:
        """What suppliers have promised is on its way."""
        for each in self._catalogue.promised:
            self._promise(each.sku, max(each.at_min, 0.0), each.units, each.expires_min)

    def start(self) -> None:
        """Rules begin to be followed, ovens to be lit."""
        for code in self._points:
            self._update(code)
            self.left(code, 0.0)
        self._review_by_the_clock()
        for number, oven in enumerate(self.ovens.values()):
            self._light(number, oven)

    # --- reorder rules --------------------------------------------------------------------------------------

    def left(self, code: int, now: float) -> None:
        """Units have left the free stock: (R, Q) orders as often as it takes to be above the point again."""
        point = self._points.get(code)
        if point is None:
            return
        below = point - self._shelves.available[code] - self.on_order[code]
        if below >= 0:
            lot = self._catalogue.reorder[code].lot_size
            self.order(code, (below // lot + 1) * lot, now)

    def _review_by_the_clock(self) -> None:
        due: dict[float, list[int]] = defaultdict(list)
        for code, rule in enumerate(self._catalogue.reorder):
            if rule.rule == "s_S":
                for day in range(0, self._scenario.days, rule.review_days):
                    due[day * DAY_MIN + rule.review_at].append(code)
        for time, codes in due.items():
            if time < self._scenario.horizon_min:
                call_at(self._env, time, STOCK, REVIEW, partial(self._review, codes))

    def _review(self, codes: list[int], tick: Tick) -> None:
        now = tick.time
        available, on_order, rules = self._shelves.available, self.on_order, self._catalogue.reorder
        for code in codes:
            position, rule = available[code] + on_order[code], rules[code]
            if position <= rule.point:
                self.order(code, rule.up_to - position, now)

    def order(self, code: int, units: int, now: float) -> None:
        """Order units from the supplier, or from the own production."""
        maker = self._catalogue.models[code].made_by
        if maker is not None:
            row = self._add(code, PRODUCED, units, now, NAN)
            self.ovens[maker].asked.append([row, now, units])
            return
        lead, delay = self._next_times(code)
        self._schedule(self._add(code, PURCHASE, units, now, now + lead), now + lead + delay)

    def _promise(self, code: int, at: float, units: int, expires: float) -> None:
        _, delay = self._next_times(code)
        self._schedule(self._add(code, PROMISED, units, NAN, at, expires), at + delay)

    def _add(self, code: int, kind: int, units: int, ordered: float, due: float, expires: float = NAN) -> int:
        self.on_order[code] += units
        self._update(code)
        return self.rows.add(code, kind, units, ordered, due, NAN, NAN, NAN, NAN, expires)

    def came(self, code: int, units: int) -> None:
        """Units are no longer on order: they have been put away."""
        self.on_order[code] -= units
        self._update(code)

    def _update(self, code: int) -> None:
        point = self._points.get(code)
        if point is not None:
            self.watch[code] = max(0, point - self.on_order[code] + 1)

    # --- lead times -----------------------------------------------------------------------------------------

    def _next_times(self, code: int) -> tuple[float, float]:
        """Lead time of the next supply of a SKU, and its delay."""
        if code not in self._times:
            self._draw(code)
        number = self._number[code] % SUPPLIES
        self._number[code] += 1
        lead, delay = self._times[code]
        return lead[number], delay[number]

    def _draw(self, code: int) -> None:
        """Turn the luck of all SKUs into minutes that share their figures with this one: an assortment's, at once."""
        if not self._alike:
            for each, sku in enumerate(self._catalogue.models):
                self._alike[_figures(sku.supply)].append(each)
        supply = self._catalogue.models[code].supply
        alike = self._alike[_figures(supply)]
        luck = self._luck[alike]
        mean_min = supply.lead_time_days * DAY_MIN
        lead = to_grid(mean_min * quantile(supply.lead_time, luck[:, :, 2]))
        late = -np.log1p(-luck[:, :, 1]) * supply.late_days * DAY_MIN
        delay = to_grid(np.where(luck[:, :, 0] < supply.late_share, late, 0.0))
        self._times.update(zip(alike, zip(lead.tolist(), delay.tolist(), strict=True), strict=True))

    def _schedule(self, row: int, time: float) -> None:
        if time < self._scenario.horizon_min:
            call_at(self._env, time, STOCK, ARRIVES + row, self._at_the_gate)

    def _at_the_gate(self, tick: Tick) -> None:
        row, columns = tick.who - ARRIVES, self.rows.columns
        columns["arrived_min"][row] = tick.time
        if not columns["expires_min"][row] < NEVER:  # none was given: what arrives is fresh
            columns["expires_min"][row] = shelf_life_end(self._catalogue.models[columns["sku"][row]], tick.time)
        self._arrives(row, tick.time)

    # --- own production -------------------------------------------------------------------------------------

    def _light(self, number: int, oven: Oven) -> None:
        for day in range(self._scenario.days):
            time = day * DAY_MIN + oven.line.ready_at
            if self._scenario.weekday_of(day) in oven.line.weekdays and time < self._scenario.horizon_min:
                call_at(self._env, time, STOCK, PRODUCTION + number, lambda tick: self._ready(oven, tick.time))

    def _ready(self, oven: Oven, now: float) -> None:
        arrived = self.rows.columns["arrived_min"]
        for row, units in oven.bake(now):
            if arrived[row] != arrived[row]:
                arrived[row] = now
            self._made(row, units, now)


def _figures(supply: Supply) -> tuple[Any, ...]:
    shape = supply.lead_time
    return supply.lead_time_days, shape.distribution, shape.cv, supply.late_share, supply.late_days
