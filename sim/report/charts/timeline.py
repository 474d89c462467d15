"""One run over time: backlog and the queues it consists of, then the workers of each stage against the load."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.ledger import STAGES, Array, Ledger
from sim.report.charts.canvas import BLUE, GREEN, INK, ORANGE, WIDE, Chart, figure, finish, place
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, spell_handles, time_axis
from sim.report.charts.staffing import ceiling_of, staffing_handles, stage_panel
from sim.report.formats import Formats
from sim.report.spells import with_spells

LEFT, RIGHT, FOOT, LEGEND = 1.05, 0.15, 0.5, 0.34
QUEUES, STAFF, GAP = 2.3, 1.25, 0.2
LINES: tuple[tuple[str, str, object], ...] = (
    ("queue_picking", BLUE, (0, (5, 1.5))),
    ("queue_packing", ORANGE, "solid"),
    ("queue_dock", GREEN, (0, (1, 1))),
)


def timeline_chart(ledger: Ledger, hourly: Mapping[str, Array], formats: Formats) -> Chart:
    """Panels one below the other on one time axis; stages without workers are left out."""
    scenario = ledger.scenario
    events = events_of(scenario, ledger, one_run=True)
    stages = [stage for stage in STAGES if hourly[f"staffed_{stage}"].any()]
    head = LEGEND + events.rows * RIBBON_ROW + 0.1
    middle = head + QUEUES + LEGEND + GAP
    drawn = figure(WIDE, (middle + len(stages) * (STAFF + GAP) if stages else head + QUEUES) + FOOT)
    width = WIDE - LEFT - RIGHT
    strip = place(drawn, LEFT, LEGEND, width, events.rows * RIBBON_ROW)
    ribbon(strip, events, formats)
    time_axis(strip, scenario, width, formats, labels=False)
    queues = place(drawn, LEFT, head, width, QUEUES)
    _queues(queues, hourly, events, formats)
    time_axis(queues, scenario, width, formats, labels=not stages)
    handles = [*queues.get_legend_handles_labels()[0], *spell_handles(events, formats)]
    queues.legend(
        handles=handles, loc="lower left", ncols=5, bbox_to_anchor=(0, 1 + (head - LEGEND) / QUEUES), borderaxespad=0.1
    )
    for row, stage in enumerate(stages):
        axes = place(drawn, LEFT, middle + row * (STAFF + GAP), width, STAFF)
        columns = {name: hourly[f"{name}_{stage}"] for name in ("load", "staffed", "busy")}
        stage_panel(axes, columns, ceiling_of(columns["load"], columns["staffed"]), stage, events, formats)
        time_axis(axes, scenario, width, formats, labels=row == len(stages) - 1)
        _name(axes, formats.say(f"stage.{stage}"), width)
        if row == 0:
            axes.legend(
                handles=staffing_handles(formats), loc="lower left", ncols=3, bbox_to_anchor=(0, 1.0), borderaxespad=0.1
            )
    peak = formats.number(float(np.max(hourly["backlog_orders"], initial=0.0)))
    alt = with_spells(formats.say("chart.alt.timeline", peak=peak), scenario, events.spells, formats)
    return finish(drawn, "timeline", alt)


def _queues(axes: Axes, hourly: Mapping[str, Array], events: Events, formats: Formats) -> None:
    shade(axes, events)
    hours = np.arange(len(hourly["backlog_orders"])) + 0.5
    axes.fill_between(hours, hourly["backlog_orders"], color=INK, alpha=0.09, linewidth=0)
    axes.plot(hours, hourly["backlog_orders"], color=INK, linewidth=1.6, label=formats.say("chart.backlog"))
    for name, colour, dashes in LINES:
        if hourly[name].any():
            axes.plot(
                hours, hourly[name], color=colour, linestyle=dashes, linewidth=1.4, label=formats.say(f"chart.{name}")
            )
    axes.set_ylim(0, max(1.0, float(np.max(hourly["backlog_orders"], initial=0.0)) * 1.05))
    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))


def _name(axes: Axes, text: str, width: float) -> None:
    axes.set_ylabel(text, color=INK, fontsize=9)
    axes.yaxis.set_label_coords(-0.62 / width, 0.5)
