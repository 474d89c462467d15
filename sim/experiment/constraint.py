"""What a plan has to keep, and how surely: P(service level >= 95 %) >= 90 %, over the replications.

A mean says how it usually goes. Who promised something wants to know how often the promise breaks, so each replication
answers yes or no.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.errors import InputError, Problem, nearest
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values
from sim.statistics.feasibility import TOLERANCE

Floats = NDArray[np.float64]
SERVICE = "service_level_ship"
TARGET = "targets.service_level_ship"


@dataclass(frozen=True, slots=True)
class Constraint:
    """A KPI that reaches a level with some probability.

    Parameters
    ----------
    kpi
        One whose good direction is known.
    level
        To be reached, or not exceeded where low is good, in the KPI's unit; None: the scenario's
        `targets.service_level_ship`, for that KPI alone.
    probability
        Of reaching it, in (0, 1).
    tolerance
        Plans within probability - tolerance .. probability + tolerance may be called either, > 0; see
        :func:`sim.statistics.feasibility.screen`.

    Raises
    ------
    InputError
        With everything that is wrong.
    """

    kpi: str = SERVICE
    level: float | None = None
    probability: float = 0.9
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems, "the constraint can't be used")

    def _problems(self) -> Iterator[Problem]:
        if self.kpi not in KPIS:
            yield Problem("constraint.kpi", self.kpi, f"is no KPI{nearest(self.kpi, KPIS)}; see docs/reference/kpis.md")
        elif not KPIS[self.kpi].better:
            yield Problem("constraint.kpi", self.kpi, "is neither good when high nor when low: choose another KPI")
        elif self.level is None and self.kpi != SERVICE:
            yield Problem("constraint.level", "", f"say which level of {self.kpi} is to be reached")
        if self.level is not None and not np.isfinite(self.level):
            yield Problem("constraint.level", f"{self.level!r}", "must be a number")
        if not 0 < self.probability < 1:
            yield Problem("constraint.probability", f"{self.probability!r}", "must lie between 0 and 1, both excluded")
        elif not 0 < self.tolerance < min(self.probability, 1 - self.probability):
            room = min(self.probability, 1 - self.probability)
            yield Problem(
                "constraint.tolerance", f"{self.tolerance!r}", f"must lie between 0 and {room:.6g}, both excluded"
            )

    @property
    def high_is_good(self) -> bool:
        """Whether the level is to be reached, and not to be kept below."""
        return KPIS[self.kpi].better == "high"

    def level_at(self, scenario: Scenario, values: Values) -> float:
        """The level to be reached in a scenario with these figures."""
        if self.level is not None:
            return self.level
        return float(values.get(TARGET, scenario.targets.service_level_ship))

    def shortfall(self, values: Floats, level: float) -> Floats:
        """How far each value misses the level; zero or below where it is kept, NaN where nothing was measured."""
        return level - values if self.high_is_good else values - level

    def kept(self, values: Floats, level: float) -> Floats:
        """1 where a value keeps the level, 0 where it does not, NaN where nothing was measured; shapes alike."""
        short = self.shortfall(values, level)
        return np.where(np.isnan(short), np.nan, (short <= 0).astype(np.float64))


def objective_problems(kpi: str) -> list[Problem]:
    """Why a KPI can't be what plans are judged by."""
    if kpi not in KPIS:
        return [Problem("objective", kpi, f"is no KPI{nearest(kpi, KPIS)}; see docs/reference/kpis.md")]
    if not KPIS[kpi].better:
        return [Problem("objective", kpi, "is neither good when high nor when low: choose another KPI")]
    return []


def unmeasured(constraint: Constraint | None, scenario: Scenario) -> list[Problem]:
    """A constraint on a promise that the scenario does not make."""
    about_promise = constraint is not None and constraint.kpi.startswith(("service_level", "tardiness"))
    if about_promise and scenario.promise is None:
        remedy = "is not measured: this scenario promises nothing; name another KPI, or constraint=null"
        return [Problem("constraint.kpi", constraint.kpi if constraint is not None else "", remedy)]
    return []
