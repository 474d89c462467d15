"""A forecast for each SKU: AutoETS for the best-selling as long as the time lasts, Croston or naive for the rest.

The rest is reckoned for all SKUs at once. Croston (1972) with the correction of Syntetos & Boylan (2005) smooths sizes
and intervals of demand; naive is the mean of the latest four weeks. Which of them a SKU gets is told by its last
horizon, which neither of them sees: the smaller error of the total. The interval of a SKU's total is that
of a gamma distribution with the variance of its past and the doubt about its level; a SKU whose life lies in the future
(a new one that catches on, one that is taken off sale) is outside it more often than said.

AutoETS is tried on SKUs that sell in at least half of the open periods; its time is measured as it goes.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from sim.forecasting.history import Flags, Floats, History
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
    count = sold.units.shape[0]
    per_period, croston = np.zeros(count), np.zeros(count, dtype=np.bool_)
    variance = np.zeros(count)
    for begin in range(0, count, CHUNK):
        part = slice(begin, begin + CHUNK)
        units = sold.units[begin : begin + CHUNK].toarray()
        croston[part] = _croston_better(units, horizon)
        per_period[part] = np.where(croston[part], croston_rates(units), naive_rates(units, history.step))
        recent = np.full(len(units), min(RECENT_DAYS / history.step, units.shape[1]))
        often = np.maximum((units > 0).mean(axis=1), 1 / units.shape[1])
        smoothed = np.minimum((2 - ALPHA) / ALPHA / often, units.shape[1])
        variance[part] = _doubt(units, horizon, np.where(croston[part], smoothed, recent))
    model = np.where(croston, CROSTON, NAIVE).astype(object)
    begun = clock()
    fitted = _by_ets(history, horizon, min(most, count), budget_s, clock)
    taken = clock() - begun
    for place, rate in fitted.items():
        per_period[place], model[place] = rate, ETS
    total = per_period * horizon
    low, high = _interval(total, variance)
    table = pd.DataFrame(
        {
            "sku": list(sold.names),
            "model": model,
            "units_per_day": per_period / history.step,
            "total": total,
            "low_80": low,
            "high_80": high,
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


def _croston_better(units: Floats, horizon: int) -> Flags:
    """Which rows Croston would have forecast better over the last horizon, seeing nothing of it."""
    held = min(horizon, units.shape[1] // 3)
    known, actual = units[:, :-held], units[:, -held:].sum(axis=1)
    errors = [np.abs(rates * held - actual) for rates in (croston_rates(known), naive_rates(known))]
    return np.asarray(errors[0] < errors[1])


def _doubt(units: Floats, horizon: int, periods: Floats) -> Floats:
    """Variance of the total over the horizon, of rows whose level is known from so many `periods`.

    What a period varies by, or what whole stretches do where that is more (a level that wanders), and the doubt about
    the level itself.
    """
    length = units.shape[1]
    size = min(horizon, max(1, length // 4))
    first = np.where(units.any(axis=1), (units > 0).argmax(axis=1), 0)
    alive = np.maximum(1, length - first)
    mean = units.sum(axis=1) / alive
    each = np.maximum(0.0, (units**2).sum(axis=1) / alive - mean**2)
    totals = np.concatenate([np.zeros((len(units), 1)), np.cumsum(units, axis=1)], axis=1)
    begins = np.arange(length - size, -1, -size)
    stretches = totals[:, begins + size] - totals[:, begins]
    born = begins[None, :] >= first[:, None]
    count = born.sum(axis=1)
    centre = np.divide((stretches * born).sum(axis=1), count, out=np.zeros(len(units)), where=count > 0)
    squares = (((stretches - centre[:, None]) * born) ** 2).sum(axis=1)
    whole = np.divide(squares, count - 1, out=np.zeros(len(units)), where=count > 2)
    return np.asarray(np.maximum(horizon * each, whole * horizon / size) + horizon**2 * each / periods)


def _interval(total: Floats, variance: Floats) -> tuple[Floats, Floats]:
    """10 and 90 % quantile of a gamma distribution, to whole units outwards; the mean always lies within."""
    from scipy.stats import gamma

    some = (total > 0) & (variance > 0)
    low, high = total.copy(), total.copy()
    shape, scale = total[some] ** 2 / variance[some], variance[some] / total[some]
    low[some], high[some] = gamma.ppf(0.1, shape, scale=scale), gamma.ppf(0.9, shape, scale=scale)
    return np.floor(np.minimum(low, total)), np.ceil(np.maximum(high, total))


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
