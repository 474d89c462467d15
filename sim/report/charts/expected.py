"""Expected against worst: a row per plan with its weighted mean, the mean of its worst tenth, and its worst future."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import BLUE, FAINT, INK, RED, WIDE, Chart, figure, finish, place, rows_of, wrapped, write
from sim.report.formats import Formats

LEFT, RIGHT, HEAD, FOOT, ROW = 2.6, 0.35, 0.4, 0.55, 0.46


@dataclass(frozen=True, slots=True)
class Stand:
    """A plan: its heading, expected value with its interval, mean of the worst part, mean in the worst future."""

    name: str
    expected: float
    low: float
    high: float
    cvar: float
    worst: float


def expected_chart(name: str, stands: Sequence[Stand], unit: str, axis: str, alt: str, formats: Formats) -> Chart:
    """The chart; plans in the order given.

    Parameters
    ----------
    name
        File name without ending.
    unit
        Of the KPI.
    axis, alt
        Label of the axis; what to say to those who can't see it.
    """
    height = ROW * len(stands)
    drawn = figure(WIDE, HEAD + height + FOOT)
    axes = place(drawn, LEFT, HEAD, WIDE - LEFT - RIGHT, height)
    rows_of(axes, len(stands))
    for row, each in enumerate(stands):
        middle = row + 0.5
        ends = [value for value in (each.expected, each.cvar, each.worst) if math.isfinite(value)]
        if ends:
            axes.plot([min(ends), max(ends)], [middle] * 2, color=FAINT, linewidth=4, zorder=1, solid_capstyle="butt")
        if math.isfinite(each.low):
            axes.plot([each.low, each.high], [middle] * 2, color=INK, linewidth=1.0, zorder=2)
        for value, (marker, colour, face) in zip((each.expected, each.cvar, each.worst), _MARKS, strict=True):
            axes.plot([value], [middle], marker=marker, markersize=8, color=colour, markerfacecolor=face, zorder=3)
        write(
            drawn,
            LEFT - 0.15,
            HEAD + middle * ROW,
            wrapped(each.name, 30),
            ha="right",
            va="center",
            fontsize=8.5,
            color=INK,
        )
    axes.margins(x=0.05)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.value(value, unit)))
    axes.set_xlabel(axis)
    _legend(drawn, formats)
    return finish(drawn, name, alt)


_MARKS = (("D", BLUE, BLUE), ("v", RED, RED), ("o", INK, "white"))


def _legend(drawn: Figure, formats: Formats) -> None:
    texts = (formats.say("robust.expected"), formats.say("robust.cvar"), formats.say("robust.worst"))
    handles = [
        Line2D([], [], linestyle="", marker=marker, color=colour, markerfacecolor=face, markersize=7, label=text)
        for (marker, colour, face), text in zip(_MARKS, texts, strict=True)
    ]
    drawn.legend(handles=handles, loc="upper left", ncols=3, bbox_to_anchor=(LEFT / WIDE, 1.0), borderaxespad=0.1)
