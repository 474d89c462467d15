"""``surgesim optimise``: the levels of a plan that cost least and keep the promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import OptimiseSettings
from sim.errors import InputError, Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.questions.optimum import Optimum
    from sim.report.experiment import Draft
    from sim.report.formats import Formats


def wrong(case: Case[OptimiseSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.experiment.questions.optimise import problems_of

    settings = case.settings
    problems = plans_wrong(case.plans, settings.baseline)
    if problems:
        return problems  # which plan is tuned can't be said
    constraint = None
    try:
        constraint = settings.constraint.made() if settings.constraint is not None else None
    except InputError as error:
        problems += error.problems
    return problems + problems_of(
        case.scenario,
        case.plans,
        settings.baseline or next(iter(case.plans)),
        settings.levels,
        settings.objective,
        constraint,
        settings.trials,
        settings.first,
        settings.most,
        settings.fresh,
    )


def ask(case: Case[OptimiseSettings], lab: Lab) -> Optimum:
    """Optimise."""
    from sim.experiment.questions.optimise import optimise_in

    settings = case.settings
    return optimise_in(
        lab,
        settings.levels,
        objective=settings.objective,
        constraint=settings.constraint.made() if settings.constraint is not None else None,
        trials=settings.trials,
        first=settings.first,
        most=settings.most,
        fresh=settings.fresh,
        baseline=settings.baseline,
    )


def draft(result: Optimum, case: Case[OptimiseSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.optimise import optimise_draft

    return optimise_draft(result, formats, [each for each in case.overrides if _is_of_scenario(each)])


def _is_of_scenario(override: str) -> bool:
    key = override.lstrip("+~").partition("=")[0]
    return key not in {*OptimiseSettings.model_fields, "plan", "plans"} and not key.startswith(("plan.", "levels."))


def tell(result: Optimum, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.optimise import certainty, headline

    print(plain(headline(result, formats).striptags()))
    print(plain(certainty(result, formats)))
