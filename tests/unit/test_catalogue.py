"""The catalogue: SKUs from YAML, CSV files and assortments, what is wrong with them, and the work that they make."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

import sim
from sim.demand import catalogue_file
from sim.demand.baskets import Baskets
from sim.demand.catalogue import Catalogue, Inbound, catalogue_of
from sim.demand.handling import packaging_costs, standard_work
from sim.errors import InputError, Problem
from sim.experiment.laboratory.fingerprint import scenario_key
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario
from sim.scenario.stock import CATALOGUE_COLUMNS, Lot, Reorder, Sku, Supply
from tests.ledgers import world

INF = float("inf")


def shop(*, demand: Any = None, scale: float = 1.0, site: Any = None, economics: Any = None, **stock: Any) -> Scenario:
    """Two days from Monday 2026-01-05 with the given stock."""
    given: dict[str, Any] = {"demand": demand or {"profile": {"per_day": 100.0}}, "scale": scale, "stock": stock}
    given |= {"site": site} if site else {}
    given |= {"economics": economics} if economics else {}
    return world(**given)


def problems(**stock: Any) -> dict[str, str]:
    """What the scenario says about its stock: place -> remedy."""
    with pytest.raises(ValidationError) as caught:
        shop(**stock)
    found: list[Problem] = []
    for detail in caught.value.errors():
        found += getattr(detail["ctx"]["error"], "problems", ())
    return {problem.place: problem.remedy for problem in found}


def unlisted(scenario: Scenario) -> list[str]:
    """What is wrong once the files are read."""
    with pytest.raises(InputError) as caught:
        catalogue_of(scenario)
    return [str(problem) for problem in caught.value.problems]


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


# --- catalogue files --------------------------------------------------------------------------------------------

FULL = (
    "SKU; popularity;campaign_factor;price;unit_cost;on_hand;at_3pl;safety_stock;expires;rule;point;up_to;lot_size;"
    "lead_time_days;late_share;late_days;made_by;shelf_life_days;volume_l;zone;packaging\n"
    " box ;2.5;3;9;4.5;40;6;2;2026-02-01;s_S;10;20;;3;0.1;2;;30;1.5;cool;tin\n"
    "Card;;;;;;;;;;;;;;;;;;;;\n"
    "bun;1;1;1;1;10;0;0;;R_Q;4;;8;;;;oven;2;;;\n"
)
KNOWN: dict[str, Any] = {"zones": {"cool": {}}, "packagings": {"tin": {}}, "production": {"oven": {"units_per_h": 9.0}}}


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Write a catalogue and hand over its path."""

    def written(text: str | bytes, name: str = "skus.csv") -> str:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return str(path)

    return written


def from_file(path: str, **more: Any) -> Catalogue:
    return catalogue_of(shop(catalogue=path, **{**KNOWN, **more}))


def test_a_catalogue_file_says_what_yaml_would(file: Any) -> None:
    box = Sku(
        popularity=2.5,
        campaign_factor=3.0,
        price=9.0,
        unit_cost=4.5,
        lots=[Lot(units=40, expires=date(2026, 2, 1))],
        at_3pl=6,
        safety_stock=2,
        reorder=Reorder(rule="s_S", point=10, up_to=20),
        supply=Supply(lead_time_days=3.0, late_share=0.1, late_days=2.0),
        shelf_life_days=30,
        volume_l=1.5,
        zone="cool",
        packaging="tin",
    )
    bun = Sku(
        price=1.0,
        unit_cost=1.0,
        on_hand=10,
        reorder=Reorder(rule="R_Q", point=4, lot_size=8),
        made_by="oven",
        shelf_life_days=2,
    )
    found = from_file(file(FULL))
    assert dict(zip(found.names, found.models, strict=True)) == {"box": box, "Card": Sku(), "bun": bun}


def test_every_figure_of_the_columns_is_one_of_a_sku() -> None:
    for column, (model, name) in CATALOGUE_COLUMNS.items():
        assert name in model.model_fields, column
    assert {column for column in CATALOGUE_COLUMNS if f";{column}" in FULL.replace("; ", ";")} == set(CATALOGUE_COLUMNS)


@pytest.mark.parametrize("kind", ["gz", "utf-16 with tabs", "comma"])
def test_catalogues_are_read_like_order_files(kind: str, file: Any) -> None:
    plain = from_file(file(FULL))
    text = FULL.replace(";", "\t" if "tabs" in kind else ",")
    raw = gzip.compress(text.encode()) if kind == "gz" else text.encode("utf-16" if "16" in kind else "utf-8-sig")
    assert from_file(file(raw, "other.csv")).models == plain.models


def test_catalogues_are_scaled_as_yaml_is(file: Any) -> None:
    small = catalogue_of(at_scale(shop(catalogue=file(FULL), scale=0.25, **KNOWN)))
    assert [(lot.sku, lot.units) for lot in small.opening] == [(0, 10), (2, 3)]  # 2.5 is rounded up
    assert small.at_third.tolist() == [2, 0, 0]
    assert small.safety.tolist() == [1, 0, 0]  # half a unit is still one
    assert (small.reorder[0].point, small.reorder[0].up_to) == (3 + 1, 5 + 1)
    assert small.reorder[2].lot_size == 2
    yaml = {"at_3pl": 6, "safety_stock": 2, "reorder": {"rule": "s_S", "point": 10, "up_to": 20}}
    beside = catalogue_of(at_scale(shop(skus={"box": yaml}, scale=0.25)))
    assert (beside.at_third[0], beside.safety[0], beside.reorder[0]) == (2, 1, small.reorder[0])


def test_a_file_that_has_changed_is_read_again(file: Any) -> None:
    scenario = shop(catalogue=file("sku,on_hand\nbox,1\n"))
    assert catalogue_of(scenario).opening[0].units == 1
    assert catalogue_of(scenario) is catalogue_of(scenario)
    file("sku,on_hand\nbox,23\n")
    assert catalogue_of(scenario).opening[0].units == 23


BAD = """sku;on_hand;price;zone;rule;point;up_to;lot_size;expires;on_hnd
A;-3;x;cold;s_S;5;3;;;1
B;5;1,5;standard;s_S;5;3;;2020-01-01;
B;5;1.5;standard;r_q;5;6;;;
;5;1.5;standard;;;;;;
C;5.5;1.5;standrd;;;;;;
D;;;;R_Q;;;;2027-01-01;
E;1;2
F;12;true;;s_S;7;7;;soon;
"""


def test_all_that_is_wrong_with_a_file_is_told_at_once(file: Any) -> None:
    told = unlisted(shop(catalogue=file(BAD), skus={"C": {}}, gift="Z"))
    assert told == [
        "skus.csv, column 10 = 'on_hnd': no figure of a SKU; did you mean 'on_hand'?",
        "skus.csv, row 2: on_hand '-3': must be at least 0 (units); price 'x': a number is needed (currency), not text; "
        "zone 'cold': there is no such zone in stock; there is standard",
        "skus.csv, row 3: price '1,5': a number is needed (currency), not text; "
        "expires '2020-01-01': lies before the run begins (2026-01-05)",
        "skus.csv, row 4: rule 'r_q': must be one of none, s_S, R_Q; sku 'B': is already in row 3",
        "skus.csv, row 5: sku: is empty",
        "skus.csv, row 6: on_hand '5.5': a whole number is needed (units); "
        "zone 'standrd': there is no such zone in stock; did you mean 'standard'?; there is standard; "
        "sku 'C': is in stock.skus too: describe it once",
        "skus.csv, row 7: rule R_Q: needs lot_size >= 1; expires '2027-01-01': belongs to units on hand: give on_hand too",
        "skus.csv, row 8: 3 cells where the header has 10",
        "skus.csv, row 9: price 'true': a number is needed (currency), not text; "
        "expires 'soon': write a date as YYYY-MM-DD",
        "stock.gift = Z: is not among the SKUs",
    ]


def test_reorder_levels_that_do_not_fit_are_told(file: Any) -> None:
    assert unlisted(shop(catalogue=file("sku,rule,point,up_to\na,s_S,7,7\nb,s_S,7,8\n"))) == [
        "skus.csv, row 2: rule s_S: needs up_to > point; 7 <= 7"
    ]


def test_many_bad_rows_are_counted(file: Any) -> None:
    told = unlisted(shop(catalogue=file("sku,on_hand\n" + "".join(f"s{row},-1\n" for row in range(50)))))
    assert len(told) == 21
    assert told[-1] == "and 30 more: rows are bad in the same or other ways"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sku,on_hand\n", "a header and no rows: one row per SKU is needed"),
        ("product,on_hand\na,1\n", "has no column 'sku', which names the SKU of each row"),
        ("sku,price,Price\na,1,2\n", "skus.csv, column 3 = 'Price': is there twice: keep one"),
        ("sku,weight\na,1\n", "no figure of a SKU; columns are sku, popularity"),
        (" \n", "empty: a header and rows below it are needed"),
        (b"PK\x03\x04rest", "an Excel workbook or zip archive: save the sheet as CSV (UTF-8)"),
        ("sku,on_hand\nM\u00fcsli,1\n".encode("latin-1"), "byte 0xfc: not UTF-8"),
        (f"sku,on_hand\n{'x' * 101},1\n", "has more than 100 characters"),
        ("sku,popularity\na,0\nb,0\n", "no SKU has a popularity above 0: customers find nothing to order"),
    ],
)
def test_files_that_are_no_catalogue(text: str | bytes, said: str, file: Any) -> None:
    assert said in "\n".join(unlisted(shop(catalogue=file(text))))


def test_a_catalogue_that_is_not_there_is_told_with_the_nearest(file: Any, tmp_path: Path) -> None:
    file(FULL)
    told = unlisted(shop(catalogue=str(tmp_path / "sku.csv")))
    assert len(told) == 1
    assert "stock.catalogue = " in told[0]
    assert "no such file; did you mean 'skus.csv'?" in told[0]


def test_more_skus_than_there_may_be_are_refused(file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue_file, "MOST_SKUS", 3)
    told = unlisted(shop(catalogue=file("sku,on_hand\na,1\nb,1\nc,1\nd,1\n")))
    assert told == ["skus.csv: 4 rows, at most 3 SKUs"]


def test_generated_names_must_not_be_in_the_file(file: Any) -> None:
    told = unlisted(shop(catalogue=file("sku\tprice\nsku_2\t1\n"), assortment={"count": 3}))
    assert told == [
        "stock = SKU 'sku_2': is in stock.skus or the catalogue, and generated by stock.assortment too: rename it"
    ]


def test_results_are_stored_by_the_content_of_the_catalogue(file: Any) -> None:
    first = scenario_key(shop(catalogue=file(FULL)))
    assert scenario_key(shop(catalogue=file(FULL, "moved.csv"))) == first
    assert scenario_key(shop(catalogue=file(FULL.replace(";40;", ";41;")))) != first
    assert scenario_key(shop(catalogue=file(FULL), gift="box")) != first
    assert scenario_key(shop(skus={"box": {}})) != scenario_key(shop(skus={"box": {"on_hand": 1}}))


def test_results_are_stored_by_the_content_of_durations(tmp_path: Path) -> None:
    path = tmp_path / "durations.csv"
    site = {"picking": {"service": {"distribution": "empirical", "file": str(path)}}}
    path.write_text("1\n2\n", encoding="utf-8")
    first = scenario_key(world(site=site))
    path.write_text("1\n2\n3\n", encoding="utf-8")
    assert scenario_key(world(site=site)) != first


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
    np.testing.assert_array_equal(draws.stock.packaging_cost, packaging_costs(found, draws.stock.baskets))
    assert set(draws.stock.packaging_cost.tolist()) == {0.0, 2.0, 7.0, 9.0}
    some = draws.stock.take(np.array([3, 1]))
    assert some.packaging_cost.tolist() == draws.stock.packaging_cost[[3, 1]].tolist()


def test_without_zones_and_packaging_work_is_by_lines_and_units() -> None:
    draws = sim.sample(shop(site=SITE, skus={"box": {}}), seed=2)
    assert draws.stock is not None
    expected = 1.0 + 0.5 * draws.lines + 0.1 * draws.units
    np.testing.assert_allclose(draws.pick_work_min, expected, atol=2.0**-20)
    assert not draws.stock.packaging_cost.any()


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
    usual = mid_autumn_packing()
    assert scenario.site.packing is not None
    gift_box = stock.packagings["gift_box"]
    assert (
        scenario.site.packing.setup_min + gift_box.setup_min,
        scenario.economics.packaging_cost + gift_box.cost,
    ) == usual


def mid_autumn_packing() -> tuple[float, float]:
    """Set-up and material of a parcel in the scenario that this one follows."""
    scenario = sim.load_scenario("mid_autumn")
    assert scenario.site.packing is not None
    return scenario.site.packing.setup_min, scenario.economics.packaging_cost
