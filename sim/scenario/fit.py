"""Whether a plan fits a scenario: what each of them can't see for itself."""

from __future__ import annotations

from sim.errors import Problem, nearest
from sim.scenario.measures import AnyMeasure, ExtraPickups, LongerPromise, PauseCampaign, StaggeredRelease, Throttle
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
        place = f"plan.{plan.name}.measures.{label}"
        if remedy := _no_such_demand(scenario, measure):
            problems.append(Problem(place, measure.kind, remedy))
        elif isinstance(measure, StaggeredRelease) and (remedy := _too_late(scenario, measure)):
            problems.append(Problem(f"{place}.trigger", measure.trigger.when, remedy))
    return problems


def _no_such_demand(scenario: Scenario, measure: AnyMeasure) -> str:
    """Why a measure on demand has nothing to act on; empty where it has."""
    if isinstance(measure, LongerPromise) and scenario.promise is None:
        return f"the scenario '{scenario.name}' promises nothing that could be longer: leave it out, or give a promise"
    on_campaign = isinstance(measure, (Throttle, PauseCampaign)) or (
        isinstance(measure, StaggeredRelease) and measure.opens is None
    )
    if not on_campaign or scenario.demand.campaign is not None:
        return ""
    why = "replays an order file, which tells no campaign's orders apart" if scenario.demand.file else "has no campaign"
    other = ", or say in 'opens' what is spread" if isinstance(measure, StaggeredRelease) else ""
    return f"the scenario '{scenario.name}' {why}: leave it out, or choose a scenario with demand.campaign{other}"


def _too_late(scenario: Scenario, measure: StaggeredRelease) -> str:
    """Why turns would be given too late; empty where they are not."""
    opening = opening_min(scenario, measure)
    decided = 0.0 if measure.trigger.at is None else scenario.minute(measure.trigger.at)
    ready = decided + measure.delay_h * 60
    if opening is None or ready <= opening:
        return ""
    return (
        f"takes effect {(ready - opening) / 60:g} h after what it spreads has begun "
        f"({scenario.local_time(opening):%Y-%m-%dT%H:%M}): decide it earlier (trigger.at, delay_h)"
    )


def opening_min(scenario: Scenario, measure: StaggeredRelease) -> float | None:
    """Clock minute at which what a measure spreads begins; None where the scenario has no such moment."""
    if measure.opens is not None:
        return scenario.minute(measure.opens)
    campaign = scenario.demand.campaign
    return None if campaign is None else scenario.minute(campaign.start)
