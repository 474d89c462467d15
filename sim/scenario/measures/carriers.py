"""Measures outside the floor: more visits of the carriers, and a third party's warehouse."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.carriers import Transit
from sim.scenario.measures.trigger import Measure, one_size
from sim.scenario.people import EVERY_DAY
from sim.scenario.types import Clock, Count, NonNegative, Share, Weekday, quantity


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
    carriers: list[str] = Field([], description="names of carriers; empty: all of them")
    times: list[Clock] = quantity(..., "HH:MM", "clock times of the visits", min_length=1)
    weekdays: list[Weekday] = Field(EVERY_DAY, description="days on which they come")
    capacity: Count | None = quantity(None, "parcels", "most each takes; null: no limit", scales=True)
    cost_per_pickup: NonNegative = quantity(0.0, "currency", "per visit and carrier, shown up or not", scales=True)

    @model_validator(mode="after")
    def _within_the_day(self) -> ExtraPickups:
        if max(self.times) >= 1440:
            raise ValueError("times lie between 00:00 and 23:59")
        return self
