"""Which plan to choose: of those that meet the targets surely enough, the one that earns most.

The targets are that of service and, where the scenario has stock and asks for it, that of supply from stock, both in
the same surge: a shop that sells out ships what it sold on time.

A plan holds where it meets the target in at least the share of replications that `targets.probability` asks for. Where
none holds, the one that meets it most often comes closest; among equals the one whose means miss the targets by least,
and then the one that earns most.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite, isnan, nan

import numpy as np
from numpy.typing import NDArray

from sim.experiment.questions.results import Results
from sim.experiment.scorecard import kpi_interval
from sim.scenario.economics import Targets
from sim.statistics.intervals import exact_share, paired

Floats = NDArray[np.float64]
SERVICE, NET, FILL = "service_level_ship", "net_contribution", "fill_rate"


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
        By name; always with the service level and the net contribution, and with the supply from stock where the
        targets ask for it.
    met, of
        Replications in which the targets were met, and in which anything fell due.
    reach
        Share of them with its exact interval (Clopper and Pearson 1934).
    holds
        Whether that share is the probability asked for.
    runs
        Replications that did not fail.
    missed
        KPIs whose own target is met too seldom; see :func:`missed`.
    margin
        How far its means lie above the targets; see :func:`margin`.
    """

    plan: str
    kpis: Mapping[str, Measured]
    met: int
    of: int
    reach: Span
    holds: bool
    runs: int
    missed: tuple[str, ...]
    margin: float

    @property
    def service(self) -> Span:
        """Service level."""
        return self.kpis[SERVICE].own

    @property
    def net(self) -> Span:
        """Net contribution."""
        return self.kpis[NET].own


def asked_for(targets: Targets) -> tuple[str, ...]:
    """KPIs that the targets ask for."""
    return (SERVICE,) if targets.fill_rate is None else (SERVICE, FILL)


def reached(targets: Targets, service: Floats, fill_rate: Floats) -> Floats:
    """Whether the targets are met, 1 or 0, by replication; those in which nothing fell due are left out.

    Parameters
    ----------
    targets
        Of the scenario.
    service, fill_rate
        `service_level_ship` and `fill_rate` of each replication, shape (r,); NaN where nothing was measured.
    """
    met = service >= targets.service_level_ship
    if targets.fill_rate is not None:
        met &= np.isnan(fill_rate) | (fill_rate >= targets.fill_rate)
    return np.asarray(met[~np.isnan(service)], dtype=np.float64)


def missed(targets: Targets, service: Floats, fill_rate: Floats) -> tuple[str, ...]:
    """KPIs whose target, looked at alone, is met in fewer replications than `targets.probability` asks for.

    None where each is met often enough by itself, though both in the same surge may not be.

    Parameters
    ----------
    targets, service, fill_rate
        As for :func:`reached`.
    """
    levels = {SERVICE: (service, targets.service_level_ship), FILL: (fill_rate, targets.fill_rate)}
    found = []
    for kpi, (values, level) in levels.items():
        there = values[~np.isnan(service) & ~np.isnan(values)]
        if level is not None and len(there) and np.mean(there >= level) < targets.probability:
            found.append(kpi)
    return tuple(found)


def margin(targets: Targets, service: float, fill_rate: float) -> float:
    """How far a plan's mean service lies above its target; of two targets: minus what both means miss, zero at best.

    More shipped on time makes up for nothing where it is stock that is missed.

    Parameters
    ----------
    targets
        Of the scenario.
    service, fill_rate
        Mean `service_level_ship` and `fill_rate`; NaN where nothing was asked of stock.
    """
    over = service - targets.service_level_ship
    if targets.fill_rate is None or isnan(fill_rate):
        return over
    return min(over, 0.0) + min(fill_rate - targets.fill_rate, 0.0)


def merit(share: float, net: float, margin: float, *, holds: bool) -> tuple[bool, float, float, float]:
    """What plans are ranked by, the best the largest.

    Parameters
    ----------
    share
        Of the replications in which the target was met.
    net
        Mean net contribution, site currency.
    margin
        See :func:`margin`.
    holds
        Whether `share` is enough.
    """
    return (True, net, 0.0, 0.0) if holds else (False, share, margin, net)


def chosen(standings: Sequence[Standing]) -> str | None:
    """The plan to choose among those of a point, or the one that comes closest; None where nothing falls due."""
    judged = [each for each in standings if each.of]
    if not judged:
        return None
    return max(judged, key=lambda each: merit(each.reach.mean, each.net.mean, each.margin, holds=each.holds)).plan


def standings(results: Results, point: int, kpis: Sequence[str]) -> list[Standing]:
    """How every plan does at a point.

    Parameters
    ----------
    kpis
        Besides the service level, the net contribution and, where it is asked for, the supply from stock.
    """
    targets = results.targets(point)
    wanted = {name: results.store.names.index(name) for name in dict.fromkeys([*asked_for(targets), NET, *kpis])}
    base = results.kpis(point, results.baseline)
    found = []
    for plan in results.plans:
        own = base if plan == results.baseline else results.kpis(point, plan)
        levels = own[:, wanted[SERVICE]], own[:, results.store.names.index(FILL)]
        kept = reached(targets, *levels)
        met, due = int(kept.sum()), len(kept)
        reach = Span(*exact_share(met, due))
        measured = {
            name: _measured(name, own[:, column], None if plan == results.baseline else base[:, column])
            for name, column in wanted.items()
        }
        runs = int(np.count_nonzero(~np.isnan(own).all(axis=1)))
        holds = bool(due) and reach.mean >= targets.probability
        supplied = measured[FILL].own.mean if FILL in measured else nan
        over = margin(targets, measured[SERVICE].own.mean, supplied)
        found.append(Standing(plan, measured, met, due, reach, holds, runs, missed(targets, *levels), over))
    return found


def _measured(kpi: str, own: Floats, base: Floats | None) -> Measured:
    mean, low, high, n = kpi_interval(kpi, own)
    if base is None:
        return Measured(Span(mean, low, high), Span(), n)
    gap = paired(own, base)
    return Measured(Span(mean, low, high), Span(gap.mean, gap.low, gap.high), n)
