"""A warehouse in a hundred lines of SimPy: the textbook way, one process per order.

Orders come in, one of the pickers picks them, one of the packers packs them, and they wait at the dock for the
next pickup. Some customers cancel if nobody has begun to pack their order in time; some ask the service desk
where it is if it has not left by then, and hang up if no agent answers soon enough.

This is how SimPy is taught: a process is a generator that yields what it waits for, and a :class:`simpy.Resource`
is a group of workers with a queue before them. It reads well, and it is slow: each order carries a generator and half
a dozen events. :mod:`sim.floor` simulates the same line with one small event per service, many times as fast;
the tests hold that both give the same times, order by order, to the last bit.

Nothing here is random: all random times are drawn before the clock starts. And nothing is left to chance where
two things happen at the same instant: they happen in the order of their kind, then of their number
(``at(env, time, kind, number)`` in place of ``env.timeout``).
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.floor.events import ARRIVAL, CANCEL, CONTACT, DESK_DONE, GIVE_UP, PACK_DONE, PICK_DONE, PICKUP, at

Times = NDArray[np.float64]
Steps = Generator[simpy.Event, None, None]

LINE = ("pick_start", "pick_end", "pack_start", "pack_end", "picked_up", "cancelled")
DESK = ("asked", "answered", "answer_end", "gave_up")


@dataclass(frozen=True)
class Orders:
    """What each customer brings along, shape (orders,), in minutes; infinite for what never comes."""

    placed: Times
    picking: Times  # work
    packing: Times
    cancel: Times  # time at which the customer cancels if nobody has begun to pack
    ask: Times  # time at which the customer asks if the order has not left
    handling: Times  # work of the agent who answers
    patience: Times  # in the queue for an agent


@dataclass(frozen=True)
class Site:
    """Workers of each kind; when vehicles leave, with how many parcels, packed how long before."""

    pickers: int
    packers: int
    agents: int
    pickups: list[float]
    capacity: float = math.inf
    cutoff: float = 0.0


class Warehouse:
    """The line at work. `happened` tells what happened to each order when, NaN for never."""

    def __init__(self, orders: Orders, site: Site) -> None:
        self.orders, self.site = orders, site
        self.happened = {name: np.full(len(orders.placed), np.nan) for name in (*LINE, *DESK)}
        self.env = simpy.Environment()
        self.pickers = simpy.Resource(self.env, site.pickers)
        self.packers = simpy.Resource(self.env, site.packers)
        self.agents = simpy.Resource(self.env, site.agents)
        self.dock: deque[int] = deque()
        self.env.process(self.customers())
        self.env.process(self.carrier())

    def note(self, what: str, number: int) -> None:
        """Remember that something happened to an order now."""
        self.happened[what][number] = self.env.now

    def customers(self) -> Steps:
        """Place the orders, one after the other."""
        for number, placed in enumerate(self.orders.placed.tolist()):
            yield at(self.env, placed, ARRIVAL, number)
            self.env.process(self.order(number))
            if math.isfinite(self.orders.ask[number]):
                self.env.process(self.question(number))

    def order(self, number: int) -> Steps:
        """One order on its way through the warehouse."""
        cancel = float(self.orders.cancel[number])
        impatience = at(self.env, cancel, CANCEL, number) if math.isfinite(cancel) else None
        if impatience is not None:
            impatience.callbacks.append(lambda _: self.cancels(number))
        for workers, step, work, done in (
            (self.pickers, "pick", self.orders.picking, PICK_DONE),
            (self.packers, "pack", self.orders.packing, PACK_DONE),
        ):
            with workers.request() as turn:
                yield turn if impatience is None else turn | impatience
                if not turn.triggered:
                    return
                self.note(f"{step}_start", number)
                yield at(self.env, self.env.now + float(work[number]), done, number)
                self.note(f"{step}_end", number)
            if step == "pick" and impatience is not None and impatience.processed:
                return  # put aside by the picker
        self.dock.append(number)

    def cancels(self, number: int) -> None:
        """The customer's patience is over: the order is cancelled unless its packing has begun."""
        if math.isnan(self.happened["pack_start"][number]):
            self.note("cancelled", number)

    def carrier(self) -> Steps:
        """Come at the scheduled times, and take the parcels that were packed by the cut-off."""
        for visit, time in enumerate(self.site.pickups):
            yield at(self.env, time, PICKUP, visit)
            room, packed_by = self.site.capacity, time - self.site.cutoff
            while self.dock and room > 0 and self.happened["pack_end"][self.dock[0]] <= packed_by:
                self.note("picked_up", self.dock.popleft())
                room -= 1

    def question(self, number: int) -> Steps:
        """Ask where the order is, unless it has left or was cancelled by then."""
        yield at(self.env, float(self.orders.ask[number]), CONTACT, number)
        if not all(math.isnan(self.happened[end][number]) for end in ("picked_up", "cancelled")):
            return
        self.note("asked", number)
        patience = float(self.orders.patience[number])
        fed_up = at(self.env, self.env.now + patience, GIVE_UP, number) if math.isfinite(patience) else None
        with self.agents.request() as turn:
            yield turn if fed_up is None else turn | fed_up
            if not turn.triggered:
                self.note("gave_up", number)
                return
            self.note("answered", number)
            yield at(self.env, self.env.now + float(self.orders.handling[number]), DESK_DONE, number)
            self.note("answer_end", number)


def run(orders: Orders, site: Site, until: float) -> dict[str, Times]:
    """Let the warehouse work until a time; what happened to each order when, by name, shape (orders,)."""
    warehouse = Warehouse(orders, site)
    warehouse.env.run(until=until)
    return warehouse.happened
