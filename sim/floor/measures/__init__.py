"""Measures and alarms at work: a trigger decides, a delay passes, an effect begins, and ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.floor.measures.batching import BatchPickingControl
from sim.floor.measures.carriers import (
    BackupControl,
    CapacityControl,
    PickupsControl,
    StorageControl,
    ThirdPartyControl,
)
from sim.floor.measures.compensation import CompensationControl
from sim.floor.measures.control import Control, Floor, Log
from sim.floor.measures.cross_training import CrossTrainingControl
from sim.floor.measures.customers import AnnouncementControl, NoticeControl, RecoveryControl
from sim.floor.measures.demand import DemandControl, StaggeredControl
from sim.floor.measures.desk import BotControl, CallBackControl
from sim.floor.measures.extra_shift import ExtraShiftControl
from sim.floor.measures.people import OvertimeControl, PeopleControl
from sim.floor.measures.triggers import Alarm, Reviews, Watch
from sim.scenario.fit import lacking
from sim.scenario.plan import Plan

# Who controls a measure, by its kind: called with the floor, its label, the measure, its number in the plan.
CONTROLS: dict[str, Callable[[Floor, str, Any, int], Control]] = {
    "overtime": OvertimeControl,
    "temporary_staff": PeopleControl,
    "desk_reinforcement": PeopleControl,
    "overflow_3pl": ThirdPartyControl,
    "extra_pickups": PickupsControl,
    "backup_carrier": BackupControl,
    "carrier_capacity": CapacityControl,
    "extra_storage": StorageControl,
    "compensation": CompensationControl,
    "throttle": DemandControl,
    "pause_campaign": DemandControl,
    "purchase_limit": DemandControl,
    "longer_promise": DemandControl,
    "staggered_release": StaggeredControl,
    "announcement": AnnouncementControl,
    "proactive_notice": NoticeControl,
    "recovery_offer": RecoveryControl,
    "faq_bot": BotControl,
    "desk_callback": CallBackControl,
    "extra_shift": ExtraShiftControl,
    "cross_training": CrossTrainingControl,
    "batch_picking": BatchPickingControl,
}


def install(floor: Floor, plan: Plan) -> None:
    """Put the scenario's alert rules and a plan's measures to work."""
    reviews = Reviews(floor.env, floor.gauges)
    for code, (name, rule) in enumerate(floor.scenario.alerts.items()):
        if not lacking(floor.scenario, rule.metric):
            Alarm(floor, code, name, rule).install(reviews)
    for number, (label, measure) in enumerate(plan.measures.items()):
        control = CONTROLS[measure.kind](floor, label, measure, number)
        Watch(floor, label, number, measure, control).install(reviews)


__all__ = ["CONTROLS", "Floor", "Log", "install"]
