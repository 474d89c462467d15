"""Scorecards: each team's KPIs held against its targets, one row per team, KPI and plan.

A target is judged twice: by the mean over replications, which says how it usually goes, and by the share of
replications that met it, which says how surely. The cards decide nothing: the verdict goes by `service_level_ship`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.indicators import kpi_values
from sim.ledger import Ledger
from sim.scenario.economics import Goal
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import exact_share, mean_interval
from sim.statistics.quantiles import bootstrap_mean

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
COLUMNS = (
    *("team", "kpi", "unit", "direction", "target", "plan", "mean", "low", "high", "n"),
    *("met", "met_share", "met_low", "met_high"),
)
WITHIN_RUN = frozenset(name for name in KPIS if re.search(r"_p\d\d_", name))  # quantiles over the orders of a run
MOST_FOR_BOOTSTRAP = 300  # with more replications a mean is near enough to normal, and resampling them takes seconds
ROUNDING = 1e-9  # relative; a mean of thirty times 0.95 is not quite 0.95


def meets(values: Floats, goal: Goal) -> NDArray[np.bool_]:
    """Whether each value reaches (or does not exceed) the target; False where it is NaN. Shapes alike."""
    slack = ROUNDING * max(1.0, abs(goal.target))
    reached = values >= goal.target - slack if goal.direction == "at_least" else values <= goal.target + slack
    return np.asarray(reached, dtype=bool)


def kpi_interval(kpi: str, values: Floats) -> tuple[float, float, float, int]:
    """Mean of a KPI over replications, its 95 % interval and how many have a value.

    The interval is t; a share's is cut at 0 and 1, which loses no coverage. Quantiles within a run (tardiness that nine
    orders in ten stay below) are skewed and often zero, so their mean has a bootstrap interval, of up to 300
    replications: its errors are less one-sided, and it never reaches below zero where no value does.
    """
    mean, low, high, n = mean_interval(values)
    if kpi in WITHIN_RUN and n <= MOST_FOR_BOOTSTRAP:
        found = bootstrap_mean(values)
        return found.mean, found.low, found.high, found.n
    if KPIS[kpi].unit == "share" and n > 1:
        low, high = max(0.0, low), min(1.0, high)
    return mean, low, high, n


def scorecards(scenario: Scenario, plans: Sequence[str], values: Mapping[tuple[str, str], Floats]) -> pd.DataFrame:
    """All scorecards of a scenario under some plans.

    Parameters
    ----------
    scenario
        Its `targets.teams` are held against; at a scale, targets on totals are scaled with it.
    plans
        Their names, in the order wanted.
    values
        (plan, KPI) -> one number per replication, shape (r,), NaN where it could not be measured.

    Returns
    -------
    Columns as in :data:`COLUMNS`; teams and KPIs in the order in which they were given, plans within them. `mean`,
    `low`, `high`: 95 % interval (:func:`kpi_interval`) over the `n` replications that have a value. `met`: whether the
    mean meets the target, missing where there is none. `met_share`, `met_low`, `met_high`: share of those replications
    that meet it, with its exact 95 % interval (Clopper and Pearson 1934).
    """
    import pandas as pd

    rows = []
    for goal in scenario.targets.goals(scenario.scale):
        held = (goal.team, goal.kpi, KPIS[goal.kpi].unit, goal.direction, goal.target)
        rows += [(*held, plan, *_judged(goal, values[plan, goal.kpi])) for plan in plans]
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"met": "boolean"})


def _judged(goal: Goal, values: Floats) -> tuple[float, float, float, int, bool | None, float, float, float]:
    known = values[~np.isnan(values)]
    mean, low, high, n = kpi_interval(goal.kpi, known)
    met = bool(meets(np.array([mean]), goal)[0]) if n else None
    return mean, low, high, n, met, *exact_share(int(meets(known, goal).sum()), n)


def scorecards_of(ledger: Ledger) -> pd.DataFrame:
    """Scorecards of one run: the same columns, with the one replication as the mean and no interval of it."""
    name = ledger.plan.name
    values = {(name, kpi): np.array([value]) for kpi, value in kpi_values(ledger).items()}
    return scorecards(ledger.scenario, [name], values)
