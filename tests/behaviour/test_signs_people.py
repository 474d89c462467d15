"""Which way measures on people move the indicators, on a shipped scenario and the same customers.

`mid_autumn` drowns at the packing tables while its pickers keep up, so it tells the three apart: more hours help,
pickers who can pack help more, and picking faster alone only lengthens the queue of the packers.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import sim
from sim.scenario.plan import Plan

REPLICATIONS = 2
MORE_SORTING = 1.0


def _plans() -> dict[str, Plan]:
    shipped = {name: sim.load_plan(name) for name in ("none", "extra_shift", "cross_training", "batch_picking")}
    carts = shipped["batch_picking"].measures["carts"]
    alone = {
        "carts": carts,
        "carts_without_sorting": carts.model_copy(update={"pack_sort_min": 0.0}),
        "carts_with_more_sorting": carts.model_copy(update={"pack_sort_min": MORE_SORTING}),
    }
    return shipped | {name: Plan(name=name, measures={"carts": measure}) for name, measure in alone.items()}


@pytest.fixture(scope="module")
def results() -> dict[str, pd.DataFrame]:
    """Indicators by plan, a row per replication; the campaign as forecast."""
    scenario = sim.load_scenario("mid_autumn", overrides=["demand.campaign.uplift_cv=0.0"])
    rows: dict[str, list[pd.Series[float]]] = {name: [] for name in _plans()}
    for replication in range(REPLICATIONS):
        draws = sim.sample(scenario, seed=1, replication=replication)
        for name, plan in _plans().items():
            rows[name].append(sim.kpis(sim.simulate(scenario, plan, draws)))
    return {name: pd.DataFrame(each) for name, each in rows.items()}


def rises(results: dict[str, pd.DataFrame], indicator: str, *plans: str) -> None:
    """The indicator is larger under each plan than under the one before, in every replication."""
    values = [results[name][indicator].to_numpy() for name in plans]
    for less, more in pairwise(values):
        assert (less < more).all(), (indicator, plans, values)


def test_an_extra_shift_brings_hours_and_costs_them(results: dict[str, pd.DataFrame]) -> None:
    rises(results, "service_level_ship", "none", "extra_shift")
    rises(results, "mean_wait_packing_min", "extra_shift", "none")
    rises(results, "cost_extra_shift_pay", "none", "extra_shift")
    assert (results["none"]["cost_extra_shift_pay"] == 0).all()


def test_cross_trained_pickers_shorten_the_queue_of_the_packers_at_the_pickers_expense(
    results: dict[str, pd.DataFrame],
) -> None:
    rises(results, "service_level_ship", "none", "cross_training")
    rises(results, "mean_wait_packing_min", "cross_training", "none")
    rises(results, "mean_wait_picking_min", "none", "cross_training")
    rises(results, "utilisation_picking", "none", "cross_training")  # who stood idle works at the tables
    rises(results, "cost_setup", "none", "cross_training")
    pay = [results[name]["cost_regular_pay"] for name in ("none", "cross_training")]
    np.testing.assert_allclose(pay[0], pay[1], rtol=0.01)  # the same rosters; only what they overrun differs


def test_carts_alone_move_the_queue_from_the_shelves_to_the_tables(results: dict[str, pd.DataFrame]) -> None:
    rises(results, "mean_wait_picking_min", "carts", "none")
    rises(results, "utilisation_picking", "carts", "none")
    rises(results, "mean_wait_packing_min", "none", "carts")


def test_more_sorting_is_worse(results: dict[str, pd.DataFrame]) -> None:
    ways = ("carts_with_more_sorting", "carts", "carts_without_sorting")
    rises(results, "service_level_ship", *ways)
    rises(results, "mean_wait_packing_min", *reversed(ways))


def test_carts_and_helpers_together_are_better_than_either(results: dict[str, pd.DataFrame]) -> None:
    rises(results, "service_level_ship", "carts", "none", "cross_training", "batch_picking")


def test_all_meet_the_same_customers(results: dict[str, pd.DataFrame]) -> None:
    for frame in results.values():
        np.testing.assert_array_equal(frame["orders_accepted"], results["none"]["orders_accepted"])
