"""Order files: the real ones, against an independent count with pandas."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.demand.trace import OrderFile, read_orders
from sim.scenario.scenario import Scenario

DATA = Path(os.environ.get("SURGESIM_DATA") or Path(__file__).parents[2].parent / "shared" / "data")
RETAIL = DATA / "online_retail_2011.csv.gz"
OLIST = DATA / "olist_2017_orders.csv"

pytestmark = pytest.mark.skipif(not RETAIL.exists(), reason=f"needs the real data in {DATA} (or $SURGESIM_DATA)")


def read(path: Path, first: str, last: str, timezone: str, **demand: Any) -> OrderFile:
    window = {"from": first, "to": last}
    made = {
        "timezone": timezone,
        "site": {"picking": {"setup_min": 1.0}},
        "demand": {"file": str(path)} | window | demand,
    }
    return read_orders(Scenario.model_validate(made))


def retail(first: str, last: str, **settings: Any) -> OrderFile:
    return read(RETAIL, first, last, settings.pop("timezone", "Europe/London"), preset="online_retail", **settings)


def frame(orders: OrderFile, first: str) -> pd.DataFrame:
    table = pd.DataFrame({name: getattr(orders, name) for name in ("placed_min", "lines", "units", "value")})
    table.index = pd.Index(orders.order_id.tolist(), name="order_id")
    table["placed"] = pd.Timestamp(first) + pd.to_timedelta((table.pop("placed_min") * 60).round(), unit="s")
    return table


@pytest.fixture(scope="module")
def raw() -> pd.DataFrame:
    return pd.read_csv(RETAIL, dtype={"InvoiceNo": str}, parse_dates=["InvoiceDate"])


@pytest.fixture(scope="module")
def kept(raw: pd.DataFrame) -> pd.DataFrame:
    """Orders of the whole file, computed another way."""
    lines = raw[~raw.InvoiceNo.str.startswith("C") & (raw.Quantity > 0)]
    lines = lines.assign(value=lines.Quantity * lines.UnitPrice)
    return lines.groupby("InvoiceNo").agg(
        placed=("InvoiceDate", "min"), lines=("Quantity", "size"), units=("Quantity", "sum"), value=("value", "sum")
    )


def between(table: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    return table[(table.placed >= first) & (table.placed < pd.Timestamp(last) + pd.Timedelta(days=1))]


def test_fortnight_in_november(kept: pd.DataFrame) -> None:
    orders = retail("2011-11-14", "2011-11-27")
    expected = between(kept, "2011-11-14", "2011-11-27")
    assert len(expected) > 1000
    got = frame(orders, "2011-11-14")
    assert (np.diff(orders.placed_min) >= 0).all()
    assert got.placed.dt.date.value_counts().to_dict() == expected.placed.dt.date.value_counts().to_dict()
    got = got.loc[expected.index]
    for column in ("lines", "units"):
        assert got[column].tolist() == expected[column].tolist()
    assert got.placed.tolist() == expected.placed.tolist()
    np.testing.assert_allclose(got["value"], expected["value"], rtol=1e-12)
    assert orders.notes["orders"] == len(expected)
    assert orders.notes["days_without_orders"] == 2  # the shop takes no orders on Saturdays


def test_the_ledger_holds_the_orders_of_the_file(kept: pd.DataFrame) -> None:
    """Through the shipped scenario and the floor: when they were placed, and how many lines and units they have."""
    window = ["demand.from=2011-11-14", "demand.to=2011-11-27"]
    scenario = sim.load_scenario(
        "trace", overrides=[f"demand.file='{RETAIL.as_posix()}'", "demand.preset=online_retail", *window]
    )
    orders = sim.simulate(scenario, sim.load_plan("none"), sim.sample(scenario)).orders
    got = orders[orders["measured"]].set_index("order_id")
    expected = between(kept, "2011-11-14", "2011-11-27")
    assert sorted(got.index) == sorted(expected.index)
    got = got.loc[expected.index]
    placed = [scenario.local_time(minute) for minute in got["placed_min"]]
    assert placed == [moment.to_pydatetime() for moment in expected["placed"]]
    assert got["lines"].tolist() == expected["lines"].tolist()
    assert got["units"].tolist() == expected["units"].tolist()


def test_what_is_left_out_adds_up(raw: pd.DataFrame, kept: pd.DataFrame) -> None:
    notes = retail("2011-11-14", "2011-11-27").notes
    cancelled = raw.InvoiceNo.str.startswith("C")
    window = raw.InvoiceDate.between("2011-11-14", "2011-11-27 23:59:59")
    empty = ~cancelled & (raw.Quantity <= 0)
    expected: dict[str, int | str] = {
        "rows_read": 541_909,
        "bad_rows_skipped": 0,
        "cancelled_rows": int(cancelled.sum()),
        "cancelled_orders": raw.InvoiceNo[cancelled].nunique(),
        "cancelled_orders_in_window": raw.InvoiceNo[cancelled & window].nunique(),
        "rows_without_positive_quantity": int(empty.sum()),
        "orders_in_file": len(kept),
        "file_from": "2010-12-01",
        "file_to": "2011-12-09",
    }
    assert {key: notes[key] for key in expected} == expected
    assert notes["cancelled_orders"] + notes["orders_in_file"] + notes["orders_without_positive_quantity"] == 25_900


def test_a_year_in_another_time_zone(kept: pd.DataFrame) -> None:
    orders = retail("2011-01-01", "2011-11-30", timezone="Asia/Taipei", file_timezone="Europe/London")
    placed = kept.placed.dt.tz_localize("Europe/London").dt.tz_convert("Asia/Taipei").dt.tz_localize(None)
    expected = between(kept.assign(placed=placed), "2011-01-01", "2011-11-30")
    got = frame(orders, "2011-01-01")
    assert len(got) == len(expected)
    assert got.loc[expected.index].placed.tolist() == expected.placed.tolist()


def test_lead_in_and_run_on_add_days_of_the_same_file(kept: pd.DataFrame) -> None:
    orders = retail("2011-11-14", "2011-11-27", lead_in_days=7, run_on_days=3)
    expected = between(kept, "2011-11-07", "2011-11-30")
    assert sorted(orders.order_id.tolist()) == expected.index.tolist()
    first = expected.placed.min() - pd.Timestamp("2011-11-07")
    assert orders.placed_min[0] == first / pd.Timedelta(minutes=1)


@pytest.mark.parametrize("kind", ["parquet", "utf-16 with tabs", "months by name"])
def test_same_orders_whatever_the_file_format(raw: pd.DataFrame, kind: str, tmp_path: Path) -> None:
    part = raw[raw.InvoiceDate.between("2011-11-10", "2011-11-30")]
    path = tmp_path / ("orders.parquet" if kind == "parquet" else "orders.csv")
    if kind == "parquet":
        part.to_parquet(path)
    elif kind == "utf-16 with tabs":
        part.to_csv(path, sep="\t", encoding="utf-16", index=False)
    else:
        part.to_csv(path, date_format="%d %b %Y %I:%M %p", index=False)
    got = read(path, "2011-11-14", "2011-11-27", "Europe/London", preset="online_retail")
    expected = retail("2011-11-14", "2011-11-27")
    for name in ("order_id", "placed_min", "lines", "units", "value"):
        assert getattr(got, name).tolist() == getattr(expected, name).tolist()


def test_olist_per_day() -> None:
    table = pd.read_csv(OLIST, parse_dates=["order_purchase_timestamp"])
    table = table[table.order_status != "canceled"].rename(columns={"order_purchase_timestamp": "placed"})
    expected = between(table, "2017-11-20", "2017-12-03")
    orders = read(OLIST, "2017-11-20", "2017-12-03", "America/Sao_Paulo", preset="olist")
    got = frame(orders, "2017-11-20")
    assert got.placed.dt.date.value_counts().to_dict() == expected.placed.dt.date.value_counts().to_dict()
    assert got.loc[expected.order_id].placed.tolist() == expected.placed.tolist()
    assert set(orders.lines.tolist()) == {1}
    assert np.isnan(orders.value).all()
