"""Writes a report: the page, the charts, tables and ledgers, and the manifest, in one new folder."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.ledger_io import write_ledger
from sim.report.folder import new_folder, versions, write_csv, write_manifest
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment import Comparison, Verdict
    from sim.ledger import Ledger
    from sim.report.charts.canvas import Chart


def write_comparison(
    comparison: Comparison,
    folder: Path,
    *,
    command: str,
    config: Mapping[str, Any] | None,
    durations: Mapping[str, float] | None = None,
    lang: str = "en",
) -> Path:
    """Write the report on a comparison into a new folder.

    Parameters
    ----------
    comparison
        Result of ``sim.compare``.
    folder
        Folder to make; it must not exist.
    command
        Command line, shown and kept as given.
    config
        Composed configuration for the manifest; without it, the scenario and the plans themselves.
    durations
        Step -> seconds, beside those that the comparison measured itself.
    lang
        Language of the page: a catalogue in ``sim/report/catalogues/``, ``en`` or ``zh_TW``.

    Returns
    -------
    Path of ``index.html``.

    Raises
    ------
    InputError
        If `folder` exists, or there is no such language. Whatever goes wrong, nothing half-written stays behind.
    """
    from sim.report.page import Origin, comparison_page
    from sim.report.precision import precision_manifest

    say = catalogue(lang)
    formats = Formats(say, comparison.scenario.economics.currency)
    reading = Reading(comparison, formats.charts.say)
    with new_folder(folder, say) as partial:
        begun = time.perf_counter()
        charts = draw_comparison(reading, formats.charts)
        write_charts(charts, partial)
        write_csv(comparison.summary, partial / "summary.csv")
        write_csv(comparison.differences, partial / "differences.csv")
        write_csv(comparison.risk, partial / "risk.csv")
        if comparison.precision is not None:
            write_csv(comparison.precision.table(), partial / "precision.csv")
        write_csv(comparison.scorecards, partial / "scorecards.csv")
        write_csv(comparison.early_warning, partial / "early_warning.csv")
        _write_parquet(comparison.series, partial / "series.parquet")
        _write_parquet(comparison.per_replication, partial / "replications.parquet")
        for name, ledger in comparison.ledgers.items():
            write_ledger(ledger, partial / "ledgers" / name)
        spent = {**comparison.timings, **(durations or {}), "report_s": time.perf_counter() - begun}
        origin = Origin(command, versions(), spent)
        page = comparison_page(reading, charts, formats, origin)
        (partial / "index.html").write_text(page, encoding="utf-8")
        facts = {
            "command": command,
            "config": config or models_of(comparison.scenario, comparison.plans),
            "plans": list(comparison.plans),
            "baseline": comparison.baseline,
            "seed": comparison.seed,
            "replications": comparison.replications,
            **precision_manifest(comparison.precision),
            "workers": comparison.workers,
            "notes": dict(comparison.notes),
            "verdict": None if comparison.verdict is None else verdict_facts(comparison.verdict),
            "versions": origin.versions,
            "durations_s": origin.durations,
        }
        write_manifest(partial / "manifest.json", facts)
    return folder / "index.html"


def write_run(
    ledger: Ledger,
    folder: Path,
    *,
    command: str,
    config: Mapping[str, Any] | None,
    durations: Mapping[str, float] | None = None,
    lang: str = "en",
) -> Path:
    """Write the report on one run (one plan, one replication) into a new folder.

    Parameters
    ----------
    ledger
        Result of ``sim.simulate``.
    folder
        Folder to make; it must not exist.
    command, config, durations, lang
        As in :func:`write_comparison`.

    Returns
    -------
    Path of ``index.html``.

    Raises
    ------
    InputError
        If `folder` exists, or there is no such language. Whatever goes wrong, nothing half-written stays behind.
    """
    import pandas as pd

    from sim.experiment.scorecard import scorecards_of
    from sim.indicators import hourly, kpis
    from sim.report.charts.canvas import style
    from sim.report.charts.timeline import timeline_chart
    from sim.report.page import Origin
    from sim.report.run import kpi_frame, run_page

    say = catalogue(lang)
    formats = Formats(say, ledger.scenario.economics.currency)
    with new_folder(folder, say) as partial:
        begun = time.perf_counter()
        figures = kpis(ledger)
        scorecards = scorecards_of(ledger)
        series = hourly(ledger)
        with style():
            charts = [timeline_chart(ledger, series, formats.charts), *_stock_of_run(ledger, series, formats.charts)]
        write_charts({chart.name: chart for chart in charts}, partial)
        write_csv(kpi_frame(figures), partial / "kpis.csv")
        write_csv(scorecards, partial / "scorecards.csv")
        pd.DataFrame(series).to_parquet(partial / "series.parquet", index=False)
        write_ledger(ledger, partial / "ledger")
        spent = {**(durations or {}), "report_s": time.perf_counter() - begun}
        origin = Origin(command, versions(), spent)
        page = run_page(ledger, figures, scorecards, charts, formats, origin)
        (partial / "index.html").write_text(page, encoding="utf-8")
        facts = {
            "command": command,
            "config": config or models_of(ledger.scenario, {ledger.plan.name: ledger.plan}),
            "plans": [ledger.plan.name],
            "seed": ledger.seed,
            "replication": ledger.replication,
            "versions": origin.versions,
            "durations_s": origin.durations,
        }
        write_manifest(partial / "manifest.json", facts)
    return folder / "index.html"


def verdict_facts(verdict: Verdict) -> dict[str, Any]:
    """A verdict for the manifest; what is not known is null."""
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in vars(verdict).items()
    }


def draw_comparison(reading: Reading, formats: Formats) -> dict[str, Chart]:
    """All charts of a comparison by name; those with nothing to show are left out."""
    from sim.report.charts.alarms import alarms_chart
    from sim.report.charts.backlog import backlog_chart
    from sim.report.charts.canvas import style
    from sim.report.charts.limits import limits_chart
    from sim.report.charts.pareto import pareto_chart
    from sim.report.charts.risk import risk_chart
    from sim.report.charts.staffing import staffing_chart
    from sim.report.charts.stages import stages_chart
    from sim.report.charts.stock import stock_charts

    with style():
        drawn = (
            risk_chart(reading, formats),
            backlog_chart(reading, formats),
            stages_chart(reading, formats),
            limits_chart(reading, formats),
            staffing_chart(reading, formats, _two_plans(reading)),
            pareto_chart(reading, formats),
            alarms_chart(reading, formats),
            *stock_charts(reading, formats),
        )
    return {chart.name: chart for chart in drawn if chart is not None}


def _stock_of_run(ledger: Ledger, series: Mapping[str, Any], formats: Formats) -> list[Chart]:
    """Stock over time, and the SKUs that ran short; nothing without stock."""
    if ledger.scenario.stock is None:
        return []
    from sim.report.charts.skus import skus_chart
    from sim.report.charts.stock import levels_chart
    from sim.report.stock import worst_skus

    worst = worst_skus(ledger)
    return [levels_chart(ledger, series, formats), *([skus_chart(ledger, worst, formats)] if worst else [])]


def _two_plans(reading: Reading) -> list[str]:
    """The baseline and the chosen plan; where they are one, the runner-up beside it."""
    other: str | None = reading.chosen
    if other == reading.baseline and reading.verdict is not None:
        other = reading.verdict.runner_up
    return [reading.baseline] if other in {None, reading.baseline} else [reading.baseline, str(other)]


def write_charts(charts: Mapping[str, Chart], folder: Path) -> None:
    """Charts as SVG and PNG in a folder of their own."""
    target = folder / "charts"
    target.mkdir()
    for chart in charts.values():
        (target / f"{chart.name}.svg").write_bytes(chart.svg)
        (target / f"{chart.name}.png").write_bytes(chart.png)


def _write_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.to_parquet(path, index=False, engine="pyarrow", compression="zstd")


def models_of(scenario: Any, plans: Mapping[str, Any]) -> dict[str, Any]:
    """The configuration of a comparison that was built in Python."""
    return {
        "scenario": scenario.model_dump(mode="json", by_alias=True),
        "plan": {name: plan.model_dump(mode="json", by_alias=True) for name, plan in plans.items()},
    }
