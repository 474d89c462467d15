"""Measures at work: a trigger decides, a delay passes, an effect begins, and ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sim.floor.measures.batching import BatchPickingControl
from sim.floor.measures.carriers import PickupsControl, ThirdPartyControl
from sim.floor.measures.control import Control, Floor, Log
from sim.floor.measures.cross_training import CrossTrainingControl
from sim.floor.measures.customers import CompensationControl
from sim.floor.measures.extra_shift import ExtraShiftControl
from sim.floor.measures.people import OvertimeControl, PeopleControl
from sim.floor.measures.triggers import watch
from sim.scenario.plan import Plan

# Who controls a measure, by its kind: called with the floor, its label, the measure, its number in the plan.
CONTROLS: dict[str, Callable[[Floor, str, Any, int], Control]] = {
    "overtime": OvertimeControl,
    "temporary_staff": PeopleControl,
    "desk_reinforcement": PeopleControl,
    "overflow_3pl": ThirdPartyControl,
    "extra_pickups": PickupsControl,
    "compensation": CompensationControl,
    "extra_shift": ExtraShiftControl,
    "cross_training": CrossTrainingControl,
    "batch_picking": BatchPickingControl,
}


def install(floor: Floor, plan: Plan) -> None:
    """Put a plan's measures to work."""
    for number, (label, measure) in enumerate(plan.measures.items()):
        control = CONTROLS[measure.kind](floor, label, measure, number)
        floor.env.process(watch(floor, label, number, measure, control))


__all__ = ["CONTROLS", "Floor", "Log", "install"]
