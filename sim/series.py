"""Ledger -> time series on an hourly grid: how many wait, work and are staffed, and what held the line up.

All series come from counting: the time-average of a number in an hour is the area under it, found from the hours in
which things begin and end, in time proportional to the rows of the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.ledger import CONTACT_OUTCOMES, NOT_PLACED, OUTCOMES, STAGES, Ledger
from sim.rules import ordinary_per_day

Floats = NDArray[np.float64]

RESOURCES = ("none", "release", "picking", "packing", "dock", "third_party", "carrier", "desk")
BOTTLENECK_SHARE = 0.05  # of an ordinary day's orders; fewer waiting is no bottleneck


def hours_of(ledger: Ledger) -> int:
    """Number of hours that a run touches."""
    return int(np.ceil(ledger.scenario.horizon_min / 60))


def _entered(times: Floats, hours: int) -> tuple[Floats, Floats]:
    """How many have entered before each hour, and the minutes spent in their first hour; NaN never enters."""
    inside = times[times < hours * 60]
    inside = np.maximum(inside, 0.0)
    hour = (inside / 60).astype(np.int64)
    count = np.bincount(hour, minlength=hours)
    part = np.bincount(hour, weights=(hour + 1) * 60 - inside, minlength=hours)
    return np.asarray(np.cumsum(count) - count, dtype=np.float64), np.asarray(part, dtype=np.float64)


def occupancy(starts: Floats, ends: Floats, hours: int) -> Floats:
    """Mean number present in each hour.

    Parameters
    ----------
    starts, ends
        Clock minutes; NaN in `starts` never came, NaN in `ends` never left. Shapes need not agree.

    Returns
    -------
    Shape (hours,).
    """
    before, part = _entered(starts, hours)
    gone, gone_part = _entered(ends, hours)
    return np.asarray((before - gone) + (part - gone_part) / 60)


def counts(times: Floats, hours: int) -> Floats:
    """Number of times in each hour, shape (hours,)."""
    inside = times[(times >= 0) & (times < hours * 60)]
    return np.asarray(np.bincount((inside / 60).astype(np.int64), minlength=hours), dtype=np.float64)


def turned_away(orders: Mapping[str, Any]) -> NDArray[np.bool_]:
    """Rows of customers who never ordered: the terms deterred them, or what they wanted was sold out; shape (n,)."""
    return np.isin(orders["outcome"], [OUTCOMES.index(name) for name in NOT_PLACED])


def left_waiting(orders: Mapping[str, Any]) -> Floats:
    """When an order stopped being backlog: picked up, or cancelled, at once if turned away; NaN while it waits."""
    left = np.fmin(orders["picked_up_min"], orders["cancelled_min"])
    return np.asarray(np.where(turned_away(orders), orders["placed_min"], left))


def services(ledger: Ledger, stage: str) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Slot, begin and end of all stretches of service at a stage; unfinished ones end at the horizon.

    Orders picked in one batch are one stretch; work put down at the end of a shift ends there and begins anew.
    """
    slot, begin, end = _service_columns(ledger, stage)
    begin, end = begin.copy(), np.where(np.isnan(end), ledger.scenario.horizon_min, end)
    put_down = _put_down(ledger, stage)
    resumed = np.where(np.isnan(put_down["resumed_min"]), np.inf, put_down["resumed_min"])
    np.maximum.at(begin, put_down["order_row"], resumed)
    worked = begin <= end  # not NaN, and not put down for good
    slots = np.concatenate([slot[worked], put_down["slot"]]).astype(np.int64)
    begins = np.concatenate([begin[worked], put_down["start_min"]])
    ends = np.concatenate([end[worked], put_down["end_min"]])
    if stage != "picking" or not _batches(ledger):
        return slots, begins, ends
    unique = np.unique(np.stack([slots.astype(np.float64), begins, ends]), axis=1)
    return unique[0].astype(np.int64), unique[1], unique[2]


def _batches(ledger: Ledger) -> bool:
    """Whether orders may have been picked together, by the scenario or by the plan."""
    by_plan = any(measure.kind == "batch_picking" for measure in ledger.plan.measures.values())
    return by_plan or ledger.scenario.site.picking.batch_size != 1


def _service_columns(ledger: Ledger, stage: str) -> tuple[NDArray[np.int32], Floats, Floats]:
    """Slot, begin and end by contact, or by order and then by second parcel."""
    if stage == "desk":
        table, names = ledger.tables["contacts"], ("agent", "answered_min", "ended_min")
    else:
        verb = "pick" if stage == "picking" else "pack"
        table, names = ledger.tables["orders"], (f"{verb}er", f"{verb}_start_min", f"{verb}_end_min")
        second = ledger.tables["remainders"]
        if len(second["order_row"]):
            table = {name: np.concatenate([table[name], second[name]]) for name in names}
    slot, begin, end = (table[name] for name in names)
    return slot, begin, end


def _put_down(ledger: Ledger, stage: str) -> dict[str, Any]:
    """Rows of the handovers table of a stage."""
    table = ledger.tables["handovers"]
    own = table["stage"] == STAGES.index(stage)
    return {name: values[own] for name, values in table.items()}


def staffed(ledger: Ledger, stage: str) -> tuple[Floats, Floats]:
    """Begin and end of all stretches of work of the workers who came to a stage, overrun included."""
    rows = ledger.tables["staffing"]
    here = (rows["stage"] == STAGES.index(stage)) & ~rows["absent"]
    return rows["start_min"][here], rows["end_min"][here] + rows["overrun_min"][here]


def hourly(ledger: Ledger) -> dict[str, Floats]:
    """All series of a run.

    Returns
    -------
    Name -> shape (hours,): `hour`; `backlog_orders`, `overdue_orders` and `queue_*` are mean numbers waiting,
    `placed_per_h` and `shipped_per_h` are counts, `full_dock` is the part of the hour in which no packing could
    begin because the dock was full, `staffed_*` and `busy_*` are mean workers, `load_*` the workers it
    would take to serve within the hour what is released (contacts: what arrives) in it. With stock also
    `stock_units` (free), `stock_owed`, `stock_m3` and `short_skus`, as they were when the hour began.
    """
    hours = hours_of(ledger)
    orders, contacts = ledger.tables["orders"], ledger.tables["contacts"]
    # What a bot takes waits for no agent and is no work of theirs.
    asked = _only(contacts["arrived_min"], contacts["outcome"] != CONTACT_OUTCOMES.index("deflected"))
    away = left_waiting(orders)
    due = np.where(away <= orders["due_ship_min"], np.nan, orders["due_ship_min"])
    queues = {name: edges for name, edges in _queues(ledger).items() if name not in ("release", "third_party")}
    series: dict[str, Floats] = {
        "hour": np.arange(hours, dtype=np.float64),
        "backlog_orders": occupancy(orders["placed_min"], away, hours),
        "overdue_orders": occupancy(due, np.where(np.isnan(due), np.nan, away), hours),
        **{f"queue_{name}": occupancy(*edges, hours) for name, edges in queues.items()},
        "queue_desk": occupancy(asked, np.fmin(contacts["answered_min"], contacts["gave_up_min"]), hours),
        "placed_per_h": counts(orders["placed_min"][~turned_away(orders)], hours),
        "shipped_per_h": counts(orders["picked_up_min"], hours),
        "full_dock": occupancy(*full_dock(ledger), hours),
    }
    released = np.concatenate([queues["picking"][0], ledger.tables["remainders"]["released_min"]])
    arrivals = {"picking": released, "packing": released if ledger.scenario.site.packing is not None else np.empty(0)}
    for stage in STAGES:
        _, begin, end = services(ledger, stage)
        series[f"staffed_{stage}"] = occupancy(*staffed(ledger, stage), hours)
        series[f"busy_{stage}"] = occupancy(begin, end, hours)
        served = int(np.count_nonzero(~np.isnan(_service_columns(ledger, stage)[1])))
        mean_work = float((end - begin).sum()) / max(1, served)  # per order: one may be served in several stretches
        series[f"load_{stage}"] = counts(arrivals.get(stage, asked), hours) * mean_work / 60
    return series | _stock(ledger)


def _stock(ledger: Ledger) -> dict[str, Floats]:
    """What the shelves held at the beginning of each hour; nothing without stock."""
    if ledger.scenario.stock is None:
        return {}
    levels = ledger.tables["stock_levels"]
    names = {"stock_units": "free", "stock_owed": "owed", "stock_m3": "m3", "short_skus": "short_skus"}
    return {name: levels[column].astype(np.float64) for name, column in names.items()}


def _queues(ledger: Ledger) -> dict[str, tuple[Floats, Floats]]:
    """When each order joined and left the queues of the own site; NaN where it never did. Shapes (n,)."""
    orders = ledger.tables["orders"]
    dropped = orders["cancelled_min"]
    released = _only(orders["released_min"], orders["route"] == 0)
    picked = _only(orders["pick_end_min"], ~(dropped <= orders["pick_end_min"]))  # not put aside by its picker
    packed = orders["pack_end_min"]
    nobody = np.full(len(dropped), np.nan)
    if ledger.scenario.site.packing is None:
        packing, packed = (nobody, nobody), picked
    else:
        packing = (picked, np.fmin(orders["pack_start_min"], _only(dropped, ~np.isnan(picked))))
    return {
        "release": (_only(orders["placed_min"], ~turned_away(orders)), np.fmin(orders["released_min"], dropped)),
        "picking": (released, np.fmin(orders["pick_start_min"], _only(dropped, ~np.isnan(released)))),
        "packing": packing,
        "dock": (packed, _only(ledger.first_pickup_min, ~np.isnan(packed))),
        "third_party": (
            _only(orders["released_min"], orders["route"] != 0),
            np.fmin(ledger.first_pickup_min, left_waiting(orders)),
        ),
    }


def full_dock(ledger: Ledger) -> tuple[Floats, Floats]:
    """Begin and end of the times in which the dock was full and nobody began to pack, up to the horizon."""
    rows = ledger.tables["full_dock"]
    return rows["start_min"], np.fmin(rows["end_min"], ledger.scenario.horizon_min)


def _held_up_by_dock(ledger: Ledger, joined: Floats, left: Floats, hours: int) -> Floats:
    """Mean number that waited for a packer while the dock was full, in each hour; shapes (n,), (n,) -> (hours,)."""
    held = np.zeros(hours)
    for start, end in zip(*full_dock(ledger), strict=True):
        there = (joined < end) & ~(left <= start)
        held += occupancy(np.maximum(joined[there], start), np.fmin(left[there], end), hours)
    return held


def _only(times: Floats, rows: NDArray[np.bool_]) -> Floats:
    return np.where(rows, times, np.nan)


def bottleneck(ledger: Ledger) -> NDArray[np.int8]:
    """Where the late orders waited, hour by hour: the resource that held up most, as a code into :data:`RESOURCES`.

    Counted are measured orders that were shipped late (or never, or were cancelled) while they waited for a wave, in
    the queues of picking and packing, on the dock and at a third party; measured parcels shipped in time but overdue in
    the carrier's hands; and contacts that gave up in the desk's queue. Who waits for a packer while the dock is full
    waits for the dock. Orders that wait over night and still
    ship in time are no bottleneck, nor are fewer than five per cent of an ordinary day's orders. Without a promise
    every waiting order counts.

    Returns
    -------
    Shape (hours,).
    """
    hours = hours_of(ledger)
    orders, contacts = ledger.tables["orders"], ledger.tables["contacts"]
    due, shipped = orders["due_ship_min"], orders["picked_up_min"]
    late = orders["measured"] & ~(shipped <= due) & ~(due > ledger.scenario.horizon_min)
    slow = orders["measured"] & (shipped <= due) & (orders["delivered_min"] > orders["due_delivery_min"])
    overdue_at = np.fmax(shipped, orders["due_delivery_min"])
    gave_up = contacts["outcome"] == CONTACT_OUTCOMES.index("abandoned")
    queues = _queues(ledger)
    least = max(1.0, BOTTLENECK_SHARE * ordinary_per_day(ledger.scenario, len(due), ledger.notes))
    held_up = {
        name: occupancy(_only(joined, late), _only(left, late), hours) for name, (joined, left) in queues.items()
    }
    picked, packing_began = queues["packing"]
    by_dock = _held_up_by_dock(ledger, _only(picked, late), _only(packing_began, late), hours)
    held_up["packing"] = held_up["packing"] - by_dock
    held_up["dock"] = held_up["dock"] + by_dock
    waiting = [
        np.full(hours, least),
        *held_up.values(),
        occupancy(_only(overdue_at, slow), _only(orders["delivered_min"], slow), hours),
        occupancy(contacts["arrived_min"][gave_up], contacts["gave_up_min"][gave_up], hours),
    ]
    return np.asarray(np.stack(waiting).argmax(axis=0), dtype=np.int8)


def time_split(ledger: Ledger) -> dict[str, float]:
    """Where the time of an order goes: mean minutes per measured order shipped by the own site, in one parcel.

    Returns
    -------
    `wait_release`, `wait_picking`, `work_picking`, `wait_packing`, `work_packing`, `wait_dock`, `transit`; NaN where
    nothing was shipped. The parts from placing to pickup add up to the mean time to ship.
    """
    orders = ledger.tables["orders"]
    rows = orders["measured"] & (orders["route"] == 0) & ~np.isnan(orders["picked_up_min"])
    rows[ledger.tables["remainders"]["order_row"]] = False
    pack = ledger.scenario.site.packing is not None
    steps = [
        ("wait_release", "placed_min", "released_min"),
        ("wait_picking", "released_min", "pick_start_min"),
        ("work_picking", "pick_start_min", "pick_end_min"),
        ("wait_packing", "pick_end_min", "pack_start_min"),
        ("work_packing", "pack_start_min", "pack_end_min"),
        ("wait_dock", "pack_end_min" if pack else "pick_end_min", "picked_up_min"),
        ("transit", "picked_up_min", "delivered_min"),
    ]
    split: dict[str, float] = {}
    for part, begin, end in steps:
        absent = not pack and part.endswith("_packing")
        spent = np.zeros(int(rows.sum())) if absent else orders[end][rows] - orders[begin][rows]
        split[part] = float(spent.mean()) if len(spent) else float("nan")
    for stage in ("picking", "packing"):
        idle = _put_aside(ledger, stage)[rows]
        if idle.any():
            split[f"work_{stage}"] -= float(idle.mean())
            split[f"wait_{stage}"] += float(idle.mean())
    return split


def _put_aside(ledger: Ledger, stage: str) -> Floats:
    """Minutes that each order lay begun at a stage with nobody at work on it, shape (n,)."""
    put_down = _put_down(ledger, stage)
    minutes = np.nan_to_num(put_down["resumed_min"] - put_down["end_min"])
    count = len(ledger.tables["orders"]["placed_min"])
    lay = np.bincount(put_down["order_row"], weights=minutes, minlength=count)
    return np.asarray(lay[:count], dtype=np.float64)  # second parcels stand behind the orders
