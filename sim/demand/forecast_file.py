"""Forecast files: the expected orders of each day, and sample paths that say how wrong that may be.

One row per day without gaps: `date`, `mean`, `campaign` (empty, or the name of a campaign that the figures already
include) and `path_1` ... `path_N`, expected orders of the day on each path; `low_80` and `high_80` are for readers and
are only checked to be numbers. A replication follows one path from the first day to the last, because the errors of a
forecast hang together over its days: a week that begins above it seldom ends below it.

Days of the warm-up that lie before the file repeat its first ordinary day of the same weekday; they only fill the
floor. Every other day of the run, of its campaign and of its second waves has to be in the file.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from math import ceil, floor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.demand.tables import locate
from sim.errors import InputError, Problem, nearest
from sim.scenario.demand import Campaign
from sim.scenario.disturbances import SecondWave
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PLACE = "demand.forecast"
FEWEST_PATHS, MOST_PATHS = 2, 1000
MOST_DAYS = 3660
MOST_PER_DAY = 1e9  # orders; more is a slip of the pen
MOST_BYTES = 1 << 27
SHOWN = 20  # problems listed; the rest is counted
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,2})?\Z")
DAY_TEXT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
PATH_NAME = re.compile(r"path_[1-9][0-9]*\Z")
NEEDED = ("date", "mean")
OPTIONAL = ("low_80", "high_80", "campaign")


@dataclass(frozen=True, eq=False)
class DemandForecast:
    """A forecast file; the arrays are read-only.

    Attributes
    ----------
    name
        Of the file.
    first
        Its first day; the others follow without gaps.
    mean
        Expected orders of each day, shape (d,).
    campaigns
        Name of the campaign that a day's figures include, empty where there is none; d of them.
    paths
        Expected orders of each day on each sample path, shape (n, d).
    """

    name: str
    first: date
    mean: Floats
    campaigns: tuple[str, ...]
    paths: Floats

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=len(self.mean) - 1)

    @property
    def ordinary(self) -> NDArray[np.bool_]:
        """Days whose figures include no campaign, shape (d,)."""
        return np.array([not name for name in self.campaigns], dtype=np.bool_)


def read_forecast(scenario: Scenario) -> DemandForecast:
    """The scenario's forecast file, checked against the scenario; kept in memory as long as it stays the same.

    Parameters
    ----------
    scenario
        With `demand.forecast`.

    Raises
    ------
    InputError
        A file that isn't there or is no forecast, by line and column; days that it lacks; a campaign on days that
        already include one. Every problem at once.
    """
    assert scenario.demand.forecast is not None, "read_forecast needs a scenario with demand.forecast"
    found = _load(*locate(PLACE, scenario.demand.forecast))
    problems = [*_lacking(scenario, found), *_counted_twice(scenario, found)]
    if problems:
        raise InputError(problems, f"the forecast {found.name} does not go with the scenario {scenario.name}")
    return found


def orders_by_day(scenario: Scenario, first: int, last: int, path: int | None = None) -> Floats:
    """Expected orders of days `first` to `last` - 1, counted from the start, before `scenario.scale`.

    Parameters
    ----------
    path
        Sample path, counted from 0; None: the mean.
    """
    forecast = read_forecast(scenario)
    figures = forecast.mean if path is None else forecast.paths[path]
    return np.asarray(figures[_rows(scenario, forecast, first, last)])


def ordinary_per_day(scenario: Scenario) -> float:
    """Mean orders of the run's days that include no campaign (of all, if none is without), before `scenario.scale`."""
    forecast = read_forecast(scenario)
    rows = _rows(scenario, forecast, 0, scenario.days)
    plain = rows[forecast.ordinary[rows]]
    return float(forecast.mean[plain if len(plain) else rows].mean())


def path_at(scenario: Scenario, uniform: float) -> int:
    """Sample path that a uniform in [0, 1) chooses, counted from 0; all are equally likely."""
    return int(uniform * len(read_forecast(scenario).paths))


def luck_of(scenario: Scenario, path: int) -> float:
    """Orders of the run's days on a path against the mean's; 1 where nothing is expected."""
    forecast = read_forecast(scenario)
    rows = _rows(scenario, forecast, 0, scenario.days)
    expected = float(forecast.mean[rows].sum())
    return float(forecast.paths[path, rows].sum()) / expected if expected > 0 else 1.0


def doubt_of(scenario: Scenario, days: range) -> float:
    """Standard deviation / mean of the orders of some days over the paths: what of the doubt is common to all days."""
    forecast = read_forecast(scenario)
    totals = forecast.paths[:, _rows(scenario, forecast, days.start, days.stop)].sum(axis=1)
    return float(totals.std() / totals.mean()) if totals.mean() > 0 else 0.0


# --- the file against the scenario ----------------------------------------------------------------------------------


def _rows(scenario: Scenario, forecast: DemandForecast, first: int, last: int) -> Ints:
    """Row of the file for each day; those before it repeat the first ordinary day of the same weekday."""
    rows = (scenario.first_day - forecast.first).days + np.arange(first, last)
    for weekday, row in enumerate(_first_ordinary(forecast)):
        rows[(rows < 0) & (rows % 7 == weekday)] = row
    return rows


def _first_ordinary(forecast: DemandForecast) -> list[int]:
    """Row of the first ordinary day of each weekday, the weekday of the file's first day first; -1: there is none."""
    plain = np.flatnonzero(forecast.ordinary)
    return [next(iter(plain[plain % 7 == weekday].tolist()), -1) for weekday in range(7)]


def _waves(scenario: Scenario) -> Iterator[tuple[str, Campaign]]:
    """What multiplies the ordinary orders of its hours: the campaign and second waves, with the path of each."""
    if scenario.demand.campaign is not None:
        yield "demand.campaign", scenario.demand.campaign
    for label, each in scenario.disturbances.items():
        if isinstance(each, SecondWave):
            yield f"disturbances.{label}", each.campaign


def _lacking(scenario: Scenario, forecast: DemandForecast) -> Iterator[Problem]:
    """Days that are needed and that the file does not have."""
    span, cause = (0, scenario.days), "the run"
    for _, wave in _waves(scenario):
        opens = floor((scenario.minute(wave.start) - wave.ahead_min) / 1440)
        closes = ceil(scenario.minute(wave.end) / 1440)
        span, cause = (min(span[0], opens), max(span[1], closes)), "the run and its campaign"
    offset = (scenario.first_day - forecast.first).days
    measured = floor(scenario.measure_from_min / 1440)  # days before it are warm-up
    usual = _first_ordinary(forecast)
    days = np.arange(*span)
    rows = days + offset
    repeated = (rows < 0) & (days < measured) & (np.array(usual)[rows % 7] >= 0)
    missing = days[((rows < 0) | (rows >= len(forecast.mean))) & ~repeated]
    if len(missing):
        needed = f"{scenario.date_of(span[0])} to {scenario.date_of(span[1] - 1)}"
        remedy = (
            f"covers {forecast.first} to {forecast.last}, {cause} needs {needed}: {_stretches(scenario, missing)} "
            "missing; forecast further, or move start and window (days of the warm-up before the file repeat its "
            "first ordinary day of the same weekday)"
        )
        yield Problem(PLACE, forecast.name, remedy)


def _stretches(scenario: Scenario, days: Ints) -> str:
    """Days as dates, neighbours as a stretch."""
    parts = np.split(days, np.flatnonzero(np.diff(days) > 1) + 1)
    told = [(scenario.date_of(int(part[0])), scenario.date_of(int(part[-1]))) for part in parts]
    text = " and ".join(f"{first}" if first == last else f"{first} to {last}" for first, last in told)
    return f"{text} {'is' if len(days) == 1 else 'are'}"


def _counted_twice(scenario: Scenario, forecast: DemandForecast) -> Iterator[Problem]:
    """Campaigns of the scenario on days that include one already."""
    offset = (scenario.first_day - forecast.first).days
    for place, wave in _waves(scenario):
        first = floor(scenario.minute(wave.start) / 1440) + offset
        last = ceil(scenario.minute(wave.end) / 1440) + offset
        named = {forecast.campaigns[row]: row for row in reversed(range(max(first, 0), min(last, len(forecast.mean))))}
        named.pop("", None)
        if named:
            told = ", ".join(f"{name!r} ({forecast.first + timedelta(days=row)})" for name, row in named.items())
            remedy = (
                f"{forecast.name} already includes {told} on its days, which would be counted twice: "
                f"leave {place} out (null), or forecast without that campaign"
            )
            yield Problem(place, "", remedy)


# --- the file ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _load(path: Path, _modified_ns: int, size: int) -> DemandForecast:
    if size > MOST_BYTES:
        raise _refused(path, [Problem(path.name, "", f"{size:,} bytes: a forecast has at most {MOST_BYTES:,}")])
    return _Reading(path, _text_of(path)).forecast()


def _refused(path: Path, problems: Sequence[Problem]) -> InputError:
    shown = list(problems[:SHOWN])
    if len(problems) > SHOWN:
        shown.append(Problem(f"and {len(problems) - SHOWN} more", "", "cells are wrong in the same or other ways"))
    return InputError(shown, f"the forecast {path.name} can't be used")


def _text_of(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _refused(path, [Problem(PLACE, repr(path.name), f"can't be read: {error.strerror or error}")]) from None
    if content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise _refused(path, [Problem(path.name, "", "an Excel workbook or zip archive: save the sheet as CSV UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        remedy = "not UTF-8: save it as UTF-8 (in Excel: 'CSV UTF-8')"
        raise _refused(
            path, [Problem(f"{path.name}, line {line}", f"byte 0x{content[error.start]:02x}", remedy)]
        ) from None


class _Reading:
    """One pass over a forecast file; every problem is collected with its line and column."""

    def __init__(self, path: Path, text: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        self.rows: list[tuple[int, list[str]]] = []
        try:
            for cells in reader:
                if any(cell.strip() for cell in cells):
                    self.rows.append((reader.line_num, [cell.strip() for cell in cells]))
        except csv.Error as error:
            raise _refused(path, [Problem(f"{path.name}, line {reader.line_num}", "", f"no CSV: {error}")]) from None
        if not self.rows:
            raise _refused(path, [Problem(path.name, "", "empty: a header and a row for each day are needed")])
        self.header = [name.casefold() for name in self.rows[0][1]]

    def forecast(self) -> DemandForecast:
        """What the file says.

        Raises
        ------
        InputError
            With every problem.
        """
        self._check_header()
        if self.problems:  # nothing below can be told without columns
            raise _refused(self.path, self.problems)
        days, values = self._days(), self._values()
        self._check_means(values)
        if self.problems:
            raise _refused(self.path, self.problems)
        named = self.header.index("campaign") if "campaign" in self.header else None
        campaigns = tuple("" if named is None else cells[named] for _, cells in self.rows[1:])
        mean, paths = values["mean"], np.array([values[name] for name in self._paths()])
        for array in (mean, paths):
            array.setflags(write=False)
        return DemandForecast(self.path.name, days[0], mean, campaigns, paths)

    def _paths(self) -> list[str]:
        """Columns of sample paths by their number."""
        named = [name for name in self.header if PATH_NAME.match(name)]
        return sorted(named, key=lambda name: int(name.removeprefix("path_")))

    def _say(self, line: int, column: str, given: str, remedy: str) -> None:
        shown = repr(given[:40]) if given else ""
        self.problems.append(Problem(f"{self.path.name}, line {line}, column {column}", shown, remedy))

    def _check_header(self) -> None:
        line, known = self.rows[0][0], (*NEEDED, *OPTIONAL)
        if len(self.header) == 1:
            return self._say(line, "1", self.header[0], "one column only: columns are separated by commas")
        for number, name in enumerate(self.header, 1):
            if name not in known and not PATH_NAME.match(name):
                hint = nearest(name, (*known, "path_1")) or f"; columns are {', '.join(known)}, path_1, path_2, ..."
                self._say(line, str(number), name, f"no column of a forecast{hint}")
            elif self.header.index(name) + 1 < number:
                self._say(line, str(number), name, "is there twice: keep one")
        for name in NEEDED:
            if name not in self.header:
                self._say(line, name, "", "is missing")
        paths = self._paths()
        if not FEWEST_PATHS <= len(paths) <= MOST_PATHS:
            self._say(line, "path_1 ...", f"{len(paths)}", f"needs {FEWEST_PATHS} to {MOST_PATHS:,} sample paths")
        elif set(paths) != {f"path_{number}" for number in range(1, len(paths) + 1)}:
            self._say(line, "path_1 ...", "", f"are numbered from 1 to {len(paths)} without gaps")
        if not 1 <= len(self.rows) - 1 <= MOST_DAYS:
            remedy = f"{len(self.rows) - 1:,} rows below the header: one for each day is needed, at most {MOST_DAYS:,}"
            self.problems.append(Problem(self.path.name, "", remedy))
        for line, cells in self.rows[1:]:
            if len(cells) != len(self.header):
                remedy = f"{len(cells)} cells where the header has {len(self.header)}"
                self.problems.append(Problem(f"{self.path.name}, line {line}", "", remedy))
        return None

    def _days(self) -> list[date]:
        """Dates, which follow each other without gaps."""
        column, days = self.header.index("date"), list[date]()
        before: date | None = None
        for line, cells in self.rows[1:]:
            day = _date(cells[column])
            if day is None:
                self._say(line, "date", cells[column], "no date: write YYYY-MM-DD" if cells[column] else "is empty")
            elif before is not None and day != before + timedelta(days=1):
                known = "is there twice" if day in days else f"does not follow {before}: a row for each day is needed"
                self._say(line, "date", cells[column], known)
            before = day
            if day is not None:
                days.append(day)
        return days

    def _values(self) -> dict[str, Floats]:
        """Columns of numbers, NaN where a cell can't be used."""
        numbers = [(at, name) for at, name in enumerate(self.header) if name not in ("date", "campaign")]
        table = np.full((len(numbers), len(self.rows) - 1), np.nan)
        for row, (line, cells) in enumerate(self.rows[1:]):
            for number, (at, name) in enumerate(numbers):
                value, reason = _orders(cells[at])
                table[number, row] = value
                if reason:
                    self._say(line, name, cells[at], reason)
        return {name: table[number] for number, (_, name) in enumerate(numbers)}

    def _check_means(self, values: dict[str, Floats]) -> None:
        """A mean lies among the paths of its day."""
        paths = np.array([values[name] for name in self._paths()])
        low, high = paths.min(axis=0), paths.max(axis=0)
        slack = 1e-6 + 1e-3 * high  # figures of a file are rounded
        for row in np.flatnonzero((values["mean"] < low - slack) | (values["mean"] > high + slack)).tolist():
            given = f"{values['mean'][row]:g}"
            self._say(self.rows[row + 1][0], "mean", given, f"all its paths lie from {low[row]:g} to {high[row]:g}")


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if DAY_TEXT.match(text) else None
    except ValueError:
        return None


def _orders(text: str) -> tuple[float, str]:
    """Expected orders in a cell (NaN where there are none) and what is wrong with it."""
    if not text:
        return np.nan, "is empty"
    if not NUMBER.match(text):
        return np.nan, "no number: write it without currency, blanks and separators of thousands"
    value = float(text)
    if value < 0:
        return np.nan, "orders are 0 or more"
    return (np.nan, f"more than {MOST_PER_DAY:,.0f} orders on one day") if value > MOST_PER_DAY else (value, "")
