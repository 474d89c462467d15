"""More carriers and more room change things in the direction that they should, on the same draws.

The shop of `double11` at a third of its size, with 60 % more people on the floor, so that the vans are the narrowest
part; and as it is, where pickers are.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import sim
from sim.ledger import Ledger
from sim.scenario.measures import Trigger
from sim.scenario.plan import Plan
from sim.series import hourly

SMALL = ("scale=0.3", "demand.campaign.uplift_cv=0.0")
QUICK_FLOOR = (*SMALL, "site.picking.headcount_factor=1.6", "site.packing.headcount_factor=1.6")
REPLICATIONS = 2


@cache
def ledgers(plan: str, overrides: tuple[str, ...], *changes: tuple[str, object]) -> list[Ledger]:
    """Runs of a shipped plan, figures of its only measure changed; the same draws for all."""
    world = sim.load_scenario("double11", overrides=list(overrides))
    chosen = sim.load_plan(plan)
    if changes:
        ((label, measure),) = chosen.measures.items()
        changed = type(measure).model_validate({**measure.model_dump(), **dict(changes)})
        chosen = Plan.model_validate({**chosen.model_dump(), "measures": {label: changed.model_dump()}})
    draws = [sim.sample(world, seed=11, replication=number) for number in range(REPLICATIONS)]
    return [sim.simulate(world, chosen, each) for each in draws]


def kpi(name: str, plan: str, overrides: tuple[str, ...] = QUICK_FLOOR, *changes: tuple[str, object]) -> np.ndarray:
    """A KPI of each replication."""
    return np.array([sim.kpis(ledger)[name] for ledger in ledgers(plan, overrides, *changes)])


def mean_on_dock(plan: str, overrides: tuple[str, ...] = QUICK_FLOOR) -> np.ndarray:
    """Parcels on the dock, averaged over each run."""
    return np.array([hourly(ledger)["queue_dock"].mean() for ledger in ledgers(plan, overrides)])


# --- a backup carrier -------------------------------------------------------------------------------------------


def test_a_backup_carrier_ships_what_the_vans_leave_behind() -> None:
    assert (kpi("service_level_ship", "backup_carrier") > kpi("service_level_ship", "none") + 0.1).all()
    assert (kpi("service_level_delivery", "backup_carrier") > kpi("service_level_delivery", "none") + 0.05).all()
    assert (mean_on_dock("backup_carrier") < mean_on_dock("none")).all()
    assert (kpi("cost_freight", "backup_carrier") > kpi("cost_freight", "none")).all()


def test_the_more_it_takes_over_the_fewer_wait() -> None:
    shares = [kpi("service_level_ship", "backup_carrier", QUICK_FLOOR, ("share", share)) for share in (0.0, 0.15, 0.3)]
    assert (np.diff(shares, axis=0) > 0).all()
    np.testing.assert_array_equal(shares[0], kpi("service_level_ship", "none"))


def test_nobody_waits_for_the_vans_and_it_helps_nobody() -> None:
    """As the shop is, orders wait for pickers: the second carrier costs, and ships next to nothing earlier."""
    better = kpi("service_level_ship", "backup_carrier", SMALL) - kpi("service_level_ship", "none", SMALL)
    assert (np.abs(better) < 0.01).all()
    assert (kpi("total_cost", "backup_carrier", SMALL) > kpi("total_cost", "none", SMALL)).all()


# --- capacity bought ahead --------------------------------------------------------------------------------------


def test_capacity_bought_ahead_ships_what_the_vans_leave_behind() -> None:
    assert (kpi("service_level_ship", "carrier_capacity") > kpi("service_level_ship", "none") + 0.2).all()
    assert (mean_on_dock("carrier_capacity") < mean_on_dock("none")).all()


def test_the_more_is_bought_the_better_and_the_dearer() -> None:
    shares = [("capacity_share", share) for share in (0.1, 0.25, 0.5)]
    service = [kpi("service_level_ship", "carrier_capacity", QUICK_FLOOR, share) for share in shares]
    cost = [kpi("cost_carrier_capacity", "carrier_capacity", QUICK_FLOOR, share) for share in shares]
    assert (np.diff(service, axis=0) > 0).all()
    assert (np.diff(cost, axis=0) > 0).all()


def test_it_is_paid_whether_it_is_used_or_not() -> None:
    """In the slow shop as in the quick one; there it changes nothing for anybody."""
    paid = [kpi("cost_carrier_capacity", "carrier_capacity", overrides) for overrides in (SMALL, QUICK_FLOOR)]
    np.testing.assert_array_equal(*paid)
    assert (paid[0] > 0).all()
    better = kpi("service_level_ship", "carrier_capacity", SMALL) - kpi("service_level_ship", "none", SMALL)
    assert (np.abs(better) < 0.01).all()


def test_a_larger_contract_alone_makes_congested_deliveries_quicker() -> None:
    """Parcels that leave no earlier arrive earlier: transit is less, and what leaves is the same."""
    busy = (*QUICK_FLOOR, "carriers.home.contracted_per_day=500")
    change = ("of", ("network",))
    bought, none = ledgers("carrier_capacity", busy, change), ledgers("none", busy)
    for more, usual in zip(bought, none, strict=True):
        shipped = [ledger.tables["orders"]["picked_up_min"] for ledger in (more, usual)]
        np.testing.assert_array_equal(*shipped)
        delivered = [ledger.tables["orders"]["delivered_min"] for ledger in (more, usual)]
        assert np.nanmean(delivered[0]) < np.nanmean(delivered[1])
        assert not np.any(delivered[0] > delivered[1])


# --- room on the dock -------------------------------------------------------------------------------------------


def test_room_keeps_packers_busy_and_ships_nothing_by_itself() -> None:
    """More parcels stand on the dock, fewer in the packers' queue; the vans take no more than they did."""
    assert (kpi("full_dock_h", "none") > 0).all()
    assert (kpi("full_dock_h", "extra_storage") < kpi("full_dock_h", "none")).all()
    assert (mean_on_dock("extra_storage") > mean_on_dock("none")).all()
    waited = [kpi("mean_wait_packing_min", plan) for plan in ("extra_storage", "none")]
    assert (waited[0] < waited[1]).all()
    assert (kpi("service_level_ship", "extra_storage") < kpi("service_level_ship", "none") + 0.02).all()
    assert (kpi("cost_extra_storage", "extra_storage") > 0).all()


@pytest.mark.parametrize("rooms", [(450, 720, 1500)])
def test_a_smaller_dock_is_full_for_longer(rooms: tuple[int, ...]) -> None:
    """Given for the whole shop; at a third of its size a third of it."""
    full = [kpi("full_dock_h", "none", (*QUICK_FLOOR, f"site.staging_parcels={room / 0.3:.0f}")) for room in rooms]
    assert (np.diff(full, axis=0) < 0).all()


def test_where_the_dock_never_fills_room_changes_nothing_but_its_price() -> None:
    bought, none = ledgers("extra_storage", SMALL), ledgers("none", SMALL)
    for more, usual in zip(bought, none, strict=True):
        for name, column in usual.tables["orders"].items():
            np.testing.assert_array_equal(more.tables["orders"][name], column)
    assert (kpi("cost_extra_storage", "extra_storage", SMALL) > 0).all()


# --- whose luck is whose ----------------------------------------------------------------------------------------


def test_a_backup_carrier_moves_nobody_elses_luck() -> None:
    """Whom it takes over hangs on the order alone: in a slow shop and in a quick one the same parcels are its."""
    taken = []
    for overrides in (SMALL, QUICK_FLOOR):
        (ledger, *_) = ledgers("backup_carrier", overrides, ("trigger", Trigger()), ("delay_h", 0.0))
        orders = ledger.tables["orders"]
        shipped = ~np.isnan(orders["picked_up_min"])
        taken.append((orders["carrier"] > len(ledger.scenario.carriers), shipped))
    both = taken[0][1] & taken[1][1]
    np.testing.assert_array_equal(taken[0][0][both], taken[1][0][both])
    assert 0.1 < taken[0][0][both].mean() < 0.3  # 30 % of those that are not paid on delivery
