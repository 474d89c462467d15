"""Good intentions that backfire: a measure that costs and makes things no better, shown on paired replications."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim
from sim.series import hourly

# `double11` with 60 % more people on the floor: the vans, which come as usual, are the narrowest part.
QUICK_FLOOR = [
    "demand.campaign.uplift_cv=0.0",
    "site.picking.headcount_factor=1.6",
    "site.packing.headcount_factor=1.6",
]


def test_overtime_backfires_where_the_dock_is_the_bottleneck() -> None:
    """Who stays packs parcels that no van takes: it costs, no more ships in time, and the dock is fuller.

    More vans, for less money than the overtime, ship nearly everything in time.
    """
    world = sim.load_scenario("double11", overrides=QUICK_FLOOR)
    plans = [sim.load_plan(name) for name in ("none", "overtime", "extra_pickups")]
    for replication in range(3):
        draws = sim.sample(world, seed=11, replication=replication)
        ledgers = [sim.simulate(world, plan, draws) for plan in plans]
        none, overtime, vans = (sim.kpis(ledger) for ledger in ledgers)
        on_dock = [float(hourly(ledger)["queue_dock"].mean()) for ledger in ledgers]
        assert overtime["overtime_h"] > 100
        assert overtime["total_cost"] > 1.05 * none["total_cost"]
        assert overtime["net_contribution"] < none["net_contribution"]
        assert overtime["service_level_ship"] < none["service_level_ship"] + 0.002
        assert overtime["service_level_delivery"] < none["service_level_delivery"] + 0.002
        assert on_dock[1] > 1.1 * on_dock[0]
        assert overtime["full_dock_h"] > 1.5 * none["full_dock_h"]
        assert vans["service_level_ship"] > 0.95
        assert vans["total_cost"] < overtime["total_cost"]
        assert np.isclose(none["orders_accepted"], overtime["orders_accepted"])


def test_a_third_party_backfires_when_it_starts_too_late() -> None:
    """It takes only what is not released yet: five days after the alarm that is ordinary orders, which we could ship.

    A day after the alarm it doubles the service level; five days after, it costs half as much and brings nothing.
    """
    world = sim.load_scenario("double11", overrides=["demand.campaign.uplift_cv=0.0"])
    plans = [sim.load_plan("none")]
    plans += [sim.load_plan("overflow_3pl", [f"measures.overflow.delay_h={hours}"]) for hours in (24.0, 120.0)]
    for replication in range(3):
        draws = sim.sample(world, seed=11, replication=replication)
        none, early, late = (sim.kpis(sim.simulate(world, plan, draws)) for plan in plans)
        assert early["service_level_ship"] > none["service_level_ship"] + 0.25
        assert abs(late["service_level_ship"] - none["service_level_ship"]) < 0.01
        assert late["cost_third_party"] > 0.25 * early["cost_third_party"]
        assert late["total_cost"] > 1.1 * none["total_cost"]
        assert late["net_contribution"] < 0.9 * none["net_contribution"]


# --- apologies --------------------------------------------------------------------------------------------------------

# Coupons for overdue orders on Double 11 at a quarter of its size, once, twice, and every day as long as they wait, to
# the same customers: a promise that is broken again loses the customer (Halperin et al. 2019, NBER w25676).
CHURN = "+measures.coupon.repeat_churn_share=0.03"  # assumption; sweep 0.01-0.06
EVERY = "+measures.coupon.repeat_every_h=24.0"


@pytest.fixture(scope="module")
def apologies() -> dict[str, list[sim.Ledger]]:
    world = sim.load_scenario("double11", overrides=["scale=0.25", "demand.campaign.uplift_cv=0.0"])
    plans = {
        "none": sim.load_plan("none"),
        "once": sim.load_plan("compensation"),
        "twice": sim.load_plan("compensation", [EVERY, CHURN, "+measures.coupon.most_repeats=1"]),
        "always": sim.load_plan("compensation", [EVERY, CHURN]),
    }
    draws = [sim.sample(world, seed=3, replication=each) for each in range(2)]
    return {name: [sim.simulate(world, plan, each) for each in draws] for name, plan in plans.items()}


def test_more_apologies_lose_more_future_margin_and_cost_more(apologies: dict[str, list[sim.Ledger]]) -> None:
    figures = {name: pd.DataFrame([sim.kpis(each) for each in runs]) for name, runs in apologies.items()}
    for fewer, more in (("once", "twice"), ("twice", "always")):
        assert (figures[more]["lost_future_margin"] > figures[fewer]["lost_future_margin"]).all()
        assert (figures[more]["cost_compensation"] > figures[fewer]["cost_compensation"]).all()
        assert (figures[more]["net_contribution"] < figures[fewer]["net_contribution"]).all()


def test_the_first_apology_helps_and_the_repeats_undo_it(apologies: dict[str, list[sim.Ledger]]) -> None:
    lost = {name: np.mean([sim.kpis(each)["lost_future_margin"] for each in runs]) for name, runs in apologies.items()}
    assert lost["once"] < lost["none"]
    assert lost["always"] > lost["once"] + 0.3 * (lost["none"] - lost["once"])


def test_repeats_change_nothing_but_money_and_loyalty(apologies: dict[str, list[sim.Ledger]]) -> None:
    """Nobody cancels or asks because of them, and nobody is kept by them."""
    for once, always in zip(apologies["once"], apologies["always"], strict=True):
        np.testing.assert_array_equal(always.column("orders", "cancelled_min"), once.column("orders", "cancelled_min"))
        np.testing.assert_array_equal(always.column("contacts", "arrived_min"), once.column("contacts", "arrived_min"))
        times, before = always.column("orders", "apologies"), once.column("orders", "apologies")
        assert np.all(times >= before)
        assert times.max() > 1
        extra = 0.03 * (times - before)
        np.testing.assert_allclose(always.column("orders", "loyalty_lost"), extra, rtol=1e-5, atol=1e-7)
