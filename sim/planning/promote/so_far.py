"""While offers run: sales so far against the plan, what they say about the elasticity, and what to change.

Each offer was expected to sell at one pace while its stock lasts, so many units by now; sales outside the 95 % Poisson
interval of that are called ahead or behind. What all offers together sold moves the elasticity: its prior are the
quantiles that the demand of a mix is simulated with, its likelihood is Poisson, tempered by the scatter that is seen
(variance / mean, at least 1), because single SKUs miss a plan by more than chance. With what is left of stock, days,
budget and the new elasticity the offers are reckoned and chosen again: deeper, less deep, ended, begun, or as they are.
The new mix can be simulated as any (:mod:`sim.planning.promote.shipping`).

Assumes that units sold so far of a SKU with an offer are all that it sold since the offer began.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaincinv

from sim.demand.faults import Faults
from sim.demand.tables import locate
from sim.demand.trace import NUMBER
from sim.errors import InputError, Problem, nearest
from sim.planning.promote.demand import elasticities
from sim.planning.promote.figures import ConstantElasticity, Floats, Uplift
from sim.planning.promote.mix import Mix, best_mix
from sim.planning.promote.offers import KINDS, Candidates, Window, price_offers, together
from sim.planning.promote.pressure import pressure
from sim.planning.promote.sales import Sales
from sim.planning.promote.sheets import read_sheet
from sim.planning.promote.thresholds import threshold_offers

if TYPE_CHECKING:
    import pandas as pd

POINTS = 399  # of the prior
SOURCE = "sales so far"
_COLUMNS = {"sku": ("sku", "stock code", "stockcode", "品號"), "units": ("units", "quantity", "sold", "數量")}


@dataclass(frozen=True, eq=False)
class Progress:
    """Where a mix stands.

    Attributes
    ----------
    table
        sku, kind, depth, planned (units by now), sold, low, high (95 % of the plan), state (``ahead``, ``behind``,
        ``as_planned``), on_hand (left), sells_out (day on which the rest is gone at the offer's depth; NaT: not before
        its end), change (``deeper``, ``less_deep``, ``end``, ``begin``, ``other_kind``, ``none``), new_kind, new_depth,
        going_on, changed (contribution of the days left without and with the change): one row per SKU with an offer
        before or after; thresholds are in `mix`.
    uplift
        The elasticity as it looks now.
    scatter
        Variance / mean of sales about the plan at that elasticity, at least 1.
    candidates, mix
        Offers of the days left, and the best of them.
    going_on
        Contribution of the days left if nothing is changed.
    """

    table: pd.DataFrame
    uplift: Uplift
    scatter: float
    candidates: Candidates
    mix: Mix
    going_on: float


def read_so_far(name: str) -> dict[str, float]:
    """Units sold since the offers began, from a file with columns `sku` and `units`; rows of one SKU add up.

    Raises
    ------
    InputError
        With every problem of its columns, or of its rows.
    """
    path, _, _ = locate("so_far", name)
    known = frozenset(each for names in _COLUMNS.values() for each in names)

    def choose(columns: list[str]) -> dict[str, int]:
        given = [column.strip().casefold().replace("_", " ") for column in columns]
        found = {role: [place for place, name in enumerate(given) if name in names] for role, names in _COLUMNS.items()}
        problems = [
            Problem(path.name, "", f"needs one column {role!r}{nearest(role, columns)}, has {len(places)}")
            for role, places in found.items()
            if len(places) != 1
        ]
        if problems:
            raise InputError(problems, f"the columns of {path.name} can't be used")
        return {role: places[0] for role, places in found.items()}

    rows = read_sheet(path, known, choose)
    faults = Faults(path, rows)
    skus, text = rows.columns["sku"], rows.columns["units"]
    units = np.array([float(value) if NUMBER.match(value) else np.nan for value in text.values])
    bad = np.isnan(units) | (units < 0)
    faults.add_values("units", text, bad[text.codes], "must be a number >= 0, without anything between thousands")
    nameless = np.array([not value for value in skus.values], dtype=np.bool_)
    faults.add_values("sku", skus, nameless[skus.codes], "is empty")
    if faults.count:
        raise InputError(faults.problems(), f"the sales so far in {path.name} can't be used")
    sums = np.bincount(skus.codes, units[text.codes], len(skus.values))
    return dict(zip(skus.values, sums.tolist(), strict=True))


def so_far(
    mix: Mix,
    sold: Mapping[str, float],
    today: date,
    *,
    sales: Sales | None = None,
    bundles: pd.DataFrame | None = None,
    units_per_line: Mapping[str, float] | None = None,
) -> Progress:
    """Compare with plan and choose again for the days left, from today on, within the mix's budget and capacity.

    Parameters
    ----------
    mix
        As it was begun.
    sold
        Units of each SKU since; one that is missing has sold nothing.
    today
        First day that is not in `sold`.
    sales, bundles, units_per_line
        As when the offers were reckoned, for thresholds, bundles and lines.

    Raises
    ------
    InputError
        If today is not within the offers' days, or more was sold than there was.
    """
    chosen = mix.chosen
    window, stock = chosen.window, chosen.pressed.stock
    units = np.array([sold.get(name, 0.0) for name in stock.sku])
    _check(mix, units, sold, today)
    passed = float((today - window.start).days)
    prices = chosen.take(np.flatnonzero(chosen.kind < KINDS.index("threshold_gift")))
    until_now = replace(prices, days=np.minimum(prices.days, passed))
    uplift, scatter = _learnt(until_now, units[prices.sku])
    left = replace(stock, on_hand=np.maximum(stock.on_hand - units, 0.0))
    rest = Window(today, window.end)
    state = pressure(left, today, chosen.pressed.thresholds)
    known = price_offers(state, rest, chosen.figures, uplift, bundles=bundles, units_per_line=units_per_line)
    if sales is not None:
        known = together([known, threshold_offers(state, rest, sales, chosen.figures, uplift)])
    spent = float(np.sum(prices.amounts["budget"] * np.divide(units[prices.sku], prices.amounts["sold"])))
    again = best_mix(known, budget=max(mix.budget - spent, 0.0), capacity=mix.capacity)
    planned = until_now.at(chosen.uplift.elasticity)["sold"]
    table, going_on = _compared(prices, units, planned, known, again)
    return Progress(table, uplift, scatter, known, again, going_on)


def _check(mix: Mix, units: Floats, sold: Mapping[str, float], today: date) -> None:
    window, stock = mix.candidates.window, mix.candidates.pressed.stock
    problems = []
    if not window.start < today <= window.end:
        remedy = f"must lie after the first day of the offers, {window.start}, and not after the last, {window.end}"
        problems.append(Problem("today", f"{today}", remedy))
    places = set(stock.sku)
    strange = [name for name in sold if name not in places]
    if strange:
        shown = ", ".join(repr(name) for name in strange[:5])
        problems.append(Problem("so_far", shown, f"{len(strange)} SKUs are not in the stock file {stock.file}"))
    for place in np.flatnonzero(units > stock.on_hand)[:20]:
        given = f"{stock.sku[place]}: {units[place]:g} sold"
        problems.append(Problem("so_far", given, f"only {stock.on_hand[place]:g} were there when the offers began"))
    if problems:
        raise InputError(problems, "sales so far can't be held against the plan")


def _learnt(prices: Candidates, units: Floats) -> tuple[Uplift, float]:
    """The elasticity after what was sold, and the scatter of sales about it."""
    prior = elasticities(prices.uplift, POINTS)
    if not len(prices):
        return prices.uplift, 1.0
    means = np.array([prices.at(float(each))["sold"] for each in prior])  # (points, offers)
    means = np.maximum(means, 1e-9)
    likely = (units * np.log(means) - means).sum(axis=1)
    best = means[int(likely.argmax())]
    scatter = max(1.0, float(np.sum((units - best) ** 2 / best)) / max(len(units) - 1, 1))
    weight = np.exp((likely - likely.max()) / scatter)
    weight /= weight.sum()
    low, high = np.interp((0.025, 0.975), np.cumsum(weight), prior)
    middle = float(np.clip(weight @ prior, low, high))
    return ConstantElasticity(middle, float(low), float(high), f"{SOURCE}, before: {prices.uplift.source}"), scatter


def _compared(
    prices: Candidates, units: Floats, planned: Floats, known: Candidates, again: Mix
) -> tuple[pd.DataFrame, float]:
    import pandas as pd

    stock = prices.pressed.stock
    before = {int(sku): row for row, sku in enumerate(prices.sku)}
    new = again.chosen
    after = {int(sku): row for row, sku in enumerate(new.sku) if sku >= 0}
    at = {(int(known.sku[row]), int(known.kind[row]), float(known.depth[row])): row for row in range(len(known))}
    rows, total = [], 0.0
    for sku in sorted({*before, *after}):
        old, now = before.get(sku), after.get(sku)
        row: dict[str, object] = {"sku": stock.sku[sku], "sold": units[sku], "on_hand": stock.on_hand[sku] - units[sku]}
        going_on = 0.0
        if old is not None:
            key = (sku, int(prices.kind[old]), float(prices.depth[old]))
            same = at.get(key)
            going_on = float(known.amounts["contribution"][same]) if same is not None else 0.0
            row |= _old(prices, old, units[sku], float(planned[old]))
            row["sells_out"] = _sells_out(known, same)
        kind, depth = (KINDS[new.kind[now]], float(new.depth[now])) if now is not None else ("", float("nan"))
        changed = float(new.amounts["contribution"][now]) if now is not None else 0.0
        row |= {"change": _change(prices, old, kind, depth), "new_kind": kind, "new_depth": depth}
        rows.append({**row, "going_on": going_on, "changed": changed})
        total += going_on
    columns = "sku kind depth planned sold low high state on_hand sells_out change new_kind new_depth going_on changed"
    table = pd.DataFrame(rows, columns=columns.split())
    gain = (table["changed"] - table["going_on"]).abs()
    return table.loc[gain.sort_values(ascending=False, kind="stable").index].reset_index(drop=True), total


def _old(prices: Candidates, row: int, units: float, planned: float) -> dict[str, object]:
    low = float(gammaincinv(max(planned, 1e-9), 0.025)) if planned > 0 else 0.0
    high = float(gammaincinv(planned + 1, 0.975))
    state = "behind" if units < low else "ahead" if units > high else "as_planned"
    known = {"kind": KINDS[prices.kind[row]], "depth": float(prices.depth[row]), "planned": planned}
    return {**known, "low": low, "high": high, "state": state}


def _sells_out(known: Candidates, row: int | None) -> object:
    """Day on which the rest is gone at the depth as it is, where that is before the offer ends."""
    if row is None:
        return np.datetime64("NaT")
    pressed, sku = known.pressed, known.sku[row]
    seen, depth = known.seen[row], known.depth[row]
    rate = pressed.rate[sku] * (1 - seen + seen * (1 - depth) ** -known.uplift.elasticity)
    days = pressed.stock.on_hand[sku] / rate if rate > 0 else np.inf
    return known.window.start + timedelta(days=int(days)) if days < known.days[row] else np.datetime64("NaT")


def _change(prices: Candidates, old: int | None, kind: str, depth: float) -> str:
    if old is None:
        return "begin"
    if not kind:
        return "end"
    if kind != KINDS[prices.kind[old]]:
        return "other_kind"
    was = float(prices.depth[old])
    return "deeper" if depth > was else "less_deep" if depth < was else "none"
