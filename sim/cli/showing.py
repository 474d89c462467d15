"""``surgesim show``: every figure with its unit and its source."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.cli.arguments import Arguments
from sim.cli.settings import ShowSettings
from sim.cli.tables import table
from sim.definitions import KPIS
from sim.errors import InputError, Problem
from sim.scenario.building import HEADING, Case, Composed, build
from sim.scenario.fields import locate
from sim.scenario.overrides import key_of
from sim.scenario.plan import Plan
from sim.scenario.problems import flow
from sim.scenario.provenance import origins, source_of, sources
from sim.scenario.scenario import Scenario

HEADER = ("figure", "value", "unit", "source")
WIDEST_VALUE = 36  # characters; hourly profiles go over several lines
Row = tuple[str, str, str, str]
_CARDS = "targets.teams."  # team -> KPI -> target
_TOLD_ABOVE = {"name", "title", "story", "about", "sources", "follows"}


def show(composed: Composed, arguments: Arguments) -> None:
    """Print what was asked for: the scenario, the plans, or both.

    Raises
    ------
    InputError
        If something is wrong with it, or plans were asked for and none was named. That figures are still to be
        given is not wrong here: they are shown so.
    """
    chosen = {key_of(override) for override in arguments.overrides}
    plans = bool(chosen & {"plan", "plans"})
    scenario = "scenario" in chosen or not plans
    try:
        case = build(composed, ShowSettings)
    except InputError as error:
        if {problem.place for problem in error.problems} != composed.missing:
            raise
        _show_unfinished(composed)
        return
    if plans and not case.plans:
        raise InputError([Problem("plans", "[]", "choose at least one; see: surgesim list")], heading=HEADING)
    if scenario:
        _show_model(case.scenario, case.scenario.story, "scenario", case)
    for plan in case.plans.values() if plans else ():
        _show_model(
            plan, plan.about, "plan", case, currency=case.scenario.economics.currency if scenario else "currency"
        )


def _show_model(
    model: Scenario | Plan, story: str, kind: str, case: Case[ShowSettings], currency: str = "currency"
) -> None:
    everything = _figures(model)
    given = everything if case.settings.all else _figures(model, exclude_unset=True)
    prefix = f"plan.{model.name}." if kind == "plan" else ""
    currency = model.economics.currency if isinstance(model, Scenario) else currency
    rows = [(f"{prefix}{path}", value, unit, source) for path, value, unit, source in _rows(model, given, currency)]
    _print(f"{model.heading} ({kind}={model.name})", story, rows)
    left_out = len(list(_leaves(everything))) - len(rows)
    if left_out:
        print(f"\n{left_out} more stand at their defaults; all=true shows them too.")
    print()


def _show_unfinished(composed: Composed) -> None:
    """A scenario of which figures are still to be given, as its files say it."""
    given = {key: value for key, value in composed.data.items() if key in Scenario.model_fields}
    told = sources(origins(composed.library, "scenario", composed.scenario), composed.given)
    figures = [(path, "???") for path in sorted(composed.missing)]
    figures += [(path, flow(value)) for path, value in _leaves(given) if path not in _TOLD_ABOVE]
    rows = [(path, value, _unit(Scenario, path, given), source_of(told, path)) for path, value in figures]
    title = given.get("title") or composed.scenario
    _print(f"{title} (scenario={composed.scenario})", str(given.get("story", "")), rows)
    print(f"\nStill to be given: {', '.join(sorted(composed.missing))}\n")


def _print(heading: str, story: str, rows: list[Row]) -> None:
    print(heading)
    print(" ".join(story.split()))
    print()
    print(table(list(_grouped(rows)) if sys.stdout.isatty() else rows, header=HEADER, limits={1: WIDEST_VALUE}))


def _figures(model: Scenario | Plan, *, exclude_unset: bool = False) -> dict[str, Any]:
    """What the model holds, as it would be written in YAML, names and texts apart."""
    return model.model_dump(mode="json", by_alias=True, exclude=_TOLD_ABOVE, exclude_unset=exclude_unset)


def _rows(model: Scenario | Plan, given: Mapping[str, Any], currency: str) -> Iterator[Row]:
    for path, value in _leaves(given):
        unit = _unit(type(model), path, given).replace("currency", currency)
        source = source_of(model.sources, path) or ("" if _was_given(model, path) else "default")
        yield path, flow(value), unit, source


def _unit(model: type[Scenario | Plan], path: str, given: Mapping[str, Any]) -> str:
    """Unit of a figure; a team's target has that of its KPI."""
    keys = path.split(".")
    if path.startswith(_CARDS) and len(keys) > 3 and keys[3] in KPIS:
        return KPIS[keys[3]].unit
    return locate(model, keys, given).unit


def _grouped(rows: Sequence[Row]) -> Iterator[Row]:
    """Rows under headings, so that they fit on a terminal; a heading and a name make the path."""
    before = None
    for path, *cells in rows:
        keys = path.split(".")
        depth = min(len(keys) - 1, 3 if path.startswith(_CARDS) else 2)
        heading = ".".join(keys[:depth])
        if heading and heading != before:
            yield heading, "", "", ""
        before = heading
        yield ("  " if heading else "") + ".".join(keys[depth:]), cells[0], cells[1], cells[2]


def _leaves(content: Mapping[str, Any] | Sequence[Any], path: str = "") -> Iterator[tuple[str, Any]]:
    """Figures by dotted path; a list of plain values is one figure."""
    pairs = (
        content.items()
        if isinstance(content, Mapping)
        else ((str(number), item) for number, item in enumerate(content))
    )
    for key, value in pairs:
        place = f"{path}.{key}" if path else key
        nested = isinstance(value, list) and any(isinstance(item, Mapping) for item in value)
        if nested or (isinstance(value, Mapping) and value):
            yield from _leaves(value, place)
        else:
            yield place, value


def _was_given(model: Scenario | Plan, path: str) -> bool:
    """Whether a file or an override gave the figure."""
    node: Any = model
    for key in path.split("."):
        if isinstance(node, Mapping):
            node = node.get(key)
        elif isinstance(node, (list, tuple)):
            node = node[int(key)]
        else:
            names = {field.alias or name: name for name, field in type(node).model_fields.items()}
            if names.get(key) not in node.model_fields_set:
                return False
            node = getattr(node, names[key])
        if node is None:
            return True
    return True
