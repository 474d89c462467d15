"""One more of each resource: what has to be set so that a site has a worker, a visit or some room more than it has.

People and tables come one at a time. A vehicle's capacity, a network's cap and the room on the dock grow by a tenth,
since one parcel more is lost among a thousand; what they bring is told per parcel. A visit more has the size and the
days of the carrier's last one of the day and leaves at the last moment that still counts (`promise.ship_by`), or an
hour before the last one where that is no later.

Of stock it is one more hour a day of a production line (or what is left of the day), one more worker at the gate, a
tenth more space on the shelves, told per m3, and a tenth more of what lies there at the start of those listed SKUs
that are asked for most, told per unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from sim.scenario.carriers import Carrier, Pickup
from sim.scenario.people import Crew
from sim.scenario.scale import at_scale, scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.site import Stage
from sim.scenario.stock import ProductionLine, Stock
from sim.scenario.types import show_clock
from sim.scenario.variation import Values, Variations

Kind = Literal[
    "worker",
    "station",
    "visit",
    "capacity",
    "daily_cap",
    "network",
    "storage",
    "production",
    "gate",
    "space",
    "on_hand",
]
STEP = 0.1  # of what is counted in parcels, m3 and units
MOST_SKUS = 20
DAY_H = 24.0
PLACES = {"picking": "site.picking", "packing": "site.packing", "desk": "desk"}


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource, and how there is more of it.

    Attributes
    ----------
    key
        Short name, unlike any other: ``picking.early``.
    kind
        What it is one more of.
    owner
        Stage, carrier, production line or SKU; empty where there is none: the dock, the gate, the shelves.
    part
        Shift or visit; empty where there is none.
    values
        What to set.
    added
        How many there are more, after `scale` and factors: workers, tables, visits a day, parcels, hours a day, m3,
        units.
    cost_line
        Line of the costs that the resource itself is paid in; empty where it is not paid for.
    """

    key: str
    kind: Kind
    owner: str
    part: str
    values: Values
    added: float
    cost_line: str = ""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A resource of which no more can be had, and why."""

    key: str
    reason: str


def resources_of(scenario: Scenario) -> tuple[list[Resource], list[Unavailable]]:
    """All resources of a scenario, in the order in which orders meet them; and those that can't grow."""
    found: list[Resource] = []
    refused: list[Unavailable] = []
    for each in _all(scenario):
        if isinstance(each, Resource):
            found.append(each)
        else:
            refused.append(each)
    return found, refused


def _all(scenario: Scenario) -> Iterator[Resource | Unavailable]:
    for stage, crew in scenario.crews.items():
        for name in crew.shifts:
            yield _worker(scenario, stage, crew, name)
        if isinstance(crew, Stage) and crew.stations is not None:
            path = f"{PLACES[stage]}.stations"
            yield _counted(scenario, f"{stage}.stations", "station", stage, "", path, crew.stations, 1)
    room = scenario.site.staging_parcels
    if room is not None:
        step = max(1, round(STEP * room))
        yield _counted(scenario, "storage", "storage", "", "", "site.staging_parcels", room, step)
    for name, carrier in scenario.carriers.items():
        yield from _of_carrier(scenario, name, carrier)
    if scenario.stock is not None:
        yield from _of_stock(scenario, scenario.stock)


def _worker(scenario: Scenario, stage: str, crew: Crew, shift: str) -> Resource | Unavailable:
    """One more on a shift: the least change of its headcount that brings one, whatever factor and scale round to."""
    key = f"{stage}.{shift}"
    path = f"{PLACES[stage]}.shifts.{shift}.headcount"
    headcount = crew.shifts[shift].headcount
    return _counted(scenario, key, "worker", stage, shift, path, headcount, 1, crew.headcount_factor, "regular_pay")


def _counted(
    scenario: Scenario,
    key: str,
    kind: Kind,
    owner: str,
    part: str,
    path: str,
    now: int,
    step: int,
    factor: float = 1.0,
    cost_line: str = "",
) -> Resource | Unavailable:
    if factor <= 0:
        return Unavailable(key, "headcount_factor is 0: however many are on the roster, nobody comes")
    there = _effective(scenario, path, now)
    at_most = now + step + int(2 / (factor * scenario.scale)) + 1
    for more in range(now + step, at_most + 1):
        added = _effective(scenario, path, more) - there
        if added >= 1:
            return Resource(key, kind, owner, part, {path: more}, added, cost_line)
    return Unavailable(key, f"{path} = {at_most} brings none more at this scale")


def _effective(scenario: Scenario, path: str, value: float) -> float:
    """How many there are of a resource at the scale of the scenario, when its figure is `value`."""
    crew: Crew | None = None
    node: Any = at_scale(Variations(scenario, {}).world({path: value}))
    for step in path.split("."):
        crew = node if isinstance(node, Crew) else crew
        node = node[step] if isinstance(node, dict) else getattr(node, step)
    if crew is not None and path.endswith(".headcount"):
        return float(scaled_count(node, crew.headcount_factor))
    return float(node)


def _of_carrier(scenario: Scenario, name: str, carrier: Carrier) -> Iterator[Resource | Unavailable]:
    yield _visit(scenario, name, carrier)
    for visit, pickup in carrier.pickups.items():
        if pickup.capacity is not None:
            path = f"carriers.{name}.pickups.{visit}.capacity"
            yield _parcels(scenario, f"{name}.{visit}", "capacity", name, visit, path, pickup.capacity)
    if carrier.daily_parcel_cap is not None:
        path = f"carriers.{name}.daily_parcel_cap"
        yield _parcels(scenario, f"{name}.daily_cap", "daily_cap", name, "", path, carrier.daily_parcel_cap)
    if carrier.contracted_per_day is not None:
        path = f"carriers.{name}.contracted_per_day"
        yield _parcels(scenario, f"{name}.network", "network", name, "", path, carrier.contracted_per_day)


def _parcels(
    scenario: Scenario, key: str, kind: Kind, owner: str, part: str, path: str, now: float
) -> Resource | Unavailable:
    """A tenth more of a capacity, and as many parcels as that is at the scale of the scenario."""
    more: float = now * (1 + STEP) if isinstance(now, float) else now + max(1, round(now * STEP))
    before, after = (_effective(scenario, path, value) for value in (now, more))
    if after <= before:
        return Unavailable(key, f"{path} = {more:g} is no more than it was at this scale")
    return Resource(key, kind, owner, part, {path: more}, after - before)


def _visit(scenario: Scenario, name: str, carrier: Carrier) -> Resource | Unavailable:
    last = max(carrier.pickups.values(), key=lambda pickup: pickup.time)
    time = _time_of_another(scenario, last)
    key = f"{name}.visit"
    if time < 0:
        return Unavailable(key, "there is no hour left in the day for one more visit")
    label = "one_more"
    while label in carrier.pickups:
        label += "_"
    content: dict[str, Any] = {"time": show_clock(time), "weekdays": list(last.weekdays)}
    if last.capacity is not None:
        content["capacity"] = last.capacity
    return Resource(key, "visit", name, show_clock(time), {f"carriers.{name}.pickups.{label}": content}, 1.0, "pickups")


def _of_stock(scenario: Scenario, stock: Stock) -> Iterator[Resource | Unavailable]:
    for name, line in stock.production.items():
        yield _production(name, line)
    receiving = stock.receiving
    if receiving.units_per_worker_h is not None or receiving.returns_per_worker_h is not None:
        path, cost = "stock.receiving.workers", "receiving_pay" if receiving.wage_per_h_cost > 0 else ""
        yield _counted(scenario, "gate", "gate", "", "", path, receiving.workers, 1, cost_line=cost)
    if stock.storage is not None:
        now = stock.storage.capacity_m3
        more, path = now * (1 + STEP), "stock.storage.capacity_m3"
        added = _effective(scenario, path, more) - _effective(scenario, path, now)
        cost = "storage_space" if stock.storage.cost_per_m3_day > 0 else ""
        yield Resource("shelves", "space", "", "", {path: more}, added, cost)
    wanted = sorted(stock.skus.items(), key=lambda each: -each[1].popularity)
    for name, sku in wanted[:MOST_SKUS]:
        there = sku.on_hand + sum(lot.units for lot in sku.lots)
        if sku.popularity > 0 and there:
            yield _on_hand(scenario, name, sku.on_hand, max(1, round(STEP * there)))


def _production(name: str, line: ProductionLine) -> Resource | Unavailable:
    key = f"{name}.hours"
    more = min(line.hours_per_day + 1.0, DAY_H)
    if more <= line.hours_per_day:
        return Unavailable(key, "it runs all day already")
    cost = "production" if line.cost_per_h > 0 else ""
    values = {f"stock.production.{name}.hours_per_day": more}
    return Resource(key, "production", name, "", values, more - line.hours_per_day, cost)


def _on_hand(scenario: Scenario, name: str, now: int, step: int) -> Resource | Unavailable:
    key = f"on_hand.{name}"
    if "." in name:
        return Unavailable(key, "its name has a dot in it, so that no path leads to its figures")
    return _counted(scenario, key, "on_hand", name, "", f"stock.skus.{name}.on_hand", now, step)


def _time_of_another(scenario: Scenario, last: Pickup) -> float:
    counts_until = scenario.promise.ship_by if scenario.promise is not None else 0.0
    return counts_until if last.time < counts_until < 1440 else last.time - 60
