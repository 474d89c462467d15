"""What has to be reached, how surely, and which leg of the way each target speaks for.

A replication succeeds when it meets all targets at once: that is the yes or no whose probability is asked for. Staff of
picking and packing, tables, pickups and the room on the dock serve the ship target, agents the desk's goal, carriers'
caps and networks the goal on their punctuality too; oven-hours, units and hands at the gate serve that of the stock.
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
FILL = "fill_rate"
LEGS = (SHIP, DESK, CARRIERS, FILL)
USUAL_FILL = 0.97  # assumption: asked of the stock where neither the settings nor the scenario say; sweep 0.9-0.99
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


def targets_of(
    scenario: Scenario, desk: float | None = None, carriers: float | None = None, stock: float | None = None
) -> list[Target]:
    """The targets of a scenario: shipping in time, and what is asked of the desk, the carriers and the stock.

    Parameters
    ----------
    desk, carriers
        Share of calls answered in time, and of parcels delivered in time of those that carriers were given in time;
        default: the strictest goal in the scorecards, and none where there is none. 0: not asked for.
    stock
        Share of units supplied from stock when the order came; default: `targets.fill_rate`, or 0.97 where there is
        none. 0: not asked for.
    """
    asked = {DESK: desk, CARRIERS: carriers}
    there = {DESK: _takes_calls(scenario), CARRIERS: bool(scenario.carriers)}
    found = [Target(SHIP, scenario.targets.service_level_ship)]
    for kpi, level in asked.items():
        wanted = _strictest(scenario, kpi) if level is None else level
        if wanted and there[kpi]:
            found.append(Target(kpi, wanted))
    if scenario.stock is not None:
        filled = _usual_fill(scenario) if stock is None else stock
        found += [Target(FILL, filled)] if filled else []
    return found


def _usual_fill(scenario: Scenario) -> float:
    """What the scenario asks of its stock."""
    given = scenario.targets.fill_rate
    return USUAL_FILL if given is None else given


def _takes_calls(scenario: Scenario) -> bool:
    return scenario.desk is not None and any(each.kind == "call" for each in scenario.desk.channels.values())


def _strictest(scenario: Scenario, kpi: str) -> float | None:
    goals = [each.target for each in scenario.targets.goals() if each.kpi == kpi and each.direction == "at_least"]
    return max(goals, default=None)


def target_problems(
    desk: float | None, carriers: float | None, stock: float | None, probability: float | None
) -> list[Problem]:
    """What is wrong with targets that were given."""
    found = [
        Problem(place, repr(value), "must lie between 0 and 1")
        for place, value in (("desk_goal", desk), ("carriers_goal", carriers), ("stock_goal", stock))
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
