"""A need, an amount of it, and what has to be set in the scenario so that it is there.

Amounts are what there really is, after `scale` and factors. Staff needs have an amount for every pattern of hours in
one stretch of days; all others have one amount.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor
from typing import Any, Literal

from sim.experiment.questions.resources import PLACES
from sim.planning.needs.stretches import Pattern, Stretch
from sim.scenario.people import Shift
from sim.scenario.scenario import Scenario
from sim.scenario.types import show_clock
from sim.scenario.variation import Values

Kind = Literal["staff", "stations", "pickup", "daily_cap", "network", "room"]
Amounts = Mapping[str, tuple[int, ...]]
CUT_SHARE = 0.15
PARCEL_STEP = 0.05  # of what is counted in parcels, one step of the search


@dataclass(frozen=True)
class Need:
    """Something that is needed.

    Attributes
    ----------
    key
        Short name, unlike any other: ``packing.20260907``, ``home.noon``, ``storage``.
    kind
        What it is.
    owner
        Stage or carrier; empty for the room on the dock.
    part
        Visit; empty otherwise.
    legs
        KPIs of the targets that it serves; empty: nothing asks for it, it stays as the closed form has it.
    closed
        By closed form, by pattern.
    present
        What there is, by pattern.
    price
        Of one more, in site currency over the stretch; 0 where none is known.
    stretch, patterns
        Of staff needs.
    """

    key: str
    kind: Kind
    owner: str
    part: str
    legs: tuple[str, ...]
    closed: tuple[int, ...]
    present: tuple[int, ...]
    price: tuple[float, ...]
    stretch: Stretch | None = None
    patterns: tuple[Pattern, ...] = ()

    @property
    def by_heads(self) -> bool:
        """Whether it comes one by one, and not by the parcel."""
        return self.kind in {"staff", "stations"}

    @property
    def least(self) -> int:
        """No less than this can be tried: the models ask for one table and one parcel."""
        return 0 if self.kind == "staff" else 1

    def step(self, amount: int) -> int:
        """One step of the search at an amount."""
        return 1 if self.by_heads else max(1, round(PARCEL_STEP * amount))

    def raised(self, amounts: tuple[int, ...], factor: float) -> tuple[int, ...]:
        """All amounts times a factor, rounded up, at least one more in all."""
        more = tuple(ceil(each * factor - 1e-9) for each in amounts)
        if sum(more) > sum(amounts):
            return more
        largest = max(range(len(more)), key=lambda place: more[place])
        return tuple(each + (place == largest) for place, each in enumerate(more))

    def lowered(self, amounts: tuple[int, ...], factor: float) -> tuple[int, ...]:
        """All amounts times a factor, rounded up and no lower than they can be; needs that serve no target stay."""
        if not self.legs:
            return amounts
        return tuple(max(min(each, self.least), ceil(each * factor - 1e-9)) for each in amounts)

    def one_more(self, amounts: tuple[int, ...]) -> tuple[int, ...]:
        """One step more, at the largest amount."""
        largest = max(range(len(amounts)), key=lambda place: amounts[place])
        return tuple(each + (self.step(each) if place == largest else 0) for place, each in enumerate(amounts))

    def cut(self, amounts: tuple[int, ...]) -> tuple[int, ...]:
        """Cut by the larger of one unit and 15 % of the total (rounded down); the largest amounts lose first."""
        left = list(amounts)
        for _ in range(min(cut_of(sum(amounts)), sum(amounts) - self.least)):
            left[max(range(len(left)), key=lambda place: left[place])] -= 1
        return tuple(left)


def cut_of(total: int) -> int:
    """Units by which a total is cut: the larger of one and 15 %, rounded down, so that no cut is larger than asked."""
    return max(1, floor(CUT_SHARE * total + 1e-9))


def figure_of(amount: int, scale: float) -> int:
    """The figure to write so that `amount` is there at a scale; the next larger one where scale can't give it."""
    return 0 if amount == 0 else max(1, ceil((amount - 0.5) / scale - 1e-9))


def values_of(scenario: Scenario, needs: Iterable[Need], amounts: Amounts, days: range) -> Values:
    """What to set so that these amounts are there on the planned days.

    Parameters
    ----------
    days
        Planned days: rosters before and after stay as they are.
    """
    values: dict[str, Any] = {}
    shifts: dict[str, dict[str, Any]] = {}
    for need in needs:
        given = amounts[need.key]
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
    return values


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
