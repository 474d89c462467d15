"""From files to offers, in one call."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.planning.promote.figures import ConstantElasticity
from sim.planning.promote.offers import KINDS, Window
from sim.planning.promote.question import Promotion, Terms, promote
from tests.unit.promote_fixture import PLAIN

WINDOW = Window(date(2026, 3, 2), date(2026, 3, 11))
TERMS = Terms(figures=PLAIN, uplift=ConstantElasticity(2.0, 1.0, 3.0, "by hand"))


def files(folder: Path) -> tuple[str, str]:
    """Milk that expires after five days of sale, ten a day in the order file, 200 there; and a lamp that sells well."""
    stock, orders = folder / "stock.csv", folder / "orders.csv"
    stock.write_text(
        "sku,on_hand,cost,price,expiry,name\nMILK,200,5,10,2026-03-10,Milk\nLAMP,10,5,10,,Lamp\n", encoding="utf-8"
    )
    rows = ["order_id,placed,sku,units,price"]
    lines = ("MILK,10,10", "LAMP,1,10")
    rows += [f"{day},2026-01-{day + 1:02d} 10:00,{line}" for day in range(30) for line in lines]
    orders.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return str(stock), str(orders)


def found(folder: Path, terms: Terms = TERMS) -> Promotion:
    stock, orders = files(folder)
    return promote(stock, WINDOW, orders, terms=terms)


def test_files_become_offers_and_write_offs(tmp_path: Path) -> None:
    answer = found(tmp_path)
    (offer,) = answer.mix.chosen.offers()
    assert (offer.kind, offer.skus, offer.depth) == ("near_expiry", ("MILK",), 0.5)
    assert offer.contribution == pytest.approx(500)
    assert offer.extra_lines_per_day == pytest.approx(3)  # thirty units in lines of ten
    assert len(answer.writeoffs) == 0
    assert answer.shipped is None
    assert (answer.candidates.kind == KINDS.index("threshold_discount")).any()


def test_a_capacity_without_a_warehouse(tmp_path: Path) -> None:
    answer = found(tmp_path, Terms(figures=PLAIN, uplift=TERMS.uplift, capacity=0.0))
    assert len(answer.mix.rows) == 0
    (left,) = answer.writeoffs.to_dict("records")
    assert (left["sku"], left["gone"]) == ("MILK", 150)


def test_sales_so_far_are_held_against_it(tmp_path: Path) -> None:
    path = tmp_path / "so_far.csv"
    path.write_text("sku,units\nMILK,120\n", encoding="utf-8")
    progress = found(tmp_path).so_far(str(path), date(2026, 3, 5))
    (row,) = progress.table[progress.table["sku"] == "MILK"].to_dict("records")
    assert (row["planned"], row["sold"], row["on_hand"], row["state"]) == (pytest.approx(120), 120, 80, "as_planned")


def test_both_files_are_judged_before_anything_is_said(tmp_path: Path) -> None:
    stock, orders = files(tmp_path)
    Path(stock).write_text("sku,on_hand,cost,price\nA,1,1,-1\nB,1,1,1\n", encoding="utf-8")
    Path(orders).write_text("order_id,placed,sku,units\n1,yesterday,A,1\n", encoding="utf-8")
    with pytest.raises(InputError) as error:
        promote(stock, WINDOW, orders)
    assert [problem.place for problem in error.value.problems] == ["orders.csv, row 2", "stock.csv, row 2"]
    assert "1 of 2 SKUs can be used" in error.value.heading
