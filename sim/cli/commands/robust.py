"""``surgesim robust``: plans in uncertain futures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import RobustSettings
from sim.errors import Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.questions.robust import Robustness
    from sim.report.experiment import Draft
    from sim.report.formats import Formats


def wrong(case: Case[RobustSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.experiment.questions.robust import problems_with

    found = plans_wrong(case.plans, case.settings.baseline)
    return found or problems_with(case.scenario, case.plans, **_asked(case))


def ask(case: Case[RobustSettings], lab: Lab) -> Robustness:
    """Hold the plans against each other in every future."""
    from sim.experiment.questions.robust import robust_in

    return robust_in(lab, **_asked(case), baseline=case.settings.baseline)


def draft(result: Robustness, case: Case[RobustSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.robust import robustness_draft

    return robustness_draft(result, formats)


def tell(result: Robustness, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.robust import essence, headline

    print(plain(headline(result, formats).striptags()))
    for line in essence(result, formats):
        print(plain(line))


def _asked(case: Case[RobustSettings]) -> dict[str, Any]:
    from sim.experiment.questions.robust import OBJECTIVES

    settings = case.settings
    return {
        "replications": settings.replications,
        "futures": settings.futures,
        "kpis": OBJECTIVES if settings.kpis is None else settings.kpis,
        "level": settings.level,
        "fresh": settings.fresh,
    }
