"""What tests of experiments share: a shop that a sweep runs through in milliseconds, and a laboratory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.common import reduced
from sim.compute import Engine
from sim.experiment.laboratory.lab import Lab
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.results import Results
from sim.experiment.questions.sweep import sweep_in
from sim.scenario.measures import Overtime, Trigger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

ORDERS = 60
SETUP = "site.picking.setup_min"
HOURS = "plan.longer.measures.floor.hours"


def shop() -> Scenario:
    """One picker too few, so that plans matter."""
    return reduced(ORDERS, pickers=1, packers=1, agents=1)


def plans() -> dict[str, Plan]:
    """Do nothing; stay longer as soon as a few orders wait."""
    trigger = Trigger(when="metric", metric="backlog_orders", above=5)
    floor = Overtime(stages=["picking"], hours=2.0, trigger=trigger)
    return {"none": Plan(name="none"), "longer": Plan(name="longer", measures={"floor": floor})}


def lab(store: Store | None = None, **more: Any) -> Lab:
    """A laboratory of this process."""
    return Lab(
        more.pop("scenario", shop()), more.pop("plans", plans()), 1, store=store, engine=Engine("serial"), **more
    )


def swept(
    points: Sequence[Mapping[str, Any]], replications: int = 3, store: Store | None = None, **more: Any
) -> Results:
    """A sweep in such a laboratory."""
    return sweep_in(lab(store), list(points), replications, **more)
