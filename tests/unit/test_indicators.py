"""KPIs by hand arithmetic on a ledger of a few orders."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from sim.costs import LINES
from sim.draws import sample
from sim.floor import simulate
from sim.indicators import KPIS, band_of, kpi_values, kpis
from sim.ledger import STAGES
from sim.scenario.plan import Plan
from tests.ledgers import ledger_of
from tests.small_shop import BANDS, HORIZON, ORDERS, ledger, order, promised, shop, stretch

VALUES = kpi_values(ledger())

# --- the registry -----------------------------------------------------------------------------------------------

ASKED_FOR = """orders_accepted orders_due service_level_ship service_level_delivery tardiness_ship_p50_min
    tardiness_ship_p90_min tardiness_ship_p99_min peak_backlog_orders clear_time_h cancelled_share
    contacts_per_100_orders abandonment_share satisfaction_mean utilisation_picking utilisation_packing
    utilisation_desk mean_wait_picking_min mean_wait_packing_min open_share overtime_h overtime_refused_h lost_share
    total_cost revenue net_contribution lost_future_margin"""
OTHERWISE = {"contacts_per_100_orders": "contacts", "orders_per_staff_h": "orders/h"}  # rates per what they end in
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
                assert kpi.unit == OTHERWISE.get(name, unit), name


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


def test_the_reference_names_every_part_of_the_texts() -> None:
    for kpi in KPIS.values():
        for name in re.findall(r"\b[a-z]+_[a-z_]+\b", f"{kpi.about} {kpi.denominator}"):
            known = {"due_ship", "due_delivery", "total_cost", "net_contribution", "desk_answer_min"}
            assert name in known, (kpi.name, name)


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
    zero |= {"full_dock_h", "overtime_h", "overtime_refused_h", "left_behind_parcels"}
    zero |= {name for name, kpi in KPIS.items() if kpi.unit == "currency"} - {"net_contribution_per_order"}
    for name, value in values.items():
        assert value == 0.0 if name in zero else np.isnan(value), name


def test_without_promise_and_desk_what_hangs_on_them_is_unknown() -> None:
    rows = [{**row, "due_ship_min": np.nan, "due_delivery_min": np.nan} for row in ORDERS.values()]
    values = kpi_values(ledger_of(shop(promise=None, desk=None), rows))
    unknown = {name for name, value in values.items() if np.isnan(value)}
    late = {
        "service_level_ship",
        "service_level_delivery",
        "carrier_on_time_share",
        *(f"tardiness_ship_p{part}_min" for part in (50, 90, 99)),
    }
    desk = {"contacts_per_100_orders", "abandonment_share", "contacts_lost_share", "mean_wait_desk_min"}
    desk |= {"answered_in_time_share", "deflected_share"}
    nobody = {*(f"utilisation_{stage}" for stage in STAGES), "orders_per_staff_h", "no_show_share", "pickup_fill_share"}
    stock = {"rejected_share", "fill_rate", "backordered_share", "dropped_units", "short_sku_days", "returned_share"}
    stock |= {"written_off_units", "peak_storage_m3", "stock_end_units"}
    assert late | desk | stock <= unknown
    assert unknown <= late | desk | nobody | stock | {"clear_time_h"}
    assert values["orders_accepted"] == 8
    assert values["orders_due"] == 0


def test_a_desk_nobody_asks_has_no_contacts() -> None:
    values = kpi_values(ledger(contacts=[]))
    assert values["contacts_per_100_orders"] == 0.0
    assert np.isnan(values["abandonment_share"])
