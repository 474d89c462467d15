"""What one more of each resource brings, and what it is itself paid: a bar with its whisker, and a mark to reach."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import FAINT, GREEN, INK, RED, WIDE, Chart, figure, finish, fitted, place, rows_of, write
from sim.report.formats import Formats

LEFT, RIGHT, HEAD, TITLE, FOOT = 3.75, 0.35, 0.32, 0.3, 0.5
ROW = 0.3


@dataclass(frozen=True, slots=True)
class Worth:
    """A resource: name, what one more brings with its interval, what it is paid, and whether the former is sure."""

    name: str
    gross: float
    low: float
    high: float
    own_cost: float
    clear: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Resources counted in the same unit, under a heading."""

    heading: str
    rows: Sequence[Worth]


def worth_chart(groups: Sequence[Group], alt: str, formats: Formats) -> Chart:
    """The chart: a panel per group, each with a scale of its own."""
    heights = [ROW * len(group.rows) for group in groups]
    drawn = figure(WIDE, HEAD + sum(heights) + (TITLE + FOOT) * len(groups))
    top = HEAD
    for group, height in zip(groups, heights, strict=True):
        write(drawn, 0.1, top + TITLE / 2, group.heading, va="center", fontsize=9, fontweight="bold", color=INK)
        axes = place(drawn, LEFT, top + TITLE, WIDE - LEFT - RIGHT, height)
        _panel(drawn, axes, group, top + TITLE, formats)
        top += TITLE + height + FOOT
    handles = [
        Patch(facecolor=GREEN, label=formats.say("explain.gross_clear")),
        Patch(facecolor=FAINT, label=formats.say("explain.gross_open")),
        Line2D([], [], color=RED, linewidth=2.2, label=formats.say("explain.own_cost_mark")),
    ]
    drawn.legend(handles=handles, loc="upper left", ncols=3, bbox_to_anchor=(0.1 / WIDE, 1.0), borderaxespad=0.1)
    return finish(drawn, "resources", alt)


def _panel(drawn: Figure, axes: Axes, group: Group, top: float, formats: Formats) -> None:
    rows_of(axes, len(group.rows))
    for row, each in enumerate(group.rows):
        middle = row + 0.5
        if math.isfinite(each.gross):
            axes.barh(middle, each.gross, height=0.56, color=GREEN if each.clear else FAINT, linewidth=0, zorder=2)
        if math.isfinite(each.low) and each.high > each.low:
            axes.plot([each.low, each.high], [middle, middle], color=INK, linewidth=0.9, zorder=4)
        if each.own_cost:
            axes.plot([each.own_cost] * 2, [middle - 0.36, middle + 0.36], color=RED, linewidth=2.2, zorder=5)
        label = fitted(axes, each.name, LEFT - 0.25, 8.5)
        write(drawn, LEFT - 0.12, top + middle * ROW, label, ha="right", va="center", fontsize=8.5, color=INK)
    axes.axvline(0, color=INK, linewidth=0.9, zorder=3)
    axes.margins(x=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.amount(value)))
    axes.set_xlabel(formats.say("explain.worth_axis", currency=formats.currency))
