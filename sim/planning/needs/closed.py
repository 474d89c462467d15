"""All needs of a scenario by closed form: what the search begins with.

People of the floor by windows of work, agents by half-hour, tables for the largest crew at one time, vehicles, caps,
networks and the room on the dock by a fluid that flows through these people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from sim.planning.needs import carriers, room
from sim.planning.needs.flow import output
from sim.planning.needs.load import (
    BIN_MIN,
    DAY_MIN,
    Contacts,
    contacts_of,
    jobs_of,
    orders_by_bin,
    safety,
    stage_work,
)
from sim.planning.needs.need import Need
from sim.planning.needs.staffing import (
    Column,
    agents_for,
    coverage,
    least_agents,
    least_heads,
    square_root_staff,
    windows_of,
)
from sim.planning.needs.stretches import (
    Length,
    Pattern,
    Stretch,
    patterns_of,
    planned_days,
    present_on,
    stretches_of,
)
from sim.planning.needs.supply import Supply, Terms
from sim.planning.needs.targets import CARRIERS, DESK, FILL, SHIP, Target
from sim.planning.needs.turnout import turnout_at
from sim.scenario.people import Crew
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
HANDOVER_MIN = 30.0  # assumption: picked so long before it has to be packed; the simulation corrects what it costs


@dataclass(frozen=True, eq=False)
class Closed:
    """Needs by closed form, and the load behind them by half-hour.

    Attributes
    ----------
    orders
        Expected at the quantile asked for, shape (days * 48,).
    expected
        Expected as forecast.
    agents
        Agents who answer calls, shape (days * 48,); empty without a desk.
    supply
        What is asked of the stock; None without stock.
    """

    needs: tuple[Need, ...]
    orders: Floats
    expected: Floats
    agents: Floats
    contacts: Contacts | None
    supply: Supply | None = None


def closed_form(
    scenario: Scenario,
    targets: Sequence[Target],
    probability: float,
    length: Length = "week",
    terms: Terms | None = None,
) -> Closed:
    """Everything a scenario needs, by closed form.

    Parameters
    ----------
    probability
        With which the targets have to be met: the quantile of the uplift, of a forecast and of the work that is
        planned for.
    terms
        What is assumed about stock.
    """
    turnout = turnout_at(scenario, probability)
    orders = orders_by_bin(scenario, turnout.uplift, turnout.forecast)
    site = _Site(at_scale(scenario), probability, {each.kpi: each.level for each in targets}, length)
    staff = list(site.floor(orders))
    contacts, agents = None, np.zeros(0)
    if scenario.desk is not None and scenario.desk.shifts:
        contacts = contacts_of(scenario, orders, 1 - scenario.targets.service_level_ship)
        agents = site.agents(contacts)
        staff += site.desk(contacts, agents)
    packed = site.packed(orders, staff)
    needs = [*staff, *site.stations(staff)]
    needs += carriers.needs_of(site.scenario, packed, site.deviations, site.legs)
    needs += room.needs_of(site.scenario, packed, site.deviations)
    supply = None
    if scenario.stock is not None:
        supply = Supply(scenario, probability, site.levels.get(FILL), terms or Terms())
        needs += supply.needs()
    return Closed(tuple(needs), orders, orders_by_bin(scenario, 1.0), agents, contacts, supply)


class _Site:
    """A scenario at scale, and what is asked of it."""

    def __init__(self, scenario: Scenario, probability: float, levels: dict[str, float], length: Length) -> None:
        self.scenario = scenario
        self.deviations = safety(probability)
        self.levels = levels
        self.stretches = stretches_of(scenario, length)
        self.days = planned_days(scenario)

    @property
    def legs(self) -> tuple[str, ...]:
        """What carriers serve."""
        return (SHIP, CARRIERS) if CARRIERS in self.levels else (SHIP,)

    # --- people ----------------------------------------------------------------------------------------------------

    def floor(self, orders: Floats) -> Iterator[Need]:
        """People of picking and packing."""
        jobs = jobs_of(self.scenario, orders)
        promise = self.scenario.promise
        assert promise is not None
        midnights = np.arange(self.days.start, self.days.stop) * DAY_MIN
        begins = np.unique(np.concatenate([midnights, midnights + promise.order_cutoff]))
        stages = {"picking": self.scenario.site.picking, "packing": self.scenario.site.packing}
        for name, stage in stages.items():
            if stage is None:
                continue
            before = HANDOVER_MIN if name == "picking" and self.scenario.site.packing is not None else 0.0
            work = stage_work(self.scenario, stage, name)
            windows = windows_of(jobs, work, self.deviations, begins, before)
            patterns = patterns_of(stage)
            columns = [self._column(stage, pattern, part.days) for part in self.stretches for pattern in patterns]
            heads = least_heads(windows, columns, self._given(stage, patterns))
            yield from self._staff(name, stage, patterns, heads.tolist(), (SHIP,))

    def agents(self, contacts: Contacts) -> Floats:
        """Agents by half-hour."""
        crew = self.scenario.crews["desk"]
        within, goal = self.scenario.targets.desk_answer_min, self.levels.get(DESK)
        calls = contacts.calls / (1 - min(0.9, crew.absence_share)) / _speed(crew)
        if goal is None:
            return np.array(
                [square_root_staff(each / BIN_MIN * contacts.call_min, self.deviations) for each in calls], dtype=float
            )
        known: dict[float, int] = {}
        for each in np.round(calls, 6).tolist():
            if each not in known:
                known[each] = agents_for(each * 60 / BIN_MIN, contacts.call_min, goal, within)
        return np.array([known[each] for each in np.round(calls, 6).tolist()], dtype=float)

    def desk(self, contacts: Contacts, agents: Floats) -> Iterator[Need]:
        """Agents by stretch and hours."""
        crew = self.scenario.crews["desk"]
        patterns = patterns_of(crew)
        columns = [self._column(crew, pattern, part.days) for part in self.stretches for pattern in patterns]
        inside = np.zeros(len(agents), dtype=bool)
        inside[self.days.start * 48 : self.days.stop * 48] = True
        work = contacts.calls * contacts.call_min + contacts.messages * contacts.message_min
        heads = least_agents(np.where(inside, agents, 0), np.where(inside, work, 0), columns)
        yield from self._staff("desk", crew, patterns, heads.tolist(), (DESK,) if DESK in self.levels else ())

    def _column(self, crew: Crew, pattern: Pattern, days: range) -> Column:
        speed = _speed(crew) * pattern.shift.productivity * (1 - crew.absence_share)
        pay = crew.wage_per_h_cost * pattern.hours_in(self.scenario, days)
        return Column(pattern.work(self.scenario, days), speed, pay or pattern.hours_in(self.scenario, days))

    def _given(self, crew: Crew, patterns: Sequence[Pattern]) -> list[tuple[Column, int]]:
        """The present roster, on the days that are not planned."""
        found = []
        for pattern in patterns:
            for day in (*range(self.days.start), *range(self.days.stop, self.scenario.days)):
                heads = present_on(self.scenario, crew, pattern, day)
                if heads:
                    found.append((self._column(crew, pattern, range(day, day + 1)), heads))
        return found

    def _staff(
        self, stage: str, crew: Crew, patterns: Sequence[Pattern], heads: list[int], legs: tuple[str, ...]
    ) -> Iterator[Need]:
        for number, part in enumerate(self.stretches):
            booked = heads[number * len(patterns) : (number + 1) * len(patterns)]
            hours = [pattern.hours_in(self.scenario, part.days) for pattern in patterns]
            if not any(hours):
                continue  # a stretch of days off
            yield Need(
                key=f"{stage}.{part.label}",
                kind="staff",
                owner=stage,
                part="",
                legs=legs,
                closed=tuple(booked),
                present=tuple(self._present(crew, pattern, part) for pattern in patterns),
                price=tuple(crew.wage_per_h_cost * each for each in hours),
                stretch=part,
                patterns=tuple(patterns),
            )

    def _present(self, crew: Crew, pattern: Pattern, part: Stretch) -> int:
        return max(present_on(self.scenario, crew, pattern, day) for day in part.days)

    # --- what they work at, and what comes out ----------------------------------------------------------------------

    def _heads(self, stage: str, staff: Sequence[Need]) -> Floats:
        """People of a stage at work by half-hour."""
        bins = self.scenario.days * 48
        heads = np.zeros(bins)
        for need in staff:
            if need.owner == stage and need.stretch is not None:
                for pattern, count in zip(need.patterns, need.closed, strict=True):
                    heads += count * coverage(pattern.work(self.scenario, need.stretch.days), bins)
        crew = self.scenario.crews[stage]
        for column, count in self._given(crew, patterns_of(crew)):
            heads += count * coverage(column.pieces, bins)
        return heads

    def stations(self, staff: Sequence[Need]) -> Iterator[Need]:
        """Tables, where their number is limited: as many as people at one time."""
        for name, stage in (("picking", self.scenario.site.picking), ("packing", self.scenario.site.packing)):
            if stage is not None and stage.stations is not None:
                most = max(1, ceil(self._heads(name, staff).max(initial=0.0) - 1e-9))
                yield Need(f"{name}.stations", "stations", name, "", (SHIP,), (most,), (stage.stations,), (0.0,))

    def packed(self, orders: Floats, staff: Sequence[Need]) -> Floats:
        """Orders packed by half-hour, as a fluid."""
        flow = orders
        for name, stage in (("picking", self.scenario.site.picking), ("packing", self.scenario.site.packing)):
            if stage is None:
                continue
            work = stage_work(self.scenario, stage, name)
            speed = _speed(stage) * (1 - stage.absence_share)
            can = self._heads(name, staff) * BIN_MIN * speed / max(work.mean, 1e-9)
            flow = output(flow, can)
        return flow


def _speed(crew: Crew) -> float:
    """Mean speed of a crew's skill mix."""
    return 1 + sum(skill.share * (skill.productivity - 1) for skill in crew.skill_mix)
