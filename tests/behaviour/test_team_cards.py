"""The shipped scorecards say what the shipped scenarios are about."""

from __future__ import annotations

import sim
from sim.experiment import compare


def missed(name: str, plan: str = "none") -> set[str]:
    """Teams and KPIs of which the mean misses the target."""
    found = compare(sim.load_scenario(name), [plan], 6, 1, workers=1).scorecards
    lost = found[~found["met"]]
    return {f"{team}.{kpi}" for team, kpi in zip(lost["team"], lost["kpi"], strict=True)}


def test_a_normal_week_meets_every_card() -> None:
    assert missed("steady") == set()


def test_a_surge_is_the_warehouses_trouble_until_all_hands_help() -> None:
    assert {"warehouse.service_level_ship", "warehouse.utilisation_packing"} <= missed("double11")
    assert "warehouse.service_level_ship" not in missed("double11", "all_hands")


def test_where_the_network_breaks_the_carriers_miss_their_card_and_the_warehouse_meets_its_own() -> None:
    found = missed("black_friday")
    assert "carriers.carrier_on_time_share" in found
    assert not {each for each in found if each.startswith("warehouse.")}
