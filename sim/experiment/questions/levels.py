"""Levels to be tuned: which figures may move, and the values that each may take.

Every range becomes a list of values: whole numbers stay whole, other ranges are cut into steps. A hundredth of a range
is finer than any roster or contract is, values read well, and a point that was tried before is known as such.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import floor, isfinite, prod
from typing import Any

from sim.errors import InputError, Problem, nearest
from sim.scenario.plan import Plan
from sim.scenario.problems import shorten
from sim.scenario.scenario import Scenario
from sim.scenario.variation import PLAN, Values, Variations

HEADING = "the levels can't be tuned"
STEPS = 100  # of a range of decimals
MOST_VALUES = 10_000
OURS = ("site", "desk", "carriers", "promise")  # what a shop decides, beside its plans
_KEYS = {"low", "high", "step", "values"}


@dataclass(frozen=True, slots=True)
class Axis:
    """A figure to be tuned.

    Parameters
    ----------
    path
        Of the figure.
    values
        It may take, in order.
    ordered
        Whether they are numbers of a range, so that neighbours are alike.
    """

    path: str
    values: tuple[Any, ...]
    ordered: bool

    def nearest(self, value: Any) -> int | None:
        """Place of the value nearest to a given one; None if it lies outside."""
        if not self.ordered:
            return self.values.index(value) if value in self.values else None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return None
        if not self.values[0] <= value <= self.values[-1]:
            return None
        return min(range(len(self.values)), key=lambda place: abs(self.values[place] - value))


Place = tuple[int, ...]
"""A point by the place of its value on each axis."""


@dataclass(frozen=True)
class Space:
    """All points that may be tried."""

    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """How many points there are."""
        return prod(len(axis.values) for axis in self.axes)

    def values(self, place: Place) -> dict[str, Any]:
        """Figures of a point, by path."""
        return {axis.path: axis.values[number] for axis, number in zip(self.axes, place, strict=True)}

    def places(self) -> Iterator[Place]:
        """All points in order; the last axis runs fastest."""
        return product(*(range(len(axis.values)) for axis in self.axes))

    def start(self, written: Mapping[str, Any]) -> Place | None:
        """The point nearest to figures as they stand; None if one of them lies outside."""
        places = [axis.nearest(written.get(axis.path)) for axis in self.axes]
        known = tuple(place for place in places if place is not None)
        return known if len(known) == len(places) else None


def space_of(levels: Any) -> Space:
    """The space that levels span.

    Parameters
    ----------
    levels
        Path -> ``[low, high]``, ``{low, high, step}``, ``{values: [...]}``, or a list of more than two values or of
        texts and truths, one of which is taken.

    Raises
    ------
    InputError
        With every level that is none.
    """
    if not isinstance(levels, Mapping) or not levels:
        remedy = "give figures and their ranges: 'levels={plan.overtime.measures.floor.hours:[1,3]}'"
        raise InputError([Problem("levels", shorten(levels) if levels else "", remedy)], HEADING)
    axes, problems = [], []
    for path, given in _flat(levels):
        try:
            axes.append(_axis(path, given))
        except ValueError as error:
            problems.append(Problem(f"levels.{path}", shorten(given), str(error)))
    if problems:
        raise InputError(problems, HEADING)
    return Space(tuple(axes))


def _flat(levels: Mapping[Any, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    """Levels by dotted path, whether they were written so or as keys below keys."""
    for key, given in levels.items():
        if isinstance(given, Mapping) and given and not _KEYS & set(given):
            yield from _flat(given, f"{lead}{key}.")
        else:
            yield f"{lead}{key}", given


def _axis(path: str, given: Any) -> Axis:
    if isinstance(given, Mapping):
        return _spelled_out(path, given)
    if not isinstance(given, Sequence) or isinstance(given, str):
        raise ValueError("needs a range [low,high], {low:1,high:3,step:0.5}, or a list of values to choose from")
    if len(given) == 2 and all(map(_is_number, given)):
        return Axis(path, _range(given[0], given[1], None), True)
    return _choice(path, given)


def _spelled_out(path: str, given: Mapping[str, Any]) -> Axis:
    unknown = [str(key) for key in given if key not in _KEYS]
    if unknown:
        raise ValueError(
            f"has no '{unknown[0]}'{nearest(unknown[0], sorted(_KEYS))}; there are low, high, step, values"
        )
    if "values" in given:
        if len(given) > 1 or not isinstance(given["values"], Sequence) or isinstance(given["values"], str):
            raise ValueError("values is a list, with no range beside it")
        return _choice(path, given["values"])
    ends = [given.get(key) for key in ("low", "high")]
    step = given.get("step")
    if not all(map(_is_number, ends)) or not (step is None or _is_number(step)):
        raise ValueError("low, high and step must be numbers")
    return Axis(path, _range(ends[0], ends[1], step), True)


def _range(low: Any, high: Any, step: Any) -> tuple[Any, ...]:
    if low == high:
        raise ValueError("is empty: both ends are the same")
    if low > high:
        raise ValueError(f"low lies above high: write [{high},{low}]")
    whole = all(isinstance(each, int) for each in (low, high, 1 if step is None else step))
    if step is None:
        step = 1 if whole else (high - low) / STEPS
    if not step > 0 or step > high - low:
        raise ValueError(f"step must be above 0 and at most {high - low:g}")
    count = floor((high - low) / step + 1e-9) + 1
    if count > MOST_VALUES:
        raise ValueError(f"has {count:,} values, and at most {MOST_VALUES:,} can be told apart: give a wider step")
    if whole:
        return tuple(range(low, high + 1, step))
    return tuple(float(f"{low + number * step:.10g}") for number in range(count))


def _choice(path: str, given: Sequence[Any]) -> Axis:
    if len(given) < 2:
        raise ValueError("is empty: name at least two values, or a range [low,high]")
    if any(each in given[:number] for number, each in enumerate(given)):
        raise ValueError("names a value twice")
    if len(given) > MOST_VALUES:
        raise ValueError(f"has more than {MOST_VALUES:,} values")
    ordered = all(map(_is_number, given)) and list(given) == sorted(given)
    return Axis(path, tuple(given), ordered)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and isfinite(value)


def tuned_plan(space: Space, plans: Sequence[str], baseline: str) -> str:
    """Name of the plan that is tuned: the one that levels name, or the one beside the baseline.

    Raises
    ------
    InputError
        If levels are of no plan chosen, of several, of the baseline, or of what nobody decides.
    """
    problems = []
    named: dict[str, str] = {}
    for axis in space.axes:
        root, _, rest = axis.path.partition(".")
        name = rest.partition(".")[0]
        if root == PLAN.rstrip(".") and name:
            named.setdefault(name, axis.path)
        elif root not in OURS:
            remedy = (
                f"is not ours to decide{nearest(root, (*OURS, 'plan'))}: levels are figures of a plan "
                f"(plan.NAME.measures.LABEL.FIGURE) or of {', '.join(OURS)}; to see what another {root} does: "
                "surgesim sweep"
            )
            problems.append(Problem(f"levels.{axis.path}", "", remedy))
    for name, path in named.items():
        if name not in plans:
            listed = f"chosen: {', '.join(plans)}"
            remedy = f"no plan '{name}' is among those chosen{nearest(name, plans)}; {listed}"
            problems.append(Problem(f"levels.{path}", "", remedy))
        elif name == baseline and len(plans) > 1:
            remedy = "is of the baseline, which stays as it is: choose another baseline, or another plan to tune"
            problems.append(Problem(f"levels.{path}", "", remedy))
    others = [name for name in plans if name != baseline]
    if len(named) > 1:
        problems.append(Problem("levels", ", ".join(named), "tune one plan at a time"))
    elif not named and len(others) > 1:
        listed = ", ".join(plans)
        problems.append(
            Problem("plans", f"[{listed}]", f"say which plan is used with the levels: plans=[{baseline},NAME]")
        )
    if problems:
        raise InputError(problems, HEADING)
    if named:
        return next(iter(named))
    return others[0] if others else baseline


def check_space(space: Space, scenario: Scenario, plans: Mapping[str, Plan]) -> None:
    """See that both ends of the space can be, and every value that is chosen by name.

    Raises
    ------
    InputError
        With every problem. Points between may still contradict themselves; those are told when they are met.
    """
    ends: list[Values] = [{axis.path: axis.values[place] for axis in space.axes} for place in (0, -1)]
    named: list[Values] = [
        {**ends[0], axis.path: value} for axis in space.axes if not axis.ordered for value in axis.values[1:]
    ]
    Variations(scenario, plans).check([*ends, *named])


def written(scenario: Scenario, plan: Plan, space: Space) -> dict[str, Any]:
    """Figures of the space as they stand in the scenario and the plan; None where there is none."""
    found = {}
    for axis in space.axes:
        inner = axis.path.startswith(PLAN)
        steps = axis.path.split(".")[2:] if inner else axis.path.split(".")
        found[axis.path] = _at(plan if inner else scenario, steps)
    return found


def _at(value: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        if isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(value, (list, tuple)) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            value = getattr(value, step, None)
    return value
