"""The same sales in another time: members first and pre-orders, expected counts and due times by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import sim
from sim.demand.curve import order_curve, ordinary_orders
from sim.draws import sample
from sim.scenario.measures import LongerPromise, StaggeredRelease
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.ledgers import world

DAY = 1440.0
CAMPAIGN = {"start": 48.0, "end": 72.0, "uplift": 3.0}  # a day at one order a minute: 4,320 orders


def shop(**campaign: Any) -> Scenario:
    """Five days at one order a minute; a campaign on the third."""
    promise = {
        "order_cutoff": "24:00",
        "ship_by": "18:00",
        "deliver_by": "18:00",
        "standard": {"ship_within_days": 1, "deliver_within_days": 2},
    }
    demand = {"profile": {"per_day": DAY}, "campaign": {**CAMPAIGN, **campaign}}
    return world(window={"measure_to": 120.0}, demand=demand, promise=promise)


def by_day(scenario: Scenario) -> list[float]:
    curve = order_curve(scenario)
    return [curve.expected(DAY * day, DAY * (day + 1)) for day in range(5)]


@pytest.mark.parametrize(
    ("ahead", "days"),
    [
        ({}, [1440.0, 1440.0, 4320.0, 1440.0, 1440.0]),
        ({"members_first": {"share": 0.25, "hours": 24.0}}, [1440.0, 2520.0, 3240.0, 1440.0, 1440.0]),
        ({"pre_orders": {"share": 0.5, "days": 2.0}}, [2520.0, 2520.0, 2160.0, 1440.0, 1440.0]),
        (
            {"members_first": {"share": 0.25, "hours": 24.0}, "pre_orders": {"share": 0.5, "days": 2.0}},
            [2520.0, 3600.0, 1080.0, 1440.0, 1440.0],
        ),
    ],
)
def test_what_is_sold_ahead_is_taken_from_the_campaign(ahead: dict[str, Any], days: list[float]) -> None:
    assert by_day(shop(**ahead)) == pytest.approx(days)


def test_what_is_sold_ahead_comes_on_top_of_customers_who_wait() -> None:
    found = by_day(shop(teaser={"hours": 24.0, "factor": 0.5}, members_first={"share": 0.25, "hours": 24.0}))
    assert found == pytest.approx([1440.0, 720.0 + 1080.0, 3240.0, 1440.0, 1440.0])


def test_a_share_of_zero_is_no_change_to_the_byte() -> None:
    plain, other = order_curve(shop()), order_curve(shop(members_first={"share": 0.0, "hours": 5.0}))
    np.testing.assert_array_equal(plain.edges, other.edges)
    np.testing.assert_array_equal(plain.rates, other.rates)


def test_pre_orders_are_due_as_if_placed_at_the_opening() -> None:
    scenario = shop(pre_orders={"share": 0.5, "days": 2.0})
    draws = sample(scenario, 1, 0)
    before = draws.placed_min < 2 * DAY
    ahead = before & (draws.promised_from_min == 2 * DAY)
    # 2,160 of about 5,040 orders of the first two days are pre-orders: 4 standard deviations are 186
    assert abs(np.count_nonzero(ahead) - 2160) < 186
    assert set(draws.due_ship_min[ahead]) == {3 * DAY + 18 * 60}
    ordinary = before & ~ahead
    day = np.floor(draws.placed_min[ordinary] / DAY)
    np.testing.assert_array_equal(draws.due_ship_min[ordinary], (day + 1) * DAY + 18 * 60)


def test_customers_of_the_ordinary_curve_stay_the_same() -> None:
    plain, ahead = (sample(shop(**more), 1, 0) for more in ({}, {"pre_orders": {"share": 0.5, "days": 2.0}}))
    kept = ahead.placed_min[(ahead.placed_min < 2 * DAY) & (ahead.promised_from_min < 2 * DAY)]
    np.testing.assert_array_equal(kept, plain.placed_min[plain.placed_min < 2 * DAY])


def test_luck_applies_to_what_is_sold_ahead_too() -> None:
    scenario = shop(members_first={"share": 0.25, "hours": 24.0})
    twice = order_curve(scenario, uplift_luck=2.0)
    assert twice.expected(DAY, 2 * DAY) == pytest.approx(1440.0 + 2 * 1080.0)


def test_ordinary_orders_are_counted_outside_the_run_too() -> None:
    scenario = shop()
    assert ordinary_orders(scenario, 48.0, 72.0) == pytest.approx(1440.0)
    assert ordinary_orders(scenario, -24.0, 12.0) == pytest.approx(36 * 60.0)


@pytest.mark.parametrize(
    ("ahead", "words"),
    [
        ({"members_first": {"share": 0.5}, "pre_orders": {"share": 0.5}}, "less than 1"),
        ({"members_first": {"share": 0.5, "hours": 0.0}}, "hours above 0"),
        ({"pre_orders": {"share": 0.5, "days": 0.0}}, "days above 0"),
    ],
)
def test_what_can_not_be_is_refused(ahead: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        shop(**ahead)


def test_a_longer_promise_counts_from_the_opening_too() -> None:
    """Promised a working day later from the start: pre-orders are due on the fifth day instead of the fourth."""
    scenario = shop(pre_orders={"share": 0.5, "days": 2.0})
    draws = sample(scenario, 1, 0)
    ledger = sim.simulate(scenario, Plan(name="later", measures={"promise": LongerPromise(days=1)}), draws)
    orders = ledger.tables["orders"]
    ahead = draws.promised_from_min > draws.placed_min
    assert ahead.sum() > 1000
    assert set(orders["due_ship_min"][ahead]) == {4 * DAY + 18 * 60}


def test_turns_of_a_staggered_opening_keep_what_is_promised_ahead() -> None:
    """Orders of the opening get turns, and the due times of pre-orders stay: they came before it."""
    scenario = shop(pre_orders={"share": 0.5, "days": 2.0})
    draws = sample(scenario, 1, 0)
    plan = Plan(name="turns", measures={"turns": StaggeredRelease(window_h=2.0, groups=2, every_h=2.0)})
    orders = sim.simulate(scenario, plan, draws).tables["orders"]
    early = orders["placed_min"] < 2 * DAY
    before = draws.placed_min < 2 * DAY
    np.testing.assert_array_equal(orders["due_ship_min"][early], draws.due_ship_min[before])
