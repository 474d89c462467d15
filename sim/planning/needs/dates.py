"""Dates that matter: when to book what is missing, when the campaign opens, peaks and closes, when it is too late.

How long ahead something has to be booked is an assumption of the settings, not of the scenario.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sim.errors import Problem
from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.stocking import bought
from sim.planning.needs.stretches import planned_days
from sim.planning.needs.supply import Supply
from sim.rules import due_times
from sim.scenario.scenario import Scenario

Floats = NDArray[np.float64]
Event = Literal["book", "order", "bake", "opens", "closes", "peak", "cutoff", "last_order", "deadline"]
DAY_MIN = 1440.0


@dataclass(frozen=True, slots=True)
class Leads:
    """Days ahead at which something has to be booked.

    Parameters
    ----------
    floor_days, desk_days
        Temporary staff of the floor and of the desk, their training included.
    pickups_days
        A larger or a further vehicle.
    contract_days
        A carrier's daily cap or contracted network.
    site_days
        Packing tables, room on the dock and on the shelves.
    oven_days
        Bakers for further hours of a production line.
    """

    floor_days: int = 14
    desk_days: int = 21
    pickups_days: int = 7
    contract_days: int = 30
    site_days: int = 21
    oven_days: int = 14

    def problems(self) -> list[Problem]:
        """What is wrong with them."""
        return [
            Problem(f"leads.{name}", repr(value), "must be a whole number of days from 0 to 366")
            for name, value in ((name, getattr(self, name)) for name in self.__slots__)
            if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 366
        ]

    def of(self, need: Need) -> int:
        """Days ahead at which a need has to be booked."""
        if need.kind == "staff":
            return self.desk_days if need.owner == "desk" else self.floor_days
        by_kind = {
            **dict.fromkeys(("stations", "room", "space"), self.site_days),
            "pickup": self.pickups_days,
            "gate": self.floor_days,
            "oven": self.oven_days,
        }
        return by_kind.get(need.kind, self.contract_days)


@dataclass(frozen=True, slots=True)
class KeyDate:
    """A date, what it is about, and who acts.

    Attributes
    ----------
    event
        What it is.
    moment
        Local time; a date where the time of day does not matter.
    team
        warehouse, service_desk, carriers or marketing.
    need
        Key of the need that is to be booked, or for which is ordered or baked; empty otherwise.
    missing
        Units of it that are missing; that are to be ordered by then; to be baked until the shelves are full.
    skus
        What is ordered.
    """

    event: Event
    moment: date | datetime
    team: str
    need: str = ""
    missing: int = 0
    skus: tuple[str, ...] = ()

    @property
    def day(self) -> date:
        """The date."""
        return self.moment.date() if isinstance(self.moment, datetime) else self.moment


def team_of(need: Need) -> str:
    """Who books it."""
    if need.kind in {"pickup", "daily_cap", "network"}:
        return "carriers"
    return "service_desk" if need.owner == "desk" else "warehouse"


def missing(need: Need, amounts: Amounts) -> int:
    """Units beyond what there is; of staff those of every pattern by itself."""
    return sum(max(0, each - there) for each, there in zip(amounts[need.key], need.present, strict=True))


def key_dates(
    scenario: Scenario,
    needs: Sequence[Need],
    amounts: Amounts,
    orders: Floats,
    leads: Leads,
    supply: Supply | None = None,
) -> list[KeyDate]:
    """All dates, in order.

    Parameters
    ----------
    orders
        Expected by half-hour: tells the day of most orders.
    supply
        What is asked of the stock; None without stock.
    """
    stocked = () if supply is None else _of_stock(supply, needs, amounts)
    found = [
        *stocked,
        *_bookings(scenario, needs, amounts, leads),
        *_of_campaign(scenario, orders),
        *_of_promise(scenario),
    ]
    return sorted(found, key=lambda each: (each.day, str(each.moment), each.event, each.need))


def _bookings(scenario: Scenario, needs: Sequence[Need], amounts: Amounts, leads: Leads) -> Iterator[KeyDate]:
    for need in needs:
        lacking = missing(need, amounts)
        if lacking and need.kind not in {"bought", "shelf"}:  # they have dates of their own
            first = need.stretch.first if need.stretch is not None else planned_days(scenario).start
            by = scenario.date_of(first) - timedelta(days=leads.of(need))
            yield KeyDate("book", by, team_of(need), need.key, lacking)


def _of_stock(supply: Supply, needs: Sequence[Need], amounts: Amounts) -> Iterator[KeyDate]:
    """When to order what is bought, and to begin with what is baked."""
    hours = {need.owner: amounts[need.key][0] for need in needs if need.kind == "oven"}
    for need in needs:
        if need.goods is None:
            continue
        amount = amounts[need.key][0]
        if need.kind == "shelf":
            lacking, _, day = supply.start_of(need, amount, hours[need.owner])
            if lacking:
                yield KeyDate("bake", day, "warehouse", need.key, lacking)
            continue
        by_day: dict[date, list[tuple[str, int]]] = {}
        for name, units in zip(need.goods.skus, bought(need.goods, amount).tolist(), strict=True):
            if units:
                by_day.setdefault(supply.order_day(name), []).append((name, units))
        for day, ordered in by_day.items():
            names = tuple(name for name, _ in ordered)
            yield KeyDate("order", day, "warehouse", need.key, sum(units for _, units in ordered), names)


def _of_campaign(scenario: Scenario, orders: Floats) -> Iterator[KeyDate]:
    campaign, days = scenario.demand.campaign, planned_days(scenario)
    if campaign is not None:
        yield KeyDate("opens", scenario.local_time(scenario.minute(campaign.start)), "marketing")
        yield KeyDate("closes", scenario.local_time(scenario.minute(campaign.end)), "marketing")
    by_day = orders.reshape(-1, 48).sum(axis=1)[days.start : days.stop]
    if by_day.any():
        yield KeyDate("peak", scenario.date_of(days.start + int(by_day.argmax())), "warehouse")


def _of_promise(scenario: Scenario) -> Iterator[KeyDate]:
    promise = scenario.promise
    if promise is None:
        return
    day = scenario.date_of(planned_days(scenario).start)
    cutoff = datetime(day.year, day.month, day.day) + timedelta(minutes=promise.order_cutoff)
    yield KeyDate("cutoff", cutoff, "marketing")
    if promise.hard_deadline is not None:
        yield KeyDate("deadline", scenario.local_time(scenario.minute(promise.hard_deadline)), "marketing")
        last = last_safe_order(scenario)
        if last is not None:
            yield KeyDate("last_order", scenario.local_time(last), "marketing")


def last_safe_order(scenario: Scenario) -> float | None:
    """Last cut-off up to which an ordinary order is promised to be there before the hard deadline, clock minutes.

    None where there is no deadline, or none is safe in the run.
    """
    promise = scenario.promise
    if promise is None or promise.hard_deadline is None:
        return None
    deadline = scenario.minute(promise.hard_deadline)
    free = scenario.model_copy(update={"promise": promise.model_copy(update={"hard_deadline": None})})
    cutoffs: Floats = np.arange(scenario.days, dtype=np.float64) * DAY_MIN + promise.order_cutoff
    nobody = np.zeros(len(cutoffs), dtype=bool)
    due = due_times(free, cutoffs, nobody, np.zeros(len(cutoffs), dtype=np.int64))[1]
    working = [scenario.weekday_of(day) in promise.working_weekdays for day in range(scenario.days)]
    holiday = [scenario.date_of(day) in promise.holidays for day in range(scenario.days)]
    safe = np.flatnonzero((due <= deadline) & np.asarray(working) & ~np.asarray(holiday))
    return float(cutoffs[safe[-1]]) if len(safe) else None
