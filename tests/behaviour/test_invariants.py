"""What always holds: on every shipped scenario under every shipped plan, and on many made-up small worlds.

`check_ledger` is asked, and so are properties that need the draws beside the ledger, or a second run.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

import sim
from sim.draws import Draws
from sim.floor.turns import let_in
from sim.indicators import KPIS, bottleneck, hourly, kpi_values, time_split
from sim.invariants import check_ledger
from sim.ledger import CONTACT_OUTCOMES, OUTCOMES, ROUTES, Ledger
from sim.scenario.fit import misfits
from sim.scenario.measures import Overflow3PL
from sim.scenario.plan import Plan
from sim.scenario.scale import at_scale, plan_at_scale
from sim.scenario.scenario import Scenario
from sim.series import turned_away
from tests.strategies import plans, scenarios

ROOT = Path(__file__).resolve().parents[2]
SHIPPED_SCENARIOS = sorted(path.stem for path in (ROOT / "scenarios").glob("[!_]*.yaml"))
SHIPPED_PLANS = sorted(path.stem for path in (ROOT / "conf" / "plan").glob("*.yaml"))
SCALE = 0.15

load_plan = cache(sim.load_plan)


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Four weeks of orders for the scenario `trace`, twelve an hour on working days, many lines on some."""
    rows = ["order_id,placed,lines,units"]
    for day in range(2, 30):
        for number in range(96 if day % 7 else 0):
            clock = f"{9 + number // 12:02d}:{number % 12 * 5:02d}"
            rows.append(f"{day}-{number},2026-03-{day:02d} {clock},{1 + number % 50},{2 + number % 90}")
    file = tmp_path_factory.mktemp("trace") / "invoices.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return file.as_posix()


@pytest.mark.parametrize("name", SHIPPED_SCENARIOS)
def test_every_shipped_scenario_under_every_shipped_plan(name: str, invoices: str) -> None:
    overrides = [f"scale={SCALE}"]
    if name == "trace":
        overrides += [f"demand.file='{invoices}'", "demand.from=2026-03-09", "demand.to=2026-03-22"]
    scenario = sim.load_scenario(name, overrides=overrides)
    draws = sim.sample(scenario, seed=1)
    assert len(draws) > 50 or name == "textbook_desk"
    for plan in map(load_plan, SHIPPED_PLANS):
        if any("alert" in problem.place for problem in misfits(scenario, plan)):
            continue  # follows an alert rule that is not there; whatever else is missing is left alone
        ledger = sim.simulate(scenario, plan, draws)
        check_ledger(ledger)
        check_beside(ledger, draws)


# --- made-up worlds ---------------------------------------------------------------------------------------------


def holds_in(scenario: Scenario, plan: Plan) -> None:
    draws = sim.sample(scenario, seed=1)
    ledger = sim.simulate(scenario, plan, draws)
    check_ledger(ledger)
    check_beside(ledger, draws)
    check_figures(ledger)
    again = sim.simulate(scenario, plan, draws)
    for table, columns in ledger.tables.items():
        for name, values in columns.items():
            np.testing.assert_array_equal(values, again.tables[table][name], err_msg=f"{table}.{name} in a second run")


SMALL = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
)


@SMALL
@given(scenarios(), plans())
def test_small_worlds(scenario: Scenario, plan: Plan) -> None:
    holds_in(scenario, plan)


@pytest.mark.long
@settings(SMALL, max_examples=550)  # what gauges are held against are other worlds, of which the same is asked
@given(scenarios(), plans())
def test_many_small_worlds(scenario: Scenario, plan: Plan) -> None:
    holds_in(scenario, plan)


# --- what holds beside the ledger's own invariants -----------------------------------------------------------------


def check_beside(ledger: Ledger, draws: Draws) -> None:
    """Properties of a ledger that need its draws, or another way of counting."""
    draws, _ = let_in(ledger.scenario, ledger.plan, draws)
    _ends(ledger, draws)
    _visits(ledger)
    _third_parties(ledger)
    _backup_carriers(ledger, draws)
    _staff(ledger)
    _contacts(ledger)
    _nothing_after_the_horizon(ledger)


def _ends(ledger: Ledger, draws: Draws) -> None:
    """Placed as drawn, and an order that arrived is delivered, or was not collected."""
    orders = ledger.tables["orders"]
    np.testing.assert_array_equal(orders["placed_min"], draws.placed_min)
    arrived = orders["delivered_min"] <= ledger.scenario.horizon_min
    left_there = draws.unclaimed & (orders["carrier"] < len(ledger.scenario.carriers))  # a third party has its own
    delivered = orders["outcome"] == OUTCOMES.index("delivered")
    np.testing.assert_array_equal(delivered, arrived & ~left_there)
    assert not np.any((orders["outcome"] == OUTCOMES.index("lost")) & ~(arrived & left_there))


def _visits(ledger: Ledger) -> None:
    """Every parcel left with a visit of its carrier that says so."""
    orders, visits = ledger.tables["orders"], ledger.tables["pickups"]
    if not ledger.scenario.carriers and not np.any(orders["route"]):
        assert len(visits["taken"]) == 0
        return
    second, first = ledger.tables["remainders"], ledger.first_pickup_min
    gone = ~np.isnan(first)
    if not ledger.scenario.carriers:
        gone &= orders["route"] == ROUTES.index("3pl")
    by = np.where(orders["route"] == ROUTES.index("3pl"), len(ledger.scenario.carriers), orders["carrier"])
    also = ~np.isnan(second["picked_up_min"]) & bool(ledger.scenario.carriers)
    by, when = np.append(by[gone], second["carrier"][also]), np.append(first[gone], second["picked_up_min"][also])
    left = np.stack([by.astype(np.float64), when])
    took = np.stack([visits["carrier"].astype(np.float64), visits["planned_min"]])
    seen, parcels = np.unique(left, axis=1, return_counts=True)
    for (carrier, minute), count in zip(seen.T, parcels, strict=True):
        assert visits["taken"][(took[0] == carrier) & (took[1] == minute)].sum() == count


def _third_parties(ledger: Ledger) -> None:
    """They take no more in a day than all of them have room for."""
    measures = plan_at_scale(ledger.plan, ledger.scenario.scale).measures.values()
    sizes = [measure.daily_capacity for measure in measures if isinstance(measure, Overflow3PL)]
    if any(size is None for size in sizes):
        return
    orders = ledger.tables["orders"]
    theirs = orders["route"] == ROUTES.index("3pl")
    days = (orders["released_min"][theirs] // 1440).astype(np.int64)
    assert np.bincount(days, minlength=1).max() <= sum(size for size in sizes if size is not None)


def _backup_carriers(ledger: Ledger, draws: Draws) -> None:
    """They take over parcels of the carriers that they replace, and money at the door only where they collect it."""
    orders, names = ledger.tables["orders"], list(ledger.scenario.carriers)
    own = orders["route"] == ROUTES.index("site")
    assert np.all((orders["carrier"] == draws.carrier)[own] | (orders["carrier"] > len(names))[own])
    for code, backup in enumerate(ledger.plan.backup_carriers.values(), start=len(names) + 1):
        its = orders["carrier"] == code
        chosen = {names[each] for each in np.unique(draws.carrier[its])}
        assert chosen <= set(backup.replaces or names)
        assert not np.any(np.isnan(ledger.packed_min[its]))
        assert np.all(draws.spare_u[its] < 1) if backup.share else not its.any()
        assert backup.cash_on_delivery or not draws.cod[its].any()


def _staff(ledger: Ledger) -> None:
    """Stretches of one slot follow each other; nobody comes who is not on the roster."""
    rows = ledger.tables["staffing"]
    here = ~rows["absent"]
    slot, start = rows["slot"][here], rows["start_min"][here]
    stop = start + np.maximum(0, rows["end_min"][here] - start) + rows["overrun_min"][here]
    order = np.lexsort((start, slot))
    same = slot[order][1:] == slot[order][:-1]
    assert not np.any(same & (start[order][1:] < stop[order][:-1] - 1e-6))
    assert np.all(rows["overrun_min"] >= 0)
    assert np.all(rows["cost"] >= 0)


def _contacts(ledger: Ledger) -> None:
    """Only about orders that were placed and are neither delivered nor cancelled."""
    contacts, orders = ledger.tables["contacts"], ledger.tables["orders"]
    about = contacts["order_row"] >= 0
    row, arrived = contacts["order_row"][about], contacts["arrived_min"][about]
    assert not np.any(arrived < orders["placed_min"][row])
    assert not np.any(arrived >= orders["delivered_min"][row])
    assert not np.any(arrived > orders["cancelled_min"][row])
    waiting = contacts["outcome"] == CONTACT_OUTCOMES.index("waiting")
    by_bot = contacts["outcome"] == CONTACT_OUTCOMES.index("deflected")
    untouched = np.isnan(contacts["answered_min"]) & np.isnan(contacts["gave_up_min"])
    np.testing.assert_array_equal(waiting, untouched & ~by_bot)


def _nothing_after_the_horizon(ledger: Ledger) -> None:
    foreseen = {
        "delivered_min",
        "due_ship_min",
        "due_delivery_min",
        "end_min",
        "due_min",
        "expires_min",
        "first_delivered_min",
    }
    for table, columns in ledger.tables.items():
        for name, values in columns.items():
            if name.endswith("_min") and name not in foreseen and name != "overrun_min":
                assert not np.any(values >= ledger.scenario.horizon_min), f"{table}.{name}"


def check_figures(ledger: Ledger) -> None:
    """KPIs and series can be made of it, and lie where they can lie."""
    for name, value in kpi_values(ledger).items():
        unit = KPIS[name].unit
        if unit == "share" and not np.isnan(value):
            assert -1e-9 <= value <= 1 + 1e-9, name
        if unit in {"min", "h", "orders", "contacts"} and not np.isnan(value):
            assert value >= 0, name
        assert not np.isinf(value), name
    series = hourly(ledger)
    for name, values in series.items():
        assert np.all(np.isfinite(values)), name
        assert np.all(values >= -1e-6), name
    assert series["placed_per_h"].sum() == np.count_nonzero(~turned_away(ledger.tables["orders"]))
    assert len(bottleneck(ledger)) == len(series["hour"])
    assert set(time_split(ledger)) > {"wait_picking", "work_picking"}
    for stage, model in (
        ("picking", at_scale(ledger.scenario).site.picking),
        ("packing", at_scale(ledger.scenario).site.packing),
    ):
        if model is not None and model.stations is not None:
            assert np.all(series[f"busy_{stage}"] <= model.stations + 1e-6)
