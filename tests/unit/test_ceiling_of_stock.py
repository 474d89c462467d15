"""The ceiling of a shop that bakes what it sells, by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sim.compute import Engine
from sim.experiment.questions.constraint import Constraint
from sim.experiment.questions.resources import resources_of
from sim.planning.ceiling.binding import STOCK, twice
from sim.planning.ceiling.question import Ceilings, Search, ceiling
from sim.scenario.economics import Targets
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Stock
from tests.small_sites import packing, picking, plan, promise, shift, site, world

NONE = plan().model_copy(update={"name": "none"})
OVEN = {"hours_per_day": 2.0, "units_per_h": 30.0, "ready_at": "07:00", "cost_per_h": 500.0}


def bakery(folder: Path, *, fill_rate: float | None = 0.95, **stock: Any) -> Scenario:
    """Ten orders of a box each at eight; the oven bakes 30 boxes an hour from five to seven: 60.

    Replayed x times, x between 6 and 7, they are 60 + Binomial(10, x - 6) orders; of 63 at least 95 % are supplied,
    of 64 fewer. A picker and a packer do 500 in a day.
    """
    rule = {"rule": "R_Q", "point": 0, "lot_size": 1000}
    usual = {"skus": {"box": {"reorder": rule, "made_by": "oven"}}, "production": {"oven": OVEN}}
    return world(
        folder,
        [480.0] * 10,
        site=site(pick=picking(shift(), setup_min=1.0), pack=packing(shift(), setup_min=1.0 / 64)),
        promise=promise("18:01"),
        targets=Targets(service_level_ship=0.95, probability=0.9, fill_rate=fill_rate),
        stock=Stock.model_validate({**usual, **stock}),
    )


def asked(scenario: Scenario, constraint: Constraint | None = None, **more: Any) -> Ceilings:
    usual: dict[str, Any] = {"low": 2.0, "high": 20.0, "points": 5, "width": 0.02, "replications": 6, "first": 3}
    with Engine("serial") as engine:
        search = Search(**{**usual, **more})
        return ceiling(scenario, [NONE], search, seed=3, constraint=constraint, engine=engine)


def test_a_shop_that_sells_out_is_not_called_borne(tmp_path: Path) -> None:
    (each,) = asked(bakery(tmp_path), binding=False).found
    assert each.verdict == "bracket"
    assert 6.0 < each.low < each.high < 7.0
    # service alone calls it borne: what is sold out is no order, and all that are sold are shipped in time
    (blind,) = asked(bakery(tmp_path, fill_rate=None), binding=False).found
    assert blind.verdict == "holds_to_the_largest"


def test_one_more_hour_of_the_oven_by_hand(tmp_path: Path) -> None:
    """An hour more bakes 90 boxes: 94 orders are supplied to 95 %, and 95 are not; before, 63 and 64."""
    found = asked(bakery(tmp_path), worth=True, binding=False)
    worth = found.worth.set_index("resource")
    row = worth.loc["oven.hours"]
    assert (row["kind"], row["owner"], row["added"]) == ("production", "oven", 1.0)
    # in a draw u_1 < ... < u_10 the base breaks beyond 6 + u_4, with 90 boxes beyond 9 + u_5: by 30 to 40 orders more
    assert 30.0 - 2 * 0.02 * 95 <= row["gain_orders"] <= 40.0
    assert row["gain_orders"] == pytest.approx(31.0, abs=3.0)
    assert row["clear"]
    for name in ("picking.shift_0", "packing.shift_0"):
        assert [worth.loc[name, column] for column in ("gain", "gain_low", "gain_high")] == [0.0] * 3
    assert next(iter(worth.index)) == "oven.hours"


def test_the_stock_binds_and_twice_of_it_is_an_oven_twice_as_fast(tmp_path: Path) -> None:
    scenario = bakery(tmp_path)
    assert twice(scenario, STOCK) == {"stock.production.oven.units_per_h": 60.0}
    table = asked(scenario).binding.set_index("step")
    assert list(table["resource"]) == [STOCK, STOCK]
    assert list(table["hours"]) == [1.0, 1.0]  # all ask at eight
    # 120 boxes are 95 % of 126
    assert table.loc[2, "breaks_at_orders"] == pytest.approx(126.5, rel=0.03)


def test_bought_goods_and_assortments_are_doubled_too(tmp_path: Path) -> None:
    skus = {"tea": {"on_hand": 10, "lots": [{"units": 30}]}, "none": {}}
    scenario = bakery(tmp_path, skus=skus, production={}, assortment={"count": 2, "on_hand_days": 7.0})
    assert twice(scenario, STOCK) == {"stock.skus.tea.on_hand": 50, "stock.assortment.on_hand_days": 14.0}


@pytest.mark.parametrize(
    ("constraint", "level"),
    [
        (Constraint(), 0.95),
        (Constraint(probability=0.8), 0.95),
        (Constraint(level=0.9), None),
        (Constraint("fill_rate", 0.9), None),
    ],
)
def test_fill_rate_is_asked_beside_the_scenarios_own_target_only(
    tmp_path: Path, constraint: Constraint, level: float | None
) -> None:
    also = constraint.also(bakery(tmp_path))
    assert (None if also is None else also.level({})) == level
    assert also is None or also.probability == constraint.required(bakery(tmp_path)).probability
    assert constraint.also(bakery(tmp_path, fill_rate=None)) is None
    assert constraint.also(bakery(tmp_path).model_copy(update={"stock": None})) is None


def test_fill_rate_alone_can_be_asked_for(tmp_path: Path) -> None:
    alone = Constraint("fill_rate", 0.95)
    both, one = (asked(bakery(tmp_path), each, binding=False).found[0] for each in (None, alone))
    assert (one.low, one.high) == (both.low, both.high)


# --- resources ----------------------------------------------------------------------------------------------------


def test_one_more_of_each_of_stock(tmp_path: Path) -> None:
    skus = {
        "best": {"popularity": 3.0, "on_hand": 5, "lots": [{"units": 95}]},
        "rest": {"popularity": 1.0, "on_hand": 4},
        "gift": {"popularity": 0.0, "on_hand": 100},
        "bare": {"popularity": 2.0},
        "a.b": {"popularity": 1.0, "on_hand": 40},
    }
    scenario = bakery(
        tmp_path,
        skus=skus,
        production={"oven": OVEN, "mill": {**OVEN, "hours_per_day": 23.5}, "kiln": {**OVEN, "hours_per_day": 24.0}},
        receiving={"workers": 2, "units_per_worker_h": 100.0, "wage_per_h_cost": 230.0},
        storage={"capacity_m3": 50.0},
    )
    found, refused = resources_of(scenario)
    of_stock = {
        each.key: (each.kind, dict(each.values), each.added, each.cost_line)
        for each in found
        if each.kind in {"production", "gate", "space", "on_hand"}
    }
    lines = "stock.production"
    assert of_stock == {
        "oven.hours": ("production", {f"{lines}.oven.hours_per_day": 3.0}, 1.0, "production"),
        "mill.hours": ("production", {f"{lines}.mill.hours_per_day": 24.0}, 0.5, "production"),
        "gate": ("gate", {"stock.receiving.workers": 3}, 1.0, "receiving_pay"),
        "shelves": ("space", {"stock.storage.capacity_m3": pytest.approx(55.0)}, pytest.approx(5.0), ""),
        "on_hand.best": ("on_hand", {"stock.skus.best.on_hand": 15}, 10.0, ""),
        "on_hand.rest": ("on_hand", {"stock.skus.rest.on_hand": 5}, 1.0, ""),
    }
    reasons = {each.key: each.reason for each in refused}
    assert "all day" in reasons["kiln.hours"]
    assert "dot" in reasons["on_hand.a.b"]


def test_at_most_twenty_skus_the_most_popular(tmp_path: Path) -> None:
    skus = {f"sku_{k}": {"popularity": float(k), "on_hand": 10} for k in range(1, 31)}
    found, _ = resources_of(bakery(tmp_path, skus=skus, production={}))
    own = [each.owner for each in found if each.kind == "on_hand"]
    assert own == [f"sku_{k}" for k in range(30, 10, -1)]


def test_nothing_of_stock_without_it(tmp_path: Path) -> None:
    scenario = bakery(tmp_path).model_copy(update={"stock": None})
    assert {each.kind for each in resources_of(scenario)[0]} <= {"worker", "station", "visit"}


def test_what_missed_is_told_apart(tmp_path: Path) -> None:
    """A picker of ten minutes does 60 in time, the oven has 600: service breaks and stock does not."""
    slow = bakery(tmp_path, production={"oven": {**OVEN, "units_per_h": 300.0}})
    slow = slow.model_copy(update={"site": site(pick=picking(shift()), pack=packing(shift(), setup_min=1.0 / 64))})
    found = asked(slow, low=4.0, high=9.0)
    assert next(iter(found.binding["resource"])) == "picking"
