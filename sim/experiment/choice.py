"""Which plan to choose: of those that meet the service target surely enough, the one that earns most.

A plan holds where it meets the target in at least the share of replications that `targets.probability` asks for. Where
none holds, the one that meets it most often comes closest; among equals the one that ships more orders on time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, nan

import numpy as np
from numpy.typing import NDArray

from sim.experiment.questions.results import Results
from sim.experiment.scorecard import kpi_interval
from sim.statistics.intervals import exact_share, paired

Floats = NDArray[np.float64]
SERVICE, NET = "service_level_ship", "net_contribution"


@dataclass(frozen=True, slots=True)
class Span:
    """A figure with its 95 % interval; NaN where there is none."""

    mean: float = nan
    low: float = nan
    high: float = nan

    @property
    def known(self) -> bool:
        """Whether there is a figure at all."""
        return isfinite(self.mean)


@dataclass(frozen=True, slots=True)
class Measured:
    """A KPI of a plan at a point.

    Attributes
    ----------
    own
        Mean over replications, t interval.
    gap
        Plan minus baseline, paired, t interval; NaN for the baseline itself.
    n
        Replications in which it could be measured.
    """

    own: Span
    gap: Span
    n: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a plan does at a point.

    Attributes
    ----------
    plan
        Its name.
    kpis
        By name; always with the service level and the net contribution.
    met, of
        Replications in which the service target was met, and in which anything fell due.
    reach
        Share of them with its exact interval (Clopper and Pearson 1934).
    holds
        Whether that share is the probability asked for.
    runs
        Replications that did not fail.
    """

    plan: str
    kpis: Mapping[str, Measured]
    met: int
    of: int
    reach: Span
    holds: bool
    runs: int

    @property
    def service(self) -> Span:
        """Service level."""
        return self.kpis[SERVICE].own

    @property
    def net(self) -> Span:
        """Net contribution."""
        return self.kpis[NET].own


def merit(share: float, net: float, level: float, *, holds: bool) -> tuple[bool, float, float]:
    """What plans are ranked by, the best the largest.

    Parameters
    ----------
    share
        Of the replications in which the target was met.
    net
        Mean net contribution, site currency.
    level
        Mean service level.
    holds
        Whether `share` is enough.
    """
    return (True, net, 0.0) if holds else (False, share, level)


def chosen(standings: Sequence[Standing]) -> str | None:
    """The plan to choose among those of a point, or the one that comes closest; None where nothing falls due."""
    judged = [each for each in standings if each.of]
    if not judged:
        return None
    return max(judged, key=lambda each: merit(each.reach.mean, each.net.mean, each.service.mean, holds=each.holds)).plan


def standings(results: Results, point: int, kpis: Sequence[str]) -> list[Standing]:
    """How every plan does at a point.

    Parameters
    ----------
    kpis
        Besides the service level and the net contribution.
    """
    wanted = {name: results.store.names.index(name) for name in dict.fromkeys([SERVICE, NET, *kpis])}
    base = results.kpis(point, results.baseline)
    targets = results.targets(point)
    found = []
    for plan in results.plans:
        own = base if plan == results.baseline else results.kpis(point, plan)
        level = own[:, wanted[SERVICE]]
        due = level[~np.isnan(level)]
        met = int(np.count_nonzero(due >= targets.service_level_ship))
        reach = Span(*exact_share(met, len(due)))
        measured = {
            name: _measured(name, own[:, column], None if plan == results.baseline else base[:, column])
            for name, column in wanted.items()
        }
        runs = int(np.count_nonzero(~np.isnan(own).all(axis=1)))
        holds = bool(len(due)) and reach.mean >= targets.probability
        found.append(Standing(plan, measured, met, len(due), reach, holds, runs))
    return found


def _measured(kpi: str, own: Floats, base: Floats | None) -> Measured:
    mean, low, high, n = kpi_interval(kpi, own)
    if base is None:
        return Measured(Span(mean, low, high), Span(), n)
    gap = paired(own, base)
    return Measured(Span(mean, low, high), Span(gap.mean, gap.low, gap.high), n)
