"""Charts of a ceiling: how surely the target is met, and what comes of it, against the size of the campaign."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sim.report.charts.canvas import (
    FAINT,
    GREEN,
    INK,
    MUTED,
    WIDE,
    Chart,
    figure,
    finish,
    fitted,
    place,
    rows_of,
    write,
)
from sim.report.charts.marks import Mark, handles, legend, legend_height, marks_of
from sim.report.formats import Formats

Floats = NDArray[np.float64]
LEFT, RIGHT, FOOT, TITLE = 0.95, 0.25, 0.62, 0.3
HEIGHT, PANEL, BETWEEN = 2.9, 1.75, 0.42
NAMES, ROW = 3.2, 0.34


@dataclass(frozen=True, slots=True)
class Line:
    """A plan's values by size, with their intervals; NaN where nothing is known. Shapes (k,)."""

    plan: str
    sizes: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True)
class Panel:
    """Lines of one figure: its title, how its ticks are written, and what it can't exceed."""

    title: str
    lines: Sequence[Line]
    ticks: Callable[[float], str]
    most: float = math.inf


def shares_chart(
    name: str,
    panel: Panel,
    brackets: Mapping[str, tuple[float, float]],
    headings: Mapping[str, str],
    level: float,
    axis: str,
    alt: str,
    formats: Formats,
) -> Chart:
    """How surely the target is met, with the level asked for and the brackets as shaded stretches.

    Parameters
    ----------
    brackets
        Plan -> low and high; an end that is not there is NaN.
    level
        Probability asked for.
    """
    marks = marks_of(list(headings))
    entries = handles(marks, headings, lines=True)
    head = legend_height(len(entries)) + 0.12
    drawn = figure(WIDE, head + HEIGHT + FOOT)
    legend(drawn, entries, LEFT)
    axes = place(drawn, LEFT, head, WIDE - LEFT - RIGHT, HEIGHT)
    for plan, (low, high) in brackets.items():
        if math.isfinite(low) and math.isfinite(high):
            axes.axvspan(low, high, color=marks[plan].colour, alpha=0.18, linewidth=0, zorder=0)
    axes.axhline(level, color=INK, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=1)
    label = formats.say("ceiling.asked", share=formats.share(level, 0))
    axes.annotate(label, (0, level), xycoords=("axes fraction", "data"), xytext=(4, 3), textcoords="offset points")
    _lines(axes, panel, marks)
    axes.set_ylim(-0.03, 1.05)
    _finished(axes, panel, axis, formats)
    axes.set_ylabel(panel.title)
    return finish(drawn, name, alt)


def curves_chart(
    name: str,
    panels: Sequence[Panel],
    brackets: Mapping[str, tuple[float, float]],
    headings: Mapping[str, str],
    axis: str,
    alt: str,
    formats: Formats,
) -> Chart:
    """Several figures below each other over the same sizes, with a tick where each bracket lies."""
    marks = marks_of(list(headings))
    entries = handles(marks, headings, lines=True)
    head = legend_height(len(entries))
    drawn = figure(WIDE, head + len(panels) * (TITLE + PANEL + BETWEEN) + 0.2)
    legend(drawn, entries, LEFT)
    for number, panel in enumerate(panels):
        top = head + TITLE + number * (TITLE + PANEL + BETWEEN)
        axes = place(drawn, LEFT, top, WIDE - LEFT - RIGHT, PANEL)
        axes.set_title(panel.title)
        for plan, (low, high) in brackets.items():
            if math.isfinite(low) and math.isfinite(high):
                axes.axvspan(low, high, color=marks[plan].colour, alpha=0.18, linewidth=0, zorder=0)
        _lines(axes, panel, marks)
        last = number == len(panels) - 1
        _finished(axes, panel, axis if last else "", formats)
        axes.tick_params(axis="x", labelbottom=last)
    return finish(drawn, name, alt)


def _lines(axes: Axes, panel: Panel, marks: Mapping[str, Mark]) -> None:
    for line in panel.lines:
        mark = marks[line.plan]
        known = np.isfinite(line.mean)
        bounded = known & np.isfinite(line.low)
        axes.fill_between(
            line.sizes[bounded], line.low[bounded], line.high[bounded], color=mark.colour, alpha=0.14, linewidth=0
        )
        axes.plot(
            line.sizes[known], line.mean[known], color=mark.colour, linestyle=mark.dashes, linewidth=1.5, zorder=3
        )


def _finished(axes: Axes, panel: Panel, axis: str, formats: Formats) -> None:
    sizes = np.concatenate([line.sizes for line in panel.lines])
    axes.set_xlim(float(sizes.min()), float(sizes.max()))
    axes.xaxis.set_major_locator(MaxNLocator(10))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.plain(value)))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: panel.ticks(value)))
    low, high = axes.get_ylim()
    axes.set_ylim(low, min(high, panel.most + 0.03 * (high - low)))  # a t interval may reach beyond what is possible
    if axis:
        axes.set_xlabel(axis)


@dataclass(frozen=True, slots=True)
class Gain:
    """A resource: what one more adds, with its interval, and whether it is told from nothing."""

    name: str
    gain: float
    low: float
    high: float
    clear: bool


def gains_chart(gains: Sequence[Gain], alt: str, formats: Formats) -> Chart:
    """What one more of each resource adds to the size at which a surge breaks."""
    head, height = 0.36, ROW * len(gains)
    drawn = figure(WIDE, head + height + FOOT)
    axes = place(drawn, NAMES, head, WIDE - NAMES - RIGHT, height)
    rows_of(axes, len(gains))
    for row, each in enumerate(gains):
        middle = row + 0.5
        axes.barh(middle, each.gain, height=0.56, color=GREEN if each.clear else FAINT, linewidth=0, zorder=2)
        if math.isfinite(each.low) and each.high > each.low:
            axes.plot([each.low, each.high], [middle, middle], color=INK, linewidth=0.9, zorder=4)
        label = fitted(axes, each.name, NAMES - 0.25, 8.5)
        write(drawn, NAMES - 0.12, head + middle * ROW, label, ha="right", va="center", fontsize=8.5, color=INK)
    axes.axvline(0, color=MUTED, linewidth=0.9, zorder=3)
    axes.margins(x=0.06)
    axes.xaxis.set_major_locator(MaxNLocator(6))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.plain(value)))
    axes.set_xlabel(formats.say("ceiling.worth_axis"))
    entries = [
        Patch(facecolor=GREEN, label=formats.say("ceiling.clear")),
        Patch(facecolor=FAINT, label=formats.say("ceiling.open")),
    ]
    drawn.legend(handles=entries, loc="upper left", ncols=2, bbox_to_anchor=(NAMES / WIDE, 1.0), borderaxespad=0.1)
    return finish(drawn, "resources", alt)
