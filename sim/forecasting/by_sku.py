"""A forecast for each SKU: AutoETS for the best-selling as long as the time lasts, Croston or naive for the rest.

The rest is reckoned for all SKUs at once. Croston (1972) with the correction of Syntetos & Boylan (2005) smooths sizes
and intervals of demand; naive is the mean of the latest four weeks. Which of them a SKU gets is told by its last
horizon, which neither of them sees: the smaller error of the total. The interval of a SKU's total comes from the totals
of stretches of its past as long as the horizon, about their mean: it holds the chance of demand, not a change of level
that the past has not seen, and is therefore too narrow for new SKUs.

AutoETS is tried on SKUs that sell in at least half of the open periods; its time is measured as it goes.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.forecasting.history import Floats, History
from sim.forecasting.models import has_library
from sim.forecasting.notes import Note

if TYPE_CHECKING:
    import pandas as pd

CHUNK = 4096  # SKUs that are reckoned together
ALPHA = 0.1  # Croston's, of sizes and intervals; Syntetos & Boylan (2005) use 0.05 to 0.2
RECENT_DAYS = 28
BUSY = 0.5
CROSTON, NAIVE, ETS = "croston", "naive", "auto_ets"
SHORTEST = 28  # periods of history that AutoETS gets to see at least


def forecast_by_sku(
    history: History,
    horizon: int,
    *,
    most: int = 300,
    budget_s: float = 30.0,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Units of every SKU over the horizon.

    Parameters
    ----------
    history
        With `by_sku`.
    horizon
        Periods, >= 1.
    most
        SKUs to try AutoETS on, the best-selling first.
    budget_s
        Seconds for AutoETS: a series is begun only if the mean of those before says that it will end in time.

    Returns
    -------
    The table `Forecast.by_sku`, and notes.
    """
    import pandas as pd

    sold = history.by_sku
    assert sold is not None
    count, length = sold.units.shape
    per_period, croston = np.zeros(count), np.zeros(count, dtype=np.bool_)
    low, high = np.zeros(count), np.zeros(count)
    for begin in range(0, count, CHUNK):
        part = slice(begin, begin + CHUNK)
        units = sold.units[begin : begin + CHUNK].toarray()
        croston[part] = _croston_better(units, horizon)
        per_period[part] = np.where(croston[part], croston_rates(units), naive_rates(units, history.step))
        low[part], high[part] = _spread(units, horizon)
    model = np.where(croston, CROSTON, NAIVE).astype(object)
    begun = clock()
    fitted = _by_ets(history, horizon, min(most, count), budget_s, clock)
    taken = clock() - begun
    for place, rate in fitted.items():
        per_period[place], model[place] = rate, ETS
    total = per_period * horizon
    table = pd.DataFrame(
        {
            "sku": list(sold.names),
            "model": model,
            "units_per_day": per_period / history.step,
            "total": total,
            "low_80": total * low,
            "high_80": np.where(total > 0, total * high, 0.0),
            "sold": np.asarray(sold.units.sum(axis=1)).ravel(),
        }
    )
    figures = {
        "fitted": len(fitted),
        "wanted": min(most, count),
        "seconds": round(taken, 1),
        "per_series": round(taken / max(1, len(fitted)), 3),
        "rest": count - len(fitted),
    }
    return table, (Note("sku_budget", figures), Note("sku_sum", {"sum": round(float(total.sum()))}))


def croston_rates(units: Floats, alpha: float = ALPHA) -> Floats:
    """Units per period of each row by Croston's method as corrected by Syntetos & Boylan.

    Parameters
    ----------
    units
        Shape (s, n), >= 0.
    alpha
        Smoothing of sizes and intervals, in (0, 1).

    Returns
    -------
    Shape (s,); 0 for rows without demand.

    References
    ----------
    Syntetos & Boylan (2005), The accuracy of intermittent demand estimates, eq. 4
    """
    count = len(units)
    size, gap, since = np.zeros(count), np.zeros(count), np.ones(count)
    started = np.zeros(count, dtype=np.bool_)
    for now in units.T:
        hit = now > 0
        first = hit & ~started
        later = hit & started
        size[first], gap[first] = now[first], since[first]
        size[later] += alpha * (now[later] - size[later])
        gap[later] += alpha * (since[later] - gap[later])
        started |= hit
        since = np.where(hit, 1.0, since + 1)
    return np.divide((1 - alpha / 2) * size, gap, out=np.zeros(count), where=gap > 0)


def naive_rates(units: Floats, step: int = 1) -> Floats:
    """Units per period of each row: the mean of the latest four weeks."""
    return np.asarray(units[:, -max(1, RECENT_DAYS // step) :].mean(axis=1))


def _croston_better(units: Floats, horizon: int) -> np.ndarray:  # type: ignore[type-arg]
    """Which rows Croston would have forecast better over the last horizon, seeing nothing of it."""
    held = min(horizon, units.shape[1] // 3)
    known, actual = units[:, :-held], units[:, -held:].sum(axis=1)
    errors = [np.abs(rates * held - actual) for rates in (croston_rates(known), naive_rates(known))]
    return np.asarray(errors[0] < errors[1])


def _spread(units: Floats, horizon: int) -> tuple[Floats, Floats]:
    """10 and 90 % quantile of totals over the horizon, by their mean, after the SKU was first sold."""
    length = units.shape[1]
    size = min(horizon, max(1, length // 4))
    totals = np.concatenate([np.zeros((len(units), 1)), np.cumsum(units, axis=1)], axis=1)
    begins = np.arange(length - size, -1, -max(1, size // 2))
    stretches = totals[:, begins + size] - totals[:, begins]
    first = np.where(units.any(axis=1), (units > 0).argmax(axis=1), length)
    born = begins[None, :] >= first[:, None]
    born[:, :2] = True
    seen = np.where(born, stretches, np.nan)
    low, high = np.nanquantile(seen, (0.1, 0.9), axis=1)
    mean = np.nanmean(seen, axis=1)
    shrink = np.sqrt(size / horizon)  # a longer total varies less by its mean
    ratio = [np.divide(each, mean, out=np.ones(len(units)), where=mean > 0) for each in (low, high)]
    return np.maximum(0.0, 1 + (ratio[0] - 1) * shrink), 1 + (ratio[1] - 1) * shrink


def _by_ets(history: History, horizon: int, most: int, budget_s: float, clock: Callable[[], float]) -> dict[int, float]:
    """Mean units per period by AutoETS, for as many SKUs as the time allows."""
    sold = history.by_sku
    if most == 0 or not has_library() or len(history) < SHORTEST:
        return {}
    assert sold is not None
    from statsforecast.models import AutoETS

    season = 7 if history.freq == "D" else 1
    estimator = AutoETS(season_length=season, model="AZA" if season > 1 else "AZN", damped=True)
    found: dict[int, float] = {}
    begun, tried = clock(), 0
    for place in range(most):
        units = sold.units[[place]].toarray()[0]
        if (units > 0).mean() < BUSY * (1 - len(history.closed_weekdays) / 7):
            continue
        taken = clock() - begun
        if taken + taken / max(1, tried) > budget_s:
            break
        tried += 1
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ahead = estimator.forecast(y=units, h=horizon)["mean"]
        if np.isfinite(ahead).all():
            found[place] = float(np.maximum(ahead, 0.0).mean())
    return found
