"""Spend thresholds: from a value of an order on there is a gift, or something off the whole order.

Orders within `reach_share` below the threshold may be stretched to it, and `stretch_share` of them are; the others stay
as they are, and those above get it for what they would have bought anyway. With N orders in the window, a share A at or
above the threshold L of mean value V, a share R within reach of mean value W, and the shop's margin g:

    stretched = N R stretch_share
    gain      = stretched x (L - W) x g
    gift      : gain - (N A + stretched) x (what a unit of the gift is worth unsold + an extra line)
    discount  : gain - depth x (N A V + stretched x L)

A gift is a SKU under pressure, priced within `gift_worth` of the threshold, and given from units that are too many; the
offer ends when they are gone. It brings no extra orders, only larger ones.

Assumes that orders during the offer are worth what those of the order file are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.planning.promote.figures import ConstantElasticity, Figures, Floats, Uplift
from sim.planning.promote.offers import AMOUNTS, KINDS, MONEY, Candidates, Window
from sim.planning.promote.pressure import Pressure
from sim.planning.promote.sales import Sales
from sim.planning.promote.writeoff import days_to_wait, salvage, worth_of_waiting

Ints = NDArray[np.int64]
GIFTS = 20  # SKUs that are tried as a gift at each threshold


def shop_margin(pressed: Pressure) -> float:
    """Margin in what the shop sells now: of all SKUs with a price, by their revenue; 0 where nothing sells."""
    stock = pressed.stock
    revenue = float(np.sum(pressed.rate * stock.price))
    return float(np.sum(pressed.rate * (stock.price - stock.cost))) / revenue if revenue > 0 else 0.0


def threshold_offers(
    pressed: Pressure,
    window: Window,
    sales: Sales,
    figures: Figures | None = None,
    uplift: Uplift | None = None,
) -> Candidates:
    """A gift and discounts for each threshold; of the gifts, those that bring most, at most :data:`GIFTS`.

    Parameters
    ----------
    sales
        Whose orders have values; without any there are no thresholds.
    uplift
        Not used by thresholds, which have `stretch_share`; kept with them so that all candidates have one.
    """
    asked, model = figures or Figures(), uplift or ConstantElasticity()
    value = sales.value[sales.value > 0]
    rows: list[dict[str, float]] = []
    if len(value):
        levels = {_round(float(np.quantile(value, each))) for each in asked.threshold_quantiles}
        for level in sorted(levels):
            shop = _Shop(pressed, window, asked, value, sales.orders_per_day * window.days, level)
            rows += _discounts(shop) + _gifts(shop)
    return _candidates(pressed, window, asked, model, rows)


def _round(value: float) -> float:
    """Up to a round number, in steps of half its power of ten: 13 -> 15, 265 -> 300, 2,650 -> 3,000."""
    step = 5.0 * 10 ** (np.floor(np.log10(max(value, 1e-9))) - 1)
    return float(round(np.ceil(value / step - 1e-9) * step, 6))


@dataclass(frozen=True)
class _Shop:
    """A threshold in the shop: who is above it, who can be stretched to it."""

    pressed: Pressure
    window: Window
    figures: Figures
    value: Floats
    orders: float
    level: float

    @cached_property
    def above(self) -> tuple[float, float]:
        """Orders at or above the threshold, and their mean value."""
        inside = self.value[self.value >= self.level]
        return self.orders * len(inside) / len(self.value), float(inside.mean()) if len(inside) else 0.0

    @cached_property
    def near(self) -> tuple[float, float]:
        """Orders within reach below it, and what each lacks on the mean."""
        value, level = self.value, self.level
        inside = value[(value < level) & (value >= level * (1 - self.figures.reach_share))]
        return self.orders * len(inside) / len(value), float(level - inside.mean()) if len(inside) else 0.0

    @cached_property
    def margin(self) -> float:
        return shop_margin(self.pressed)

    def stretched(self, stretch: float) -> tuple[float, float]:
        """Orders stretched to it, and what they bring more."""
        count = self.near[0] * stretch
        return count, count * self.near[1]

    def gifts(self, sku: Ints, stretch: float) -> dict[str, Floats]:
        """What it takes to give a unit of each of some SKUs, as long as there are too many of them; per SKU."""
        pressed, stock, figures = self.pressed, self.pressed.stock, self.figures
        count, revenue = self.stretched(stretch)
        reached = max(self.above[0] + count, 1e-9)
        runs = np.minimum(pressed.days_left[sku], self.window.days) / self.window.days
        gifts = np.minimum(reached * runs, np.floor(pressed.excess[sku]))
        part = gifts / reached
        salvaged, _ = salvage(stock, figures, pressed.days_left)
        waits = days_to_wait(pressed, sku, gifts)
        worth = gifts * worth_of_waiting(stock.price[sku], stock.cost[sku], salvaged[sku], waits, figures)
        net = part * revenue * self.margin - worth - gifts * figures.line_cost
        money = {"worth_unsold": worth, "revenue": part * revenue, "handling": gifts * figures.line_cost}
        return {"gifts": gifts, "part": part, **money, "contribution": net}

    def discount(self, depth: float, stretch: float) -> dict[str, float]:
        """What it takes to take something off all orders that reach it."""
        count, revenue = self.stretched(stretch)
        budget = depth * (self.above[0] * self.above[1] + count * self.level)
        return {"budget": budget, "revenue": revenue, "contribution": revenue * self.margin - budget}


def _discounts(shop: _Shop) -> list[dict[str, float]]:
    figures = shop.figures
    kind = float(KINDS.index("threshold_discount"))
    rows = []
    for depth in figures.threshold_depths:
        ends = [shop.discount(depth, stretch)["contribution"] for stretch in figures.stretch_range]
        known = {"kind": kind, "sku": -1.0, "depth": depth, "threshold": shop.level, "days": float(shop.window.days)}
        rows.append({**known, **shop.discount(depth, figures.stretch_share), "low": min(ends), "high": max(ends)})
    return rows


def _gifts(shop: _Shop) -> list[dict[str, float]]:
    pressed, stock, figures = shop.pressed, shop.pressed.stock, shop.figures
    low, high = figures.gift_worth
    fits = (pressed.excess >= 1) & (stock.price >= low * shop.level) & (stock.price <= high * shop.level)
    sku = np.flatnonzero(fits & (pressed.days_left >= 1))
    if not len(sku):
        return []
    found = shop.gifts(sku, figures.stretch_share)
    ends = np.array([shop.gifts(sku, stretch)["contribution"] for stretch in figures.stretch_range])
    best = np.argsort(-found["contribution"], kind="stable")[:GIFTS]
    kind = float(KINDS.index("threshold_gift"))
    return [
        {
            **{name: float(values[place]) for name, values in found.items()},
            **{"kind": kind, "sku": float(sku[place]), "depth": 1.0, "threshold": shop.level},
            "budget": float(found["gifts"][place] * stock.cost[sku[place]]),
            "days": max(1.0, float(found["part"][place]) * shop.window.days),
            "low": float(ends[:, place].min()),
            "high": float(ends[:, place].max()),
        }
        for place in best
    ]


def _candidates(
    pressed: Pressure, window: Window, figures: Figures, uplift: Uplift, rows: list[dict[str, float]]
) -> Candidates:
    def column(name: str, default: float = 0.0) -> Floats:
        return np.array([row.get(name, default) for row in rows], dtype=np.float64)

    stock, sales = pressed.stock, float(pressed.rate.sum())
    mean_price = float(np.sum(pressed.rate * stock.price)) / sales if sales > 0 else np.inf
    gifts, days = column("gifts"), column("days", 1.0)
    more = column("revenue") / mean_price
    amounts = {name: np.zeros(len(rows)) for name in (*AMOUNTS, *MONEY)}
    amounts |= {
        name: column(name) for name in ("contribution", "budget", "revenue", "worth_unsold", "gifts", "handling")
    }
    amounts |= {"sold": more + gifts, "extra": more + gifts, "lines_per_day": (more + gifts) / days, "lasts": days}
    amounts["own_loss"] = np.where(gifts > 0, 0.0, column("budget"))
    return Candidates(
        pressed=pressed,
        window=window,
        figures=figures,
        uplift=uplift,
        kind=column("kind").astype(np.int8),
        sku=column("sku").astype(np.int64),
        partner=np.full(len(rows), "", dtype=object),
        depth=column("depth"),
        days=days,
        threshold=column("threshold"),
        seen=np.ones(len(rows)),
        per_line=np.ones(len(rows)),
        amounts=amounts,
        low=column("low"),
        high=column("high"),
    )
