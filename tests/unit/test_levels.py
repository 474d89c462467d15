"""Levels to be tuned: which values each may take, and what is none."""

from __future__ import annotations

from typing import Any

import pytest

from sim.errors import InputError
from sim.experiment.questions.levels import check_space, space_of, tuned_plan, written
from tests.choices import HELP, NONE, shop

HEADCOUNT = "plan.help.measures.helpers.headcount"
PLANS = {"none": NONE, "help": HELP}


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([1, 4], (1, 2, 3, 4)),
        ({"low": 1, "high": 6, "step": 2}, (1, 3, 5)),
        ({"low": 1.0, "high": 2.0, "step": 0.25}, (1.0, 1.25, 1.5, 1.75, 2.0)),
        ({"low": 0.1, "high": 0.3, "step": 0.1}, (0.1, 0.2, 0.3)),
        ([2, 3, 5], (2, 3, 5)),
        ({"values": [4, 8]}, (4, 8)),
        (["fifo", "earliest_due"], ("fifo", "earliest_due")),
        ([False, True], (False, True)),
    ],
)
def test_a_level_takes_these_values(given: Any, values: tuple[Any, ...]) -> None:
    (axis,) = space_of({"site.figure": given}).axes
    assert axis.values == values
    assert [type(each) for each in axis.values] == [type(each) for each in values]


def test_a_range_of_decimals_has_a_hundred_steps_and_both_ends() -> None:
    (axis,) = space_of({"site": {"packing": {"headcount_factor": [1, 1.5]}}}).axes
    assert axis.path == "site.packing.headcount_factor"
    assert (axis.values[0], axis.values[1], axis.values[-1], len(axis.values)) == (1.0, 1.005, 1.5, 101)


def test_a_space_is_counted_and_walked_and_entered_at_the_plan_as_it_stands() -> None:
    space = space_of({HEADCOUNT: [0, 2], "site.picking.headcount_factor": {"low": 1.0, "high": 2.0, "step": 0.5}})
    assert space.size == len(set(space.places())) == 9
    assert space.values((2, 1)) == {HEADCOUNT: 2, "site.picking.headcount_factor": 1.5}
    stands = written(shop(), HELP, space)
    assert stands == {HEADCOUNT: 1, "site.picking.headcount_factor": 1.0}
    assert space.start(stands) == (1, 0)
    assert space.start({**stands, HEADCOUNT: 9}) is None
    assert space.start({**stands, HEADCOUNT: None}) is None


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([3, 3], "is empty: both ends are the same"),
        ([4, 1], r"low lies above high: write \[1,4\]"),
        ([], "is empty"),
        ([1], "is empty"),
        (3, "needs a range"),
        ("1-3", "needs a range"),
        ({"low": 1, "hihg": 3}, "has no 'hihg'"),
        ({"low": 1}, "must be numbers"),
        ({"low": 1, "high": 3, "step": 0}, "step must be above 0 and at most 2"),
        ({"low": 1, "high": 3, "step": 5}, "step must be above 0 and at most 2"),
        ({"values": [1, 2], "low": 1}, "no range beside it"),
        ([1, 2, 1], "names a value twice"),
        ([0, 1_000_000], "give a wider step"),
    ],
)
def test_what_is_no_level_is_refused(given: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        space_of({"site.figure": given})


def test_all_that_is_wrong_with_levels_is_told_at_once() -> None:
    with pytest.raises(InputError) as error:
        space_of({"site.a": [2, 1], "site.b": [1, 1], "site.c": [1, 2]})
    assert [problem.place for problem in error.value.problems] == ["levels.site.a", "levels.site.b"]
    with pytest.raises(InputError, match="give figures and their ranges"):
        space_of(None)


@pytest.mark.parametrize(
    ("levels", "plans", "told"),
    [
        ({"demand.campaign.uplift": [1, 2]}, ["none", "help"], "is not ours to decide.*surgesim sweep"),
        ({"sit.packing.setup_min": [1, 2]}, ["none", "help"], "did you mean 'site'"),
        ({"plan.hlep.measures.helpers.headcount": [1, 2]}, ["none", "help"], "did you mean 'help'"),
        ({"plan.none.measures.x.hours": [1, 2]}, ["none", "help"], "is of the baseline"),
        (
            {"plan.a.measures.x.hours": [1, 2], "plan.b.measures.x.hours": [1, 2]},
            ["none", "a", "b"],
            "one plan at a time",
        ),
        ({"site.picking.setup_min": [1, 2]}, ["none", "a", "b"], "say which plan"),
    ],
)
def test_levels_of_what_can_not_be_tuned_are_refused(levels: Any, plans: list[str], told: str) -> None:
    with pytest.raises(InputError, match=told):
        tuned_plan(space_of(levels), plans, "none")


@pytest.mark.parametrize(
    ("levels", "plans", "name"),
    [
        ({HEADCOUNT: [0, 1]}, ["none", "dear", "help"], "help"),
        ({"site.picking.setup_min": [1, 2]}, ["none", "dear"], "dear"),
        ({"site.picking.setup_min": [1, 2]}, ["none"], "none"),
        ({HEADCOUNT: [0, 1]}, ["help"], "help"),
    ],
)
def test_the_plan_that_is_tuned_is_the_one_named_or_the_one_beside_the_baseline(
    levels: Any, plans: list[str], name: str
) -> None:
    assert tuned_plan(space_of(levels), plans, plans[0]) == name


def test_both_ends_must_be_figures_that_the_models_take() -> None:
    with pytest.raises(InputError) as error:
        check_space(space_of({HEADCOUNT: [-1, 2], "plan.help.measures.helpers.hedcount": [1, 2]}), shop(), PLANS)
    told = str(error.value)
    assert "helpers.headcount = -1" in told
    assert "helpers.hedcount" in told
    check_space(space_of({HEADCOUNT: [0, 2]}), shop(), PLANS)
