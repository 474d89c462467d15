"""A staggered opening: customers who would come in its first hours are given a turn and come then.

Placing times change, so this is done to the draws before the clock starts: a pure function of them. Everything else
that belongs to an order goes with it: size, work, patience, contacts; what it is promised, and whether goods of it are
missing, follows from its new time.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.distributions import to_grid
from sim.disturbances import held_until
from sim.draws import Draws
from sim.floor.terms import ask_times, cancel_times
from sim.rules import due_times
from sim.scenario.fit.demand import opening_min
from sim.scenario.measures import StaggeredRelease
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MOVED = ("placed_min", "due_ship_min", "due_delivery_min", "wished_days")


def let_in(scenario: Scenario, plan: Plan, draws: Draws) -> tuple[Draws, Floats | None]:
    """The draws as customers come under a plan, and the share of them who do.

    An order that would come at t within `window_h` of the opening comes at t + g x `every_h`, with its turn g =
    floor(turn_u x groups). Orders that would come after the horizon drop out.

    Returns
    -------
    draws, keep: the same draws and None where the plan has no staggered release or there is nothing to spread; `keep`
    is the share of customers who come although they have to wait, by order, shape (n,).
    """
    measure = next((each for each in plan.measures.values() if isinstance(each, StaggeredRelease)), None)
    opening = None if measure is None else opening_min(scenario, measure)
    if measure is None or opening is None:
        return draws, None
    inside = (draws.placed_min >= opening) & (draws.placed_min < opening + measure.window_h * 60)
    turn = np.where(inside, np.floor(draws.turn_u * measure.groups), 0.0)
    turn = np.minimum(turn, measure.groups - 1)  # a uniform in single precision can be rounded to one
    waits = turn > 0
    if not waits.any():
        return draws, None
    placed = np.where(waits, to_grid(draws.placed_min + turn * measure.every_h * 60), draws.placed_min)
    rows = np.argsort(placed, kind="stable")
    rows = rows[placed[rows] < scenario.horizon_min]
    return _placed_at(scenario, draws, placed, rows), np.where(waits, 1 - measure.loss_share, 1.0)[rows]


def _placed_at(scenario: Scenario, draws: Draws, placed: Floats, rows: Ints) -> Draws:
    """Draws whose orders are placed at other times.

    Parameters
    ----------
    placed
        Clock minutes of the orders as they stand in the draws, shape (n,).
    rows
        Orders that stay, in the order in which they are placed now.
    """
    wished = _same_dates(draws, placed)
    due_ship, due_delivery = due_times(scenario, draws.counted_from(placed), draws.express, wished)
    given = dict(zip(_MOVED, (placed, due_ship, due_delivery, wished), strict=True))
    holds = {label: values[rows] for label, values in draws.late_goods.items()}
    changed: dict[str, Any] = {
        name: given.get(name, values)[rows].astype(values.dtype, copy=False)
        for name, values in _columns(draws, "").items()
    }
    changed["late_goods"] = holds
    changed["stock"] = None if draws.stock is None else draws.stock.take(rows)
    changed["held_until_min"] = held_until(scenario, placed[rows], draws.receipts_min, holds)
    row_now = np.full(len(draws) + 1, -1, dtype=np.int64)  # the last entry serves general questions, whose row is -1
    row_now[rows] = np.arange(len(rows))
    for prefix, when in (
        ("cancel_", cancel_times(scenario, draws, np.arange(len(draws.cancel_min)), placed, due_ship)),
        ("ask_", ask_times(draws, np.arange(len(draws.ask_min)), placed, due_delivery)),
    ):
        columns = _columns(draws, prefix)
        order = columns[f"{prefix}order"]
        stays = np.flatnonzero((row_now[order] >= 0) | (order < 0))
        stays = stays[np.lexsort((row_now[order[stays]], when[stays]))]
        changed |= {name: values[stays] for name, values in columns.items()}
        changed |= {f"{prefix}order": row_now[order[stays]], f"{prefix}min": when[stays]}
    return dataclasses.replace(draws, **changed)


def _same_dates(draws: Draws, placed: Floats) -> Ints:
    """Days to the date that was asked for, counted from the new day; a date that has come is no wish any more."""
    later = (np.floor(placed / 1440) - np.floor(draws.placed_min / 1440)).astype(np.int64)
    return np.asarray(np.maximum(draws.wished_days.astype(np.int64) - later, 0))


def _columns(draws: Draws, prefix: str) -> dict[str, NDArray[Any]]:
    """Arrays of the cancellations (`cancel_`), of the contacts (`ask_`), or of the orders (neither)."""
    arrays = {each.name: getattr(draws, each.name) for each in dataclasses.fields(draws)}
    others = ("cancel_", "ask_")
    return {
        name: values
        for name, values in arrays.items()
        if isinstance(values, np.ndarray) and (name.startswith(prefix) if prefix else not name.startswith(others))
    }
