"""How good a forecast was: errors against those of seasonal naive, quantiles, and how often an interval held."""

from __future__ import annotations

import numpy as np

from sim.forecasting.history import Floats

QUANTILES = (0.025, 0.1, 0.5, 0.9, 0.975)


def seasonal_scale(values: Floats, season: int) -> float:
    """Mean absolute error of seasonal naive one season ahead within a history.

    Parameters
    ----------
    values
        Shape (n,).
    season
        Periods, >= 1; a history that is no longer is measured with 1.

    Returns
    -------
    In the unit of the values; NaN for a history that repeats itself exactly, or of one value.

    References
    ----------
    Hyndman & Koehler (2006), Another look at measures of forecast accuracy, section 2.5
    """
    lag = season if len(values) > season else 1
    if len(values) <= lag:
        return float("nan")
    scale = float(np.abs(values[lag:] - values[:-lag]).mean())
    return scale if scale > 0 else float("nan")


def mase(actual: Floats, forecast: Floats, scale: float) -> float:
    """Mean absolute error by that of seasonal naive within the history (:func:`seasonal_scale`); below 1 is better."""
    return float(np.abs(actual - forecast).mean() / scale)


def pinball(actual: Floats, forecast: Floats, probability: float) -> float:
    """Mean quantile loss: an actual above the quantile costs `probability` of the distance, one below the rest.

    References
    ----------
    Koenker & Bassett (1978), Regression quantiles, eq. 2.3
    """
    above = actual - forecast
    return float(np.maximum(probability * above, (probability - 1) * above).mean())


def coverage(actual: Floats, low: Floats, high: Floats) -> float:
    """Share of the actual figures within [low, high]."""
    return float(((actual >= low) & (actual <= high)).mean())
