"""Outcome of an optimisation: every trial, the best that keeps the promise, and how it does on fresh replications."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.laboratory.lab import Failed, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Required
from sim.experiment.questions.levels import Place, Space
from sim.experiment.scorecard import kpi_interval
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.statistics.intervals import exact_share, paired

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
SERVICE = "service_level_ship"
Outcome = Literal["kept", "missed", "hopeless", "dear", "impossible", "failed"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A KPI of a trial, held against a control on the same replications.

    Attributes
    ----------
    mean, low, high
        The control's mean over its replications + the paired difference over those of the trial, with the 95 % interval
        of the difference: trials of few and of many replications can be compared. The control is the trial that is
        shown as the best; its own interval has no width.
    """

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One point that was tried.

    Attributes
    ----------
    number
        In the order in which it was asked for, from 0.
    place, values
        The point, and its figures by path.
    variant
        Where its results are found; None where the figures contradict each other.
    outcome
        kept: the promise, in a share of probability + tolerance of all
        replications; missed: in fewer; hopeless: stopped, since it kept the promise too
        seldom; dear: stopped, since the best one so far was clearly better; impossible: figures that contradict each
        other; failed: a run failed.
    n
        Replications it was given.
    objective, service
        What it was judged by; None where it could not be.
    kept
        Replications that kept the promise; n without one.
    shortfall
        How far the replication that matters misses the level: the one that a share of probability + tolerance of all
        does no worse than; zero or below where the promise is kept.
    """

    number: int
    place: Place
    values: Mapping[str, Any]
    variant: Variant | None
    outcome: Outcome
    n: int = 0
    objective: Measured | None = None
    service: Measured | None = None
    kept: int = 0
    shortfall: float = math.inf


@dataclass(frozen=True, eq=False)
class Optimum:
    """Outcome of an optimisation.

    Attributes
    ----------
    scenario, plans, seed
        The base; plans by name.
    baseline, tuned
        Plan that all is held against, and plan whose levels were tuned.
    space
        Levels that might be tried.
    objective, constraint
        KPI to be best in, and what has to be kept; None: nothing.
    first, most
        Replications that every trial and that a promising one was given.
    trials
        In order.
    asked
        Trials that were wanted; fewer were made where the space holds no more.
    exhausted
        Whether every point of the space was tried.
    best
        The best that kept the promise; None where none did.
    as_it_is
        Plan to be tuned, as it stands.
    reference
        Baseline as it stands.
    fresh
        Replications that the best, the plan as it is and the baseline were estimated on anew.
    store
        Where KPIs are read from.
    failures
        Runs that failed three times.
    timings, ran
        Seconds by name; runs computed for it, all others were in the store.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    seed: int
    baseline: str
    tuned: str
    space: Space
    objective: str
    constraint: Required | None
    first: int
    most: int
    trials: Sequence[Trial]
    asked: int
    best: Trial | None
    as_it_is: Variant
    reference: Variant
    fresh: range
    store: Store
    failures: Sequence[Failed] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    ran: int = 0

    @property
    def exhausted(self) -> bool:
        """Whether every point of the space was tried."""
        return len(self.trials) >= self.space.size

    @property
    def maximise(self) -> bool:
        """Whether high is good."""
        return KPIS[self.objective].better == "high"

    @property
    def service_kpi(self) -> str:
        """KPI that stands for service beside the objective: the promise's, else what was shipped on time."""
        return self.constraint.kpi if self.constraint is not None else SERVICE

    @property
    def shown(self) -> Trial | None:
        """The best, or where none kept the promise the one that came nearest to it."""
        if self.best is not None:
            return self.best
        known = [trial for trial in self.trials if trial.objective is not None]
        return min(known, key=lambda trial: (trial.shortfall, trial.number), default=None)

    @property
    def finalists(self) -> dict[str, Variant]:
        """Those that were estimated anew, by their part: tuned, as_it_is, baseline; the same one only once."""
        shown = self.shown
        found = {"tuned": shown.variant} if shown is not None and shown.variant is not None else {}
        for part, variant in (("as_it_is", self.as_it_is), ("baseline", self.reference)):
            if all(variant.cell != other.cell for other in found.values()):
                found[part] = variant
        return found

    def kpi(self, variant: Variant, name: str, replications: range) -> Floats:
        """A KPI of a variant; shape (replications,), NaN where a run failed."""
        found: Floats = self.store.kpis(variant.cell, replications)[:, self.store.names.index(name)]
        return found

    def estimates(self, kpis: Sequence[str]) -> pd.DataFrame:
        """Estimates on fresh replications.

        Returns
        -------
        part, kpi, unit, n, mean, low, high (95 % t interval), difference, difference_low, difference_high: minus the
        baseline, paired; NaN for the baseline.
        """
        import pandas as pd

        rows = []
        for part, variant in self.finalists.items():
            for kpi in kpis:
                own = self.kpi(variant, kpi, self.fresh)
                mean, low, high, n = kpi_interval(kpi, own)
                gap = paired(own, self.kpi(self.reference, kpi, self.fresh))
                apart = (gap.mean, gap.low, gap.high) if variant.cell != self.reference.cell else (np.nan,) * 3
                rows.append((part, kpi, KPIS[kpi].unit, n, mean, low, high, *apart))
        names = ["part", "kpi", "unit", "n", "mean", "low", "high"]
        return pd.DataFrame(rows, columns=[*names, "difference", "difference_low", "difference_high"])

    def kept(self, variant: Variant) -> tuple[int, int, float, float, float]:
        """Fresh replications that kept the promise, out of how many; share with its exact 95 % interval."""
        assert self.constraint is not None
        answers = self.constraint.all_kept(lambda kpi: self.kpi(variant, kpi, self.fresh), variant.values)
        known = answers[~np.isnan(answers)]
        reached = int(known.sum())
        return reached, len(known), *exact_share(reached, len(known))

    def front(self) -> list[Trial]:
        """Trials that no other one beats in both objective and service; the best objective first."""
        sign = -1.0 if self.maximise else 1.0
        good = 1.0 if KPIS[self.service_kpi].better == "high" else -1.0
        known = [
            (sign * trial.objective.mean, good * trial.service.mean, trial)
            for trial in self.trials
            if trial.objective is not None and trial.service is not None
        ]
        front: list[Trial] = []
        reached = -math.inf
        for _, service, trial in sorted(known, key=lambda each: (each[0], -each[1], each[2].number)):
            if service > reached:
                front.append(trial)
                reached = service
        return front

    def table(self) -> pd.DataFrame:
        """Every trial.

        Returns
        -------
        trial, one column for each path, outcome, n, the objective and the service KPI each with _low and _high (see
        :class:`Measured`), kept_share, shortfall, on_front.
        """
        import pandas as pd

        front = {trial.number for trial in self.front()}
        rows = []
        for trial in self.trials:
            row: dict[str, Any] = {"trial": trial.number, **trial.values, "outcome": trial.outcome, "n": trial.n}
            for name, found in ((self.objective, trial.objective), (self.service_kpi, trial.service)):
                ends = (found.mean, found.low, found.high) if found is not None else (np.nan,) * 3
                row |= dict(zip((name, f"{name}_low", f"{name}_high"), ends, strict=True))
            row["kept_share"] = trial.kept / trial.n if trial.n else np.nan
            row["shortfall"] = trial.shortfall if math.isfinite(trial.shortfall) else np.nan
            rows.append({**row, "on_front": trial.number in front})
        return pd.DataFrame(rows)
