"""What a plan has to keep, and how surely: P(service level >= 95 %) >= 90 %, over the replications.

A mean says how it usually goes. Who promised something wants to know how often the promise breaks, so each replication
answers yes or no.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS, no_kpi
from sim.errors import InputError, Problem
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values
from sim.statistics.feasibility import TOLERANCE

Floats = NDArray[np.float64]
HEADING = "the constraint can't be used"
SERVICE = "service_level_ship"
TARGET = "targets.service_level_ship"
FILL = "fill_rate"


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
        Of reaching it, in (0, 1); None: the scenario's `targets.probability`.
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
    probability: float | None = None
    tolerance: float = TOLERANCE

    def __post_init__(self) -> None:
        problems = list(self._problems())
        if problems:
            raise InputError(problems, HEADING)

    def _problems(self) -> Iterator[Problem]:
        if self.kpi not in KPIS:
            yield Problem("constraint.kpi", self.kpi, no_kpi(self.kpi))
        elif not KPIS[self.kpi].better:
            yield Problem("constraint.kpi", self.kpi, "is neither good when high nor when low: choose another KPI")
        elif self.level is None and self.kpi != SERVICE:
            yield Problem("constraint.level", "", f"say which level of {self.kpi} is to be reached")
        if self.level is not None and not np.isfinite(self.level):
            yield Problem("constraint.level", f"{self.level!r}", "must be a number")
        share = self.probability if self.probability is not None else 0.5
        room = min(share, 1 - share)
        if not 0 < share < 1:
            yield Problem("constraint.probability", f"{share!r}", "must lie between 0 and 1, both excluded")
        elif not 0 < self.tolerance < room:
            why = "" if self.probability is None else f": the probability asked for is {share:g}"
            remedy = f"must lie between 0 and {room:.6g}, both excluded{why}"
            yield Problem("constraint.tolerance", f"{self.tolerance!r}", remedy)

    def required(self, scenario: Scenario) -> Required:
        """The same for a scenario, with its probability.

        Raises
        ------
        InputError
            If the scenario does not measure the KPI, or its probability leaves no room for the tolerance.
        """
        about_promise = self.kpi.startswith(("service_level", "tardiness"))
        if about_promise and scenario.promise is None:
            remedy = "is not measured: this scenario promises nothing; name another KPI, or constraint=null"
            raise InputError([Problem("constraint.kpi", self.kpi, remedy)], HEADING)
        share = self.probability if self.probability is not None else scenario.targets.probability
        replace(self, probability=share)  # judges the tolerance
        return Required(self, scenario, share)

    def also(self, scenario: Scenario) -> Required | None:
        """What the scenario's targets ask of its stock, beside the service level; None where it is another constraint.

        A shop that sells out ships what it sold on time: service alone would call that borne.
        """
        level = scenario.targets.fill_rate
        if self.kpi != SERVICE or self.level is not None or scenario.stock is None or level is None:
            return None
        return replace(self, kpi=FILL, level=level).required(scenario)

    def judged(self, scenario: Scenario) -> Required:
        """What plans are judged by: :meth:`required`, and in the same run :meth:`also`.

        Raises
        ------
        InputError
            As :meth:`required`.
        """
        return replace(self.required(scenario), also=self.also(scenario))


@dataclass(frozen=True, slots=True)
class Required:
    """A constraint in a scenario.

    Parameters
    ----------
    constraint, scenario
        Which, and where.
    probability
        Of reaching the level.
    also
        What has to be kept besides, in the same run; None: nothing.
    """

    constraint: Constraint
    scenario: Scenario
    probability: float
    also: Required | None = None

    @property
    def kpi(self) -> str:
        """KPI that has to reach a level."""
        return self.constraint.kpi

    @property
    def tolerance(self) -> float:
        """Plans as near to the probability may be called either."""
        return self.constraint.tolerance

    @property
    def high_is_good(self) -> bool:
        """Whether the level is to be reached, and not to be kept below."""
        return KPIS[self.kpi].better == "high"

    def level(self, values: Values) -> float:
        """The level to be reached with these figures."""
        if self.constraint.level is not None:
            return self.constraint.level
        return float(values.get(TARGET, self.scenario.targets.service_level_ship))

    @property
    def all(self) -> list[Required]:
        """Itself and what has to be kept besides."""
        return [self] if self.also is None else [self, self.also]

    def shortfalls(self, measured: Callable[[str], Floats], values: Values) -> Floats:
        """How far each run misses what it misses by most, each in its own unit; NaN where the KPI was not measured.

        Parameters
        ----------
        measured
            KPI -> its values, shape (r,). What has to be kept besides counts where it was measured.
        """
        found = self.shortfall(measured(self.kpi), values)
        if self.also is not None:
            besides = self.also.shortfall(measured(self.also.kpi), values)
            found = np.where(np.isnan(found), np.nan, np.fmax(found, besides))
        return found

    def all_kept(self, measured: Callable[[str], Floats], values: Values) -> Floats:
        """1 where a run keeps everything, 0 where it does not, NaN where the KPI was not measured; as :meth:`kept`."""
        short = self.shortfalls(measured, values)
        return np.where(np.isnan(short), np.nan, (short <= 0).astype(np.float64))

    def shortfall(self, found: Floats, values: Values) -> Floats:
        """How far each run misses the level; zero or below where it is kept, NaN where nothing was measured."""
        level = self.level(values)
        return level - found if self.high_is_good else found - level

    def kept(self, found: Floats, values: Values) -> Floats:
        """1 where a run keeps the level, 0 where it does not, NaN where nothing was measured; shapes alike."""
        short = self.shortfall(found, values)
        return np.where(np.isnan(short), np.nan, (short <= 0).astype(np.float64))


def objective_problems(kpi: str) -> list[Problem]:
    """Why a KPI can't be what plans are judged by."""
    if kpi not in KPIS:
        return [Problem("objective", kpi, no_kpi(kpi))]
    if not KPIS[kpi].better:
        return [Problem("objective", kpi, "is neither good when high nor when low: choose another KPI")]
    return []
