"""Which model to use, and how good a choice made so has been.

The model of the smallest mean error is chosen, and none that is no better than seasonal naive. What is said of the
accuracy of that procedure comes from windows in each of which the choice was made by the windows that had ended
before: the chosen model's own figures flatter it, as it was chosen by them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.forecasting.accuracy import QUANTILES, coverage, mase, pinball
from sim.forecasting.backtest import Backtest
from sim.forecasting.models import COMBINATION, NAIVE, REGRESSION
from sim.forecasting.paths import FEWEST_WINDOWS
from sim.forecasting.result import AS_KNOWN_THEN

if TYPE_CHECKING:
    import pandas as pd


def choose(found: Backtest, places: Sequence[int] | None = None) -> str:
    """The model of the smallest MASE over some windows (default: all); with too few, the combination or regression."""
    models = found.models
    chosen = list(range(len(found.windows))) if places is None else list(places)
    if len(chosen) < FEWEST_WINDOWS:
        return next((name for name in (COMBINATION, REGRESSION) if name in models), NAIVE)
    errors = {name: float(np.mean([_mase(found, place, name) for place in chosen])) for name in models}
    best = min(errors, key=lambda name: errors[name] if np.isfinite(errors[name]) else np.inf)
    return best if errors[best] < errors[NAIVE] else NAIVE


def _mase(found: Backtest, place: int, model: str) -> float:
    window = found.windows[place]
    scale = window.scale if np.isfinite(window.scale) else 1.0
    return mase(window.actual, window.points[model], scale)


def accuracy_table(found: Backtest, chosen: str) -> pd.DataFrame:
    """One row per model and one for the choice as it would have been made then; see `Forecast.accuracy`."""
    import pandas as pd

    places = found.scored()
    rows = [_row(found, name, dict.fromkeys(places, name)) for name in found.models]
    then = {place: choose(found, found.before(found.windows[place].end)) for place in places}
    rows.append(_row(found, AS_KNOWN_THEN, then))
    table = pd.DataFrame(rows).sort_values("mase", kind="stable", ignore_index=True)
    table["chosen"] = table["model"] == chosen
    return table


def _row(found: Backtest, name: str, models: dict[int, str]) -> dict[str, Any]:
    windows = [(found.windows[place], model, found.quantiles.get((place, model))) for place, model in models.items()]
    actual = np.concatenate([window.actual for window, _, _ in windows])
    point = np.concatenate([window.points[model] for window, model, _ in windows])
    row: dict[str, Any] = {
        "model": name,
        "windows": len(windows),
        "n": len(actual),
        "mase": float(np.mean([_mase(found, place, model) for place, model in models.items()])),
        "pinball": np.nan,
        "coverage_80": np.nan,
        "coverage_95": np.nan,
        "bias": float((point - actual).mean() / actual.mean()) if actual.mean() > 0 else np.nan,
    }
    known = [(window, quantiles) for window, _, quantiles in windows if quantiles is not None]
    if known:
        seen = np.concatenate([window.actual for window, _ in known])
        bands = np.concatenate([quantiles for _, quantiles in known], axis=1)
        losses = [
            np.mean([pinball(window.actual, row, level) for level, row in zip(QUANTILES, quantiles, strict=True)])
            / (window.scale if np.isfinite(window.scale) else 1.0)
            for window, quantiles in known
        ]
        row["pinball"] = float(np.mean(losses))
        row["coverage_80"] = coverage(seen, bands[1], bands[3])
        row["coverage_95"] = coverage(seen, bands[0], bands[4])
    return row


def backtest_table(found: Backtest) -> pd.DataFrame:
    """Every forecast that was tested; see `Forecast.backtest`."""
    import pandas as pd

    frames = []
    for place, window in enumerate(found.windows):
        dates = found.history.dates[window.end : window.end + found.tested]
        for name, point in window.points.items():
            bands = found.quantiles.get((place, name), np.full((len(QUANTILES), found.tested), np.nan))
            frames.append(
                pd.DataFrame(
                    {
                        "model": name,
                        "origin": found.history.dates[window.end - 1].astype("datetime64[s]"),
                        "date": dates.astype("datetime64[s]"),
                        "step": np.arange(1, found.tested + 1),
                        "actual": window.actual,
                        "median": point,
                        "low_80": bands[1],
                        "high_80": bands[3],
                        "low_95": bands[0],
                        "high_95": bands[4],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)
