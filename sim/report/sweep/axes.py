"""The figures that a sweep varies, as axes: their values in order, and how they are written.

Points that all set the same figures span a space. It is full where (nearly) every combination is there, as in a grid,
and is then drawn as lines or maps; else it is scattered, as in a Latin hypercube, and drawn point by point.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Literal

from pydantic import BaseModel

from sim.report.formats import Formats
from sim.report.tables import shown, unit_at, value_at
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.variation import PLAN, Values

Shape = Literal["single", "line", "map", "scatter", "table"]
MOST_VALUES = 60  # of an axis of a map: cells of more can't be told apart
FULL = 0.5  # of the combinations that are there: less is no grid with gaps


@dataclass(frozen=True, slots=True)
class Axis:
    """A figure that varies.

    Parameters
    ----------
    path
        Dotted path.
    label
        As much of the path as tells it from the others.
    unit
        As readers are told it; empty where there is none, or where values are written with it.
    values
        Distinct values, numbers in rising order, others as they came.
    texts
        As they are written.
    places
        By point: number of its value.
    numeric
        Whether values are numbers.
    base
        The value of the scenario or plan as it stands, as text.
    at_base
        Number of that value among those tried; None if it is not.
    title
        Label with its unit.
    """

    path: str
    label: str
    unit: str
    values: Sequence[Any]
    texts: Sequence[str]
    places: Sequence[int]
    numeric: bool
    base: str
    at_base: int | None
    title: str

    def text(self, point: int) -> str:
        """Value of a point as text."""
        return self.texts[self.places[point]]

    def number(self, point: int) -> float:
        """Value of a point to draw it at: the number itself, or its place among the others."""
        place = self.places[point]
        return float(self.values[place]) if self.numeric else float(place)


class Space:
    """The figures of all points of a sweep.

    Parameters
    ----------
    points
        Figures by path.
    scenario, plans
        The base.
    formats
        Writers of values.
    """

    def __init__(
        self, points: Sequence[Values], scenario: Scenario, plans: Mapping[str, Plan], formats: Formats
    ) -> None:
        self.points = [dict(_flat(point)) for point in points]
        self.scenario, self.plans, self.formats = scenario, plans, formats
        self.paths = list(dict.fromkeys(path for point in self.points for path in point))

    @cached_property
    def labels(self) -> dict[str, str]:
        """Path -> a name that is short and no other path's."""
        return {path: self._label(path) for path in self.paths}

    @cached_property
    def common(self) -> bool:
        """Whether all points set the same figures."""
        return all(point.keys() == self.points[0].keys() for point in self.points)

    @cached_property
    def axes(self) -> list[Axis]:
        """Figures that all points set, and that differ between them."""
        found = [self._axis(path) for path in self.paths] if self.common else []
        return [axis for axis in found if len(axis.values) > 1]

    @cached_property
    def fixed(self) -> list[tuple[str, str]]:
        """Figures that all points set to one value: label and text."""
        found = [self._axis(path) for path in self.paths] if self.common else []
        return [(axis.title, axis.texts[0]) for axis in found if len(axis.values) == 1]

    @cached_property
    def shape(self) -> Shape:
        """How the points lie."""
        if len(self.points) == 1:
            return "single"
        if not self.common or not self.axes:
            return "table"
        if len(self.axes) == 1:
            return "line"
        sizes = [len(axis.values) for axis in self.axes]
        full = len(self.points) >= FULL * prod(sizes)
        return "map" if full and max(sizes) <= MOST_VALUES else "scatter"

    def text(self, point: int, path: str) -> str:
        """A figure of a point as text; a dash where the point leaves it as it is."""
        values = self.points[point]
        if path not in values:
            return self.formats.say("number.none")
        return self._written(path, values[path])

    def where(self, point: int) -> str:
        """All figures of a point in words."""
        paths = [path for path in self.points[point] if not self.common or path in {axis.path for axis in self.axes}]
        each = [
            self.formats.say("sweep.figure_is", figure=self.labels[path], value=self.text(point, path))
            for path in paths or self.points[point]
        ]
        return self.formats.say("list.comma").join(each)

    def unit(self, path: str) -> str:
        """Unit of a figure in words; nothing where values are written with it."""
        model, inner = self._inside(path)
        unit = unit_at(model, inner)
        if not unit or unit in {"share", "HH:MM"}:
            return ""
        return self.formats.say(f"figure_unit.{unit}", currency=self.formats.currency)

    def base(self, path: str) -> str:
        """The figure as it stands in the scenario or the plan."""
        model, inner = self._inside(path)
        return value_at(model, inner, self.formats)

    def title(self, path: str) -> str:
        """Label with its unit."""
        unit = self.unit(path)
        label = self.labels[path]
        return self.formats.say("list.in_brackets", text=label, added=unit) if unit else label

    def _written(self, path: str, value: Any) -> str:
        model, inner = self._inside(path)
        unit = unit_at(model, inner)
        return shown(value, unit if unit in {"share", "HH:MM"} else "", self.formats)

    def _inside(self, path: str) -> tuple[BaseModel, str]:
        """The model that a path leads into, and the path inside it."""
        if path.startswith(PLAN):
            name, _, inner = path.removeprefix(PLAN).partition(".")
            if name in self.plans:
                return self.plans[name], inner
        return self.scenario, path

    def _axis(self, path: str) -> Axis:
        given = [point[path] for point in self.points]
        keys = [_key(value) for value in given]
        distinct = dict(zip(keys, given, strict=True))
        numeric = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in given)
        order = sorted(distinct, key=lambda key: distinct[key]) if numeric else list(distinct)
        place = {key: number for number, key in enumerate(order)}
        texts = [self._written(path, distinct[key]) for key in order]
        base = self.base(path)
        unit = self.unit(path)
        plain = {f"{text}\u00a0{unit}" if unit else text: number for number, text in enumerate(texts)}
        return Axis(
            path,
            self.labels[path],
            unit,
            [distinct[key] for key in order],
            texts,
            [place[key] for key in keys],
            numeric,
            base,
            plain.get(base),
            self.title(path),
        )

    def _label(self, path: str) -> str:
        """The last two steps of a path, more where another path ends likewise; plans are named."""
        steps = path.split(".")
        count = min(2, len(steps))
        while count < len(steps) and any(
            other != path and other.split(".")[-count:] == steps[-count:] for other in self.paths
        ):
            count += 1
        label = ".".join(steps[-count:])
        if path.startswith(PLAN) and count < len(steps):
            plan = steps[1]
            return self.formats.say("sweep.figure_of_plan", figure=label, plan=plan)
        return label


def _key(value: Any) -> str:
    """What tells values apart: 1 and 1.0 are one."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return repr(float(value))
    return json.dumps(value, sort_keys=True, default=str)


def _flat(values: Mapping[str, Any], lead: str = "") -> Iterator[tuple[str, Any]]:
    """Figures by dotted path, whether they were written so or as keys below keys."""
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{lead}{key}.")
        else:
            yield f"{lead}{key}", value
