"""Which figure matters most: partial rank correlations over scattered points."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from sim.experiment.choice import NET, SERVICE
from sim.report.sweep.axes import Axis
from sim.report.sweep.reading import SweepReading
from sim.report.tables import Cell, Head, Row, Table
from sim.statistics.ranks import RankCorrelation, partial_rank_correlations

Column = tuple[str, str, bool]  # KPI, plan, whether its difference against the baseline
Correlations = dict[Column, list[RankCorrelation]]


def columns_of(reading: SweepReading) -> list[Column]:
    """What figures are held against: the service level of each plan, and what each plan gains over the baseline."""
    kpis = reading.kpis
    found: list[Column] = [(SERVICE, plan, False) for plan in reading.plans] if reading.due else []
    found += [(kpi, plan, False) for kpi in kpis if kpi not in (SERVICE, NET) for plan in reading.plans]
    return found + [(NET, plan, True) for plan in reading.plans if NET in kpis and plan != reading.baseline]


def axes_of(reading: SweepReading) -> list[Axis]:
    """Figures that have ranks."""
    return [axis for axis in reading.space.axes if axis.numeric]


def correlations(reading: SweepReading) -> Correlations:
    """By column, one for each numeric figure."""
    axes = axes_of(reading)
    figures = np.array([[axis.number(point) for axis in axes] for point in reading.points], dtype=np.float64)
    found = {}
    for column in columns_of(reading):
        kpi, plan, against = column
        each = [reading.standing(point, plan).kpis[kpi] for point in reading.points]
        outcome = np.array([one.gap.mean if against else one.own.mean for one in each], dtype=np.float64)
        found[column] = partial_rank_correlations(figures, outcome)
    return found


def order(reading: SweepReading, found: Correlations) -> list[int]:
    """Places of the figures, the one that matters most first."""
    weights = [
        max((abs(each[place].value) for each in found.values() if math.isfinite(each[place].value)), default=-1.0)
        for place in range(len(axes_of(reading)))
    ]
    return sorted(range(len(weights)), key=lambda place: -weights[place])


def ranks_table(reading: SweepReading, found: Correlations) -> Table | None:
    """A row for each figure; nothing where no correlation could be told."""
    if not any(math.isfinite(one.value) for each in found.values() for one in each):
        return None
    axes = axes_of(reading)
    rows = [
        Row(axes[place].label, tuple(_cell(each[place], reading) for each in found.values()))
        for place in order(reading, found)
    ]
    return Table(tuple(Head(_head(column, reading)) for column in found), tuple(rows))


def _head(column: Column, reading: SweepReading) -> str:
    kpi, plan, against = column
    say = reading.formats.say
    label, heading = say(f"kpi.{kpi}.label"), reading.heading(plan)
    if against:
        return say("sweep.ranks.gap", kpi=label, baseline=reading.heading(reading.baseline), plan=heading)
    return say("sweep.ranks.head", kpi=label, plan=heading)


def _cell(each: RankCorrelation, reading: SweepReading) -> Cell:
    formats = reading.formats
    if not math.isfinite(each.value):
        return Cell(formats.say("number.none"))
    low, high = formats.number(each.low, 2), formats.number(each.high, 2)
    return Cell(
        formats.number(each.value, 2), formats.say("sweep.table.interval", low=low, high=high), sort=abs(each.value)
    )


def most_in_words(reading: SweepReading, found: Correlations) -> Sequence[str]:
    """The figure that matters most for the service level."""
    axes = axes_of(reading)
    best = [
        (abs(one.value), one.value, axes[place].label, column[1])
        for column, each in found.items()
        if column[0] == SERVICE
        for place, one in enumerate(each)
        if math.isfinite(one.value)
    ]
    if not best:
        return []
    _, value, label, plan = max(best)
    formats = reading.formats
    return [formats.say("sweep.ranks.most", figure=label, value=formats.number(value, 2), plan=reading.heading(plan))]
