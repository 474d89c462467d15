"""``surgesim sweep``: plans at many design points on the same customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.cli.commands.common import plain, plans_wrong, replications_wrong
from sim.cli.settings import SweepSettings
from sim.cli.tables import table
from sim.definitions import KPIS, no_kpi
from sim.errors import InputError, Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.experiment.laboratory.lab import Lab
    from sim.experiment.questions.results import Results
    from sim.report.experiment import Draft
    from sim.report.formats import Formats
    from sim.scenario.variation import Values


def wrong(case: Case[SweepSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    from sim.scenario.variation import Variations

    problems = [*plans_wrong(case.plans, case.settings.baseline), *replications_wrong(case)]
    problems += [Problem("kpis", name, no_kpi(name)) for name in case.settings.kpis or () if name not in KPIS]
    try:
        Variations(case.scenario, case.plans).check(_points(case))
    except InputError as error:
        problems += error.problems
    return problems


def ask(case: Case[SweepSettings], lab: Lab) -> Results:
    """Sweep."""
    from sim.experiment.questions.sweep import sweep_in

    settings = case.settings
    enough = settings.precision.enough() if settings.precision is not None else None
    return sweep_in(lab, _points(case), settings.replications, baseline=settings.baseline, enough=enough)


def draft(result: Results, case: Case[SweepSettings], lab: Lab, formats: Formats) -> Draft:
    """What the page says."""
    from sim.report.sweep import sweep_draft

    return sweep_draft(result, formats, case.settings.kpis)


def tell(result: Results, formats: Formats) -> None:
    """Print the essence."""
    from sim.report.sweep import SweepReading, certainty, console, headline

    reading = SweepReading(result, formats)
    header, rows, left_out = console(reading)
    print(f"{result.scenario.heading}: the plan to choose at each point, {formats.currency}")
    print()
    print(table([tuple(map(plain, row)) for row in rows], header=header, right=range(len(header) - 2, len(header))))
    if left_out:
        print(f"and {left_out:,} points more: see the report")
    print()
    print(plain(headline(reading).striptags()))
    print(plain(certainty(reading)))


def _points(case: Case[SweepSettings]) -> Sequence[Values]:
    from sim.experiment.laboratory.design import points_of

    settings = case.settings
    return points_of(settings.sweep, kind=settings.design, points=settings.points, seed=settings.seed)
