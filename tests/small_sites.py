"""Small sites and order files with exact times, so that event logs can be worked out by hand.

Day 0 is Monday 2026-01-05. Orders are replayed from a CSV file; service is deterministic unless a test says otherwise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import sim
from sim.draws import Draws
from sim.invariants import check_ledger
from sim.ledger import Ledger
from sim.scenario.carriers import Carrier, Pickup
from sim.scenario.demand import Demand
from sim.scenario.desk import Channel, Desk
from sim.scenario.disturbances import AnyDisturbance
from sim.scenario.measures import AnyMeasure
from sim.scenario.people import EVERY_DAY, Labour, Shift
from sim.scenario.plan import Plan
from sim.scenario.promise import Promise, ServiceClass
from sim.scenario.scenario import Scenario, Window
from sim.scenario.site import Picking, Site, Stage
from sim.scenario.types import Shape

NAN = float("nan")
MONDAY = date(2026, 1, 5)
DAY = 1440.0
SAME_DAY = ServiceClass(ship_within_days=0, deliver_within_days=0)

Orders = Sequence[float] | Sequence[tuple[float, int]]


def order_file(folder: Path, orders: Orders, start: date = MONDAY) -> str:
    """Write an order file; each order is the minute at which it is placed, or that and its number of lines."""
    midnight = datetime(start.year, start.month, start.day)
    rows = ["order_id,placed,lines,units"]
    for number, order in enumerate(orders):
        minute, lines = order if isinstance(order, tuple) else (order, 1)
        rows.append(f"{number},{midnight + timedelta(minutes=minute):%Y-%m-%d %H:%M:%S},{lines},{lines}")
    file = folder / "orders.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(file)


def demand(folder: Path, orders: Orders, *, days: int = 1, start: date = MONDAY, **more: Any) -> Demand:
    """Demand that replays the orders given, on so many days."""
    last = start + timedelta(days=days - 1)
    return Demand.model_validate({"file": order_file(folder, orders, start), "from": start, "to": last, **more})


def shift(headcount: int = 1, start: float | str = "08:00", end: float | str = "18:00", **more: Any) -> Shift:
    """A shift; clock times as text or minutes."""
    return Shift(headcount=headcount, **{"start": start, "end": end, **more})


def crew(*shifts: Shift) -> dict[str, Shift]:
    """Shifts by name: shift_0, shift_1, ..."""
    return {f"shift_{number}": each for number, each in enumerate(shifts)}


def picking(*shifts: Shift, setup_min: float = 10.0, **more: Any) -> Picking:
    """Pickers who take `setup_min` for every order, by default one from 08:00 to 18:00."""
    return Picking(setup_min=setup_min, shifts=crew(*(shifts or (shift(),))), **more)


def packing(*shifts: Shift, setup_min: float = 5.0, **more: Any) -> Stage:
    """Packers, likewise."""
    return Stage(setup_min=setup_min, shifts=crew(*(shifts or (shift(),))), **more)


def van(*pickups: Pickup, share: float = 1.0, **more: Any) -> Carrier:
    """A carrier, by default with one pickup at 17:00."""
    named = {f"pickup_{number}": each for number, each in enumerate(pickups or (Pickup(time="17:00"),))}
    return Carrier(share=share, pickups=named, **more)


def site(*, pick: Picking | None = None, pack: Stage | None = None, **more: Any) -> Site:
    """A site without labour law, unless one is given."""
    return Site(picking=pick or picking(), packing=pack, **{"labour": Labour(regime="none"), **more})


def promise(by: str = "18:00", standard: ServiceClass = SAME_DAY, **more: Any) -> Promise:
    """Shipped and delivered by a clock time of the day for orders placed by then; every day is a working day."""
    usual = {"order_cutoff": by, "ship_by": by, "deliver_by": by, "working_weekdays": EVERY_DAY}
    return Promise(standard=standard, express=standard, **{**usual, **more})


def desk(*shifts: Shift, channels: dict[str, Channel] | None = None, **more: Any) -> Desk:
    """A desk that takes calls of 10 minutes at any time, by default with one agent from 08:00 to 18:00."""
    return Desk(shifts=crew(*(shifts or (shift(),))), channels=channels or {"phone": call()}, **more)


def call(share: float = 1.0, handle_min: float = 10.0, **more: Any) -> Channel:
    """A channel of calls, all equally long."""
    fixed = Shape(distribution="deterministic")
    return Channel(kind="call", share=share, handle_min=handle_min, **{"handle": fixed, "patience": fixed, **more})


def message(share: float = 1.0, handle_min: float = 10.0, **more: Any) -> Channel:
    """A channel of messages, all equally long."""
    fixed = Shape(distribution="deterministic")
    return Channel(kind="message", share=share, handle_min=handle_min, **{"handle": fixed, "patience": fixed, **more})


def world(folder: Path, orders: Orders, *, days: int = 1, run_on_h: float = 0.0, **more: Any) -> Scenario:
    """A scenario in which these orders come; nothing but picking unless more is given."""
    usual: dict[str, Any] = {"site": site(), "window": Window(run_on_h=run_on_h)}
    if "demand" not in more:
        usual["demand"] = demand(folder, orders, days=days)
    return Scenario(**{**usual, **more})


def troubled(folder: Path, orders: Orders, *troubles: AnyDisturbance, days: int = 1, **more: Any) -> Scenario:
    """A world with these disturbances: trouble_0, trouble_1, ..."""
    named = {f"trouble_{number}": each for number, each in enumerate(troubles)}
    return world(folder, orders, days=days, disturbances=named, **more)


def plan(**measures: AnyMeasure) -> Plan:
    """A plan of measures by label."""
    return Plan(name="tried", measures=measures)


def drawn(scenario: Scenario, **columns: Any) -> Draws:
    """The scenario's draws, columns replaced by what a test has fixed."""
    draws = sim.sample(scenario, seed=1)
    fixed = {
        name: values if isinstance(values, Mapping) else np.asarray(values, dtype=getattr(draws, name).dtype)
        for name, values in columns.items()
    }
    return dataclasses.replace(draws, **fixed)


def run(scenario: Scenario, chosen: Plan | None = None, **columns: Any) -> Ledger:
    """Simulate, check what always holds, and hand over the ledger."""
    ledger = sim.simulate(scenario, chosen or Plan(name="none"), drawn(scenario, **columns))
    check_ledger(ledger)
    return ledger


def column(ledger: Ledger, name: str, table: str = "orders") -> NDArray[Any]:
    """A column; for times, minutes."""
    return ledger.column(table, name)


def names(ledger: Ledger, name: str, table: str = "orders") -> list[str]:
    """A coded column as names."""
    known = ledger.names_of(table, name)
    return [known[code] for code in ledger.column(table, name)]


def assert_log(ledger: Ledger, table: str = "orders", **expected: Iterable[Any]) -> None:
    """Columns of a table are exactly these; NaN where something did not happen."""
    for name, values in expected.items():
        found = ledger.column(table, name)
        wanted = list(values)
        if wanted and isinstance(wanted[0], str):
            coded = not isinstance(found[0], str) if len(found) else True
            assert (names(ledger, name, table) if coded else found.tolist()) == wanted, name
        else:
            np.testing.assert_array_equal(found, np.asarray(wanted, dtype=found.dtype), err_msg=name)


def asks(
    scenario: Scenario, contacts: Sequence[tuple[int, float]], *, late: bool = False, **more: Any
) -> dict[str, Any]:
    """Columns of draws in which exactly these contacts may arise: order (-1: general) and minute, rising.

    Handle time and patience are those of the first channel unless `channel`, `handle`, `patience`, `after` or `again`
    (one row per contact) say otherwise.
    """
    assert scenario.desk is not None
    channels = list(scenario.desk.channels.values())
    count = len(contacts)
    code = np.asarray(more.get("channel", [0] * count), dtype=np.int64)
    handle = np.repeat([channels[each].handle_min for each in code], 3).reshape(count, 3)
    patience = np.repeat([channels[each].patience_min or np.inf for each in code], 3).reshape(count, 3)
    return {
        "ask_order": [order for order, _ in contacts],
        "ask_min": [minute for _, minute in contacts],
        "ask_late": [late] * count,
        "ask_margin": more.get("margin", [0.0] * count),
        "ask_channel": code,
        "ask_handle_min": more.get("handle", handle),
        "ask_patience_min": more.get("patience", patience),
        "ask_after_min": more.get("after", np.full((count, 3), 60.0)),
        "ask_again_u": more.get("again", np.full((count, 3), 0.5)),
        "ask_bot_u": more.get("bot", np.full(count, 0.5)),
        "ask_bot_fails_u": more.get("bot_fails", np.full(count, 0.5)),
        "ask_callback_u": more.get("callback", np.full(count, 0.5)),
    }


def patience(*customers: tuple[int, float], margin: float = 0.5) -> dict[str, Any]:
    """Columns of draws in which exactly these customers would cancel: order and minute, rising."""
    return {
        "cancel_order": [order for order, _ in customers],
        "cancel_min": [minute for _, minute in customers],
        "cancel_margin": [margin] * len(customers),
    }
