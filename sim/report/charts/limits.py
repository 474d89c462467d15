"""What limited each plan, hour by hour: a strip per resource, darker the more replications it limited."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from sim.ledger import Array
from sim.report.charts.canvas import (
    INK,
    MUTED,
    PALE,
    RESOURCE_COLOURS,
    WIDE,
    Chart,
    figure,
    finish,
    place,
    wrapped,
    write,
)
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, spell_handles, time_axis
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.spells import with_spells

LEFT, RIGHT = 2.95, 0.15
ROW, GAP, LEGEND, FOOT = 0.175, 0.14, 0.34, 0.5
LEVELS = (0.25, 0.5, 0.75, 1.0)  # upper edges of the shades


def limits_chart(reading: Reading, formats: Formats) -> Chart:
    """Strips in groups, a group per plan; resources that never limited anybody are left out."""
    plans, resources = reading.plans, reading.limiting or ["picking"]
    events = events_of(reading.scenario, reading.comparison.ledgers.get(reading.baseline))
    group = ROW * len(resources)
    # a heading of two lines needs its room even where a group has but one strip
    pitch = max(group, 0.3) + GAP
    head = LEGEND + events.rows * RIBBON_ROW + 0.08
    drawn = figure(WIDE, head + pitch * len(plans) + FOOT)
    width = WIDE - LEFT - RIGHT
    strip = place(drawn, LEFT, LEGEND, width, events.rows * RIBBON_ROW)
    ribbon(strip, events, formats)
    time_axis(strip, reading.scenario, width, formats, labels=False)
    for number, plan in enumerate(plans):
        top = head + number * pitch
        axes = place(drawn, LEFT, top, width, group)
        shade(axes, events, tint=0)
        _strips(axes, reading, plan, resources)
        axes.set_yticks(np.arange(len(resources)) + 0.5, [formats.say(f"resource.{name}") for name in resources])
        axes.set_ylim(len(resources), 0)
        time_axis(axes, reading.scenario, width, formats, labels=number == len(plans) - 1)
        write(drawn, 0.05, top + group / 2, wrapped(reading.heading(plan), 28), va="center", fontsize=8.5, color=INK)
    _legend(drawn, events, formats)
    alt = with_spells(_alt(reading, formats), reading.scenario, events.spells, formats)
    return finish(drawn, "bottlenecks", alt)


def _strips(axes: Axes, reading: Reading, plan: str, resources: list[str]) -> None:
    axes.set_facecolor(PALE)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
    for row, resource in enumerate(resources):
        shade = np.digitize(reading.limit(plan, resource), [1e-9, *(edge + 1e-9 for edge in LEVELS[:-1])])
        for level in range(1, len(LEVELS) + 1):
            boxes = [
                [(begin, row + 0.06), (end, row + 0.06), (end, row + 0.94), (begin, row + 0.94)]
                for begin, end in _runs(shade == level)
            ]
            colour = (RESOURCE_COLOURS[resource], LEVELS[level - 1])
            axes.add_collection(PolyCollection(boxes, facecolors=[colour], linewidths=0), autolim=False)


def _runs(where: Array) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], where.astype(int), [0]])))
    return [(int(begin), int(end)) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def _legend(drawn: Figure, events: Events, formats: Formats) -> None:
    handles = [*spell_handles(events, formats)]
    handles.append(Patch(facecolor="none", edgecolor="none", label=formats.say("chart.limit_legend")))
    below = 0.0
    for level in LEVELS:
        label = formats.say("chart.limit_share", low=f"{below * 100:.0f}", high=f"{level * 100:.0f}")
        handles.append(Patch(facecolor=(MUTED, level), label=label))
        below = level
    drawn.legend(
        handles=handles,
        loc="upper right",
        ncols=len(handles),
        bbox_to_anchor=(1 - RIGHT / WIDE, 1.0),
        borderaxespad=0.1,
        handlelength=1.4,
        columnspacing=1.2,
        labelcolor=MUTED,
    )


def _alt(reading: Reading, formats: Formats) -> str:
    plans = []
    for plan in reading.plans:
        limits = reading.limiting_hours(plan)
        resource, hours = max(limits.items(), key=lambda item: item[1], default=("none", 0))
        plans.append(
            formats.say(
                "chart.alt.limits_plan",
                plan=reading.heading(plan),
                resource=formats.say(f"resource.{resource}"),
                hours=formats.number(hours),
            )
        )
    return formats.say("chart.alt.limits", plans=formats.say("list.semicolon").join(plans))
