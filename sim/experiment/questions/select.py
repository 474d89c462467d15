"""Selection: the best of several plans, or of variants of them, with a stated probability of being right.

All systems meet the same customers in the same replication. Plans that break a promise too often are screened out
first, then the best of the others is chosen by Kim and Nelson's procedure; see :mod:`sim.statistics.choice` for what is
promised. Replications from which a decision was taken make the winner look better than it is, so the winner, the
runner-up and the baseline are estimated anew on replications that no decision rests on.

Where nobody says which difference matters, it is taken from a pilot: a few replications of the baseline that no
decision looks at, so that the promise holds for the difference that is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log10
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine
from sim.definitions import KPIS
from sim.errors import InputError, Problem, SurgesimError
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Failed, Lab, Progress, Variant
from sim.experiment.laboratory.store import Cell, Store
from sim.experiment.questions.chosen import Chosen, System
from sim.experiment.questions.constraint import Constraint, Required, objective_problems
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import PLAN, Values
from sim.statistics.choice import select_feasible
from sim.statistics.feasibility import Screening
from sim.statistics.intervals import t_quantile
from sim.statistics.selection import Selection, select_best, selection_problems, variances_of_differences

Floats = NDArray[np.float64]
HEADING = "the selection can't be run"
PILOT = 5  # replications of the baseline
SHARE_OF_REVENUE = 0.01
SHARE_OF_MEAN = 0.05
NARROW_SHARE = 0.01  # a percentage point
MOST_SYSTEMS = 1000


def select(
    scenario: Scenario,
    plans: Iterable[Plan | str],
    points: Sequence[Values] = ({},),
    *,
    objective: str = "net_contribution",
    indifference: float | None = None,
    constraint: Constraint | None = None,
    alpha: float = 0.05,
    first_stage: int = 10,
    at_most: int = 1000,
    fresh: int = 30,
    seed: int = 1,
    baseline: str | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Chosen:
    """Choose the best plan with a probability of at least 1 - alpha of being right.

    Parameters
    ----------
    scenario, plans
        The base; plans, or names of shipped ones.
    points
        Figures by path: every plan at every point is one to choose from; what differs in nothing counts once.
    objective
        KPI to be best in, in its good direction.
    indifference
        Smallest difference that matters, > 0, in the objective's unit. None: for money 1 % of the baseline's mean
        revenue, for shares 0.01, else 5 % of the baseline's mean; by a pilot of :data:`PILOT` replications.
    constraint
        What has to be kept, and how surely; None: nothing.
    alpha
        Probability of a wrong choice that is accepted, in (0, 0.5); shared among both stages.
    first_stage
        Replications from which variances are estimated, >= 2.
    at_most
        Replications at which each stage gives up, >= first_stage; nothing is guaranteed then.
    fresh
        New replications on which winner, runner-up and baseline are estimated, >= 2.
    seed
        >= 0.
    baseline
        Plan that the winner is held against; default: the first.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With every problem before anything is run; later, if a figure that decides could not be measured.
    SurgesimError
        If a run that a decision needs failed three times.
    """
    named = named_plans(plans)
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return select_in(
            lab,
            points,
            objective=objective,
            indifference=indifference,
            constraint=constraint,
            alpha=alpha,
            first_stage=first_stage,
            at_most=at_most,
            fresh=fresh,
            baseline=baseline,
        )


def select_in(
    lab: Lab,
    points: Sequence[Values] = ({},),
    *,
    objective: str = "net_contribution",
    indifference: float | None = None,
    constraint: Constraint | None = None,
    alpha: float = 0.05,
    first_stage: int = 10,
    at_most: int = 1000,
    fresh: int = 30,
    baseline: str | None = None,
) -> Chosen:
    """The same in a laboratory that is there; see :func:`select`."""
    reference = checked(lab.scenario, lab.plans, baseline, HEADING, seed=lab.seed)
    problems = problems_of(
        lab.scenario, objective, indifference, constraint, alpha, first_stage, at_most, fresh, len(lab.plans)
    )
    if problems:
        raise InputError(problems, HEADING)
    asked = constraint.judged(lab.scenario) if constraint is not None else None
    lab.check(points)
    begun = perf_counter()
    systems = systems_of(lab, points)
    against = _baseline(lab, systems, reference)
    pilot = PILOT if indifference is None and KPIS[objective].unit != "share" else 0
    zone = indifference if indifference is not None else _zone(lab, against, objective)
    bench = _Bench(lab, systems, objective, asked, pilot)
    screening, selection, n, observations, guaranteed = _raced(bench, zone, alpha, first_stage, at_most)
    found = Chosen(
        scenario=lab.scenario,
        plans=lab.plans,
        seed=lab.seed,
        baseline=against,
        systems=systems,
        objective=objective,
        constraint=asked,
        indifference=zone,
        pilot=pilot,
        alpha=alpha,
        first_stage=first_stage,
        at_most=at_most,
        screening=screening,
        selection=selection,
        best=bench.by_name[selection.best] if selection is not None else None,
        runner_up=bench.by_name.get(_runner_up(selection)),
        n=n,
        observations=observations,
        guaranteed=guaranteed,
        fresh=range(pilot + n, pilot + n + fresh),
        equal_n=_equal_n(bench, selection, zone, alpha, first_stage),
        store=lab.store,
    )
    failures = lab.fill((system.variant, found.fresh) for system in found.finalists)
    return replace(found, failures=tuple(failures), timings={"select_s": perf_counter() - begun}, ran=lab.ran)


def _raced(
    bench: _Bench, zone: float, alpha: float, first_stage: int, at_most: int
) -> tuple[Screening | None, Selection | None, int, int, bool]:
    """Both stages, or the second alone; replications and runs that decided, and whether the promise holds."""
    names, maximise, constraint = list(bench.by_name), KPIS[bench.objective].better == "high", bench.constraint
    if constraint is None:
        alone = select_best(
            bench.outputs, names, zone, alpha, first_stage, at_most=at_most, maximise=maximise, start=bench.start
        )
        return None, alone, alone.n, alone.observations, alone.guaranteed
    both = select_feasible(
        bench.outputs,
        bench.kept,
        names,
        zone,
        constraint.probability,
        constraint.tolerance,
        alpha,
        first_stage,
        at_most=at_most,
        maximise=maximise,
        start=bench.start,
    )
    return both.screening, both.selection, both.n, both.observations, both.guaranteed


def problems_of(
    scenario: Scenario,
    objective: str,
    indifference: float | None,
    constraint: Constraint | None,
    alpha: float,
    first_stage: int,
    at_most: int,
    fresh: int,
    systems: int,
) -> list[Problem]:
    """What is wrong with what is asked, before any work is done."""
    names = [str(number) for number in range(max(1, systems))]
    zone = 1.0 if indifference is None else indifference
    problems = objective_problems(objective)
    problems += selection_problems(names, zone, alpha, first_stage, at_most, 1, 0, len(names))
    if constraint is not None:
        try:
            constraint.required(scenario)
        except InputError as error:
            problems += error.problems
    if fresh < 2:
        problems.append(Problem("fresh", f"{fresh}", "must be at least 2: one replication has no interval"))
    return problems


def systems_of(lab: Lab, points: Sequence[Values]) -> list[System]:
    """All to choose from; a plan that a point does not touch counts once.

    Raises
    ------
    InputError
        If there are too many.
    """
    variants: dict[Cell, Variant] = {}
    for values in points or ({},):
        for variant in lab.variants(values):
            variants.setdefault(variant.cell, variant)
    if len(variants) > MOST_SYSTEMS:
        remedy = f"at most {MOST_SYSTEMS:,} can be told apart: fewer values, or first a sweep to see where to look"
        raise InputError([Problem("sweep", f"{len(variants):,} plans", remedy)], HEADING)
    found = []
    for variant in variants.values():
        own = _own(variant)
        found.append(System(", ".join([variant.plan, *shortly(own)]), variant, own))
    return found


def _own(variant: Variant) -> dict[str, object]:
    """Figures that matter to a variant: the scenario's and its own plan's."""
    lead = f"{PLAN}{variant.plan}."
    return {path: value for path, value in variant.values.items() if not path.startswith(PLAN) or path.startswith(lead)}


def shortly(values: Values) -> list[str]:
    """Figures as `key=value`, by as much of the path's end as it takes to tell them apart."""
    told = []
    for path, value in values.items():
        steps = path.split(".")
        others = [other.split(".") for other in values if other != path]
        size = next(size for size in range(1, len(steps) + 1) if all(each[-size:] != steps[-size:] for each in others))
        told.append(f"{'.'.join(steps[-size:])}={value}")
    return told


def _baseline(lab: Lab, systems: Sequence[System], reference: str) -> System:
    """The baseline as it stands, which need not be one of those to choose from."""
    (variant,) = lab.variants({}, [reference])
    there = {system.variant.cell: system for system in systems}
    return there.get(variant.cell, System(reference, variant, {}))


@dataclass(frozen=True)
class _Bench:
    """Runs systems as the procedures ask for them."""

    lab: Lab
    systems: Sequence[System]
    objective: str
    constraint: Required | None
    start: int

    @property
    def by_name(self) -> dict[str, System]:
        return {system.name: system for system in self.systems}

    def outputs(self, names: Sequence[str], start: int, stop: int) -> Floats:
        """The objective of some systems; shape (stop - start, systems)."""
        return np.column_stack(self._columns(names, range(start, stop), self.objective))

    def kept(self, names: Sequence[str], start: int, stop: int) -> Floats:
        """Whether the promise was kept, 1 or 0; the same shape."""
        constraint = self.constraint
        assert constraint is not None
        columns = {each.kpi: self._columns(names, range(start, stop), each.kpi) for each in constraint.all}
        answers = []
        for place, name in enumerate(names):
            own = {kpi: column[place] for kpi, column in columns.items()}
            answers.append(constraint.all_kept(own.__getitem__, self.by_name[name].values))
        return np.column_stack(answers)

    def _columns(self, names: Sequence[str], replications: range, kpi: str) -> list[Floats]:
        variants = [self.by_name[name].variant for name in names]
        failed = self.lab.fill((variant, replications) for variant in variants)
        if failed:
            raise _broken(failed)
        column = self.lab.store.names.index(kpi)
        return [self.lab.kpis(variant, replications)[:, column] for variant in variants]


def _broken(failed: Sequence[Failed]) -> SurgesimError:
    first = failed[0]
    figures = "".join(f", {path}={value}" for path, value in first.values.items())
    return SurgesimError(
        f"{len(failed)} of the runs that decide failed three times; the first: plan {first.plan}, replication "
        f"{first.replication}, seed {first.seed}{figures}: {first.error.strip().splitlines()[-1]}"
    )


def _zone(lab: Lab, baseline: System, objective: str) -> float:
    """Smallest difference that matters where nobody said, to two figures."""
    unit = KPIS[objective].unit
    if unit == "share":
        return NARROW_SHARE
    failed = lab.fill([(baseline.variant, range(PILOT))])
    if failed:
        raise _broken(failed)
    kpi, share = ("revenue", SHARE_OF_REVENUE) if unit == "currency" else (objective, SHARE_OF_MEAN)
    values = lab.kpis(baseline.variant, range(PILOT))[:, lab.store.names.index(kpi)]
    zone = share * abs(float(values.mean()))
    if not np.isfinite(zone) or zone <= 0:
        remedy = f"say which difference of {objective} matters: indifference=NUMBER; the baseline's {kpi} tells nothing"
        raise InputError([Problem("indifference", "", remedy)], HEADING)
    digits = 1 - floor(log10(zone))
    return round(zone, digits)


def _runner_up(selection: Selection | None) -> str:
    """The one that was hardest to tell from the winner: the best of the other survivors, or who was dropped last."""
    if selection is None:
        return ""
    others = [name for name in selection.survivors if name != selection.best]
    if others:
        # survivors' means lie on the side of the best one's: the nearest to it is the second best
        return min(others, key=lambda name: abs(selection.means[name] - selection.means[selection.best]))
    return selection.eliminated[-1].system if selection.eliminated else ""


def _equal_n(bench: _Bench, selection: Selection | None, zone: float, alpha: float, first_stage: int) -> int | None:
    """Replications of every system in a design that drops none, for the same promise; None for a single system.

    Screening: the binomial test of fixed size. Race: N = max(n0, max over pairs (t S / delta)^2), t with
    1 - alpha / (k - 1) at n0 - 1 degrees of freedom, from the same first stage (Clark and Yang 1986), among those that
    came so far. Both with the error that the stage has here.
    """
    count = len(bench.systems)
    if count < 2:
        return None
    needed = first_stage
    if bench.constraint is not None:
        alpha /= 2
        needed = max(needed, _screening_n(bench.constraint, alpha / count))
    names = list(selection.means) if selection is not None else []
    if len(names) > 1:
        first = bench.outputs(names, bench.start, bench.start + first_stage)
        variance = float(variances_of_differences(first).max())
        quantile = float(t_quantile(1 - alpha / (count - 1), first_stage - 1))
        needed = max(needed, ceil(variance * (quantile / zone) ** 2))
    return needed


def _screening_n(constraint: Required, error: float) -> int:
    """Smallest size of a binomial test that tells both ends of the tolerance apart, each with this error."""
    from scipy.stats import binom

    low, high = constraint.probability - constraint.tolerance, constraint.probability + constraint.tolerance
    size = 1000
    while True:
        sizes = np.arange(1, size + 1)
        enough = binom.ppf(1 - error, sizes, low) + 1  # the fewest successes that a bad system seldom has
        apart = np.flatnonzero(binom.cdf(enough - 1, sizes, high) <= error)
        if len(apart):
            return int(sizes[apart[0]])
        size *= 4
