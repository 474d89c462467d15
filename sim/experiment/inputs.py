"""What is asked of an experiment, checked before any work is done: plans by name, the baseline, whole numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Final

from sim.compute import Engine, Kind
from sim.errors import InputError, Problem, nearest
from sim.scenario.fit import misfits
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

_LEAST: Final = {"replications": 1, "seed": 0, "workers": 1}


def named_plans(plans: Iterable[Plan | str]) -> dict[str, Plan]:
    """Plans by name, in the order given.

    Parameters
    ----------
    plans
        Plans, or names of shipped ones.

    Raises
    ------
    InputError
        If a name is unknown or given twice.
    """
    from sim.scenario.loader import load_plan  # Hydra, only where a name has to be looked up

    named: dict[str, Plan] = {}
    for each in plans:
        plan = load_plan(each) if isinstance(each, str) else each
        if plan.name in named:
            raise InputError([Problem("plans", repr(plan.name), "is given twice; give each plan a name of its own")])
        named[plan.name] = plan
    return named


def checked(
    scenario: Scenario,
    plans: Mapping[str, Plan],
    baseline: str | None,
    heading: str,
    **numbers: int | None,
) -> str:
    """The baseline (default: the first plan), when all that is asked can be.

    Parameters
    ----------
    heading
        Of the error.
    numbers
        `replications`, `seed`, `workers`, where the experiment has them.

    Raises
    ------
    InputError
        If there is no plan, one does not fit the scenario, the baseline is none of them, or a number is out of range.
    """
    problems = [problem for plan in plans.values() for problem in misfits(scenario, plan)]
    if not plans:
        problems.append(Problem("plans", "[]", "give at least one plan"))
    for place, value in numbers.items():
        least = _LEAST[place]
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
            problems.append(Problem(place, repr(value), f"must be a whole number >= {least}"))
    if baseline is not None and baseline not in plans:
        remedy = f"must be one of the plans: {', '.join(plans)}{nearest(baseline, plans)}"
        problems.append(Problem("baseline", repr(baseline), remedy))
    if problems:
        raise InputError(problems, heading)
    return baseline if baseline is not None else next(iter(plans))


def workplace(
    engine: Engine | None, workers: int | None = None, compute: Kind = "local", scheduler: str | None = None
) -> AbstractContextManager[Engine]:
    """The engine given, which stays the caller's to close; or one that ends with the block.

    Raises
    ------
    InputError
        If both are given, or there can be none.
    """
    if engine is None:
        return Engine(compute, workers=workers, scheduler=scheduler)
    if (workers, compute, scheduler) != (None, "local", None):
        remedy = "is given, so leave out workers, compute and scheduler"
        raise InputError([Problem("engine", engine.kind, remedy)])
    return nullcontext(engine)
