"""Staffing against load per stage: workers needed for what arrives, workers there, workers at work."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.ledger import STAGES, Array
from sim.report.charts.canvas import BLUE, INK, MUTED, WIDE, Chart, figure, finish, place, short, write
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, spell_handles, time_axis
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.spells import with_spells

LEFT, RIGHT, BETWEEN = 1.0, 0.15, 0.55
PANEL, GAP, NAMES, FOOT, LEGEND = 1.3, 0.2, 0.3, 0.5, 0.34
THERE, BUSY = "#d5e6f2", "#74aed4"  # tints of BLUE, far enough apart for a grey print
HIGHEST = 2.2  # the axis ends at so many times the largest crew; what is above is named, not drawn


def staffing_chart(reading: Reading, formats: Formats, plans: list[str]) -> Chart | None:
    """A column per plan, a row per stage that has workers; nothing where no stage has."""
    stages = [stage for stage in STAGES if any(_has(reading, plan, stage) for plan in plans)]
    if not stages:
        return None
    events = events_of(reading.scenario, reading.comparison.ledgers.get(reading.baseline))
    head = LEGEND + NAMES + events.rows * RIBBON_ROW + 0.1
    drawn = figure(WIDE, head + len(stages) * (PANEL + GAP) - GAP + FOOT)
    width = (WIDE - LEFT - RIGHT - (len(plans) - 1) * BETWEEN) / len(plans)
    for column, plan in enumerate(plans):
        left = LEFT + column * (width + BETWEEN)
        write(drawn, left, LEGEND + 0.02, short(reading.heading(plan), 48), va="top", fontsize=9.5, weight="bold")
        strip = place(drawn, left, LEGEND + NAMES, width, events.rows * RIBBON_ROW)
        ribbon(strip, events, formats, names=column == 0)
        time_axis(strip, reading.scenario, width, formats, labels=False)
    for row, stage in enumerate(stages):
        ceiling = _ceiling(reading, plans, stage)
        for column, plan in enumerate(plans):
            left = LEFT + column * (width + BETWEEN)
            axes = place(drawn, left, head + row * (PANEL + GAP), width, PANEL)
            columns = {name: _mean(reading, plan, name, stage) for name in ("load", "staffed", "busy")}
            stage_panel(axes, columns, ceiling, stage, events, formats)
            time_axis(axes, reading.scenario, width, formats, labels=row == len(stages) - 1)
            if column == 0:
                axes.set_ylabel(formats.say(f"stage.{stage}"), color=INK, fontsize=9)
                axes.yaxis.set_label_coords(-0.58 / width, 0.5)
    drawn.legend(
        handles=[*staffing_handles(formats), *spell_handles(events, formats)],
        loc="upper left",
        ncols=5,
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        labelcolor=INK,
    )
    alt = _alt(reading, plans, stages, formats)
    return finish(drawn, "staffing", with_spells(alt, reading.scenario, events.spells, formats))


def stage_panel(
    axes: Axes, columns: dict[str, Array], ceiling: float, stage: str, events: Events, formats: Formats
) -> None:
    """One stage of one plan: workers there as a pale area, busy ones as a dark one, load as a line."""
    shade(axes, events, stage)
    # an hour is a step: its mean holds from its begin to its end
    edges = np.repeat(np.arange(len(columns["load"]) + 1), 2)[1:-1]
    steps = {name: np.repeat(values, 2) for name, values in columns.items()}
    axes.fill_between(edges, steps["staffed"], color=THERE, linewidth=0, zorder=1)
    axes.fill_between(edges, steps["busy"], color=BUSY, linewidth=0, zorder=1.1)
    axes.plot(edges, steps["staffed"], color=BLUE, linewidth=0.8, zorder=1.2)
    axes.plot(edges, steps["load"], color=INK, linewidth=1.1, zorder=2)
    axes.set_ylim(0, ceiling)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))
    peak = int(np.argmax(columns["load"]))
    if columns["load"][peak] > ceiling:
        late = peak > 0.7 * len(columns["load"])
        text = formats.say("chart.load_peak", workers=formats.number(float(columns["load"][peak])))
        axes.annotate(
            text,
            (peak + 0.5, ceiling),
            xytext=(-8 if late else 8, -3),
            textcoords="offset points",
            ha="right" if late else "left",
            va="top",
            fontsize=7.5,
            color=MUTED,
            # a hatch behind it would strike it through
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1} if events.spells else None,
        )


def ceiling_of(load: Array, staffed: Array) -> float:
    """Top of the axis: all of the staffing, and the load as far as it does not dwarf it."""
    crew = float(staffed.max(initial=0.0))
    return max(1.0, min(float(load.max(initial=0.0)), HIGHEST * crew or np.inf) * 1.05, crew * 1.1)


def _ceiling(reading: Reading, plans: list[str], stage: str) -> float:
    load = np.concatenate([_mean(reading, plan, "load", stage) for plan in plans])
    return ceiling_of(load, np.concatenate([_mean(reading, plan, "staffed", stage) for plan in plans]))


def _mean(reading: Reading, plan: str, name: str, stage: str) -> Array:
    return reading.series(plan, f"{name}_{stage}").get("mean", np.zeros(1))


def _has(reading: Reading, plan: str, stage: str) -> bool:
    return bool(_mean(reading, plan, "staffed", stage).any())


def staffing_handles(formats: Formats) -> list[Patch | Line2D]:
    """Names of the line and the two areas, for a legend."""
    return [
        Line2D([], [], color=INK, linewidth=1.1, label=formats.say("chart.load")),
        Patch(facecolor=THERE, edgecolor=BLUE, linewidth=0.8, label=formats.say("chart.staffed")),
        Patch(facecolor=BUSY, label=formats.say("chart.busy")),
    ]


def _alt(reading: Reading, plans: list[str], stages: list[str], formats: Formats) -> str:
    parts = [
        formats.say(
            "chart.alt.staffing_plan",
            plan=reading.heading(plan),
            stage=formats.say(f"stage.{stage}"),
            load=formats.number(float(_mean(reading, plan, "load", stage).max())),
            staffed=formats.number(float(_mean(reading, plan, "staffed", stage).max())),
        )
        for plan in plans
        for stage in stages
    ]
    return formats.say("chart.alt.staffing", parts=formats.say("list.semicolon").join(parts))
