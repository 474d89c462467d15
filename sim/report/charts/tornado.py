"""The tornado: how far each figure, at either end of its range, moves a KPI; the one that moves it most on top.

A row per figure, two bars in it: the upper one for its low end, the lower one for its high end, with the value at the
tip and a whisker for the interval, so that it reads the same where both ends move a KPI the same way.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    WIDE,
    Chart,
    figure,
    finish,
    fitted,
    place,
    rows_of,
    short,
    write,
)
from sim.report.formats import Formats

LEFT, RIGHT, HEAD, FOOT = 3.75, 0.2, 0.36, 0.55
ROW, THICK = 0.44, 0.3  # inches; part of a row that a bar takes
COLOURS = (ORANGE, BLUE)


@dataclass(frozen=True, slots=True)
class Tip:
    """One end of a figure's range: its value as text, the difference it makes, and the interval; NaN where refused."""

    text: str
    difference: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Span:
    """A figure: its name, its path, its low and its high end."""

    name: str
    path: str
    ends: tuple[Tip, Tip]


def tornado_chart(name: str, spans: Sequence[Span], unit: str, axis: str, alt: str, formats: Formats) -> Chart:
    """The chart.

    Parameters
    ----------
    name
        File name without ending.
    spans
        Figures, the largest first.
    unit
        Of the KPI.
    axis, alt
        Label of the axis; what to say to those who can't see it.
    """
    height = ROW * len(spans)
    drawn = figure(WIDE, HEAD + height + FOOT)
    axes = place(drawn, LEFT, HEAD, WIDE - LEFT - RIGHT, height)
    rows_of(axes, len(spans))
    for row, span in enumerate(spans):
        for half, (tip, colour) in enumerate(zip(span.ends, COLOURS, strict=True)):
            _bar(axes, row + 0.5 + (half - 0.5) * THICK, tip, colour)
    _limits(axes, spans)
    axes.axvline(0, color=INK, linewidth=0.9, zorder=3)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.signed(value, unit)))
    axes.set_xlabel(axis)
    for row, span in enumerate(spans):
        for half, tip in enumerate(span.ends):
            _value(axes, row + 0.5 + (half - 0.5) * THICK, tip)
        top = HEAD + (row + 0.5) * ROW
        label = fitted(axes, span.name, LEFT - 0.2, 8.5)
        write(drawn, LEFT - 0.12, top - 0.015, label, ha="right", va="bottom", fontsize=8.5, color=INK)
        path = fitted(axes, span.path, LEFT - 0.2, 7)
        write(drawn, LEFT - 0.12, top + 0.015, path, ha="right", va="top", fontsize=7, color=MUTED)
    handles = [
        Patch(facecolor=colour, label=label)
        for colour, label in zip(COLOURS, (formats.say("explain.at_low"), formats.say("explain.at_high")), strict=True)
    ]
    drawn.legend(
        handles=handles,
        loc="upper left",
        ncols=2,
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        labelcolor=INK,
    )
    return finish(drawn, name, alt)


def _bar(axes: Axes, row: float, tip: Tip, colour: str) -> None:
    if not math.isfinite(tip.difference):
        return
    axes.barh(row, tip.difference, height=THICK * 0.94, color=colour, linewidth=0, zorder=2)
    if math.isfinite(tip.low) and tip.high > tip.low:
        axes.plot([tip.low, tip.high], [row, row], color=INK, linewidth=0.9, solid_capstyle="butt", zorder=4)
        for end in (tip.low, tip.high):
            axes.plot([end, end], [row - 0.07, row + 0.07], color=INK, linewidth=0.9, zorder=4)


def _outmost(tip: Tip) -> float:
    """Where the whisker ends on the side to which the bar points."""
    if not math.isfinite(tip.low):
        return tip.difference
    return max(tip.high, tip.difference) if tip.difference >= 0 else min(tip.low, tip.difference)


def _limits(axes: Axes, spans: Sequence[Span]) -> None:
    """Room for the values at the tips."""
    tips = [tip for span in spans for tip in span.ends if math.isfinite(tip.difference)]
    ends = [0.0, *(_outmost(tip) for tip in tips)]
    low, high = min(ends), max(ends)
    width = max(high - low, 1e-9)
    axes.set_xlim(low - 0.13 * width, high + 0.13 * width)


def _value(axes: Axes, row: float, tip: Tip) -> None:
    if not math.isfinite(tip.difference):
        return
    right = tip.difference >= 0
    axes.annotate(
        short(tip.text, 12),
        (_outmost(tip), row),
        xytext=(4 if right else -4, 0),
        textcoords="offset points",
        ha="left" if right else "right",
        va="center",
        fontsize=7.5,
        color=INK,
    )
