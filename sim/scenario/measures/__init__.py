"""The measures that a plan is made of; each has a trigger, a delay, an effect, a limit and a cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator

from sim.scenario.measures.carriers import BackupCarrier, CarrierCapacity, ExtraPickups, ExtraStorage, Overflow3PL
from sim.scenario.measures.customers import Announcement, Compensation, ProactiveNotice, RecoveryOffer, Tier
from sim.scenario.measures.demand import (
    DemandMeasure,
    LongerPromise,
    PauseCampaign,
    PurchaseLimit,
    StaggeredRelease,
    Throttle,
)
from sim.scenario.measures.desk import DeskCallback, FaqBot
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
    | ExtraShift
    | TemporaryStaff
    | CrossTraining
    | BatchPicking
    | DeskReinforcement
    | Overflow3PL
    | ExtraPickups
    | BackupCarrier
    | CarrierCapacity
    | ExtraStorage
    | Throttle
    | PauseCampaign
    | PurchaseLimit
    | LongerPromise
    | StaggeredRelease
    | Announcement
    | ProactiveNotice
    | Compensation
    | RecoveryOffer
    | FaqBot
    | DeskCallback,
    Discriminator("kind"),
]

__all__ = [
    "AddedPeople",
    "Announcement",
    "AnyMeasure",
    "BackupCarrier",
    "BatchPicking",
    "CarrierCapacity",
    "Compensation",
    "CrossTraining",
    "DemandMeasure",
    "DeskCallback",
    "DeskReinforcement",
    "ExtraPickups",
    "ExtraShift",
    "ExtraStorage",
    "FaqBot",
    "LongerPromise",
    "Measure",
    "Move",
    "Overflow3PL",
    "Overtime",
    "PauseCampaign",
    "ProactiveNotice",
    "PurchaseLimit",
    "RecoveryOffer",
    "SizedByHeads",
    "StaggeredRelease",
    "TemporaryStaff",
    "Throttle",
    "Tier",
    "Trigger",
]
