"""A scenario and its plans with other figures, by the dotted paths of the command line.

``{"demand.campaign.uplift": 4, "plan.overtime.measures.floor.hours": 2}`` sets two figures; the models judge the result
as if it had been written so from the start. Thousands of design points are made this way in the time that one takes
through Hydra. A mapping is merged into the mapping that is there, anything else takes its place.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import InputError, Problem, nearest
from sim.scenario.fields import TAG, locate, names_of, tag_of
from sim.scenario.fit import misfits
from sim.scenario.plan import Plan
from sim.scenario.problems import problems_of, shorten
from sim.scenario.scenario import Scenario

Values = Mapping[str, Any]
HEADING = "the configuration can't be used"
PLAN = "plan."
M = TypeVar("M", bound=BaseModel)


class Variations:
    """Makes variants of one scenario and its plans.

    Parameters
    ----------
    scenario, plans
        The base; plans by name.
    """

    def __init__(self, scenario: Scenario, plans: Mapping[str, Plan]) -> None:
        self.scenario = scenario
        self.plans = dict(plans)
        self._world = _written(scenario)
        self._plans = {name: _written(plan) for name, plan in plans.items()}

    def world(self, values: Values) -> Scenario:
        """The scenario with the figures of `values` that are its own.

        Raises
        ------
        InputError
            With every problem of the result.
        """
        own = {path: value for path, value in values.items() if not path.startswith(PLAN)}
        return _varied(self.scenario, self._world, own, "")

    def plan(self, name: str, values: Values) -> Plan:
        """A plan with the figures of `values` that are its own: those below ``plan.NAME``.

        Raises
        ------
        InputError
            With every problem of the result.
        """
        return _varied(self.plans[name], self._plans[name], self.levels(name, values), f"{PLAN}{name}")

    def levels(self, name: str, values: Values) -> dict[str, Any]:
        """Figures of a plan by their path inside it."""
        lead = f"{PLAN}{name}."
        return {path.removeprefix(lead): value for path, value in values.items() if path.startswith(lead)}

    def check(self, points: Iterable[Values]) -> None:
        """See that every point can be.

        Raises
        ------
        InputError
            With every problem of every point, each told once.
        """
        problems: dict[Problem, None] = {}
        for values in points:
            problems.update(dict.fromkeys(self._problems(values)))
        if problems:
            raise InputError(problems, heading=HEADING)

    def _problems(self, values: Values) -> list[Problem]:
        problems = [problem for path in values if (problem := self._no_plan(path)) is not None]
        world: Scenario | None = None
        try:
            world = self.world(values)
        except InputError as error:
            problems += error.problems
        for name in self.plans:
            try:
                plan = self.plan(name, values)
            except InputError as error:
                problems += error.problems
            else:
                problems += misfits(world, plan) if world is not None else []
        return problems

    def _no_plan(self, path: str) -> Problem | None:
        if not path.startswith(PLAN):
            return None
        name, dot, _ = path.removeprefix(PLAN).partition(".")
        chosen = ", ".join(self.plans)
        if name not in self.plans:
            return Problem(
                path, "", f"no plan '{name}' is among those chosen{nearest(name, self.plans)}; chosen: {chosen}"
            )
        return None if dot else Problem(path, "", "name a figure of the plan: plan.NAME.measures.LABEL.FIGURE")


def _written(model: BaseModel) -> dict[str, Any]:
    """What was given when a model was made, in plain containers; with its kind, which Python needs not to be given."""
    written = model.model_dump(by_alias=True, exclude_unset=True)
    _add_kinds(model, written)
    return written


def _add_kinds(value: Any, written: Any) -> None:
    if isinstance(value, BaseModel):
        tag = tag_of(type(value))
        if tag is not None:
            written[TAG] = tag
        for name in value.model_fields_set:
            _add_kinds(getattr(value, name), written[type(value).model_fields[name].alias or name])
    elif isinstance(value, Mapping):
        for key, each in value.items():
            _add_kinds(each, written[key])
    elif isinstance(value, (list, tuple)):
        for number, each in enumerate(value):
            _add_kinds(each, written[number])


def _varied(base: M, written: Mapping[str, Any], values: Values, prefix: str) -> M:
    if not values:
        return base
    data: Any = dict(written)
    problems = []
    for path, value in values.items():
        steps = path.split(".")
        wrong = _no_entry(type(base), data, steps)
        if wrong:
            problems.append(Problem(f"{prefix}.{path}" if prefix else path, shorten(value), wrong))
        else:
            data = _set(data, steps, value)
    if not problems:
        try:
            return type(base).model_validate(data)
        except ValidationError as error:
            whole = prefix or type(base).__name__.lower()
            problems = [
                Problem(".".join(part for part in (prefix, each.place) if part), each.given, each.remedy)
                for each in problems_of(error, type(base), data, whole="" if prefix else whole)
            ]
    raise InputError(problems, heading=HEADING)


def _no_entry(model: type[BaseModel], data: Any, steps: Sequence[str]) -> str:
    """Why a path leads nowhere, if it goes through an entry of a list or of named things that is not there."""
    for number, step in enumerate(steps):
        if isinstance(data, list):
            if not step.isdigit() or int(step) >= len(data):
                return f"'{step}' is no entry of the list there, which are numbered from 0 to {len(data) - 1}"
            data = data[int(step)]
        elif isinstance(data, Mapping) and step in data:
            data = data[step]
        else:
            named = number < len(steps) - 1 and locate(model, steps[: number + 1]).field is None
            known = locate(model, steps[:number]).keys_inside if number else names_of(model)
            there = list(data) if isinstance(data, Mapping) else []
            if named and step not in known:
                listed = f"; there are: {', '.join(map(str, there))}" if there else ""
                return f"there is no '{step}'{nearest(step, there) or listed}"
            return ""
    return ""


def _set(data: Any, steps: Sequence[str], value: Any) -> Any:
    """Containers with a value put in at a path; what lies beside the path is shared, not copied."""
    if not steps:
        return _merged(data, value)
    step, *rest = steps
    if isinstance(data, list):
        return [_set(each, rest, value) if number == int(step) else each for number, each in enumerate(data)]
    below = data if isinstance(data, Mapping) else {}
    return {**below, step: _set(below.get(step), rest, value)}


def _merged(old: Any, new: Any) -> Any:
    if not (isinstance(old, Mapping) and isinstance(new, Mapping)):
        return new
    return {**old, **{key: _merged(old.get(key), value) for key, value in new.items()}}
