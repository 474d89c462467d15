"""The stock room: gives units to orders, owes them, takes them back, and has what comes in put away.

Units are set aside when an order is accepted. The hot path is :meth:`StockRoom.takes`: one comparison per order line
tells whether anything is to be decided; only then is the order looked at line by line. What is not there is sold and
owed as far as the oversell policy allows, unit by unit, and otherwise dropped; an order of which nothing is left, or
whose customer wants all or nothing, is rejected. Units that come in go to those who are owed some, first come, first
served.

Assumed: a count finds missing only what is not set aside; a gift is not sent back with its parcel; an order that a
third party ships from its own stock gives the site's units back when it is handed over.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterable
from functools import partial
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.demand.catalogue import catalogue_of, shelf_life_end
from sim.draws import Draws
from sim.floor.events import STOCK, Tick, call_at, on_grid
from sim.floor.stock.gate import Gate, Job
from sim.floor.stock.parcels import Remainders
from sim.floor.stock.returns import Returns
from sim.floor.stock.rows import Rows
from sim.floor.stock.shelves import Shelves
from sim.floor.stock.space import Space
from sim.floor.stock.supplies import PRODUCED, Supplies
from sim.ledger import MOVES
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.floor.line import Line

Ints = NDArray[np.int64]
COUNT, LOOK = 1, 1 << 38  # ranks among the events of stock at one instant
NAN = float("nan")
HOUR_MIN = 60.0


class StockRoom:
    """Stock of a run.

    Parameters
    ----------
    remainders
        Rows for second parcels; None: orders are never split.
    shipped
        State of an order that has left.

    Attributes
    ----------
    units
        Units of each order line as asked for on the terms in force.
    dropped, owed
        Line -> units not sold, and units owed when it was accepted.
    still_owed
        Line -> units that are owed now.
    served_min
        Line -> when the last unit owed came.
    gift_code
        SKU that gifts are; None: they are no SKU.
    gifts
        Order -> units of the gift put into its parcel.
    at_third
        Orders that a third party ships from its own stock.
    deferred
        Order -> lines that go in its second parcel.
    moves, levels
        The tables of those names so far.
    parcels_back
        Parcels that come back.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        draws: Draws,
        line: Line,
        *,
        remainders: Remainders | None,
        shipped: int,
    ) -> None:
        assert scenario.stock is not None
        assert draws.stock is not None
        self._env = env
        self._scenario = scenario
        self._stock = stock = scenario.stock
        self._draws = draws
        self._line = line
        self._remainders = remainders
        self.catalogue = catalogue = catalogue_of(scenario)
        self.baskets = baskets = draws.stock.baskets
        self._first = _ints("q", baskets.first, np.int64)
        self.sku_of = _ints("i", baskets.sku, np.int32)
        self.units = _ints("i", baskets.units, np.int32)
        self.dropped: dict[int, int] = {}
        self.owed: dict[int, int] = {}
        self.still_owed: dict[int, int] = {}
        self.served_min: dict[int, float] = {}
        self.gifts: dict[int, int] = defaultdict(int)
        self.at_third: set[int] = set()
        self.deferred: dict[int, list[int]] = {}
        self.moves, self.levels = Rows("stock_moves"), Rows("stock_levels")
        self._queues: dict[int, deque[int]] = defaultdict(deque)  # lines that are owed units, by SKU
        self._opened = False
        self._waits_for: dict[int, int] = {}  # order or second parcel -> units that it waits for
        self.gift_code = None if stock.gift is None else catalogue.names.index(stock.gift)

        self.shelves = Shelves(env, catalogue, scenario.horizon_min, self.moved, self._left)
        self.third_free = array("q", catalogue.at_third.tobytes())
        self.supplies = Supplies(
            env, scenario, catalogue, draws.stock.supply_u, self.shelves, arrives=self._arrives, made=self._made
        )
        self.unit_litres: list[float] = catalogue.volume_l.tolist()
        self._unit_cost: list[float] = catalogue.unit_cost.tolist()
        self._price: list[float] = catalogue.price.tolist()
        self._supplied = self.supplies.rows.columns
        self._line_litres = catalogue.volume_l[baskets.sku]
        self.space = Space(stock.storage, self._litres(len(line.state)), line, shipped)
        self.gate = Gate(env, scenario, stock.receiving, self.space)
        self.parcels_back = Returns(env, scenario, draws, self, remainders)
        # What the hot path reads, without a look-up in between.
        self._available, self._watch = self.shelves.available, self.supplies.watch

    def open(self) -> None:
        """The run begins."""
        catalogue = self.catalogue
        self.supplies.promise()
        self.shelves.open(catalogue)
        for code in np.flatnonzero(catalogue.at_third).tolist():
            units = int(catalogue.at_third[code])
            self.moves.add(0.0, code, MOVES.index("opening"), units, 1, float("inf"), 0.0)
        self._opened = True
        self.supplies.start()
        for number, counted in enumerate(catalogue.counted):
            time = max(counted.at_min, 0.0)
            if time < self._scenario.horizon_min:
                call_at(self._env, time, STOCK, COUNT + number, partial(self._count, counted.sku, counted.units))
        call_at(self._env, 0.0, STOCK, LOOK, lambda tick: self._look_around(tick.time))

    # --- an order comes -------------------------------------------------------------------------------------

    def takes(self, order: int, now: float) -> bool:
        """Set units aside for an order; whether it (or a first parcel of it) goes on now."""
        available, watch, sku, units, first = self._available, self._watch, self.sku_of, self.units, self._first
        for line in range(first[order], first[order + 1]):
            code = sku[line]
            free = available[code] - units[line]
            available[code] = free
            if free < watch[code]:
                return self._looks_closer(order, line, now)
        return True

    def _looks_closer(self, order: int, last: int, now: float) -> bool:
        """There are not enough units of something, or it is time to order more."""
        available, sku, units, first = self._available, self.sku_of, self.units, self._first[order]
        for line in range(first, last + 1):  # put back what was taken without a second look
            available[sku[line]] += units[line]
        lines = range(first, self._first[order + 1])
        short = 0
        for line in lines:
            short += self._sell(line)
        sold = sum(units[line] for line in lines) - short
        if short and (sold == 0 or self._stock.oversell.sold_out == "reject_order"):
            self._take_back(lines)
            self._line.reject(order, now)
            return False
        for line in lines:
            self.supplies.left(sku[line], now)
        if short:
            self._line.shrinks(order, self._left_of(lines), self._worth_left(lines))
            self.space.litres[order] = self._volume(lines)
        return self._goes_on(order, lines)

    def _sell(self, line: int) -> int:
        """Set aside what is there and owe what may be owed; units that are dropped."""
        code, wanted, available = self.sku_of[line], self.units[line], self._available
        free = available[code]
        there = min(wanted, max(free, 0))
        owed = min(wanted - there, self._may_owe(code)) if there < wanted else 0
        available[code] = free - there - owed
        if owed:
            self.owed[line] = self.still_owed[line] = owed
            self._queues[code].append(line)
        if there + owed < wanted:
            self.dropped[line] = wanted - there - owed
        return wanted - there - owed

    def _may_owe(self, code: int) -> int:
        """Units of a SKU that may be owed beside those that are."""
        oversell = self._stock.oversell
        if oversell.policy == "none":
            return 0
        if oversell.policy == "unlimited":
            return 1 << 40
        most = floor(oversell.share * self.shelves.came_in[code] + 1e-9)
        return max(0, most - max(0, -self._available[code]))

    def _take_back(self, lines: range) -> None:
        """The customer buys nothing: as if the lines had never been taken."""
        for line in lines:
            code, units = self.sku_of[line], self.units[line]
            self._available[code] += units - self.dropped.get(line, 0)
            self.dropped[line] = units
            if self.owed.pop(line, 0):
                del self.still_owed[line]
                self._queues[code].pop()

    def _goes_on(self, order: int, lines: range) -> bool:
        """Whether an order need not wait for units that are owed to it."""
        waiting = [line for line in lines if line in self.still_owed]
        if not waiting:
            return True
        owed = sum(self.still_owed[line] for line in waiting)
        there = [line for line in lines if line not in self.still_owed and self.sold(line)]
        if self._remainders is None or not there:
            self._waits_for[order] = owed
            return False
        row = self._remainders.open(order)
        self.deferred[order] = waiting
        self._waits_for[row] = owed
        for parcel, part in ((order, there), (row, waiting)):
            self.space.litres[parcel] = self._volume(part)
            self._line.work.resize(parcel, order, self._left_of(part))
        return True

    def sold(self, line: int) -> int:
        """Units of a line that were not dropped."""
        return self.units[line] - self.dropped.get(line, 0)

    def _left_of(self, lines: Iterable[int]) -> list[tuple[int, int]]:
        """SKUs and units of some lines, those left out of which nothing is sold."""
        return [(self.sku_of[line], units) for line in lines if (units := self.sold(line))]

    def _worth_left(self, lines: range) -> float:
        """Part of an order's value that is left."""
        price = self._price
        whole = sum(price[self.sku_of[line]] * self.units[line] for line in lines)
        left = sum(price[self.sku_of[line]] * self.sold(line) for line in lines)
        return float(left / whole) if whole > 0 else 1.0

    def _volume(self, lines: Any) -> float:
        return float(sum(self.unit_litres[self.sku_of[line]] * self.sold(line) for line in lines))

    def _litres(self, rows: int) -> NDArray[np.float64]:
        """Room that each order takes on the shelves; second parcels take none before they are made."""
        litres = np.zeros(rows)
        orders = len(self.baskets.first) - 1
        if self.catalogue.volume_l.any():
            litres[:orders] = self.baskets.per_order(self._line_litres * np.frombuffer(self.units, dtype=np.int32))
        return litres

    def limit(self, first: int) -> None:
        """The terms of orders from a row on have changed: lines are cut from the last one on to what they allow."""
        terms, baskets, draws = self._line.terms, self.baskets, self._draws
        orders = len(baskets.first) - 1
        begin = int(baskets.first[first])
        order = baskets.order[begin:]
        place = np.arange(begin, len(baskets.sku)) - baskets.first[order]
        asked = baskets.units[begin:].astype(np.int64)
        kept = np.where(place < terms.lines[order], asked, 0)
        before = np.cumsum(kept) - kept
        start = np.zeros(orders, dtype=np.int64)
        heads = place == 0
        start[order[heads]] = before[heads]
        kept = np.clip(terms.units[order] - (before - start[order]), 0, kept)
        np.frombuffer(self.units, dtype=np.int32)[begin:] = kept
        price, rows = self.catalogue.price[baskets.sku[begin:]], slice(first, orders)
        sums = [np.bincount(order - first, each, orders - first) for each in (kept, kept > 0, kept * price)]
        asked_worth = np.bincount(order - first, asked * price, orders - first)
        terms.units[rows], terms.lines[rows] = sums[0], sums[1]
        part = np.divide(sums[2], asked_worth, out=np.ones(orders - first), where=asked_worth > 0)
        terms.value[rows] = draws.value[rows] * part
        self.space.litres[rows] = np.bincount(order - first, kept * self._line_litres[begin:], orders - first)

    # --- it is cancelled, or changes hands ------------------------------------------------------------------

    def lines_of(self, row: int) -> list[int]:
        """Lines of an order's (first) parcel, or of a second one."""
        if self._remainders is not None and row >= self._remainders.orders:
            return self.deferred[self._remainders.order_of(row)]
        later = self.deferred.get(row, ())
        return [line for line in range(self._first[row], self._first[row + 1]) if line not in later]

    def waits(self, row: int) -> bool:
        """Whether an order or second parcel waits for units that are owed to it."""
        return row in self._waits_for

    @property
    def waiting(self) -> int:
        """Number of them."""
        return len(self._waits_for)

    def give_back(self, row: int, now: float) -> None:
        """Nobody has begun to pick an order that was cancelled: its units are free again."""
        self._waits_for.pop(row, None)
        if row in self.at_third:
            for line in self.lines_of(row):
                self.third_free[self.sku_of[line]] += self.sold(line)
        else:
            self._release(self.lines_of(row), now)
        self._return_gift(row, now)

    def _release(self, lines: list[int], now: float) -> None:
        """Lines are no longer wanted: what was owed is not, and what was set aside goes to whoever comes first."""
        owed = {line: self.still_owed.pop(line, 0) for line in lines}  # all of it first: nobody serves them any more
        for line in lines:
            self._available[self.sku_of[line]] += owed[line]
        for line in lines:
            self.put_free(self.sku_of[line], self.sold(line) - owed[line], now)

    def _return_gift(self, row: int, now: float) -> None:
        if self.gift_code is not None and self.gifts.get(row):
            self.put_free(self.gift_code, self.gifts.pop(row), now)

    def put_free(self, code: int, units: int, now: float) -> None:
        """Units that were set aside lie free again, or go to who is owed some."""
        if units:
            self.shelves.rejoin(code, units, now)
            self.serve(code, units, now)

    def third_has(self, order: int) -> bool:
        """Whether the stock placed with the third party is enough for an order."""
        if self._stock.third_party == "site":
            return True
        wanted: dict[int, int] = defaultdict(int)
        for line in self.lines_of(order):
            wanted[self.sku_of[line]] += self.sold(line)
        return all(self.third_free[code] >= units for code, units in wanted.items())

    def to_third(self, order: int, now: float) -> None:
        """A third party has taken an order; from its own stock, if such was placed."""
        if self._stock.third_party == "site":
            return
        self.at_third.add(order)
        self.space.litres[order] = 0.0
        lines = self.lines_of(order)
        for line in lines:
            self.third_free[self.sku_of[line]] -= self.sold(line)
        self._release(lines, now)

    def gifts_for(self, orders: Ints) -> Ints:
        """Of some orders those whose gift is there, in their order; it is put aside for them."""
        code = self.gift_code
        if code is None:
            return orders
        given = orders[: max(0, self._available[code])]
        for order in given.tolist():
            self.gifts[order] += 1
            self.space.add(order, self.unit_litres[code])
        self._available[code] -= len(given)
        self.supplies.left(code, self._env.now)
        return given

    # --- units come in --------------------------------------------------------------------------------------

    def serve(self, code: int, units: int, now: float) -> None:
        """Units have come: those who are owed some get them, first come, first served."""
        queue = self._queues.get(code)
        while queue and units:
            line = queue[0]
            owed = self.still_owed.get(line)
            if owed is None:  # cancelled
                queue.popleft()
                continue
            given = min(owed, units)
            units -= given
            if given == owed:
                queue.popleft()
                del self.still_owed[line]
                self.served_min[line] = now
            else:
                self.still_owed[line] = owed - given
            self._served(line, given, now)

    def _served(self, line: int, units: int, now: float) -> None:
        order = bisect_right(self._first, line) - 1
        row = order
        if self._remainders is not None and order in self.deferred:
            row = self._remainders.used[order]
        left = self._waits_for[row] - units
        if left:
            self._waits_for[row] = left
        else:
            del self._waits_for[row]
            self._line.goes_on(row, now)

    def _arrives(self, row: int, now: float) -> None:
        """A receipt is at the gate."""
        code, units = self._supplied["sku"][row], self._supplied["units"][row]
        minutes = self.minutes_for(units, self._stock.receiving.units_per_worker_h)
        litres = self.unit_litres[code] * units
        self.gate.arrive(Job(minutes, litres, row, units, self._supply_worked, self._supply_done), now)

    def _made(self, row: int, units: int, now: float) -> None:
        """Some units of a supply have been made: they need no gate, only room."""
        code = self._supplied["sku"][row]
        self._supplied["expires_min"][row] = shelf_life_end(self.catalogue.models[code], now)
        litres = self.unit_litres[code] * units
        self.gate.put_away(Job(None, litres, row, units, self._supply_worked, self._supply_done), now)

    def _supply_worked(self, row: int, begin: float, end: float) -> None:
        self._supplied["work_start_min"][row], self._supplied["work_end_min"][row] = begin, end

    def _supply_done(self, job: Job, now: float) -> None:
        row, units, columns = job.row, job.what, self._supplied
        code = columns["sku"][row]
        columns["put_away_min"][row] = now
        self.supplies.came(code, units)
        kind = "production" if columns["kind"][row] == PRODUCED else "receipt"
        self.shelves.come_in(code, units, kind, now, columns["expires_min"][row])
        self.serve(code, units, now)

    def minutes_for(self, count: int, per_worker_h: float | None) -> float | None:
        """Work at the gate for all hands together; None: none."""
        if per_worker_h is None:
            return None
        return on_grid(count * HOUR_MIN / (per_worker_h * self._stock.receiving.workers))

    # --- other moves, and looking around --------------------------------------------------------------------

    def moved(self, time: float, code: int, kind: str, units: int, expires: float) -> None:
        """Write down what comes or goes other than by an order."""
        cost, litres = 0.0, self.unit_litres[code] * units
        if kind in ("expired", "unsaleable"):
            cost = self._unit_cost[code] * units
        elif kind == "production":
            maker = self.catalogue.models[code].made_by
            line = self._stock.production[str(maker)]
            cost = units * line.cost_per_h / line.units_per_h
        self.moves.add(time, code, MOVES.index(kind), units, 0, expires, cost)
        if kind == "expired":
            self.space.take_in(-litres, time)
        elif kind in ("opening", "correction"):
            self.space.take_in(litres, time)

    def _left(self, code: int, now: float) -> None:
        """Units were written off; those that had expired before the run are no reason to order before it begins."""
        if self._opened:
            self.supplies.left(code, now)

    def _count(self, code: int, units: int, tick: Tick) -> None:
        """A count finds units, or that some are missing."""
        now = tick.time
        if units < 0:
            units = -self.shelves.remove(code, -units)
            self.moved(now, code, "correction", units, NAN)
            self.supplies.left(code, now)
        elif units:
            self.moved(now, code, "correction", units, NAN)
            self.put_free(code, units, now)

    def _look_around(self, now: float) -> None:
        """Once an hour: what the pickers have taken makes room; how much there is."""
        self.space.look(now)
        self.gate.look_for_room(now)
        free = np.frombuffer(self._available, dtype=np.int64)
        there = np.maximum(free, 0)
        self.levels.add(now, self.space.m3, int(there.sum()), int((there - free).sum()), self.short_skus())
        if now + HOUR_MIN < self._scenario.horizon_min:
            call_at(self._env, now + HOUR_MIN, STOCK, LOOK, lambda tick: self._look_around(tick.time))

    def short_skus(self) -> int:
        """SKUs with fewer free units than their safety stock, or none at all."""
        free = np.frombuffer(self._available, dtype=np.int64)
        return int(np.count_nonzero(free < np.maximum(self.catalogue.safety, 1)))

    def short_sku_share(self) -> float:
        """The same as a share of all SKUs."""
        return self.short_skus() / max(1, len(self.catalogue.safety))


def _ints(kind: str, values: NDArray[Any], dtype: Any) -> array[int]:
    """A writable copy that hands out plain numbers fast."""
    copy = array(kind)
    copy.frombytes(np.ascontiguousarray(values, dtype=dtype).tobytes())
    return copy
