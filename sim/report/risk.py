"""Risk over replications in tables: how often things went wrong, and what the worst tenth of the surges begins with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.definitions import KPIS
from sim.experiment.risk import EVENTS, QUANTILES, WATCHED
from sim.report.cards import Card
from sim.report.formats import Formats
from sim.report.reading import Reading
from sim.report.tables import Cell, Head, Row, Table, better_of, plan_row, telling

if TYPE_CHECKING:
    import pandas as pd

MEDIAN = 0.5
FEWEST = 2  # replications below which there is nothing to say
Record = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Risk:
    """The section on risk.

    Parameters
    ----------
    events
        How often each event happened; nothing where none can.
    bad
        The quantile beyond which one surge in ten is worse, by KPI; nothing where no KPI says anything.
    quantiles
        All quantiles, a card per KPI.
    """

    events: Table | None
    bad: Table | None
    quantiles: list[Card]


class RiskInWords:
    """Tables of a comparison's risk.

    Parameters
    ----------
    reading
        The comparison.
    formats
        Writers of values.
    """

    def __init__(self, reading: Reading, formats: Formats) -> None:
        self.reading = reading
        self.formats = formats
        self.say = formats.say

    def section(self) -> Risk | None:
        """The section, or nothing where one replication is all there is."""
        if self.reading.comparison.replications < FEWEST or not (self.kpis or self.events):
            return None
        return Risk(self._event_table(), self._bad_table(), [self._card(kpi) for kpi in self.kpis])

    @cached_property
    def _quantile_rows(self) -> dict[tuple[str, str, float], Record]:
        return {
            (row["plan"], row["kpi"], row["probability"]): row for row in self._records if row["figure"] == "quantile"
        }

    @cached_property
    def _event_rows(self) -> dict[tuple[str, str], Record]:
        return {(row["plan"], row["figure"]): row for row in self._records if row["figure"] != "quantile"}

    @cached_property
    def _records(self) -> list[dict[str, Any]]:
        frame: pd.DataFrame = self.reading.comparison.risk
        return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]

    def quantile(self, plan: str, kpi: str, probability: float) -> Record:
        """A quantile of a KPI under a plan."""
        return self._quantile_rows[plan, kpi, probability]

    @cached_property
    def kpis(self) -> list[str]:
        """KPIs that say anything in this scenario."""
        return [kpi for kpi in WATCHED if telling(self.reading, kpi)]

    @cached_property
    def events(self) -> list[str]:
        """Events that could have happened in this scenario."""
        return [
            name
            for name, event in EVENTS.items()
            if telling(self.reading, event.kpi)
            and any(row["n"] for (_, other), row in self._event_rows.items() if other == name)
        ]

    def _event_table(self) -> Table | None:
        if not self.events:
            return None
        target = self.formats.share(self.reading.scenario.targets.service_level_ship)
        heads = [
            Head(self.say(f"risk.event.{name}"), unit=self.say(f"risk.event_of.{name}", target=target))
            for name in self.events
        ]
        rows = [
            plan_row(self.reading, plan, tuple(self._event(plan, name) for name in self.events))
            for plan in self.reading.plans
        ]
        return Table(tuple(heads), tuple(rows))

    def _event(self, plan: str, name: str) -> Cell:
        row = self._event_rows.get((plan, name))
        if row is None or not row["n"]:
            return Cell(self.say("number.none"))
        number = self.formats.number
        low, high = (self.formats.share(row[end]) for end in ("low", "high"))
        times = {"count": number(row["count"]), "of": number(row["n"])}
        return Cell(self.formats.share(row["value"]), self.say("risk.times", **times, low=low, high=high))

    def _bad_table(self) -> Table | None:
        if not self.kpis:
            return None
        heads = [Head(self.say(f"kpi.{kpi}.label"), unit=self._worse(kpi)) for kpi in self.kpis]
        rows = [
            plan_row(self.reading, plan, tuple(self._bad(plan, kpi) for kpi in self.kpis))
            for plan in self.reading.plans
        ]
        return Table(tuple(heads), tuple(rows))

    def _worse(self, kpi: str) -> str:
        """On which side the bad surges lie, and the unit where the figures don't say it."""
        worse = self.say("risk.worse.high" if better_of(kpi) == "high" else "risk.worse.low")
        return self.say("list.clause").join([*self._unit(kpi), worse])

    def _unit(self, kpi: str) -> list[str]:
        unit = KPIS[kpi].unit
        return [self.formats.currency] if unit == "currency" else [self.say("unit.h")] if unit == "h" else []

    def _bad(self, plan: str, kpi: str) -> Cell:
        row = self.quantile(plan, kpi, bad_of(kpi))
        if not row["n"]:
            return Cell(self.say("number.none"))
        median = self.formats.value(self.quantile(plan, kpi, MEDIAN)["value"], row["unit"])
        return Cell(self._value(row), self._bounds(row), "", self.say("risk.median", value=median))

    def _card(self, kpi: str) -> Card:
        heads = tuple(Head(self.say("risk.quantile", share=self.formats.share(each))) for each in QUANTILES)
        rows = tuple(self._quantiles(plan, kpi) for plan in self.reading.plans)
        title = self.say(f"kpi.{kpi}.label")
        for unit in self._unit(kpi):
            title = self.say("risk.with_unit", kpi=title, unit=unit)
        return Card(title, Table(heads, rows))

    def _quantiles(self, plan: str, kpi: str) -> Row:
        found = [self.quantile(plan, kpi, each) for each in QUANTILES]
        of = self.reading.comparison.replications
        cells = [
            Cell(self._value(row), self._bounds(row), "", self._known_in(row, of))
            if row["n"]
            else Cell(self.say("number.none"))
            for row in found
        ]
        return plan_row(self.reading, plan, tuple(cells))

    def _known_in(self, row: Record, of: int) -> str:
        """In how many surges there is a figure at all, where not in all of them."""
        number = self.formats.number
        return "" if row["n"] == of else self.say("risk.known_in", n=number(row["n"]), of=number(of))

    def _value(self, row: Record) -> str:
        return self.formats.value(row["value"], row["unit"])

    def _bounds(self, row: Record) -> str:
        low, high = (
            self.formats.value(row[end], row["unit"]) if math.isfinite(row[end]) else "" for end in ("low", "high")
        )
        if low and high:
            return self.say("risk.range", low=low, high=high)
        if low or high:
            return self.say("risk.at_least", value=low) if low else self.say("risk.at_most", value=high)
        return self.say("risk.no_bound")


def bad_of(kpi: str) -> float:
    """The quantile beyond which one surge in ten is worse."""
    return QUANTILES[0] if better_of(kpi) == "high" else QUANTILES[-1]
