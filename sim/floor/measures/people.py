"""Controls that bring working hours: crews that stay, people who come."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.events import ROSTER, at
from sim.floor.measures.control import Floor, Process
from sim.floor.roster import REINFORCEMENT, TEMPORARY, Call, OvertimeOrder, stretches_of
from sim.rules import learning
from sim.scenario.measures import DeskReinforcement, ExtraShift, Overtime, TemporaryStaff
from sim.scenario.people import ShiftHours
from sim.scenario.scale import scaled_count


class OvertimeControl:
    """While active, crews are asked to stay at the end of each shift."""

    def __init__(self, floor: Floor, label: str, measure: Overtime, number: int) -> None:
        self._lists = [floor.roster.overtime[stage] for stage in measure.stages]
        self._order = OvertimeOrder(label, measure.hours, measure.share)

    def start(self, now: float) -> None:
        """Ask crews to stay."""
        for orders in self._lists:
            orders.append(self._order)

    def stop(self, now: float) -> None:
        """No longer ask; who stays already works on."""
        for orders in self._lists:
            orders.remove(self._order)


@dataclass(frozen=True)
class Team:
    """People whom a measure brings to a stage.

    Attributes
    ----------
    kind
        Of the measure.
    count
        Number of people, absentees included.
    before
        How many come by measures of this kind named before, whose luck is their own.
    """

    stage: str
    kind: str
    count: int
    before: int

    def present(self, draws: Draws, day: int, absent_share: float) -> NDArray[np.bool_]:
        """Who of them comes on a day, shape (count,)."""
        luck = draws.absence_u[self.stage, self.kind][day + 1]
        return np.asarray(luck[(self.before + np.arange(self.count)) % len(luck)] >= absent_share)


def team_of(floor: Floor, measure: TemporaryStaff | DeskReinforcement | ExtraShift, stage: str) -> Team:
    """The people whom a measure brings to a stage beside its largest shift, behind those of measures named before."""
    count = measure.headcount
    if count is None:
        count = scaled_count(floor.crews.largest_shift(stage).headcount, measure.headcount_share or 0.0)
    key = (stage, measure.kind)
    before = floor.people_before.get(key, 0)
    floor.people_before[key] = before + count
    return Team(stage, measure.kind, count, before)


class PeopleControl:
    """While active, added workers come on their days."""

    def __init__(self, floor: Floor, label: str, measure: TemporaryStaff | DeskReinforcement, number: int) -> None:
        self._floor = floor
        self._label = label
        self._measure = measure
        self._turn = 0
        self._stay_days = measure.stay_days if isinstance(measure, TemporaryStaff) else None
        self._booked_until = -np.inf
        self._wanted = False
        self._watches = measure.trigger.when in ("metric", "alert")
        self._worked: dict[str, int] = {}  # days that the people who come have worked, by stage
        stages = measure.stages if isinstance(measure, TemporaryStaff) else ["desk"]
        self._teams = [team_of(floor, measure, stage) for stage in stages if floor.crews.has(stage)]

    def start(self, now: float) -> None:
        """They come from the next of their shifts on; who is booked already stays."""
        self._wanted = True
        if now < self._booked_until:
            return
        self._turn += 1
        if self._stay_days is not None:
            self._worked.clear()  # other people come, who start to learn anew
        for team in self._teams:
            days = self._days(team.stage, now)
            if self._stay_days is not None and days:
                self._booked_until = max(self._booked_until, (days[0] + self._stay_days) * 1440.0)
            self._floor.env.process(self._come(self._turn, team, days))

    def stop(self, now: float) -> None:
        """They no longer come, unless they are booked for longer; who is at work finishes the shift."""
        self._wanted = False

    def _comes(self, turn: int, now: float) -> bool:
        """Whether a team comes on a day: as long as it is booked, and booked again while the metric calls for it."""
        if turn != self._turn or self._stay_days is None:
            return turn == self._turn and self._wanted
        if now >= self._booked_until and self._wanted and self._watches:
            self._booked_until = (now // 1440 + self._stay_days) * 1440
        return now < self._booked_until

    def _hours(self, stage: str) -> ShiftHours:
        return self._measure.hours or self._floor.crews.largest_shift(stage)

    def _days(self, stage: str, now: float) -> list[int]:
        """Days of shifts that begin from now on."""
        scenario, hours = self._floor.scenario, self._hours(stage)
        days = range(int(now // 1440), scenario.days)
        return [day for day in days if scenario.weekday_of(day) in hours.weekdays and day * 1440 + hours.start >= now]

    def _come(self, turn: int, team: Team, days: list[int]) -> Process:
        floor, stage, clock = self._floor, team.stage, self._hours(team.stage).start
        for day in days:
            yield at(floor.env, day * 1440 + clock, ROSTER)
            if not self._comes(turn, floor.env.now):
                return
            if stage not in self._worked:
                floor.log.charge(floor.env.now, self._label, "setup", self._measure.cost_per_head * team.count)
            worked = self._worked[stage] = self._worked.get(stage, -1) + 1
            self._call(team, day, worked)

    def _call(self, team: Team, day: int, worked: int) -> None:
        floor, measure, stage = self._floor, self._measure, team.stage
        crew = floor.crews.crew(stage)
        hours = self._hours(stage)
        absent_share = crew.absence_share
        if isinstance(measure, TemporaryStaff):
            speed = learning(worked, measure.start_productivity, measure.full_productivity, measure.learning_days)
            absent_share = absent_share if measure.absence_share is None else measure.absence_share
        else:
            speed = measure.productivity
        absent_share = floor.crews.absence_share(stage, day, absent_share, added=True)
        present = int(np.count_nonzero(team.present(floor.draws, day, absent_share)))
        wage = crew.wage_per_h_cost if measure.wage_per_h_cost is None else measure.wage_per_h_cost
        call = Call(
            day=day,
            stretches=stretches_of(day, hours.start, hours.end, hours.breaks),
            speeds=(speed,) * present,
            absent=team.count - present,
            kind=TEMPORARY if isinstance(measure, TemporaryStaff) else REINFORCEMENT,
            wage_per_h=wage,
            label=self._label,
        )
        floor.crews.call(stage, call)
