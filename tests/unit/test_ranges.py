"""Every figure that is an assumption says over which range to sweep it, and the model takes both ends."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import sim
from sim.scenario.plan import Plan
from sim.scenario.provenance import file_origins, source_of
from sim.scenario.ranges import Range, is_fixed, range_of, ranges_of, without_ranges
from sim.scenario.scenario import Scenario
from sim.scenario.types import parse_clock

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
PLANS = sorted((ROOT / "conf" / "plan").glob("*.yaml"))
WHOLE = [path.stem for path in SCENARIOS if not path.stem.startswith("_")]
FILE_NEEDED = {"trace": ["demand.file=orders.csv", "demand.from=2011-11-14", "demand.to=2011-11-27"]}
CLOCK = re.compile(r"\d\d:\d\d")


# --- the form -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("comment", "found"),
    [
        ("assumption; sweep 0.1-0.5", [("", "0.1", "0.5")]),
        ("assumption; sweep 0.33 to 10", [("", "0.33", "10")]),
        ("assumption; sweep -24 to 12", [("", "-24", "12")]),
        ("assumption; sweep -24-12", [("", "-24", "12")]),
        ("assumption; sweep -24--6", [("", "-24", "-6")]),
        ("assumption; sweep 12:00-16:00", [("", "12:00", "16:00")]),
        ("assumption; sweep 500\u20131500", [("", "500", "1500")]),
        (
            "assumption: lunch; sweep start 11:00-13:30, minutes 30-90",
            [("start", "11:00", "13:30"), ("minutes", "30", "90")],
        ),
        ("assumption between R 1.5-1.9x of a country and R 6.8x; sweep 2-7", [("", "2", "7")]),
        ("assumption; sweep 1-4; L art. 32 allows 4", [("", "1", "4")]),
        ("V Gorgias: 4-7 contacts in a normal week", []),
        ("assumption; sweep widely", []),
        ("assumption; sweep 1-", []),
        ("", []),
    ],
)
def test_ranges_are_read_from_a_comment(comment: str, found: list[tuple[str, str, str]]) -> None:
    assert ranges_of(comment) == tuple(Range(*each) for each in found)


def test_a_range_with_a_name_is_for_that_figure_and_one_without_for_all_on_the_line() -> None:
    named = "assumption; sweep hours 1-6, weight 1-10"
    assert range_of(named, "demand.campaign.opening.weight") == Range("weight", "1", "10")
    assert range_of(named, "demand.campaign.opening.factor") is None
    assert range_of(named, "bands.0.hours") == Range("hours", "1", "6")
    assert range_of("assumption; sweep 12:00-18:00", "measures.vans.times.0") == Range("", "12:00", "18:00")


def test_what_is_fixed_says_so_and_nothing_else_does() -> None:
    assert is_fixed("assumption, fixed: the days on which carriers come")
    assert is_fixed("R Olist 2017; in Taiwan: assumption, fixed: they belong together")
    assert not is_fixed("assumption: the fixed part of a fee; sweep 1-2")


def test_the_rest_of_a_comment_reads_on_without_its_ranges() -> None:
    assert without_ranges("assumption: full; sweep 0.7-1.5") == "assumption: full"
    assert without_ranges("assumption; sweep a 1-2, b 3-4; L art. 32") == "assumption; L art. 32"
    assert without_ranges("V Gorgias: 4-7") == "V Gorgias: 4-7"


# --- the shipped files --------------------------------------------------------------------------------------------


def _values(content: object, path: str = "") -> Iterator[tuple[str, Any]]:
    """Numbers and clock times by dotted path."""
    if isinstance(content, (dict, list)):
        pairs = content.items() if isinstance(content, dict) else enumerate(content)
        for key, value in pairs:
            yield from _values(value, f"{path}.{key}" if path else str(key))
    elif (isinstance(content, (int, float)) and not isinstance(content, bool)) or (
        isinstance(content, str) and CLOCK.fullmatch(content)
    ):
        yield path, content


def _size(value: Any) -> float:
    return parse_clock(value) if isinstance(value, str) and ":" in value else float(value)


@pytest.mark.parametrize("file", SCENARIOS + PLANS, ids=lambda file: file.stem)
def test_every_assumed_figure_has_a_range_around_it_or_is_fixed(file: Path) -> None:
    told = {place: origin.comment for place, origin in file_origins(file).items() if origin.comment}
    wrong = []
    for place, value in _values(yaml.safe_load(file.read_text(encoding="utf-8"))):
        comment = source_of(told, place)
        found = range_of(comment, place)
        sourced_beside = bool(ranges_of(comment)) and re.search(r"\b[LRV] \w", comment) is not None
        if found is not None:
            if not _size(found.low) <= _size(value) <= _size(found.high) or found.low == found.high:
                wrong.append(f"{place}: {value} lies outside {found}")
        elif "assumption" in comment and not is_fixed(comment) and not sourced_beside:
            wrong.append(f"{place}: {comment}")
        elif isinstance(value, str) and not comment and not file.stem.startswith("textbook"):
            wrong.append(f"{place}: {value} has no source")
        if "sweep" in without_ranges(comment):
            wrong.append(f"{place}: can't be read: {comment}")
    assert not wrong


@pytest.mark.parametrize("file", SCENARIOS + PLANS, ids=lambda file: file.stem)
def test_names_in_ranges_are_keys_on_their_line(file: Path) -> None:
    """A mistyped name would leave a figure without its range, and nobody would see it."""
    found = file_origins(file)
    for origin in found.values():
        keys = {place.rpartition(".")[2] for place, other in found.items() if other.line == origin.line}
        assert {each.figure for each in ranges_of(origin.comment)} - {""} <= keys, f"{origin}: {origin.comment}"


@pytest.mark.parametrize("name", WHOLE)
def test_scenarios_take_both_ends_of_every_range(name: str) -> None:
    _take_both_ends(sim.load_scenario(name, overrides=FILE_NEEDED.get(name, [])))


@pytest.mark.parametrize("name", [path.stem for path in PLANS])
def test_plans_take_both_ends_of_every_range(name: str) -> None:
    _take_both_ends(sim.load_plan(name))


def _take_both_ends(model: Scenario | Plan) -> None:
    given = model.model_dump(mode="json", by_alias=True, exclude_unset=True)
    told = given.pop("sources", {})
    for place, value in _values(given):
        found = range_of(source_of(told, place), place)
        for end in (found.low, found.high) if found is not None else ():
            changed = copy.deepcopy(given)
            _put(changed, place, end if ":" in end else int(end) if isinstance(value, int) else float(end))
            type(model).model_validate(changed)  # raises where the end is not allowed


def _put(given: dict[str, Any], place: str, value: Any) -> None:
    """Set a figure; the shares of carriers and of channels make room, they add up to 1."""
    *steps, last = place.split(".")
    node: Any = given
    around: Any = None
    for step in steps:
        around, node = node, node[int(step)] if isinstance(node, list) else node[step]
    if last == "share" and steps[:-1] in (["carriers"], ["desk", "channels"]):
        others = [each for each in around.values() if each is not node]
        rest = sum(each["share"] for each in others)
        for each in others:
            each["share"] *= (1 - value) / rest
    node[int(last) if isinstance(node, list) else last] = value
