"""Lead time against false alarms: a panel per alert rule, a point per level tried.

Each panel has axes of its own, since the question is which level of a rule to take; the first late order is in all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.alarms import Record, false_alarms, is_set, lead_in_words, reachable, rows_by_rule
from sim.report.charts.canvas import BLUE, INK, MUTED, WIDE, Chart, figure, finish, place, short
from sim.report.charts.labels import Box, beads, place_labels
from sim.report.formats import Formats
from sim.report.reading import Reading

LEFT, RIGHT, FOOT, LEGEND, TITLE, TICKS = 0.75, 0.1, 0.28, 0.2, 0.32, 0.25
PANEL, GAP, ABREAST = 1.6, 0.55, 3
MARK_GAP = 7.0  # pixels between a point and its level
NEAR = 9.0  # pixels: points as close as that share a label
Point = tuple[float, float]


def alarms_chart(reading: Reading, formats: Formats) -> Chart | None:
    """The chart, or nothing where no rule has a lead time at any level."""
    panels = {name: _points(rows) for name, rows in rows_by_rule(reading).items()}
    panels = {name: rows for name, rows in panels.items() if rows}
    if not panels:
        return None
    lines = math.ceil(len(panels) / ABREAST)
    drawn = figure(WIDE, LEGEND + lines * (TITLE + PANEL + TICKS) + FOOT)
    width = (WIDE - LEFT - RIGHT - (ABREAST - 1) * GAP) / ABREAST
    for number, (name, rows) in enumerate(panels.items()):
        line, column = divmod(number, ABREAST)
        top = LEGEND + line * (TITLE + PANEL + TICKS) + TITLE
        axes = place(drawn, LEFT + column * (width + GAP), top, width, PANEL)
        _frame(axes, rows, formats)
        axes.set_title(short(name, 34), pad=4)
        _panel(axes, rows, formats)
    _legend(drawn, formats)
    lead, false = formats.say("early_chart.lead_axis"), formats.say("early_chart.false_axis")
    drawn.text(0.08 / WIDE, 0.5, lead, rotation=90, va="center", color=MUTED, fontsize=8.5)
    middle = (LEFT + (min(ABREAST, len(panels)) * (width + GAP) - GAP) / 2) / WIDE
    drawn.text(middle, 0.01, false, ha="center", va="bottom", color=MUTED, fontsize=8.5)
    return finish(drawn, "early_warning", _alt(panels, formats))


def _points(rows: Sequence[Record]) -> list[Record]:
    return [row for row in rows if math.isfinite(row["lead_h_p50"]) and reachable(row)]


def _at(row: Record) -> Point:
    return float(row["false_per_run"]), float(row["lead_h_p50"])


def _frame(axes: Axes, rows: Sequence[Record], formats: Formats) -> None:
    """Axes with room for labels around the points; the first late order is always in them."""
    false, lead = np.array([_at(row) for row in rows]).T
    wide = max(0.5, float(false.max()))
    low, high = min(0.0, float(lead.min())), max(0.0, float(lead.max()))
    tall = max(12.0, high - low)
    axes.set_xlim(-0.12 * wide, 1.3 * wide)
    axes.set_ylim(low - 0.18 * tall, high + 0.2 * tall)
    axes.grid(visible=True, axis="both")
    axes.axhline(0, color=INK, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=1)
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.plain(value) if value >= 0 else ""))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))


def _panel(axes: Axes, rows: list[Record], formats: Formats) -> None:
    points = [_at(row) for row in rows]
    axes.plot(*zip(*points, strict=True), color=BLUE, linewidth=1.0, zorder=2)
    for row, point in zip(rows, points, strict=True):
        axes.plot(
            *([value] for value in point),
            marker="D" if is_set(row) else "o",
            markersize=7 if is_set(row) else 4.5,
            markerfacecolor=BLUE if row["raised_share"] >= 0.5 else "white",
            markeredgecolor=INK if is_set(row) else BLUE,
            markeredgewidth=0.9,
            zorder=4 if is_set(row) else 3,
        )
    _label(axes, rows, formats)


def _together(rows: Sequence[Record], pixels: Sequence[Point]) -> list[tuple[Point, list[Record]]]:
    """Neighbouring levels whose points lie on one another share a label, at the first of them."""
    groups: list[tuple[Point, list[Record]]] = []
    for row, point in zip(rows, pixels, strict=True):
        if groups and math.dist(groups[-1][0], point) <= NEAR:
            groups[-1][1].append(row)
        else:
            groups.append((point, [row]))
    return groups


def _label(axes: Axes, rows: Sequence[Record], formats: Formats) -> None:
    """Write the levels beside their points, measured in pixels."""
    points = [(float(x), float(y)) for x, y in axes.transData.transform([_at(row) for row in rows])]
    groups = _together(rows, points)
    texts = []
    for _, members in groups:
        levels = [formats.plain(row["level"]) for row in members]
        # three and more in a row: the first and the last say it
        level = (
            formats.say("list.comma").join(levels)
            if len(levels) < 3
            else formats.say("early.spread", low=levels[0], high=levels[-1])
        )
        weight = "bold" if any(is_set(row) for row in members) else "normal"
        texts.append(axes.text(0, 0, level, fontsize=7.5, va="bottom", fontweight=weight, color=INK))
    boxes = [text.get_window_extent() for text in texts]
    frame = axes.get_window_extent()
    late = float(axes.transData.transform((0, 0))[1])
    taken: list[Box] = [(x - 6, y - 6, x + 6, y + 6) for x, y in points]
    taken.append((frame.x0, late - 1, frame.x1, late + 1))
    soft: list[Box] = []
    for start, end in pairwise(points):
        soft += beads(start, end)
    inside = (frame.x0 + 1, frame.y0 + 1, frame.x1 - 1, frame.y1 - 1)
    placed = place_labels(
        [point for point, _ in groups], [(box.width, box.height) for box in boxes], taken, soft, inside, MARK_GAP
    )
    from_pixels = axes.transData.inverted().transform
    for text, box in zip(texts, placed, strict=True):
        text.set_position(tuple(from_pixels((box[0], box[1]))))


def _legend(drawn: Figure, formats: Formats) -> None:
    def handle(marker: str, face: str, edge: str, size: float, key: str) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=marker, markerfacecolor=face, markeredgecolor=edge, markersize=size, label=key
        )

    drawn.legend(
        handles=[
            handle("D", BLUE, INK, 7, formats.say("early_chart.set")),
            handle("o", BLUE, BLUE, 4.5, formats.say("early_chart.other")),
            handle("o", "white", BLUE, 4.5, formats.say("early_chart.seldom")),
            Line2D([], [], color=INK, linewidth=0.9, linestyle=(0, (1, 1.5)), label=formats.say("early_chart.late")),
        ],
        loc="upper left",
        ncols=4,
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        labelcolor=INK,
    )


def _alt(panels: dict[str, list[Record]], formats: Formats) -> str:
    say = formats.say
    rules = [
        say(
            "early_chart.alt_rule",
            rule=name,
            lead=lead_in_words(row["lead_h_p50"], formats),
            false=false_alarms(row["false_per_run"], formats),
        )
        for name, rows in panels.items()
        for row in rows
        if is_set(row)
    ]
    return say("early_chart.alt", rules=say("list.semicolon").join(rules) or say("number.none"))
