"""A plan that sells out does not hold where the targets ask for supply from stock, however much of it ships in time."""

from __future__ import annotations

import numpy as np

import sim
from sim.experiment.choice import reached
from sim.scenario.economics import Targets

SMALL = ["scale=0.05", "targets.probability=0.9"]


def test_both_targets_in_the_same_replication() -> None:
    service, fill = np.array([0.96, 0.96, 0.5, np.nan, 0.97]), np.array([0.98, 0.9, 0.99, 0.99, np.nan])
    alone, both = Targets(service_level_ship=0.95), Targets(service_level_ship=0.95, fill_rate=0.97)
    assert reached(alone, service, fill).tolist() == [1, 1, 0, 1]
    assert reached(both, service, fill).tolist() == [1, 0, 0, 1]  # without stock nothing is asked of it


def test_a_comparison_does_not_call_a_sold_out_shop_holding() -> None:
    verdicts = {}
    for name, more in {"asked": [], "not asked": ["targets.fill_rate=null"]}.items():
        scenario = sim.load_scenario("mid_autumn_stock", overrides=[*SMALL, *more])
        verdicts[name] = sim.compare(scenario, ["none", "warehouse_asked"], 6, workers=1).verdict
    asked, not_asked = verdicts["asked"], verdicts["not asked"]
    assert asked is not None
    assert not_asked is not None
    assert not_asked.holds
    assert not asked.holds
    assert asked.reach_share == 0
