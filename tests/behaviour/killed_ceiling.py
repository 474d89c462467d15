"""A ceiling to be killed. As a script, ``FOLDER STORE RUNS``, it kills itself as soon as so many runs are stored."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from sim.compute import Engine
from sim.experiment.laboratory import lab
from sim.experiment.laboratory.lab import Progress
from sim.experiment.laboratory.store import Store
from sim.planning.ceiling.question import Ceilings, Search, ceiling
from sim.scenario.economics import Targets
from sim.scenario.plan import Plan
from tests.small_sites import packing, picking, promise, shift, site, world

SEARCH = Search(low=2.0, high=16.0, points=5, replications=6, first=3)


def main(folder: Path, store: Store, progress: Progress | None = None) -> Ceilings:
    """The ceiling of one picker who takes ten minutes for an order, ten of which come at eight; nothing is drawn."""
    scenario = world(
        folder,
        [480.0] * 10,
        site=site(pick=picking(shift()), pack=packing(shift(), setup_min=1.0 / 64)),
        promise=promise("18:01"),
        targets=Targets(service_level_ship=0.95, probability=0.9),
    )
    with Engine("serial") as engine:
        return ceiling(scenario, [Plan(name="none")], SEARCH, seed=3, store=store, engine=engine, progress=progress)


def killed_after(runs: int) -> Progress:
    """Told of progress, it ends the process in the hardest way as soon as so many runs are done."""

    def told(done: int, _: int) -> None:
        if done >= runs:
            os.kill(os.getpid(), signal.SIGKILL)

    return told


if __name__ == "__main__":
    lab.BLOCK_S = 0.0  # handed over run by run
    main(Path(sys.argv[1]), Store(Path(sys.argv[2])), killed_after(int(sys.argv[3])))
