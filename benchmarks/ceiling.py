"""How long a ceiling takes: ``python -m benchmarks.ceiling [--scenario double11] [--plans 4] [--scale 1]``.

The question as ``surgesim ceiling`` asks it by default, on all cores, with a store that is gone afterwards. Wall-clock
times count on a machine that has nothing else to do; processor time, of this process and of its workers, also on one
that has. The target is two minutes of wall-clock on two cores for double11 with four plans, which is at most 240 s of
processor time.
"""

from __future__ import annotations

import argparse
import os
from time import perf_counter

import sim
from benchmarks.common import machine, print_table
from sim.compute import Engine, cores
from sim.experiment.laboratory.lab import Lab
from sim.experiment.laboratory.store import Store
from sim.planning.ceiling.question import Ceilings, Search, ceiling_in

PLANS = ("none", "overtime", "overflow_3pl", "warehouse_asked", "all_hands", "extra_shift")


def asked(scenario: str, plans: int, scale: float) -> tuple[Ceilings, float, float, Lab]:
    """The answer, seconds of wall-clock and of processor time, and the laboratory."""
    world = sim.load_scenario(scenario, overrides=[f"scale={scale}"])
    chosen = {name: sim.load_plan(name) for name in PLANS[:plans]}
    begun, spent = perf_counter(), _processor_s()
    with Engine("local") as engine:
        lab = Lab(world, chosen, 1, store=Store.temporary(), engine=engine)
        found = ceiling_in(lab, Search())
    return found, perf_counter() - begun, _processor_s() - spent, lab


def _processor_s() -> float:
    """Of this process and of all that it started and that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def main() -> None:
    """Ask, and tell how long it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--scenario", default="double11")
    parser.add_argument("--plans", type=int, default=4)
    parser.add_argument("--scale", type=float, default=1.0)
    given = parser.parse_args()
    print(machine())
    found, wall, processor, lab = asked(given.scenario, given.plans, given.scale)
    rows = [[f"{wall:.0f}", f"{processor:.0f}", f"{cores()}", f"{lab.ran:,}", f"{processor / lab.ran:.3f}"]]
    head = ["wall-clock, s", "processor, s", "cores", "runs", "processor s per run"]
    print_table(f"ceiling of {given.scenario} under {given.plans} plans at scale {given.scale:g}", head, rows)
    table = [
        [each.course.plan, each.verdict, f"{each.low:.2f}", f"{each.high:.2f}", f"{each.low_confirmed}"]
        for each in found.found
    ]
    print_table("what was found", ["plan", "verdict", "low", "high", "lower end confirmed"], table)


if __name__ == "__main__":
    main()
