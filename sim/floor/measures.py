"""Measures at work: a trigger decides, a delay passes, an effect begins, and ends.

One process per measure watches its trigger; what starts and stops is a small control with two methods. The controls
know the floor, and the floor does not know them.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.draws import Draws
from sim.floor.events import PICKUP, REVIEW, ROSTER, at
from sim.floor.gauges import Gauges
from sim.floor.line import SHIPPED, Line
from sim.floor.people import Crews
from sim.floor.roster import REINFORCEMENT, TEMPORARY, Call, OvertimeOrder, Roster, stretches_of
from sim.floor.thirdparty import ThirdParty
from sim.ledger import EVENTS, SERVICE_CLASSES
from sim.rules import learning, next_review, still_on, weekday_of
from sim.scenario.people import ShiftHours
from sim.scenario.plan import (
    AddedPeople,
    AnyMeasure,
    Compensation,
    DeskReinforcement,
    ExtraPickups,
    Overflow3PL,
    Overtime,
    Plan,
    TemporaryStaff,
    Trigger,
)
from sim.scenario.scale import scaled_count
from sim.scenario.scenario import Scenario

DECIDED, ACTIVE, CALLED_OFF, ENDED, REFUSED = range(len(EVENTS))
Process = Generator[simpy.Event, None, None]
Reader = Callable[[float], float]  # of the time


class Control(Protocol):
    """What a measure does when it begins and ends."""

    def start(self, now: float) -> None:
        """The measure takes effect."""

    def stop(self, now: float) -> None:
        """It ends."""


@dataclass
class Log:
    """Rows of the alerts and charges tables."""

    alerts: list[tuple[float, str, int, str, float, float]] = field(default_factory=list)
    charges: list[tuple[float, str, str, float]] = field(default_factory=list)

    def refused(self, label: str, hours: float, now: float) -> None:
        """The law forbade overtime that was asked for, in worker-hours."""
        self.alerts.append((now, label, REFUSED, "", hours, np.nan))

    def charge(self, now: float, label: str, line: str, cost: float) -> None:
        """Something costs money at a time."""
        if cost:
            self.charges.append((now, label, line, cost))

    def tables(self) -> dict[str, dict[str, Any]]:
        """Columns of both tables."""
        return {
            "alerts": _columns(
                self.alerts, ("f8", "O", "i1", "O", "f8", "f8"), "time_min measure event metric value level"
            ),
            "charges": _columns(self.charges, ("f8", "O", "O", "f8"), "time_min measure line cost"),
        }


def _columns(rows: list[Any], types: tuple[str, ...], names: str) -> dict[str, Any]:
    columns = list(zip(*rows, strict=True)) or [()] * len(types)
    return {
        name: np.array(column, dtype=kind) for name, kind, column in zip(names.split(), types, columns, strict=True)
    }


@dataclass
class Floor:
    """Everything that a control may touch."""

    env: simpy.Environment
    scenario: Scenario
    draws: Draws
    line: Line
    roster: Roster
    crews: Crews
    gauges: Gauges
    log: Log


def install(floor: Floor, plan: Plan) -> None:
    """Put a plan's measures to work."""
    people_before: dict[tuple[str, str], int] = {}
    thirds = 0
    for number, (label, measure) in enumerate(plan.measures.items()):
        control: Control
        if isinstance(measure, Overtime):
            control = OvertimeControl(floor, label, measure)
        elif isinstance(measure, Overflow3PL):
            control = ThirdPartyControl(floor, label, measure, thirds)
            thirds += 1
        elif isinstance(measure, Compensation):
            control = CompensationControl(floor, measure, number)
        elif isinstance(measure, ExtraPickups):
            control = PickupsControl(floor, measure)
        else:
            control = PeopleControl(floor, label, measure, people_before)
        floor.env.process(watch(floor, label, number, measure, control))


# --- triggers ---------------------------------------------------------------------------------------------------


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


# --- effects ----------------------------------------------------------------------------------------------------


class OvertimeControl:
    """While active, crews are asked to stay at the end of each shift."""

    def __init__(self, floor: Floor, label: str, measure: Overtime) -> None:
        self._lists = [floor.roster.overtime[stage] for stage in measure.stages]
        self._order = OvertimeOrder(label, measure.hours, measure.share)

    def start(self, now: float) -> None:
        """Ask crews to stay."""
        for orders in self._lists:
            orders.append(self._order)

    def stop(self, now: float) -> None:
        """No longer ask; who stays already works on."""
        for orders in self._lists:
            orders.remove(self._order)


class ThirdPartyControl:
    """While active, unreleased orders are offered to a third party."""

    def __init__(self, floor: Floor, label: str, measure: Overflow3PL, number: int) -> None:
        self._log = floor.log
        self._measure = measure
        self._label = label
        capacity = measure.daily_capacity
        if capacity is None:
            capacity = scaled_count(1, (measure.daily_capacity_share or 0.0) * floor.gauges.ordinary_per_day)
        line = floor.line
        self._third = ThirdParty(
            floor.env,
            floor.scenario,
            floor.draws,
            measure,
            capacity=capacity,
            number=number,
            code=len(floor.scenario.carriers),
            visits=line.visits,
            ship=self._ship,
            cancelled=lambda order: line.cancelled_at[order] == line.cancelled_at[order],
        )
        self._line = line
        if not line.thirds:
            line.third_cost = np.zeros(len(floor.draws))
        line.thirds.append(self._third)
        self._set_up = False

    def _ship(self, orders: NDArray[np.int64], now: float, delivered: Any) -> None:
        line, measure = self._line, self._measure
        further = line.draws.lines[orders] - 1
        line.third_cost[orders] = measure.cost_per_order + measure.cost_per_line * further
        line.ship(orders, now, delivered)

    def start(self, now: float) -> None:
        """It takes orders from now on; set-up is paid the first time."""
        self._third.active = True
        if not self._set_up:
            self._set_up = True
            self._log.charge(now, self._label, "setup", self._measure.setup_cost)

    def stop(self, now: float) -> None:
        """It takes no more."""
        self._third.active = False


class CompensationControl:
    """While active, customers whose order is not shipped at due_ship + after_due_h are offered something."""

    def __init__(self, floor: Floor, measure: Compensation, number: int) -> None:
        draws = floor.draws
        codes = [SERVICE_CLASSES.index(name) for name in measure.classes]
        when = np.maximum(draws.due_ship_min + measure.after_due_h * 60, draws.placed_min)
        rows = np.flatnonzero(np.isin(draws.express, codes) & ~np.isnan(when))
        order = np.argsort(when[rows], kind="stable")
        self._floor = floor
        self._measure = measure
        self._number = number
        self._rows, self._when = rows[order], when[rows][order]
        self._pointer = 0
        self._turn = 0

    def start(self, now: float) -> None:
        """Offer to all who wait already, and at each review to those who have joined them."""
        self._turn += 1
        self._floor.env.process(self._review(self._turn))

    def stop(self, now: float) -> None:
        """No further offers."""
        self._turn += 1

    def _review(self, turn: int) -> Process:
        floor = self._floor
        while turn == self._turn:
            now = floor.env.now
            upto = int(np.searchsorted(self._when, now, side="right"))
            rows = self._rows[self._pointer : upto]
            states = np.frombuffer(floor.line.state, dtype=np.uint8)[rows]
            waiting = rows[states < SHIPPED]
            if len(waiting):
                floor.line.offers.make(waiting, self._measure, now)
            self._pointer = upto
            yield at(floor.env, next_review(now, self._measure.trigger.review_every_min), REVIEW, self._number)


class PickupsControl:
    """While active, carriers come at further times."""

    def __init__(self, floor: Floor, measure: ExtraPickups) -> None:
        names = list(floor.scenario.carriers)
        self._floor = floor
        self._measure = measure
        self._codes = [names.index(name) for name in (measure.carriers or names) if name in names]
        self._turn = 0

    def start(self, now: float) -> None:
        """They come from now on."""
        self._turn += 1
        self._floor.env.process(self._visits(self._turn, now))

    def stop(self, now: float) -> None:
        """They no longer come."""
        self._turn += 1

    def _visits(self, turn: int, now: float) -> Process:
        floor, measure = self._floor, self._measure
        for day in range(int(now // 1440), floor.scenario.days):
            if weekday_of(floor.scenario, day) not in measure.weekdays:
                continue
            for clock in sorted(measure.times):
                time = day * 1440 + clock
                if time < floor.env.now or time >= floor.scenario.horizon_min:
                    continue
                yield at(floor.env, time, PICKUP, len(floor.scenario.carriers))
                if turn != self._turn or floor.line.dock is None:
                    return
                for code in self._codes:
                    floor.line.dock.visit(code, time, measure.capacity, measure.cost_per_pickup, extra=True)


class PeopleControl:
    """While active, added workers come on their days."""

    def __init__(
        self,
        floor: Floor,
        label: str,
        measure: TemporaryStaff | DeskReinforcement,
        people_before: dict[tuple[str, str], int],
    ) -> None:
        self._floor = floor
        self._label = label
        self._measure = measure
        self._turn = 0
        self._stay_days = measure.stay_days if isinstance(measure, TemporaryStaff) else None
        self._booked_until = -np.inf
        self._wanted = False
        self._worked: dict[str, int] = {}  # days that the people who come have worked, by stage
        stages = measure.stages if isinstance(measure, TemporaryStaff) else ["desk"]
        self._teams: list[tuple[str, int, int]] = []  # stage, number of people, how many of their kind come before
        for stage in stages:
            if floor.crews.has(stage):
                count = _headcount(measure, floor.crews.largest_shift(stage).headcount)
                key = (stage, measure.kind)
                self._teams.append((stage, count, people_before.get(key, 0)))
                people_before[key] = people_before.get(key, 0) + count

    def start(self, now: float) -> None:
        """They come from the next of their shifts on; who is booked already stays."""
        self._wanted = True
        if now < self._booked_until:
            return
        self._turn += 1
        if self._stay_days is not None:
            self._worked.clear()  # other people come, who start to learn anew
        for stage, count, before in self._teams:
            days = self._days(stage, now)
            if self._stay_days is not None and days:
                self._booked_until = max(self._booked_until, (days[0] + self._stay_days) * 1440.0)
            self._floor.env.process(self._come(self._turn, stage, count, before, days))

    def stop(self, now: float) -> None:
        """They no longer come, unless they are booked for longer; who is at work finishes the shift."""
        self._wanted = False

    def _comes(self, turn: int, now: float) -> bool:
        """Whether a team comes on a day: as long as it is booked, and booked again while the metric calls for it."""
        if turn != self._turn or self._stay_days is None:
            return turn == self._turn and self._wanted
        if now >= self._booked_until and self._wanted and self._measure.trigger.metric is not None:
            self._booked_until = (now // 1440 + self._stay_days) * 1440
        return now < self._booked_until

    def _hours(self, stage: str) -> ShiftHours:
        return self._measure.hours or self._floor.crews.largest_shift(stage)

    def _days(self, stage: str, now: float) -> list[int]:
        """Days of shifts that begin from now on."""
        scenario, hours = self._floor.scenario, self._hours(stage)
        days = range(int(now // 1440), scenario.days)
        return [day for day in days if weekday_of(scenario, day) in hours.weekdays and day * 1440 + hours.start >= now]

    def _come(self, turn: int, stage: str, count: int, before: int, days: list[int]) -> Process:
        floor, clock = self._floor, self._hours(stage).start
        for day in days:
            yield at(floor.env, day * 1440 + clock, ROSTER)
            if not self._comes(turn, floor.env.now):
                return
            if stage not in self._worked:
                floor.log.charge(floor.env.now, self._label, "setup", self._measure.cost_per_head * count)
            worked = self._worked[stage] = self._worked.get(stage, -1) + 1
            self._call(stage, count, before, day, worked)

    def _call(self, stage: str, count: int, before: int, day: int, worked: int) -> None:
        floor, measure = self._floor, self._measure
        crew = floor.crews.crew(stage)
        hours = self._hours(stage)
        absent_share = crew.absence_share
        if isinstance(measure, TemporaryStaff):
            speed = learning(worked, measure.start_productivity, measure.full_productivity, measure.learning_days)
            absent_share = absent_share if measure.absence_share is None else measure.absence_share
        else:
            speed = measure.productivity
        absent_share = floor.crews.absence_share(stage, day, absent_share, added=True)
        luck = floor.draws.absence_u[stage, measure.kind][day + 1]
        present = int(np.count_nonzero(luck[(before + np.arange(count)) % len(luck)] >= absent_share))
        wage = crew.wage_per_h_cost if measure.wage_per_h_cost is None else measure.wage_per_h_cost
        call = Call(
            day=day,
            stretches=stretches_of(day, hours.start, hours.end, hours.breaks),
            speeds=(speed,) * present,
            absent=count - present,
            kind=TEMPORARY if isinstance(measure, TemporaryStaff) else REINFORCEMENT,
            wage_per_h=wage,
        )
        floor.crews.call(stage, call)


def _headcount(measure: AddedPeople, largest: int) -> int:
    return measure.headcount if measure.headcount is not None else scaled_count(largest, measure.headcount_share or 0.0)
