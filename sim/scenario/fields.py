"""Looking up what the models say about a dotted path: its field, its unit, the names allowed there."""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

TAG = "kind"  # the key that tells the members of a union of models apart


@dataclass(frozen=True)
class Spot:
    """What the models say about a place in the configuration.

    Parameters
    ----------
    path
        Dotted path as a user writes it.
    field
        The field there; None for entries of mappings and lists, and for unknown keys.
    models
        Models that a value there can be: one, or several that ``kind`` tells apart; none for plain values.
    parent
        Models in which the last key was looked up.
    """

    path: str
    field: FieldInfo | None
    models: tuple[type[BaseModel], ...]
    parent: tuple[type[BaseModel], ...]

    @property
    def unit(self) -> str:
        """Unit of the figure, empty where it has none."""
        extra = self.field.json_schema_extra if self.field is not None else None
        return str(extra.get("unit", "")) if isinstance(extra, dict) else ""

    @property
    def about(self) -> str:
        """What the models say it is."""
        return (self.field.description if self.field is not None else None) or ""

    @property
    def keys_beside(self) -> list[str]:
        """Names allowed where the last key was written."""
        return list(dict.fromkeys(name for model in self.parent for name in names_of(model)))

    @property
    def keys_inside(self) -> list[str]:
        """Names allowed below."""
        return list(dict.fromkeys(name for model in self.models for name in names_of(model)))


def names_of(model: type[BaseModel]) -> list[str]:
    """Names of a model's fields as they are written in YAML."""
    return [field.alias or name for name, field in model.model_fields.items()]


def locate(model: type[BaseModel], steps: Sequence[int | str], given: object = None) -> Spot:
    """Follow the steps of a pydantic location, or of a dotted path, through the models.

    Parameters
    ----------
    model
        Where the path begins.
    steps
        Keys and list indices. Steps that stand for a member of a union and not for a key are left out.
    given
        The data that was validated: its ``kind`` decides between members of a union.
    """
    written: list[str] = []
    annotation: Any = model
    field: FieldInfo | None = None
    parent: tuple[type[BaseModel], ...] = ()
    last = len(steps) - 1
    for number, step in enumerate(steps):
        models = _choose(_models(annotation), given)
        if _is_tag(step, _models(annotation), given):
            continue
        below = list(_below(annotation, models, step))
        if not below and not (number == last and models):
            continue  # names a member of a plain union
        parent = models
        annotation, field = below[0] if below else (None, None)
        given = _item(given, step)
        written.append(str(step))
    return Spot(".".join(written), field, _choose(_models(annotation), given), parent)


def _is_tag(step: int | str, models: Sequence[type[BaseModel]], given: object) -> bool:
    if len(models) < 2 or step not in [tag_of(model) for model in models]:
        return False
    return not (isinstance(given, Mapping) and step in given)


def tag_of(model: type[BaseModel]) -> str | None:
    """Value of ``kind`` that stands for a model, where it has one."""
    field = model.model_fields.get(TAG)
    values = get_args(field.annotation) if field is not None and get_origin(field.annotation) is Literal else ()
    return str(values[0]) if len(values) == 1 else None


def _choose(models: tuple[type[BaseModel], ...], given: object) -> tuple[type[BaseModel], ...]:
    """The member of a union that the data name, or all of them."""
    tag = given.get(TAG) if isinstance(given, Mapping) else None
    return tuple(model for model in models if tag_of(model) == tag) or models if len(models) > 1 else models


def _plain(annotation: Any) -> Iterator[Any]:
    """Members of an annotation, ``Annotated`` and unions taken apart."""
    if get_origin(annotation) is Annotated:
        yield from _plain(get_args(annotation)[0])
    elif get_origin(annotation) in {Union, types.UnionType}:
        for member in get_args(annotation):
            yield from _plain(member)
    else:
        yield annotation


def _models(annotation: Any) -> tuple[type[BaseModel], ...]:
    members = _plain(annotation)
    return tuple(member for member in members if isinstance(member, type) and issubclass(member, BaseModel))


def _below(
    annotation: Any, models: Sequence[type[BaseModel]], step: int | str
) -> Iterator[tuple[Any, FieldInfo | None]]:
    for model in models:
        for name, field in model.model_fields.items():
            if step in {name, field.alias}:
                yield field.annotation, field
    for member in _plain(annotation):
        if get_origin(member) is dict:
            yield get_args(member)[1], None
        elif get_origin(member) is list and str(step).isdigit():
            yield get_args(member)[0], None


def _item(given: object, step: int | str) -> object:
    if isinstance(given, Mapping):
        return given.get(step)
    if isinstance(given, list) and str(step).isdigit() and int(step) < len(given):
        return given[int(step)]
    return None
