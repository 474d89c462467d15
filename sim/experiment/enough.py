"""How many replications of a design point are enough: until the chosen KPIs are known closely enough for every plan.

Judged are the mean of each plan, and each plan's paired difference against the baseline: readers look at both. A
difference may be zero, and then no relative width can be reached; it is narrow enough where it is as narrow as the
baseline's own mean has to be. A net contribution may be near zero too, as what is left of two large sums; unless a
width is given for it, it is held against the baseline's total cost. Such widths are fixed after the first replications,
so that the stopping point depends on the replications before it and on nothing else.

All plans have the same number of replications, and all figures are narrow at that number: an interval that was narrow
after 12 replications and is wide again after 40, where the last of the others settles, has to become narrow anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS, no_kpi
from sim.errors import InputError, Problem
from sim.statistics.precision import Precision, Stop, stopping_point

Floats = NDArray[np.float64]
JUDGED = ("service_level_ship", "net_contribution")
HELD_AGAINST = {"net_contribution": "total_cost"}  # the KPI whose mean a relative half-width is a part of, if larger
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
        Half-width that is enough by KPI, in its unit; without one, that of `precision`, and 0.005 for shares. Beside a
        relative one it counts where it is the wider of the two: near zero.

    Raises
    ------
    InputError
        If a KPI is unknown or named twice, or a width is of no use; all problems together.
    """

    kpis: tuple[str, ...] = JUDGED
    precision: Precision = field(default_factory=Precision)
    absolute: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        problems = [*kpi_problems(self.kpis), *width_problems(self.kpis, self.absolute)]
        if problems:
            placed = [Problem(f"precision.{each.place}", each.given, each.remedy) for each in problems]
            raise InputError(placed, "the precision can't be used")

    @property
    def columns(self) -> tuple[str, ...]:
        """KPIs that have to be at hand: those that decide, and those that they are held against."""
        others = (self.held_against(kpi) for kpi in self.kpis)
        return tuple(dict.fromkeys([*self.kpis, *(each for each in others if each is not None)]))

    def held_against(self, kpi: str) -> str | None:
        """The KPI of which a relative half-width is a part, where it is not the KPI itself alone."""
        given = self._width(kpi) is not None or self.precision.relative is None
        return None if given else HELD_AGAINST.get(kpi)

    def of(self, kpi: str) -> Precision:
        """What is wanted of one KPI."""
        return replace(self.precision, absolute=self._width(kpi))

    def _width(self, kpi: str) -> float | None:
        common = self.precision.absolute
        usual = NARROW_SHARE if common is None and KPIS[kpi].unit == "share" else common
        return self.absolute.get(kpi, usual)


def kpi_problems(kpis: Sequence[str]) -> list[Problem]:
    """What is wrong with the names of the KPIs that decide."""
    problems = [
        Problem("kpis", name, "is named twice" if name in KPIS else no_kpi(name))
        for place, name in enumerate(kpis)
        if name not in KPIS or name in kpis[:place]
    ]
    return problems or ([] if kpis else [Problem("kpis", "[]", "name at least one KPI")])


def width_problems(kpis: Sequence[str], absolute: Mapping[str, float]) -> list[Problem]:
    """What is wrong with half-widths by KPI, of which `kpis` decide."""
    problems = []
    for name, width in absolute.items():
        place = f"absolute.{name}"
        if name not in KPIS:
            problems.append(Problem(place, "", no_kpi(name)))
        elif name not in kpis:
            remedy = f"is none of the KPIs that decide ({', '.join(kpis)}); add it to precision.kpis"
            problems.append(Problem(place, "", remedy))
        if not 0 < width < math.inf:
            problems.append(Problem(place, repr(width), "must be above 0"))
    return problems


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
        Names of the KPIs in the columns, :attr:`Enough.columns` among them.
    baseline
        Plan that the others are held against.

    Returns
    -------
    The mean of each plan and its difference against the baseline, for each KPI. Once all of them are decided, they are
    judged at one and the same number of replications, the first from which on all of them are narrow; a figure that
    none of the first replications could measure is given up and does not hold up the others.
    """
    series = list(_series(kpis, names, baseline, enough))
    figures = [each.at(0) for each in series]
    hopeless = [each.stop.decided and not each.stop.measured for each in figures]
    while not still_needed(figures):
        together = settled_at(figures)
        figures = [
            each.given_up_at(together) if lost else each.at(together)
            for each, lost in zip(series, hopeless, strict=True)
        ]
        if still_needed(figures) or settled_at(figures) == together:
            break
    return figures


@dataclass(frozen=True, slots=True)
class _Series:
    """Replications of a figure, and what is wanted of it."""

    plan: str
    kpi: str
    paired: bool
    values: Floats
    wanted: Precision

    def at(self, replications: int) -> Figure:
        """The figure where it may stop after so many replications or more."""
        measured = int(np.count_nonzero(~np.isnan(self.values[:replications])))
        wanted = replace(self.wanted, at_least=max(self.wanted.at_least, measured))
        return Figure(self.plan, self.kpi, self.paired, stopping_point(self.values, wanted))

    def given_up_at(self, replications: int) -> Figure:
        """The figure as it stands after so many replications, not reached whatever it is."""
        wanted = replace(self.wanted, at_least=replications, at_most=replications)
        return Figure(self.plan, self.kpi, self.paired, stopping_point(self.values[:replications], wanted))


def _series(kpis: Mapping[str, Floats], names: tuple[str, ...], baseline: str, enough: Enough) -> Iterator[_Series]:
    for kpi in enough.kpis:
        column, wanted, larger = names.index(kpi), enough.of(kpi), enough.held_against(kpi)
        base = kpis[baseline][:, column]
        if larger is not None:
            wanted = _no_narrower_than(_first_target(kpis[baseline][:, names.index(larger)], wanted), wanted)
        difference = _no_narrower_than(_first_target(base, wanted), wanted)
        for plan, values in kpis.items():
            own = values[:, column]
            yield _Series(plan, kpi, False, own, wanted)
            if plan != baseline:
                yield _Series(plan, kpi, True, own - base, difference)


def _first_target(values: Floats, wanted: Precision) -> float:
    """Half-width that would do for the mean of the first replications; 0 where none of them has a value."""
    first = values[: wanted.at_least]
    return 0.0 if np.isnan(first).all() else float(wanted.target(np.array([np.nanmean(first)]))[0])


def _no_narrower_than(width: float, wanted: Precision) -> Precision:
    return replace(wanted, absolute=max(width, wanted.absolute or 0.0)) if width > 0 else wanted


def settled_at(figures: Sequence[Figure]) -> int:
    """Replications that a decision over all figures rests on; those that could not be measured ask for none."""
    return max((each.stop.n for each in figures if each.stop.measured), default=max(each.stop.n for each in figures))


def looked_at(figures: Sequence[Figure]) -> int:
    """Replications that had a part in the decision, the look-ahead included."""
    return max(each.stop.needed for each in figures)


def still_needed(figures: Sequence[Figure]) -> int:
    """Replications in all until every figure is decided, as far as one can tell; 0 when all are."""
    return max((each.stop.needed for each in figures if not each.stop.decided), default=0)
