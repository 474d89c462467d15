"""Plans meet the same customers, and what changes changes nobody else's luck; results are the same bytes anywhere."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import sim
from sim.compute import Engine, Kind
from sim.draws import Draws
from sim.experiment import Comparison, runner
from sim.ledger import Ledger
from sim.rules import combined, responds
from sim.scenario.carriers import Carrier, Pickup
from sim.scenario.customers import Asking, Customers, Patience
from sim.scenario.demand import Basket, Campaign, Demand, Profile, Spike
from sim.scenario.measures import Compensation, DemandMeasure, StaggeredRelease, TemporaryStaff
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario, Window
from sim.scenario.types import Shape
from tests.small_sites import (
    MONDAY,
    call,
    column,
    demand,
    desk,
    message,
    packing,
    picking,
    plan,
    promise,
    shift,
    site,
    van,
)

ROOT = Path(__file__).resolve().parents[2]
SHIPPED_PLANS = sorted(path.stem for path in (ROOT / "conf" / "plan").glob("*.yaml"))
SETTINGS = settings(max_examples=30, deadline=None, derandomize=True, database=None)

# What belongs to an order, one row each.
ATTRIBUTES = [
    "lines", "units", "value", "express", "cod", "unclaimed", "carrier", "pick_work_min",
    "pack_work_min", "transit_u", "route_u", "redeem_u", "due_ship_min", "due_delivery_min",
]  # fmt: skip


@pytest.fixture(scope="module")
def double11() -> Scenario:
    return sim.load_scenario("double11", overrides=["scale=0.05"])


def shop(**more: Any) -> Scenario:
    """Five days of about 400 orders, a campaign on the third, everything random."""
    spread = Shape(distribution="lognormal", cv=0.6)
    usual: dict[str, Any] = {
        "window": Window(measure_to=120.0),
        "demand": sold(),
        "promise": promise(express_share=0.3),
        "site": site(
            pick=picking(shift(3), setup_min=2.0, per_line_min=1.0, service=spread, absence_share=0.2),
            pack=packing(shift(2), service=spread),
        ),
        "carriers": {"red": van(share=0.4, no_show_share=0.1, kind="store", cod_share=0.5), "blue": van(share=0.6)},
        "customers": Customers(patience=Patience(share=0.3), asking=Asking(before_due_share=0.2, late_share=0.4)),
        "desk": desk(channels={"phone": call(0.5), "mail": message(0.5)}, general=Profile(per_day=30.0)),
    }
    return Scenario(**{**usual, **more})


def sold(uplift: float = 3.0, start_h: float = 48.0, **more: Any) -> Demand:
    campaign = Campaign(start=start_h, end=start_h + 24, uplift=uplift, opening=Spike(hours=3.0, weight=4.0), **more)
    return Demand(
        profile=Profile(per_day=400.0), basket=Basket(lines_mean=2.0, units_per_line_mean=1.5), campaign=campaign
    )


def rows_of(draws: Draws) -> dict[float, tuple[Any, ...]]:
    """Everything that belongs to an order, by the minute it was placed (no two are placed together)."""
    table = zip(*(getattr(draws, name).tolist() for name in ATTRIBUTES), strict=True)
    orders = dict(zip(draws.placed_min.tolist(), table, strict=True))
    assert len(orders) == len(draws)
    cancels = {draws.placed_min[row]: when for row, when in zip(draws.cancel_order, draws.cancel_min, strict=True)}
    asked: dict[float, list[tuple[Any, ...]]] = {}
    for number in np.flatnonzero(draws.ask_order >= 0):
        ask = (draws.ask_min[number], draws.ask_channel[number], *draws.ask_handle_min[number])
        asked.setdefault(draws.placed_min[draws.ask_order[number]], []).append(ask)
    return {key: (*row, cancels.get(key), tuple(asked.get(key, ()))) for key, row in orders.items()}


def arrays_of(draws: Draws) -> Iterator[tuple[str, NDArray[Any]]]:
    for each in dataclasses.fields(draws):
        value = getattr(draws, each.name)
        if isinstance(value, np.ndarray):
            yield each.name, value
        elif each.name in {"absence_u", "pickup_u"}:
            yield from ((f"{each.name} {key}", part) for key, part in value.items())


def digest(ledger: Ledger) -> str:
    """Fingerprint of every table of a ledger."""
    made = hashlib.sha256()
    for table, columns in ledger.tables.items():
        for name, values in columns.items():
            made.update(f"{table}.{name}".encode())
            made.update(repr(values.tolist()).encode() if values.dtype == object else values.tobytes())
    return made.hexdigest()


# --- every plan meets the same customers ------------------------------------------------------------------------


def test_the_same_orders_under_every_plan(double11: Scenario) -> None:
    """Plans without measures on demand change none of them; the others only what their measures say."""
    draws = sim.sample(double11, seed=3)
    before = {name: values.tobytes() for name, values in arrays_of(draws) if values.dtype != object}
    same = ("order_id", "placed_min", "measured", "service_class", "lines", "units", "value")
    due = ("due_ship_min", "due_delivery_min")
    first: dict[str, Any] = {}
    ours = ("order_id", "placed_min", "service_class", "by_campaign")
    for name in ("none", *SHIPPED_PLANS):
        plan = sim.load_plan(name)
        orders = sim.simulate(double11, plan, draws).tables["orders"]
        first = first or dict(orders)
        kinds = {type(measure) for measure in plan.measures.values() if isinstance(measure, DemandMeasure)}
        if StaggeredRelease in kinds:
            assert set(orders["order_id"]) <= set(first["order_id"])
            continue
        for each in ours if kinds else (*same, *due):
            np.testing.assert_array_equal(orders[each], first[each], err_msg=f"{each} under {name}")
        own = orders["route"] == 0
        np.testing.assert_array_equal(orders["cash_on_delivery"][own], draws.cod[own], err_msg=name)
        chosen = own & (orders["carrier"] < len(double11.carriers))  # not taken over by a backup carrier
        np.testing.assert_array_equal(orders["carrier"][chosen], draws.carrier[chosen], err_msg=name)
        assert np.array_equal(chosen, own) or sim.load_plan(name).backup_carriers
    after = {name: values.tobytes() for name, values in arrays_of(draws) if values.dtype != object}
    assert before == after, "a run changed the draws"


def test_the_same_work_under_every_plan() -> None:
    """Where all pickers are equally fast, picking an order takes as long, whoever does it and when."""
    scenario = shop(site=site(pick=picking(shift(3, "00:00", "24:00"), service=Shape(distribution="exponential"))))
    draws = sim.sample(scenario)
    help_comes = plan(
        help=TemporaryStaff(headcount=4, stages=["picking"], start_productivity=1.0, full_productivity=1.0)
    )
    lengths = []
    for chosen in (Plan(), help_comes):
        ledger = sim.simulate(scenario, chosen, draws)
        whole = column(ledger, "pick_end_min") - column(ledger, "pick_start_min")
        lengths.append(whole)
    both = ~np.isnan(lengths[0]) & ~np.isnan(lengths[1])
    assert both.sum() > 1000
    np.testing.assert_array_equal(lengths[0][both], lengths[1][both])


def test_added_people_change_nobody_elses_luck() -> None:
    """Regular workers are absent on the same days, whatever the plan."""
    scenario, help_comes = shop(), plan(help=TemporaryStaff(headcount=4))
    draws = sim.sample(scenario)
    names = ["stage", "day", "start_min", "absent"]
    rosters = []
    for chosen in (Plan(), help_comes):
        table = sim.simulate(scenario, chosen, draws).staffing
        rosters.append(table[table["kind"] == "regular"][names].reset_index(drop=True))
    assert rosters[0]["absent"].any()
    pd.testing.assert_frame_equal(*rosters)


# --- what changes keeps the rest --------------------------------------------------------------------------------


@pytest.mark.parametrize("cv", [0.0, 0.3])
def test_a_higher_uplift_keeps_all_customers_and_adds_some(cv: float) -> None:
    """With the same luck of the forecast; each keeps everything that belongs to the order."""
    few, many = (rows_of(sim.sample(shop(demand=sold(uplift, uplift_cv=cv)))) for uplift in (2.0, 3.5))
    assert few.items() <= many.items()
    assert len(many) > len(few) + 300


def test_a_moved_campaign_keeps_the_ordinary_orders() -> None:
    """On Wednesday or on Thursday: the other days are the same, and so are orders that both curves have."""
    wednesday, thursday = (rows_of(sim.sample(shop(demand=sold(start_h=hour)))) for hour in (48.0, 72.0))
    elsewhere = [{at: row for at, row in rows.items() if not 48 * 60 <= at < 96 * 60} for rows in (wednesday, thursday)]
    assert elsewhere[0] == elsewhere[1]
    assert len(elsewhere[0]) > 1000
    ordinary = rows_of(sim.sample(shop(demand=sold(uplift=1.0).model_copy(update={"campaign": None}))))
    on_thursday = {at: row for at, row in ordinary.items() if 72 * 60 <= at < 96 * 60}
    assert on_thursday.items() <= wednesday.items()


def test_a_larger_scale_keeps_all_customers() -> None:
    """Work and wishes are the order's own; what it costs to be late does not hang on the size of the shop."""
    small, large = (rows_of(sim.sample(shop(scale=scale))) for scale in (0.5, 1.0))
    assert small.items() <= large.items()


def test_customers_belong_to_the_calendar() -> None:
    """A run that starts a day earlier and ends a day later meets the same customers in between."""
    ordinary = Demand(profile=Profile(per_day=400.0))
    short = sim.sample(shop(demand=ordinary))
    long = sim.sample(shop(demand=ordinary, start=MONDAY - timedelta(days=1), window=Window(measure_to=168.0)))
    between = (long.placed_min >= 1440) & (long.placed_min < 6 * 1440)
    np.testing.assert_array_equal(long.placed_min[between] - 1440, short.placed_min)
    for name in ("lines", "units", "express", "carrier", "pick_work_min", "transit_u"):
        np.testing.assert_array_equal(getattr(long, name)[between], getattr(short, name), err_msg=name)


def test_more_workers_and_shifts_move_no_others_luck() -> None:
    """A worker more, a shift more, another order of shifts."""
    first = sim.sample(shop())
    crews = {"late": shift(4), "shift_0": shift(5)}
    pick = shop().site.picking.model_copy(update={"shifts": crews})
    more = sim.sample(shop(site=shop().site.model_copy(update={"picking": pick})))
    for (role, name), luck in first.absence_u.items():
        np.testing.assert_array_equal(more.absence_u[role, name][:, : luck.shape[1]], luck, err_msg=f"{role} {name}")
    assert more.absence_u["picking", "shift_0"].shape[1] == 5
    assert rows_of(more) == rows_of(first)


def test_a_carrier_more_moves_no_others_luck() -> None:
    both = sim.sample(shop())
    three = {"green": van(share=0.5), **shop().carriers}
    three = {name: each.model_copy(update={"share": 1 / 3}) for name, each in three.items()}
    more = sim.sample(shop(carriers=three))
    for name in ("red", "blue"):
        np.testing.assert_array_equal(more.pickup_u[name], both.pickup_u[name])
    for name in ("placed_min", "lines", "transit_u", "pick_work_min", "cancel_min", "ask_min"):
        np.testing.assert_array_equal(getattr(more, name), getattr(both, name), err_msg=name)


def test_a_channel_more_moves_no_others_luck() -> None:
    """Who asks, when, how firmly: all the same, only by which way is another matter."""
    two = sim.sample(shop())
    channels = {"phone": call(0.3), "mail": message(0.3), "chat": call(0.4)}
    three = sim.sample(shop(desk=desk(channels=channels, general=Profile(per_day=30.0))))
    for name in ("placed_min", "ask_order", "ask_min", "ask_late", "ask_margin", "ask_again_u", "transit_u"):
        np.testing.assert_array_equal(getattr(three, name), getattr(two, name), err_msg=name)


def test_other_figures_leave_arrivals_alone() -> None:
    """Packing off, no desk, another promise: the same orders of the same size come at the same times."""
    whole = sim.sample(shop())
    bare = sim.sample(shop(desk=None, promise=None, site=site(), carriers={}, customers=Customers()))
    for name in ("placed_min", "lines", "units", "transit_u", "route_u", "redeem_u"):
        np.testing.assert_array_equal(getattr(bare, name), getattr(whole, name), err_msg=name)


def test_resampling_keeps_what_less_of_it_has(tmp_path: Path) -> None:
    """Order files: half, all, one and a half times, twice as many; each contains the one before."""
    orders = [(480 + 7 * number, 1 + number % 5) for number in range(130)]
    spread = site(pick=picking(setup_min=1.0, per_line_min=2.0, service=Shape(distribution="exponential")))
    seen: list[set[tuple[Any, ...]]] = []
    for factor in (0.5, 1.0, 1.5, 2.0):
        draws = sim.sample(Scenario(demand=demand(tmp_path, orders, resample=factor), site=spread))
        # Copies of one order are told apart by their own luck.
        made = zip(
            draws.order_id.tolist(), draws.placed_min, draws.lines, draws.pick_work_min, draws.transit_u, strict=True
        )
        seen.append(set(made))
        assert len(seen[-1]) == len(draws)
    half, once, more, twice = seen
    assert half < once < more < twice
    assert (len(once), len(twice)) == (130, 260)
    assert abs(len(half) - 65) < 4.6 * np.sqrt(130 / 4)


# --- the same bytes, anywhere -----------------------------------------------------------------------------------


def frames(result: Comparison) -> dict[str, pd.DataFrame]:
    names = ("per_replication", "summary", "differences", "series", "bottlenecks", "time_split", "costs")
    return {name: getattr(result, name) for name in names}


@pytest.fixture(scope="module")
def compared(double11: Scenario) -> Comparison:
    return sim.compare(double11, plans=["none", "overtime", "compensation"], replications=6, seed=5, workers=1)


@pytest.mark.parametrize("kind", ["local", "dask"])
def test_where_and_by_how_many_it_is_computed_does_not_show(
    double11: Scenario, compared: Comparison, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    if kind == "dask":
        pytest.importorskip("distributed", reason="Dask is not installed: pip install 'surgesim[dask]'")
    monkeypatch.setattr(runner, "SERIAL_BELOW_S", 0.0)
    asked: list[str] = []
    really = Engine.stream

    def watched(engine: Engine, *arguments: Any) -> Any:
        asked.append(engine.kind)
        return really(engine, *arguments)

    monkeypatch.setattr(Engine, "stream", watched)
    two = sim.compare(
        double11, plans=["none", "overtime", "compensation"], replications=6, seed=5, workers=2, compute=kind
    )
    assert set(asked) == {kind}, "nothing ran in worker processes"
    for name, frame in frames(compared).items():
        other = frames(two)[name]
        assert list(frame.columns) == list(other.columns)
        for key in frame.columns:
            same = frame[key].to_numpy().tolist() == other[key].to_numpy().tolist()
            bytes_same = (
                frame[key].dtype == np.float64 and frame[key].to_numpy().tobytes() == other[key].to_numpy().tobytes()
            )
            assert same or bytes_same, f"{name}.{key}"
    assert compared.verdict == two.verdict
    assert {name: digest(each) for name, each in compared.ledgers.items()} == {
        name: digest(each) for name, each in two.ledgers.items()
    }


def test_a_replication_alone_is_that_of_the_run(double11: Scenario, compared: Comparison) -> None:
    draws = sim.sample(double11, seed=5, replication=4)
    for name, chosen in compared.plans.items():
        alone = sim.kpis(sim.simulate(double11, chosen, draws))
        table = compared.per_replication
        row = table[(table["plan"] == name) & (table["replication"] == 4)].iloc[0]
        np.testing.assert_array_equal(row[alone.index].to_numpy(dtype=np.float64), alone.to_numpy())


def test_replications_and_seeds_differ(double11: Scenario) -> None:
    runs = [sim.sample(double11, seed=seed, replication=k).placed_min for seed, k in ((5, 0), (5, 1), (6, 0))]
    assert len({each.tobytes() for each in runs}) == 3


FRESH = """
import sys
sys.path.insert(0, sys.argv[1])
sys.path.insert(0, sys.argv[2])
import sim
from test_common_random_numbers import digest
scenario = sim.load_scenario("double11", overrides=["scale=0.05"])
print(digest(sim.simulate(scenario, sim.load_plan("all_hands"), sim.sample(scenario, seed=5, replication=2))))
"""


def test_the_same_bytes_in_another_process(double11: Scenario) -> None:
    """With another seed of Python's hashes, on which the order of sets hangs."""
    here = digest(sim.simulate(double11, sim.load_plan("all_hands"), sim.sample(double11, seed=5, replication=2)))
    command = [sys.executable, "-c", FRESH, str(ROOT), str(Path(__file__).parent)]
    environment = {**os.environ, "PYTHONHASHSEED": "12345"}
    there = subprocess.run(command, capture_output=True, text=True, check=True, env=environment, cwd=ROOT, timeout=120)
    assert there.stdout.strip() == here


def test_pairing_narrows_the_comparison() -> None:
    """Variance of independent draws over that of paired ones, as reported, and as computed anew."""
    large_enough = sim.load_scenario("double11", overrides=["scale=0.3"])  # for some orders to be late
    compared = sim.compare(large_enough, plans=["none", "overtime"], replications=6, seed=5, workers=1)
    table = compared.differences.set_index(["plan", "kpi"])["crn_factor"]
    for kpi in ("service_level_ship", "total_cost", "net_contribution", "peak_backlog_orders"):
        assert table["overtime", kpi] > 1, kpi
    wide = compared.per_replication.pivot_table(index="replication", columns="plan", values="total_cost")
    apart = wide["overtime"].var() + wide["none"].var()
    assert table["overtime", "total_cost"] == pytest.approx(apart / (wide["overtime"] - wide["none"]).var())


# --- more of a good thing ---------------------------------------------------------------------------------------


def picked(pickers: int, seed: int, cv: float, capacity: int | None = None) -> Ledger:
    """A day of about 300 orders, pickers who are never away, and two vans."""
    vans: dict[str, Carrier] = {}
    if capacity is not None:
        vans = {"van": van(*(Pickup(time=time, capacity=capacity) for time in ("11:00", "18:00")), no_show_share=0.2)}
    service = Shape(distribution="lognormal", cv=cv)
    scenario = Scenario(
        window=Window(measure_to=24.0),
        demand=Demand(profile=Profile(per_day=300.0)),
        site=site(pick=picking(shift(pickers, "00:00", "24:00"), service=service)),
        carriers=vans,
    )
    return sim.simulate(scenario, Plan(), sim.sample(scenario, seed=seed))


@SETTINGS
@given(pickers=st.integers(1, 5), seed=st.integers(0, 1000), cv=st.sampled_from([0.0, 0.5, 2.0]))
def test_one_more_picker_never_lets_an_order_wait_longer(pickers: int, seed: int, cv: float) -> None:
    """First come, first served, all equally fast: order by order, so in the mean too (Kiefer and Wolfowitz 1955)."""
    few, many = (picked(count, seed, cv) for count in (pickers, pickers + 1))
    begun = ~np.isnan(column(few, "pick_start_min"))
    assert np.all(column(many, "pick_start_min")[begun] <= column(few, "pick_start_min")[begun])
    waits = [(column(each, "pick_start_min") - column(each, "released_min"))[begun].mean() for each in (few, many)]
    assert waits[1] <= waits[0]


@SETTINGS
@given(capacity=st.integers(0, 150), seed=st.integers(0, 1000))
def test_a_larger_van_never_ships_less(capacity: int, seed: int) -> None:
    small, large = (picked(3, seed, 0.5, capacity=size) for size in (capacity, capacity + 1))
    shipped = [int(np.count_nonzero(~np.isnan(column(each, "picked_up_min")))) for each in (small, large)]
    assert shipped[1] >= shipped[0]


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(margin=st.floats(0, 1, exclude_max=True), one=st.floats(0, 1), other=st.floats(0, 1), first=st.floats(0, 1))
def test_an_offer_never_makes_a_response_more_likely(margin: float, one: float, other: float, first: float) -> None:
    """More of an offer prevents more; a second offer never undoes the first; no offer prevents nothing."""
    low, high = sorted((one, other))
    assert responds(margin, low) >= responds(margin, high)
    assert responds(margin, first) >= responds(margin, combined(first, one))
    assert responds(margin, 0.0)
    assert not responds(margin, 1.0)


@pytest.mark.parametrize("cut", [0.2, 0.7, 1.0])
def test_given_the_same_experience_offers_only_prevent(cut: float) -> None:
    """Nobody picks, agents are plenty, so all customers fare alike: with offers, a subset of them responds."""
    crowd = desk(shift(500, "00:00", "24:00"), channels={"phone": call(handle_min=1.0)})
    idle = shop(
        site=site(pick=picking(shift(0))),
        desk=crowd,
        customers=Customers(
            patience=Patience(share=0.5, mean_h=12.0), asking=Asking(before_due_share=0.2, late_share=0.8)
        ),
    )
    draws = sim.sample(idle)
    offer = Compensation(cancel_reduction_share=cut, contact_reduction_share=cut, value_cost=10.0, redemption_share=0.3)
    without, offered = (sim.simulate(idle, chosen, draws) for chosen in (Plan(), plan(coupon=offer)))
    cancelled = [set(np.flatnonzero(~np.isnan(column(each, "cancelled_min")))) for each in (without, offered)]
    assert cancelled[1] < cancelled[0]
    # Who is kept from cancelling may ask later on; of those who cancel neither way, no more ask than before.
    stay = set(range(len(draws))) - cancelled[0]
    asking = [
        [row for row in column(each, "order_row", "contacts").tolist() if row in stay] for each in (without, offered)
    ]
    assert len(asking[1]) < len(asking[0])
    assert set(asking[1]) <= set(asking[0])
