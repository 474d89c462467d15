"""Replications in rounds, until the KPIs that decide are known closely enough.

A round is as large as the rule expects to need; what a round ran beyond the stopping point does not count, for any
plan, so the result does not depend on how large rounds are or on who computes them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.definitions import KPIS
from sim.experiment.enough import Enough, Figure, judged, looked_at, settled_at, still_needed
from sim.experiment.runner import Outcome

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ask = Callable[[range], Iterable[Outcome]]
COLUMNS = ("plan", "kpi", "unit", "paired", "mean", "half_width", "wanted", "replications", "measured", "reached")


@dataclass(frozen=True, slots=True)
class Settled:
    """How many replications it took, and whether they were enough.

    Attributes
    ----------
    enough
        What was asked for.
    replications
        Those that count: the first so many, of every plan.
    looked_at
        Replications that had a part in the decision: those that count, and the look-ahead.
    figures
        What was judged, at `replications`.
    ran
        Replications that were run; those beyond `looked_at` because a round was larger than needed.
    """

    enough: Enough
    replications: int
    looked_at: int
    figures: tuple[Figure, ...]
    ran: int = field(compare=False)

    @property
    def reached(self) -> bool:
        """Whether every figure is as narrow as was asked for."""
        return all(each.stop.reached for each in self.figures)

    def table(self) -> pd.DataFrame:
        """What was judged and how closely it is known.

        Returns
        -------
        plan, kpi, unit, paired (whether it is the difference against the baseline), mean, half_width (95 % t interval,
        NaN with fewer than two values), wanted, replications (those that count), measured (those with a value), reached
        """
        import pandas as pd

        rows = [
            (
                *(each.plan, each.kpi, KPIS[each.kpi].unit, each.paired),
                *(each.stop.mean, each.stop.half_width, each.stop.target),
                *(self.replications, each.stop.measured, each.stop.reached),
            )
            for each in self.figures
        ]
        return pd.DataFrame(rows, columns=list(COLUMNS))


def until_enough(
    first: Iterable[Outcome], more: Ask, plans: Sequence[str], baseline: str, enough: Enough
) -> tuple[list[Outcome], Settled]:
    """Ask for replications until enough is known.

    Parameters
    ----------
    first
        Outcomes that are there already: the replications from 0 on, of all plans.
    more
        Runs the replications of a range under all plans.
    plans, baseline
        Names of the plans; which of them the others are held against.
    enough
        When to stop.

    Returns
    -------
    All outcomes that were run, and how many replications of them count.
    """
    outcomes = list(first)
    ran = len({each.replication for each in outcomes})
    wanted = first_round(enough)
    while True:
        if wanted > ran:
            outcomes += more(range(ran, wanted))
            ran = wanted
        figures = judged(_by_plan(outcomes, plans, enough.columns), enough.columns, baseline, enough)
        wanted = still_needed(figures)
        if not wanted:
            return outcomes, Settled(enough, settled_at(figures), looked_at(figures), tuple(figures), ran)


def first_round(enough: Enough) -> int:
    """Replications without which nothing can be decided."""
    precision = enough.precision
    return min(precision.at_most, precision.at_least + int(precision.ahead(precision.at_least)))


def _by_plan(outcomes: Iterable[Outcome], plans: Sequence[str], kpis: Sequence[str]) -> Mapping[str, Floats]:
    """Values in the order of the replications, by plan; shape (replications, KPIs)."""
    ordered = sorted(outcomes, key=lambda each: each.replication)
    return {
        plan: np.array([[each.kpis[kpi] for kpi in kpis] for each in ordered if each.plan == plan]) for plan in plans
    }
