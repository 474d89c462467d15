"""Baskets: which SKUs an order is for, line by line.

The luck of a line belongs to its order and its place in it: every order has a seed of its own among its attributes,
from which the numbers of its lines are made by counting (SplitMix64: Steele, Lea and Flood 2014). So an order keeps
its basket whatever other orders come, and an order with one line more keeps the lines it has.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.demand.catalogue import Catalogue
from sim.distributions import geometric

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
    catalogue: Catalogue, lines: Ints, by_campaign: Bools, units_per_line_mean: float, seeds: Floats
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
    """
    first = np.concatenate([[0], np.cumsum(lines)]).astype(np.int64)
    order = np.repeat(np.arange(len(lines)), lines)
    luck = line_uniforms(seeds, first, PER_LINE)
    usual, bent = (np.cumsum(share) for share in (catalogue.popularity, catalogue.campaign_popularity))
    sku = np.searchsorted(usual, luck[:, 0] * usual[-1], side="right")
    if not np.array_equal(usual, bent):
        rows = by_campaign[order]
        sku[rows] = np.searchsorted(bent, luck[rows, 0] * bent[-1], side="right")
    units = 1 + geometric(units_per_line_mean - 1, luck[:, 1])
    last = len(catalogue) - 1
    return Baskets(first, np.minimum(sku, last).astype(np.int32), units.astype(np.int32))


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
