"""What the models of scenario and plan accept and refuse, each alone and all together."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from sim.scenario.carriers import Carrier, Pickup, Transit, TransitSpell
from sim.scenario.customers import Customers, Patience
from sim.scenario.demand import Demand, Profile
from sim.scenario.desk import Channel, Desk
from sim.scenario.measures import (
    BackupCarrier,
    CarrierCapacity,
    Compensation,
    DeskCallback,
    ExtraPickups,
    FaqBot,
    LongerPromise,
    Overflow3PL,
    Overtime,
    ProactiveNotice,
    StaggeredRelease,
    TemporaryStaff,
    Trigger,
)
from sim.scenario.people import Crew, Labour, PayStep, Shift, ShiftHours
from sim.scenario.plan import Plan
from sim.scenario.promise import Promise, RequestedDate, ServiceClass
from sim.scenario.scenario import Scenario, Textbook
from sim.scenario.site import Release, Stage
from sim.scenario.types import Shape
from tests.ledgers import CREW, world
from tests.refusals import DAY_SHIFT, FILE, refused

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


def test_weekdays_are_counted_from_the_first_day() -> None:
    scenario = world(start="2026-01-08")
    assert [scenario.weekday_of(day) for day in (-1, 0, 3, 7)] == ["wed", "thu", "sun", "thu"]


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


# --- what would act twice, never, or without end ----------------------------------------------------------------

VISIT = {"pickups": {"evening": {"time": "17:00"}}}


@pytest.mark.parametrize(
    ("model", "field", "rest"),
    [
        (Overtime, "stages", {}),
        (TemporaryStaff, "stages", {"headcount": 1}),
        (ExtraPickups, "carriers", {"times": ["10:00"]}),
        (CarrierCapacity, "carriers", {"capacity_share": 1.0}),
        (BackupCarrier, "replaces", VISIT),
        (FaqBot, "channels", {}),
        (DeskCallback, "channels", {"queue_at_least": 1}),
        (LongerPromise, "classes", {}),
        (ProactiveNotice, "classes", {}),
        (Compensation, "classes", {}),
    ],
)
def test_a_name_given_twice_is_refused(model: type[BaseModel], field: str, rest: dict[str, Any]) -> None:
    name = {"stages": "picking", "classes": "standard"}.get(field, "any")
    assert getattr(model.model_validate({**rest, field: [name]}), field) == [name]
    assert f"{name} is named twice" in refused(model, **{**rest, field: [name, name]})


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (Overtime, {"stages": []}),
        (ProactiveNotice, {"classes": []}),
        (Compensation, {"classes": []}),
        (ExtraPickups, {"times": ["10:00"], "weekdays": []}),
        (Pickup, {"time": "10:00", "weekdays": []}),
        (ShiftHours, {"start": "08:00", "end": "16:00", "weekdays": []}),
    ],
)
def test_what_would_never_act_is_refused(model: type[BaseModel], given: dict[str, Any]) -> None:
    assert "at least 1" in refused(model, **given)


@pytest.mark.parametrize(
    "trigger",
    [{"when": "metric", "metric": "backlog_days", "above": 1.0}, {"when": "alert", "alert": "pile"}],
)
def test_turns_are_decided_by_no_reading(trigger: dict[str, Any]) -> None:
    assert f"no {trigger['when']} can decide it" in refused(StaggeredRelease, trigger=trigger)


@pytest.mark.parametrize(
    ("model", "given"),
    [
        (PayStep, {"hours": 2.0, "multiplier": 1e308}),
        (PayStep, {"hours": 25.0, "multiplier": 2.0}),
        (TransitSpell, {"first_day": "2026-01-05", "last_day": "2026-01-06", "factor": 1e308}),
    ],
)
def test_figures_that_no_shop_comes_near_are_refused(model: type[BaseModel], given: dict[str, Any]) -> None:
    assert "less than or equal to" in refused(model, **given)


def test_codes_of_carriers_channels_and_alerts_are_enough() -> None:
    # The ledger has one byte for each of them
    shared = {f"c{number}": {**VISIT, "share": 1 / 101} for number in range(101)}
    channels = {f"c{number}": {"kind": "call", "share": 1 / 101, "handle_min": 1.0} for number in range(101)}
    rules = {f"r{number}": {"metric": "backlog_days", "above": 1.0} for number in range(101)}
    told = refused(Scenario, site={}, carriers=shared, alerts=rules, desk={"channels": channels})
    assert told.count("at most 100 items") == 3


@pytest.mark.parametrize(
    ("name", "says"), [("", "at least 1 character"), ("n" * 61, "at most 60 characters"), ("3pl", "another name")]
)
def test_names_that_no_carrier_can_have(name: str, says: str) -> None:
    told = refused(Scenario, **{**world().model_dump(by_alias=True), "carriers": {name: {**VISIT, "share": 1.0}}})
    assert says in told
