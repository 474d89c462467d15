"""Measures on demand do exactly what they say: who is turned away, what is cut, what is promised, who comes when.

One picker from 08:00 (minute 480), ten minutes an order unless a test says otherwise. Measures are on from the start
unless a test says otherwise; triggers are in test_triggers.py, the terms themselves in test_terms.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.costs import cost_lines
from sim.errors import InputError
from sim.experiment import compare
from sim.floor.turns import let_in
from sim.indicators import hourly, kpi_values
from sim.scenario.customers import Asking, Customers, Patience
from sim.scenario.demand import Campaign, Demand, Profile
from sim.scenario.economics import Economics
from sim.scenario.fit import misfits
from sim.scenario.measures import (
    AnyMeasure,
    Compensation,
    LongerPromise,
    Overflow3PL,
    Overtime,
    PauseCampaign,
    PurchaseLimit,
    StaggeredRelease,
    Throttle,
    Trigger,
)
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario, Window
from sim.scenario.site import Release
from tests.small_sites import (
    DAY,
    NAN,
    asks,
    assert_log,
    demand,
    desk,
    drawn,
    names,
    packing,
    patience,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    world,
)

FROM_NINE = Trigger(when="time", at=9.0, until=10.0)


# --- throttle and pause -----------------------------------------------------------------------------------------


def test_whom_a_throttle_turns_away(tmp_path: Path) -> None:
    """No ads, which bring half: of the campaign's three customers those at 0.5 and above stay away."""
    scenario = world(tmp_path, [480, 481, 482, 483])
    responses = {"by_campaign": [False, True, True, True], "commit_u": [0.9, 0.49, 0.5, 0.9]}
    ledger = run(scenario, plan(ads=Throttle(share=0.0, ads_share=0.5)), **responses)
    assert_log(
        ledger,
        outcome=["delivered", "delivered", "deterred", "deterred"],
        measured=[True, True, False, False],
        by_campaign=[False, True, True, True],
        placed_min=[480, 481, 482, 483],
        released_min=[480, 481, NAN, NAN],
        pick_start_min=[480, 490, NAN, NAN],
        picked_up_min=[490, 500, NAN, NAN],
        cancelled_min=[NAN] * 4,
        end_reason=[""] * 4,
    )


def test_a_pause_holds_while_it_is_active_and_no_longer(tmp_path: Path) -> None:
    """From 09:00 to 10:00, both moments told apart from orders of the same minute: the pause comes and goes first."""
    scenario = world(tmp_path, [539, 540, 599, 600])
    ledger = run(scenario, plan(brake=PauseCampaign(trigger=FROM_NINE)), by_campaign=[True] * 4, commit_u=[0.0] * 4)
    assert names(ledger, "outcome") == ["delivered", "deterred", "deterred", "delivered"]


def test_a_pause_takes_effect_after_its_delay(tmp_path: Path) -> None:
    late = Trigger(when="time", at=8.5)
    scenario = world(tmp_path, [520, 539, 540])
    ledger = run(scenario, plan(brake=PauseCampaign(trigger=late, delay_h=0.5)), by_campaign=[True] * 3)
    assert names(ledger, "outcome") == ["delivered", "delivered", "deterred"]


def test_some_order_although_the_campaign_is_paused(tmp_path: Path) -> None:
    scenario = world(tmp_path, [480, 481])
    ledger = run(scenario, plan(brake=PauseCampaign(still_share=0.25)), by_campaign=[True, True], commit_u=[0.2, 0.3])
    assert names(ledger, "outcome") == ["delivered", "deterred"]


def test_what_is_turned_away_is_in_no_figure(tmp_path: Path) -> None:
    """Two of four orders are placed: nothing else counts as accepted, waiting, placed or earned."""
    scenario = world(
        tmp_path,
        [480, 481, 482, 483],
        promise=promise(),
        economics=Economics(price_per_unit=100.0, margin_share=0.5, storage_per_order_day_cost=1440.0),
    )
    responses = {"by_campaign": [True, False, False, True], "value": [100.0] * 4}
    ledger = run(scenario, plan(brake=PauseCampaign()), **responses)
    kpis, series = kpi_values(ledger), hourly(ledger)
    assert kpis["orders_accepted"] == kpis["orders_due"] == kpis["peak_backlog_orders"] == 2
    assert kpis["revenue"] == 200
    assert kpis["cost_storage"] == pytest.approx((491 - 481) + (501 - 482))
    assert series["placed_per_h"].sum() == 2
    assert series["backlog_orders"].sum() == pytest.approx((10 + 19) / 60)


def test_ads_are_paid_for_campaign_orders_that_are_placed(tmp_path: Path) -> None:
    """Three of the campaign's orders at 80 each; a throttle turns one away and saves its ads."""
    scenario = world(tmp_path, [480, 481, 482, 483], economics=Economics(ad_cost_per_order=80.0))
    responses = {"by_campaign": [False, True, True, True], "commit_u": [0.9, 0.1, 0.2, 0.9]}
    without, throttled = (run(scenario, chosen, **responses) for chosen in (None, plan(ads=Throttle(share=0.5))))
    assert cost_lines(without)["advertising"] == 240
    assert cost_lines(throttled)["advertising"] == 160


def test_set_up_is_paid_when_it_first_takes_effect(tmp_path: Path) -> None:
    """On at 09:00 and at 11:00, when the hour before brought orders: paid once."""
    busy = Trigger(when="metric", metric="orders_per_h", above=1.0, review_every_min=60.0)
    scenario = world(tmp_path, [500, 620])
    ledger = run(scenario, plan(ads=Throttle(trigger=busy, setup_cost=500.0)))
    assert_log(ledger, "charges", time_min=[540], line=["setup"], cost=[500])
    assert [row for row in names(ledger, "event", "alerts") if row == "active"] == ["active"] * 2


def test_metrics_count_accepted_orders_only(tmp_path: Path) -> None:
    """Nobody picks; of four orders two are turned away, so no review finds three in the backlog or in the hour."""
    scenario = world(tmp_path, [480, 490, 500, 510], site=site(pick=picking(shift(0))))
    for metric in ("backlog_orders", "orders_per_h"):
        crowded = Trigger(when="metric", metric=metric, above=3.0, review_every_min=60.0)
        both = plan(brake=PauseCampaign(), stay=Overtime(trigger=crowded))
        ledger = run(scenario, both, by_campaign=[True, False, True, False])
        assert ledger.alerts["measure"].tolist() == ["brake", "brake"]
        two = Trigger(when="metric", metric=metric, above=2.0, review_every_min=60.0)
        ledger = run(scenario, plan(brake=PauseCampaign(), stay=Overtime(trigger=two)), by_campaign=[True, False] * 2)
        assert 540 in ledger.alerts.query("measure == 'stay'")["time_min"].tolist()


def test_a_wave_and_a_third_party_pass_over_who_was_turned_away(tmp_path: Path) -> None:
    waves = site(release=Release(mode="waves", times=["09:00"]))
    scenario = world(tmp_path, [480, 481, 482], site=waves)
    other = Overflow3PL(daily_capacity=1, lead_time_h=0.0)
    ledger = run(scenario, plan(brake=PauseCampaign(), other=other), by_campaign=[True, False, False])
    assert_log(
        ledger,
        outcome=["deterred", "delivered", "delivered"],
        released_min=[NAN, 540, 540],
        picked_up_min=[NAN, 1080, 550],
    )


# --- purchase limit ---------------------------------------------------------------------------------------------


def by_size(**more: Any) -> Any:
    """Five minutes an order, one a line and two a unit."""
    return picking(setup_min=5.0, per_line_min=1.0, per_unit_min=2.0, **more)


def test_a_limit_saves_the_work_of_what_it_cuts(tmp_path: Path) -> None:
    """Four lines of a unit take 5 + 4 + 8 = 17 minutes, two take 11; packing a unit takes four."""
    pack = packing(setup_min=0.0, per_unit_min=4.0)
    scenario = world(tmp_path, [(480, 4), (600, 4), (720, 1)], site=site(pick=by_size(), pack=pack))
    limit = PurchaseLimit(units=2, trigger=Trigger(when="time", at=9.0))
    ledger = run(scenario, plan(limit=limit), value=[40.0, 40.0, 10.0])
    assert_log(
        ledger,
        lines=[4, 2, 1],
        units=[4, 2, 1],
        value=[40, 20, 10],
        pick_end_min=[497, 611, 728],
        pack_end_min=[497 + 16, 611 + 8, 728 + 4],
    )


def test_a_limit_in_batches_leaves_the_walk(tmp_path: Path) -> None:
    """Two orders of four units are cut to one: one walk of five minutes and three minutes each."""
    pick = by_size(batch_size=2, batch_sort_min=0.0)
    pick = pick.model_copy(update={"shifts": {"late": shift(1, "09:00", "18:00")}})
    scenario = world(tmp_path, [(480, 4), (481, 4)], site=site(pick=pick))
    ledger = run(scenario, plan(limit=PurchaseLimit(units=1)))
    assert_log(ledger, pick_start_min=[540, 540], pick_end_min=[551, 551])


def test_who_wanted_more_may_leave(tmp_path: Path) -> None:
    """A third of those above the limit order nothing; who is below it does not mind."""
    scenario = world(tmp_path, [(480, 1), (481, 3), (482, 3)])
    ledger = run(scenario, plan(limit=PurchaseLimit(units=2, leave_share=1 / 3)), commit_u=[0.9, 0.6, 0.7])
    assert names(ledger, "outcome") == ["delivered", "delivered", "deterred"]


def test_the_shortest_first_by_what_is_left_of_them(tmp_path: Path) -> None:
    """The first takes 8 minutes, the second 11; cut to a unit from 08:30 on, the second takes 8 too, the third 8."""
    late = picking(shift(1, "09:00", "18:00"), setup_min=5.0, per_line_min=1.0, per_unit_min=2.0, discipline="shortest")
    scenario = world(tmp_path, [(480, 2), (520, 9), (521, 1)], site=site(pick=late))
    assert_log(run(scenario), pick_start_min=[548, 559, 540])
    limit = PurchaseLimit(units=1, trigger=Trigger(when="time", at=8.5))
    assert_log(run(scenario, plan(limit=limit)), pick_start_min=[556, 540, 548])


def test_a_third_party_charges_the_lines_that_are_left(tmp_path: Path) -> None:
    scenario = world(tmp_path, [(480, 4)])
    other = Overflow3PL(daily_capacity=1, lead_time_h=0.0, cost_per_order=10.0, cost_per_line=1.0)
    ledger = run(scenario, plan(limit=PurchaseLimit(lines=2), other=other))
    assert_log(ledger, third_party_cost=[11])


# --- longer promise ---------------------------------------------------------------------------------------------


def test_who_orders_while_it_is_active_is_promised_later(tmp_path: Path) -> None:
    """Due at 18:00 of the day, and of the next day for whoever orders from 09:00 to 10:00."""
    scenario = world(tmp_path, [500, 550, 650], days=3, promise=promise())
    ledger = run(scenario, plan(later=LongerPromise(days=1, trigger=FROM_NINE)))
    assert_log(ledger, due_ship_min=[1080, 1080 + DAY, 1080], due_delivery_min=[1080, 1080 + DAY, 1080])


def test_some_do_not_order_under_a_longer_promise(tmp_path: Path) -> None:
    """A fifth of express customers: those from 0.8 on; standard ones are promised what they were."""
    scenario = world(tmp_path, [480, 481, 482], days=2, promise=promise())
    later = LongerPromise(days=1, classes=["express"], loss_share=0.2)
    ledger = run(scenario, plan(later=later), express=[True, True, False], commit_u=[0.7, 0.8, 0.9])
    assert names(ledger, "outcome") == ["delivered", "deterred", "delivered"]
    assert_log(ledger, due_ship_min=[1080 + DAY, 1080 + DAY, 1080])


def test_impatience_begins_with_the_later_due_time(tmp_path: Path) -> None:
    """Nobody picks. Drawn to cancel half an hour after 18:00; who was promised Tuesday waits until then."""
    waiting = Customers(patience=Patience(share=0.5, counted_from="due_ship"))
    scenario = world(
        tmp_path, [500, 550, 650], days=3, promise=promise(), customers=waiting, site=site(pick=picking(shift(0)))
    )
    ledger = run(
        scenario, plan(later=LongerPromise(days=1, trigger=FROM_NINE)), **patience((0, 1110), (1, 1110), (2, 1115))
    )
    assert_log(ledger, cancelled_min=[1110, 1110 + DAY, 1115])


def test_questions_about_lateness_come_with_the_later_due_time(tmp_path: Path) -> None:
    """Nobody picks. Each would ask half an hour after 18:00; the second asks on Tuesday, after the third."""
    scenario = world(
        tmp_path,
        [500, 550, 650],
        days=3,
        promise=promise(),
        desk=desk(shift(1, "00:00", "24:00")),
        customers=Customers(asking=Asking(late_share=0.5)),
        site=site(pick=picking(shift(0))),
    )
    drawn_asks = asks(scenario, [(0, 1110), (1, 1110), (2, 1111)], late=True)
    ledger = run(scenario, plan(later=LongerPromise(days=1, trigger=FROM_NINE)), **drawn_asks)
    assert_log(ledger, "contacts", order_row=[0, 2, 1], arrived_min=[1110, 1111, 1110 + DAY])


def test_the_earliest_due_first_by_the_new_promise(tmp_path: Path) -> None:
    """The picker comes at 11:00. The second was promised a day more, so the third goes before it."""
    late = picking(shift(1, "11:00", "18:00"), discipline="earliest_due")
    scenario = world(tmp_path, [500, 550, 650], days=3, promise=promise(), site=site(pick=late))
    ledger = run(scenario, plan(later=LongerPromise(days=1, trigger=FROM_NINE)))
    assert_log(ledger, pick_start_min=[660, 680, 670])


def test_offers_are_made_by_the_new_promise(tmp_path: Path) -> None:
    scenario = world(tmp_path, [500, 550, 650], days=3, promise=promise(), site=site(pick=picking(shift(0))))
    measures = {"later": LongerPromise(days=1, trigger=FROM_NINE), "coupon": Compensation()}
    ledger = run(scenario, plan(**measures))
    assert_log(ledger, compensated_min=[1080, 1080 + DAY, 1080])


def test_overdue_is_what_was_promised(tmp_path: Path) -> None:
    """Two of three are overdue from 18:00 on; a trigger at three goes off on Tuesday at 18:00."""
    scenario = world(tmp_path, [500, 550, 650], days=3, promise=promise(), site=site(pick=picking(shift(0))))
    all_late = Trigger(when="metric", metric="overdue_orders", above=3.0)
    ledger = run(scenario, plan(later=LongerPromise(days=1, trigger=FROM_NINE), stay=Overtime(trigger=all_late)))
    assert ledger.alerts.query("measure == 'stay'")["time_min"].tolist() == [1080 + DAY] * 2


def test_a_promise_changed_twice_leaves_one_timer(tmp_path: Path) -> None:
    """On from 09:00 to 11:00 and from 12:00: each customer cancels once, half an hour after their own due time."""
    busy = Trigger(when="metric", metric="orders_per_h", above=1.0, review_every_min=60.0)
    waiting = Customers(patience=Patience(share=0.5, counted_from="due_ship"))
    orders = [500, 550, 670, 700, 730]
    scenario = world(tmp_path, orders, days=3, promise=promise(), customers=waiting, site=site(pick=picking(shift(0))))
    ledger = run(
        scenario, plan(later=LongerPromise(days=1, trigger=busy)), **patience(*((row, 1110) for row in range(5)))
    )
    assert_log(
        ledger,
        due_ship_min=[1080, 1080 + DAY, 1080, 1080, 1080 + DAY],
        cancelled_min=[1110, 1110 + DAY, 1110, 1110, 1110 + DAY],
    )


# --- staggered release ------------------------------------------------------------------------------------------


def turns(**figures: Any) -> StaggeredRelease:
    """From 08:00 on for an hour, two turns an hour apart."""
    return StaggeredRelease(**{"opens": 8.0, "window_h": 1.0, "groups": 2, "every_h": 1.0, **figures})


def test_customers_come_in_their_turn(tmp_path: Path) -> None:
    """Those of the second half of luck come an hour later; before and after the window nothing changes."""
    scenario = world(tmp_path, [479, 480, 490, 500, 540])
    ledger = run(scenario, plan(opening=turns()), turn_u=[0.9, 0.9, 0.4, 0.5, 0.9])
    assert_log(
        ledger,
        order_id=["0", "2", "1", "4", "3"],
        placed_min=[479, 490, 540, 540, 560],
        pick_start_min=[480, 490, 540, 550, 560],
    )


def test_everything_of_an_order_comes_along(tmp_path: Path) -> None:
    """Work, size, patience and questions; what is promised follows from the new time, here after the cut-off."""
    due = promise("08:30", ship_by="18:00", deliver_by="18:00")
    scenario = world(
        tmp_path,
        [(480, 3), (490, 1)],
        days=3,
        promise=due,
        desk=desk(),
        customers=Customers(patience=Patience(share=0.5, counted_from="due_ship"), asking=Asking(late_share=0.5)),
    )
    drawn_asks = asks(scenario, [(-1, 600), (0, 1100), (1, 1200)], late=True)
    draws = drawn(scenario, turn_u=[0.9, 0.0], **drawn_asks, **patience((0, 1090), (1, 1095)))
    moved, keep = let_in(scenario, plan(opening=turns(loss_share=0.25)), draws)
    assert keep is not None
    assert keep.tolist() == [1, 0.75]
    assert moved.lines.tolist() == [1, 3]
    assert moved.placed_min.tolist() == [490, 540]
    assert moved.due_ship_min.tolist() == [1080, 1080 + DAY]
    assert moved.pick_work_min.tolist() == draws.pick_work_min[[1, 0]].tolist()
    assert moved.cancel_order.tolist() == [0, 1]
    assert moved.cancel_min.tolist() == [1095, 1090 + DAY]
    assert moved.ask_order.tolist() == [-1, 0, 1]
    assert moved.ask_min.tolist() == [600, 1200, 1100 + DAY]
    assert draws.placed_min.tolist() == [480, 490], "the draws stay as they were"


def test_some_of_those_who_must_wait_do_not_come_back(tmp_path: Path) -> None:
    scenario = world(tmp_path, [480, 481, 482])
    ledger = run(scenario, plan(opening=turns(loss_share=0.5)), turn_u=[0.1, 0.6, 0.6], commit_u=[0.9, 0.9, 0.1])
    assert_log(ledger, outcome=["delivered", "deterred", "delivered"], placed_min=[480, 541, 542])


def test_who_would_come_after_the_end_of_the_run_drops_out(tmp_path: Path) -> None:
    scenario = world(
        tmp_path, [480, 481, 482], customers=Customers(patience=Patience(share=0.5, counted_from="placed"))
    )
    draws = drawn(scenario, turn_u=[0.1, 0.9, 0.1], **patience((1, 700), (2, 701)))
    moved, _ = let_in(scenario, plan(opening=turns(every_h=16.0)), draws)
    assert moved.order_id.tolist() == ["0", "2"]
    assert moved.cancel_order.tolist() == [1]


def test_the_opening_is_the_campaigns_unless_another_is_given() -> None:
    scenario = campaign()
    draws = sim.sample(scenario)
    moved, _ = let_in(scenario, plan(opening=StaggeredRelease(window_h=2.0, groups=4, every_h=1.0)), draws)
    first = draws.placed_min < 600
    assert first.sum() > 50
    np.testing.assert_array_equal(moved.placed_min[: first.sum()], draws.placed_min[first])
    inside = (draws.placed_min >= 600) & (draws.placed_min < 720)
    later = np.floor(draws.turn_u[inside] * 4) * 60
    assert set(later.tolist()) == {0, 60, 120, 180}
    np.testing.assert_array_equal(np.sort(draws.placed_min[inside] + later), moved_ones(draws, moved, inside))
    assert (np.diff(moved.placed_min) >= 0).all()


def moved_ones(draws: Any, moved: Any, inside: Any) -> Any:
    return np.sort(moved.placed_min[np.isin(moved.order_id, draws.order_id[inside])])


@pytest.mark.parametrize("measure", [turns(opens=9.0), turns(window_h=0.001)])
def test_where_nobody_has_to_wait_nothing_is_touched(tmp_path: Path, measure: StaggeredRelease) -> None:
    draws = drawn(world(tmp_path, [485]), turn_u=[0.9])
    moved, keep = let_in(world(tmp_path, [485]), plan(opening=measure), draws)
    assert moved is draws
    assert keep is None


# --- what can't be meant ----------------------------------------------------------------------------------------


def campaign(**more: Any) -> Scenario:
    """Two days with a campaign from 10:00 on the first."""
    sold = Demand(profile=Profile(per_day=500.0), campaign=Campaign(start=10.0, end=40.0, uplift=3.0))
    return Scenario(window=Window(measure_to=48.0), demand=sold, site=site(), **more)


@pytest.mark.parametrize(
    ("measures", "told"),
    [
        ({"one": PauseCampaign(), "two": Throttle()}, "a campaign that is paused has no ads to throttle"),
        (
            {"one": Throttle(trigger=Trigger(until=9.0)), "two": PauseCampaign(trigger=Trigger(when="time", at=8.0))},
            "measures.one and measures.two",
        ),
        ({"one": turns(), "two": turns()}, "an opening is spread once"),
        ({"one": PurchaseLimit(units=1), "two": PurchaseLimit(lines=1)}, "an order has one limit"),
    ],
)
def test_contradictions_are_refused(measures: dict[str, AnyMeasure], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Plan(measures=measures)


@pytest.mark.parametrize(
    ("until", "begin"), [(9.0, 9.0), ("2026-11-11", "2026-11-12"), (9.0, 8.5)], ids=["hours", "dates", "delay"]
)
def test_a_pause_may_follow_a_throttle(until: Any, begin: Any) -> None:
    pause = PauseCampaign(trigger=Trigger(when="time", at=begin), delay_h=0.5)
    Plan(measures={"pause": pause, "ads": Throttle(trigger=Trigger(until=until))})


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"trigger": Trigger(when="metric", metric="backlog_days", above=1.0)}, "no metric can decide it"),
        ({"trigger": Trigger(when="alert", alert="pile")}, "no alert can decide it"),
        ({"trigger": Trigger(until=9.0)}, "ends with its last turn"),
    ],
)
def test_turns_are_given_beforehand(figures: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        turns(**figures)


def test_a_limit_limits_something() -> None:
    with pytest.raises(ValueError, match="limits nothing"):
        PurchaseLimit()


@pytest.mark.parametrize("measure", [Throttle(), PauseCampaign(), StaggeredRelease()])
def test_what_needs_a_campaign_is_refused_without_one(tmp_path: Path, measure: AnyMeasure) -> None:
    steady = campaign().model_copy(update={"demand": Demand(profile=Profile(per_day=10.0))})
    (problem,) = misfits(steady, plan(mine=measure))
    assert problem.place == "plan.tried.measures.mine"
    assert "has no campaign: leave it out" in problem.remedy
    replayed = campaign().model_copy(update={"demand": demand(tmp_path, [480])})
    assert "replays an order file" in misfits(replayed, plan(mine=measure))[0].remedy
    assert misfits(campaign(), plan(mine=measure)) == []


def test_turns_at_a_moment_need_no_campaign(tmp_path: Path) -> None:
    assert misfits(world(tmp_path, [480]), plan(opening=turns())) == []


def test_a_longer_promise_needs_a_promise() -> None:
    (problem,) = misfits(campaign(), plan(later=LongerPromise()))
    assert "promises nothing that could be longer" in problem.remedy
    assert misfits(campaign(promise=promise()), plan(later=LongerPromise())) == []


@pytest.mark.parametrize(("at", "delay_h", "late"), [(10.0, 0.0, False), (9.0, 1.5, True), (11.0, 0.0, True)])
def test_turns_are_decided_before_the_opening(at: float, delay_h: float, late: bool) -> None:
    measure = StaggeredRelease(trigger=Trigger(when="time", at=at), delay_h=delay_h)
    problems = misfits(campaign(), plan(opening=measure))
    assert bool(problems) == late
    if late:
        assert problems[0].place == "plan.tried.measures.opening.trigger"
        assert "decide it earlier" in problems[0].remedy


def test_a_comparison_refuses_what_does_not_fit() -> None:
    with pytest.raises(InputError, match="promises nothing"):
        compare(campaign(), [plan(later=LongerPromise())], replications=1)
