"""Measures on people: more hours, more hands, and another way of working with those who are there."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from sim.scenario.measures.trigger import Measure, one_size
from sim.scenario.people import ShiftHours, StageName
from sim.scenario.types import Model, NamedOnce, NonNegative, Positive, PositiveCount, Share, quantity


class Overtime(Measure):
    """Crews stay after their shift, as long as the law allows; dearer and more tired."""

    kind: Literal["overtime"] = "overtime"
    stages: NamedOnce[StageName] = Field(["picking", "packing"], min_length=1, description="who stays")
    hours: Positive = quantity(2.0, "h", "longest stay per shift")
    share: Share = quantity(1.0, "share", "part of the crew that stays")


class SizedByHeads(Measure):
    """What measures share whose size is a number of people."""

    headcount: Annotated[int, Field(strict=True, ge=0, le=1000)] | None = quantity(
        None, "workers", "how many", scales=True
    )
    headcount_share: Annotated[float, Field(strict=True, ge=0, le=10)] | None = quantity(
        None, "share", "the same as a share of the crew's largest shift, rounded half up"
    )

    @model_validator(mode="after")
    def _size(self) -> SizedByHeads:
        one_size(self.headcount, self.headcount_share, "headcount, headcount_share")
        return self


class AddedPeople(SizedByHeads):
    """What measures that bring people share."""

    hours: ShiftHours | None = Field(None, description="when they work; null: with the crew's largest shift")
    wage_per_h_cost: NonNegative | None = quantity(None, "currency/h", "their pay; null: the crew's wage")
    cost_per_head: NonNegative = quantity(0.0, "currency", "once per head: agency fee, training")


class TemporaryStaff(AddedPeople):
    """Agency workers who come after a lead time and learn on the job."""

    kind: Literal["temporary_staff"] = "temporary_staff"
    stages: NamedOnce[Literal["picking", "packing"]] = Field(
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


class ExtraShift(SizedByHeads):
    """The own crew works a further shift: on its days off, or with a second crew on its working days."""

    kind: Literal["extra_shift"] = "extra_shift"
    stages: NamedOnce[StageName] = Field(["picking", "packing"], min_length=1, description="whose crews")
    hours: ShiftHours = Field(description="when they work; all seven weekdays: whichever of them `day` allows")
    day: Literal["rest", "working"] = Field(
        "rest",
        description="rest: the people of the crew's largest shift, on days on which it is not worked; working: a "
        "second crew, on days on which it is",
    )
    productivity: Positive | None = quantity(None, "1", "speed against a standard worker; null: the crew's")

    @model_validator(mode="after")
    def _no_more_than_the_crew(self) -> ExtraShift:
        if self.day == "rest" and (self.headcount_share or 0.0) > 1:
            raise ValueError("on its day off at most the whole crew comes: headcount_share of at most 1")
        return self


class Move(Model):
    """Where trained workers may go, and how well they do there."""

    from_: StageName = Field(alias="from", description="whose crew")
    to: StageName = Field(description="where they help")
    productivity: Positive = quantity(0.8, "1", "speed there against a standard worker of that stage")

    @model_validator(mode="after")
    def _elsewhere(self) -> Move:
        if self.from_ == self.to:
            raise ValueError("a move leads from one stage to another one")
        return self


class CrossTraining(Measure):
    """Workers who are trained for another stage go where more work waits, and come back."""

    kind: Literal["cross_training"] = "cross_training"
    moves: list[Move] = Field(min_length=1, description="who may go where; each pair once")
    share: Share = quantity(0.5, "share", "part of those present of each regular shift that is trained, the first ones")
    when_ratio: Annotated[float, Field(strict=True, ge=1, le=1000)] = quantity(
        2.0, "1", "moved when the work waiting per worker is so many times as long there as at home, or back"
    )
    switch_min: NonNegative = quantity(5.0, "min", "lost by each who changes the stage")
    cost_per_head: NonNegative = quantity(0.0, "currency", "once per trained head: training")

    @model_validator(mode="after")
    def _each_once(self) -> CrossTraining:
        pairs = [(move.from_, move.to) for move in self.moves]
        if len(set(pairs)) < len(pairs):
            raise ValueError("each pair of stages is named once in moves")
        return self


class BatchPicking(Measure):
    """Pickers take several orders on one walk; sorting them takes time afterwards."""

    kind: Literal["batch_picking"] = "batch_picking"
    batch_size: Annotated[int, Field(strict=True, ge=2, le=1000)] = quantity(
        4, "orders", "most orders picked on one walk while active"
    )
    sort_min: NonNegative = quantity(0.0, "min", "sorting by the picker per further order of a batch")
    pack_sort_min: NonNegative = quantity(0.0, "min", "more packing work for every order picked together with others")
    setup_cost: NonNegative = quantity(0.0, "currency", "once, when it first takes effect: carts, totes", scales=True)
