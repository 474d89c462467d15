"""The floor: an order's way from placing to the carrier, as a list of "when this happens, do that".

What happens per order is an event with one handler; what happens a few times a day is an ordinary SimPy process.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.distributions import to_grid
from sim.draws import Draws
from sim.floor.columns import column
from sim.floor.customers import Cancellations, Offers
from sim.floor.desk import ServiceDesk
from sim.floor.dock import Dock, Visits
from sim.floor.events import ARRIVAL, PACK_DONE, PICK_DONE, RELEASE, REVIEW, Tick, at, priority
from sim.floor.queues import Fifo, Queue, Ranked
from sim.floor.station import BatchStation, Station
from sim.ledger import REASONS
from sim.rules import discipline_key
from sim.scenario.scenario import Scenario
from sim.scenario.site import Picking, Stage

if TYPE_CHECKING:
    from sim.floor.thirdparty import ThirdParty

Floats = NDArray[np.float64]

# States of an order, in the order in which it passes them. Below PACKING a customer can still cancel; DROPPED is
# cancelled too, and still in a picker's hands.
UNRELEASED, WAIT_PICK, PICKING, WAIT_PACK, THIRD, PACKING, PACKED, SHIPPED, CANCELLED, DROPPED = range(10)

_ARRIVAL = int(priority(ARRIVAL))
IMPATIENCE = REASONS.index("impatience")
DEADLINE = REASONS.index("deadline")


class Line:
    """State of all orders of a run, and the handlers that move them.

    Attributes
    ----------
    state
        State of each order.
    accepted, shipped, cancelled
        Numbers of orders so far.
    thirds
        Third parties, asked in turn before an order is released.
    batch_pack_min
        More packing work for each order that is picked together with others from now on.

    Parameters
    ----------
    may_batch
        Whether the plan may have orders picked in batches though the scenario does not.
    """

    def __init__(self, env: simpy.Environment, scenario: Scenario, draws: Draws, *, may_batch: bool = False) -> None:
        count = len(draws)
        nothing = np.full(count, np.nan)
        self.env = env
        self.scenario = scenario
        self.draws = draws
        self.state = bytearray(count)
        self.accepted = self.shipped = self.cancelled = 0
        self.thirds: list[ThirdParty] = []
        self.unreleased: deque[int] = deque()
        self.placed = column(draws.placed_min)
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

        self.packing = self._packing_station()
        self.picking = self._picking_station(may_batch)
        packed = self.pack_end if self.packing is not None else self.pick_end
        self.dock = Dock(env, scenario, draws, packed, self.ship) if scenario.carriers else None
        self.visits = self.dock.visits if self.dock is not None else Visits()
        self.desk = (
            ServiceDesk(env, scenario, scenario.desk, draws, self.undelivered, self._contact_cut)
            if scenario.desk is not None
            else None
        )
        Cancellations(env, draws, self.offers, scenario.horizon_min, self.settled, self.cancel)
        self._waves = scenario.site.release.mode == "waves"
        if self._waves:
            env.process(self._release_waves())
        if scenario.promise is not None and scenario.promise.hard_deadline is not None:
            env.process(self._deadline(scenario.minute(scenario.promise.hard_deadline)))
        self._schedule = cast(Callable[[Tick, Any, float], None], env.schedule)
        self._arrival = Tick()
        self._on_arrival = (self._arrives,)
        self._next_arrival(0.0)

    # --- stations -------------------------------------------------------------------------------------------

    def _packing_station(self) -> Station | None:
        stage = self.scenario.site.packing
        if stage is None:
            return None
        return Station(
            self.env,
            kind=PACK_DONE,
            queue=self._queue(stage, WAIT_PACK, self.draws.pack_work_min),
            state=self.state,
            waiting=WAIT_PACK,
            serving=PACKING,
            work=column(self.draws.pack_work_min),
            begin=self.pack_start,
            end=self.pack_end,
            worker=self.packer,
            on_done=self._packed,
            places=stage.stations,
        )

    def _picking_station(self, may_batch: bool) -> Station:
        stage = self.scenario.site.picking
        named: dict[str, Any] = {
            "kind": PICK_DONE,
            "queue": self._queue(stage, WAIT_PICK, self.draws.pick_work_min),
            "state": self.state,
            "waiting": WAIT_PICK,
            "serving": PICKING,
            "work": column(self.draws.pick_work_min),
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
            setup=column(self._setup_part(stage)),
            on_batch=self._picked_together,
            **named,
        )

    def _picked_together(self, orders: list[int]) -> None:
        """Orders of one walk lie together in one tote: whoever packs them sorts them first."""
        if self.batch_pack_min and self.packing is not None:
            self.packing.add_work(orders, self.batch_pack_min)

    def _setup_part(self, stage: Picking) -> Floats:
        """The part of each order's work that is its set-up (the walk), on the grid like the work itself."""
        draws = self.draws
        total = stage.setup_min + stage.per_line_min * draws.lines + stage.per_unit_min * draws.units
        share = np.divide(stage.setup_min, total, out=np.zeros(len(draws)), where=total > 0)
        return to_grid(draws.pick_work_min * share)

    def _queue(self, stage: Stage, waiting: int, work: Floats) -> Queue:
        key = discipline_key(stage.discipline, self.draws.express, self.draws.due_ship_min, work)
        if key is None:
            return Fifo(self.state, waiting)
        job_at = np.argsort(key, kind="stable")
        rank = np.empty(len(job_at), dtype=np.int64)
        rank[job_at] = np.arange(len(job_at))
        return Ranked(self.state, waiting, array("q", rank.tobytes()), array("q", job_at.astype(np.int64).tobytes()))

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
        order = self.accepted
        if order < len(self.placed):
            tick = self._arrival
            tick.callbacks = self._on_arrival
            tick.time = time = self.placed[order]
            self._schedule(tick, _ARRIVAL + order, time - now)

    def _arrives(self, tick: Tick) -> None:
        order, now = self.accepted, tick.time
        self.accepted += 1
        self._next_arrival(now)
        if self._waves:
            self.unreleased.append(order)
        elif self.thirds:
            self._release(order, now)
        else:
            self.released[order] = now
            self.picking.offer(order, now)

    def _release(self, order: int, now: float) -> None:
        """Let an order onto the floor, or give it to a third party."""
        self.released[order] = now
        for number, third in enumerate(self.thirds, start=1):
            if third.takes(order, now):
                self.state[order] = THIRD
                self.by_third[order] = number
                return
        self.picking.offer(order, now)

    def _release_waves(self) -> Generator[simpy.Event, None, None]:
        for day in range(self.scenario.days):
            for time in sorted(self.scenario.site.release.times):
                now = day * 1440 + time
                yield at(self.env, now, RELEASE)
                waiting, self.unreleased = self.unreleased, deque()
                for order in waiting:
                    if self.state[order] == UNRELEASED:
                        self._release(order, now)

    # --- it is picked, packed, shipped ----------------------------------------------------------------------

    def _picked(self, order: int, now: float) -> None:
        if self.state[order] == DROPPED:
            self.state[order] = CANCELLED
        elif self.packing is None:
            self._packed(order, now)
        else:
            self.packing.offer(order, now)

    def _packed(self, order: int, now: float) -> None:
        self.state[order] = PACKED
        if self.dock is None:
            self.state[order] = SHIPPED
            self.shipped += 1
            self.picked_up[order] = self.delivered[order] = now
        else:
            self.dock.offer(order)

    def ship(self, orders: NDArray[np.int64], now: float, delivered: Floats) -> None:
        """A vehicle leaves with some orders; when they will be delivered is known from then on."""
        np.frombuffer(self.state, dtype=np.uint8)[orders] = SHIPPED
        self.shipped += len(orders)
        self.picked_up[orders] = now
        self.delivered[orders] = delivered

    def undelivered(self, order: int, now: float) -> bool:
        """Whether a customer still waits for an order at a time that has not passed."""
        return self.state[order] < CANCELLED and not self.delivered[order] <= now

    # --- it is cancelled ------------------------------------------------------------------------------------

    def settled(self, order: int) -> bool:
        """Whether an order can't be cancelled any more, now or later."""
        return self.state[order] >= PACKING

    def cancel(self, order: int, now: float, reason: int = IMPATIENCE) -> None:
        """A customer cancels; what is being picked is put aside when it is done."""
        state = self.state[order]
        if state == WAIT_PICK:
            self.picking.forget()
        elif state == WAIT_PACK and self.packing is not None:
            self.packing.forget()
        self.state[order] = DROPPED if state == PICKING else CANCELLED
        self.reason[order] = reason
        self.cancelled_at[order] = now
        self.cancelled += 1

    def _deadline(self, deadline: float) -> Generator[simpy.Event, None, None]:
        """When the goods become worthless, everything that is not being packed is cancelled."""
        if 0 <= deadline < self.scenario.horizon_min:
            yield at(self.env, deadline, REVIEW)
            for order in self.open_orders(below=PACKING):
                self.cancel(int(order), deadline, DEADLINE)

    def _contact_cut(self, order: int) -> float:
        return float(self.offers.contact_cut[order]) if self.offers.any else 0.0

    def close(self, now: float) -> None:
        """The run is over: settle who is still at work, and let go of columns that only the run needs.

        The clock, its processes and this object refer to each other, so Python's collector would keep them for long.
        """
        self.placed = array("d")
        for station in self.stations.values():
            station.close(now)
        if self.dock is not None:
            self.dock.lanes.clear()

    # --- read by measures -----------------------------------------------------------------------------------

    def open_orders(self, below: int = SHIPPED) -> NDArray[np.int64]:
        """Rows of orders placed so far whose state lies below one."""
        states = np.frombuffer(self.state, dtype=np.uint8, count=self.accepted)
        return np.flatnonzero(states < below)
