"""Measures beyond the floor do exactly what they say: third party, offers, extra pickups.

One picker from 08:00 (minute 480), ten minutes an order. Measures are on from the start unless a test says otherwise;
triggers are in test_triggers.py.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.scenario.carriers import Pickup, Transit
from sim.scenario.customers import Customers, ScoreBand
from sim.scenario.economics import Economics
from sim.scenario.measures import Compensation, ExtraPickups, Overflow3PL, TemporaryStaff, Trigger
from sim.scenario.promise import ServiceClass
from sim.scenario.scenario import Scenario
from sim.scenario.site import Release
from tests.small_sites import (
    DAY,
    NAN,
    asks,
    assert_log,
    column,
    desk,
    patience,
    picking,
    plan,
    promise,
    run,
    shift,
    site,
    van,
    world,
)

# --- third party ------------------------------------------------------------------------------------------------


def third_party(**figures: Any) -> Overflow3PL:
    """Takes everything, has it packed at once, leaves at 18:00 and is there at once."""
    size = {} if "daily_capacity_share" in figures else {"daily_capacity": 100}
    return Overflow3PL(**{**size, "lead_time_h": 0.0, **figures})


def test_a_third_party_takes_its_share(tmp_path: Path) -> None:
    """By the luck of the order: below the share, not at it."""
    scenario = world(tmp_path, [480, 481, 482])
    ledger = run(scenario, plan(other=third_party(share=0.5)), route_u=[0.25, 0.5, 0.75])
    assert_log(
        ledger,
        route=["3pl", "site", "site"],
        released_min=[480, 481, 482],
        pick_start_min=[NAN, 481, 491],
        picked_up_min=[1080, 491, 501],
    )
    assert_log(ledger, "pickups", carrier=["3pl"], planned_min=[1080], taken=[1], extra=[True], cost=[0])


def test_a_third_party_takes_so_many_a_day(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [480, 481, 482, DAY, DAY + 1], days=2), plan(other=third_party(daily_capacity=2)))
    assert_log(ledger, route=["3pl", "3pl", "site", "3pl", "3pl"])


def test_its_size_as_a_share_of_an_ordinary_day(tmp_path: Path) -> None:
    """Six orders on two days are three a day; half of it is 1.5, rounded half up."""
    scenario = world(tmp_path, [480, 481, 482, 483, DAY, DAY + 1], days=2)
    ledger = run(scenario, plan(other=third_party(daily_capacity_share=0.5)))
    assert_log(ledger, route=["3pl", "3pl", "site", "site", "3pl", "3pl"])


def test_a_second_third_party_takes_what_the_first_has_no_room_for(tmp_path: Path) -> None:
    measures = plan(
        near=third_party(daily_capacity=1, cost_per_order=1.0), far=third_party(daily_capacity=1, dispatch="20:00")
    )
    ledger = run(world(tmp_path, [480, 481, 482]), measures)
    assert_log(ledger, picked_up_min=[1080, 1200, 492], third_party_cost=[1, 0, 0])


def test_it_starts_after_a_delay_and_is_paid_for_that(tmp_path: Path) -> None:
    measure = third_party(delay_h=8.5, setup_cost=500.0)
    ledger = run(world(tmp_path, [509, 510, 511]), plan(other=measure))
    assert_log(ledger, route=["site", "3pl", "3pl"])
    assert_log(ledger, "charges", time_min=[510], line=["setup"], measure=["other"], cost=[500])


def test_the_set_up_is_paid_once(tmp_path: Path) -> None:
    """On when an order waits at a review, off when none does: three times, paid the first time."""
    often = Trigger(when="metric", metric="backlog_orders", above=1.0)
    scenario = world(tmp_path, [530, 650, 770], site=site(pick=picking(setup_min=20.0)))
    ledger = run(scenario, plan(other=third_party(setup_cost=500.0, trigger=often)))
    assert ledger.alerts["event"].tolist() == ["decided", "active", "called_off"] * 3
    assert column(ledger, "cost", "charges").sum() == 500


def test_lead_time_dispatch_and_transit_of_its_own(tmp_path: Path) -> None:
    """Taken at 06:00 and at 06:01, packed twelve hours later, at 18:00 and too late; it leaves not on Tuesdays."""
    measure = third_party(lead_time_h=12.0, dispatch_weekdays=["mon", "wed"], transit=Transit(mean_days=1.5))
    ledger = run(world(tmp_path, [360, 361], days=3), plan(other=measure))
    assert_log(ledger, picked_up_min=[1080, 2 * DAY + 1080], delivered_min=[DAY + 1800, 4 * DAY + 360])


def test_without_a_transit_of_its_own_it_uses_the_customers_carrier(tmp_path: Path) -> None:
    """That carrier's network is not congested by it."""
    slow = van(transit=Transit(mean_days=2.0), contracted_per_day=1.0)
    scenario = world(tmp_path, [480, 481, 482], carriers={"van": slow})
    ledger = run(scenario, plan(other=third_party(transit=None)))
    assert_log(ledger, delivered_min=[1080 + 2 * DAY] * 3)


def test_the_carrier_that_the_customer_chose_collects_and_brings_back_for_a_third_party_too(tmp_path: Path) -> None:
    """Paid on delivery: 0 is collected, and the fee paid; 1 is not, waits a day at the store and comes back."""
    store = van(kind="store", cod_share=1.0, cod_fee_cost=7.0, unclaimed_share=0.5, unclaimed_after_days=1.0)
    shop = store.model_copy(update={"return_cost": 40.0, "cost_per_parcel": 60.0})
    scenario = world(tmp_path, [480, 481], run_on_h=72.0, carriers={"store": shop})
    luck = {"cod": [True, True], "unclaimed": [False, True]}
    handed_over = run(scenario, plan(other=third_party(transit=None, share=1.0)), **luck)
    assert_log(handed_over, route=["3pl", "3pl"], carrier=["store", "store"], outcome=["delivered", "lost"])
    assert_log(handed_over, end_reason=["", "unclaimed"], cash_on_delivery=[True, True])
    values = sim.kpis(handed_over)
    assert (values["cost_freight"], values["cost_returns"]) == (7.0, 40.0)  # its price has the freight in it
    its_own = run(scenario, plan(other=third_party(share=1.0)), **luck)
    assert_log(its_own, carrier=["3pl", "3pl"], outcome=["delivered", "delivered"], cash_on_delivery=[False, False])


def test_what_a_third_party_costs(tmp_path: Path) -> None:
    """90 an order and 10 a further line, when it leaves: 2 * 90 + (2 + 0) * 10."""
    measure = third_party(cost_per_order=90.0, cost_per_line=10.0)
    ledger = run(world(tmp_path, [(480, 3), (481, 1)]), plan(other=measure))
    assert_log(ledger, third_party_cost=[110, 90])
    assert sim.kpis(ledger)["cost_third_party"] == 200


def test_an_order_that_is_cancelled_there_is_not_shipped_nor_charged(tmp_path: Path) -> None:
    measure = third_party(lead_time_h=5.0, cost_per_order=90.0)
    ledger = run(world(tmp_path, [480, 481]), plan(other=measure), **patience((0, 600.0)))
    assert_log(ledger, cancelled_min=[600, NAN], picked_up_min=[NAN, 1080])
    assert_log(ledger, third_party_cost=[0, 90])


def test_what_it_has_taken_it_ships_after_it_was_called_off(tmp_path: Path) -> None:
    ledger = run(world(tmp_path, [60, 121]), plan(other=third_party(trigger=Trigger(until=2.0))))
    assert_log(ledger, route=["3pl", "site"], picked_up_min=[1080, 490])


def test_orders_that_wait_for_a_wave_are_unreleased(tmp_path: Path) -> None:
    """Decided at 08:30, it takes two of the three that wait for the wave of 09:00."""
    waves = site(release=Release(mode="waves", times=["09:00"]))
    measure = third_party(daily_capacity=2, trigger=Trigger(when="time", at=8.5))
    ledger = run(world(tmp_path, [480, 481, 482], site=waves), plan(other=measure))
    assert_log(ledger, route=["3pl", "3pl", "site"], released_min=[540, 540, 540], pick_start_min=[NAN, NAN, 540])


# --- compensation -----------------------------------------------------------------------------------------------

NOBODY = {"site": site(pick=picking(shift(0)))}


def late(folder: Path, orders: Any = (480,), **more: Any) -> Scenario:
    """Orders that nobody picks, due at 18:00."""
    return world(folder, list(orders), **{**NOBODY, "promise": promise(), "days": 2, **more})


@pytest.mark.parametrize(("after_h", "offered"), [(0.0, 1080), (0.25, 1140), (-9.0, 540), (-24.0, 480)])
def test_offers_are_made_at_the_review_after_their_time(tmp_path: Path, after_h: float, offered: float) -> None:
    """Relative to the due time, and never before the order is placed (07:59)."""
    ledger = run(late(tmp_path, [479]), plan(coupon=Compensation(after_due_h=after_h)))
    assert_log(ledger, compensated_min=[offered])


def test_offers_go_to_those_who_wait(tmp_path: Path) -> None:
    """Of the classes named; not to who was served, who has cancelled, or whose order is not due."""
    scenario = world(
        tmp_path, [480, 490, 600, 601, 602, DAY + 1070], days=2, promise=promise(), carriers={"van": van()}
    )
    measure = Compensation(classes=["standard"], after_due_h=-1.25)
    ledger = run(
        scenario,
        plan(coupon=measure),
        carrier=[0] * 6,
        express=[False, False, True, False, False, False],
        **patience((1, 495.0)),
    )
    offered = column(ledger, "compensated_min")
    # 16:45 is reviewed at 17:00, just before the van leaves; the last order of Tuesday is due on Tuesday too.
    np.testing.assert_array_equal(offered, [1020, NAN, NAN, 1020, 1020, DAY + 1080])


def test_an_offer_costs_when_it_is_redeemed(tmp_path: Path) -> None:
    measure = Compensation(value_cost=100.0, redemption_share=0.5)
    ledger = run(late(tmp_path, [480, 481, 482]), plan(coupon=measure), redeem_u=[0.25, 0.5, 0.75])
    assert_log(ledger, compensation_cost=[100, 0, 0], compensated_min=[1080] * 3)
    assert sim.kpis(ledger)["cost_compensation"] == 100


@pytest.mark.parametrize(("cuts", "cancels"), [([], True), ([0.25], True), ([0.5], False), ([0.25, 0.5], False)])
def test_offers_keep_customers_from_cancelling(tmp_path: Path, cuts: list[float], cancels: bool) -> None:
    """Firmness of one half: it takes one half of the cancellations prevented, alone or together."""
    measures = {f"coupon_{number}": Compensation(cancel_reduction_share=cut) for number, cut in enumerate(cuts)}
    ledger = run(late(tmp_path), plan(**measures), **patience((0, 1100.0)))
    assert_log(ledger, cancelled_min=[1100 if cancels else NAN])


def test_two_offers_prevent_more_than_one(tmp_path: Path) -> None:
    """0.3 and 0.3 together prevent 0.51: enough for a firmness of 0.5."""
    one, other = (Compensation(cancel_reduction_share=0.3) for _ in range(2))
    ledger = run(late(tmp_path), plan(one=one, other=other), **patience((0, 1100.0)))
    assert_log(ledger, cancelled_min=[NAN])


def test_an_offer_that_comes_too_late_keeps_nobody(tmp_path: Path) -> None:
    ledger = run(late(tmp_path), plan(coupon=Compensation(cancel_reduction_share=1.0)), **patience((0, 1079.0)))
    assert_log(ledger, cancelled_min=[1079], compensated_min=[NAN])


def test_offers_prevent_contacts_about_lateness_only(tmp_path: Path) -> None:
    scenario = late(tmp_path, [480, 481], desk=desk())
    measure = Compensation(after_due_h=-5.0, contact_reduction_share=0.5)
    contacts = asks(scenario, [(0, 1100.0), (1, 1100.0)], margin=[0.25, 0.5])
    early, lateness = ({**contacts, "ask_late": [late_ask] * 2} for late_ask in (False, True))
    assert_log(run(scenario, plan(coupon=measure), **lateness), "contacts", order_row=[0])
    assert_log(run(scenario, plan(coupon=measure), **early), "contacts", order_row=[0, 1])
    assert_log(run(scenario, **lateness), "contacts", order_row=[0, 1])


def test_offers_save_loyalty_and_scores(tmp_path: Path) -> None:
    """Churn of 0.5 of a future margin of 40, of which the offer saves a quarter; a score of 2 plus 0.5, at most 5."""
    bands = [ScoreBand(up_to_days=0.0, score=4.0), ScoreBand(score=2.0, churn_share=0.5)]
    scenario = late(tmp_path, customers=Customers(bands=bands), economics=Economics(future_margin_cost=40.0))
    offered = run(scenario, plan(coupon=Compensation(churn_reduction_share=0.25, score_gain=0.5)))
    generous = run(scenario, plan(coupon=Compensation(score_gain=4.0)))
    assert sim.kpis(offered)[["lost_future_margin", "satisfaction_mean"]].tolist() == [15.0, 2.5]
    assert sim.kpis(run(scenario))[["lost_future_margin", "satisfaction_mean"]].tolist() == [20.0, 2.0]
    assert sim.kpis(generous)["satisfaction_mean"] == 5.0


# --- extra pickups ----------------------------------------------------------------------------------------------


def test_extra_pickups(tmp_path: Path) -> None:
    """On Mondays at 10:00 and 12:00 beside the van of 17:00, two parcels each, at a price of their own."""
    scenario = world(tmp_path, [480] * 6, days=2, carriers={"van": van(cost_per_pickup=300.0)})
    measure = ExtraPickups(times=["12:00", "10:00"], weekdays=["mon"], capacity=2, cost_per_pickup=500.0)
    ledger = run(scenario, plan(vans=measure))
    assert_log(ledger, picked_up_min=[600, 600, 720, 720, 1020, 1020])
    assert_log(
        ledger,
        "pickups",
        planned_min=[600, 720, 1020, DAY + 1020],
        extra=[True, True, False, False],
        taken=[2, 2, 2, 0],
        left=[4, 2, 0, 0],
        cost=[500, 500, 300, 300],
    )


def test_extra_pickups_of_a_named_carrier_share_its_luck_cut_off_and_cap(tmp_path: Path) -> None:
    """Red does not come at 12:00 (and is paid); at 13:00 it takes what its cap of one leaves; blue is not asked."""
    carriers = {
        "red": van(share=0.5, no_show_share=0.5, daily_parcel_cap=1, cutoff_min=30.0),
        "blue": van(share=0.5),
    }
    luck = np.full((1, 96), 0.9)
    luck[0, 48] = 0.1
    scenario = world(tmp_path, [480, 481, 482], carriers=carriers)
    measure = ExtraPickups(carriers=["red"], times=["08:35", "12:00", "13:00"], cost_per_pickup=500.0)
    ledger = run(scenario, plan(vans=measure), carrier=[0, 0, 1], pickup_u={"red": luck, "blue": np.full((1, 96), 0.9)})
    assert_log(ledger, picked_up_min=[780, NAN, 1020])
    extra = ledger.pickups[ledger.pickups["extra"]]
    assert extra["no_show"].tolist() == [False, True, False]
    assert extra["cost"].tolist() == [500] * 3
    assert extra["left"].tolist() == [0, 2, 1]


def test_extra_pickups_come_from_the_decision_to_the_end(tmp_path: Path) -> None:
    hourly = [f"{hour:02d}:00" for hour in range(24)]
    trigger = Trigger(when="time", at=3.5, until=6.0)
    scenario = world(tmp_path, [480], carriers={"van": van(Pickup(time="23:00"))})
    ledger = run(scenario, plan(vans=ExtraPickups(times=hourly, trigger=trigger, delay_h=0.5)))
    assert_log(ledger, "pickups", planned_min=[240, 300, 1380])


# --- together ---------------------------------------------------------------------------------------------------


def test_measures_work_together(tmp_path: Path) -> None:
    """A third party takes two, an extra picker and an extra pickup move the rest, and nobody is late."""
    tomorrow = promise("12:00", ServiceClass(ship_within_days=0, deliver_within_days=1))
    scenario = world(tmp_path, [480] * 5, carriers={"van": van()}, promise=tomorrow)
    measures = plan(
        other=third_party(daily_capacity=2, dispatch="11:00"),
        help=TemporaryStaff(headcount=1, stages=["picking"], start_productivity=1.0),
        vans=ExtraPickups(times=["08:30"]),
        coupon=Compensation(value_cost=100.0, redemption_share=1.0),
    )
    ledger = run(scenario, measures)
    assert_log(ledger, picked_up_min=[660, 660, 510, 510, 510], compensation_cost=[0] * 5)
