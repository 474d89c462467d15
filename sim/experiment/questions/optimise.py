"""Optimisation: the levels of a plan that cost least and keep the promise.

Points are proposed by Optuna's tree-structured Parzen estimator, asked for some at a time and told in order, so that
the search is the same with any number of workers. All trials meet the same replications. Each is given a few; one that
may still keep the promise, and may still be better than the best one so far, is given twice as many, and so on up to
the most: the idea of successive halving, with paired comparisons in place of ranks. Everything that was run lies in the
result store, so a search that was killed goes over the same points again and runs none of them twice.

The cheapest of many that keep a promise just so is one that was lucky. So while searching it has to be kept a little
more often than is asked for, by the tolerance: where a screening would call it kept without doubt. What comes out is
still the best of what was tried, on replications that it was chosen by: it is estimated anew on fresh ones.
That nothing better was left out is not proven, unless every point was tried.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine
from sim.definitions import KPIS
from sim.errors import InputError, Problem
from sim.experiment.inputs import checked, named_plans, workplace
from sim.experiment.laboratory.lab import Lab, Progress, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Constraint, Required, objective_problems
from sim.experiment.questions.levels import Place, Space, check_space, space_of, tuned_plan, written
from sim.experiment.questions.optimum import SERVICE, Measured, Optimum, Outcome, Trial
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import exact_share, paired

if TYPE_CHECKING:
    import optuna

Floats = NDArray[np.float64]
HEADING = "the optimisation can't be run"
AT_ONCE = 8  # points asked for before any of them is told; another number is another search
STARTUP = 16  # points at random before the estimator has something to go by
REPEATS = 10  # proposals of known points, per new one wanted, before one is drawn at random
DOUBT = 0.9  # confidence of the intervals that stop a trial


def optimise(
    scenario: Scenario,
    plans: Iterable[Plan | str],
    levels: Mapping[str, Any],
    *,
    objective: str = "total_cost",
    constraint: Constraint | None = None,
    trials: int = 60,
    first: int = 5,
    most: int = 40,
    fresh: int = 30,
    seed: int = 1,
    baseline: str | None = None,
    store: Store | None = None,
    engine: Engine | None = None,
    progress: Progress | None = None,
) -> Optimum:
    """Find the levels of a plan that are best in the objective and keep the promise.

    Parameters
    ----------
    scenario, plans
        The base; plans, or names of shipped ones: the baseline and the one to be tuned.
    levels
        Figures that may move, as :func:`sim.experiment.questions.levels.space_of` takes them.
    objective
        KPI to be best in, in its good direction.
    constraint
        What has to be kept, and how surely; None: nothing.
    trials
        Points to try, >= 1; where the space holds no more than that, all of it is tried.
    first, most
        Replications that every trial is given, >= 2, and that one is given which stays promising, >= first.
    fresh
        New replications on which the best is estimated, >= 2.
    seed
        Of draws and search, >= 0.
    baseline
        Plan that all is held against; default: the first.
    store, engine, progress
        As in :func:`sim.experiment.questions.sweep.sweep`.

    Raises
    ------
    InputError
        With every problem before anything is run; or if Optuna is not installed.
    """
    named = named_plans(plans)
    with workplace(engine) as chosen:
        lab = Lab(scenario, named, seed, store=store, engine=chosen, progress=progress)
        return optimise_in(
            lab,
            levels,
            objective=objective,
            constraint=constraint,
            trials=trials,
            first=first,
            most=most,
            fresh=fresh,
            baseline=baseline,
        )


def optimise_in(
    lab: Lab,
    levels: Mapping[str, Any],
    *,
    objective: str = "total_cost",
    constraint: Constraint | None = None,
    trials: int = 60,
    first: int = 5,
    most: int = 40,
    fresh: int = 30,
    baseline: str | None = None,
) -> Optimum:
    """The same in a laboratory that is there; see :func:`optimise`."""
    reference = checked(lab.scenario, lab.plans, baseline, HEADING, seed=lab.seed)
    problems = problems_of(
        lab.scenario, lab.plans, reference, levels, objective, constraint, trials, first, most, fresh
    )
    if problems:
        raise InputError(problems, HEADING)
    begun = perf_counter()
    space = space_of(levels)
    tuned = tuned_plan(space, list(lab.plans), reference)
    required = constraint.judged(lab.scenario) if constraint is not None else None
    (as_it_is,), (against,) = lab.variants({}, [tuned]), lab.variants({}, [reference])
    lab.fill([(as_it_is, range(most))])
    judge = _Judge(lab, tuned, as_it_is, objective, required, first, most)
    book = _searched(judge, space, written(lab.scenario, lab.plans[tuned], space), trials, lab.seed)
    found = Optimum(
        scenario=lab.scenario,
        plans=lab.plans,
        seed=lab.seed,
        baseline=reference,
        tuned=tuned,
        space=space,
        objective=objective,
        constraint=required,
        first=first,
        most=most,
        trials=book.trials,
        asked=trials,
        best=book.best,
        as_it_is=as_it_is,
        reference=against,
        fresh=range(most, most + fresh),
        store=lab.store,
    )
    if found.shown is not None and found.shown.variant is not None:
        judge = replace(judge, control=found.shown.variant)
        found = replace(found, trials=[judge.measured(trial) for trial in found.trials])
        found = replace(found, best=found.trials[found.best.number] if found.best is not None else None)
    lab.fill((variant, found.fresh) for variant in found.finalists.values())
    return replace(found, failures=tuple(lab.failures), timings={"optimise_s": perf_counter() - begun}, ran=lab.ran)


def problems_of(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    baseline: str,
    levels: Any,
    objective: str,
    constraint: Constraint | None,
    trials: int,
    first: int,
    most: int,
    fresh: int,
) -> list[Problem]:
    """What is wrong with what is asked, before any work is done."""
    problems = objective_problems(objective)
    checks = [
        ("trials", trials, trials >= 1, "must be at least 1"),
        ("first", first, first >= 2, "must be at least 2: one replication has no interval"),
        ("most", most, most >= first, f"must be at least first = {first}"),
        ("fresh", fresh, fresh >= 2, "must be at least 2: one replication has no interval"),
    ]
    problems += [Problem(name, f"{value}", remedy) for name, value, is_right, remedy in checks if not is_right]
    try:
        if constraint is not None:
            constraint.required(scenario)
    except InputError as error:
        problems += error.problems
    try:
        space = space_of(levels)
        tuned_plan(space, list(plans), baseline)
        check_space(space, scenario, plans)
    except InputError as error:
        problems += error.problems
    try:
        import optuna  # noqa: F401
    except ImportError:
        remedy = "is not installed: pip install 'surgesim[optimise]'"
        problems.append(Problem("optuna", "", remedy))
    return problems


@dataclass
class _Book:
    """Trials so far, and the best one that kept the promise."""

    trials: list[Trial]
    best: Trial | None = None

    def __post_init__(self) -> None:
        self.by_place: dict[Place, Trial] = {}

    def add(self, trials: Sequence[Trial], *, maximise: bool) -> None:
        """Write down the trials of one round, in order."""
        sign = -1.0 if maximise else 1.0
        for trial in trials:
            self.trials.append(trial)
            self.by_place[trial.place] = trial
            if trial.outcome != "kept" or trial.objective is None:
                continue
            known = self.best.objective if self.best is not None else None
            if known is None or sign * trial.objective.mean < sign * known.mean:
                self.best = trial


@dataclass(frozen=True)
class _Judge:
    """Runs points, and tells how they did.

    What a trial of few replications costs depends on their luck; how it differs from a plan alike on the same
    replications depends on it much less. So means are those of a control over all replications it has, plus the paired
    difference: while searching the control is the plan as it stands, and afterwards the best one.
    """

    lab: Lab
    tuned: str
    control: Variant
    objective: str
    constraint: Required | None
    first: int
    most: int

    @property
    def maximise(self) -> bool:
        return KPIS[self.objective].better == "high"

    def round(self, places: Sequence[Place], space: Space, book: _Book) -> list[Trial]:
        """Trials of some points; each goes on for as long as it is promising."""
        begun = len(book.trials)
        trials = [self._entered(begun + number, place, space) for number, place in enumerate(places)]
        n = min(self.first, self.most)
        running = [trial for trial in trials if trial.variant is not None]
        while running:
            self.lab.fill((trial.variant, range(n)) for trial in running if trial.variant is not None)
            for trial in running:
                trials[trial.number - begun] = self._judged(trial, n, book.best)
            running = [trial for trial in trials if trial.n == n and trial.outcome == "kept" and n < self.most]
            n = min(2 * n, self.most)
        return trials

    def _entered(self, number: int, place: Place, space: Space) -> Trial:
        values = space.values(place)
        try:
            self.lab.check([values])
        except InputError:  # both ends of the space can be, but these figures contradict each other
            return Trial(number, place, values, None, "impossible")
        (variant,) = self.lab.variants(values, [self.tuned])
        return Trial(number, place, values, variant, "kept")

    def _judged(self, trial: Trial, n: int, best: Trial | None) -> Trial:
        """A trial by its first n replications; `kept` while it may go on, or has kept the promise to the end."""
        own = self._kpi(trial.variant, self.objective, n)
        if np.isnan(own).any():
            return replace(trial, outcome="failed", n=n)
        service = self._kpi(trial.variant, self._service, n)
        outcome: Outcome = "kept"
        kept, shortfall = n, -1.0
        if self.constraint is not None:
            if np.isnan(service).any():
                return replace(trial, outcome="failed", n=n)
            short = np.sort(self.constraint.shortfalls(lambda kpi: self._kpi(trial.variant, kpi, n), trial.values))
            kept = int(np.count_nonzero(short <= 0))
            shortfall = float(short[max(0, math.ceil(self._aim * n - 1e-9) - 1)])
            _, _, hope = exact_share(kept, n, DOUBT)
            if hope < self._aim:
                outcome = "hopeless"
            elif n == self.most and shortfall > 0:
                outcome = "missed"
        if outcome == "kept" and n < self.most and self._clearly_worse(own, best, n):
            outcome = "dear"
        return self.measured(replace(trial, outcome=outcome, n=n, kept=kept, shortfall=shortfall))

    def measured(self, trial: Trial) -> Trial:
        """A trial with its means, by the control."""
        if trial.variant is None or trial.outcome == "failed":
            return trial
        objective, service = (self._measured(trial.variant, kpi, trial.n) for kpi in (self.objective, self._service))
        return replace(trial, objective=objective, service=service)

    @property
    def _aim(self) -> float:
        """Share of the replications in which the promise is to be kept while searching: as safe as is clearly enough.

        The cheapest of many that keep it in just the share asked for is one that was lucky.
        """
        assert self.constraint is not None
        return self.constraint.probability + self.constraint.tolerance

    @property
    def _service(self) -> str:
        return self.constraint.kpi if self.constraint is not None else SERVICE

    def _clearly_worse(self, own: Floats, best: Trial | None, n: int) -> bool:
        """Whether the best one so far is better by more than chance explains, or does just the same."""
        if best is None:
            return False
        gap = paired(own, self._kpi(best.variant, self.objective, n), DOUBT)
        return gap.high <= 0 if self.maximise else gap.low >= 0

    def _measured(self, variant: Variant, kpi: str, n: int) -> Measured | None:
        own, base = self._kpi(variant, kpi, n), self._kpi(self.control, kpi, self.most)
        known = base[~np.isnan(base)]
        gap = paired(own, base[:n])
        if not len(known) or not gap.n:
            return None
        level = float(known.mean())
        least, most = (0.0, 1.0) if KPIS[kpi].unit == "share" else (-math.inf, math.inf)
        mean, low, high = (min(max(level + each, least), most) for each in (gap.mean, gap.low, gap.high))
        return Measured(mean, low, high)

    def _kpi(self, variant: Variant | None, kpi: str, n: int) -> Floats:
        assert variant is not None
        found: Floats = self.lab.kpis(variant, range(n))[:, self.lab.store.names.index(kpi)]
        return found


def _searched(judge: _Judge, space: Space, written: Mapping[str, Any], trials: int, seed: int) -> _Book:
    """All points where there are no more than trials, else those that Optuna proposes."""
    book = _Book([])
    start = space.start(written)
    if space.size <= trials:
        places = [*([start] if start is not None else []), *(each for each in space.places() if each != start)]
        for begun in range(0, len(places), AT_ONCE):
            book.add(judge.round(places[begun : begun + AT_ONCE], space, book), maximise=judge.maximise)
        return book
    with _quiet():
        proposer = _Proposer(space, start, seed, maximise=judge.maximise, bound=judge.constraint is not None)
        while len(book.trials) < trials:
            places = proposer.ask(min(AT_ONCE, trials - len(book.trials)), book.by_place)
            found = judge.round(places, space, book)
            proposer.tell(found)
            book.add(found, maximise=judge.maximise)
    return book


class _Proposer:
    """Optuna, asked for points that were not tried yet."""

    def __init__(self, space: Space, start: Place | None, seed: int, *, maximise: bool, bound: bool) -> None:
        import optuna

        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=STARTUP)
        self._study = optuna.create_study(direction="maximize" if maximise else "minimize", sampler=sampler)
        self._space, self._bound = space, bound
        self._random = np.random.default_rng(seed)
        self._open: dict[Place, optuna.Trial] = {}
        if start is not None:
            self._enqueue(start)

    def ask(self, count: int, known: Mapping[Place, Trial]) -> list[Place]:
        """So many points that were not tried yet; what is known of others is told at once."""
        left = REPEATS * count
        while len(self._open) < count:
            if left == 0:
                self._enqueue(self._untried(known))
            left = max(0, left - 1)
            trial = self._study.ask()
            place = tuple(self._suggested(trial, number) for number in range(len(self._space.axes)))
            if place in known:
                self._tell(trial, known[place])
            elif place in self._open:
                self._study.tell(trial, state=_state("FAIL"))  # the same point twice in one round
            else:
                self._open[place] = trial
        return list(self._open)

    def tell(self, found: Sequence[Trial]) -> None:
        """How the points of the last round did, in order."""
        for each in found:
            self._tell(self._open.pop(each.place), each)

    def _suggested(self, trial: optuna.Trial, number: int) -> int:
        axis = self._space.axes[number]
        if axis.ordered:
            return trial.suggest_int(axis.path, 0, len(axis.values) - 1)
        return int(trial.suggest_categorical(axis.path, list(range(len(axis.values)))))

    def _tell(self, trial: optuna.Trial, found: Trial) -> None:
        if found.objective is None or not math.isfinite(found.shortfall):
            self._study.tell(trial, state=_state("FAIL"))
            return
        if self._bound:
            trial.set_constraint("promise", found.shortfall)
        self._study.tell(trial, found.objective.mean)

    def _untried(self, known: Mapping[Place, Trial]) -> Place:
        """A point drawn from those that were not tried; there are more points than trials."""
        while True:
            place = tuple(int(self._random.integers(len(axis.values))) for axis in self._space.axes)
            if place not in known and place not in self._open:
                return place

    def _enqueue(self, place: Place) -> None:
        self._study.enqueue_trial({axis.path: number for axis, number in zip(self._space.axes, place, strict=True)})


def _state(name: str) -> optuna.trial.TrialState:
    import optuna

    return optuna.trial.TrialState[name]


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's log off the console; its level is as before afterwards."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        yield
    finally:
        optuna.logging.set_verbosity(before)
