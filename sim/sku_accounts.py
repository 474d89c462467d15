"""What became of each SKU in a run, read from the finished ledger: asked for, not sold, owed, short, written off.

Free units are rebuilt from the tables, to the event: what came and went other than by orders (`stock_moves`), units set
aside when an order is accepted, and units given back when it is cancelled, handed to a third party that ships from its
own stock, or carried back to the shelves. Below zero they are units owed to customers. A gift counts from when it was
promised. At one instant what comes counts before what goes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.catalogue import catalogue_of
from sim.ledger import MOVES, NOT_PLACED, OUTCOMES, Ledger
from sim.scenario.scale import at_scale
from sim.stock_invariants import parcel_of, put_back_min, sold

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Span = tuple[float, float]
DAY_MIN = 1440.0
LOST = ("expired", "unsaleable")


@dataclass(frozen=True)
class Accounts:
    """Figures of every SKU, in the order of the catalogue; shapes (s,). All of the measured window.

    Attributes
    ----------
    names
        Of the SKUs.
    asked, dropped, owed
        Units asked for, of these not sold, and sold without stock.
    short_days
        Days with fewer free units than the safety stock, or none.
    sold_out_days
        Days without a free unit.
    written_off
        Units that expired or came back unsaleable, from the window on.
    """

    names: tuple[str, ...]
    asked: Ints
    dropped: Ints
    owed: Ints
    short_days: Floats
    sold_out_days: Floats
    written_off: Ints

    def worst(self, most: int) -> list[int]:
        """SKUs that customers missed most, at most so many: by units dropped and owed, then days short, written off."""
        missed = self.dropped + self.owed
        order = np.lexsort((-self.written_off, -self.short_days, -missed))
        wanted = (missed > 0) | (self.written_off > 0) | ((self.short_days > 0) & (self.asked > 0))
        return [int(code) for code in order if wanted[code]][:most]


@dataclass(frozen=True)
class Course:
    """Free units of a SKU over time: `levels[k]` holds from `times[k]` (minutes) on; negative: owed."""

    times: Floats
    levels: Ints

    def at(self, moments: Floats) -> Ints:
        """Free units at some moments; 0 before the first change."""
        place = np.searchsorted(self.times, moments, side="right") - 1
        return np.where(place >= 0, self.levels[np.maximum(place, 0)], 0)

    def below(self, level: float, end: float) -> list[Span]:
        """When there were fewer free units than a level, up to an end; neighbouring stretches joined."""
        edges = np.append(self.times, end)
        found: list[list[float]] = []
        for k in np.flatnonzero(self.levels < level).tolist():
            begin, stop = float(edges[k]), min(float(edges[k + 1]), end)
            if stop <= begin:
                continue
            if found and found[-1][1] == begin:
                found[-1][1] = stop
            else:
                found.append([begin, stop])
        return [(begin, stop) for begin, stop in found]


def accounts_of(ledger: Ledger) -> Accounts:
    """Accounts of all SKUs of a run with stock."""
    scenario = at_scale(ledger.scenario)
    catalogue = catalogue_of(scenario)
    count, begin, end = len(catalogue), scenario.measure_from_min, scenario.measure_to_min
    lines, moves = ledger.tables["lines"], ledger.tables["stock_moves"]
    placed = ledger.tables["orders"]["placed_min"][lines["order_row"]]
    rows = (placed >= begin) & (placed < end) & ~lines["gift"]
    sums = [_sums(lines["sku"][rows], lines[name][rows], count) for name in ("units", "dropped", "owed")]
    gone = np.isin(moves["kind"], [MOVES.index(kind) for kind in LOST]) & (moves["time_min"] >= begin)
    changes = _changes(ledger)
    short, out = (
        _days_below(changes, level, (begin, end), count)
        for level in (np.maximum(catalogue.safety, 1), np.ones(count, dtype=np.int64))
    )
    written_off = _sums(moves["sku"][gone], moves["units"][gone], count)
    return Accounts(catalogue.names, sums[0], sums[1], sums[2], short, out, written_off)


def courses(ledger: Ledger, skus: Sequence[int]) -> list[Course]:
    """Free units of some SKUs over time."""
    code, time, change = _changes(ledger, skus)
    found = []
    for sku in skus:
        first, stop = np.searchsorted(code, [sku, sku + 1])
        times, levels = time[first:stop], np.cumsum(change[first:stop])
        last = np.append(times[1:] != times[:-1], True) if len(times) else np.zeros(0, dtype=bool)
        found.append(Course(times[last], levels[last]))
    return found


def _sums(codes: NDArray[Any], units: NDArray[Any], count: int) -> Ints:
    return np.bincount(codes, units, count).astype(np.int64)


def _changes(ledger: Ledger, skus: Sequence[int] | None = None) -> tuple[NDArray[Any], Floats, Ints]:
    """Changes of the free units at the site: SKU, when, how many; by SKU and time."""
    lines, moves, orders = (ledger.tables[name] for name in ("lines", "stock_moves", "orders"))
    row, units = lines["order_row"], sold(ledger)
    gift = np.where(np.isnan(orders["compensated_min"]), orders["placed_min"], orders["compensated_min"])
    taken = np.where(lines["gift"], gift[row], orders["placed_min"][row])
    cancelled = np.where(np.isnan(parcel_of(ledger)["picked"]), orders["cancelled_min"][row], np.nan)
    # what a third party ships from its own stock was set aside until it took the order over
    handed = np.where(lines["place"] == 0, np.nan, orders["released_min"][row])
    back = np.fmin(np.fmin(cancelled, handed), put_back_min(ledger))
    there = ~np.isin(orders["outcome"], [OUTCOMES.index(name) for name in NOT_PLACED])[row] & (units > 0)
    again = there & ~np.isnan(back)
    here = (moves["place"] == 0) & (moves["kind"] != MOVES.index("unsaleable"))
    sign = np.where(moves["kind"] == MOVES.index("expired"), -1, 1)
    code = np.concatenate([moves["sku"][here], lines["sku"][there], lines["sku"][again]])
    time = np.concatenate([moves["time_min"][here], taken[there], back[again]])
    change = np.concatenate([(sign * moves["units"])[here], -units[there], units[again]])
    if skus is not None:
        some = np.isin(code, skus)
        code, time, change = code[some], time[some], change[some]
    order = np.lexsort((-change, time, code))
    return code[order], time[order], change[order]


def _days_below(changes: tuple[NDArray[Any], Floats, Ints], level: NDArray[Any], window: Span, count: int) -> Floats:
    """Days of a window in which each SKU had fewer free units than its level; shape (s,)."""
    code, time, change = changes
    begin, end = window
    present = np.bincount(code, minlength=count) > 0
    days = np.where(present | (level <= 0), 0.0, (end - begin) / DAY_MIN)  # what never came is short all the time
    if not len(code):
        return days
    total = np.cumsum(change)
    heads = np.append(True, code[1:] != code[:-1])
    before = (total - change)[heads]
    free = total - np.repeat(before, np.diff(np.append(np.flatnonzero(heads), len(code))))
    last = np.append(code[1:] != code[:-1], True)
    until = np.where(last, end, np.append(time[1:], end))
    span = np.clip(until, begin, end) - np.clip(time, begin, end)
    # until the first change there is nothing
    first = np.clip(time[heads], begin, end) - begin
    days[code[heads]] += np.where(level[code[heads]] > 0, first, 0.0) / DAY_MIN
    return np.asarray(days + np.bincount(code, np.where(free < level[code], span, 0.0), count) / DAY_MIN)
