"""What was sold: order lines by SKU, from an order file; units a day, orders a day and values of orders from them.

A rate is units over the last `days` days of the file, all days counted, also those without orders; a SKU that was sold
for the first time within them counts from that day on, but over no less than four weeks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.demand.trace import FIRST_DAY, read_order_lines
from sim.errors import InputError, Problem

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
RATE_DAYS = 90  # assumption, sweep 28-365: days of sales behind a rate
_LEAST_DAYS = 28


@dataclass(frozen=True, eq=False)
class Sales:
    """m order lines of s SKUs in n orders, in order of time.

    Attributes
    ----------
    skus
        Codes.
    order, sku
        Order of each line (0 .. n - 1) and position of its SKU in `skus`, shape (m,).
    units
        Of each line, shape (m,).
    day
        Day of each order, shape (n,).
    value
        Of each order, NaN where the file has no price, shape (n,).
    price
        Mean price of a unit of each SKU, NaN where unknown, shape (s,).
    notes
        What was read and left out, see :class:`sim.demand.trace.OrderFile`.
    """

    skus: tuple[str, ...]
    order: Ints
    sku: Ints
    units: Floats
    day: NDArray[np.datetime64]
    value: Floats
    price: Floats
    notes: Mapping[str, int | str]

    @property
    def last(self) -> np.datetime64:
        """Last day with orders."""
        found: np.datetime64 = self.day.max()
        return found

    @cached_property
    def days(self) -> int:
        """Days from the first order to the last, both counted."""
        return int((self.last - self.day.min()).astype(np.int64)) + 1

    @property
    def orders_per_day(self) -> float:
        """Mean over all days of the file."""
        return len(self.day) / self.days

    @property
    def units_per_line(self) -> Floats:
        """Mean units of a line of each SKU, shape (s,)."""
        lines = np.bincount(self.sku, minlength=len(self.skus))
        units = np.bincount(self.sku, self.units, len(self.skus))
        return np.divide(units, lines, out=np.ones(len(self.skus)), where=lines > 0)

    def rates(self, days: int = RATE_DAYS) -> dict[str, float]:
        """Units a day of each SKU over the last days of the file."""
        span = min(days, self.days)
        since = self.last - np.timedelta64(span - 1, "D")
        of_line = self.day[self.order]
        recent = of_line >= since
        units = np.bincount(self.sku[recent], self.units[recent], len(self.skus))
        first = np.full(len(self.skus), self.last)
        np.minimum.at(first, self.sku, of_line)
        known = (self.last - first).astype(np.int64) + 1
        return dict(zip(self.skus, (units / np.clip(known, min(_LEAST_DAYS, span), span)).tolist(), strict=True))


def read_sales(
    name: str, *, preset: str = "generic", columns: Mapping[str, str] | None = None, bad_rows: str = "stop"
) -> Sales:
    """Read order lines; arguments and errors as :func:`sim.demand.trace.read_order_lines`.

    Raises
    ------
    InputError
        Also where the file does not tell what was sold.
    """
    orders = read_order_lines(name, preset=preset, columns=columns, bad_rows=bad_rows)
    lines = orders.skus
    if lines is None:
        remedy = "does not tell which SKU a row is: name its column with columns.sku"
        raise InputError([Problem(Path(name).name, "", remedy)], "the order file can't be used")
    counts = np.diff(lines.first)
    return Sales(
        skus=lines.names,
        order=np.repeat(np.arange(len(counts)), counts),
        sku=lines.sku.astype(np.int64),
        units=lines.units.astype(np.float64),
        day=np.datetime64(FIRST_DAY) + (orders.placed_min // 1440).astype("timedelta64[D]"),
        value=orders.value,
        price=lines.price,
        notes=orders.notes,
    )
