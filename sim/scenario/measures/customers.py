"""Measures towards customers: what they are told and offered."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.measures.trigger import Measure
from sim.scenario.types import NonNegative, Real, Share, quantity


class Compensation(Measure):
    """An offer to customers whose order is not shipped at a time relative to its due time."""

    kind: Literal["compensation"] = "compensation"
    classes: list[Literal["standard", "express"]] = Field(["standard", "express"], description="whose orders")
    after_due_h: Real = quantity(0.0, "h", "offered at due_ship plus this; negative: ahead of time")
    value_cost: NonNegative = quantity(0.0, "currency", "what it costs us when redeemed")
    redemption_share: Share = quantity(0.0, "share", "part of offers that are redeemed")
    cancel_reduction_share: Share = quantity(0.0, "share", "part of would-be cancellations that it prevents")
    contact_reduction_share: Share = quantity(0.0, "share", "part of contacts about lateness that it prevents")
    churn_reduction_share: Share = quantity(0.0, "share", "part of the lost future spend that it saves")
    score_gain: Annotated[float, Field(strict=True, ge=0, le=4)] = quantity(
        0.0, "points", "on a late customer's score, up to 5"
    )
