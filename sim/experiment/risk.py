"""How bad one surge in ten is, and how likely it is that something goes wrong, plan by plan.

A planner lives through one surge and not through the mean of many. Two kinds of rows say what that one may be like:
quantiles of KPIs over replications, with intervals from the ordered values (:mod:`sim.statistics.quantiles`), and
probabilities of events, which are shares of replications with exact intervals (Clopper and Pearson 1934).

Assumes that replications are independent and alike. Nothing here goes beyond what was simulated: the worst surge in a
hundred can't be read off thirty.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import CONFIDENCE, exact_share
from sim.statistics.quantiles import quantile_interval

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Values = Mapping[tuple[str, str], Floats]

COLUMNS = (
    *("plan", "figure", "kpi", "unit", "probability", "value", "low", "high", "n"),
    *("count", "low_rank", "high_rank", "confidence", "method"),
)
WATCHED = (
    "service_level_ship",
    "tardiness_ship_p90_min",
    "peak_backlog_orders",
    "clear_time_h",
    "total_cost",
    "net_contribution",
)
QUANTILES = (0.1, 0.5, 0.9)
ROUNDING = 1e-9  # relative; two plans that did the same may differ in the last bits of a sum
EXACT = "exact binomial"


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens in a replication or does not.

    Parameters
    ----------
    kpi
        The KPI that it is about.
    happens
        From a plan's values, the baseline's and the scenario, whether it happened; shapes (r,), all values known.
    against_baseline
        Whether it is about the difference to the baseline, which has none to itself.
    """

    kpi: str
    happens: Callable[[Floats, Floats, Scenario], Flags]
    against_baseline: bool = False


def _meets_target(own: Floats, base: Floats, scenario: Scenario) -> Flags:
    return np.asarray(own >= scenario.targets.service_level_ship)


def _loses_money(own: Floats, base: Floats, scenario: Scenario) -> Flags:
    return np.asarray(own < 0)


def _earns_less(own: Floats, base: Floats, scenario: Scenario) -> Flags:
    return np.asarray(own < base - ROUNDING * np.maximum(1.0, np.abs(base)))


def _serves_worse(own: Floats, base: Floats, scenario: Scenario) -> Flags:
    return np.asarray(own < base - ROUNDING)


EVENTS: dict[str, Event] = {
    "target_met": Event("service_level_ship", _meets_target),
    "loses_money": Event("net_contribution", _loses_money),
    "earns_less_than_baseline": Event("net_contribution", _earns_less, against_baseline=True),
    "serves_worse_than_baseline": Event("service_level_ship", _serves_worse, against_baseline=True),
}


def risk_table(scenario: Scenario, plans: Sequence[str], baseline: str, values: Values) -> pd.DataFrame:
    """Quantiles over replications and probabilities of events under each plan.

    Parameters
    ----------
    scenario
        Its `targets.service_level_ship` is what `target_met` is about.
    plans, baseline
        Names, in the order wanted; which of them the others are held against.
    values
        (plan, KPI) -> one number per replication, shape (r,), NaN where it could not be measured; replications in the
        same order for every plan.

    Returns
    -------
    One row for each plan and quantile of a KPI, then for each plan and event, with the columns

    plan, figure
        `figure` is "quantile", or the name of the event (:data:`EVENTS`).
    kpi, unit
        What the quantile is of, or the event about; the unit of `value`, "share" for events.
    probability
        Which quantile; NaN for events.
    value, low, high
        The quantile or the share of replications, and its 95 % interval; NaN where the replications are too few for a
        bound.
    n, count
        Replications that have a value; those in which the event happened (missing for quantiles).
    low_rank, high_rank
        Which of the ordered values the bounds are, counted from 1 (missing for events, and where there is no bound).
    confidence
        What the interval reaches: at least 0.95 unless there is no bound.
    method
        "order statistics", "lower bound only", "upper bound only", "no bound", or "exact binomial".
    """
    import pandas as pd

    rows = [
        _quantile(plan, kpi, probability, values[plan, kpi])
        for kpi in WATCHED
        for plan in plans
        for probability in QUANTILES
    ]
    rows += [
        _event(plan, name, event, values[plan, event.kpi], values[baseline, event.kpi], scenario)
        for name, event in EVENTS.items()
        for plan in plans
        if not (event.against_baseline and plan == baseline)
    ]
    whole = dict.fromkeys(("count", "low_rank", "high_rank"), "Int64")
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype(whole)


def _quantile(plan: str, kpi: str, probability: float, values: Floats) -> tuple[object, ...]:
    found = quantile_interval(values, probability)
    return (
        *(plan, "quantile", kpi, KPIS[kpi].unit, probability, found.estimate, found.low, found.high, found.n),
        *(None, found.low_rank, found.high_rank, found.confidence, found.method),
    )


def _event(plan: str, name: str, event: Event, own: Floats, base: Floats, scenario: Scenario) -> tuple[object, ...]:
    known = ~np.isnan(own)
    if event.against_baseline:
        known &= ~np.isnan(base)
    count = int(event.happens(own[known], base[known], scenario).sum())
    n = int(known.sum())
    share, low, high = exact_share(count, n)
    if n == 0:
        low = high = float("nan")
    return (
        *(plan, name, event.kpi, "share", float("nan"), share, low, high, n),
        *(count, None, None, CONFIDENCE if n else 0.0, EXACT if n else "no bound"),
    )
