"""``surgesim needs``: what a campaign needs of warehouse, carriers and desk."""

from __future__ import annotations

import shlex
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from sim.cli.commands.common import plain, plans_wrong
from sim.cli.settings import NeedsSettings
from sim.errors import Problem
from sim.scenario.building import Case
from sim.scenario.overrides import key_of

if TYPE_CHECKING:
    from sim.experiment.laboratory.lab import Lab
    from sim.planning.needs.result import Needs
    from sim.planning.needs.supply import Terms
    from sim.report.experiment import Draft
    from sim.report.formats import Formats


def wrong(case: Case[NeedsSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.planning.needs.question import problems_with

    return plans_wrong(case.plans, None) or problems_with(
        case.scenario, case.plans, case.settings.tuning, **_asked(case)
    )


def ask(case: Case[NeedsSettings], lab: Lab) -> Needs:
    """Work out the needs, tune and prove them."""
    from sim.planning.needs.question import needs_in

    return needs_in(
        lab, case.settings.tuning, **_asked(case), stretch=case.settings.stretch, terms=_terms(case.settings)
    )


def draft(result: Needs, case: Case[NeedsSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.needs.page import needs_draft

    today = case.settings.today
    stamp = datetime.now(UTC) if today is None else datetime.combine(today, time(), UTC)
    command = shlex.join(["surgesim", "needs", *case.overrides])
    return needs_draft(result, formats, stamp.replace(microsecond=0), command, given_to_scenario(case))


def tell(result: Needs, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.needs.page import certainty, headline
    from sim.report.needs.tasks import message

    print(plain(headline(result, formats).striptags()))
    print(plain(certainty(result, formats)))
    print(f"\n{plain(message(result, formats))}", end="")


def given_to_scenario(case: Case[NeedsSettings]) -> dict[str, Any] | None:
    """Figures of the scenario that the command line set, by dotted path; None where it took something away."""
    own = {*NeedsSettings.model_fields, "plan", "plans", "scenario"}
    found: dict[str, Any] = {}
    for override in case.overrides:
        path = key_of(override).lstrip("+~")
        if path.split(".")[0] in own:
            continue
        value: Any = case.config
        steps = path.split(".")
        for number, step in enumerate(steps):
            if isinstance(value, list):  # one of a list: a file replaces the list as a whole
                steps = steps[:number]
                break
            if override.startswith("~") or step not in value:
                return None
            value = value[step]
        found[".".join(steps)] = value
    return found


def _asked(case: Case[NeedsSettings]) -> dict[str, Any]:
    from sim.planning.needs.dates import Leads

    settings = case.settings
    return {
        "fresh": settings.fresh,
        "probability": settings.probability,
        "desk_goal": settings.desk_goal,
        "carriers_goal": settings.carriers_goal,
        "stock_goal": settings.stock_goal,
        "leads": Leads(**settings.leads.model_dump()),
    }


def _terms(settings: NeedsSettings) -> Terms:
    from sim.planning.needs.supply import Terms

    return Terms(settings.leftover_share, settings.receiving_days)
