"""Shifts on the clock: who comes when, who stays for overtime, and what everybody is paid.

Each shift of each day is a process that brings its slots to their station, takes them off for breaks, and sends them
home, or keeps them when overtime is on and the law allows it. Every stretch of work becomes a row of the staffing
table. Absent workers are not paid (assumption; their absence costs output).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field, replace
from datetime import timedelta

import simpy

from sim.distributions import GRID
from sim.floor.events import ROSTER, at
from sim.floor.posts import Post, Posts
from sim.floor.station import Station
from sim.ledger import STAFF_KINDS, STAGES
from sim.rules import overtime_allowed
from sim.scenario.people import Break, Labour
from sim.scenario.scenario import Scenario

REGULAR, OVERTIME, TEMPORARY, REINFORCEMENT, EXTRA = range(len(STAFF_KINDS))


Account = tuple[str, str, int, int]  # stage, shift, year, month: overtime hours per head are counted by it


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
        Whose account of overtime hours it is: the name of the shift.
    day_type
        What the day is to them: `working`, `rest` or `holiday`.
    """

    day: int
    stretches: tuple[tuple[float, float], ...]
    speeds: tuple[float, ...]
    absent: int
    kind: int
    wage_per_h: float
    next_start_min: float | None = None
    crew: str = ""
    day_type: str = "working"

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
    overtime_before_h: float | None  # None: regular hours; else overtime hours of the day worked before this stretch
    absent: bool = False
    overrun_min: float = 0.0
    into_break: bool = False  # an overrun into it is paid as regular time


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
        Told (label, worker-hours, now) when the law forbids overtime that was asked for.

    Attributes
    ----------
    posts
        Where everybody who has come is.
    """

    env: simpy.Environment
    scenario: Scenario
    on_refused: Callable[[str, float, float], None]
    rows: list[Row] = field(default_factory=list)
    overtime: dict[str, list[OvertimeOrder]] = field(default_factory=lambda: defaultdict(list))
    _slots: int = 0
    _month_used_h: dict[Account, float] = field(default_factory=dict)
    _account_of: dict[int, tuple[Account, int]] = field(default_factory=dict)
    _last_row: dict[int, Row] = field(default_factory=dict)
    posts: Posts = field(init=False)

    def __post_init__(self) -> None:
        self.posts = Posts(self.env, self.scenario.horizon_min, self._left_late, self._moved)

    def call(self, stage: str, station: Station, call: Call, *, hand_over: bool, fatigue: float) -> None:
        """Have a group of workers come on its day."""
        if call.stretches and (call.speeds or call.absent):
            self.env.process(self._shift(stage, station, call, hand_over, fatigue))

    def _shift(
        self, stage: str, station: Station, call: Call, hand_over: bool, fatigue: float
    ) -> Generator[simpy.Event, None, None]:
        env, horizon = self.env, self.scenario.horizon_min
        crew = {self._slots + number: speed for number, speed in enumerate(call.speeds)}
        self._slots += len(crew)
        self._account_of |= dict.fromkeys(crew, (self._account(stage, call), len(crew)))
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
            self._write(crew, call, call.kind, max(begin, 0.0), end, None)
            if number == 0:
                self._write_absent(code, call, max(begin, 0.0), end)
            yield at(env, end, ROSTER, code)
            if end < call.stretches[-1][1]:  # a break follows, also one that outlasts the run
                self.posts.pause(crew, env.now)
                for slot in crew:
                    self._last_row[slot].into_break = True
        if not stretches or stretches[-1] != call.stretches[-1]:
            return
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
        allowed = self._allowed(stage, call, order.hours)
        if allowed < order.hours:
            self.on_refused(order.label, (order.hours - allowed) * count, now)
        if allowed <= 0 or count == 0:
            return []
        stayed = crew[:count]
        end = now + round(allowed * 60 * GRID) / GRID
        self.posts.stay(stayed, end, fatigue)
        self._write(stayed, call, OVERTIME, now, end, 0.0)
        self._use(self._account(stage, call), allowed * count / len(crew))
        return stayed

    # --- the law --------------------------------------------------------------------------------------------

    def _allowed(self, stage: str, call: Call, wanted_h: float) -> float:
        law = self.scenario.site.labour
        end = call.stretches[-1][1]
        to_next = None if call.next_start_min is None else (call.next_start_min - end) / 60
        return overtime_allowed(
            wanted_h,
            pay_h=sum(step.hours for step in law.overtime_pay),
            shift_h=call.shift_h,
            daily_cap_h=law.daily_cap_h,
            month_used_h=self._used(stage, call),
            monthly_cap_h=law.monthly_cap_h,
            hours_to_next_shift=to_next,
            rest_h=law.rest_between_shifts_h,
        )

    def _account(self, stage: str, call: Call) -> Account:
        date = self.scenario.first_day + timedelta(days=call.day)
        return stage, call.crew, date.year, date.month

    def _used(self, stage: str, call: Call) -> float:
        """Overtime hours per head in the month of the call; those before the start count in its first month."""
        account = self._account(stage, call)
        first = self.scenario.first_day
        before = self.scenario.site.labour.month_used_h if account[2:] == (first.year, first.month) else 0.0
        return before + self._month_used_h.get(account, 0.0)

    def _use(self, account: Account, hours_per_head: float) -> None:
        self._month_used_h[account] = self._month_used_h.get(account, 0.0) + hours_per_head

    # --- the staffing table ---------------------------------------------------------------------------------

    def _left_late(self, slot: int, now: float) -> None:
        row = self._last_row[slot]
        row.overrun_min = now - row.end_min
        if not row.into_break:
            account, heads = self._account_of[slot]
            self._use(account, row.overrun_min / 60 / heads)

    def _write(
        self,
        slots: Iterable[int],
        call: Call,
        kind: int,
        begin: float,
        end: float,
        overtime_before_h: float | None,
    ) -> None:
        for slot in slots:
            worker = self.posts.workers[slot]
            stage = STAGES.index(worker.post.stage)
            row = Row(slot, stage, kind, call.day, begin, end, worker.pace, call.wage_per_h, overtime_before_h)
            self._last_row[slot] = row
            self.rows.append(row)

    def _moved(self, slot: int, now: float) -> None:
        """The rest of the stretch is worked at another post: a row of its own, at the same pay."""
        row, worker = self._last_row[slot], self.posts.workers[slot]
        before = row.overtime_before_h
        self._last_row[slot] = replace(
            row,
            stage=STAGES.index(worker.post.stage),
            start_min=now,
            productivity=worker.pace,
            overtime_before_h=None if before is None else before + (now - row.start_min) / 60,
        )
        row.end_min = now
        self.rows.append(self._last_row[slot])

    def _write_absent(self, stage: int, call: Call, begin: float, end: float) -> None:
        self.rows.extend(
            Row(-1, stage, call.kind, call.day, begin, end, 1.0, call.wage_per_h, None, absent=True)
            for _ in range(call.absent)
        )


def pay(row: Row, law: Labour, horizon_min: float) -> tuple[float, float]:
    """Hours paid and their cost, for a stretch and its overrun, up to the horizon.

    Overrun at the end of a shift is overtime, and follows whatever overtime was worked before it that day.
    """
    if row.absent:
        return 0.0, 0.0
    planned_h = (min(row.end_min, horizon_min) - row.start_min) / 60
    overrun_h = max(0.0, min(row.end_min + row.overrun_min, horizon_min) - row.end_min) / 60
    if row.overtime_before_h is None:
        cost = planned_h
        cost += overrun_h if row.into_break else overtime_cost_h(law, 0.0, overrun_h)
    else:
        cost = overtime_cost_h(law, row.overtime_before_h, row.overtime_before_h + planned_h + overrun_h)
    return planned_h + overrun_h, cost * row.wage_per_h


def overtime_cost_h(law: Labour, begin_h: float, end_h: float) -> float:
    """Regular hours whose pay equals that of the overtime hours of a day from `begin_h` to `end_h`.

    Hours beyond the last step (an overrun that nobody planned) cost what the last step costs.
    """
    cost, edge = 0.0, 0.0
    for number, step in enumerate(law.overtime_pay):
        upper = edge + step.hours if number < len(law.overtime_pay) - 1 else float("inf")
        cost += step.multiplier * max(0.0, min(end_h, upper) - max(begin_h, edge))
        edge = upper
    return cost
