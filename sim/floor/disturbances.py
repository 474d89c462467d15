"""Disturbances at work: one process per outage tells whoever stands still when, and when to go on.

At its instant an outage begins before anything else happens, and ends after workers have left and come; so nobody
begins something in the very minute in which it begins, and whoever comes as it ends finds work. Several may overlap:
the smallest share of what is left counts, and what stands still whole goes on when the last of them ends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterator
from typing import Any

import numpy as np
import simpy

from sim.disturbances import Standstill
from sim.draws import Draws
from sim.floor.events import OUTAGE, ROSTER, at
from sim.floor.line import Line
from sim.ledger import DISTURBANCES, TABLES
from sim.scenario.disturbances import (
    AbsenceWave,
    AnyDisturbance,
    CarrierFailure,
    ForecastError,
    LateReceipt,
    Outage,
    SecondWave,
    places_of,
    window_of,
)
from sim.scenario.scenario import Scenario

AFTER_PEOPLE = 1 << 30  # numbers below it are those of workers who leave and come, from other posts too

Row = tuple[str, int, str, float, float, float]  # a row of the disturbances table


class Outages:
    """What stands still now."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._active: dict[str, dict[int, float]] = defaultdict(dict)  # stage -> outage -> share left

    def install(self, env: simpy.Environment, outages: tuple[Standstill, ...]) -> None:
        """Have all outages of a run happen."""
        for number, outage in enumerate(outages):
            env.process(self._happen(env, number, outage))

    def _happen(self, env: simpy.Environment, number: int, outage: Standstill) -> Generator[simpy.Event, None, None]:
        active = self._active[outage.stage]
        yield at(env, max(outage.begin_min, 0.0), OUTAGE, number)
        active[number] = outage.capacity_left_share
        self._tell(outage.stage, env.now, stops_work=outage.stops_work)
        yield at(env, outage.end_min, ROSTER, AFTER_PEOPLE + number)
        del active[number]
        self._tell(outage.stage, env.now, stops_work=False)

    def _tell(self, stage: str, now: float, *, stops_work: bool) -> None:
        line, active = self._line, self._active[stage]
        if stage == "release":
            line.stop_release(bool(active), now)
        elif stage == "dock":
            if line.dock is not None:
                line.dock.closed = bool(active)
        else:
            line.stations[stage].limit(min(active.values(), default=None), now, stops_work=stops_work)


# --- for the ledger ---------------------------------------------------------------------------------------------


def disturbance_table(scenario: Scenario, draws: Draws) -> dict[str, Any]:
    """Columns of the disturbances table, as planned or drawn; rows in the order in which they begin."""
    rows = [
        row
        for label, each in scenario.disturbances.items()
        for row in _rows(scenario, draws, label, each)
        if row[3] < scenario.horizon_min
    ]
    rows.sort(key=lambda row: row[3])
    columns = list(zip(*rows, strict=True)) or [()] * len(TABLES["disturbances"])
    return {
        column.name: np.array(values, dtype=column.dtype)
        for column, values in zip(TABLES["disturbances"], columns, strict=True)
    }


def _rows(scenario: Scenario, draws: Draws, label: str, each: AnyDisturbance) -> Iterator[Row]:
    """Where, from when, to when and how much."""
    begin, end = window_of(scenario, each)
    kind = DISTURBANCES.index(each.kind)
    if isinstance(each, Outage):
        for outage in draws.outages:
            if outage.label == label:
                yield label, kind, outage.stage, outage.begin_min, outage.end_min, outage.capacity_left_share
    elif isinstance(each, AbsenceWave):
        for stage in [stage for stage in each.stages if stage in places_of(scenario)]:
            yield label, kind, stage, begin, end, each.absence_share
    elif isinstance(each, CarrierFailure):
        for name in each.carriers or scenario.carriers:
            yield label, kind, name, begin, end, each.factor if each.mode == "network" else np.nan
    elif isinstance(each, LateReceipt):
        yield label, kind, "", begin, draws.receipts_min[label], each.share
    elif isinstance(each, ForecastError):
        yield label, kind, "", begin, end, each.factor * draws.demand_luck[label]
    elif isinstance(each, SecondWave):
        yield label, kind, "", begin, end, each.uplift * draws.demand_luck[label]
