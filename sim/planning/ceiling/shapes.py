"""The same sales in another time: over more hours, members first, pre-orders.

Every shape sells as much as the campaign that is planned; its size is told as the uplift of the planned one. What comes
before the opening must be counted too, or sales that are brought forward would simply be out of sight: all shapes of
one question are judged over the same measured window, the widest that any of them needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sim.errors import InputError, Problem, nearest
from sim.planning.ceiling.sizes import HEADING, UPLIFT, Measure, measure_of
from sim.scenario.scenario import Scenario
from sim.scenario.variation import Variations

AS_PLANNED = "as_planned"
SHAPES = (AS_PLANNED, "longer", "members_first", "pre_orders")


@dataclass(frozen=True, slots=True)
class Figures:
    """What each shape is like.

    Parameters
    ----------
    longer
        Length of the campaign / planned length, > 1.
    members_share, members_h
        Part of the campaign's orders that members place, and in how many hours before the opening.
    pre_order_share, pre_order_days
        Part that is ordered ahead, and over how many days before the opening.
    """

    longer: float = 2.0
    members_share: float = 0.3
    members_h: float = 24.0
    pre_order_share: float = 0.3
    pre_order_days: float = 5.0


@dataclass(frozen=True)
class Shape:
    """A shape of the campaign.

    Parameters
    ----------
    name
        One of :data:`SHAPES`.
    measure
        What a size comes to.
    figures
        What to set for it, whatever the size.
    factor, offset
        Uplift in this shape = factor x size + offset, size being the uplift of the planned one with as many orders.
    """

    name: str
    measure: Measure
    figures: Mapping[str, Any] = field(default_factory=dict)
    factor: float = 1.0
    offset: float = 0.0

    def values(self, own: float) -> dict[str, Any]:
        """What to set for a size in its own terms (uplift in this shape, or `resample`)."""
        return {**self.figures, self.measure.path: own}

    def own(self, size: float) -> float:
        """Size in its own terms of a size of the planned campaign."""
        return self.factor * size + self.offset

    def size(self, own: float) -> float:
        """The other way round."""
        return (own - self.offset) / self.factor


def shapes_of(scenario: Scenario, names: Sequence[str], figures: Figures) -> list[Shape]:
    """The shapes asked for.

    Raises
    ------
    InputError
        With every problem: a shape that is none, or that can't be in this scenario.
    """
    problems = list(_unknown(names))
    measure = measure_of(scenario)
    if scenario.demand.campaign is None and set(names) & set(SHAPES[1:]):
        remedy = "an order file brings the time of its orders: only as_planned can be asked for"
        problems.append(Problem("shapes", f"[{', '.join(names)}]", remedy))
    if problems:
        raise InputError(problems, HEADING)
    changes = {name: _changes(scenario, name, figures) for name in names}
    window = _window(scenario, names, figures)
    found = []
    for name in names:
        own = {**changes[name], **window}
        factor, offset = _uplifts(scenario, own, measure)
        found.append(Shape(name, measure, own, factor, offset))
    Variations(scenario, {}).check(each.figures for each in found)
    return found


def _unknown(names: Sequence[str]) -> list[Problem]:
    if not names:
        return [Problem("shapes", "[]", f"name at least one: {', '.join(SHAPES)}")]
    problems = [
        Problem("shapes", name, f"is no shape{nearest(name, SHAPES)}; there are: {', '.join(SHAPES)}")
        for name in names
        if name not in SHAPES
    ]
    if len(set(names)) < len(names):
        problems.append(Problem("shapes", f"[{', '.join(names)}]", "name each once"))
    return problems


def _changes(scenario: Scenario, name: str, figures: Figures) -> dict[str, Any]:
    campaign = scenario.demand.campaign
    if campaign is None or name == AS_PLANNED:
        return {}
    if name == "longer":
        start, end = (scenario.minute(each) / 60 for each in (campaign.start, campaign.end))
        return {"demand.campaign.end": start + figures.longer * (end - start)}
    if name == "members_first":
        ahead = {"share": figures.members_share, "hours": figures.members_h}
        return {"demand.campaign.members_first": ahead}
    return {"demand.campaign.pre_orders": {"share": figures.pre_order_share, "days": figures.pre_order_days}}


def _window(scenario: Scenario, names: Sequence[str], figures: Figures) -> dict[str, Any]:
    """The measured window that holds all orders of every shape; nothing to set where the planned one does."""
    campaign = scenario.demand.campaign
    if campaign is None:
        return {}
    opens, closes = scenario.minute(campaign.start), scenario.minute(campaign.end)
    ahead = [figures.members_h * 60 if "members_first" in names else 0.0]
    ahead.append(figures.pre_order_days * 1440 if "pre_orders" in names else 0.0)
    later = (figures.longer - 1) * (closes - opens) if "longer" in names else 0.0
    begin = min(scenario.measure_from_min, opens - max(ahead))
    if begin < 0:
        days = -begin / 1440
        earlier = scenario.first_day - timedelta(days=int(days) + 1)
        remedy = f"the run begins too late to hold what is sold ahead: start: {earlier} or earlier, or fewer days ahead"
        raise InputError([Problem("shapes", f"[{', '.join(names)}]", remedy)], HEADING)
    found: dict[str, Any] = {}
    if begin < scenario.measure_from_min:
        found["window.measure_from"] = begin / 60
    if later > 0:
        found["window.measure_to"] = (scenario.measure_to_min + later) / 60
    return found


def _uplifts(scenario: Scenario, figures: Mapping[str, Any], measure: Measure) -> tuple[float, float]:
    """Factor and offset of the uplift in a shape: the same orders beyond the ordinary ones as planned."""
    if measure.path != UPLIFT:
        return 1.0, 0.0
    own = measure_of(Variations(scenario, {}).world(figures))
    factor = measure.orders / own.orders
    return factor, 1.0 - factor  # (u - 1) x ordinary orders of the planned hours, in the hours that there are now
