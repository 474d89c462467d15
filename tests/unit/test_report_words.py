"""Measures in words, one sentence for each figure that a planner gave."""

from __future__ import annotations

from typing import Any

import pytest
from report_fixture import MEASURES, make_scenario

from sim.report.describe import MeasuresInWords
from sim.report.formats import Formats
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
