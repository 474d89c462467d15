"""Days that are not like others: holidays of a country, campaigns past and planned, figures from outside by date.

Holidays come from the library ``holidays`` (extra ``forecast``), lunar ones and observed days among them. A campaign is
known by its type and depth (share of the price taken off): only those can be compared with each other. Figures from
outside (spending on ads, a market index) must be known for the days ahead too, else they can't help.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import numpy as np

from sim.demand.tables import locate, read_rows
from sim.demand.timestamps import DAY, REASONS, parse_stamps
from sim.demand.trace import NUMBER
from sim.errors import InputError, Problem, nearest
from sim.forecasting.history import Floats, History

COLUMNS = ("name", "type", "depth", "start", "end")
MOST_PROBLEMS = 30
HEADING = "the calendar can't be used"


@dataclass(frozen=True)
class Campaign:
    """A campaign, past or planned.

    Attributes
    ----------
    name
        For people; unique.
    type
        What kind it was (discount, gift, free_shipping, ...): campaigns of one type are compared with each other.
    depth
        Share of the price taken off, in [0, 1); 0 where nothing is.
    start, end
        First and last day.
    """

    name: str
    type: str
    depth: float
    start: date
    end: date


def read_campaigns(file: str | Path) -> tuple[Campaign, ...]:
    """Campaigns of a CSV with name, type, depth, start and end (days), past and planned ones.

    `depth` is a share (0.2) or a percentage (20%); empty where nothing is taken off the price.

    Raises
    ------
    InputError
        Missing columns, bad rows, names twice, and campaigns that overlap: all at once.
    """
    path, _, _ = locate("campaigns", str(file))
    rows = read_rows(path, frozenset(COLUMNS), lambda columns: _columns(columns, path.name))
    problems = [Problem(f"{path.name}, row {number}", "", said) for number, said in sorted(rows.malformed.items())]
    found: list[tuple[int, Campaign]] = []
    for row, number in enumerate(rows.numbers.tolist()):
        campaign = _campaign({name: text.at(row) for name, text in rows.columns.items()}, path.name, number, problems)
        if campaign is not None:
            found.append((number, campaign))
    problems += _clashes(found, path.name)
    if problems:
        raise InputError(problems, HEADING)
    return tuple(sorted((campaign for _, campaign in found), key=lambda each: each.start))


def _columns(columns: Sequence[str], file: str) -> dict[str, int]:
    names = [name.strip().casefold() for name in columns]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        remedy = f"{file} needs the columns {', '.join(COLUMNS)}; it has {', '.join(map(repr, columns[:30]))}"
        raise InputError([Problem(f"{file}, column {name}", "", remedy) for name in missing], HEADING)
    return {name: names.index(name) for name in COLUMNS}


def _campaign(cells: Mapping[str, str], file: str, row: int, problems: list[Problem]) -> Campaign | None:
    before = len(problems)
    place = f"{file}, row {row}"
    problems += [Problem(place, "", f"{name} is empty") for name in ("name", "type") if not cells[name]]
    days: list[date | None] = []
    for name in ("start", "end"):
        try:
            days.append(date.fromisoformat(cells[name][:10].replace("/", "-")))
        except ValueError:
            days.append(None)
            problems.append(Problem(place, repr(cells[name]), f"{name} is no day; write it as 2026-11-11"))
    depth = _share(cells["depth"])
    if depth is None or not 0 <= depth < 1:
        remedy = "depth is a share of the price taken off, from 0 to below 1, such as 0.2 or 20%"
        problems.append(Problem(place, repr(cells["depth"]), remedy))
    start, end = days
    if start is not None and end is not None and end < start:
        problems.append(Problem(place, f"{start} to {end}", "ends before it starts"))
    if len(problems) > before:
        return None
    assert start is not None
    assert end is not None
    assert depth is not None
    return Campaign(cells["name"], cells["type"].casefold(), depth, start, end)


def _share(text: str) -> float | None:
    percent = text.endswith("%")
    try:
        return float(text.rstrip("% ") or 0) / (100 if percent else 1)
    except ValueError:
        return None


def _clashes(found: Sequence[tuple[int, Campaign]], file: str) -> list[Problem]:
    problems: list[Problem] = []
    names: dict[str, int] = {}
    for row, campaign in found:
        if campaign.name in names:
            remedy = f"is already in row {names[campaign.name]}; give each campaign a name of its own"
            problems.append(Problem(f"{file}, row {row}", repr(campaign.name), remedy))
        names.setdefault(campaign.name, row)
    ordered = sorted(found, key=lambda each: (each[1].start, each[0]))
    for (row, one), (later, two) in pairwise(ordered):
        if two.start <= one.end:
            given = f"{two.name!r} from {two.start}"
            remedy = f"overlaps {one.name!r} (row {row}, until {one.end}): what each brought can't be told apart; end "
            remedy += "one before the other, or write the days both ran as a campaign of its own type"
            problems.append(Problem(f"{file}, row {later}", given, remedy))
    return problems


def read_outside(file: str | Path, history: History, horizon: int) -> dict[str, Floats]:
    """Figures by date that must cover the history and the days ahead; name -> figures, shape (n + horizon,).

    Raises
    ------
    InputError
        Missing days, figures that are none, days twice, no column of dates: all at once.
    """
    path, _, _ = locate("outside", str(file))
    header: list[str] = []

    def choose(columns: list[str]) -> Mapping[str, int]:
        header.extend(columns)
        names = [name.strip().casefold() for name in columns]
        if "date" not in names:
            remedy = f"{path.name} needs a column date; it has {', '.join(map(repr, columns[:30]))}"
            raise InputError([Problem(f"{path.name}, column date", "", remedy)], HEADING)
        return {str(place): place for place in range(len(columns))}

    rows = read_rows(path, frozenset({"date"}), choose)
    key = str([name.strip().casefold() for name in header].index("date"))
    dates = np.concatenate([history.dates, history.ahead(horizon)])
    problems: list[Problem] = []
    stamps = parse_stamps(rows.columns[key].values)
    if stamps.problem is not None:
        raise InputError([Problem(f"{path.name}, column date", stamps.problem.given, stamps.problem.remedy)], HEADING)
    codes = rows.columns[key].codes
    where: dict[int, int] = {}
    for row, number in enumerate(rows.numbers.tolist()):
        fault = int(stamps.fault[codes[row]])
        if fault:
            problems.append(Problem(f"{path.name}, row {number}", rows.columns[key].at(row), REASONS[fault]))
            continue
        day = int(stamps.micros[codes[row]] // DAY)
        if day in where:
            problems.append(
                Problem(f"{path.name}, row {number}", rows.columns[key].at(row), "a day that is there twice")
            )
        where[day] = row
    missing = [str(day) for day in dates if int(day.astype(np.int64)) not in where]
    if missing:
        remedy = (
            f"must be known from {dates[0]} to {dates[-1]}, days ahead included; missing are {', '.join(missing[:5])}"
        )
        remedy += f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        problems.append(Problem(f"{path.name}, dates", f"{len(missing)} missing", remedy))
    found: dict[str, Floats] = {}
    for place, name in enumerate(header):
        if str(place) == key:
            continue
        text = rows.columns[str(place)]
        bad = next((row for row in range(len(rows.numbers)) if not NUMBER.match(text.at(row))), None)
        if bad is not None:
            remedy = f"{name} is no number; leave the column out, or write digits only"
            problems.append(Problem(f"{path.name}, row {rows.numbers[bad]}", repr(text.at(bad)), remedy))
        elif not missing:
            found[name.strip()] = np.array([float(text.at(where[int(day.astype(np.int64))])) for day in dates])
    if problems:
        raise InputError(problems[:MOST_PROBLEMS], HEADING)
    return found


def holidays_of(country: str, years: Sequence[int]) -> dict[date, tuple[str, ...]]:
    """Holidays of a country, in English; several on one day are several.

    Parameters
    ----------
    country
        Two letters (TW), with a subdivision where it matters (US-CA).

    Raises
    ------
    InputError
        Unknown country, or the library `holidays` is not installed.
    """
    try:
        import holidays
    except ImportError:
        remedy = "needs the library holidays: pip install 'surgesim[forecast]', or leave the country out"
        raise InputError([Problem("country", repr(country), remedy)]) from None
    state, _, part = country.upper().partition("-")
    try:
        found = holidays.country_holidays(state, subdiv=part or None, years=list(years), language="en_US")
    except (NotImplementedError, KeyError):
        known = sorted(holidays.list_supported_countries())
        remedy = f"no such country{nearest(state, known)}; write its two letters, such as TW, JP or US-CA"
        raise InputError([Problem("country", repr(country), remedy)]) from None
    return {day: tuple(_plain(name) for name in names.split("; ")) for day, names in sorted(found.items())}


def _plain(name: str) -> str:
    return name.replace(" (observed)", "").replace(" (estimated)", "").strip()
