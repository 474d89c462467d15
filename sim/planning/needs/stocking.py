"""What has to be set so that so much stock, oven-hours, space and hands at the gate are there.

Made SKUs are filled up to a level every day, by the rule that looks at the shelves; what the line can't make before the
planned days begin is there when the run begins: baked ahead. Bought SKUs come in one receipt more each, or, where that
would lie before the run, are there when it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.planning.needs.need import Amounts, Goods, Need, figure_of
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Sku, Stock
from sim.scenario.types import show_clock
from sim.scenario.variation import Values, written

Ints = NDArray[np.int64]
STOCKED = frozenset({"oven", "shelf", "bought", "space", "gate"})


def levels(goods: Goods, amount: int) -> Ints:
    """Units of each made SKU up to which the shelves are filled, by its share of the demand; one at least."""
    return np.maximum(1, np.floor(np.asarray(goods.shares) * amount + 0.5)).astype(np.int64)


def ahead(goods: Goods, amount: int, hours: float) -> Ints:
    """Units of each made SKU that have to be baked before the run begins, so that the shelves are full in time."""
    lacking = max(0.0, amount - goods.before - goods.per_hour * hours)
    return np.floor(np.asarray(goods.shares) * lacking + 0.5).astype(np.int64)


def bought(goods: Goods, amount: int) -> Ints:
    """Units of each SKU to be bought so that there are so many in all: those that lack most of their share first.

    Every SKU is filled up to the same multiple of its demand; what has more than that keeps what it has.
    """
    there, shares = np.asarray(goods.there, dtype=np.float64), np.asarray(goods.shares)
    if amount <= there.sum():
        return np.zeros(len(there), dtype=np.int64)
    order = np.argsort(there / shares, kind="stable")
    filled = np.cumsum(there[order])
    portion = np.cumsum(shares[order])
    # with the first k filled to a multiple m of their shares, the others as they are: m * portion[k] + rest[k] = amount
    rest = there.sum() - filled
    multiple = (amount - rest) / portion
    last = np.flatnonzero(multiple >= (there / shares)[order])[-1]
    more: Ints = np.maximum(0, np.floor(shares * multiple[last] - there + 0.5)).astype(np.int64)
    return more


def stock_values(scenario: Scenario, needs: Sequence[Need], amounts: Amounts) -> Values:
    """What to set for the needs of stock among these."""
    values: dict[str, Any] = {}
    skus: dict[str, Any] = {}  # by name, since a name may hold a dot, which parts the steps of a path
    hours = {need.owner: amounts[need.key][0] for need in needs if need.kind == "oven"}
    for need in needs:
        if need.kind not in STOCKED:
            continue
        assert scenario.stock is not None
        amount = amounts[need.key][0]
        if need.kind == "oven":
            values[f"stock.production.{need.owner}.hours_per_day"] = float(amount)
        elif need.kind == "space":
            values["stock.storage.capacity_m3"] = amount / scenario.scale
        elif need.kind == "gate":
            values["stock.receiving.workers"] = figure_of(amount, scenario.scale)
        elif need.kind == "shelf":
            runs = hours.get(need.owner, scenario.stock.production[need.owner].hours_per_day)
            skus |= _filled(scenario, scenario.stock, need, amount, runs)
        else:
            skus |= _received(scenario, scenario.stock, need, amount)
    return {**values, "stock.skus": skus} if skus else values


def _filled(scenario: Scenario, stock: Stock, need: Need, amount: int, hours: float) -> dict[str, Any]:
    """Levels of the made SKUs, and what was baked before the run."""
    assert need.goods is not None
    found: dict[str, Any] = {}
    for name, level, early in zip(
        need.goods.skus, levels(need.goods, amount), ahead(need.goods, amount, hours), strict=True
    ):
        sku = stock.skus[name]
        found[name] = {"reorder": rule_up_to(sku, figure_of(int(level), scenario.scale))}
        if early:
            found[name]["on_hand"] = sku.on_hand + figure_of(int(early), scenario.scale)
    return found


def rule_up_to(sku: Sku, level: int) -> Mapping[str, Any]:
    """An (s, S) rule that fills a SKU up to a level, its safety stock included, looked at as soon as it is today."""
    up_to = max(1, level - sku.safety_stock)  # the model adds the safety stock
    span = sku.reorder.up_to - sku.reorder.point if sku.reorder.rule == "s_S" else 1
    return {"rule": "s_S", "point": max(0, up_to - span), "up_to": up_to}


def _received(scenario: Scenario, stock: Stock, need: Need, amount: int) -> dict[str, Any]:
    """A receipt more of every SKU of which some are lacking."""
    assert need.goods is not None
    found: dict[str, Any] = {}
    for name, units, day in zip(need.goods.skus, bought(need.goods, amount), need.goods.arrives, strict=True):
        if not units:
            continue
        sku, figure = stock.skus[name], figure_of(int(units), scenario.scale)
        if day < 0:
            found[name] = {"on_hand": sku.on_hand + figure}
            continue
        at = f"{scenario.first_day + timedelta(days=day):%Y-%m-%d}T{show_clock(stock.receiving.open)}"
        promised = [written(each, "json") for each in sku.receipts]
        found[name] = {"receipts": [*promised, {"at": at, "units": figure}]}
    return found
