"""What the needs cost by the scenario's rates: its cost lines with the needs met, beside those of the present roster.

Both meet the same fresh draws, so that differences are paired. A vehicle larger than the present one is paid for as so
many present ones: those beyond the first are a line of their own, since the scenario prices visits and not their size.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from sim.definitions import LINES
from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.tuning import Trials
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    import pandas as pd

VEHICLES = "further_vehicles"
COLUMNS = ("line", "present", "needed", "needed_high", "difference")


def vehicles(need: Need, amount: int) -> int:
    """Vehicles of the present size that a visit needs."""
    return max(1, ceil(amount / max(1, need.present[0]) - 1e-9))


def vehicle_cost(scenario: Scenario, needs: Sequence[Need], amounts: Amounts) -> float:
    """Price of vehicles beyond the first of each visit on the planned days."""
    site, total = at_scale(scenario), 0.0
    for need in needs:
        if need.kind == "pickup":
            carrier = site.carriers[need.owner]
            visits = sum(
                scenario.weekday_of(day) in carrier.pickups[need.part].weekdays for day in planned_days(scenario)
            )
            total += (vehicles(need, amounts[need.key][0]) - 1) * carrier.cost_per_pickup * visits
    return total


def budget_of(trials: Trials, amounts: Amounts, fresh: range, compared: range, probability: float) -> pd.DataFrame:
    """Cost lines that are not nil, and their total.

    Parameters
    ----------
    fresh
        Replications of the proof.
    compared
        Those of them in which the present roster is run too.
    probability
        Quantile told beside the mean.

    Returns
    -------
    line, present, needed (means), needed_high (quantile), difference (paired mean on `compared`); ``total`` last.
    """
    import pandas as pd

    now, then = trials.present(), trials.variant(amounts)
    trials.lab.fill([(now, compared), (then, fresh)])
    more = vehicle_cost(trials.lab.scenario, trials.needs, amounts)
    rows = []
    for line in LINES:
        needed, pair = trials.kpi(then, f"cost_{line}", fresh), trials.kpi(then, f"cost_{line}", compared)
        present = trials.kpi(now, f"cost_{line}", compared)
        if np.nansum(np.abs(needed)) + np.nansum(np.abs(present)) > 0:
            told = (np.nanmean(present), np.nanmean(needed), np.nanquantile(needed, probability))
            rows.append((line, *map(float, told), float(np.nanmean(pair - present))))
    if more:
        rows.append((VEHICLES, 0.0, more, more, more))
    total = trials.kpi(then, "total_cost", fresh) + more
    before = trials.kpi(now, "total_cost", compared)
    gap = float(np.nanmean(trials.kpi(then, "total_cost", compared) + more - before))
    rows.append(("total", float(np.nanmean(before)), float(np.nanmean(total)),
                 float(np.nanquantile(total, probability)), gap))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))
