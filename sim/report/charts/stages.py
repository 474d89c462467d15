"""Where an order's time goes: waiting and work per stage until the carrier has it, and transit beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.report.charts.canvas import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    MUTED,
    ORANGE,
    PURPLE,
    WIDE,
    Chart,
    figure,
    finish,
    place,
    values_across,
    wrapped,
)
from sim.report.formats import Formats
from sim.report.reading import Reading

LEFT, SITE, BETWEEN, TRANSIT = 2.35, 5.0, 0.75, 1.6
HEAD, ROW, FOOT = 0.62, 0.42, 0.5


@dataclass(frozen=True, slots=True)
class Look:
    """Fill of one part: waiting is pale and hatched, work is solid."""

    colour: str
    alpha: float
    hatch: str


LOOKS = {
    "wait_release": Look(FAINT, 0.7, ""),
    "wait_picking": Look(BLUE, 0.35, "////"),
    "work_picking": Look(BLUE, 1.0, ""),
    "wait_packing": Look(ORANGE, 0.4, "...."),
    "work_packing": Look(ORANGE, 1.0, ""),
    "wait_dock": Look(GREEN, 0.45, "\\\\\\\\"),
}
UNITS = {"min": 1.0, "h": 60.0, "days": 1440.0}
WORK = ("work_picking", "work_packing")


def stages_chart(reading: Reading, formats: Formats) -> Chart:
    """A bar per plan, plans from top to bottom."""
    plans = reading.plans
    splits = {plan: reading.split(plan) for plan in plans}
    parts = [part for part in LOOKS if any(split.get(part, 0.0) > 0 for split in splits.values())]
    drawn = figure(WIDE, HEAD + ROW * len(plans) + FOOT)
    site = place(drawn, LEFT, HEAD, SITE, ROW * len(plans))
    totals = [sum(_part(splits[plan], part) for part in parts) for plan in plans]
    scale, unit = _scale(max(totals, default=1.0))
    start = np.zeros(len(plans))
    for part in parts:
        width = np.array([_part(splits[plan], part) for plan in plans])
        look = LOOKS[part]
        site.barh(
            range(len(plans)),
            width / scale,
            left=start / scale,
            height=0.58,
            color=(look.colour, look.alpha),
            hatch=look.hatch,
            edgecolor="white",
            linewidth=0.4,
        )
        start += width
    _label_ends(site, totals, splits, plans, unit, formats)
    labels = [wrapped(reading.heading(plan), 30) for plan in plans]
    _dress(site, labels, formats.say("chart.site_axis", unit=formats.say(f"unit.{unit}")), formats)
    site.set_xlim(0, max(max(totals, default=1.0), 1e-9) / scale * 1.42)
    transit = [_part(splits[plan], "transit") for plan in plans]
    if any(transit):
        _transit(drawn, transit, formats)
    _legend(drawn, parts, any(transit), formats)
    return finish(drawn, "stages", _alt(reading, totals, formats))


def _part(split: dict[str, float], part: str) -> float:
    value = split.get(part, 0.0)
    return value if np.isfinite(value) else 0.0


def _scale(longest_min: float) -> tuple[float, str]:
    """Minutes per axis unit, and the unit's name."""
    unit = "min" if longest_min < 120 else "h" if longest_min < 96 * 60 else "days"
    return UNITS[unit], unit


def _label_ends(
    axes: Axes, totals: list[float], splits: dict[str, dict[str, float]], plans: list[str], unit: str, formats: Formats
) -> None:
    for row, (plan, total) in enumerate(zip(plans, totals, strict=True)):
        work = formats.duration(sum(_part(splits[plan], part) for part in WORK))
        text = formats.say("chart.of_which_work", total=formats.in_unit(total, unit), work=work)
        end = (total / UNITS[unit], row)
        axes.annotate(text, end, xytext=(5, 0), textcoords="offset points", va="center", fontsize=8)


def _dress(axes: Axes, labels: list[str], title: str, formats: Formats) -> None:
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelsize=8.5, labelcolor=INK)
    values_across(axes)
    axes.xaxis.set_major_locator(MaxNLocator(5 if len(labels[0]) else 3))
    axes.xaxis.set_major_formatter(
        FuncFormatter(lambda value, _: formats.number(value, 0 if value == int(value) else 1))
    )
    axes.set_xlabel(title)


def _transit(drawn: Figure, minutes: list[float], formats: Formats) -> None:
    scale, unit = _scale(max(minutes, default=1.0))
    axes = place(drawn, LEFT + SITE + BETWEEN, HEAD, TRANSIT, ROW * len(minutes))
    axes.barh(range(len(minutes)), [value / scale for value in minutes], height=0.58, color=(PURPLE, 0.6))
    for row, value in enumerate(minutes):
        axes.annotate(
            formats.in_unit(value, unit),
            (value / scale, row),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
        )
    _dress(axes, [""] * len(minutes), formats.say("chart.transit_axis", unit=formats.say(f"unit.{unit}")), formats)
    axes.set_xlim(0, max(max(minutes, default=1.0), 1e-9) / scale * 1.6)


def _legend(drawn: Figure, parts: list[str], transit: bool, formats: Formats) -> None:
    handles = [
        Patch(
            facecolor=(LOOKS[part].colour, LOOKS[part].alpha),
            hatch=LOOKS[part].hatch,
            edgecolor="white",
            label=formats.say(f"part.{part}"),
        )
        for part in parts
    ]
    if transit:
        handles.append(Patch(facecolor=(PURPLE, 0.6), label=formats.say("part.transit")))
    drawn.legend(
        handles=handles, loc="upper left", ncols=4, bbox_to_anchor=(0.0, 1.0), borderaxespad=0.1, labelcolor=MUTED
    )


def _alt(reading: Reading, totals: list[float], formats: Formats) -> str:
    plans = [
        formats.say("chart.alt.stages_plan", plan=reading.heading(plan), total=formats.duration(total))
        for plan, total in zip(reading.plans, totals, strict=True)
    ]
    return formats.say("chart.alt.stages", plans=formats.say("list.semicolon").join(plans))
