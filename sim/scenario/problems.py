"""What pydantic found wrong, told to a planner: config path, value given, what is allowed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sim.errors import InconsistentError, Problem, nearest
from sim.scenario.fields import TAG, Spot, locate, tag_of

LONGEST = 60  # characters of a value that are shown
DEEPEST = 2  # levels of a value that are shown


def problems_of(
    error: ValidationError,
    model: type[BaseModel],
    given: object,
    *,
    whole: str = "",
    also: Sequence[str] = (),
) -> list[Problem]:
    """All problems of a validation, one per place and reason.

    Parameters
    ----------
    error
        As raised by pydantic.
    model
        Model that was validated against.
    given
        Data that were validated, plain containers.
    whole
        What to call the place of a problem of the model as a whole.
    also
        Names allowed beside the model's own at its top level, for the nearest valid name.
    """
    found: dict[tuple[str, str, str], Problem] = {}
    for detail in error.errors(include_url=False):
        spot = _spot(detail, model, given)
        path = spot.path or whole
        for inner in _several(detail):
            place = ".".join(part for part in (spot.path, inner.place) if part) or whole
            found.setdefault((place, inner.given, inner.remedy), Problem(place, inner.given, inner.remedy))
        for remedy in _remedies(detail, spot, also):
            # members of a union each complain about the same value: once is enough
            found.setdefault(
                (path, _given(detail), remedy if not spot.path else ""), Problem(path, _given(detail), remedy)
            )
    return list(found.values())


def _spot(detail: ErrorDetails, model: type[BaseModel], given: object) -> Spot:
    steps = [step for step in detail["loc"] if step != "[key]"]
    if detail["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        steps.append(TAG)
    return locate(model, steps, given)


def shorten(value: object) -> str:
    """A value as YAML would write it on one line; where it gets long, what is inside is left out, then the rest."""
    text = flow(value)
    if len(text) > LONGEST and isinstance(value, (Mapping, list, tuple)):
        text = flow(value, DEEPEST)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def flow(value: object, depth: int = 0) -> str:
    """A value as YAML would write it on one line."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, float):
        return f"{value:g}" if math.isfinite(value) and float(f"{value:g}") == value else repr(value)
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, Mapping):
        if depth > DEEPEST:
            return "{...}"
        return "{" + ", ".join(f"{key}: {flow(item, depth + 1)}" for key, item in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[...]" if depth > DEEPEST else "[" + ", ".join(flow(item, depth + 1) for item in value) + "]"
    return str(value)


def _quoted(text: str) -> str:
    """Text in quotes where it would not read as text otherwise."""
    plain = text.strip() == text and text.isprintable() and text and not _is_number(text)
    return text if plain and text not in {"true", "false", "null"} else json.dumps(text, ensure_ascii=False)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _given(detail: ErrorDetails) -> str:
    if detail["type"] in {"missing", "union_tag_not_found"} or not detail["loc"]:
        return ""
    if detail["type"] == "union_tag_invalid":
        return shorten(detail["ctx"]["tag"])
    return shorten(detail["input"])


def _several(detail: ErrorDetails) -> tuple[Problem, ...]:
    """Problems that a model found in itself and named with their places."""
    error = detail.get("ctx", {}).get("error")
    return error.problems if isinstance(error, InconsistentError) else ()


def _remedies(detail: ErrorDetails, spot: Spot, also: Sequence[str]) -> list[str]:
    if _several(detail):
        return []
    if detail["type"] == "extra_forbidden":
        top = len(detail["loc"]) == 1
        return [_unknown_key(str(detail["loc"][-1]), [*spot.keys_beside, *(also if top else ())])]
    if detail["type"] == "value_error":
        text = str(detail["ctx"]["error"])
        return [text] if spot.path else text.split("; ")  # a model as a whole lists all it finds
    say = _REMEDIES.get(detail["type"])
    if say is not None:
        return [say(detail, spot)]
    message = detail["msg"]
    return [message[:1].lower() + message[1:]]


def _unknown_key(key: str, valid: Sequence[str]) -> str:
    hint = nearest(key, valid)
    return f"unknown key{hint}" if hint else f"unknown key; there are: {', '.join(valid)}"


def _in_unit(spot: Spot) -> str:
    return f" ({spot.unit})" if spot.unit not in {"", "1"} else ""


def _missing(detail: ErrorDetails, spot: Spot) -> str:
    about = f": {spot.about}" if spot.about else ""
    return f"must be given{_in_unit(spot)}{about}"


def _number(kind: str) -> Callable[[ErrorDetails, Spot], str]:
    def say(detail: ErrorDetails, spot: Spot) -> str:
        given = detail["input"]
        hint = ""
        if isinstance(given, bool):
            hint = ", not true or false"
        elif isinstance(given, str) and _is_number(given):
            hint = ": write it without quotes"
        elif isinstance(given, str):
            hint = ", not text"
        return f"a {kind} is needed{_in_unit(spot)}{hint}"

    return say


def _bound(words: str, key: str) -> Callable[[ErrorDetails, Spot], str]:
    return lambda detail, spot: f"must be {words} {shorten(detail['ctx'][key])}{_in_unit(spot)}"


def _one_of(detail: ErrorDetails, spot: Spot) -> str:
    allowed = detail["ctx"].get("expected_tags") or detail["ctx"]["expected"]
    names = [name.strip(" '") for name in allowed.replace(" or ", ",").split(",")]
    given = detail["ctx"].get("tag", detail["input"])
    return f"must be one of {', '.join(names)}{nearest(given, names) if isinstance(given, str) else ''}"


def _no_tag(detail: ErrorDetails, spot: Spot) -> str:
    return f"must be given: one of {', '.join(_tags(spot.parent))}"


def _tags(models: Sequence[type[BaseModel]]) -> list[str]:
    return [tag for model in models if (tag := tag_of(model)) is not None]


def _mapping(detail: ErrorDetails, spot: Spot) -> str:
    if len(spot.models) > 1:
        return f"needs keys with values, first of all {TAG}: one of {', '.join(_tags(spot.models))}"
    keys = spot.keys_inside
    return f"needs keys with values: {', '.join(keys)}" if keys else "needs names with values below them"


def _pattern(detail: ErrorDetails, spot: Spot) -> str:
    about = f" ({spot.about})" if spot.about else ""
    return f"must match {detail['ctx']['pattern']}{about}"


def _length(words: str, key: str) -> Callable[[ErrorDetails, Spot], str]:
    def say(detail: ErrorDetails, spot: Spot) -> str:
        count = detail["ctx"][key]
        return f"needs {words} {count} {'entry' if count == 1 else 'entries'}"

    return say


_REMEDIES: Final[dict[str, Callable[[ErrorDetails, Spot], str]]] = {
    "missing": _missing,
    "float_type": _number("number"),
    "int_type": _number("whole number"),
    "int_from_float": _number("whole number"),
    "finite_number": lambda detail, spot: f"must be finite{_in_unit(spot)}",
    "greater_than": _bound("above", "gt"),
    "greater_than_equal": _bound("at least", "ge"),
    "less_than": _bound("below", "lt"),
    "less_than_equal": _bound("at most", "le"),
    "bool_type": lambda detail, spot: "must be true or false",
    "string_type": lambda detail, spot: "text is needed: put it in quotes",
    "literal_error": _one_of,
    "union_tag_invalid": _one_of,
    "union_tag_not_found": _no_tag,
    "dict_type": _mapping,
    "model_type": _mapping,
    "model_attributes_type": _mapping,
    "list_type": lambda detail, spot: "needs a list: [..., ...]",
    "too_short": _length("at least", "min_length"),
    "too_long": _length("at most", "max_length"),
    "string_pattern_mismatch": _pattern,
}
