"""The measures that a plan is made of; each has a trigger, a delay, an effect, a limit and a cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator

from sim.scenario.measures.carriers import ExtraPickups, Overflow3PL
from sim.scenario.measures.customers import Compensation
from sim.scenario.measures.people import (
    AddedPeople,
    BatchPicking,
    CrossTraining,
    DeskReinforcement,
    ExtraShift,
    Move,
    Overtime,
    SizedByHeads,
    TemporaryStaff,
)
from sim.scenario.measures.trigger import Measure, Trigger

AnyMeasure = Annotated[
    Overtime
    | Overflow3PL
    | Compensation
    | ExtraPickups
    | DeskReinforcement
    | TemporaryStaff
    | ExtraShift
    | CrossTraining
    | BatchPicking,
    Discriminator("kind"),
]

__all__ = [
    "AddedPeople",
    "AnyMeasure",
    "BatchPicking",
    "Compensation",
    "CrossTraining",
    "DeskReinforcement",
    "ExtraPickups",
    "ExtraShift",
    "Measure",
    "Move",
    "Overflow3PL",
    "Overtime",
    "SizedByHeads",
    "TemporaryStaff",
    "Trigger",
]
