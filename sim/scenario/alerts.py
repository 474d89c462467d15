"""Alert rules: which metric is watched, at what level an alarm is raised, and who is told.

The same rules trigger measures inside the simulation and watch a live feed.
"""

from __future__ import annotations

from typing import Literal

Metric = Literal[
    "backlog_orders",
    "backlog_days",
    "backlog_hours",
    "overdue_orders",
    "orders_per_h",
    "queue_picking_orders",
    "queue_packing_orders",
    "queue_dock_parcels",
    "queue_desk_contacts",
]

METRICS: dict[str, str] = {
    "backlog_orders": "accepted, not cancelled, not picked up by a carrier",
    "backlog_days": "backlog_orders / orders of an ordinary day",
    "backlog_hours": "hours in which the largest daily crew would clear the longer of the pick and pack queues",
    "overdue_orders": "backlog whose due_ship has passed",
    "orders_per_h": "orders accepted in the review interval that ends now, per hour",
    "queue_picking_orders": "released, not started",
    "queue_packing_orders": "picked, packing not started",
    "queue_dock_parcels": "packed, not picked up",
    "queue_desk_contacts": "contacts waiting for an agent",
}
