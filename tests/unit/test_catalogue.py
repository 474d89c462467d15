"""The catalogue: SKUs from YAML and assortments, what is wrong with them, and the work that they make."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import sim
from sim.demand.baskets import Baskets
from sim.demand.catalogue import Inbound, catalogue_of
from sim.demand.handling import OneByOne, packaging_costs, standard_work
from sim.errors import Problem
from sim.scenario.scale import at_scale
from tests.stock_shop import shop

INF = float("inf")


def problems(**stock: Any) -> dict[str, str]:
    """What the scenario says about its stock: place -> remedy."""
    with pytest.raises(ValidationError) as caught:
        shop(**stock)
    found: list[Problem] = []
    for detail in caught.value.errors():
        found += getattr(detail["ctx"]["error"], "problems", ())
    return {problem.place: problem.remedy for problem in found}


# --- SKUs as a planner writes them ------------------------------------------------------------------------------


def test_skus_become_columns() -> None:
    box = {"price": 9.0, "unit_cost": 4.0, "volume_l": 2.5, "at_3pl": 7, "zone": "cool", "packaging": "tin"}
    rule = {"rule": "s_S", "point": 10, "up_to": 30}
    found = catalogue_of(
        shop(
            skus={"box": box | {"popularity": 3.0}, "card": {"safety_stock": 5, "reorder": rule}},
            zones={"far": {}, "cool": {}},
            packagings={"tin": {}},
            economics={"price_per_unit": 10.0, "margin_share": 0.4},
        )
    )
    assert found.names == ("box", "card")
    assert len(found) == 2
    assert found.popularity.tolist() == [0.75, 0.25]
    assert found.price.tolist() == [9.0, 10.0]
    assert found.unit_cost.tolist() == [4.0, 6.0]
    assert found.volume_l.tolist() == [2.5, 0.0]
    assert found.at_third.tolist() == [7, 0]
    assert found.safety.tolist() == [0, 5]
    assert (found.zone.tolist(), found.packaging.tolist()) == ([2, 0], [1, 0])
    assert (found.reorder[1].point, found.reorder[1].up_to) == (15, 35)


def test_times_become_minutes() -> None:
    """Day 0 is 5 January: what keeps until the 6th can be sold for two days, a shelf life of one day as long."""
    sku = {
        "on_hand": 4,
        "shelf_life_days": 1,
        "lots": [{"units": 9}, {"units": 2, "expires": "2026-01-06"}, {"units": 1, "expires": "2026-01-05"}],
        "receipts": [{"at": "2026-01-06T10:00", "units": 5, "expires": "2026-01-06"}, {"at": 3.0, "units": 6}],
        "corrections": [{"at": 30.0, "units": -2}, {"at": 1.0, "units": 1}],
    }
    found = catalogue_of(shop(skus={"box": sku}))
    assert found.opening == (
        Inbound(0, 0.0, 1, 1440.0),
        Inbound(0, 0.0, 2, 2880.0),
        Inbound(0, 0.0, 4, 2880.0),
        Inbound(0, 0.0, 9, INF),
    )
    assert found.promised == (Inbound(0, 180.0, 6, INF), Inbound(0, 2040.0, 5, 2880.0))
    assert [tuple(each) for each in found.counted] == [(0, 60.0, 1), (0, 1800.0, -2)]


def test_zones_of_one_name_take_the_place_of_the_standard_one() -> None:
    found = catalogue_of(shop(skus={"box": {}}, zones={"standard": {"pick_factor": 2.0}}))
    assert [zone.pick_factor for zone in found.zones] == [2.0]
    assert found.zone.tolist() == [0]


def test_receipts_after_the_run_are_noted() -> None:
    late = [{"at": 47.0, "units": 1}, {"at": 48.0, "units": 1}, {"at": "2026-03-01", "units": 1}]
    found = catalogue_of(shop(skus={"box": {"receipts": late}}))
    assert found.notes["stock_receipts_after_the_run"] == 2


# --- what does not hang together --------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_at_once_with_its_place() -> None:
    sku = {
        "zone": "coool",
        "packaging": "tin",
        "made_by": "oven",
        "lots": [{"units": 1}, {"units": 1, "expires": "2026-01-04"}],
        "receipts": [{"at": -1.0, "units": 1}, {"at": 30.0, "units": 1, "expires": "2026-01-05"}],
        "corrections": [{"at": "2026-01-04T23:00", "units": -1}],
        "popularity": 0.0,
    }
    found = problems(skus={"box": sku}, zones={"cool": {}}, gift="boxx")
    assert found == {
        "stock.skus.box.zone": "there is no such zone in stock; did you mean 'cool'?; there is standard, cool",
        "stock.skus.box.packaging": "there is no such packaging in stock; there is standard",
        "stock.skus.box.made_by": "there is no such production line in stock; there is none",
        "stock.skus.box.lots.1.expires": "expires before the run begins (2026-01-05): leave it out",
        "stock.skus.box.receipts.0.at": "lies before the run begins (2026-01-05): what has come already belongs to "
        "lots or on_hand",
        "stock.skus.box.receipts.1.expires": "expires before it arrives (2026-01-06)",
        "stock.skus.box.corrections.0.at": "lies before the run begins (2026-01-05): put it into on_hand",
        "stock.gift": "is not among the SKUs; did you mean 'box'?",
        "stock": "no SKU has a popularity above 0: customers find nothing to order",
    }


def test_what_expires_on_the_day_it_arrives_is_allowed() -> None:
    shop(skus={"box": {"lots": [{"units": 1, "expires": "2026-01-05"}], "made_by": None}})
    shop(skus={"box": {"receipts": [{"at": 30.0, "units": 1, "expires": "2026-01-06"}]}})


@pytest.mark.parametrize(
    ("stock", "place"),
    [
        ({"assortment": {}}, "stock.assortment.count"),
        ({"assortment": {"count": 3}, "skus": {"sku_3": {}}}, "stock.skus.sku_3"),
        ({"assortment": {"count": 3, "model": {"zone": "x"}}}, "stock.assortment.model.zone"),
        ({"assortment": {"count": 3}, "gift": "sku_4"}, "stock.gift"),
    ],
)
def test_assortments_that_do_not_fit(stock: Any, place: str) -> None:
    assert list(problems(**stock)) == [place]


@pytest.mark.parametrize(
    "stock",
    [
        {"assortment": {"count": 3}, "gift": "sku_3"},
        {"assortment": {"count": 3}, "skus": {"tin": {}}, "gift": "sku_1"},
        {"assortment": {"count": 3}, "skus": {"sku_4": {}, "sku_03": {}, "sku_x": {}}},
    ],
)
def test_assortments_that_fit(stock: Any) -> None:
    assert len(catalogue_of(shop(**stock))) == 3 + len(stock.get("skus", {}))


def test_negative_stock_and_an_empty_stock_are_refused() -> None:
    with pytest.raises(ValidationError, match="greater than or equal to 0"):
        shop(skus={"box": {"on_hand": -1}})
    with pytest.raises(ValidationError, match="needs skus, a catalogue or an assortment"):
        shop(skus={})


def test_a_campaign_without_anything_to_sell_is_refused() -> None:
    demand = {"profile": {"per_day": 9.0}, "campaign": {"start": 1.0, "end": 2.0}}
    with pytest.raises(ValidationError, match="the campaign has nothing to sell"):
        shop(demand=demand, skus={"box": {"campaign_factor": 0.0}})
    shop(skus={"box": {"campaign_factor": 0.0}})  # and without a campaign it is not


# --- assortments ------------------------------------------------------------------------------------------------


def test_an_assortment_has_days_of_mean_sales() -> None:
    """100 orders of 2 lines of 3 units at scale 0.5 are 300 units a day; the ranks weigh 1, 1/2, 1/4 with a box of 1/4:
    150, 75, 37.5 and 37.5 units a day."""
    demand = {"profile": {"per_day": 100.0}, "basket": {"lines_mean": 2.0, "units_per_line_mean": 3.0}}
    assortment = {
        "count": 3,
        "exponent": 2.0,
        "on_hand_days": 10.0,
        "rule": "s_S",
        "point_days": 2.0,
        "up_to_days": 4.0,
        "model": {"at_3pl": 8, "volume_l": 3.0},
    }
    weights = np.array([1 / 4, 1, 1 / 4, 1 / 9])
    per_day = 300 * weights / weights.sum()
    scenario = at_scale(shop(demand=demand, scale=0.5, skus={"box": {"popularity": 0.25}}, assortment=assortment))
    found = catalogue_of(scenario)
    assert found.names == ("box", "sku_1", "sku_2", "sku_3")
    np.testing.assert_allclose(found.popularity, weights / weights.sum())
    assert [lot.units for lot in found.opening] == [round(10 * mean) for mean in per_day[1:]]
    assert [rule.point for rule in found.reorder[1:]] == [round(2 * mean) for mean in per_day[1:]]
    assert [rule.up_to for rule in found.reorder[1:]] == [round(4 * mean) for mean in per_day[1:]]
    assert found.at_third.tolist() == [0, 4, 4, 4]
    assert found.volume_l.tolist() == [0, 3, 3, 3]


def test_the_campaign_bends_an_assortment_by_exponent_and_factor() -> None:
    found = catalogue_of(
        shop(
            skus={"box": {}},
            assortment={"count": 2, "exponent": 0.0, "campaign_exponent": 1.0, "model": {"campaign_factor": 2.0}},
        )
    )
    np.testing.assert_allclose(found.popularity, [1 / 3, 1 / 3, 1 / 3])
    np.testing.assert_allclose(found.campaign_popularity, [1 / 4, 2 / 4, 1 / 4])


# --- work -------------------------------------------------------------------------------------------------------

SITE = {
    "picking": {"setup_min": 1.0, "per_line_min": 0.5, "per_unit_min": 0.1},
    "packing": {"setup_min": 2.0, "per_line_min": 0.2, "per_unit_min": 0.05},
}
PLACES: dict[str, Any] = {
    "zones": {"cool": {"pick_factor": 2.0, "walk_min": 3.0}, "far": {"walk_min": 5.0}},
    "packagings": {
        "tin": {"pack_factor": 3.0, "setup_min": 0.5, "cost": 7.0},
        "crate": {"setup_min": 4.0, "cost": 2.0},
        "box": {"setup_min": 0.5, "cost": 9.0},
    },
    "skus": {
        "plain": {},
        "ice": {"zone": "cool", "packaging": "tin"},
        "sofa": {"zone": "far", "packaging": "crate"},
        "card": {"packaging": "box"},
    },
}
# plain x2; ice x3, ice x1, plain x1; nothing; sofa x1, ice x2; card x1, ice x1
LINES = Baskets(
    np.array([0, 1, 4, 4, 6, 8]),
    np.array([0, 1, 1, 0, 2, 1, 3, 1], dtype=np.int32),
    np.array([2, 3, 1, 1, 1, 2, 1, 1], dtype=np.int32),
)


def test_zones_set_the_time_of_picking() -> None:
    """Lines and units in the cool room count twice; its walk of 3 minutes is walked once."""
    scenario = shop(site=SITE, **PLACES)
    found = standard_work(scenario.site.picking, catalogue_of(scenario), LINES)
    expected = [
        1 + 0.5 + 0.1 * 2,
        1 + 0.5 * (2 + 2 + 1) + 0.1 * (6 + 2 + 1) + 3,
        1,
        1 + 0.5 * (1 + 2) + 0.1 * (1 + 4) + 3 + 5,
        1 + 0.5 * (1 + 2) + 0.1 * (1 + 2) + 3,
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_packaging_sets_the_time_and_the_material_of_packing() -> None:
    """One parcel per order, in the packaging with the longest set-up; the tin and the box tie, the box is dearer."""
    scenario = shop(site=SITE, **PLACES)
    packing = scenario.site.packing
    assert packing is not None
    found = standard_work(packing, catalogue_of(scenario), LINES)
    expected = [
        2 + 0.2 + 0.05 * 2,
        2 + 0.2 * (3 + 3 + 1) + 0.05 * (9 + 3 + 1) + 0.5,
        2,
        2 + 0.2 * (1 + 3) + 0.05 * (1 + 6) + 4,
        2 + 0.2 * (1 + 3) + 0.05 * (1 + 3) + 0.5,
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    assert packaging_costs(catalogue_of(scenario), LINES).tolist() == [0, 7, 0, 2, 9]


def test_drawn_work_and_material_are_those_of_the_baskets() -> None:
    site = {name: {**stage, "service": "deterministic"} for name, stage in SITE.items()}
    scenario = shop(site=site, demand={"profile": {"per_day": 200.0}, "basket": {"lines_mean": 2.0}}, **PLACES)
    draws = sim.sample(scenario, seed=2)
    assert draws.stock is not None
    found = catalogue_of(scenario)
    assert scenario.site.packing is not None
    for stage, work in ((scenario.site.picking, draws.pick_work_min), (scenario.site.packing, draws.pack_work_min)):
        np.testing.assert_allclose(work, standard_work(stage, found, draws.stock.baskets), atol=2.0**-20)
    assert set(packaging_costs(found, draws.stock.baskets).tolist()) == {0.0, 2.0, 7.0, 9.0}


def test_one_order_at_a_time_takes_the_same() -> None:
    scenario = shop(site=SITE, **PLACES)
    found = catalogue_of(scenario)
    assert scenario.site.packing is not None
    for stage in (scenario.site.picking, scenario.site.packing):
        expected, one = standard_work(stage, found, LINES), OneByOne(stage, found)
        for order in range(len(LINES.first) - 1):
            rows = slice(LINES.first[order], LINES.first[order + 1])
            lines = list(zip(LINES.sku[rows].tolist(), LINES.units[rows].tolist(), strict=True))
            if lines:
                assert one.minutes(lines) == pytest.approx(expected[order])


def test_without_zones_and_packaging_work_is_by_lines_and_units() -> None:
    draws = sim.sample(shop(site=SITE, skus={"box": {}}), seed=2)
    assert draws.stock is not None
    expected = 1.0 + 0.5 * draws.lines + 0.1 * draws.units
    np.testing.assert_allclose(draws.pick_work_min, expected, atol=2.0**-20)


# --- the shipped scenario ---------------------------------------------------------------------------------------


def test_the_cookie_shops_arithmetic_is_as_its_file_tells_it() -> None:
    scenario = sim.load_scenario("mid_autumn_stock")
    stock, demand = scenario.stock, scenario.demand
    assert stock is not None
    assert demand.campaign is not None
    oven, basket = stock.production["oven"], demand.basket
    ordinary = demand.profile.per_day * basket.lines_mean * basket.units_per_line_mean
    baked = oven.hours_per_day * oven.units_per_h * len(oven.weekdays) / 7
    levels = {name: sku.reorder.up_to + sku.safety_stock for name, sku in stock.skus.items() if sku.made_by}
    full = sum(levels.values())
    assert (ordinary, round(baked), full) == (1125, 2743, 13_125)
    last_year = demand.campaign.uplift / 1.5 * ordinary - baked
    this_year = demand.campaign.uplift * ordinary - baked
    assert (round(last_year), round(14 * last_year, -1)) == (182, 2550)
    assert last_year * 14 < full / 5 < 0.21 * full
    assert round(this_year) in (1644, 1645)
    assert round(full / this_year) == 8
    assert stock.storage is not None
    volume = sum(units * stock.skus[name].volume_l for name, units in levels.items()) / 1000
    assert round(volume) == 80
    assert volume < stock.storage.capacity_m3 * stock.storage.slow_from_share
    before = sum(lot.units for sku in stock.skus.values() for lot in sku.lots)
    assert before + 6 * oven.hours_per_day * oven.units_per_h - 7 * ordinary > full  # the week before fills the shelves
    gift_box, usual = stock.packagings["gift_box"], sim.load_scenario("mid_autumn")
    assert scenario.site.packing is not None
    assert usual.site.packing is not None
    assert scenario.site.packing.setup_min + gift_box.setup_min == usual.site.packing.setup_min
    assert scenario.economics.packaging_cost + gift_box.cost == usual.economics.packaging_cost
