"""What disturbances do to a real shop: signs on the shipped storm, paired with the same shop without it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

import sim
from sim.ledger import Ledger
from sim.scenario.scenario import Scenario
from tests.behaviour.test_common_random_numbers import arrays_of

REPLICATIONS = range(3)
LABELS = ("conveyor", "flu", "store_lorry", "best_seller")
OPEN_END = {"hours": 30.0}


@cache
def storm() -> Scenario:
    """Three tenths of the shop, with the campaign as forecast."""
    return sim.load_scenario("double11_storm", overrides=["scale=0.3", "demand.campaign.uplift_cv=0.0"])


def only(*labels: str, **changes: Any) -> Scenario:
    """The storm with some of its disturbances, the first of them changed."""
    chosen = {label: storm().disturbances[label] for label in labels}
    if changes:
        chosen[labels[0]] = chosen[labels[0]].model_copy(update=changes)
    return storm().model_copy(update={"disturbances": chosen})


def runs(scenario: Scenario, plan: str = "none") -> list[Ledger]:
    loaded = sim.load_plan(plan)
    return [sim.simulate(scenario, loaded, sim.sample(scenario, 11, number)) for number in REPLICATIONS]


@cache
def calm(plan: str = "none") -> list[Ledger]:
    return runs(only(), plan)


def mean(ledgers: list[Ledger], kpi: str) -> float:
    return float(np.mean([sim.kpis(ledger)[kpi] for ledger in ledgers]))


def test_the_storm_is_double_11_and_its_disturbances() -> None:
    named = {"name": "", "title": "", "story": "", "disturbances": {}, "sources": {}}
    usual = sim.load_scenario("double11", overrides=["scale=0.3", "demand.campaign.uplift_cv=0.0"])
    assert storm().model_copy(update=named) == usual.model_copy(update=named)
    assert tuple(storm().disturbances) == LABELS


def test_the_storm_keeps_the_customers_and_everybodys_luck() -> None:
    for number in REPLICATIONS:
        before, after = (dict(arrays_of(sim.sample(each, 11, number))) for each in (only(), storm()))
        changed = [name for name in before if before[name].tobytes() != after[name].tobytes()]
        assert changed == ["held_until_min"]


@pytest.mark.parametrize("label", LABELS)
def test_each_disturbance_alone_costs_service(label: str) -> None:
    assert mean(runs(only(label)), "service_level_ship") < mean(calm(), "service_level_ship") - 0.005


@pytest.mark.parametrize("plan", ["none", "overtime", "temporary_staff", "all_hands"])
def test_the_storm_costs_service_under_every_plan(plan: str) -> None:
    assert mean(runs(storm(), plan), "service_level_ship") < mean(calm(plan), "service_level_ship") - 0.005


def test_plans_still_help_in_a_storm() -> None:
    levels = {plan: mean(runs(storm(), plan), "service_level_ship") for plan in ("none", "overtime", "all_hands")}
    assert levels["none"] < levels["overtime"] < levels["all_hands"]


def test_a_longer_outage_costs_more_and_nobody_goes_unpaid() -> None:
    short, long = runs(only("conveyor")), runs(only("conveyor", **OPEN_END))
    assert mean(long, "service_level_ship") < mean(short, "service_level_ship") < mean(calm(), "service_level_ship")
    for one, other in zip(calm(), long, strict=True):
        assert rostered_h(one) == pytest.approx(rostered_h(other))


def rostered_h(ledger: Ledger) -> float:
    """Hours paid but for overrun."""
    rows = ledger.staffing
    return float((rows["paid_h"] - rows["overrun_min"] / 60)[~rows["absent"]].sum())


def test_a_flu_takes_people_and_brings_none() -> None:
    away = 0
    for one, other in zip(calm(), runs(only("flu")), strict=True):
        more = other.staffing["absent"].sum() - one.staffing["absent"].sum()
        assert (rostered_h(other) < rostered_h(one)) if more else (rostered_h(other) == rostered_h(one))
        away += more
    assert away > 0


def test_the_lorry_that_fails_leaves_parcels_on_the_dock_for_a_day() -> None:
    for one, other in zip(calm(), runs(only("store_lorry")), strict=True):
        day = (other.pickups["planned_min"] // 1440) == 8
        failed = other.pickups[day & (other.pickups["carrier"] == "store")]
        assert failed["no_show"].all()
        assert failed["taken"].sum() == 0
        before = (one.pickups["planned_min"] < 8 * 1440) & ~one.pickups["no_show"]
        assert one.pickups["taken"][before].tolist() == other.pickups["taken"][before].tolist()


def test_late_goods_hold_their_orders_and_no_others() -> None:
    for number, ledger in zip(REPLICATIONS, runs(only("best_seller")), strict=True):
        held = sim.sample(only("best_seller"), 11, number).held_until_min
        waits = ~np.isnan(held)
        share = waits.sum() / len(ledger.orders)
        assert 0.01 < share < 0.08  # of the orders of two days of twenty-odd, eight in a hundred
        released, placed = ledger.column("orders", "released_min"), ledger.column("orders", "placed_min")
        assert np.all((released[waits] == held[waits]) | np.isnan(released[waits]))
        assert np.all((released[~waits] == placed[~waits]) | np.isnan(released[~waits]))
