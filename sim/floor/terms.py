"""The terms on which customers order under a plan: how much they get, what they are promised, who orders at all.

Measures on demand change the terms of orders that are still to come; what was placed stays as it was agreed. The terms
follow from the draws and the changes in force, whatever was in force before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.distributions import to_grid
from sim.draws import Draws
from sim.floor.columns import plain
from sim.ledger import SERVICE_CLASSES
from sim.rules import due_times
from sim.scenario.promise import Promise, ServiceClass
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

AGREED = ("lines", "units", "value", "due_ship_min", "due_delivery_min")


class Change(Protocol):
    """What a measure changes about orders still to come."""

    def apply(self, terms: Terms, rows: slice) -> None:
        """Change the terms of some orders, as the draws and earlier changes have left them."""


class Terms:
    """What was ordered and promised under a plan, by order; no memory is taken up before the first change.

    Parameters
    ----------
    keep
        Share of customers who order from the outset, by order; None: all.
    may_deter
        Whether anything in the plan can turn customers away.
    orders
        Rows of the draws that are orders; what lies behind them keeps its terms. None: all.

    Attributes
    ----------
    lines, units, value, due_ship_min, due_delivery_min
        As in the draws, changed for orders that were placed while a change was in force. Shape (n,).
    keep
        Share of customers like this one who still order, shape (n,).
    later_days
        Working days by which the promise to each class is longer, while terms are renewed.
    on_change
        Called with the first row concerned when sizes or due times have changed.
    """

    def __init__(
        self,
        scenario: Scenario,
        draws: Draws,
        *,
        keep: Floats | None = None,
        may_deter: bool = False,
        orders: int | None = None,
    ) -> None:
        self._scenario = scenario
        self._draws = draws
        self._orders = len(draws) if orders is None else orders
        self._active: dict[int, Change] = {}
        self._own = False
        self._outset = keep
        self._commit = plain(draws.commit_u)
        self.may_deter = may_deter or keep is not None
        self.lines, self.units, self.value = draws.lines, draws.units, draws.value
        self.due_ship_min, self.due_delivery_min = draws.due_ship_min, draws.due_delivery_min
        self.keep = np.broadcast_to(np.float64(1), len(draws)) if keep is None else keep
        self._keep: Sequence[float] | None = None if keep is None else plain(keep)
        self.later_days = dict.fromkeys(SERVICE_CLASSES, 0)
        self.on_change: list[Callable[[int], None]] = []

    def deters(self, order: int) -> bool:
        """Whether the customer of an order does not place it on these terms."""
        if self._keep is None:
            return False
        keep = self._keep[order]
        return keep < 1.0 and bool(self._commit[order] >= keep)

    def begin(self, number: int, change: Change, first: int) -> None:
        """Put a change in force, from the first row still to come on; changes apply in the order of their numbers."""
        self._active[number] = change
        self._renew(first)

    def end(self, number: int, first: int) -> None:
        """Take a change out of force."""
        del self._active[number]
        self._renew(first)

    def _renew(self, first: int) -> None:
        self.own()
        rows = slice(first, self._orders)
        before = {name: getattr(self, name)[rows].copy() for name in AGREED}
        for name in AGREED:
            getattr(self, name)[rows] = getattr(self._draws, name)[rows]
        self.keep[rows] = 1.0 if self._outset is None else self._outset[rows]
        self.later_days = dict.fromkeys(SERVICE_CLASSES, 0)
        for _, change in sorted(self._active.items()):
            change.apply(self, rows)
        promise = self._scenario.promise
        if promise is not None and any(self.later_days.values()):
            self.due_ship_min[rows], self.due_delivery_min[rows] = self._later(promise, rows)
        if any(not np.array_equal(before[name], getattr(self, name)[rows], equal_nan=True) for name in AGREED):
            for tell in self.on_change:
                tell(first)

    def cut(self, order: int, lines: int, units: int, worth: float) -> None:
        """An order just placed is for less than was asked for, and its value only so much of it."""
        self.own()
        self.lines[order], self.units[order] = lines, units
        self.value[order] *= worth

    def own(self) -> None:
        """Give the columns memory of their own, before the first change."""
        if self._own:
            return
        self._own = True
        for name in (*AGREED, "keep"):
            setattr(self, name, getattr(self, name).copy())
        self._keep = plain(self.keep)

    def _later(self, promise: Promise, rows: slice) -> tuple[Floats, Floats]:
        """Due times of orders under the longer promise."""
        longer = self._scenario.model_copy(update={"promise": _longer(promise, self.later_days)})
        draws = self._draws
        counted = draws.counted_from(draws.placed_min)[rows]
        return due_times(longer, counted, draws.express[rows], draws.wished_days[rows].astype(np.int64))


def _longer(promise: Promise, days: dict[str, int]) -> Promise:
    """The promise with so many working days more for each class."""

    def later(service: ServiceClass, more: int) -> ServiceClass:
        ship, deliver = service.ship_within_days + more, service.deliver_within_days + more
        return service.model_copy(update={"ship_within_days": ship, "deliver_within_days": deliver})

    return promise.model_copy(update={name: later(getattr(promise, name), more) for name, more in days.items()})


# --- what customers do on other terms ---------------------------------------------------------------------------


def cancel_times(scenario: Scenario, draws: Draws, which: Ints, placed: Floats, due_ship: Floats) -> Floats:
    """When customers would cancel if their orders were placed and due at other times than drawn.

    Parameters
    ----------
    which
        Rows of the draws' `cancel_*`, shape (k,).
    placed, due_ship
        Clock minutes by order, shape (n,).

    Returns
    -------
    Clock minutes, shape (k,): each customer is patient for as long as was drawn.
    """
    late = scenario.customers.patience.counted_from == "due_ship"
    drawn, given = (draws.due_ship_min, due_ship) if late else (draws.placed_min, placed)
    order = draws.cancel_order[which]
    return _moved(draws.cancel_min[which], given[order] - drawn[order])


def ask_times(draws: Draws, which: Ints, placed: Floats, due_delivery: Floats) -> Floats:
    """When contacts would arise if orders were placed and due at other times than drawn.

    Parameters
    ----------
    which
        Rows of the draws' `ask_*`, shape (m,).
    placed, due_delivery
        Clock minutes by order, shape (n,).

    Returns
    -------
    Clock minutes, shape (m,): after the due time with the lag that was drawn, before it at the same part of the time
    between order and due delivery; general questions stay.
    """
    when = draws.ask_min[which].copy()
    about = np.flatnonzero(draws.ask_order[which] >= 0)
    order = draws.ask_order[which][about]
    moved_by = due_delivery[order] - draws.due_delivery_min[order]
    start, was = draws.placed_min[order], draws.due_delivery_min[order] - draws.placed_min[order]
    part = np.divide(when[about] - start, was, out=np.zeros(len(order)), where=was > 0)
    early = placed[order] + part * np.maximum(due_delivery[order] - placed[order], 0)
    changed = (moved_by != 0) | (placed[order] != start)
    early = np.where(changed, to_grid(early), when[about])
    when[about] = np.where(draws.ask_late[which][about], _moved(when[about], moved_by), early)
    return when


def _moved(when: Floats, minutes: Floats) -> Floats:
    return np.where(minutes == 0, when, to_grid(when + minutes))
