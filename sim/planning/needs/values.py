"""What has to be set in the scenario so that amounts of its needs are there."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from math import floor
from typing import Any

from sim.experiment.questions.resources import PLACES
from sim.planning.needs.need import Amounts, Need, figure_of
from sim.planning.needs.stocking import STOCKED, stock_values
from sim.scenario.people import Shift
from sim.scenario.scenario import Scenario
from sim.scenario.types import show_clock
from sim.scenario.variation import Values


def values_of(scenario: Scenario, needs: Iterable[Need], amounts: Amounts, days: range) -> Values:
    """What to set so that these amounts are there on the planned days.

    Parameters
    ----------
    days
        Planned days: rosters before and after stay as they are.
    """
    values: dict[str, Any] = {}
    shifts: dict[str, dict[str, Any]] = {}
    wanted = list(needs)
    for need in wanted:
        given = amounts[need.key]
        if need.kind in STOCKED:
            continue
        if need.kind == "staff":
            shifts.setdefault(need.owner, {}).update(_booked(scenario, need, given))
        else:
            path, value = _figure(scenario, need, given[0])
            values[path] = value
    for stage, booked in shifts.items():
        place, crew = PLACES[stage], scenario.crews[stage]
        if crew.headcount_factor != 1:
            values[f"{place}.headcount_factor"] = 1.0
        values[f"{place}.shifts"] = {**_outside(scenario, stage, days), **booked}
    return {**values, **stock_values(scenario, wanted, amounts)}


def _figure(scenario: Scenario, need: Need, amount: int) -> tuple[str, int | float]:
    figure = figure_of(amount, scenario.scale)
    if need.kind == "stations":
        return f"{PLACES[need.owner]}.stations", figure
    if need.kind == "room":
        return "site.staging_parcels", figure
    if need.kind == "network":
        return f"carriers.{need.owner}.contracted_per_day", max(1.0, amount / scenario.scale)
    if need.kind == "daily_cap":
        return f"carriers.{need.owner}.daily_parcel_cap", figure
    return f"carriers.{need.owner}.pickups.{need.part}.capacity", figure


def _booked(scenario: Scenario, need: Need, amounts: tuple[int, ...]) -> dict[str, Any]:
    """Shifts of a stretch."""
    assert need.stretch is not None
    first, last = scenario.date_of(need.stretch.first), scenario.date_of(need.stretch.last)
    return {
        f"{pattern.name}_{need.stretch.label}": shift_as_written(
            pattern.shift, figure_of(amount, scenario.scale), first, last
        )
        for pattern, amount in zip(need.patterns, amounts, strict=True)
        if amount > 0
    }


def _outside(scenario: Scenario, stage: str, days: range) -> dict[str, Any]:
    """The roster's own shifts, worked before and after the planned days only."""
    crew = scenario.crews[stage]
    first, last = scenario.date_of(days.start), scenario.date_of(days.stop - 1)
    found: dict[str, Any] = {}
    for name, shift in crew.shifts.items():
        heads = floor(shift.headcount * crew.headcount_factor + 0.5)
        if days.start > 0 and (shift.first_day is None or shift.first_day < first):
            ends = first - timedelta(days=1)
            ends = ends if shift.last_day is None else min(ends, shift.last_day)
            found[name] = {"headcount": heads, "last_day": ends.isoformat()}
        else:
            found[name] = {"headcount": 0}
        goes_on = shift.last_day is None or shift.last_day > last
        if heads and days.stop < scenario.days and goes_on:
            begins = last + timedelta(days=1)
            begins = begins if shift.first_day is None else max(begins, shift.first_day)
            found[f"{name}_after"] = shift_as_written(shift, heads, begins, shift.last_day)
    return found


def shift_as_written(shift: Shift, headcount: int, first: date, last: date | None) -> dict[str, Any]:
    """A shift as a planner writes it, with other people and days."""
    written: dict[str, Any] = {
        "start": show_clock(shift.start),
        "end": show_clock(shift.end),
        "weekdays": list(shift.weekdays),
        "breaks": [{"start": show_clock(each.start), "minutes": each.minutes} for each in shift.breaks],
        "productivity": shift.productivity,
        "headcount": headcount,
        "first_day": first.isoformat(),
    }
    return written if last is None else {**written, "last_day": last.isoformat()}
