"""The measures that a plan is made of; each has a trigger, a delay, an effect, a limit and a cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator

from sim.scenario.measures.carriers import (
    BackupCarrier,
    CarrierCapacity,
    ExtraPickups,
    ExtraStorage,
    Overflow3PL,
)
from sim.scenario.measures.customers import Compensation
from sim.scenario.measures.demand import (
    DemandMeasure,
    LongerPromise,
    PauseCampaign,
    PurchaseLimit,
    StaggeredRelease,
    Throttle,
)
from sim.scenario.measures.people import AddedPeople, DeskReinforcement, Overtime, TemporaryStaff
from sim.scenario.measures.trigger import Measure, Trigger

AnyMeasure = Annotated[
    Overtime
    | Overflow3PL
    | Compensation
    | ExtraPickups
    | BackupCarrier
    | CarrierCapacity
    | ExtraStorage
    | DeskReinforcement
    | TemporaryStaff
    | Throttle
    | PauseCampaign
    | PurchaseLimit
    | LongerPromise
    | StaggeredRelease,
    Discriminator("kind"),
]

__all__ = [
    "AddedPeople",
    "AnyMeasure",
    "BackupCarrier",
    "CarrierCapacity",
    "Compensation",
    "DemandMeasure",
    "DeskReinforcement",
    "ExtraPickups",
    "ExtraStorage",
    "LongerPromise",
    "Measure",
    "Overflow3PL",
    "Overtime",
    "PauseCampaign",
    "PurchaseLimit",
    "StaggeredRelease",
    "TemporaryStaff",
    "Throttle",
    "Trigger",
]
