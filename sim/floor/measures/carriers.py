"""Controls outside the floor: a third party's warehouse, carriers that come more often or take more, more room."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.floor.dock import Dock
from sim.floor.events import PICKUP, REVIEW, at
from sim.floor.measures.control import Floor, Process, Setup
from sim.floor.states import PACKED
from sim.floor.thirdparty import ThirdParty
from sim.scenario.carriers import Carrier
from sim.scenario.measures import BackupCarrier, CarrierCapacity, ExtraPickups, ExtraStorage, Overflow3PL
from sim.scenario.measures.carriers import Limit
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario

_BEHIND_TRIGGERS = 1 << 20  # among the events of one kind at one instant; a plan has fewer measures


class ThirdPartyControl:
    """While active, unreleased orders are offered to a third party."""

    def __init__(self, floor: Floor, label: str, measure: Overflow3PL, number: int) -> None:
        self._measure = measure
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
            has_goods=_always if line.stock is None else line.stock.third_has,
        )
        self._line = line
        if not line.thirds:
            line.third_cost = np.zeros(len(floor.draws))
        line.thirds.append(self._third)
        self._setup = Setup(floor, label, measure.setup_cost)

    def _ship(self, orders: NDArray[np.int64], now: float, delivered: Any) -> None:
        line, measure = self._line, self._measure
        further = line.terms.lines[orders] - 1
        line.third_cost[orders] = measure.cost_per_order + measure.cost_per_line * further
        line.ship(orders, now, delivered)

    def start(self, now: float) -> None:
        """It takes orders from now on; set-up is paid the first time."""
        self._third.active = True
        self._setup.pay(now)

    def stop(self, now: float) -> None:
        """It takes no more."""
        self._third.active = False


def _always(order: int) -> bool:
    """Without stock there is enough of everything."""
    return True


class PickupsControl:
    """While active, carriers come at further times."""

    def __init__(self, floor: Floor, label: str, measure: ExtraPickups, number: int) -> None:
        self._floor = floor
        self._measure = measure
        self._codes = _codes_of(measure.carriers, floor.scenario)
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
            if floor.scenario.weekday_of(day) not in measure.weekdays:
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


def _codes_of(named: Sequence[str], scenario: Scenario) -> list[int]:
    """Codes of the carriers that a measure names; of all where it names none."""
    names = list(scenario.carriers)
    return [names.index(name) for name in (named or names) if name in names]


class BackupControl:
    """While active, a further carrier takes over parcels when they are packed."""

    def __init__(self, floor: Floor, label: str, measure: BackupCarrier, number: int) -> None:
        self._floor = floor
        self._measure = measure
        self._setup = Setup(floor, label, measure.setup_cost)
        self._active = False
        dock = floor.line.dock
        if dock is not None:
            self._wanted = _taken_over(floor, dock, measure)
            self._lane = dock.bring(measure.carrier, lambda: self._active)

    def start(self, now: float) -> None:
        """Parcels that are packed from now on go to it, and those that wait where it was agreed so."""
        dock, line = self._floor.line.dock, self._floor.line
        if dock is None:
            return
        self._active = True
        self._setup.pay(now)
        state = np.frombuffer(bytes(line.state), dtype=np.uint8)
        dock.assign(self._lane, self._wanted & (state < PACKED))
        if self._measure.takes_waiting:
            waiting = self._wanted & (state == PACKED)
            dock.assign(self._lane, waiting)
            dock.take_over(self._lane, waiting)

    def stop(self, now: float) -> None:
        """What is packed from now on goes to the carriers that customers chose; what it has it takes."""
        dock, line = self._floor.line.dock, self._floor.line
        if dock is None:
            return
        self._active = False
        state = np.frombuffer(bytes(line.state), dtype=np.uint8)
        dock.assign(None, self._wanted & (state < PACKED))


def _taken_over(floor: Floor, dock: Dock, measure: BackupCarrier) -> NDArray[np.bool_]:
    """Orders that are a backup carrier's while it is active: always the same ones, and no other's. Shape (n,)."""
    names, draws = list(floor.scenario.carriers), floor.draws
    replaced = np.array([not measure.replaces or name in measure.replaces for name in names])
    begin = dock.taken_over.copy()
    end = begin + np.where(replaced, measure.share, 0.0)
    dock.taken_over = end
    last = np.where(end > 1 - 1e-9, np.inf, end)  # all of them, whatever rounding does
    chosen = draws.carrier
    wanted = replaced[chosen] & (draws.spare_u >= begin[chosen]) & (draws.spare_u < last[chosen])
    return np.asarray(wanted if measure.cash_on_delivery else wanted & ~draws.cod)


class Rent:
    """What is paid for every day begun while a measure is active: when it starts, and at every midnight after that.

    Parameters
    ----------
    line
        Cost line.
    setup_cost
        Paid when it first starts.
    cost_of_day
        Day, counted from the start -> cost.
    """

    def __init__(
        self,
        floor: Floor,
        label: str,
        line: str,
        number: int,
        *,
        setup_cost: float,
        cost_of_day: Callable[[int], float],
    ) -> None:
        self._floor = floor
        self._label = label
        self._line = line
        self._number = number
        self._setup = Setup(floor, label, setup_cost)
        self._cost_of_day = cost_of_day
        self._paid_for = -1
        self._turn = 0

    def start(self, now: float) -> None:
        """It is rented from now on."""
        self._setup.pay(now)
        self._turn += 1
        self._pay(int(now // 1440), now)
        self._floor.env.process(self._days(self._turn, int(now // 1440) + 1))

    def stop(self) -> None:
        """It is given back; the day is paid."""
        self._turn += 1

    def _days(self, turn: int, first: int) -> Process:
        for day in range(first, self._floor.scenario.days):
            # Behind all triggers of that midnight, so that who is called off then does not pay for the day.
            yield at(self._floor.env, day * 1440.0, REVIEW, _BEHIND_TRIGGERS + self._number)
            if turn != self._turn:
                return
            self._pay(day, day * 1440.0)

    def _pay(self, day: int, now: float) -> None:
        if day > self._paid_for:
            self._paid_for = day
            self._floor.log.charge(now, self._label, self._line, self._cost_of_day(day))


class CapacityControl:
    """While active, limits of carriers are higher; what is added is paid by the day."""

    def __init__(self, floor: Floor, label: str, measure: CarrierCapacity, number: int) -> None:
        dock, codes = floor.line.dock, _codes_of(measure.carriers, floor.scenario)
        self._lanes = [dock.lanes[code] for code in codes] if dock is not None else []
        self._limits = tuple(measure.of)
        self._share = measure.capacity_share
        self._rent = Rent(
            floor,
            label,
            "carrier_capacity",
            number,
            setup_cost=measure.setup_cost,
            cost_of_day=lambda day: measure.cost_per_parcel_day * self._added(floor.scenario, day),
        )

    def start(self, now: float) -> None:
        """Limits grow."""
        for lane in self._lanes:
            lane.buy(self._limits, self._share, now)
        if self._lanes:
            self._rent.start(now)

    def stop(self, now: float) -> None:
        """They are what they were."""
        for lane in self._lanes:
            lane.give_back(self._limits, self._share, now)
        self._rent.stop()

    def _added(self, scenario: Scenario, day: int) -> float:
        weekday = scenario.weekday_of(day)
        added = [added_parcels(lane.carrier, self._limits, self._share, weekday) for lane in self._lanes]
        return sum(added)


def added_parcels(carrier: Carrier, limits: Sequence[Limit], share: float, weekday: str) -> float:
    """Parcels a day more that a carrier takes: what is added to the limit that grows most, since one parcel passes all.

    Parameters
    ----------
    share
        Added to each of the limits; parcels of a pickup and of the daily cap are rounded half up.
    weekday
        What pickups take more counts on the days on which they come.

    Returns
    -------
    Parcels; 0 where no limit is there to grow.
    """
    added = [0.0]
    if "pickups" in limits:
        today = [pickup.capacity or 0 for pickup in carrier.pickups.values() if weekday in pickup.weekdays]
        added.append(sum(scaled_count(capacity, share) for capacity in today))
    if "daily_cap" in limits and carrier.daily_parcel_cap is not None:
        added.append(scaled_count(carrier.daily_parcel_cap, share))
    if "network" in limits and carrier.contracted_per_day is not None:
        added.append(carrier.contracted_per_day * share)
    return max(added)


class StorageControl:
    """While active, the dock holds more parcels; the room is paid by the day."""

    def __init__(self, floor: Floor, label: str, measure: ExtraStorage, number: int) -> None:
        self._staging = staging = floor.line.staging
        own = staging.own_room if staging is not None else 0
        share = measure.parcels_share or 0.0
        self._parcels = scaled_count(own, share) if measure.parcels is None else measure.parcels
        self._rent = Rent(
            floor,
            label,
            "extra_storage",
            number,
            setup_cost=measure.setup_cost,
            cost_of_day=lambda day: measure.cost_per_day,
        )

    def start(self, now: float) -> None:
        """There is more room."""
        if self._staging is not None:
            self._staging.change(self._parcels, now)
            self._rent.start(now)

    def stop(self, now: float) -> None:
        """It is gone; parcels that stand in it wait with the others."""
        if self._staging is not None:
            self._staging.change(-self._parcels, now)
            self._rent.stop()
