"""Tables on a sweep: points and plans, how often each plan holds, what was varied, what is not known closely enough."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sim.definitions import KPIS
from sim.experiment.choice import NET, SERVICE, Measured, Span, Standing
from sim.report.sweep.reading import SweepReading
from sim.report.tables import Cell, Head, Row, Table, better_of

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS = 300  # on the page; a browser and a reader cope with so many
CONSOLE_ROWS = 24


def window(reading: SweepReading) -> tuple[list[tuple[int, str]], str]:
    """Points and plans that the page shows, and a sentence on what is left out.

    All of them where they are few; else the plan to choose at each point, or the one that comes closest; and where
    there are too many points, some that are evenly spread.
    """
    say, formats = reading.formats.say, reading.formats
    everything = [(point, plan) for point in reading.points for plan in reading.plans]
    if len(everything) <= MOST_ROWS:
        return everything, ""
    file = "points.csv"
    points = len(reading.points)
    best = [(point, plan or reading.baseline) for point, plan in enumerate(reading.chosen)]
    if points <= MOST_ROWS:
        return best, say("sweep.table.chosen_only", rows=formats.number(len(everything)), file=file)
    places = [round(number * (points - 1) / (MOST_ROWS - 1)) for number in range(MOST_ROWS)]
    left_out = say(
        "sweep.table.window",
        shown=formats.number(MOST_ROWS),
        points=formats.number(points),
        rows=formats.number(len(everything)),
        file=file,
    )
    return [best[place] for place in places], left_out


def points_table(reading: SweepReading, rows: Sequence[tuple[int, str]]) -> Table:
    """A row for each point and plan: figures, target met, KPIs, differences against the baseline, replications."""
    say, formats, space = reading.formats.say, reading.formats, reading.space
    heads = [Head(say("sweep.table.point"))]
    heads += [Head(_breakable(space.labels[path]), unit=space.unit(path)) for path in space.paths]
    if reading.due:
        heads.append(Head(say("sweep.table.met")))
    others = len(reading.plans) > 1
    for kpi in reading.kpis:
        unit = formats.currency if KPIS[kpi].unit == "currency" else ""
        heads.append(Head(say(f"kpi.{kpi}.label"), unit=unit))
        if others:
            baseline = reading.heading(reading.baseline)
            of_gap = say("differences.points") if KPIS[kpi].unit == "share" else unit
            heads.append(Head(say("sweep.table.against", baseline=baseline), unit=of_gap))
    heads.append(Head(say("sweep.table.runs")))
    return Table(tuple(heads), tuple(_row(reading, *row, others=others) for row in rows))


def _breakable(label: str) -> str:
    """A name that a narrow column may break behind a dot or an underscore."""
    return re.sub(r"(?<=[._])", "\u200b", label)


def _row(reading: SweepReading, point: int, plan: str, *, others: bool) -> Row:
    formats, standing = reading.formats, reading.standing(point, plan)
    cells = [Cell(str(point), sort=point)]
    for path in reading.space.paths:
        text = reading.space.text(point, path)
        cells.append(Cell(text, sort=_sorted_by(reading.space.points[point].get(path), text)))
    if reading.due:
        cells.append(_met(reading, standing))
    for kpi in reading.kpis:
        measured, unit = standing.kpis[kpi], KPIS[kpi].unit
        own = measured.own
        cells.append(
            Cell(formats.value(own.mean, unit), formats.half_width(own.low, own.high, unit), sort=_finite(own.mean))
        )
        if others:
            cells.append(_gap(reading, kpi, measured))
    cells.append(Cell(formats.number(standing.runs), sort=standing.runs))
    several = len(reading.plans) > 1
    return Row(
        reading.heading(plan),
        tuple(cells),
        chosen=several and reading.winners[point] == plan,
        baseline=several and plan == reading.baseline,
    )


def _sorted_by(value: Any, text: str) -> float | str | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    return None if value is None else text


def _finite(value: float) -> float | None:
    """What to sort by: nothing where there is no figure, which comes last."""
    return value if math.isfinite(value) else None


def _met(reading: SweepReading, standing: Standing) -> Cell:
    """In which part of the replications the target was met, with the exact interval."""
    formats = reading.formats
    if not standing.of:
        return Cell(formats.say("number.none"))
    low, high = formats.share(standing.reach.low, 0), formats.share(standing.reach.high, 0)
    below = formats.say("sweep.table.interval", low=low, high=high)
    mark = "holds" if standing.holds else ""
    return Cell(formats.share(standing.reach.mean, 0), below, mark, sort=standing.reach.mean)


def _gap(reading: SweepReading, kpi: str, measured: Measured) -> Cell:
    """Difference against the baseline with its paired interval."""
    formats, gap, unit = reading.formats, measured.gap, KPIS[kpi].unit
    if not gap.known:
        return Cell(formats.say("number.none"))
    below = ""
    if math.isfinite(gap.low):
        low, high = formats.signed(gap.low, unit), formats.signed(gap.high, unit)
        below = formats.say("sweep.table.interval", low=low, high=high)
    return Cell(formats.signed(gap.mean, unit), below, _judged(gap, better_of(kpi)), sort=gap.mean)


def _judged(gap: Span, better: str) -> str:
    if better not in {"high", "low"} or not (gap.low > 0 or gap.high < 0):
        return ""
    return "better" if (gap.mean > 0) == (better == "high") else "worse"


def tally_table(reading: SweepReading) -> Table:
    """How often each plan holds, how often it is the one to choose, and how well it does at the hardest point."""
    say, formats = reading.formats.say, reading.formats
    points = len(reading.points)
    heads = [Head(say("sweep.tally.holds")), Head(say("sweep.tally.chosen"))]
    heads += [Head(say("sweep.tally.worst")), Head(say("sweep.tally.best"))]
    rows = []
    for plan in reading.plans:
        levels = [each[plan].service.mean for each in reading.standings if each[plan].service.known]
        holds, wins = reading.holds_at(plan), reading.wins[plan]
        cells = [
            Cell(say("sweep.tally.of", number=formats.number(number), points=formats.number(points)), sort=number)
            for number in (holds, wins)
        ]
        ends = (min(levels), max(levels)) if levels else (math.nan, math.nan)
        cells += [Cell(formats.share(end), sort=_finite(end)) for end in ends]
        several = len(reading.plans) > 1
        rows.append(Row(reading.heading(plan), tuple(cells), baseline=several and plan == reading.baseline))
    return Table(tuple(heads), tuple(rows))


def figures_table(reading: SweepReading) -> Table:
    """What was varied: each figure's path, the values it took, and its value without the sweep."""
    say, space = reading.formats.say, reading.space
    heads = tuple(Head(say(f"sweep.figures.{name}"), of_words=True) for name in ("name", "values", "base", "unit"))
    rows = []
    for path in space.paths:
        there = [point for point in reading.points if path in space.points[point]]
        given = [(space.points[point][path], space.text(point, path)) for point in there]
        numbers = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value, _ in given)
        if numbers:
            given.sort(key=lambda each: each[0])
        texts = list(dict.fromkeys(text for _, text in given))
        if numbers and len(texts) > 8:
            number = reading.formats.number(len(texts))
            values = say("sweep.figures.range", low=texts[0], high=texts[-1], number=number)
        else:
            values = say("list.comma").join(texts)
        cells_of = (space.labels[path], values, space.base(path), space.unit(path))
        cells = tuple(Cell(text, mark="text") for text in cells_of)
        rows.append(Row(path, cells))
    return Table(heads, tuple(rows))


def unsettled_table(reading: SweepReading) -> Table:
    """Figures that did not reach the precision asked for; the farthest off first."""
    say, formats = reading.formats.say, reading.formats
    heads = tuple(
        Head(say(f"sweep.unsettled.{name}"), of_words=name in {"figures", "kpi"})
        for name in ("point", "figures", "kpi", "reached", "wanted", "runs")
    )
    rows = []
    for each in sorted(reading.results.unsettled, key=lambda each: -_far(each.half_width, each.wanted))[:MOST_ROWS]:
        unit = KPIS[each.kpi].unit
        label = say(f"kpi.{each.kpi}.label")
        kpi = say("sweep.unsettled.paired", kpi=label) if each.paired else label
        cells = (
            Cell(str(each.point), sort=each.point),
            Cell(reading.space.where(each.point), mark="text"),
            Cell(kpi, mark="text"),
            Cell(_width(reading, each.half_width, unit), sort=_finite(each.half_width)),
            Cell(_width(reading, each.wanted, unit), sort=_finite(each.wanted)),
            Cell(formats.number(each.measured), sort=each.measured),
        )
        rows.append(Row(reading.heading(each.plan), cells))
    return Table(heads, tuple(rows))


def _far(half_width: float, wanted: float) -> float:
    return half_width / wanted if wanted > 0 and math.isfinite(half_width) else math.inf


def _width(reading: SweepReading, half_width: float, unit: str) -> str:
    return reading.formats.half_width(-half_width, half_width, unit) or reading.formats.say("number.none")


def console(reading: SweepReading) -> tuple[tuple[str, ...], list[tuple[str, ...]], int]:
    """Heads, rows and the number of points left out, of a table of points with the plan to choose."""
    say, formats, space = reading.formats.say, reading.formats, reading.space
    heads = [say("sweep.table.point"), *(space.title(path) for path in space.paths), say("sweep.table.plan")]
    if reading.due:
        heads.append(say("sweep.table.met"))
    heads += [say(f"kpi.{kpi}.label") for kpi in reading.kpis]
    rows = []
    for point in list(reading.points)[:CONSOLE_ROWS]:
        plan = reading.chosen[point] or reading.baseline
        standing = reading.standing(point, plan)
        name = plan if standing.holds or not reading.due else say("sweep.table.closest", plan=plan)
        row = [str(point), *(space.text(point, path) for path in space.paths), name]
        if reading.due:
            row.append(say("plans.times", met=formats.number(standing.met), of=formats.number(standing.of)))
        for kpi in reading.kpis:
            own, unit = standing.kpis[kpi].own, KPIS[kpi].unit
            half = formats.half_width(own.low, own.high, unit)
            row.append(f"{formats.value(own.mean, unit)} {half}".strip())
        rows.append(tuple(row))
    return tuple(heads), rows, len(reading.points) - len(rows)


def frame(reading: SweepReading) -> pd.DataFrame:
    """All points and plans as one table, for ``points.csv``.

    Returns
    -------
    point, a column for each figure, plan, runs, chosen, holds, met, of, met_share, met_low, met_high; for each KPI its
    mean, low, high (95 % t interval) and its paired difference against the baseline with low and high.
    """
    import pandas as pd

    paths = reading.results.paths
    kpis = list(dict.fromkeys([SERVICE, NET, *reading.kpis]))
    rows = []
    for point, values in enumerate(reading.results.points):
        for plan in reading.plans:
            each = reading.standing(point, plan)
            row: dict[str, Any] = {"point": point, **{path: values.get(path) for path in paths}, "plan": plan}
            row |= {"runs": each.runs, "chosen": reading.winners[point] == plan, "holds": each.holds}
            row |= {"met": each.met, "of": each.of, **_named("met", each.reach, "_share")}
            for kpi in kpis:
                row |= _named(kpi, each.kpis[kpi].own)
                row |= _named(f"{kpi}_difference", each.kpis[kpi].gap)
            rows.append(row)
    return pd.DataFrame(rows)


def _named(name: str, span: Span, of_mean: str = "") -> dict[str, float]:
    return {f"{name}{of_mean}": span.mean, f"{name}_low": span.low, f"{name}_high": span.high}
