"""The promise made to customers: cut-off, days to ship and to deliver by class, working days, hard deadline."""

from __future__ import annotations

from pydantic import Field, model_validator

from sim.scenario.types import Clock, Day, Days, Model, Moment, Share, Weekday, quantity

MON_TO_FRI: list[Weekday] = ["mon", "tue", "wed", "thu", "fri"]


class ServiceClass(Model):
    """What one class of customers was promised, in working days."""

    ship_within_days: Days = quantity(..., "working days", "to hand over to the carrier; 0: the same day")
    deliver_within_days: Days = quantity(..., "working days", "to deliver")

    @model_validator(mode="after")
    def _ship_before_delivery(self) -> ServiceClass:
        if self.deliver_within_days < self.ship_within_days:
            raise ValueError("deliver_within_days is at least ship_within_days")
        return self


class RequestedDate(Model):
    """Orders whose customer asked for a delivery date (gifts, festivals)."""

    share: Share = quantity(0.0, "share", "part of orders with a wish")
    days_ahead_min: Days = quantity(2, "days", "nearest date asked for, counted from the order")
    days_ahead_max: Days = quantity(10, "days", "farthest date asked for; dates between are equally likely")

    @model_validator(mode="after")
    def _ordered(self) -> RequestedDate:
        if self.days_ahead_max < self.days_ahead_min:
            raise ValueError("days_ahead_max is at least days_ahead_min")
        return self


class Promise(Model):
    """Due times follow from it: the promise's clock time on the n-th working day."""

    order_cutoff: Clock = quantity(
        "14:00", "HH:MM", "orders placed later count from the next working day", validate_default=True
    )
    ship_by: Clock = quantity("18:00", "HH:MM", "clock time by which the carrier has the parcel", validate_default=True)
    deliver_by: Clock = quantity("21:00", "HH:MM", "clock time by which the customer has it", validate_default=True)
    working_weekdays: list[Weekday] = Field(MON_TO_FRI, min_length=1, description="days that count")
    holidays: list[Day] = Field([], description="days that do not count")
    standard: ServiceClass = Field(
        ServiceClass(ship_within_days=1, deliver_within_days=3), description="the ordinary promise"
    )
    express: ServiceClass = Field(
        ServiceClass(ship_within_days=0, deliver_within_days=1), description="the promise to express customers"
    )
    express_share: Share = quantity(0.0, "share", "part of orders placed as express")
    requested_date: RequestedDate = Field(RequestedDate(), description="dates that customers asked for")
    hard_deadline: Moment | None = Field(None, description="after it the goods are worthless (a festival)")

    @model_validator(mode="after")
    def _due_after_placing(self) -> Promise:
        classes = (("standard", self.standard, 1 - self.express_share), ("express", self.express, self.express_share))
        for name, service, share in classes:
            if share == 0:
                continue
            if service.ship_within_days == 0 and self.ship_by < self.order_cutoff:
                raise ValueError(f"{name} ships the same day, so ship_by can't lie before order_cutoff")
            if service.deliver_within_days == 0 and self.deliver_by < self.order_cutoff:
                raise ValueError(f"{name} delivers the same day, so deliver_by can't lie before order_cutoff")
        return self
