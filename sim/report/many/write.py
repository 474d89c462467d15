"""Writes the combined report of a ``--multirun``: a page with a chart and a table over all jobs."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from markupsafe import Markup

from sim.experiment.choice import Span
from sim.report.charts.canvas import style
from sim.report.folder import filled, versions, write_csv, write_manifest
from sim.report.formats import Formats
from sim.report.many.jobs import Job, Line, Stand, labels, lines_of
from sim.report.messages import Messages, catalogue
from sim.report.page import TEMPLATES, pictures, render
from sim.report.tables import Cell, Head, Row, Table
from sim.report.write import write_charts

if TYPE_CHECKING:
    import pandas as pd

FILES = ("index.html", "jobs.csv", "manifest.json", "charts")
MOST_ROWS = 300


def write_jobs(jobs: Sequence[Job], folder: Path, *, command: str, what: str, lang: str = "en") -> Path:
    """Write the combined report.

    Parameters
    ----------
    jobs
        All jobs, their single reports written.
    folder
        Where to; made when it is missing, and must hold none of :data:`FILES`.
    command
        The whole command line, shown and kept as given.
    what
        ``compare`` or ``sweep``.
    lang
        Language of the page.

    Returns
    -------
    Path of ``index.html``.

    Raises
    ------
    InputError
        If one of :data:`FILES` is there. Whatever goes wrong, nothing half-written stays behind.
    """
    from sim.report.charts.many_map import jobs_chart

    say = catalogue(lang)
    names = labels(jobs)
    found = [lines_of(job) for job in jobs]
    lines = [line for each, _ in found for line in each]
    page = _Page(jobs, names, lines, what, say)
    with filled(folder, FILES, say) as partial:
        with style():
            chart = jobs_chart(names, lines, page.headings, page.formats(jobs[0]).charts)
        charts = {chart.name: chart} if chart is not None else {}
        if charts:
            write_charts(charts, partial)
        write_csv(_frame(jobs, names, [table for _, table in found], folder), partial / "jobs.csv")
        html = render(
            "many.html.j2",
            say=say,
            version=versions()["surgesim"],
            scenario={"story": ""},
            when=page.when(),
            title=say(f"many.title.{what}", jobs=len(jobs)),
            kicker=say("many.kicker"),
            contents=[(name, say(f"many.nav.{name}")) for name in (*(["chart"] if charts else []), "jobs", "method")],
            headline=page.headline(),
            certainty=say(f"many.certainty.{what}"),
            chart=next(iter(pictures(charts, ()).values()), None),
            chart_lead=say(f"many.chart.{what}"),
            chart_remark=page.cut_chart(),
            table=page.table(folder),
            table_remark=page.cut_table(),
            facts=[
                (say("method.command"), command),
                (
                    say("method.versions"),
                    say("list.comma").join(f"{name} {number}" for name, number in versions().items()),
                ),
                (say("method.files"), say("many.files")),
            ],
            script=Markup((TEMPLATES / "sort.js").read_text(encoding="utf-8")),  # noqa: S704 (our own file)
        )
        (partial / "index.html").write_text(html, encoding="utf-8")
        facts = {
            "command": command,
            "jobs": [
                {"job": job.number, "overrides": list(job.overrides), "report": _link(job, folder, quoted=False)}
                for job in jobs
            ],
            "versions": versions(),
        }
        write_manifest(partial / "manifest.json", facts)
    return folder / "index.html"


def _frame(jobs: Sequence[Job], names: Sequence[str], tables: Sequence[pd.DataFrame], folder: Path) -> pd.DataFrame:
    """All jobs, points and plans as one table."""
    import pandas as pd

    parts = []
    for job, name, table in zip(jobs, names, tables, strict=True):
        part = table.copy()
        part.insert(0, "currency", job.scenario.economics.currency)
        part.insert(0, "scenario", job.scenario.name)
        part.insert(0, "report", _link(job, folder, quoted=False))
        part.insert(0, "overrides", name)
        part.insert(0, "job", job.number)
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _link(job: Job, folder: Path, *, quoted: bool = True) -> str:
    """From the combined page to a single one."""
    relative = Path(os.path.relpath(job.folder / "index.html", folder)).as_posix()
    return quote(relative) if quoted else relative


class _Page:
    """The parts of the page."""

    def __init__(
        self, jobs: Sequence[Job], names: Sequence[str], lines: Sequence[Line], what: str, say: Messages
    ) -> None:
        self.jobs, self.names, self.lines, self.what = jobs, names, lines, what
        self.say = say
        self.headings: dict[str, str] = {}
        for job in jobs:
            for name, plan in job.plans.items():
                self.headings.setdefault(name, self.formats(job).heading(plan))

    def formats(self, job: Job) -> Formats:
        """Writers of values in a job's currency."""
        return Formats(self.say, job.scenario.economics.currency)

    def when(self) -> str:
        """The scenarios, each once."""
        return self.say("list.comma").join(dict.fromkeys(self.formats(job).heading(job.scenario) for job in self.jobs))

    def headline(self) -> Markup:
        """In how many of the jobs, or at how many of the points, which plan is to be chosen."""
        say, total = self.say, len(self.lines)
        wins = Counter(line.plan for line in self.lines if line.plan and line.chosen and line.chosen.holds)
        held = sum(wins.values())
        if not any(line.plan for line in self.lines):
            return say.html("many.headline.nothing_due")
        if not held:
            return say.html(f"many.headline.none_{self.what}", total=total)
        winners = [
            say.html("many.headline.winner", plan=self.headings[plan], count=count)
            for plan, count in wins.most_common()
        ]
        listed = winners[0]
        if len(winners) > 1:
            head = say.html("list.comma").join(winners[:-1])
            listed = say.html("list.last", head=head, last=winners[-1])
        return say.html(f"many.headline.{self.what}", held=held, total=total, winners=listed)

    def cut_chart(self) -> str:
        """What the chart leaves out."""
        from sim.report.charts.many_map import MOST_ROWS as OF_CHART

        return self.say("many.chart.cut", shown=OF_CHART, jobs=len(self.jobs)) if len(self.jobs) > OF_CHART else ""

    def cut_table(self) -> str:
        """What the table leaves out."""
        if len(self.lines) <= MOST_ROWS:
            return ""
        return self.say("many.table.cut", shown=MOST_ROWS, rows=self.formats(self.jobs[0]).number(len(self.lines)))

    def table(self, folder: Path) -> Table:
        """A row for each job, or for each point of each."""
        say = self.say
        pointed = any(line.point for line in self.lines)
        heads = [Head(say("many.table.scenario"), of_words=True)]
        if pointed:
            heads.append(Head(say("many.table.point"), of_words=True))
        heads += [
            Head(say(f"many.table.{name}"), of_words=name == "plan") for name in ("plan", "met", "service", "net")
        ]
        rows = [self._row(line, folder, pointed=pointed) for line in self.lines[:MOST_ROWS]]
        return Table(tuple(heads), tuple(rows))

    def _row(self, line: Line, folder: Path, *, pointed: bool) -> Row:
        job, formats = line.job, self.formats(line.job)
        title = formats.heading(job.scenario)
        cells = [Cell(title, mark="text", sort=title)]
        if pointed:
            number = int(line.point.partition(":")[0])
            cells.append(Cell(line.point, mark="text", sort=number))
        cells += _cells(line, line.chosen, self.headings, formats)
        link = _link(job, folder)
        return Row(self.names[self.jobs.index(job)], tuple(cells), link=link)


def _cells(line: Line, chosen: Stand | None, headings: dict[str, str], formats: Formats) -> list[Cell]:
    """The plan, how often it met the target, its service level, and its net contribution against the baseline."""
    say = formats.say
    nothing = Cell(say("number.none"))
    if line.plan is None or chosen is None:
        return [nothing] * 4
    heading = headings[line.plan]
    name = heading if chosen.holds else say("many.table.none", plan=heading)
    reach = Cell(
        formats.share(chosen.reach.mean, 0),
        say("many.table.times", met=chosen.met, of=chosen.of, range=_range(chosen.reach, formats)),
        "holds" if chosen.holds else "",
        sort=chosen.reach.mean,
    )
    service = Cell(
        formats.share(chosen.service.mean),
        formats.half_width(chosen.service.low, chosen.service.high, "share"),
        sort=chosen.service.mean if chosen.service.known else None,
    )
    gap = chosen.gap
    if line.plan == line.baseline or not gap.known:
        net = nothing
    else:
        below = ""
        if math.isfinite(gap.low):
            low, high = formats.signed(gap.low, "currency"), formats.signed(gap.high, "currency")
            below = say("many.table.interval", low=low, high=high)
        text = say("many.table.money", currency=formats.currency, amount=formats.signed(gap.mean, "currency"))
        net = Cell(text, below, sort=gap.mean)
    return [Cell(name, mark="text", sort=name), reach, service, net]


def _range(span: Span, formats: Formats) -> str:
    return formats.say("many.table.interval", low=formats.share(span.low, 0), high=formats.share(span.high, 0))
