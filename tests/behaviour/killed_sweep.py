"""Sweeps to be killed. Their blocks are short, so that kills meet many of them.

As a script it reads lines ``STORE TIDY_FILE``, forks a driver for each (all imports are done by then), and answers with
its process and then with how it ended: 0, or minus the signal.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.common import reduced
from sim.compute import Engine
from sim.experiment.laboratory import lab
from sim.experiment.laboratory.design import points_of
from sim.experiment.laboratory.lab import Progress
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.results import Results
from sim.experiment.questions.sweep import sweep
from sim.scenario.measures import Overtime, Trigger
from sim.scenario.plan import Plan

LONGER = Overtime(
    kind="overtime", stages=("picking",), hours=2.0, trigger=Trigger(when="metric", metric="backlog_orders", above=50)
)
POINTS = points_of({"site.picking.setup_min": [3.0, 4.0, 5.0], "demand.profile.per_day": [20.0, 30.0, 40.0]})
PLANS = [Plan(name="none"), Plan(name="longer", measures={"floor": LONGER})]
REPLICATIONS = 6


@contextmanager
def short_blocks() -> Iterator[None]:
    """Hand everything over, a twentieth of a second at a time."""
    before = lab.BLOCK_S, lab.SERIAL_BELOW_S
    lab.BLOCK_S, lab.SERIAL_BELOW_S = 0.05, 0.0
    try:
        yield
    finally:
        lab.BLOCK_S, lab.SERIAL_BELOW_S = before


def main(store: Path, tidy: Path, engine: Engine, progress: Progress | None = None) -> Results:
    """Sweep into the store, then write the tidy file."""
    with short_blocks():
        results = sweep(reduced(200), POINTS, PLANS, REPLICATIONS, store=Store(store), engine=engine, progress=progress)
    results.write(tidy)
    return results


def nursery() -> None:
    """Fork drivers as long as lines come."""
    for line in sys.stdin:
        store, tidy = line.split()
        driver = os.fork()
        if driver == 0:
            with Path(os.devnull).open("rb") as nothing:
                os.dup2(nothing.fileno(), 0)
            with Engine("local", workers=2) as engine:
                main(Path(store), Path(tidy), engine)
            os._exit(0)
        print(driver, flush=True)  # noqa: T201
        print(os.waitstatus_to_exitcode(os.waitpid(driver, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    nursery()
