"""What handing over a task costs: ``python -m benchmarks.compute [--tasks 5000] [--repeat 3] [--workers 2]``.

Tasks that do nothing, through the door (`sim.compute`) and through the standard library's ProcessPoolExecutor with as
many processes, each kept as busy as the other: seconds of wall-clock time per task, median over the repeats, from the
first to the last result with all workers already there. Starting them is told apart. An idle machine is needed.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from contextlib import ExitStack
from importlib.util import find_spec
from itertools import islice

from benchmarks.common import machine, print_table
from sim.compute import Engine, Failure, Kind, cores

SIZES = {"a few bytes": 8, "20 kB": 20_000}  # of an answer; that of a task of the laboratory lies between them
MICRO = 1e6
Do = Callable[[Iterable[int]], int]  # does tasks, counts results


def through_door(engine: Engine) -> Do:
    """Tasks through :meth:`sim.compute.Engine.stream`."""

    def do(tasks: Iterable[int]) -> int:
        return sum(not isinstance(result, Failure) for _, result in engine.stream(bytes, tasks))

    return do


def through_pool(pool: ProcessPoolExecutor, workers: int) -> Do:
    """Tasks through a pool, as many under way as the door has."""

    def do(tasks: Iterable[int]) -> int:
        done, flying, waiting = 0, set(), iter(tasks)
        while True:
            flying |= {pool.submit(bytes, task) for task in islice(waiting, 2 * workers - len(flying))}
            if not flying:
                return done
            ready, flying = wait(flying, return_when=FIRST_COMPLETED)
            done += sum(len(future.result()) > 0 for future in ready)

    return do


def timed(do: Do, size: int, tasks: int) -> float:
    """Seconds for so many tasks."""
    begun = time.perf_counter()
    assert do(size for _ in range(tasks)) == tasks
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=5000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--workers", type=int, default=cores())
    given = parser.parse_args()
    print(machine())
    kinds: list[Kind] = ["serial", "local", *(["dask"] if find_spec("distributed") else [])]  # type: ignore[list-item]
    rows = []
    for name in [*kinds, "ProcessPoolExecutor"]:
        with ExitStack() as open_ones:
            begun = time.perf_counter()
            if name == "ProcessPoolExecutor":
                spawn = multiprocessing.get_context("spawn")
                do = through_pool(open_ones.enter_context(ProcessPoolExecutor(given.workers, spawn)), given.workers)
            else:
                do = through_door(open_ones.enter_context(Engine(name, workers=given.workers)))
            do(1 for _ in range(4 * given.workers))
            start_s = time.perf_counter() - begun
            tasks = given.tasks // 10 if name == "dask" else given.tasks
            timed(do, 8, tasks // 10)
            per_task = [
                statistics.median(timed(do, size, tasks) for _ in range(given.repeat)) / tasks * MICRO
                for size in SIZES.values()
            ]
        rows.append([name, f"{start_s:.2f}", *(f"{each:,.0f}" for each in per_task)])
    title = (
        f"{given.tasks:,} tasks that do nothing, {given.workers} workers: microseconds per task by size of the answer"
    )
    print_table(title, ["workers", "first results after s", *SIZES], rows)


if __name__ == "__main__":
    main()
