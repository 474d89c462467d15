"""Models of what the regression leaves: each says the logarithm of demand ahead, given only what was known.

Own ones need nothing: `seasonal_naive` (last week's or last year's figure again) and `regression` (weekdays of the
regression about an exponentially smoothed level). With the extra ``forecast`` there are `auto_ets`, `auto_theta` and
`mstl` of statsforecast, with a damped trend at most, and `auto_arima`, which takes seconds a fit and is fitted only
when asked for. `combination` is the mean of all of them, but for the naive one where that knows no more of the season
than they (it does in weekly histories: the shape of the year, which harmonics smooth away); it is seldom the best and
hardly ever bad (Bates & Granger 1969; Makridakis et al. 2020 on the M4 competition).

All of them see open days only, one behind the other, so that a week of a shop that is closed on Saturdays has six days.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from sim.errors import InputError, Problem, nearest
from sim.forecasting.effects import Fit
from sim.forecasting.history import Floats

Model = Callable[[Fit, int], Floats]
NAIVE, REGRESSION, COMBINATION = "seasonal_naive", "regression", "combination"
LIBRARY = ("auto_ets", "auto_theta", "mstl")
ON_REQUEST = ("auto_arima",)
OWN = (NAIVE, REGRESSION)
ALL = (*OWN, *LIBRARY, *ON_REQUEST)
ALPHAS = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6)
EXTRA = "pip install 'surgesim[forecast]'"


def has_library() -> bool:
    """Whether statsforecast is installed."""
    return importlib.util.find_spec("statsforecast") is not None


def chosen_models(wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Names of the models to fit; seasonal naive is always among them.

    Raises
    ------
    InputError
        For unknown names, and for models of statsforecast where it is not installed.
    """
    if wanted is None:
        return (*OWN, *LIBRARY) if has_library() else OWN
    problems = []
    for name in wanted:
        if name not in (*ALL, COMBINATION):
            remedy = f"no such model{nearest(name, ALL)}; there are {', '.join(ALL)}"
            problems.append(Problem("models", repr(name), remedy))
        elif name in (*LIBRARY, *ON_REQUEST) and not has_library():
            remedy = f"needs statsforecast: {EXTRA}; {' and '.join(OWN)} work without"
            problems.append(Problem("models", repr(name), remedy))
    if problems:
        raise InputError(problems, "the demand can't be forecast so")
    return tuple(name for name in ALL if name in wanted or name == NAIVE)


def seasonal_naive(fit: Fit, horizon: int) -> Floats:
    """The figure one season ago, again and again."""
    season = min(fit.history.season, len(fit.history))
    last = np.log1p(fit.history.values[-season:])
    return np.resize(last, horizon)


def regression(fit: Fit, horizon: int) -> Floats:
    """Weekday and effects of the regression about a smoothed level; its smoothing has the least one-step error."""
    level = (fit.remainder - fit.weekly)[fit.used]
    best, found = np.inf, float(level[-1])
    for alpha in ALPHAS:
        error, state = _smoothed(level, alpha)
        if error < best:
            best, found = error, state
    return found + fit.weekly_ahead + fit.known_ahead


def _smoothed(level: Floats, alpha: float) -> tuple[float, float]:
    """Mean absolute one-step error after the first fortnight, and the last state."""
    start = min(14, len(level) // 2)
    state = float(level[: max(1, start)].mean())
    total = 0.0
    for value in level[start:].tolist():
        total += abs(value - state)
        state += alpha * (value - state)
    return total, state


def _by_library(name: str) -> Model:
    def model(fit: Fit, horizon: int) -> Floats:
        remainder = fit.remainder[fit.open]
        steps = int(fit.open_ahead.sum())
        ahead = np.zeros(horizon)
        if steps:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                found = _estimator(name, fit.season).forecast(y=remainder, h=steps)["mean"]
            ahead[fit.open_ahead] = found
        return ahead + fit.known_ahead

    return model


def _estimator(name: str, season: int) -> Any:
    from statsforecast import models

    shape = "AZA" if season > 1 else "AZN"
    if name == "auto_ets":
        return models.AutoETS(season_length=season, model=shape, damped=True)
    if name == "auto_theta":
        return models.AutoTheta(season_length=season, decomposition_type="additive")
    if name == "mstl":
        trend = models.AutoETS(model="AZN", damped=True)
        return models.MSTL(season_length=season, trend_forecaster=trend) if season > 1 else trend
    return models.AutoARIMA(season_length=season)


MODELS: dict[str, Model] = {
    NAIVE: seasonal_naive,
    REGRESSION: regression,
    **{name: _by_library(name) for name in (*LIBRARY, *ON_REQUEST)},
}


def points(fit: Fit, names: Sequence[str], horizon: int, failed: dict[str, str]) -> dict[str, Floats]:
    """Median of demand ahead by each model and their combination, shape (h,); 0 on closed days.

    A model that can't be fitted is left out; `failed` gets its reason.
    """
    logs: dict[str, Floats] = {}
    for name in names:
        try:
            ahead = MODELS[name](fit, horizon)
        except Exception as error:
            failed[name] = f"{type(error).__name__}: {error}"
            continue
        if np.isfinite(ahead).all():
            logs[name] = np.asarray(ahead, dtype=np.float64)
        else:
            failed[name] = "its forecast is not finite"
    serious = [logs[name] for name in logs if name != NAIVE or (fit.history.freq == "W" and fit.history.season > 1)]
    if len(serious) > 1:
        logs[COMBINATION] = np.mean(serious, axis=0)
    found = {name: np.maximum(0.0, np.expm1(np.minimum(ahead, 30.0))) for name, ahead in logs.items()}
    return {name: values if name == NAIVE else np.where(fit.open_ahead, values, 0.0) for name, values in found.items()}
