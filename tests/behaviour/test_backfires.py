"""Good intentions that backfire: a measure that costs and makes things no better, shown on paired replications."""

from __future__ import annotations

import numpy as np

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
