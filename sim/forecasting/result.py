"""A forecast as it is handed on: figures with their doubt, how good such forecasts were, and a file for a scenario.

The sample paths are possible counts: they carry the model's doubt as well as the chance of the single order. A
scenario draws the single orders anew around what is expected, so that the file carries paths of the *expected* orders:
their spread about the mean is narrowed by the variance that independent orders (Poisson) add, and chance is not
counted twice.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.files import harmless, told, written_whole
from sim.forecasting.history import Floats, History
from sim.forecasting.notes import Note

if TYPE_CHECKING:
    import pandas as pd

    from sim.forecasting.calendar import Campaign

FILE = "forecast.csv"
LEVELS = (80, 95)
HEADING = "the forecast could not be written"
AS_KNOWN_THEN = "as_chosen_then"


@dataclass(frozen=True, eq=False)
class Forecast:
    """What demand will be; tables are tidy DataFrames.

    Attributes
    ----------
    history
        What it is made of.
    horizon
        Periods (days, or weeks) ahead.
    model
        The one chosen by the backtest.
    accuracy
        model, windows, n, mase, pinball, coverage_80, coverage_95, bias, chosen: of the rolling-origin backtest, one
        row per model, `seasonal_naive` among them, and one, ``as_chosen_then``, of what this procedure would have
        forecast in each window, choosing by the windows before it: the honest figure, as no window chose its own model.
        `mase`: mean absolute error over that of seasonal naive within the training windows (1: no better);
        `pinball`: mean quantile loss at 2.5, 10, 50, 90 and 97.5 %, by the same scale; `coverage_80`: share of
        periods within the 80 % interval; `bias`: mean error over mean demand, above 0: forecast too high.
    backtest
        model, origin, date, step, actual, median, low_80, high_80, low_95, high_95: every forecast that was tested;
        the intervals are NaN in windows before which there was too little to judge errors by.
    periods
        date, mean, median, low_80, high_80, low_95, high_95, campaign, holiday: one row per period ahead. `campaign`:
        the planned campaign that the figures include, or empty.
    paths
        Possible futures (counts), shape (paths, horizon), >= 0: every so manieth, by their sums, of those that the
        intervals are read off, so that their quantiles are the intervals within the little that this leaves.
    effects
        kind (weekday, holiday, campaign, outside), name, factor, low, high, seen: what each multiplies the level by,
        with a 95 % interval, and in how many periods of the history it was seen. `outside`: per standard deviation.
    campaigns
        Past and planned ones.
    by_sku
        sku, model, units_per_day, total, low_80, high_80, sold: of each SKU, over the horizon (`total`) with an 80 %
        interval; None where nobody asked.
    notes
        What a reader should know.
    settings
        How it was asked for.
    """

    history: History
    horizon: int
    model: str
    accuracy: pd.DataFrame
    backtest: pd.DataFrame
    periods: pd.DataFrame
    paths: Floats
    effects: pd.DataFrame
    campaigns: tuple[Campaign, ...] = ()
    by_sku: pd.DataFrame | None = None
    notes: tuple[Note, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def daily(self) -> pd.DataFrame:
        """`periods` with one row per day: weeks are spread over their days in equal shares."""
        if self.history.freq == "D":
            return self.periods
        days = self.periods.loc[self.periods.index.repeat(7)].reset_index(drop=True)
        days["date"] = days["date"] + np.tile(np.arange(7), self.horizon).astype("timedelta64[D]")
        figures = ["mean", "median", *(f"{end}_{level}" for level in LEVELS for end in ("low", "high"))]
        days[figures] = days[figures] / 7
        return days

    @property
    def expected(self) -> Floats:
        """Expected orders of each day on each path, shape (paths, days): `paths` without the chance of the orders."""
        mean, variance = self.paths.mean(axis=0), self.paths.var(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            share = np.where(variance > 0, 1 - mean / variance, 0.0)
        rates = mean + np.sqrt(np.maximum(share, 0.0)) * (self.paths - mean)
        if self.history.freq == "W":
            rates = np.repeat(rates / 7, 7, axis=1)
        return np.asarray(rates)

    def row(self, model: str | None = None) -> pd.Series[Any]:
        """Accuracy of a model (default: the chosen one)."""
        return self.accuracy[self.accuracy["model"] == (model or self.model)].iloc[0]

    def write(self, folder: Path) -> Path:
        """Write forecast.csv, which `demand.forecast` reads, and a CSV of each table; returns the former.

        Raises
        ------
        InputError
            If it can't be written.
        """
        tables = {"accuracy": self.accuracy, "backtest": self.backtest, "effects": self.effects, "by_sku": self.by_sku}
        with told(folder, HEADING):
            folder.mkdir(parents=True, exist_ok=True)
            for name, table in tables.items():
                if table is not None:
                    _write_table(table, folder / f"{name}.csv")
        return self.write_file(folder / FILE)

    def write_file(self, path: Path) -> Path:
        """Write what `demand.forecast` reads: date, mean, low_80, high_80, campaign, path_1 ... path_N."""
        daily = self.daily
        head = ["date", "mean", "low_80", "high_80", "campaign", *(f"path_{n}" for n in range(1, len(self.paths) + 1))]
        rates = self.expected.T
        columns = [daily[name].tolist() for name in ("mean", "low_80", "high_80")]
        dates = np.datetime_as_string(daily["date"].to_numpy().astype("datetime64[D]"))
        with (
            told(path, HEADING),
            written_whole(path) as partial,
            partial.open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(head)
            for day, figures, campaign, row in zip(
                dates.tolist(), zip(*columns, strict=True), daily["campaign"], rates.tolist(), strict=True
            ):
                writer.writerow([day, *map(_figure, figures), harmless(campaign), *map(_figure, row)])
        return path


def _figure(value: float) -> str:
    return f"{value:.4f}".rstrip("0").rstrip(".")


def _write_table(table: pd.DataFrame, path: Path) -> None:
    safe = table.copy()
    for name in safe.columns:
        if safe[name].dtype.kind not in "ifbM":
            safe[name] = safe[name].map(harmless)
    with written_whole(path) as partial:
        safe.to_csv(partial, index=False, encoding="utf-8")
