"""Results of sweeps with figures made up by a rule, as a laboratory would hand them over: nothing is simulated.

Outcomes are functions of the point, the plan and the replication, so that every mean and count can be worked out.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping, Sequence
from typing import Any

import numpy as np
from shop_fixture import make_scenario

from sim.compute import Engine
from sim.experiment.enough import Enough
from sim.experiment.laboratory.lab import Failed, Lab, Variant
from sim.experiment.laboratory.store import NAMES, Cell, Rows, Store
from sim.experiment.questions.results import Results, Unsettled
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values

FORMATS = Formats(catalogue(), "TWD")
UPLIFT, PICKERS, PACKERS = "demand.campaign.uplift", "site.picking.headcount_factor", "site.packing.headcount_factor"
STRENGTH = {"none": 2.0, "overtime": 3.0, "temporary": 4.0}  # uplift up to which a plan ships all on time
PRICE = {"none": 0.0, "overtime": 1_000.0, "temporary": 5_000.0}

Outcome = Callable[[Values, str, int], Mapping[str, float]]


def plans_named(*titles: str) -> dict[str, Plan]:
    """Plans without measures; the name of each is its title in small letters."""
    names = [title.lower().replace(" ", "_") for title in titles]
    return {name: Plan(name=name, title=title) for name, title in zip(names, titles, strict=True)}


def surge(values: Values, plan: str, replication: int) -> dict[str, float]:
    """On time up to the plan's strength times the crews' factor, then 30 percentage points less for each beyond.

    A replication adds 0, 2, 0, 2, ... tenths of a percentage point, and 0, 100, 0, 100, ... of money.
    """
    luck = replication % 2
    over = float(values.get(UPLIFT, 3.0)) - STRENGTH[plan] * float(values.get(PICKERS, 1.0))
    level = 0.99 - 0.3 * max(0.0, over) + 0.002 * luck
    net = 10_000.0 * float(values.get(UPLIFT, 3.0)) - PRICE[plan] + 100.0 * luck
    return {"service_level_ship": max(0.0, level), "net_contribution": net}


def make_results(
    points: Sequence[Values],
    outcome: Outcome = surge,
    *,
    plans: Mapping[str, Plan] | None = None,
    replications: int | Sequence[int] = 4,
    scenario: Scenario | None = None,
    failed: Container[tuple[int, str, int]] = (),
    unsettled: Sequence[Unsettled] = (),
    enough: Enough | None = None,
) -> Results:
    """Results whose KPIs are those of `outcome`, NaN where it gives none.

    Parameters
    ----------
    failed
        Point, plan and replication of runs that failed: they are missing.
    """
    plans = plans_named("None", "Overtime", "Temporary") if plans is None else plans
    counts = [replications] * len(points) if isinstance(replications, int) else list(replications)
    store, rows, failures = Store.temporary(), [], []
    variants = []
    for point, values in enumerate(points):
        variants.append([Variant(values, name, Cell(f"point {point}", name, 1)) for name in plans])
        for variant in variants[-1]:
            for replication in range(counts[point]):
                if (point, variant.plan, replication) in failed:
                    failures.append(Failed(dict(values), variant.plan, 1, replication, "ValueError: no such luck"))
                    continue
                kpis = outcome(values, variant.plan, replication)
                row = np.array([[kpis.get(name, np.nan) for name in NAMES]])
                rows.append(Rows(variant.cell, replication, row))
    store.add(rows)
    return Results(
        scenario=make_scenario() if scenario is None else scenario,
        plans=plans,
        baseline=next(iter(plans)),
        seed=1,
        points=list(points),
        replications=counts,
        store=store,
        variants=variants,
        failures=tuple(failures),
        enough=enough,
        unsettled=tuple(unsettled),
    )


def lab_of(results: Results) -> Lab:
    """The laboratory in which they could have been found."""
    lab = Lab(results.scenario, results.plans, 1, store=results.store, engine=Engine("serial"))
    for point, variants in enumerate(results.variants):
        for variant in variants:
            lab.fill([(variant, range(results.replications[point]))] if not results.failures else [])
    lab.failures = list(results.failures)
    return lab


def grid(**axes: Sequence[Any]) -> list[dict[str, Any]]:
    """Every combination of values of ``UPLIFT``, ``PICKERS`` and ``PACKERS`` by short names."""
    from itertools import product

    paths = {"uplift": UPLIFT, "pickers": PICKERS, "packers": PACKERS, "discipline": "site.picking.discipline"}
    return [dict(zip((paths[name] for name in axes), values, strict=True)) for values in product(*axes.values())]
