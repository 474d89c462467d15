"""``surgesim select``: the best of several plans, with a stated probability of being right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import SelectSettings
from sim.errors import InputError, Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.questions.chosen import Chosen
    from sim.report.experiment import Draft
    from sim.report.formats import Formats
    from sim.scenario.variation import Values


def wrong(case: Case[SelectSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.experiment.questions.select import problems_of
    from sim.scenario.variation import Variations

    settings = case.settings
    problems = plans_wrong(case.plans, settings.baseline)
    constraint = None
    try:
        constraint = settings.constraint.made() if settings.constraint is not None else None
    except InputError as error:
        problems += error.problems
    problems += problems_of(
        case.scenario,
        settings.objective,
        settings.indifference,
        constraint,
        settings.alpha,
        settings.first_stage,
        settings.at_most,
        settings.fresh,
        len(case.plans),
    )
    try:
        Variations(case.scenario, case.plans).check(_points(case))
    except InputError as error:
        problems += error.problems
    return problems


def ask(case: Case[SelectSettings], lab: Lab) -> Chosen:
    """Select."""
    from sim.experiment.questions.select import select_in

    settings = case.settings
    return select_in(
        lab,
        _points(case),
        objective=settings.objective,
        indifference=settings.indifference,
        constraint=settings.constraint.made() if settings.constraint is not None else None,
        alpha=settings.alpha,
        first_stage=settings.first_stage,
        at_most=settings.at_most,
        fresh=settings.fresh,
        baseline=settings.baseline,
    )


def draft(result: Chosen, case: Case[SelectSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.select import select_draft

    return select_draft(result, formats)


def tell(result: Chosen, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.select import certainty, headline

    print(plain(headline(result, formats).striptags()))
    print(plain(certainty(result, formats)))


def _points(case: Case[SelectSettings]) -> Sequence[Values]:
    from sim.experiment.laboratory.design import points_of

    sweep = case.settings.sweep
    return points_of(sweep, seed=case.settings.seed) if sweep is not None else [{}]
