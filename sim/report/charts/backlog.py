"""Backlog over time: a panel per plan, its band over replications, and the baseline behind it."""

from __future__ import annotations

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import BLUE, INK, MUTED, WIDE, Chart, figure, finish, place, short
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, spell_handles, time_axis
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.spells import with_spells

LEFT, RIGHT, BETWEEN = 1.0, 0.15, 0.75
PANEL, TITLE, FOOT, LEGEND = 1.35, 0.36, 0.5, 0.34


def backlog_chart(reading: Reading, formats: Formats) -> Chart:
    """Panels in the order of the plans, all on the same scales."""
    plans = reading.plans
    columns = 1 if len(plans) == 1 else 2
    rows = math.ceil(len(plans) / columns)
    events = events_of(reading.scenario, reading.comparison.ledgers.get(reading.baseline))
    head = LEGEND + events.rows * RIBBON_ROW
    drawn = figure(WIDE, head + rows * (PANEL + TITLE) + FOOT)
    width = (WIDE - LEFT - RIGHT - (columns - 1) * BETWEEN) / columns
    top = _top(reading)
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
        _panel(axes, reading, plan, events, formats)
        axes.set_ylim(0, top)
        time_axis(axes, reading.scenario, width, formats, labels=number + columns >= len(plans))
    _legend(drawn, len(plans) > 1, events, formats)
    return finish(drawn, "backlog", with_spells(_alt(reading, formats), reading.scenario, events.spells, formats))


def _top(reading: Reading) -> float:
    highest = max(
        (float(np.max(reading.series(plan, "backlog_orders")["high"])) for plan in reading.plans), default=1.0
    )
    return max(1.0, highest) * 1.05


def _panel(axes: Axes, reading: Reading, plan: str, events: Events, formats: Formats) -> None:
    shade(axes, events)
    base = reading.series(reading.baseline, "backlog_orders")
    own = reading.series(plan, "backlog_orders")
    if plan != reading.baseline:
        axes.plot(base["hour"] + 0.5, base["mean"], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)))
    axes.fill_between(own["hour"] + 0.5, own["low"], own["high"], color=BLUE, alpha=0.25, linewidth=0)
    axes.plot(own["hour"] + 0.5, own["mean"], color=BLUE, linewidth=1.6)
    title = short(reading.heading(plan), 46)
    if reading.is_choice(plan):
        title = formats.say("chart.chosen_plan", plan=title)
    axes.set_title(title, pad=5)
    axes.yaxis.set_major_locator(MaxNLocator(3, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))


def _legend(drawn: Figure, compared: bool, events: Events, formats: Formats) -> None:
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, linewidth=1.6, label=formats.say("chart.backlog_mean")),
        Patch(facecolor=BLUE, alpha=0.25, label=formats.say("chart.band")),
    ]
    if compared:
        label = formats.say("chart.baseline")
        handles.append(Line2D([], [], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), label=label))
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


def _alt(reading: Reading, formats: Formats) -> str:
    peaks = [
        formats.say(
            "chart.alt.backlog_plan",
            plan=reading.heading(plan),
            peak=formats.number(float(np.max(reading.series(plan, "backlog_orders")["mean"]))),
        )
        for plan in reading.plans
    ]
    return formats.say("chart.alt.backlog", peaks=formats.say("list.semicolon").join(peaks))
