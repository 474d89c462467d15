"""What the commands do with validated configurations."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from sim.cli import folders
from sim.cli.arguments import Arguments
from sim.cli.progress import bar
from sim.cli.settings import CompareSettings, RunSettings
from sim.cli.tables import table
from sim.errors import InputError, Problem, nearest
from sim.scenario.building import HEADING, Case
from sim.scenario.library import shown

if TYPE_CHECKING:
    from sim.experiment import Comparison
    from sim.ledger import Ledger

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


def perform(command: str, cases: Sequence[Case[Any]], given: Arguments) -> None:
    """Run a command on each of its configurations.

    Raises
    ------
    InputError
        If a plan is missing or too many, or a report could not be written: before any work is done.
    """
    _check(command, cases)
    for number, case in enumerate(cases):
        if len(cases) > 1:
            print(f"\n[{number + 1}/{len(cases)}] {' '.join(case.overrides)}", flush=True)
        job = number if len(cases) > 1 else None
        folder = folders.target(command, case.scenario.name, case.settings.out, job)
        line = _command_line(command, case, given)
        index = (_compare if command == "compare" else _run)(case, folder, line)
        print(f"\nReport:\n{shown(index)}", flush=True)


def _check(command: str, cases: Sequence[Case[Any]]) -> None:
    problems: dict[Problem, None] = {}
    for number, case in enumerate(cases):
        job = number if len(cases) > 1 else None
        folder = folders.target(command, case.scenario.name, case.settings.out, job)
        found = [_plans_wrong(command, case), folders.problem_with(folder, chosen=case.settings.out is not None)]
        problems.update({problem: None for problem in found if problem is not None})
    if problems:
        raise InputError(problems, heading=HEADING)


def _plans_wrong(command: str, case: Case[Any]) -> Problem | None:
    names = [plan.name for plan in case.plans.values()]
    listed = ", ".join(names)
    if not names:
        return Problem("plans", "[]", "choose at least one: plans=[none,overtime]; see: surgesim list")
    if command == "run":
        return None if len(names) == 1 else Problem("plan", f"[{listed}]", "run takes one plan; compare takes several")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        return Problem("plans", f"[{listed}]", f"two plans are named '{twice}'")
    baseline = case.settings.baseline
    if baseline is not None and baseline not in names:
        return Problem("baseline", baseline, f"is not among the plans compared: {listed}{nearest(baseline, names)}")
    return None


def _command_line(command: str, case: Case[Any], given: Arguments) -> str:
    own = ["--config-dir", given.config_dir.name] if given.config_dir is not None else []
    return shlex.join(["surgesim", command, *case.overrides, *own])


def _compare(case: Case[CompareSettings], folder: Path, line: str) -> Path:
    begun = perf_counter()
    from sim.experiment import compare
    from sim.report import write_comparison

    settings = case.settings
    durations = {"start": perf_counter() - begun}
    with bar("simulating") as progress:
        comparison = compare(
            case.scenario,
            list(case.plans.values()),
            settings.replications,
            settings.seed,
            baseline=settings.baseline,
            workers=settings.workers,
            progress=progress,
        )
        progress.say("writing the report")
        index = folders.write(
            folder,
            lambda free: write_comparison(comparison, free, command=line, config=case.config, durations=durations),
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
    from sim.report.reading import Reading

    say = catalogue()
    formats, reading = Formats(say, comparison.scenario.economics.currency), Reading(comparison)
    wanted = _SHOWN if comparison.scenario.promise is not None else _SHOWN_WITHOUT_PROMISE
    shown_kpis = [name for name in wanted if reading.known(name)]
    header = ("Plan", *(say(f"kpi.{name}.label") for name in shown_kpis))
    rows = []
    for plan in reading.plans:
        estimates = [(reading.estimate(plan, name), KPIS[name].unit) for name in shown_kpis]
        rows.append((plan, *(_cell(formats, each.mean, each.low, each.high, unit) for each, unit in estimates)))
    replications = f"{comparison.replications} replications, means with 95 % intervals"
    print(f"{comparison.scenario.heading}: {replications}, {formats.currency}")
    print()
    print(table(rows, header=header, right=range(1, len(header))))
    print()
    print(_plain(headline(reading, formats).striptags()))
    print(_plain(certainty(reading, formats)))
    for note in notes_in_words(comparison.notes, formats):
        print(_plain(note))


def _cell(formats: Any, mean: float, low: float, high: float, unit: str) -> str:
    return _plain(f"{formats.value(mean, unit)} {formats.half_width(low, high, unit)}".strip())


def _plain(text: str) -> str:
    """Without the no-break spaces of the page, which some consoles can't show."""
    return text.replace("\u00a0", " ").replace("−", "-")


def _run(case: Case[RunSettings], folder: Path, line: str) -> Path:
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
            lambda free: write_run(ledger, free, command=line, config=case.config, durations=durations),
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
    rows = [(name, _plain(formats.value(value, KPIS[name].unit)), KPIS[name].about) for name, value in values.items()]
    print(
        f"{ledger.scenario.heading}, plan {ledger.plan.heading}: replication {ledger.replication}, seed {ledger.seed}, "
        f"{formats.currency}"
    )
    print()
    print(table(rows, header=("KPI", "value", "meaning"), right=[1]))
    for note in notes_in_words(ledger.remarks, formats):
        print(_plain(note))
