"""From composed configuration to validated models, all problems of all of them told at once.

The composed configuration holds the scenario's keys at its top level, the plans below ``plan``, and the
settings of the command beside them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from sim.errors import InputError, Problem, nearest
from sim.scenario.fit import misfits
from sim.scenario.library import Kind, Library
from sim.scenario.plan import Plan
from sim.scenario.problems import problems_of
from sim.scenario.provenance import Origin, is_within, origins, sources
from sim.scenario.scenario import Scenario

HEADING = "the configuration can't be used"
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Composed:
    """One composed configuration.

    Parameters
    ----------
    data
        Plain containers, interpolations resolved.
    scenario
        Name chosen.
    missing
        Paths whose value is ``???``: to be given by the user.
    given
        Paths that overrides set or delete.
    overrides
        Overrides as the user wrote them.
    library
        Where names were looked up.
    follows
        Figures whose value was ``${another.figure}``: their path, and the other's.
    """

    data: Mapping[str, Any]
    scenario: str
    missing: frozenset[str]
    given: tuple[str, ...]
    overrides: tuple[str, ...]
    library: Library
    follows: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case(Generic[M]):
    """What a command works on.

    Parameters
    ----------
    scenario, plans, settings
        Validated; plans by name, in the order chosen.
    config
        The composed configuration they were made from, for the record.
    overrides
        Overrides as the user wrote them.
    """

    scenario: Scenario
    plans: dict[str, Plan]
    settings: M
    config: Mapping[str, Any]
    overrides: tuple[str, ...]


def build(composed: Composed, settings: type[M], *, together: bool = True) -> Case[M]:
    """Validate a composed configuration.

    Parameters
    ----------
    composed
        As composed by Hydra.
    settings
        Model of the command's own keys.
    together
        Whether the plans must fit the scenario; no for a plan that is read by itself.

    Raises
    ------
    InputError
        With every problem of the scenario, the plans and the settings.
    """
    own = set(settings.model_fields)
    of_command = {key: value for key, value in composed.data.items() if key in own}
    of_scenario = {key: value for key, value in composed.data.items() if key not in own and key != "plan"}
    if composed.follows:
        of_scenario["follows"] = {**composed.follows}

    problems = [Problem(path, "", "must be given (the file says ???)") for path in sorted(composed.missing)]
    made = _Part(composed, settings).validate(of_command, problems)
    world = _Part(composed, Scenario, ("scenario", composed.scenario))
    scenario = world.validate(of_scenario, problems, also=sorted(own | {"plan", "plans", "scenario"}))
    plans = _plans(composed, problems)
    if scenario is not None and together:
        problems += [problem for plan in plans.values() for problem in misfits(scenario, plan)]
    if problems:
        raise InputError(problems, heading=HEADING)
    assert made is not None
    assert scenario is not None
    return Case(scenario, plans, made, composed.data, composed.overrides)


def settings_of(composed: Composed, settings: type[M]) -> M:
    """Validate the configuration of a command that works on no scenario.

    Raises
    ------
    InputError
        With every problem.
    """
    problems = [Problem(path, "", "must be given") for path in sorted(composed.missing)]
    made = _Part(composed, settings).validate(composed.data, problems)
    if problems:
        raise InputError(problems, heading=HEADING)
    assert made is not None
    return made


def _plans(composed: Composed, problems: list[Problem]) -> dict[str, Plan]:
    plans: dict[str, Plan] = {}
    given = composed.data.get("plan") or {}
    # the library gives a name to every plan that it reads; one without was made up by an override
    chosen = [name for name, content in given.items() if not isinstance(content, Mapping) or "name" in content]
    for name, content in given.items():
        if name not in chosen:
            problems.append(_not_chosen(name, chosen, composed.library))
            continue
        plan = _Part(composed, Plan, ("plan", name), f"plan.{name}").validate(content, problems)
        if plan is not None:
            plans[name] = plan
    return plans


def _not_chosen(name: str, chosen: Sequence[str], library: Library) -> Problem:
    listed = ", ".join(chosen)
    if library.find("plan", name) is not None:
        return Problem(f"plan.{name}", "", f"is not among the plans chosen ({listed}): add it to plans=[...]")
    return Problem(f"plan.{name}", "", f"no such plan{nearest(name, library.names('plan'))}; chosen are: {listed}")


@dataclass(frozen=True)
class _Part(Generic[M]):
    """A part of the configuration: its model, the files it comes from, and where it begins."""

    composed: Composed
    model: type[M]
    chosen: tuple[Kind, str] | None = None
    prefix: str = ""

    @cached_property
    def origins(self) -> dict[str, Origin]:
        """Where the files give what."""
        return origins(self.composed.library, *self.chosen) if self.chosen is not None else {}

    @cached_property
    def given(self) -> list[str]:
        """What overrides give, as paths in this part."""
        return self._inside(self.composed.given)

    def _inside(self, paths: Iterable[str]) -> list[str]:
        lead = f"{self.prefix}." if self.prefix else ""
        return [path.removeprefix(lead) for path in paths if path.startswith(lead)]

    def validate(self, data: object, problems: list[Problem], also: Sequence[str] = ()) -> M | None:
        """The model, or None and the problems it has, added to those already found."""
        if isinstance(data, Mapping) and "sources" in self.model.model_fields:
            data = {**data, "sources": self._sources(data)}
        try:
            return self.model.model_validate(data)
        except ValidationError as error:
            whole = "" if self.prefix else self.model.__name__.lower()
            wrong = problems_of(error, self.model, data, whole=whole, also=also)
        missing = self._inside(self.composed.missing)
        if missing:  # what follows from a figure that is still to be given is no news
            wrong = [problem for problem in wrong if problem.place not in {whole, *missing}]
        problems.extend(self._told(problem) for problem in self._new_entries(wrong, data))
        return None

    def _sources(self, data: Mapping[str, Any]) -> Any:
        told = sources(self.origins, self.given)
        known = {path: text for path, text in told.items() if _item(data, path) is not _NOTHING}
        own = data.get("sources", {})
        return {**known, **own} if isinstance(own, Mapping) else own  # the model refuses what is no mapping

    def _new_entries(self, problems: Sequence[Problem], data: object) -> list[Problem]:
        """Put problems of an entry together that only a mistyped override brought into being."""
        kept: list[Problem] = []
        entries: dict[str, list[str]] = {}
        for problem in problems:
            entry, _, key = problem.place.rpartition(".")
            made_up = entry and entry not in self.origins and any(is_within(path, entry) for path in self.given)
            if made_up and not problem.given and _item(data, problem.place) is _NOTHING:
                entries.setdefault(entry, []).append(key)
            else:
                kept.append(problem)
        return kept + [self._new_entry(entry, lacking) for entry, lacking in entries.items()]

    def _new_entry(self, entry: str, lacking: Sequence[str]) -> Problem:
        parent, _, name = entry.rpartition(".")
        lead = f"{parent}." if parent else ""
        beside = [path.removeprefix(lead) for path in self.origins if path.rpartition(".")[0] == parent]
        hint = nearest(name, beside)
        there = f"; there are: {', '.join(beside)}" if beside and not hint else ""
        return Problem(entry, "", f"is new and lacks {', '.join(lacking)}{hint}{there}")

    def _told(self, problem: Problem) -> Problem:
        """With the file and line of a value, unless an override gave it; and the part it lies in."""
        origin = self.origins.get(problem.place)
        if origin is not None and not any(is_within(problem.place, path) for path in self.given):
            where = f" ({origin})"
        else:
            where = ""
        path = ".".join(part for part in (self.prefix, problem.place) if part)
        return Problem(f"{path}{where}", problem.given, problem.remedy)


_NOTHING = object()


def _item(data: object, path: str) -> object:
    """What data hold at a dotted path, or a mark that says nothing is there."""
    for key in path.split("."):
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, list) and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            return _NOTHING
    return data
