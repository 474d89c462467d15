"""Whether a roster keeps the labour law by itself: the length of its shifts, and the rest between them.

Only what the roster's own figures show is judged. Days off and hours of a week are kept by rotation, which a roster of
places does not tell; its own overtime counts towards the caps of the month and leaves less of them to plans.
"""

from __future__ import annotations

from sim.errors import Problem
from sim.scenario.people import Crew, Labour, Shift
from sim.scenario.types import WEEKDAYS, show_clock

_TINY = 1e-9  # hours: rounding, not time


def roster_problems(place: str, crew: Crew, law: Labour) -> list[Problem]:
    """Shifts of a crew that the law forbids, one problem for each.

    Parameters
    ----------
    place
        Config path of the crew, such as `site.picking`.
    """
    found = []
    for name, shift in crew.shifts.items():
        wrong = _wrong(shift, law)
        if wrong:
            times = f"{show_clock(shift.start)} to {show_clock(shift.end)}"
            remedy = " and ".join(wrong) + ": shorten it, or change site.labour"
            found.append(Problem(f"{place}.shifts.{name}", times, remedy))
    return found


def _wrong(shift: Shift, law: Labour) -> list[str]:
    wrong = []
    hours, cap = shift.work_min / 60, law.daily_cap_h
    priced = sum(step.hours for step in law.overtime_pay)
    if cap is not None and hours > cap + _TINY:
        wrong.append(f"{hours:g} h of work where the law (daily_cap_h) allows {cap:g} a day")
    elif law.normal_day_h is not None and hours > law.normal_day_h + priced + _TINY:
        limit = law.normal_day_h + priced
        wrong.append(f"{hours:g} h of work where the law (normal_day_h, overtime_pay) has a price for {limit:g} a day")
    rest, least = 24 - (shift.end - shift.start) / 60, law.rest_between_shifts_h
    if least is not None and rest < least - _TINY and _on_consecutive_days(shift):
        wrong.append(
            f"{rest:g} h until it starts again the next day where the law (rest_between_shifts_h) wants {least:g}"
        )
    return wrong


def _on_consecutive_days(shift: Shift) -> bool:
    days = [name in shift.weekdays for name in WEEKDAYS]
    return any(today and days[(number + 1) % 7] for number, today in enumerate(days))
