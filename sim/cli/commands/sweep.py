"""``surgesim sweep``: plans at many design points on the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import SweepSettings
from sim.errors import InputError, Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiment.lab import Lab
    from sim.experiment.results import Results
    from sim.report.experiment import Draft
    from sim.report.formats import Formats
    from sim.scenario.variation import Values


def wrong(case: Case[SweepSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.scenario.variation import Variations

    problems = plans_wrong(case.plans, case.settings.baseline)
    try:
        Variations(case.scenario, case.plans).check(_points(case))
    except InputError as error:
        problems += error.problems
    return problems


def ask(case: Case[SweepSettings], lab: Lab) -> Results:
    """Sweep."""
    from sim.experiment.sweep import sweep_in

    settings = case.settings
    enough = settings.precision.enough() if settings.precision is not None else None
    return sweep_in(lab, _points(case), settings.replications, baseline=settings.baseline, enough=enough)


def draft(result: Results, case: Case[SweepSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.sweep import sweep_draft

    return sweep_draft(result, formats, case.settings.kpis)


def tell(result: Results, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.sweep import headline

    print(plain(headline(result, formats).striptags()))


def _points(case: Case[SweepSettings]) -> Sequence[Values]:
    from sim.experiment.design import points_of

    settings = case.settings
    return points_of(settings.sweep, kind=settings.design, points=settings.points, seed=settings.seed)
