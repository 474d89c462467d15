"""The measures that a plan is made of; each has a trigger, a delay, an effect, a limit and a cost."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator

from sim.scenario.measures.carriers import ExtraPickups, Overflow3PL
from sim.scenario.measures.customers import Announcement, Compensation, ProactiveNotice, RecoveryOffer, Tier
from sim.scenario.measures.desk import DeskCallback, FaqBot
from sim.scenario.measures.people import AddedPeople, DeskReinforcement, Overtime, TemporaryStaff
from sim.scenario.measures.trigger import Measure, Trigger

AnyMeasure = Annotated[
    Overtime
    | Overflow3PL
    | Compensation
    | ExtraPickups
    | DeskReinforcement
    | TemporaryStaff
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
    "Compensation",
    "DeskCallback",
    "DeskReinforcement",
    "ExtraPickups",
    "FaqBot",
    "Measure",
    "Overflow3PL",
    "Overtime",
    "ProactiveNotice",
    "RecoveryOffer",
    "TemporaryStaff",
    "Tier",
    "Trigger",
]
