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
    | StaggeredRelease
    | Announcement
    | ProactiveNotice
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
    "CarrierCapacity",
    "Compensation",
    "DemandMeasure",
    "DeskCallback",
    "DeskReinforcement",
    "ExtraPickups",
    "ExtraStorage",
    "FaqBot",
    "LongerPromise",
    "Measure",
    "Overflow3PL",
    "Overtime",
    "PauseCampaign",
    "ProactiveNotice",
    "PurchaseLimit",
    "RecoveryOffer",
    "StaggeredRelease",
    "TemporaryStaff",
    "Throttle",
    "Tier",
    "Trigger",
]
