"""``surgesim explain``: which assumptions move the KPIs, and what one more of each resource brings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import ExplainSettings
from sim.errors import Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.questions.explain import Explanation
    from sim.report.experiment import Draft
    from sim.report.formats import Formats


def wrong(case: Case[ExplainSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.experiment.questions.explain import problems_with

    found = plans_wrong(case.plans, case.settings.baseline)
    return found or problems_with(case.scenario, case.plans, **_asked(case))


def ask(case: Case[ExplainSettings], lab: Lab) -> Explanation:
    """Explain."""
    from sim.experiment.questions.explain import explain_in

    return explain_in(lab, **_asked(case), baseline=case.settings.baseline, resources=case.settings.resources)


def draft(result: Explanation, case: Case[ExplainSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.explain import explanation_draft

    return explanation_draft(result, formats)


def tell(result: Explanation, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.explain import essence, headline

    print(plain(headline(result, formats).striptags()))
    for line in essence(result, formats):
        print(plain(line))


def _asked(case: Case[ExplainSettings]) -> dict[str, Any]:
    from sim.experiment.questions.explain import EXPLAINED

    settings = case.settings
    return {
        "replications": settings.replications,
        "kpis": EXPLAINED if settings.kpis is None else settings.kpis,
        "figures": settings.figures,
        "only": settings.only or (),
        "top": settings.top,
        "first_look": settings.first_look,
        "of": settings.of,
    }
