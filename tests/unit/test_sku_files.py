"""SKUs of order files: read line by line, replayed with their orders, held against the catalogue."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.demand.baskets import Baskets
from sim.demand.catalogue import Catalogue, catalogue_of
from sim.demand.order_lines import OrderLines
from sim.demand.trace import read_orders
from sim.draws import Draws, sample
from sim.errors import InputError
from sim.report.messages import catalogue as texts
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario

HEADER = "order_id,placed,sku,units,price\n"
# Three orders on Monday and Tuesday; their lines stand in any order, and 7 has the same SKU twice.
ROWS = (
    "8,2026-01-06 09:00,b,4,2.5\n"
    "7,2026-01-05 10:00, a ,1,3.0\n"
    "9,2026-01-06 11:00,A,2,\n"
    "7,2026-01-05 10:00,b,2,2.0\n"
    "8,2026-01-06 09:00,a,3,3.0\n"
    "7,2026-01-05 10:00,a,5,3.0\n"
)


@pytest.fixture
def file(tmp_path: Path) -> Any:
    """Write an order file and hand over its path."""

    def written(rows: str = ROWS, header: str = HEADER) -> str:
        path = tmp_path / "orders.csv"
        path.write_text(header + rows, encoding="utf-8")
        return str(path)

    return written


def shop(path: str, stock: Any = None, *, scale: float = 1.0, economics: Any = None, **demand: Any) -> Scenario:
    """A shop that replays a file over 5 and 6 January 2026, with stock for whatever is in it unless told otherwise."""
    window = {"from": "2026-01-05", "to": "2026-01-06"}
    given: dict[str, Any] = {"site": {"picking": {"setup_min": 1.0, "per_line_min": 0.5}}, "scale": scale}
    given |= {"demand": {"file": path, **window, **demand}}
    given |= {"stock": {"assortment": {}} if stock is None else stock}
    given |= {"economics": economics} if economics else {}
    return Scenario.model_validate(given)


def without_stock(path: str, **demand: Any) -> Scenario:
    return shop(path, **demand).model_copy(update={"stock": None})


def lines(scenario: Scenario) -> OrderLines:
    found = read_orders(scenario).skus
    assert found is not None
    return found


def told(scenario: Scenario) -> list[str]:
    """What is wrong with it."""
    with pytest.raises(InputError) as caught:
        sample(scenario)
    return [str(problem) for problem in caught.value.problems]


def baskets(draws: Draws) -> Baskets:
    assert draws.stock is not None
    return draws.stock.baskets


def by_name(catalogue: Catalogue, found: Baskets) -> list[list[tuple[str, int]]]:
    """Lines of each order, with names."""
    each = [(catalogue.names[code], units) for code, units in zip(found.sku, found.units.tolist(), strict=True)]
    return [each[begin:end] for begin, end in pairwise(found.first.tolist())]


# --- reading ----------------------------------------------------------------------------------------------------


def test_lines_lie_with_their_orders_in_the_order_of_the_file(file: Any) -> None:
    found = lines(shop(file()))
    assert found.names == ("b", "a", "A")  # case counts, outer blanks don't
    assert found.first.tolist() == [0, 3, 5, 6]
    assert found.sku.tolist() == [1, 0, 1, 0, 1, 2]
    assert found.units.tolist() == [1, 2, 5, 4, 3, 2]
    assert found.row.tolist() == [2, 3, 4]
    assert found.lines_sold.tolist() == [2, 3, 1]
    assert found.units_sold.tolist() == [6, 9, 2]
    np.testing.assert_array_equal(found.price, [(2 * 2 + 4 * 2.5) / 6, 3.0, np.nan])


def test_only_what_is_kept_and_in_the_window_is_a_line(file: Any) -> None:
    more = (
        "5,2026-01-04 10:00,early,1,1\n"
        "6,2026-01-05 12:00,back,-1,1\n"
        "8,2026-01-06 09:00,nothing,0,1\n"
        "4,2026-01-07 00:00,late,1,1\n"
    )
    found, plain = lines(shop(file(ROWS + more))), lines(shop(file()))
    assert found.names == plain.names
    assert found.first.tolist() == plain.first.tolist()
    notes = read_orders(shop(file(ROWS + more))).notes
    assert (notes["rows_without_positive_quantity"], notes["orders_outside_window"]) == (2, 2)


def test_the_column_is_read_only_where_there_is_stock(file: Any) -> None:
    path = file(ROWS.replace(",b,", ",,"))
    assert read_orders(without_stock(path)).skus is None
    assert told(shop(path)) == [
        "orders.csv, row 2: sku: is empty: which product was sold?",
        "orders.csv, row 5: sku: is empty: which product was sold?",
    ]
    found = lines(shop(path, bad_rows="skip"))
    assert found.names == ("a", "A")
    assert found.units.tolist() == [1, 5, 3, 2]


def test_orders_are_the_same_with_and_without_their_skus(file: Any) -> None:
    path = file()
    plain, stocked = read_orders(without_stock(path)), read_orders(shop(path))
    for name in ("order_id", "placed_min", "lines", "units", "value"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(stocked, name))
    assert plain.notes == stocked.notes


def test_a_row_with_a_sku_is_one_line(file: Any) -> None:
    path = file("1,2026-01-05 10:00,a,2,3\n", "order_id,placed,sku,units,lines\n")
    (problem,) = told(shop(path))
    assert "demand.columns.sku = 'sku'" in problem
    assert "demand.columns.lines='' or demand.columns.sku=''" in problem
    assert lines(shop(path, columns={"lines": ""})).units.tolist() == [2]
    assert read_orders(without_stock(path)).lines.tolist() == [3]
    drawn = sample(shop(path, {"assortment": {"count": 2}}, columns={"sku": ""}))
    assert (drawn.lines.tolist(), drawn.units.tolist()) == ([2], [2])  # three lines for two units are two


@pytest.mark.parametrize(
    ("preset", "header", "row"),
    [
        ("shopify", "Name,Created at,Lineitem quantity,Lineitem sku,Lineitem price", "#1,2026-01-05 10:00:00,2,K-9,4"),
        ("online_retail", "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice", "53,K-9,2,2026-01-05 10:00,4"),
    ],
)
def test_presets_know_the_column(preset: str, header: str, row: str, file: Any) -> None:
    found = lines(shop(file(row + "\n", header + "\n"), preset=preset))
    assert (found.names, found.units.tolist(), found.price.tolist()) == (("K-9",), [2], [4.0])


# --- replaying --------------------------------------------------------------------------------------------------


def test_orders_are_replayed_with_what_was_in_them(file: Any) -> None:
    scenario = shop(file(), economics={"price_per_unit": 10.0})
    draws = sample(scenario)
    found = catalogue_of(scenario)
    assert draws.order_id.tolist() == ["7", "8", "9"]
    assert by_name(found, baskets(draws)) == [[("a", 1), ("b", 2), ("a", 5)], [("b", 4), ("a", 3)], [("A", 2)]]
    assert (draws.lines.tolist(), draws.units.tolist()) == ([3, 2, 1], [8, 7, 2])
    np.testing.assert_allclose(draws.value, [1 * 3 + 2 * 2 + 5 * 3, 4 * 2.5 + 3 * 3, 2 * 10])


def test_copies_of_an_order_have_its_lines(file: Any) -> None:
    scenario = shop(file(), resample=3.0)
    draws, once = sample(scenario), sample(shop(file()))
    assert draws.order_id.tolist() == ["7", "7", "7", "8", "8", "8", "9", "9", "9"]
    all_lines, own = by_name(catalogue_of(scenario), baskets(draws)), by_name(catalogue_of(scenario), baskets(once))
    assert all_lines == [own[row] for row in (0, 0, 0, 1, 1, 1, 2, 2, 2)]
    assert len({tuple(row) for row in draws.stock.sent_back_u.tolist()}) == 9  # type: ignore[union-attr]  # luck of their own


def test_lines_past_the_end_of_the_run_stay_away(file: Any) -> None:
    late = ROWS + "3,2026-01-07 10:00,late,1,1\n"
    draws = sample(shop(file(late), run_on_days=1))
    assert draws.order_id.tolist() == ["7", "8", "9"]
    assert len(baskets(draws).sku) == 6


# --- the catalogue ----------------------------------------------------------------------------------------------


def test_skus_that_nothing_describes_are_told_all_at_once(file: Any) -> None:
    found = told(shop(file(), {"skus": {"A": {}, "bb": {}}}))
    assert found == [
        "stock = SKU 'b': sold in orders.csv (2 rows, first row 2), but not in the catalogue; did you mean 'bb'?; "
        "list it, or set stock.assortment for all that are not listed",
        "stock = SKU 'a': sold in orders.csv (3 rows, first row 3), but not in the catalogue; "
        "list it, or set stock.assortment for all that are not listed",
    ]
    assert told(shop(file(), {"assortment": {}, "gift": "c"})) == ["stock.gift = c: is not among the SKUs"]
    assert catalogue_of(shop(file(), {"assortment": {}, "gift": "A"})).names == ("b", "a", "A")


def test_twenty_unknown_skus_are_named_and_the_rest_counted(file: Any) -> None:
    rows = "".join(f"{number},2026-01-05 10:00,s{number},1,1\n" for number in range(1, 1032))
    found = told(shop(file(rows), {"skus": {"x": {}}}))
    assert len(found) == 21
    assert found[0].startswith("stock = SKU 's1': sold in orders.csv (1 row, first row 2)")
    assert found[-1] == "and 1,011 more: SKUs were sold that are not in the catalogue"


def test_problems_of_catalogue_and_order_file_are_told_together(file: Any, tmp_path: Path) -> None:
    skus = tmp_path / "skus.csv"
    skus.write_text("sku,on_hand\na,-1\nb,1\n", encoding="utf-8")
    found = told(shop(file(), {"catalogue": str(skus)}))
    assert [problem.split(":")[0] for problem in found] == ["skus.csv, row 2", "stock = SKU 'A'"]
    broken = told(shop(file(ROWS + "1,soon,a,1,1\n"), {"catalogue": str(skus)}))
    assert [problem.split(":")[0] for problem in broken] == ["skus.csv, row 2", "orders.csv, row 8"]
    nowhere = told(shop(file(), {"catalogue": str(tmp_path / "none.csv")}))
    assert len(nowhere) == 1  # nobody can say which SKUs are missing


def test_an_assortment_takes_the_skus_of_the_file_that_are_not_listed(file: Any) -> None:
    """Six units of b and two of A in two days; on hand four days of it, less what a shop twice as small has."""
    stock = {
        "skus": {"a": {"on_hand": 50, "price": 8.0}, "z": {"popularity": 9.0}},
        "assortment": {"on_hand_days": 4.0, "rule": "R_Q", "point_days": 1.0, "lot_size_days": 2.0},
    }
    scenario = shop(file(), stock, economics={"price_per_unit": 10.0})
    found = catalogue_of(scenario)
    assert found.names == ("a", "z", "b", "A")
    np.testing.assert_allclose(found.popularity, [3 / 6, 0, 2 / 6, 1 / 6])  # of lines in the file
    np.testing.assert_array_equal(found.campaign_popularity, found.popularity)
    assert [(lot.sku, lot.units) for lot in found.opening] == [(0, 50), (2, 12), (3, 4)]
    assert [(rule.rule, rule.point, rule.lot_size) for rule in found.reorder[2:]] == [("R_Q", 3, 6), ("R_Q", 1, 2)]
    np.testing.assert_allclose(found.price, [8, 10, 14 / 6, 10])
    half = catalogue_of(at_scale(shop(file(), stock, scale=0.5)))
    assert [(lot.sku, lot.units) for lot in half.opening] == [(0, 25), (2, 6), (3, 2)]


def test_days_of_sales_count_lead_in_and_run_on_but_not_resampling(file: Any) -> None:
    stock = {"assortment": {"on_hand_days": 8.0}}
    usual = shop(file(), stock, lead_in_days=1, run_on_days=1, resample=5.0)
    assert [lot.units for lot in catalogue_of(usual).opening] == [12, 18, 4]  # 6, 9 and 2 units in four days
    assert catalogue_of(usual).notes["stock_from_days_of_sales"] == 4


def test_a_generated_number_of_skus_does_not_go_with_those_of_the_file(file: Any) -> None:
    (problem,) = told(shop(file(), {"assortment": {"count": 7}}))
    assert problem.startswith("stock.assortment.count = 7: the order file brings its own SKUs: leave count out")
    assert catalogue_of(shop(file(), {"assortment": {"count": 7}}, columns={"sku": ""})).names[-1] == "sku_7"


def test_prices_below_nothing_are_left_to_the_shop(file: Any) -> None:
    rows = "1,2026-01-05 10:00,debt,1,-900\n1,2026-01-05 10:00,gift,1,0\n"
    assert catalogue_of(shop(file(rows), economics={"price_per_unit": 10.0})).price.tolist() == [10.0, 0.0]


# --- files without SKUs -----------------------------------------------------------------------------------------

PLAIN = "order_id,placed,lines,units\n"


def test_a_file_without_skus_has_its_units_spread_over_drawn_lines(file: Any) -> None:
    rows = "".join(f"{n},2026-01-05 10:00,{1 + n % 7},{1 + n % 7 + n % 11}\n" for n in range(400))
    scenario = shop(file(rows, PLAIN), {"assortment": {"count": 9}}, economics={"price_per_unit": 2.0})
    draws = sample(scenario, seed=3)
    number = draws.order_id.astype(int)
    found = baskets(draws)
    np.testing.assert_array_equal(np.diff(found.first), 1 + number % 7)
    np.testing.assert_array_equal(found.per_order(found.units), 1 + number % 7 + number % 11)
    np.testing.assert_array_equal(draws.value, 2.0 * draws.units)
    assert found.units.min() == 1
    assert len(set(found.sku.tolist())) == 9


def test_an_assortment_knows_the_sales_of_a_file_without_skus(file: Any) -> None:
    """Twelve units in two days, two thirds of them of the first SKU."""
    path = file("1,2026-01-05 10:00,2,7\n2,2026-01-06 10:00,1,5\n", PLAIN)
    found = catalogue_of(shop(path, {"assortment": {"count": 2, "on_hand_days": 3.0}}))
    assert [lot.units for lot in found.opening] == [12, 6]


def test_a_file_without_skus_needs_a_number_of_them(file: Any) -> None:
    path = file("1,2026-01-05 10:00,2,7\n", PLAIN)
    (problem,) = told(shop(path, {"assortment": {}}))
    assert problem.startswith("stock.assortment.count = 0: the order file has no SKUs: say how many are generated")
    assert "demand.columns.sku" in problem


def test_values_of_the_file_stay(file: Any) -> None:
    path = file("1,2026-01-05 10:00,2,99.5\n2,2026-01-05 10:00,2,\n", "order_id,placed,units,value\n")
    draws = sample(shop(path, {"skus": {"box": {"price": 4.0}}}))
    assert draws.value.tolist() == [99.5, 2 * 4.0]


# --- notes ------------------------------------------------------------------------------------------------------


def test_every_note_on_stock_has_a_text(file: Any) -> None:
    known = {key.removeprefix("note.") for key in texts().keys if key.startswith("note.stock_")}
    assert known == {name for name in sample(shop(file())).notes if name.startswith("stock_")}


def test_hindsight_is_noted_where_it_was_used(file: Any) -> None:
    listed = {"skus": {"a": {}, "A": {}, "b": {}}}
    assert "stock_from_days_of_sales" not in sample(shop(file(), listed)).notes
    notes = sample(shop(file())).notes
    assert (notes["stock_from_days_of_sales"], notes["stock_skus_sold_in_file"]) == (2, 3)
