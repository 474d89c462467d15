"""Tables of the keys of scenarios and plans, from the models: key, value, default, unit, meaning."""

from __future__ import annotations

import re
import types
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from sim.scenario.alerts import METRICS
from sim.scenario.fields import tag_of
from sim.scenario.measures import Measure, Move, Tier, Trigger
from sim.scenario.people import Labour, ShiftHours
from sim.scenario.plan import Plan
from sim.scenario.problems import flow
from sim.scenario.scenario import Scenario
from sim.scenario.types import Clock, Day, Model, Moment, Shape

# What a scenario or plan file does not say itself, or what is documented elsewhere.
_NOT_WRITTEN = {"sources", "follows"}
_SAID_BETTER = {  # values by key, where the type alone would be a riddle
    "hour_shares": "24 numbers, hours 0 to 23",
    "weekday_factors": "7 numbers, Monday to Sunday",
    "measures": "measure by label",
    "metric": "[metric](measures.md#metrics)",
    "teams": "number or [bound](#bound) by [KPI](kpis.md), by team",
}
_LIMITS = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |\n" for line in lines)


def scenario_keys() -> str:
    """Every key of a scenario file, one section per group of keys; keys that several places share are told once."""
    places: dict[type[BaseModel], list[str]] = {}
    _walk(Scenario, "", places, ())
    parts = []
    for model, where in places.items():
        rows = _rows(model, _own_fields(model))
        if rows and model is not Shape:
            listed = "" if model is Scenario else f"Under {', '.join(f'`{place}`' for place in where)}.\n\n"
            parts.append(f"## {_heading(model)}\n\n{_first_line(model)}\n\n{listed}{table(_HEADS, rows)}")
    return "\n".join(parts)


def shape_keys() -> str:
    """Keys of a distribution."""
    return table(_HEADS, _rows(Shape, _own_fields(Shape)))


def regime_table() -> str:
    """Figures of the named labour regimes, one row for each figure."""
    names = [name for name in get_args(Labour.model_fields["regime"].annotation) if name != "own"]
    laws = [Labour(regime=name) for name in names]
    inputs = ("regime", "holidays", "month_used_h", "quarter_used_h")
    rows = [
        (f"`{key}`", *(_figure(getattr(law, key)) for law in laws)) for key in Labour.model_fields if key not in inputs
    ]
    return table(("figure", *(f"`{name}`" for name in names)), rows)


def _figure(value: Any) -> str:
    if isinstance(value, list):
        return ", then ".join(f"{step.hours:g} h x {step.multiplier:.4g}" for step in value)
    return "-" if value is None else f"{value:g}"


def plan_keys() -> str:
    """Keys of a plan file itself, of what all measures share, and of triggers."""
    parts = [
        f"### {heading}\n\n{table(_HEADS, _rows(model, _own_fields(model)))}"
        for heading, model in (("The plan", Plan), ("Every measure", Measure), ("Trigger", Trigger))
    ]
    return _linked("\n".join(parts))


def _linked(text: str) -> str:
    """Links to sections that stand on the page of scenario keys."""
    elsewhere = ("transit", "pickup", "break", "distributions")
    return re.sub(rf"\(#({'|'.join(elsewhere)})\)", r"(scenario-keys.md#\1)", text)


def kinds_of_measures() -> dict[str, type[BaseModel]]:
    """Models of measures by their kind."""
    return {str(tag_of(model)): model for model, _ in _models_below(Plan.model_fields["measures"].annotation)}


def metric_table() -> str:
    """What a trigger can watch."""
    return table(("metric", "meaning"), ((f"`{name}`", about) for name, about in METRICS.items()))


def keys_of(kind: str) -> str:
    """Keys of one kind of measure beside those that all measures share."""
    shared = set(Measure.model_fields) | {"kind"}
    model = kinds_of_measures()[kind]
    names = [name for name in model.model_fields if name not in shared]
    return _linked(table(_HEADS, _rows(model, names)))


def move_keys() -> str:
    """Keys of a move of trained workers."""
    return table(_HEADS, _rows(Move, _own_fields(Move)))


def hours_keys() -> str:
    """Keys of the working hours of added people."""
    return _linked(table(_HEADS, _rows(ShiftHours, _own_fields(ShiftHours))))


def tier_keys() -> str:
    """Keys of a tier of compensation."""
    return table(_HEADS, _rows(Tier, _own_fields(Tier)))


_HEADS = ("key", "value", "default", "unit", "meaning")


def _heading(model: type[BaseModel]) -> str:
    """A model's name as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", model.__name__).capitalize()


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().splitlines()[0]


def _walk(
    model: type[BaseModel], path: str, places: dict[type[BaseModel], list[str]], above: tuple[type[BaseModel], ...]
) -> None:
    """Note where a model and its bases stand, then what lies below it."""
    for base in reversed([each for each in model.__mro__ if _is_noun(each)]):
        places.setdefault(base, [])
        if path not in places[base]:
            places[base].append(path)
    for name, field in model.model_fields.items():
        key = field.alias or name
        for below, suffix in _models_below(field.annotation):
            if below not in above:
                _walk(below, f"{path}.{key}{suffix}".lstrip("."), places, (*above, model))


def _is_noun(each: type) -> bool:
    return issubclass(each, Model) and each is not Model


def _models_below(annotation: Any) -> Iterator[tuple[type[BaseModel], str]]:
    """Models in an annotation, with what a path needs to reach them."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _models_below(get_args(annotation)[0])
    elif origin in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _models_below(member)
    elif origin is dict:
        yield from ((model, f".NAME{rest}") for model, rest in _models_below(get_args(annotation)[1]))
    elif origin is list:
        yield from ((model, f"[]{rest}") for model, rest in _models_below(get_args(annotation)[0]))
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""


def _own_fields(model: type[BaseModel]) -> list[str]:
    """Fields that a model declares itself, bases left out."""
    inherited = {name for base in model.__mro__[1:] if _is_noun(base) for name in getattr(base, "model_fields", {})}
    return [name for name in model.model_fields if name not in inherited]


def _rows(model: type[BaseModel], names: Sequence[str]) -> list[tuple[str, str, str, str, str]]:
    rows = []
    for name in names:
        field = model.model_fields[name]
        if name in _NOT_WRITTEN:
            continue
        extra = field.json_schema_extra
        unit = str(extra.get("unit", "")) if isinstance(extra, dict) else ""
        kind = _SAID_BETTER.get(name) or _kind(field)
        about = field.description or ""
        rows.append((f"`{field.alias or name}`", kind, _default(field), "" if unit == "1" else unit, about))
    return rows


def _kind(field: FieldInfo) -> str:
    limits = _limits(field.metadata)
    kind = _in_words(field.annotation, [*field.metadata])
    return f"{kind}, {limits}" if limits and limits not in kind else kind


def _limits(metadata: Sequence[Any]) -> str:
    found = {}
    for item in metadata:
        for each in (item, *getattr(item, "metadata", ())):
            for name in _LIMITS:
                value = getattr(each, name, None)
                if value is not None:
                    found[name] = f"{value:g}"
    if found.keys() == {"ge", "le"}:
        return f"{found['ge']} to {found['le']}"
    return ", ".join(f"{words} {found[name]}" for name, words in _LIMITS.items() if name in found)


def _in_words(annotation: Any, metadata: Sequence[Any] = ()) -> str:
    """What a value is, as a planner would say it."""
    for known, words in ((Clock, "clock time"), (Moment, "moment"), (Day, "date")):
        inner = get_args(known)
        if annotation == known or (annotation == inner[0] and metadata and inner[1] in metadata):
            return words
    origin = get_origin(annotation)
    if origin is Annotated:
        inner, *more = get_args(annotation)
        limits = _limits(more)
        words = _in_words(inner, more)
        return f"{words}, {limits}" if limits and words in {"number", "whole number"} else words
    if origin in {Union, types.UnionType}:
        members = [member for member in get_args(annotation) if member is not type(None)]
        words = " or ".join(dict.fromkeys(_in_words(member) for member in members))
        return f"{words}, or `null`" if len(members) < len(get_args(annotation)) else words
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in get_args(annotation))
    if origin is list:
        return _list_in_words(get_args(annotation)[0])
    if origin is dict:
        return f"{_in_words(get_args(annotation)[1])} by name"
    return _plain(annotation)


def _list_in_words(member: Any) -> str:
    if get_origin(member) is Literal:
        names = get_args(member)
        return "list of weekdays" if names[0] == "mon" else f"list of {', '.join(f'`{name}`' for name in names)}"
    return f"list of {_plural(_in_words(member))}"


_WORDS: dict[Any, str] = {
    float: "number",
    int: "whole number",
    bool: "`true` or `false`",
    str: "text",
    date: "date",
    datetime: "date and time",
    Shape: "[distribution](#distributions)",
}


def _plain(annotation: Any) -> str:
    if annotation in _WORDS:
        return _WORDS[annotation]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        heading = _heading(annotation)
        return f"[{heading.lower()}](#{heading.lower().replace(' ', '-')})"
    return str(annotation)


def _plural(words: str) -> str:
    first, comma, rest = words.partition(",")
    if first.startswith("["):
        return words
    return f"{first}s{comma}{rest}"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "needed"
    if field.default_factory is not None:
        return ""
    value = field.default
    if isinstance(value, BaseModel):
        changed = value.model_dump(mode="json", by_alias=True, exclude_unset=True)
        return f"`{flow(changed)}`" if changed else ""
    if isinstance(value, list) and len(value) == 7 and value[0] == "mon":
        return "every day"
    if isinstance(value, list) and len(value) > 6:
        return "all alike"
    if value in ("", [], {}):
        return ""
    if isinstance(value, list) and value and isinstance(value[0], BaseModel):
        return "`" + flow([each.model_dump(mode="json", exclude_unset=True) for each in value]) + "`"
    return f"`{flow(value)}`"
