"""The law on working hours as plain functions: normal hours, what may be worked beyond them, and what hours pay.

Assumed throughout: a roster has places, not persons. People rotate evenly over the places of a shift, nobody on more
days of a week than the law leaves, and further hours are shared out evenly among them. So hours of a week or month are
counted per head on average, hours of a day for whoever works them (docs/decisions/0015-labour-law-by-head-and-hour.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple

import numpy as np

from sim.scenario.people import Crew, Labour, PayStep, Shift
from sim.scenario.rosters import works
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario

DayType = Literal["working", "rest", "holiday"]

LAW_RULES = ("daily_cap", "monthly_cap", "quarter_cap", "rest_between_shifts", "regular_leave", "unpriced_hours")
_TINY = 1e-9  # hours: rounding, not time


# --- who works when ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Rota:
    """What the roster asks of each person of a crew in one week, and on one day of it.

    Attributes
    ----------
    shift_h
        Hours of the shift, breaks left out.
    days
        Days of the week on which one person works it.
    presence
        Part of the crew's people who are at work on a day of the shift.
    persons
        People of the crew, those who have that day off included.
    today_h
        Hours of the shift on that day for those who are called beside it; 0 for who has the day off.
    """

    shift_h: float
    days: int = 5
    presence: float = 1.0
    persons: float = 1.0
    today_h: float = 0.0


def monday_of(scenario: Scenario, day: int) -> int:
    """Day number of the Monday of a day's week."""
    return day - scenario.date_of(day).weekday()


def month_of(scenario: Scenario, day: int) -> int:
    """Running number of a day's calendar month."""
    return _month(scenario.date_of(day))


def months_before_start(scenario: Scenario, month: int) -> tuple[float, float]:
    """Overtime per head of a month, and of it and the two before it, that was worked before the run."""
    law, start = scenario.site.labour, _month(scenario.first_day)
    known = {start: law.month_used_h, start - 1: law.quarter_used_h / 2, start - 2: law.quarter_used_h / 2}
    return known.get(month, 0.0), sum(known.get(month - ago, 0.0) for ago in range(3))


def _month(day: date) -> int:
    return day.year * 12 + day.month


def day_type(scenario: Scenario, shift: Shift, day: int) -> DayType:
    """What a day is to a shift's people: a public holiday only where it would be worked, else a day off is a rest day.

    A holiday that falls on a day off is compensated by another day off, so work on it is work on a rest day.
    """
    if not works(scenario, shift, day):
        return "rest"
    return "holiday" if is_holiday(scenario, day) else "working"


def is_holiday(scenario: Scenario, day: int) -> bool:
    """Whether a day counted from the start is a public holiday."""
    return scenario.date_of(day) in scenario.site.labour.holidays


def rota_of(scenario: Scenario, crew: Crew, shift: Shift, day: int) -> Rota:
    """What the roster asks of a shift's people in the week of a day, days before and after the run included."""
    monday = monday_of(scenario, day)
    days = sum(works(scenario, shift, each) for each in range(monday, monday + 7))
    per_head, presence = rostered_days(days, scenario.site.labour)
    hours = shift.work_min / 60
    return Rota(
        shift_h=hours,
        days=per_head,
        presence=presence,
        persons=scaled_count(shift.headcount, crew.headcount_factor) / presence,
        today_h=hours if works(scenario, shift, day) else 0.0,
    )


class Allowed(NamedTuple):
    """What the law makes of hours that were asked for."""

    hours: float
    """Hours per head that may be worked."""
    rule: str
    """Name of the rule that took the rest away, one of `LAW_RULES`; empty where nothing was taken away."""


def rostered_days(days: int, law: Labour) -> tuple[int, float]:
    """Days of a week that one person of a crew works, and the part of its people who are there on each of its days.

    People rotate over a shift of more days than one person may work: on six days with two days off, six persons share
    five places, and each of them works five days.

    Parameters
    ----------
    days
        Days of the week on which the shift is worked, 0 to 7.
    """
    per_head = min(days, law.workdays_per_week)
    return per_head, per_head / days if days else 1.0


def normal_hours(law: Labour, *, shift_h: float, days: int, week_extra_h: float = 0.0, rostered: bool = True) -> float:
    """Hours of a day up to which a person is paid the plain wage; what is worked beyond them is overtime.

    The smaller of the day's and the week's limit. A week has room for what the roster leaves of `normal_week_h`; a
    roster that asks for more than that has its overtime spread evenly over its days.

    Parameters
    ----------
    shift_h
        Hours of the person's shift, breaks left out.
    days
        Days of the week on which the person works it.
    week_extra_h
        Normal hours that the person has worked this week beside the shift.
    rostered
        Whether the day is one on which the shift is worked.
    """
    day_h = np.inf if law.normal_day_h is None else law.normal_day_h
    if law.normal_week_h is None:
        return day_h
    usual_h = min(shift_h, day_h)
    today_h = usual_h if rostered else 0.0
    week_h = usual_h * days
    if week_h > law.normal_week_h:
        return today_h * law.normal_week_h / week_h
    return min(day_h, today_h + max(0.0, law.normal_week_h - week_h - week_extra_h))


# --- what may be worked -----------------------------------------------------------------------------------------


def overtime_allowed(
    wanted_h: float,
    law: Labour,
    *,
    worked_h: float,
    normal_h: float,
    month_used_h: float = 0.0,
    quarter_used_h: float = 0.0,
    hours_to_next_shift: float | None = None,
) -> Allowed:
    """Hours that the law allows a person to stay after a shift.

    Parameters
    ----------
    wanted_h
        Hours asked for.
    worked_h
        Hours of that day so far, breaks left out.
    normal_h
        Hours of that day at the plain wage, from :func:`normal_hours`.
    month_used_h, quarter_used_h
        Overtime hours so far of the month, and of the month and the two before it.
    hours_to_next_shift
        From the end of the shift to the same person's next one; None when there is none.
    """
    plain_h = max(0.0, normal_h - worked_h)
    caps = _caps(law, worked_h, plain_h, month_used_h, quarter_used_h)
    if hours_to_next_shift is not None and law.rest_between_shifts_h is not None:
        caps["rest_between_shifts"] = hours_to_next_shift - law.rest_between_shifts_h
    caps["unpriced_hours"] = plain_h + _priced(law.overtime_pay) - max(0.0, worked_h - normal_h)
    return _tightest(wanted_h, caps)


def shift_allowed(
    wanted_h: float,
    law: Labour,
    *,
    day_type: DayType,
    worked_h: float = 0.0,
    normal_h: float = 0.0,
    month_used_h: float = 0.0,
    quarter_used_h: float = 0.0,
    days_in_week: float = 0.0,
    hours_since_last_shift: float | None = None,
    hours_to_next_shift: float | None = None,
) -> Allowed:
    """Hours that the law allows of a shift beside the roster: a further one on a working day, or one on a day off.

    Parameters
    ----------
    wanted_h
        Hours of the shift, breaks left out.
    day_type
        On a rest day all hours count towards the caps where the law prices rest days; on other days those that are
        overtime.
    worked_h, normal_h, month_used_h, quarter_used_h
        As in :func:`overtime_allowed`.
    days_in_week
        Days that each person works in this week on average, this one included.
    hours_since_last_shift, hours_to_next_shift
        From the end of the day before to the beginning, and from the end to the beginning of the day after; None
        where nothing is worked then.
    """
    steps = rest_pay(law, day_type)
    plain_h = 0.0 if steps is not None else max(0.0, normal_h - worked_h)
    caps = _caps(law, worked_h, plain_h, month_used_h, quarter_used_h)
    rest = law.rest_between_shifts_h
    if rest is not None and hours_to_next_shift is not None:
        caps["rest_between_shifts"] = wanted_h + hours_to_next_shift - rest
    if rest is not None and hours_since_last_shift is not None and hours_since_last_shift < rest - _TINY:
        caps["rest_between_shifts"] = 0.0
    if day_type == "rest" and law.days_off_per_week and days_in_week > 6 + _TINY:
        caps["regular_leave"] = 0.0
    if steps is not None:
        caps["unpriced_hours"] = _priced(steps) - worked_h
    else:
        caps["unpriced_hours"] = plain_h + _priced(law.overtime_pay) - max(0.0, worked_h - normal_h)
    return _tightest(wanted_h, caps)


def _caps(law: Labour, worked_h: float, plain_h: float, month_used_h: float, quarter_used_h: float) -> dict[str, float]:
    """Further hours that each cap leaves; `plain_h` of them are no overtime."""
    caps = {}
    if law.daily_cap_h is not None:
        caps["daily_cap"] = law.daily_cap_h - worked_h
    if law.monthly_cap_h is not None:
        caps["monthly_cap"] = plain_h + max(0.0, law.monthly_cap_h - month_used_h)
    if law.quarter_cap_h is not None:
        caps["quarter_cap"] = plain_h + max(0.0, law.quarter_cap_h - quarter_used_h)
    return caps


def _priced(steps: Sequence[PayStep]) -> float:
    return sum(step.hours for step in steps)


def _tightest(wanted_h: float, caps: dict[str, float]) -> Allowed:
    """The smallest of the caps; of equal ones the first."""
    rule = min(caps, key=lambda name: caps[name])
    if caps[rule] >= wanted_h - _TINY:
        return Allowed(wanted_h, "")
    return Allowed(max(0.0, caps[rule]), rule)


# --- what hours pay ---------------------------------------------------------------------------------------------


def rest_pay(law: Labour, day_type: DayType) -> list[PayStep] | None:
    """Steps that the law has for all hours of a day of this type; None where they are paid as any others."""
    return law.rest_day_pay if day_type == "rest" else None


def overtime_of(law: Labour, day_type: DayType, normal_h: float, begin_h: float, end_h: float) -> float:
    """Hours between two working hours of a day that the law counts as overtime."""
    if rest_pay(law, day_type) is not None:
        return end_h - begin_h
    return max(0.0, end_h - max(begin_h, normal_h))


def pay_hours(law: Labour, day_type: DayType, normal_h: float, begin_h: float, end_h: float) -> float:
    """Plain hours whose pay equals that of the hours of a day from `begin_h` to `end_h`.

    Parameters
    ----------
    normal_h
        Hours of the day at the plain wage (on a public holiday at its multiple); inf where there is no overtime.
    begin_h, end_h
        Hours that the person has worked that day before and after.
    """
    steps = rest_pay(law, day_type)
    if steps is not None:
        return steps_cost_h(steps, begin_h, end_h)
    plain_h = max(0.0, min(end_h, normal_h) - begin_h)
    overtime_h = steps_cost_h(law.overtime_pay, max(0.0, begin_h - normal_h), max(0.0, end_h - normal_h))
    return plain_h * (law.holiday_multiplier if day_type == "holiday" else 1.0) + overtime_h


def steps_cost_h(steps: Sequence[PayStep], begin_h: float, end_h: float) -> float:
    """Plain hours whose pay equals that of the hours from `begin_h` to `end_h` of a list of steps.

    Hours beyond the last step (an overrun that nobody planned) cost what the last step costs.
    """
    cost, edge = 0.0, 0.0
    for number, step in enumerate(steps):
        upper = edge + step.hours if number < len(steps) - 1 else np.inf
        cost += step.multiplier * max(0.0, min(end_h, upper) - max(begin_h, edge))
        edge = upper
    return cost
