"""KPIs that teams are judged by, by hand on the ledger of a few orders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.definitions import KPIS
from sim.indicators import kpi_values
from tests.ledgers import Rows, ledger_of
from tests.small_shop import CONTACTS, DESK, ORDERS, contact, ledger, on_its_way, order, promised, shop, stretch

VALUES = kpi_values(ledger())


def values_of(orders: Rows = (), *, world: dict[str, Any] | None = None, **tables: Rows) -> dict[str, float]:
    return kpi_values(ledger_of(shop(**(world or {})), orders, **tables))


# --- carriers ---------------------------------------------------------------------------------------------------


def parcel(picked_up: float, delivered: float, ship: float = 2000, delivery: float = 3000, **more: Any) -> Any:
    return order(
        1500, **on_its_way((1510, 1520), (1530, 1540), picked_up, delivered), **promised(ship, delivery), **more
    )


PARCELS = {
    "to the minute": parcel(2000, 3000),
    "late in transit": parcel(1900, 3001),
    "still under way, due by the horizon": parcel(1900, 5000, delivery=4320),
    "given to the carrier late": parcel(2001, 3500),
    "due after the horizon": parcel(1900, 4400, delivery=4321),
    "not measured": parcel(1900, 3500, measured=False),
    "third party's": parcel(1900, 3500, route="3pl"),
}


def test_carriers_answer_for_what_they_were_given_in_time() -> None:
    assert VALUES["carrier_on_time_share"] == 1.0  # to the minute, and not collected but in the store in time
    assert values_of(list(PARCELS.values()))["carrier_on_time_share"] == pytest.approx(1 / 3)


@pytest.mark.parametrize("counted", ["to the minute", "late in transit", "still under way, due by the horizon"])
def test_each_parcel_that_counts_alone(counted: str) -> None:
    rest = [row for name, row in PARCELS.items() if name in {counted, *list(PARCELS)[3:]}]
    assert values_of(rest)["carrier_on_time_share"] == (1.0 if counted == "to the minute" else 0.0)


def test_without_carriers_nobody_is_punctual() -> None:
    values = values_of([PARCELS["to the minute"]], world={"carriers": {}})
    assert np.isnan([values[name] for name in ("carrier_on_time_share", "no_show_share", "left_behind_parcels")]).all()


def visit(planned: float, taken: int, left: int, capacity: float = np.nan, **more: Any) -> dict[str, Any]:
    return {"planned_min": planned, "taken": taken, "left": left, "capacity": capacity, **more}


VISITS = [
    visit(1439, 5, 50, 10),  # before the window
    visit(1440, 8, 0, 10),
    visit(2000, 30, 7),  # no limit: it left what the day's cap did not allow
    visit(3000, 0, 12, 20, no_show=True),
    visit(4000, 4, 3, 30, extra=True),
]


def test_visits_from_the_window_to_the_horizon() -> None:
    values = values_of(pickups=VISITS)
    assert values["no_show_share"] == pytest.approx(1 / 4)
    assert values["pickup_fill_share"] == pytest.approx((8 + 4) / (10 + 30))
    assert values["left_behind_parcels"] == 0 + 7 + 12 + 3


def test_unlimited_vehicles_are_neither_full_nor_empty() -> None:
    assert np.isnan(values_of(pickups=[visit(2000, 30, 0)])["pickup_fill_share"])


# --- warehouse --------------------------------------------------------------------------------------------------


def test_orders_per_staffed_hour_of_pickers_and_packers() -> None:
    # packed at 1540, 1610 and 1870; 240 minutes of pickers and 462 of packers in the window
    assert VALUES["orders_per_staff_h"] == pytest.approx(3 / ((240 + 462) / 60))


def test_an_order_ready_at_the_end_of_the_window_is_outside_and_one_of_the_day_before_inside() -> None:
    crew = [stretch(0, "picking", 1440, 1500), stretch(1, "packing", 1440, 1500), stretch(2, "desk", 1440, 2000)]
    rows = [
        order(1000, **on_its_way((1010, 1020), (1030, 1440), 1600, 2000)),
        order(1500, **on_its_way((1510, 1520), (1530, 2880), 2900, 3000)),
    ]
    assert values_of(rows, staffing=crew)["orders_per_staff_h"] == pytest.approx(1 / 2)


def test_without_packers_an_order_is_ready_when_it_is_picked() -> None:
    world = {"site": {"picking": shop().site.picking}}
    rows = [order(1500, pick_start_min=1510, pick_end_min=1520)]
    values = values_of(rows, world=world, staffing=[stretch(0, "picking", 1440, 1560)])
    assert values["orders_per_staff_h"] == pytest.approx(1 / 2)


# --- the desk ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("limit", "share"),
    [
        (4.9, 0 / 4),
        (5.0, 1 / 4),  # answered after 5 and 15 minutes, one gave up, one waits for 20 at the horizon
        (15.0, 2 / 4),
        (20.0, 2 / 3),  # whether the last one will be in time is not known yet
    ],
)
def test_contacts_answered_within_the_time_set(limit: float, share: float) -> None:
    world = {"targets": {"desk_answer_min": limit}}
    values = values_of(list(ORDERS.values()), world=world, contacts=CONTACTS)
    assert values["answered_in_time_share"] == pytest.approx(share)


def test_messages_wait_by_their_nature() -> None:
    channels = {**DESK["channels"], "email": {"kind": "message", "share": 0.0, "handle_min": 5.0}}
    rows = [
        contact(-1, 1500, "answered", answered=1501) | {"channel": "phone"},
        contact(-1, 1500, "answered", answered=1900) | {"channel": "email"},
    ]
    values = values_of(world={"desk": {"channels": channels}}, contacts=rows)
    assert values["answered_in_time_share"] == 1.0
    assert values["mean_wait_desk_min"] == pytest.approx((1 + 400) / 2)


# --- marketing --------------------------------------------------------------------------------------------------

DETERRED = [
    order(minute, outcome="deterred", **promised(2000, 3000)) | {"measured": False, "released_min": np.nan}
    for minute in (1439, 1440, 2000, 2879, 2880)
]


def test_who_was_turned_away_in_the_window_counts_as_deterred_and_nowhere_else() -> None:
    rows = sorted([*ORDERS.values(), *DETERRED], key=lambda row: float(row["placed_min"]))
    without, values = values_of(list(ORDERS.values())), values_of(rows)
    assert values["deterred_share"] == pytest.approx(3 / (8 + 3))
    assert without["deterred_share"] == 0.0
    same = {name: value for name, value in values.items() if name != "deterred_share"}
    assert same == pytest.approx({name: without[name] for name in same}, nan_ok=True)


def test_net_contribution_per_order_accepted() -> None:
    economics = {"margin_share": 0.5, "refund_handling_cost": 8.0}
    rows = [row | {"value": 100.0} for row in ORDERS.values()]
    values = values_of(rows, world={"economics": economics})
    # shipped and kept: to the minute, late, third party; two cancelled orders
    assert values["net_contribution"] == pytest.approx(0.5 * 300 - 2 * 8)
    assert values["net_contribution_per_order"] == pytest.approx((150 - 16) / 8)


# --- the registry -----------------------------------------------------------------------------------------------


def test_totals_grow_with_the_scale_and_rates_do_not() -> None:
    grow = {name for name, kpi in KPIS.items() if kpi.grows and kpi.unit != "currency"}
    assert grow == {
        *("orders_accepted", "orders_due", "peak_backlog_orders", "mean_queue_picking_orders"),
        *("left_behind_parcels", "overtime_h", "overtime_refused_h"),
        *("dropped_units", "written_off_units", "stock_end_units", "peak_storage_m3"),
    }
    assert KPIS["cost_freight"].grows
    assert not KPIS["net_contribution_per_order"].grows
