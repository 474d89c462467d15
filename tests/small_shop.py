"""A ledger of ten orders, some contacts and shifts, whose figures are worked out by hand.

The run lasts three days of 1,440 minutes; the second one is measured, so the window is [1440, 2880) and the horizon
4320. Times need not make sense on a real floor: the arithmetic is what is tested.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.ledger import Ledger
from sim.scenario.scenario import Scenario
from tests.ledgers import CREW, ledger_of, world

WINDOW = {"measure_from": 24.0, "measure_to": 48.0, "run_on_h": 24.0}
HORIZON = 4320.0
BANDS = [
    {"up_to_days": 0.0, "score": 4.5, "churn_share": 0.0},
    {"up_to_days": 1.0, "score": 3.5, "churn_share": 0.2},
    {"score": 2.0, "churn_share": 0.5},
]
DESK = {"channels": {"phone": {"kind": "call", "share": 1.0, "handle_min": 5.0}}}
CARRIER = {"home": {"share": 1.0, "pickups": {"evening": {"time": "18:00"}}}}


def shop(**changes: Any) -> Scenario:
    """A shop with two crews, one carrier, one channel and a promise; keyword arguments replace top-level keys."""
    given: dict[str, Any] = {
        "window": WINDOW,
        "promise": {},
        "carriers": CARRIER,
        "customers": {"bands": BANDS},
        "desk": DESK,
        "site": {"picking": CREW, "packing": CREW},
    }
    return world(**{**given, **changes})


def order(placed: float, **columns: Any) -> dict[str, Any]:
    """A row of an order, measured if it is placed in the window."""
    return {"placed_min": placed, "released_min": placed, "measured": 1440 <= placed < 2880, **columns}


def on_its_way(picking: tuple[float, float], packing: tuple[float, float], picked_up: float, delivered: float) -> Any:
    """Columns of an order that went all the way through our own site."""
    return {
        "pick_start_min": picking[0],
        "pick_end_min": picking[1],
        "pack_start_min": packing[0],
        "pack_end_min": packing[1],
        "picked_up_min": picked_up,
        "delivered_min": delivered,
        "outcome": "delivered",
    }


def promised(ship: float, delivery: float) -> dict[str, float]:
    """Columns of what an order was promised."""
    return {"due_ship_min": ship, "due_delivery_min": delivery}


ORDERS: dict[str, dict[str, Any]] = {
    "before the window": order(100, **on_its_way((110, 120), (120, 130), 200, 300), **promised(150, 250)),
    "to the minute": order(
        1500, **on_its_way((1510, 1520), (1530, 1540), 1600, 2000), **promised(1600, 2000), score_gain=0.5
    ),
    "an hour and a day late": order(1500, **on_its_way((1560, 1580), (1600, 1610), 1700, 4000), **promised(1640, 2560))
    | {"released_min": 1560, "score_gain": 0.25, "loyalty_saved": 0.25},
    "third party": order(1500, picked_up_min=2200, delivered_min=2600, outcome="delivered", **promised(2100, 2700))
    | {"route": "3pl", "carrier": "3pl"},
    "cancelled overdue": order(1600, **promised(1700, 3000), cancelled_min=1800, outcome="cancelled"),
    "not collected": order(1850, **on_its_way((1855, 1860), (1860, 1870), 1900, 2500), **promised(2000, 3000))
    | {"outcome": "lost"},
    "open and overdue": order(2000, **promised(3000, 4000), pick_start_min=2100, pick_end_min=2110),
    "cancelled ahead of time": order(2400, **promised(4000, 4300), cancelled_min=2500, outcome="cancelled"),
    "open, not yet due": order(2800, **promised(5000, 6000)) | {"released_min": np.nan},
    "after the window": order(3000, **promised(3500, 3600)),
}
ROW = {name: number for number, name in enumerate(ORDERS)}


def contact(about: int, arrived: float, outcome: str, *, answered: float = np.nan, gave_up: float = np.nan) -> Any:
    """A row of a contact about an order, by its row; -1 is a general question."""
    return {
        "order_row": about,
        "arrived_min": arrived,
        "answered_min": answered,
        "ended_min": answered + 5,
        "gave_up_min": gave_up,
        "outcome": outcome,
        "agent": 0,
    }


LATE, OPEN = ROW["an hour and a day late"], ROW["open and overdue"]
CONTACTS = [
    contact(LATE, 1700, "answered", answered=1705),
    contact(LATE, 1800, "abandoned", gave_up=1810),
    contact(-1, 1500, "answered", answered=1515),
    contact(-1, 100, "answered", answered=300),  # a general question before the window
    contact(-1, 2880, "answered", answered=2900),  # and one at its end, which is outside
    contact(OPEN, 4100, "lost", gave_up=4100),
    contact(OPEN, 4300, "waiting"),
    contact(ROW["before the window"], 1600, "abandoned", gave_up=1605),  # about an order that is not measured
]


def stretch(slot: int, stage: str, start: float, end: float, **columns: Any) -> dict[str, Any]:
    """A row of the roster."""
    return {"slot": slot, "stage": stage, "start_min": start, "end_min": end, **columns}


STAFFING = [
    stretch(0, "picking", 1440, 1600),
    stretch(1, "picking", 1400, 1500, overrun_min=20),  # begun before the window: 80 minutes of it lie inside
    stretch(-1, "picking", 1440, 1600, absent=True),
    stretch(2, "packing", 1500, 1560, overrun_min=12, into_break=True),
    stretch(2, "packing", 1590, 1700),
    stretch(3, "packing", 2600, 3000, overrun_min=30),
    stretch(5, "packing", 4200, 4380, kind="overtime"),  # two of its three hours lie before the horizon
    stretch(4, "desk", 1700, 1720, kind="reinforcement"),
]


def ledger(**changes: Any) -> Ledger:
    """The ledger of all these rows; keyword arguments replace tables."""
    alerts = [
        {"time_min": 2000.0, "event": "refused", "value": 3.0},
        {"time_min": 100.0, "event": "refused", "value": 1.5},
        {"time_min": 2000.0, "event": "active", "value": 9.0},
    ]
    given: dict[str, Any] = {"contacts": CONTACTS, "staffing": STAFFING, "alerts": alerts}
    return ledger_of(shop(), list(ORDERS.values()), **{**given, **changes})
