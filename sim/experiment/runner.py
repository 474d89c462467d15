"""Runs replications: blocks of them, all plans on the same draws, through the one door to processors.

Replications are independent and their draws are keyed by their number, so the result does not depend on how blocks
are cut, on the number of workers, or on the order in which they finish.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from sim.compute import Engine, Failure
from sim.draws import sample
from sim.early_warning import judged, late_times
from sim.errors import SurgesimError
from sim.floor import simulate
from sim.indicators import bottleneck, hourly, kpi_values, time_split
from sim.ledger import Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

Progress = Callable[[int, int], None]
SERIAL_BELOW_S = 3.0  # less work than this is done in this process: starting workers would cost more
BLOCK_S = 2.0  # about how long one task lasts
_SHOWN = 10  # failures that are told


@dataclass(frozen=True, eq=False)
class Outcome:
    """What is kept of one plan in one replication."""

    plan: str
    replication: int
    kpis: Mapping[str, float]
    series: Mapping[str, NDArray[np.float64]]
    bottleneck: NDArray[np.int8]
    time_split: Mapping[str, float]
    early_warning: NDArray[np.float64]
    troubled: bool


def outcome_of(name: str, ledger: Ledger) -> Outcome:
    """Reduce a ledger to what is kept."""
    return Outcome(
        plan=name,
        replication=ledger.replication,
        kpis=kpi_values(ledger),
        series=hourly(ledger),
        bottleneck=bottleneck(ledger),
        time_split=time_split(ledger),
        early_warning=judged(ledger),
        troubled=len(late_times(ledger)) > 0,
    )


def run_block(scenario: Scenario, plans: Mapping[str, Plan], seed: int, replications: Sequence[int]) -> list[Outcome]:
    """Run all plans on the draws of each replication of a block."""
    outcomes = []
    for replication in replications:
        draws = sample(scenario, seed, replication)
        outcomes += [outcome_of(name, simulate(scenario, plan, draws)) for name, plan in plans.items()]
    return outcomes


@dataclass(frozen=True, slots=True)
class _Task:
    """Some plans in some replications."""

    plans: tuple[str, ...]
    replications: tuple[int, ...]

    def singles(self) -> Iterator[_Task]:
        """The same run by run."""
        for replication in self.replications:
            for plan in self.plans:
                yield _Task((plan,), (replication,))


@dataclass(frozen=True)
class _Work:
    """What a worker does with a task; it holds what all tasks have in common."""

    scenario: Scenario
    plans: Mapping[str, Plan]
    seed: int

    def __call__(self, task: _Task) -> list[Outcome]:
        plans = {name: self.plans[name] for name in task.plans}
        return run_block(self.scenario, plans, self.seed, task.replications)


def run(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    seed: int,
    replications: Sequence[int],
    *,
    engine: Engine | None = None,
    progress: Progress | None = None,
    seconds_each: float | None = None,
) -> list[Outcome]:
    """Outcomes of all plans in all replications, sorted by replication and then by plan as given.

    Parameters
    ----------
    engine
        Where runs are computed; None: in this process, as little work is anyway.
    progress
        Told (replications done, replications in all).
    seconds_each
        What one replication costs; measured on the first one when not given.

    Raises
    ------
    SurgesimError
        If runs failed three times, naming each with how to run it alone; or if the workers were lost.
    """
    outcomes: list[Outcome] = []

    def collect(block: list[Outcome]) -> None:
        outcomes.extend(block)
        if progress is not None:
            progress(len(outcomes) // len(plans), len(replications))

    rest = list(replications)
    if seconds_each is None and rest:
        started = perf_counter()
        collect(run_block(scenario, plans, seed, [rest.pop(0)]))
        seconds_each = perf_counter() - started
    engine = _suiting(engine, (seconds_each or 0.0) * len(rest))
    work, blocks = _Work(scenario, plans, seed), _blocks(tuple(plans), rest, seconds_each or BLOCK_S, engine)
    failures = _run_all(engine, work, blocks, collect)
    # One run of a block is to blame, the others are not.
    failures = _run_all(engine, work, (single for each in failures for single in each.task.singles()), collect)
    if failures:
        raise SurgesimError(_told(failures, scenario, seed))
    place = {name: number for number, name in enumerate(plans)}
    return sorted(outcomes, key=lambda outcome: (outcome.replication, place[outcome.plan]))


def _suiting(engine: Engine | None, seconds: float) -> Engine:
    """No processes of this machine for what would be done before they are started."""
    if engine is None or (engine.kind == "local" and (engine.workers == 1 or seconds <= SERIAL_BELOW_S)):
        return Engine("serial")
    return engine


def _blocks(plans: tuple[str, ...], rest: Sequence[int], seconds_each: float, engine: Engine) -> Iterator[_Task]:
    """Blocks of about :data:`BLOCK_S`, two for each worker at least; one by one in this process, to tell of each."""
    size = min(int(BLOCK_S / seconds_each), -(-len(rest) // (2 * engine.workers))) if engine.kind != "serial" else 1
    for first in range(0, len(rest), max(1, size)):
        yield _Task(plans, tuple(rest[first : first + max(1, size)]))


def _run_all(
    engine: Engine, work: _Work, tasks: Iterator[_Task], collect: Callable[[list[Outcome]], None]
) -> list[Failure[_Task]]:
    """What failed as often as it was tried."""
    failures: list[Failure[_Task]] = []
    for _, result in engine.stream(work, tasks):
        if isinstance(result, Failure):
            failures.append(result)
        else:
            collect(result)
    return failures


def _told(failures: Sequence[Failure[_Task]], scenario: Scenario, seed: int) -> str:
    lines = []
    for failure in sorted(failures, key=lambda each: (each.task.replications, each.task.plans))[:_SHOWN]:
        (plan,), (replication,) = failure.task.plans, failure.task.replications
        why = failure.error.strip().splitlines()[-1]
        lines.append(
            f"  - plan {plan}, seed {seed}, replication {replication}: {why}\n"
            f"    alone: surgesim run scenario={scenario.name} plan={plan} seed={seed} replication={replication}"
        )
    if len(failures) > _SHOWN:
        lines.append(f"  - and {len(failures) - _SHOWN} more")
    noun = "a run" if len(failures) == 1 else f"{len(failures)} runs"
    return (
        f"{noun} failed, however often tried; all others went through. Alone (with the same overrides) it "
        "shows where:\n" + "\n".join(lines)
    )
