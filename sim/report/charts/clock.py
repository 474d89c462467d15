"""Time axes with local dates, and the ribbon of what happens when: measured window, campaign, due times."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from sim.ledger import Array, Ledger
from sim.report.charts.canvas import FAINT, INK, MUTED, ORANGE, RED
from sim.report.formats import Formats
from sim.scenario.scenario import Scenario

_STEPS_H = (1, 2, 3, 6, 12, 24, 48, 72, 168, 336, 672, 1344, 2688)
RIBBON_ROW = 0.17  # inches


@dataclass(frozen=True, slots=True)
class Events:
    """What is marked on a time axis, in hours from the start."""

    measured: tuple[float, float]
    campaign: tuple[float, float] | None
    due: Array
    deadline: float | None

    @property
    def rows(self) -> int:
        """Rows that the ribbon needs."""
        return 1 + (self.campaign is not None) + (len(self.due) > 0) + (self.deadline is not None)


def events_of(scenario: Scenario, ledger: Ledger | None) -> Events:
    """Events of a scenario; due times are those that orders of `ledger` really have."""
    campaign = scenario.demand.campaign
    promise = scenario.promise
    due = np.zeros(0)
    if ledger is not None:
        due = np.unique(ledger.column("orders", "due_ship_min"))
        due = due[np.isfinite(due) & (due <= scenario.horizon_min)] / 60
    deadline = None if promise is None or promise.hard_deadline is None else promise.hard_deadline
    return Events(
        measured=(scenario.measure_from_min / 60, scenario.measure_to_min / 60),
        campaign=None
        if campaign is None
        else (scenario.minute(campaign.start) / 60, scenario.minute(campaign.end) / 60),
        due=due,
        deadline=None if deadline is None else scenario.minute(deadline) / 60,
    )


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
    return f"{formats.say.words('date.weekdays')[moment.weekday()]}\n{formats.day(moment, weekday=False)}"


def _tick(scenario: Scenario, hour: float, step: int, formats: Formats) -> str:
    moment = scenario.local_time(hour * 60)
    if step > 24:
        return _day(scenario, hour, formats)
    date = f"\n{formats.day(moment, weekday=False)}" if hour == 0 or moment.hour == 0 else ""
    return f"{formats.clock(moment)}{date}"


def shade_campaign(axes: Axes, events: Events) -> None:
    """Let the campaign and the edges of the measured window show through the panel."""
    if events.campaign is not None:
        axes.axvspan(*events.campaign, color=ORANGE, alpha=0.10, linewidth=0, zorder=0)
    for edge in events.measured:
        axes.axvline(edge, color=MUTED, linewidth=0.7, linestyle=(0, (1, 2)), zorder=0.5)
    if events.deadline is not None:
        axes.axvline(events.deadline, color=RED, linewidth=1.0, linestyle=(0, (4, 2)), zorder=0.5)


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
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(range(len(rows)), rows if names else [""] * len(rows))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False)
    for side in axes.spines.values():
        side.set_visible(False)
