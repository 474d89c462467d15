"""The invariants of stock can fail: a good ledger is spoilt in one place at a time, and the complaint must name it."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

import sim
from sim.errors import LedgerError
from sim.invariants import check_ledger
from sim.ledger import MOVES, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

SHELVES = {
    "assortment": {
        "count": 40,
        "on_hand_days": 4.0,
        "rule": "R_Q",
        "point_days": 2.0,
        "lot_size_days": 3.0,
        "model": {"volume_l": 2.0, "shelf_life_days": 6, "supply": {"lead_time_days": 1.0}},
    },
    "skus": {"cake": {"on_hand": 2, "made_by": "oven", "reorder": {"rule": "R_Q", "point": 1, "lot_size": 4}}},
    "production": {"oven": {"units_per_h": 5.0}},
    "receiving": {"units_per_worker_h": 60.0, "returns_per_worker_h": 10.0},
    "storage": {"capacity_m3": 4.0},
    "oversell": {"policy": "share", "share": 0.3, "ship": "split"},
    "returns": {"share": 0.2, "after_days": 1.0},
}


@pytest.fixture(scope="module")
def good() -> Ledger:
    """A surge with something of everything: expired units, owed ones, second parcels, returns, production."""
    shipped = sim.load_scenario("double11", overrides=["scale=0.03"])
    scenario = Scenario.model_validate(shipped.model_dump(mode="json", by_alias=True) | {"stock": SHELVES})
    ledger = sim.simulate(scenario, Plan(name="none"), sim.sample(scenario))
    check_ledger(ledger)
    return ledger


def test_the_good_ledger_has_something_of_everything(good: Ledger) -> None:
    for table in ("lines", "remainders", "stock_moves", "supplies", "returns", "stock_levels", "stock_left"):
        assert len(next(iter(good.tables[table].values()))), table
    assert set(good.frame("stock_moves")["kind"]) >= {"opening", "receipt", "production", "restocked", "expired"}
    assert good.column("stock_left", "owed").any()
    assert set(good.orders["outcome"]) >= {"delivered", "rejected"}


def rows_of(ledger: Ledger, kind: str) -> Any:
    return np.flatnonzero(ledger.column("stock_moves", "kind") == MOVES.index(kind))


def checked(ledger: Ledger) -> int:
    """A supply that the gate is done with."""
    return int(np.flatnonzero(~np.isnan(ledger.column("supplies", "work_end_min")))[0])


SPOILT = {
    "units are unaccounted for": lambda good: ("stock_left", "free", 0, good.column("stock_left", "free")[0] + 1),
    "more was dropped or owed": lambda good: ("lines", "owed", 0, good.column("lines", "units")[0] + 1),
    "do not agree on what is owed": lambda good: ("stock_left", "owed", 0, 99),
    "more units are owed than": lambda good: ("stock_left", "owed", 0, 10**6),
    "less than nothing": lambda good: ("stock_left", "free", 0, -1),
    "written off before it expired": lambda good: ("stock_moves", "time_min", rows_of(good, "expired")[0], 1.0),
    "sold after they had expired": lambda good: ("stock_moves", "units", rows_of(good, "expired"), 0),
    "had not arrived": lambda good: ("supplies", "put_away_min", 0, 0.0),
    "faster than its workers": lambda good: ("supplies", "units", checked(good), 10_000),
    "put away unchecked": lambda good: ("supplies", "work_start_min", checked(good), 0.0),
    "two things at a time": lambda good: ("returns", "work_start_min", slice(None), 600.0),
    "more than its hours allow": lambda good: ("stock_moves", "units", rows_of(good, "production")[0], 10_000),
    "no room for it": lambda good: ("stock_moves", "units", rows_of(good, "receipt")[-1], 10_000),
    "lies before an earlier step": lambda good: ("remainders", "pick_end_min", 0, 1.0),
}


@pytest.mark.parametrize("complaint", SPOILT)
def test_what_is_wrong_is_told(good: Ledger, complaint: str) -> None:
    table, column, row, value = SPOILT[complaint](good)
    tables = {name: {key: values.copy() for key, values in columns.items()} for name, columns in good.tables.items()}
    tables[table][column][row] = value
    with pytest.raises(LedgerError, match=complaint):
        check_ledger(dataclasses.replace(good, tables=tables))
