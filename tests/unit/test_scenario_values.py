"""Values in scenario and plan: numbers, clock times and moments, to JSON and back, and scaled."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.scenario.carriers import Transit, TransitSpell
from sim.scenario.demand import Campaign, Profile
from sim.scenario.measures import Trigger
from sim.scenario.people import Shift
from sim.scenario.plan import Plan
from sim.scenario.promise import Promise, ServiceClass
from sim.scenario.scale import at_scale, plan_at_scale, scaled_count
from sim.scenario.scenario import Scenario
from sim.scenario.site import Picking, Stage
from sim.scenario.types import parse_clock, parse_moment, show_clock
from tests.ledgers import CREW, world
from tests.refusals import DAY_SHIFT, FILE, refused

NAN = float("nan")

# --- numbers ----------------------------------------------------------------------------------------------------

NOT_NUMBERS = [True, "3", "", None, NAN, float("inf"), -float("inf"), [3], {"x": 3}]


@pytest.mark.parametrize("value", NOT_NUMBERS)
@pytest.mark.parametrize(
    ("model", "field", "rest"),
    [
        (Stage, "setup_min", {}),
        (Stage, "headcount_factor", {"setup_min": 1.0}),
        (Stage, "absence_share", {"setup_min": 1.0}),
        (Picking, "batch_size", {"setup_min": 1.0}),
        (Shift, "headcount", {"start": "08:00", "end": "16:00"}),
        (Campaign, "uplift", {"start": 0.0, "end": 1.0}),
        (Campaign, "uplift_cv", {"start": 0.0, "end": 1.0}),
        (Campaign, "start", {"end": 1.0}),
        (Profile, "per_day", {}),
        (Transit, "mean_days", {}),
        (ServiceClass, "ship_within_days", {"deliver_within_days": 9}),
    ],
)
def test_only_numbers_are_numbers(model: type[BaseModel], field: str, rest: dict[str, Any], value: Any) -> None:
    assert field in refused(model, **{field: value, **rest})


@pytest.mark.parametrize("hours", [[1.0] * 23, [1.0] * 25, [0.0] * 24, [-1.0] + [1.0] * 23, [True] * 24, ["1"] * 24])
def test_hours_of_the_day_are_twenty_four_weights(hours: list[Any]) -> None:
    assert "hour_shares" in refused(Profile, hour_shares=hours)


@pytest.mark.parametrize("days", [[1.0] * 6, [0.0] * 7, [1.0] * 6 + [NAN]])
def test_days_of_the_week_are_seven_weights(days: list[float]) -> None:
    assert "weekday_factors" in refused(Profile, weekday_factors=days)


def test_whole_numbers_serve_as_numbers_but_not_the_reverse() -> None:
    assert Stage(setup_min=2).setup_min == 2.0
    assert "headcount" in refused(Shift, start="08:00", end="16:00", headcount=2.0)
    assert "headcount" in refused(Shift, start="08:00", end="16:00", headcount=-1)


@pytest.mark.parametrize(
    ("model", "field", "values", "rest"),
    [
        (Stage, "absence_share", [-0.01, 1.01], {"setup_min": 1.0}),
        (Stage, "overtime_productivity", [0.0, -1.0], {"setup_min": 1.0}),
        (Stage, "stations", [0, -1], {"setup_min": 1.0}),
        (Campaign, "uplift", [-0.1], {"start": 0.0, "end": 1.0}),
        (Campaign, "uplift_cv", [-0.1, 3.1], {"start": 0.0, "end": 1.0}),
        (Profile, "trend_per_week", [-1.0, 10.5], {}),
        (Profile, "per_day", [-1.0], {}),
        (Trigger, "review_every_min", [0.5, 0.0, -60.0, 10081.0], {}),
        (TransitSpell, "factor", [0.0, -1.0], {"first_day": "2026-01-05", "last_day": "2026-01-06"}),
    ],
)
def test_numbers_have_bounds(model: type[BaseModel], field: str, values: list[float], rest: dict[str, Any]) -> None:
    for value in values:
        assert field in refused(model, **{field: value, **rest})


def test_unknown_keys_are_refused_everywhere() -> None:
    assert "setup_mins" in refused(Stage, setup_min=1.0, setup_mins=2.0)
    assert "heads" in refused(Scenario, window={"measure_to": 24.0}, site={"picking": {**CREW, "heads": 3}})
    assert "colour" in refused(Plan, colour="red")
    assert "hour" in refused(Plan, measures={"stay": {"kind": "overtime", "hour": 2.0}})


def test_models_do_not_change_once_made() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        world().scale = 2.0  # type: ignore[misc]  # that is what is tested


# --- clock times ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "minutes"),
    [
        ("14:00", 840.0),
        (840, 840.0),  # YAML 1.1 on 14:00
        ("08:30", 510.0),
        ("8:30", 510.0),
        (" 08:30 ", 510.0),
        ("14:00:00", 840.0),
        (50400, 840.0),  # YAML 1.1 on 14:00:00
        ("14:00:30", 840.5),
        (50430, 840.5),
        ("00:00", 0.0),
        ("24:00", 1440.0),
        (1440, 1440.0),
        ("30:00", 1800.0),
        (1800, 1800.0),  # YAML 1.1 on 30:00
        (2880, 2880.0),
        ("48:00", 2880.0),
        (60, 60.0),  # YAML on 1:00
        (3600, 60.0),  # and on 1:00:00
    ],
)
def test_clock_times_as_yaml_gives_them(written: Any, minutes: float) -> None:
    assert parse_clock(written) == minutes


@pytest.mark.parametrize(
    "written",
    [
        *("14", "14:60", "14:5", "2pm", "", "14:00:60", "-1:00", "48:01", "99:00", "14:00+08:00"),
        *(14, 0, -60, -1.0, 2881.0, 172801, True, None, NAN, [14, 0]),
    ],
)
def test_what_is_no_clock_time_is_refused(written: Any) -> None:
    with pytest.raises(ValueError, match="clock time"):
        parse_clock(written)


@pytest.mark.parametrize("text", ["00:00", "08:30", "14:00:30", "24:00", "30:00", "48:00", "07:59:59"])
def test_clock_times_are_shown_as_they_are_read(text: str) -> None:
    assert show_clock(parse_clock(text)) == text
    assert parse_clock(show_clock(parse_clock(text))) == parse_clock(text)


# --- moments and days -------------------------------------------------------------------------------------------


def test_moments_are_hours_or_local_dates() -> None:
    assert parse_moment(24) == 24.0
    assert isinstance(parse_moment(24), float)
    assert parse_moment("2026-01-06") == datetime(2026, 1, 6)
    assert parse_moment("2026-01-06T08:30") == parse_moment("2026-01-06 08:30:00") == datetime(2026, 1, 6, 8, 30)
    assert parse_moment(date(2026, 1, 6)) == datetime(2026, 1, 6)
    scenario = world()
    assert scenario.minute(24.0) == scenario.minute(datetime(2026, 1, 6)) == 1440.0
    assert scenario.minute(datetime(2026, 1, 4)) == -1440.0
    assert scenario.local_time(1440 + 510.5) == datetime(2026, 1, 6, 8, 30, 30)


@pytest.mark.parametrize("written", ["tomorrow", "2026-13-01", "2026-01-06T25:00", True, None, [], "06.01.2026"])
def test_what_is_no_moment_is_refused(written: Any) -> None:
    assert "start" in refused(Campaign, start=written, end=48.0)


@pytest.mark.parametrize("written", ["2026-01-06T08:00+08:00", "2026-01-06T08:00Z"])
def test_moments_are_local(written: str) -> None:
    assert "without an offset" in refused(Campaign, start=written, end=48.0)


@pytest.mark.parametrize("written", ["2026-02-30", "soon", 20260105, 5, True, datetime(2026, 1, 5), "2026-01-05T08:00"])
def test_days_are_dates(written: Any) -> None:
    assert "YYYY-MM-DD" in refused(Promise, holidays=[written])


def test_a_time_zone_is_known() -> None:
    assert world(timezone="Europe/Berlin").timezone == "Europe/Berlin"
    for name in ("Mars/Olympus", "", "../etc/passwd", "/etc/localtime"):
        assert "time zone" in refused(Scenario, window={"measure_to": 24.0}, site={"picking": CREW}, timezone=name)


# --- round trips ------------------------------------------------------------------------------------------------

EVERYTHING: dict[str, Any] = {
    "name": "all_of_it",
    "title": "Everything at once",
    "story": "So that no field is forgotten.",
    "timezone": "Europe/Berlin",
    "scale": 0.5,
    "window": {"measure_from": "2026-01-06", "measure_to": 72.5, "run_on_h": 12.25},
    "demand": {
        "profile": {"per_h": 100 / 3, "hour_shares": [0.1] * 24, "trend_per_week": -0.05},
        "campaign": {
            "start": "2026-01-06T08:30:15",
            "end": 60.0,
            "uplift": 3.3,
            "uplift_cv": 0.2,
            "hour_shares": [1.0] * 24,
            "opening": {"hours": 1.5, "weight": 4.0},
            "aftermath": {"hours": 12.0, "factor": 0.7},
        },
        "basket": {"lines_mean": 2.5, "lines_max": 40},
    },
    "promise": {
        "order_cutoff": "13:30:20",
        "holidays": ["2026-01-06"],
        "working_weekdays": ["mon", "sat"],
        "express_share": 0.1,
        "requested_date": {"share": 0.2},
        "hard_deadline": "2026-01-09T12:00",
    },
    "site": {
        "release": {"mode": "waves", "times": ["08:00", "13:15"]},
        "picking": {
            **CREW,
            "batch_size": 4,
            "batch_sort_min": 0.2,
            "skill_mix": [{"share": 0.3, "productivity": 1.4}],
            "shifts": {
                "night": {
                    "start": "22:00",
                    "end": "30:00",
                    "headcount": 3,
                    "weekdays": ["mon", "fri"],
                    "first_day": "2026-01-05",
                    "breaks": [{"start": "26:00", "minutes": 30}],
                }
            },
        },
        "packing": {"service": {"distribution": "empirical", "file": "packing.csv"}, "discipline": "earliest_due"},
        "labour": {"regime": "us", "monthly_cap_h": 40.0},
    },
    "carriers": {
        "home": {
            "share": 1.0,
            "pickups": {"late": {"time": "18:45", "capacity": 900, "weekdays": ["sun"]}},
            "transit": {"mean_days": 1.3, "service": "lognormal"},
            "contracted_per_day": 812.5,
        }
    },
    "transit_calendar": [{"first_day": "2026-01-05", "last_day": "2026-01-07", "factor": 1.5}],
    "customers": {"patience": {"share": 0.1}, "bands": [{"up_to_days": 0.0, "score": 4.4}, {"score": 2.2}]},
    "desk": {
        "open": "09:00",
        "close": "24:00",
        "channels": {"phone": {"kind": "call", "share": 1.0, "handle_min": 6.0, "patience_min": 2.5}},
        "general": {"per_day": 33.0},
    },
    "economics": {"currency": "EUR", "price_per_unit": 19.99},
    "targets": {"probability": 0.8},
    "textbook": {
        "arrival_rate_per_h": 12.0,
        "servers": 2,
        "mean_service_min": 7.5,
        "warmup_h": 1.0,
        "horizon_h": 5.0,
    },
    "sources": {"scale": "assumption"},
}

EVERY_MEASURE: dict[str, Any] = {
    "stay": {
        "kind": "overtime",
        "hours": 3.5,
        "trigger": {"when": "metric", "metric": "backlog_days", "above": 1.5, "until": "2026-01-07T18:00"},
    },
    "away": {"kind": "overflow_3pl", "daily_capacity": 500, "dispatch": "19:30", "transit": {"mean_days": 2.0}},
    "coupon": {"kind": "compensation", "classes": ["express"], "after_due_h": -2.0, "value_cost": 50.0},
    "visit": {"kind": "extra_pickups", "carriers": ["home"], "times": ["21:00", "23:30"], "capacity": 80},
    "agency": {
        "kind": "temporary_staff",
        "headcount_share": 0.4,
        "delay_h": 24.0,
        "stay_days": 5,
        "hours": {"start": "14:00", "end": "26:00", "breaks": [{"start": "18:00", "minutes": 45}]},
        "trigger": {"when": "time", "at": 12.0},
    },
    "agents": {"kind": "desk_reinforcement", "headcount": 2, "wage_per_h_cost": 210.0},
    "tiered": {
        "kind": "compensation",
        "offer": "gift",
        "offered": "on_request",
        "tiers": [{"days_late": 2.0, "value_cost": 80.0, "score_gain": 0.5}],
        "budget_cost": 9000.0,
    },
    "banner": {"kind": "announcement", "contact_reduction_share": 0.1, "setup_cost": 2000.0},
    "message": {"kind": "proactive_notice", "after_due_h": -3.0, "cost_per_notice": 1.5},
    "win_back": {"kind": "recovery_offer", "valid_days": 7, "win_back_share": 0.1, "value_cost": 70.0},
    "bot": {"kind": "faq_bot", "channels": ["phone"], "deflection_share": 0.3},
    "number": {"kind": "desk_callback", "queue_at_least": 40, "out_of_hours": True},
}


def full_plan() -> Plan:
    return Plan.model_validate({"name": "all", "measures": EVERY_MEASURE, "sources": {"x": "y"}})


@pytest.mark.parametrize("scenario", [world(), world(**EVERYTHING)], ids=["bare", "everything"])
def test_a_scenario_survives_the_way_to_json_and_back(scenario: Scenario) -> None:
    text = scenario.model_dump_json(by_alias=True)
    back = Scenario.model_validate_json(text)
    assert back == scenario
    assert back.model_dump_json(by_alias=True) == text
    assert (back.horizon_min, back.measure_from_min) == (scenario.horizon_min, scenario.measure_from_min)
    assert Scenario.model_validate(scenario.model_dump(by_alias=True)) == scenario


def test_a_replayed_scenario_survives_too() -> None:
    scenario = Scenario.model_validate({"demand": FILE, "site": {"picking": CREW}})
    assert Scenario.model_validate_json(scenario.model_dump_json(by_alias=True)) == scenario
    assert '"from":"2026-01-05"' in scenario.model_dump_json(by_alias=True)


def test_a_plan_survives_the_way_to_json_and_back() -> None:
    plan = full_plan()
    text = plan.model_dump_json(by_alias=True)
    assert Plan.model_validate_json(text) == plan
    assert Plan.model_validate_json(text).model_dump_json(by_alias=True) == text
    assert Plan.model_validate(plan.model_dump(by_alias=True)) == plan
    assert '"times":["21:00","23:30"]' in text  # clock times stay legible


# --- scale ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "factor", "scaled"), [(10, 0.1, 1), (5, 0.1, 1), (4, 0.1, 0), (25, 0.1, 3), (3, 2.5, 8), (0, 9.0, 0)]
)
def test_counts_are_rounded_half_up(count: int, factor: float, scaled: int) -> None:
    assert scaled_count(count, factor) == scaled


def test_capacities_shrink_with_the_scale_and_do_not_vanish() -> None:
    shifts = {"big": {**DAY_SHIFT, "headcount": 24}, "small": {**DAY_SHIFT, "headcount": 2}}
    shifts["closed"] = {**DAY_SHIFT, "headcount": 0}
    pickups = {"late": {"time": "18:00", "capacity": 500}, "open": {"time": "20:00"}}
    carrier = {
        "share": 1.0,
        "pickups": pickups,
        "daily_parcel_cap": 804,
        "contracted_per_day": 1000.0,
        "cost_per_pickup": 300.0,
        "cost_per_parcel": 70.0,
    }
    scenario = world(
        scale=0.1,
        site={
            "picking": {**CREW, "shifts": shifts, "headcount_factor": 1.25, "stations": 12, "wage_per_h_cost": 200.0},
            "packing": {**CREW, "stations": 3},
        },
        carriers={"home": carrier},
        desk={"shifts": shifts, "channels": {"mail": {"kind": "message", "share": 1.0, "handle_min": 5.0}}},
    )
    small = at_scale(scenario)
    heads = {name: shift.headcount for name, shift in small.site.picking.shifts.items()}
    assert heads == {"big": 3, "small": 1, "closed": 0}
    assert (small.site.picking.headcount_factor, small.site.picking.stations) == (1.0, 1)
    assert small.site.packing is not None
    assert small.site.packing.stations == 1
    assert small.desk is not None
    assert {name: shift.headcount for name, shift in small.desk.shifts.items()} == {"big": 2, "small": 1, "closed": 0}
    made = small.carriers["home"]
    assert (made.pickups["late"].capacity, made.pickups["open"].capacity) == (50, None)
    assert (made.daily_parcel_cap, made.contracted_per_day, made.cost_per_pickup) == (80, 100.0, 30.0)
    assert (made.cost_per_parcel, small.site.picking.wage_per_h_cost) == (70.0, 200.0)  # prices per piece stay
    assert scenario.site.picking.shifts["big"].headcount == 24  # what was given is untouched


def test_at_full_scale_nothing_is_copied_and_at_another_it_is_done_once() -> None:
    full, tenth = world(), world(scale=0.1)
    assert at_scale(full) is full
    assert at_scale(tenth) is at_scale(tenth)
    assert at_scale(world(scale=0.1)) == at_scale(tenth)


def test_plans_scale_their_sizes_levels_and_fixed_prices() -> None:
    plan = Plan.model_validate(
        {
            "measures": {
                **EVERY_MEASURE,
                "counted": {
                    "kind": "overtime",
                    "trigger": {"when": "metric", "metric": "backlog_orders", "above": 500.0, "clear_below": 100.0},
                },
                "third": {
                    "kind": "overflow_3pl",
                    "daily_capacity": 4,
                    "setup_cost": 4000.0,
                    "cost_per_order": 90.0,
                    "trigger": {"when": "metric", "metric": "queue_dock_parcels", "above": 30.0},
                },
            }
        }
    )
    small: Any = plan_at_scale(plan, 0.1).measures
    assert small["stay"].trigger.above == 1.5  # days of backlog are days at any scale
    assert (small["counted"].trigger.above, small["counted"].trigger.clear_below) == pytest.approx((50.0, 10.0))
    assert (small["third"].trigger.above, small["third"].trigger.clear_below) == (pytest.approx(3.0), None)
    assert (small["third"].daily_capacity, small["third"].setup_cost, small["third"].cost_per_order) == (1, 400.0, 90.0)
    assert small["away"].daily_capacity == 50
    assert (small["agency"].headcount, small["agency"].headcount_share) == (None, 0.4)
    assert small["agents"].headcount == 1
    assert small["visit"].capacity == 8
    assert plan_at_scale(plan, 1.0) is plan
    assert math.isclose(plan.measures["away"].daily_capacity or 0, 500)  # type: ignore[union-attr]  # an Overflow3PL


def test_scale_is_above_nought_and_finite() -> None:
    for scale in (0.0, -1.0, 1001.0, NAN, True):
        with pytest.raises(ValidationError, match="scale"):
            world(scale=scale)
