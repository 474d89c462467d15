"""The same story with fewer or more orders: orders and capacities are multiplied together.

Headcounts and stations are rounded half up and stay at least 1 where there was one, so a small shop can't be
scaled far down without changing its story. Money per visit, set-up and fixed level scales too. Disturbances have no
sizes of their own: their shares and factors act on what has been scaled.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import floor
from typing import Any, TypeVar

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.errors import InputError
from sim.scenario.alerts import AlertRule
from sim.scenario.carriers import Carrier
from sim.scenario.fit import misfits
from sim.scenario.measures import Trigger
from sim.scenario.people import Crew
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

M = TypeVar("M", bound=BaseModel)


def scaled_count(count: int, factor: float) -> int:
    """A whole number times a factor, rounded half up."""
    return floor(count * factor + 0.5)


def _at_least_one(count: int | None, factor: float) -> int | None:
    return count if not count else max(1, scaled_count(count, factor))


def _with(model: M, **changes: Any) -> M:
    return model.model_copy(update=changes)


def scaled_size(size: int, factor: float) -> int:
    """An absolute size at a scale: rounded half up, at least 1 where there was one; nothing stays nothing."""
    return size and max(1, scaled_count(size, factor))


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
            staging_parcels=_at_least_one(site.staging_parcels, factor),
        ),
        carriers={name: _carrier(carrier, factor) for name, carrier in scenario.carriers.items()},
        desk=None if scenario.desk is None else _crew(scenario.desk, factor),
        stock=None if scenario.stock is None else _mapped(scenario.stock, _sized(factor)),
        alerts={name: _levels(rule, factor) for name, rule in scenario.alerts.items()},
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


_COUNTING_METRICS = ("orders", "parcels", "contacts", "per_h")
Change = Callable[[FieldInfo, Any], Any]  # of a field and its number


def _mapped(value: Any, change: Change, field: FieldInfo | None = None) -> Any:
    """A model with every number in it changed, those in nested models, lists and mappings too."""
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        changed = {name: _mapped(getattr(value, name), change, fields[name]) for name in fields}
        return value.model_copy(update=changed)
    if isinstance(value, dict):
        return {key: _mapped(each, change, field) for key, each in value.items()}
    if isinstance(value, list):
        return [_mapped(each, change, field) for each in value]
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return change(field, value) if field is not None and is_number else value


def _sized(factor: float) -> Change:
    """Multiplies absolute sizes and leaves other numbers as they are."""

    def sized(field: FieldInfo, number: float) -> float | None:
        if not _said(field, "scales"):
            return number
        if isinstance(number, int):
            size = _at_least_one(abs(number), factor)
            return size if size is None or number >= 0 else -size
        return number * factor

    return sized


def _said(field: FieldInfo, key: str) -> Any:
    extra = field.json_schema_extra
    return extra.get(key) if isinstance(extra, dict) else None


def in_site_currency(plan: Plan, scenario: Scenario) -> Plan:
    """The plan with its prices (figures whose unit is a currency) in the site's currency.

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

    def exchanged(field: FieldInfo, number: float) -> float:
        return number * rate if str(_said(field, "unit")).startswith("currency") else number

    return _with(plan, currency=economics.currency, measures=_mapped(plan.measures, exchanged))


def carriers_by_code(scenario: Scenario, plan: Plan) -> dict[int, Carrier]:
    """Carriers by their code in the ledger: the scenario's, then (one code is the third party's) a plan's backups."""
    backups = in_site_currency(plan, scenario).backup_carriers if plan.backup_carriers else {}
    first = len(scenario.carriers) + 1
    return dict(enumerate(scenario.carriers.values())) | {
        first + number: backup.carrier for number, backup in enumerate(backups.values())
    }


def plan_at_scale(plan: Plan, factor: float) -> Plan:
    """The plan with its absolute sizes and trigger levels at a scale; shares stay."""
    if factor == 1:
        return plan

    measures = {
        label: _with(_mapped(measure, _sized(factor)), trigger=_levels(measure.trigger, factor))
        for label, measure in plan.measures.items()
    }
    return _with(plan, measures=measures)


W = TypeVar("W", Trigger, AlertRule)


def _levels(watch: W, factor: float) -> W:
    """A trigger or an alert rule with the levels of a metric that counts something at a scale."""
    if watch.metric is None or watch.above is None or not watch.metric.endswith(_COUNTING_METRICS):
        return watch
    clear = None if watch.clear_below is None else watch.clear_below * factor
    return _with(watch, above=watch.above * factor, clear_below=clear)
