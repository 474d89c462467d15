"""What the page on a sweep says, part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.experiment.choice import NET, SERVICE
from sim.experiment.questions.results import Results
from sim.report.experiment import ChartPart, Draft, Part, TablePart, Tile
from sim.report.formats import Formats
from sim.report.sweep import ranks, tables
from sim.report.sweep.axes import Axis
from sim.report.sweep.reading import SweepReading
from sim.report.sweep.words import certainty, headline

if TYPE_CHECKING:
    from sim.report.charts.canvas import Chart
    from sim.report.charts.sweep_maps import Frame

MOST_CHARTS = 6  # KPIs that are drawn; all of them are in the table


def sweep_draft(results: Results, formats: Formats, kpis: Sequence[str] | None) -> Draft:
    """What the page says.

    Parameters
    ----------
    kpis
        To be shown beside those that matter most.
    """
    reading = SweepReading(results, formats, kpis)
    found: ranks.Correlations = ranks.correlations(reading) if reading.space.shape == "scatter" else {}
    drawn = _Drawn(reading, found)
    say = formats.say
    parts = [
        _choice(reading, drawn),
        _levels(reading, drawn),
        _ranks(reading, found),
        _points(reading),
        _unsettled(reading),
        _figures(reading),
    ]
    return Draft(
        title=say("sweep.title", scenario=reading.formats.heading(results.scenario)),
        kicker=say("sweep.kicker"),
        headline=headline(reading),
        certainty=certainty(reading),
        tiles=_tiles(reading),
        parts=[part for part in parts if part is not None],
        charts=drawn.charts,
        tables={"points": tables.frame(reading)},
        facts=_facts(reading),
        kpis=reading.kpis,
        manifest=_manifest(reading),
    )


class _Drawn:
    """The charts that suit the points: maps, lines, marks or dots."""

    def __init__(self, reading: SweepReading, found: ranks.Correlations) -> None:
        from sim.report.charts.canvas import style

        self.reading = reading.for_charts()
        self.choice: Chart | None = None
        self.levels: list[Chart] = []
        self.frame: Frame | None = None
        kpis = [kpi for kpi in reading.kpis if reading.known(kpi)][:MOST_CHARTS]
        with style():
            self._draw(kpis, found)

    @property
    def charts(self) -> list[Chart]:
        """All of them."""
        return [*([self.choice] if self.choice is not None else []), *self.levels]

    def _draw(self, kpis: Sequence[str], found: ranks.Correlations) -> None:
        from sim.report.charts import sweep_curves as curves
        from sim.report.charts import sweep_maps as maps

        reading, shape = self.reading, self.reading.space.shape
        axes = reading.space.axes
        if not kpis or shape == "table":
            return
        if shape == "single":
            self.levels = [curves.dots_chart(reading, kpis)]
        elif shape == "line":
            self.levels = [curves.lines_chart(reading, axes[0], kpi) for kpi in kpis]
        elif shape == "map":
            self.frame = maps.frame_of(axes)
            if reading.due:
                self.choice = maps.choice_chart(reading, self.frame)
            self.levels = [maps.maps_chart(reading, self.frame, kpi) for kpi in kpis]
        else:
            if reading.due:
                self.choice = curves.choices_chart(reading, *_two(axes, reading, found))
            self.levels = [curves.scatter_chart(reading, kpi) for kpi in kpis]


def _two(axes: Sequence[Axis], reading: SweepReading, found: ranks.Correlations) -> tuple[Axis, Axis]:
    """The two figures that matter most for the service level, for a chart with room for two."""
    numeric = ranks.axes_of(reading)
    of_service = {column: each for column, each in found.items() if column[0] == SERVICE}
    best = [numeric[place] for place in ranks.order(reading, of_service)] if of_service else []
    first, second, *_ = [*best, *(axis for axis in axes if axis not in best)]
    return first, second


def _choice(reading: SweepReading, drawn: _Drawn) -> Part | None:
    say = reading.formats.say
    if not reading.due or len(reading.points) == 1:
        return None
    blocks: list[ChartPart | TablePart] = []
    lead: list[str] = []
    if drawn.choice is not None:
        lead = [say("sweep.choice.map" if drawn.frame is not None else "sweep.choice.scatter"), *_shown(reading, drawn)]
        blocks.append(ChartPart(drawn.choice.name))
    blocks.append(TablePart(say("sweep.choice.plan"), tables.tally_table(reading)))
    return Part("choice", say("sweep.choice.title"), say("sweep.choice.nav"), lead, blocks)


def _levels(reading: SweepReading, drawn: _Drawn) -> Part | None:
    if not drawn.levels:
        return None
    say, shape = reading.formats.say, reading.space.shape
    lead = [say(f"sweep.levels.{shape}"), *_shown(reading, drawn)]
    blocks = [ChartPart(chart.name) for chart in drawn.levels]
    return Part("levels", say("sweep.levels.title"), say("sweep.levels.nav"), lead, blocks)


def _shown(reading: SweepReading, drawn: _Drawn) -> list[str]:
    """Which of the points the maps show, where it is not all of them."""
    say, found = reading.formats.say, []
    frame = drawn.frame
    if frame is not None and frame.fixed:
        each = [say("sweep.figure_is", figure=axis.label, value=axis.texts[number]) for axis, number in frame.fixed]
        found.append(say("sweep.levels.fixed", fixed=say("list.comma").join(each)))
    if frame is not None and frame.third is not None and len(frame.shown) < len(frame.third.values):
        shown, number = len(frame.shown), len(frame.third.values)
        found.append(say("sweep.levels.several", figure=frame.third.label, shown=shown, number=number))
    return found


def _ranks(reading: SweepReading, found: ranks.Correlations) -> Part | None:
    say = reading.formats.say
    table = ranks.ranks_table(reading, found) if found else None
    if table is None:
        return None
    blocks = [TablePart(say("sweep.ranks.figure"), table, sortable=True)]
    lead = [*ranks.most_in_words(reading, found), say("sweep.ranks.lead")]
    return Part("ranks", say("sweep.ranks.title"), say("sweep.ranks.nav"), lead, blocks)


def _points(reading: SweepReading) -> Part:
    say = reading.formats.say
    rows, left_out = tables.window(reading)
    lead = (
        say("sweep.table.lead", baseline=reading.heading(reading.baseline))
        if len(reading.plans) > 1
        else say("sweep.table.lead_alone")
    )
    table = TablePart(say("sweep.table.plan"), tables.points_table(reading, rows), sortable=True)
    leads = [lead, left_out] if left_out else [lead]
    return Part("points", say("sweep.table.title"), say("sweep.table.nav"), leads, [table])


def _unsettled(reading: SweepReading) -> Part | None:
    say = reading.formats.say
    if not reading.results.unsettled:
        return None
    table = TablePart(say("sweep.unsettled.plan"), tables.unsettled_table(reading), sortable=True)
    lead = [say("sweep.precision.lead")]
    return Part("precision", say("sweep.precision.title"), say("sweep.precision.nav"), lead, [table])


def _figures(reading: SweepReading) -> Part | None:
    say = reading.formats.say
    if not reading.space.paths:
        return None
    table = TablePart(say("sweep.figures.path"), tables.figures_table(reading))
    return Part("figures", say("sweep.figures.title"), say("sweep.figures.nav"), (), [table])


def _tiles(reading: SweepReading) -> list[Tile]:
    say, formats = reading.formats.say, reading.formats
    points = formats.number(len(reading.points))
    found = []
    if reading.due and len(reading.points) > 1:
        found.append(Tile(formats.number(reading.held), say("sweep.tile.held"), say("sweep.tile.of", points=points)))
        for plan, count in reading.wins.most_common(1):
            name = say("sweep.tile.most", plan=reading.heading(plan))
            found.append(Tile(formats.number(count), name, say("sweep.tile.of", points=points)))
    reach = reading.reach
    if reach is not None:
        texts = reach.axis.texts
        name = say("sweep.tile.farthest", figure=reach.axis.label)
        found.append(Tile(texts[reach.best], name, say("sweep.tile.tried", low=texts[0], high=texts[-1])))
    few, many = formats.number(reading.fewest), formats.number(reading.most)
    each = few if few == many else say("sweep.table.interval", low=few, high=many)
    runs = say("sweep.tile.runs", runs=formats.number(reading.results.runs))
    return [*found, Tile(each, say("sweep.tile.surges"), runs)]


def _facts(reading: SweepReading) -> list[tuple[str, str]]:
    say, formats = reading.formats.say, reading.formats
    few, many = formats.number(reading.fewest), formats.number(reading.most)
    each = few if few == many else say("sweep.table.interval", low=few, high=many)
    return [
        (say("sweep.fact.points"), formats.number(len(reading.points))),
        (say("method.replications"), say("sweep.fact.each", number=each)),
        (say("method.paired"), say("method.paired_text_only")),
        (say("method.intervals"), say("sweep.fact.intervals")),
    ]


def _manifest(reading: SweepReading) -> dict[str, object]:
    """What a reader of the file wants to know without the page."""
    results = reading.results
    return {
        "baseline": reading.baseline,
        "points": len(reading.points),
        "replications": list(results.replications),
        "holds_at": {plan: reading.holds_at(plan) for plan in reading.plans},
        "chosen_at": {plan: reading.wins[plan] for plan in reading.plans},
        "unsettled": len(results.unsettled),
        "kpis": list(dict.fromkeys([SERVICE, NET, *reading.kpis])),
    }
