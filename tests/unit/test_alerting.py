"""Alert rules: levels with hysteresis, what the ledger says of them, and measures that follow them; by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

import sim
from sim.alerting import alarm, changes, raised
from sim.ledger import Ledger
from sim.scenario.alerts import METRICS, NEEDS, AlertRule
from sim.scenario.carriers import Pickup
from sim.scenario.demand import Campaign, Demand, Profile
from sim.scenario.fit import lacking, misfits
from sim.scenario.measures import Overtime, Trigger
from sim.scenario.scenario import Scenario, Window
from sim.scenario.stock import Stock
from tests.small_sites import (
    NAN,
    asks,
    assert_log,
    call,
    column,
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

BELL = Overtime(hours=1.0, stages=["desk"])  # a measure without any effect on a site without a desk


def rule(metric: Any, above: float, **more: Any) -> AlertRule:
    return AlertRule(metric=metric, above=above, **more)


# --- levels -----------------------------------------------------------------------------------------------------


def test_raised_at_the_level_and_cleared_below_the_lower_one() -> None:
    values = np.array([1.0, 5.0, 4.0, 3.0, 2.9, 4.9, 5.0])
    assert alarm(values, 5.0, 3.0).tolist() == [False, True, True, True, False, False, True]
    assert raised(alarm(values, 5.0, 3.0)).tolist() == [1, 6]


def test_no_readings_raise_nothing() -> None:
    assert raised(alarm(np.empty(0), 1.0, 0.5)).tolist() == []


READINGS = st.lists(st.one_of(st.floats(0, 10), st.sampled_from([3.0, 5.0, NAN])), max_size=40)


@settings(derandomize=True, deadline=None)
@given(READINGS, st.floats(0, 10), st.floats(0, 1))
def test_a_whole_record_is_judged_as_its_readings_one_by_one(values: list[float], above: float, ratio: float) -> None:
    on, one_by_one = False, []
    for value in values:
        on ^= changes(value, on, above, ratio * above)
        one_by_one.append(on)
    assert alarm(np.array(values), above, ratio * above).tolist() == one_by_one


@settings(derandomize=True, deadline=None)
@given(READINGS, st.floats(0, 10), st.floats(0, 10))
def test_a_lower_level_is_never_raised_later(values: list[float], one: float, other: float) -> None:
    first = [raised(alarm(np.array(values), above, 0.7 * above))[:1].tolist() for above in sorted((one, other))]
    assert not first[1] or (first[0] and first[0] <= first[1])


def test_the_level_to_clear_lies_below_by_default() -> None:
    assert rule("backlog_orders", 10.0).clear_level == 7.0
    with pytest.raises(ValidationError, match="clear_below lies at or below"):
        rule("backlog_orders", 10.0, clear_below=11.0)


# --- in a run ---------------------------------------------------------------------------------------------------


def shrinking(folder: Path, **alerts: AlertRule) -> Scenario:
    """A backlog of four from 08:00 on, less one each at 10:30, 11:30, 12:30 and 13:30."""
    vans = van(*(Pickup(time=f"{hour}:30", capacity=1) for hour in (10, 11, 12, 13)))
    return world(folder, [480] * 4, carriers={"van": vans}, alerts=alerts)


def test_an_alarm_is_recorded_with_all_that_it_read(tmp_path: Path) -> None:
    """Read every two hours: none waits until 08:00 (an order of that very minute is not seen), then 4, 2 and 0 do."""
    scenario = shrinking(tmp_path, pile=rule("backlog_orders", 4.0, clear_below=3.0, review_every_min=120.0))
    ledger = run(scenario)
    assert_log(ledger, "readings", time_min=np.arange(120, 1440, 120), value=[0, 0, 0, 0, 4, 2, 0, 0, 0, 0, 0])
    assert_log(
        ledger,
        "warnings",
        time_min=[600, 720],
        rule=["pile"] * 2,
        event=["raised", "cleared"],
        value=[4, 2],
        level=[4, 3],
    )
    assert ledger.names_of("readings", "rule") == ("pile",)


def test_a_measure_follows_the_alert_that_it_names(tmp_path: Path) -> None:
    """Decided when the alarm is raised, called off when it is cleared; as if it watched the metric itself."""
    scenario = shrinking(tmp_path, pile=rule("backlog_orders", 4.0, clear_below=2.0, review_every_min=30.0))
    own = Trigger(when="metric", metric="backlog_orders", above=4.0, clear_below=2.0, review_every_min=30.0)
    by_alert = run(scenario, plan(bell=BELL.model_copy(update={"trigger": Trigger(when="alert", alert="pile")})))
    by_itself = run(scenario, plan(bell=BELL.model_copy(update={"trigger": own})))
    assert_log(by_alert, "alerts", time_min=[510, 510, 780], event=["decided", "active", "called_off"])
    for name in ("time_min", "metric", "value", "level", "event"):
        np.testing.assert_array_equal(column(by_alert, name, "alerts"), column(by_itself, name, "alerts"))
    np.testing.assert_array_equal(column(by_alert, "time_min", "warnings"), [510, 780])


def test_two_rules_on_one_metric_read_the_same(tmp_path: Path) -> None:
    scenario = shrinking(tmp_path, early=rule("backlog_orders", 1.0), late=rule("backlog_orders", 4.0))
    ledger = run(scenario)
    assert column(ledger, "rule", "readings").tolist() == [0, 1] * 23
    values = column(ledger, "value", "readings")
    np.testing.assert_array_equal(values[::2], values[1::2])


def test_a_rule_without_anything_to_read_is_left_out(tmp_path: Path) -> None:
    ledger = run(shrinking(tmp_path, waits=rule("desk_wait_min", 1.0), pile=rule("backlog_orders", 1.0)))
    assert set(column(ledger, "rule", "readings")) == {1}


def test_levels_that_count_are_scaled(tmp_path: Path) -> None:
    """Twice as many orders at half the scale: the level of four is one of two."""
    scenario = shrinking(tmp_path, pile=rule("backlog_orders", 4.0)).model_copy(update={"scale": 0.5})
    with_two = scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"resample": 2.0})})
    assert column(run(with_two), "level", "warnings")[0] == 2.0


# --- what the metrics read --------------------------------------------------------------------------------------


def read(ledger: Ledger) -> list[float]:
    return [float(value) for value in column(ledger, "value", "readings")]


def test_orders_that_one_day_does_not_ship_are_at_risk(tmp_path: Path) -> None:
    """Five are due on Monday at 18:00, three on Tuesday; a van takes two on Monday at noon.

    On Monday at 08:00 five fall due within 24 h and nothing was shipped; at 16:00 three are left of them, and two were
    shipped; from midnight on, three of Monday's and three of Tuesday's are due or overdue, less two until noon.
    """
    vans = van(Pickup(time="12:00", capacity=2, weekdays=["mon"]))
    scenario = world(
        tmp_path,
        [60] * 5 + [1440 + 60] * 3,
        days=2,
        carriers={"van": vans},
        site=site(pick=picking(setup_min=1.0)),
        promise=promise(),
        alerts={"risk": rule("at_risk_orders", 1.0, review_every_min=480.0)},
    )
    assert read(run(scenario)) == [5, 1, 1, 4, 6]


def test_a_cancelled_order_is_no_longer_at_risk_nor_the_oldest(tmp_path: Path) -> None:
    rules = {"risk": rule("at_risk_orders", 9.0), "age": rule("oldest_order_h", 9.0)}
    nobody = site(pick=picking(shift(0)))
    scenario = world(tmp_path, [60, 120], site=nobody, promise=promise(), alerts=rules)
    ledger = run(scenario, cancel_order=[0], cancel_min=[200.0], cancel_margin=[0.5])
    rows = column(ledger, "rule", "readings")
    values = column(ledger, "value", "readings")
    assert values[rows == 0][:4].tolist() == [0, 1, 2, 1]  # 01:00, before the first is seen, to 04:00
    assert values[rows == 1][:4].tolist() == [0, 1, 2, 2]


def test_the_fullest_carrier_counts_and_a_day_without_visits_is_skipped(tmp_path: Path) -> None:
    """Six parcels for a van that takes four on Tuesday; from Tuesday noon on two wait for the eight of Friday."""
    slow = van(Pickup(time="12:00", capacity=4, weekdays=["tue"]), Pickup(time="12:00", capacity=8, weekdays=["fri"]))
    scenario = world(
        tmp_path,
        [480] * 6,
        days=2,
        site=site(pick=picking(shift(6, "00:00", "24:00"), setup_min=1.0)),
        carriers={"slow": slow},
        alerts={"full": rule("pickup_fill", 9.0, review_every_min=720.0)},
    )
    assert read(run(scenario)) == [6 / 4, 6 / 4, 6 / 4]
    fresh = world(tmp_path, [480] * 6, days=3, **{n: getattr(scenario, n) for n in ("site", "carriers", "alerts")})
    assert read(run(fresh)) == [6 / 4, 6 / 4, 6 / 4, 2 / 8, 2 / 8]


def test_who_hangs_up_is_held_against_who_is_answered(tmp_path: Path) -> None:
    """One agent, ten minutes a call, patience of five: of three callers at 09:00 one is answered."""
    scenario = world(
        tmp_path,
        [480],
        desk=desk(channels={"phone": call(patience_min=5.0)}),
        alerts={
            "lost": rule("abandonment_share", 0.5),
            "wait": rule("desk_wait_min", 9.0, review_every_min=542.0),
        },
    )
    ledger = run(scenario, **asks(scenario, [(-1, 540.0)] * 3))
    rows = column(ledger, "rule", "readings")
    lost = column(ledger, "value", "readings")[rows == 0]
    assert lost[8:11].tolist() == [0, pytest.approx(2 / 3), 0]  # 09:00, 10:00, 11:00
    assert column(ledger, "value", "readings")[rows == 1][0] == 2


def test_orders_are_held_against_the_plan_of_demand_without_its_luck() -> None:
    """A day of which twelve hours are a campaign of four times the orders, where twice as many were planned."""

    def surge(uplift: float) -> Scenario:
        campaign = Campaign(start=12.0, end=48.0, uplift=uplift)
        demand = Demand(profile=Profile(per_day=24_000.0), campaign=campaign)
        watch = {"pace": rule("orders_against_plan", 1.5, review_every_min=720.0)}
        return Scenario(demand=demand, site=site(pick=picking(shift(0))), window=Window(measure_to=36.5), alerts=watch)

    assert read(sim.simulate(surge(2.0), plan(), sim.sample(surge(2.0)))) == [
        pytest.approx(NAN, nan_ok=True),
        pytest.approx(1.0, abs=0.05),
        pytest.approx(1.0, abs=0.05),
    ]
    surprised = read(sim.simulate(surge(2.0), plan(), sim.sample(surge(4.0))))
    assert surprised[1:] == pytest.approx([(12 + 12 * 4) / (12 + 12 * 2), 2.0], abs=0.05)


# --- what has no data -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", NEEDS)
def test_a_trigger_on_a_metric_without_data_is_told(tmp_path: Path, metric: Any) -> None:
    bare = world(tmp_path, [480])
    tried = plan(bell=Overtime(trigger=Trigger(when="metric", metric=metric, above=1.0)))
    (problem,) = misfits(bare, tried)
    assert problem.place == "plan.tried.measures.bell.trigger.metric"
    assert problem.given == metric
    assert "nothing to read" in problem.remedy


@pytest.mark.parametrize("metric", METRICS)
def test_a_scenario_with_all_parts_lacks_nothing(tmp_path: Path, metric: Any) -> None:
    whole = world(
        tmp_path,
        [],
        demand=Demand(profile=Profile(per_day=10.0)),
        window=Window(measure_to=24.0),
        site=site(pack=packing()),
        carriers={"van": van()},
        desk=desk(),
        promise=promise(),
        stock=Stock.model_validate({"skus": {"tea": {}}}),
    )
    assert lacking(whole, metric) == ""


def test_an_alert_that_is_not_there_is_told_with_the_nearest(tmp_path: Path) -> None:
    scenario = shrinking(tmp_path, pile=rule("backlog_orders", 4.0), waits=rule("desk_wait_min", 4.0))
    tried = plan(
        one=BELL.model_copy(update={"trigger": Trigger(when="alert", alert="pille")}),
        two=BELL.model_copy(update={"trigger": Trigger(when="alert", alert="waits")}),
    )
    one, two = misfits(scenario, tried)
    assert (one.place, one.given) == ("plan.tried.measures.one.trigger.alert", "pille")
    assert "did you mean 'pile'" in one.remedy
    assert (two.place, two.given) == ("plan.tried.measures.two.trigger.alert", "waits")
    assert "no desk" in two.remedy


def test_a_run_that_nobody_checked_tells_it_too(tmp_path: Path) -> None:
    scenario = shrinking(tmp_path, pile=rule("backlog_orders", 4.0))
    tried = plan(one=BELL.model_copy(update={"trigger": Trigger(when="alert", alert="pille")}))
    with pytest.raises(sim.InputError, match="pille: no such alert rule, there are: pile; did you"):
        sim.simulate(scenario, tried, sim.sample(scenario))


def test_a_trigger_that_ends_before_it_begins_is_told(tmp_path: Path) -> None:
    late = Trigger(when="time", at="2026-01-05T10:00", until=10.0)
    (problem,) = misfits(world(tmp_path, [480]), plan(bell=Overtime(trigger=late)))
    assert (problem.place, problem.given) == ("plan.tried.measures.bell.trigger.until", "10")
    later = Trigger(when="time", at="2026-01-05T10:00", until=10.5)
    assert misfits(world(tmp_path, [480]), plan(bell=Overtime(trigger=later))) == []


@pytest.mark.parametrize("figures", [{"when": "alert"}, {"alert": "pile"}, {"when": "start", "alert": "pile"}])
def test_an_alert_and_its_name_go_together(figures: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match="when: alert needs 'alert'"):
        Trigger(**figures)
