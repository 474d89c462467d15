"""What one more of each resource adds to the ceiling: shadow prices, by differences on the same draws.

Each replication has a size up to which it holds, with the uncertainty of the uplift left aside. With one more of a
resource it has another, and the differences are paired. The ceiling itself solves a share of all replications, so the
difference of two ceilings has a bootstrap interval, both computed from the same resampled replications.

One more of a resource is what :mod:`sim.experiment.questions.resources` calls so; what it counts in parcels is told
per parcel. Every figure is per one of a resource.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem, nearest
from sim.experiment.questions.families import adjust
from sim.experiment.questions.resources import Resource, resources_of
from sim.planning.ceiling.confirm import Ceiling, planned_sizes
from sim.planning.ceiling.shapes import Shape
from sim.planning.ceiling.soundings import Course, Soundings
from sim.scenario.scenario import Scenario
from sim.statistics.crossings import Pattern, share, stretches
from sim.statistics.intervals import paired

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ends = Callable[[Shape, tuple[float, float]], tuple[float, float]]
RESAMPLES = 999
SEED = 1
COLUMNS = "resource kind owner part added shape plan n gain gain_low gain_high gain_orders gain_orders_low "
COLUMNS += "gain_orders_high gain_revenue ceiling_gain ceiling_gain_low ceiling_gain_high ceiling_gain_orders p_value"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked: under which plan, of which resources (None: all), on which replications."""

    plan: str
    only: tuple[str, ...] | None
    replications: range


def worth_problems(scenario: Scenario, only: Sequence[str]) -> list[Problem]:
    """Names that are no resource of the scenario."""
    found, refused = resources_of(scenario)
    keys = [each.key for each in found] + [each.key for each in refused]
    known = [*keys, *dict.fromkeys(key.partition(".")[0] for key in keys)]
    return [
        Problem("only", name, f"is no resource{nearest(name, known)}; there are: {', '.join(keys)}")
        for name in only
        if name not in known
    ]


def worth_table(
    soundings: Soundings, found: Sequence[Ceiling], asked: Asked | None, ends: Ends
) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """What one more of each resource adds, the most first; and resources of which no more can be had, with reasons.

    Returns
    -------
    resource, kind, owner, part, added, shape, plan, n, gain (of the size up to which a replication holds, mean of
    paired differences with its 95 % t interval; as uplift, in orders and in revenue), ceiling_gain (of the ceiling,
    with its 95 % bootstrap interval), p_value, p_holm, clear. All but `added` per one of the resource.
    """
    import pandas as pd

    if asked is None:
        return pd.DataFrame(columns=[*COLUMNS.split(), "p_holm", "clear"]), []
    resources, refused = resources_of(soundings.lab.scenario)
    unusable = [(each.key, each.reason) for each in refused if _wanted(each.key, asked.only)]
    rows: list[dict[str, Any]] = []
    for base in (each for each in found if each.course.plan == asked.plan and each.verdict == "bracket"):
        courses = []
        for each in resources:
            if not _wanted(each.key, asked.only):
                continue
            course = replace(base.course, figures={**base.course.figures, **each.values})
            try:
                soundings.lab.check([course.values(0)])
            except InputError as error:
                unusable.append((each.key, "; ".join(str(problem) for problem in error.problems)))
            else:
                courses.append((each, course))
        _sound(soundings, base.course, [course for _, course in courses], asked.replications)
        reach = base.course.shape.own(0.0), base.course.ladder.size(base.course.ladder.rungs - 1)
        rows += [_row(soundings, base, each, course, asked.replications, reach) for each, course in courses]
    table = pd.DataFrame(rows, columns=COLUMNS.split())
    adjust(table, ["shape"], table["gain"])
    return table.sort_values("gain_orders", ascending=False, kind="stable", ignore_index=True), unusable


def _wanted(key: str, only: tuple[str, ...] | None) -> bool:
    return only is None or any(key == name or key.startswith(f"{name}.") for name in only)


def _sound(soundings: Soundings, base: Course, courses: Sequence[Course], replications: range) -> None:
    """Look where the base breaks, and outwards from there until the ends of the switch are found, all as finely."""
    starts = {each: _switch(soundings, base, each) for each in replications}
    soundings.enclose([(course, each, starts[each]) for course in (base, *courses) for each in replications])


def _switch(soundings: Soundings, base: Course, replication: int) -> tuple[int, ...]:
    """Rungs around the size up to which the base holds."""
    short = soundings.shortfalls(base, replication)
    rungs = list(short)
    place = next((number for number, rung in enumerate(rungs) if short[rung] > 0), len(rungs))
    return tuple(rungs[max(0, place - 1) : place + 1])


def _row(
    soundings: Soundings,
    base: Ceiling,
    resource: Resource,
    course: Course,
    replications: range,
    reach: tuple[float, float],
) -> dict[str, Any]:
    shape, measure = course.shape, course.shape.measure
    pairs = [(soundings.pattern(base.course, each), soundings.pattern(course, each)) for each in replications]
    known = [(before, after) for before, after in pairs if before is not None and after is not None]
    before, after = ([pair[number] for pair in known] for number in (0, 1))
    top = course.ladder.size(course.ladder.rungs - 1)
    thresholds = [np.array([min(each.threshold(), top) for each in some]) / shape.factor for some in (before, after)]
    gap = paired(thresholds[1], thresholds[0])
    sizes = planned_sizes(base.course, max(base.low / 3, course.ladder.low), min(base.high * 3, reach[1]))
    middle, low, high = _ceiling_gap(before, after, sizes, base.course, soundings.required.probability)
    per = 1 / resource.added
    gains = {"gain": gap.mean * per, "gain_low": gap.low * per, "gain_high": gap.high * per}
    orders = {f"{name.replace('gain', 'gain_orders', 1)}": measure.of(value, "orders") for name, value in gains.items()}
    return {
        "resource": resource.key,
        "kind": resource.kind,
        "owner": resource.owner,
        "part": resource.part,
        "added": resource.added,
        "shape": shape.name,
        "plan": course.plan,
        "n": gap.n,
        **gains,
        **orders,
        "gain_revenue": measure.of(gains["gain"], "revenue"),
        "ceiling_gain": middle * per / shape.factor,
        "ceiling_gain_low": low * per / shape.factor,
        "ceiling_gain_high": high * per / shape.factor,
        "ceiling_gain_orders": measure.of(middle * per / shape.factor, "orders"),
        "p_value": gap.p_value,
    }


def _ceiling_gap(
    before: Sequence[Pattern], after: Sequence[Pattern], sizes: Floats, course: Course, probability: float
) -> tuple[float, float, float]:
    """Difference of two ceilings with its bootstrap interval, replications resampled in pairs."""
    tables = [share(some, sizes, course.luck) for some in (before, after)]
    if len(before) < 2:
        return (float("nan"),) * 3
    generator = np.random.default_rng(SEED)
    picks = generator.integers(len(before), size=(RESAMPLES, len(before)))
    everybody = np.arange(len(before))
    found = [
        _end(sizes, tables[1][pick].mean(axis=0), probability) - _end(sizes, tables[0][pick].mean(axis=0), probability)
        for pick in (everybody, *picks)
    ]
    low, high = np.quantile(found[1:], [0.025, 0.975])
    return found[0], float(low), float(high)


def _end(sizes: Floats, means: Floats, probability: float) -> float:
    """Largest size up to which a probability is reached; the smallest of the range where it is nowhere."""
    some = stretches(sizes, means, probability)
    return some[0].last if some and some[0].first == sizes[0] else float(sizes[0])
