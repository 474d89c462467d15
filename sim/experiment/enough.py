"""How many replications of a design point are enough: until the chosen KPIs are known closely enough for every plan.

Judged are the mean of each plan, and each plan's paired difference against the baseline: readers look at both. A
difference may be zero, and then no relative width can be reached; it is narrow enough where it is as narrow as the
baseline's own mean has to be. That width is fixed after the first replications, so that the stopping point depends on
the replications before it and on nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.errors import InputError, Problem, nearest
from sim.statistics.precision import Precision, Stop, stopping_point

Floats = NDArray[np.float64]
JUDGED = ("service_level_ship", "net_contribution")
NARROW_SHARE = 0.005  # half a percentage point: shares are written with one decimal


@dataclass(frozen=True, slots=True)
class Enough:
    """When to stop.

    Attributes
    ----------
    kpis
        Those that have to be known.
    precision
        Relative half-width, first look and cap, common to all of them.
    absolute
        Half-width that is enough by KPI, in its unit, near zero or for good; shares have 0.005 unless told otherwise.

    Raises
    ------
    InputError
        If a KPI is unknown.
    """

    kpis: tuple[str, ...] = JUDGED
    precision: Precision = field(default_factory=Precision)
    absolute: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        named = [("precision.kpis", name) for name in self.kpis]
        named += [("precision.absolute", name) for name in self.absolute]
        problems = [
            Problem(place, name, f"is no KPI{nearest(name, KPIS)}; see docs/reference/kpis.md")
            for place, name in named
            if name not in KPIS
        ]
        problems += [
            Problem(f"precision.absolute.{name}", repr(width), "must be above 0")
            for name, width in self.absolute.items()
            if not width > 0
        ]
        if not self.kpis:
            problems.append(Problem("precision.kpis", "[]", "name at least one KPI"))
        if problems:
            raise InputError(problems, "the precision can't be used")

    def of(self, kpi: str) -> Precision:
        """What is wanted of one KPI."""
        width = self.absolute.get(kpi, NARROW_SHARE if KPIS[kpi].unit == "share" else None)
        return replace(self.precision, absolute=width)


@dataclass(frozen=True, slots=True)
class Figure:
    """One of the figures that are judged, and how far it is.

    Attributes
    ----------
    plan, kpi
        Which.
    paired
        Whether it is the difference against the baseline, and not the mean.
    stop
        Where it may stop.
    """

    plan: str
    kpi: str
    paired: bool
    stop: Stop


def judged(kpis: Mapping[str, Floats], names: tuple[str, ...], baseline: str, enough: Enough) -> list[Figure]:
    """Judge what is known so far.

    Parameters
    ----------
    kpis
        By plan, from the first replication on; shape (replications, KPIs).
    names
        Names of the KPIs in the columns.
    baseline
        Plan that the others are held against.

    Returns
    -------
    The mean of each plan and its difference against the baseline, for each KPI; what nobody could measure is left out.
    """
    return list(_figures(kpis, names, baseline, enough))


def _figures(kpis: Mapping[str, Floats], names: tuple[str, ...], baseline: str, enough: Enough) -> Iterator[Figure]:
    for kpi in enough.kpis:
        column, wanted = names.index(kpi), enough.of(kpi)
        base = kpis[baseline][:, column]
        first = base[: wanted.at_least]
        scale = float(np.nanmean(first)) if not np.isnan(first).all() else 0.0
        width = max(float(wanted.target(np.array([scale]))[0]), 0.0)
        for plan, values in kpis.items():
            own = values[:, column]
            yield Figure(plan, kpi, False, stopping_point(own, wanted))
            if plan != baseline:
                difference = replace(wanted, absolute=width) if width > 0 else wanted
                yield Figure(plan, kpi, True, stopping_point(own - base, difference))


def settled_at(figures: list[Figure]) -> int:
    """Replications that a decision over all figures rests on."""
    return max(each.stop.n for each in figures)


def still_needed(figures: list[Figure]) -> int:
    """Replications in all until every figure is decided, as far as one can tell; 0 when all are."""
    return max((each.stop.needed for each in figures if not each.stop.decided), default=0)
