"""Hourly and daily output: the profile of ordinary orders, and whether what was shipped fits staffing and times.

Orders placed make the profile: a rate by hour of the day times a factor by weekday, which is how scenarios write it.
Parcels shipped make nothing; they are held against what the staffing and the times imply:

- a weekday on which more was shipped than the narrowest stage can do means that times are too long, or heads missing;
- a week in which much less was shipped than both the orders and that capacity means that times are too short.

Assumes that capacity is heads x hours x speed x presence / mean work per order, pickers and packers apart.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from typing import Any, Final

from sim.errors import Problem
from sim.intake.draft import Draft, span
from sim.intake.reading import Row
from sim.intake.sheets import WEEK
from sim.scenario.types import parse_clock

APART = 0.15  # share by which observed and implied output may differ
UNEVEN = 0.25  # share of orders that a profile may put into another hour than they were counted in
_PROFILE: Final = ("demand", "profile")


def build_profile(draft: Draft) -> None:
    """Ordinary orders, from the hourly sheet, else the daily one, else the one figure on the first sheet."""
    site, hourly, daily = draft.answers.figures("site"), _hours(draft), _days(draft)
    if hourly:
        _from_hours(draft, hourly)
        _hold_together(draft, hourly, daily)
    elif any(row.given("orders") for row in daily.values()):
        _from_days(draft, daily)
        draft.shipped("_shop", (*_PROFILE, "hour_shares"))
    elif site.given("orders_per_day"):
        if site.sound("orders_per_day"):
            draft.put((*_PROFILE, "per_day"), site.value("orders_per_day"), site.cells["orders_per_day"])
        draft.shipped("_shop", (*_PROFILE, "hour_shares"))
        draft.shipped("_shop", (*_PROFILE, "weekday_factors"))
    elif "site" in draft.answers.rows:
        text = f"must be filled in, or the sheet {draft.title('hourly')} or {draft.title('daily')}"
        draft.wrong(site, "orders_per_day", f"{text}: how many ordinary orders are there?")
    if site.given("orders_per_day") and (hourly or daily):
        draft.warn(site.cells["orders_per_day"], "is not used: the sheets of output have orders")


def _hours(draft: Draft) -> dict[int, Row]:
    """Rows with orders by hour of the day."""
    found: dict[int, Row] = {}
    for row in draft.answers.table("hourly"):
        if row.value("hour") is None:
            continue
        hour, rest = divmod(parse_clock(row.value("hour")), 60)
        if rest:
            draft.wrong(row, "hour", "an hour begins at a full one, such as 08:00")
        elif int(hour) in found:
            draft.wrong(row, "hour", f"stands here twice, first in {found[int(hour)].cells['hour']}")
        else:
            found[int(hour)] = row
    return found if any(row.given(f"orders_{day}") for row in found.values() for day in WEEK) else {}


def _from_hours(draft: Draft, rows: dict[int, Row]) -> None:
    """Per day, weights of hours, factors of weekdays: the margins of the table."""
    counts = [[rows[hour].value(f"orders_{day}", 0.0) if hour in rows else 0.0 for day in WEEK] for hour in range(24)]
    total = sum(map(sum, counts))
    ordered = [rows[hour] for hour in sorted(rows)]
    cells = span(ordered, "orders_mon", "orders_sun")
    if total <= 0:
        draft.answers.problems.append(Problem(cells, "", "at least one hour must have orders"))
        return
    by_hour, by_day = [sum(row) for row in counts], [sum(column) for column in zip(*counts, strict=True)]
    draft.put((*_PROFILE, "per_day"), _round(total / 7), cells, f"{cells}: orders of a week / 7")
    draft.put((*_PROFILE, "hour_shares"), [_round(each) for each in by_hour], cells, f"{cells}: sums by hour")
    draft.put((*_PROFILE, "weekday_factors"), [_round(each) for each in by_day], cells, f"{cells}: sums by weekday")
    moved = sum(
        abs(counts[hour][day] - by_hour[hour] * by_day[day] / total) for hour in range(24) for day in range(7)
    ) / (2 * total)
    if moved > UNEVEN:
        text = f"the days differ in shape: the profile puts {moved:.0%} of the orders into another hour than the table"
        draft.warn(cells, f"{text}, since it has one shape for all days")


def _days(draft: Draft) -> dict[str, Row]:
    return draft.named("daily", "date")


def _from_days(draft: Draft, rows: dict[str, Row]) -> None:
    means = _means(rows, "orders")
    ordered = list(rows.values())
    cells = span(ordered, "orders")
    known = [value for value in means if value is not None]
    if sum(known) <= 0:
        if all(row.sound("orders") for row in ordered):
            draft.answers.problems.append(Problem(cells, "", "at least one day must have orders"))
        return
    mean = sum(known) / len(known)
    missing = [day for day, value in zip(WEEK, means, strict=True) if value is None]
    if missing:
        text = f"has no {', '.join(draft.answers.words.weekdays(day) for day in missing)}: taken as a mean day"
        draft.warn(cells, text)
    filled = [mean if value is None else value for value in means]
    draft.put((*_PROFILE, "per_day"), _round(sum(filled) / 7), cells, f"{cells}: mean of the weekdays")
    draft.put((*_PROFILE, "weekday_factors"), [_round(each) for each in filled], cells, f"{cells}: means by weekday")


def _means(rows: dict[str, Row], key: str) -> list[float | None]:
    """Mean of a column by weekday; None for weekdays without a row."""
    found: list[list[float]] = [[] for _ in WEEK]
    for day, row in rows.items():
        if row.value(key) is not None:
            found[date.fromisoformat(day).weekday()].append(row.value(key))
    return [sum(values) / len(values) if values else None for values in found]


def _hold_together(draft: Draft, hourly: dict[int, Row], daily: dict[str, Row]) -> None:
    """Whether hourly and daily sheet speak of the same shop."""
    hours = [sum(row.value(f"orders_{day}", 0.0) for row in hourly.values()) for day in WEEK]
    pairs = [(a, b) for a, b in zip(hours, _means(daily, "orders"), strict=True) if b is not None]
    one, other = sum(a for a, _ in pairs), sum(b for _, b in pairs)
    if pairs and abs(one - other) > APART * max(one, other):
        text = f"the hours of these weekdays add up to {one:,.0f} orders, the days to {other:,.0f}; the hours are used"
        draft.warn(draft.title("daily"), text)


def check_output(draft: Draft) -> None:
    """Hold what was shipped against what staffing and times imply."""
    shipped, where = _shipped(draft)
    capacity = [_capacity(draft, day) for day in WEEK]
    if not any(value is not None for value in shipped) or any(math.isnan(value) for value in capacity):
        return
    for day, seen, most in zip(WEEK, shipped, capacity, strict=True):
        if seen is not None and seen > most * (1 + APART):
            name = draft.answers.words.weekdays(day)
            text = f"on {name} {seen:,.0f} parcels were shipped; staffing and times imply at most {most:,.0f}"
            draft.warn(where, f"{text}: times are too long, or heads are missing")
    orders = _orders(draft)
    if orders and all(value is not None for value in shipped):
        seen, expected = sum(value or 0.0 for value in shipped), min(sum(orders), sum(capacity))
        if seen < expected * (1 - APART):
            text = f"in a week {seen:,.0f} parcels were shipped; orders, staffing and times imply {expected:,.0f}"
            draft.warn(where, f"{text}: times are too short, or something else holds the work up")


def _shipped(draft: Draft) -> tuple[list[float | None], str]:
    """Parcels shipped by weekday, and where that stands."""
    rows = draft.answers.table("hourly")
    if any(row.given(f"shipped_{day}") for row in rows for day in WEEK):
        values: list[float | None] = [sum(row.value(f"shipped_{day}", 0.0) for row in rows) for day in WEEK]
        return values, span(rows, "shipped_mon", "shipped_sun")
    daily = draft.answers.table("daily")
    by_date = {row.value("date"): row for row in daily if row.value("date") is not None}
    return _means(by_date, "shipped"), span(daily, "shipped") if daily and "shipped" in daily[0].cells else ""


def _orders(draft: Draft) -> list[float]:
    """Ordinary orders by weekday."""
    per_day, factors = draft.get(*_PROFILE, "per_day"), draft.get(*_PROFILE, "weekday_factors")
    if not isinstance(per_day, float) or not factors:
        return []
    mean = sum(factors) / len(factors)
    return [per_day * factor / mean for factor in factors]


def _capacity(draft: Draft, day: str) -> float:
    """Orders that the narrowest stage can do on a weekday; NaN where a stage is not described."""
    site = draft.data.get("site", {})
    found = [_of_stage(draft, site[stage], day) for stage in ("picking", "packing") if stage in site]
    return min(found) if found else math.nan


def _of_stage(draft: Draft, stage: dict[str, Any], day: str) -> float:
    basket = draft.get("demand", "basket") or {}
    lines, units = basket.get("lines_mean", 1.0), basket.get("units_per_line_mean", 1.0)
    per_line = stage.get("per_line_min", 0.0) + units * stage.get("per_unit_min", 0.0)
    work = stage.get("setup_min", 0.0) + lines * per_line
    if work <= 0:
        return math.nan
    present = 1.0 - stage.get("absence_share", 0.0)
    minutes = sum(_minutes(shift) for shift in stage.get("shifts", {}).values() if day in shift.get("weekdays", WEEK))
    return float(minutes * present / work)


def _minutes(shift: dict[str, Any]) -> float:
    """Minutes of work of a shift's heads, at the speed of a standard worker."""
    if "first_day" in shift or "last_day" in shift or not {"start", "end", "headcount"} <= shift.keys():
        return 0.0  # hired for some days: not of the ordinary week that was measured
    pauses = sum(pause["minutes"] for pause in shift.get("breaks", []))
    length = parse_clock(shift["end"]) - parse_clock(shift["start"]) - pauses
    return float(length * shift["headcount"] * shift.get("productivity", 1.0))


def ordinary_between(per_day: float, hours: Sequence[float], days: Sequence[float], begin: Any, end: Any) -> float:
    """Ordinary orders between two moments (datetime), by the profile.

    Parameters
    ----------
    hours, days
        Weights of the hours of a day, shape (24,), and factors of the weekdays, shape (7,).
    """
    seconds, total, at = (end - begin).total_seconds(), 0.0, 0.0
    level = per_day / 24 / (sum(hours) / 24) / (sum(days) / 7)
    offset = begin.hour * 3600 + begin.minute * 60 + begin.second
    while at < seconds:
        clock = offset + at
        step = min(3600 - clock % 3600, seconds - at)
        weekday = (begin.weekday() + int(clock // 86400)) % 7
        total += level * hours[int(clock % 86400 // 3600)] * days[weekday] * step / 3600
        at += step
    return total


def _round(value: float) -> float:
    """A figure as a planner would write it down."""
    return float(f"{value:.6g}")
