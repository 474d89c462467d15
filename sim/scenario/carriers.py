"""Carriers: pickups, cut-offs, capacity, transit, and what happens when too much is handed to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.people import EVERY_DAY
from sim.scenario.types import (
    LARGEST,
    Clock,
    Count,
    Day,
    MeanShape,
    Model,
    NonNegative,
    Shape,
    Share,
    Weekday,
    quantity,
)


class Pickup(Model):
    """A visit of the carrier that recurs."""

    time: Clock = quantity(..., "HH:MM", "the vehicle leaves")
    weekdays: list[Weekday] = Field(EVERY_DAY, min_length=1, description="days on which it comes")
    capacity: Count | None = quantity(None, "parcels", "most it takes; null: no limit", scales=True)

    @model_validator(mode="after")
    def _within_the_day(self) -> Pickup:
        if self.time >= 1440:
            raise ValueError("time lies between 00:00 and 23:59")
        return self


class Transit(Model):
    """Days from pickup to delivery when the carrier is not congested."""

    mean_days: NonNegative = quantity(0.0, "days", "mean")
    service: MeanShape = Field(Shape(), description="how it scatters; not from a file")


class Carrier(Model):
    """One carrier and what was agreed with it."""

    kind: Literal["home", "store"] = Field("home", description="to the door, or to a convenience store")
    share: NonNegative = quantity(..., "share", "part of orders whose customers choose it; the shares add up to 1")
    pickups: dict[str, Pickup] = Field(min_length=1, description="pickups by name")
    cutoff_min: NonNegative = quantity(0.0, "min", "a parcel must be packed this long before the pickup")
    no_show_share: Share = quantity(0.0, "share", "chance that a pickup does not come, drawn per pickup")
    daily_parcel_cap: Count | None = quantity(
        None, "parcels/day", "most it accepts in a day (store networks); null: no cap"
    )
    transit: Transit = Field(Transit(), description="transit time")
    contracted_per_day: Annotated[float, Field(strict=True, ge=1, le=LARGEST)] | None = quantity(
        None, "parcels/day", "handed over beyond it, parcels queue in the carrier's network; null: never congested"
    )
    cost_per_parcel: NonNegative = quantity(0.0, "currency", "freight")
    cost_per_pickup: NonNegative = quantity(0.0, "currency", "visit")
    cod_share: Share = quantity(0.0, "share", "part of its orders paid on delivery")
    cod_fee_cost: NonNegative = quantity(0.0, "currency", "fee per delivered order paid on delivery")
    unclaimed_share: Share = quantity(0.0, "share", "part of its cash-on-delivery parcels that nobody collects")
    unclaimed_after_days: NonNegative = quantity(7.0, "days", "wait at the store before such a parcel goes back")
    return_cost: NonNegative = quantity(0.0, "currency", "freight and handling of a parcel that comes back")

    @model_validator(mode="after")
    def _collected_from_stores(self) -> Carrier:
        if self.unclaimed_share > 0 and self.kind != "store":
            raise ValueError("unclaimed_share goes with kind: store, where customers collect their parcels")
        return self


class TransitSpell(Model):
    """A stretch of days on which every carrier's network is slower; no plan changes it."""

    first_day: Day = Field(description="first day of pickup it applies to")
    last_day: Day = Field(description="last day, inclusive")
    factor: Annotated[float, Field(strict=True, gt=0, le=100)] = quantity(..., "1", "multiplies transit times")

    @model_validator(mode="after")
    def _in_order(self) -> TransitSpell:
        if self.last_day < self.first_day:
            raise ValueError("last_day lies before first_day")
        return self
