"""What a unit is worth that no offer sells: kept and sold later, handed to a liquidator, given away, destroyed.

A unit that has to wait t days for its buyer brings its price if it is still wanted then, else what can be got out of
it, less what it costs to keep:

    price x exp(-a t / 365) + salvage x (1 - exp(-a t / 365)) - holding_share x cost x t / 365

with a = -log(1 - obsolete_share). The cost itself was paid long ago and is in none of these figures.

Assumes that a liquidator takes any number of units, before they expire; and that goods out of season wait for a year.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from sim.planning.promote.figures import Figures, Floats
from sim.planning.promote.pressure import CLASSES, Pressure
from sim.planning.promote.stock_file import StockFile

if TYPE_CHECKING:
    import pandas as pd

ADVICE: Final = ("keep", "liquidate", "donate", "dispose")
NEXT_SEASON_DAYS = 365.0
LONGEST_DAYS = 7300.0  # nobody waits longer


def salvage(stock: StockFile, figures: Figures, days_left: Floats) -> tuple[Floats, NDArray[np.int8]]:
    """Money a unit brings now when it is not sold, and by which of :data:`ADVICE`; shape (n,).

    A unit past its last day of sale can only be destroyed, which costs money.
    """
    litres = np.nan_to_num(stock.volume, nan=0.0)
    dispose = -(figures.disposal_share * stock.cost + figures.disposal_per_litre * litres)
    usable = ~((days_left <= 0) & ~np.isnat(stock.expiry))
    ways = np.array([figures.liquidation_share * stock.cost, figures.donation_share * stock.cost, dispose])
    ways[:2, ~usable] = -np.inf
    best = ways.argmax(axis=0)
    return ways.max(axis=0), (best + 1).astype(np.int8)


def worth_of_waiting(price: Floats, cost: Floats, salvaged: Floats, days: Floats, figures: Figures) -> Floats:
    """Money from a unit whose buyer comes after so many days, or what can be got for it now if that is more."""
    years = np.asarray(days) / 365
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        wanted = (1 - figures.obsolete_share) ** years
        kept = price * wanted + salvaged * (1 - wanted) - figures.holding_share * cost * years
    return np.asarray(np.fmax(np.where(np.isfinite(kept), kept, -np.inf), salvaged))


def days_to_wait(pressed: Pressure, sku: NDArray[np.int64], gone: Floats) -> Floats:
    """Days after which the last units of some SKUs would be sold, the mean over the last `gone` of them.

    Units left at the end of a season wait for the next one; what expires waits for ever, and so do the dead.

    Parameters
    ----------
    sku
        Positions in the stock file, shape (k,).
    gone
        Units, shape (k,).
    """
    rate, on_hand = pressed.rate[sku], pressed.stock.on_hand[sku]
    with np.errstate(invalid="ignore", divide="ignore"):
        tail = np.where(rate > 0, (on_hand - gone / 2) / rate, np.inf)
    of_season = pressed.is_of("out_of_season")[sku]
    never = pressed.is_of("near_expiry", "dead")[sku]
    return np.where(never, np.inf, np.where(of_season, NEXT_SEASON_DAYS, np.maximum(tail, 0.0)))


def patience_days(price: Floats, cost: Floats, salvaged: Floats, figures: Figures) -> Floats:
    """Days up to which a unit is better kept for its buyer than got rid of now; by bisection, to a hundredth."""
    low, high = np.zeros(len(price)), np.full(len(price), LONGEST_DAYS)
    for _ in range(20):
        middle = (low + high) / 2
        pays = worth_of_waiting(price, cost, salvaged, middle, figures) > salvaged
        low, high = np.where(pays, middle, low), np.where(pays, high, middle)
    return low


def writeoff(pressed: Pressure, figures: Figures, sold_extra: Floats) -> pd.DataFrame:
    """What to do with units too many that the chosen offers don't sell: keep those that sell soon enough, no others.

    Parameters
    ----------
    sold_extra
        Units of each SKU that offers sell beyond its ordinary sales, shape (n,).

    Returns
    -------
    sku, name, pressure, units (too many, and not sold by offers), kept and gone (units of them to keep and to get rid
    of), advice (one of :data:`ADVICE`: what to do with those that go; ``keep`` where none does), salvage (money that a
    unit brings now, or costs), days_left, cover_days, patience_days (how long a unit may wait), written_off (cost of
    those that go), money (what they bring); the largest write-off first. SKUs without pressure are absent.
    """
    import pandas as pd

    stock = pressed.stock
    left = np.maximum(pressed.excess - sold_extra, 0.0)
    salvaged, way = salvage(stock, figures, pressed.days_left)
    patience = patience_days(stock.price, stock.cost, salvaged, figures)
    gone = np.minimum(left, _too_late(pressed, stock.on_hand - sold_extra, left, patience))
    found = pd.DataFrame(
        {
            "sku": np.array(stock.sku, dtype=object),
            "name": np.array(stock.title, dtype=object),
            "pressure": np.array(CLASSES)[pressed.kind],
            "units": left,
            "kept": left - gone,
            "gone": gone,
            "advice": np.array(ADVICE)[np.where(gone >= 1, way, 0)],
            "salvage": salvaged,
            "days_left": pressed.days_left,
            "cover_days": pressed.cover_days,
            "patience_days": patience,
            "written_off": gone * stock.cost,
            "money": gone * salvaged,
        }
    ).iloc[np.flatnonzero(left > 1e-9)]
    return found.sort_values(["written_off", "units"], ascending=False, kind="stable", ignore_index=True)


def _too_late(pressed: Pressure, on_hand: Floats, left: Floats, patience: Floats) -> Floats:
    """Units whose buyers come too late to wait for: whole units, all or none of what is left after a season."""
    in_time = pressed.rate * patience
    beyond = np.floor(np.maximum(on_hand - in_time, 0.0))
    of_season = np.where(patience < NEXT_SEASON_DAYS, left, 0.0)
    lost = pressed.is_of("near_expiry", "dead")
    return np.where(lost, left, np.where(pressed.is_of("out_of_season"), of_season, beyond))
