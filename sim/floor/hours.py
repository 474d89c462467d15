"""Accounts of the hours that crews work beyond their roster, and what the law leaves of further ones.

An account belongs to the people of one shift of one stage. Hours of a month and of a week are counted per head, as if
further work were shared out evenly; hours of a day as if the same people did all of it, which is the stricter reading.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from sim.law import (
    Allowed,
    Rota,
    monday_of,
    month_of,
    months_before_start,
    normal_hours,
    overtime_allowed,
    overtime_of,
    shift_allowed,
)
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from sim.floor.roster import Call

Crew = tuple[str, str]  # stage, shift


class Hours:
    """The accounts of a run, counted from what was worked before it."""

    def __init__(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._law = scenario.site.labour
        self._month_h: dict[tuple[Crew, int], float] = defaultdict(float)  # overtime per head, by month
        self._week_h: dict[tuple[Crew, int], float] = defaultdict(float)  # further normal hours per head, by week
        self._day_h: dict[tuple[Crew, int, bool], float] = defaultdict(float)  # further hours, by day, on a day off
        self._rest_days: dict[tuple[Crew, int], float] = defaultdict(float)  # person-days on rest days, by week
        self._day_end: dict[tuple[Crew, int], float] = {}

    # --- what the law leaves --------------------------------------------------------------------------------

    def normal_h(self, stage: str, call: Call) -> float:
        """Hours of the day of a call at the plain wage."""
        rota = call.rota or Rota(call.shift_h)
        week = (stage, call.crew), monday_of(self._scenario, call.day)
        return normal_hours(
            self._law,
            shift_h=rota.shift_h,
            days=rota.days,
            week_extra_h=self._week_h.get(week, 0.0),
            rostered=call.day_type != "rest",
        )

    def worked_before_h(self, stage: str, call: Call) -> float:
        """Hours that those who are called beside their shift have on that day already, or will have by its roster."""
        if call.rota is None:
            return 0.0
        rostered_h = 0.0 if call.day_type == "rest" else call.rota.today_h
        return rostered_h + self.further_h(stage, call)

    def further_h(self, stage: str, call: Call) -> float:
        """Hours beside the roster on the day of a call so far."""
        return self._day_h.get(((stage, call.crew), call.day, call.day_type == "rest"), 0.0)

    def may_stay(self, stage: str, call: Call, wanted_h: float, overran_h: float = 0.0) -> Allowed:
        """What the law allows of a stay after a rostered shift, of which breaks were worked for so many hours."""
        month_h, quarter_h = self._used(stage, call)
        end = call.stretches[-1][1]
        return overtime_allowed(
            wanted_h,
            self._law,
            worked_h=call.shift_h + overran_h + self.further_h(stage, call),
            normal_h=self.normal_h(stage, call),
            month_used_h=month_h,
            quarter_used_h=quarter_h,
            hours_to_next_shift=None if call.next_start_min is None else (call.next_start_min - end) / 60,
        )

    def may_come(self, stage: str, call: Call) -> Allowed:
        """What the law allows of a shift beside the roster, per head.

        For added people, whose other hours are not known, only the length of the shift is judged.
        """
        if call.rota is None:
            return shift_allowed(call.shift_h, self._law, day_type="working", normal_h=self.normal_h(stage, call))
        month_h, quarter_h = self._used(stage, call)
        key, begin, end = (stage, call.crew), call.stretches[0][0], call.stretches[-1][1]
        before = self._day_end.get((key, call.day - 1))
        come = self._rest_days.get((key, monday_of(self._scenario, call.day)), 0.0) + len(call.speeds)
        return shift_allowed(
            call.shift_h,
            self._law,
            day_type=call.day_type,
            worked_h=self.worked_before_h(stage, call),
            normal_h=self.normal_h(stage, call),
            month_used_h=month_h,
            quarter_used_h=quarter_h,
            days_in_week=call.rota.days + come / max(call.rota.persons, 1.0),
            hours_since_last_shift=None if before is None else (begin - before) / 60,
            hours_to_next_shift=None if call.next_start_min is None else (call.next_start_min - end) / 60,
        )

    def _used(self, stage: str, call: Call) -> tuple[float, float]:
        """Overtime per head in the month of a call, and in it and the two before it."""
        month, key = month_of(self._scenario, call.day), (stage, call.crew)
        in_month, in_quarter = months_before_start(self._scenario, month)
        worked = [self._month_h.get((key, month - ago), 0.0) for ago in range(3)]
        return in_month + worked[0], in_quarter + sum(worked)

    # --- what was worked ------------------------------------------------------------------------------------

    def count(self, stage: str, call: Call, normal_h: float, begin_h: float, end_h: float, heads: float) -> None:
        """Count hours of a day beside the roster; added people have no accounts.

        Parameters
        ----------
        begin_h, end_h
            Hours of the day that who works them has had before and after.
        heads
            Who works them, as a part of the crew's people.
        """
        if call.rota is None:
            return
        key = (stage, call.crew)
        overtime_h = overtime_of(self._law, call.day_type, normal_h, begin_h, end_h)
        self._month_h[key, month_of(self._scenario, call.day)] += overtime_h * heads
        self._week_h[key, monday_of(self._scenario, call.day)] += (end_h - begin_h - overtime_h) * heads

    def further(self, stage: str, call: Call, hours: float) -> None:
        """Hours beside the roster on one day, for the caps of the day."""
        self._day_h[(stage, call.crew), call.day, call.day_type == "rest"] += hours

    def come(self, stage: str, call: Call) -> None:
        """People come on a day off."""
        if call.day_type == "rest":
            self._rest_days[(stage, call.crew), monday_of(self._scenario, call.day)] += len(call.speeds)

    def leave(self, stage: str, call: Call, end_min: float) -> None:
        """The day of a crew ends, or is extended to then."""
        key = (stage, call.crew), call.day
        self._day_end[key] = max(end_min, self._day_end.get(key, end_min))
