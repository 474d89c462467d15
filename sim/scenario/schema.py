"""JSON schemas of scenario and plan files, so that editors complete and check the YAML.

They are made from the models and then loosened for what files may hold beyond them: ``defaults`` that extend
other files, figures left to a base file or to the command line, and ``${...}`` in place of a value.

``python -m sim.scenario.schema`` writes them to ``conf/schema/``.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, get_args

from sim.scenario.library import CONF, Kind
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from sim.scenario.types import Model, ShapeName

FOLDER: Final = CONF / "schema"
_MODELS: Final[dict[Kind, type[Model]]] = {"scenario": Scenario, "plan": Plan}
_ELSEWHERE: Final = {
    "type": "string",
    "pattern": r"^(\$\{.+\}|\?\?\?)$",
    "description": "${...}: taken from elsewhere in the configuration; ???: must be given on the command line",
}
_REF: Final = {"$ref": "#/$defs/Elsewhere"}
_SHAPE: Final = {"$ref": "#/$defs/Shape"}
_NAMES: Final = {"type": "array", "items": {"type": "string"}}
_BESIDE: Final[dict[Kind, dict[str, Any]]] = {
    "scenario": {
        "defaults": {**_NAMES, "description": "scenarios to start from, later ones win; _self_ stands for this file"},
        "plans": {**_NAMES, "description": "plans to compare where the command line names none"},
    },
    "plan": {"defaults": {**_NAMES, "description": "plans to start from, later ones win; _self_ stands for this file"}},
}


def file_schema(kind: Kind) -> dict[str, Any]:
    """JSON schema of the files of one kind."""
    schema = _MODELS[kind].model_json_schema(by_alias=True, mode="validation")
    definitions = schema.setdefault("$defs", {})
    for definition in [*definitions.values(), schema]:
        _loosen(definition)
    definitions["Elsewhere"] = _ELSEWHERE
    schema["properties"] |= _BESIDE[kind]
    schema["title"] = f"surgesim {kind}"
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def _loosen(definition: dict[str, Any]) -> None:
    """Let a model's keys be missing, and its values be given elsewhere."""
    definition.pop("required", None)
    definition.pop("title", None)
    for name, schema in definition.get("properties", {}).items():
        definition["properties"][name] = _or_elsewhere(schema, tag=name == "kind" and "const" in schema)


def _or_elsewhere(schema: dict[str, Any], *, tag: bool) -> dict[str, Any]:
    rest = {key: value for key, value in schema.items() if key != "title"}
    if tag:  # what tells measures apart stands in the file
        return rest
    told: dict[str, Any] = {key: rest.pop(key) for key in ("description", "default", "unit") if key in rest}
    choices = [_entries_too(choice) for choice in (rest["anyOf"] if set(rest) == {"anyOf"} else [rest])]
    if _SHAPE in choices:  # a bare name is enough where no figure is needed
        choices = [*choices, {"enum": list(get_args(ShapeName))}]
    return {**told, "anyOf": [*choices, _REF]}


def _entries_too(schema: dict[str, Any]) -> dict[str, Any]:
    """Let the entries of a mapping be given elsewhere, like values that stand alone."""
    entries = schema.get("additionalProperties")
    return (
        {**schema, "additionalProperties": _or_elsewhere(entries, tag=False)} if isinstance(entries, dict) else schema
    )


def text(kind: Kind) -> str:
    """A schema as it is written to its file."""
    return json.dumps(file_schema(kind), indent=2, ensure_ascii=False, sort_keys=False) + "\n"


def path(kind: Kind) -> Path:
    """Where a schema is kept."""
    return FOLDER / f"{kind}.schema.json"


def write() -> None:
    """Write all schemas."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for kind in _MODELS:
        path(kind).write_text(text(kind), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
