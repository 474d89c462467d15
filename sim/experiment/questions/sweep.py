"""Sweeps: every plan at every design point on the same draws, as many replications as asked for or as are enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import perf_counter
from typing import Any

from sim.compute import Engine
from sim.experiment.enough import Enough, Figure, judged, settled_at, still_needed
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.design import points_of
from sim.experiment.laboratory.lab import Lab, Progress, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.results import Results, Unsettled
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values

HEADING = "the sweep can't be run"


def sweep(
    scenario: Scenario,
    points: Sequence[Values] | Mapping[str, Any],
    plans: Iterable[Plan | str],
    replications: int = 10,
    seed: int = 1,
    *,
    baseline: str | None = None,
    enough: Enough | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Results:
    """Run every plan at every design point on the same draws.

    Parameters
    ----------
    scenario, plans
        The base; plans, or names of shipped ones.
    points
        Figures by path that each point sets, as :func:`sim.design_points` makes them; or a grid: path -> values.
    replications
        >= 1, of every plan at every point; not used with `enough`.
    seed
        >= 0.
    baseline
        Plan that the others are held against; default: the first.
    enough
        Run each point until its KPIs are known this closely.
    store
        What is in it is not run again, what is run goes into it. Default: one that is gone with the results.
    engine
        Where to compute; default: this machine's cores.
    progress
        Told (runs done, runs wanted).

    Raises
    ------
    InputError
        With every problem of every point, before anything is run.
    """
    named = named_plans(plans)
    if isinstance(points, Mapping):
        points = points_of(points)
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return sweep_in(lab, points, replications, baseline=baseline, enough=enough)


def sweep_in(
    lab: Lab,
    points: Sequence[Values],
    replications: int = 10,
    *,
    baseline: str | None = None,
    enough: Enough | None = None,
) -> Results:
    """The same in a laboratory that is there; see :func:`sweep`."""
    reference = checked(lab.scenario, lab.plans, baseline, HEADING, replications=replications, seed=lab.seed)
    lab.check(points)
    begun = perf_counter()
    variants = [lab.variants(values) for values in points]
    if enough is None:
        counts = [replications] * len(points)
        lab.fill((variant, range(replications)) for each in variants for variant in each)
        unsettled: list[Unsettled] = []
    else:
        counts, unsettled = _until_enough(lab, variants, reference, enough)
    return Results(
        scenario=lab.scenario,
        plans=lab.plans,
        baseline=reference,
        seed=lab.seed,
        points=list(points),
        replications=counts,
        store=lab.store,
        variants=variants,
        failures=tuple(lab.failures),
        enough=enough,
        unsettled=tuple(unsettled),
        timings={"sweep_s": perf_counter() - begun},
        ran=lab.ran,
    )


def _until_enough(
    lab: Lab, variants: Sequence[Sequence[Variant]], baseline: str, enough: Enough
) -> tuple[list[int], list[Unsettled]]:
    """Rounds over the points that are not settled yet; replications that count, and what did not settle."""
    first = min(enough.precision.at_most, enough.precision.at_least + int(enough.precision.ahead(1)))
    wanted = dict.fromkeys(range(len(variants)), first)
    counts = [0] * len(variants)
    unsettled: dict[int, list[Unsettled]] = {}
    while wanted:
        lab.fill((variant, range(count)) for point, count in wanted.items() for variant in variants[point])
        for point, count in list(wanted.items()):
            kpis = {variant.plan: lab.kpis(variant, range(count)) for variant in variants[point]}
            figures = judged(kpis, lab.store.names, baseline, enough)
            more = still_needed(figures)
            if more:
                wanted[point] = more
                continue
            del wanted[point]
            counts[point] = settled_at(figures)
            unsettled[point] = [_unsettled(point, each) for each in figures if not each.stop.reached]
    return counts, [each for point in sorted(unsettled) for each in unsettled[point]]


def _unsettled(point: int, figure: Figure) -> Unsettled:
    stop = figure.stop
    return Unsettled(point, figure.plan, figure.kpi, figure.paired, stop.half_width, stop.target, stop.measured)
