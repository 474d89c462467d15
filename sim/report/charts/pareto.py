"""Cost against service: a point per plan with its bars, and the front of plans that no other one beats."""

from __future__ import annotations

import math
from itertools import pairwise

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import BLUE, GREEN, INK, MUTED, WIDE, Chart, figure, finish, place, short
from sim.report.charts.labels import Box, beads, leader, nearest_edge, place_labels
from sim.report.formats import Formats
from sim.report.reading import Reading

LEFT, RIGHT, HEAD, HEIGHT, FOOT = 0.95, 0.3, 0.4, 3.9, 0.6
GAP = 11.0  # pixels between a mark and its label
BAR = "#9aa3ad"
COST, SERVICE = "total_cost", "service_level_ship"


def pareto_chart(reading: Reading, formats: Formats) -> Chart | None:
    """The chart, or nothing where fewer than two plans have a cost and a service level."""
    plans = [
        plan for plan in reading.plans if reading.estimate(plan, SERVICE).known and reading.estimate(plan, COST).known
    ]
    if len(plans) < 2:
        return None
    front = front_of(
        {plan: (reading.estimate(plan, COST).mean, reading.estimate(plan, SERVICE).mean) for plan in plans}
    )
    drawn = figure(WIDE, HEAD + HEIGHT + FOOT)
    axes = place(drawn, LEFT, HEAD, WIDE - LEFT - RIGHT, HEIGHT)
    axes.grid(visible=True, axis="both")
    line = axes.plot(
        [reading.estimate(plan, COST).mean for plan in front],
        [reading.estimate(plan, SERVICE).mean for plan in front],
        color=GREEN,
        linewidth=1.2,
        linestyle=(0, (5, 2)),
        zorder=1,
    )[0]
    for plan in plans:
        _mark(axes, reading, plan, plan in front)
    target = reading.scenario.targets.service_level_ship
    axes.axhline(target, color=MUTED, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=0.5)
    _limits(axes, reading, plans, target)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.share(value)))
    axes.xaxis.set_major_locator(MaxNLocator(7))
    axes.set_xlabel(formats.say("chart.cost_axis", currency=formats.currency))
    _label(drawn, axes, reading, plans, line, target, formats)
    _legend(drawn, formats)
    names = formats.say("list.comma").join(reading.heading(plan) for plan in front)
    return finish(drawn, "pareto", formats.say("chart.alt.pareto", front=names))


def front_of(points: dict[str, tuple[float, float]]) -> list[str]:
    """Plans that no other one beats: none is as cheap and serves better, or as good and cheaper; cheapest first."""
    ordered = sorted(points, key=lambda plan: (points[plan][0], -points[plan][1]))
    front: list[str] = []
    best = -math.inf
    for plan in ordered:
        if points[plan][1] > best:
            front.append(plan)
            best = points[plan][1]
    return front


def _mark(axes: Axes, reading: Reading, plan: str, on_front: bool) -> None:
    cost, service = reading.estimate(plan, COST), reading.estimate(plan, SERVICE)
    chosen = reading.is_choice(plan)
    for x, y in _bars(reading, plan):
        axes.plot(x, y, color=BAR, linewidth=1.0, solid_capstyle="butt", zorder=2)
    axes.plot(
        [cost.mean],
        [service.mean],
        marker="D" if chosen else "o",
        markersize=9 if chosen else 7,
        markerfacecolor=BLUE if chosen else GREEN if on_front else "white",
        markeredgecolor=INK,
        markeredgewidth=1.0,
        zorder=3,
    )


def _bars(reading: Reading, plan: str) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Ends of a plan's bars, as x and y: how sure its difference to the baseline is in cost and in service."""
    cost, service = reading.estimate(plan, COST).mean, reading.estimate(plan, SERVICE).mean
    bars = []
    gap = reading.gap(plan, COST)
    if gap is not None and math.isfinite(gap.paired_low):
        bars.append(((cost + gap.paired_low - gap.mean, cost + gap.paired_high - gap.mean), (service, service)))
    gap = reading.gap(plan, SERVICE)
    if gap is not None and math.isfinite(gap.paired_low):
        bars.append(((cost, cost), (service + gap.paired_low - gap.mean, service + gap.paired_high - gap.mean)))
    return bars


def _limits(axes: Axes, reading: Reading, plans: list[str], target: float) -> None:
    """Room around the points for their labels; very long bars leave the frame."""
    costs = [reading.estimate(plan, COST).mean for plan in plans]
    services = [*(reading.estimate(plan, SERVICE).mean for plan in plans), target]
    ends = [bar for plan in plans for bar in _bars(reading, plan)]
    width = max(max(costs) - min(costs), 0.02 * max(costs), 1e-9)
    height = max(max(services) - min(services), 0.02)
    left = max(min([*costs, *(x[0] for x, _ in ends)]), min(costs) - 0.25 * width)
    right = min(max([*costs, *(x[1] for x, _ in ends)]), max(costs) + 0.25 * width)
    bottom = max(min([*services, *(y[0] for _, y in ends)]), min(services) - 0.3 * height)
    axes.set_xlim(left - 0.06 * width, right + 0.12 * width)
    axes.set_ylim(bottom - 0.07 * height, min(max(services) + 0.12 * height, 1 + 0.04 * height))


def _label(
    drawn: Figure, axes: Axes, reading: Reading, plans: list[str], line: Line2D, target: float, formats: Formats
) -> None:
    """Name the points, measured in pixels; a thin leader where a label had to move away."""
    frame = axes.get_window_extent()
    to_pixels = axes.transData.transform
    points = [
        tuple(to_pixels((reading.estimate(plan, COST).mean, reading.estimate(plan, SERVICE).mean))) for plan in plans
    ]
    texts = [axes.text(0, 0, short(reading.heading(plan), 44), fontsize=8.5, va="bottom") for plan in plans]
    texts.append(
        axes.text(0, 0, formats.say("chart.target", share=formats.share(target)), fontsize=8, color=MUTED, va="bottom")
    )
    boxes = [text.get_window_extent() for text in texts]
    level = float(to_pixels((0, target))[1])
    note = (frame.x0 + 4, level + 2, frame.x0 + 4 + boxes[-1].width, level + 2 + boxes[-1].height)
    taken: list[Box] = [(x - 7, y - 7, x + 7, y + 7) for x, y in points]
    taken += [(frame.x0, level - 1, frame.x1, level + 1), note]
    corners = [tuple(corner) for corner in to_pixels(line.get_xydata())]
    for start, end in pairwise(corners):
        taken += beads(start, end)
    soft: list[Box] = []
    for plan in plans:
        for x, y in _bars(reading, plan):
            start, end = (tuple(to_pixels(corner)) for corner in zip(x, y, strict=True))
            soft += beads(start, end)
    sizes = [(box.width + 2, box.height + 1) for box in boxes[:-1]]
    inside = (frame.x0 + 2, frame.y0 + 2, frame.x1 - 2, frame.y1 - 2)
    placed = place_labels(points, sizes, taken, soft, inside, GAP)
    from_pixels = axes.transData.inverted().transform
    for text, box, point in zip(texts, placed, points, strict=False):
        text.set_position(tuple(from_pixels((box[0], box[1]))))
        if leader(point, box, GAP):
            ends = from_pixels([point, nearest_edge(point, box)])
            axes.plot(ends[:, 0], ends[:, 1], color=MUTED, linewidth=0.6, zorder=1.5)
    texts[-1].set_position(tuple(from_pixels((note[0], note[1]))))


def _legend(drawn: Figure, formats: Formats) -> None:
    def handle(marker: str, face: str, size: float, key: str) -> Line2D:
        return Line2D(
            [], [], linestyle="", marker=marker, markerfacecolor=face, markeredgecolor=INK, markersize=size, label=key
        )

    drawn.legend(
        handles=[
            handle("D", BLUE, 7, formats.say("chart.chosen")),
            handle("o", GREEN, 6, formats.say("chart.on_front")),
            handle("o", "white", 6, formats.say("chart.beaten")),
        ],
        loc="upper left",
        ncols=3,
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        labelcolor=INK,
    )
