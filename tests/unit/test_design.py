"""Designs: grid, list, Latin hypercube; and variants of scenarios and plans by dotted paths."""

from __future__ import annotations

from typing import Any

import pytest

from sim.errors import InputError
from sim.experiment.laboratory import design
from sim.experiment.laboratory.design import paths_of, points_of
from sim.scenario.variation import Variations
from tests.experiment_fixture import HOURS, SETUP, plans, shop


def test_a_grid_takes_every_combination_the_last_figure_fastest() -> None:
    assert points_of({"a": [1, 2], "b": ["x", "y"]}) == [
        {"a": 1, "b": "x"},
        {"a": 1, "b": "y"},
        {"a": 2, "b": "x"},
        {"a": 2, "b": "y"},
    ]


def test_keys_below_keys_are_paths() -> None:
    assert points_of({"a": {"b": [1], "c.d": [2]}}) == [{"a.b": 1, "a.c.d": 2}]


def test_a_list_is_taken_as_it_is() -> None:
    assert points_of([{"a": 1}, {"b": 2}]) == [{"a": 1}, {"b": 2}]
    assert paths_of([{"a": 1}, {"b": 2, "a": 3}]) == ["a", "b"]


def test_a_latin_hypercube_has_one_point_in_each_slice_of_each_figure() -> None:
    points = points_of({"a": [0.0, 1.0], "b": [10, 19]}, points=10, seed=3)
    assert sorted(int(point["a"] * 10) for point in points) == list(range(10))
    assert sorted(point["b"] for point in points) == list(range(10, 20)), "whole numbers, each once"
    assert points == points_of({"a": [0.0, 1.0], "b": [10, 19]}, points=10, seed=3)
    assert points != points_of({"a": [0.0, 1.0], "b": [10, 19]}, points=10, seed=4)


@pytest.mark.parametrize(
    ("sweep", "more", "told"),
    [
        (None, {}, "sweep = null: give figures and their values"),
        ({}, {}, "give figures and their values"),
        ([], {}, "a list of points is needed"),
        ("a", {}, "give figures and their values"),
        ({"a": []}, {}, r"sweep\.a = \[\]: needs a list of at least one value"),
        ({"a": 3}, {}, r"sweep\.a = 3: needs a list of at least one value"),
        ({"a": [1, 1]}, {}, "names a value twice"),
        ({"a": [1]}, {"points": 3}, "a Latin hypercube needs a range of numbers"),
        ({"a": [2, 1]}, {"points": 3}, "a Latin hypercube needs a range of numbers"),
        ({"a": [1, 2, 3]}, {"points": 3}, "a Latin hypercube needs a range of numbers"),
        ({"a": [True, False]}, {"points": 3}, "a Latin hypercube needs a range of numbers"),
        ({"a": [1, 2]}, {"kind": "latin"}, "say how many points"),
        ({"a": [1, 2]}, {"kind": "grid", "points": 5}, "a grid has as many points as its values make"),
        ([1], {}, r"sweep\.0 = 1: a point is a mapping"),
        ([{"a": 1}, {"a": 1}], {}, r"sweep\.1.*is the same as a point before it"),
        ({"a": list(range(400)), "b": list(range(400))}, {}, "160,000 points: a sweep has at most 100,000"),
    ],
)
def test_what_is_no_design_is_told(sweep: Any, more: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        points_of(sweep, **more)


def test_a_list_that_is_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(design, "MOST_POINTS", 2)
    with pytest.raises(InputError, match="3 points: a sweep has at most 2"):
        points_of([{"a": 1}, {"a": 2}, {"a": 3}])


# --- variants --------------------------------------------------------------------------------------------------------


@pytest.fixture
def variations() -> Variations:
    return Variations(shop(), plans())


def test_a_variant_is_what_it_had_been_if_written_so(variations: Variations) -> None:
    values = {SETUP: 7, HOURS: 1.5, "carriers.van.pickups.at_02.capacity": 5}
    world, plan = variations.world(values), variations.plan("longer", values)
    assert world.site.picking.setup_min == 7.0
    assert world.carriers["van"].pickups["at_02"].capacity == 5
    assert world.carriers["van"].pickups["at_04"] == shop().carriers["van"].pickups["at_04"]
    assert plan.measures["floor"].model_dump()["hours"] == 1.5
    assert variations.plan("none", values) is variations.plans["none"]
    assert shop().site.picking.setup_min == 4.0, "the base stays as it was"


def test_entries_of_lists_and_whole_mappings(variations: Variations) -> None:
    world = variations.world({"demand.profile.weekday_factors.1": 2.0, "desk.channels.phone": {"handle_min": 6.0}})
    assert world.demand.profile is not None
    assert list(world.demand.profile.weekday_factors)[:2] == [1.0, 2.0]
    assert world.desk is not None
    assert world.desk.channels["phone"].handle_min == 6.0
    assert world.desk.channels["phone"].kind == "call", "a mapping is merged"


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"site.picking.setup_mn": 1}, "did you mean 'setup_min'"),
        ({"site.picking.setup_min": "soon"}, r"site\.picking\.setup_min = soon: a number is needed"),
        ({"site.picking.setup_min": -1}, r"site\.picking\.setup_min = -1"),
        ({"carriers.vn.share": 1}, "there is no 'vn'; did you mean 'van'"),
        ({"demand.profile.weekday_factors.9": 1}, "'9' is no entry of the list"),
        ({"plan.longr.measures.floor.hours": 1}, "no plan 'longr' is among those chosen; did you mean 'longer'"),
        ({"plan.longer": 1}, "name a figure of the plan"),
        ({"plan.longer.measures.flor.hours": 1}, "there is no 'flor'; did you mean 'floor'"),
        ({"plan.longer.measures.floor.hours": 0}, r"plan\.longer\.measures\.floor\.hours = 0"),
    ],
)
def test_what_can_not_be_is_told(variations: Variations, values: dict[str, Any], told: str) -> None:
    with pytest.raises(InputError, match=told):
        variations.check([values])


def test_all_problems_of_all_points_are_told_at_once_and_each_once(variations: Variations) -> None:
    points = [{SETUP: -1, HOURS: 0}, {SETUP: -1, HOURS: 1}, {"nothing.at.all": 1}]
    with pytest.raises(InputError) as caught:
        variations.check(points)
    places = [problem.place for problem in caught.value.problems]
    assert places == [SETUP, HOURS, "nothing.at.all"]
