"""Apologies can backfire: a promise that is broken again loses the customer (Halperin et al. 2019, NBER w25676).

Coupons for overdue orders on Double 11 at a quarter of its size, once, twice, and every day as long as they wait,
to the same customers.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import sim

CHURN = "+measures.coupon.repeat_churn_share=0.03"  # assumption; sweep 0.01-0.06
EVERY = "+measures.coupon.repeat_every_h=24.0"


@pytest.fixture(scope="module")
def ledgers() -> dict[str, list[sim.Ledger]]:
    world = sim.load_scenario("double11", overrides=["scale=0.25", "demand.campaign.uplift_cv=0.0"])
    plans = {
        "none": sim.load_plan("none"),
        "once": sim.load_plan("compensation"),
        "twice": sim.load_plan("compensation", [EVERY, CHURN, "+measures.coupon.most_repeats=1"]),
        "always": sim.load_plan("compensation", [EVERY, CHURN]),
    }
    draws = [sim.sample(world, seed=3, replication=each) for each in range(2)]
    return {name: [sim.simulate(world, plan, each) for each in draws] for name, plan in plans.items()}


def test_more_apologies_lose_more_future_margin_and_cost_more(ledgers: dict[str, list[sim.Ledger]]) -> None:
    figures = {name: pd.DataFrame([sim.kpis(each) for each in runs]) for name, runs in ledgers.items()}
    for fewer, more in (("once", "twice"), ("twice", "always")):
        assert (figures[more]["lost_future_margin"] > figures[fewer]["lost_future_margin"]).all()
        assert (figures[more]["cost_compensation"] > figures[fewer]["cost_compensation"]).all()
        assert (figures[more]["net_contribution"] < figures[fewer]["net_contribution"]).all()


def test_the_first_apology_helps_and_the_repeats_undo_it(ledgers: dict[str, list[sim.Ledger]]) -> None:
    lost = {name: np.mean([sim.kpis(each)["lost_future_margin"] for each in runs]) for name, runs in ledgers.items()}
    assert lost["once"] < lost["none"]
    assert lost["always"] > lost["once"] + 0.3 * (lost["none"] - lost["once"])


def test_repeats_change_nothing_but_money_and_loyalty(ledgers: dict[str, list[sim.Ledger]]) -> None:
    """Nobody cancels or asks because of them, and nobody is kept by them."""
    for once, always in zip(ledgers["once"], ledgers["always"], strict=True):
        np.testing.assert_array_equal(always.column("orders", "cancelled_min"), once.column("orders", "cancelled_min"))
        np.testing.assert_array_equal(always.column("contacts", "arrived_min"), once.column("contacts", "arrived_min"))
        times, before = always.column("orders", "apologies"), once.column("orders", "apologies")
        assert np.all(times >= before)
        assert times.max() > 1
        extra = 0.03 * (times - before)
        np.testing.assert_allclose(always.column("orders", "loyalty_lost"), extra, rtol=1e-5, atol=1e-7)
