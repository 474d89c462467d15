"""SKUs that run short, a row each: free units over time, when some came in, and when there were none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.demand.catalogue import catalogue_of
from sim.ledger import MOVES, Ledger
from sim.report.charts.canvas import BLUE, FAINT, GREEN, INK, MUTED, RED, WIDE, Chart, figure, finish, fitted, place
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, time_axis
from sim.report.formats import Formats
from sim.report.spells import with_spells
from sim.scenario.scale import at_scale
from sim.sku_accounts import Course, Span, courses

LEFT, RIGHT, FOOT, LEGEND = 1.55, 0.15, 0.5, 0.34
ROW, GAP, BAND = 0.46, 0.14, 0.09
IN = (("receipt", "^", INK), ("production", "o", GREEN))
CLOSE_H = 1.0  # stretches so near to each other are drawn as one


def skus_chart(ledger: Ledger, skus: Sequence[int], formats: Formats) -> Chart:
    """Rows of the given SKUs, each on a scale of its own."""
    say, scenario = formats.say, ledger.scenario
    events = events_of(scenario, ledger, one_run=True)
    head = LEGEND + events.rows * RIBBON_ROW + 0.14
    drawn = figure(WIDE, head + len(skus) * (ROW + GAP) + FOOT)
    width = WIDE - LEFT - RIGHT
    strip = place(drawn, LEFT, LEGEND, width, events.rows * RIBBON_ROW)
    ribbon(strip, events, formats)
    time_axis(strip, scenario, width, formats, labels=False)
    names, safety = ledger.categories["sku"], catalogue_of(at_scale(scenario)).safety
    out = []
    for row, (sku, course) in enumerate(zip(skus, courses(ledger, skus), strict=True)):
        axes = place(drawn, LEFT, head + row * (ROW + GAP), width, ROW)
        empty = joined([(begin / 60, end / 60) for begin, end in course.below(1, scenario.horizon_min)])
        out.append((names[sku], sum(end - begin for begin, end in empty)))
        _row(axes, ledger, sku, course, empty, float(safety[sku]), events, formats)
        time_axis(axes, scenario, width, formats, labels=row == len(skus) - 1)
        axes.set_ylabel(fitted(axes, names[sku], LEFT - 0.62, 8.5), rotation=0, ha="right", va="center", color=INK)
        axes.yaxis.set_label_coords(-0.52 / width, 0.5)
    drawn.legend(
        handles=_handles(ledger, skus, formats),
        loc="upper left",
        ncols=5,
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        borderpad=0.1,
        labelcolor=INK,
    )
    listed = [say("stock.chart.alt_sku", sku=name, hours=formats.number(hours)) for name, hours in out]
    alt = say("stock.chart.alt_skus", skus=say("list.semicolon").join(listed))
    return finish(drawn, "skus", with_spells(alt, scenario, events.spells, formats))


def joined(spans: Sequence[Span]) -> list[Span]:
    """Stretches in hours, those near to each other as one: a unit given back is gone at once."""
    found: list[Span] = []
    for begin, end in spans:
        if found and begin - found[-1][1] < CLOSE_H:
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
    return found


def _row(
    axes: Axes,
    ledger: Ledger,
    sku: int,
    course: Course,
    empty: Sequence[Span],
    safety: float,
    events: Events,
    formats: Formats,
) -> None:
    shade(axes, events, tint=0.0)
    hours = np.arange(np.ceil(ledger.scenario.horizon_min / 60) + 1)
    free = np.maximum(course.at(hours * 60), 0)
    axes.fill_between(hours, free, step="post", color=BLUE, alpha=0.22, linewidth=0)
    axes.step(hours, free, where="post", color=BLUE, linewidth=1.0)
    top = max(1.0, float(free.max()), safety)
    if safety > 0:
        axes.axhline(safety, color=MUTED, linewidth=0.8, linestyle=(0, (1, 1.5)))
    for begin, end in empty:
        axes.axvspan(begin, end, ymin=0, ymax=BAND / ROW, color=RED, linewidth=0)
        axes.axvspan(begin, end, color=RED, alpha=0.16, linewidth=0)
    for kind, marker, colour in IN:
        times = _came(ledger, sku, kind) / 60
        axes.plot(
            times,
            np.full(len(times), top * 1.08),
            linestyle="",
            marker=marker,
            markersize=3.4,
            color=colour,
            clip_on=False,
        )
    axes.set_ylim(0, top * 1.08)
    axes.set_yticks([0, top], ["0", formats.number(top)])
    axes.tick_params(axis="y", labelsize=7)
    axes.spines["bottom"].set_color(FAINT)


def _came(ledger: Ledger, sku: int, kind: str) -> np.ndarray:
    """When units of a SKU came onto the shelves, in minutes."""
    moves = ledger.tables["stock_moves"]
    rows = (moves["sku"] == sku) & (moves["kind"] == MOVES.index(kind)) & (moves["place"] == 0)
    return np.unique(moves["time_min"][rows])


def _handles(ledger: Ledger, skus: Sequence[int], formats: Formats) -> list[Line2D | Patch]:
    say = formats.say
    handles: list[Line2D | Patch] = [
        Line2D([], [], color=BLUE, linewidth=1.2, label=say("stock.chart.free")),
        Line2D([], [], color=MUTED, linewidth=0.8, linestyle=(0, (1, 1.5)), label=say("stock.chart.safety")),
        Patch(facecolor=RED, label=say("stock.chart.sold_out")),
    ]
    for kind, marker, colour in IN:
        if any(len(_came(ledger, sku, kind)) for sku in skus):
            label = say(f"stock.chart.{kind}")
            handles.append(Line2D([], [], linestyle="", marker=marker, markersize=4, color=colour, label=label))
    return handles
