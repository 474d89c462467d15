"""``surgesim forecast``: what demand will be, from a history, as a file that scenarios follow."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sim.cli import folders
from sim.cli.commands.common import plain
from sim.cli.progress import bar
from sim.cli.settings import ForecastSettings
from sim.scenario.library import shown

if TYPE_CHECKING:
    from sim.forecasting.result import Forecast

FILE = "history"  # key of the file that it works on
MOST_LETTERS = 60


def subject(settings: ForecastSettings) -> str:
    """What the folder of the report is called after: the file, without what no folder may be called."""
    stem = Path(settings.history).name.split(".")[0]
    return re.sub(r"[^\w\-]+", "_", stem)[:MOST_LETTERS] or "history"


def perform(settings: ForecastSettings, config: Mapping[str, Any], folder: Path, line: str) -> Path:
    """Forecast, write the report, print the essence; the page's path.

    Raises
    ------
    InputError
        With every problem of the files.
    """
    begun = perf_counter()
    from sim.report.forecast import write_forecast

    with bar("forecasting") as progress:
        found = forecast_of(settings)
        spent = {"forecast_s": perf_counter() - begun}
        progress.say("writing the report")
        index = folders.write(
            folder,
            lambda free: write_forecast(
                found,
                free,
                command=line,
                config=config,
                durations=spent,
                lang=settings.report.lang,
                use=_use(free),
            ),
            chosen=settings.out is not None,
        )
    _tell(found)
    print(f"\nIn a scenario:\n  surgesim compare scenario=NAME demand.forecast={_use(index.parent)}")
    return index


def forecast_of(settings: ForecastSettings) -> Forecast:
    """The forecast that the settings ask for."""
    from sim.forecasting.question import forecast
    from sim.forecasting.reading import Reading

    how = Reading(
        preset=settings.preset,
        columns=settings.columns,
        measure=settings.measure,
        freq=settings.freq,
        gaps=settings.gaps,
        skip_bad_rows=settings.bad_rows == "skip",
        week_ends=settings.week_ends,
        since=settings.since,
        until=settings.until,
        timezone=settings.timezone,
        file_timezone=settings.file_timezone,
    )
    return forecast(
        settings.history,
        settings.horizon,
        how=how,
        country=settings.country,
        campaigns=settings.campaigns or (),
        outside=settings.outside,
        models=settings.models,
        paths=settings.paths,
        seed=settings.seed,
        budget_s=settings.budget_s,
        skus=settings.skus,
        sku_budget_s=settings.sku_budget_s,
    )


def _use(folder: Path) -> str:
    """The forecast file as a word of a command line given in the current folder."""
    return shlex.quote(os.fspath(shown(folder / "forecast.csv")))


def _tell(found: Forecast) -> None:
    from sim.report.forecast import essence, headline
    from sim.report.formats import Formats
    from sim.report.messages import catalogue

    formats = Formats(catalogue(), "")
    print(plain(headline(found, formats).striptags()))
    for line in essence(found, formats):
        print(plain(line))
