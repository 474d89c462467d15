"""Triggers and alarms at work: metrics are read at review times, measures are decided, start and stop.

One timer per review interval serves all that review at it, and a metric is read once for all who watch it, so that
many rules cost little more than one. Those that review at the same instant do so metric by metric, in the order in
which the metrics were first asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Generator

import numpy as np
import simpy

from sim.alerting import Watched, changes, watched_by_rule, watched_by_trigger
from sim.floor.events import REVIEW, Tick, at, call_at
from sim.floor.gauges import Gauges, Reader
from sim.floor.measures.control import ACTIVE, CALLED_OFF, DECIDED, ENDED, Control, Floor
from sim.rules import next_review
from sim.scenario.alerts import AlertRule, Metric
from sim.scenario.measures import AnyMeasure

Review = Callable[[float, float], None]  # of the time and the value that was read


class Reviews:
    """Timers that read metrics at multiples of an interval, and tell those who watch them."""

    def __init__(self, env: simpy.Environment, gauges: Gauges) -> None:
        self._env = env
        self._gauges = gauges
        self._by_interval: dict[float, dict[Metric, tuple[Reader, list[Review]]]] = {}

    def add(self, watched: Watched, review: Review) -> None:
        """Have a metric read every so many minutes, and a review told."""
        every = watched.every_min
        if every not in self._by_interval:
            self._by_interval[every] = {}
            self._env.process(self._run(every, len(self._by_interval)))
        metrics = self._by_interval[every]
        if watched.metric not in metrics:
            metrics[watched.metric] = (self._gauges.reader(watched.metric, every), [])
        metrics[watched.metric][1].append(review)

    def _run(self, every_min: float, number: int) -> Generator[simpy.Event, None, None]:
        while True:
            now = next_review(self._env.now, every_min)
            yield at(self._env, now, REVIEW, number)
            for read, reviews in self._by_interval[every_min].values():
                value = read(now)
                for review in reviews:
                    review(now, value)


class Alarm:
    """An alert rule: every reading is kept, and when it is raised and cleared."""

    def __init__(self, floor: Floor, code: int, name: str, rule: AlertRule) -> None:
        self._log = floor.log
        self._code = code
        self._name = name
        self._watched = watched_by_rule(rule)
        self._on = False

    def install(self, reviews: Reviews) -> None:
        """Put it on the clock."""
        reviews.add(self._watched, self._review)

    def _review(self, now: float, value: float) -> None:
        watched = self._watched
        self._log.readings.append((now, self._code, value))
        if changes(value, self._on, watched.above, watched.clear_below):
            self._on = not self._on
            level = watched.above if self._on else watched.clear_below
            self._log.warning(now, self._name, raised=self._on, value=value, level=level)


class Watch:
    """The trigger of a measure: decides, waits for the delay, starts its control, and stops it.

    A measure once decided goes ahead after its delay, whatever the metric does meanwhile.
    """

    def __init__(self, floor: Floor, label: str, number: int, measure: AnyMeasure, control: Control) -> None:
        trigger, minute = measure.trigger, floor.scenario.minute
        self._env = floor.env
        self._log = floor.log
        self._label = label
        self._number = number
        self._control = control
        self._delay_min = measure.delay_h * 60
        self._at_least_min = trigger.at_least_h * 60
        self._begins = 0.0 if trigger.at is None else max(0.0, minute(trigger.at))
        self._until = float("inf") if trigger.until is None else minute(trigger.until)
        self._watched = watched = watched_by_trigger(trigger, floor.scenario.alerts)
        self._above, self._clear_below = (watched.above, watched.clear_below) if watched else (np.nan, np.nan)
        self._value = np.nan
        self._pending = self._active = False
        self._since = 0.0  # of its last decision, start or end: it is reviewed only after that

    def install(self, reviews: Reviews) -> None:
        """Put it on the clock."""
        watched = self._watched
        if self._until <= self._begins:
            return
        if watched is not None:
            reviews.add(watched, self._review)
        elif self._begins > 0:
            self._call(self._begins, lambda tick: self._decide(tick.time))
        else:
            self._decide(0.0)
        if self._until < float("inf"):
            self._call(self._until, self._end)

    def _call(self, time: float, handler: Callable[[Tick], None]) -> None:
        call_at(self._env, time, REVIEW, self._number, handler)

    def _review(self, now: float, value: float) -> None:
        if self._pending or now <= self._since or now >= self._until:
            return
        if self._active and now < self._since + self._at_least_min:
            return
        self._value = value
        if changes(value, self._active, self._above, self._clear_below):
            if self._active:
                self._stop(now, CALLED_OFF)
            else:
                self._decide(now)

    def _decide(self, now: float) -> None:
        self._alert(now, DECIDED, self._value, self._above)
        self._pending = True
        if self._delay_min == 0:
            self._start(now)
        elif now + self._delay_min < self._until:
            self._call(now + self._delay_min, lambda tick: self._start(tick.time))

    def _start(self, now: float) -> None:
        self._pending, self._active, self._since = False, True, now
        self._control.start(now)
        self._alert(now, ACTIVE, np.nan, self._above)

    def _end(self, tick: Tick) -> None:
        if self._active:
            self._stop(tick.time, ENDED)

    def _stop(self, now: float, event: int) -> None:
        self._active, self._since = False, now
        self._control.stop(now)
        self._alert(now, event, self._value, self._clear_below)

    def _alert(self, now: float, event: int, value: float, level: float) -> None:
        metric = "" if self._watched is None else self._watched.metric
        self._log.alerts.append((now, self._label, event, metric, value, level))
