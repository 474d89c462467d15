"""What is wrong is told with its path, the value given and what is allowed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.scenario.fields import locate
from sim.scenario.plan import Plan
from sim.scenario.problems import LONGEST, problems_of, shorten
from sim.scenario.scenario import Scenario

PICKING = {"setup_min": 1.0}


def told(model: type[BaseModel], given: Any) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return [
        str(problem) for problem in problems_of(caught.value, model, given, whole="scenario", also=["replications"])
    ]


def site(**picking: Any) -> dict[str, Any]:
    return {"site": {"picking": {**PICKING, **picking}}, "window": {"measure_to": 24.0}}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (site(setup_min="3"), 'site.picking.setup_min = "3": a number is needed (min): write it without quotes'),
        (site(setup_min="soon"), "site.picking.setup_min = soon: a number is needed (min), not text"),
        (site(setup_min=True), "site.picking.setup_min = true: a number is needed (min), not true or false"),
        (site(setup_min=None), "site.picking.setup_min = null: a number is needed (min)"),
        (site(setup_min=-1), "site.picking.setup_min = -1: must be at least 0 (min)"),
        (site(setup_min=float("inf")), "site.picking.setup_min = inf: must be finite (min)"),
        (site(headcount_factor=True), "site.picking.headcount_factor = true: a number is needed, not true or false"),
        (site(batch_size=1.5), "site.picking.batch_size = 1.5: a whole number is needed (orders)"),
        (site(stations=0), "site.picking.stations = 0: must be at least 1 (stations)"),
        (site(overtime_productivity=0), "site.picking.overtime_productivity = 0: must be above 0"),
        (site(absence_share=2), "site.picking.absence_share = 2: must be at most 1 (share)"),
        (
            site(discipline="fifa"),
            "site.picking.discipline = fifa: must be one of fifo, express_first, earliest_due, shortest; "
            "did you mean 'fifo'?",
        ),
        (site(shifts=[]), "site.picking.shifts = []: needs names with values below them"),
        (site(service=3), "site.picking.service = 3: needs keys with values: distribution, cv, file"),
        (site(skill_mix={"a": 1}), "site.picking.skill_mix = {a: 1}: needs a list: [..., ...]"),
        (site(setup_mins=3), "site.picking.setup_mins = 3: unknown key; did you mean 'setup_min'?"),
        (
            site(shifts={"day": {"start": "14:00", "end": "06:00", "headcount": 1}}),
            "site.picking.shifts.day = {start: 14:00, end: 06:00, headcount: 1}: "
            "a shift ends after it starts; over midnight write 30:00 for 6:00 the next day",
        ),
        (
            site(shifts={"day": {"start": "late", "end": "06:00", "headcount": 1}}),
            "site.picking.shifts.day.start = late: write a clock time as HH:MM, for example '14:00'",
        ),
        (
            site(shifts={"day": {"start": "08:00", "end": "16:00"}}),
            "site.picking.shifts.day.headcount: must be given (workers): on the roster, absentees included",
        ),
        ({**site(), "timezone": 3}, "timezone = 3: text is needed: put it in quotes"),
        ({**site(), "replication": 3}, "replication = 3: unknown key; did you mean 'replications'?"),
        ({**site(), "economics": {"currency": "twd"}}, "economics.currency = twd: must match ^[A-Z]{3}$"),
        ({**site(), "demand": {"from": "x"}}, "demand.from = x: write a date as YYYY-MM-DD"),
        ({**site(), "customers": {"bands": []}}, "customers.bands = []: needs at least 1 entry"),
        ({**site(), "customers": {"bands": [{"score": 9}]}}, "customers.bands.0.score = 9: must be at most 5 (1-5)"),
        (
            {**site(), "demand": {"campaign": {"start": float("nan"), "end": 2}}},
            "demand.campaign.start = nan: must be finite",
        ),
        (
            {**site(), "carriers": {"a": {"share": 0.5, "pickups": {"noon": {"time": "12:00"}}}}},
            "scenario: the shares of carriers must add up to 1, they add up to 0.5",
        ),
    ],
)
def test_one_problem_of_a_scenario(given: dict[str, Any], expected: str) -> None:
    found = told(Scenario, given)
    assert len(found) == 1
    assert found[0].startswith(expected)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ({"kind": "overtme"}, "measures.m.kind = overtme: must be one of overtime, extra_shift, "),
        ({"hours": 2}, "measures.m.kind: must be given: one of overtime, extra_shift, "),
        (None, "measures.m = null: needs keys with values, first of all kind: one of overtime, "),
        ({"kind": "overtime", "hours": -2}, "measures.m.hours = -2: must be above 0 (h)"),
        ({"kind": "overtime", "houers": 2}, "measures.m.houers = 2: unknown key; did you mean 'hours'?"),
        (
            {"kind": "overtime", "trigger": {"when": "metric", "metric": "backlog_day", "above": 1}},
            "measures.m.trigger.metric = backlog_day: must be one of backlog_orders, backlog_days, ",
        ),
        (
            {"kind": "temporary_staff", "headcount": 1, "hours": {"end": "16:00"}},
            "measures.m.hours.start: must be given (HH:MM): begins",
        ),
    ],
)
def test_one_problem_of_a_plan_without_the_tag_in_its_path(measure: Any, expected: str) -> None:
    found = told(Plan, {"measures": {"m": measure}})
    assert len(found) == 1
    assert found[0].startswith(expected)


def test_a_measure_may_be_labelled_like_its_kind() -> None:
    assert told(Plan, {"measures": {"overtime": {"kind": "overtime", "hours": 0}}}) == [
        "measures.overtime.hours = 0: must be above 0 (h)"
    ]


def test_all_problems_come_at_once() -> None:
    given = {**site(setup_min="3", discipline=1), "carriers": {"a": {}}, "scale": 0, "window": {"run_on_h": -1}}
    assert len(told(Scenario, given)) == 6


def test_long_values_are_shortened() -> None:
    assert shorten("x" * 200) == "x" * (LONGEST - 3) + "..."
    assert shorten({"a": [1] * 50, "b": {"c": 2}, "d": 3}) == "{a: [...], b: {...}, d: 3}"
    assert shorten([1, None, True, "3", "a b", 0.5]) == '[1, null, true, "3", a b, 0.5]'


def test_control_characters_do_not_reach_the_terminal() -> None:
    assert shorten("a\x1b[31m\nb") == r'"a\u001b[31m\nb"'


@pytest.mark.parametrize(
    ("model", "path", "given", "unit"),
    [
        (Scenario, "site.picking.setup_min", {}, "min"),
        (Scenario, "demand.from", {}, ""),
        (Scenario, "customers.bands.0.score", {}, "1-5"),
        (Scenario, "carriers.home.pickups.noon.capacity", {}, "parcels"),
        (Plan, "measures.m.hours", {"measures": {"m": {"kind": "overtime"}}}, "h"),
        (Plan, "measures.m.hours.start", {"measures": {"m": {"kind": "temporary_staff"}}}, "HH:MM"),
        (Plan, "measures.m.nothing", {}, ""),
    ],
)
def test_units_are_found_by_path(model: type[BaseModel], path: str, given: dict[str, Any], unit: str) -> None:
    spot = locate(model, path.split("."), given)
    assert spot.path == path or path.endswith("nothing")
    assert spot.unit == unit
