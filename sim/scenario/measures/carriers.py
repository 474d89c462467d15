"""Measures outside the floor: a third party's warehouse, more of the carriers we have, another one, more room."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.carriers import Carrier, Pickup, Transit
from sim.scenario.measures.trigger import Measure, one_size
from sim.scenario.people import EVERY_DAY
from sim.scenario.types import LARGEST, Clock, Count, Flag, NamedOnce, NonNegative, Positive, Share, Weekday, quantity

MOST_BACKUP_CARRIERS = 4  # in one plan; whether each one's pickups come is drawn before any plan is known
Limit = Literal["pickups", "daily_cap", "network"]


class Overflow3PL(Measure):
    """Unreleased orders go to a third party's warehouse instead of ours."""

    kind: Literal["overflow_3pl"] = "overflow_3pl"
    share: Share = quantity(1.0, "share", "part of unreleased orders it is offered while active")
    daily_capacity: Count | None = quantity(None, "orders/day", "most it takes in a day", scales=True)
    daily_capacity_share: NonNegative | None = quantity(
        None, "share", "the same as a share of an ordinary day's orders"
    )
    dispatch: Clock = quantity("18:00", "HH:MM", "its carrier leaves", validate_default=True)
    dispatch_weekdays: list[Weekday] = Field(EVERY_DAY, min_length=1, description="days on which it leaves")
    lead_time_h: NonNegative = quantity(12.0, "h", "from taking an order to having it packed")
    transit: Transit | None = Field(
        Transit(),
        description="its own transit time; null: that of the carrier the customer chose, never congested by us",
    )
    cost_per_order: NonNegative = quantity(0.0, "currency", "per order, first line and freight included")
    cost_per_line: NonNegative = quantity(0.0, "currency", "per further line")
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)

    @model_validator(mode="after")
    def _size(self) -> Overflow3PL:
        one_size(self.daily_capacity, self.daily_capacity_share, "daily_capacity, daily_capacity_share")
        if self.dispatch >= 1440:
            raise ValueError("dispatch lies between 00:00 and 23:59")
        return self


class ExtraPickups(Measure):
    """More visits of the carriers we have."""

    kind: Literal["extra_pickups"] = "extra_pickups"
    carriers: NamedOnce[str] = Field([], description="names of carriers; empty: all of them")
    times: list[Clock] = quantity(..., "HH:MM", "clock times of the visits", min_length=1)
    weekdays: list[Weekday] = Field(EVERY_DAY, min_length=1, description="days on which they come")
    capacity: Count | None = quantity(None, "parcels", "most each takes; null: no limit", scales=True)
    cost_per_pickup: NonNegative = quantity(0.0, "currency", "per visit and carrier, shown up or not", scales=True)

    @model_validator(mode="after")
    def _within_the_day(self) -> ExtraPickups:
        if max(self.times) >= 1440:
            raise ValueError("times lie between 00:00 and 23:59")
        return self


class BackupCarrier(Measure):
    """A further carrier, which takes over parcels of those we have; it brings them to the door."""

    kind: Literal["backup_carrier"] = "backup_carrier"
    replaces: NamedOnce[str] = Field(
        [], description="names of carriers whose parcels it takes over; empty: all of them"
    )
    share: Share = quantity(1.0, "share", "part of their parcels that it takes over while active")
    takes_waiting: Flag = Field(False, description="whether also of the parcels that wait on the dock when it starts")
    cash_on_delivery: Flag = Field(
        False, description="whether it collects money at the door; otherwise parcels to be paid on delivery are not its"
    )
    pickups: dict[str, Pickup] = Field(min_length=1, description="its pickups by name")
    cutoff_min: NonNegative = quantity(0.0, "min", "a parcel must be packed this long before the pickup")
    no_show_share: Share = quantity(0.0, "share", "chance that a pickup does not come, drawn per pickup")
    transit: Transit = Field(Transit(), description="transit time")
    contracted_per_day: Annotated[float, Field(strict=True, ge=1, le=LARGEST)] | None = quantity(
        None,
        "parcels/day",
        "handed over beyond it, parcels queue in its network; null: never congested",
        scales=True,
    )
    cost_per_parcel: NonNegative = quantity(0.0, "currency", "freight")
    cost_per_pickup: NonNegative = quantity(0.0, "currency", "per visit, shown up or not", scales=True)
    cod_fee_cost: NonNegative = quantity(0.0, "currency", "fee per delivered order paid on delivery")
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)

    @property
    def carrier(self) -> Carrier:
        """What was agreed with it, in the form of the scenario's carriers."""
        # Not validated again: at a small scale its figures may lie below what a planner may write.
        terms = {name: getattr(self, name) for name in Carrier.model_fields if name in type(self).model_fields}
        return Carrier.model_construct(**{**terms, "kind": "home", "share": 0.0})


class CarrierCapacity(Measure):
    """More room in the networks of the carriers we have, bought by the day, used or not."""

    kind: Literal["carrier_capacity"] = "carrier_capacity"
    carriers: NamedOnce[str] = Field([], description="names of carriers; empty: all of them")
    of: NamedOnce[Limit] = Field(
        ["pickups", "daily_cap", "network"],
        min_length=1,
        description="which limits grow: what a pickup takes, what is accepted in a day, what is contracted per day",
    )
    capacity_share: Positive = quantity(..., "share", "added to each of these limits: 0.5 makes it half as large again")
    cost_per_parcel_day: NonNegative = quantity(
        0.0, "currency", "per parcel of added capacity and day begun while active, used or not"
    )
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)


class ExtraStorage(Measure):
    """More room for packed parcels that wait for a pickup: a tent, a trailer, the neighbour's hall."""

    kind: Literal["extra_storage"] = "extra_storage"
    parcels: Count | None = quantity(None, "parcels", "how much more room", scales=True)
    parcels_share: NonNegative | None = quantity(
        None, "share", "the same as a share of the site's staging_parcels, rounded half up"
    )
    cost_per_day: NonNegative = quantity(0.0, "currency", "per day begun while active, used or not", scales=True)
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect", scales=True)

    @model_validator(mode="after")
    def _size(self) -> ExtraStorage:
        one_size(self.parcels, self.parcels_share, "parcels, parcels_share")
        return self
