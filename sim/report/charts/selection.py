"""How a selection went: how long each plan stayed, and how far each fell behind the one chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator
from numpy.typing import NDArray

from sim.report.charts.canvas import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    RED,
    SKY,
    WIDE,
    Chart,
    figure,
    finish,
    fitted,
    place,
    style,
    wrapped,
)
from sim.report.charts.labels import Box, beads, place_labels
from sim.report.formats import Formats

Floats = NDArray[np.float64]
NAMES, TOLD, HEAD, FOOT, ROW = 2.7, 2.9, 0.45, 0.55, 0.42  # inches
BAR = 0.34  # of a row
HEIGHT = 3.6
DECIDED = {"feasible": GREEN, "infeasible": RED, "undecided": FAINT}
HATCHED = {"infeasible": "////", "undecided": ".."}
LINES = (ORANGE, GREEN, RED, PURPLE, SKY, INK, MUTED)
MOST_LINES = len(LINES)


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a plan stayed.

    Parameters
    ----------
    name, told
        For readers, and what became of it in a few words.
    screened, decision
        Replications until it was known whether it keeps the promise, and the answer; 0 without a promise.
    raced
        Replications until it was beaten, or the choice was made; 0 if it did not come so far.
    chosen
        Whether it is the one.
    """

    name: str
    told: str
    screened: int
    decision: str
    raced: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a plan lies behind the one chosen, summed over replications.

    Parameters
    ----------
    name
        For readers.
    sums
        After each replication until it was dropped; shape (replications,).
    allowed
        How far it might lie behind without being dropped; NaN before the first look; longer where that shows more.
    """

    name: str
    sums: Floats
    allowed: Floats


def stay_chart(stays: Sequence[Stay], formats: Formats) -> Chart:
    """A pair of bars for each plan: until its promise was known, and until it was beaten."""
    with style():
        return _stay_chart(stays, formats)


def _stay_chart(stays: Sequence[Stay], formats: Formats) -> Chart:
    screened = any(each.screened for each in stays)
    drawn = figure(WIDE, HEAD + ROW * len(stays) + FOOT)
    axes = place(drawn, NAMES, HEAD, WIDE - NAMES - TOLD, ROW * len(stays))
    axes.grid(visible=True, axis="x")
    axes.grid(visible=False, axis="y")
    for row, each in enumerate(stays):
        upper, lower = (row - BAR / 2, row + BAR / 2) if screened else (row, row)
        if each.screened:
            colour, hatch = DECIDED[each.decision], HATCHED.get(each.decision, "")
            axes.barh(upper, each.screened, BAR, color=colour, hatch=hatch, edgecolor="white", linewidth=0)
        if each.raced:
            axes.barh(lower, each.raced, BAR, color=BLUE if each.chosen else SKY, linewidth=0)
    most = max(max(each.screened, each.raced) for each in stays) or 1
    axes.set_xlim(0, most * 1.02)
    axes.set_ylim(len(stays) - 0.5, -0.5)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlabel(formats.say("select.chart.replications"))
    for row, each in enumerate(stays):
        _beside(axes, row, each, formats)
    _stay_legend(drawn, screened, formats)
    return finish(drawn, "stays", formats.say("select.chart.stay_alt"))


def _beside(axes: Axes, row: int, stay: Stay, formats: Formats) -> None:
    transform = axes.get_yaxis_transform()
    width = WIDE - NAMES - TOLD
    name = wrapped(stay.name, 29)
    weight = "bold" if stay.chosen else "normal"
    axes.text(-0.12 / width, row, name, transform=transform, ha="right", va="center", fontsize=8.5, fontweight=weight)
    told = wrapped(stay.told, 38)
    axes.text(1 + 0.12 / width, row, told, transform=transform, va="center", fontsize=8, color=MUTED)


def _stay_legend(drawn: Figure, screened: bool, formats: Formats) -> None:
    say = formats.say
    handles = [Patch(color=BLUE, label=say("select.chart.chosen")), Patch(color=SKY, label=say("select.chart.raced"))]
    if screened:
        handles += [
            Patch(facecolor=GREEN, label=say("select.chart.feasible")),
            Patch(facecolor=RED, hatch=HATCHED["infeasible"], edgecolor="white", label=say("select.chart.infeasible")),
            Patch(facecolor=FAINT, hatch=HATCHED["undecided"], edgecolor="white", label=say("select.chart.undecided")),
        ]
    drawn.legend(
        handles=handles, loc="upper left", ncols=5, bbox_to_anchor=(0.01, 1.0), borderaxespad=0.1, labelcolor=INK
    )


def lag_chart(lags: Sequence[Lag], unit: str, formats: Formats) -> Chart:
    """A line for each plan that was raced, and the dashed line at which it is dropped."""
    with style():
        return _lag_chart(lags, unit, formats)


def _lag_chart(lags: Sequence[Lag], unit: str, formats: Formats) -> Chart:
    say = formats.say
    drawn = figure(WIDE, HEAD + HEIGHT + FOOT)
    axes = place(drawn, 1.1, HEAD, WIDE - 1.1 - 0.3, HEIGHT)
    axes.grid(visible=True, axis="both")
    axes.axhline(0, color=MUTED, linewidth=0.9)
    ends = []
    for each, colour in zip(lags, LINES, strict=False):
        numbers = np.arange(1, len(each.sums) + 1)
        axes.plot(np.arange(1, len(each.allowed) + 1), each.allowed, color=colour, linewidth=1.0, linestyle=(0, (4, 2)))
        axes.plot(numbers, each.sums, color=colour, linewidth=1.6)
        axes.plot(numbers[-1:], each.sums[-1:], marker="o", markersize=5, color=colour, markeredgecolor=INK)
        ends.append((float(numbers[-1]), float(each.sums[-1])))
    longest = max(len(each.sums) for each in lags)
    axes.set_xlim(0, longest * 1.25)
    axes.margins(y=0.1)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, unit, formats)))
    axes.set_xlabel(say("select.chart.replications"))
    _name_lines(axes, lags, ends)
    handles = [
        Line2D([], [], color=MUTED, linewidth=1.6, label=say("select.chart.behind")),
        Line2D([], [], color=MUTED, linewidth=1.0, linestyle=(0, (4, 2)), label=say("select.chart.allowed")),
    ]
    drawn.legend(
        handles=handles, loc="upper left", ncols=2, bbox_to_anchor=(0.08, 1.0), borderaxespad=0.1, labelcolor=INK
    )
    return finish(drawn, "lags", say("select.chart.lag_alt"))


def _tick(value: float, unit: str, formats: Formats) -> str:
    return formats.share(value) if unit == "share" else formats.plain(value)


def _name_lines(axes: Axes, lags: Sequence[Lag], ends: Sequence[tuple[float, float]]) -> None:
    """Names at the ends of their lines, measured in pixels."""
    frame = axes.get_window_extent()
    to_pixels = axes.transData.transform
    points = [tuple(to_pixels(end)) for end in ends]
    texts = [axes.text(0, 0, fitted(axes, each.name, 3.4, 8.5), fontsize=8.5, va="bottom") for each in lags]
    taken: list[Box] = [(x - 5, y - 5, x + 5, y + 5) for x, y in points]
    soft: list[Box] = []
    for each in lags:
        corners = to_pixels(np.column_stack([np.arange(1, len(each.sums) + 1), each.sums]))
        for start, end in pairwise(corners):
            soft += beads(tuple(start), tuple(end))
    sizes = [(text.get_window_extent().width + 2, text.get_window_extent().height + 1) for text in texts]
    inside = (frame.x0 + 2, frame.y0 + 2, frame.x1 - 2, frame.y1 - 2)
    back = axes.transData.inverted().transform
    for text, box in zip(texts, place_labels(points, sizes, taken, soft, inside, 9.0), strict=True):
        text.set_position(tuple(back((box[0], box[1]))))
