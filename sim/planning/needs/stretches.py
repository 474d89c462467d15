"""Stretches of days for which people are booked, and the hours that they can be booked for.

People are booked by the calendar week, cut where the campaign opens and closes; the present roster stays before and
after. The hours are those of the crew's own shifts: a shift that is on the roster with nobody on it says that its hours
can be worked.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from math import ceil, floor
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.rules import due_times
from sim.scenario.people import Crew, Shift
from sim.scenario.rosters import works
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.types import show_clock

Floats = NDArray[np.float64]
Length = Literal["week", "day"]
DAY_MIN = 1440.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days, counted from the start, both inclusive.

    Attributes
    ----------
    label
        First day as YYYYMMDD, the end of names made for it.
    """

    first: int
    last: int
    label: str

    @property
    def days(self) -> range:
        """All of them."""
        return range(self.first, self.last + 1)


@dataclass(frozen=True)
class Pattern:
    """Hours that a crew works.

    Attributes
    ----------
    name
        Of the first of the crew's shifts with these hours.
    shift
        That shift.
    shifts
        Names of all of them.
    """

    name: str
    shift: Shift
    shifts: tuple[str, ...]

    @property
    def hours(self) -> str:
        """From when to when."""
        return f"{show_clock(self.shift.start)}-{show_clock(self.shift.end)}"

    def works_on(self, scenario: Scenario, day: int) -> bool:
        """Whether a day is one of its weekdays."""
        return scenario.weekday_of(day) in self.shift.weekdays

    def work(self, scenario: Scenario, days: range) -> Floats:
        """Begin and end of each piece of work between breaks on these days, clock minutes, shape (n, 2)."""
        pieces = [
            (day * DAY_MIN + begin, day * DAY_MIN + end)
            for day in days
            if self.works_on(scenario, day)
            for begin, end in pieces_of(self.shift)
        ]
        return np.asarray(pieces, dtype=np.float64).reshape(-1, 2)

    def hours_in(self, scenario: Scenario, days: range) -> float:
        """Hours that one worker works on these days."""
        return self.shift.work_min / 60 * sum(self.works_on(scenario, day) for day in days)


def pieces_of(shift: Shift) -> list[tuple[float, float]]:
    """Work between breaks, minutes of the day."""
    edges = [shift.start]
    for pause in sorted(shift.breaks, key=lambda each: each.start):
        edges += [pause.start, pause.start + pause.minutes]
    edges.append(shift.end)
    return [(begin, end) for begin, end in zip(edges[::2], edges[1::2], strict=True) if end > begin]


def patterns_of(crew: Crew) -> list[Pattern]:
    """The hours of a crew's shifts, each once, in the order of the roster."""
    found: dict[tuple[object, ...], list[str]] = {}
    for name, shift in crew.shifts.items():
        breaks = tuple((pause.start, pause.minutes) for pause in shift.breaks)
        key = (shift.start, shift.end, tuple(sorted(shift.weekdays)), breaks, shift.productivity)
        found.setdefault(key, []).append(name)
    return [Pattern(names[0], crew.shifts[names[0]], tuple(names)) for names in found.values()]


def present_on(scenario: Scenario, crew: Crew, pattern: Pattern, day: int) -> int:
    """Workers on the roster at a pattern's hours on a day; `scenario` and `crew` at scale."""
    return sum(
        scaled_count(crew.shifts[name].headcount, crew.headcount_factor)
        for name in pattern.shifts
        if works(scenario, crew.shifts[name], day)
    )


def planned_days(scenario: Scenario) -> range:
    """From the first measured day to the last on which a measured order is due, within the run."""
    first = int(scenario.measure_from_min // DAY_MIN)
    last_placed = np.array([scenario.measure_to_min - 1e-6])
    due = due_times(scenario, last_placed, np.array([False]), np.zeros(1, dtype=np.int64))[1]
    last = int(min(due[0], scenario.horizon_min - 1e-6) // DAY_MIN)
    return range(first, max(first, last) + 1)


def stretches_of(scenario: Scenario, length: Length = "week") -> list[Stretch]:
    """Stretches of the planned days."""
    days = planned_days(scenario)
    cuts = {days.start, *(day for day in days if length == "day" or scenario.date_of(day).weekday() == 0)}
    campaign = scenario.demand.campaign
    if campaign is not None:
        opens, closes = scenario.minute(campaign.start), scenario.minute(campaign.end)
        cuts |= {day for day in (floor(opens / DAY_MIN), ceil(closes / DAY_MIN)) if day in days}
    begins = sorted(cuts)
    return [
        Stretch(first, after - 1, f"{scenario.date_of(first):%Y%m%d}")
        for first, after in zip(begins, [*begins[1:], days.stop], strict=True)
    ]


def day_named(stretch: Stretch, scenario: Scenario) -> tuple[date, date]:
    """First and last day as dates."""
    return scenario.date_of(stretch.first), scenario.date_of(stretch.last)
