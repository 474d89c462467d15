"""What is bought together: pairs of SKUs in the same order, with how often and how much more than by chance.

An order counts once for a SKU, however many lines it has of it. Pairs that were seen seldom are left out: among
thousands of SKUs, some are bought together by chance alone. Very long orders (a trader's, with hundreds of lines) say
little about what belongs together and are left out too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.planning.promote.sales import Sales

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
LEAST_ORDERS = 10  # assumption, sweep 5-50: orders with both
MOST_LINES = 100  # assumption, sweep 30-500: SKUs of an order that still tells what belongs together
COLUMNS = ("sku", "partner", "together", "support", "confidence", "attach", "lift")


def pairs(
    sales: Sales,
    skus: Sequence[str],
    partners: Sequence[str],
    *,
    least_orders: int = LEAST_ORDERS,
    most_lines: int = MOST_LINES,
) -> pd.DataFrame:
    """Pairs of one of `skus` with one of `partners`.

    Parameters
    ----------
    skus, partners
        Codes; those that were never sold have no pairs.
    least_orders
        Orders with both, at least.
    most_lines
        Longest order that counts, in SKUs.

    Returns
    -------
    sku, partner, together (orders with both), support (of all orders that count), confidence (of orders with the SKU,
    those with the partner), attach (of orders with the partner, those with the SKU), lift (orders with both over what
    independence would give); the highest lift first.
    """
    import pandas as pd
    from scipy.sparse import csr_array

    place = {name: number for number, name in enumerate(sales.skus)}
    left = np.array([place[name] for name in dict.fromkeys(skus) if name in place], dtype=np.int64)
    right = np.array([place[name] for name in dict.fromkeys(partners) if name in place], dtype=np.int64)
    order, sku = _once(sales, most_lines)
    count = len(np.unique(order))
    if not len(left) or not len(right) or not count:
        return pd.DataFrame(columns=list(COLUMNS))
    ones = np.ones(len(order), dtype=np.int32)
    shape = (len(sales.day), len(sales.skus))
    bought = csr_array((ones, (order, sku)), shape=shape).tocsc()
    together = (bought[:, left].T.tocsr() @ bought[:, right].tocsr()).tocoo()
    orders = np.bincount(sku, minlength=len(sales.skus))
    rows, columns = together.coords
    kept = (together.data >= least_orders) & (left[rows] != right[columns])
    one, other, both = left[rows[kept]], right[columns[kept]], together.data[kept].astype(np.int64)
    names = np.array(sales.skus, dtype=object)
    found = pd.DataFrame(
        {
            "sku": names[one],
            "partner": names[other],
            "together": both,
            "support": both / count,
            "confidence": both / orders[one],
            "attach": both / orders[other],
            "lift": both * count / (orders[one] * orders[other]),
        }
    )
    return found.sort_values(["lift", "together"], ascending=False, kind="stable", ignore_index=True)


def _once(sales: Sales, most_lines: int) -> tuple[Ints, Ints]:
    """Order and SKU of each distinct pair of them, in orders that are not too long."""
    width = len(sales.skus)
    keys = np.unique(sales.order * width + sales.sku)
    order, sku = keys // width, keys % width
    short = np.bincount(order, minlength=len(sales.day)) <= most_lines
    return order[short[order]], sku[short[order]]


def best_sellers(sales: Sales, count: int = 50) -> list[str]:
    """SKUs in the most orders, the first being in most."""
    orders = np.bincount(_once(sales, len(sales.skus))[1], minlength=len(sales.skus))
    return [sales.skus[place] for place in np.argsort(-orders, kind="stable")[:count]]
