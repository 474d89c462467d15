"""Controls outside the floor: a third party's warehouse, further visits of the carriers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.floor.events import PICKUP, at
from sim.floor.measures.control import Floor, Process
from sim.floor.thirdparty import ThirdParty
from sim.rules import weekday_of
from sim.scenario.measures import ExtraPickups, Overflow3PL
from sim.scenario.scale import scaled_count


class ThirdPartyControl:
    """While active, unreleased orders are offered to a third party."""

    def __init__(self, floor: Floor, label: str, measure: Overflow3PL, number: int) -> None:
        self._log = floor.log
        self._measure = measure
        self._label = label
        capacity = measure.daily_capacity
        if capacity is None:
            capacity = scaled_count(1, (measure.daily_capacity_share or 0.0) * floor.gauges.ordinary_per_day)
        line = floor.line
        self._third = ThirdParty(
            floor.env,
            floor.scenario,
            floor.draws,
            measure,
            capacity=capacity,
            number=len(floor.line.thirds),
            code=len(floor.scenario.carriers),
            visits=line.visits,
            ship=self._ship,
            cancelled=lambda order: line.cancelled_at[order] == line.cancelled_at[order],
        )
        self._line = line
        if not line.thirds:
            line.third_cost = np.zeros(len(floor.draws))
        line.thirds.append(self._third)
        self._set_up = False

    def _ship(self, orders: NDArray[np.int64], now: float, delivered: Any) -> None:
        line, measure = self._line, self._measure
        further = line.terms.lines[orders] - 1
        line.third_cost[orders] = measure.cost_per_order + measure.cost_per_line * further
        line.ship(orders, now, delivered)

    def start(self, now: float) -> None:
        """It takes orders from now on; set-up is paid the first time."""
        self._third.active = True
        if not self._set_up:
            self._set_up = True
            self._log.charge(now, self._label, "setup", self._measure.setup_cost)

    def stop(self, now: float) -> None:
        """It takes no more."""
        self._third.active = False


class PickupsControl:
    """While active, carriers come at further times."""

    def __init__(self, floor: Floor, label: str, measure: ExtraPickups, number: int) -> None:
        names = list(floor.scenario.carriers)
        self._floor = floor
        self._measure = measure
        self._codes = [names.index(name) for name in (measure.carriers or names) if name in names]
        self._turn = 0

    def start(self, now: float) -> None:
        """They come from now on."""
        self._turn += 1
        self._floor.env.process(self._visits(self._turn, now))

    def stop(self, now: float) -> None:
        """They no longer come."""
        self._turn += 1

    def _visits(self, turn: int, now: float) -> Process:
        floor, measure = self._floor, self._measure
        for day in range(int(now // 1440), floor.scenario.days):
            if weekday_of(floor.scenario, day) not in measure.weekdays:
                continue
            for clock in sorted(measure.times):
                time = day * 1440 + clock
                if time < floor.env.now or time >= floor.scenario.horizon_min:
                    continue
                yield at(floor.env, time, PICKUP, len(floor.scenario.carriers))
                if turn != self._turn or floor.line.dock is None:
                    return
                for code in self._codes:
                    floor.line.dock.visit(code, time, measure.capacity, measure.cost_per_pickup, extra=True)
