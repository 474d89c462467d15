"""Stock rules worked out by hand: one or two SKUs, one picker, times to the minute."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.demand.baskets import Baskets
from sim.draws import StockDraws
from sim.invariants import check_ledger
from sim.ledger import Ledger
from sim.scenario.alerts import AlertRule
from sim.scenario.measures import Compensation, Overflow3PL, PurchaseLimit
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Stock
from tests.small_sites import DAY, NAN, assert_log, column, drawn, names, patience, plan, promise, van, world

FIXED = {"distribution": "deterministic"}
Lines = list[list[tuple[int, int]]]  # of each order: SKU code and units of each line


def shop(folder: Path, orders: list[float], *, days: int = 1, stock: dict[str, Any], **more: Any) -> Scenario:
    """A world with stock; one picker takes 10 min for every order, from 08:00 to 18:00."""
    return world(folder, orders, days=days, stock=Stock.model_validate(stock), **more)


def happen(scenario: Scenario, lines: Lines, chosen: Plan | None = None, *, back: Any = None, **columns: Any) -> Ledger:
    """Run with exactly these lines; supplies have median luck, and nobody sends anything back unless told."""
    counts = [len(each) for each in lines]
    flat = [line for each in lines for line in each]
    baskets = Baskets(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([sku for sku, _ in flat], dtype=np.int32),
        np.array([units for _, units in flat], dtype=np.int32),
    )
    draws = drawn(scenario, lines=counts, units=[sum(units for _, units in each) for each in lines], **columns)
    assert draws.stock is not None
    luck = np.full((len(lines), 3), 0.99, dtype=np.float32) if back is None else np.array(back, dtype=np.float32)
    supply_u = np.full(draws.stock.supply_u.shape, 0.5)
    draws = dataclasses.replace(draws, stock=StockDraws(baskets, supply_u, luck))
    ledger = sim.simulate(scenario, chosen or Plan(name="none"), draws)
    check_ledger(ledger)
    return ledger


def moves(ledger: Ledger, kind: str) -> list[tuple[float, int]]:
    """Time and units of the moves of a kind."""
    rows = np.array(names(ledger, "kind", "stock_moves")) == kind
    return list(
        zip(
            column(ledger, "time_min", "stock_moves")[rows].tolist(),
            column(ledger, "units", "stock_moves")[rows].tolist(),
            strict=True,
        )
    )


def left(ledger: Ledger) -> list[int]:
    return column(ledger, "free", "stock_left").tolist()


# --- oversell ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("oversell", "dropped", "owed", "outcomes"),
    [
        ({"policy": "none"}, [0, 1, 2], [0, 0, 0], ["delivered", "delivered", "rejected"]),
        ({"policy": "none", "sold_out": "reject_order"}, [0, 2, 1], [0, 0, 0], ["delivered", "rejected", "delivered"]),
        ({"policy": "share", "share": 0.25}, [0, 0, 2], [0, 1, 0], ["delivered", "open", "rejected"]),
        ({"policy": "share", "share": 0.5}, [0, 0, 1], [0, 1, 1], ["delivered", "open", "open"]),
        ({"policy": "unlimited"}, [0, 0, 0], [0, 1, 2], ["delivered", "open", "open"]),
    ],
)
def test_oversell(tmp_path: Path, oversell: Any, dropped: list[int], owed: list[int], outcomes: list[str]) -> None:
    # Four units: the first order takes three, the second asks for two, the third for two (or one).
    last = 1 if oversell.get("sold_out") == "reject_order" else 2
    scenario = shop(tmp_path, [480, 490, 500], stock={"skus": {"tea": {"on_hand": 4}}, "oversell": oversell})
    ledger = happen(scenario, [[(0, 3)], [(0, 2)], [(0, last)]])
    if last == 1:
        dropped = [0, 2, 0]
    assert_log(ledger, "lines", dropped=dropped, owed=owed)
    assert_log(ledger, outcome=outcomes)
    assert sum(left(ledger)) == max(0, 4 - sum([3, 2, last]) + sum(dropped))
    values = sim.kpis(ledger)
    asked = 5 + last
    assert values["fill_rate"] == (asked - sum(dropped) - sum(owed)) / asked
    assert values["backordered_share"] == sum(owed) / asked
    assert values["dropped_units"] == sum(dropped)
    assert values["rejected_share"] == outcomes.count("rejected") / 3


def test_what_is_dropped_is_neither_worked_nor_earned(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 9, "price": 30.0}, "cup": {"price": 10.0}}}
    scenario = shop(tmp_path, [480], stock=stock)
    site = scenario.site.model_copy(
        update={"picking": scenario.site.picking.model_copy(update={"setup_min": 4.0, "per_line_min": 3.0})}
    )
    ledger = happen(scenario.model_copy(update={"site": site}), [[(0, 1), (1, 3)]], value=[60.0], pick_work_min=[10.0])
    assert_log(ledger, lines=[1], units=[1], value=[30.0], pick_start_min=[480], pick_end_min=[487])


# --- owed units -------------------------------------------------------------------------------------------------


def owing(ship: str) -> dict[str, Any]:
    return {
        "skus": {"tea": {"on_hand": 1, "receipts": [{"at": 10.0, "units": 3}]}, "cup": {"on_hand": 9}},
        "oversell": {"policy": "unlimited", "ship": ship},
    }


def test_an_order_is_held_until_all_of_it_is_there_first_come_first_served(tmp_path: Path) -> None:
    scenario = shop(tmp_path, [480, 490, 500], stock=owing("hold"))
    ledger = happen(scenario, [[(0, 2), (1, 1)], [(0, 2)], [(0, 1)]])
    # The receipt of 10:00 brings three units: one for the first order, two for the second, none for the third.
    assert_log(ledger, "lines", owed=[1, 0, 2, 1], still_owed=[0, 0, 0, 1], served_min=[600, NAN, 600, NAN])
    assert_log(ledger, released_min=[600, 600, NAN], pick_start_min=[600, 610, NAN], pick_end_min=[610, 620, NAN])


def test_a_split_order_goes_in_two_parcels(tmp_path: Path) -> None:
    van_twice = van(cost_per_parcel=50.0)
    scenario = shop(tmp_path, [480, 490], days=2, stock=owing("split"), carriers={"van": van_twice})
    ledger = happen(scenario, [[(0, 2), (1, 1)], [(1, 1)]], pick_work_min=[10.0, 10.0])
    assert_log(ledger, released_min=[480, 490], pick_start_min=[480, 490], pick_end_min=[490, 500])
    assert_log(ledger, "lines", second_parcel=[True, False, False], owed=[1, 0, 0])
    second = {"order_row": [0], "lines": [1], "units": [2], "released_min": [600], "pick_start_min": [600]}
    assert_log(ledger, "remainders", **second, pick_end_min=[610], first_picked_up_min=[1020], picked_up_min=[1020])
    assert_log(ledger, "pickups", taken=[3, 0])
    assert_log(ledger, picked_up_min=[1020, 1020])
    assert sim.kpis(ledger)["cost_freight"] == 150.0


def test_of_two_parcels_the_later_one_ships_the_order(tmp_path: Path) -> None:
    stock = owing("split")
    stock["skus"]["tea"]["receipts"][0]["at"] = 34.0
    scenario = shop(tmp_path, [480], days=2, stock=stock, carriers={"van": van()})
    ledger = happen(scenario, [[(0, 2), (1, 1)]])
    assert_log(ledger, "remainders", first_picked_up_min=[1020], released_min=[34 * 60], picked_up_min=[DAY + 1020])
    assert_log(ledger, picked_up_min=[DAY + 1020], outcome=["delivered"])


def test_a_cancelled_order_gives_its_units_to_who_waits(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 2}}, "oversell": {"policy": "unlimited"}}
    scenario = shop(tmp_path, [480, 485, 486], stock=stock)
    # The second order is cancelled in the queue, at 08:08; the third gets its unit and is released then.
    ledger = happen(scenario, [[(0, 1)], [(0, 1)], [(0, 1)]], **patience((1, 488.0)))
    assert_log(ledger, "lines", owed=[0, 0, 1], served_min=[NAN, NAN, 488])
    assert_log(ledger, released_min=[480, 485, 488], outcome=["delivered", "cancelled", "delivered"])


def test_two_lines_of_one_sku_are_given_back_together(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 1}}, "oversell": {"policy": "unlimited"}}
    scenario = shop(tmp_path, [480, 481], stock=stock)
    ledger = happen(scenario, [[(0, 1), (0, 1)], [(0, 1)]], **patience((0, 490.0)))
    assert_log(ledger, "lines", owed=[0, 1, 1], still_owed=[0, 0, 0], served_min=[NAN, NAN, 490])


def test_what_was_in_a_pickers_hands_goes_back_through_the_gate(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 1}}, "receiving": {"returns_per_worker_h": 4.0, "wage_per_h_cost": 100.0}}
    ledger = happen(shop(tmp_path, [480], stock=stock), [[(0, 1)]], **patience((0, 485.0)))
    assert names(ledger, "reason", "returns") == ["put_aside"]
    assert_log(ledger, "returns", arrived_min=[490], work_start_min=[490], work_end_min=[505], put_away_min=[505])
    assert left(ledger) == [1]
    assert sim.kpis(ledger)["cost_receiving_pay"] == 25.0


# --- supplies ---------------------------------------------------------------------------------------------------


def supplied(**sku: Any) -> dict[str, Any]:
    return {"skus": {"tea": {"supply": {"lead_time_days": 0.5, "lead_time": FIXED}, **sku}}}


def test_r_q_orders_at_once_and_as_often_as_it_takes(tmp_path: Path) -> None:
    rule = {"rule": "R_Q", "point": 5, "lot_size": 2}
    scenario = shop(tmp_path, [480, 490, 500], days=2, stock=supplied(on_hand=8, reorder=rule))
    ledger = happen(scenario, [[(0, 2)], [(0, 2)], [(0, 4)]])
    # 8 - 2 = 6 > 5; 4: one lot (6); 0 + 2 on order: 2, 4, then 6 > 5: two lots.
    assert_log(ledger, "supplies", units=[2, 4], ordered_min=[490, 500], due_min=[490 + 720, 500 + 720])
    assert_log(ledger, "supplies", arrived_min=[1210, 1220], put_away_min=[1210, 1220])
    assert left(ledger) == [6]


def test_s_s_is_reviewed_by_the_clock_with_safety_stock_on_top(tmp_path: Path) -> None:
    rule = {"rule": "s_S", "point": 3, "up_to": 10, "review_at": "09:00", "review_days": 2}
    stock = supplied(on_hand=8, safety_stock=1, reorder=rule)
    ledger = happen(
        shop(tmp_path, [480, 600, DAY + 500, 2 * DAY + 500], days=3, stock=stock), [[(0, 3)]] * 2 + [[(0, 1)]] * 2
    )
    # Mon 09:00: 5 > 3 + 1; Tue none; Wed 09:00: 0 <= 4, up to 10 + 1. None are left from 08:20 to 21:00.
    assert_log(ledger, "supplies", units=[11], ordered_min=[2 * DAY + 540], due_min=[2 * DAY + 540 + 720])
    assert sim.kpis(ledger)["short_sku_days"] == 12 / 24


def test_an_alert_watches_the_share_of_skus_that_are_short(tmp_path: Path) -> None:
    """Of three SKUs tea falls below its safety stock at 08:10 and the last box is sold at 09:10; more come at 10:30."""
    skus = {
        "tea": {"on_hand": 3, "safety_stock": 2},
        "box": {"on_hand": 1, "receipts": [{"at": 10.5, "units": 5}]},
        "cup": {"on_hand": 1},
    }
    few = AlertRule(metric="short_sku_share", above=0.6, clear_below=0.5)
    scenario = shop(tmp_path, [490, 550], stock={"skus": skus}, alerts={"few": few})
    ledger = happen(scenario, [[(0, 2)], [(1, 1)]])
    read = column(ledger, "value", "readings").tolist()
    assert read[7:11] == [0, 1 / 3, 2 / 3, 1 / 3]  # 08:00, 09:00, 10:00, 11:00
    assert_log(ledger, "warnings", time_min=[600, 660], event=["raised", "cleared"])
    # the same as the hourly levels in the ledger say
    assert column(ledger, "short_skus", "stock_levels")[8:12].tolist() == [0, 1, 2, 1]


def test_without_a_rule_nothing_is_ordered(tmp_path: Path) -> None:
    ledger = happen(shop(tmp_path, [480], stock=supplied(on_hand=1)), [[(0, 1)]])
    assert len(column(ledger, "sku", "supplies")) == 0


def test_promised_receipts_may_be_late(tmp_path: Path) -> None:
    late = {"late_share": 1.0, "late_days": 0.5}
    scenario = shop(
        tmp_path, [480], days=2, stock={"skus": {"tea": {"receipts": [{"at": 10.0, "units": 5}], "supply": late}}}
    )
    ledger = happen(scenario, [[(0, 1)]])
    delay = np.round(np.log(2) * 720 * 2**20) / 2**20  # the median of an exponential delay
    assert_log(ledger, "supplies", due_min=[600], arrived_min=[600 + delay])
    assert_log(ledger, outcome=["rejected"])


def test_the_gate_works_in_turn_and_goes_on_the_next_day(tmp_path: Path) -> None:
    receipts = [{"at": 15.0, "units": 60}, {"at": 16.0, "units": 120}]
    gate = {"open": "08:00", "close": "17:00", "workers": 2, "units_per_worker_h": 30.0, "wage_per_h_cost": 100.0}
    stock = {"skus": {"tea": {"receipts": receipts}}, "receiving": gate}
    ledger = happen(shop(tmp_path, [480, DAY + 481], days=2, stock=stock), [[(0, 1)], [(0, 1)]])
    # 60 units/h: the first is done at 16:00, the second has an hour that day and needs one the next.
    assert_log(
        ledger, "supplies", work_start_min=[900, 960], work_end_min=[960, DAY + 540], put_away_min=[960, DAY + 540]
    )
    assert sim.kpis(ledger)["cost_receiving_pay"] == 600.0


def test_an_oven_makes_what_its_hours_allow_in_turn(tmp_path: Path) -> None:
    rule = {"rule": "R_Q", "point": 0, "lot_size": 30}
    oven = {"hours_per_day": 4.0, "units_per_h": 10.0, "ready_at": "18:00", "cost_per_h": 50.0}
    skus = {name: {"on_hand": 1, "made_by": "oven", "reorder": rule, "shelf_life_days": 1} for name in ("moon", "nut")}
    scenario = shop(tmp_path, [480, 900], days=3, stock={"skus": skus, "production": {"oven": oven}})
    ledger = happen(scenario, [[(0, 1)], [(1, 1)]])
    # From 14:00 30 of the one; 10 of the other (asked at 15:00) until 18:00, its other 20 the next day.
    # What was made on Monday can be sold on Tuesday, and is written off at its midnight: then the first is asked for.
    assert moves(ledger, "production") == [(1080, 30), (1080, 10), (DAY + 1080, 20), (2 * DAY + 1080, 30)]
    assert_log(ledger, "supplies", units=[30] * 3, put_away_min=[1080, DAY + 1080, 2 * DAY + 1080])
    assert moves(ledger, "expired") == [(2 * DAY, 30), (2 * DAY, 10)]
    assert sim.kpis(ledger)["cost_production"] == 9 * 50


# --- lots -------------------------------------------------------------------------------------------------------


def test_first_expiry_first_out_and_what_is_left_expires(tmp_path: Path) -> None:
    lots = [{"units": 9, "expires": "2026-01-06"}, {"units": 5, "expires": "2026-01-05"}]
    stock = {"skus": {"tea": {"lots": lots, "unit_cost": 7.0}}}
    scenario = shop(tmp_path, [480, DAY + 480, 2 * DAY + 480], days=3, stock=stock)
    ledger = happen(scenario, [[(0, 3)], [(0, 4)], [(0, 1)]])
    # 3 of the 5 are sold on Monday, 2 expire; 4 of the 9 on Tuesday, 5 expire; on Wednesday nothing is left.
    assert moves(ledger, "expired") == [(DAY, 2), (2 * DAY, 5)]
    assert_log(ledger, outcome=["delivered", "delivered", "rejected"])
    values = sim.kpis(ledger)
    assert values["written_off_units"] == 7
    assert values["cost_written_off_stock"] == 49.0


def test_what_is_set_aside_does_not_expire_and_given_back_it_does(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"lots": [{"units": 2, "expires": "2026-01-05"}]}}}
    scenario = shop(tmp_path, [1100, 1100], days=2, stock=stock)  # nobody picks before Tuesday 08:00
    ledger = happen(scenario, [[(0, 1)], [(0, 1)]], **patience((1, DAY + 60.0)))
    assert_log(ledger, outcome=["delivered", "cancelled"])
    assert moves(ledger, "expired") == [(DAY + 60, 1)]


# --- other moves ------------------------------------------------------------------------------------------------


def test_a_count_finds_missing_only_what_is_free(tmp_path: Path) -> None:
    counts = [{"at": 9.0, "units": -5}, {"at": 10.0, "units": 2}]
    scenario = shop(tmp_path, [480, 550], stock={"skus": {"tea": {"on_hand": 4, "corrections": counts}}})
    ledger = happen(scenario, [[(0, 1)], [(0, 1)]])
    assert moves(ledger, "correction") == [(540, -3), (600, 2)]
    assert_log(ledger, outcome=["delivered", "rejected"])
    assert left(ledger) == [2]


@pytest.mark.parametrize(("fit", "free"), [(1.0, 5), (0.0, 4)])
def test_parcels_sent_back_are_restocked_or_worth_nothing(tmp_path: Path, fit: float, free: int) -> None:
    returns = {"share": 0.5, "after_days": 1.0, "after": FIXED, "resaleable_share": fit, "freight_cost": 80.0}
    stock = {"skus": {"tea": {"on_hand": 6, "unit_cost": 7.0}}, "returns": returns}
    stock["receiving"] = {"returns_per_worker_h": 6.0}
    ledger = happen(
        shop(tmp_path, [480, 481], days=3, stock=stock), [[(0, 1)], [(0, 1)]], back=[[0.1, 0.5, 0.5], [0.9, 0.5, 0.5]]
    )
    assert_log(ledger, "returns", order_row=[0], arrived_min=[490 + DAY], put_away_min=[500 + DAY])
    assert left(ledger) == [free]
    values = sim.kpis(ledger)
    assert values["returned_share"] == 0.5
    assert values["cost_returns"] == 80.0
    assert values["cost_written_off_stock"] == (0.0 if fit else 7.0)
    assert values["revenue"] == column(ledger, "value")[1]


def test_full_shelves_slow_picking_and_keep_receipts_waiting(tmp_path: Path) -> None:
    skus = {"box": {"on_hand": 9, "volume_l": 100.0, "receipts": [{"at": 8.5, "units": 2}]}}
    storage = {"capacity_m3": 1.0, "slow_from_share": 0.8, "slowest_factor": 2.0, "cost_per_m3_day": 24.0}
    scenario = shop(tmp_path, [480, 500], stock={"skus": skus, "storage": storage})
    ledger = happen(scenario, [[(0, 1)], [(0, 1)]], pick_work_min=[10.0, 10.0])
    # 0.9 of 1.0 m3: half way from 0.8 to 1, work takes 1.5 times as long. At 08:30 0.7 + 0.2 fit.
    assert_log(ledger, pick_start_min=[480, 500], pick_end_min=[495, 515])
    assert_log(ledger, "supplies", arrived_min=[510], put_away_min=[510])
    full = shop(tmp_path, [480, 545], stock={"skus": {"box": {**skus["box"], "on_hand": 10}}, "storage": storage})
    waits = happen(full, [[(0, 1)], [(0, 1)]], pick_work_min=[10.0, 10.0])
    # 0.9 + 0.2 do not fit at 08:30; the second order leaves 0.8, and at 10:00 somebody looks.
    assert_log(waits, "supplies", arrived_min=[510], put_away_min=[600])
    assert sim.kpis(waits)["peak_storage_m3"] == pytest.approx(1.0)


def test_a_third_party_ships_only_what_was_placed_with_it(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 9, "at_3pl": 2}}, "third_party": "placed"}
    scenario = shop(tmp_path, [480, 481, 482], stock=stock, carriers={"van": van()})
    third = plan(other=Overflow3PL(daily_capacity=9, cost_per_order=90.0, lead_time_h=1.0, share=1.0))
    ledger = happen(scenario, [[(0, 2)], [(0, 1)], [(0, 1)]], third, route_u=[0.1] * 3)
    assert names(ledger, "route") == ["3pl", "site", "site"]
    assert names(ledger, "place", "lines") == ["3pl", "site", "site"]
    assert left(ledger) == [7]
    assert column(ledger, "third_party_free", "stock_left").tolist() == [0]


def test_a_gift_is_put_in_and_paid_for_only_while_there_are_any(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 9}, "sweet": {"on_hand": 1}}, "gift": "sweet"}
    scenario = shop(tmp_path, [1100, 1101], days=2, stock=stock, carriers={"van": van()}, promise=promise("20:00"))
    gift = Compensation(offer="gift", value_cost=15.0, classes=["standard"], after_due_h=0.0)
    ledger = happen(scenario, [[(0, 1)], [(0, 1)]], plan(gift=gift))
    assert_log(ledger, compensation_cost=[15.0, 0.0])
    assert_log(ledger, "lines", order_row=[0, 1, 0], gift=[False, False, True])
    assert left(ledger) == [7, 0]


def test_a_purchase_limit_cuts_lines_from_the_last_one_on(tmp_path: Path) -> None:
    stock = {"skus": {"tea": {"on_hand": 9, "price": 10.0}, "cup": {"on_hand": 9, "price": 30.0}}}
    scenario = shop(tmp_path, [480], stock=stock)
    limit = plan(limit=PurchaseLimit(units=3, leave_share=0.0))
    ledger = happen(scenario, [[(0, 2), (1, 3)]], limit, value=[110.0])
    assert_log(ledger, "lines", units=[2, 1])
    assert_log(ledger, lines=[2], units=[3], value=[50.0])
    assert left(ledger) == [7, 8]
