"""Results of an experiment: design points x plans x replications, read from the store as they are asked for.

KPIs lie in the store, and a point is read when its turn comes: nothing here grows with the number of replications.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.enough import Enough
from sim.experiment.laboratory.design import paths_of
from sim.experiment.laboratory.lab import Failed, Variant
from sim.experiment.laboratory.store import Store
from sim.experiment.laboratory.tidy import Entry, write
from sim.experiment.scorecard import kpi_interval
from sim.scenario.economics import Targets
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values, Variations
from sim.statistics.intervals import exact_share, paired

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Unsettled:
    """A figure that did not reach the precision asked for.

    Attributes
    ----------
    point, plan, kpi
        Which.
    paired
        Whether it is the difference against the baseline, and not the mean.
    half_width, wanted
        Of the interval that was reached, and of one that would have been enough; NaN where nothing was measured.
    measured
        Replications in which it was measured.
    """

    point: int
    plan: str
    kpi: str
    paired: bool
    half_width: float
    wanted: float
    measured: int


@dataclass(frozen=True, eq=False)
class Results:
    """Outcome of an experiment.

    Attributes
    ----------
    scenario, plans, baseline, seed
        The base of all points; plans by name in the order given, the one the others are held against.
    points
        Figures that each design point sets, by path.
    replications
        How many replications of each point count.
    store
        Where KPIs are read from; open as long as results are read.
    variants
        By point and plan: what to read.
    failures
        Runs that failed three times and are missing.
    enough
        Precision that was asked for; None: the number of replications was.
    unsettled
        Figures that did not reach it.
    timings
        Seconds by name.
    ran
        Runs computed for it; all others were in the store.
    """

    scenario: Scenario
    plans: Mapping[str, Plan]
    baseline: str
    seed: int
    points: Sequence[Values]
    replications: Sequence[int]
    store: Store
    variants: Sequence[Sequence[Variant]]
    failures: Sequence[Failed] = ()
    enough: Enough | None = None
    unsettled: Sequence[Unsettled] = ()
    timings: Mapping[str, float] = field(default_factory=dict)
    ran: int = 0

    @property
    def paths(self) -> list[str]:
        """Paths that the points set, in the order of their first appearance."""
        return paths_of(self.points)

    @property
    def runs(self) -> int:
        """Runs that count."""
        return sum(self.replications) * len(self.plans)

    def kpis(self, point: int, plan: str) -> Floats:
        """KPIs of a plan at a point; shape (replications, KPIs), NaN where a run failed."""
        place = list(self.plans).index(plan)
        return self.store.kpis(self.variants[point][place].cell, range(self.replications[point]))

    def kpi(self, point: int, plan: str, name: str) -> Floats:
        """One KPI of a plan at a point; shape (replications,)."""
        values: Floats = self.kpis(point, plan)[:, self.store.names.index(name)]
        return values

    def targets(self, point: int) -> Targets:
        """What a plan must reach at a point: a sweep may vary that too."""
        values = self.points[point]
        if not any(path.partition(".")[0] == "targets" for path in values):
            return self.scenario.targets
        return Variations(self.scenario, {}).world(values).targets

    def table(self, kpis: Sequence[str]) -> pd.DataFrame:
        """Estimates of some KPIs of every plan at every point.

        Returns
        -------
        point, one column for each path, plan, kpi, unit, n, mean, low, high: 95 % t interval; difference,
        difference_low, difference_high, crn_factor: plan minus baseline at the same point, paired; NaN for the
        baseline. Points in order, plans within them, KPIs within plans.
        """
        import pandas as pd

        rows = []
        columns = [self.store.names.index(kpi) for kpi in kpis]
        for point, values in enumerate(self.points):
            place = tuple(values.get(path) for path in self.paths)
            base = self.kpis(point, self.baseline)
            for plan in self.plans:
                own = base if plan == self.baseline else self.kpis(point, plan)
                for kpi, column in zip(kpis, columns, strict=True):
                    mean, low, high, n = kpi_interval(kpi, own[:, column])
                    rows.append((point, *place, plan, kpi, KPIS[kpi].unit, n, mean, low, high))
                    if plan == self.baseline:
                        rows[-1] += (np.nan,) * 4
                    else:
                        gap = paired(own[:, column], base[:, column])
                        rows[-1] += (gap.mean, gap.low, gap.high, gap.crn_factor)
        names = ["point", *self.paths, "plan", "kpi", "unit", "n", "mean", "low", "high"]
        return pd.DataFrame(rows, columns=[*names, "difference", "difference_low", "difference_high", "crn_factor"])

    def reached(self) -> pd.DataFrame:
        """How surely the service target is met: point, plan, n, share, low, high (exact 95 % interval)."""
        import pandas as pd

        rows = []
        column = self.store.names.index("service_level_ship")
        for point in range(len(self.points)):
            target = self.targets(point).service_level_ship
            for plan in self.plans:
                level = self.kpis(point, plan)[:, column]
                known = level[~np.isnan(level)]
                reached = int(np.count_nonzero(known >= target))
                rows.append((point, plan, len(known), *exact_share(reached, len(known))))
        return pd.DataFrame(rows, columns=["point", "plan", "n", "share", "low", "high"])

    @property
    def entries(self) -> list[Entry]:
        """All runs that count, in order of points and plans."""
        return [
            Entry(point, values, variant.plan, variant.cell, range(self.replications[point]))
            for point, values in enumerate(self.points)
            for variant in self.variants[point]
        ]

    def write(self, path: Path) -> None:
        """Write all runs as one tidy file, Parquet, CSV or Excel by its ending.

        Raises
        ------
        InputError
            If it exists or can't be written.
        """
        write(path, self.store, self.entries)
