"""How sweeps scale: ``python -m benchmarks.sweep [--points 1000] [--plans 5] [--replications 10] [--sample 60]``.

First the sample: so many of the points on one core and on all of them, in one run; the speed-up, and the overhead: the
part of the workers' time in which they did not simulate. Then all points, with the memory of the driver and of its
workers on the way: it must not grow. Stores are temporary. Times are wall-clock: the machine should have nothing else
to do.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter

import sim
from benchmarks.common import machine, print_table, reduced
from sim.compute import Engine, cores
from sim.draws import sample
from sim.experiment.laboratory.design import points_of
from sim.experiment.laboratory.lab import Lab
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.sweep import sweep_in
from sim.floor import simulate
from sim.indicators import kpi_values
from sim.scenario.plan import Plan
from sim.scenario.variation import Values, Variations

ORDERS = 1_000
PLANS = ("none", "overtime", "temporary_staff", "batch_picking", "extra_pickups")
MARKS = 10  # looks at the memory on the way
MEGA = 1e6


def design(points: int) -> Sequence[Values]:
    """A Latin hypercube over demand and speed."""
    axes = {
        "demand.profile.per_day": [0.5 * ORDERS / 7, 1.5 * ORDERS / 7],
        "site.picking.setup_min": [3.0, 5.0],
        "site.packing.setup_min": [1.5, 2.5],
    }
    return points_of(axes, kind="latin", points=points, seed=1)


def plans(count: int) -> dict[str, Plan]:
    """The first of the shipped plans named above."""
    return {name: sim.load_plan(name) for name in PLANS[:count]}


def bare(points: Sequence[Values], chosen: dict[str, Plan], replications: int) -> float:
    """Seconds of the runs alone in this process: nothing handed over, nothing kept."""
    variations = Variations(reduced(ORDERS), chosen)
    begun = perf_counter()
    for values in points:
        world = variations.world(values)
        for replication in range(replications):
            draws = sample(world, 1, replication)
            for plan in chosen.values():
                kpi_values(simulate(world, plan, draws))
    return perf_counter() - begun


def timed(kind: str, points: Sequence[Values], chosen: dict[str, Plan], replications: int) -> tuple[float, Lab]:
    """Seconds of a sweep from the first task on, with workers that have started, and the laboratory it was done in."""
    with Engine(kind) as engine:  # type: ignore[arg-type]
        for _ in engine.stream(abs, range(4 * engine.workers)):  # so that workers are there
            pass
        lab = Lab(reduced(ORDERS), chosen, 1, store=Store.temporary(), engine=engine)
        begun = perf_counter()
        sweep_in(lab, points, replications)
        return perf_counter() - begun, lab


def speed_up(points: int, count: int, replications: int) -> None:
    """One core against all of them."""
    chosen, places = plans(count), design(points)
    bare(places[:2], chosen, 1)  # imports and caches
    alone = bare(places, chosen, replications)
    rows = [["the runs alone", "1", f"{alone:.1f}", "", "", ""]]
    walls = {}
    for kind in ("serial", "local"):
        workers = 1 if kind == "serial" else cores()
        wall, lab = timed(kind, places, chosen, replications)
        walls[kind] = wall
        idle = wall * workers - lab.busy_s
        share = f"{idle / (wall * workers):.1%}"
        rows.append(
            [f"compute={kind}", f"{workers}", f"{wall:.1f}", f"{lab.tasks}", f"{idle / lab.tasks * 1e3:.0f}", share]
        )
    head = ["", "cores", "s", "blocks", "overhead per block, ms", "overhead"]
    print_table(f"{points * count * replications:,} runs of about {ORDERS:,} orders", head, rows)
    print(f"speed-up of {cores()} cores: {walls['serial'] / walls['local']:.2f}")
    print(f"compute=serial / the runs alone: {walls['serial'] / alone:.3f}")


def whole(points: int, count: int, replications: int) -> None:
    """All points on all cores, with the memory on the way."""
    chosen, places = plans(count), design(points)
    total = points * count * replications
    folder = Path(tempfile.mkdtemp(prefix="surgesim-benchmark-"))
    rows: list[list[str]] = []
    held: list[float] = []
    begun = perf_counter()

    def look(done: int, _: int) -> None:
        if done * MARKS // total > len(rows):
            driver, workers = _memory()
            held.append(driver + workers)
            spent = perf_counter() - begun
            rows.append([f"{done:,}", f"{spent:.0f}", f"{done / spent:.0f}", f"{driver:.0f}", f"{workers:.0f}"])

    try:
        with Engine("local") as engine:
            lab = Lab(reduced(ORDERS), chosen, 1, store=Store(folder), engine=engine, progress=look)
            results = sweep_in(lab, places, replications)
            wall = perf_counter() - begun
        file = folder / "runs.parquet"
        results.write(file)
        print_table(f"All {total:,} runs", ["runs", "s", "runs/s", "driver, MB", "workers, MB"], rows)
        workers = cores()
        print(f"in all {wall:.0f} s in {lab.tasks:,} blocks, overhead {1 - lab.busy_s / (wall * workers):.1%}")
        print(f"memory at the end / at a fifth: {held[-1] / held[max(0, len(held) // 5 - 1)]:.2f}")
        print(f"store {_size(folder / 'shards'):.0f} MB, tidy Parquet {file.stat().st_size / MEGA:.0f} MB")
        begun = perf_counter()
        again = sweep_in(Lab(reduced(ORDERS), chosen, 1, store=Store(folder), engine=engine), places, replications)
        print(f"asked again: {again.ran} runs computed, {perf_counter() - begun:.1f} s")
    finally:
        shutil.rmtree(folder)


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*.parquet")) / MEGA


def _memory() -> tuple[float, float]:
    """Megabytes held by this process and by its children; from Linux's /proc, NaN elsewhere."""
    if not Path("/proc/self/status").exists():
        return float("nan"), float("nan")
    own = os.getpid()
    children = [int(each) for path in Path("/proc/self/task").glob("*/children") for each in path.read_text().split()]
    return _held(own), sum(map(_held, children))


def _held(process: int) -> float:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return sum(int(line.split()[1]) * 1024 / MEGA for line in lines if line.startswith("VmRSS"))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sweep", description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=1000, help="design points")
    parser.add_argument("--plans", type=int, default=len(PLANS), choices=range(1, len(PLANS) + 1), help="plans")
    parser.add_argument("--replications", type=int, default=10, help="replications")
    parser.add_argument("--sample", type=int, default=60, help="design points of which the speed-up is measured")
    given = parser.parse_args(arguments)
    print(machine())
    speed_up(given.sample, given.plans, given.replications)
    whole(given.points, given.plans, given.replications)


if __name__ == "__main__":
    main()
