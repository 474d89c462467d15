"""Stock over time: free units and the space in use; per plan of a comparison, and of one run."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from sim.ledger import Array, Ledger
from sim.report.charts.canvas import BLUE, INK, RED, WIDE, Chart, figure, finish, place
from sim.report.charts.clock import RIBBON_ROW, Events, events_of, ribbon, shade, spell_handles, time_axis
from sim.report.charts.plan_panels import BOUND, Subject, plan_panels
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.spells import with_spells
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario

LEFT, RIGHT, FOOT, LEGEND = 1.05, 0.15, 0.5, 0.34
UNITS, SPACE, GAP = 1.9, 1.35, 0.5


def capacity_m3(scenario: Scenario) -> float | None:
    """Room for stock at the scale of the scenario; None: as much as it takes."""
    stock = at_scale(scenario).stock
    return None if stock is None or stock.storage is None else stock.storage.capacity_m3


def stock_charts(reading: Reading, formats: Formats) -> list[Chart]:
    """Free units, and the space in use where any is, a panel per plan; nothing without stock."""
    if reading.scenario.stock is None:
        return []
    say, charts = formats.say, []
    owed = any(reading.series(plan, "stock_owed")["mean"].any() for plan in reading.plans)
    also = ("stock_owed", say("stock.chart.owed")) if owed else None
    subject = Subject("stock_units", "stock_units", say("stock.chart.units_mean"), also, shift=0.0)
    charts.append(plan_panels(reading, subject, lambda: _alt(reading, "units", formats), formats))
    if any(reading.series(plan, "stock_m3")["mean"].any() for plan in reading.plans):
        most = capacity_m3(reading.scenario)
        limit = None if most is None else (most, say("stock.chart.capacity"))
        subject = Subject("stock_space", "stock_m3", say("stock.chart.m3_mean"), None, limit, shift=0.0)
        charts.append(plan_panels(reading, subject, lambda: _alt(reading, "m3", formats), formats))
    return charts


def _alt(reading: Reading, name: str, formats: Formats) -> str:
    """Least units, or most space, of every plan."""
    say, listed = formats.say, []
    for plan in reading.plans:
        mean = reading.series(plan, f"stock_{name}")["mean"]
        value = formats.number(float(np.min(mean) if name == "units" else np.max(mean)))
        listed.append(say(f"stock.chart.alt_{name}_plan", plan=reading.heading(plan), value=value))
    return say(f"stock.chart.alt_{name}", plans=say("list.semicolon").join(listed))


# --- one run -------------------------------------------------------------------------------------------------------


def levels_chart(ledger: Ledger, hourly: Mapping[str, Array], formats: Formats) -> Chart:
    """Free units, and below them the space in use where any is."""
    say, scenario = formats.say, ledger.scenario
    events = events_of(scenario, ledger, one_run=True)
    head = LEGEND + events.rows * RIBBON_ROW + 0.1
    space = bool(hourly["stock_m3"].any())
    drawn = figure(WIDE, head + UNITS + (GAP + SPACE if space else 0.0) + FOOT)
    width = WIDE - LEFT - RIGHT
    strip = place(drawn, LEFT, LEGEND, width, events.rows * RIBBON_ROW)
    ribbon(strip, events, formats)
    time_axis(strip, scenario, width, formats, labels=False)
    units = place(drawn, LEFT, head, width, UNITS)
    _filled(units, hourly["stock_units"], say("stock.chart.units"), events, formats)
    if hourly["stock_owed"].any():
        hours = np.arange(len(hourly["stock_owed"]))
        units.plot(hours, hourly["stock_owed"], color=RED, linestyle=(0, (1, 1)), label=say("stock.chart.owed"))
        units.set_ylim(0, max(units.get_ylim()[1], 1.05 * float(np.max(hourly["stock_owed"]))))
    time_axis(units, scenario, width, formats, labels=not space)
    handles = [*units.get_legend_handles_labels()[0], *spell_handles(events, formats)]
    place_above = (0, 1 + (head - LEGEND) / UNITS)
    units.legend(handles=handles, loc="lower left", ncols=4, bbox_to_anchor=place_above, borderaxespad=0.1)
    if space:
        below = place(drawn, LEFT, head + UNITS + GAP, width, SPACE)
        _filled(below, hourly["stock_m3"], say("stock.chart.m3"), events, formats)
        most = capacity_m3(scenario)
        if most is not None:
            below.axhline(most, color=INK, linewidth=1.0, linestyle=BOUND, label=say("stock.chart.capacity"))
            if most <= 3 * float(np.max(hourly["stock_m3"])):
                below.set_ylim(0, max(below.get_ylim()[1], 1.05 * most))
        time_axis(below, scenario, width, formats)
        below.legend(loc="lower left", ncols=3, bbox_to_anchor=(0, 1.0), borderaxespad=0.1)
    alt = say(
        "stock.chart.alt_run",
        least=formats.number(float(np.min(hourly["stock_units"]))),
        most=formats.number(float(np.max(hourly["stock_m3"]))),
    )
    return finish(drawn, "stock", with_spells(alt, scenario, events.spells, formats))


def _filled(axes: Axes, values: Array, label: str, events: Events, formats: Formats) -> None:
    shade(axes, events)
    hours = np.arange(len(values))
    axes.fill_between(hours, values, color=BLUE, alpha=0.12, linewidth=0)
    axes.plot(hours, values, color=BLUE, linewidth=1.5, label=label)
    axes.set_ylim(0, max(1.0, float(np.max(values, initial=0.0)) * 1.05))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: formats.number(value)))
