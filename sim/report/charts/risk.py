"""Surges as dots: service level and net contribution over replications, a row per plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.experiment.risk import QUANTILES
from sim.ledger import Array
from sim.report.charts.canvas import BLUE, GREEN, INK, MUTED, WIDE, Chart, figure, finish, place, values_across, wrapped
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.tables import telling

LEFT, RIGHT, BETWEEN = 2.35, 0.2, 0.3
LEGEND, TITLE, ROW, FOOT = 0.32, 0.3, 0.46, 0.35
KPIS = ("service_level_ship", "net_contribution")
MOST_DOTS = 100
LANES = (0, 3, 1, 4, 2)  # heights that neighbouring dots take in turn, far from each other
BAND = "#9fc6df"


@dataclass(frozen=True, slots=True)
class Spread:
    """A KPI over replications under a plan."""

    values: Array
    low: float
    median: float
    high: float


def risk_chart(reading: Reading, formats: Formats) -> Chart | None:
    """The chart, or nothing where fewer than two replications have one of the figures."""
    panels = {kpi: _spreads(reading, kpi) for kpi in KPIS if telling(reading, kpi)}
    panels = {kpi: rows for kpi, rows in panels.items() if any(len(each.values) > 1 for each in rows)}
    if not panels:
        return None
    plans = reading.plans
    drawn = figure(WIDE, LEGEND + TITLE + ROW * len(plans) + FOOT)
    width = (WIDE - LEFT - RIGHT - (len(panels) - 1) * BETWEEN) / len(panels)
    for number, (kpi, rows) in enumerate(panels.items()):
        axes = place(drawn, LEFT + number * (width + BETWEEN), LEGEND + TITLE, width, ROW * len(plans))
        _dress(axes, [wrapped(reading.heading(plan), 30) for plan in plans] if number == 0 else [""] * len(plans))
        _panel(axes, kpi, rows, reading, formats)
    thinned = any(len(each.values) > MOST_DOTS for rows in panels.values() for each in rows)
    _legend(drawn, thinned, KPIS[0] in panels, formats)
    return finish(drawn, "risk", _alt(reading, panels, formats))


def dots(values: Array) -> Array:
    """The values in order, or as many quantiles as can be drawn, each standing for as many values."""
    if len(values) <= MOST_DOTS:
        return np.sort(values)
    return np.asarray(np.quantile(values, (np.arange(MOST_DOTS) + 0.5) / MOST_DOTS))


def _spreads(reading: Reading, kpi: str) -> list[Spread]:
    runs = reading.comparison.per_replication
    by_plan = {str(plan): part[kpi].to_numpy(float) for plan, part in runs.groupby("plan", sort=False)}
    known = [by_plan[plan][np.isfinite(by_plan[plan])] for plan in reading.plans]
    return [Spread(each, *(np.quantile(each, QUANTILES) if len(each) else [np.nan] * 3)) for each in known]


def _panel(axes: Axes, kpi: str, rows: Sequence[Spread], reading: Reading, formats: Formats) -> None:
    for row, spread in enumerate(rows):
        if not len(spread.values):
            continue
        axes.barh(row, spread.high - spread.low, left=spread.low, height=0.62, color=BAND, zorder=1)
        axes.plot([spread.median] * 2, [row - 0.36, row + 0.36], color=INK, linewidth=1.6, zorder=4)
        places = dots(spread.values)
        lanes = row + (np.resize(LANES, len(places)) - (len(LANES) - 1) / 2) * 0.11
        axes.plot(
            places, lanes, linestyle="", marker="o", markersize=2.6, color=BLUE, markeredgewidth=0, alpha=0.75, zorder=3
        )
    if kpi == KPIS[0]:
        target = reading.scenario.targets.service_level_ship
        axes.axvline(target, color=GREEN, linewidth=1.1, linestyle=(0, (4, 2)), zorder=2)
        axes.set_title(formats.say("risk.chart.service"))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.share(value) if value <= 1 else ""))
    else:
        axes.axvline(0, color=MUTED, linewidth=0.9, linestyle=(0, (1, 1.5)), zorder=2)
        axes.set_title(formats.say("risk.chart.money", currency=formats.currency))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))
        axes.set_xlim(*_room(rows))
    axes.xaxis.set_major_locator(MaxNLocator(5))


def _room(rows: Sequence[Spread]) -> tuple[float, float]:
    """Limits around the money; zero only where it lies near."""
    values = np.concatenate([each.values for each in rows])
    low, high = float(values.min()), float(values.max())
    margin = 0.05 * max(high - low, 0.01 * max(abs(low), abs(high)), 1e-9)
    return low - margin, high + margin


def _dress(axes: Axes, labels: list[str]) -> None:
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_yticks(range(len(labels)), labels)
    axes.tick_params(axis="y", labelsize=8.5, labelcolor=INK)
    values_across(axes)


def _legend(drawn: Figure, thinned: bool, target: bool, formats: Formats) -> None:
    say = formats.say
    dot = say("risk.chart.dots") if thinned else say("risk.chart.dot")
    handles: list[Line2D | Patch] = [
        Line2D([], [], linestyle="", marker="o", markersize=3.5, color=BLUE, markeredgewidth=0, label=dot),
        Patch(facecolor=BAND, label=say("risk.chart.band")),
        Line2D([], [], color=INK, linewidth=1.6, label=say("risk.chart.median")),
    ]
    if target:
        dashed = (0, (4, 2))
        handles.append(Line2D([], [], color=GREEN, linewidth=1.1, linestyle=dashed, label=say("risk.chart.target")))
    drawn.legend(
        handles=handles,
        loc="upper left",
        ncols=4,
        bbox_to_anchor=(LEFT / WIDE, 1.0),
        borderaxespad=0.1,
        labelcolor=MUTED,
    )


def _alt(reading: Reading, panels: dict[str, list[Spread]], formats: Formats) -> str:
    plans = []
    for number, plan in enumerate(reading.plans):
        lows = [
            formats.share(rows[number].low) if kpi == KPIS[0] else formats.rough_money(rows[number].low)
            for kpi, rows in panels.items()
        ]
        plans.append(
            formats.say("risk.chart.alt_plan", plan=reading.heading(plan), values=formats.say("list.comma").join(lows))
        )
    return formats.say("risk.chart.alt", plans=formats.say("list.semicolon").join(plans))
