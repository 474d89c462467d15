"""SKUs from CSV files: the same as in YAML, what is wrong told at once, and contents in the keys of stored results."""

from __future__ import annotations

import gzip
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sim.demand import catalogue_file
from sim.demand.catalogue import Catalogue, catalogue_of
from sim.experiment.laboratory.fingerprint import scenario_key
from sim.scenario.scale import at_scale
from sim.scenario.stock import CATALOGUE_COLUMNS, Lot, Reorder, Sku, Supply
from tests.ledgers import world
from tests.stock_shop import shop, unlisted

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
        "skus.csv, row 2: on_hand '-3': must be at least 0 (units); price 'x': a number is needed (currency), not text"
        "; zone 'cold': there is no such zone in stock; there is standard",
        "skus.csv, row 3: price '1,5': a number is needed (currency), not text; "
        "expires '2020-01-01': lies before the run begins (2026-01-05)",
        "skus.csv, row 4: rule 'r_q': must be one of none, s_S, R_Q; sku 'B': is already in row 3",
        "skus.csv, row 5: sku: is empty",
        "skus.csv, row 6: on_hand '5.5': a whole number is needed (units); "
        "zone 'standrd': there is no such zone in stock; did you mean 'standard'?; there is standard; "
        "sku 'C': is in stock.skus too: describe it once",
        "skus.csv, row 7: rule R_Q: needs lot_size >= 1; "
        "expires '2027-01-01': belongs to units on hand: give on_hand too",
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
