"""Baskets: which SKUs an order is for, line by line.

The luck of a line belongs to its order and its place in it: every order has a seed of its own among its attributes,
from which the numbers of its lines are made by counting (SplitMix64: Steele, Lea and Flood 2014). So an order keeps
its basket whatever other orders come, and an order with one line more keeps the lines it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.catalogue import Catalogue
from sim.demand.order_lines import OrderLines
from sim.distributions import geometric
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
_STEP = np.uint64(0x9E3779B97F4A7C15)
_MIX_1, _MIX_2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
PER_LINE = 2  # numbers: which SKU, how many units


@dataclass(frozen=True, eq=False)
class Baskets:
    """Order lines of n orders, one behind the other; m lines in all.

    Attributes
    ----------
    first
        Where the lines of each order begin, and the end of the last; shape (n + 1,).
    sku
        Code of the SKU of each line in the catalogue, shape (m,).
    units
        Units of each line, >= 1, shape (m,).
    """

    first: Ints
    sku: NDArray[np.int32]
    units: NDArray[np.int32]

    @property
    def order(self) -> Ints:
        """Row of the order that each line belongs to, shape (m,)."""
        return np.repeat(np.arange(len(self.first) - 1), np.diff(self.first))

    def take(self, rows: Ints) -> Baskets:
        """The baskets of some orders, in the order of `rows`."""
        counts = np.diff(self.first)[rows]
        first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        lines = np.repeat(self.first[rows] - first[:-1], counts) + np.arange(first[-1])
        return Baskets(first, self.sku[lines], self.units[lines])

    def per_order(self, values: NDArray[Any]) -> Floats:
        """Sums over the lines of each order, shape (n,)."""
        return np.bincount(self.order, values, len(self.first) - 1).astype(np.float64)


def drawn_baskets(
    catalogue: Catalogue,
    lines: Ints,
    by_campaign: Bools,
    units_per_line_mean: float,
    seeds: Floats,
    units_in_all: Ints | None = None,
) -> Baskets:
    """Draw the lines of each order.

    Parameters
    ----------
    lines
        Order lines of each order, >= 1, shape (n,).
    by_campaign
        Which orders the campaign brings, shape (n,).
    units_per_line_mean
        Mean units of a line (geometric), >= 1.
    seeds
        Two uniforms in [0, 1) of each order, shape (n, 2).
    units_in_all
        Units of each order where they are known, >= its lines, in place of `units_per_line_mean`; shape (n,).
    """
    first = np.concatenate([[0], np.cumsum(lines)]).astype(np.int64)
    order = np.repeat(np.arange(len(lines)), lines)
    luck = line_uniforms(seeds, first, PER_LINE)
    sku = chosen(catalogue.popularity, luck[:, 0])
    if not np.array_equal(catalogue.popularity, catalogue.campaign_popularity):
        rows = by_campaign[order]
        sku[rows] = chosen(catalogue.campaign_popularity, luck[rows, 0])
    if units_in_all is None:
        units = 1 + geometric(units_per_line_mean - 1, luck[:, 1])
    else:
        unused = (seeds[:, 0] * 2.0**32) % 1  # the part of it that the lines' numbers are not made from
        units = 1 + spread(units_in_all - lines, first, luck[:, 1], unused)
    return Baskets(first, sku.astype(np.int32), units.astype(np.int32))


def chosen(popularity: Floats, luck: Floats) -> Ints:
    """Which SKU each line is of, by inversion; a SKU without popularity is never chosen.

    Parameters
    ----------
    popularity
        Chance of each SKU, shape (s,).
    luck
        Uniforms in [0, 1), shape (m,).
    """
    bounds = np.cumsum(popularity)
    sku = np.searchsorted(bounds, luck * bounds[-1], side="right")
    return np.asarray(np.minimum(sku, np.flatnonzero(popularity)[-1]))  # rounding must not carry past the last one


def spread(units: Ints, first: Ints, luck: Floats, offset: Floats) -> Ints:
    """Spread the units of each order over its lines by exponential weights, rounded so that they add up.

    As with geometric lines, a line may get all or nothing; on average every line of an order gets the same.

    Parameters
    ----------
    units
        To spread, >= 0, shape (n,).
    first
        Where the lines of each order begin, shape (n + 1,); every order has one at least.
    luck
        Uniforms in [0, 1) of each line, shape (m,).
    offset
        Uniforms in [0, 1) of each order, where rounding begins; shape (n,).
    """
    counts = np.diff(first)
    weight = 1 + (-np.log1p(-luck) * 2.0**24).astype(np.int64)  # whole, so that no order's sum depends on another's
    upto = np.cumsum(weight)
    before = upto[first[:-1]] - weight[first[:-1]]
    whole = upto[first[1:] - 1] - before
    part = (upto - np.repeat(before, counts)) / np.repeat(whole, counts)
    filled = np.floor(part * np.repeat(units, counts) + np.repeat(offset, counts)).astype(np.int64)
    own = np.diff(filled, prepend=0)
    own[first[:-1]] = filled[first[:-1]]
    return np.asarray(own)


def baskets_of(
    scenario: Scenario, catalogue: Catalogue, orders: Mapping[str, Any], by_campaign: Bools, seeds: Floats
) -> Baskets:
    """Lines by SKU where no order file tells them; those of an order from a file share out its units.

    Parameters
    ----------
    orders
        Columns `lines` and `units`; the units count only where a file brings them.
    by_campaign, seeds
        As in :func:`drawn_baskets`.
    """
    mean = scenario.demand.basket.units_per_line_mean
    lines = orders["lines"].astype(np.int64)
    if scenario.demand.file is None:
        return drawn_baskets(catalogue, lines, by_campaign, mean, seeds)
    units = orders["units"].astype(np.int64)
    return drawn_baskets(catalogue, np.minimum(lines, units), by_campaign, mean, seeds, units)


def sold_baskets(catalogue: Catalogue, sold: OrderLines) -> Baskets:
    """Baskets of an order file, its SKUs by their codes in the catalogue."""
    position = {name: code for code, name in enumerate(catalogue.names)}
    code = np.array([position[name] for name in sold.names], dtype=np.int32)
    return Baskets(sold.first, code[sold.sku], sold.units)


def line_uniforms(seeds: Floats, first: Ints, columns: int) -> Floats:
    """Uniforms in [0, 1) of each line, shape (m, columns), of 53 bits.

    Parameters
    ----------
    seeds
        Two uniforms of each order, shape (n, 2).
    first
        Where the lines of each order begin, shape (n + 1,).
    """
    high, low = (seeds[:, 0] * 2.0**32).astype(np.uint64), (seeds[:, 1] * 2.0**32).astype(np.uint64)
    counts = np.diff(first)
    seed = np.repeat((high << np.uint64(32)) | low, counts)
    place = (np.arange(first[-1]) - np.repeat(first[:-1], counts)).astype(np.uint64)
    counter = place[:, None] * np.uint64(columns) + np.arange(1, columns + 1, dtype=np.uint64)[None, :]
    with np.errstate(over="ignore"):
        bits = seed[:, None] + counter * _STEP
        bits = (bits ^ (bits >> np.uint64(30))) * _MIX_1
        bits = (bits ^ (bits >> np.uint64(27))) * _MIX_2
    bits ^= bits >> np.uint64(31)
    return np.asarray((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53)
