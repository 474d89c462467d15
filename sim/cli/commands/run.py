"""``surgesim run``: one plan, one replication, with its full ledger."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from sim.cli import folders
from sim.cli.commands.common import plain, plans_wrong
from sim.cli.progress import bar
from sim.cli.settings import RunSettings
from sim.cli.tables import table
from sim.errors import Problem
from sim.scenario.building import Case
from sim.scenario.library import shown

if TYPE_CHECKING:
    from sim.ledger import Ledger


def wrong(case: Case[RunSettings]) -> list[Problem]:
    """What is wrong, before any work is done."""
    if len(case.plans) > 1:
        listed = ", ".join(plan.name for plan in case.plans.values())
        return [Problem("plan", f"[{listed}]", "run takes one plan; compare takes several")]
    return plans_wrong(case.plans, None)


def perform(case: Case[RunSettings], folder: Path, line: str) -> Path:
    """Run, write the report, print the essence; the page's path."""
    begun = perf_counter()
    from sim.draws import sample
    from sim.floor import simulate
    from sim.report import write_run

    settings, (plan,) = case.settings, case.plans.values()
    durations = {"start": perf_counter() - begun}
    with bar("simulating") as progress:
        begun = perf_counter()
        draws = sample(case.scenario, settings.seed, settings.replication)
        durations["sample"] = perf_counter() - begun
        begun = perf_counter()
        ledger = simulate(case.scenario, plan, draws)
        durations["simulate"] = perf_counter() - begun
        progress.say("writing the report")
        index = folders.write(
            folder,
            lambda free: write_run(
                ledger, free, command=line, config=case.config, durations=durations, lang=settings.report.lang
            ),
            chosen=settings.out is not None,
        )
    _print_run(ledger)
    print(f"\nLedger (Parquet): {shown(index.parent / 'ledger')}")
    return index


def _print_run(ledger: Ledger) -> None:
    from sim.indicators import KPIS, kpi_values
    from sim.report.formats import Formats
    from sim.report.messages import catalogue
    from sim.report.page import notes_in_words

    say = catalogue()
    formats = Formats(say, ledger.scenario.economics.currency)
    values = {name: value for name, value in kpi_values(ledger).items() if value == value}
    rows = [(name, plain(formats.value(value, KPIS[name].unit)), KPIS[name].about) for name, value in values.items()]
    print(
        f"{ledger.scenario.heading}, plan {ledger.plan.heading}: replication {ledger.replication}, seed {ledger.seed}, "
        f"{formats.currency}"
    )
    print()
    print(table(rows, header=("KPI", "value", "meaning"), right=[1]))
    for note in notes_in_words(ledger.remarks, formats):
        print(plain(note))
