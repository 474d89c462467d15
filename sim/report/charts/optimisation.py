"""Charts of a search: cost against service, how the best came about, and what each level does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    RED,
    WIDE,
    Chart,
    figure,
    finish,
    fitted,
    place,
    short,
    style,
    write,
)
from sim.report.charts.labels import Box, beads, leader, nearest_edge, place_labels
from sim.report.formats import Formats

BAR = "#9aa3ad"
LEFT, RIGHT, HEAD, HEIGHT, FOOT = 1.05, 0.3, 0.45, 4.0, 0.6
GAP = 11.0  # pixels between a mark and its label
MOST_LABELS = 5
ROW, ROW_GAP = 1.9, 0.75  # inches, of the small multiples
MOST_ROWS = 8
# outcome -> marker, face; told apart in grey too
MARKS = {"kept": ("o", GREEN), "dear": ("o", "white"), "missed": ("X", RED), "hopeless": ("x", RED)}


@dataclass(frozen=True, slots=True)
class Dot:
    """A trial, or a plan that it is held against.

    Parameters
    ----------
    name
        For its label; empty: none.
    outcome
        kept, dear, missed or hopeless; tuned, as_it_is or baseline for those to be seen first.
    number
        Of the trial; -1 for those that are none.
    cost, service
        Means, each with low and high.
    front
        Whether no other one beats it.
    """

    name: str
    outcome: str
    number: int
    cost: tuple[float, float, float]
    service: tuple[float, float, float]
    front: bool


@dataclass(frozen=True, slots=True)
class Scales:
    """How both figures are written, and what is asked of the service.

    Parameters
    ----------
    cost, service
        Names of the axes.
    cost_unit, service_unit
        Their units.
    level
        To be reached; None: nothing is.
    """

    cost: str
    service: str
    cost_unit: str
    service_unit: str
    level: float | None


def tick(value: float, unit: str, formats: Formats) -> str:
    """A figure at an axis."""
    return formats.share(value) if unit == "share" else formats.plain(value) if value else formats.number(0)


def front_chart(dots: Sequence[Dot], scales: Scales, formats: Formats) -> Chart:
    """Every trial, cost against service; the front with its bars and names."""
    with style():
        drawn = figure(WIDE, HEAD + HEIGHT + FOOT)
        axes = place(drawn, LEFT, HEAD, WIDE - LEFT - RIGHT, HEIGHT)
        axes.grid(visible=True, axis="both")
        front = sorted((dot for dot in dots if dot.front), key=lambda dot: dot.cost[0])
        line = axes.plot(
            [dot.cost[0] for dot in front],
            [dot.service[0] for dot in front],
            color=GREEN,
            linewidth=1.2,
            linestyle=(0, (5, 2)),
            zorder=1,
        )[0]
        for dot in dots:
            _mark(axes, dot)
        _front_limits(axes, dots, scales)
        if scales.level is not None:
            axes.axhline(scales.level, color=MUTED, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=0.5)
        _written(axes, scales, formats)
        axes.set_xlabel(scales.cost)
        write(drawn, 0.1, HEAD - 0.06, scales.service, fontsize=8.5, color=MUTED, va="bottom")
        _label(axes, dots, line)
        _legend(drawn, {dot.outcome for dot in dots}, formats)
        return finish(drawn, "front", formats.say("optimise.chart.front_alt"))


def _written(axes: Axes, scales: Scales, formats: Formats) -> None:
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, scales.cost_unit, formats)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, scales.service_unit, formats)))
    axes.xaxis.set_major_locator(MaxNLocator(7))


def _mark(axes: Axes, dot: Dot) -> None:
    x, y = dot.cost[0], dot.service[0]
    if dot.front or dot.number < 0 or dot.outcome == "tuned":
        axes.plot(dot.cost[1:], (y, y), color=BAR, linewidth=1.0, solid_capstyle="butt", zorder=2)
        axes.plot((x, x), dot.service[1:], color=BAR, linewidth=1.0, solid_capstyle="butt", zorder=2)
    marker, face, size, order = _look(dot.outcome)
    axes.plot(
        [x],
        [y],
        linestyle="",
        marker=marker,
        markersize=size,
        markerfacecolor=face,
        markeredgecolor=face if marker == "x" else INK,
        markeredgewidth=1.3 if marker == "x" else 0.8,
        zorder=order,
    )


def _look(outcome: str) -> tuple[str, str, float, float]:
    special = {"tuned": ("D", BLUE, 9.0, 5.0), "as_it_is": ("s", ORANGE, 7.0, 4.0), "baseline": ("s", FAINT, 7.0, 4.0)}
    if outcome in special:
        return special[outcome]
    marker, face = MARKS[outcome]
    return marker, face, 5.0, 3.0


def _front_limits(axes: Axes, dots: Sequence[Dot], scales: Scales) -> None:
    """Room for labels; very long bars leave the frame."""
    costs, services = [dot.cost[0] for dot in dots], [dot.service[0] for dot in dots]
    if scales.level is not None:
        services.append(scales.level)
    width = max(max(costs) - min(costs), 0.02 * abs(max(costs)), 1e-9)
    height = max(max(services) - min(services), 0.02 if scales.service_unit == "share" else 1e-9)
    axes.set_xlim(min(costs) - 0.08 * width, max(costs) + 0.16 * width)
    axes.set_ylim(min(services) - 0.1 * height, max(services) + 0.12 * height)


def _label(axes: Axes, dots: Sequence[Dot], line: Line2D) -> None:
    """Name the dots that have names, measured in pixels; a thin leader where a label had to move away."""
    frame, to_pixels = axes.get_window_extent(), axes.transData.transform
    named = [dot for dot in dots if dot.name][: MOST_LABELS + 3]
    points = [tuple(to_pixels((dot.cost[0], dot.service[0]))) for dot in named]
    texts = [axes.text(0, 0, short(dot.name, 46), fontsize=8.5, va="bottom") for dot in named]
    sizes = [(text.get_window_extent().width + 2, text.get_window_extent().height + 1) for text in texts]
    everywhere = [tuple(to_pixels((dot.cost[0], dot.service[0]))) for dot in dots]
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in everywhere]
    for start, end in pairwise([tuple(corner) for corner in to_pixels(line.get_xydata())]):
        taken += beads(start, end)
    inside = (frame.x0 + 2, frame.y0 + 2, frame.x1 - 2, frame.y1 - 2)
    back = axes.transData.inverted().transform
    for text, box, point in zip(texts, place_labels(points, sizes, taken, [], inside, GAP), points, strict=True):
        text.set_position(tuple(back((box[0], box[1]))))
        if leader(point, box, GAP):
            ends = back([point, nearest_edge(point, box)])
            axes.plot(ends[:, 0], ends[:, 1], color=MUTED, linewidth=0.6, zorder=1.5)


def _legend(drawn: Figure, outcomes: set[str], formats: Formats) -> None:
    handles = []
    for outcome in ("tuned", "as_it_is", "baseline", *MARKS):
        if outcome not in outcomes:
            continue
        marker, face, size, _ = _look(outcome)
        handles.append(
            Line2D(
                [],
                [],
                linestyle="",
                marker=marker,
                markerfacecolor=face,
                markeredgecolor=face if marker == "x" else INK,
                markersize=min(size, 7),
                label=formats.say(f"optimise.mark.{outcome}"),
            )
        )
    drawn.legend(
        handles=handles, loc="upper right", ncols=4, bbox_to_anchor=(0.99, 1.0), borderaxespad=0.1, labelcolor=INK
    )


def convergence_chart(dots: Sequence[Dot], scales: Scales, formats: Formats, *, maximise: bool) -> Chart:
    """Every trial in its order, and the best so far of those that kept the promise."""
    with style():
        drawn = figure(WIDE, HEAD + 2.6 + FOOT)
        axes = place(drawn, LEFT, HEAD, WIDE - LEFT - RIGHT, 2.6)
        tried = sorted((dot for dot in dots if dot.number >= 0), key=lambda dot: dot.number)
        steps, best = [], math.nan
        for dot in tried:
            if dot.outcome in {"kept", "tuned"}:
                value = dot.cost[0]
                best = value if math.isnan(best) else max(best, value) if maximise else min(best, value)
            steps.append(best)
        numbers = [dot.number + 1 for dot in tried]
        axes.step(numbers, steps, where="post", color=BLUE, linewidth=1.6, zorder=1)
        for dot in tried:
            marker, face, size, order = _look(dot.outcome)
            edge = face if marker == "x" else INK
            axes.plot(
                [dot.number + 1],
                [dot.cost[0]],
                linestyle="",
                marker=marker,
                markersize=size,
                markerfacecolor=face,
                markeredgecolor=edge,
                zorder=order,
            )
        axes.set_xlabel(formats.say("optimise.chart.trial"))
        axes.xaxis.set_major_locator(MaxNLocator(10, integer=True))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: tick(value, scales.cost_unit, formats)))
        write(drawn, 0.1, HEAD - 0.06, scales.cost, fontsize=8.5, color=MUTED, va="bottom")
        _legend(drawn, {dot.outcome for dot in tried}, formats)
        return finish(drawn, "convergence", formats.say("optimise.chart.convergence_alt"))


def slice_chart(
    levels: Sequence[tuple[str, Sequence[float], Sequence[str]]], dots: Sequence[Dot], scales: Scales, formats: Formats
) -> Chart:
    """A row for each level: what it takes, against the objective and against service.

    Parameters
    ----------
    levels
        Name; value of each dot, or the place of its value; texts of the places, empty where values are numbers.
    dots
        Trials, in the order of those values.
    """
    with style():
        rows = levels[:MOST_ROWS]
        drawn = figure(WIDE, HEAD + len(rows) * (ROW + ROW_GAP))
        width = (WIDE - 2 * LEFT - RIGHT) / 2
        for row, (name, values, texts) in enumerate(rows):
            top = HEAD + 0.25 + row * (ROW + ROW_GAP)
            for column, unit in enumerate((scales.cost_unit, scales.service_unit)):
                axes = place(drawn, LEFT + column * (width + LEFT), top, width, ROW - 0.25)
                _slice(axes, values, texts, dots, column)
                axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _, unit=unit: tick(value, unit, formats)))
                axes.set_title(fitted(axes, (scales.cost, scales.service)[column], width, 9.5))
                axes.set_xlabel(fitted(axes, name, width, 8.5))
                if column and scales.level is not None:
                    axes.axhline(scales.level, color=MUTED, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=0.5)
        _legend(drawn, {dot.outcome for dot in dots}, formats)
        return finish(drawn, "slices", formats.say("optimise.chart.slices_alt"))


def _slice(axes: Axes, values: Sequence[float], texts: Sequence[str], dots: Sequence[Dot], column: int) -> None:
    for value, dot in zip(values, dots, strict=True):
        marker, face, size, order = _look(dot.outcome)
        axes.plot(
            [value],
            [(dot.cost, dot.service)[column][0]],
            linestyle="",
            marker=marker,
            markersize=size * 0.85,
            markerfacecolor=face,
            markeredgecolor=face if marker == "x" else INK,
            markeredgewidth=1.2 if marker == "x" else 0.6,
            zorder=order,
        )
    axes.yaxis.set_major_locator(MaxNLocator(4))
    axes.margins(x=0.06, y=0.12)
    if texts:
        axes.set_xticks(range(len(texts)), [short(text, 14) for text in texts])
        axes.set_xlim(-0.5, len(texts) - 0.5)
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=all(value == int(value) for value in values)))
