"""The page on an experiment: what the reports on sweeps, selections and the like have in common.

Each kind of experiment says what it found in a :class:`Draft`: sentences, parts with charts and tables, files. This
module puts the frame around it: disturbances, assumptions, method, glossary, manifest, and the tidy table of all runs.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from sim.report.charts.canvas import Chart
from sim.report.disturbances import disturbances_in_words
from sim.report.folder import new_folder, versions, write_csv, write_manifest
from sim.report.formats import Formats
from sim.report.page import TEMPLATES, Origin, assumptions, frame, glossary, origin_facts, pictures, render, window
from sim.report.tables import Table
from sim.report.write import models_of, write_charts

if TYPE_CHECKING:
    import pandas as pd

    from sim.experiment.laboratory.lab import Lab


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure to be seen first: value, what it is, and a remark."""

    value: str
    name: str
    below: str = ""


@dataclass(frozen=True, slots=True)
class TablePart:
    """A table in a part of the page.

    Parameters
    ----------
    first
        Head of the column of names.
    table
        Heads and rows.
    sortable
        Whether readers may sort it by its columns.
    words
        Whether its cells hold words rather than figures.
    """

    first: str
    table: Table
    sortable: bool = False
    words: bool = False


@dataclass(frozen=True, slots=True)
class ChartPart:
    """A chart in a part of the page, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class TextPart:
    """A text to be copied as it stands: a file, a command."""

    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page.

    Parameters
    ----------
    name
        Anchor: lower-case letters and underscores.
    title, nav
        Its heading, and what the contents call it.
    lead
        Sentences above: texts, or Markup of the catalogue.
    blocks
        Charts, tables and texts in order.
    remarks
        Sentences below.
    """

    name: str
    title: str
    nav: str
    lead: Sequence[str] = ()
    blocks: Sequence[TablePart | ChartPart | TextPart] = ()
    remarks: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Draft:
    """What a kind of experiment has to say.

    Parameters
    ----------
    title, kicker
        Of the page.
    headline, certainty
        The answer in a sentence, and how sure it is.
    parts
        In order.
    tiles
        Figures to be seen first.
    charts
        All charts that the parts name.
    tables
        File name without ending -> table, written as CSV.
    files
        Other files: path in the folder -> text, or bytes where every byte counts.
    facts
        Name and text for the method: replications, how it was decided.
    kpis
        Those to be explained in the glossary.
    manifest
        Facts for ``manifest.json``.
    """

    title: str
    kicker: str
    headline: str
    parts: Sequence[Part]
    certainty: str = ""
    tiles: Sequence[Tile] = ()
    charts: Sequence[Chart] = ()
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    facts: Sequence[tuple[str, str]] = ()
    kpis: Sequence[str] = ()
    manifest: Mapping[str, Any] = field(default_factory=dict)


def write_experiment(
    draft: Draft,
    lab: Lab,
    folder: Path,
    formats: Formats,
    *,
    command: str,
    config: Mapping[str, Any] | None = None,
    durations: Mapping[str, float] | None = None,
) -> Path:
    """Write the report on an experiment into a new folder.

    Parameters
    ----------
    draft
        What it found.
    lab
        Where it was done: scenario, plans, all runs asked for.
    folder
        Folder to make; it must not exist.
    formats
        Writers of values, with the catalogue.
    command, config, durations
        As in :func:`sim.report.write.write_comparison`.

    Returns
    -------
    Path of ``index.html``.

    Raises
    ------
    InputError
        If `folder` exists. Whatever goes wrong, nothing half-written stays behind.
    """
    from sim.experiment.laboratory.tidy import entries_of, write

    begun = time.perf_counter()
    with new_folder(folder, formats.say) as partial:
        charts = {chart.name: chart for chart in draft.charts}
        if charts:
            write_charts(charts, partial)
        for name, table in draft.tables.items():
            write_csv(table, partial / f"{name}.csv")
        for place, content in draft.files.items():
            (partial / place).parent.mkdir(parents=True, exist_ok=True)
            (partial / place).write_bytes(content if isinstance(content, bytes) else content.encode())
        runs = write(partial / "runs.parquet", lab.store, entries_of(lab.asked.values()))
        origin = Origin(command, versions(), {**(durations or {}), "report_s": time.perf_counter() - begun})
        (partial / "index.html").write_text(_page(draft, lab, formats, origin, runs), encoding="utf-8")
        facts = {
            "command": command,
            "config": config or models_of(lab.scenario, lab.plans),
            "plans": list(lab.plans),
            "seed": lab.seed,
            **draft.manifest,
            "runs": runs,
            "versions": origin.versions,
            "durations_s": origin.durations,
        }
        write_manifest(partial / "manifest.json", facts)
    return folder / "index.html"


def _page(draft: Draft, lab: Lab, formats: Formats, origin: Origin, runs: int) -> str:
    say, scenario = formats.say, lab.scenario
    disturbances = disturbances_in_words(scenario, None, formats)
    contents = [("disturbances", say("nav.disturbances"))] if disturbances else []
    contents += [(part.name, part.nav) for part in draft.parts]
    contents += [(name, say(f"nav.{name}")) for name in ("assumptions", "method", "glossary")]
    facts = [
        *draft.facts,
        (say("experiment.runs"), say("experiment.runs_text", runs=formats.number(runs), ran=formats.number(lab.ran))),
        (say("method.seed"), str(lab.seed)),
        (say("method.window"), window(scenario, formats)),
        *origin_facts(origin, formats, say("experiment.files")),
    ]
    return render(
        "experiment.html.j2",
        **frame(scenario, formats, origin),
        title=draft.title,
        kicker=draft.kicker,
        contents=contents,
        draft=draft,
        disturbances=disturbances,
        charts=pictures({chart.name: chart for chart in draft.charts}, ()),
        failures=_failures(lab, formats),
        assumptions=assumptions(scenario, list(lab.plans.values()), formats),
        facts=facts,
        notes=[],
        glossary=glossary(draft.kpis, formats),
        script=sorting(draft.parts),
    )


def sorting(parts: Sequence[Part]) -> Markup:
    """The script that lets readers sort tables, where there is one to sort; the page is whole without it."""
    if not any(isinstance(block, TablePart) and block.sortable for part in parts for block in part.blocks):
        return Markup("")
    return Markup((TEMPLATES / "sort.js").read_text(encoding="utf-8"))  # noqa: S704 (our own file)


def _failures(lab: Lab, formats: Formats) -> list[str]:
    """Runs that failed three times: what they were, so that each can be run alone."""
    say = formats.say
    return [
        say(
            "experiment.failure",
            plan=each.plan,
            replication=each.replication,
            seed=each.seed,
            values=", ".join(f"{path}={value}" for path, value in each.values.items()) or say("experiment.base"),
            error=each.error.strip().splitlines()[-1],
        )
        for each in lab.failures
    ]
