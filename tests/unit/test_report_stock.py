"""What the pages of a comparison and of a run say of stock, on real runs of small shops."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.ledger import Ledger
from sim.report import write_comparison, write_run
from sim.report.charts.canvas import style
from sim.report.charts.skus import joined, skus_chart
from sim.report.charts.stock import capacity_m3
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.stock import MOST_SKUS, site_in_words, sku_table, worst_skus
from sim.scenario.scenario import Scenario
from sim.scenario.stock import Stock
from tests.small_sites import run, world

TWO = {"cup": {"on_hand": 4, "volume_l": 500.0, "safety_stock": 2}, "vase": {"popularity": 0.0, "on_hand": 10}}


def shop(folder: Path, **stock: Any) -> Scenario:
    """Ten ask for a cup each at two, and there are four of half a cubic metre each."""
    given = {"skus": TWO, "storage": {"capacity_m3": 2.5}, **stock}
    return world(folder, [120.0] * 10, stock=Stock.model_validate(given))


def page_of(ledger: Ledger, folder: Path, lang: str = "en") -> str:
    return write_run(ledger, folder, command="surgesim run", config=None, lang=lang).read_text(encoding="utf-8")


def section(page: str) -> str:
    found = re.search(r'<section id="stock">.*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def cells(table: str) -> list[str]:
    return re.findall(r'<span class="value">(.*?)</span>', table)


def test_the_page_of_a_run(tmp_path: Path) -> None:
    page = page_of(run(shop(tmp_path)), tmp_path / "r")
    found = section(page)
    assert "2 SKUs with 14 units on hand" in found
    assert "room for 2.5 m³" in found
    # asked, dropped, days sold out and short (of one day, from two on; at no time were there fewer than two before)
    assert cells(found) == ["10", "6", "0.9", "0.9", "0"]
    assert "vase" not in found.split("<img")[0].split("<tbody>")[-1]
    assert found.count("<img") == 2
    assert 'href="#stock"' in page
    assert {path.stem for path in (tmp_path / "r" / "charts").glob("*.svg")} == {"timeline", "stock", "skus"}


def test_the_page_of_a_comparison(tmp_path: Path) -> None:
    scenario = sim.load_scenario("mid_autumn_stock", overrides=["scale=0.02"])
    compared = sim.compare(scenario, ["none", "warehouse_asked"], replications=2, workers=1)
    page = write_comparison(compared, tmp_path / "c", command="surgesim compare", config=None).read_text("utf-8")
    found = section(page)
    summary = compared.summary.set_index(["plan", "kpi"])["mean"]
    formats = Formats(catalogue("en"), "TWD")
    for kpi in ("fill_rate", "rejected_share", "dropped_units", "short_sku_days", "stock_end_units"):
        value = formats.value(summary["none", kpi], {"fill_rate": "share", "rejected_share": "share"}.get(kpi, ""))
        assert kpi == "short_sku_days" or value in cells(found)
    assert found.count("of 2 m³") == 2
    names = {path.stem for path in (tmp_path / "c" / "charts").glob("*.svg")}
    assert {"stock_units", "stock_space"} <= names
    series = compared.series
    ledger = compared.ledgers["none"]
    own = series[(series["plan"] == "none") & (series["series"] == "stock_units")]
    assert len(own) == len(ledger.tables["stock_levels"]["free"])
    assert own["low"].iloc[0] <= ledger.tables["stock_levels"]["free"][0] <= own["high"].iloc[0]
    rows = re.findall(r'<th scope="row">(\w+)', found.split("figures skus")[1])
    assert rows == [ledger.categories["sku"][code] for code in worst_skus(compared.ledgers[_chosen(compared)])]


def _chosen(compared: sim.Comparison) -> str:
    return compared.verdict.plan if compared.verdict is not None else compared.baseline


def test_without_stock_there_is_nothing_of_it(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [120.0] * 3))
    page = page_of(ledger, tmp_path / "r")
    assert 'id="stock"' not in page
    assert 'href="#stock"' not in page
    assert [path.stem for path in (tmp_path / "r" / "charts").glob("*.svg")] == ["timeline"]
    assert not any(name.startswith("stock") for name in sim.hourly(ledger))


def test_where_nothing_is_missed_it_says_so(tmp_path: Path) -> None:
    found = section(page_of(run(shop(tmp_path, skus={"cup": {"on_hand": 40}})), tmp_path / "r"))
    assert "No customer missed any SKU" in found
    assert found.count("<img") == 1  # no SKU to draw


def test_at_most_fifteen_skus_the_worst(tmp_path: Path) -> None:
    skus = {f"sku_{k}": {"popularity": float(k), "on_hand": 1} for k in range(1, 31)}
    ledger = run(world(tmp_path, [120.0] * 600, stock=Stock.model_validate({"skus": skus})))
    table = sku_table(ledger, Formats(catalogue("en"), "EUR"))
    assert table is not None
    assert len(table.rows) == len(worst_skus(ledger)) == MOST_SKUS
    dropped = [int(row.cells[1].text) for row in table.rows]
    assert dropped == sorted(dropped, reverse=True)
    lines = ledger.tables["lines"]
    assert dropped[0] == max(np.bincount(lines["sku"], lines["dropped"]))


def test_the_chart_of_skus_says_how_long_each_was_sold_out(tmp_path: Path) -> None:
    ledger = run(shop(tmp_path))
    with style():
        chart = skus_chart(ledger, [0], Formats(catalogue("en"), "EUR"))
    assert "cup 22" in chart.alt  # from two in the morning to midnight
    text = chart.svg.decode()
    assert ">cup<" in text
    assert ">sold out<" in text
    assert ">receipts<" not in text  # nothing came in


def test_stretches_near_each_other_are_drawn_as_one() -> None:
    assert joined([(1.0, 2.0), (2.5, 3.0), (4.5, 5.0)]) == [(1.0, 3.0), (4.5, 5.0)]


@pytest.mark.parametrize(
    ("oversell", "said"),
    [
        ({"policy": "none"}, "customers buy the rest"),
        ({"policy": "none", "sold_out": "reject_order"}, "buy nothing"),
        ({"policy": "share", "share": 0.25}, "Up to 25"),
        ({"policy": "unlimited"}, "sold all the same"),
    ],
)
def test_what_stock_there_is_in_words(tmp_path: Path, oversell: dict[str, Any], said: str) -> None:
    oven = {"hours_per_day": 16.0, "units_per_h": 200.0}
    scenario = shop(tmp_path, oversell=oversell, production={"oven": oven}).model_copy(update={"scale": 0.5})
    text = site_in_words(scenario, Formats(catalogue("en"), "EUR"))
    assert said in text
    assert "“oven” makes up to 1,600 units in 16 hours a day" in text
    assert capacity_m3(scenario) == pytest.approx(1.25)
    assert "room for 1.25 m³" in text


def test_the_section_in_chinese_has_no_english(tmp_path: Path) -> None:
    found = section(page_of(run(shop(tmp_path)), tmp_path / "r", lang="zh_TW"))
    text = re.sub(r"<[^>]*>", " ", found)
    assert set(re.findall(r"[A-Za-z]{3,}", text)) == {"cup"}
