"""Shelves: how many units of each SKU nobody has been promised yet, and in which lots they lie.

`available` is what an order line sees: free units, or (negative) units owed to customers. It is all that the hot path
touches. Lots are settled lazily: between two events of a SKU (a receipt, an expiry, a count, goods given back) its lots
do not change, so what was taken meanwhile came out of them first-expiry-first-out, whoever took it when.

Goods set aside for an order no longer expire. What is given back joins the lot that was last taken from; where that
has expired meanwhile, it is written off at once.
"""

from __future__ import annotations

from array import array
from bisect import insort
from collections import defaultdict
from collections.abc import Callable

import simpy

from sim.demand.catalogue import NEVER, Catalogue
from sim.floor.events import STOCK, call_at

EXPIRY = 0  # rank among the events of stock at one instant


class Shelves:
    """Free units of each SKU at the site.

    Parameters
    ----------
    log
        Called with (time, sku, kind, units, expires) when units come or go other than by an order.
    changed
        Called with (sku, now) when units have left without being sold.

    Attributes
    ----------
    available
        Free units of each SKU; below zero: units owed.
    came_in
        Units that were there at the start, were received or made, so far.
    """

    def __init__(
        self,
        env: simpy.Environment,
        catalogue: Catalogue,
        horizon_min: float,
        log: Callable[[float, int, str, int, float], None],
        changed: Callable[[int, float], None],
    ) -> None:
        self._env = env
        self._horizon = horizon_min
        self._log = log
        self._changed = changed
        count = len(catalogue)
        self.available = array("q", bytes(8 * count))
        self.came_in = array("q", bytes(8 * count))
        self._lots: dict[int, list[list[float]]] = {code: [] for code in _perishable(catalogue)}  # expires, units
        self._settled: dict[int, int] = dict.fromkeys(self._lots, 0)  # free units when they were last settled
        self._drawn_from: dict[int, float] = {}  # expiry of the lot that was last taken from
        self._expiring: dict[float, set[int]] = defaultdict(set)

    def open(self, catalogue: Catalogue) -> None:
        """What lies there when the run begins; lots that have expired by then are written off."""
        for lot in catalogue.opening:
            self.come_in(lot.sku, lot.units, "opening", 0.0, lot.expires_min)

    def come_in(self, code: int, units: int, kind: str, now: float, expires: float = NEVER) -> None:
        """A lot comes in: units owed are served from it (by the caller), the rest lies in the lot."""
        before = max(self.available[code], 0)
        lots = self._lots.get(code)
        if lots is not None:
            self._settle(code)
        self.available[code] += units
        if kind != "restocked":
            self.came_in[code] += units
        self._log(now, code, kind, units, expires)
        free = max(self.available[code], 0)
        if lots is not None and free > before:
            insort(lots, [expires, free - before])
            self._settled[code] = free
            self._watch(code, expires, now)

    def rejoin(self, code: int, units: int, now: float) -> None:
        """Units that were set aside, found or sent back lie on the shelf again."""
        if code not in self._lots:
            self.available[code] += units
            return
        self._settle(code)
        self.available[code] += units
        self._settle(code)
        self._write_off(code, now)

    def expires_as(self, code: int) -> float:
        """When units that rejoin the shelf expire."""
        lots = self._lots.get(code)
        if lots is None:
            return NEVER
        self._settle(code)
        return self._drawn_from.get(code, lots[0][0] if lots else NEVER)

    def remove(self, code: int, units: int) -> int:
        """Units turn out to be missing: those that are free; how many."""
        gone = min(units, max(self.available[code], 0))
        self.available[code] -= gone
        return gone

    # --- lots -----------------------------------------------------------------------------------------------

    def _settle(self, code: int) -> None:
        """Take what has left since the last time out of the lots that expire first."""
        lots, free = self._lots[code], max(self.available[code], 0)
        taken = self._settled[code] - free
        self._settled[code] = free
        while taken > 0:
            first = lots[0]
            part = min(taken, first[1])
            first[1] -= part
            taken -= int(part)
            self._drawn_from[code] = first[0]
            if first[1] == 0:
                del lots[0]
        if taken < 0:
            expires = self._drawn_from.get(code, lots[0][0] if lots else NEVER)
            if lots and lots[0][0] == expires:
                lots[0][1] -= taken
            else:
                insort(lots, [expires, -taken])
                self._watch(code, expires, None)

    def _watch(self, code: int, expires: float, now: float | None) -> None:
        """Have a lot expire in time; one that has expired already is written off by whoever brings it."""
        if expires < self._horizon:
            if expires not in self._expiring and expires > self._env.now:
                call_at(self._env, expires, STOCK, EXPIRY, lambda tick: self._expire(tick.time))
            self._expiring[expires].add(code)
        if now is not None:
            self._write_off(code, now)

    def _expire(self, now: float) -> None:
        for code in sorted(self._expiring.pop(now)):
            self._settle(code)
            self._write_off(code, now)

    def _write_off(self, code: int, now: float) -> None:
        lots, gone = self._lots[code], 0
        while lots and lots[0][0] <= now:
            expires, units = lots.pop(0)
            gone += int(units)
            self._log(now, code, "expired", int(units), expires)
        if gone:
            self.available[code] -= gone
            self._settled[code] -= gone
            self._changed(code, now)


def _perishable(catalogue: Catalogue) -> list[int]:
    """SKUs any lot of which may expire."""
    dated = {lot.sku for lot in (*catalogue.opening, *catalogue.promised) if lot.expires_min != NEVER}
    return sorted(dated | {code for code, sku in enumerate(catalogue.models) if sku.shelf_life_days is not None})
