"""A series over time: a panel per plan on the same scales, its band over replications, and the baseline behind it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import BLUE, INK, MUTED, RED, WIDE, Chart, figure, finish, place, short
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, spell_handles, time_axis
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.spells import with_spells

LEFT, RIGHT, BETWEEN = 1.0, 0.15, 0.75
PANEL, TITLE, FOOT, LEGEND = 1.35, 0.36, 0.5, 0.34
BEHIND, BOUND = (0, (4, 2)), (0, (6, 2, 1, 2))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is drawn.

    Parameters
    ----------
    name
        Of the chart's file.
    series
        Of the comparison.
    label
        Of its mean, for the legend.
    also
        A second series, its mean alone, with its label; None: there is none.
    limit
        A level that it is held against, with its label; None: there is none.
    shift
        Hours from the beginning of an hour to the moment that its figure is of: half an hour for means.
    """

    name: str
    series: str
    label: str
    also: tuple[str, str] | None = None
    limit: tuple[float, str] | None = None
    shift: float = 0.5


def plan_panels(reading: Reading, subject: Subject, alt: Callable[[], str], formats: Formats) -> Chart:
    """Panels in the order of the plans, all on the same scales."""
    plans = reading.plans
    columns = 1 if len(plans) == 1 else 2
    rows = math.ceil(len(plans) / columns)
    events = events_of(reading.scenario, reading.comparison.ledgers.get(reading.baseline))
    head = LEGEND + events.rows * RIBBON_ROW
    drawn = figure(WIDE, head + rows * (PANEL + TITLE) + FOOT)
    width = (WIDE - LEFT - RIGHT - (columns - 1) * BETWEEN) / columns
    top = _top(reading, subject)
    for column in range(columns):
        strip = place(drawn, LEFT + column * (width + BETWEEN), LEGEND, width, events.rows * RIBBON_ROW)
        ribbon(strip, events, formats, names=column == 0)
        time_axis(strip, reading.scenario, width, formats, labels=False)
    for number, plan in enumerate(plans):
        row, column = divmod(number, columns)
        axes = place(
            drawn,
            LEFT + column * (width + BETWEEN),
            head + row * (PANEL + TITLE) + TITLE,
            width,
            PANEL,
        )
        _panel(axes, reading, subject, plan, events, formats)
        axes.set_ylim(0, top)
        time_axis(axes, reading.scenario, width, formats, labels=number + columns >= len(plans))
    _legend(drawn, subject, len(plans) > 1, events, formats)
    return finish(drawn, subject.name, with_spells(alt(), reading.scenario, events.spells, formats))


def _top(reading: Reading, subject: Subject) -> float:
    """Highest figure of any plan; a limit is shown where it is not far above all of them."""
    highest = max((float(np.max(reading.series(plan, subject.series)["high"])) for plan in reading.plans), default=1.0)
    if subject.also is not None:
        highest = max(
            highest, *(float(np.max(reading.series(plan, subject.also[0])["mean"])) for plan in reading.plans)
        )
    if subject.limit is not None and subject.limit[0] <= 3 * highest:
        highest = max(highest, subject.limit[0])
    return max(1.0, highest) * 1.05


def _panel(axes: Axes, reading: Reading, subject: Subject, plan: str, events: Events, formats: Formats) -> None:
    shade(axes, events)
    base, own = (reading.series(each, subject.series) for each in (reading.baseline, plan))
    if plan != reading.baseline:
        axes.plot(base["hour"] + subject.shift, base["mean"], color=MUTED, linewidth=1.0, linestyle=BEHIND)
    hours = own["hour"] + subject.shift
    axes.fill_between(hours, own["low"], own["high"], color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(hours, own["mean"], color=BLUE, linewidth=1.6)
    if subject.also is not None:
        axes.plot(hours, reading.series(plan, subject.also[0])["mean"], color=RED, linewidth=1.3, linestyle=(0, (1, 1)))
    if subject.limit is not None:
        axes.axhline(subject.limit[0], color=INK, linewidth=1.0, linestyle=BOUND)
    title = short(reading.heading(plan), 46)
    if reading.is_choice(plan):
        title = formats.say("chart.chosen_plan", plan=title)
    axes.set_title(title, pad=5)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))


def _legend(drawn: Figure, subject: Subject, compared: bool, events: Events, formats: Formats) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, linewidth=1.6, label=subject.label),
        Patch(facecolor=BLUE, alpha=0.25, label=formats.say("chart.band")),
    ]
    if subject.also is not None:
        handles.append(Line2D([], [], color=RED, linewidth=1.3, linestyle=(0, (1, 1)), label=subject.also[1]))
    if subject.limit is not None:
        handles.append(Line2D([], [], color=INK, linewidth=1.0, linestyle=BOUND, label=subject.limit[1]))
    if compared:
        label = formats.say("chart.baseline")
        handles.append(Line2D([], [], color=MUTED, linewidth=1.0, linestyle=BEHIND, label=label))
    handles += spell_handles(events, formats)
    drawn.legend(
        handles=handles,
        loc="upper left",
        ncols=len(handles),
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        borderpad=0.1,
        labelcolor=INK,
    )
