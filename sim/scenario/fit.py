"""Whether a plan fits a scenario: what each of them can't see for itself."""

from __future__ import annotations

from sim.errors import Problem, nearest
from sim.scenario.measures import ExtraPickups
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario


def misfits(scenario: Scenario, plan: Plan) -> list[Problem]:
    """Problems of running a plan in a scenario; empty when it fits."""
    problems = []
    economics = scenario.economics
    if plan.currency not in (None, economics.currency, *economics.exchange):
        remedy = f"the plan '{plan.name}' has prices in {plan.currency}: say what 1 {plan.currency} is worth in "
        problems.append(Problem(f"economics.exchange.{plan.currency}", "", remedy + economics.currency))
    for label, measure in plan.measures.items():
        if isinstance(measure, ExtraPickups):
            for name in sorted(set(measure.carriers) - set(scenario.carriers)):
                known = ", ".join(scenario.carriers) or "none"
                remedy = f"the scenario '{scenario.name}' has no such carrier, it has: {known}"
                place = f"plan.{plan.name}.measures.{label}.carriers"
                problems.append(Problem(place, name, remedy + nearest(name, scenario.carriers)))
    return problems
