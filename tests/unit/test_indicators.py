"""KPIs and series by hand arithmetic on ledgers of a few orders.

The run lasts three days of 1,440 minutes; the second one is measured, so the window is [1440, 2880) and the horizon
4320. Times need not make sense on a real floor: the arithmetic is what is tested.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.costs import LINES
from sim.draws import sample
from sim.floor import simulate
from sim.indicators import KPIS, RESOURCES, band_of, bottleneck, hourly, kpi_values, kpis, time_split
from sim.ledger import STAGES, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.series import counts, hours_of, occupancy, services, staffed
from tests.ledgers import CREW, ledger_of, world

WINDOW = {"measure_from": 24.0, "measure_to": 48.0, "run_on_h": 24.0}
HORIZON = 4320.0
BANDS = [
    {"up_to_days": 0.0, "score": 4.5, "churn_share": 0.0},
    {"up_to_days": 1.0, "score": 3.5, "churn_share": 0.2},
    {"score": 2.0, "churn_share": 0.5},
]
DESK = {"channels": {"phone": {"kind": "call", "share": 1.0, "handle_min": 5.0}}}
CARRIER = {"home": {"share": 1.0, "pickups": {"evening": {"time": "18:00"}}}}


def shop(**changes: Any) -> Scenario:
    given: dict[str, Any] = {
        "window": WINDOW,
        "promise": {},
        "carriers": CARRIER,
        "customers": {"bands": BANDS},
        "desk": DESK,
        "site": {"picking": CREW, "packing": CREW},
    }
    return world(**{**given, **changes})


def order(placed: float, **columns: Any) -> dict[str, Any]:
    return {"placed_min": placed, "released_min": placed, "measured": 1440 <= placed < 2880, **columns}


def on_its_way(picking: tuple[float, float], packing: tuple[float, float], picked_up: float, delivered: float) -> Any:
    return {
        "pick_start_min": picking[0],
        "pick_end_min": picking[1],
        "pack_start_min": packing[0],
        "pack_end_min": packing[1],
        "picked_up_min": picked_up,
        "delivered_min": delivered,
        "outcome": "delivered",
    }


def promised(ship: float, delivery: float) -> dict[str, float]:
    return {"due_ship_min": ship, "due_delivery_min": delivery}


ORDERS: dict[str, dict[str, Any]] = {
    "before the window": order(100, **on_its_way((110, 120), (120, 130), 200, 300), **promised(150, 250)),
    "to the minute": order(
        1500, **on_its_way((1510, 1520), (1530, 1540), 1600, 2000), **promised(1600, 2000), score_gain=0.5
    ),
    "an hour and a day late": order(1500, **on_its_way((1560, 1580), (1600, 1610), 1700, 4000), **promised(1640, 2560))
    | {"released_min": 1560, "score_gain": 0.25, "loyalty_saved": 0.25},
    "third party": order(1500, picked_up_min=2200, delivered_min=2600, outcome="delivered", **promised(2100, 2700))
    | {"route": "3pl", "carrier": "3pl"},
    "cancelled overdue": order(1600, **promised(1700, 3000), cancelled_min=1800, outcome="cancelled"),
    "not collected": order(1850, **on_its_way((1855, 1860), (1860, 1870), 1900, 2500), **promised(2000, 3000))
    | {"outcome": "lost"},
    "open and overdue": order(2000, **promised(3000, 4000), pick_start_min=2100, pick_end_min=2110),
    "cancelled ahead of time": order(2400, **promised(4000, 4300), cancelled_min=2500, outcome="cancelled"),
    "open, not yet due": order(2800, **promised(5000, 6000)) | {"released_min": np.nan},
    "after the window": order(3000, **promised(3500, 3600)),
}
ROW = {name: number for number, name in enumerate(ORDERS)}


def contact(about: int, arrived: float, outcome: str, *, answered: float = np.nan, gave_up: float = np.nan) -> Any:
    return {
        "order_row": about,
        "arrived_min": arrived,
        "answered_min": answered,
        "ended_min": answered + 5,
        "gave_up_min": gave_up,
        "outcome": outcome,
        "agent": 0,
    }


LATE, OPEN = ROW["an hour and a day late"], ROW["open and overdue"]
CONTACTS = [
    contact(LATE, 1700, "answered", answered=1705),
    contact(LATE, 1800, "abandoned", gave_up=1810),
    contact(-1, 1500, "answered", answered=1515),
    contact(-1, 100, "answered", answered=300),  # a general question before the window
    contact(-1, 2880, "answered", answered=2900),  # and one at its end, which is outside
    contact(OPEN, 4100, "lost", gave_up=4100),
    contact(OPEN, 4300, "waiting"),
    contact(ROW["before the window"], 1600, "abandoned", gave_up=1605),  # about an order that is not measured
]


def stretch(slot: int, stage: str, start: float, end: float, **columns: Any) -> dict[str, Any]:
    return {"slot": slot, "stage": stage, "start_min": start, "end_min": end, **columns}


STAFFING = [
    stretch(0, "picking", 1440, 1600),
    stretch(1, "picking", 1400, 1500, overrun_min=20),  # begun before the window: 80 minutes of it lie inside
    stretch(-1, "picking", 1440, 1600, absent=True),
    stretch(2, "packing", 1500, 1560, overrun_min=12, into_break=True),
    stretch(2, "packing", 1590, 1700),
    stretch(3, "packing", 2600, 3000, overrun_min=30),
    stretch(5, "packing", 4200, 4380, kind="overtime"),  # two of its three hours lie before the horizon
    stretch(4, "desk", 1700, 1720, kind="reinforcement"),
]


def ledger(**changes: Any) -> Ledger:
    alerts = [
        {"time_min": 2000.0, "event": "refused", "value": 3.0},
        {"time_min": 100.0, "event": "refused", "value": 1.5},
        {"time_min": 2000.0, "event": "active", "value": 9.0},
    ]
    given: dict[str, Any] = {"contacts": CONTACTS, "staffing": STAFFING, "alerts": alerts}
    return ledger_of(shop(), list(ORDERS.values()), **{**given, **changes})


VALUES = kpi_values(ledger())


# --- the registry -----------------------------------------------------------------------------------------------

ASKED_FOR = """orders_accepted orders_due service_level_ship service_level_delivery tardiness_ship_p50_min
    tardiness_ship_p90_min tardiness_ship_p99_min peak_backlog_orders clear_time_h cancelled_share
    contacts_per_100_orders abandonment_share satisfaction_mean utilisation_picking utilisation_packing
    utilisation_desk mean_wait_picking_min mean_wait_packing_min open_share overtime_h overtime_refused_h lost_share
    total_cost revenue net_contribution lost_future_margin"""
UNITS = {"_min": "min", "_h": "h", "_share": "share", "_orders": "orders", "cost_": "currency", "utilisation": "share"}


def test_every_kpi_is_described() -> None:
    assert {*ASKED_FOR.split(), *(f"cost_{line}" for line in LINES)} <= set(KPIS)
    for name, kpi in KPIS.items():
        assert kpi.name == name
        assert kpi.unit, name
        assert len(kpi.about) > 10, name
        assert kpi.better in {"high", "low", ""}, name
        if kpi.unit == "share":
            assert kpi.denominator, f"{name} is a share of what?"
        for part, unit in UNITS.items():
            if name.endswith(part) or name.startswith(part):
                assert kpi.unit == (unit if name != "contacts_per_100_orders" else "contacts"), name


def test_values_are_those_registered_in_that_order() -> None:
    assert list(VALUES) == list(KPIS)
    assert all(isinstance(value, float) for value in VALUES.values())
    series = kpis(ledger())
    assert isinstance(series, pd.Series)
    assert series.dtype == np.float64
    assert series.to_dict() == pytest.approx(VALUES, nan_ok=True)


def test_shares_lie_between_nought_and_one() -> None:
    scenario = shop(demand={"profile": {"per_day": 60.0}}, customers={"bands": BANDS, "patience": {"share": 0.3}})
    values = kpi_values(simulate(scenario, Plan(), sample(scenario)))
    for name, kpi in KPIS.items():
        if kpi.unit == "share":
            assert np.isnan(values[name]) or 0 <= values[name] <= 1, name


# --- service ----------------------------------------------------------------------------------------------------


def test_orders_placed_in_the_window_count_and_those_due_by_the_horizon() -> None:
    assert VALUES["orders_accepted"] == 8
    assert VALUES["orders_due"] == 7  # all but the one that falls due after the horizon


def test_service_levels_count_cancelled_and_open_orders_as_failures() -> None:
    assert VALUES["service_level_ship"] == pytest.approx(2 / 7)  # to the minute, not collected
    assert VALUES["service_level_delivery"] == pytest.approx(3 / 7)  # and the third party's


def test_tardiness_is_over_all_due_orders() -> None:
    # 0 (to the minute), 60, 100 (until it was cancelled), 1320 (open: until the horizon), 0 (cancelled ahead of time),
    # 0 (not collected), 100 (third party)
    assert VALUES["tardiness_ship_p50_min"] == pytest.approx(60)
    assert VALUES["tardiness_ship_p90_min"] == pytest.approx(100 + 0.4 * 1220)
    assert VALUES["tardiness_ship_p99_min"] == pytest.approx(100 + 0.94 * 1220)


def test_an_order_due_at_the_horizon_counts() -> None:
    values = kpi_values(ledger_of(shop(), [order(2000, **promised(HORIZON, HORIZON + 1))]))
    assert values["orders_due"] == 1
    assert values["service_level_ship"] == 0
    assert values["tardiness_ship_p50_min"] == 0
    assert np.isnan(values["service_level_delivery"])


def test_a_parcel_delivered_after_the_horizon_is_late_if_it_was_due_before() -> None:
    parcel = order(2000, picked_up_min=4000, delivered_min=5000, **promised(4100, 4200))
    values = kpi_values(ledger_of(shop(), [parcel]))
    assert values["service_level_ship"] == 1
    assert values["service_level_delivery"] == 0


def test_shares_of_orders_accepted() -> None:
    assert VALUES["cancelled_share"] == pytest.approx(2 / 8)
    assert VALUES["lost_share"] == pytest.approx(1 / 8)
    assert VALUES["open_share"] == pytest.approx(2 / 8)


def test_bands_of_lateness() -> None:
    # The edge of a band belongs to it; an undelivered order counts by its lateness so far; unknown is -1
    bands = dict(zip(ORDERS, band_of(ledger()).tolist(), strict=True))
    assert bands == {
        "before the window": 1,
        "to the minute": 0,
        "an hour and a day late": 1,
        "third party": 0,
        "cancelled overdue": 2,
        "not collected": 0,
        "open and overdue": 1,
        "cancelled ahead of time": 2,
        "open, not yet due": -1,
        "after the window": 1,
    }


def test_satisfaction_is_the_mean_score_with_gains_for_the_late() -> None:
    # Those of the window in their order; the offer to the customer who was served in time adds nothing
    scores = [4.5, 3.5 + 0.25, 4.5, 2.0, 4.5, 3.5, 2.0]
    assert VALUES["satisfaction_mean"] == pytest.approx(sum(scores) / 7)


def test_a_gain_does_not_lift_a_score_above_five() -> None:
    late = order(1500, picked_up_min=1600, delivered_min=3000, **promised(1500, 2000), score_gain=4.0)
    assert kpi_values(ledger_of(shop(), [late]))["satisfaction_mean"] == 5.0


def test_with_one_band_everybody_known_has_its_score() -> None:
    scenario = shop(customers={"bands": [{"score": 4.0}]})
    values = kpi_values(ledger_of(scenario, list(ORDERS.values())))
    assert values["satisfaction_mean"] == 4.0


# --- backlog ----------------------------------------------------------------------------------------------------


def test_the_peak_counts_arrivals_before_departures_at_the_same_instant() -> None:
    # 1500: three; 1600: a fourth comes as the first leaves; never more afterwards
    assert VALUES["peak_backlog_orders"] == 4


def test_the_backlog_clears_when_no_measured_order_is_overdue() -> None:
    rest = [row for name, row in ORDERS.items() if name != "open and overdue"]
    assert kpi_values(ledger_of(shop(), rest))["clear_time_h"] == pytest.approx((2200 - 1600) / 60)


def test_where_some_stay_overdue_the_whole_account_is_given() -> None:
    assert VALUES["clear_time_h"] == pytest.approx((HORIZON - 1440) / 60)


def test_nothing_overdue_needs_no_clearing() -> None:
    rows = [ORDERS[name] for name in ("to the minute", "cancelled ahead of time", "open, not yet due")]
    assert kpi_values(ledger_of(shop(), rows))["clear_time_h"] == 0.0


def test_orders_outside_the_window_make_backlog_but_are_not_waited_for() -> None:
    rows = [
        order(1000, picked_up_min=3000, **promised(1100, 1200)),
        order(1500, picked_up_min=1700, **promised(1600, 1800)),
    ]
    values = kpi_values(ledger_of(shop(), rows))
    assert values["peak_backlog_orders"] == 2
    assert values["clear_time_h"] == pytest.approx((1700 - 1500) / 60)


def test_backlog_brought_into_the_window_counts_towards_the_peak() -> None:
    rows = [order(1000 + number, picked_up_min=1500, **promised(1400, 1600)) for number in range(5)]
    rows.append(order(1600, picked_up_min=1700, **promised(1800, 1900)))
    assert kpi_values(ledger_of(shop(), rows))["peak_backlog_orders"] == 5


# --- the desk ---------------------------------------------------------------------------------------------------


def test_contacts_about_measured_orders_and_general_questions_of_the_window_count() -> None:
    assert VALUES["contacts_per_100_orders"] == pytest.approx(100 * 5 / 8)
    assert VALUES["abandonment_share"] == pytest.approx(1 / 3)  # who still waits is neither
    assert VALUES["contacts_lost_share"] == pytest.approx(1 / 5)
    assert VALUES["mean_wait_desk_min"] == pytest.approx((5 + 15) / 2)


# --- work -------------------------------------------------------------------------------------------------------


def test_waits_for_pickers_and_packers() -> None:
    assert VALUES["mean_wait_picking_min"] == pytest.approx((10 + 0 + 100 + 5) / 4)
    assert VALUES["wait_share_picking"] == pytest.approx(3 / 4)
    assert VALUES["mean_wait_packing_min"] == pytest.approx((10 + 20 + 0) / 3)


def test_the_mean_queue_counts_those_who_cancelled_in_it() -> None:
    assert VALUES["mean_queue_picking_orders"] == pytest.approx((10 + 0 + 100 + 5 + 200 + 100) / 1440)


def test_utilisation_is_busy_over_staffed_time_in_the_window() -> None:
    assert VALUES["utilisation_picking"] == pytest.approx((10 + 20 + 10 + 5) / (160 + 80))
    assert VALUES["utilisation_packing"] == pytest.approx((10 + 10 + 10) / (72 + 110 + 280))
    # two calls of five minutes in the window, one of them while an agent was there: the rest is not the KPI's business
    assert VALUES["utilisation_desk"] == pytest.approx(10 / 20)


def test_an_unfinished_service_is_busy_until_the_end() -> None:
    rows = [order(2000, pick_start_min=2800, picker=0)]
    values = kpi_values(ledger_of(shop(), rows, staffing=[stretch(0, "picking", 2780, 2900)]))
    assert values["utilisation_picking"] == pytest.approx(80 / 100)


def test_overtime_is_planned_hours_before_the_horizon_and_overrun_at_the_end_of_shifts() -> None:
    # An overrun into a break is none, nor is one of a shift begun before the window
    assert VALUES["overtime_h"] == pytest.approx(2.0 + 0.5)
    assert VALUES["overtime_refused_h"] == pytest.approx(4.5)  # what a measure asks for counts from the start


# --- nothing to measure -----------------------------------------------------------------------------------------


def test_an_empty_ledger_has_no_shares_and_no_costs() -> None:
    values = kpi_values(ledger_of(shop()))
    zero = {"orders_accepted", "orders_due", "peak_backlog_orders", "clear_time_h", "mean_queue_picking_orders"}
    zero |= {"overtime_h", "overtime_refused_h", *(name for name, kpi in KPIS.items() if kpi.unit == "currency")}
    for name, value in values.items():
        assert value == 0.0 if name in zero else np.isnan(value), name


def test_without_promise_and_desk_what_hangs_on_them_is_unknown() -> None:
    rows = [{**row, "due_ship_min": np.nan, "due_delivery_min": np.nan} for row in ORDERS.values()]
    values = kpi_values(ledger_of(shop(promise=None, desk=None), rows))
    unknown = {name for name, value in values.items() if np.isnan(value)}
    late = {"service_level_ship", "service_level_delivery", *(f"tardiness_ship_p{part}_min" for part in (50, 90, 99))}
    desk = {"contacts_per_100_orders", "abandonment_share", "contacts_lost_share", "mean_wait_desk_min"}
    assert late | desk <= unknown
    assert unknown <= late | desk | {f"utilisation_{stage}" for stage in STAGES} | {"clear_time_h"}
    assert values["orders_accepted"] == 8
    assert values["orders_due"] == 0


def test_a_desk_nobody_asks_has_no_contacts() -> None:
    values = kpi_values(ledger(contacts=[]))
    assert values["contacts_per_100_orders"] == 0.0
    assert np.isnan(values["abandonment_share"])


# --- series -----------------------------------------------------------------------------------------------------

SERIES = hourly(ledger())


def area(name: str) -> float:
    return float(SERIES[name].sum() * 60)


def test_series_cover_every_hour_of_the_run() -> None:
    names = [
        "hour",
        "backlog_orders",
        "queue_picking",
        "queue_packing",
        "queue_dock",
        "queue_desk",
        "placed_per_h",
        "shipped_per_h",
        "staffed_picking",
        "busy_picking",
        "staffed_packing",
        "busy_packing",
        "staffed_desk",
        "busy_desk",
        "load_picking",
        "load_packing",
        "load_desk",
    ]
    assert set(names) <= set(SERIES)
    assert hours_of(ledger()) == 72
    for name, values in SERIES.items():
        assert values.shape == (72,), name
        assert (values >= -1e-9).all(), name
    assert SERIES["hour"].tolist() == list(range(72))


def test_areas_under_the_series_are_the_times_spent() -> None:
    # backlog: order by order, until picked up, cancelled or the horizon
    waits = [100, 100, 200, 700, 200, 50, HORIZON - 2000, 100, HORIZON - 2800, HORIZON - 3000]
    assert area("backlog_orders") == pytest.approx(sum(waits))
    overdue = [60, 100, HORIZON - 3000, 50, HORIZON - 3500, 100]
    assert area("overdue_orders") == pytest.approx(sum(overdue))
    assert area("queue_picking") == pytest.approx(10 + 0 + 200 + 100 + 10 + (HORIZON - 3000) + 100 + 5)
    assert area("queue_packing") == pytest.approx(10 + 20 + (HORIZON - 2110) + 0 + 0)
    assert area("queue_dock") == pytest.approx(60 + 90 + 70 + 30)
    assert area("queue_desk") == pytest.approx(5 + 10 + 15 + 200 + 20 + 0 + 20 + 5)
    assert area("busy_picking") == pytest.approx(10 + 20 + 10 + 10 + 5)
    assert area("staffed_picking") == pytest.approx(160 + 120)
    assert area("busy_desk") == pytest.approx(4 * 5)


def test_counts_per_hour_add_up() -> None:
    assert SERIES["placed_per_h"].sum() == 10
    assert SERIES["placed_per_h"][25] == 3  # minute 1500 to 1560
    assert SERIES["shipped_per_h"].sum() == 5
    assert SERIES["shipped_per_h"][[3, 26, 28, 31, 36]].tolist() == [1, 1, 1, 1, 1]


def test_load_is_the_work_that_arrives_by_mean_service_time() -> None:
    mean = 55 / 5
    load = SERIES["load_picking"]
    assert load[25] == pytest.approx(1 * mean / 60)  # of those placed at 1500 one is released then to our pickers
    assert load.sum() == pytest.approx(8 * mean / 60)
    assert SERIES["load_desk"].sum() == pytest.approx(len(CONTACTS) * 5 / 60)


def test_orders_that_leave_before_they_are_released_make_no_negative_queue() -> None:
    rows = [order(1500, cancelled_min=1700, outcome="cancelled") | {"released_min": np.nan}] * 3
    assert (hourly(ledger_of(shop(), rows))["queue_picking"] == 0).all()


def test_orders_cancelled_in_hand_make_no_negative_queue_where_nobody_packs() -> None:
    row = order(1500, pick_start_min=1510, pick_end_min=1520, cancelled_min=1520, outcome="cancelled")
    series = hourly(ledger_of(shop(site={"picking": CREW}), [row]))
    for name in ("queue_packing", "queue_dock", "queue_picking"):
        assert (series[name] >= 0).all(), name
        assert series[name].sum() == pytest.approx(10 / 60 if name == "queue_picking" else 0)


intervals = st.lists(st.tuples(st.floats(-100, 400), st.floats(0, 300) | st.just(np.nan)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(spans=intervals)
def test_occupancy_is_the_time_average_of_those_present(spans: list[tuple[float, float]]) -> None:
    starts = np.array([start for start, _ in spans])
    ends = np.array([start + length for start, length in spans])
    found = occupancy(starts, ends, 5)
    for hour in range(5):
        low, high = 60.0 * hour, 60.0 * hour + 60
        stop = np.where(np.isnan(ends), np.inf, ends)
        present = np.clip(stop, low, high) - np.clip(starts, low, high)
        assert found[hour] == pytest.approx(present.sum() / 60, abs=1e-9)


def test_who_never_came_is_not_present_and_counts_leave_out_the_rest() -> None:
    assert occupancy(np.array([np.nan]), np.array([np.nan]), 3).tolist() == [0, 0, 0]
    assert occupancy(np.empty(0), np.empty(0), 2).tolist() == [0, 0]
    times = np.array([-1.0, 0.0, 59.999, 60.0, 179.0, 180.0, np.nan])
    assert counts(times, 3).tolist() == [2, 1, 1]


def test_a_run_that_ends_within_an_hour_has_that_hour() -> None:
    scenario = world(window={"measure_to": 1.25})
    series = hourly(ledger_of(scenario, [{"placed_min": 30.0}]))
    assert series["backlog_orders"].shape == (2,)
    assert series["backlog_orders"][0] == pytest.approx(0.5)


# --- stretches of service ---------------------------------------------------------------------------------------


def stretches(found: tuple[Any, ...]) -> list[tuple[float, float]]:
    """Begins and ends, the last two of what was found."""
    return sorted(zip(found[-2].tolist(), found[-1].tolist(), strict=True))


def test_work_handed_over_is_two_stretches() -> None:
    rows = [
        order(1500, pick_start_min=1500, pick_end_min=1600, picker=2),
        order(1500, pick_start_min=1510, picker=1),
        order(1500, pick_start_min=1700, pick_end_min=1710, picker=2),
    ]
    put_down = [
        {"order_row": 0, "stage": "picking", "slot": 1, "start_min": 1500, "end_min": 1520, "resumed_min": 1560},
        {"order_row": 1, "stage": "picking", "slot": 1, "start_min": 1510, "end_min": 1530},
    ]
    found = services(ledger_of(shop(), rows, handovers=put_down), "picking")
    worked = [(begin, end) for begin, end in stretches(found) if end > begin]
    assert worked == [(1500, 1520), (1510, 1530), (1560, 1600), (1700, 1710)]
    assert stretches(services(ledger_of(shop(), rows, handovers=put_down), "packing")) == []


def test_what_lay_put_down_over_night_was_waiting_and_not_work() -> None:
    rows = [
        order(1500, **on_its_way((1500, 1600), (1600, 1620), 1700, 1900)),
        order(1500, **on_its_way((1500, 1520), (1520, 1540), 1700, 1900)),
    ]
    put_down = [
        {"order_row": 0, "stage": "picking", "slot": 1, "start_min": 1500, "end_min": 1520, "resumed_min": 1560},
    ]
    made = ledger_of(shop(), rows, handovers=put_down)
    split = time_split(made)
    assert split["work_picking"] == pytest.approx((20 + 40 + 20) / 2)
    assert split["wait_picking"] == pytest.approx(40 / 2)
    assert hourly(made)["load_picking"].sum() == pytest.approx((60 + 20) / 60)


def test_work_handed_over_twice_is_three_stretches() -> None:
    rows = [order(1500, pack_start_min=1500, pack_end_min=1700, packer=3)]
    put_down = [
        {"order_row": 0, "stage": "packing", "slot": 1, "start_min": 1500, "end_min": 1520, "resumed_min": 1560},
        {"order_row": 0, "stage": "packing", "slot": 2, "start_min": 1560, "end_min": 1580, "resumed_min": 1650},
    ]
    for listed in (put_down, put_down[::-1]):
        found = services(ledger_of(shop(), rows, handovers=listed), "packing")
        assert stretches(found) == [(1500, 1520), (1560, 1580), (1650, 1700)]


def test_orders_of_one_batch_are_one_stretch() -> None:
    scenario = shop(site={"picking": {**CREW, "batch_size": 3}})
    rows = [
        order(1500, pick_start_min=1510, pick_end_min=1540, picker=0),
        order(1500, pick_start_min=1510, pick_end_min=1540, picker=0),
        order(1500, pick_start_min=1510, pick_end_min=1530, picker=1),
    ]
    made = ledger_of(scenario, rows)
    assert stretches(services(made, "picking")) == [(1510, 1530), (1510, 1540)]
    assert hourly(made)["load_picking"].sum() == pytest.approx(50 / 60)  # the work of all three


def test_staffed_stretches_include_overrun_and_leave_out_the_absent() -> None:
    assert stretches(staffed(ledger(), "picking")) == [(1400, 1520), (1440, 1600)]


# --- where time goes, and what held the line up -----------------------------------------------------------------


def test_the_parts_of_the_way_add_up_to_the_time_to_ship() -> None:
    split = time_split(ledger())
    # Shipped from our own site in the window: to the minute, an hour late, not collected
    wanted = {
        "wait_release": (0 + 60 + 0) / 3,
        "wait_picking": (10 + 0 + 5) / 3,
        "work_picking": (10 + 20 + 5) / 3,
        "wait_packing": (10 + 20 + 0) / 3,
        "work_packing": (10 + 10 + 10) / 3,
        "wait_dock": (60 + 90 + 30) / 3,
        "transit": (400 + 2300 + 600) / 3,
    }
    assert split == pytest.approx(wanted)
    assert sum(split.values()) - split["transit"] == pytest.approx((100 + 200 + 50) / 3)


def test_without_packing_its_parts_are_nought_and_still_add_up() -> None:
    row = order(1500, pick_start_min=1510, pick_end_min=1530, picked_up_min=1600, delivered_min=1700)
    split = time_split(ledger_of(shop(site={"picking": CREW}), [row]))
    assert split["wait_packing"] == split["work_packing"] == 0
    assert sum(split.values()) == pytest.approx(200)


def test_nothing_shipped_has_no_way() -> None:
    assert all(np.isnan(value) for value in time_split(ledger_of(shop())).values())


def held_up(rows: list[dict[str, Any]], **changes: Any) -> dict[int, str]:
    """Resource by hour, hours without one left out."""
    codes = bottleneck(ledger_of(shop(), rows, **changes))
    assert codes.dtype == np.int8
    assert codes.shape == (72,)
    return {hour: RESOURCES[code] for hour, code in enumerate(codes.tolist()) if code}


def test_the_bottleneck_is_where_late_orders_waited() -> None:
    # Five orders wait two hours for a picker, then an hour for a packer, then three on the dock: all shipped late
    late = order(1440, **on_its_way((1560, 1560), (1620, 1620), 1800, 1900), **promised(1500, 3000))
    wanted = {24: "picking", 25: "picking", 26: "packing", 27: "dock", 28: "dock", 29: "dock"}
    assert held_up([late] * 5) == wanted
    assert held_up([late | {"due_ship_min": 1800.0}] * 5) == {}  # who ships in time was not held up


def test_late_orders_that_wait_for_a_wave_or_at_a_third_party_point_there() -> None:
    wave = order(1440, **on_its_way((1560, 1560), (1560, 1560), 1560, 1900), **promised(1500, 3000))
    assert held_up([wave | {"released_min": 1560}] * 5) == {24: "release", 25: "release"}
    away = order(1440, picked_up_min=1560, delivered_min=1900, **promised(1500, 3000))
    assert held_up([away | {"route": "3pl", "carrier": "3pl"}] * 5) == {24: "third_party", 25: "third_party"}


def test_five_per_cent_are_of_an_ordinary_day() -> None:
    """A hundred a day make five orders the least; a campaign in the file of a run does not raise it."""
    late = order(1440, **on_its_way((1560, 1560), (1560, 1560), 1560, 1900), **promised(1500, 3000))
    busy = shop(demand={"profile": {"per_day": 100.0}})
    many = [order(2000, **on_its_way((2000, 2000), (2000, 2000), 2000, 2100), **promised(2500, 3000))] * 900
    codes = [bottleneck(ledger_of(busy, [late] * count + many)).any() for count in (5, 6)]
    assert codes == [False, True]


def test_parcels_late_in_the_carriers_hands_point_to_the_carrier() -> None:
    slow = order(1440, **on_its_way((1440, 1440), (1440, 1440), 1500, 1740), **promised(1500, 1620))
    assert set(held_up([slow] * 5).values()) == {"carrier"}


def test_contacts_that_gave_up_point_to_the_desk() -> None:
    calls = [contact(-1, 1500, "abandoned", gave_up=1560)] * 5
    assert held_up([], contacts=calls) == {25: "desk"}


def test_one_or_two_waiting_orders_are_no_bottleneck() -> None:
    late = order(1440, **on_its_way((1500, 1500), (1500, 1500), 1500, 1900), **promised(1450, 3000))
    assert held_up([late]) == {}


def test_the_reference_names_every_part_of_the_texts() -> None:
    for kpi in KPIS.values():
        for name in re.findall(r"\b[a-z]+_[a-z_]+\b", f"{kpi.about} {kpi.denominator}"):
            assert name in {"due_ship", "due_delivery", "total_cost", "net_contribution"}, (kpi.name, name)
