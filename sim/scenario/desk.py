"""The service desk: channels, agents, general questions beside those about orders."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.demand import Profile
from sim.scenario.people import EVERY_DAY, Crew
from sim.scenario.types import (
    MOST_NAMED,
    Clock,
    MeanShape,
    Model,
    Name,
    NonNegative,
    Positive,
    Shape,
    Share,
    Weekday,
    quantity,
)


class Channel(Model):
    """A way in. Calls need somebody to answer now; messages wait."""

    kind: Literal["call", "message"] = Field(description="call: lost outside opening hours; message: waits")
    share: NonNegative = quantity(..., "share", "part of contacts; the shares add up to 1")
    handle_min: Positive = quantity(..., "min", "mean handle time")
    handle: MeanShape = Field(
        Shape(distribution="lognormal", cv=1.0), description="how handle time scatters; not from a file"
    )
    patience_min: Positive | None = quantity(None, "min", "mean patience in the queue; null: never gives up")
    patience: MeanShape = Field(Shape(distribution="exponential"), description="how patience scatters; not from a file")
    repeat_share: Share = quantity(0.0, "share", "part of contacts given up or lost that try again")
    unresolved_share: Share = quantity(0.0, "share", "part of answered contacts that come back")
    repeat_after_min: Positive = quantity(60.0, "min", "mean time to the next try (exponential)")


class Desk(Crew):
    """Agents serve channels in the order in which they are listed, first come first served in each."""

    open: Clock = quantity("00:00", "HH:MM", "calls are taken from", validate_default=True)
    close: Clock = quantity("24:00", "HH:MM", "calls are taken until", validate_default=True)
    weekdays: list[Weekday] = Field(EVERY_DAY, description="days on which calls are taken")
    channels: dict[Name, Channel] = Field(
        min_length=1, max_length=MOST_NAMED, description="channels by name, highest priority first"
    )
    general: Profile = Field(Profile(), description="questions that are not about a late order")

    @model_validator(mode="after")
    def _hours_and_shares(self) -> Desk:
        if self.close <= self.open or self.close > 1440:
            raise ValueError("close lies after open and at most at 24:00")
        if abs(sum(channel.share for channel in self.channels.values()) - 1) > 1e-6:
            raise ValueError("the shares of the channels must add up to 1")
        return self
