"""Stock pressure: which SKUs press, by what figure, and how many units are too many.

A SKU is put into the first class that fits, the one with the nearest deadline first:

- ``near_expiry``: its last day of sale (expiry less the days that delivery takes) is near, or over, and more lies there
  than it sells until then;
- ``out_of_season``: the same with the end of its season;
- ``dead``: at its rate it sells less than one unit in `dead_days`;
- ``slow``: it covers more than `cover_days` of sales, and sells less than `slow_per_day`;
- ``overstock``: it covers as much, although it sells regularly;
- ``healthy``: none of them. So are SKUs that came in too recently for their rate to say anything, unless they have a
  deadline.

Assumes that the rate of sale goes on as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.planning.promote.stock_file import StockFile

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
CLASSES: Final = ("near_expiry", "out_of_season", "dead", "slow", "overstock", "healthy")
REASONS: Final = ("days_left", "cover_days", "units_in_dead_days", "on_hand", "days_since_received")


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From where on stock presses. All are assumptions of ours: a shop sets its own.

    Parameters
    ----------
    near_expiry_days
        Days to the last day of sale; sweep 14-120.
    out_of_season_days
        Days to the end of the season; sweep 14-90.
    dead_days
        Less than one unit sold in so many days; sweep 90-365.
    cover_days
        Days of sales that lie there; sweep 60-270.
    slow_per_day
        Units a day below which a SKU sells slowly; sweep 0.05-1.
    target_cover_days
        Days of sales that a shop wants to hold; what lies beyond is too much; sweep 30-120, at most `cover_days`.
    new_days
        Days after receipt in which a rate says nothing yet; sweep 14-90.
    delivery_days
        From order to the customer's door: goods have to arrive before they expire; sweep 1-7.
    """

    near_expiry_days: float = 60.0
    out_of_season_days: float = 45.0
    dead_days: float = 180.0
    cover_days: float = 120.0
    slow_per_day: float = 0.2
    target_cover_days: float = 60.0
    new_days: float = 45.0
    delivery_days: float = 3.0

    def __post_init__(self) -> None:
        problems = [
            Problem(f"thresholds.{name}", f"{value!r}", "must be a number >= 0")
            for name in self.__slots__
            if not (np.isfinite(value := getattr(self, name)) and value >= 0)
        ]
        if not problems and not 0 < self.target_cover_days <= self.cover_days:
            remedy = f"must lie above 0 and at most at thresholds.cover_days ({self.cover_days:g})"
            problems.append(Problem("thresholds.target_cover_days", f"{self.target_cover_days:g}", remedy))
        if not problems and self.dead_days == 0:
            problems.append(Problem("thresholds.dead_days", "0", "must be above 0"))
        if problems:
            raise InputError(problems)


@dataclass(frozen=True, eq=False)
class Pressure:
    """Classes of n SKUs; the arrays have shape (n,).

    Attributes
    ----------
    stock, thresholds, today
        What was judged, by what, when.
    kind
        Position in :data:`CLASSES`.
    rate
        Units a day, with 0 where nothing is known.
    cover_days
        On hand over rate; infinite where nothing sells, 0 where nothing lies there.
    days_left
        Days on which it can still be sold: to the last day of sale before it expires, or to the end of its season if
        that is nearer; infinite without either, 0 where it is over.
    excess
        Units too many: what is left at the deadline of those that have one, everything of the dead, what lies beyond
        `target_cover_days` of the slow and of overstock; 0 of the healthy.
    reason
        Position in :data:`REASONS` of the figure that decided.
    figure, threshold
        The figure, and what it was held against.
    """

    stock: StockFile
    thresholds: Thresholds
    today: np.datetime64
    kind: NDArray[np.int8]
    rate: Floats
    cover_days: Floats
    days_left: Floats
    excess: Floats
    reason: NDArray[np.int8]
    figure: Floats
    threshold: Floats

    def is_of(self, *names: str) -> NDArray[np.bool_]:
        """Which SKUs are of one of these classes, shape (n,)."""
        return np.isin(self.kind, [CLASSES.index(name) for name in names])

    @property
    def capital(self) -> Floats:
        """Money tied up in units too many: at cost."""
        return self.excess * self.stock.cost

    def table(self) -> pd.DataFrame:
        """One row per SKU, the most money tied up first.

        Returns
        -------
        sku, name, pressure, on_hand, sales_per_day, cover_days, days_left, excess, capital, reason, figure, threshold
        """
        import pandas as pd

        found = pd.DataFrame(
            {
                "sku": self.stock.sku,
                "name": self.stock.title,
                "pressure": np.array(CLASSES)[self.kind],
                "on_hand": self.stock.on_hand,
                "sales_per_day": self.rate,
                "cover_days": self.cover_days,
                "days_left": self.days_left,
                "excess": self.excess,
                "capital": self.capital,
                "reason": np.array(REASONS)[self.reason],
                "figure": self.figure,
                "threshold": self.threshold,
            }
        )
        return found.sort_values("capital", ascending=False, kind="stable", ignore_index=True)

    def counts(self) -> pd.DataFrame:
        """pressure, skus, units (on hand), excess, capital: of each class."""
        found = self.table().groupby("pressure")
        table = found.agg(
            skus=("sku", "size"), units=("on_hand", "sum"), excess=("excess", "sum"), capital=("capital", "sum")
        )
        return table.reindex(CLASSES, fill_value=0).rename_axis("pressure").reset_index()


def pressure(stock: StockFile, today: date, thresholds: Thresholds | None = None) -> Pressure:
    """Put every SKU into a class.

    Parameters
    ----------
    stock
        With rates; one that is not known counts as none.
    today
        The day from which days are counted: the first of an offer.
    """
    asked = thresholds or Thresholds()
    day = np.datetime64(today, "D")
    rate = np.nan_to_num(stock.sales_per_day, nan=0.0)
    on_hand = stock.on_hand
    cover = np.where(on_hand > 0, np.divide(on_hand, rate, out=np.full(len(stock), np.inf), where=rate > 0), 0.0)
    to_expiry = days_until(stock.expiry, day) - asked.delivery_days
    to_season_end = days_until(stock.season_end, day)
    new = days_until(stock.received, day) > -asked.new_days  # days since receipt, the other way round
    new &= ~np.isnat(stock.received)
    in_dead_days = rate * asked.dead_days
    judged = (on_hand > 0) & ~new
    tests = [
        (to_expiry <= asked.near_expiry_days) & (_left_after(to_expiry, on_hand, rate) > 0),
        (to_season_end <= asked.out_of_season_days) & (_left_after(to_season_end, on_hand, rate) > 0),
        judged & (in_dead_days < 1),
        judged & (cover > asked.cover_days) & (rate < asked.slow_per_day),
        judged & (cover > asked.cover_days),
    ]
    kind = np.select(tests, range(5), 5).astype(np.int8)
    left = np.maximum(np.minimum(to_expiry, to_season_end), 0.0)
    beyond = on_hand - rate * asked.target_cover_days
    excess = np.select([kind <= 1, kind == 2, kind <= 4], [_left_after(left, on_hand, rate), on_hand, beyond], 0.0)
    too_new = (kind == 5) & (on_hand > 0) & new & ((cover > asked.cover_days) | (in_dead_days < 1))
    reason = np.select([kind <= 1, kind == 2, kind <= 4, on_hand == 0, too_new], [0, 2, 1, 3, 4], 1).astype(np.int8)
    figures = [to_expiry, to_season_end, in_dead_days, cover, cover]
    limits = [asked.near_expiry_days, asked.out_of_season_days, 1.0, asked.cover_days, asked.cover_days]
    since = -days_until(stock.received, day)
    of_kind = [kind == each for each in range(5)]
    return Pressure(
        stock=stock,
        thresholds=asked,
        today=day,
        kind=kind,
        rate=rate,
        cover_days=cover,
        days_left=left,
        excess=np.maximum(excess, 0.0),
        reason=reason,
        figure=np.select(of_kind, figures, np.where(too_new, since, cover)),
        threshold=np.select(of_kind, limits, np.where(too_new, asked.new_days, asked.cover_days)),
    )


def _left_after(days: Floats, on_hand: Floats, rate: Floats) -> Floats:
    """Units left after so many days; all of them where there is no end to the days, and where it is over."""
    return np.asarray(on_hand - rate * np.where(np.isfinite(days), np.maximum(days, 0.0), 0.0))


def days_until(days: NDArray[np.datetime64], today: np.datetime64) -> Floats:
    """Days from today to each day; infinite where there is none."""
    known = ~np.isnat(days)
    return np.where(known, (np.where(known, days, today) - today).astype(np.int64), np.inf)
