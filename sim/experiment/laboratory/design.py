"""Designs: which points of the space of figures a sweep looks at.

A grid takes every combination, a list the points as given, a Latin hypercube spreads few points evenly over ranges
(McKay, Beckman & Conover 1979; scipy.stats.qmc).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from typing import Any, Literal

from sim.errors import InputError, Problem
from sim.scenario.problems import shorten
from sim.scenario.variation import Values

Kind = Literal["grid", "list", "latin"]
MOST_POINTS = 100_000
HEADING = "the sweep can't be run"


def points_of(sweep: Any, *, kind: Kind | None = None, points: int | None = None, seed: int = 1) -> list[Values]:
    """Design points of a sweep.

    Parameters
    ----------
    sweep
        Grid: path -> values to try. List: one mapping of path -> value for each point. Latin hypercube: path ->
        ``[low, high]``; where both ends are whole numbers so are the points.
    kind
        Default: list where a list is given, Latin hypercube where a number of points is, else grid.
    points
        How many of a Latin hypercube.
    seed
        Of a Latin hypercube.

    Returns
    -------
    Points in order: of a grid the last path runs fastest.

    Raises
    ------
    InputError
        If there is no point, an axis is no list or empty, a range is none, or there are too many points.
    """
    if kind is None:
        kind = "list" if isinstance(sweep, Sequence) and not isinstance(sweep, str) else "latin" if points else "grid"
    if kind == "list":
        return _listed(sweep)
    sweep = dict(flat(sweep)) if isinstance(sweep, Mapping) else sweep
    if not isinstance(sweep, Mapping) or not sweep:
        raise _refused("sweep", sweep, "give figures and their values: 'sweep={demand.campaign.uplift:[2,3,4]}'")
    problems = [
        problem for path, values in sweep.items() if (problem := _axis_wrong(str(path), values, kind)) is not None
    ]
    if kind == "latin" and not points:
        problems.append(Problem("points", "", "say how many points a Latin hypercube has: points=50"))
    if kind == "grid" and points:
        problems.append(
            Problem("points", str(points), "a grid has as many points as its values make; see design=latin")
        )
    if problems:
        raise InputError(problems, HEADING)
    count = points if kind == "latin" and points else prod(len(values) for values in sweep.values())
    if count > MOST_POINTS:
        raise _refused("sweep", f"{count:,} points", f"a sweep has at most {MOST_POINTS:,}; see design=latin")
    if kind == "latin":
        return _latin(sweep, count, seed)
    return [dict(zip(map(str, sweep), values, strict=True)) for values in product(*sweep.values())]


def flat(sweep: Mapping[Any, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    """Axes by dotted path, whether they were written so or as keys below keys."""
    for key, values in sweep.items():
        if isinstance(values, Mapping) and values:
            yield from flat(values, f"{lead}{key}.")
        else:
            yield f"{lead}{key}", values


def _refused(place: str, given: Any, remedy: str) -> InputError:
    return InputError([Problem(place, given if isinstance(given, str) else shorten(given), remedy)], HEADING)


def _axis_wrong(path: str, values: Any, kind: Kind) -> Problem | None:
    place = f"sweep.{path}"
    if not isinstance(values, list) or not values:
        return Problem(place, shorten(values), "needs a list of at least one value: [2,3,4]")
    if kind == "latin":
        numbers = all(isinstance(each, (int, float)) and not isinstance(each, bool) for each in values)
        if not numbers or len(values) != 2 or not values[0] < values[1]:
            return Problem(place, shorten(values), "a Latin hypercube needs a range of numbers: [low,high]")
    elif any(each in values[:number] for number, each in enumerate(values)):
        return Problem(place, shorten(values), "names a value twice")
    return None


def _listed(sweep: Any) -> list[Values]:
    if not isinstance(sweep, Sequence) or isinstance(sweep, str) or not sweep:
        raise _refused("sweep", sweep, "a list of points is needed: [{demand.campaign.uplift:2},{...}]")
    wrong = [
        Problem(f"sweep.{number}", shorten(point), "a point is a mapping of figures to values")
        for number, point in enumerate(sweep)
        if not isinstance(point, Mapping)
    ]
    if len(sweep) > MOST_POINTS:
        wrong.append(Problem("sweep", f"{len(sweep):,} points", f"a sweep has at most {MOST_POINTS:,}"))
    points = [{str(path): value for path, value in point.items()} for point in sweep if isinstance(point, Mapping)]
    seen: set[str] = set()
    for number, point in enumerate(points):
        if repr(point) in seen:
            wrong.append(Problem(f"sweep.{number}", shorten(point), "is the same as a point before it"))
        seen.add(repr(point))
    if wrong:
        raise InputError(wrong, HEADING)
    return list(points)


def _latin(sweep: Mapping[str, Sequence[float]], points: int, seed: int) -> list[Values]:
    from scipy.stats import qmc

    spread = qmc.LatinHypercube(len(sweep), rng=seed).random(points)
    found = []
    for row in spread:
        place = {}
        for (path, (low, high)), share in zip(sweep.items(), row.tolist(), strict=True):
            whole = isinstance(low, int) and isinstance(high, int)
            place[str(path)] = min(low + int(share * (high - low + 1)), high) if whole else low + share * (high - low)
        found.append(place)
    return list(found)


def paths_of(points: Sequence[Values]) -> list[str]:
    """Paths that any of the points sets, in the order of their first appearance."""
    return list(dict.fromkeys(path for values in points for path in values))
