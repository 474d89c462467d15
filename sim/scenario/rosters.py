"""Which shifts are worked on which days of a run, as far as the calendar alone says it."""

from __future__ import annotations

from sim.scenario.measures import ExtraShift
from sim.scenario.people import Crew, Shift
from sim.scenario.scenario import Scenario


def works(scenario: Scenario, shift: Shift, day: int) -> bool:
    """Whether a shift is worked on a day counted from the start."""
    return _is_there(scenario, shift, day) and scenario.weekday_of(day) in shift.weekdays


def _is_there(scenario: Scenario, shift: Shift, day: int) -> bool:
    """Whether a day lies between the first and the last one of a shift."""
    date = scenario.date_of(day)
    after = shift.first_day is None or date >= shift.first_day
    return after and (shift.last_day is None or date <= shift.last_day)


def largest_shift(scenario: Scenario, crew: Crew) -> str | None:
    """Name of the shift of most people that is worked in the run, the first of them; None where nobody works."""
    days = range(scenario.days)
    worked = [name for name, shift in crew.shifts.items() if any(works(scenario, shift, day) for day in days)]
    return max(worked, key=lambda name: crew.shifts[name].headcount, default=None)


def days_of_extra_shift(scenario: Scenario, shift: Shift, measure: ExtraShift) -> list[int]:
    """Days on which an extra shift can be worked beside the shift whose crew it belongs to.

    Those of its weekdays on which that shift is not worked (`day: rest`), or is (`day: working`); none before the first
    day of the shift or after its last.
    """
    working = measure.day == "working"
    return [
        day
        for day in range(scenario.days)
        if _is_there(scenario, shift, day)
        and scenario.weekday_of(day) in measure.hours.weekdays
        and (scenario.weekday_of(day) in shift.weekdays) == working
    ]
