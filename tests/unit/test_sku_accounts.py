"""What became of each SKU: by hand, and rebuilt from the tables of runs in which everything happens to stock."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.invariants import check_ledger
from sim.scenario.stock import Stock
from sim.sku_accounts import Accounts, Course, accounts_of, courses
from tests.small_sites import run, world


def test_a_day_by_hand(tmp_path: Path) -> None:
    """Ten ask for one each: at 2 h six times, at 8 h four times; four are there, three more come at 5 h."""
    sku = {"on_hand": 4, "safety_stock": 2, "receipts": [{"at": 5.0, "units": 3}]}
    stock = Stock.model_validate({"skus": {"cup": sku, "vase": {"popularity": 0.0}}})
    ledger = run(world(tmp_path, [120.0] * 6 + [480.0] * 4, stock=stock))
    found = accounts_of(ledger)
    assert found.names == ("cup", "vase")
    assert found.asked.tolist() == [10, 0]
    assert found.dropped.tolist() == [3, 0]  # two at 2 h, one at 8 h
    assert found.owed.tolist() == [0, 0]
    np.testing.assert_allclose(found.sold_out_days, [(3 + 16) / 24, 1.0])
    np.testing.assert_allclose(found.short_days, [(3 + 16) / 24, 1.0])
    assert found.written_off.tolist() == [0, 0]
    assert found.worst(5) == [0]  # nobody asked for the other
    (course,) = courses(ledger, [0])
    assert course.times.tolist() == [0.0, 120.0, 300.0, 480.0]
    assert course.levels.tolist() == [4, 0, 3, 0]
    assert course.below(1, 1440.0) == [(120.0, 300.0), (480.0, 1440.0)]
    assert course.at(np.array([0.0, 119.0, 120.0, 301.0])).tolist() == [4, 4, 0, 3]


def test_units_owed_and_written_off(tmp_path: Path) -> None:
    """Two of five are there, three are owed; of six that come three are free, and expire at the day's end."""
    sku = {"on_hand": 2, "receipts": [{"at": 5.0, "units": 6, "expires": "2026-01-05"}]}
    stock = Stock.model_validate({"skus": {"cup": sku}, "oversell": {"policy": "unlimited"}})
    ledger = run(world(tmp_path, [120.0] * 5, days=2, stock=stock))
    found = accounts_of(ledger)
    assert (found.asked[0], found.dropped[0], found.owed[0]) == (5, 0, 3)
    (course,) = courses(ledger, [0])
    assert course.levels.tolist()[:3] == [2, -3, 3]
    begin, end = ledger.scenario.measure_from_min, ledger.scenario.measure_to_min
    expired = int(ledger.tables["stock_moves"]["units"][ledger.tables["stock_moves"]["kind"] == 5].sum())
    assert found.written_off[0] == expired == 3
    assert course.levels[-1] == 0
    assert 0 < found.sold_out_days[0] <= (end - begin) / 1440


def test_the_worst_come_first_and_those_nobody_missed_not_at_all() -> None:
    names = ("a", "b", "c", "d", "e")
    counts = {
        name: np.array(values)
        for name, values in {
            "asked": [5, 9, 9, 9, 0],
            "dropped": [0, 2, 0, 0, 0],
            "owed": [0, 0, 3, 0, 0],
            "written_off": [0, 0, 0, 1, 0],
        }.items()
    }
    days = np.array([0.5, 0.0, 0.0, 0.0, 2.0])
    found = Accounts(names, **counts, short_days=days, sold_out_days=days)
    assert found.worst(9) == [2, 1, 0, 3]
    assert found.worst(1) == [2]


def test_stretches_next_to_each_other_are_one() -> None:
    course = Course(np.array([0.0, 10.0, 20.0, 30.0]), np.array([0, -2, 5, 0]))
    assert course.below(1, 40.0) == [(0.0, 20.0), (30.0, 40.0)]
    assert course.below(1, 25.0) == [(0.0, 20.0)]
    assert course.below(-5, 40.0) == []


COUNTS = [{"at": 5.0, "units": -20}, {"at": 9.0, "units": 9}]
MESSY: dict[str, Any] = {
    "assortment": {
        "count": 8,
        "on_hand_days": 0.4,
        "rule": "s_S",
        "point_days": 0.5,
        "up_to_days": 0.8,
        "model": {"supply": {"lead_time_days": 0.4}, "shelf_life_days": 1, "safety_stock": 3},
    },
    "skus": {
        "baked": {"popularity": 1.0, "made_by": "oven", "reorder": {"rule": "R_Q", "point": 20, "lot_size": 40}},
        "counted": {"popularity": 0.5, "on_hand": 50, "corrections": COUNTS},
    },
    "production": {"oven": {"hours_per_day": 4.0, "units_per_h": 20.0, "ready_at": "10:00"}},
    "receiving": {"units_per_worker_h": 60.0, "returns_per_worker_h": 20.0},
    "returns": {"share": 0.2, "after_days": 0.5, "resaleable_share": 0.7},
}


@pytest.mark.parametrize(
    "oversell",
    [
        {"policy": "none"},
        {"policy": "none", "sold_out": "reject_order"},
        {"policy": "unlimited"},
        {"policy": "share", "share": 0.2, "ship": "split"},
    ],
)
@pytest.mark.parametrize("third", [{}, {"third_party": "placed"}])
def test_the_courses_are_the_levels_that_the_floor_read(oversell: dict[str, Any], third: dict[str, Any]) -> None:
    """Free and owed units, added up over the SKUs, are at every hour what the floor counted, whatever happens."""
    scenario = sim.load_scenario("steady")
    given = {**MESSY, **third, "oversell": oversell}
    given["assortment"] = {**MESSY["assortment"], "model": {**MESSY["assortment"]["model"], "at_3pl": 40 * len(third)}}
    scenario = scenario.model_copy(update={"stock": Stock.model_validate(given), "scale": 0.2})
    ledger = sim.simulate(scenario, sim.load_plan("overflow_3pl" if third else "none"), sim.sample(scenario, 3, 0))
    check_ledger(ledger)
    levels, left = ledger.tables["stock_levels"], ledger.tables["stock_left"]
    found = courses(ledger, range(len(ledger.categories["sku"])))
    free = np.array([each.at(levels["time_min"]) for each in found])
    assert np.count_nonzero(np.maximum(free, 0).sum(axis=0) != levels["free"]) == 0
    assert np.count_nonzero(np.maximum(-free, 0).sum(axis=0) != levels["owed"]) == 0
    last = [int(each.levels[-1]) if len(each.levels) else 0 for each in found]
    assert last == (left["free"] - left["owed"]).tolist()
    accounts = accounts_of(ledger)
    assert accounts.dropped.sum() == sim.kpis(ledger)["dropped_units"]
    assert accounts.written_off.sum() == sim.kpis(ledger)["written_off_units"]
    # read once an hour, the days short are those of the accounts but for what lies between two readings
    assert accounts.short_days.sum() == pytest.approx(sim.kpis(ledger)["short_sku_days"], rel=0.05, abs=0.5)
