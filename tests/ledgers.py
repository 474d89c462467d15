"""Small worlds and hand-made ledgers for tests of numbers that are worked out on paper.

A row is a dictionary of the columns that matter; the rest is as if nothing had happened (NaN, 0, first code).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sim.ledger import TABLES, Ledger
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario

MONDAY = "2026-01-05"
CREW = {"setup_min": 6.0, "shifts": {"day": {"start": "08:00", "end": "16:00", "headcount": 2}}}
Rows = Sequence[Mapping[str, Any]]

_UNLIKE_ZERO: dict[tuple[str, str], Any] = {
    ("orders", "measured"): True,
    ("orders", "lines"): 1,
    ("orders", "units"): 1,
    ("orders", "picker"): -1,
    ("orders", "packer"): -1,
    ("contacts", "order_row"): -1,
    ("contacts", "agent"): -1,
    ("staffing", "crew"): "",
    ("staffing", "productivity"): 1.0,
    ("staffing", "overrun_min"): 0.0,
    ("staffing", "paid_h"): 0.0,
    ("staffing", "overtime_h"): 0.0,
    ("staffing", "cost"): 0.0,
    ("pickups", "cost"): 0.0,
    ("orders", "value"): 0.0,
    ("orders", "third_party_cost"): 0.0,
    ("orders", "compensation_cost"): 0.0,
    ("orders", "message_cost"): 0.0,
    ("contacts", "bot_cost"): 0.0,
    ("orders", "loyalty_saved"): 0.0,
    ("orders", "score_gain"): 0.0,
}


def world(**changes: Any) -> Scenario:
    """Two days from a Monday, two pickers and nothing else; keyword arguments replace top-level keys."""
    given: dict[str, Any] = {"start": MONDAY, "window": {"measure_to": 48.0}, "site": {"picking": CREW}}
    return Scenario.model_validate({**given, **changes})


def ledger_of(scenario: Scenario, orders: Rows = (), **tables: Rows) -> Ledger:
    """A ledger with the given rows, by table; coded columns take names or codes."""
    assert set(tables) <= set(TABLES)
    numbered = [{"order_id": number, **row} for number, row in enumerate(orders)]
    given = {**dict.fromkeys(TABLES, ()), **tables, "orders": numbered}
    channels = tuple(scenario.desk.channels) if scenario.desk else ()
    bare = Ledger(scenario, Plan(), 1, 0, {}, {"carrier": (*scenario.carriers, "3pl"), "channel": channels, "sku": ()})
    return Ledger(
        scenario, Plan(), 1, 0, {name: _table(bare, name, rows) for name, rows in given.items()}, bare.categories
    )


def _table(ledger: Ledger, name: str, rows: Rows) -> dict[str, Any]:
    known = {column.name for column in TABLES[name]}
    unknown = {key for row in rows for key in row} - known
    assert not unknown, f"{name} has no column {sorted(unknown)}"
    table = {}
    for column in TABLES[name]:
        default = _UNLIKE_ZERO.get(
            (name, column.name), np.nan if column.dtype == "f8" else np.zeros(1, column.dtype)[0]
        )
        values = [row.get(column.name, default) for row in rows]
        if column.coded:
            names = ledger.names_of(name, column.name)
            values = [names.index(value) if isinstance(value, str) else value for value in values]
        table[column.name] = np.array(values, dtype=column.dtype)
    return table
