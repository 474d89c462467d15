"""The floor: an order's way from placing to the carrier, as a list of "when this happens, do that".

What happens per order is an event with one handler; what happens a few times a day is an ordinary SimPy process.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Generator, Sequence
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.columns import column, plain
from sim.floor.counts import Counts
from sim.floor.customers import Cancellations, Offers
from sim.floor.desk import ServiceDesk
from sim.floor.dock import Dock, Visits
from sim.floor.events import ARRIVAL, PACK_DONE, PICK_DONE, RELEASE, REVIEW, Tick, at, priority
from sim.floor.queues import Fifo, Queue, Ranked, ranks
from sim.floor.staging import Staging
from sim.floor.states import (
    CANCELLED,
    DETERRED,
    DROPPED,
    PACKED,
    PACKING,
    PARTLY,
    PICKING,
    REJECTED,
    SHIPPED,
    THIRD,
    UNRELEASED,
    WAIT_PACK,
    WAIT_PICK,
)
from sim.floor.station import BatchStation, Station
from sim.floor.stock import Remainders, StockRoom
from sim.floor.terms import Terms
from sim.floor.unclaimed import uncollected_after
from sim.floor.work import Work
from sim.ledger import REASONS
from sim.rules import discipline_key
from sim.scenario.scenario import Scenario
from sim.scenario.site import Stage

if TYPE_CHECKING:
    from sim.floor.thirdparty import ThirdParty

Floats = NDArray[np.float64]

_ARRIVAL = int(priority(ARRIVAL))
IMPATIENCE = REASONS.index("impatience")
DEADLINE = REASONS.index("deadline")


class Line(Counts):
    """State of all orders of a run, and the handlers that move them.

    Attributes
    ----------
    shipped, cancelled
        Numbers of orders so far.
    terms
        What was ordered and promised.
    thirds
        Third parties, asked in turn before an order is released.
    work
        Minutes that each order takes at each stage.
    batch_pack_min
        More packing work for each order that is picked together with others from now on.

    Parameters
    ----------
    remainders
        Rows of the draws that are kept ready for second parcels.
    may_batch
        Whether the plan may have orders picked in batches though the scenario does not.
    """

    def __init__(
        self,
        env: simpy.Environment,
        scenario: Scenario,
        draws: Draws,
        terms: Terms | None = None,
        *,
        may_batch: bool = False,
        remainders: Remainders | None = None,
    ) -> None:
        count = len(draws)
        self.orders = count if remainders is None else remainders.orders
        nothing = np.full(count, np.nan)
        self.env = env
        self.scenario = scenario
        self.draws = draws
        self.state = bytearray(count)
        self.terms = terms if terms is not None else Terms(scenario, draws)
        self.arrived = self.shipped = self.cancelled = 0
        self._turned_away_at = array("d")
        self._departed: array[int] | None = None
        self.thirds: list[ThirdParty] = []
        self.unreleased: deque[int] = deque()
        self._cancelled_unreleased = 0  # of those and of the held ones
        self._held: dict[float, list[int]] = {}  # orders that wait for late goods, by when these arrive
        self._held_until: Sequence[float] = ()
        self._release_stopped = self._wave_missed = False
        self.placed = column(draws.placed_min[: self.orders])
        self.released = column(nothing)
        self.pick_start, self.pick_end = column(nothing), column(nothing)
        self.pack_start, self.pack_end = column(nothing), column(nothing)
        self.picker = array("i", [-1]) * count
        self.packer = array("i", [-1]) * count
        self.picked_up, self.delivered, self.cancelled_at = nothing.copy(), nothing.copy(), nothing.copy()
        self.reason = np.zeros(count, dtype=np.int8)
        self.by_third = np.zeros(count, dtype=np.int8)
        self.third_cost = np.broadcast_to(np.float64(0), count)  # no memory is taken up without a third party
        self.offers = Offers(draws)
        self.batch_pack_min = 0.0

        self.remainders = remainders
        self.stock: StockRoom | None = None
        if scenario.stock is not None:
            self.stock = StockRoom(env, scenario, draws, self, remainders=remainders, shipped=SHIPPED)
            self.terms.on_change.append(self.stock.limit)  # before work is measured by what they leave
            self.offers.gifts_for = self.stock.gifts_for
        self.work = Work(scenario, draws, remainders)
        self._ranked: list[tuple[str, Stage, Ranked]] = []
        self.packing = self._packing_station()
        self.picking = self._picking_station(may_batch)
        self.terms.on_change.append(self._terms_change)
        packed = self.pack_end if self.packing is not None else self.pick_end
        self.dock = Dock(env, scenario, draws, packed, self.ship) if scenario.carriers else None
        self.visits = self.dock.visits if self.dock is not None else Visits()
        self.staging: Staging | None = None
        room = scenario.site.staging_parcels
        if room is not None and self.dock is not None and self.packing is not None:
            self.staging = Staging(self.dock, self.packing, room)
        self.desk = (
            ServiceDesk(
                env, scenario, scenario.desk, draws, self.terms, self.undelivered, self.offers.contacts_prevented
            )
            if scenario.desk is not None
            else None
        )
        Cancellations(env, scenario, draws, self.terms, self.offers, self.settled, self.cancel)
        if self.stock is not None:
            self.stock.open()
        self._waves = scenario.site.release.mode == "waves"
        if self._waves:
            env.process(self._release_waves())
        if scenario.promise is not None and scenario.promise.hard_deadline is not None:
            env.process(self._deadline(scenario.minute(scenario.promise.hard_deadline)))
        self._schedule = cast(Callable[[Tick, Any, float], None], env.schedule)
        self._arrival = Tick()
        self._takes_in = self._arrival_handler()
        self._on_arrival = (self._arrives_on_terms if self.terms.may_deter else self._takes_in,)
        self._next_arrival(0.0)

    # --- stations -------------------------------------------------------------------------------------------

    def _packing_station(self) -> Station | None:
        stage = self.scenario.site.packing
        if stage is None:
            return None
        limited = self.scenario.site.staging_parcels is not None
        return Station(
            self.env,
            kind=PACK_DONE,
            queue=self._queue("packing", stage, WAIT_PACK),
            state=self.state,
            waiting=WAIT_PACK,
            serving=PACKING,
            work=self.work.minutes["packing"],
            begin=self.pack_start,
            end=self.pack_end,
            worker=self.packer,
            on_done=self._packed_into_room if limited else self._packed,
            places=stage.stations,
        )

    def _picking_station(self, may_batch: bool) -> Station:
        stage = self.scenario.site.picking
        named: dict[str, Any] = {
            "kind": PICK_DONE,
            "queue": self._queue("picking", stage, WAIT_PICK),
            "state": self.state,
            "waiting": WAIT_PICK,
            "serving": PICKING,
            "work": self.work.minutes["picking"],
            "begin": self.pick_start,
            "end": self.pick_end,
            "worker": self.picker,
            "on_done": self._picked,
            "places": stage.stations,
        }
        if stage.batch_size == 1 and not may_batch:
            return Station(self.env, **named)
        return BatchStation(
            self.env,
            size=stage.batch_size,
            sort_min=stage.batch_sort_min,
            setup=column(self.work.setup_part(stage)),
            on_batch=self._picked_together,
            **named,
        )

    def _picked_together(self, orders: list[int]) -> None:
        """Orders of one walk lie together in one tote: whoever packs them sorts them first."""
        if self.batch_pack_min and self.packing is not None:
            self.packing.add_work(orders, self.batch_pack_min)

    def _queue(self, name: str, stage: Stage, waiting: int) -> Queue:
        key = self._key(name, stage)
        if key is None:
            return Fifo(self.state, waiting)
        queue = Ranked(self.state, waiting, *ranks(key))
        self._ranked.append((name, stage, queue))
        return queue

    def _key(self, name: str, stage: Stage) -> Floats | None:
        work = np.frombuffer(self.work.minutes[name])
        return discipline_key(stage.discipline, self.draws.express, self.terms.due_ship_min, work)

    def _terms_change(self, first: int) -> None:
        """Sizes or due times of orders from a row on have changed: so has their work, and who is served before whom."""
        self.work.renew(self.terms, slice(first, self.orders), None if self.stock is None else self.stock.units)
        for name, stage, queue in self._ranked:
            key = self._key(name, stage)
            assert key is not None
            queue.rerank(*ranks(key))

    @property
    def stations(self) -> dict[str, Station]:
        """Stations by stage, those that the scenario has."""
        every = {
            "picking": self.picking,
            "packing": self.packing,
            "desk": self.desk.station if self.desk is not None else None,
        }
        return {stage: station for stage, station in every.items() if station is not None}

    # --- an order is placed, and released -------------------------------------------------------------------

    def _next_arrival(self, now: float) -> None:
        order = self.arrived
        if order < len(self.placed):
            tick = self._arrival
            tick.callbacks = self._on_arrival
            tick.time = time = self.placed[order]
            self._schedule(tick, _ARRIVAL + order, time - now)

    def _arrives_on_terms(self, tick: Tick) -> None:
        """A customer comes who may find the terms not to their liking; only where a plan can change them."""
        order = self.arrived
        if not self.terms.deters(order):
            self._takes_in(tick)
            return
        self.state[order] = DETERRED
        self.arrived += 1
        self._turned_away_at.append(tick.time)
        self._leave(order)
        self._next_arrival(tick.time)

    def _arrives(self, tick: Tick) -> None:
        order, now = self.arrived, tick.time
        self.arrived += 1
        self._next_arrival(now)
        if self._waves:
            self.unreleased.append(order)
        elif self.thirds:
            self._release(order, now)
        else:
            self.released[order] = now
            self.picking.offer(order, now)

    def _arrival_handler(self) -> Callable[[Tick], None]:
        """Who handles arrivals: chosen once, so that a run in which nothing holds orders back never asks."""
        until = self.draws.held_until_min
        times = np.unique(until[~np.isnan(until)])
        holds = bool(len(times)) or any(outage.stage == "release" for outage in self.draws.outages)
        if holds:
            self._held_until = plain(until)
            self.env.process(self._receive(times.tolist()))
        self.goes_on = self._hold_or_admit if holds else self._admit  # told by the stock room too, when goods come
        if self.stock is not None:
            return self._arrives_at_the_shelf
        return self._arrives_maybe_held if holds else self._arrives

    def _arrives_at_the_shelf(self, tick: Tick) -> None:
        """As `_arrives`, where there may be too little of what is ordered."""
        order, now = self.arrived, tick.time
        self.arrived += 1
        self._next_arrival(now)
        if self.stock.takes(order, now):  # type: ignore[union-attr]  # chosen only where there is one
            self.goes_on(order, now)

    def _arrives_maybe_held(self, tick: Tick) -> None:
        """As `_arrives`, where goods may be missing or the system may be down."""
        order, now = self.arrived, tick.time
        self.arrived += 1
        self._next_arrival(now)
        self._hold_or_admit(order, now)

    def _hold_or_admit(self, order: int, now: float) -> None:
        until = self._held_until[order]
        if until > now:
            self._held.setdefault(until, []).append(order)
        else:
            self._admit(order, now)

    def _admit(self, order: int, now: float) -> None:
        """Release an order, or let it wait for the next wave or for the system to work again."""
        if self._waves or self._release_stopped:
            self.unreleased.append(order)
        else:
            self._release(order, now)

    def _receive(self, times: list[float]) -> Generator[simpy.Event, None, None]:
        """Late goods arrive; a wave at the same instant takes the orders along."""
        for time in times:
            if time < self.scenario.horizon_min:
                yield at(self.env, time, RELEASE)
                for order in self._held.pop(time, ()):
                    if self._still_waits(order):
                        self._admit(order, time)

    def stop_release(self, stopped: bool, now: float) -> None:
        """An outage of the system begins or ends; at its end all are released that should have been meanwhile."""
        self._release_stopped = stopped
        if not stopped and (self._wave_missed or not self._waves):
            self._wave_missed = False
            self._release_waiting(now)

    def _release(self, order: int, now: float) -> None:
        """Let an order onto the floor, or give it to a third party."""
        self.released[order] = now
        for number, third in enumerate(self.thirds, start=1):
            if third.takes(order, now):
                self.state[order] = THIRD
                self.by_third[order] = number
                if self.stock is not None:
                    self.stock.to_third(order, now)
                return
        self.picking.offer(order, now)

    def _release_waves(self) -> Generator[simpy.Event, None, None]:
        for day in range(self.scenario.days):
            for time in sorted(self.scenario.site.release.times):
                now = day * 1440 + time
                yield at(self.env, now, RELEASE, 1)
                if self._release_stopped:
                    self._wave_missed = True
                else:
                    self._release_waiting(now)

    def _release_waiting(self, now: float) -> None:
        waiting, self.unreleased = self.unreleased, deque()
        for order in waiting:
            if self._still_waits(order):
                self._release(order, now)

    def _still_waits(self, order: int) -> bool:
        """Whether an order that comes off a list of the unreleased was not cancelled there."""
        if self.state[order] == UNRELEASED:
            return True
        self._cancelled_unreleased -= 1
        return False

    # --- what the stock room has to say ---------------------------------------------------------------------

    def reject(self, order: int, now: float) -> None:
        """There is too little of what a customer wanted: the order is not placed."""
        self.state[order] = REJECTED
        self._turned_away_at.append(now)
        self._leave(order)

    def shrinks(self, order: int, left: Sequence[tuple[int, int]], worth: float) -> None:
        """An order just placed is for less (SKUs and units) than was asked for, and its value only so much of it."""
        self.terms.cut(order, len(left), sum(units for _, units in left), worth)
        self.work.resize(order, order, left)

    # --- it is picked, packed, shipped ----------------------------------------------------------------------

    def _picked(self, order: int, now: float) -> None:
        if self.state[order] == DROPPED:
            self.state[order] = CANCELLED
            if self.stock is not None:
                self.stock.parcels_back.put_aside(order, now)
        elif self.packing is None:
            self._packed(order, now)
        else:
            self.packing.offer(order, now)

    def _packed(self, order: int, now: float) -> None:
        self.state[order] = PACKED
        if self.dock is None:
            if self.stock is not None:
                self.ship(np.array([order]), now, np.array([now]))
                return
            self.state[order] = SHIPPED
            self.shipped += 1
            self.picked_up[order] = self.delivered[order] = now
            self._leave(order)
        else:
            self.dock.offer(order)

    def _packed_into_room(self, order: int, now: float) -> None:
        """The same where the dock holds so many parcels and no more."""
        assert self.dock is not None
        assert self.staging is not None
        self.state[order] = PACKED
        self.dock.offer(order)
        staging = self.staging
        staging.parcels += 1
        if staging.parcels == staging.room:
            staging.settle(now)

    def ship(self, orders: NDArray[np.int64], now: float, delivered: Floats) -> None:
        """A vehicle leaves with some orders; when they will be delivered is known from then on."""
        np.frombuffer(self.state, dtype=np.uint8)[orders] = SHIPPED
        self.picked_up[orders] = now
        self.delivered[orders] = delivered
        if self.stock is not None:
            self.stock.parcels_back.left_house(orders, delivered, uncollected_after(self, orders))
        if self.remainders is not None:
            orders = self.remainders.whole(self, orders, now, partly=PARTLY, shipped=SHIPPED)
        self.shipped += len(orders)
        if self._departed is not None:
            self._departed.frombytes(orders.astype(np.int32).tobytes())

    # --- it is cancelled ------------------------------------------------------------------------------------

    def settled(self, order: int) -> bool:
        """Whether an order can't be cancelled any more, now or later."""
        if self.state[order] >= PACKING:
            return True
        second = self._second(order)
        return second is not None and self.state[second] >= PACKING

    def _second(self, order: int) -> int | None:
        """Row of an order's second parcel."""
        return None if self.remainders is None else self.remainders.used.get(order)

    def cancel(self, order: int, now: float, reason: int = IMPATIENCE) -> None:
        """A customer cancels; what is being picked is put aside when it is done."""
        second = self._second(order)
        if second is not None:
            self._call_off(second, now)
        self._call_off(order, now)
        self.reason[order] = reason
        self.cancelled_at[order] = now
        self.cancelled += 1
        self._leave(order)

    def _call_off(self, row: int, now: float) -> None:
        """A parcel will not be sent; what its stage and the stock room have to do about it."""
        state, stock = self.state[row], self.stock
        if state == WAIT_PICK:
            self.picking.forget()
        elif state == WAIT_PACK and self.packing is not None:
            self.packing.forget()
        elif state == UNRELEASED and not (stock is not None and stock.waits(row)):
            self._cancelled_unreleased += 1
        self.state[row] = DROPPED if state == PICKING else CANCELLED
        if stock is None:
            return
        if state == WAIT_PACK:
            stock.parcels_back.put_aside(row, now)
        elif state != PICKING:
            stock.give_back(row, now)

    def _deadline(self, deadline: float) -> Generator[simpy.Event, None, None]:
        """When the goods become worthless, everything that is not being packed is cancelled."""
        if 0 <= deadline < self.scenario.horizon_min:
            yield at(self.env, deadline, REVIEW)
            for order in self.open_orders(below=PACKING):
                if not self.settled(int(order)):
                    self.cancel(int(order), deadline, DEADLINE)

    def close(self, now: float) -> None:
        """The run is over: settle who is still at work, and let go of columns that only the run needs.

        The clock, its processes and this object refer to each other, so Python's collector would keep them for long.
        """
        self.placed = array("d")
        self.work.minutes.clear()
        self._ranked.clear()
        self.terms.on_change.clear()
        for station in self.stations.values():
            station.close(now)
        if self.dock is not None:
            self.dock.close()
