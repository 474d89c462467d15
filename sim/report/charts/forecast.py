"""The history with the forecast behind it, and what was forecast in the backtest against what came."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import BLUE, INK, MUTED, ORANGE, PALE, WIDE, Chart, figure, finish, place, short, write
from sim.report.formats import Formats

if TYPE_CHECKING:
    import pandas as pd

    from sim.forecasting.result import Forecast

LEFT, RIGHT, HEAD, FOOT, GAP = 0.85, 0.15, 0.55, 0.45, 0.75
TALL, LOW = 3.0, 1.35
WIDE_BAND, NARROW_BAND = 0.16, 0.30  # strength of the 95 % and the 80 % band
BEHIND = 3  # horizons of history in the close view
LEAST_BEHIND = 28  # periods of it
MOST_NAMED = 8  # campaigns and holidays named in the close view
LETTERS = 26
CLOSEST = 0.014  # of the width: names nearer to each other would lie one on the other
STEPS_DAYS = (1, 2, 7, 14, 28, 61, 91, 182, 365, 730)


def forecast_chart(found: Forecast, formats: Formats) -> Chart:
    """A close view of the days ahead with their bands, and the whole history below it."""
    say, history, ahead = formats.say, found.history, found.periods
    behind = max(BEHIND * found.horizon, LEAST_BEHIND)
    whole = len(history) > 1.5 * behind
    drawn = figure(WIDE, HEAD + TALL + FOOT + ((GAP + LOW + FOOT - 0.05) if whole else 0.0))
    width = WIDE - LEFT - RIGHT
    close = place(drawn, LEFT, HEAD, width, TALL)
    dates, values = _days(history.dates[-behind:]), history.values[-behind:]
    _series(close, dates, values, formats)
    _fan(close, ahead, formats)
    _axis(close, dates[0], _days(ahead["date"])[-1], width, formats)
    _named(close, ahead)
    close.legend(loc="lower left", ncols=4, bbox_to_anchor=(0, 1.03), borderaxespad=0.1)
    if whole:
        top = HEAD + TALL + FOOT + GAP
        write(drawn, LEFT, top - 0.12, say("forecast.whole"), va="bottom", fontsize=8.5, color=MUTED)
        wide = place(drawn, LEFT, top, width, LOW - 0.05)
        every = _days(history.dates)
        _series(wide, every, history.values, formats, width=0.8)
        _fan(wide, ahead, formats)
        wide.axvspan(dates[0], _days(ahead["date"])[-1], color=PALE, zorder=0)
        _axis(wide, every[0], _days(ahead["date"])[-1], width, formats)
    mean, low, high = (formats.number(float(ahead[name].sum())) for name in ("mean", "low_80", "high_80"))
    return finish(drawn, "forecast", say("forecast.alt", mean=mean, low=low, high=high))


def backtest_chart(found: Forecast, formats: Formats) -> Chart | None:
    """What the chosen model forecast in windows that don't overlap, against what came; nothing without windows."""
    every = found.backtest[found.backtest["model"] == found.model]
    if every.empty:
        return None
    own = every[every["origin"].isin(apart(every))]
    history = found.history
    first = own["date"].min()
    there = history.dates >= np.datetime64(first, "D")
    drawn = figure(WIDE, HEAD + TALL - 0.5 + FOOT)
    width = WIDE - LEFT - RIGHT
    axes = place(drawn, LEFT, HEAD, width, TALL - 0.5)
    _series(axes, _days(history.dates[there]), history.values[there], formats)
    for number, (_, window) in enumerate(own.groupby("origin", sort=True)):
        days = _days(window["date"])
        low, high = window["low_80"].to_numpy(float), window["high_80"].to_numpy(float)
        band = formats.say("forecast.band", share=formats.share(0.8)) if number == 0 else None
        axes.fill_between(days, low, high, color=ORANGE, alpha=NARROW_BAND, linewidth=0, label=band)
        name = formats.say("forecast.as_forecast") if number == 0 else None
        axes.plot(days, window["median"], color=ORANGE, linewidth=1.4, linestyle=(0, (4, 1.5)), label=name)
        axes.axvline(days[0] - 0.5, color=MUTED, linewidth=0.5, linestyle=(0, (1, 2)))
    _axis(axes, _days(history.dates[there])[0], _days(history.dates[there])[-1], width, formats)
    axes.legend(loc="lower left", ncols=3, bbox_to_anchor=(0, 1.03), borderaxespad=0.1)
    return finish(drawn, "backtest", formats.say("forecast.backtest_alt", windows=own["origin"].nunique()))


def apart(windows: pd.DataFrame) -> list[Any]:
    """Origins of windows that don't overlap, the last one and as many before it as there are; the earliest first."""
    kept: list[Any] = []
    begins = None
    for origin, window in sorted(windows.groupby("origin"), key=lambda each: each[1]["date"].max(), reverse=True):
        if begins is None or window["date"].max() < begins:
            kept.append(origin)
            begins = window["date"].min()
    return kept[::-1]


def _days(dates: Any) -> Any:
    """Days since 1970, as numbers."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.float64)


def _moment(day: float) -> datetime:
    return datetime(1970, 1, 1) + timedelta(days=round(day))


def _series(axes: Axes, days: Any, values: Any, formats: Formats, width: float = 1.1) -> None:
    axes.plot(days, values, color=INK, linewidth=width, label=formats.say("forecast.came"))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))


def _fan(axes: Axes, ahead: pd.DataFrame, formats: Formats) -> None:
    days = _days(ahead["date"])
    for level, strength in ((95, WIDE_BAND), (80, NARROW_BAND)):
        axes.fill_between(
            days, ahead[f"low_{level}"], ahead[f"high_{level}"], color=BLUE, alpha=strength, linewidth=0,
            label=formats.say("forecast.band", share=formats.share(level / 100)),
        )  # fmt: skip
    axes.plot(
        days, ahead["mean"], color=BLUE, linewidth=1.6, linestyle=(0, (5, 1.5)), label=formats.say("forecast.mean")
    )
    axes.set_ylim(bottom=0)


def _named(axes: Axes, ahead: pd.DataFrame) -> None:
    """Names of campaigns and holidays above the days that have them, as far as there is room."""
    shown = 0
    reach = float(ahead["high_95"].max())
    before, named = "", -np.inf
    least = CLOSEST * float(np.diff(axes.get_xlim())[0])
    for row in ahead.itertuples():
        name, day = str(row.campaign or row.holiday or ""), _days([row.date])[0]
        if name and name != before and day - named >= least and shown < MOST_NAMED:
            named = day
            axes.annotate(
                short(name, LETTERS), (day, float(str(row.high_95))), (day, reach * 1.04), rotation=90, fontsize=6.5,
                ha="center", va="bottom", color=MUTED, arrowprops={"arrowstyle": "-", "color": MUTED, "linewidth": 0.5},
            )  # fmt: skip
            shown += 1
        before = name
    if shown:
        axes.set_ylim(0, max(reach * 1.75, axes.get_ylim()[1]))


def _axis(axes: Axes, first: float, last: float, inches: float, formats: Formats) -> None:
    """Ticks at round distances, the year where it begins or first appears."""
    axes.set_xlim(first - 0.5, last + 0.5)
    step = next((step for step in STEPS_DAYS if (last - first) / step <= inches / 0.62), STEPS_DAYS[-1])
    places = np.arange(first, last + 1, step)
    labels, year = [], 0
    for day in places:
        moment = _moment(float(day))
        labels.append(formats.tick(moment) + (f"\n{moment.year}" if moment.year != year else ""))
        year = moment.year
    axes.set_xticks(places, labels)
    axes.tick_params(axis="x", length=4)
