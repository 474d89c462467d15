"""Crews: the scenario's own shifts called day by day, and what measures need to know of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.line import Line
from sim.floor.posts import Post
from sim.floor.roster import EXTRA, REGULAR, Call, Roster, stretches_of
from sim.floor.station import Station
from sim.law import DayType, day_type, is_holiday, rota_of
from sim.scenario.disturbances import AbsenceWave
from sim.scenario.people import Crew, Shift
from sim.scenario.rosters import largest_shift, works
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]


class Crews:
    """The crews of all stages, and the stations they work at."""

    def __init__(self, scenario: Scenario, draws: Draws, line: Line, roster: Roster) -> None:
        self._scenario = scenario
        self._days = range(scenario.days)
        self._draws = draws
        self._roster = roster
        self._crews: dict[str, tuple[Crew, Station]] = {
            stage: (crew, line.stations[stage]) for stage, crew in scenario.crews.items()
        }

    def has(self, stage: str) -> bool:
        """Whether the scenario has the stage at all."""
        return stage in self._crews

    def crew(self, stage: str) -> Crew:
        """The crew of a stage."""
        return self._crews[stage][0]

    def largest_name(self, stage: str) -> str | None:
        """Name of the shift of most people worked in the run, the first of them; None where nobody works."""
        return largest_shift(self._scenario, self.crew(stage))

    def largest_shift(self, stage: str) -> Shift:
        """That shift, its headcount as rostered."""
        crew, name = self.crew(stage), self.largest_name(stage)
        if name is None:
            return Shift(start=0.0, end=1440.0, headcount=0)
        shift = crew.shifts[name]
        return shift.model_copy(update={"headcount": scaled_count(shift.headcount, crew.headcount_factor)})

    def largest_day(self, stage: str) -> int:
        """Most workers rostered on any day of the run."""
        if not self.has(stage):
            return 0
        crew = self.crew(stage)
        heads = [(shift, scaled_count(shift.headcount, crew.headcount_factor)) for shift in crew.shifts.values()]
        return max(sum(count for shift, count in heads if works(self._scenario, shift, day)) for day in self._days)

    def call(self, stage: str, call: Call) -> None:
        """Have a group come; for a crew beside its roster, with what the roster asks of it in that week."""
        crew, station = self._crews[stage]
        if call.kind == EXTRA and call.crew:
            call = self._beside_roster(crew, call)
        elif call.rota is None and is_holiday(self._scenario, call.day):  # added people
            call = replace(call, day_type="holiday")
        hand_over = crew.end_of_shift == "hand_over"
        self._roster.call(stage, station, call, hand_over=hand_over, fatigue=crew.overtime_productivity)

    def day_type(self, stage: str, name: str, day: int) -> DayType:
        """What a day is to the people of a shift."""
        return day_type(self._scenario, self.crew(stage).shifts[name], day)

    def _beside_roster(self, crew: Crew, call: Call) -> Call:
        shift, following = crew.shifts[call.crew], call.day + 1
        comes = works(self._scenario, shift, following)
        return replace(
            call,
            rota=rota_of(self._scenario, crew, shift, call.day),
            next_start_min=following * 1440 + shift.start if comes else None,
        )

    def call_all(self) -> None:
        """Call every regular shift of every day; the day before the start too, for shifts over midnight."""
        for stage, (crew, _) in self._crews.items():
            for name, shift in crew.shifts.items():
                for day in range(-1, self._scenario.days):
                    if works(self._scenario, shift, day):
                        self.call(stage, self._regular(stage, crew, name, shift, day))

    def absence_share(self, stage: str, day: int, usual: float, *, added: bool = False) -> float:
        """Chance that a worker of a stage does not come for a shift that begins on a day, absence waves included.

        Parameters
        ----------
        usual
            Without any wave.
        added
            Whether a measure brings the worker.
        """
        date = self._scenario.date_of(day)
        coming = 1.0
        for wave in self._scenario.disturbances.values():
            if (
                isinstance(wave, AbsenceWave)
                and stage in wave.stages
                and wave.first_day <= date <= wave.last_day
                and not (added and wave.regular_only)
            ):
                coming *= 1 - wave.absence_share
        return usual if coming == 1.0 else 1 - (1 - usual) * coming

    def post(self, stage: str) -> Post:
        """Where somebody works who is sent to a stage."""
        crew, station = self._crews[stage]
        return Post(stage, station, hand_over=crew.end_of_shift == "hand_over")

    def headcounts(self, stage: str) -> list[int]:
        """Workers rostered in each of a stage's regular shifts that is worked in the run."""
        crew = self.crew(stage)
        worked = [
            shift for shift in crew.shifts.values() if any(works(self._scenario, shift, day) for day in self._days)
        ]
        return [scaled_count(shift.headcount, crew.headcount_factor) for shift in worked]

    def speeds(self, stage: str, shift: Shift, count: int) -> Floats:
        """Speeds of `count` workers of a shift, in the order of the roster."""
        return np.asarray(_speeds(self.crew(stage), count)) * shift.productivity

    def _regular(self, stage: str, crew: Crew, name: str, shift: Shift, day: int) -> Call:
        count = scaled_count(shift.headcount, crew.headcount_factor)
        absent_share = self.absence_share(stage, day, crew.absence_share)
        present = self._draws.absence_u[stage, name][day + 1][:count] >= absent_share
        speeds = self.speeds(stage, shift, count)
        following = day + 1
        return Call(
            day=day,
            stretches=stretches_of(day, shift.start, shift.end, shift.breaks),
            speeds=tuple(speeds[present].tolist()),
            absent=int(count - present.sum()),
            kind=REGULAR,
            wage_per_h=crew.wage_per_h_cost,
            next_start_min=following * 1440 + shift.start if works(self._scenario, shift, following) else None,
            crew=name,
            day_type=day_type(self._scenario, shift, day),
            rota=rota_of(self._scenario, crew, shift, day),
        )


def _speeds(crew: Crew, count: int) -> list[float]:
    """Speed of each of `count` workers: the skill mix laid over them in order, the rest standard."""
    bounds = np.cumsum([skill.share for skill in crew.skill_mix])
    speeds = [skill.productivity for skill in crew.skill_mix] + [1.0]
    part = np.searchsorted(bounds, (np.arange(count) + 0.5) / max(count, 1), side="right")
    return [speeds[number] for number in part]
