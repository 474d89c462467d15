"""The laboratory: runs whatever plans, design points and replications are asked for and are not in the store yet.

Every question about plans (sweep, selection, optimisation, explanation, regret) asks the laboratory for replications of
variants and reads KPIs back; what one question has run another need not run again. All variants of one scenario meet
the same draws in the same replication, whoever asks and whenever.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine, Failure
from sim.draws import sample
from sim.errors import SurgesimError
from sim.experiment.laboratory.fingerprint import plan_key, scenario_key
from sim.experiment.laboratory.store import NAMES, Cell, Rows, Store
from sim.floor import simulate
from sim.indicators import kpi_values
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values, Variations

Floats = NDArray[np.float64]
Progress = Callable[[int, int], None]
BLOCK_S = 2.0  # about how long a task lasts: long enough that handing it over costs next to nothing
SERIAL_BELOW_S = 3.0  # less work than this is done in this process: starting workers would cost more
TASKS_PER_WORKER = 4  # at least, so that the last one to finish does not keep the others waiting for long


@dataclass(frozen=True, slots=True)
class Variant:
    """A plan at a design point.

    Parameters
    ----------
    values
        Figures by path that differ from the base.
    plan
        Name of the plan.
    cell
        Where its results are found.
    """

    values: Values
    plan: str
    cell: Cell


@dataclass(frozen=True, slots=True)
class Failed:
    """A run that failed three times: all that is needed to run it alone."""

    values: Mapping[str, Any]
    plan: str
    seed: int
    replication: int
    error: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A variant, and from which to which replication anybody wanted to know of it."""

    variant: Variant
    replications: range


@dataclass(frozen=True, slots=True)
class _Stretch:
    """Consecutive replications of some variants of one scenario."""

    variants: tuple[Variant, ...]
    replications: range

    @property
    def runs(self) -> int:
        """How many runs it is."""
        return len(self.variants) * len(self.replications)

    def split(self, runs: float) -> tuple[_Stretch, _Stretch | None]:
        """About so many runs of it, at least a replication of all its variants; and the rest."""
        middle = self.replications.start + max(1, int(runs / len(self.variants)))
        if middle >= self.replications.stop:
            return self, None
        first, rest = range(self.replications.start, middle), range(middle, self.replications.stop)
        return replace(self, replications=first), replace(self, replications=rest)

    def singles(self) -> Iterator[_Stretch]:
        """The same run by run."""
        for replication in self.replications:
            for variant in self.variants:
                yield _Stretch((variant,), range(replication, replication + 1))


_Task = tuple[_Stretch, ...]


@dataclass(frozen=True, slots=True)
class _Done:
    rows: tuple[Rows, ...]
    seconds: float


@dataclass(frozen=True)
class _Work:
    """What a worker does with a task; it holds what all tasks have in common."""

    scenario: Scenario
    plans: Mapping[str, Plan]

    def __call__(self, task: _Task) -> _Done:
        begun = perf_counter()
        rows = tuple(each for stretch in task for each in _run(stretch, self._variations))
        return _Done(rows, perf_counter() - begun)

    @cached_property
    def _variations(self) -> Variations:
        return Variations(self.scenario, self.plans)


def _run(stretch: _Stretch, variations: Variations) -> list[Rows]:
    world = variations.world(stretch.variants[0].values)
    plans = [variations.plan(each.plan, each.values) for each in stretch.variants]
    found = np.empty((len(plans), len(stretch.replications), len(NAMES)))
    for place, replication in enumerate(stretch.replications):
        draws = sample(world, stretch.variants[0].cell.seed, replication)
        for number, plan in enumerate(plans):
            kpis = kpi_values(simulate(world, plan, draws))
            found[number, place] = [kpis[name] for name in NAMES]
    return [
        Rows(variant.cell, stretch.replications.start, kpis)
        for variant, kpis in zip(stretch.variants, found, strict=True)
    ]


class Lab:
    """Runs what is missing, and hands out KPIs.

    Parameters
    ----------
    scenario, plans
        The base of all variants; plans by name.
    seed
        Of all random numbers, >= 0.
    store
        Where results are kept; default: one that is gone when nobody reads it any more.
    engine
        Where runs are computed; it stays the caller's to close.
    progress
        Told (runs done, runs wanted so far) by :meth:`fill`.

    Attributes
    ----------
    asked
        What :meth:`fill` was asked for, in the order in which it was first: by figures, plan and first replication;
        ranges of one variant that touch are one.
    failures
        Runs that failed three times.
    ran
        Runs computed here; those found in the store don't count.
    tasks, busy_s
        Tasks that these were handed over in, and how long workers took for them, in seconds.
    """

    def __init__(
        self,
        scenario: Scenario,
        plans: Mapping[str, Plan],
        seed: int,
        *,
        store: Store | None = None,
        engine: Engine,
        progress: Progress | None = None,
    ) -> None:
        self.scenario = scenario
        self.plans = dict(plans)
        self.seed = seed
        self.engine = engine
        self.progress = progress
        self.ran = 0
        self.tasks = 0
        self.busy_s = 0.0
        self.asked: dict[tuple[str, str, int], Asked] = {}
        self._places: dict[tuple[str, str], list[tuple[str, str, int]]] = {}
        self.failures: list[Failed] = []
        self._hopeless: set[tuple[Cell, int]] = set()  # not tried again
        self._variations = Variations(scenario, plans)
        self.store = store if store is not None else Store.temporary()
        self._seconds_per_run: float | None = None
        self._plan_keys: dict[tuple[str, str], str] = {}

    def check(self, points: Iterable[Values]) -> None:
        """See that every point can be, before any work is done.

        Raises
        ------
        InputError
            With every problem of every point.
        """
        self._variations.check(points)

    def variants(self, values: Values, plans: Iterable[str] | None = None) -> list[Variant]:
        """Plans (default: all) at a design point."""
        world = scenario_key(self._variations.world(values))
        names = list(self.plans) if plans is None else plans
        return [Variant(values, name, Cell(world, self._plan_key(name, values), self.seed)) for name in names]

    def _plan_key(self, name: str, values: Values) -> str:
        levels = self._variations.levels(name, values)
        place = (name, repr(levels))
        if place not in self._plan_keys:
            self._plan_keys[place] = plan_key(self._variations.plan(name, values))
        return self._plan_keys[place]

    def fill(self, wanted: Iterable[tuple[Variant, range]]) -> list[Failed]:
        """Run whatever of the wanted replications is not in the store.

        Returns
        -------
        Runs that failed three times; all others are in the store.

        Raises
        ------
        InputError
            If results can't be written, or the machines can't be reached.
        """
        wanted = list(wanted)
        for variant, replications in wanted:
            self._note(variant, replications)
        left = list(self._stretches(wanted))
        if left and self.store.read_only:
            raise SurgesimError(f"{sum(each.runs for each in left):,} runs are not in the store {self.store.folder}")
        total = sum(each.runs for each in left)
        failed: list[Failed] = []
        before, done = self.ran + len(self.failures), 0
        while left:
            now, left = self._next_round(left)
            for task, result in self._results(now):
                if isinstance(result, Failure):
                    singles = [single for stretch in task for single in stretch.singles()]
                    if len(singles) > 1:
                        left += singles  # one of them is to blame, the others are not
                        continue
                    failed.append(_failed(task[0], result.error))
                    self._hopeless.add((task[0].variants[0].cell, task[0].replications.start))
                    done += 1
                else:
                    done += self._keep(result)
                if self.progress is not None:  # over all that was ever asked, so that a rate means something
                    self.progress(before + done, before + total)
        self.failures += failed
        return failed

    def _note(self, variant: Variant, replications: range) -> None:
        name = (json.dumps(dict(variant.values), default=str), variant.plan)
        stretches = self._places.setdefault(name, [])
        first, stop = replications.start, replications.stop
        touching = []
        for place in stretches:
            there = self.asked[place].replications
            if there.start <= stop and first <= there.stop:
                touching.append(place)
                first, stop = min(first, there.start), max(stop, there.stop)
        place = touching[0] if touching else (*name, first)
        for other in touching[1:]:
            del self.asked[other]
        stretches[:] = [each for each in stretches if each not in touching[1:]] if touching else [*stretches, place]
        self.asked[place] = Asked(variant, range(first, stop))

    def kpis(self, variant: Variant, replications: range) -> Floats:
        """KPIs of a variant, in the order of :data:`sim.experiment.laboratory.store.NAMES`; NaN where a run failed.

        Returns
        -------
        Shape (replications, KPIs).
        """
        return self.store.kpis(variant.cell, replications)

    def _stretches(self, wanted: Iterable[tuple[Variant, range]]) -> Iterator[_Stretch]:
        """What is missing, variants of one scenario that miss the same replications together."""
        missing: dict[tuple[str, range], dict[Cell, Variant]] = {}
        for variant, replications in wanted:
            absent = [
                each
                for each in self.store.missing(variant.cell, replications)
                if (variant.cell, each) not in self._hopeless
            ]
            for stretch in consecutive(absent):
                missing.setdefault((variant.cell.scenario, stretch), {})[variant.cell] = variant
        for (_, stretch), variants in missing.items():
            yield _Stretch(tuple(variants.values()), stretch)

    def _next_round(self, left: list[_Stretch]) -> tuple[list[_Stretch], list[_Stretch]]:
        """What to run now, and what later: the first replication alone where nobody knows yet how long it takes."""
        if self._seconds_per_run is not None or left[0].runs == 1:
            return left, []
        first, rest = left[0].split(1)
        return [first], [*([rest] if rest is not None else []), *left[1:]]

    def _results(self, stretches: list[_Stretch]) -> Iterator[tuple[_Task, _Done | Failure[_Task]]]:
        pending = sum(each.runs for each in stretches)
        seconds = (self._seconds_per_run or 0.0) * pending
        engine = self.engine if seconds > SERIAL_BELOW_S or self.engine.kind != "local" else Engine("serial")
        work = _Work(self.scenario, self.plans)
        return engine.stream(work, self._tasks(stretches, pending / (TASKS_PER_WORKER * engine.workers)))

    def _tasks(self, stretches: Iterable[_Stretch], most: float) -> Iterator[_Task]:
        """Tasks of about :data:`BLOCK_S`; each is cut when it is asked for, by what is known by then of the time."""
        task: list[_Stretch] = []
        for stretch in stretches:
            left: _Stretch | None = stretch
            while left is not None:
                size = min(most, BLOCK_S / self._seconds_per_run) if self._seconds_per_run else 1.0
                part, left = left.split(size)
                task.append(part)
                if sum(each.runs for each in task) > size - len(part.variants) / 2:
                    yield tuple(task)
                    task = []
        if task:
            yield tuple(task)

    def _keep(self, result: _Done) -> int:
        runs = sum(len(each.kpis) for each in result.rows)
        seconds = result.seconds / runs
        self._seconds_per_run = (
            seconds if self._seconds_per_run is None else 0.7 * self._seconds_per_run + 0.3 * seconds
        )
        self.store.add(result.rows)
        self.ran += runs
        self.tasks += 1
        self.busy_s += result.seconds
        return runs


def consecutive(replications: Iterable[int]) -> Iterator[range]:
    """Stretches of consecutive numbers, in order, as few as there are."""
    numbers = sorted(replications)
    first = 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] != numbers[place - 1] + 1:
            yield range(numbers[first], numbers[place - 1] + 1)
            first = place


def _failed(stretch: _Stretch, error: str) -> Failed:
    (variant,) = stretch.variants
    return Failed(dict(variant.values), variant.plan, variant.cell.seed, stretch.replications.start, error)
