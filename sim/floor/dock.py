"""The dock: parcels wait for pickups in a lane per carrier; see :mod:`network` for what too many of them lead to.

A carrier that fails does not come, or is slow with what it is handed then; while the dock stands still, vehicles come
and nobody loads them.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.distributions import quantile, to_grid
from sim.disturbances import Failures
from sim.draws import BACKUP_CARRIERS, PICKUP_SLOT_MIN, Draws
from sim.floor.events import PICKUP, at
from sim.floor.network import FailingNetwork, Network
from sim.scenario.carriers import Carrier, Pickup, Transit
from sim.scenario.measures.carriers import Limit
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.types import LARGEST

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass
class Lane:
    """Parcels that wait for one carrier, and what was agreed with it.

    Attributes
    ----------
    code
        The carrier's code in the pickups table.
    luck
        Uniforms that decide whether its pickups come, shape (days, quarter-hours of a day).
    parcels
        Order rows, in the order of packing; those that have left come first.
    gone
        How many have left.
    bought
        What measures add while they are active: the limits, and the share added to each.
    """

    code: int
    carrier: Carrier
    luck: Floats
    failures: Failures
    network: Network
    parcels: array[int] = field(default_factory=lambda: array("i"))
    gone: int = 0
    bought: list[tuple[tuple[Limit, ...], float]] = field(default_factory=list)
    taken_on: dict[int, int] = field(default_factory=dict)  # parcels by day

    @property
    def waiting(self) -> int:
        """Parcels that wait."""
        return len(self.parcels) - self.gone

    def raised(self, limit: Limit, parcels: int | None) -> int | None:
        """A limit of the carrier with what measures add to it."""
        if parcels is None:
            return None
        return parcels + sum(scaled_count(parcels, share) for limits, share in self.bought if limit in limits)

    def buy(self, limits: tuple[Limit, ...], share: float, now: float) -> None:
        """A share is added to some of the limits."""
        self.bought.append((limits, share))
        self._agree(now)

    def give_back(self, limits: tuple[Limit, ...], share: float, now: float) -> None:
        """It ends."""
        self.bought.remove((limits, share))
        self._agree(now)

    def _agree(self, now: float) -> None:
        agreed = self.carrier.contracted_per_day
        if agreed is not None:
            added = sum(share for limits, share in self.bought if "network" in limits)
            self.network.agree(agreed * (1 + added), now)

    def room(self, day: int, capacity: int | None) -> int:
        """Most parcels that a pickup takes: its own capacity, and what is left of the day's cap."""
        room = len(self.parcels) if capacity is None else capacity
        cap = self.raised("daily_cap", self.carrier.daily_parcel_cap)
        return room if cap is None else max(0, min(room, cap - self.taken_on.get(day, 0)))

    def hand_over(self, wanted: NDArray[np.bool_]) -> Ints:
        """Take those of the waiting parcels away that another carrier wants; order rows."""
        waiting = np.asarray(self.parcels[self.gone :], dtype=np.int64)
        self.parcels[self.gone :] = array("i", waiting[~wanted[waiting]].tolist())
        return waiting[wanted[waiting]]

    def take_over(self, orders: Ints, packed_min: array[float]) -> None:
        """Take parcels that were waiting for others, in the order in which they were packed."""
        waiting = np.concatenate([np.asarray(self.parcels[self.gone :], dtype=np.int64), orders])
        packed = np.array([packed_min[order] for order in waiting.tolist()])
        self.parcels[self.gone :] = array("i", waiting[np.lexsort((waiting, packed))].tolist())


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
    lanes
        Of the scenario's carriers, then of those that a plan brings.
    taken_over
        Part of each carrier's parcels that backup carriers may take over, by the plan's measures so far.
    closed
        Whether an outage keeps vehicles from being loaded.
    freed
        Called with the time when parcels have left.
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
        self._lane_of: bytes | bytearray = draws.carrier.tobytes()
        self._piles: list[array[int]] = []  # parcels of each lane
        self.lanes: list[Lane] = []
        self.taken_over = np.zeros(len(scenario.carriers))
        self.closed = False
        self.freed: Callable[[float], None] = _nobody_waits
        self.visits = Visits()
        for code, (name, carrier) in enumerate(scenario.carriers.items()):
            failures = Failures(scenario, name)
            lane = Lane(code, carrier, draws.pickup_u[name], failures, _network(carrier, failures))
            self._open(lane, lambda: True)

    def offer(self, order: int) -> None:
        """A packed parcel arrives on the dock."""
        self._piles[self._lane_of[order]].append(order)

    @property
    def parcels(self) -> int:
        """Parcels that wait."""
        return sum(lane.waiting for lane in self.lanes)

    @property
    def carrier_codes(self) -> NDArray[np.int8]:
        """Code of the carrier in whose lane each order is or will be, shape (n,)."""
        lanes = np.frombuffer(self._lane_of, dtype=np.int8)
        return np.where(lanes < len(self._scenario.carriers), lanes, lanes + 1).astype(np.int8)  # one is the 3PL's

    def close(self) -> None:
        """The run is over: let go of columns that only the run needs."""
        self.lanes.clear()
        self._piles.clear()

    # --- a carrier that a plan brings -----------------------------------------------------------------------

    def bring(self, carrier: Carrier, active: Callable[[], bool]) -> int:
        """Open a lane for a further carrier, which comes while it is active or parcels wait for it; its number."""
        backup = len(self.lanes) - len(self._scenario.carriers)
        self._lane_of = bytearray(self._lane_of)
        luck, network = self._draws.pickup_u[BACKUP_CARRIERS[backup]], Network(carrier.contracted_per_day)
        return self._open(Lane(len(self.lanes) + 1, carrier, luck, Failures(self._scenario, ""), network), active)

    def assign(self, number: int | None, rows: NDArray[np.bool_]) -> None:
        """Have parcels go to a lane (None: to that of the carrier which the customer chose) when they are packed."""
        lanes = np.frombuffer(self._lane_of, dtype=np.int8)
        lanes[rows] = self._draws.carrier[rows] if number is None else number

    def take_over(self, number: int, rows: NDArray[np.bool_]) -> None:
        """Parcels that wait for other carriers change to a lane, in their order of packing."""
        own = self.lanes[number]
        moved = [lane.hand_over(rows) for lane in self.lanes if lane is not own]
        own.take_over(np.concatenate(moved), self._packed)

    # --- pickups --------------------------------------------------------------------------------------------

    def _open(self, lane: Lane, active: Callable[[], bool]) -> int:
        number = len(self.lanes)
        self.lanes.append(lane)
        self._piles.append(lane.parcels)
        for pickup in lane.carrier.pickups.values():
            self._env.process(self._come(number, pickup, active))
        return number

    def _come(self, number: int, pickup: Pickup, active: Callable[[], bool]) -> Generator[simpy.Event, None, None]:
        scenario, lane = self._scenario, self.lanes[number]
        brought = number >= len(scenario.carriers)
        for day in range(scenario.days):
            time = day * 1440 + pickup.time
            if scenario.weekday_of(day) in pickup.weekdays and time < scenario.horizon_min:
                yield at(self._env, time, PICKUP, lane.code)
                if lane.waiting or active():
                    capacity = lane.raised("pickups", pickup.capacity)
                    self.visit(number, time, capacity, lane.carrier.cost_per_pickup, extra=brought)

    def visit(self, number: int, now: float, capacity: int | None, cost: float, *, extra: bool) -> None:
        """A pickup: takes what was packed by the cut-off, up to its capacity and the carrier's daily cap."""
        lane = self.lanes[number]
        carrier, gone = lane.carrier, lane.gone
        day, minute = divmod(now, 1440.0)
        no_show = bool(lane.luck[int(day), int(minute // PICKUP_SLOT_MIN)] < carrier.no_show_share)
        no_show = no_show or lane.failures.no_show(now)
        in_time = bisect_right(lane.parcels, now - carrier.cutoff_min, lo=gone, key=self._packed.__getitem__)
        room = 0 if no_show or self.closed else lane.room(int(day), capacity)
        taken = np.array(lane.parcels[gone : min(in_time, gone + room)], dtype=np.int64)
        if len(taken):
            lane.gone += len(taken)
            lane.taken_on[int(day)] = lane.taken_on.get(int(day), 0) + len(taken)
            self._ship(taken, now, self._delivered(lane, taken, now))
        limit = np.nan if capacity is None else capacity
        self.visits.add(lane.code, now, limit, len(taken), in_time - gone - len(taken), no_show, extra, cost)
        self.freed(now)

    def _delivered(self, lane: Lane, taken: Ints, now: float) -> Floats:
        luck = self._draws.transit_u[taken]
        congestion = lane.network.delays(len(taken), now)
        slowness = lane.failures.slowness(now)
        return arrival_times(self._scenario, lane.carrier.transit, luck, congestion, now, slowness)


def _nobody_waits(now: float) -> None:
    """Without a limit nobody waits for room on the dock."""


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
    factor = prod(spell.factor for spell in scenario.transit_calendar if spell.first_day <= day <= spell.last_day)
    base = transit.mean_days * 1440 * quantile(transit.service, luck)
    return np.asarray(now + to_grid(base * min(factor * slowness, LARGEST) + congestion_min))
