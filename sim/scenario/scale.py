"""The same story with fewer or more orders: orders and capacities are multiplied together.

Headcounts and stations are rounded half up and stay at least 1 where there was one, so a small shop can't be
scaled far down without changing its story. Money per visit, set-up and fixed level scales too. Disturbances have no
sizes of their own: their shares and factors act on what has been scaled.
"""

from __future__ import annotations

from functools import lru_cache
from math import floor
from typing import Any, TypeVar

from pydantic import BaseModel

from sim.errors import InputError
from sim.scenario.carriers import Carrier
from sim.scenario.fit import misfits
from sim.scenario.people import Crew
from sim.scenario.plan import Plan, Trigger
from sim.scenario.scenario import Scenario

M = TypeVar("M", bound=BaseModel)


def scaled_count(count: int, factor: float) -> int:
    """A whole number times a factor, rounded half up."""
    return floor(count * factor + 0.5)


def _at_least_one(count: int | None, factor: float) -> int | None:
    return count if not count else max(1, scaled_count(count, factor))


def _with(model: M, **changes: Any) -> M:
    return model.model_copy(update=changes)


def at_scale(scenario: Scenario) -> Scenario:
    """The scenario with its capacities at `scenario.scale`; arrivals are scaled where they are drawn."""
    return scenario if scenario.scale == 1 else _scaled(_Key(scenario))


class _Key:
    """Hashes a frozen model by identity, for the cache below."""

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario

    def __hash__(self) -> int:
        return id(self.scenario)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and other.scenario is self.scenario


@lru_cache(maxsize=8)
def _scaled(key: _Key) -> Scenario:
    scenario = key.scenario
    factor = scenario.scale
    site = scenario.site
    return _with(
        scenario,
        site=_with(
            site,
            picking=_crew(site.picking, factor),
            packing=None if site.packing is None else _crew(site.packing, factor),
        ),
        carriers={name: _carrier(carrier, factor) for name, carrier in scenario.carriers.items()},
        desk=None if scenario.desk is None else _crew(scenario.desk, factor),
    )


C = TypeVar("C", bound=Crew)


def _crew(crew: C, factor: float) -> C:
    changes: dict[str, Any] = {
        "shifts": {
            name: _with(shift, headcount=_at_least_one(scaled_count(shift.headcount, crew.headcount_factor), factor))
            for name, shift in crew.shifts.items()
        },
        "headcount_factor": 1.0,
    }
    if hasattr(crew, "stations"):
        changes["stations"] = _at_least_one(crew.stations, factor)
    return _with(crew, **changes)


def _carrier(carrier: Carrier, factor: float) -> Carrier:
    return _with(
        carrier,
        pickups={
            name: _with(pickup, capacity=_at_least_one(pickup.capacity, factor))
            for name, pickup in carrier.pickups.items()
        },
        daily_parcel_cap=_at_least_one(carrier.daily_parcel_cap, factor),
        contracted_per_day=None if carrier.contracted_per_day is None else carrier.contracted_per_day * factor,
        cost_per_pickup=carrier.cost_per_pickup * factor,
    )


_COUNTS = ("headcount", "daily_capacity", "capacity")
_MONEY = ("cost_per_pickup", "setup_cost")
_COUNTING_METRICS = ("orders", "parcels", "contacts", "per_h")


_PRICES = (
    "cost_per_order",
    "cost_per_line",
    "setup_cost",
    "value_cost",
    "cost_per_pickup",
    "cost_per_head",
    "wage_per_h_cost",
)


def in_site_currency(plan: Plan, scenario: Scenario) -> Plan:
    """The plan with its prices in the site's currency.

    Raises
    ------
    InputError
        If it is written in another currency and the scenario does not say what that is worth.
    """
    economics = scenario.economics
    if plan.currency is None or plan.currency == economics.currency:
        return plan
    if plan.currency not in economics.exchange:
        raise InputError(misfits(scenario, plan))
    rate = economics.exchange[plan.currency]
    measures = {}
    for label, measure in plan.measures.items():
        prices = {name: getattr(measure, name, None) for name in _PRICES}
        measures[label] = _with(measure, **{name: price * rate for name, price in prices.items() if price is not None})
    return _with(plan, currency=economics.currency, measures=measures)


def plan_at_scale(plan: Plan, factor: float) -> Plan:
    """The plan with its absolute sizes and trigger levels at a scale; shares stay."""
    if factor == 1:
        return plan
    measures = {}
    for label, measure in plan.measures.items():
        changes: dict[str, Any] = {"trigger": _trigger(measure.trigger, factor)}
        for name in _COUNTS:
            if getattr(measure, name, None) is not None:
                changes[name] = _at_least_one(getattr(measure, name), factor)
        for name in _MONEY:
            if hasattr(measure, name):
                changes[name] = getattr(measure, name) * factor
        measures[label] = _with(measure, **changes)
    return _with(plan, measures=measures)


def _trigger(trigger: Trigger, factor: float) -> Trigger:
    if trigger.metric is None or trigger.above is None or not trigger.metric.endswith(_COUNTING_METRICS):
        return trigger
    clear = None if trigger.clear_below is None else trigger.clear_below * factor
    return _with(trigger, above=trigger.above * factor, clear_below=clear)
