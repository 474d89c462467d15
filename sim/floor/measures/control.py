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

DECIDED, ACTIVE, CALLED_OFF, ENDED, REFUSED = range(len(EVENTS))
Process = Generator[simpy.Event, None, None]


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
    batching: list[BatchPicking] = field(default_factory=list)  # measures that have orders picked in batches now
    people_before: dict[tuple[str, str], int] = field(default_factory=dict)  # brought by measures, by stage and kind
