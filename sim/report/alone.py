"""Pages on what is no run of a scenario: the same frame, without assumptions, disturbances and a glossary of KPIs."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.report.experiment import Draft, sorting
from sim.report.folder import new_folder, versions, write_csv, write_manifest
from sim.report.formats import Formats
from sim.report.page import Origin, origin_facts, pictures, render
from sim.report.write import write_charts


def write_alone(
    draft: Draft,
    folder: Path,
    formats: Formats,
    *,
    when: str,
    files: str,
    command: str,
    config: Mapping[str, Any] | None = None,
    durations: Mapping[str, float] | None = None,
    also: Callable[[Path], None] | None = None,
) -> Path:
    """Write a page and its files into a new folder.

    Parameters
    ----------
    draft
        What it says.
    when
        The days it is about, in words.
    files
        What lies beside the page, in words.
    also
        Writes further files into the folder.

    Returns
    -------
    Path of ``index.html``.

    Raises
    ------
    InputError
        If `folder` exists. Whatever goes wrong, nothing half-written stays behind.
    """
    begun = time.perf_counter()
    with new_folder(folder, formats.say) as partial:
        charts = {chart.name: chart for chart in draft.charts}
        if charts:
            write_charts(charts, partial)
        for name, table in draft.tables.items():
            write_csv(table, partial / f"{name}.csv")
        if also is not None:
            also(partial)
        origin = Origin(command, versions(), {**(durations or {}), "report_s": time.perf_counter() - begun})
        (partial / "index.html").write_text(_page(draft, formats, origin, when, files), encoding="utf-8")
        facts = {
            "command": command,
            "config": dict(config or {}),
            **draft.manifest,
            "versions": origin.versions,
            "durations_s": origin.durations,
        }
        write_manifest(partial / "manifest.json", facts)
    return folder / "index.html"


def _page(draft: Draft, formats: Formats, origin: Origin, when: str, files: str) -> str:
    say = formats.say
    return render(
        "alone.html.j2",
        say=say,
        version=origin.versions.get("surgesim", ""),
        scenario={"story": ""},
        when=when,
        title=draft.title,
        kicker=draft.kicker,
        contents=[*((part.name, part.nav) for part in draft.parts), ("method", say("nav.method"))],
        draft=draft,
        charts=pictures({chart.name: chart for chart in draft.charts}, ()),
        facts=[*draft.facts, *origin_facts(origin, formats, files)],
        script=sorting(draft.parts),
    )
