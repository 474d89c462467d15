"""Kinds of events, and how they are put on SimPy's clock.

Events at the same instant are handled in the order (kind, number), whatever the order in which they were
scheduled: the kind and the number of the order, contact or worker are passed as SimPy's priority. Without such a rule
two correct engines differ on thousands of orders; with it they agree exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import simpy
from simpy.events import EventPriority

from sim.distributions import GRID

# In the order in which simultaneous events are handled; 0 is SimPy's own, for the end of the run.
OUTAGE = 1  # something stands still from now on
ROSTER = 2  # workers come, pause, leave; then outages end
REVIEW = 3  # triggers of measures are read, offers are made
STOCK = 4  # units expire, are counted, made, put away, looked after, ordered; in this order, see sim.floor.stock
RELEASE = 5  # missing goods arrive, a wave is released
ARRIVAL = 6  # an order is placed
PICK_DONE = 7
PACK_DONE = 8
PICKUP = 9  # a carrier's vehicle leaves
CANCEL = 10  # a customer's patience ends
CONTACT = 11  # a customer asks
REPEAT = 12  # a customer asks again
DESK_DONE = 13
GIVE_UP = 14  # a customer leaves the desk's queue

_SHIFT = 40  # numbers stay below 2^40


def priority(kind: int, number: int = 0) -> EventPriority:
    """Rank of an event among simultaneous ones."""
    return cast(EventPriority, (kind << _SHIFT) | number)


def on_grid(minutes: float) -> float:
    """One time on the grid of 2^-20 min, as `to_grid` does for many."""
    return round(minutes * GRID) / GRID


class Tick:
    """The smallest thing SimPy's event loop accepts: something that has happened, and who wants to know.

    Attributes
    ----------
    callbacks
        Called with the tick at its time; SimPy sets it to None, so it is set anew before each use.
    time
        When it goes off.
    who
        Worker it belongs to, or -1 once it was called off.
    slowness
        Minutes per minute of work, for whoever does the job that ends then.
    """

    __slots__ = ("callbacks", "slowness", "time", "who")

    _ok = True  # read by SimPy after the callbacks

    def __init__(self, who: int = 0) -> None:
        self.callbacks: Any = None
        self.time = 0.0
        self.who = who
        self.slowness = 1.0


def call_at(env: simpy.Environment, time: float, kind: int, number: int, handler: Callable[[Any], None]) -> Tick:
    """Have a handler called at a time."""
    tick = Tick(number)
    tick.callbacks = (handler,)
    tick.time = time
    env.schedule(cast(simpy.Event, tick), priority(kind, number), time - env.now)
    return tick


def at(env: simpy.Environment, time: float, kind: int, number: int = 0) -> simpy.Event:
    """Event for a process to wait for: ``yield at(env, time, kind)``.

    Unlike ``env.timeout`` it has its place among simultaneous events.
    """
    event = simpy.Event(env)
    event._ok = True  # pre-triggered, as simpy.Timeout does
    event._value = None
    env.schedule(event, priority(kind, number), time - env.now)
    return event
