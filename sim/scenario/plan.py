"""A plan: the measures we decide on. Each has a trigger, a delay, an effect, a limit and a cost.

Sizes are given either as a number or as a share of what the scenario has, so that one plan fits shops of
different size; the number wins nothing over the share: exactly one of them is given.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, model_validator

from sim.scenario.carriers import Transit
from sim.scenario.people import EVERY_DAY, ShiftHours
from sim.scenario.types import (
    Clock,
    Count,
    Model,
    Moment,
    NonNegative,
    Positive,
    PositiveCount,
    Real,
    Share,
    Weekday,
    quantity,
)

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


class Trigger(Model):
    """When a measure is decided: from the start, at a time, or when a watched metric crosses a level."""

    when: Literal["start", "time", "metric"] = Field("start", description="what decides")
    at: Moment | None = Field(None, description="when: time. Local date-time, or hours from the start")
    metric: Metric | None = Field(None, description="when: metric. What is watched")
    above: Annotated[float, Field(strict=True, ge=0)] | None = quantity(
        None, "of the metric", "when: metric. Decided at a review that finds the metric at or above it"
    )
    clear_below: NonNegative | None = quantity(
        None, "of the metric", "called off at a review that finds it below; default: 0.7 x above (hysteresis)"
    )
    review_every_min: Annotated[float, Field(strict=True, ge=1, le=10080)] = quantity(
        60.0, "min", "time between reviews"
    )
    until: Moment | None = Field(None, description="ends at the latest then")

    @model_validator(mode="after")
    def _complete(self) -> Trigger:
        if (self.when == "time") != (self.at is not None):
            raise ValueError("when: time needs 'at', and 'at' needs when: time")
        if (self.when == "metric") != (self.metric is not None) or (self.when == "metric") != (self.above is not None):
            raise ValueError("when: metric needs 'metric' and 'above', and they need when: metric")
        if self.clear_below is not None and (self.above is None or self.clear_below > self.above):
            raise ValueError("clear_below goes with 'above' and lies at or below it")
        return self

    @property
    def clear_level(self) -> float:
        """Level under which a decided measure is called off."""
        assert self.above is not None
        return 0.7 * self.above if self.clear_below is None else self.clear_below


class Measure(Model):
    """What all measures share."""

    about: str = Field("", description="one line for the report")
    trigger: Trigger = Field(Trigger(), description="when it is decided")
    delay_h: NonNegative = quantity(
        0.0, "h", "from the decision to the effect; it goes ahead even if the metric recovers"
    )


def _one_size(count: object, share: object, names: str) -> None:
    if (count is None) == (share is None):
        raise ValueError(f"give exactly one of {names}")


class Overtime(Measure):
    """Crews stay after their shift, as long as the law allows; dearer and more tired."""

    kind: Literal["overtime"] = "overtime"
    stages: list[Literal["picking", "packing", "desk"]] = Field(["picking", "packing"], description="who stays")
    hours: Positive = quantity(2.0, "h", "longest stay per shift")
    share: Share = quantity(1.0, "share", "part of the crew that stays")


class Overflow3PL(Measure):
    """Unreleased orders go to a third party's warehouse instead of ours."""

    kind: Literal["overflow_3pl"] = "overflow_3pl"
    share: Share = quantity(1.0, "share", "part of unreleased orders it is offered while active")
    daily_capacity: Count | None = quantity(None, "orders/day", "most it takes in a day")
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
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect")

    @model_validator(mode="after")
    def _size(self) -> Overflow3PL:
        _one_size(self.daily_capacity, self.daily_capacity_share, "daily_capacity, daily_capacity_share")
        if self.dispatch >= 1440:
            raise ValueError("dispatch lies between 00:00 and 23:59")
        return self


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


class ExtraPickups(Measure):
    """More visits of the carriers we have."""

    kind: Literal["extra_pickups"] = "extra_pickups"
    carriers: list[str] = Field([], description="names of carriers; empty: all of them")
    times: list[Clock] = quantity(..., "HH:MM", "clock times of the visits", min_length=1)
    weekdays: list[Weekday] = Field(EVERY_DAY, description="days on which they come")
    capacity: Count | None = quantity(None, "parcels", "most each takes; null: no limit")
    cost_per_pickup: NonNegative = quantity(0.0, "currency", "per visit and carrier, shown up or not")

    @model_validator(mode="after")
    def _within_the_day(self) -> ExtraPickups:
        if max(self.times) >= 1440:
            raise ValueError("times lie between 00:00 and 23:59")
        return self


class AddedPeople(Measure):
    """What measures that bring people share."""

    headcount: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = quantity(None, "workers", "how many")
    headcount_share: Annotated[float, Field(strict=True, ge=0, le=10)] | None = quantity(
        None, "share", "the same as a share of the crew's largest shift, rounded half up"
    )
    hours: ShiftHours | None = Field(None, description="when they work; null: with the crew's largest shift")
    wage_per_h_cost: NonNegative | None = quantity(None, "currency/h", "their pay; null: the crew's wage")
    cost_per_head: NonNegative = quantity(0.0, "currency", "once per head: agency fee, training")

    @model_validator(mode="after")
    def _size(self) -> AddedPeople:
        _one_size(self.headcount, self.headcount_share, "headcount, headcount_share")
        return self


class TemporaryStaff(AddedPeople):
    """Agency workers who come after a lead time and learn on the job."""

    kind: Literal["temporary_staff"] = "temporary_staff"
    stages: list[Literal["picking", "packing"]] = Field(
        ["picking", "packing"], min_length=1, description="where they work"
    )
    start_productivity: Positive = quantity(0.6, "1", "speed on the first day against a standard worker")
    full_productivity: Positive = quantity(0.95, "1", "speed they approach")
    learning_days: Positive = quantity(3.0, "days", "time constant of the approach")
    absence_share: Share | None = quantity(None, "share", "chance of not coming; null: the crew's")
    stay_days: PositiveCount | None = quantity(
        None, "days", "calendar days booked, called off or not; null: while active"
    )


class DeskReinforcement(AddedPeople):
    """More agents at the service desk."""

    kind: Literal["desk_reinforcement"] = "desk_reinforcement"
    productivity: Positive = quantity(0.9, "1", "speed against a regular agent")


AnyMeasure = Annotated[
    Overtime | Overflow3PL | Compensation | ExtraPickups | DeskReinforcement | TemporaryStaff, Discriminator("kind")
]


def _label_is_a_name(value: Any) -> Any:
    if isinstance(value, dict):
        for label in value:
            if not isinstance(label, str) or not label.replace("_", "a").isalnum():
                raise ValueError(f"labels of measures are letters, digits and _; got {label!r}")
    return value


class Plan(Model):
    """Contingency measures that are tried together."""

    name: str = Field("unnamed", pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$", description="short name, as in plan=NAME")
    title: str = Field("", description="name for readers; default: the short one")
    about: str = Field("", description="the idea in a sentence or two")
    currency: str | None = Field(
        None, pattern=r"^[A-Z]{3}$", description="currency its prices are written in; null: the site's"
    )
    measures: Annotated[dict[str, AnyMeasure], BeforeValidator(_label_is_a_name)] = Field(
        {}, description="measures by label"
    )
    sources: dict[str, str] = Field({}, description="where figures come from: path in the plan -> source", repr=False)

    @property
    def heading(self) -> str:
        """Title, or the name where none was given."""
        return self.title or self.name
