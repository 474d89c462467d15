"""Outcome of a selection: what became of every system, and how those at the top do on fresh replications."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.laboratory.lab import Failed, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.questions.constraint import Required
from sim.experiment.scorecard import kpi_interval
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values
from sim.statistics.feasibility import Screening
from sim.statistics.intervals import exact_share, paired
from sim.statistics.selection import Selection

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class System:
    """One of those to choose from: a plan, or a plan with other figures.

    Attributes
    ----------
    name
        The plan's, with the figures that tell it from its siblings.
    variant
        Where its results are found.
    values
        Figures that make it, by path; those of other plans are left out.
    """

    name: str
    variant: Variant
    values: Values

    @property
    def plan(self) -> str:
        """Name of the plan."""
        return self.variant.plan


@dataclass(frozen=True, eq=False)
class Chosen:
    """Outcome of a selection.

    Attributes
    ----------
    scenario, plans, seed
        The base; plans by name.
    baseline
        The plan that the winner is held against, as it stands.
    systems
        All to choose from, in the order of points and plans.
    objective
        KPI to be best in.
    constraint
        What has to be kept; None: nothing.
    indifference
        Smallest difference that matters, in the objective's unit.
    pilot
        Replications of the baseline that it was set by; 0: it was given.
    alpha, first_stage, at_most
        Error accepted, replications from which variances are estimated, cap.
    screening, selection
        Both stages; None without a constraint, or when none passed.
    best, runner_up
        None where no system passed, or only one.
    n, observations
        Replications that the decisions rest on, and runs summed over systems.
    guaranteed
        Whether the promise holds; not when a cap came first.
    fresh
        Replications that winner, runner-up and baseline were estimated on anew.
    equal_n
        Replications that every system would have needed for the same promise, had all been run equally often; None for
        a single one.
    store
        Where KPIs are read from.
    failures
        Fresh runs that failed three times and are missing.
    timings, ran
        Seconds by name; runs computed for it, all others were in the store.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    seed: int
    baseline: System
    systems: Sequence[System]
    objective: str
    constraint: Required | None
    indifference: float
    pilot: int
    alpha: float
    first_stage: int
    at_most: int
    screening: Screening | None
    selection: Selection | None
    best: System | None
    runner_up: System | None
    n: int
    observations: int
    guaranteed: bool
    fresh: range
    equal_n: int | None
    store: Store
    failures: Sequence[Failed] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    ran: int = 0

    @property
    def maximise(self) -> bool:
        """Whether high is good."""
        return KPIS[self.objective].better == "high"

    @property
    def start(self) -> int:
        """Number of the first replication that decisions rest on."""
        return self.pilot

    @property
    def finalists(self) -> list[System]:
        """Those estimated anew: winner, runner-up, baseline; the most promising and the baseline where none passed."""
        first = self.best
        if first is None and self.screening is not None:
            shares = self.screening.shares
            first = max(self.systems, key=lambda system: shares[system.name])
        found = [each for each in (first, self.runner_up, self.baseline) if each is not None]
        return list({each.variant.cell: each for each in found}.values())

    def kpi(self, system: System, name: str, replications: range) -> Floats:
        """A KPI of a system; shape (replications,), NaN where a run failed."""
        found: Floats = self.store.kpis(system.variant.cell, replications)[:, self.store.names.index(name)]
        return found

    def outputs(self, system: System) -> Floats:
        """What the second stage saw of a system: its objective until it was dropped; empty if it saw nothing."""
        return self.kpi(system, self.objective, range(self.start, self.start + self.raced(system)))

    def raced(self, system: System) -> int:
        """Replications of a system that the second stage looked at."""
        if self.selection is None or system.name not in self.selection.means:
            return 0
        dropped = {each.system: each.n for each in self.selection.eliminated}
        return dropped.get(system.name, self.selection.n)

    def level(self, system: System) -> float:
        """Level that the constraint asks of a system."""
        assert self.constraint is not None
        return self.constraint.level(system.values)

    def table(self) -> pd.DataFrame:
        """What became of every system while it was chosen.

        Returns
        -------
        system, plan, outcome (chosen, close: not told apart from the one chosen, beaten, screened), beaten_by,
        screened_n, kept_share, decision (feasible, infeasible, undecided; empty without a constraint), raced_n, mean
        (of the objective until then; it was selected by, and is no estimate).
        """
        import pandas as pd

        return pd.DataFrame([self._row(system) for system in self.systems])

    def _row(self, system: System) -> dict[str, object]:
        screening, selection, name = self.screening, self.selection, system.name
        beaten = {each.system: each.by for each in selection.eliminated} if selection is not None else {}
        passed = selection is not None and (name == selection.best or name in selection.means)
        outcome = "screened" if not passed else "beaten" if name in beaten else "close"
        decision = ""
        if screening is not None:
            named = {"feasible": screening.feasible, "infeasible": screening.infeasible}
            decision = next((word for word, names in named.items() if name in names), "undecided")
        return {
            "system": name,
            "plan": system.plan,
            "outcome": "chosen" if self.best is not None and name == self.best.name else outcome,
            "beaten_by": beaten.get(name, ""),
            "screened_n": screening.n[name] if screening is not None else 0,
            "kept_share": screening.shares[name] if screening is not None else np.nan,
            "decision": decision,
            "raced_n": self.raced(system),
            "mean": selection.means.get(name, np.nan) if selection is not None else np.nan,
        }

    def estimates(self, kpis: Sequence[str]) -> pd.DataFrame:
        """Estimates of the finalists on fresh replications.

        Returns
        -------
        system, plan, kpi, unit, n, mean, low, high (95 % t interval), difference, difference_low, difference_high: the
        first finalist minus this one, paired; NaN for itself.
        """
        import pandas as pd

        rows = []
        first = self.finalists[0]
        for system in self.finalists:
            for kpi in kpis:
                own = self.kpi(system, kpi, self.fresh)
                mean, low, high, n = kpi_interval(kpi, own)
                gap = paired(self.kpi(first, kpi, self.fresh), own)
                apart = (gap.mean, gap.low, gap.high) if system is not first else (np.nan,) * 3
                rows.append((system.name, system.plan, kpi, KPIS[kpi].unit, n, mean, low, high, *apart))
        names = ["system", "plan", "kpi", "unit", "n", "mean", "low", "high"]
        return pd.DataFrame(rows, columns=[*names, "difference", "difference_low", "difference_high"])

    def kept(self, system: System) -> tuple[int, int, float, float, float]:
        """Fresh replications that kept the promise, out of how many; share with its exact 95 % interval."""
        assert self.constraint is not None
        answers = self.constraint.all_kept(lambda kpi: self.kpi(system, kpi, self.fresh), system.values)
        known = answers[~np.isnan(answers)]
        reached = int(known.sum())
        return reached, len(known), *exact_share(reached, len(known))
