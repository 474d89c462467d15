"""When measures are decided, take effect and end, and what the alerts say of it; metrics and scale by hand."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from sim.draws import sample
from sim.floor import simulate
from sim.ledger import Ledger
from sim.rules import next_review
from sim.scenario.alerts import METRICS
from sim.scenario.carriers import Pickup
from sim.scenario.demand import Demand, Profile
from sim.scenario.measures import Compensation, ExtraPickups, Overflow3PL, Overtime, TemporaryStaff, Trigger
from sim.scenario.plan import Plan
from sim.scenario.scale import at_scale, plan_at_scale
from sim.scenario.scenario import Scenario, Window
from sim.scenario.site import Release
from tests.small_sites import (
    NAN,
    asks,
    assert_log,
    column,
    demand,
    desk,
    packing,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    van,
    world,
)


def watching(metric: Any, above: float, **more: Any) -> Trigger:
    return Trigger(when="metric", metric=metric, above=above, **more)


def traced(scenario: Scenario, trigger: Trigger, delay_h: float = 0.0) -> Ledger:
    """A run in which a measure without any effect is decided by the trigger."""
    return run(scenario, plan(bell=Overtime(hours=1.0, stages=["desk"], trigger=trigger, delay_h=delay_h)))


def rang(ledger: Ledger) -> list[tuple[str, float]]:
    """Events of the alerts table with their minutes."""
    return list(zip(ledger.alerts["event"], ledger.alerts["time_min"], strict=True))


# --- start and time ---------------------------------------------------------------------------------------------


def test_from_the_start(tmp_path: Path) -> None:
    ledger = traced(world(tmp_path, [480]), Trigger(), delay_h=2.5)
    assert_log(
        ledger,
        "alerts",
        time_min=[0, 150],
        measure=["bell", "bell"],
        event=["decided", "active"],
        metric=["", ""],
        value=[NAN, NAN],
        level=[NAN, NAN],
    )


@pytest.mark.parametrize("moment", [9.5, datetime(2026, 1, 5, 9, 30)])
def test_at_a_time(tmp_path: Path, moment: Any) -> None:
    ledger = traced(world(tmp_path, [480]), Trigger(when="time", at=moment, until=10.0), delay_h=0.25)
    assert rang(ledger) == [("decided", 570), ("active", 585), ("ended", 600)]


def test_a_time_before_the_start_is_the_start(tmp_path: Path) -> None:
    assert rang(traced(world(tmp_path, [480]), Trigger(when="time", at=-5.0))) == [("decided", 0), ("active", 0)]


@pytest.mark.parametrize("trigger", [Trigger(when="time", at=9.0, until=9.0), Trigger(when="time", at=24.0)])
def test_a_time_that_does_not_come(tmp_path: Path, trigger: Trigger) -> None:
    assert rang(traced(world(tmp_path, [480]), trigger)) == []


@pytest.mark.parametrize("when", ["start", "metric"])
def test_what_would_begin_after_its_end_does_not_begin(tmp_path: Path, when: str) -> None:
    """A measure with effects at its very start: offers to all who wait, and a set-up that is paid."""
    trigger = Trigger(until=9.5) if when == "start" else watching("backlog_orders", 1.0, until=9.5)
    delay_h = 10.0 if when == "start" else 0.75
    measures = plan(
        coupon=Compensation(after_due_h=-24.0, trigger=trigger, delay_h=delay_h),
        other=Overflow3PL(daily_capacity=1, setup_cost=100.0, trigger=trigger, delay_h=delay_h),
    )
    nobody = site(pick=picking(shift(0)))
    ledger = run(world(tmp_path, [500], site=nobody, promise=promise()), measures)
    assert {event for event, _ in rang(ledger)} == {"decided"}
    assert_log(ledger, compensated_min=[NAN])
    assert_log(ledger, "charges", cost=[])


# --- metrics ----------------------------------------------------------------------------------------------------


def shrinking(folder: Path, **more: Any) -> Scenario:
    """A backlog of four from 08:00 on, less one each at 10:30, 11:30, 12:30 and 13:30."""
    vans = van(*(Pickup(time=f"{hour}:30", capacity=1) for hour in (10, 11, 12, 13)))
    return world(folder, [480] * 4, carriers={"van": vans}, **more)


def test_decided_and_called_off_with_hysteresis(tmp_path: Path) -> None:
    """At 09:00 four wait; at 12:00 two do, which is not below two; at 13:00 one does."""
    ledger = traced(shrinking(tmp_path), watching("backlog_orders", 4.0, clear_below=2.0))
    assert_log(
        ledger,
        "alerts",
        time_min=[540, 540, 780],
        event=["decided", "active", "called_off"],
        metric=["backlog_orders"] * 3,
        value=[4, NAN, 1],
        level=[4, 4, 2],
    )


@pytest.mark.parametrize(
    ("clear_below", "called_off"),
    [(None, 720), (4.0, 660), (1.0, 840), (0.0, None)],  # by default below 0.7 * 4 = 2.8
)
def test_levels_of_calling_off(tmp_path: Path, clear_below: float | None, called_off: float | None) -> None:
    ledger = traced(shrinking(tmp_path), watching("backlog_orders", 4.0, clear_below=clear_below))
    expected = [("decided", 540), ("active", 540)] + ([("called_off", called_off)] if called_off else [])
    assert rang(ledger) == expected


@pytest.mark.parametrize(("at_least_h", "called_off"), [(0.0, 780), (4.0, 780), (4.5, 840), (6.0, 900), (99.0, None)])
def test_it_stays_on_for_as_long_as_it_was_meant_to(
    tmp_path: Path, at_least_h: float, called_off: float | None
) -> None:
    """On at 09:00; at 13:00 and from then on less than two wait. Reviewed every hour."""
    trigger = watching("backlog_orders", 4.0, clear_below=2.0, at_least_h=at_least_h)
    expected = [("decided", 540), ("active", 540)] + ([("called_off", called_off)] if called_off else [])
    assert rang(traced(shrinking(tmp_path), trigger)) == expected


def test_only_what_a_metric_calls_off_is_kept_on() -> None:
    with pytest.raises(ValidationError, match="at_least_h goes with when: metric or alert"):
        Trigger(at_least_h=1.0)


def test_it_goes_ahead_after_its_delay_even_if_the_metric_has_recovered(tmp_path: Path) -> None:
    ledger = traced(shrinking(tmp_path), watching("backlog_orders", 4.0), delay_h=6.0)
    assert rang(ledger) == [("decided", 540), ("active", 900), ("called_off", 960)]


def test_it_may_be_decided_again(tmp_path: Path) -> None:
    """One order a few minutes before 09:00 and another before 12:00; each takes 40 minutes."""
    ledger = traced(
        world(tmp_path, [530, 710], site=site(pick=picking(setup_min=40.0))), watching("backlog_orders", 1.0)
    )
    once = ["decided", "active", "called_off"]
    assert rang(ledger) == list(zip(once * 2, [540, 540, 600, 720, 720, 780], strict=True))


def test_it_ends_at_the_latest_then(tmp_path: Path) -> None:
    """Between two reviews; and it is not decided again."""
    nobody = site(pick=picking(shift(0)))
    ledger = traced(world(tmp_path, [480], site=nobody), watching("backlog_orders", 1.0, until=10.25))
    assert rang(ledger) == [("decided", 540), ("active", 540), ("ended", 615)]


def test_a_metric_that_is_never_reached(tmp_path: Path) -> None:
    assert rang(traced(world(tmp_path, [480]), watching("backlog_orders", 2.0))) == []


def test_an_order_of_the_very_minute_is_not_seen_yet(tmp_path: Path) -> None:
    nobody = site(pick=picking(shift(0)))
    ledger = traced(world(tmp_path, [540], site=nobody), watching("backlog_orders", 1.0))
    assert rang(ledger)[0] == ("decided", 600)


def test_reviews_are_multiples_of_their_interval(tmp_path: Path) -> None:
    nobody = site(pick=picking(shift(0)))
    ledger = traced(world(tmp_path, [480], site=nobody), watching("backlog_orders", 1.0, review_every_min=37.0))
    assert rang(ledger)[0] == ("decided", 13 * 37)


@settings(derandomize=True, deadline=None)
@given(st.integers(0, 20_000), st.floats(1, 10_080))
def test_the_next_review_is_a_later_one(number: int, every_min: float) -> None:
    """Also at a review, where time / interval may be rounded down: else the clock would stand still."""
    now = number * every_min
    assert now < next_review(now, every_min) <= now + 1.000001 * every_min


def test_orders_per_hour_are_those_of_the_review_interval_also_after_a_delay(tmp_path: Path) -> None:
    """Twelve an hour until noon, then three; begun eleven hours after the decision, off at the next review."""
    orders = [*range(0, 720, 5), *range(720, 1440, 20)]
    ledger = traced(world(tmp_path, orders), watching("orders_per_h", 10.0), delay_h=11.0)
    assert_log(ledger, "alerts", time_min=[60, 720, 780], value=[12, NAN, 3])


def test_orders_per_hour_are_counted_from_reading_to_reading(tmp_path: Path) -> None:
    """Twelve an hour until noon, then three: decided at the first reading, called off at the first of few."""
    orders = [*range(0, 720, 5), *range(720, 1440, 20)]
    ledger = traced(world(tmp_path, orders), watching("orders_per_h", 10.0))
    assert_log(ledger, "alerts", time_min=[60, 60, 780], value=[12, NAN, 3])


ELSEWHERE = ("orders_against_plan", "short_sku_share")  # need a plan of demand, and stock: tested where these are
READINGS = {
    "backlog_orders": 8.0,
    "backlog_days": 1.0,  # the file has eight orders on its one day
    "backlog_hours": 55 / 60,  # one waits for the packer, 55 minutes; picking would take three 2 * 60 / 3
    "overdue_orders": 8.0,  # all were due by 10:00
    "orders_per_h": 0.8,
    "queue_picking_orders": 2.0,
    "queue_packing_orders": 1.0,
    "queue_dock_parcels": 1.0,
    "queue_desk_contacts": 2.0,
    "at_risk_orders": 8.0,  # nothing was shipped yet
    "oldest_order_h": 2.0,
    "utilisation_picking": 1.0,
    "utilisation_packing": 1.0,
    "utilisation_desk": 1.0,
    "pickup_fill": 0.1,  # one parcel for a van of ten
    "desk_wait_min": 5.0,
    "abandonment_share": 0.0,
}


@pytest.mark.parametrize("metric", [metric for metric in METRICS if metric not in ELSEWHERE])
def test_every_metric(tmp_path: Path, metric: str) -> None:
    """At 10:00: of eight orders, three are being picked and two wait for it; one is packed, one is being packed, one
    waits for it. Of three contacts one is being answered.
    """
    places = site(pick=picking(shift(3), setup_min=60.0), pack=packing(setup_min=55.0))
    scenario = world(
        tmp_path,
        [480] * 8,
        site=places,
        desk=desk(),
        promise=promise("10:00"),
        carriers={"van": van(Pickup(time="17:00", capacity=10))},
    )
    bell = Overtime(hours=1.0, stages=["desk"], trigger=watching(metric, 0.0, review_every_min=600.0))
    ledger = run(scenario, plan(bell=bell), **asks(scenario, [(-1, 595.0)] * 3))
    first = ledger.alerts.iloc[0]
    assert (first["time_min"], first["metric"]) == (600, metric)
    assert first["value"] == pytest.approx(READINGS[metric])


def test_unreleased_orders_count_as_waiting_for_picking(tmp_path: Path) -> None:
    """Four orders of ten minutes for two pickers wait for the wave."""
    places = site(pick=picking(shift(2)), release=Release(mode="waves", times=["12:00"]))
    ledger = traced(world(tmp_path, [480] * 4, site=places), watching("backlog_hours", 0.0, review_every_min=600.0))
    assert column(ledger, "value", "alerts")[0] == pytest.approx(4 * 10 / 2 / 60)


def test_the_crew_of_backlog_hours_is_that_of_the_largest_day(tmp_path: Path) -> None:
    """Two shifts of one on Mondays, one of four on Tuesdays."""
    pick = picking(
        shift(1, "08:00", "09:00", weekdays=["mon"]),
        shift(1, "20:00", "21:00", weekdays=["mon"]),
        shift(4, "23:00", "24:00", weekdays=["tue"]),
        setup_min=90.0,
    )
    scenario = world(tmp_path, [480] * 5, days=2, site=site(pick=pick))
    ledger = traced(scenario, watching("backlog_hours", 0.0, review_every_min=600.0))
    assert column(ledger, "value", "alerts")[0] == pytest.approx(4 * 90 / 4 / 60)


# --- scale ------------------------------------------------------------------------------------------------------


def test_sizes_levels_and_money_of_a_plan_at_half_scale() -> None:
    measures = plan(
        other=Overflow3PL(daily_capacity=7, setup_cost=300.0, cost_per_order=90.0),
        vans=ExtraPickups(
            times=["12:00"], capacity=10, cost_per_pickup=500.0, trigger=watching("queue_dock_parcels", 40.0)
        ),
        help=TemporaryStaff(headcount=1, cost_per_head=50.0, trigger=watching("orders_per_h", 3.0, clear_below=1.0)),
        more=TemporaryStaff(headcount_share=0.6, trigger=watching("backlog_days", 2.0, clear_below=1.0)),
        stay=Overtime(trigger=watching("backlog_hours", 8.0)),
    )
    half: dict[str, Any] = dict(plan_at_scale(measures, 0.5).measures)
    assert (half["other"].daily_capacity, half["other"].setup_cost, half["other"].cost_per_order) == (4, 150, 90)
    assert (half["vans"].capacity, half["vans"].cost_per_pickup, half["vans"].trigger.above) == (5, 250, 20)
    assert (half["help"].headcount, half["help"].cost_per_head) == (1, 50)  # nobody comes in halves
    assert (half["help"].trigger.above, half["help"].trigger.clear_below) == (1.5, 0.5)
    assert half["more"] == measures.measures["more"]  # shares, days and hours are the same at any scale
    assert half["stay"] == measures.measures["stay"]
    assert plan_at_scale(measures, 1.0) is measures


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_that_counts_is_scaled(metric: Any) -> None:
    measures = plan(bell=Overtime(trigger=watching(metric, 10.0)))
    scaled = plan_at_scale(measures, 0.5).measures["bell"].trigger.above
    counts = {"backlog_orders", "overdue_orders", "at_risk_orders", "orders_per_h"}
    assert scaled == (5.0 if metric in counts or metric.startswith("queue_") else 10.0)


def test_capacities_of_a_scenario_at_half_scale(tmp_path: Path) -> None:
    carrier = van(
        Pickup(time="12:00", capacity=5), Pickup(time="17:00"), daily_parcel_cap=9, contracted_per_day=3.0,
        cost_per_pickup=300.0, cost_per_parcel=60.0,
    )  # fmt: skip
    places = site(
        pick=picking(shift(3), shift(0), headcount_factor=2.0, stations=1), pack=packing(shift(5), stations=4)
    )
    scenario = world(tmp_path, [480], site=places, carriers={"van": carrier}, desk=desk(shift(4)), scale=0.5)
    half = at_scale(scenario)
    assert [each.headcount for each in half.site.picking.shifts.values()] == [3, 0]
    assert half.site.picking.stations == 1
    assert half.site.packing is not None
    assert [each.headcount for each in half.site.packing.shifts.values()] == [3]
    assert half.site.packing.stations == 2
    assert half.desk is not None
    assert [each.headcount for each in half.desk.shifts.values()] == [2]
    van_then = half.carriers["van"]
    assert [each.capacity for each in van_then.pickups.values()] == [3, None]
    assert (van_then.daily_parcel_cap, van_then.contracted_per_day) == (5, 1.5)
    assert (van_then.cost_per_pickup, van_then.cost_per_parcel) == (150, 60)


def test_half_scale_from_end_to_end(tmp_path: Path) -> None:
    """Half of a file that is doubled is the file itself: six orders meet two of four pickers, and half the level."""
    orders = demand(tmp_path, [480] * 6, resample=2.0)
    scenario = world(tmp_path, [], demand=orders, scale=0.5, site=site(pick=picking(shift(4), setup_min=30.0)))
    trigger = watching("backlog_orders", 7.0, review_every_min=15.0)  # 3.5 at this scale: four wait until 09:00
    chosen = plan(other=Overflow3PL(daily_capacity=3, setup_cost=100.0, trigger=trigger))
    ledger = run(scenario, chosen)
    assert_log(ledger, pick_start_min=[480, 480, 510, 510, 540, 540])
    assert rang(ledger) == [("decided", 495), ("active", 495), ("called_off", 555)]
    assert column(ledger, "cost", "charges").tolist() == [50]
    assert column(ledger, "level", "alerts")[0] == 3.5
    assert ledger.plan is chosen  # the ledger keeps what was asked for
    assert ledger.scenario is scenario


def test_profile_orders_at_half_scale_are_half_as_many() -> None:
    figures: dict[str, Any] = {"site": site(pick=picking(shift(0))), "window": Window(measure_to=240.0)}
    rate = Demand(profile=Profile(per_day=1000.0))
    whole, half = (Scenario(demand=rate, scale=scale, **figures) for scale in (1.0, 0.5))
    placed = len(simulate(half, Plan(name="none"), sample(half)).column("orders", "placed_min"))
    assert placed == pytest.approx(5000, abs=4.6 * 5000**0.5)
    assert len(sample(whole)) == pytest.approx(10_000, abs=4.6 * 10_000**0.5)
