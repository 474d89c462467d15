"""Alert rules: which metric is watched, at what level an alarm is raised, and who is told.

The same rules trigger measures inside the simulation and are judged in the report; see :mod:`sim.alerting`.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from sim.scenario.types import Model, NonNegative, quantity

Metric = Literal[
    "backlog_orders",
    "backlog_days",
    "backlog_hours",
    "overdue_orders",
    "at_risk_orders",
    "oldest_order_h",
    "orders_per_h",
    "orders_against_plan",
    "queue_picking_orders",
    "queue_packing_orders",
    "queue_dock_parcels",
    "queue_desk_contacts",
    "utilisation_picking",
    "utilisation_packing",
    "utilisation_desk",
    "pickup_fill",
    "desk_wait_min",
    "abandonment_share",
    "short_sku_share",
]

PACE_H: Final = 24.0  # over which orders are held against plan: a day, so that chance and the hour average out
SOON_H: Final = 24.0  # orders that fall due so soon are at risk beyond what one day ships

METRICS: Final[dict[str, str]] = {
    "backlog_orders": "accepted, not cancelled, not picked up by a carrier",
    "backlog_days": "backlog_orders / orders of an ordinary day",
    "backlog_hours": "hours in which the largest daily crew would clear the longer of the pick and pack queues",
    "overdue_orders": "backlog whose due_ship has passed",
    "at_risk_orders": "backlog that falls due within 24 h (or has), beyond what was shipped in the last 24 h",
    "oldest_order_h": "age of the oldest order of the backlog",
    "orders_per_h": "orders accepted in the review interval that ends now, per hour",
    "orders_against_plan": "orders accepted in the last 24 h / orders that the plan of demand expected in them",
    "queue_picking_orders": "released, not started",
    "queue_packing_orders": "picked, packing not started",
    "queue_dock_parcels": "packed, not picked up",
    "queue_desk_contacts": "contacts waiting for an agent",
    "utilisation_picking": "pickers at work on an order / pickers present, at the review",
    "utilisation_packing": "packers likewise",
    "utilisation_desk": "agents likewise",
    "pickup_fill": "parcels that wait / what the pickups of the next 24 h that have any can take, the fullest carrier",
    "desk_wait_min": "how long the caller has waited that has waited longest; messages wait by design and do not count",
    "abandonment_share": "contacts given up / contacts given up or answered in the review interval that ends now",
    "short_sku_share": "SKUs with fewer free units than their safety stock, or none / SKUs of the stock",
}

# Part of the scenario without which there is nothing to read.
NEEDS: Final[dict[str, str]] = {
    "overdue_orders": "promise",
    "at_risk_orders": "promise",
    "orders_against_plan": "demand.profile",
    "queue_packing_orders": "site.packing",
    "utilisation_packing": "site.packing",
    "queue_dock_parcels": "carriers",
    "pickup_fill": "carriers",
    "queue_desk_contacts": "desk",
    "utilisation_desk": "desk",
    "desk_wait_min": "desk",
    "abandonment_share": "desk",
    "short_sku_share": "stock",
}

Severity = Literal["info", "warning", "critical"]
Level = Annotated[float, Field(strict=True, ge=0, le=1e9)]
ReviewInterval = Annotated[float, Field(strict=True, ge=1, le=10080)]
CLEAR_RATIO: Final = 0.7  # of the level, where no level to clear is given


class AlertRule(Model):
    """An alarm: raised at a review that finds a metric at or above a level, cleared below a lower one."""

    about: str = Field("", description="one line for the report: what it means, what to do")
    metric: Metric = Field(description="what is watched")
    above: Level = quantity(..., "of the metric", "raised at a review that finds the metric at or above it")
    clear_below: NonNegative | None = quantity(
        None, "of the metric", "cleared at a review that finds it below; default: 0.7 x above (hysteresis)"
    )
    review_every_min: ReviewInterval = quantity(60.0, "min", "time between reviews")
    severity: Severity = Field("warning", description="how loud")
    tell: list[str] = Field([], description="teams that are told")

    @model_validator(mode="after")
    def _clears_below(self) -> AlertRule:
        if self.clear_below is not None and self.clear_below > self.above:
            raise ValueError("clear_below lies at or below 'above'")
        return self

    @property
    def clear_level(self) -> float:
        """Level under which it is cleared."""
        return CLEAR_RATIO * self.above if self.clear_below is None else self.clear_below
