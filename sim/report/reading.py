"""A comparison made quick to look up: estimates by plan and KPI, series by plan, the best of each KPI."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from sim.experiment.choice import FILL, SERVICE, reached
from sim.ledger import Array

if TYPE_CHECKING:
    from sim.experiment import Comparison, Verdict
    from sim.report.messages import Messages
    from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean with its interval (NaN where one replication gives none)."""

    mean: float
    low: float
    high: float
    unit: str = ""

    @property
    def known(self) -> bool:
        """Whether there is a number at all."""
        return math.isfinite(self.mean)


@dataclass(frozen=True, slots=True)
class Gap(Estimate):
    """A difference to the baseline with its simultaneous interval and adjusted p-value."""

    paired_low: float = math.nan
    paired_high: float = math.nan
    p_holm: float = math.nan
    crn_factor: float = math.nan

    @property
    def clear(self) -> bool:
        """Whether the simultaneous interval leaves out zero."""
        return self.low > 0 or self.high < 0


NOTHING = Estimate(math.nan, math.nan, math.nan)


class Reading:
    """Look-ups over a comparison.

    Parameters
    ----------
    comparison
        Result of ``sim.compare``.
    say
        Catalogue of the page; without it plans keep the headings that they were given.
    """

    def __init__(self, comparison: Comparison, say: Messages | None = None) -> None:
        self.comparison = comparison
        self._say = say
        self.scenario: Scenario = comparison.scenario
        self.plans: list[str] = list(comparison.plans)
        self.baseline: str = comparison.baseline
        self.verdict: Verdict | None = comparison.verdict

    def heading(self, plan: str) -> str:
        """Name of a plan for readers."""
        heading = self.comparison.plans[plan].heading
        return heading if self._say is None else self._say.given(heading)

    @cached_property
    def chosen(self) -> str:
        """The verdict's plan; without a verdict the one that ships most on time, or else the baseline."""
        if self.verdict is not None:
            return self.verdict.plan
        leading = self.best("service_level_ship", "high")
        return next((plan for plan in self.plans if plan in leading), self.baseline)

    def is_choice(self, plan: str) -> bool:
        """Whether a plan was chosen among several."""
        return self.verdict is not None and len(self.plans) > 1 and plan == self.verdict.plan

    @cached_property
    def _summary(self) -> dict[tuple[str, str], Estimate]:
        rows = self.comparison.summary.to_dict("records")
        return {
            (row["plan"], row["kpi"]): Estimate(row["mean"], row["low"], row["high"], str(row["unit"])) for row in rows
        }

    @cached_property
    def reached(self) -> dict[str, tuple[int, int]]:
        """Plan -> replications that met the targets, and replications in which anything fell due."""
        found: dict[str, tuple[int, int]] = {}
        for plan, part in self.comparison.per_replication.groupby("plan", sort=False):
            met = reached(self.scenario.targets, part[SERVICE].to_numpy(float), part[FILL].to_numpy(float))
            found[str(plan)] = (int(met.sum()), len(met))
        return found

    @cached_property
    def holding(self) -> list[str]:
        """Plans that met the target in as many replications as were asked for."""
        wanted = self.scenario.targets.probability
        return [plan for plan, (met, of) in self.reached.items() if of and met / of >= wanted]

    @cached_property
    def _gaps(self) -> dict[tuple[str, str], Gap]:
        rows = self.comparison.differences.to_dict("records")
        return {
            (row["plan"], row["kpi"]): Gap(
                row["mean"],
                row["simultaneous_low"],
                row["simultaneous_high"],
                str(row["unit"]),
                row["low"],
                row["high"],
                row["p_holm"],
                row["crn_factor"],
            )
            for row in rows
        }

    def estimate(self, plan: str, kpi: str) -> Estimate:
        """Mean and 95 % interval of a KPI; all NaN when it was not computed."""
        return self._summary.get((plan, kpi), NOTHING)

    def gap(self, plan: str, kpi: str) -> Gap | None:
        """Difference to the baseline, or nothing for the baseline itself."""
        return self._gaps.get((plan, kpi))

    def known(self, kpi: str) -> bool:
        """Whether at least one plan has a number."""
        return any(self.estimate(plan, kpi).known for plan in self.plans)

    def best(self, kpi: str, better: str) -> set[str]:
        """Plans with the best mean; none when all are equal or no direction is better."""
        means = {plan: self.estimate(plan, kpi).mean for plan in self.plans if self.estimate(plan, kpi).known}
        if better not in {"high", "low"} or len(means) < 2:
            return set()
        top = max(means.values()) if better == "high" else min(means.values())
        tied = {plan for plan, mean in means.items() if math.isclose(mean, top, rel_tol=1e-9, abs_tol=1e-12)}
        return set() if len(tied) == len(means) else tied

    @cached_property
    def _series(self) -> dict[tuple[str, str], dict[str, Array]]:
        frame = self.comparison.series
        return {
            (str(plan), str(name)): {column: part[column].to_numpy(float) for column in ("hour", "mean", "low", "high")}
            for (plan, name), part in frame.groupby(["plan", "series"], sort=False, observed=True)
        }

    def series(self, plan: str, name: str) -> dict[str, Array]:
        """Columns hour, mean, low and high of one series of one plan; empty when there is none."""
        return self._series.get((plan, name), {})

    @cached_property
    def _limits(self) -> dict[tuple[str, str], Array]:
        frame = self.comparison.bottlenecks
        hours = int(frame["hour"].max()) + 1 if len(frame) else 0
        found: dict[tuple[str, str], Array] = {}
        for (plan, resource), part in frame.groupby(["plan", "resource"], sort=False, observed=True):
            shares = np.zeros(hours)
            shares[part["hour"].to_numpy(int)] = part["share"].to_numpy(float)
            found[str(plan), str(resource)] = shares
        return found

    def limit(self, plan: str, resource: str) -> Array:
        """Share of replications, by hour, in which a resource was the plan's bottleneck."""
        return self._limits.get((plan, resource), np.zeros(0))

    @cached_property
    def limiting(self) -> list[str]:
        """Resources that were anybody's bottleneck, in the order of the flow."""
        from sim.indicators import RESOURCES

        return [
            name for name in RESOURCES if name != "none" and any(self.limit(plan, name).any() for plan in self.plans)
        ]

    def _mostly(self, plan: str, resource: str) -> Array:
        """Whether a resource limited at least half of the replications, by hour; never before the measured window."""
        mostly = self.limit(plan, resource) >= 0.5
        mostly[: int(self.scenario.measure_from_min // 60)] = False
        return mostly

    def limiting_hours(self, plan: str) -> dict[str, int]:
        """Hours in which a resource limited at least half of the replications, for those that ever did."""
        hours = {name: int(np.count_nonzero(self._mostly(plan, name))) for name in self.limiting}
        return {name: count for name, count in hours.items() if count}

    def first_limit(self, plan: str) -> tuple[str, int] | None:
        """Resource that was the first to limit at least half of the replications, and the hour in which it began."""
        begins = [(int(np.argmax(self._mostly(plan, name))), name) for name in self.limiting_hours(plan)]
        return (min(begins)[1], min(begins)[0]) if begins else None

    def worst_limit(self, plan: str) -> tuple[str, float] | None:
        """Resource that limited in the largest share of replications in any one measured hour, and that share."""
        start = int(self.scenario.measure_from_min // 60)
        shares = [(float(self.limit(plan, name)[start:].max(initial=0.0)), name) for name in self.limiting]
        share, name = max(shares, default=(0.0, ""))
        return (name, share) if share > 0 else None

    def split(self, plan: str) -> dict[str, float]:
        """Minutes per shipped order by part of its way."""
        frame = self.comparison.time_split
        part = frame[frame["plan"] == plan]
        return dict(zip(part["part"].astype(str), part["mean"].astype(float), strict=True))

    def cost(self, plan: str) -> dict[str, float]:
        """Mean cost by line."""
        frame = self.comparison.costs
        part = frame[frame["plan"] == plan]
        return dict(zip(part["line"].astype(str), part["mean"].astype(float), strict=True))
