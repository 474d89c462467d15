"""Real SKUs: Online Retail through the scenario `trace`, against an independent count with pandas."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.demand.catalogue import Catalogue, catalogue_of
from sim.demand.trace import read_orders
from sim.scenario.scenario import Scenario

DATA = Path(os.environ.get("SURGESIM_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
RETAIL = DATA / "online_retail_2011.csv.gz"
FIRST, LAST = "2011-11-07", "2011-12-04"  # a fortnight in November, a week before and after it
DAYS = 28

pytestmark = pytest.mark.skipif(not RETAIL.exists(), reason=f"needs the real data in {DATA} (or $SURGESIM_DATA)")


def retail(*overrides: str) -> Scenario:
    window = ["demand.from=2011-11-14", "demand.to=2011-11-27"]
    file = [f"demand.file='{RETAIL.as_posix()}'", "demand.preset=online_retail"]
    return sim.load_scenario("trace", overrides=[*file, *window, *overrides])


@pytest.fixture(scope="module")
def sold() -> pd.DataFrame:
    """Lines of the days replayed, computed another way."""
    raw = pd.read_csv(RETAIL, dtype={"InvoiceNo": str, "StockCode": str}, parse_dates=["InvoiceDate"])
    kept = raw[~raw.InvoiceNo.str.startswith("C") & (raw.Quantity > 0)]
    kept = kept[kept.InvoiceDate.between(FIRST, f"{LAST} 23:59:59")]
    return kept.assign(sku=kept.StockCode.str.strip(), value=kept.Quantity * kept.UnitPrice)


@pytest.fixture(scope="module")
def world() -> Scenario:
    return retail("stock={assortment: {on_hand_days: 20.0, rule: s_S, point_days: 7.0, up_to_days: 14.0}}")


@pytest.fixture(scope="module")
def catalogue(world: Scenario) -> Catalogue:
    return catalogue_of(world)


def test_every_order_is_replayed_with_its_own_skus(world: Scenario, catalogue: Catalogue, sold: pd.DataFrame) -> None:
    draws = sim.sample(world)
    assert draws.stock is not None
    baskets = draws.stock.baskets
    got = pd.DataFrame(
        {
            "order": draws.order_id[baskets.order],
            "sku": np.array(catalogue.names, dtype=object)[baskets.sku],
            "units": baskets.units,
        }
    )
    expected = sold.rename(columns={"InvoiceNo": "order", "Quantity": "units"})[["order", "sku", "units"]]
    assert len(got) > 70_000
    for name in ("order", "sku", "units"):  # in the order of the file within an order
        order = got.sort_values("order", kind="stable")[name].tolist()
        assert order == expected.sort_values("order", kind="stable")[name].tolist()
    np.testing.assert_array_equal(draws.units, baskets.per_order(baskets.units))


def test_popularity_price_and_stock_come_from_the_file(catalogue: Catalogue, sold: pd.DataFrame) -> None:
    by_sku = sold.groupby("sku").agg(lines=("sku", "size"), units=("Quantity", "sum"), value=("value", "sum"))
    by_sku = by_sku.loc[list(catalogue.names)]
    assert len(by_sku) == sold.sku.nunique() == len(catalogue)
    np.testing.assert_allclose(catalogue.popularity, by_sku.lines / by_sku.lines.sum())
    np.testing.assert_allclose(catalogue.price, by_sku.value / by_sku.units, rtol=1e-12)
    on_hand = np.zeros(len(catalogue), dtype=np.int64)
    for lot in catalogue.opening:
        on_hand[lot.sku] += lot.units
    np.testing.assert_array_equal(on_hand, np.floor(20 * by_sku.units / DAYS + 0.5))
    assert [rule.point for rule in catalogue.reorder] == np.floor(7 * by_sku.units / DAYS + 0.5).astype(int).tolist()


def test_a_few_skus_carry_most_lines(catalogue: Catalogue) -> None:
    """The data's README counts 69 % of lines on 20 % of SKUs over the whole year; a month sells fewer of the rest."""
    largest = np.sort(catalogue.popularity)[::-1]
    assert 0.5 < largest[: len(largest) // 5].sum() < 0.75


def test_lines_of_a_whole_year_take_little_memory() -> None:
    lines = read_orders(retail("stock={assortment: {}}", "demand.from=2011-01-01", "demand.to=2011-12-09")).skus
    assert lines is not None
    assert len(lines.sku) > 450_000
    assert lines.sku.nbytes + lines.units.nbytes == 8 * len(lines.sku)


def test_one_sku_that_is_listed_is_taken_from_the_list(sold: pd.DataFrame) -> None:
    found = catalogue_of(retail("stock={skus: {85123A: {on_hand: 7}}, assortment: {}}"))
    assert found.names[0] == "85123A"
    assert len(found) == sold.sku.nunique()
    assert [lot.units for lot in found.opening if lot.sku == 0] == [7]
    lines = np.count_nonzero(sold.sku == "85123A")
    np.testing.assert_allclose(found.popularity[0], lines / len(sold))
