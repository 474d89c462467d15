"""How many people, by closed form.

On the floor work has to be done by its due time: for every window of time, what comes in it and is due in it has to fit
into the hours worked in it (the processor demand criterion of deadline scheduling: Baruah, Rosier and Howell 1990, here
for a fluid). The least pay for which all windows fit, with a square-root safety on the work of each window, is a small
integer programme. At the desk each half-hour needs the agents of Erlang's C formula, or offered load with square-root
safety where no answer time is asked for; shifts that cover them at least pay are another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, exp, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import LinearConstraint, milp

from sim.planning.needs.load import BIN_MIN, DAY_MIN, Jobs, Work
from sim.theory import erlang_c

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Column:
    """Workers who can be booked: when they work, what each does in a minute, what each is paid.

    Attributes
    ----------
    pieces
        Begin and end of work, clock minutes, shape (n, 2).
    speed
        Minutes of work at standard speed per minute of a booked worker, absence included.
    pay
        Of one worker over all of it; ties between equally paid ones go to the first.
    """

    pieces: Floats
    speed: float
    pay: float


@dataclass(frozen=True, eq=False)
class Windows:
    """Work (min) that has to be done within windows of time.

    Attributes
    ----------
    begins, ends
        Clock minutes, shapes (b,) and (e,).
    work_min
        Released from a begin on and due by an end, shape (b, e).
    """

    begins: Floats
    ends: Floats
    work_min: Floats


def windows_of(jobs: Jobs, work: Work, deviations: float, begins: Floats, handover_min: float = 0.0) -> Windows:
    """Work of every window, with its square-root safety.

    Parameters
    ----------
    jobs
        Portions of orders.
    deviations
        Standard deviations of the work of a window that are kept ready.
    begins
        Where windows may begin, rising: midnights and cut-offs.
    handover_min
        Done so much earlier, since a later step needs it.
    """
    deadline = jobs.deadline_min - handover_min
    ends = np.unique(deadline)
    place = np.searchsorted(ends, deadline)
    count = np.zeros((len(begins), len(ends)))
    for row, begin in enumerate(begins):
        late = jobs.release_min >= begin
        count[row] = np.cumsum(np.bincount(place[late], weights=jobs.orders[late], minlength=len(ends)))
    return Windows(begins, ends, np.where(count > 0, work.with_safety(count, deviations), 0.0))


def worked_min(pieces: Floats, begins: Floats, ends: Floats) -> Floats:
    """Minutes that pieces of work lie within each window, shape (b, e)."""
    total = np.zeros((len(begins), len(ends)))
    for begin, end in pieces:
        inside = np.minimum(ends[None, :], end) - np.maximum(begins[:, None], begin)
        total += np.maximum(0.0, inside)
    return total


def least_heads(windows: Windows, columns: Sequence[Column], given: Sequence[tuple[Column, int]] = ()) -> Ints:
    """Heads by column of the least pay that get the work of every window done; windows nobody works in are left out.

    Parameters
    ----------
    columns
        Who can be booked.
    given
        Who is there anyhow, and how many.

    Returns
    -------
    Whole numbers, shape (columns,).
    """
    if not columns:
        return np.zeros(0, dtype=np.int64)
    each = [worked_min(column.pieces, windows.begins, windows.ends) * column.speed for column in columns]
    there = np.zeros_like(windows.work_min)
    for column, heads in given:
        there += worked_min(column.pieces, windows.begins, windows.ends) * column.speed * heads
    rows = np.stack([part.ravel() for part in each], axis=1)
    wanted = (windows.work_min - there).ravel()
    return cover(rows, wanted, np.asarray([column.pay for column in columns]))


def cover(rows: Floats, wanted: Floats, pay: Floats) -> Ints:
    """Least pay with ``rows @ heads >= wanted``; rows that nobody adds to are left out.

    Parameters
    ----------
    rows
        What one head of each column adds, >= 0, shape (rows, columns).
    wanted
        Shape (rows,).
    pay
        Of one head, shape (columns,).
    """
    columns = rows.shape[1]
    binds = (wanted > 1e-9) & (rows.max(axis=1, initial=0.0) > 1e-9)
    if not binds.any():
        return np.zeros(columns, dtype=np.int64)
    norm = rows[binds].max(axis=1, keepdims=True)
    both = np.unique(np.column_stack([rows[binds] / norm, wanted[binds] / norm[:, 0]]), axis=0)
    matrix, least = both[:, :-1], both[:, -1]
    first = np.maximum(pay, 1e-6) * (1 + 1e-6 * np.arange(columns))
    found = milp(
        first, constraints=LinearConstraint(matrix, lb=least - 1e-9), integrality=np.ones(columns, dtype=np.int64)
    )
    assert found.x is not None, found.message  # heads have no upper bound, so that some number always covers
    return np.asarray(np.rint(found.x), dtype=np.int64)


# --- the desk -------------------------------------------------------------------------------------------------------


def square_root_staff(load: float, deviations: float) -> int:
    """Offered load with square-root safety: the servers ``load + deviations * sqrt(load)``, rounded up.

    References
    ----------
    Halfin and Whitt (1981), Heavy-traffic limits for queues with many exponential servers, Operations Research 29(3)
    """
    return ceil(load + deviations * sqrt(load) - 1e-9) if load > 0 else 0


def answered_within(load: float, servers: int, handle_min: float, within_min: float) -> float:
    """Share answered within a time in M/M/c: ``1 - C(c, a) exp(-(c - a) t / h)``; 0 where the load can't be carried.

    Callers who give up are not taken into account, which errs on the side of more agents.
    """
    if servers <= load:
        return 0.0
    return 1.0 - erlang_c(load, servers) * exp(-(servers - load) * within_min / handle_min)


def agents_for(calls_per_h: float, handle_min: float, goal: float, within_min: float) -> int:
    """Fewest agents who answer at least `goal` of calls within a time (Erlang C)."""
    load = calls_per_h * handle_min / 60
    if load <= 0:
        return 0
    servers = int(load) + 1
    while answered_within(load, servers, handle_min, within_min) < min(goal, 1 - 1e-9):
        servers += 1
    return servers


def coverage(pieces: Floats, bins: int) -> Floats:
    """Part of each half-hour that pieces of work cover, shape (bins,)."""
    edges = np.arange(bins) * BIN_MIN
    total = np.zeros(bins)
    for begin, end in pieces:
        total += np.maximum(0.0, np.minimum(edges + BIN_MIN, end) - np.maximum(edges, begin))
    return total / BIN_MIN


def least_agents(agents: Floats, work_min: Floats, columns: Sequence[Column]) -> Ints:
    """Heads by column of the least pay that cover the agents of each half-hour, and the work of each day.

    Parameters
    ----------
    agents
        Who has to be there to answer calls, by half-hour, shape (bins,).
    work_min
        All work of the desk by half-hour, messages included, shape (bins,).
    columns
        Their `speed` counts for the work of days; who is there answers at full speed or not at all.
    """
    if not columns:
        return np.zeros(0, dtype=np.int64)
    bins = len(agents)
    there = np.stack([coverage(column.pieces, bins) for column in columns], axis=1)
    day = (np.arange(bins) * BIN_MIN // DAY_MIN).astype(np.int64)
    speed = np.asarray([column.speed for column in columns])
    by_day = np.stack([np.bincount(day, weights=there[:, each]) for each in range(len(columns))], axis=1)
    work = np.bincount(day, weights=work_min)
    rows = np.concatenate([np.floor(there + 1e-9), by_day * speed * BIN_MIN])
    return cover(rows, np.concatenate([agents, work]), np.asarray([column.pay for column in columns]))
