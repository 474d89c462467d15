"""Triggers at work: one process per measure decides, waits for the delay, starts the control and stops it."""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np
import simpy

from sim.floor.events import REVIEW, at
from sim.floor.measures.control import ACTIVE, CALLED_OFF, DECIDED, ENDED, Control, Floor, Process
from sim.rules import next_review, still_on
from sim.scenario.measures import AnyMeasure, Trigger

Reader = Callable[[float], float]  # of the time


def watch(floor: Floor, label: str, number: int, measure: AnyMeasure, control: Control) -> Process:
    """Decide, wait for the delay, start, and stop when the trigger says so."""
    env, log, trigger = floor.env, floor.log, measure.trigger
    until = float("inf") if trigger.until is None else floor.scenario.minute(trigger.until)
    level = np.nan if trigger.above is None else trigger.above
    value = np.nan
    if trigger.at is not None:
        yield at(env, max(floor.scenario.minute(trigger.at), env.now), REVIEW, number)
    read = floor.gauges.reader(trigger.metric, trigger.review_every_min) if trigger.metric is not None else None
    while env.now < until:
        if read is not None:
            value = yield from _until_above(env, read, trigger, number, until)
            if value < level:
                return
        log.alerts.append((env.now, label, DECIDED, trigger.metric or "", value, level))
        if env.now + measure.delay_h * 60 >= until:
            return
        if measure.delay_h:
            yield at(env, env.now + measure.delay_h * 60, REVIEW, number)
        control.start(env.now)
        log.alerts.append((env.now, label, ACTIVE, trigger.metric or "", np.nan, level))
        if read is not None:
            value = yield from _until_clear(env, read, trigger, number, until)
        elif until < float("inf"):
            yield at(env, until, REVIEW, number)
        else:
            return
        control.stop(env.now)
        event = ENDED if env.now >= until else CALLED_OFF
        clear = np.nan if trigger.above is None else trigger.clear_level
        log.alerts.append((env.now, label, event, trigger.metric or "", value, clear))
        if read is None:
            return


def _until_above(
    env: simpy.Environment, read: Reader, trigger: Trigger, number: int, until: float
) -> Generator[simpy.Event, None, float]:
    """Read the metric at review times until it reaches its level; its last value, -inf when time is up before."""
    assert trigger.above is not None
    while True:
        review = next_review(env.now, trigger.review_every_min)
        if review >= until:
            return -np.inf
        yield at(env, review, REVIEW, number)
        value = read(review)
        if value >= trigger.above:
            return value


def _until_clear(
    env: simpy.Environment, read: Reader, trigger: Trigger, number: int, until: float
) -> Generator[simpy.Event, None, float]:
    """Read the metric at review times until it is below its clear level, or time is up; its last value."""
    value = np.nan
    while True:
        review = next_review(env.now, trigger.review_every_min)
        if review >= until:
            yield at(env, until, REVIEW, number)
            return value
        yield at(env, review, REVIEW, number)
        value = read(review)
        if not still_on(value, trigger.clear_level):
            return value
