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
            found.append(Problem(f"{place}.shifts.{name}", times, " and ".join(wrong) + ", or change site.labour"))
    return found


def _wrong(shift: Shift, law: Labour) -> list[str]:
    wrong = []
    hours, cap = shift.work_min / 60, law.daily_cap_h
    if cap is not None and hours > cap + _TINY:
        wrong.append(f"it has {hours:g} h of work, site.labour.daily_cap_h allows {cap:g} a day: shorten it")
    elif law.normal_day_h is not None:
        priced = law.normal_day_h + sum(step.hours for step in law.overtime_pay)
        if hours > priced + _TINY:
            wrong.append(f"it has {hours:g} h of work, site.labour.overtime_pay prices {priced:g} a day: shorten it")
    rest, least = 24 - (shift.end - shift.start) / 60, law.rest_between_shifts_h
    if least is not None and rest < least - _TINY and _on_consecutive_days(shift):
        wrong.append(
            f"it leaves {rest:g} h until it starts again the next day, site.labour.rest_between_shifts_h asks for "
            f"{least:g}: shorten it, or split it into two shifts of other people on alternating days"
        )
    return wrong


def _on_consecutive_days(shift: Shift) -> bool:
    days = [name in shift.weekdays for name in WEEKDAYS]
    return any(today and days[(number + 1) % 7] for number, today in enumerate(days))
