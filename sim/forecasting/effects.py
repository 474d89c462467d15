"""Regression of the logarithm of demand on trend, weekdays, the season of the year and what is known of the days.

ln(1 + demand) is a broken line with a knot every eight weeks, a level per weekday, with two years or more five
harmonics of the year, and the columns of :mod:`sim.forecasting.surroundings`; fitted by penalised least squares, with
Huber's weights against days that nothing explains. Weekdays on which a shop is closed, and days without orders where
some were to be expected, are left out of the fit: they are not small demand but none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.forecasting.history import Dates, Flags, Floats, History, weekdays
from sim.forecasting.surroundings import Column, Surroundings

KNOT_DAYS = 56
YEAR_DAYS = 365.25
HARMONICS = 5
YEARS = 2  # of history before a season of the year can be told
HUBER = 2.0  # standard deviations beyond which a day counts for less
EXPECTED = 10.0  # orders on days about it, at which a day without any can't be chance
KNOT_PENALTY = 2.0
WEEKDAY_PENALTY = 0.1
HARMONIC_PENALTY = 1.0


@dataclass(frozen=True, eq=False)
class Fit:
    """A history with what explains it taken out; n periods, and h ahead.

    Attributes
    ----------
    history
        What was known.
    open, open_ahead
        Periods on which the shop trades at all.
    used
        Periods that entered the fit.
    remainder
        ln(1 + demand) without effects and season of the year, filled where not used, shape (n,).
    trend, weekly
        Parts of the remainder that the regression sees, shape (n,).
    weekly_ahead
        The weekday's part, shape (h,).
    known_ahead
        Effects and season of the year, shape (h,).
    effects
        (column, coefficient, standard error, periods seen).
    spread
        Robust standard deviation of what is left.
    left
        What is left, 0 where not used; shape (n,).
    """

    history: History
    open: Flags
    open_ahead: Flags
    used: Flags
    remainder: Floats
    trend: Floats
    weekly: Floats
    weekly_ahead: Floats
    known_ahead: Floats
    effects: tuple[tuple[Column, float, float, int], ...]
    spread: float
    left: Floats

    @property
    def season(self) -> int:
        """Open days of a week; 1 for weeks, whose season is that of the year."""
        return 7 - len(self.history.closed_weekdays) if self.history.freq == "D" else 1


def explain(history: History, surroundings: Surroundings, horizon: int) -> Fit:
    """Fit the regression to a history; nothing of the values after its end is looked at."""
    n = len(history)
    dates = np.concatenate([history.dates, history.ahead(horizon)])
    is_open = ~np.isin(weekdays(dates), history.closed_weekdays) if history.freq == "D" else np.ones(n + horizon, bool)
    used = is_open[:n] & ~closures(history, is_open[:n])
    columns, known = surroundings.table(dates)
    columns, known = _seen(columns, known, used)
    parts = {"trend": _broken_line(history, horizon), "weekly": _weekday_columns(dates, history, is_open)}
    parts["yearly"] = _harmonics(dates, history)
    parts["known"] = known
    design = np.concatenate(list(parts.values()), axis=1)
    penalty = _penalty(parts, columns)
    target = np.log1p(history.values)
    beta, spread, covariance = _robust(design[:n][used], target[used], penalty)
    ends = np.cumsum([0, *(part.shape[1] for part in parts.values())])
    said = {
        name: part @ beta[begin:end]
        for (name, part), begin, end in zip(parts.items(), ends[:-1], ends[1:], strict=True)
    }
    effect = said["yearly"] + said["known"]
    fitted = said["trend"] + said["weekly"]
    left = np.where(used, target - (design @ beta)[:n], 0.0)
    covariance = covariance * _inflation(left[used])
    deviation = np.sqrt(np.diag(covariance))[ends[3] :]
    seen = (np.abs(known[:n][used]) > 0).sum(axis=0).tolist()
    told = zip(columns, beta[ends[3] :].tolist(), deviation.tolist(), seen, strict=True)
    closed_ahead = _closed_holidays(history, surroundings, horizon, is_open[:n] & ~used)
    return Fit(
        history=history,
        open=is_open[:n],
        open_ahead=is_open[n:] & ~closed_ahead,
        used=used,
        remainder=np.where(used, target - effect[:n], fitted[:n]),
        trend=said["trend"][:n],
        weekly=said["weekly"][:n],
        weekly_ahead=said["weekly"][n:],
        known_ahead=effect[n:],
        effects=tuple(told),
        spread=spread,
        left=left,
    )


def closures(history: History, is_open: Flags) -> Flags:
    """Open days without any orders, where the two weeks before and after have at least ten a day."""
    empty = is_open & (history.values == 0)
    found = np.zeros(len(history), dtype=np.bool_)
    reach = 14 if history.freq == "D" else 2
    for place in np.flatnonzero(empty).tolist():
        near = slice(max(0, place - reach), place + reach + 1)
        busy = history.values[near][is_open[near] & (history.values[near] > 0)]
        found[place] = len(busy) > 0 and float(np.median(busy)) >= EXPECTED
    return found


def _closed_holidays(history: History, surroundings: Surroundings, horizon: int, shut: Flags) -> Flags:
    """Days ahead with a holiday on which the shop has always been closed."""
    past = surroundings.holiday_names(history.dates)
    always: dict[str, bool] = {}
    for names, closed in zip(past, shut.tolist(), strict=True):
        for name in names:
            always[name] = always.get(name, True) and closed
    ahead = surroundings.holiday_names(history.ahead(horizon))
    return np.array([any(always.get(name, False) for name in names) for names in ahead], dtype=np.bool_)


def _seen(columns: list[Column], known: Floats, used: Flags) -> tuple[list[Column], Floats]:
    """Only what the history has seen; figures from outside in standard deviations of the history."""
    n = len(used)
    past = known[:n][used]
    keep = [place for place in range(len(columns)) if float(np.ptp(past[:, place])) > 0]
    chosen = known[:, keep].copy()
    for place, source in enumerate(keep):
        if columns[source].kind == "outside":
            chosen[:, place] = (chosen[:, place] - past[:, source].mean()) / past[:, source].std()
    return [columns[place] for place in keep], chosen


def _broken_line(history: History, horizon: int) -> Floats:
    """Hat functions of the trend; flat after the end of the history."""
    n, every = len(history), max(2, KNOT_DAYS // history.step)
    knots = np.linspace(0, n - 1, max(2, 1 + round((n - 1) / every)))
    place = np.minimum(np.arange(n + horizon), n - 1)
    return np.column_stack([np.interp(place, knots, row) for row in np.eye(len(knots))])


def _weekday_columns(dates: Dates, history: History, is_open: Flags) -> Floats:
    if history.freq != "D":
        return np.zeros((len(dates), 0))
    days = weekdays(dates)
    return np.column_stack([(days == day).astype(np.float64) for day in sorted(set(days[is_open].tolist()))])


def _harmonics(dates: Dates, history: History) -> Floats:
    if len(history) * history.step < YEARS * 364:
        return np.zeros((len(dates), 0))
    angle = 2 * np.pi * dates.astype("datetime64[D]").astype(np.int64) / YEAR_DAYS
    return np.column_stack([wave(k * angle) for k in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)])


def _penalty(parts: dict[str, Floats], columns: list[Column]) -> Floats:
    """Square root of the penalty as rows beneath the design: steps of the trend, sizes of all else."""
    knots = parts["trend"].shape[1]
    width = sum(part.shape[1] for part in parts.values())
    steps = np.sqrt(KNOT_PENALTY) * np.diff(np.eye(knots), axis=0)
    sizes = [
        *[WEEKDAY_PENALTY] * parts["weekly"].shape[1],
        *[HARMONIC_PENALTY] * parts["yearly"].shape[1],
        *(column.penalty for column in columns),
    ]
    rows = np.zeros((len(steps) + len(sizes), width))
    rows[: len(steps), :knots] = steps
    rows[len(steps) :, knots:] = np.diag(np.sqrt(sizes))
    return rows


def _robust(design: Floats, target: Floats, penalty: Floats) -> tuple[Floats, float, Floats]:
    """Coefficients, spread of what is left, covariance; weights after Huber (1964), four rounds.

    Penalties count in units of the residual variance only as far as the columns are 0 or 1: they say how many
    periods without an effect are added to those that were seen.
    """
    weight = np.ones(len(target))
    beta, spread = np.zeros(design.shape[1]), 1.0
    for _ in range(4):
        root = np.sqrt(weight)[:, None]
        stacked = np.concatenate([design * root, penalty])
        beta = np.linalg.lstsq(stacked, np.concatenate([target * root[:, 0], np.zeros(len(penalty))]), rcond=None)[0]
        left = target - design @ beta
        spread = max(float(np.median(np.abs(left)) / 0.6745), 1e-6)
        weight = np.minimum(1.0, HUBER * spread / np.maximum(np.abs(left), 1e-12))
    inverse = np.linalg.pinv(design.T @ (design * weight[:, None]) + penalty.T @ penalty)
    return np.asarray(beta, dtype=np.float64), spread, np.asarray(spread**2 * inverse, dtype=np.float64)


def _inflation(left: Floats) -> float:
    """What following days that err together add to the variance of a coefficient (first-order autocorrelation)."""
    if len(left) < 3 or not left.any():
        return 1.0
    rho = float(np.clip((left[1:] * left[:-1]).sum() / (left**2).sum(), 0.0, 0.9))
    return (1 + rho) / (1 - rho)
