"""The page on a sweep."""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from sim.experiment.results import Results
from sim.report.experiment import Draft, Part, TablePart
from sim.report.formats import Formats
from sim.report.tables import Cell, Head, Row, Table

SHOWN = ("service_level_ship", "net_contribution")


def headline(results: Results, formats: Formats) -> Markup:
    """The answer in a sentence."""
    return formats.say.html("sweep.headline", points=len(results.points), plans=len(results.plans))


def sweep_draft(results: Results, formats: Formats, kpis: Sequence[str] | None) -> Draft:
    """What the page says."""
    say = formats.say
    shown = tuple(kpis or SHOWN)
    table = results.table(shown)
    rows = []
    for (point, plan), part in table.groupby(["point", "plan"], sort=False):
        cells = (Cell(formats.value(*each)) for each in zip(part["mean"], part["unit"], strict=True))
        rows.append(Row(f"{point} {plan}", tuple(cells)))
    drawn = Table(tuple(Head(say(f"kpi.{kpi}.label")) for kpi in shown), tuple(rows))
    block = TablePart(say("sweep.point"), drawn, sortable=True)
    return Draft(
        title=say("sweep.title", scenario=results.scenario.heading),
        kicker=say("sweep.kicker"),
        headline=headline(results, formats),
        parts=[
            Part(
                "points",
                say("sweep.points"),
                say("sweep.points"),
                blocks=[TablePart(say("sweep.point"), drawn, sortable=True)],
            )
        ],
        tables={"points": table},
        kpis=shown,
    )
