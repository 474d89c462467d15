"""What scenario and plan accept, refuse and mean: numbers, clock times, moments, and what must hang together."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.scenario.carriers import Carrier, Pickup, Transit, TransitSpell
from sim.scenario.customers import Customers, Patience
from sim.scenario.demand import Campaign, Demand, Profile
from sim.scenario.desk import Channel, Desk
from sim.scenario.people import Crew, Labour, Shift, ShiftHours
from sim.scenario.plan import ExtraPickups, Overflow3PL, Plan, TemporaryStaff, Trigger
from sim.scenario.promise import Promise, RequestedDate, ServiceClass
from sim.scenario.scale import at_scale, plan_at_scale, scaled_count
from sim.scenario.scenario import Scenario, Textbook
from sim.scenario.site import Picking, Release, Stage
from sim.scenario.types import Shape, parse_clock, parse_moment, show_clock
from tests.ledgers import CREW, world

NAN = float("nan")


def refused(model: type[BaseModel], **given: Any) -> str:
    """The text of the refusal."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return str(caught.value)


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


# --- shapes -----------------------------------------------------------------------------------------------------


def test_a_bare_name_is_a_shape() -> None:
    assert Stage.model_validate({"setup_min": 1.0, "service": "exponential"}).service == Shape(
        distribution="exponential"
    )
    assert "service.distribution" in refused(Stage, setup_min=1.0, service="normal")


def test_a_file_and_the_empirical_distribution_belong_together() -> None:
    assert "file" in refused(Shape, distribution="empirical")
    assert "file" in refused(Shape, distribution="gamma", file="observed.csv")


def test_a_stage_has_its_mean_or_a_file() -> None:
    observed = {"distribution": "empirical", "file": "observed.csv"}
    assert Stage.model_validate({"service": observed}).service.file == "observed.csv"
    assert "mean work" in refused(Stage)
    assert "mean work" in refused(Stage, setup_min=1.0, service=observed)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Transit, {"mean_days": 1.0, "service": {}}),
        (Patience, {"share": 0.1, "service": {}}),
        (Channel, {"kind": "call", "share": 1.0, "handle_min": 5.0, "handle": {}}),
        (Channel, {"kind": "call", "share": 1.0, "handle_min": 5.0, "patience_min": 5.0, "patience": {}}),
    ],
)
def test_a_shape_around_a_mean_takes_no_file(model: type[BaseModel], given: dict[str, Any]) -> None:
    # A file brings minutes of its own: multiplied by the mean beside it they would be nonsense
    observed = {"distribution": "empirical", "file": "observed.csv"}
    made = {name: observed if value == {} else value for name, value in given.items()}
    assert "file" in refused(model, **made)


# --- people -----------------------------------------------------------------------------------------------------

DAY_SHIFT = {"start": "08:00", "end": "16:00", "headcount": 2}


@pytest.mark.parametrize("model", [Shift, ShiftHours])
def test_a_shift_ends_after_it_starts(model: type[BaseModel]) -> None:
    rest = {"headcount": 2} if model is Shift else {}
    for start, end in (("16:00", "08:00"), ("08:00", "08:00")):
        assert "30:00" in refused(model, start=start, end=end, **rest)
    assert "24 hours" in refused(model, start="08:00", end="32:01", **rest)
    model.model_validate({"start": "22:00", "end": "30:00", **rest})
    model.model_validate({"start": "08:00", "end": "32:00", **rest})


@pytest.mark.parametrize("model", [Shift, ShiftHours])
@pytest.mark.parametrize(
    "breaks",
    [
        [("07:30", 60)],
        [("15:30", 60)],
        [("17:00", 10)],
        [("12:00", 60), ("12:30", 10)],
        [("12:30", 10), ("12:00", 60)],
    ],
)
def test_breaks_lie_inside_and_apart(model: type[BaseModel], breaks: list[tuple[str, int]]) -> None:
    hours = {"start": "08:00", "end": "16:00", **({"headcount": 2} if model is Shift else {})}
    pauses = [{"start": start, "minutes": minutes} for start, minutes in breaks]
    assert "breaks" in refused(model, **hours, breaks=pauses)
    assert "breaks" in refused(model, **hours, breaks=[{"start": "12:00", "minutes": 0}])
    touching = [{"start": "08:00", "minutes": 10}, {"start": "15:50", "minutes": 10}, {"start": "15:40", "minutes": 10}]
    model.model_validate({**hours, "breaks": touching})


def test_a_shift_has_its_dates_in_order() -> None:
    assert "last_day" in refused(Shift, **DAY_SHIFT, first_day="2026-01-07", last_day="2026-01-06")
    Shift.model_validate({**DAY_SHIFT, "first_day": "2026-01-07", "last_day": "2026-01-07"})


def test_skills_are_parts_of_a_crew() -> None:
    half = {"share": 0.5, "productivity": 1.2}
    assert len(Crew.model_validate({"skill_mix": [half, half]}).skill_mix) == 2
    assert "at most 1" in refused(Crew, skill_mix=[half, half, {"share": 0.01, "productivity": 1.0}])


@pytest.mark.parametrize("weekday", ["Mon", "monday", 0, ""])
def test_weekdays_have_three_letters(weekday: Any) -> None:
    assert "weekdays" in refused(Shift, **DAY_SHIFT, weekdays=[weekday])


# --- labour law -------------------------------------------------------------------------------------------------


def test_the_default_law_is_that_of_taiwan() -> None:
    for law in (Labour(), Labour.model_validate({}), world().site.labour):
        assert law.regime == "taiwan"
        assert [(step.hours, step.multiplier) for step in law.overtime_pay] == [(2.0, 4 / 3), (2.0, 5 / 3)]
        assert (law.daily_cap_h, law.monthly_cap_h, law.rest_between_shifts_h, law.month_used_h) == (12, 46, 11, 0)


@pytest.mark.parametrize(("regime", "multiplier"), [("us", 1.5), ("none", 1.0)])
def test_other_regimes_have_no_caps(regime: str, multiplier: float) -> None:
    law = Labour.model_validate({"regime": regime})
    assert [(step.hours, step.multiplier) for step in law.overtime_pay] == [(24.0, multiplier)]
    assert (law.daily_cap_h, law.monthly_cap_h, law.rest_between_shifts_h) == (None, None, None)


def test_any_figure_of_a_regime_can_be_replaced() -> None:
    law = Labour.model_validate({"monthly_cap_h": 54.0, "daily_cap_h": None})
    assert (law.monthly_cap_h, law.daily_cap_h, law.rest_between_shifts_h) == (54.0, None, 11.0)
    capped = Labour.model_validate({"regime": "us", "daily_cap_h": 10.0})
    assert (capped.daily_cap_h, capped.overtime_pay[0].multiplier) == (10.0, 1.5)


def test_a_law_of_ones_own_needs_prices() -> None:
    assert "overtime_pay" in refused(Labour, regime="own")
    law = Labour.model_validate({"regime": "own", "overtime_pay": [{"hours": 3.0, "multiplier": 2.0}]})
    assert (law.overtime_pay[0].multiplier, law.daily_cap_h) == (2.0, None)
    assert "multiplier" in refused(Labour, regime="own", overtime_pay=[{"hours": 3.0, "multiplier": 0.9}])
    assert "regime" in refused(Labour, regime="mars")


# --- demand -----------------------------------------------------------------------------------------------------


def test_a_rate_is_given_by_the_day_or_by_the_hour() -> None:
    assert Profile(per_h=10.0).per_day == 240.0  # type: ignore[call-arg]  # filled in from per_h
    assert Profile(per_day=240.0).rate_per_min == pytest.approx(1 / 6)
    assert "not both" in refused(Profile, per_day=100.0, per_h=10.0)
    assert Profile.model_validate({"per_day": 240.0, "per_h": 10.0}).per_day == 240.0  # the same figure twice
    assert "per_h" in refused(Profile, per_h=True)
    assert "per_h" in refused(Profile, per_h=-1.0)


FILE = {"file": "orders.csv", "from": "2026-01-05", "to": "2026-01-06"}


def test_demand_is_a_profile_or_a_file() -> None:
    assert Demand.model_validate(FILE).days == (date(2026, 1, 5), date(2026, 1, 6))
    assert "demand.file" in refused(Demand, **{"from": "2026-01-05"})
    assert "demand.from and demand.to" in refused(Demand, file="orders.csv", to="2026-01-06")
    assert "campaign" in refused(Demand, **FILE, campaign={"start": 0.0, "end": 1.0})
    assert "before demand.from" in refused(Demand, **{**FILE, "to": "2026-01-04"})


def test_a_campaign_ends_after_it_starts() -> None:
    for start, end in ((10.0, 9.0), (10.0, 10.0), ("2026-01-06", "2026-01-05"), ("2026-01-06", 24.0)):
        text = refused(
            Scenario,
            start="2026-01-05",
            window={"measure_to": 48.0},
            site={"picking": CREW},
            demand={"campaign": {"start": start, "end": end}},
        )
        assert "demand.campaign.end" in text


# --- window -----------------------------------------------------------------------------------------------------


def windowed(**window: Any) -> Scenario:
    return world(window=window)


def test_the_window_lies_in_the_run() -> None:
    scenario = windowed(measure_from=24.0, measure_to="2026-01-08", run_on_h=12.5)
    assert (scenario.measure_from_min, scenario.measure_to_min, scenario.horizon_min) == (1440, 4320, 5070)
    assert scenario.days == 4
    assert windowed(measure_to=48.0).days == 2  # midnight belongs to the day before
    assert windowed(measure_to=48.01).days == 3


@pytest.mark.parametrize(
    ("window", "told"),
    [
        ({}, "measure_to is needed"),
        ({"measure_from": 24.0, "measure_to": 24.0}, "lies after window.measure_from"),
        ({"measure_from": 48.0, "measure_to": 24.0}, "lies after window.measure_from"),
        ({"measure_from": -1.0, "measure_to": 24.0}, "before the start"),
        ({"measure_from": "2026-01-04", "measure_to": 24.0}, "before the start"),
        ({"measure_to": 24.0 * 367}, "366 days"),
        ({"measure_to": 24.0, "run_on_h": 24.0 * 366}, "366 days"),
        ({"measure_to": 24.0, "run_on_h": -1.0}, "run_on_h"),
    ],
)
def test_a_window_that_cannot_be_is_refused(window: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        windowed(**window)


def test_a_file_brings_its_window() -> None:
    scenario = Scenario.model_validate(
        {
            "demand": {**FILE, "lead_in_days": 3, "run_on_days": 1},
            "site": {"picking": CREW},
            "window": {"run_on_h": 24.0},
        }
    )
    assert scenario.first_day == date(2026, 1, 2)
    assert (scenario.measure_from_min, scenario.measure_to_min) == (3 * 1440, 5 * 1440)
    assert scenario.horizon_min == 6 * 1440


def test_all_that_does_not_hang_together_is_told_at_once() -> None:
    with pytest.raises(ValidationError) as caught:
        world(
            window={"measure_from": 30.0, "measure_to": 20.0},
            carriers={"home": {"share": 0.9, "pickups": {"late": {"time": "18:00"}}}},
            demand={"campaign": {"start": 9.0, "end": 8.0}},
            customers={"patience": {"share": 0.5}},
        )
    text = str(caught.value)
    for part in ("shares of carriers", "0.9", "window.measure_to", "demand.campaign.end", "counted_from"):
        assert part in text


# --- promise, customers, desk, carriers -------------------------------------------------------------------------


def test_delivery_is_promised_no_earlier_than_shipping() -> None:
    assert "at least ship_within_days" in refused(ServiceClass, ship_within_days=2, deliver_within_days=1)
    assert "at least days_ahead_min" in refused(RequestedDate, days_ahead_min=5, days_ahead_max=4)
    assert "working_weekdays" in refused(Promise, working_weekdays=[])


def test_nothing_is_promised_for_a_time_that_has_passed() -> None:
    same_day = {"ship_within_days": 0, "deliver_within_days": 0}
    for late in ({"ship_by": "13:59"}, {"deliver_by": "13:59", "ship_by": "14:00"}):
        assert "order_cutoff" in refused(Promise, standard=same_day, order_cutoff="14:00", **late)
    Promise.model_validate({"standard": same_day, "order_cutoff": "14:00", "ship_by": "14:00", "deliver_by": "14:00"})


def test_a_class_that_nobody_is_in_binds_nothing() -> None:
    # Express ships the same day by default; a shop without express customers may take orders until late
    promise = Promise.model_validate({"order_cutoff": "23:00", "ship_by": "18:00"})
    assert promise.express_share == 0


def test_patience_from_the_due_time_needs_one() -> None:
    with pytest.raises(ValidationError, match="needs a promise"):
        world(customers={"patience": {"share": 0.1}})
    world(customers={"patience": {"share": 0.1, "counted_from": "placed"}})
    world(customers={"patience": {"share": 0.1}}, promise={})
    world(customers={"patience": {"share": 0.0}})


@pytest.mark.parametrize(
    "bands",
    [
        [],
        [{"up_to_days": 1.0, "score": 4.0}],
        [{"score": 5.0}, {"score": 4.0}],
        [{"up_to_days": 2.0, "score": 5.0}, {"up_to_days": 1.0, "score": 4.0}, {"score": 1.0}],
        [{"up_to_days": 1.0, "score": 5.0}, {"up_to_days": 1.0, "score": 4.0}, {"score": 1.0}],
        [{"score": 5.5}],
        [{"score": 0.5}],
    ],
)
def test_bands_of_lateness_rise_to_an_open_end(bands: list[dict[str, float]]) -> None:
    assert "bands" in refused(Customers, bands=bands)


def test_a_desk_opens_before_it_closes_and_its_channels_share_all_contacts() -> None:
    phone = {"kind": "call", "share": 1.0, "handle_min": 5.0}
    for hours in ({"open": "18:00", "close": "09:00"}, {"open": "09:00", "close": "09:00"}, {"close": "24:30"}):
        assert "close lies after open" in refused(Desk, channels={"phone": phone}, **hours)
    assert "add up to 1" in refused(Desk, channels={"phone": {**phone, "share": 0.9}})
    assert "channels" in refused(Desk, channels={})
    third = {**phone, "share": 1 / 3}
    assert len(Desk.model_validate({"channels": {"a": third, "b": third, "c": third}}).channels) == 3


def test_shares_of_carriers_add_up_to_one() -> None:
    pickups = {"late": {"time": "18:00"}}
    for shares in ((0.5, 0.4), (0.6, 0.5), (1.0, 1.0)):
        made = {str(number): {"share": share, "pickups": pickups} for number, share in enumerate(shares)}
        with pytest.raises(ValidationError, match="shares of carriers"):
            world(carriers=made)
    third = {"share": 1 / 3, "pickups": pickups}
    world(carriers={"a": third, "b": third, "c": third})
    assert "pickups" in refused(Carrier, share=1.0, pickups={})


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Pickup, {"time": "24:00"}),
        (Release, {"mode": "waves", "times": ["08:00", "24:00"]}),
        (Overflow3PL, {"daily_capacity": 10, "dispatch": "24:00"}),
        (ExtraPickups, {"times": ["24:00"]}),
    ],
)
def test_what_happens_at_a_time_of_day_happens_on_that_day(model: type[BaseModel], given: dict[str, Any]) -> None:
    assert "23:59" in refused(model, **given)


def test_waves_have_times_and_times_need_waves() -> None:
    assert "waves" in refused(Release, mode="waves")
    assert "waves" in refused(Release, times=["08:00"])


def test_spells_have_their_days_in_order() -> None:
    assert "last_day" in refused(TransitSpell, first_day="2026-01-06", last_day="2026-01-05", factor=2.0)


def test_a_textbook_measures_after_it_warmed_up() -> None:
    knobs = {"arrival_rate_per_h": 10.0, "servers": 1, "mean_service_min": 4.0, "warmup_h": 10.0}
    assert "after warmup_h" in refused(Textbook, **knobs, horizon_h=10.0)


# --- plans ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("trigger", "told"),
    [
        ({"when": "time"}, "'at'"),
        ({"at": 5.0}, "'at'"),
        ({"when": "metric"}, "'metric'"),
        ({"when": "metric", "metric": "backlog_orders"}, "'above'"),
        ({"when": "metric", "above": 5.0}, "'metric'"),
        ({"metric": "backlog_orders", "above": 5.0}, "when: metric"),
        ({"when": "metric", "metric": "backlog", "above": 5.0}, "metric"),
        ({"when": "metric", "metric": "backlog_orders", "above": 5.0, "clear_below": 6.0}, "clear_below"),
        ({"clear_below": 6.0}, "clear_below"),
        ({"when": "never"}, "when"),
    ],
)
def test_triggers_are_complete(trigger: dict[str, Any], told: str) -> None:
    assert told in refused(Trigger, **trigger)


def test_the_clear_level_is_below_the_level_unless_given() -> None:
    watched = {"when": "metric", "metric": "backlog_orders", "above": 50.0}
    assert Trigger.model_validate(watched).clear_level == pytest.approx(35.0)
    assert Trigger.model_validate({**watched, "clear_below": 50.0}).clear_level == 50.0
    assert Trigger.model_validate({**watched, "clear_below": 0.0}).clear_level == 0.0


@pytest.mark.parametrize(
    ("model", "one", "other"),
    [
        (TemporaryStaff, {"headcount": 3}, {"headcount_share": 0.5}),
        (Overflow3PL, {"daily_capacity": 100}, {"daily_capacity_share": 0.5}),
    ],
)
def test_a_size_is_a_number_or_a_share(model: type[BaseModel], one: dict[str, Any], other: dict[str, Any]) -> None:
    model.model_validate(one)
    model.model_validate(other)
    assert "exactly one" in refused(model)
    assert "exactly one" in refused(model, **one, **other)


def test_measures_have_a_kind_and_a_label_that_is_a_name() -> None:
    assert "kind" in refused(Plan, measures={"stay": {"hours": 2.0}})
    assert "kind" in refused(Plan, measures={"stay": {"kind": "overtme"}})
    assert "labels" in refused(Plan, measures={"stay late": {"kind": "overtime"}})
    assert "labels" in refused(Plan, measures={3: {"kind": "overtime"}})
    for name in ("", "a b", "../x", "-x"):
        assert "name" in refused(Plan, name=name)


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
