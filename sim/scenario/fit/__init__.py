"""Whether a plan fits a scenario: what each of them can't see for itself."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.fit.carriers import carrier_misfits
from sim.scenario.fit.demand import demand_misfits
from sim.scenario.fit.desk import desk_misfits
from sim.scenario.fit.people import people_misfits
from sim.scenario.fit.watching import lacking, watching_misfits
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario


def misfits(scenario: Scenario, plan: Plan) -> list[Problem]:
    """Problems of running a plan in a scenario; empty when it fits."""
    return [*_currency(scenario, plan), *carrier_misfits(scenario, plan), *_of_measures(scenario, plan)]


def _currency(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    economics = scenario.economics
    if plan.currency not in (None, economics.currency, *economics.exchange):
        remedy = f"the plan '{plan.name}' has prices in {plan.currency}: say what 1 {plan.currency} is worth in "
        yield Problem(f"economics.exchange.{plan.currency}", "", remedy + economics.currency)


def _of_measures(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """What is wrong with each measure by itself."""
    for label, measure in plan.measures.items():
        place = f"plan.{plan.name}.measures.{label}"
        for check in (watching_misfits, people_misfits, demand_misfits, desk_misfits):
            yield from check(scenario, measure, place)


__all__ = ["lacking", "misfits"]
