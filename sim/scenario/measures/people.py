"""Measures that bring working hours: overtime, temporary staff, agents."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.measures.trigger import Measure, one_size
from sim.scenario.people import ShiftHours
from sim.scenario.types import NonNegative, Positive, PositiveCount, Share, quantity


class Overtime(Measure):
    """Crews stay after their shift, as long as the law allows; dearer and more tired."""

    kind: Literal["overtime"] = "overtime"
    stages: list[Literal["picking", "packing", "desk"]] = Field(["picking", "packing"], description="who stays")
    hours: Positive = quantity(2.0, "h", "longest stay per shift")
    share: Share = quantity(1.0, "share", "part of the crew that stays")


class AddedPeople(Measure):
    """What measures that bring people share."""

    headcount: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = quantity(
        None, "workers", "how many", scales=True
    )
    headcount_share: Annotated[float, Field(strict=True, ge=0, le=10)] | None = quantity(
        None, "share", "the same as a share of the crew's largest shift, rounded half up"
    )
    hours: ShiftHours | None = Field(None, description="when they work; null: with the crew's largest shift")
    wage_per_h_cost: NonNegative | None = quantity(None, "currency/h", "their pay; null: the crew's wage")
    cost_per_head: NonNegative = quantity(0.0, "currency", "once per head: agency fee, training")

    @model_validator(mode="after")
    def _size(self) -> AddedPeople:
        one_size(self.headcount, self.headcount_share, "headcount, headcount_share")
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
