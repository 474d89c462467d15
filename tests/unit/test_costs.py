"""Money by hand arithmetic: every cost line, revenue and pay, on ledgers of a few rows.

The window is the second of three days, [1440, 2880); the accounts run from 1440 to the horizon at 4320.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest

from sim.costs import LINES, accounted, cost_lines, lost_future_margin, revenue, worthless
from sim.draws import sample
from sim.floor import simulate
from sim.floor.roster import Pay, Row, pay
from sim.indicators import kpi_values
from sim.law import steps_cost_h
from sim.ledger import Ledger
from sim.scenario.people import Labour
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.ledgers import CREW, ledger_of, world

PICKUPS = {"evening": {"time": "18:00"}}
CARRIERS = {
    "home": {"share": 0.6, "pickups": PICKUPS, "cost_per_parcel": 70.0, "cod_fee_cost": 9.0, "return_cost": 50.0},
    "store": {"share": 0.4, "pickups": PICKUPS, "cost_per_parcel": 45.0, "cod_fee_cost": 15.0, "return_cost": 30.0},
}
ECONOMICS = {
    "margin_share": 0.4,
    "packaging_cost": 12.0,
    "refund_handling_cost": 25.0,
    "worthless_writeoff_share": 0.5,
    "future_margin_cost": 200.0,
    "storage_per_order_day_cost": 6.0,
}
BANDS = [
    {"up_to_days": 0.0, "score": 4.5, "churn_share": 0.01},
    {"up_to_days": 2.0, "score": 3.5, "churn_share": 0.2},
    {"score": 2.0, "churn_share": 0.5},
]


def shop(**changes: Any) -> Scenario:
    given: dict[str, Any] = {
        "window": {"measure_from": 24.0, "measure_to": 48.0, "run_on_h": 24.0},
        "promise": {},
        "carriers": CARRIERS,
        "customers": {"bands": BANDS},
        "economics": ECONOMICS,
        "site": {"picking": CREW, "packing": CREW},
    }
    return world(**{**given, **changes})


def order(placed: float, **columns: Any) -> dict[str, Any]:
    return {"placed_min": placed, "measured": 1440 <= placed < 2880, "value": 1000.0, **columns}


def parcel(placed: float, **columns: Any) -> dict[str, Any]:
    """An order that was packed 60 and shipped 720 minutes after it was placed, and delivered a day after that."""
    times = {
        "pick_end_min": placed + 30,
        "pack_end_min": placed + 60,
        "picked_up_min": placed + 720,
        "delivered_min": placed + 2160,
    }
    return order(placed, **{"outcome": "delivered", **times, **columns})


def lines(*rows: dict[str, Any], scenario: Scenario | None = None, **tables: Any) -> dict[str, float]:
    """Cost lines that are not nought."""
    found = cost_lines(ledger_of(scenario or shop(), rows, **tables))
    assert list(found) == list(LINES)
    return {name: value for name, value in found.items() if value}


# --- orders -----------------------------------------------------------------------------------------------------


def test_a_parcel_costs_freight_packaging_and_half_a_day_of_space() -> None:
    assert lines(parcel(1440)) == pytest.approx({"freight": 70.0, "packaging": 12.0, "storage": 3.0})


def test_each_carrier_has_its_price() -> None:
    rows = [parcel(1440), parcel(1500, carrier="store"), parcel(2000, carrier="store")]
    assert lines(*rows)["freight"] == pytest.approx(70 + 2 * 45)


def test_cash_on_delivery_is_paid_for_when_delivered() -> None:
    cod = {"cash_on_delivery": True, "carrier": "store"}
    under_way = {"outcome": "open", "delivered_min": 9000.0}
    assert lines(parcel(1440, **cod))["freight"] == pytest.approx(45 + 15)
    assert lines(parcel(1440, **cod, **under_way))["freight"] == pytest.approx(45)
    assert lines(parcel(1440, **cod, outcome="lost"))["freight"] == pytest.approx(45)


def test_accounts_are_about_measured_orders_up_to_the_horizon() -> None:
    assert lines(parcel(1439)) == lines(parcel(2880)) == {}
    assert lines(parcel(2879))["freight"] == pytest.approx(70)  # shipped after the window, before the horizon
    assert accounted(ledger_of(shop(), [parcel(1439), parcel(1440), parcel(3000)])).tolist() == [False, True, False]


def test_an_order_that_waits_takes_space_until_it_leaves_is_cancelled_or_time_is_up() -> None:
    assert lines(order(2870)) == pytest.approx({"storage": 6.0 * (4320 - 2870) / 1440})
    gone = order(2870, cancelled_min=3230, outcome="cancelled")
    assert lines(gone) == pytest.approx({"storage": 6.0 * 360 / 1440, "refund_handling": 25.0})


def test_packaging_is_for_what_was_packed_shipped_or_not() -> None:
    packed = order(1440, pick_end_min=1500, pack_end_min=1600)
    picked = order(1440, pick_end_min=1500)
    assert lines(packed, picked)["packaging"] == pytest.approx(12)
    assert lines(packed, picked, scenario=shop(site={"picking": CREW}))["packaging"] == pytest.approx(24)


def test_what_is_cancelled_in_hand_is_not_packed_where_nobody_packs() -> None:
    put_aside = order(1440, pick_start_min=1490, pick_end_min=1500, cancelled_min=1500, outcome="cancelled")
    assert "packaging" not in lines(put_aside, scenario=shop(site={"picking": CREW}))


def test_parcels_that_come_back_cost_freight_return_and_half_their_goods() -> None:
    back = parcel(1440, carrier="store", outcome="lost", end_reason="unclaimed")
    goods = (1 - 0.4) * 1000.0
    assert lines(back) == pytest.approx(
        {"freight": 45, "packaging": 12, "storage": 3, "returns": 30, "write_off": 0.5 * goods}
    )


def test_third_party_orders_cost_its_price_and_fees_are_paid_once() -> None:
    gone = {"pick_end_min": np.nan, "pack_end_min": np.nan, "route": "3pl", "carrier": "3pl"}
    away = [parcel(1440, third_party_cost=95.0, **gone), parcel(1500, third_party_cost=110.0, **gone)]
    away.append(parcel(3000, third_party_cost=90.0, **gone))  # not measured: what it charges beyond what it spares
    charges = [
        {"time_min": 1400.0, "measure": "overflow", "line": "setup", "cost": 4000.0},
        {"time_min": 1500.0, "measure": "agency", "line": "setup", "cost": 500.0},
    ]
    found = lines(*away, charges=charges)
    found.pop("storage", None)
    assert found == pytest.approx({"third_party": 205 + (90 - 0.6 * 70 - 0.4 * 45 - 12), "setup": 4500.0})


def test_offers_cost_what_was_redeemed() -> None:
    rows = [parcel(1440, compensation_cost=60.0), parcel(1500), parcel(1600, compensation_cost=100.0)]
    rows.append(parcel(100, compensation_cost=60.0))  # before the accounts
    assert lines(*rows)["compensation"] == pytest.approx(160)


def test_messages_and_bots_cost_for_measured_orders_and_questions_of_the_window() -> None:
    rows = [parcel(100, message_cost=1.0), parcel(1440, message_cost=2.0), parcel(1500, message_cost=0.5)]
    asked = [(0, 1500.0, 1.0), (1, 4000.0, 3.0), (-1, 1439.0, 7.0), (-1, 1440.0, 5.0), (-1, 2880.0, 9.0)]
    contacts = [{"order_row": row, "arrived_min": time, "bot_cost": cost} for row, time, cost in asked]
    found = lines(*rows, contacts=contacts)
    assert (found["messages"], found["bot"]) == (2.5, 8.0)


def test_repeated_apologies_lose_future_margin_beside_what_lateness_does() -> None:
    """Lost: half of 0.4, and 0.1; all of it at most; nothing known, and 0.2; the last is not measured."""
    rows = [parcel(1440, loyalty_saved=0.5, loyalty_lost=0.1), parcel(1441, loyalty_lost=0.9)]
    rows += [parcel(1442, loyalty_lost=0.2), parcel(100, loyalty_lost=0.3)]
    scenario = shop()
    lost = lost_future_margin(ledger_of(scenario, rows), np.array([0.4, 0.4, np.nan, 0.4]))
    assert lost == pytest.approx((0.3 + 1.0 + 0.2) * scenario.economics.future_margin_cost, rel=1e-6)


# --- the hard deadline ------------------------------------------------------------------------------------------


def festival(deadline: str = "2026-01-07T12:00") -> Scenario:  # minute 3600
    return shop(promise={"hard_deadline": deadline})


def test_goods_that_come_after_the_deadline_are_worthless() -> None:
    rows = [
        parcel(1440, delivered_min=3600.0),  # to the minute
        parcel(1440, delivered_min=3600.1),
        order(1500),  # never shipped
        order(1500, cancelled_min=2000, outcome="cancelled"),
        parcel(3600),  # placed after it: nobody promised
    ]
    ledger = ledger_of(festival(), rows)
    assert worthless(ledger).tolist() == [False, True, True, False, False]
    assert revenue(ledger) == pytest.approx(1000)  # the last is not measured
    assert cost_lines(ledger)["write_off"] == pytest.approx(2 * 0.5 * 0.6 * 1000)


def test_goods_cancelled_by_the_deadline_are_worthless_and_those_of_other_cancellations_are_not() -> None:
    rows = [
        order(1500, cancelled_min=3600, outcome="cancelled", end_reason="deadline"),
        order(1500, cancelled_min=3000, outcome="cancelled", end_reason="impatience"),
    ]
    ledger = ledger_of(festival(), rows)
    assert worthless(ledger).tolist() == [True, False]
    assert cost_lines(ledger)["write_off"] == pytest.approx(0.6 * 0.5 * 1000)
    assert revenue(ledger) == 0


def test_a_deadline_beyond_the_horizon_judges_nobody_yet() -> None:
    ledger = ledger_of(festival("2026-01-09"), [parcel(1500)])
    assert not worthless(ledger).any()
    assert revenue(ledger) == 1000.0


def test_without_a_deadline_nothing_is_worthless() -> None:
    assert not worthless(ledger_of(shop(), [order(1500)])).any()
    assert not worthless(ledger_of(shop(promise=None), [order(1500)])).any()


# --- revenue and margins ----------------------------------------------------------------------------------------


def test_revenue_is_the_value_of_orders_shipped_and_kept() -> None:
    rows = [
        parcel(1440),
        order(1500, value=250.0),  # open: has brought nothing yet
        order(1500, cancelled_min=1700, outcome="cancelled"),
        parcel(1600, outcome="lost"),
        parcel(100),  # before the accounts
    ]
    ledger = ledger_of(shop(), rows)
    assert revenue(ledger) == pytest.approx(1000)
    values = kpi_values(ledger)
    assert values["revenue"] == pytest.approx(1000)
    assert values["total_cost"] == pytest.approx(sum(cost_lines(ledger).values()))
    assert values["net_contribution"] == pytest.approx(0.4 * 1000 - values["total_cost"])
    assert all(values[f"cost_{name}"] == cost for name, cost in cost_lines(ledger).items())


def test_disappointed_customers_cost_later_margin_less_what_offers_save() -> None:
    rows = [
        parcel(1440, due_delivery_min=3600.0),  # in time: band 0
        parcel(1500, due_delivery_min=2700.0),  # 960 minutes late: band 1
        parcel(1600, due_delivery_min=2700.0, loyalty_saved=0.25),
        order(1700, due_delivery_min=4000.0, cancelled_min=1900, outcome="cancelled"),  # the worst band
        order(2800, due_delivery_min=9000.0),  # nothing is known yet
        parcel(100, due_delivery_min=200.0),  # before the accounts
    ]
    wanted = 200 * (0.01 + 0.2 + 0.2 * 0.75 + 0.5)
    ledger = ledger_of(shop(), rows)
    values = kpi_values(ledger)
    assert values["lost_future_margin"] == pytest.approx(wanted)
    assert lost_future_margin(ledger, np.full(6, np.nan)) == 0.0
    money = 0.4 * values["revenue"] - values["total_cost"]
    assert values["net_contribution"] == pytest.approx(money)  # shown apart from cash


# --- visits and wages -------------------------------------------------------------------------------------------


def test_visits_cost_whether_they_take_anything_or_not() -> None:
    visits = [
        {"planned_min": 1400.0, "cost": 300.0},  # before the accounts
        {"planned_min": 1440.0, "cost": 300.0, "taken": 50},
        {"planned_min": 4000.0, "cost": 280.0, "no_show": True},
        {"planned_min": 1000.0, "cost": 500.0, "extra": True},  # brought by the plan: counted whenever it comes
    ]
    assert lines(pickups=visits) == pytest.approx({"pickups": 300.0 + 280.0 + 500.0})


def wages(kind: str, cost: float, start: float = 1500, **columns: Any) -> dict[str, Any]:
    return {"stage": "picking", "kind": kind, "start_min": start, "end_min": start + 60, "cost": cost, **columns}


def test_each_kind_of_people_has_its_line() -> None:
    rows = [
        wages("regular", 100.0),
        wages("regular", 80.0, start=1440),
        wages("regular", 999.0, start=1439),  # before the accounts
        wages("overtime", 20.0),
        wages("temporary", 30.0),
        wages("temporary", 5.0, start=1000),  # what the plan brings counts from the start
        wages("reinforcement", 40.0),
        wages("extra", 50.0),
        wages("extra", 6.0, start=1000),
    ]
    assert lines(staffing=rows) == pytest.approx(
        {
            "regular_pay": 180.0,
            "overtime_pay": 20.0,
            "temporary_pay": 35.0,
            "reinforcement_pay": 40.0,
            "extra_shift_pay": 56.0,
        }
    )


def test_overrun_at_the_end_of_a_shift_is_paid_at_the_multiples_of_the_law() -> None:
    # A picker at 60 an hour finishes an order half an hour after the shift: 30 x 4/3 on top of the hour
    crew = {"setup_min": 90.0, "wage_per_h_cost": 60.0}
    shift = {"start": "08:00", "end": "09:00", "headcount": 1, "weekdays": ["tue"]}
    scenario = shop(
        demand={"profile": {"per_day": 100.0}},
        site={"picking": {**crew, "shifts": {"day": shift}}, "labour": {"normal_day_h": 1.0}},
        carriers={},
    )
    values = kpi_values(simulate(scenario, Plan(), sample(scenario)))
    assert values["cost_regular_pay"] == pytest.approx(60.0 + 30.0 * 4 / 3)
    assert values["cost_overtime_pay"] == 0.0
    assert values["total_cost"] == pytest.approx(
        sum(value for name, value in values.items() if name.startswith("cost_"))
    )


def test_nothing_costs_nothing() -> None:
    assert lines() == {}


def test_lines_are_described_and_paid_for_once() -> None:
    assert all(len(about) > 5 for about in LINES.values())
    ledger: Ledger = ledger_of(shop(), [parcel(1440)], staffing=[wages("regular", 100.0)])
    assert kpi_values(ledger)["total_cost"] == pytest.approx(70 + 12 + 3 + 100)


# --- pay --------------------------------------------------------------------------------------------------------

TAIWAN = Labour()
WAGE = 60.0


@pytest.mark.parametrize(
    ("begin", "end", "regular_hours"),
    [
        (0.0, 0.0, 0.0),
        (0.0, 1.5, 1.5 * 4 / 3),
        (0.0, 2.0, 2 * 4 / 3),
        (0.0, 3.0, 2 * 4 / 3 + 5 / 3),
        (1.0, 3.0, 4 / 3 + 5 / 3),
        (2.0, 4.0, 2 * 5 / 3),
        (3.5, 6.0, 2.5 * 5 / 3),  # beyond the last step its price goes on
        (7.0, 8.0, 5 / 3),
    ],
)
def test_overtime_is_paid_in_steps(begin: float, end: float, regular_hours: float) -> None:
    assert steps_cost_h(TAIWAN.overtime_pay, begin, end) == pytest.approx(regular_hours)


def test_overtime_in_parts_costs_the_same_as_at_once() -> None:
    edges = np.linspace(0, 6, 25)
    parts = [steps_cost_h(TAIWAN.overtime_pay, begin, end) for begin, end in pairwise(edges)]
    assert sum(parts) == pytest.approx(steps_cost_h(TAIWAN.overtime_pay, 0.0, 6.0))


def test_other_regimes_pay_as_they_say() -> None:
    assert steps_cost_h(Labour(regime="us").overtime_pay, 0.0, 3.0) == pytest.approx(4.5)
    assert steps_cost_h(Labour(regime="none").overtime_pay, 0.0, 3.0) == pytest.approx(3.0)


def stint(minutes: float = 480.0, before: float = 0.0, **changes: Any) -> Row:
    return Row(
        slot=0,
        stage=0,
        kind=0,
        day=0,
        start_min=480.0,
        end_min=480.0 + minutes,
        productivity=1.0,
        wage_per_h=WAGE,
        before_h=before,
        **{"normal_h": 8.0, **changes},
    )


@pytest.mark.parametrize(
    ("row", "hours", "cost_h"),
    [
        (stint(), 8.0, 8.0),
        (stint(absent=True), 0.0, 0.0),
        (stint(overrun_min=30.0), 8.5, 8 + 0.5 * 4 / 3),
        (stint(240.0, overrun_min=30.0, into_break=True), 4.5, 4.5),  # an hour of the day like any other
        (stint(overrun_min=180.0), 11.0, 8 + 2 * 4 / 3 + 5 / 3),
        (stint(120.0, before=8.0), 2.0, 2 * 4 / 3),
        (stint(120.0, before=8.0, overrun_min=30.0), 2.5, 2 * 4 / 3 + 0.5 * 5 / 3),
        (stint(60.0, before=9.5), 1.0, 0.5 * 4 / 3 + 0.5 * 5 / 3),
        (stint(180.0, before=4.0), 3.0, 3.0),  # a part-timer who stays
        (stint(600.0), 10.0, 8 + 2 * 4 / 3),  # a long shift
    ],
)
def test_pay_of_a_stretch(row: Row, hours: float, cost_h: float) -> None:
    paid = pay(row, TAIWAN, 1e9)
    assert paid.hours == pytest.approx(hours)
    assert paid.cost == pytest.approx(cost_h * WAGE)


def test_pay_stops_at_the_horizon() -> None:
    assert pay(stint(), TAIWAN, 600.0) == Pay(2.0, 0.0, 2.0 * WAGE)
    late = pay(stint(overrun_min=30.0), TAIWAN, 970.0)
    assert (late.hours, late.overtime_h, late.cost) == pytest.approx((8 + 1 / 6, 1 / 6, (8 + 4 / 18) * WAGE))
    assert pay(stint(overrun_min=30.0), TAIWAN, 960.0) == Pay(8.0, 0.0, 8.0 * WAGE)
