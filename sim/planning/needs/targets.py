"""What has to be reached, how surely, and which leg of the way each target speaks for.

A replication succeeds when it meets all targets at once: that is the yes or no whose probability is asked for. Staff of
picking and packing, tables, pickups and the room on the dock serve the ship target, agents the desk's goal, carriers'
caps and networks the goal on their punctuality too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem
from sim.experiment.scorecard import meets
from sim.scenario.economics import Goal
from sim.scenario.scenario import Scenario

SHIP, DESK, CARRIERS = "service_level_ship", "answered_in_time_share", "carrier_on_time_share"
LEGS = (SHIP, DESK, CARRIERS)
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Target:
    """A KPI that has to reach a level.

    Parameters
    ----------
    kpi
        One of :data:`LEGS`; high is good.
    level
        In (0, 1].
    """

    kpi: str
    level: float


def targets_of(scenario: Scenario, desk: float | None = None, carriers: float | None = None) -> list[Target]:
    """The targets of a scenario: shipping in time, and what its scorecards ask of the desk and the carriers.

    Parameters
    ----------
    desk, carriers
        Share of calls answered in time, and of parcels delivered in time of those that carriers were given in time;
        default: the strictest goal in the scorecards, and none where there is none. 0: not asked for.
    """
    asked = {DESK: desk, CARRIERS: carriers}
    there = {DESK: _takes_calls(scenario), CARRIERS: bool(scenario.carriers)}
    found = [Target(SHIP, scenario.targets.service_level_ship)]
    for kpi, level in asked.items():
        wanted = _strictest(scenario, kpi) if level is None else level
        if wanted and there[kpi]:
            found.append(Target(kpi, wanted))
    return found


def _takes_calls(scenario: Scenario) -> bool:
    return scenario.desk is not None and any(each.kind == "call" for each in scenario.desk.channels.values())


def _strictest(scenario: Scenario, kpi: str) -> float | None:
    goals = [each.target for each in scenario.targets.goals() if each.kpi == kpi and each.direction == "at_least"]
    return max(goals, default=None)


def target_problems(desk: float | None, carriers: float | None, probability: float | None) -> list[Problem]:
    """What is wrong with targets that were given."""
    found = [
        Problem(place, repr(value), "must lie between 0 and 1")
        for place, value in (("desk_goal", desk), ("carriers_goal", carriers))
        if value is not None and not 0 <= value <= 1
    ]
    if probability is not None and not 0 < probability < 1:
        found.append(Problem("probability", repr(probability), "must lie between 0 and 1, both excluded"))
    return found


def met(target: Target, values: Floats, ran: Bools) -> Bools:
    """Whether replications meet a target.

    Parameters
    ----------
    values
        Its KPI; NaN where there was nothing to measure, which breaks no promise.
    ran
        False where the run failed: it met nothing. Shapes alike.
    """
    goal = Goal("", target.kpi, "at_least", target.level)
    return ran & (np.isnan(values) | meets(values, goal))
