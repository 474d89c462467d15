"""A sweep made quick to look up: how each plan does at each point, the plan to choose, where nothing holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property

from sim.experiment.choice import FILL, NET, SERVICE, Standing, chosen, standings
from sim.experiment.questions.results import Results
from sim.report.formats import Formats
from sim.report.sweep.axes import Axis, Space

SHOWN = (SERVICE, NET)
WITHOUT_PROMISE = ("mean_wait_picking_min", "utilisation_picking", NET)  # nothing falls due: how the stations cope
DEMAND = "demand."


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a figure may go.

    Attributes
    ----------
    axis
        Which figure.
    safe
        Number of the largest value up to which some plan holds at every point; None if there is none.
    best
        Number of the largest value at which some plan holds at any point.
    at
        The point there whose plan meets the target most often.
    """

    axis: Axis
    safe: int | None
    best: int
    at: int


class SweepReading:
    """Look-ups over the results of a sweep.

    Parameters
    ----------
    results
        Of :func:`sim.experiment.questions.sweep.sweep`; its store must still be there.
    formats
        Writers of values.
    kpis
        To be shown beside those that matter most.
    """

    def __init__(self, results: Results, formats: Formats, kpis: Sequence[str] | None = None) -> None:
        self.results = results
        self.formats = formats
        self.plans = list(results.plans)
        self.baseline = results.baseline
        self.points = range(len(results.points))
        asked = tuple(dict.fromkeys(kpis or ()))
        wanted = tuple(dict.fromkeys([*SHOWN, *WITHOUT_PROMISE, *asked]))
        self.standings = [{each.plan: each for each in standings(results, point, wanted)} for point in self.points]
        self.chosen = [chosen(list(each.values())) for each in self.standings]
        asked_of_stock = any(FILL in each.kpis for point in self.standings for each in point.values())
        usual = (*SHOWN, *((FILL,) if asked_of_stock else ())) if self.due else WITHOUT_PROMISE
        self.kpis = tuple(kpi for kpi in dict.fromkeys([*usual, *asked]) if self.known(kpi) or kpi in asked)
        self.space = Space(results.points, results.scenario, results.plans, formats)

    def for_charts(self) -> SweepReading:
        """The same, written with what charts are written with."""
        if self.formats.charts is self.formats:
            return self
        other = copy(self)
        other.formats = self.formats.charts
        other.space = Space(self.results.points, self.results.scenario, self.results.plans, other.formats)
        return other

    @cached_property
    def due(self) -> bool:
        """Whether anything falls due anywhere: else there is no target to meet."""
        return any(plan is not None for plan in self.chosen)

    def known(self, kpi: str) -> bool:
        """Whether a KPI was measured anywhere."""
        return any(each.kpis[kpi].own.known for point in self.standings for each in point.values())

    def heading(self, plan: str) -> str:
        """Name of a plan for readers."""
        return self.formats.heading(self.results.plans[plan])

    def standing(self, point: int, plan: str) -> Standing:
        """How a plan does at a point."""
        return self.standings[point][plan]

    @cached_property
    def winners(self) -> list[str | None]:
        """By point: the plan to choose if it holds."""
        return [
            plan if plan is not None and self.standing(point, plan).holds else None
            for point, plan in enumerate(self.chosen)
        ]

    @cached_property
    def wins(self) -> Counter[str]:
        """Plan -> points at which it is the one to choose."""
        return Counter(plan for plan in self.winners if plan is not None)

    @cached_property
    def held(self) -> int:
        """Points at which some plan holds."""
        return sum(plan is not None for plan in self.winners)

    def holds_at(self, plan: str) -> int:
        """Points at which a plan holds."""
        return sum(each[plan].holds for each in self.standings)

    @cached_property
    def closest(self) -> tuple[int, str] | None:
        """Where a plan comes closest to the target, over all points."""
        there = [(self.standing(point, plan), point) for point, plan in enumerate(self.chosen) if plan is not None]
        if not there:
            return None
        best, point = max(there, key=lambda each: (each[0].reach.mean, each[0].margin))
        return point, best.plan

    @cached_property
    def fewest(self) -> int:
        """Replications of the point that has the fewest."""
        return min(self.results.replications)

    @cached_property
    def most(self) -> int:
        """Replications of the point that has the most."""
        return max(self.results.replications)

    @cached_property
    def reach(self) -> Reach | None:
        """How far the campaign may go: the first numeric figure of the demand along which something holds."""
        axes = [axis for axis in self.space.axes if axis.numeric and axis.path.startswith(DEMAND)]
        axes.sort(key=lambda axis: not axis.path.startswith(f"{DEMAND}campaign."))
        if not axes or not self.held:
            return None
        axis = axes[0]
        failing = [axis.places[point] for point in self.points if self.winners[point] is None]
        first_failing = min(failing, default=len(axis.values))
        best = max(axis.places[point] for point in self.points if self.winners[point] is not None)
        there = [point for point in self.points if axis.places[point] == best and self.winners[point] is not None]
        at = max(there, key=lambda point: self.standing(point, str(self.winners[point])).reach.mean)
        return Reach(axis, first_failing - 1 if first_failing else None, best, at)
