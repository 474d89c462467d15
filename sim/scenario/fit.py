"""Whether a plan fits a scenario: what each of them can't see for itself."""

from __future__ import annotations

from sim.errors import Problem, nearest
from sim.scenario.measures import AnyMeasure, Compensation, DeskCallback, ExtraPickups, FaqBot
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
        problems += _at_the_desk(scenario, f"plan.{plan.name}.measures.{label}", measure)
    return problems


def _at_the_desk(scenario: Scenario, place: str, measure: AnyMeasure) -> list[Problem]:
    """Problems of a measure that needs agents or channels."""
    on_request = isinstance(measure, Compensation) and measure.offered == "on_request"
    if not on_request and not isinstance(measure, FaqBot | DeskCallback):
        return []
    desk = scenario.desk
    if desk is None:
        where, given = (f"{place}.offered", "on_request") if on_request else (f"{place}.kind", measure.kind)
        remedy = f"the scenario '{scenario.name}' has no service desk: give it one, or leave the measure out"
        return [Problem(where, given, remedy)]
    if not isinstance(measure, FaqBot | DeskCallback):
        return []
    problems = []
    calls = [name for name, channel in desk.channels.items() if channel.kind == "call"]
    fit = calls if isinstance(measure, DeskCallback) else list(desk.channels)
    for name in sorted(set(measure.channels) - set(fit)):
        if name in desk.channels:
            remedy = f"messages are not called back; channels of calls are: {', '.join(calls) or 'none'}"
        else:
            known = ", ".join(desk.channels)
            remedy = f"the scenario '{scenario.name}' has no such channel, it has: {known}" + nearest(name, fit)
        problems.append(Problem(f"{place}.channels", name, remedy))
    if not fit and not measure.channels:
        problems.append(Problem(f"{place}.kind", measure.kind, "no channel of the service desk takes calls"))
    return problems
