"""Whether a plan fits a scenario: what each of them can't see for itself."""

from __future__ import annotations

from collections.abc import Iterator

from sim.errors import Problem, nearest
from sim.scenario.alerts import NEEDS, Metric
from sim.scenario.measures import (
    AnyMeasure,
    BackupCarrier,
    CarrierCapacity,
    Compensation,
    DeskCallback,
    ExtraPickups,
    ExtraStorage,
    FaqBot,
    LongerPromise,
    PauseCampaign,
    StaggeredRelease,
    Throttle,
)
from sim.scenario.measures.carriers import Limit
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario


def misfits(scenario: Scenario, plan: Plan) -> list[Problem]:
    """Problems of running a plan in a scenario; empty when it fits."""
    problems = []
    economics = scenario.economics
    if plan.currency not in (None, economics.currency, *economics.exchange):
        remedy = f"the plan '{plan.name}' has prices in {plan.currency}: say what 1 {plan.currency} is worth in "
        problems.append(Problem(f"economics.exchange.{plan.currency}", "", remedy + economics.currency))
    problems += _unknown_carriers(scenario, plan)
    problems += _backup_carriers(scenario, plan)
    problems += _nothing_to_add_to(scenario, plan)
    for label, measure in plan.measures.items():
        problems += _nothing_to_watch(scenario, measure, _place(plan, label))
        problems += _nothing_to_steer(scenario, measure, _place(plan, label))
        problems += _at_the_desk(scenario, _place(plan, label), measure)
    return problems


def lacking(scenario: Scenario, metric: Metric) -> str:
    """Part of the scenario that a metric is read from and that it does not have; empty where it has all of it."""
    parts = {
        "promise": scenario.promise is not None,
        "demand.profile": scenario.demand.file is None,
        "site.packing": scenario.site.packing is not None,
        "carriers": bool(scenario.carriers),
        "desk": scenario.desk is not None,
    }
    need = NEEDS.get(metric, "")
    return need if need and not parts[need] else ""


def _place(plan: Plan, label: str, field: str = "") -> str:
    return f"plan.{plan.name}.measures.{label}{field and '.'}{field}"


def _unknown_carriers(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    for label, measure in plan.measures.items():
        if isinstance(measure, ExtraPickups | CarrierCapacity):
            field, named = "carriers", measure.carriers
        elif isinstance(measure, BackupCarrier):
            field, named = "replaces", measure.replaces
        else:
            continue
        for name in sorted(set(named) - set(scenario.carriers)):
            known = ", ".join(scenario.carriers) or "none"
            remedy = f"the scenario '{scenario.name}' has no such carrier, it has: {known}"
            yield Problem(_place(plan, label, field), name, remedy + nearest(name, scenario.carriers))


def _backup_carriers(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """Backup carriers go by their label, and together take over no more than there is."""
    for label in plan.backup_carriers:
        if label in (*scenario.carriers, "3pl"):
            remedy = "goes by its label, and another carrier has that name already: give the measure another label"
            yield Problem(_place(plan, label), label, remedy)
    for name in scenario.carriers:
        shares = {
            label: backup.share
            for label, backup in plan.backup_carriers.items()
            if not backup.replaces or name in backup.replaces
        }
        if sum(shares.values()) > 1 + 1e-9:
            *_, last = shares
            remedy = (
                f"{', '.join(shares)} together take over {sum(shares.values()):g} of the parcels of '{name}': "
                "their shares add up to at most 1"
            )
            yield Problem(_place(plan, last, "share"), f"{shares[last]:g}", remedy)


def _nothing_to_add_to(scenario: Scenario, plan: Plan) -> Iterator[Problem]:
    """What raises a limit needs one."""
    for label, measure in plan.measures.items():
        if isinstance(measure, ExtraStorage) and scenario.site.staging_parcels is None:
            remedy = f"the scenario '{scenario.name}' has room for any number of parcels: say in "
            remedy += "site.staging_parcels how many its dock holds, or leave the measure out"
            yield Problem(_place(plan, label), "", remedy)
        if isinstance(measure, CarrierCapacity) and not any(
            _limits(scenario, name, limit) for name in measure.carriers or scenario.carriers for limit in measure.of
        ):
            remedy = f"no carrier that it names has such a limit in the scenario '{scenario.name}': "
            remedy += "give one (capacity of a pickup, daily_parcel_cap, contracted_per_day), or leave the measure out"
            yield Problem(_place(plan, label, "of"), ", ".join(measure.of), remedy)


def _limits(scenario: Scenario, name: str, limit: Limit) -> bool:
    """Whether a carrier (an unknown one is told of elsewhere) has a limit."""
    carrier = scenario.carriers.get(name)
    if carrier is None:
        return True
    if limit == "pickups":
        return any(pickup.capacity is not None for pickup in carrier.pickups.values())
    return (carrier.daily_parcel_cap if limit == "daily_cap" else carrier.contracted_per_day) is not None


def _nothing_to_watch(scenario: Scenario, measure: AnyMeasure, place: str) -> Iterator[Problem]:
    """A trigger on a metric that has no data here, or on an alert rule that is not there."""
    trigger = measure.trigger
    metric = trigger.metric
    if trigger.alert is not None:
        if trigger.alert not in scenario.alerts:
            known = ", ".join(scenario.alerts) or "none"
            remedy = f"the scenario '{scenario.name}' has no such alert rule, it has: {known}"
            yield Problem(f"{place}.trigger.alert", trigger.alert, remedy + nearest(trigger.alert, scenario.alerts))
            return
        metric = scenario.alerts[trigger.alert].metric
    if metric is not None and (part := lacking(scenario, metric)):
        there = "an order file" if part == "demand.profile" else f"no {part}"
        remedy = f"would never be set off: the scenario '{scenario.name}' has {there}, so there is nothing to read; "
        named = "metric" if trigger.alert is None else "alert"
        yield Problem(f"{place}.trigger.{named}", trigger.alert or metric, remedy + "watch another metric")


def _nothing_to_steer(scenario: Scenario, measure: AnyMeasure, place: str) -> Iterator[Problem]:
    """A measure on demand that has nothing to act on, or comes too late for it."""
    if remedy := _no_such_demand(scenario, measure):
        yield Problem(place, measure.kind, remedy)
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
