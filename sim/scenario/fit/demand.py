"""Measures on demand need a campaign or a promise to act on, and to be decided in time."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem
from sim.scenario.measures import AnyMeasure, LongerPromise, PauseCampaign, StaggeredRelease, Throttle
from sim.scenario.problems import shorten
from sim.scenario.scenario import Scenario


def demand_misfits(scenario: Scenario, measure: AnyMeasure, place: str) -> Iterator[Problem]:
    """A measure on demand that has nothing to act on, or comes too late for it."""
    if remedy := _no_such_demand(scenario, measure):
        yield Problem(place, measure.kind, remedy)
    elif isinstance(measure, StaggeredRelease) and (remedy := _outside(scenario, measure)):
        yield Problem(f"{place}.opens", shorten(measure.opens), remedy)
    elif isinstance(measure, StaggeredRelease) and (remedy := _too_late(scenario, measure)):
        yield Problem(f"{place}.trigger", measure.trigger.when, remedy)


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


def _outside(scenario: Scenario, measure: StaggeredRelease) -> str:
    """Why what is to be spread never comes; empty where it does."""
    if measure.opens is None or 0 <= scenario.minute(measure.opens) < scenario.horizon_min:
        return ""
    last = scenario.local_time(scenario.horizon_min)
    return f"lies outside the run ({scenario.first_day} to {last:%Y-%m-%d %H:%M}): nobody comes then"


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
