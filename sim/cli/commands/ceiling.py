"""``surgesim ceiling``: the largest campaign that meets the targets with a stated probability."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import CeilingSettings
from sim.errors import InputError, Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.questions.constraint import Constraint
    from sim.planning.ceiling.question import Ceilings
    from sim.report.experiment import Draft
    from sim.report.formats import Formats


def wrong(case: Case[CeilingSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.experiment.questions.constraint import Constraint
    from sim.planning.ceiling.question import problems_with

    found = plans_wrong(case.plans, case.settings.baseline)
    constraint: Constraint = Constraint()
    try:
        constraint = _constraint(case)
    except InputError as error:
        found += error.problems
    return found + problems_with(case.scenario, case.plans, case.settings.search(), constraint)


def ask(case: Case[CeilingSettings], lab: Lab) -> Ceilings:
    """Look for the ceilings."""
    from sim.planning.ceiling.question import ceiling_in

    settings = case.settings
    return ceiling_in(lab, settings.search(), constraint=_constraint(case), baseline=settings.baseline)


def draft(result: Ceilings, case: Case[CeilingSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.ceiling import ceiling_draft

    return ceiling_draft(result, formats)


def tell(result: Ceilings, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.ceiling import essence, headline

    print(plain(headline(result, formats).striptags()))
    for line in essence(result, formats):
        print(plain(line))


def _constraint(case: Case[CeilingSettings]) -> Constraint:
    from sim.experiment.questions.constraint import Constraint

    given = case.settings.constraint
    return given.made() if given is not None else Constraint()
