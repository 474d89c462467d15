"""Time axes with local dates, and the ribbon of what happens when: window, campaign, due times, disturbances, alarms.

A disturbance has a row of its own in the ribbon, where its name stands clear of all curves; the panels are hatched
while any acts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from sim.ledger import WARNINGS, Array, Ledger
from sim.report.charts.canvas import BLUE, FAINT, INK, MUTED, ORANGE, RED, fitted
from sim.report.formats import Formats
from sim.report.spells import Span, Spells, bands, spells_of
from sim.scenario.scenario import Scenario

_STEPS_H = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672, 1344, 2688)
RIBBON_ROW = 0.17  # inches
MOST_ROWS = 6  # disturbances with a row each; further ones share one
HATCH, HATCHES = "#c3c8d0", ("//", "////", "////")  # one disturbance acts, two do, three and more
TINT = 0.06  # of grey, for each of them: edges show also where the hatch is wide


@dataclass(frozen=True, slots=True)
class Alarms:
    """An alert rule and when it was on, in hours from the start."""

    rule: str
    on: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Events:
    """What is marked on a time axis, in hours from the start."""

    last: float
    measured: tuple[float, float]
    campaign: tuple[float, float] | None
    due: Array
    deadline: float | None
    spells: tuple[Spells, ...] = ()
    alarms: tuple[Alarms, ...] = ()

    @property
    def rows(self) -> int:
        """Rows that the ribbon needs."""
        marks = 1 + (self.campaign is not None) + (len(self.due) > 0) + (self.deadline is not None)
        return marks + min(len(self.spells), MOST_ROWS + 1) + len(self.alarms)


def events_of(scenario: Scenario, ledger: Ledger | None, *, one_run: bool = False) -> Events:
    """Events of a scenario; due times are those that orders of `ledger` really have.

    With `one_run` disturbances are those of `ledger`, and its alarms are shown; without, it is one run of many.
    """
    campaign = scenario.demand.campaign
    promise = scenario.promise
    due = np.zeros(0)
    if ledger is not None:
        due = np.unique(ledger.column("orders", "due_ship_min"))
        due = due[np.isfinite(due) & (due <= scenario.horizon_min)] / 60
    deadline = None if promise is None or promise.hard_deadline is None else promise.hard_deadline
    return Events(
        last=scenario.horizon_min / 60,
        measured=(scenario.measure_from_min / 60, scenario.measure_to_min / 60),
        campaign=None
        if campaign is None
        else (scenario.minute(campaign.start) / 60, scenario.minute(campaign.end) / 60),
        due=due,
        deadline=None if deadline is None else scenario.minute(deadline) / 60,
        spells=spells_of(scenario, ledger, one_run=one_run),
        alarms=alarms_in(ledger) if one_run and ledger is not None else (),
    )


def alarms_in(ledger: Ledger) -> tuple[Alarms, ...]:
    """Rules that were raised in a run, in the scenario's order, with when each was on."""
    table, found = ledger.tables["warnings"], []
    for name in ledger.scenario.alerts:
        rows = np.flatnonzero(table["rule"] == name)
        rows = rows[np.argsort(table["time_min"][rows], kind="stable")]
        hours = table["time_min"][rows] / 60
        raised = table["event"][rows] == WARNINGS.index("raised")
        ends = np.append(hours[1:], ledger.scenario.horizon_min / 60)
        if raised.any():
            found.append(Alarms(name, tuple(zip(hours[raised].tolist(), ends[raised].tolist(), strict=True))))
    return tuple(found)


def time_axis(axes: Axes, scenario: Scenario, inches: float, formats: Formats, *, labels: bool = True) -> None:
    """Ticks at round local times over the whole run; dates under the days."""
    last = scenario.horizon_min / 60
    axes.set_xlim(0, last)
    step = next((step for step in _STEPS_H if last / step <= max(2.0, inches / 0.5)), _STEPS_H[-1])
    places = np.arange(0, math.ceil(last) + 1, step, dtype=float)
    places = places[places <= last]
    axes.set_xticks(places, [""] * len(places))
    axes.tick_params(axis="x", length=4 if labels else 0)
    if not labels:
        return
    if step == 24:
        # the name of a day stands under its middle, the ticks are its midnights
        middles = [place + 12 for place in places if place + 12 < last]
        axes.set_xticks(middles, [_day(scenario, place, formats) for place in middles], minor=True)
        axes.tick_params(axis="x", which="minor", length=0)
        return
    axes.set_xticks(places, [_tick(scenario, place, step, formats) for place in places])


def _day(scenario: Scenario, hour: float, formats: Formats) -> str:
    moment = scenario.local_time(hour * 60)
    return f"{formats.say.words('date.weekdays')[moment.weekday()]}\n{formats.tick(moment)}"


def _tick(scenario: Scenario, hour: float, step: int, formats: Formats) -> str:
    moment = scenario.local_time(hour * 60)
    if step > 24:
        return _day(scenario, hour, formats)
    date = f"\n{formats.tick(moment)}" if hour == 0 or moment.hour == 0 else ""
    return f"{formats.clock(moment)}{date}"


def shade(axes: Axes, events: Events, stage: str | None = None, *, tint: float = TINT) -> None:
    """Let the campaign, what goes wrong and the edges of the measured window show through the panel.

    In a stage's panel only what hits that stage is hatched. Without `tint` the hatch is all there is: where shades
    of the panel's own tell something.
    """
    if events.campaign is not None:
        axes.axvspan(*events.campaign, color=ORANGE, alpha=0.10, linewidth=0, zorder=0)
    for edge in events.measured:
        axes.axvline(edge, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0.5)
    if events.deadline is not None:
        axes.axvline(events.deadline, color=RED, linewidth=1.0, linestyle=(0, (4, 2)), zorder=0.5)
    spans = [span for spells in events.spells if spells.hits(stage) for span in spells.sure]
    for begin, end, count in bands(spans, events.last, len(HATCHES)):
        axes.axvspan(begin, end, color=MUTED, alpha=tint, linewidth=0, zorder=0.2)
        # apart from the tint: in an SVG a hatch is as transparent as the face it lies on
        hatch = HATCHES[count - 1]
        axes.axvspan(begin, end, facecolor="none", edgecolor=HATCH, hatch=hatch, linewidth=0, zorder=0.3)


def ribbon(axes: Axes, events: Events, formats: Formats, *, names: bool = True) -> None:
    """Bars and marks of the events above the panels; row names stand at the left."""
    rows: list[str] = []

    def bar(key: str, span: tuple[float, float], colour: str) -> None:
        axes.barh([len(rows)], [span[1] - span[0]], left=span[0], height=0.5, color=colour)
        rows.append(key)

    def marks(key: str, hours: Array, marker: str, size: float, colour: str) -> None:
        level = np.full(len(hours), len(rows))
        axes.plot(hours, level, linestyle="", marker=marker, markersize=size, color=colour, clip_on=False)
        rows.append(key)

    bar(formats.say("chart.measured"), events.measured, FAINT)
    if events.campaign is not None:
        bar(formats.say("chart.campaign"), events.campaign, ORANGE)
    if len(events.due):
        marks(formats.say("chart.due"), events.due, "v", 4, INK)
    if events.deadline is not None:
        marks(formats.say("chart.deadline"), np.array([events.deadline]), "X", 6, RED)
    for label, spells in _rows_of(events.spells, formats):
        _boxes(axes, len(rows), [span for each in spells for span in each.sure], drawn=False)
        _boxes(axes, len(rows), [span for each in spells for span in each.drawn], drawn=True)
        rows.append(label)
    for alarms in events.alarms:
        axes.hlines([len(rows)] * len(alarms.on), *zip(*alarms.on, strict=True), color=BLUE, linewidth=1.4)
        marks(alarms.rule, np.array([begin for begin, _ in alarms.on]), "D", 3.2, BLUE)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    room = axes.get_window_extent().x0 / axes.figure.dpi - 0.1
    axes.set_yticks(range(len(rows)), [fitted(axes, row, room, 8) if names else "" for row in rows])
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)


def _rows_of(spells: Sequence[Spells], formats: Formats) -> list[tuple[str, Sequence[Spells]]]:
    """Names of rows with what stands in each; where there are too many, the last row is for all the others."""
    rows: list[tuple[str, Sequence[Spells]]] = [(each.label, [each]) for each in spells[:MOST_ROWS]]
    others = spells[MOST_ROWS:]
    if len(others) == 1:
        rows.append((others[0].label, others))
    elif others:
        rows.append((formats.say("disturbances.others", count=len(others)), others))
    return rows


def _boxes(axes: Axes, row: int, spans: Sequence[Span], *, drawn: bool) -> None:
    axes.barh(
        [row] * len(spans),
        [end - begin for begin, end in spans],
        left=[begin for begin, _ in spans],
        height=0.6,
        facecolor="white",
        edgecolor=MUTED,
        hatch="" if drawn else "////////",
        linewidth=0.7,
        linestyle=(0, (2, 1)) if drawn else "solid",
    )


def spell_handles(events: Events, formats: Formats) -> list[Patch]:
    """What boxes and hatches mean, for a legend; nothing where nothing goes wrong."""
    handles = []
    if any(each.sure for each in events.spells):
        label = formats.say("disturbances.legend")
        handles.append(Patch(facecolor="white", edgecolor=MUTED, hatch="////////", linewidth=0.7, label=label))
    if any(each.drawn for each in events.spells):
        label = formats.say("disturbances.legend_drawn")
        handles.append(Patch(facecolor="white", edgecolor=MUTED, linewidth=0.7, linestyle=(0, (2, 1)), label=label))
    return handles
