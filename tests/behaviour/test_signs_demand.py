"""Measures on demand pull the way they should, on the shipped campaign and the same customers."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

import sim
from sim.indicators import hourly
from sim.ledger import OUTCOMES, Ledger
from sim.scenario.measures import Compensation, LongerPromise, PurchaseLimit, StaggeredRelease, Throttle, Trigger
from sim.scenario.plan import Plan
from tests.small_sites import plan

DEMAND_PLANS = ("throttle", "pause_campaign", "purchase_limit", "longer_promise", "staggered_release")


@cache
def campaign() -> tuple[Any, Any]:
    """The scenario as forecast, and its draws."""
    scenario = sim.load_scenario("double11", overrides=["demand.campaign.uplift_cv=0.0"])
    return scenario, sim.sample(scenario, seed=11)


def under(chosen: Plan) -> Ledger:
    return sim.simulate(*(campaign()[0], chosen, campaign()[1]))


@cache
def shipped(name: str) -> tuple[Ledger, pd.Series[float]]:
    """A shipped plan's ledger and KPIs."""
    ledger = under(sim.load_plan(name))
    return ledger, sim.kpis(ledger)


def deterred(ledger: Ledger) -> set[Any]:
    """Numbers of the orders that were turned away."""
    orders = ledger.tables["orders"]
    return set(orders["order_id"][orders["outcome"] == OUTCOMES.index("deterred")].tolist())


@pytest.mark.parametrize("name", DEMAND_PLANS)
def test_fewer_order_and_more_of_them_are_shipped_in_time(name: str) -> None:
    """All five turn somebody away, leave less waiting, and so keep the promise to more of those who order."""
    (_, none), (ledger, tried) = shipped("none"), shipped(name)
    assert deterred(ledger)
    assert tried["orders_accepted"] < none["orders_accepted"]
    assert tried["peak_backlog_orders"] < none["peak_backlog_orders"]
    assert tried["service_level_ship"] > none["service_level_ship"]
    assert tried["satisfaction_mean"] > none["satisfaction_mean"]
    assert tried["cancelled_share"] < none["cancelled_share"]


def test_only_the_campaigns_customers_are_turned_away_by_ads_and_a_pause() -> None:
    for name in ("throttle", "pause_campaign"):
        orders = shipped(name)[0].tables["orders"]
        gone = orders["outcome"] == OUTCOMES.index("deterred")
        assert orders["by_campaign"][gone].all()
        assert shipped(name)[1]["cost_advertising"] < 0.9 * shipped("none")[1]["cost_advertising"]


def test_a_pause_turns_more_away_than_a_throttle() -> None:
    throttle, pause = (shipped(name)[1] for name in ("throttle", "pause_campaign"))
    assert pause["orders_accepted"] < throttle["orders_accepted"] - 1000
    assert pause["service_level_ship"] > throttle["service_level_ship"] + 0.2


def test_a_longer_promise_keeps_what_was_promised_before() -> None:
    """Nobody's due time comes earlier, whoever ordered before the first decision keeps theirs."""
    ledger, before = shipped("longer_promise")[0], shipped("none")[0].tables["orders"]
    orders, alerts = ledger.tables["orders"], ledger.alerts
    begin = alerts.loc[alerts["event"] == "active", "time_min"].min()
    later = orders["due_ship_min"] - before["due_ship_min"]
    assert (later >= 0).all()
    assert (later[orders["placed_min"] < begin] == 0).all()
    assert (later > 0).sum() > 5000
    assert shipped("longer_promise")[1]["service_level_ship"] > shipped("none")[1]["service_level_ship"] + 0.3


def test_a_limit_shrinks_orders_and_the_work_of_picking() -> None:
    none, limit = (shipped(name)[0].tables["orders"] for name in ("none", "purchase_limit"))
    cut = limit["units"] < none["units"]
    assert cut.sum() > 1000
    assert limit["units"][cut].max() == 3
    assert limit["value"][cut].sum() < none["value"][cut].sum()

    def picking(orders: Any) -> Any:
        return orders["pick_end_min"] - orders["pick_start_min"]

    assert np.nanmean(picking(limit)[cut]) < np.nanmean(picking(none)[cut])


def test_turns_take_the_edge_off_the_opening() -> None:
    """The busiest hour has less than two thirds of the orders; nobody is lost beside those who would not wait."""
    none, turns = (hourly(shipped(name)[0])["placed_per_h"] for name in ("none", "staggered_release"))
    assert turns.max() < 0.67 * none.max()
    gone = len(deterred(shipped("staggered_release")[0]))
    assert turns.sum() == none.sum() - gone


def both(stricter: Plan, milder: Plan) -> tuple[set[Any], set[Any]]:
    return deterred(under(stricter)), deterred(under(milder))


@pytest.mark.parametrize(
    "measure",
    [
        lambda hard: Throttle(share=0.8 - hard * 0.6),
        lambda hard: Throttle(share=0.5, ads_share=0.2 + hard * 0.4),
        lambda hard: PurchaseLimit(units=3, leave_share=0.1 + hard * 0.4),
        lambda hard: PurchaseLimit(units=4 - int(hard * 2), leave_share=0.3),
        lambda hard: LongerPromise(days=2, loss_share=0.1 + hard * 0.3),
        lambda hard: StaggeredRelease(loss_share=0.1 + hard * 0.5),
    ],
    ids=["spend", "ads", "leave", "limit", "promise", "turns"],
)
def test_a_stricter_measure_turns_away_the_same_customers_and_more(measure: Callable[[float], Any]) -> None:
    """On from the start, so that all customers meet the same: whom the milder one turns away, the stricter does too."""
    stricter, milder = both(plan(mine=measure(1.0)), plan(mine=measure(0.0)))
    assert milder
    assert milder < stricter


@pytest.mark.parametrize("discipline", ["fifo", "earliest_due", "shortest"])
def test_terms_that_nobody_meets_leave_no_trace(discipline: str) -> None:
    """All measures begin and end between two orders in the thick of the campaign: everything goes on as without them.

    Deadlines, contacts, ranks and work are computed anew twice, for all orders that are still to come.
    """
    scenario, draws = campaign()
    site = scenario.site
    picking = site.picking.model_copy(update={"discipline": discipline, "batch_size": 2})
    scenario = scenario.model_copy(update={"site": site.model_copy(update={"picking": picking})})
    row = int(np.searchsorted(draws.placed_min, scenario.measure_from_min + 1500))
    while draws.placed_min[row + 1] - draws.placed_min[row] < 0.5:
        row += 1
    at, until = (draws.placed_min[row] + 0.1) / 60, (draws.placed_min[row + 1] - 0.1) / 60
    moment = Trigger(when="time", at=float(at), until=float(until))
    passing = plan(
        later=LongerPromise(days=3, loss_share=0.5, trigger=moment),
        limit=PurchaseLimit(units=1, leave_share=0.5, trigger=moment),
        ads=Throttle(share=0.0, trigger=moment),
        coupon=Compensation(cancel_reduction_share=0.3, contact_reduction_share=0.3),
    )
    coupon = plan(coupon=passing.measures["coupon"])
    tables, expected = (sim.simulate(scenario, chosen, draws).tables for chosen in (passing, coupon))
    for name in ("orders", "contacts", "staffing", "pickups"):
        for column, values in expected[name].items():
            np.testing.assert_array_equal(tables[name][column], values, err_msg=f"{name}.{column}")
    assert len(tables["alerts"]["time_min"]) > len(expected["alerts"]["time_min"])
