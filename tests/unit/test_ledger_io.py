"""The ledger's round trip through Parquet."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from shop_fixture import make_ledger, make_plans, make_scenario

from sim.errors import InputError
from sim.ledger import TABLES, Ledger
from sim.ledger_io import METADATA_KEY, read_ledger, write_ledger


@pytest.fixture(scope="module")
def ledger() -> Ledger:
    return make_ledger(make_scenario(), make_plans()["combined"])


def test_round_trip_is_exact(ledger: Ledger, tmp_path: Path) -> None:
    write_ledger(ledger, tmp_path / "combined")
    back = read_ledger(tmp_path / "combined")
    assert back.scenario == ledger.scenario
    assert back.plan == ledger.plan
    assert (back.seed, back.replication) == (ledger.seed, ledger.replication)
    assert dict(back.categories) == dict(ledger.categories)
    assert dict(back.notes) == dict(ledger.notes)
    for table in TABLES:
        assert list(back.tables[table]) == list(ledger.tables[table])
        for name, values in ledger.tables[table].items():
            read = back.tables[table][name]
            assert read.dtype == values.dtype, (table, name)
            if values.dtype == object:
                assert list(read) == list(values), (table, name)
            else:
                assert read.tobytes() == values.tobytes(), (table, name)


def test_order_numbers_keep_their_type(ledger: Ledger, tmp_path: Path) -> None:
    numbers = {**ledger.tables["orders"], "order_id": np.array([7, 8, 9] * 100, dtype=object)}
    tables = {**ledger.tables, "orders": numbers}
    write_ledger(replace(ledger, tables=tables), tmp_path)
    assert list(read_ledger(tmp_path).column("orders", "order_id")) == [7, 8, 9] * 100


def test_no_code_stays_no_code_and_empty_tables_stay_empty(ledger: Ledger, tmp_path: Path) -> None:
    orders = {**ledger.tables["orders"], "carrier": np.full(300, -1, dtype="i1")}
    emptied = ("contacts", "pickups", "remainders", "lines", "stock_moves", "supplies", "stock_left")
    none = {table: {name: values[:0] for name, values in ledger.tables[table].items()} for table in emptied}
    tables = {**ledger.tables, **none, "orders": orders}
    bare = replace(ledger, tables=tables, categories={"carrier": (), "channel": (), "sku": ()})
    write_ledger(bare, tmp_path)
    back = read_ledger(tmp_path)
    assert (back.column("orders", "carrier") == -1).all()
    assert back.column("orders", "carrier").dtype == np.int8
    assert len(back.contacts) == 0


def test_files_say_where_they_come_from_and_show_names(ledger: Ledger, tmp_path: Path) -> None:
    write_ledger(ledger, tmp_path)
    stored = pq.read_table(tmp_path / "orders.parquet")
    context = json.loads(stored.schema.metadata[METADATA_KEY])
    assert context["scenario"]["name"] == "double11"
    assert context["plan"]["name"] == "combined"
    assert (context["seed"], context["replication"]) == (1, 0)
    assert set(stored.column("service_class").to_pylist()) <= {"standard", "express"}


def test_a_missing_table_and_a_foreign_file_are_named(ledger: Ledger, tmp_path: Path) -> None:
    write_ledger(ledger, tmp_path)
    foreign = pq.read_table(tmp_path / "orders.parquet").replace_schema_metadata(None)
    (tmp_path / "alerts.parquet").unlink()
    with pytest.raises(InputError, match=r"alerts\.parquet.*no such file"):
        read_ledger(tmp_path)
    write_ledger(ledger, tmp_path)
    pq.write_table(foreign, tmp_path / "orders.parquet")
    with pytest.raises(InputError, match=r"orders\.parquet.*not written by surgesim"):
        read_ledger(tmp_path)
