"""Orders in two parcels: what is there goes now, lines that wait for goods go when they have come.

A second parcel is a row of its own behind the orders, with the luck of its order, kept ready in the draws for every
order of more than one line. Stations, dock and carriers treat it like an order; customers, terms and measures know
only the first row, so it has no cancellation, no contacts and no third party of its own.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.draws import Draws
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.floor.line import Line

Ints = NDArray[np.int64]
_NOT_PER_ORDER = ("cancel_", "ask_")


@dataclass
class Remainders:
    """Rows kept ready for second parcels.

    Attributes
    ----------
    orders
        Number of orders; rows from there on are second parcels.
    parent
        Order of each row kept ready, shape (m,).
    used
        Order -> row of its second parcel, of those that have one.
    first_left
        Order -> when its first parcel was picked up, and when that is delivered.
    gone
        Orders of which both parcels have left.
    """

    orders: int
    parent: Ints
    used: dict[int, int] = field(default_factory=dict)
    first_left: dict[int, tuple[float, float]] = field(default_factory=dict)
    gone: set[int] = field(default_factory=set)

    def open(self, order: int) -> int:
        """The row of an order's second parcel, from now on in use."""
        row = self.orders + int(np.searchsorted(self.parent, order))
        self.used[order] = row
        return row

    def order_of(self, row: int) -> int:
        """Order to which a row belongs."""
        return row if row < self.orders else int(self.parent[row - self.orders])

    def whole(self, line: Line, rows: Ints, now: float, *, partly: int, shipped: int) -> Ints:
        """Orders all of which has left, of those of which a parcel leaves now."""
        whole = []
        for row in rows.tolist():
            order = self.order_of(row)
            second = self.used.get(order)
            if second is None:
                whole.append(order)
                continue
            if order in self.gone:  # with its other parcel, by the same vehicle
                continue
            if row == order:
                self.first_left[order] = now, float(line.delivered[order])
            first = self.first_left.get(order)
            if first is None or line.state[second] != shipped:
                if first is not None:  # until the rest has left, the order has not
                    line.state[order] = partly
                    line.picked_up[order] = line.delivered[order] = np.nan
                continue
            self.gone.add(order)
            line.state[order] = shipped
            line.picked_up[order] = now
            line.delivered[order] = max(first[1], float(line.delivered[second]))
            whole.append(order)
        return np.asarray(whole, dtype=np.int64)


def with_remainders(scenario: Scenario, draws: Draws) -> tuple[Draws, Remainders | None]:
    """The draws with a row kept ready for each order that may go in two parcels; the same draws where none may."""
    stock = scenario.stock
    if stock is None or draws.stock is None or stock.oversell.ship == "hold" or stock.oversell.policy == "none":
        return draws, None
    lines = np.diff(draws.stock.baskets.first)
    parent = np.flatnonzero(lines > 1)
    rows = np.concatenate([np.arange(len(draws)), parent])
    changed: dict[str, Any] = {}
    for each in dataclasses.fields(draws):
        values = getattr(draws, each.name)
        if isinstance(values, np.ndarray) and not each.name.startswith(_NOT_PER_ORDER):
            changed[each.name] = values[rows]
    changed["route_u"][len(draws) :] = 1.0  # no third party takes them
    changed["late_goods"] = {label: values[rows] for label, values in draws.late_goods.items()}
    return dataclasses.replace(draws, **changed), Remainders(len(draws), parent)
