"""Small stocks whose offers can be worked out by hand. The first day is 2026-03-02."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np

from sim.planning.promote.figures import Figures
from sim.planning.promote.pressure import Pressure, pressure
from sim.planning.promote.sales import Sales
from sim.planning.promote.stock_file import StockFile, stock_of

TODAY = date(2026, 3, 2)
PLAIN = Figures(
    depths=(0.5,),
    substitute_share=0.0,
    pulled_forward_share=0.0,
    own_order_share=0.5,
    holding_share=0.0,
    obsolete_share=0.0,
    liquidation_share=0.0,
    disposal_share=0.0,
    members_share=0.5,
    least_share=0.0,
)


def stock(**columns: Any) -> StockFile:
    """One SKU of 100 units that cost 5 and sell at 10, one a day; or more, where columns are longer."""
    given = {"on_hand": 100.0, "sales_per_day": 1.0, "price": 10.0, "cost": 5.0, **columns}
    count = max((len(value) for value in given.values() if isinstance(value, (list, tuple))), default=1)
    full = {name: value if isinstance(value, (list, tuple)) else [value] * count for name, value in given.items()}
    return stock_of({"sku": [f"S{number}" for number in range(count)], **full})


def pressed(**columns: Any) -> Pressure:
    """Classes of the same on the first day."""
    return pressure(stock(**columns), TODAY)


def in_days(days: float) -> str:
    """A date so many days after the first day."""
    return str(np.datetime64(TODAY) + np.timedelta64(int(days), "D"))


def sold(*orders: list[tuple[str, float]], price: float = 10.0) -> Sales:
    """Orders of (SKU, units), one a day."""
    names = sorted({sku for order in orders for sku, _ in order})
    lines = [(number, names.index(sku), units) for number, order in enumerate(orders) for sku, units in order]
    number, sku, units = (np.array(column) for column in zip(*lines, strict=True))
    value = np.bincount(number, units * price, len(orders))
    day = np.datetime64("2026-01-01") + np.arange(len(orders)).astype("timedelta64[D]")
    prices = np.full(len(names), price)
    return Sales(tuple(names), number, sku, units.astype(float), day, value, prices, {})
