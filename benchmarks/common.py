"""Shared by the benchmarks and the tests: the reduced line as a scenario, and as arrays for the textbook model."""

from __future__ import annotations

import gc
import math
import platform
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks import textbook
from sim.draws import Draws
from sim.ledger import Ledger
from sim.scenario.carriers import Carrier, Pickup
from sim.scenario.customers import Asking, Customers, Patience
from sim.scenario.demand import Demand, Profile
from sim.scenario.desk import Channel, Desk
from sim.scenario.people import EVERY_DAY, Labour, Shift
from sim.scenario.promise import Promise, ServiceClass
from sim.scenario.scenario import Scenario, Window
from sim.scenario.site import Picking, Site, Stage
from sim.scenario.types import Shape

T = TypeVar("T")

PACKAGES = ("simpy", "numpy", "pandas", "scipy", "pydantic")
PICK_MIN, PACK_MIN, HANDLE_MIN, PATIENCE_MIN = 4.0, 2.0, 4.0, 10.0
PICKUP_EVERY_MIN, CUTOFF_MIN = 120, 15.0


def machine() -> str:
    """One line on where and with what the figures were made."""
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"{date.today()}, {_processor()}, {platform.system()}, Python {platform.python_version()}, {packages}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        if names:
            return f"{len(names)} x {names[0]}"
    return platform.processor() or platform.machine()


def seconds(work: Callable[..., T], *arguments: Any) -> tuple[float, T]:
    """Processor time of a call, and what it returned; garbage of the calls before is cleared away first.

    On an idle machine that is the wall-clock time, as all that is measured runs on one core; on a busy one it leaves
    out the wait for that core.
    """
    gc.collect()
    begin = time.process_time()
    result = work(*arguments)
    return time.process_time() - begin, result


def median_of(rows: Sequence[Sequence[float]]) -> list[float]:
    """Column medians of repeated measurements."""
    return [statistics.median(column) for column in zip(*rows, strict=True)]


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print columns aligned to the right."""
    table = [list(head), *map(list, rows)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
    print(f"\n{title}\n" + "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]]), flush=True)


def memory_bytes() -> tuple[int, int] | None:
    """Memory that this process holds now, and the most it ever held; None where the system does not tell.

    Read from Linux's /proc: `resource.getrusage` would start from the peak of the parent.
    """
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    fields = dict(line.split(":", 1) for line in status.read_text().splitlines())
    now, peak = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return now, peak


# --- the reduced line -------------------------------------------------------------------------------------------


def reduced(
    orders: int,
    *,
    days_to_clear: float = 2.0,
    arrival_h: int = 24,
    run_days: int = 4,
    pickers: int | None = None,
    packers: int | None = None,
    agents: int | None = None,
    capacity: int | None = None,
    cancel_share: float = 0.0,
    late_share: float = 0.3,
    patience_min: float | None = PATIENCE_MIN,
    setup: Shape | None = None,
) -> Scenario:
    """The line of the design's speed table: a one-day surge that takes about another day to clear.

    Picking, packing, a pickup every two hours, contacts with abandonment; workers round the clock, who hand over their
    work in hand at midnight, so that nobody is ever away.

    Parameters
    ----------
    orders
        Expected number, all placed on the first day.
    days_to_clear
        Days of work at full capacity that they mean; fixes pickers and packers unless those are given.
    arrival_h
        Hours of the first day in which they come.
    capacity
        Parcels per pickup; None: no limit.
    cancel_share
        Part of customers who cancel when made to wait too long.
    late_share
        Part of customers who ask where a late order is.
    patience_min
        Mean patience in the desk's queue; None: nobody hangs up.
    """
    hours = [1.0] * arrival_h + [0.0] * (24 - arrival_h)
    per_min = orders / (days_to_clear * 1440)
    service = setup or Shape(distribution="lognormal", cv=0.5)
    contacts_per_min = 0.3 * late_share * orders / 1440  # roughly; the desk is meant to be busy at times
    return Scenario(
        name="reduced",
        window=Window(measure_from=0.0, measure_to=24.0, run_on_h=24.0 * (run_days - 1)),
        demand=Demand(profile=Profile(per_day=orders / 7, hour_shares=hours, weekday_factors=[1.0, 0, 0, 0, 0, 0, 0])),
        promise=Promise(
            order_cutoff=1440.0,
            ship_by=1440.0,
            deliver_by=1440.0,
            working_weekdays=EVERY_DAY,
            standard=ServiceClass(ship_within_days=0, deliver_within_days=0),
        ),
        site=Site(
            picking=Picking(
                setup_min=PICK_MIN,
                service=service,
                shifts=_always(pickers or math.ceil(per_min * PICK_MIN)),
                end_of_shift="hand_over",
            ),
            packing=Stage(
                setup_min=PACK_MIN,
                service=service,
                shifts=_always(packers or math.ceil(per_min * PACK_MIN)),
                end_of_shift="hand_over",
            ),
            labour=Labour(regime="none"),
        ),
        carriers={
            "van": Carrier(
                share=1.0,
                cutoff_min=CUTOFF_MIN,
                pickups={
                    f"at_{minute // 60:02d}": Pickup(time=float(minute), capacity=capacity)
                    for minute in range(0, 1440, PICKUP_EVERY_MIN)
                },
            )
        },
        customers=Customers(
            patience=Patience(share=cancel_share, counted_from="placed", mean_h=12.0),
            asking=Asking(late_share=late_share, late_lag_h=6.0),
        ),
        desk=Desk(
            shifts=_always(agents or math.ceil(contacts_per_min * HANDLE_MIN)),
            end_of_shift="hand_over",
            channels={
                "phone": Channel(
                    kind="call",
                    share=1.0,
                    handle_min=HANDLE_MIN,
                    handle=Shape(distribution="exponential"),
                    patience_min=patience_min,
                )
            },
        ),
    )


def _always(headcount: int) -> dict[str, Shift]:
    return {"always": Shift(start=0.0, end=1440.0, headcount=headcount)}


def textbook_inputs(scenario: Scenario, draws: Draws) -> tuple[textbook.Orders, textbook.Site]:
    """What the textbook model is given so that it simulates the same customers in the same warehouse."""
    never = np.full(len(draws), np.inf)
    cancel, ask, handling, patience = never.copy(), never.copy(), np.zeros(len(draws)), never.copy()
    cancel[draws.cancel_order] = draws.cancel_min
    ask[draws.ask_order] = draws.ask_min
    handling[draws.ask_order] = draws.ask_handle_min[:, 0]
    patience[draws.ask_order] = draws.ask_patience_min[:, 0]
    orders = textbook.Orders(
        placed=draws.placed_min,
        picking=draws.pick_work_min,
        packing=draws.pack_work_min,
        cancel=cancel,
        ask=ask,
        handling=handling,
        patience=patience,
    )
    (carrier,) = scenario.carriers.values()
    times = sorted(day * 1440 + pickup.time for day in range(scenario.days) for pickup in carrier.pickups.values())
    capacity = next(iter(carrier.pickups.values())).capacity
    assert scenario.site.packing is not None
    assert scenario.desk is not None
    site = textbook.Site(
        pickers=_headcount(scenario.site.picking.shifts),
        packers=_headcount(scenario.site.packing.shifts),
        agents=_headcount(scenario.desk.shifts),
        pickups=times,
        capacity=math.inf if capacity is None else capacity,
        cutoff=carrier.cutoff_min,
    )
    return orders, site


def _headcount(shifts: dict[str, Shift]) -> int:
    return sum(shift.headcount for shift in shifts.values())


def happened(ledger: Ledger) -> dict[str, Any]:
    """What the engine says happened to each order when, under the textbook model's names."""
    orders, contacts = ledger.tables["orders"], ledger.tables["contacts"]
    names = {
        "pick_start": "pick_start_min",
        "pick_end": "pick_end_min",
        "pack_start": "pack_start_min",
        "pack_end": "pack_end_min",
        "picked_up": "picked_up_min",
        "cancelled": "cancelled_min",
    }
    times = {name: orders[column] for name, column in names.items()}
    names = {"asked": "arrived_min", "answered": "answered_min", "answer_end": "ended_min", "gave_up": "gave_up_min"}
    for name, column in names.items():
        times[name] = np.full(len(orders["placed_min"]), np.nan)
        times[name][contacts["order_row"]] = contacts[column]
    return times


def differing(one: dict[str, Any], other: dict[str, Any]) -> dict[str, int]:
    """Number of orders whose times are not the same to the last bit, by name; NaN equals NaN."""
    unequal = {name: ~((one[name] == other[name]) | (np.isnan(one[name]) & np.isnan(other[name]))) for name in other}
    return {name: int(rows.sum()) for name, rows in unequal.items() if rows.any()}
