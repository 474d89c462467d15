"""The own crew's extra shift: people of the crew on their day off, or a second crew on working days."""

from __future__ import annotations

import numpy as np

from sim.floor.events import ROSTER, at
from sim.floor.measures.control import Floor, Process
from sim.floor.measures.people import Team, team_of
from sim.floor.roster import EXTRA, Call, stretches_of
from sim.scenario.measures import ExtraShift
from sim.scenario.rosters import days_of_extra_shift


class ExtraShiftControl:
    """While active, people are called for each extra shift that begins."""

    def __init__(self, floor: Floor, label: str, measure: ExtraShift, number: int) -> None:
        self._floor = floor
        self._label = label
        self._measure = measure
        self._turn = 0
        self._teams: list[tuple[Team, str]] = []  # and the name of the crew's largest shift
        for stage in measure.stages:
            shift = floor.crews.largest_name(stage) if floor.crews.has(stage) else None
            if shift is not None:
                self._teams.append((team_of(floor, measure, stage), shift))

    def start(self, now: float) -> None:
        """Call people from the next extra shift on."""
        self._turn += 1
        for team, shift in self._teams:
            self._floor.env.process(self._come(self._turn, team, shift, now))

    def stop(self, now: float) -> None:
        """No further shifts; who is at work finishes."""
        self._turn += 1

    def _come(self, turn: int, team: Team, name: str, now: float) -> Process:
        floor, begin = self._floor, self._measure.hours.start
        shift = floor.crews.crew(team.stage).shifts[name]
        for day in days_of_extra_shift(floor.scenario, shift, self._measure):
            if day * 1440 + begin < now:
                continue
            yield at(floor.env, day * 1440 + begin, ROSTER)
            if turn != self._turn:
                return
            floor.crews.call(team.stage, self._call(team, name, day))

    def _call(self, team: Team, name: str, day: int) -> Call:
        floor, measure = self._floor, self._measure
        crew, hours = floor.crews.crew(team.stage), measure.hours
        absent_share = floor.crews.absence_share(team.stage, day, crew.absence_share)
        present = team.present(floor.draws, day, absent_share)
        speeds = floor.crews.speeds(team.stage, crew.shifts[name], team.count)
        if measure.productivity is not None:
            speeds = np.full(team.count, measure.productivity)
        own = measure.day == "rest"
        return Call(
            day=day,
            stretches=stretches_of(day, hours.start, hours.end, hours.breaks),
            speeds=tuple(speeds[present].tolist()),
            absent=int(team.count - present.sum()),
            kind=EXTRA,
            wage_per_h=crew.wage_per_h_cost,
            crew=name if own else "",
            day_type=floor.crews.day_type(team.stage, name, day) if own else "working",
            label=self._label,
        )
