"""Results of an experiment: design points x plans x replications, read from the store as they are asked for.

KPIs lie in the store, and a point is read when its turn comes: nothing here grows with the number of replications.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.design import paths_of
from sim.experiment.lab import Failed, Variant
from sim.experiment.scorecard import kpi_interval
from sim.experiment.store import Store, told
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Values
from sim.statistics.intervals import exact_share, paired

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

Floats = NDArray[np.float64]
ROWS_AT_ONCE = 20_000  # of the tidy file: the size of its row groups, and of what is in memory


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
    unsettled
        point, plan, kpi, half_width, wanted: comparisons that did not reach the precision asked for; empty where none
        was asked for.
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
    unsettled: pd.DataFrame | None = None
    timings: Mapping[str, float] = field(default_factory=dict)
    ran: int = 0
    notes: Mapping[str, Any] = field(default_factory=dict)

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
            for plan in self.plans:
                level = self.kpis(point, plan)[:, column]
                known = level[~np.isnan(level)]
                reached = int(np.count_nonzero(known >= self.scenario.targets.service_level_ship))
                rows.append((point, plan, len(known), *exact_share(reached, len(known))))
        return pd.DataFrame(rows, columns=["point", "plan", "n", "share", "low", "high"])

    def write(self, path: Path) -> None:
        """Write all runs as one tidy Parquet file: point, the paths, plan, replication, and every KPI.

        The same results give the same bytes, in whatever order and in whatever parts they were computed.

        Raises
        ------
        InputError
            If it can't be written.
        """
        import pyarrow.parquet as pq

        schema = self._schema()
        with told(path), pq.ParquetWriter(path, schema, compression="zstd") as writer:
            for part in self._parts(schema):
                writer.write_table(part)

    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        fields = [("point", pa.int32()), *((path, self._type(path)) for path in self.paths)]
        fields += [("plan", pa.string()), ("replication", pa.int32())]
        return pa.schema([*fields, *((name, pa.float64()) for name in self.store.names)])

    def _type(self, path: str) -> pa.DataType:
        import pyarrow as pa

        kinds = {type(values[path]) for values in self.points if values.get(path) is not None}
        if kinds == {bool}:
            return pa.bool_()
        if kinds == {int}:
            return pa.int64()
        return pa.float64() if kinds and kinds <= {int, float} else pa.string()

    def _parts(self, schema: pa.Schema) -> Iterator[pa.Table]:
        import pyarrow as pa

        held: list[pa.Table] = []
        for point in range(len(self.points)):
            held += [self._rows(point, plan, schema) for plan in self.plans]
            if sum(len(each) for each in held) >= ROWS_AT_ONCE or point == len(self.points) - 1:
                yield pa.concat_tables(held).combine_chunks()
                held = []

    def _rows(self, point: int, plan: str, schema: pa.Schema) -> pa.Table:
        """Runs of a plan at a point; those that failed are left out."""
        import pyarrow as pa

        kpis = self.kpis(point, plan)
        known = np.flatnonzero(~np.isnan(kpis).all(axis=1))
        columns: list[Any] = [np.full(len(known), point, dtype=np.int32)]
        for path in self.paths:
            value, kind = self.points[point].get(path), schema.field(path).type
            text = pa.types.is_string(kind) and value is not None
            columns.append(pa.array([str(value) if text else value] * len(known), kind))
        columns += [[plan] * len(known), known.astype(np.int32), *kpis[known].T]
        return pa.table([pa.array(each, kind) for each, kind in zip(columns, schema.types, strict=True)], schema=schema)
