"""Stock files and classes of pressure: hand-made stocks at the thresholds, and files with everything wrong at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openpyxl import Workbook

from sim.errors import InputError
from sim.planning.promote.pressure import CLASSES, REASONS, Thresholds, pressure
from sim.planning.promote.sales import read_sales
from sim.planning.promote.stock_file import parse_days, read_stock
from tests.unit.promote_fixture import TODAY, in_days, pressed, stock

HEADER = "sku,on_hand,sales_per_day,cost,price"


def written(folder: Path, *rows: str, header: str = HEADER) -> str:
    path = folder / "stock.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return str(path)


# --- classes -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("columns", "kind", "reason", "figure", "excess"),
    [
        ({"on_hand": 120}, "healthy", "cover_days", 120.0, 0),
        ({"on_hand": 121}, "overstock", "cover_days", 121.0, 61),  # 60 days of sales are wanted
        ({"on_hand": 23.8, "sales_per_day": 0.199}, "healthy", "cover_days", 23.8 / 0.199, 0),
        ({"on_hand": 24.2, "sales_per_day": 0.2}, "overstock", "cover_days", 121.0, 12.2),
        ({"on_hand": 24.2, "sales_per_day": 0.199}, "slow", "cover_days", 24.2 / 0.199, 24.2 - 60 * 0.199),
        ({"on_hand": 1, "sales_per_day": 1 / 180}, "slow", "cover_days", 180.0, 1 - 60 / 180),
        ({"on_hand": 1, "sales_per_day": 0.99 / 180}, "dead", "units_in_dead_days", 0.99, 1),
        ({"sales_per_day": 0.0}, "dead", "units_in_dead_days", 0.0, 100),
        ({"on_hand": 0, "sales_per_day": 0.0}, "healthy", "on_hand", 0.0, 0),
        ({"expiry": in_days(63)}, "near_expiry", "days_left", 60.0, 40),  # three days of delivery
        ({"expiry": in_days(64)}, "healthy", "cover_days", 100.0, 0),
        ({"expiry": in_days(23), "on_hand": 20}, "healthy", "cover_days", 20.0, 0),  # sells in time
        ({"expiry": in_days(23), "on_hand": 21}, "near_expiry", "days_left", 20.0, 1),
        ({"expiry": in_days(-1)}, "near_expiry", "days_left", -4.0, 100),
        ({"season_end": in_days(45)}, "out_of_season", "days_left", 45.0, 55),
        ({"season_end": in_days(46)}, "healthy", "cover_days", 100.0, 0),
        ({"season_end": in_days(10), "expiry": in_days(20)}, "near_expiry", "days_left", 17.0, 90),
        ({"on_hand": 200, "received": in_days(-44)}, "healthy", "days_since_received", 44.0, 0),
        ({"on_hand": 200, "received": in_days(-45)}, "overstock", "cover_days", 200.0, 140),
        ({"sales_per_day": 0.0, "received": in_days(-44)}, "healthy", "days_since_received", 44.0, 0),
        ({"received": in_days(-1), "expiry": in_days(13)}, "near_expiry", "days_left", 10.0, 90),
    ],
)
def test_a_sku_is_put_into_the_first_class_that_fits(
    columns: dict[str, Any], kind: str, reason: str, figure: float, excess: float
) -> None:
    found = pressed(**columns)
    assert CLASSES[found.kind[0]] == kind
    assert REASONS[found.reason[0]] == reason
    assert found.figure[0] == pytest.approx(figure)
    assert found.excess[0] == pytest.approx(excess)


def test_the_table_names_the_most_money_first_and_counts_add_up() -> None:
    found = pressed(on_hand=[200, 500, 10], cost=[5, 1, 5])
    assert found.table()["sku"].tolist() == ["S0", "S1", "S2"]  # 140 x 5, 440 x 1, none
    counts = found.counts().set_index("pressure")
    assert counts.loc["overstock", ["skus", "units", "excess", "capital"]].tolist() == [2, 700, 580, 1140]
    assert counts["skus"].sum() == 3


def test_thresholds_are_the_shops_own() -> None:
    assert CLASSES[pressure(stock(), TODAY, Thresholds(cover_days=99)).kind[0]] == "overstock"
    with pytest.raises(InputError) as error:
        Thresholds(dead_days=-1, new_days=float("nan"))
    assert [problem.place for problem in error.value.problems] == ["thresholds.dead_days", "thresholds.new_days"]
    with pytest.raises(InputError, match="at most at thresholds"):
        Thresholds(cover_days=30)


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_stock_file_is_read_with_its_synonyms(tmp_path: Path) -> None:
    header = "Stock Code;On-Hand;Sales rate;Margin;Unit price;Best before;Description"
    path = written(tmp_path, "A1;10;0.5;0.6;20;2026-11-30;=SUM(A1)", "A2;0;;0.5;8;;Cup", header=header)
    found = read_stock(path)
    assert found.sku == ("A1", "A2")
    assert found.title == ("=SUM(A1)", "Cup")  # text; whoever writes it to a workbook neutralises it
    assert found.cost.tolist() == [8.0, 4.0]
    assert str(found.expiry[0]) == "2026-11-30"
    assert np.isnat(found.expiry[1])
    assert found.notes["without_rate"] == 1
    assert found.cannot == ("out_of_season", "what is too new to be judged", "disposal by volume")
    assert found.with_rates({"A2": 3.0}).sales_per_day.tolist() == [0.5, 3.0]


def test_a_workbook_is_read_as_a_csv_is(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["sku", "on_hand", "sales_per_day", "cost", "price", "expiry"])
    sheet.append([22502, 10, 0.5, 4.5, 9, np.datetime64("2026-11-30").astype(object)])
    sheet.append([None] * 6)
    sheet.append(["B", -1, 1, 1, 1, None])
    book.save(tmp_path / "stock.xlsx")
    with pytest.raises(InputError, match=r"1 of 2 SKUs can be used") as error:
        read_stock(str(tmp_path / "stock.xlsx"))
    assert [problem.place for problem in error.value.problems] == ["stock.xlsx, row 4"]
    found = read_stock(str(tmp_path / "stock.xlsx"), bad_rows="skip")
    assert found.sku == ("22502",)
    assert str(found.expiry[0]) == "2026-11-30"
    assert found.notes["bad_rows_skipped"] == 1


def test_missing_columns_are_told_together(tmp_path: Path) -> None:
    path = written(tmp_path, "A,1,1", header="sku,onhand,prices")
    with pytest.raises(InputError) as error:
        read_stock(path)
    told = str(error.value)
    for word in ("'on_hand'; did you mean 'onhand'?", "'price'; did you mean 'prices'?", "'sales_per_day'", "'cost'"):
        assert word in told
    with pytest.raises(InputError) as error:
        read_stock(path, rates=True)
    assert "sales_per_day" not in str(error.value)


def test_bad_rows_are_told_together_and_can_be_left_out(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "A,10,1,5,$10",
        "B,10,1,5,-3",
        "C,10,1,5,0",
        'D,"1,200",1,5,10',
        "E,,1,5,10",
        "F,10,-1,5,10",
        "A,10,1,5,10",
        ",10,1,5,10",
        "G,10,1,,10",
        "H,10,1,NT$5,10",
        "I,10,nan,5,10",
        "OK,10,1,5,10",
    )
    with pytest.raises(InputError) as error:
        read_stock(path)
    told = {problem.place.rpartition(" ")[2]: problem.remedy for problem in error.value.problems}
    assert list(told) == [str(row) for row in range(2, 13)]
    assert "currency sign" in told["2"]
    assert "at least 0" in told["3"]
    assert "above 0" in told["4"]
    assert "thousands" in told["5"]
    assert "on_hand: is empty" in told["6"]
    assert "sales_per_day '-1'" in told["7"]
    assert "already in row 2" in told["8"]
    assert "sku: is empty" in told["9"]
    assert "neither cost nor margin" in told["10"]
    assert "currency sign" in told["11"]
    assert "no number" in told["12"]
    assert "1 of 12 SKUs can be used" in error.value.heading
    assert read_stock(path, bad_rows="skip").sku == ("OK",)


def test_cost_and_margin_that_contradict_each_other_are_a_bad_row(tmp_path: Path) -> None:
    path = written(tmp_path, "A,1,1,5,10,0.5", "B,1,1,5,10,0.3", header=f"{HEADER},margin")
    with pytest.raises(InputError, match="contradict each other"):
        read_stock(path)


def test_three_formats_of_dates_are_refused_unless_the_planner_says(tmp_path: Path) -> None:
    rows = ["A,1,1,5,10,2026-11-30", "B,1,1,5,10,30/11/2026", "C,1,1,5,10,30 Nov 2026"]
    path = written(tmp_path, *rows, header=f"{HEADER},expiry")
    with pytest.raises(InputError) as error:
        read_stock(path, bad_rows="skip")  # no row can be left out to mend a column
    (problem,) = error.value.problems
    assert problem.place == "stock.csv, column expiry, from row 2 on"
    assert "3 formats in one column" in problem.remedy
    assert "dates=day_first" in problem.remedy
    assert {str(day) for day in read_stock(path, dates="day_first").expiry} == {"2026-11-30"}


@pytest.mark.parametrize(
    ("texts", "order", "days"),
    [
        (["2026-11-30", "", "20261201"], None, ["2026-11-30", "NaT", "2026-12-01"]),
        (["30/11/2026", "03/04/2026"], None, ["2026-11-30", "2026-04-03"]),  # the first decides
        (["11/30/2026", "03/04/2026"], None, ["2026-11-30", "2026-03-04"]),
        (["03/04/2026"], "day_first", ["2026-04-03"]),
        (["03/04/2026"], "month_first", ["2026-03-04"]),
    ],
)
def test_dates(texts: list[str], order: Any, days: list[str]) -> None:
    found, problem = parse_days(texts, order)
    assert problem is None
    assert [str(day) for day in found.days] == days


def test_a_date_that_can_be_two_is_refused() -> None:
    _, problem = parse_days(["03/04/2026", "05/06/2026"], None)
    assert problem is not None
    assert "day or month comes first" in problem.remedy


def test_a_date_that_is_none_is_a_bad_row(tmp_path: Path) -> None:
    path = written(tmp_path, "A,1,1,5,10,2026-02-30", "B,1,1,5,10,2026-02-28", header=f"{HEADER},expiry")
    with pytest.raises(InputError, match="no such day"):
        read_stock(path)
    assert read_stock(path, bad_rows="skip").sku == ("B",)


# --- sales ---------------------------------------------------------------------------------------------------------


def test_rates_count_the_last_days_of_the_order_file(tmp_path: Path) -> None:
    rows = ["order_id,placed,sku,units,price"]
    rows += ["1,2026-01-01 10:00,OLD,50,2", "2,2026-03-31 10:00,OLD,9,2", "2,2026-03-31 10:00,NEW,14,3"]
    path = tmp_path / "orders.csv"
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    found = read_sales(str(path))
    assert found.days == 90
    assert found.rates(45) == pytest.approx({"OLD": 9 / 45, "NEW": 14 / 28})  # a new SKU: no less than four weeks
    assert found.rates()["OLD"] == pytest.approx(59 / 90)
    assert found.value.tolist() == [100.0, 60.0]
    assert found.units_per_line.tolist() == [29.5, 14.0]
    assert found.orders_per_day == pytest.approx(2 / 90)


def test_an_order_file_without_skus_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("order_id,placed\n1,2026-01-01 10:00\n", encoding="utf-8")
    with pytest.raises(InputError, match="which SKU"):
        read_sales(str(path))
