"""A third party's warehouse: takes unreleased orders while its measure is active, up to a daily capacity.

It has an order packed a lead time after taking it, and its own carrier leaves at a clock time on its days. What it
has taken it ships, also after the measure was called off.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.disturbances import Failures
from sim.draws import Draws
from sim.floor.dock import Visits, arrival_times
from sim.floor.events import PICKUP, at
from sim.scenario.measures import Overflow3PL
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class ThirdParty:
    """One contract with a third party.

    Parameters
    ----------
    capacity
        Orders it takes in a day.
    number
        Running number among the plan's third parties.
    code
        Its code among the carriers of the pickups table.
    ship
        Called with (orders, now, delivered) when its carrier leaves.
    cancelled
        order -> whether the customer has cancelled in the meantime.
    has_goods
        order -> whether it has what the order is for.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        draws: Draws,
        measure: Overflow3PL,
        *,
        capacity: int,
        number: int,
        code: int,
        visits: Visits,
        ship: Callable[[Ints, float, Floats], None],
        cancelled: Callable[[int], bool],
        has_goods: Callable[[int], bool],
    ) -> None:
        self.measure = measure
        self.active = False
        self._env = env
        self._scenario = scenario
        self._draws = draws
        self._capacity = capacity
        self._code = code
        self._visits = visits
        self._ship = ship
        self._cancelled = cancelled
        self._has_goods = has_goods
        self._waiting: deque[tuple[float, int]] = deque()
        self._day = -1
        self._room = 0
        env.process(self._dispatch(number))

    def takes(self, order: int, now: float) -> bool:
        """Whether it takes an order that is about to be released; if so the order is its own from now on."""
        if not self.active or self._draws.route_u[order] >= self.measure.share:
            return False
        day = int(now // 1440)
        if day != self._day:
            self._day, self._room = day, self._capacity
        if self._room <= 0 or not self._has_goods(order):
            return False
        self._room -= 1
        self._waiting.append((now + self.measure.lead_time_h * 60, order))
        return True

    def _dispatch(self, number: int) -> Generator[simpy.Event, None, None]:
        scenario, measure = self._scenario, self.measure
        for day in range(scenario.days):
            time = day * 1440 + measure.dispatch
            if scenario.weekday_of(day) in measure.dispatch_weekdays and time < scenario.horizon_min:
                yield at(self._env, time, PICKUP, self._code + number)
                self._leave(time)

    def _leave(self, now: float) -> None:
        waiting = self._waiting
        ready: list[int] = []
        while waiting and waiting[0][0] <= now:
            order = waiting.popleft()[1]
            if not self._cancelled(order):
                ready.append(order)
        if ready:
            orders = np.asarray(ready, dtype=np.int64)
            self._ship(orders, now, self._arrive(orders, now))
            self._visits.add(self._code, now, np.nan, len(orders), 0, False, True, 0.0)

    def _arrive(self, orders: NDArray[np.int64], now: float) -> Floats:
        """When orders that leave now are delivered, by its own carrier or by those that the customers chose."""
        luck, own = self._draws.transit_u[orders], self.measure.transit
        if own is not None:
            return arrival_times(self._scenario, own, luck, np.zeros(len(orders)), now)
        delivered = np.full(len(orders), now)
        chosen = self._draws.carrier[orders]
        for code, (name, carrier) in enumerate(self._scenario.carriers.items()):
            rows = chosen == code
            nothing, slowness = np.zeros(int(rows.sum())), Failures(self._scenario, name).slowness(now)
            delivered[rows] = arrival_times(self._scenario, carrier.transit, luck[rows], nothing, now, slowness)
        return delivered
