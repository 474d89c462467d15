"""The dock: parcels wait for pickups; a carrier that is handed too much is slow for days (see :mod:`network`).

A carrier that fails does not come, or is slow with what it is handed then; while the dock stands still, vehicles come
and nobody loads them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.distributions import quantile, to_grid
from sim.disturbances import Failures
from sim.draws import PICKUP_SLOT_MIN, Draws
from sim.floor.events import PICKUP, at
from sim.floor.network import FailingNetwork, Network
from sim.rules import weekday_of
from sim.scenario.carriers import Carrier, Transit
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Visits:
    """Rows of the pickups table."""

    carrier: list[int] = field(default_factory=list)
    planned_min: list[float] = field(default_factory=list)
    capacity: list[float] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    no_show: list[bool] = field(default_factory=list)
    extra: list[bool] = field(default_factory=list)
    cost: list[float] = field(default_factory=list)

    def add(self, *values: Any) -> None:
        """Add a row, values in the order of the columns."""
        for column, value in zip(vars(self).values(), values, strict=True):
            column.append(value)

    def taken_since(self, time: float) -> int:
        """Parcels taken by the visits after a time."""
        taken = 0
        for planned, count in zip(reversed(self.planned_min), reversed(self.taken), strict=True):
            if planned <= time:
                break
            taken += count
        return taken

    def table(self) -> dict[str, Any]:
        """Columns as arrays."""
        types = {"carrier": np.int8, "taken": np.int32, "left": np.int32, "no_show": np.bool_, "extra": np.bool_}
        return {name: np.asarray(values, dtype=types.get(name, np.float64)) for name, values in vars(self).items()}


class Dock:
    """Packed parcels by carrier, and the pickups that take them.

    Parameters
    ----------
    packed_min
        Column of packing ends.
    ship
        Called with (orders, now, delivered) when a vehicle leaves with them.

    Attributes
    ----------
    closed
        Whether an outage keeps vehicles from being loaded.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        draws: Draws,
        packed_min: array[float],
        ship: Callable[[Ints, float, Floats], None],
    ) -> None:
        self._env = env
        self._scenario = scenario
        self._draws = draws
        self._packed = packed_min
        self._ship = ship
        self._carriers = list(scenario.carriers.items())
        self._lane_of = draws.carrier.tobytes()
        self._failures = [Failures(scenario, name) for name, _ in self._carriers]
        self._networks = [
            _network(carrier, failures) for (_, carrier), failures in zip(self._carriers, self._failures, strict=True)
        ]
        self.closed = False
        self._taken_today: dict[tuple[int, int], int] = {}
        self.lanes = [array("i") for _ in self._carriers]  # order rows, in the order of packing
        self._gone = [0 for _ in self._carriers]  # how many of each lane have left
        self.visits = Visits()
        for code, (_, carrier) in enumerate(self._carriers):
            for pickup in carrier.pickups.values():
                days = [day for day in range(scenario.days) if weekday_of(scenario, day) in pickup.weekdays]
                times = [day * 1440 + pickup.time for day in days]
                env.process(self._come(code, times, pickup.capacity, carrier.cost_per_pickup))

    def offer(self, order: int) -> None:
        """A packed parcel arrives on the dock."""
        self.lanes[self._lane_of[order]].append(order)

    def waiting(self, code: int) -> int:
        """Parcels of a carrier that wait."""
        return len(self.lanes[code]) - self._gone[code]

    @property
    def parcels(self) -> int:
        """Parcels that wait."""
        return sum(map(len, self.lanes)) - sum(self._gone)

    def _come(
        self, code: int, times: list[float], capacity: int | None, cost: float
    ) -> Generator[simpy.Event, None, None]:
        for time in times:
            if time < self._scenario.horizon_min:
                yield at(self._env, time, PICKUP, code)
                self.visit(code, time, capacity, cost, extra=False)

    def visit(self, code: int, now: float, capacity: int | None, cost: float, *, extra: bool) -> None:
        """A pickup: takes what was packed by the cut-off, up to its capacity and the carrier's daily cap."""
        name, carrier = self._carriers[code]
        day, minute = divmod(now, 1440.0)
        no_show = bool(self._draws.pickup_u[name][int(day), int(minute // PICKUP_SLOT_MIN)] < carrier.no_show_share)
        lane, gone = self.lanes[code], self._gone[code]
        in_time = bisect_right(lane, now - carrier.cutoff_min, lo=gone, key=self._packed.__getitem__)
        no_show = no_show or self._failures[code].no_show(now)
        room = 0 if no_show or self.closed else self._room(code, carrier, int(day), capacity)
        taken = np.array(lane[gone : min(in_time, gone + room)], dtype=np.int64)
        if len(taken):
            self._gone[code] += len(taken)
            self._taken_today[code, int(day)] = self._taken_today.get((code, int(day)), 0) + len(taken)
            self._ship(taken, now, self._delivered(code, carrier, taken, now))
        limit = np.nan if capacity is None else capacity
        self.visits.add(code, now, limit, len(taken), in_time - gone - len(taken), no_show, extra, cost)

    def _room(self, code: int, carrier: Carrier, day: int, capacity: int | None) -> int:
        room = len(self.lanes[code]) if capacity is None else capacity
        if carrier.daily_parcel_cap is not None:
            room = min(room, carrier.daily_parcel_cap - self._taken_today.get((code, day), 0))
        return room

    def _delivered(self, code: int, carrier: Carrier, taken: Ints, now: float) -> Floats:
        luck = self._draws.transit_u[taken]
        congestion = self._networks[code].delays(len(taken), now)
        return arrival_times(self._scenario, carrier.transit, luck, congestion, now, self._failures[code].slowness(now))


def _network(carrier: Carrier, failures: Failures) -> Network:
    edges, factors = failures.capacity_steps()
    if carrier.contracted_per_day is None or len(edges) == 1:
        return Network(carrier.contracted_per_day)
    return FailingNetwork(carrier.contracted_per_day, edges, factors)


def arrival_times(
    scenario: Scenario, transit: Transit, luck: Floats, congestion_min: Floats, now: float, slowness: float = 1.0
) -> Floats:
    """When parcels picked up now arrive: base transit x calendar factor x slowness + what congestion adds.

    Parameters
    ----------
    luck
        Uniforms of the parcels, shape (n,).
    congestion_min
        Shape (n,).
    slowness
        Factor of a network that fails.

    Returns
    -------
    Clock minutes, shape (n,).
    """
    day = scenario.local_time(now).date()
    factor = float(
        np.prod([spell.factor for spell in scenario.transit_calendar if spell.first_day <= day <= spell.last_day])
    )
    base = transit.mean_days * 1440 * quantile(transit.service, luck)
    return np.asarray(now + to_grid(base * (factor * slowness) + congestion_min))
