"""The JSON schemas that editors use are up to date and let every shipped file pass."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sim.scenario import schema
from sim.scenario.library import KINDS, SHIPPED, Kind, read_yaml


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_are_up_to_date(kind: Kind) -> None:
    assert schema.path(kind).read_text(encoding="utf-8") == schema.text(kind), "run: python -m sim.scenario.schema"


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_files_pass_their_schema(kind: Kind) -> None:
    whole = schema.file_schema(kind)
    for path in sorted(SHIPPED[kind].glob("*.yaml")):
        assert faults(read_yaml(path), whole, whole) == [], path.name


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_files_name_their_schema(kind: Kind) -> None:
    for path in sorted(SHIPPED[kind].glob("*.yaml")):
        named = re.search(r"^# yaml-language-server: \$schema=(\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert named is not None, path.name
        assert (path.parent / named[1]).resolve() == schema.path(kind).resolve()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("scenario", {"demnd": {}}),
        ("scenario", {"scale": "big"}),
        ("scenario", {"site": {"picking": {"discipline": "lifo"}}}),
        ("scenario", {"defaults": "double11"}),
        ("scenario", {"targets": {"teams": {"desk": {"abandonment_shre": 0.05}}}}),
        ("scenario", {"targets": {"teams": {"desk": {"abandonment_share": "low"}}}}),
        ("plan", {"measures": {"m": {"kind": "overtime", "shre": 1.0}}}),
        ("plan", {"measures": {"m": {"kind": "magic"}}}),
    ],
)
def test_wrong_files_do_not_pass(kind: Kind, content: dict[str, Any]) -> None:
    whole = schema.file_schema(kind)
    assert faults(content, whole, whole)


@pytest.mark.parametrize(
    "content",
    [
        {"scale": "${textbook.servers}"},
        {"demand": {"file": "???", "from": "???"}},
        {"site": {"picking": {"service": "exponential"}}},
        {"targets": {"teams": {"desk": {"abandonment_share": "${targets.probability}"}, "floor": None}}},
        {"defaults": ["double11", "_self_"], "plans": ["none", "overtime"]},
    ],
)
def test_files_may_hold_what_models_may_not(content: dict[str, Any]) -> None:
    whole = schema.file_schema("scenario")
    assert faults(content, whole, whole) == []


def faults(value: object, rule: dict[str, Any], whole: dict[str, Any], path: str = "") -> list[str]:
    """What breaks a rule of JSON schema; as much of the standard as our schemas use."""
    if "$ref" in rule:
        return faults(value, whole["$defs"][rule["$ref"].removeprefix("#/$defs/")], whole, path)
    for key in ("anyOf", "oneOf"):
        if key in rule and not any(faults(value, choice, whole, path) == [] for choice in rule[key]):
            return [f"{path}: none of {key}"]
    if "const" in rule and value != rule["const"]:
        return [f"{path}: not {rule['const']}"]
    if "enum" in rule and value not in rule["enum"]:
        return [f"{path}: not in {rule['enum']}"]
    if "pattern" in rule and not re.search(rule["pattern"], str(value)):
        return [f"{path}: pattern"]
    if "type" in rule and not isinstance(value, TYPES[rule["type"]]):
        # YAML 1.1 makes numbers of clock times; editors read YAML 1.2, where they are text
        return [] if rule["type"] == "string" and isinstance(value, int) else [f"{path}: not {rule['type']}"]
    if isinstance(value, dict):
        return [fault for key, item in value.items() for fault in _of_key(key, item, rule, whole, path)]
    if isinstance(value, list) and "items" in rule:
        return [fault for item in value for fault in faults(item, rule["items"], whole, f"{path}[]")]
    return []


TYPES: dict[str, Any] = {
    "object": dict,
    "array": list,
    "string": str,
    "number": (int, float),
    "integer": int,
    "boolean": bool,
    "null": type(None),
}


def _of_key(key: str, item: object, rule: dict[str, Any], whole: dict[str, Any], path: str) -> list[str]:
    if wrong := faults(key, rule.get("propertyNames", {}), whole, f"{path}.{key}"):
        return wrong
    if key in rule.get("properties", {}):
        return faults(item, rule["properties"][key], whole, f"{path}.{key}")
    rest = rule.get("additionalProperties", True)
    if isinstance(rest, dict):
        return faults(item, rest, whole, f"{path}.{key}")
    return [] if rest else [f"{path}.{key}: unknown"]
