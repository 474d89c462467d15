"""What measures towards customers do to a surge points the right way, on the same customers with and without them.

Double 11 at a quarter of its size, as forecast. What somebody's own response is about holds for every order and every
draw; what goes through the desk's queue is said for the mean, and may hurt.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import sim

REPLICATIONS = 2
WORLD = ("scale=0.25", "demand.campaign.uplift_cv=0.0")


@cache
def ledgers(plan: str, *overrides: str) -> list[sim.Ledger]:
    world = sim.load_scenario("double11", overrides=list(WORLD))
    chosen = sim.load_plan(plan, list(overrides))
    return [sim.simulate(world, chosen, sim.sample(world, seed=3, replication=each)) for each in range(REPLICATIONS)]


@cache
def results(plan: str, *overrides: str) -> pd.DataFrame:
    """KPIs, one row per replication."""
    return pd.DataFrame([sim.kpis(ledger) for ledger in ledgers(plan, *overrides)])


@pytest.mark.parametrize("plan", ["announcement", "proactive_notice", "tiered_compensation"])
def test_who_is_told_or_offered_something_cancels_and_asks_less(plan: str) -> None:
    none, tried = results("none"), results(plan)
    assert (tried["cancelled_share"] < none["cancelled_share"]).all()
    assert (tried["contacts_per_100_orders"] < none["contacts_per_100_orders"]).all()
    assert (tried["service_level_ship"] - none["service_level_ship"]).abs().max() < 0.02  # nothing ships faster
    assert (tried["satisfaction_mean"] > none["satisfaction_mean"]).all()


def test_what_it_costs_stands_in_its_own_line() -> None:
    assert (results("announcement")["cost_setup"] == 2000 * 0.25).all()
    assert (results("proactive_notice")["cost_messages"] > 0).all()
    assert (results("faq_bot")["cost_bot"] > 0).all()
    assert (results("recovery_offer")["cost_messages"] > 0).all()
    assert (results("none")[["cost_messages", "cost_bot", "cost_compensation"]] == 0).all(axis=None)


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        ("announcement", "measures.banner.cancel_reduction_share"),
        ("proactive_notice", "measures.message.cancel_reduction_share"),
        ("tiered_compensation", "measures.vouchers.budget_cost"),
    ],
)
def test_more_of_it_keeps_more_customers(plan: str, field: str) -> None:
    little, much = (1000.0, 1e6) if field.endswith("cost") else (0.1, 0.6)
    few, many = results(plan, f"{field}={little}"), results(plan, f"{field}={much}")
    assert (many["cancelled_share"] < few["cancelled_share"]).all()


def test_a_budget_bounds_what_is_promised() -> None:
    bounded = results("tiered_compensation", "measures.vouchers.budget_cost=20000.0")
    free = results("tiered_compensation", "measures.vouchers.budget_cost=null")
    assert (bounded["cost_compensation"] < free["cost_compensation"]).all()
    for ledger in ledgers("tiered_compensation", "measures.vouchers.budget_cost=20000.0"):
        told = ledger.alerts[ledger.alerts["event"] == "spent"]
        assert len(told) == 1
        assert told["value"].iloc[0] <= told["level"].iloc[0] == 20000 * 0.25


def test_a_bot_relieves_the_desk_and_its_failures_come_back() -> None:
    none, bot = results("none"), results("faq_bot")
    assert (bot["deflected_share"].between(0.1, 0.3)).all()
    assert (bot["contacts_lost_share"] < none["contacts_lost_share"]).all()  # it is there at night
    assert (bot["utilisation_desk"] < none["utilisation_desk"]).all()
    assert bot["mean_wait_desk_min"].mean() < none["mean_wait_desk_min"].mean()
    clumsy, able = (results("faq_bot", f"measures.bot.failure_share={share}") for share in (0.5, 0.0))
    assert (clumsy["contacts_per_100_orders"] > able["contacts_per_100_orders"]).all()
    assert (clumsy["utilisation_desk"] > able["utilisation_desk"]).all()
    assert clumsy["mean_wait_desk_min"].mean() > able["mean_wait_desk_min"].mean()


def test_call_backs_lose_fewer_calls_and_let_others_wait() -> None:
    """The desk is short of agents: who left a number at night is answered, those who hold the line pay for it."""
    none, number = results("none"), results("desk_callback")
    assert (number["contacts_lost_share"] < none["contacts_lost_share"] - 0.1).all()
    assert (number["utilisation_desk"] > none["utilisation_desk"]).all()
    assert (number["mean_wait_desk_min"] > none["mean_wait_desk_min"]).all()
    missed, met = (results("desk_callback", f"measures.number.unreached_share={share}") for share in (0.5, 0.0))
    assert (missed["contacts_per_100_orders"] > met["contacts_per_100_orders"]).all()


def test_a_recovery_offer_moves_nothing_and_saves_future_margin() -> None:
    none, back = results("none"), results("recovery_offer")
    for kpi in ("service_level_ship", "cancelled_share", "contacts_per_100_orders", "revenue", "satisfaction_mean"):
        pd.testing.assert_series_equal(back[kpi], none[kpi])
    assert (back["lost_future_margin"] < none["lost_future_margin"]).all()
    assert (back["net_contribution"] < none["net_contribution"]).all()  # cash goes out, the margin comes later
    more = results("recovery_offer", "measures.win_back.win_back_share=0.2")
    assert (more["lost_future_margin"] < back["lost_future_margin"]).all()
    assert (more["cost_compensation"] > back["cost_compensation"]).all()


def test_only_those_who_ask_get_what_is_given_on_request() -> None:
    for ledger in ledgers("tiered_compensation", "measures.vouchers.budget_cost=0.0"):
        asked = ledger.column("contacts", "order_row")[ledger.column("contacts", "outcome") == 1]
        got = np.flatnonzero(ledger.column("orders", "apologies") > 0)
        assert len(got) > 0
        assert set(got) <= set(asked)
