"""Rolling-origin backtest: forecasts as they would have been made then, held against what came.

Each window is forecast from the history before it and from nothing else; closed weekdays, the scale of errors and the
choice of smoothing are found anew each time. Intervals in a window come from the errors of the windows that had ended
before it began, as do the models' places in the choice made there: no window judges itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from sim.forecasting.accuracy import QUANTILES, seasonal_scale
from sim.forecasting.effects import closures, explain
from sim.forecasting.history import Floats, History, weekdays
from sim.forecasting.models import points
from sim.forecasting.paths import BLOCK, FEWEST_WINDOWS, Errors, around, draw
from sim.forecasting.surroundings import Surroundings

WINDOWS = 30
FEWEST_PERIODS = {"D": 21, "W": 12}
DRAWN = 1000


@dataclass(frozen=True, eq=False)
class Window:
    """One test: the first `end` periods are known, the next ones forecast.

    Attributes
    ----------
    end
        Periods known.
    actual
        Shape (h,).
    scale
        Error of seasonal naive within what was known.
    points
        Model -> median forecast, shape (h,).
    judged
        Model -> logarithm of the errors, NaN on closed days; shape (h,).
    """

    end: int
    actual: Floats
    scale: float
    points: dict[str, Floats]
    judged: dict[str, Floats]


@dataclass(eq=False)
class Backtest:
    """All windows, the earliest first.

    Attributes
    ----------
    tested
        Periods of a window.
    windows
        With quantiles of each model in `quantiles` (window, model) -> shape (5, h), where enough came before.
    wanted
        Windows there would have been with more time.
    failed
        Model -> why it could not be fitted, at least once.
    """

    history: History
    tested: int
    windows: list[Window]
    wanted: int
    failed: dict[str, str]
    quantiles: dict[tuple[int, str], Floats] = field(default_factory=dict)

    @property
    def models(self) -> list[str]:
        """Models that could be fitted in every window."""
        return [name for name in self.windows[-1].points if all(name in window.points for window in self.windows)]

    def before(self, end: int) -> list[int]:
        """Windows that had ended when `end` periods were known."""
        return [place for place, window in enumerate(self.windows) if window.end + self.tested <= end]

    def errors(self, model: str, places: Sequence[int]) -> Errors:
        """Errors of a model in some windows."""
        ends = [self.windows[place].end for place in places]
        values = np.array([self.windows[place].judged[model] for place in places])
        return Errors(values, (ends[-1] - ends[0]) / self.tested + 1, BLOCK[self.history.freq])

    def scored(self) -> list[int]:
        """Windows with enough others before them; all, where there is none."""
        places = [place for place, window in enumerate(self.windows) if len(self.before(window.end)) >= FEWEST_WINDOWS]
        return places or list(range(len(self.windows)))


def origins(length: int, freq: str, horizon: int) -> tuple[int, list[int]]:
    """Periods of a window, and how much is known at the beginning of each; at least half a history is for fitting."""
    if freq == "W":
        least, spacing = (104 if length >= 104 + 12 else max(8, length // 2)), 1
    else:
        least, spacing = max(14, min(length // 3, 2 * 364)), 14 if length > 900 else 7
    tested = min(horizon, max(1, (length - least) // 3))
    if freq == "D" and tested > 7:
        tested -= tested % 7 if tested < horizon else 0
    if (length - least - tested) // spacing < 2 * FEWEST_WINDOWS:
        spacing = max(1, (length - least - tested) // (2 * FEWEST_WINDOWS))
    ends = list(range(length - tested, least - 1, -spacing))[:WINDOWS]
    return tested, ends[::-1]


def backtest(
    history: History,
    surroundings: Surroundings,
    models: Sequence[str],
    horizon: int,
    *,
    budget_s: float = 60.0,
    seed: int = 1,
    clock: Callable[[], float] = time.monotonic,
) -> Backtest:
    """Test models on a history.

    Parameters
    ----------
    history, surroundings
        What was, and what is known of the days.
    models
        Names in :data:`sim.forecasting.models.MODELS`.
    horizon
        Periods ahead, >= 1; windows are shorter where the history is.
    budget_s
        Seconds; where the first window says that all would take longer, fewer windows are taken, the latest ones.
    """
    tested, ends = origins(len(history), history.freq, horizon)
    failed: dict[str, str] = {}
    begun = clock()
    windows = [_window(history, surroundings, models, ends[-1], tested, failed)]
    for end in ends[-2::-1]:
        taken = clock() - begun
        if taken + taken / len(windows) > budget_s and len(windows) > 1:
            break
        windows.insert(0, _window(history, surroundings, models, end, tested, failed))
    found = Backtest(history, tested, windows, len(ends), failed)
    for place, window in enumerate(windows):
        _quantiles(found, place, window, seed)
    return found


def _window(
    history: History,
    surroundings: Surroundings,
    models: Sequence[str],
    end: int,
    tested: int,
    failed: dict[str, str],
) -> Window:
    known = history.until(end)
    made = points(explain(known, surroundings, tested), models, tested, failed)
    actual = history.values[end : end + tested]
    ended = history.until(end + tested)
    shut = closures(ended, np.ones(len(ended), dtype=np.bool_))[end:]
    if history.freq == "D":
        shut |= np.isin(weekdays(history.dates[end : end + tested]), known.closed_weekdays)
    judged = {
        name: np.where(shut | (point <= 0), np.nan, np.log1p(actual) - np.log1p(np.maximum(point, 0)))
        for name, point in made.items()
    }
    return Window(end, actual, seasonal_scale(known.values, known.season), made, judged)


def _quantiles(found: Backtest, place: int, window: Window, seed: int) -> None:
    before = found.before(window.end)
    if len(before) < FEWEST_WINDOWS:
        return
    for name in window.points:
        if any(name not in found.windows[each].judged for each in before):
            continue
        generator = np.random.default_rng([seed, window.end])  # the same chance for every model
        drawn = draw(found.errors(name, before), found.tested, DRAWN, generator)
        found.quantiles[place, name] = np.quantile(around(window.points[name], drawn), QUANTILES, axis=0)
