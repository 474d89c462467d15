"""Measures towards customers do exactly what they say: tiers, gifts, budgets, repeats, notices, recovery offers.

Orders are due at 18:00 (minute 1080) of Monday and never picked unless a test says otherwise; offers are made at
reviews on the hour. Plain coupons are in test_measures_outside.py.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.errors import InputError
from sim.floor.customers import Offers
from sim.ledger import Ledger
from sim.scenario.customers import Asking, Customers, Patience, ScoreBand
from sim.scenario.economics import Economics
from sim.scenario.fit import misfits
from sim.scenario.measures import Announcement, Compensation, ProactiveNotice, RecoveryOffer, Tier, Trigger
from sim.scenario.plan import Plan
from sim.scenario.scale import plan_at_scale
from sim.scenario.scenario import Scenario
from tests.small_sites import (
    DAY,
    NAN,
    asks,
    assert_log,
    column,
    desk,
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

BANDS = [ScoreBand(up_to_days=0.0, score=4.0), ScoreBand(score=2.0, churn_share=0.5)]
TIERS = [Tier(days_late=0.5, value_cost=150.0), Tier(days_late=1.0, value_cost=300.0, redemption_share=1.0)]


def late(folder: Path, orders: Any = (480,), **more: Any) -> Scenario:
    """Orders that nobody picks, due at 18:00 of Monday."""
    nobody = {"site": site(pick=picking(shift(0))), "promise": promise(), "days": 4}
    return world(folder, list(orders), **{**nobody, **more})


def spent(ledger: Ledger) -> list[tuple[float, float, float]]:
    """When a budget was spent, what was promised by then, and the budget."""
    rows = ledger.alerts[ledger.alerts["event"] == "spent"]
    return list(zip(rows["time_min"], rows["value"], rows["level"], strict=True))


# --- tiers ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("until_h", "cost"), [(19.0, 50.0), (31.0, 150.0), (43.0, 300.0), (90.0, 300.0)])
def test_a_greater_offer_takes_the_place_of_the_smaller(tmp_path: Path, until_h: float, cost: float) -> None:
    """50 at 18:00, 150 at 06:00, 300 at 18:00 of Tuesday; never the sum of them."""
    measure = Compensation(value_cost=50.0, redemption_share=0.5, tiers=TIERS, trigger=Trigger(until=until_h))
    ledger = run(late(tmp_path), plan(coupon=measure), redeem_u=[0.25])
    assert_log(ledger, compensation_cost=[cost], compensated_min=[1080], apologies=[1])


def test_who_is_very_late_when_the_offer_begins_gets_the_tier_at_once(tmp_path: Path) -> None:
    measure = Compensation(value_cost=50.0, redemption_share=0.5, tiers=TIERS, trigger=Trigger(when="time", at=40.0))
    ledger = run(late(tmp_path), plan(coupon=measure), redeem_u=[0.75])
    assert_log(ledger, compensated_min=[2400], compensation_cost=[300], apologies=[1])  # redeems at the last tier only


def test_tiers_prevent_what_the_highest_of_them_prevents(tmp_path: Path) -> None:
    """0.3, then 0.6 in its place: not 1 - 0.7 x 0.4 = 0.72."""
    tier = Tier(days_late=0.5, value_cost=2.0, cancel_reduction_share=0.6, churn_reduction_share=0.6, score_gain=0.5)
    measure = Compensation(value_cost=1.0, cancel_reduction_share=0.3, churn_reduction_share=0.3, tiers=[tier])
    customers = Customers(bands=BANDS)
    scenario = late(tmp_path, [480, 481], customers=customers, economics=Economics(future_margin_cost=10.0))
    ledger = run(scenario, plan(coupon=measure), **patience((0, 1100.0), (1, 1900.0), margin=0.45))
    assert_log(ledger, cancelled_min=[1100, NAN])
    np.testing.assert_allclose(column(ledger, "loyalty_saved"), [0.3, 0.6], rtol=1e-6)
    assert sim.kpis(ledger)["lost_future_margin"] == pytest.approx(10 * 0.5 * (0.7 + 0.4))
    ledger = run(scenario, plan(coupon=measure), **patience((0, 1100.0), (1, 1900.0), margin=0.35))
    assert_log(ledger, cancelled_min=[1100, 1900])


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ([{"days_late": 2.0, "value_cost": 80.0}, {"days_late": 1.0, "value_cost": 90.0}], "rise in days_late"),
        ([{"days_late": 1.0, "value_cost": 80.0}, {"days_late": 1.0, "value_cost": 90.0}], "rise in days_late"),
        ([{"days_late": 1.0, "value_cost": 50.0}], r"rise in value_cost: tiers\.0 has 50 after 50"),
        ([{"days_late": 1.0, "value_cost": 80.0}, {"days_late": 2.0, "value_cost": 70.0}], r"tiers\.1 has 70 after 80"),
        ([{"days_late": 1.0, "value_cost": 80.0, "score_gain": 0.1}], "score_gain falls in tiers.0"),
        ([{"days_late": 1.0, "value_cost": 80.0, "redemption_share": 0.1}], "redemption_share falls"),
    ],
)
def test_tiers_that_fall_are_refused(tiers: list[dict[str, float]], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Compensation.model_validate({"value_cost": 50.0, "redemption_share": 0.2, "score_gain": 0.2, "tiers": tiers})


# --- gifts and requests -------------------------------------------------------------------------------------------


def test_a_gift_goes_out_with_the_parcel(tmp_path: Path) -> None:
    """One is packed already, one is picked, one waits, one is cancelled later: its gift stays here. No luck in it."""
    places = site(pick=picking(setup_min=300.0), pack=packing(shift(1), setup_min=300.0))
    scenario = late(tmp_path, [480, 481, 482, 483], site=places)
    measure = Compensation(offer="gift", after_due_h=-4.0, value_cost=30.0)  # at 14:00; packing begins at 13:00
    ledger = run(scenario, plan(gift=measure), redeem_u=[0.9] * 4, **patience((3, 900.0)))
    assert_log(ledger, compensated_min=[NAN, 840, 840, 840], compensation_cost=[0, 30, 30, 0], apologies=[0, 1, 1, 1])
    assert sim.kpis(ledger)["cost_compensation"] == 60


def test_on_request_only_those_get_it_who_ask_when_they_are_late(tmp_path: Path) -> None:
    """Asked before the due time, after it, and a day late; a general question is nobody's order."""
    scenario = late(tmp_path, [480, 481, 482, 483], desk=desk(shift(1, "00:00", "24:00")))
    measure = Compensation(offered="on_request", value_cost=50.0, redemption_share=1.0, tiers=TIERS)
    contacts = asks(scenario, [(0, 600.0), (1, 1200.0), (-1, 1300.0), (2, DAY + 1200.0)])
    ledger = run(scenario, plan(coupon=measure), **contacts)
    assert_log(ledger, compensated_min=[NAN, 1210, DAY + 1210, NAN], compensation_cost=[0, 50, 300, 0])


def test_who_asks_again_later_is_moved_up(tmp_path: Path) -> None:
    scenario = late(tmp_path, desk=desk(shift(1, "00:00", "24:00"), channels=None))
    measure = Compensation(offered="on_request", value_cost=50.0, redemption_share=1.0, tiers=TIERS)
    ledger = run(scenario, plan(coupon=measure), **asks(scenario, [(0, 1100.0), (0, 1200.0), (0, 2000.0)]))
    assert_log(ledger, compensated_min=[1110], compensation_cost=[150], apologies=[1])


def test_on_request_ends_and_spares_the_delivered(tmp_path: Path) -> None:
    """Home at 19:40, before the agent is done: nothing; nor for who asks after the end of the measure."""
    scenario = late(
        tmp_path, [480, 481], site=site(pick=picking(setup_min=700.0)), desk=desk(shift(1, "00:00", "24:00"))
    )
    measure = Compensation(offered="on_request", value_cost=50.0, trigger=Trigger(until=30.0))
    ledger = run(scenario, plan(coupon=measure), **asks(scenario, [(0, 1175.0), (1, 1900.0)]))
    assert_log(ledger, picked_up_min=[1180, DAY + 1180], compensated_min=[NAN, NAN])  # answered at 1185 and 1910


# --- budget -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("budget", "offered", "told"),
    [
        (60.0, [1, 1, 1], []),
        (59.0, [0, 1, 1], [(1140, 40, 59)]),
        (20.0, [0, 1, 0], [(1080, 20, 20)]),
        (19.0, [0, 0, 0], [(1080, 0, 19)]),
        (0.0, [0, 0, 0], [(1080, 0, 0)]),
    ],
)
def test_a_budget_is_spent_in_the_order_of_due_times(
    tmp_path: Path, budget: float, offered: list[int], told: list[tuple[float, float, float]]
) -> None:
    """Each offer promises 100 x 0.2; the first order is due last, and the two others in the order of their rows."""
    measure = Compensation(value_cost=100.0, redemption_share=0.2, budget_cost=budget)
    due = [1140.0, 1080.0, 1080.0]
    ledger = run(late(tmp_path, [480, 481, 482]), plan(coupon=measure), due_ship_min=due, redeem_u=[0.0] * 3)
    assert_log(ledger, apologies=offered, compensation_cost=[100.0 * each for each in offered])
    assert spent(ledger) == told


def test_moving_up_takes_the_difference_out_of_the_budget(tmp_path: Path) -> None:
    """A gift of 50 becomes one of 150 (100 more, 150 in all); the next tier would be 300."""
    measure = Compensation(offer="gift", value_cost=50.0, tiers=TIERS, budget_cost=299.0)
    ledger = run(late(tmp_path), plan(gift=measure))
    assert_log(ledger, compensation_cost=[150])
    assert spent(ledger) == [(DAY + 1080, 150, 299)]


def test_a_budget_goes_to_whoever_fell_due_first_in_tiers_too(tmp_path: Path) -> None:
    """One review on Wednesday at 04:00; gifts of 300 each out of 400, and the second row was due first."""
    measure = Compensation(offer="gift", tiers=TIERS, budget_cost=400.0, trigger=Trigger(when="time", at=52.0))
    ledger = run(late(tmp_path, [480, 481]), plan(gift=measure), due_ship_min=[1140.0, 1080.0])
    assert_log(ledger, compensation_cost=[0, 300])
    assert spent(ledger) == [(3120, 300, 400)]


def test_repeats_are_paid_out_of_the_budget(tmp_path: Path) -> None:
    """The first offer and one repeat of 10 each; the second repeat, a day after the first offer, would exceed 25."""
    measure = Compensation(value_cost=10.0, redemption_share=1.0, repeat_every_h=12.0, budget_cost=25.0)
    ledger = run(late(tmp_path), plan(coupon=measure))
    assert_log(ledger, apologies=[2], compensation_cost=[20])
    assert spent(ledger) == [(DAY + 1080, 20, 25)]


def test_budgets_are_scaled_and_shares_are_not() -> None:
    tried = Plan(name="x", measures={"a": Compensation(budget_cost=100.0, value_cost=8.0, redemption_share=0.5)})
    small = plan_at_scale(tried, 0.1).measures["a"]
    assert isinstance(small, Compensation)
    assert (small.budget_cost, small.value_cost, small.redemption_share) == (10.0, 8.0, 0.5)


# --- repeats ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "times"), [(1, 2), (2, 3), (None, 7)])
def test_repeated_apologies_cost_again_and_lose_future_spend(tmp_path: Path, most: int | None, times: int) -> None:
    """Every twelve hours from 18:00 of Monday to the end of Thursday; each repeat costs 2 % of future spend."""
    measure = Compensation(
        value_cost=10.0, redemption_share=1.0, repeat_every_h=12.0, most_repeats=most, repeat_churn_share=0.02
    )
    scenario = late(tmp_path, customers=Customers(bands=BANDS), economics=Economics(future_margin_cost=100.0))
    ledger = run(scenario, plan(coupon=measure))
    assert_log(ledger, apologies=[times], compensation_cost=[10.0 * times])
    assert sim.kpis(ledger)["lost_future_margin"] == pytest.approx(100 * (0.5 + 0.02 * (times - 1)))
    assert sim.kpis(ledger)["satisfaction_mean"] == 2.0


def test_no_more_than_all_future_spend_is_lost(tmp_path: Path) -> None:
    measure = Compensation(repeat_every_h=1.0, repeat_churn_share=0.4)
    scenario = late(tmp_path, customers=Customers(bands=BANDS), economics=Economics(future_margin_cost=100.0))
    assert sim.kpis(run(scenario, plan(coupon=measure)))["lost_future_margin"] == pytest.approx(100)


def test_nobody_apologises_again_for_what_is_shipped(tmp_path: Path) -> None:
    """Picked at 20:00; an offer at 18:00 and at 19:00, none after."""
    scenario = late(tmp_path, site=site(pick=picking(shift(1, "08:00", "24:00"), setup_min=720.0)))
    ledger = run(scenario, plan(coupon=Compensation(repeat_every_h=1.0)))
    assert_log(ledger, picked_up_min=[1200], apologies=[3])  # the review at 20:00 comes before the picker is done


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ({"most_repeats": 2}, "need repeat_every_h"),
        ({"repeat_churn_share": 0.1}, "need repeat_every_h"),
        ({"repeat_every_h": 24.0, "offered": "on_request"}, "goes with offered: proactive"),
    ],
)
def test_repeats_without_an_interval_are_refused(figures: dict[str, Any], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Compensation.model_validate(figures)


# --- announcement and notices -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("share", "rows"), [(0.0, [0, 1, -1]), (0.5, [0, -1]), (0.75, [-1])])
def test_an_announcement_prevents_contacts_about_orders(tmp_path: Path, share: float, rows: list[int]) -> None:
    """Firmness of 0.25 and 0.5, before the due time and after it; general questions are none of its business."""
    scenario = late(tmp_path, [480, 481], desk=desk())
    columns = {**asks(scenario, [(0, 600.0), (1, 1200.0), (-1, 1201.0)], margin=[0.25, 0.5, 0.0])}
    columns["ask_late"] = [False, True, False]
    ledger = run(scenario, plan(banner=Announcement(contact_reduction_share=share, setup_cost=70.0)), **columns)
    assert_log(ledger, "contacts", order_row=rows)
    assert_log(ledger, "charges", line=["setup"], cost=[70])


def test_an_announcement_acts_while_it_is_up(tmp_path: Path) -> None:
    """From 10:00 to 20:00: of three customers of the same firmness the one in between stays."""
    measure = Announcement(cancel_reduction_share=0.6, trigger=Trigger(when="time", at=10.0, until=20.0))
    columns = patience((0, 599.0), (1, 700.0), (2, 1201.0))
    ledger = run(late(tmp_path, [480, 481, 482]), plan(banner=measure), **columns)
    assert_log(ledger, cancelled_min=[599, NAN, 1201])


@pytest.mark.parametrize(("margin", "cancels"), [(0.48, True), (0.5, False), (0.6, False)])
def test_an_announcement_and_an_offer_act_one_after_the_other(tmp_path: Path, margin: float, cancels: bool) -> None:
    """0.3 and 0.3 together prevent 0.51."""
    measures = plan(banner=Announcement(cancel_reduction_share=0.3), coupon=Compensation(cancel_reduction_share=0.3))
    ledger = run(late(tmp_path), measures, **patience((0, 1100.0), margin=margin))
    assert_log(ledger, cancelled_min=[1100 if cancels else NAN])


def test_a_notice_is_sent_once_to_those_who_wait(tmp_path: Path) -> None:
    """At 08:30, then at 08:15, to whoever is not shipped and of the class; at 08:10, 08:20, 08:30, 08:40."""
    scenario = late(tmp_path, [480, 481, 482, 483], site=site(pick=picking(setup_min=10.0)))
    tried = ProactiveNotice(classes=["standard"], after_due_h=-9.5, cost_per_notice=2.0)
    ledger = run(scenario, plan(message=tried), express=[False, False, True, False])
    assert_log(ledger, picked_up_min=[490, 500, 510, 520], message_cost=[0, 0, 0, 0])
    tried = ProactiveNotice(
        classes=["standard"], after_due_h=-9.75, cost_per_notice=2.0, trigger=Trigger(review_every_min=5.0)
    )
    ledger = run(scenario, plan(message=tried), express=[False, False, True, False])
    assert_log(ledger, message_cost=[0, 2, 0, 2], compensated_min=[NAN] * 4)  # sent at 08:15
    assert sim.kpis(ledger)["cost_messages"] == 4


def test_a_notice_prevents_contacts_before_and_after_the_due_time(tmp_path: Path) -> None:
    """Sent at 10:00; who asked before asks all the same."""
    scenario = late(tmp_path, [480, 481, 482, 483], desk=desk())
    columns = asks(scenario, [(0, 599.0), (1, 700.0), (2, 1200.0), (3, 1201.0)], margin=[0.5, 0.5, 0.5, 0.45])
    columns["ask_late"] = [False, False, True, True]
    notice = ProactiveNotice(after_due_h=-8.0, contact_reduction_share=0.5)
    assert_log(run(scenario, plan(message=notice), **columns), "contacts", order_row=[0, 3])
    both = plan(message=notice, coupon=Compensation(after_due_h=-8.0, contact_reduction_share=0.2))
    assert_log(run(scenario, both, **columns), "contacts", order_row=[0])  # 1 - 0.5 x 0.8 = 0.6


def test_a_notice_keeps_orders_and_scores(tmp_path: Path) -> None:
    scenario = late(tmp_path, customers=Customers(bands=BANDS))
    notice = ProactiveNotice(after_due_h=0.0, cancel_reduction_share=0.5, score_gain=0.5)
    ledger = run(scenario, plan(message=notice), **patience((0, 1100.0)))
    assert_log(ledger, cancelled_min=[NAN])
    assert sim.kpis(ledger)["satisfaction_mean"] == 2.5


# --- recovery -----------------------------------------------------------------------------------------------------


def test_a_recovery_offer_wins_some_of_the_disappointed_back(tmp_path: Path) -> None:
    """Written to at 02:00 of Wednesday: two cancelled, one a day late; the fourth is home. Two of three come back."""
    places = site(pick=picking(shift(1, "08:00", "09:00"), setup_min=30.0))
    scenario = late(
        tmp_path,
        [480, 481, 482, 483],
        site=places,
        customers=Customers(bands=BANDS),
        economics=Economics(future_margin_cost=100.0),
    )
    measure = RecoveryOffer(
        trigger=Trigger(when="time", at=50.0), late_by_h=12.0, win_back_share=0.5, value_cost=40.0, cost_per_message=1.0
    )
    columns = {"return_u": [0.1, 0.2, 0.4, 0.6], **patience((2, 500.0), (3, 501.0))}
    columns["pick_work_min"] = [30.0, 1500.0, 30.0, 30.0]
    ledger = run(scenario, plan(win_back=measure), **columns)
    assert_log(ledger, compensated_min=[NAN, 3000, 3000, 3000], compensation_cost=[0, 40, 40, 0])
    assert_log(ledger, message_cost=[0, 1, 1, 1], loyalty_saved=[0, 1, 1, 0], apologies=[0] * 4)
    assert sim.kpis(ledger)[["lost_future_margin", "cost_messages"]].tolist() == [50, 3]


@pytest.mark.parametrize(("valid_days", "written"), [(1, [1, 0, 0]), (2, [1, 1, 0]), (3, [1, 1, 1])])
def test_who_is_disappointed_later_is_written_to_while_it_is_valid(
    tmp_path: Path, valid_days: int, written: list[int]
) -> None:
    """From 10:00 of Monday, a look a day: cancelled before it, on the same day, and on Tuesday."""
    measure = RecoveryOffer(trigger=Trigger(when="time", at=10.0), valid_days=valid_days, cost_per_message=1.0)
    scenario = late(tmp_path, [480, 481, 482], promise=None)
    ledger = run(scenario, plan(win_back=measure), **patience((0, 500.0), (1, 700.0), (2, DAY + 700.0)))
    assert_log(ledger, message_cost=written)


def test_a_recovery_offer_that_is_ended_writes_to_nobody_more(tmp_path: Path) -> None:
    measure = RecoveryOffer(trigger=Trigger(when="time", at=10.0, until=20.0), cost_per_message=1.0)
    ledger = run(late(tmp_path, promise=None), plan(win_back=measure), **patience((0, 700.0)))
    assert_log(ledger, message_cost=[0])


def test_what_apologies_cost_is_won_back_too(tmp_path: Path) -> None:
    sorry = Compensation(repeat_every_h=6.0, most_repeats=2, repeat_churn_share=0.1)
    back = RecoveryOffer(trigger=Trigger(when="time", at=60.0), late_by_h=1.0, win_back_share=1.0)
    scenario = late(tmp_path, customers=Customers(bands=BANDS), economics=Economics(future_margin_cost=100.0))
    assert sim.kpis(run(scenario, plan(sorry=sorry)))["lost_future_margin"] == pytest.approx(70)
    assert sim.kpis(run(scenario, plan(sorry=sorry, back=back)))["lost_future_margin"] == 0


# --- what must never be -------------------------------------------------------------------------------------------

_shares = st.floats(0.0, 1.0)


@given(first=_shares, low=_shares, high=_shares, margin=st.floats(0.0, 1.0, exclude_max=True))
def test_a_greater_offer_never_loses_a_customer_whom_a_smaller_kept(
    first: float, low: float, high: float, margin: float
) -> None:
    """Whatever was offered before; and moved up, it prevents what it would have prevented from the start."""
    low, high = min(low, high), max(low, high)

    class _Draws:
        redeem_u = np.array([0.5])

        def __len__(self) -> int:
            return 1

    def prevented(*shares: float, raised: float | None = None) -> float:
        offers, row = Offers(_Draws()), np.array([0])  # type: ignore[arg-type]  # all that offers ask of draws
        for share in shares:
            offers.offer(row, Tier(days_late=0.0, value_cost=1.0, cancel_reduction_share=share), 0.0)
        if raised is not None:
            below, above = (
                Tier(days_late=0.0, value_cost=1.0, cancel_reduction_share=share) for share in (shares[-1], raised)
            )
            offers.raise_offer(row, below, above)
        return offers.cancellations_prevented(0)

    assert prevented(first, low) <= prevented(first, high) + 1e-6
    assert prevented(first, low, raised=high) == pytest.approx(prevented(first, high), abs=1e-5)
    assert 0.0 <= prevented(first, low, raised=high) <= 1.0


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> tuple[Scenario, Any]:
    """Forty orders that nobody picks, of customers who all would cancel and ask; the same experience in every plan."""
    customers = Customers(
        patience=Patience(share=1.0, mean_h=24.0), asking=Asking(before_due_share=0.5, late_share=1.0), bands=BANDS
    )
    orders = [float(480 + number) for number in range(40)]
    scenario = late(tmp_path_factory.mktemp("waiting"), orders, customers=customers, desk=desk())
    return scenario, sim.sample(scenario, seed=4)


_OFFERED: dict[str, Callable[[float], Any]] = {
    "announcement": lambda share: Announcement(contact_reduction_share=share, cancel_reduction_share=share),
    "notice": lambda share: ProactiveNotice(contact_reduction_share=share, cancel_reduction_share=share),
    "compensation": lambda share: Compensation(contact_reduction_share=share, cancel_reduction_share=share),
    "tier": lambda share: Compensation(
        tiers=[Tier(days_late=0.3, value_cost=1.0, contact_reduction_share=share, cancel_reduction_share=share)]
    ),
}


@settings(deadline=None, max_examples=25)
@given(kind=st.sampled_from(sorted(_OFFERED)), low=_shares, high=_shares, beside=st.sampled_from(sorted(_OFFERED)))
def test_whoever_is_done_more_for_neither_cancels_nor_asks_who_would_not_have(
    waiting: tuple[Scenario, Any], kind: str, low: float, high: float, beside: str
) -> None:
    scenario, draws = waiting
    cancelled, asked = [], []
    for share in sorted((low, high)):
        ledger = sim.simulate(scenario, plan(tried=_OFFERED[kind](share), other=_OFFERED[beside](0.3)), draws)
        cancelled.append(set(np.flatnonzero(~np.isnan(column(ledger, "cancelled_min")))))
        first = column(ledger, "attempt", "contacts") == 0
        rows, times = (column(ledger, name, "contacts")[first] for name in ("order_row", "arrived_min"))
        asked.append({each for each in zip(rows, times, strict=True) if each[0] not in cancelled[0]})
    assert cancelled[1] <= cancelled[0]
    assert asked[1] <= asked[0]


def test_on_request_needs_a_desk(tmp_path: Path) -> None:
    tried = plan(sorry=Compensation(offered="on_request"))
    (problem,) = misfits(late(tmp_path), tried)
    assert (problem.place, problem.given) == ("plan.tried.measures.sorry.offered", "on_request")
    assert "has no service desk" in str(InputError([problem]))
    assert misfits(late(tmp_path, desk=desk()), tried) == []
