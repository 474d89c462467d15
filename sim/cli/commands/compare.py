"""``surgesim compare``: several plans on the same customers, and a verdict."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sim.cli import folders
from sim.cli.commands.common import cell, plain, plans_wrong, replications_wrong
from sim.cli.progress import bar
from sim.cli.settings import CompareSettings
from sim.cli.tables import table
from sim.errors import Problem
from sim.scenario.building import Case

if TYPE_CHECKING:
    from sim.experiment import Comparison

# KPIs on the console, of the many in the report
_SHOWN = (
    "service_level_ship",
    "service_level_delivery",
    "tardiness_ship_p90_min",
    "peak_backlog_orders",
    "cancelled_share",
    "satisfaction_mean",
    "net_contribution",
)

# without a promise nothing is late, and what is left to say is how the stations cope
_SHOWN_WITHOUT_PROMISE = (
    "mean_wait_picking_min",
    "wait_share_picking",
    "mean_queue_picking_orders",
    "utilisation_picking",
    "mean_wait_desk_min",
    "abandonment_share",
    "utilisation_desk",
)


def wrong(case: Case[CompareSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    return [*plans_wrong(case.plans, case.settings.baseline), *replications_wrong(case)]


def perform(case: Case[CompareSettings], folder: Path, line: str) -> Path:
    """Compare, write the report, print the essence; the page's path."""
    begun = perf_counter()
    from sim.experiment import compare
    from sim.report import write_comparison

    settings = case.settings
    durations = {"start": perf_counter() - begun}
    with bar("simulating", of=case.plans, counted="replications") as progress:
        comparison = compare(
            case.scenario,
            list(case.plans.values()),
            settings.replications,
            settings.seed,
            baseline=settings.baseline,
            enough=settings.precision.enough() if settings.precision is not None else None,
            workers=settings.workers,
            compute=settings.compute,
            scheduler=settings.scheduler,
            progress=progress,
        )
        progress.say("writing the report")
        index = folders.write(
            folder,
            lambda free: write_comparison(
                comparison,
                free,
                command=line,
                config=case.config,
                durations=durations,
                lang=settings.report.lang,
            ),
            chosen=settings.out is not None,
        )
    _print_comparison(comparison)
    return index


def _print_comparison(comparison: Comparison) -> None:
    from sim.indicators import KPIS
    from sim.report.describe import certainty, headline
    from sim.report.formats import Formats
    from sim.report.messages import catalogue
    from sim.report.page import notes_in_words
    from sim.report.precision import precision_lines
    from sim.report.reading import Reading

    say = catalogue()
    formats, reading = Formats(say, comparison.scenario.economics.currency), Reading(comparison)
    wanted = _SHOWN if comparison.scenario.promise is not None else _SHOWN_WITHOUT_PROMISE
    shown_kpis = [name for name in wanted if reading.known(name)]
    header = ("Plan", *(say(f"kpi.{name}.label") for name in shown_kpis))
    rows = []
    for plan in reading.plans:
        estimates = [(reading.estimate(plan, name), KPIS[name].unit) for name in shown_kpis]
        rows.append((plan, *(cell(formats, each.mean, each.low, each.high, unit) for each, unit in estimates)))
    replications = f"{comparison.replications} replications, means with 95 % intervals"
    print(f"{comparison.scenario.heading}: {replications}, {formats.currency}")
    print()
    print(table(rows, header=header, right=range(1, len(header))))
    print()
    print(plain(headline(reading, formats).striptags()))
    print(plain(certainty(reading, formats)))
    for missed in precision_lines(reading, formats):
        print(plain(missed))
    for note in notes_in_words(comparison.notes, formats):
        print(plain(note))
