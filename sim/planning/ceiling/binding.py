"""What binds at the ceiling, and what binds once there is twice as much of that.

A replication is looked at just beyond the size at which it breaks: which resource its late orders waited for most, in
how many hours (:func:`sim.series.bottleneck`). Then there is twice as much of what did it in most of them, the search
goes on from there, and the late orders are looked at again, just beyond the size at which it breaks then.
These runs are looked at with their ledgers, which no store keeps: they are simulated again whenever the report is made.

Where a replication breaks because customers find things sold out, and not because orders are late, it is the stock that
binds, in as many hours as customers asked for something that was sold out. Twice as much of it is production at twice
the pace, and twice the units at the start of SKUs that are bought.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sim.compute import Engine, Failure
from sim.draws import sample
from sim.errors import InputError
from sim.floor import simulate
from sim.ledger import Ledger
from sim.planning.ceiling.confirm import Ceiling
from sim.planning.ceiling.soundings import Course, Soundings
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values, Variations
from sim.series import RESOURCES, bottleneck

LOOKED_AT = 3  # replications, for each plan
TWICE = 2
STOCK = "stock"
BINDING = (*RESOURCES, STOCK)
GAP = 4  # rungs between the ends of a switch that are near enough to look again


@dataclass(frozen=True)
class Binding:
    """What binds at a step.

    Attributes
    ----------
    course
        Plan and shape, with what there was twice as much of.
    step
        1: at the ceiling; 2: when there is twice as much of what bound.
    resource
        One of :data:`sim.series.RESOURCES`, or STOCK; None where no order was late, or nothing broke.
    share
        Part of the replications looked at in which it held up most.
    hours
        Mean hours in which it did.
    looked_at
        Replications.
    breaks_at
        Size beyond which they broke, median, luck left aside, in terms of the planned campaign; inf: nowhere.
    """

    course: Course
    step: int
    resource: str | None
    share: float
    hours: float
    looked_at: int
    breaks_at: float

    @property
    def facts(self) -> dict[str, Any]:
        """The same as columns."""
        orders = self.course.shape.measure.of(self.breaks_at, "orders")
        names = ("step", "resource", "share", "hours", "looked_at", "breaks_at")
        return {**{name: getattr(self, name) for name in names}, "breaks_at_orders": orders}


def bindings(soundings: Soundings, found: Sequence[Ceiling]) -> list[Binding]:
    """What binds under every plan and shape, and what binds next."""
    courses = [each.course for each in found if each.verdict == "bracket"]
    first = _looked(soundings, courses, 1)
    wider = [(one, relaxed(soundings, one)) for one in first]
    again = [(one, course) for one, course in wider if course is not None]
    jobs = [
        (course, number, soundings.expected(one.course, [number]))
        for one, course in again
        for number in range(LOOKED_AT)
    ]
    soundings.enclose(jobs, gap=GAP)
    second = _looked(soundings, [course for _, course in again], 2)
    by_place = {(each.course.plan, each.course.shape.name): each for each in second}
    result = []
    for one in first:
        result.append(one)
        after = by_place.get((one.course.plan, one.course.shape.name))
        result += [after] if after is not None else []
    return result


def relaxed(soundings: Soundings, binding: Binding) -> Course | None:
    """The same course with twice as much of what binds; None where no more can be had."""
    if binding.resource is None:
        return None
    figures = twice(soundings.lab.scenario, binding.resource)
    if not figures:
        return None
    course = replace(binding.course, figures={**binding.course.figures, **figures})
    try:
        soundings.lab.check([course.values(0)])
    except InputError:
        return None
    return course


def twice(scenario: Scenario, resource: str) -> dict[str, Any]:
    """What to set to have twice as much of a resource; empty where there is nothing to set."""
    if resource in {"picking", "packing", "desk"}:
        return dict(_crew(scenario, resource))
    if resource == "dock":
        return dict(_dock(scenario))
    if resource == "carrier":
        return {
            f"carriers.{name}.contracted_per_day": TWICE * carrier.contracted_per_day
            for name, carrier in scenario.carriers.items()
            if carrier.contracted_per_day is not None
        }
    return dict(_stock(scenario)) if resource == STOCK else {}


def _stock(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    stock = scenario.stock
    if stock is None:
        return
    for name, line in stock.production.items():
        yield f"stock.production.{name}.units_per_h", TWICE * line.units_per_h
    for name, sku in stock.skus.items():
        there = sku.on_hand + sum(lot.units for lot in sku.lots)
        if sku.made_by is None and there and "." not in name:
            yield f"stock.skus.{name}.on_hand", sku.on_hand + (TWICE - 1) * there
    if stock.assortment is not None:
        yield "stock.assortment.on_hand_days", TWICE * stock.assortment.on_hand_days


def _crew(scenario: Scenario, stage: str) -> Iterator[tuple[str, Any]]:
    crew = scenario.crews.get(stage)
    if crew is None:
        return
    place = stage if stage == "desk" else f"site.{stage}"
    yield f"{place}.headcount_factor", TWICE * crew.headcount_factor
    stations = getattr(crew, "stations", None)
    if stations is not None:
        yield f"{place}.stations", TWICE * stations


def _dock(scenario: Scenario) -> Iterator[tuple[str, Any]]:
    if scenario.site.staging_parcels is not None:
        yield "site.staging_parcels", TWICE * scenario.site.staging_parcels
    for name, carrier in scenario.carriers.items():
        if carrier.daily_parcel_cap is not None:
            yield f"carriers.{name}.daily_parcel_cap", TWICE * carrier.daily_parcel_cap
        for visit, pickup in carrier.pickups.items():
            if pickup.capacity is not None:
                yield f"carriers.{name}.pickups.{visit}.capacity", TWICE * pickup.capacity


# --- looking -------------------------------------------------------------------------------------------------------

# number of the course, plan, figures, replication, and whether it was the stock that broke
_Task = tuple[int, str, tuple[tuple[str, Any], ...], int, bool]


@dataclass(frozen=True)
class _Look:
    """Hours in which each resource held up late orders most, of one run."""

    scenario: Scenario
    plans: Mapping[str, Plan]
    seed: int

    def __call__(self, task: _Task) -> list[int]:
        _, plan, figures, replication, sold_out = task
        values: Values = dict(figures)
        variations = Variations(self.scenario, self.plans)
        world = variations.world(values)
        ledger = simulate(world, variations.plan(plan, values), sample(world, self.seed, replication))
        if sold_out:
            return [0] * len(RESOURCES) + [_hours_sold_out(ledger)]
        counts: list[int] = np.bincount(bottleneck(ledger), minlength=len(BINDING)).tolist()
        return counts


def _hours_sold_out(ledger: Ledger) -> int:
    """Hours in which customers asked for something that was not there."""
    lines = ledger.tables["lines"]
    missed = lines["order_row"][(lines["dropped"] > 0) | (lines["owed"] > 0)]
    return len(np.unique(ledger.tables["orders"]["placed_min"][missed] // 60))


def _looked(soundings: Soundings, courses: Sequence[Course], step: int) -> list[Binding]:
    lab = soundings.lab
    tasks: list[_Task] = []
    breaks: dict[int, list[float]] = {number: [] for number in range(len(courses))}
    for number, course in enumerate(courses):
        for replication in range(LOOKED_AT):
            short = soundings.shortfalls(course, replication)
            rung = next((rung for rung, missed in short.items() if missed > 0), None)
            pattern = soundings.pattern(course, replication)
            if pattern is not None:
                breaks[number].append(course.shape.size(pattern.threshold()))
            if rung is not None:
                missed = soundings.missed(course, replication, rung)
                sold_out = soundings.required not in missed and soundings.also in missed
                tasks.append((number, course.plan, tuple(course.values(rung).items()), replication, sold_out))
    engine = lab.engine if len(tasks) > LOOKED_AT else Engine("serial")
    counts: dict[int, list[list[int]]] = {number: [] for number in range(len(courses))}
    found = [
        (task, hours)
        for task, hours in engine.stream(_Look(lab.scenario, lab.plans, lab.seed), tasks)
        if not isinstance(hours, Failure)
    ]
    for task, hours in sorted(found, key=lambda each: (each[0][0], each[0][3])):
        counts[task[0]].append(hours)
    return [_binding(course, step, counts[number], breaks[number]) for number, course in enumerate(courses)]


def _binding(course: Course, step: int, counts: Sequence[Sequence[int]], breaks: Sequence[float]) -> Binding:
    """What held up most in most replications; among as many, in most hours."""
    at = float(np.median(breaks)) if breaks else float("nan")
    table = np.array(counts, dtype=np.float64).reshape(len(counts), len(BINDING))[:, 1:]
    if not table.any():
        return Binding(course, step, None, float("nan"), float("nan"), len(counts), at)
    wins = np.bincount(table.argmax(axis=1)[table.any(axis=1)], minlength=table.shape[1])
    most = int(np.lexsort((-table.sum(axis=0), -wins))[0])
    share = float(wins[most] / len(counts))
    return Binding(course, step, BINDING[most + 1], share, float(table[:, most].mean()), len(counts), at)
