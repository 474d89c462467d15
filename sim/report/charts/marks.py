"""One colour, mark and line style for each plan, so that it looks the same on all charts of a page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from sim.report.charts.canvas import BLUE, GREEN, INK, MUTED, ORANGE, PURPLE, RED, SKY, short

COLOURS = (MUTED, BLUE, ORANGE, GREEN, RED, SKY, PURPLE, INK)
MARKS = ("o", "s", "^", "D", "v", "P", "X", "*")
DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.5, 1.2, 1.5)))
LEGEND_ROW = 0.22  # inches
MOST_LETTERS = 34


@dataclass(frozen=True, slots=True)
class Mark:
    """How a plan is drawn."""

    colour: str
    marker: str
    dashes: Any


def marks_of(plans: Sequence[str]) -> dict[str, Mark]:
    """By plan, in the order given; the first, most often the one without measures, is grey."""
    count = len(COLOURS)
    return {
        plan: Mark(
            COLOURS[number % count],
            MARKS[(number + number // count) % len(MARKS)],
            DASHES[(number + number // count) % len(DASHES)],
        )
        for number, plan in enumerate(plans)
    }


def handles(marks: Mapping[str, Mark], headings: Mapping[str, str], *, lines: bool) -> list[Line2D]:
    """Legend entries."""
    return [
        Line2D(
            [],
            [],
            color=mark.colour,
            marker=mark.marker,
            markersize=5,
            linestyle=mark.dashes if lines else "none",
            linewidth=1.4,
            label=short(headings[plan], MOST_LETTERS),
        )
        for plan, mark in marks.items()
    ]


def legend(drawn: Figure, entries: Sequence[Any], left: float, columns: int = 3) -> None:
    """A legend at the top of a figure, `left` inches from its edge."""
    width, height = drawn.get_size_inches()
    drawn.legend(
        handles=list(entries),
        loc="upper left",
        bbox_to_anchor=(left / width, 1 - 0.02 / height),
        ncols=columns,
        borderaxespad=0.0,
        handlelength=2.6,
        columnspacing=1.6,
    )


def legend_height(entries: int, columns: int = 3) -> float:
    """Inches that a legend of so many entries takes."""
    return LEGEND_ROW * -(-entries // columns) + 0.08
