"""Runs replications: blocks of them, all plans on the same draws, through one executor-shaped door.

Replications are independent and their draws are keyed by their number, so the result does not depend on how blocks
are cut, on the number of workers, or on the order in which they finish.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from sim.draws import sample
from sim.early_warning import judged, late_times
from sim.floor import simulate
from sim.indicators import bottleneck, hourly, kpi_values, time_split
from sim.ledger import Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

Progress = Callable[[int, int], None]
SERIAL_BELOW_S = 3.0  # less work than this is done in this process: starting workers would cost more
BLOCK_S = 2.0  # about how long one task lasts


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


def cores() -> int:
    """Processors that this process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity is not None else os.cpu_count() or 1


def run(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    seed: int,
    replications: Sequence[int],
    *,
    workers: int | None = None,
    progress: Progress | None = None,
    seconds_each: float | None = None,
) -> list[Outcome]:
    """Outcomes of all plans in all replications, sorted by replication and then by plan as given.

    Parameters
    ----------
    workers
        Processes; None: as many as there are cores. 1 runs in this process.
    progress
        Told (replications done, replications in all).
    seconds_each
        What one replication costs; measured on the first one when not given.

    Raises
    ------
    KeyboardInterrupt
        After the workers have been stopped.
    """
    total, done = len(replications), 0
    outcomes: list[Outcome] = []

    def collect(block: list[Outcome]) -> None:
        nonlocal done
        outcomes.extend(block)
        done += len(block) // len(plans)
        if progress is not None:
            progress(done, total)

    rest = list(replications)
    if seconds_each is None and rest:
        started = perf_counter()
        collect(run_block(scenario, plans, seed, [rest.pop(0)]))
        seconds_each = perf_counter() - started
    count = min(workers or cores(), len(rest))
    if count > 1 and seconds_each is not None and seconds_each * len(rest) > SERIAL_BELOW_S:
        size = max(1, min(int(BLOCK_S / seconds_each) or 1, -(-len(rest) // (2 * count))))
        blocks = [rest[first : first + size] for first in range(0, len(rest), size)]
        rest = _in_processes(scenario, plans, seed, blocks, count, collect)
    for replication in rest:
        collect(run_block(scenario, plans, seed, [replication]))
    place = {name: number for number, name in enumerate(plans)}
    return sorted(outcomes, key=lambda outcome: (outcome.replication, place[outcome.plan]))


def _in_processes(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    seed: int,
    blocks: list[list[int]],
    workers: int,
    collect: Callable[[list[Outcome]], None],
) -> list[int]:
    """Run blocks in a pool; the replications that are left to do if it breaks (a worker was killed)."""
    left = dict(enumerate(blocks))
    with _pool(workers) as pool:
        futures = {pool.submit(_in_worker, scenario, plans, seed, block): number for number, block in left.items()}
        try:
            for future in as_completed(futures):
                collect(future.result())
                del left[futures[future]]
        except BrokenProcessPool:
            return sorted(replication for block in left.values() for replication in block)
    return []


@contextmanager
def _pool(workers: int) -> Iterator[ProcessPoolExecutor]:
    """A pool whose workers are gone when the block is left, by an interrupt too."""
    # "spawn" on every system: forking a process that has threads is not safe.
    pool = ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), _take_orders)
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        for child in multiprocessing.active_children():
            child.terminate()
        raise
    pool.shutdown(wait=True, cancel_futures=True)


# In a worker process. A worker that is killed while it sends a result leaves half a message in the pipe, and the
# parent waits for the other half for ever; so one that is told to stop leaves at once only while it simulates.
# Otherwise it has a moment to send what it has, and no longer, since nobody may be reading.
_simulating = False
LAST_WORDS_S = 1.0


def _take_orders() -> None:
    """An interrupt is the parent's to handle; workers are told to stop by SIGTERM."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _stop)


def _stop(signum: int, frame: object) -> None:
    if _simulating:
        os._exit(128 + signum)
    signal.setitimer(signal.ITIMER_REAL, LAST_WORDS_S)  # its signal ends the process


def _in_worker(scenario: Scenario, plans: Mapping[str, Plan], seed: int, replications: Sequence[int]) -> list[Outcome]:
    global _simulating
    _simulating = True
    try:
        return run_block(scenario, plans, seed, replications)
    finally:
        _simulating = False
