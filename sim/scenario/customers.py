"""Customers: how long they wait before they cancel, when they ask, how content they are, whether they come back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.types import MeanShape, Model, NonNegative, Positive, Shape, Share, quantity


class Patience(Model):
    """Cancellation before packing."""

    share: Share = quantity(0.0, "share", "part of customers who would cancel at all if made to wait long enough")
    counted_from: Literal["due_ship", "placed"] = Field("due_ship", description="when their patience starts to run")
    mean_h: Positive = quantity(48.0, "h", "mean patience of those")
    service: MeanShape = Field(
        Shape(distribution="lognormal", cv=1.0), description="how patience scatters around the mean; not from a file"
    )


class Asking(Model):
    """Contacts about an order ("where is my order")."""

    before_due_share: Share = quantity(0.0, "share", "part of orders whose customer asks between order and due time")
    late_share: Share = quantity(0.0, "share", "part of orders not delivered by the due time whose customer asks")
    late_lag_h: Positive = quantity(12.0, "h", "mean time from due to asking (exponential)")


class ScoreBand(Model):
    """Score and loyalty of customers whose order came up to so many days late."""

    up_to_days: NonNegative | None = quantity(
        None, "days", "upper edge of lateness in the band; null: no edge (the last band)"
    )
    score: Annotated[float, Field(strict=True, ge=1, le=5)] = quantity(..., "1-5", "mean review score")
    churn_share: Share = quantity(0.0, "share", "part of their future spend that is lost")


class Customers(Model):
    """Responses to what happened to the order; all random parts are drawn with the order."""

    patience: Patience = Field(Patience(), description="cancellation")
    asking: Asking = Field(Asking(), description="contacts")
    bands: list[ScoreBand] = Field(
        [ScoreBand(score=5.0)],
        min_length=1,
        description="by lateness of delivery, on time first; cancelled count as the last",
    )

    @model_validator(mode="after")
    def _bands_rise(self) -> Customers:
        edges = [band.up_to_days for band in self.bands]
        if edges[-1] is not None or any(edge is None for edge in edges[:-1]):
            raise ValueError("only the last band has up_to_days: null, and it must have it")
        rising = [edge for edge in edges if edge is not None]
        if rising != sorted(set(rising)):
            raise ValueError("up_to_days must rise from band to band")
        return self
