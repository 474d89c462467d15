"""Charts of a sweep without a map: lines over one figure, dots for a single point, marks for scattered points."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, Locator, MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.choice import NET, SERVICE
from sim.report.charts.canvas import INK, MUTED, WIDE, Chart, figure, finish, place, short, wrapped
from sim.report.charts.marks import Mark, handles, legend, legend_height, marks_of
from sim.report.formats import Formats
from sim.report.sweep.axes import Axis
from sim.report.sweep.reading import SweepReading

LEFT, RIGHT, FOOT, TITLE = 0.95, 0.2, 0.62, 0.32
LINES_HEIGHT, PANEL_HEIGHT, BETWEEN, DOT_ROW = 2.9, 2.2, 0.62, 0.34
PIXELS_BEYOND = 1500  # marks: more are drawn as an image inside the SVG, which keeps the page small
DOTTED = (0, (1, 1.5))
MOST_TICKS = 14
ROUND_MIN = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 720, 1440, 2880, 7200, 14400)


def lines_chart(reading: SweepReading, axis: Axis, kpi: str) -> Chart:
    """Each plan over one figure, with its 95 % interval: a band over numbers, bars over names."""
    say = reading.formats.say
    marks = marks_of(reading.plans)
    entries = handles(marks, headings(reading), lines=axis.numeric) + target_entry(reading, kpi)
    head = legend_height(len(entries)) + TITLE
    drawn = figure(WIDE, head + LINES_HEIGHT + FOOT)
    legend(drawn, entries, LEFT)
    axes = place(drawn, LEFT, head, WIDE - LEFT - RIGHT, LINES_HEIGHT)
    axes.set_title(title_of(kpi, reading.formats))
    for number, (plan, mark) in enumerate(marks.items()):
        _line(axes, reading, axis, kpi, plan, mark, number)
    _value_axis(axes, kpi, reading)
    figure_axis(axes, axis, WIDE - LEFT - RIGHT, reading.formats)
    alt = say("sweep.chart.alt.lines", kpi=say(f"kpi.{kpi}.label"), figure=axis.label)
    return finish(drawn, f"lines_{kpi}", alt)


def _line(axes: Axes, reading: SweepReading, axis: Axis, kpi: str, plan: str, mark: Mark, number: int) -> None:
    order = sorted(reading.points, key=lambda point: axis.places[point])
    spans = [reading.standing(point, plan).kpis[kpi].own for point in order]
    x = np.array([axis.number(point) for point in order])
    mean, low, high = (np.array([getattr(span, name) for span in spans]) for name in ("mean", "low", "high"))
    if not np.isfinite(mean).any():
        return
    if axis.numeric:
        axes.fill_between(x, low, high, color=mark.colour, alpha=0.16, linewidth=0, zorder=1)
        style = {"linestyle": mark.dashes, "linewidth": 1.5}
    else:
        x = x + (number - (len(reading.plans) - 1) / 2) * min(0.12, 0.7 / len(reading.plans))
        axes.vlines(x, low, high, color=mark.colour, linewidth=1.2, zorder=2)
        style = {"linestyle": "none"}
    few = len(order) <= 40
    axes.plot(x, mean, color=mark.colour, marker=mark.marker if few else "", markersize=4.5, zorder=3, **style)


def dots_chart(reading: SweepReading, kpis: Sequence[str]) -> Chart:
    """The plans at the only point there is: a row for each, a column for each KPI."""
    say, plans = reading.formats.say, reading.plans
    kpis = list(kpis)[:3]
    names, gap = 2.0, 0.45
    height = DOT_ROW * len(plans)
    drawn = figure(WIDE, TITLE + height + FOOT)
    width = (WIDE - names - RIGHT - gap * (len(kpis) - 1)) / len(kpis)
    marks = marks_of(plans)
    for column, kpi in enumerate(kpis):
        axes = place(drawn, names + column * (width + gap), TITLE, width, height)
        axes.set_title(title_of(kpi, reading.formats))
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        for row, (plan, mark) in enumerate(marks.items()):
            span = reading.standing(0, plan).kpis[kpi].own
            if math.isfinite(span.low):
                axes.hlines(row, span.low, span.high, color=mark.colour, linewidth=1.6)
            if span.known:
                axes.plot([span.mean], [row], color=mark.colour, marker=mark.marker, markersize=6)
        axes.set_ylim(len(plans) - 0.5, -0.5)
        axes.set_yticks(range(len(plans)), [short(reading.heading(plan), 28) for plan in plans])
        axes.tick_params(axis="y", labelleft=column == 0)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _, unit=KPIS[kpi].unit: tick(value, unit, reading)))
        axes.margins(x=0.12)
        axes.xaxis.set_major_locator(MaxNLocator(4) if KPIS[kpi].unit != "min" else locator(*axes.get_xlim(), "min"))
        _target_line(axes, kpi, reading, vertical=True)
    listed = say("list.comma").join(say(f"kpi.{kpi}.label") for kpi in kpis)
    return finish(drawn, "plans", say("sweep.chart.alt.dots", kpi=listed))


def scatter_chart(reading: SweepReading, kpi: str) -> Chart:
    """A KPI of every plan at every point, a panel for each figure."""
    say, formats = reading.formats.say, reading.formats
    every = reading.space.axes
    marks = marks_of(reading.plans)
    entries = handles(marks, headings(reading), lines=False) + target_entry(reading, kpi)
    columns = 2 if len(every) == 4 else min(3, len(every))
    rows = -(-len(every) // columns)
    head = legend_height(len(entries)) + TITLE
    drawn = figure(WIDE, head + rows * (PANEL_HEIGHT + FOOT))
    legend(drawn, entries, LEFT)
    gap = 0.3
    width = (WIDE - LEFT - RIGHT - gap * (columns - 1)) / columns
    pixels = len(every) * len(reading.points) * len(reading.plans) > PIXELS_BEYOND
    size = float(np.clip(160 / math.sqrt(len(reading.points)), 4, 22))
    for number, axis in enumerate(every):
        row, column = divmod(number, columns)
        axes = place(drawn, LEFT + column * (width + gap), head + row * (PANEL_HEIGHT + FOOT), width, PANEL_HEIGHT)
        if number == 0:
            axes.set_title(title_of(kpi, formats))
        for plan, mark in marks.items():
            means = [reading.standing(point, plan).kpis[kpi].own.mean for point in reading.points]
            x = [axis.number(point) for point in reading.points]
            axes.scatter(
                x, means, s=size, c=mark.colour, marker=mark.marker, alpha=0.65, linewidths=0, rasterized=pixels
            )
        _value_axis(axes, kpi, reading)
        axes.tick_params(axis="y", labelleft=column == 0)
        figure_axis(axes, axis, width, formats)
    listed = say("list.comma").join(axis.label for axis in every)
    return finish(drawn, f"scatter_{kpi}", say("sweep.chart.alt.scatter", kpi=say(f"kpi.{kpi}.label"), figures=listed))


def choices_chart(reading: SweepReading, x_axis: Axis, y_axis: Axis) -> Chart:
    """The plan to choose at each of scattered points, over the two figures that matter most."""
    say = reading.formats.say
    marks = {plan: mark for plan, mark in marks_of(reading.plans).items() if plan in reading.wins}
    entries = handles(marks, headings(reading), lines=False)
    lost = [point for point in reading.points if reading.winners[point] is None]
    if lost:
        entries.append(
            Line2D([], [], color=INK, marker="x", markersize=5, linestyle="none", label=say("sweep.chart.none"))
        )
    head = legend_height(len(entries)) + 0.1
    drawn = figure(WIDE, head + 3.6 + FOOT)
    legend(drawn, entries, LEFT)
    width = WIDE - LEFT - RIGHT
    axes = place(drawn, LEFT, head, width, 3.6)
    size = float(np.clip(420 / math.sqrt(len(reading.points)), 10, 50))
    x, y = side_by_side([(x_axis.number(point), y_axis.number(point)) for point in reading.points]).T
    for plan, mark in marks.items():
        there = [point for point in reading.points if reading.winners[point] == plan]
        axes.scatter(x[there], y[there], s=size, c=mark.colour, marker=mark.marker, linewidths=0)
    if lost:
        axes.scatter(x[lost], y[lost], s=size * 0.7, c=INK, marker="x", linewidths=1.0)
    axes.grid(visible=True, axis="both")
    figure_axis(axes, x_axis, width, reading.formats)
    if y_axis.numeric:
        axes.yaxis.set_major_locator(MaxNLocator(6, integer=whole(y_axis)))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value, y_axis, reading.formats)))
    else:
        axes.set_yticks(range(len(y_axis.values)), [wrapped(text, 14) for text in y_axis.texts])
    axes.set_ylabel(broken(y_axis.title, 44))
    return finish(drawn, "choices", say("sweep.chart.alt.choices", x=x_axis.label, y=y_axis.label))


def side_by_side(places: Sequence[tuple[float, float]]) -> NDArray[np.float64]:
    """Places of marks, those that would lie on each other moved apart to the left and right; shape (points, 2)."""
    found = np.array(places, dtype=np.float64)
    columns = np.unique(found[:, 0])
    gap = float(np.diff(columns).min()) if len(columns) > 1 else 1.0
    _, group, count = np.unique(found, axis=0, return_inverse=True, return_counts=True)
    most = int(count.max())
    if most == 1:
        return found
    step = min(gap * 0.8 / most, 0.025 * (float(columns[-1] - columns[0]) or 1.0))
    seen = np.zeros(len(count), dtype=np.int64)
    for point, of_group in enumerate(group.ravel()):
        found[point, 0] += (seen[of_group] - (count[of_group] - 1) / 2) * step
        seen[of_group] += 1
    return found


def headings(reading: SweepReading) -> dict[str, str]:
    """Names of the plans for readers."""
    return {plan: reading.heading(plan) for plan in reading.plans}


def title_of(kpi: str, formats: Formats) -> str:
    """A KPI with its unit."""
    label, unit = formats.say(f"kpi.{kpi}.label"), KPIS[kpi].unit
    if unit in {"share", "1-5", "min"}:
        return label
    named = formats.say(f"kpi_unit.{unit}", currency=formats.currency)
    return formats.say("list.in_brackets", text=label, added=named)


def tick(value: float, unit: str, reading: SweepReading) -> str:
    """A value of a KPI on an axis."""
    formats = reading.formats
    if unit == "share":
        return formats.share(value)
    return formats.number(value) if unit == "currency" else formats.value(value, unit)


def locator(low: float, high: float, unit: str) -> Locator:
    """Round values on an axis; of minutes those that are round in hours or days."""
    if unit != "min":
        return MaxNLocator(5)
    return MultipleLocator(next((step for step in ROUND_MIN if (high - low) / step <= 5), ROUND_MIN[-1]))


def _value_axis(axes: Axes, kpi: str, reading: SweepReading) -> None:
    unit = KPIS[kpi].unit
    axes.margins(y=0.08)
    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(locator(low, high, unit))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, unit, reading)))
    if unit == "share":
        axes.set_ylim(max(low, -0.02), min(high, 1.02))
    if kpi == NET and low < 0 < high:
        axes.axhline(0.0, color=MUTED, linewidth=0.8, zorder=0.6)
    _target_line(axes, kpi, reading, vertical=False)


def _target(reading: SweepReading, kpi: str) -> float | None:
    """The service target, where all points have the same."""
    if kpi != SERVICE or any(path.partition(".")[0] == "targets" for path in reading.space.paths):
        return None
    return reading.results.scenario.targets.service_level_ship


def target_entry(reading: SweepReading, kpi: str) -> list[Line2D]:
    """The target in the legend, where it is drawn."""
    target = _target(reading, kpi)
    if target is None:
        return []
    text = reading.formats.say("sweep.chart.target", target=reading.formats.share(target))
    return [Line2D([], [], color=MUTED, linewidth=1.0, linestyle=DOTTED, label=text)]


def _target_line(axes: Axes, kpi: str, reading: SweepReading, *, vertical: bool) -> None:
    target = _target(reading, kpi)
    if target is None:
        return
    style: Any = {"color": MUTED, "linewidth": 1.0, "linestyle": DOTTED, "zorder": 0.7}
    if not vertical:
        axes.axhline(target, **style)
        return
    axes.axvline(target, **style)
    text = reading.formats.say("sweep.chart.target", target=reading.formats.share(target))
    place = {"xy": (target, 1.0), "xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
    axes.annotate(text, xytext=(0, 2), ha="center", va="bottom", fontsize=7.5, color=MUTED, **place)  # type: ignore[arg-type]


def figure_axis(axes: Axes, axis: Axis, width: float, formats: Formats) -> None:
    """The axis of a figure: numbers where they lie, names side by side."""
    axes.set_xlabel(broken(axis.title, int(width / 0.078)))
    if axis.numeric:
        places = [float(value) for value in axis.values]
        few = len(places) <= MOST_TICKS and sum(map(len, axis.texts)) * 0.085 < width and _apart(places)
        if few:
            axes.set_xticks(places, list(axis.texts))
        else:
            axes.xaxis.set_major_locator(MaxNLocator(max(3, int(width / 0.9)), integer=whole(axis)))
            axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: number_text(value, axis, formats)))
        return
    step = max(1, math.ceil(len(axis.values) * 0.55 / width))
    letters = max(6, int(width / len(axis.values) * step / 0.085))
    shown = range(0, len(axis.values), step)
    axes.set_xticks(list(shown), [wrapped(axis.texts[number], letters) for number in shown])
    axes.set_xlim(-0.6, len(axis.values) - 0.4)


def broken(label: str, letters: int) -> str:
    """The name of a figure in lines of so many letters, broken behind dots, underscores and blanks."""
    lines = [""]
    for part in re.findall(r"[^._ ]*[._ ]|[^._ ]+", label):
        if lines[-1] and len(lines[-1]) + len(part.rstrip()) > letters:
            lines.append("")
        lines[-1] += part
    return "\n".join(line.strip() for line in lines)


def _apart(places: Sequence[float]) -> bool:
    """Whether values lie far enough apart to be written each."""
    if len(places) < 2:
        return True
    gaps = np.diff(places)
    return bool(gaps.min() * MOST_TICKS >= places[-1] - places[0])


def whole(axis: Axis) -> bool:
    """Whether a figure takes whole numbers only."""
    return all(isinstance(value, int) for value in axis.values)


def number_text(value: float, axis: Axis, formats: Formats) -> str:
    """A tick on the axis of a figure, written as its values are."""
    if all(text.endswith("%") for text in axis.texts):
        return formats.share(value)
    return formats.plain(value) if value else formats.number(0)
