"""What every measure's control has, may touch and writes down.

What starts and stops is a small control with two methods. The controls know the floor, and the floor does not know
them.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import simpy

from sim.draws import Draws
from sim.floor.gauges import Gauges
from sim.floor.line import Line
from sim.floor.people import Crews
from sim.floor.roster import Roster
from sim.ledger import EVENTS
from sim.scenario.measures import BatchPicking
from sim.scenario.scenario import Scenario

DECIDED, ACTIVE, CALLED_OFF, ENDED, REFUSED, SPENT = range(len(EVENTS))
Process = Generator[simpy.Event, None, None]


class Control(Protocol):
    """What a measure does when it begins and ends."""

    def start(self, now: float) -> None:
        """The measure takes effect."""

    def stop(self, now: float) -> None:
        """It ends."""


@dataclass
class Log:
    """Rows of the tables of decisions, charges, alarms and what they read."""

    alerts: list[tuple[float, str, int, str, float, float]] = field(default_factory=list)
    charges: list[tuple[float, str, str, float]] = field(default_factory=list)
    warnings: list[tuple[float, str, int, float, float]] = field(default_factory=list)
    readings: list[tuple[float, int, float]] = field(default_factory=list)

    def refused(self, label: str, hours: float, now: float, rule: str) -> None:
        """A rule of the law forbade hours that were asked for, in worker-hours."""
        self.alerts.append((now, label, REFUSED, rule, hours, np.nan))

    def spent(self, label: str, committed: float, budget: float, now: float) -> None:
        """The next offer would exceed a budget, of which so much was committed."""
        self.alerts.append((now, label, SPENT, "", committed, budget))

    def charge(self, now: float, label: str, line: str, cost: float) -> None:
        """Something costs money at a time."""
        if cost:
            self.charges.append((now, label, line, cost))

    def warning(self, now: float, rule: str, *, raised: bool, value: float, level: float) -> None:
        """An alarm is raised or cleared."""
        self.warnings.append((now, rule, int(not raised), value, level))

    def tables(self) -> dict[str, dict[str, Any]]:
        """Columns of all tables."""
        return {
            "alerts": _columns(
                self.alerts, ("f8", "O", "i1", "O", "f8", "f8"), "time_min measure event metric value level"
            ),
            "charges": _columns(self.charges, ("f8", "O", "O", "f8"), "time_min measure line cost"),
            "warnings": _columns(self.warnings, ("f8", "O", "i1", "f8", "f8"), "time_min rule event value level"),
            "readings": _columns(self.readings, ("f8", "i1", "f8"), "time_min rule value"),
        }


class Setup:
    """A fee that is paid once, when a measure first takes effect."""

    def __init__(self, floor: Floor, label: str, cost: float) -> None:
        self._log = floor.log
        self._label = label
        self._cost = cost

    def pay(self, now: float) -> None:
        """Pay it, unless it has been paid."""
        self._log.charge(now, self._label, "setup", self._cost)
        self._cost = 0.0


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
    batching: list[BatchPicking] = field(default_factory=list)  # measures that have orders picked in batches now
    people_before: dict[tuple[str, str], int] = field(default_factory=dict)  # brought by measures, by stage and kind
