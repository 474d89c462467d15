"""Shifts on the clock: who comes when, who stays for overtime, and what everybody is paid.

Each shift of each day is a process that brings its slots to their station, takes them off for breaks, and sends them
home, or keeps them when overtime is on and the law allows it. A shift beside the roster is worked as far as the law
allows it. Every stretch of work becomes a row of the staffing table. Absent workers are not paid (assumption; their
absence costs output).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace

import simpy

from sim.distributions import GRID
from sim.floor.events import ROSTER, at
from sim.floor.hours import Hours
from sim.floor.posts import Post, Posts
from sim.floor.station import Station
from sim.law import DayType, Rota, overtime_of, pay_hours
from sim.ledger import STAFF_KINDS, STAGES
from sim.scenario.people import Break, Labour
from sim.scenario.scenario import Scenario

REGULAR, OVERTIME, TEMPORARY, REINFORCEMENT, EXTRA = range(len(STAFF_KINDS))


@dataclass(frozen=True)
class Call:
    """A group of workers called for one day.

    Attributes
    ----------
    day
        Counted from the start; -1 is the day before.
    stretches
        Work between breaks, clock minutes.
    speeds
        Speed of each worker who comes.
    absent
        Number of workers who do not come.
    kind
        Code in STAFF_KINDS.
    wage_per_h
        Regular pay.
    next_start_min
        Start of the same crew's next shift, None if there is none.
    crew
        Whose account of hours it is: the name of the shift; empty for added people.
    day_type
        What the day is to these people: a working day, one of their days off, or a public holiday.
    label
        Measure that calls them; it is told what the law refuses.
    rota
        What the roster asks of the crew in that week; None for added people. Filled in by `Crews.call`.
    """

    day: int
    stretches: tuple[tuple[float, float], ...]
    speeds: tuple[float, ...]
    absent: int
    kind: int
    wage_per_h: float
    next_start_min: float | None = None
    crew: str = ""
    day_type: DayType = "working"
    label: str = ""
    rota: Rota | None = None

    @property
    def shift_h(self) -> float:
        """Hours of work, breaks left out."""
        return sum(end - begin for begin, end in self.stretches) / 60


@dataclass
class Row:
    """A stretch of one slot, to become a row of the staffing table."""

    slot: int
    stage: int
    kind: int
    day: int
    start_min: float
    end_min: float
    productivity: float
    wage_per_h: float
    crew: str = ""
    day_type: DayType = "working"
    before_h: float = 0.0  # hours of the day that the person has worked before this stretch
    normal_h: float = float("inf")  # hours of the day that are paid at the plain wage
    absent: bool = False
    overrun_min: float = 0.0
    into_break: bool = False  # a break follows

    @property
    def after_h(self) -> float:
        """Hours of the day that the person has worked after this stretch and its overrun."""
        return self.before_h + (self.end_min - self.start_min + self.overrun_min) / 60


def stretches_of(day: int, start: float, end: float, breaks: list[Break]) -> tuple[tuple[float, float], ...]:
    """Work between breaks of a shift on a day, in clock minutes."""
    edges = [start]
    for pause in sorted(breaks, key=lambda item: item.start):
        edges += [pause.start, pause.start + pause.minutes]
    edges.append(end)
    pairs = zip(edges[::2], edges[1::2], strict=True)
    return tuple((day * 1440 + begin, day * 1440 + stop) for begin, stop in pairs if stop > begin)


@dataclass
class OvertimeOrder:
    """A standing order to stay: set by the measure while it is active."""

    label: str
    hours: float
    share: float


@dataclass
class Roster:
    """All slots of a run.

    Parameters
    ----------
    on_refused
        Told (label, worker-hours, now, rule) when the law forbids hours that were asked for.

    Attributes
    ----------
    posts
        Where everybody who has come is.
    """

    env: simpy.Environment
    scenario: Scenario
    on_refused: Callable[[str, float, float, str], None]
    rows: list[Row] = field(default_factory=list)
    overtime: dict[str, list[OvertimeOrder]] = field(default_factory=lambda: defaultdict(list))
    _slots: int = 0
    _call_of: dict[int, tuple[str, Call, float]] = field(default_factory=dict)  # stage, call, part of the crew
    _last_row: dict[int, Row] = field(default_factory=dict)
    posts: Posts = field(init=False)

    def __post_init__(self) -> None:
        self._hours = Hours(self.scenario)
        self.posts = Posts(self.env, self.scenario.horizon_min, self._left_late, self._moved)

    def call(self, stage: str, station: Station, call: Call, *, hand_over: bool, fatigue: float) -> None:
        """Have a group of workers come on its day, as far as the law lets them."""
        if not call.stretches or not (call.speeds or call.absent):
            return
        if call.kind == EXTRA and call.rota is not None:
            self.env.process(self._extra_shift(stage, station, call, hand_over, fatigue))
            return
        lawful = call if call.kind == REGULAR else self._within_law(stage, call)
        if lawful is not None:
            self.env.process(self._shift(stage, station, lawful, hand_over, fatigue))

    def _extra_shift(
        self, stage: str, station: Station, call: Call, hand_over: bool, fatigue: float
    ) -> Generator[simpy.Event, None, None]:
        """A crew beside its roster: the law is asked when the shift begins, knowing all that was worked before."""
        env = self.env
        yield at(env, max(call.stretches[0][0], env.now), ROSTER, len(STAGES) + STAGES.index(stage))
        lawful = self._within_law(stage, call)
        if lawful is None:
            return
        before_h = self._hours.worked_before_h(stage, lawful)
        normal_h = self._hours.normal_h(stage, lawful)
        persons = max(lawful.rota.persons if lawful.rota else 0.0, float(len(lawful.speeds)), 1.0)
        come = len(lawful.speeds) / persons
        self._hours.count(stage, lawful, normal_h, before_h, before_h + lawful.shift_h, come)
        self._hours.further(stage, lawful, lawful.shift_h)
        self._hours.come(stage, lawful)
        yield from self._shift(stage, station, lawful, hand_over, fatigue, before_h, normal_h)

    def _within_law(self, stage: str, call: Call) -> Call | None:
        """The part of a shift beside the roster that the law allows; None where that is nothing."""
        hours, rule = self._hours.may_come(stage, call)
        if rule:
            self.on_refused(call.label, (call.shift_h - hours) * len(call.speeds), self.env.now, rule)
        if not rule:
            return call
        stretches = _first_hours(call.stretches, hours)
        return replace(call, stretches=stretches) if stretches else None

    def _shift(
        self,
        stage: str,
        station: Station,
        call: Call,
        hand_over: bool,
        fatigue: float,
        before_h: float = 0.0,
        normal_h: float | None = None,
    ) -> Generator[simpy.Event, None, None]:
        env, horizon = self.env, self.scenario.horizon_min
        crew = {self._slots + number: speed for number, speed in enumerate(call.speeds)}
        self._slots += len(crew)
        self._call_of |= dict.fromkeys(crew, (stage, call, self._part(call)))
        code = STAGES.index(stage)
        stretches = [each for each in call.stretches if each[1] > 0 and each[0] < horizon]
        for number, (begin, end) in enumerate(stretches):
            # Coming ranks behind leaving, so that a new crew finds what the old one puts down at that very time.
            yield at(env, max(begin, env.now), ROSTER, len(STAGES) + code)
            if number == 0:
                self.posts.begin(crew, Post(stage, station, hand_over), regular=call.kind == REGULAR)
            for slot in self.posts.come(crew, end, env.now):
                row = self._last_row[slot]
                row.overrun_min, row.into_break = env.now - row.end_min, True
            if normal_h is None:
                normal_h = self._hours.normal_h(stage, call)
                before_h += _hours_before_start(call)
            self._write(crew, call, call.kind, max(begin, 0.0), end, before_h, normal_h)
            if number == 0:
                self._write_absent(code, call, max(begin, 0.0), end)
            yield at(env, end, ROSTER, code)
            if end < call.stretches[-1][1]:  # a break follows, also one that outlasts the run
                self.posts.pause(crew, env.now)
                for slot in crew:
                    self._last_row[slot].into_break = True
        if not stretches or stretches[-1] != call.stretches[-1]:
            return
        self._day_is_over(stage, call, crew)
        stayed = self._stay(stage, call, list(crew), fatigue)
        self.posts.end([slot for slot in crew if slot not in stayed], env.now)
        if stayed:
            yield at(env, self._last_row[stayed[0]].end_min, ROSTER, code)
            self.posts.end(stayed, env.now)

    def _stay(self, stage: str, call: Call, crew: list[int], fatigue: float) -> list[int]:
        """Keep part of the crew for overtime if a measure asks for it; those who stay."""
        orders = self.overtime[stage]
        if not orders or not crew or call.kind != REGULAR:
            return []
        order = max(orders, key=lambda item: item.hours * item.share)
        now = self.env.now
        count = min(len(crew), int(len(crew) * order.share + 0.5))
        longest_h = max((self._last_row[slot].after_h for slot in crew[:count]), default=0.0)
        overran_h = max(0.0, round(longest_h - call.shift_h, 9))  # into breaks; the ninth decimal is rounding
        allowed, rule = self._hours.may_stay(stage, call, order.hours, overran_h)
        if rule:
            self.on_refused(order.label, (order.hours - allowed) * count, now, rule)
        if allowed <= 0 or count == 0:
            return []
        stayed = crew[:count]
        end = now + _on_grid(allowed * 60)
        self.posts.stay(stayed, end, fatigue)
        further_h, normal_h = self._hours.further_h(stage, call), self._last_row[stayed[0]].normal_h
        for slot in stayed:
            begin_h = self._last_row[slot].after_h + further_h
            self._hours.count(stage, call, normal_h, begin_h, begin_h + allowed, self._part(call))
        self._write(stayed, call, OVERTIME, now, end, further_h, normal_h)
        self._hours.further(stage, call, allowed)
        self._hours.leave(stage, call, end)
        return stayed

    # --- accounts of hours ----------------------------------------------------------------------------------

    def _part(self, call: Call) -> float:
        """One worker of a call as a part of the crew's people: those who have the day off share its account."""
        there = max(len(call.speeds), 1)
        if call.rota is None:
            return 1 / there
        return 1 / max(call.rota.persons, there) if call.kind == EXTRA else call.rota.presence / there

    def _day_is_over(self, stage: str, call: Call, crew: dict[int, float]) -> None:
        """Count overtime that the roster itself asks for, overruns into breaks included."""
        self._hours.leave(stage, call, call.stretches[-1][1])
        if call.kind == EXTRA:  # counted when it was allowed
            return
        for slot in crew:
            row = self._last_row[slot]
            begin_h = min(row.normal_h, row.after_h)
            self._hours.count(stage, call, row.normal_h, begin_h, row.after_h, self._part(call))

    def _left_late(self, slot: int, now: float) -> None:
        row = self._last_row[slot]
        row.overrun_min = now - row.end_min
        if not row.into_break:
            stage, call, part = self._call_of[slot]
            begin_h = row.after_h - row.overrun_min / 60
            self._hours.count(stage, call, row.normal_h, begin_h, row.after_h, part)
            self._hours.leave(stage, call, now)

    # --- the staffing table ---------------------------------------------------------------------------------

    def _write(
        self,
        slots: Iterable[int],
        call: Call,
        kind: int,
        begin: float,
        end: float,
        before_h: float,
        normal_h: float,
    ) -> None:
        """Rows of a stretch; `before_h` is what was worked that day besides the slot's own rows."""
        for slot in slots:
            worker = self.posts.workers[slot]
            last = self._last_row.get(slot)
            worked_h = 0.0 if last is None else last.after_h
            if last is None or kind == OVERTIME:
                worked_h += before_h
            row = Row(
                slot,
                STAGES.index(worker.post.stage),
                kind,
                call.day,
                begin,
                end,
                worker.pace,
                call.wage_per_h,
                crew=call.crew,
                day_type=call.day_type,
                before_h=worked_h,
                normal_h=normal_h,
            )
            self._last_row[slot] = row
            self.rows.append(row)

    def _moved(self, slot: int, now: float) -> None:
        """The rest of the stretch is worked at another post: a row of its own, at the same pay."""
        row, worker = self._last_row[slot], self.posts.workers[slot]
        self._last_row[slot] = replace(
            row,
            stage=STAGES.index(worker.post.stage),
            start_min=now,
            productivity=worker.pace,
            before_h=row.before_h + (now - row.start_min) / 60,
        )
        row.end_min = now
        self.rows.append(self._last_row[slot])

    def _write_absent(self, stage: int, call: Call, begin: float, end: float) -> None:
        self.rows.extend(
            Row(
                -1,
                stage,
                call.kind,
                call.day,
                begin,
                end,
                1.0,
                call.wage_per_h,
                crew=call.crew,
                day_type=call.day_type,
                absent=True,
            )
            for _ in range(call.absent)
        )


def _on_grid(minutes: float) -> float:
    return round(minutes * GRID) / GRID


def _hours_before_start(call: Call) -> float:
    """Hours of a shift that were worked before the clock began."""
    return sum(min(end, 0.0) - begin for begin, end in call.stretches if begin < 0) / 60


def _first_hours(stretches: tuple[tuple[float, float], ...], hours: float) -> tuple[tuple[float, float], ...]:
    """The first hours of work of a shift."""
    left = _on_grid(hours * 60)
    kept = []
    for begin, end in stretches:
        if left > 0:
            kept.append((begin, min(end, begin + left)))
        left -= end - begin
    return tuple(kept)


@dataclass(frozen=True)
class Pay:
    """What a stretch and its overrun are paid, up to the horizon."""

    hours: float
    overtime_h: float
    cost: float


def pay(row: Row, law: Labour, horizon_min: float) -> Pay:
    """Pay of a stretch and its overrun by the hour of the day at which they were worked."""
    if row.absent:
        return Pay(0.0, 0.0, 0.0)
    worked_h = (max(row.start_min, min(row.end_min + row.overrun_min, horizon_min)) - row.start_min) / 60
    day = (law, row.day_type, row.normal_h, row.before_h, row.before_h + worked_h)
    return Pay(worked_h, overtime_of(*day), pay_hours(*day) * row.wage_per_h)
