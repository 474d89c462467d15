"""Measures in words, one sentence for each figure that a planner gave."""

from __future__ import annotations

from typing import Any

import pytest
from shop_fixture import MEASURES, make_scenario

from sim.report.formats import Formats
from sim.report.measure_words import MeasuresInWords
from sim.report.messages import catalogue
from sim.scenario.plan import Plan


def words(measure: dict[str, Any]) -> str:
    plan = Plan.model_validate({"name": "p", "measures": {"m": measure}})
    writer = MeasuresInWords(make_scenario(), Formats(catalogue(), "TWD"))
    ((label, text, _),) = writer.plan(plan)
    assert label == "m"
    return text.replace("\u00a0", " ")


METRIC = {"when": "metric", "metric": "backlog_hours", "above": 6.0}


def test_overtime_with_a_metric() -> None:
    assert words(MEASURES["overtime"]["stay"]) == (
        "The crews of picking and packing stay up to 4 h after their shifts, as far as the law allows. "
        "Decided when the work waiting reaches 6 hours of the largest crew, "
        "called off below 4.2; looked at every 60 min."
    )


def test_overtime_of_a_part_of_one_crew() -> None:
    assert words({"kind": "overtime", "stages": ["desk"], "share": 0.5, "hours": 1.5}) == (
        "50 % of the crews of the service desk stay up to 1.5 h after their shifts, as far as the law allows. "
        "Decided at the start."
    )


def test_overflow() -> None:
    assert words(MEASURES["overflow_3pl"]["third_party"]) == (
        "A third party is offered 50 % of the orders not yet released, up to 4,000 orders a day; "
        "it packs within 12 h, its carrier leaves at 18:00, every day. Each order costs TWD 95. "
        "Each further line costs TWD 15. "
        "Set-up costs TWD 40,000 once. Decided when the backlog reaches 1.5 ordinary days' orders, "
        "called off below 0.5; looked at every 60 min. It takes effect 24 h after the decision."
    )


def test_overflow_by_share_on_some_days() -> None:
    text = words(
        {"kind": "overflow_3pl", "daily_capacity_share": 0.5, "dispatch_weekdays": ["sat", "mon"], "dispatch": "14:30"}
    )
    assert "up to 50 % of an ordinary day's orders" in text
    assert "leaves at 14:30, Mon and Sat." in text
    assert "costs" not in text


@pytest.mark.parametrize(
    ("after", "when"), [(2.0, "2 h after the due time"), (-6.0, "6 h before the due time"), (0.0, "at the due time")]
)
def test_compensation(after: float, when: str) -> None:
    text = words({**MEASURES["compensation"]["coupon"], "after_due_h": after})
    assert f"Customers of standard orders that have not been shipped are offered TWD 60 each, {when}" in text
    assert (
        "30 % fewer cancellations, 15 % fewer contacts about lateness, 40 % less of future spend lost and 0.3 points"
        in text
    )


def test_compensation_without_effects_claims_none() -> None:
    assert "taken to bring" not in words({"kind": "compensation", "value_cost": 10.0, "redemption_share": 0.5})


def test_pickups() -> None:
    assert words(MEASURES["extra_pickups"]["evening"]) == (
        "Extra pickups by all carriers at 21:00 and 23:30, every day, each up to 2,500 parcels. "
        "Each visit costs TWD 1,800. Decided at the start."
    )
    text = words(
        {"kind": "extra_pickups", "carriers": ["store"], "times": ["21:00"], "weekdays": ["mon", "tue", "wed"]}
    )
    assert text.startswith("Extra pickups by store at 21:00, Mon to Wed, each as large as it needs to be.")


def test_temporary_staff() -> None:
    assert words(MEASURES["temporary_staff"]["agency"]) == (
        "40 % of the largest shift from an agency in picking and packing, with the largest shift. "
        "They begin at 60 % of a standard worker's speed and approach 95 % with a time constant of 3 days. "
        "They are booked for 6 days. Pay: TWD 260 per hour. Each head costs TWD 500 once. "
        "Decided on Sun 9 Nov, 00:00. It takes effect 24 h after the decision."
    )


def test_desk_reinforcement() -> None:
    assert words(MEASURES["desk_reinforcement"]["agents"]) == (
        "6 workers more at the service desk, from 09:00 to 21:00, every day. "
        "They work at 90 % of a regular agent's speed. Decided when the queue at the desk reaches 40 contacts, "
        "called off below 28; looked at every 60 min."
    )
    assert words({"kind": "desk_reinforcement", "headcount": 1}).startswith("One worker more")


def test_an_alert_is_told_with_what_its_rule_watches() -> None:
    text = words({"kind": "overtime", "trigger": {"when": "alert", "alert": "work_piles_up"}})
    assert text.endswith(
        "Decided when the alert “work_piles_up” is raised (the work waiting reaches 8 hours of the largest crew; "
        "looked at every 60 min), called off when it is cleared (below 4)."
    )


def test_an_end_is_told() -> None:
    trigger = {**METRIC, "until": 100.0}
    assert words({"kind": "overtime", "trigger": trigger}).endswith("Ends on Wed 12 Nov, 04:00 at the latest.")


def test_backup_carrier() -> None:
    pickups = {"noon": {"time": "12:00", "weekdays": ["mon", "tue", "wed"]}, "late": {"time": "18:00"}}
    figures = {"kind": "backup_carrier", "pickups": pickups, "transit": {"mean_days": 1.5}}
    assert words(
        {**figures, "share": 0.3, "cost_per_parcel": 110.0, "cost_per_pickup": 800.0, "setup_cost": 9000.0}
    ) == (
        "A further carrier takes over 30 % of what is packed for all carriers; it comes at 12:00 Mon to Wed and "
        "at 18:00 every day, and is on its way for 36 h on average. "
        "Parcels to be paid on delivery stay with their carrier. "
        "Each parcel costs TWD 110. Each visit costs TWD 800. Set-up costs TWD 9,000 once. Decided at the start."
    )
    text = words(
        {**figures, "replaces": ["store"], "takes_waiting": True, "cash_on_delivery": True, "cod_fee_cost": 20.0}
    )
    assert text.startswith("A further carrier takes over 100 % of what waits on the dock or is packed for store; ")
    assert "It collects money at the door. Each parcel paid on delivery costs TWD 20 more." in text


def test_carrier_capacity() -> None:
    figures = {"kind": "carrier_capacity", "capacity_share": 0.5}
    assert words({**figures, "cost_per_parcel_day": 3.0, "setup_cost": 500.0}) == (
        "50 % is added to what a pickup takes, what is accepted in a day and what is contracted per day with "
        "all carriers, used or not. "
        "Each parcel of added capacity costs TWD 3 a day. Set-up costs TWD 500 once. Decided at the start."
    )
    assert words({**figures, "of": ["network"], "carriers": ["store"]}).startswith(
        "50 % is added to what is contracted per day with store, used or not."
    )


def test_extra_storage() -> None:
    assert words({"kind": "extra_storage", "parcels": 1500, "cost_per_day": 6000.0, "setup_cost": 500.0}) == (
        "The dock has room for 1,500 parcels more; while it is full, nobody can pack. "
        "Each day costs TWD 6,000. Set-up costs TWD 500 once. Decided at the start."
    )
    assert words({"kind": "extra_storage", "parcels_share": 0.5}).startswith(
        "The dock has room for 50 % of its parcels more; "
    )


START = " Decided at the start."
DEMAND = [
    (
        {"kind": "throttle", "share": 0.25, "ads_share": 0.4, "setup_cost": 500.0},
        "Ads of the campaign are cut to 25 % of their spend; they bring 40 % of its orders, so 70 % of these still "
        "come. Set-up costs TWD 500 once.",
    ),
    ({"kind": "pause_campaign"}, "The campaign is taken off the shop's pages; ordinary orders go on."),
    (
        {"kind": "pause_campaign", "still_share": 0.2},
        "The campaign is taken off the shop's pages; ordinary orders go on. 20 % of the campaign's orders are placed "
        "all the same.",
    ),
    (
        {"kind": "purchase_limit", "units": 3, "lines": 1, "leave_share": 0.1},
        "An order takes at most 3 units and one line. 10 % of those who wanted more order nothing.",
    ),
    (
        {"kind": "longer_promise", "days": 2, "classes": ["standard"], "loss_share": 0.05},
        "New standard orders are promised 2 working days later. 5 % of these customers do not order then.",
    ),
    ({"kind": "longer_promise"}, "New standard and express orders are promised one working day later."),
    (
        {"kind": "staggered_release", "window_h": 2.0, "groups": 4, "every_h": 1.5, "loss_share": 0.1},
        "Customers of the first 2 h from the opening of the campaign are let in by 4 turns, 1.5 h apart. "
        "10 % of those who must wait do not come back.",
    ),
    (
        {"kind": "staggered_release", "opens": 100.0},
        "Customers of the first 3 h from Wed 12 Nov, 04:00 are let in by 4 turns, 3 h apart.",
    ),
]


@pytest.mark.parametrize(("measure", "text"), DEMAND, ids=[str(measure["kind"]) for measure, _ in DEMAND])
def test_measures_on_demand(measure: dict[str, Any], text: str) -> None:
    assert words(measure) == text + START


# --- towards customers ------------------------------------------------------------------------------------------


def test_compensation_in_tiers_within_a_budget_and_repeated() -> None:
    text = words(
        {
            "kind": "compensation",
            "offer": "free_shipping",
            "value_cost": 60.0,
            "redemption_share": 0.2,
            "tiers": [{"days_late": 3.0, "value_cost": 120.0}],
            "budget_cost": 9000.0,
            "repeat_every_h": 48.0,
            "most_repeats": 2,
            "repeat_churn_share": 0.03,
        }
    )
    assert text == (
        "Customers of standard and express orders that have not been shipped are offered free shipping of a later "
        "order, worth TWD 60 each, at the due time. 20 % of the offers are redeemed. "
        "From 3 days late on it is TWD 120 instead. No more is offered once TWD 9,000 are promised. "
        "Who still waits is offered it again every 2 days, at most 2 times more. "
        "Each repeat is taken to cost 3 % of a customer's future spend: a promise broken again. Decided at the start."
    )
    endless = words({"kind": "compensation", "repeat_every_h": 12.0})
    assert "is offered it again every 12 h. Decided" in endless


def test_a_gift_on_request() -> None:
    text = words({"kind": "compensation", "offer": "gift", "offered": "on_request", "value_cost": 40.0})
    assert text.startswith("A gift worth TWD 40 goes into the parcels of standard and express orders")
    assert "Only those get it whose contact about their late order an agent answers." in text
    assert "redeemed" not in text


def test_announcement_notice_and_recovery() -> None:
    assert words({"kind": "announcement", "contact_reduction_share": 0.1, "setup_cost": 2000.0}) == (
        "A notice on the site tells everybody that parcels are later than usual. "
        "It is taken to bring 10 % fewer contacts about open orders. Set-up costs TWD 2,000 once. Decided at the start."
    )
    notice = {"kind": "proactive_notice", "after_due_h": -6.0, "cost_per_notice": 2.0, "score_gain": 0.2}
    assert words(notice) == (
        "Customers of standard and express orders that have not been shipped are written to, 6 h before the due time. "
        "It is taken to bring 0.2 points on a late customer's score. Each message costs TWD 2. Decided at the start."
    )
    assert words({"kind": "recovery_offer", "win_back_share": 0.1, "value_cost": 80.0}) == (
        "Customers whose order was cancelled or came more than 2 days late are written to, for 14 days; "
        "10 % of them come back, at TWD 80 each. Decided at the start."
    )


def test_bot_and_call_backs() -> None:
    bot = {"kind": "faq_bot", "deflection_share": 0.3, "failure_share": 0.25, "cost_per_contact": 3.0}
    assert words(bot) == (
        "A bot takes 30 % of first contacts on all channels; 25 % of those come back to an agent after about 30 min. "
        "Each contact that it takes costs TWD 3. Decided at the start."
    )
    number = {"kind": "desk_callback", "channels": ["phone"], "queue_at_least": 4, "acceptance_share": 0.5}
    assert words(number) == (
        "Of the callers on phone who find 4 or more waiting, 50 % leave a number and are called back in their turn. "
        "Decided at the start."
    )
    per_agent = {**number, "channels": [], "queue_at_least": None, "queue_per_agent": 1.5}
    text = words({**per_agent, "out_of_hours": True, "unreached_share": 0.2})
    assert "Of the callers on all channels of calls who find 1.5 or more per agent of the largest shift waiting" in text
    assert "Outside opening hours they may do so too." in text
    assert "20 % of the call-backs reach nobody and take 1 min each." in text


HOURS = {"start": "08:00", "end": "12:00", "weekdays": ["sat", "sun"]}


def test_extra_shift() -> None:
    assert words({"kind": "extra_shift", "headcount_share": 0.6, "hours": HOURS}) == (
        "60 % of the largest shift of the own crew in picking and packing come on their days off, "
        "from 08:00 to 12:00, Sat and Sun, as far as the law allows. Decided at the start."
    )
    assert words(
        {
            "kind": "extra_shift",
            "headcount": 3,
            "stages": ["desk"],
            "hours": {**HOURS, "weekdays": ["mon"]},
            "day": "working",
            "productivity": 0.8,
        }
    ).startswith(
        "A second crew on working days in the service desk: 3 workers, from 08:00 to 12:00, Mon. "
        "They work at 80 % of a standard worker's speed."
    )


def test_cross_training() -> None:
    moves = [{"from": "picking", "to": "packing"}, {"from": "desk", "to": "picking", "productivity": 0.7}]
    assert words({"kind": "cross_training", "moves": moves, "cost_per_head": 1000.0}) == (
        "50 % of each shift are trained to help elsewhere: from picking to packing, at 80 % of a standard worker's "
        "speed there and from the service desk to picking, at 70 % of a standard worker's speed there. "
        "Every 60 min as many go (or come back) as bring "
        "the work waiting per worker closest, where it is 2 times as long; each change costs 5 min. "
        "Training costs TWD 1,000 a head once. "
        "Decided at the start."
    )


def test_batch_picking() -> None:
    given = {"kind": "batch_picking", "batch_size": 4, "sort_min": 0.5, "pack_sort_min": 0.2, "setup_cost": 2e4}
    assert words(given) == (
        "Pickers take up to 4 orders on one walk. Sorting takes them 0.5 min for each further order. "
        "Packing an order that was picked with others takes 0.2 min more. Set-up costs TWD 20,000 once. "
        "Decided at the start."
    )
    assert "Sorting" not in words({"kind": "batch_picking"})
