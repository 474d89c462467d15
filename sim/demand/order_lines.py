"""Order lines of an order file by SKU: what each order of the window was for.

A SKU is written as the file has it, outer blanks removed; case counts. Lines with the same SKU in one order stay apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.tables import Text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class OrderLines:
    """Lines of the n orders of a window, one behind the other; m lines of s SKUs. The arrays are read-only.

    Attributes
    ----------
    names
        SKUs sold in the window, in order of first appearance in the file.
    first
        Where the lines of each order begin, and the end of the last; shape (n + 1,).
    sku
        Position of the SKU of each line in `names`, shape (m,).
    units
        Units of each line, >= 1, shape (m,).
    price
        Mean price of a unit of each SKU in the window, NaN where the file has none; shape (s,).
    row
        The file's number of the first row of each SKU, shape (s,).
    """

    names: tuple[str, ...]
    first: Ints
    sku: NDArray[np.int32]
    units: NDArray[np.int32]
    price: Floats
    row: Ints

    @property
    def lines_sold(self) -> Ints:
        """Lines of each SKU, shape (s,)."""
        return np.bincount(self.sku, minlength=len(self.names))

    @property
    def units_sold(self) -> Floats:
        """Units of each SKU, shape (s,)."""
        return np.bincount(self.sku, self.units, len(self.names)).astype(np.float64)


def lines_of(
    skus: Text,
    order_ids: Ints,
    ids: Ints,
    kept: NDArray[np.intp],
    units: Floats,
    value: Floats,
    numbers: Ints,
) -> OrderLines:
    """Lines of the orders of a window.

    Parameters
    ----------
    skus
        SKU of each row of the file.
    order_ids
        Code of the order's number of each row.
    ids
        Codes of the orders in the window, in order of time, shape (n,).
    kept
        Rows that are neither bad nor left out, rising.
    units, value, numbers
        Units, price and number of each row; prices may be NaN.
    """
    place = np.full(int(order_ids.max(initial=0)) + 1, -1, dtype=np.int64)
    place[ids] = np.arange(len(ids))
    order = place[order_ids[kept]]
    rows, order = kept[order >= 0], order[order >= 0]
    present, appeared, code = np.unique(skus.codes[rows], return_index=True, return_inverse=True)
    by_appearance = np.argsort(appeared, kind="stable")
    rank = np.empty(len(present), dtype=np.int64)
    rank[by_appearance] = np.arange(len(present))
    code = rank[code.reshape(-1)]
    behind = np.argsort(order, kind="stable")
    counts = np.bincount(order, minlength=len(ids))
    return OrderLines(
        names=tuple(skus.values[each] for each in present[by_appearance]),
        first=_frozen(np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)),
        sku=_frozen(code[behind].astype(np.int32)),
        units=_frozen(units[rows][behind].astype(np.int32)),
        price=_frozen(_mean_price(code, units[rows], value[rows], len(present))),
        row=_frozen(numbers[rows[appeared[by_appearance]]]),
    )


def _mean_price(code: Ints, units: Floats, value: Floats, count: int) -> Floats:
    priced = ~np.isnan(value)
    sold = np.bincount(code[priced], units[priced], count)
    revenue = np.bincount(code[priced], value[priced], count)
    return np.asarray(np.divide(revenue, sold, out=np.full(count, np.nan), where=sold > 0))


def _frozen(array: NDArray[Any]) -> NDArray[Any]:
    array.setflags(write=False)
    return array
