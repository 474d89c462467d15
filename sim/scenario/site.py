"""The site: how orders are released, picked and packed, by whom, in how much room, and under which labour law."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from sim.scenario.people import Crew, Labour
from sim.scenario.types import Clock, Model, NonNegative, PositiveCount, Shape, quantity

Discipline = Literal["fifo", "express_first", "earliest_due", "shortest"]


class Release(Model):
    """When accepted orders are let onto the floor."""

    mode: Literal["continuous", "waves"] = Field("continuous", description="at once, or in waves")
    times: list[Clock] = quantity([], "HH:MM", "clock times of the waves, every working day and weekend alike")

    @model_validator(mode="after")
    def _waves_have_times(self) -> Release:
        if (self.mode == "waves") != bool(self.times):
            raise ValueError("mode: waves needs times, and times need mode: waves")
        if any(time >= 1440 for time in self.times):
            raise ValueError("times of waves lie between 00:00 and 23:59")
        return self


class Stage(Crew):
    """A step that every order passes: queue, workers at stations, service times."""

    setup_min: NonNegative = quantity(0.0, "min", "mean work per order, whatever its size")
    per_line_min: NonNegative = quantity(0.0, "min", "mean work per order line")
    per_unit_min: NonNegative = quantity(0.0, "min", "mean work per unit")
    service: Shape = Field(Shape(), description="how the work of one order scatters around that mean")
    discipline: Discipline = Field("fifo", description="who is served next")
    stations: PositiveCount | None = quantity(None, "stations", "places to work at; null: as many as workers")

    @model_validator(mode="after")
    def _file_brings_the_mean(self) -> Stage:
        mean = self.setup_min + self.per_line_min + self.per_unit_min
        if (self.service.file is not None) == (mean > 0):
            raise ValueError(
                "give either the mean work (setup_min, per_line_min, per_unit_min) or service: empirical with a file"
            )
        return self


class Picking(Stage):
    """Picking: one walk may serve several orders."""

    batch_size: PositiveCount = quantity(1, "orders", "most orders picked on one walk")
    batch_sort_min: NonNegative = quantity(0.0, "min", "sorting per further order of a batch")


class Site(Model):
    """Release, picking, packing, law."""

    release: Release = Field(Release(), description="how orders reach the floor")
    picking: Picking = Field(description="picking")
    packing: Stage | None = Field(None, description="packing; null: orders leave after picking")
    staging_parcels: PositiveCount | None = quantity(
        None,
        "parcels",
        "room for packed parcels that wait for a pickup; while it is full no packing begins; null: no limit",
    )
    labour: Labour = Field(default_factory=Labour, description="law on working hours")

    @model_validator(mode="after")
    def _room_holds_up_packing(self) -> Site:
        if self.staging_parcels is not None and self.packing is None:
            raise ValueError(
                "staging_parcels limits packing, and there is none: give packing, or staging_parcels: null"
            )
        return self
