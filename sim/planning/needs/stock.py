"""Stock of a campaign by closed form: how much of each SKU, by when it has to be ordered or made.

A single order before the campaign that can't be repeated (newsvendor): what is short loses its margin, what is left
over loses what it is worth less afterwards. Demand over the campaign is normal around its forecast, its variance that
of a Poisson number of orders and that of an uplift nobody knows exactly. Pure functions of arrays, one entry per SKU.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtri

Floats = NDArray[np.float64]
Dates = NDArray[np.datetime64]


@dataclass(frozen=True, eq=False)
class Quantities:
    """What to have, by SKU.

    Attributes
    ----------
    fractile
        Probability with which it suffices.
    units
        Whole units, rounded up.
    safety_units
        Of them, beyond the mean of demand; below zero where leftovers cost more than shortage.
    """

    fractile: Floats
    units: Floats
    safety_units: Floats


def demand_deviation(mean: ArrayLike, uplift_cv: ArrayLike, scatter: float = 1.0) -> Floats:
    """Standard deviation of demand: a Poisson number around a mean that is itself known to `uplift_cv`.

    Parameters
    ----------
    mean
        Units over the campaign, >= 0.
    uplift_cv
        Standard deviation / mean of the uplift.
    scatter
        Variance / mean of what a Poisson number of lines brings: 1 if each is of one unit, 2 m - 1 if it is of a
        geometric number of units of mean m.
    """
    expected = np.asarray(mean, dtype=np.float64)
    return np.sqrt(scatter * expected + (expected * np.asarray(uplift_cv, dtype=np.float64)) ** 2)


def critical_fractile(shortage_cost: ArrayLike, leftover_cost: ArrayLike) -> Floats:
    """Probability with which the best quantity suffices: ``cu / (cu + co)``; 0 where neither costs anything.

    Parameters
    ----------
    shortage_cost, leftover_cost
        Per unit short and per unit left over, >= 0.

    References
    ----------
    Arrow, Harris and Marschak (1951), Optimal inventory policy, Econometrica 19(3), 250-272
    """
    short = np.asarray(shortage_cost, dtype=np.float64)
    over = np.asarray(leftover_cost, dtype=np.float64)
    both = short + over
    return np.where(both > 0, short / np.where(both > 0, both, 1.0), 0.0)


def newsvendor(mean: ArrayLike, deviation: ArrayLike, fractile: ArrayLike) -> Quantities:
    """Quantity that suffices with the critical fractile: ``mean + z deviation``, never below zero.

    Parameters
    ----------
    mean, deviation
        Of demand over the campaign, units.
    fractile
        In [0, 1); at 0 nothing is worth having.
    """
    expected, spread = (np.asarray(each, dtype=np.float64) for each in (mean, deviation))
    share = np.clip(np.asarray(fractile, dtype=np.float64), 0.0, 1 - 1e-9)
    wanted = np.where(share > 0, expected + ndtri(np.maximum(share, 1e-12)) * spread, 0.0)
    units = np.ceil(np.maximum(0.0, wanted) - 1e-9)
    return Quantities(share, units, units - expected)


def order_by(
    needed: ArrayLike,
    lead_days: ArrayLike,
    receiving_days: ArrayLike = 1,
    *,
    working_weekdays: str = "1111100",
    holidays: Sequence[date] = (),
    calendar_days: ArrayLike = False,
) -> Dates:
    """Last working day on which to order: the need, less receiving (working days), less the supplier's lead time.

    Parameters
    ----------
    needed
        First day on which the goods have to be on the shelf, datetime64[D].
    lead_days, receiving_days
        Whole days, >= 0.
    working_weekdays
        Monday to Sunday, 1 for days that work.
    calendar_days
        Whether lead times count calendar days rather than working days; one flag, or one per SKU.

    Returns
    -------
    datetime64[D].
    """
    calendar: Any = np.busdaycalendar(working_weekdays, [np.datetime64(day, "D") for day in holidays])
    need = np.asarray(needed, dtype="datetime64[D]")
    lead, receiving = (np.asarray(each, dtype=np.int64) for each in (lead_days, receiving_days))
    arrive = np.busday_offset(need, -receiving, roll="backward", busdaycal=calendar)
    by_calendar = np.busday_offset(arrive - lead, 0, roll="backward", busdaycal=calendar)
    by_working = np.busday_offset(arrive, -lead, roll="backward", busdaycal=calendar)
    return np.asarray(np.where(np.asarray(calendar_days), by_calendar, by_working))


def production_days(units: ArrayLike, per_day: ArrayLike) -> NDArray[np.int64]:
    """Whole days in which units are made.

    Parameters
    ----------
    per_day
        Units a day, > 0.
    """
    return np.asarray(np.ceil(np.asarray(units) / np.asarray(per_day) - 1e-9), dtype=np.int64)


def latest_start(ready: date, days: int, *, working_weekdays: str = "1111100", holidays: Sequence[date] = ()) -> date:
    """Last day on which production of so many working days can begin and still be ready in the morning of a day."""
    calendar: Any = np.busdaycalendar(working_weekdays, [np.datetime64(day, "D") for day in holidays])
    last = np.busday_offset(np.datetime64(ready - timedelta(days=1), "D"), 0, roll="backward", busdaycal=calendar)
    start: date = np.busday_offset(last, -max(0, days - 1), roll="backward", busdaycal=calendar).astype(object)
    return start
