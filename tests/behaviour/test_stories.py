"""Each shipped scenario tells the story at its head: signs and orderings over paired replications, with margins."""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import sim
from sim.report.describe import breaking
from sim.report.formats import Formats
from sim.report.messages import catalogue
from sim.report.reading import Reading
from sim.scenario.fit import misfits
from sim.scenario.measures import DemandMeasure
from sim.scenario.provenance import file_origins
from sim.theory import erlang_a, mmc

ROOT = Path(__file__).resolve().parents[2]
SHIPPED_SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
SHIPPED_PLANS = sorted((ROOT / "conf" / "plan").glob("*.yaml"))
DATA = Path(os.environ.get("SURGESIM_DATA", ROOT.parent / "shared" / "data"))

# The campaign as forecast: a plan's story must not hang on how lucky the uplift was in a handful of replications.
AS_FORECAST = "demand.campaign.uplift_cv=0.0"
ALL_PLANS = tuple(path.stem for path in SHIPPED_PLANS)
REACTIVE = ("overtime", "overflow_3pl", "extra_pickups", "desk_reinforcement", "temporary_staff", "backup_carrier")
REACTIVE += ("extra_storage",)
TOLD = ("none", "overtime", "overflow_3pl", "compensation", "desk_reinforcement", "extra_pickups", "temporary_staff")
TOLD += ("warehouse_asked", "all_hands")  # plans of which something is said below
# Kinds that the combined plan leaves out. Two bring nothing to the rest: they change who does what, and take from one
# stage what they give to the other. The third is refused where no carrier has a limit, as in many a shop of one's own.
LEFT_OUT = {"batch_picking", "cross_training", "carrier_capacity"}


load_plan = cache(sim.load_plan)  # frozen, and composed anew each time


@cache
def runs(scenario: str, plans: tuple[str, ...], replications: int, *overrides: str) -> dict[str, pd.DataFrame]:
    """KPIs by plan, one row per replication, all plans on the same draws."""
    world = sim.load_scenario(scenario, overrides=list(overrides))
    rows: dict[str, list[pd.Series[float]]] = {plan: [] for plan in plans}
    loaded = {plan: load_plan(plan) for plan in plans}
    for replication in range(replications):
        draws = sim.sample(world, seed=11, replication=replication)
        for name, plan in loaded.items():
            rows[name].append(sim.kpis(sim.simulate(world, plan, draws)))
    return {plan: pd.DataFrame(values).reset_index(drop=True) for plan, values in rows.items()}


def mean(frame: pd.DataFrame, kpi: str) -> float:
    return float(frame[kpi].mean())


# --- figures and their sources ----------------------------------------------------------------------------------


def _figures(content: object, path: str = "") -> list[str]:
    """Dotted paths of all numbers."""
    if isinstance(content, dict):
        return [each for key, value in content.items() for each in _figures(value, f"{path}.{key}" if path else key)]
    if isinstance(content, list):
        return [each for number, value in enumerate(content) for each in _figures(value, f"{path}.{number}")]
    return [path] if isinstance(content, (int, float)) and not isinstance(content, bool) else []


def _remarks(path: str, comments: dict[str, str]) -> str:
    """Comments on a figure and on whatever it is part of."""
    parts = path.split(".")
    return " ".join(comments.get(".".join(parts[: end + 1]), "") for end in range(len(parts)))


@pytest.mark.parametrize("file", SHIPPED_SCENARIOS + SHIPPED_PLANS, ids=lambda file: file.stem)
def test_every_figure_says_where_it_comes_from(file: Path) -> None:
    comments = {path: origin.comment for path, origin in file_origins(file).items()}
    bare = []
    for path in _figures(yaml.safe_load(file.read_text(encoding="utf-8"))):
        remark = _remarks(path, comments)
        graded = re.search(r"\b[LRV] \w", remark) or "assumption" in remark
        if not graded and not (file.stem.startswith("textbook") and remark):
            bare.append(path)
    assert not bare


@pytest.mark.parametrize("file", SHIPPED_SCENARIOS + SHIPPED_PLANS, ids=lambda file: file.stem)
def test_files_begin_with_package_schema_and_story(file: Path) -> None:
    lines = file.read_text(encoding="utf-8").splitlines()
    plan = file.parent.name == "plan"
    assert lines[0] == (f"# @package plan.{file.stem}" if plan else "# @package _global_")
    folder, kind = ("..", "plan") if plan else ("../conf", "scenario")
    assert lines[1] == f"# yaml-language-server: $schema={folder}/schema/{kind}.schema.json"
    assert lines[2] == "#"
    assert len(lines[3]) > 20
    assert max(map(len, lines[:30])) <= 160


def test_enough_plans_and_one_combined() -> None:
    assert "none" in ALL_PLANS
    assert len(ALL_PLANS) >= 8
    plans = {name: load_plan(name) for name in ALL_PLANS}
    assert all(plan.name == name and plan.title and plan.about for name, plan in plans.items())
    assert plans["none"].measures == {}


def test_all_hands_has_every_measure_that_any_shop_can_take() -> None:
    """It fits every shop, also one without a campaign or a limit on its dock, and leaves out nothing else that does."""
    shops = [sim.load_scenario(name) for name in ("steady", "double11", "black_friday")]
    plans = {name: load_plan(name) for name in ALL_PLANS}
    fitting = [plan for plan in plans.values() if not any(misfits(shop, plan) for shop in shops)]
    assert plans["all_hands"] in fitting
    kinds = {measure.kind for measure in plans["all_hands"].measures.values()}
    every = {measure.kind for plan in fitting for measure in plan.measures.values()}
    assert every - kinds == LEFT_OUT
    assert kinds <= every
    assert {plan.name for plan in plans.values()} - {plan.name for plan in fitting} == {
        "throttle",
        "pause_campaign",
        "staggered_release",
        "extra_storage",
    }


@pytest.mark.parametrize("name", ALL_PLANS)
def test_plans_fit_shops_of_any_size(name: str) -> None:
    for measure in load_plan(name).measures.values():
        assert getattr(measure, "headcount", None) is None
        assert getattr(measure, "daily_capacity", None) is None
        assert not getattr(measure, "carriers", [])
        assert not getattr(measure, "replaces", [])
        assert measure.trigger.metric in (None, "backlog_days", "backlog_hours")


# --- steady -----------------------------------------------------------------------------------------------------


def test_steady_copes_and_sets_nothing_off() -> None:
    results = runs("steady", ("none", *REACTIVE), 1)
    assert (results["none"]["service_level_ship"] > 0.97).all()
    assert (results["none"]["service_level_delivery"] > 0.97).all()
    assert results["none"]["contacts_per_100_orders"].between(4, 8).all()  # V: 4-7 in a normal week
    for plan in REACTIVE:
        pd.testing.assert_frame_equal(results[plan], results["none"])


# --- double11 ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def double11() -> dict[str, pd.DataFrame]:
    return runs("double11", TOLD, 2, AS_FORECAST)


def test_double11_breaks_under_none(double11: dict[str, pd.DataFrame]) -> None:
    none = double11["none"]
    assert (none["service_level_ship"] < 0.8).all()
    assert (none["clear_time_h"] > 72).all()
    assert (none["open_share"] == 0).all()  # the run is long enough for the backlog to clear
    assert none["orders_accepted"].between(10_000, 20_000).all()


def test_double11_plans_differ_and_all_hands_meets_the_target(double11: dict[str, pd.DataFrame]) -> None:
    service = {plan: mean(frame, "service_level_ship") for plan, frame in double11.items()}
    assert (double11["all_hands"]["service_level_ship"] > 0.95).all()
    assert service["all_hands"] > service["none"] + 0.3
    assert service["warehouse_asked"] > service["temporary_staff"] + 0.1  # told in time against called too late
    assert service["overflow_3pl"] > service["none"] + 0.1
    assert service["overtime"] > service["none"] + 0.03
    assert service["temporary_staff"] > service["none"] + 0.01
    assert service["extra_pickups"] > service["none"]


def test_double11_measures_help_what_they_are_for(double11: dict[str, pd.DataFrame]) -> None:
    none = double11["none"]
    coupons, agents, third = (double11[plan] for plan in ("compensation", "desk_reinforcement", "overflow_3pl"))
    assert mean(coupons, "cancelled_share") < 0.9 * mean(none, "cancelled_share")
    assert mean(coupons, "contacts_per_100_orders") < 0.95 * mean(none, "contacts_per_100_orders")
    assert mean(coupons, "service_level_ship") < mean(none, "service_level_ship") + 0.01  # nothing ships faster
    assert mean(coupons, "cost_compensation") > 0
    assert mean(agents, "abandonment_share") < 0.8 * mean(none, "abandonment_share")
    assert mean(agents, "service_level_ship") == pytest.approx(mean(none, "service_level_ship"), abs=1e-9)
    assert mean(third, "total_cost") > mean(double11["overtime"], "total_cost")
    assert (double11["overtime"]["overtime_h"] > 0).all()


def test_double11_the_law_bounds_overtime() -> None:
    """Crews that have worked 42 of the month's 46 hours before stay for four more a head, and no longer.

    Two evenings of three hours are asked for; nine of ten stay, and of the early crew five of six are there.
    """
    tired = sim.load_scenario("double11", overrides=["site.labour.month_used_h=42"])
    ledger = sim.simulate(tired, sim.load_plan("overtime"), sim.sample(tired, seed=11))
    fresh = sim.load_scenario("double11")
    free = sim.simulate(fresh, sim.load_plan("overtime"), sim.sample(fresh, seed=11))
    assert sim.kpis(ledger)["overtime_refused_h"] > 0
    assert sim.kpis(ledger)["overtime_h"] < sim.kpis(free)["overtime_h"]


@pytest.mark.parametrize(
    ("relieved", "longest"), [((), "picking"), (("picking",), "packing"), (("picking", "packing"), "the dock")]
)
def test_double11_the_bottleneck_shifts(relieved: tuple[str, ...], longest: str) -> None:
    """Twice the pickers, and packing is in the way; twice the packers too, and the dock is. The report says so."""
    doubled = [f"site.{stage}.headcount_factor=2" for stage in relieved]
    world = sim.load_scenario("double11", overrides=[AS_FORECAST, *doubled])
    reading = Reading(sim.compare(world, ["overtime"], replications=2, seed=11, workers=1))
    (sentence,) = breaking(reading, Formats(catalogue(), "TWD"))
    assert f"Longest in the way is {longest}, for" in sentence


def test_double11_meets_the_same_customers_in_every_plan() -> None:
    """All of them order, but for those whom a measure on demand turns away; of a fifth as many as in the rest."""
    fifth = runs("double11", ALL_PLANS, 2, AS_FORECAST, "scale=0.2")
    for name, frame in fifth.items():
        turned_away = [each for each in load_plan(name).measures.values() if isinstance(each, DemandMeasure)]
        if turned_away:
            assert (frame["orders_accepted"] < fifth["none"]["orders_accepted"]).all()
        else:
            pd.testing.assert_series_equal(frame["orders_accepted"], fifth["none"]["orders_accepted"])


# --- mid_autumn -------------------------------------------------------------------------------------------------


def _by_the_festival(world: sim.Scenario, plan: str, draws: Any) -> tuple[float, Any]:
    """Share of measured orders that arrive before the goods are worthless, and when all orders were placed."""
    orders = sim.simulate(world, sim.load_plan(plan), draws).tables["orders"]
    deadline = world.minute(world.promise.hard_deadline)  # type: ignore[union-attr, arg-type]  # this scenario has both
    rows = orders["measured"]
    return float(np.mean(orders["delivered_min"][rows] <= deadline)), orders["placed_min"]


def test_mid_autumn_the_warehouse_that_was_asked_delivers_by_the_festival() -> None:
    world = sim.load_scenario("mid_autumn", overrides=[AS_FORECAST])
    for replication in range(2):
        draws = sim.sample(world, seed=11, replication=replication)
        none, placed = _by_the_festival(world, "none", draws)
        asked, placed_again = _by_the_festival(world, "warehouse_asked", draws)
        np.testing.assert_array_equal(placed, placed_again)  # the same demand
        assert none < 0.95
        assert asked > 0.98


def test_mid_autumn_pays_for_what_came_too_late() -> None:
    results = runs("mid_autumn", ("none", "warehouse_asked"), 2, AS_FORECAST)
    assert mean(results["none"], "service_level_ship") < 0.8
    assert mean(results["warehouse_asked"], "service_level_ship") > 0.97
    assert mean(results["none"], "cost_write_off") > 2 * mean(results["warehouse_asked"], "cost_write_off")
    assert mean(results["warehouse_asked"], "net_contribution") > 1.1 * mean(results["none"], "net_contribution")


def test_mid_autumn_roster_coped_with_last_year() -> None:
    world = sim.load_scenario("mid_autumn")
    last_year = world.demand.campaign.uplift / 1.5  # type: ignore[union-attr]  # this scenario has a campaign
    results = runs("mid_autumn", ("none",), 2, AS_FORECAST, f"demand.campaign.uplift={last_year:g}")
    assert (results["none"]["service_level_ship"] > 0.95).all()


# --- black_friday -----------------------------------------------------------------------------------------------


def test_black_friday_breaks_at_the_carrier_not_in_the_warehouse() -> None:
    surge = runs("black_friday", ("none", "overtime", "temporary_staff"), 2)
    calm = runs("black_friday", ("none",), 2, "window.measure_from=2017-11-06", "window.measure_to=2017-11-13")["none"]
    quick = runs("black_friday", ("none",), 2, "transit_calendar=[]", "carriers.post.contracted_per_day=null")["none"]
    none = surge["none"]
    assert (none["service_level_ship"] > 0.95).all()
    assert mean(none, "service_level_delivery") < mean(calm, "service_level_delivery") - 0.03
    assert mean(none, "service_level_delivery") < mean(quick, "service_level_delivery") - 0.03
    for plan in ("overtime", "temporary_staff"):  # a faster warehouse does not help
        assert mean(surge[plan], "service_level_delivery") < mean(none, "service_level_delivery") + 0.01


def test_black_friday_reproduces_the_counts_that_were_read_off() -> None:
    world = sim.load_scenario("black_friday")
    placed = np.concatenate([sim.sample(world, seed=11, replication=number).placed_min for number in range(8)])
    per_day = np.bincount((placed // 1440).astype(int), minlength=world.days) / 8
    friday = 18  # 24 November, counted from 6 November
    assert per_day[: friday - 1].mean() == pytest.approx(174, abs=6)  # 1-22 November
    assert per_day[friday] == pytest.approx(1176, abs=60)
    assert per_day[friday + 1 : friday + 4].sum() == pytest.approx(499 + 391 + 403, abs=60)


# --- flash_sale -------------------------------------------------------------------------------------------------


def test_flash_sale_only_what_was_prepared_helps() -> None:
    results = runs("flash_sale", ("none", "overtime", "temporary_staff", "warehouse_asked"), 2, AS_FORECAST)
    service = {plan: mean(frame, "service_level_ship") for plan, frame in results.items()}
    assert service["none"] < 0.75
    assert service["temporary_staff"] < service["none"] + 0.02  # they come two days after the promise
    assert service["overtime"] > service["none"] + 0.05
    assert service["warehouse_asked"] > service["overtime"] + 0.05


def test_flash_sale_sells_thousands_within_minutes() -> None:
    world = sim.load_scenario("flash_sale", overrides=[AS_FORECAST])
    placed = sim.sample(world, seed=11, replication=0).placed_min
    opens = world.minute(world.demand.campaign.start)  # type: ignore[union-attr]  # this scenario has a campaign
    first_quarter = np.count_nonzero((placed >= opens) & (placed < opens + 15))
    hour = np.count_nonzero((placed >= opens) & (placed < opens + 60))
    assert hour > 2000
    assert first_quarter > 0.5 * hour


# --- trace ------------------------------------------------------------------------------------------------------


@pytest.mark.skipif(not (DATA / "online_retail_2011.csv.gz").is_file(), reason="no real data: set SURGESIM_DATA")
def test_trace_site_copes_in_october_and_is_strained_in_late_november() -> None:
    file = (f"demand.file={DATA / 'online_retail_2011.csv.gz'}", "demand.preset=online_retail")
    october = runs("trace", ("none",), 1, *file, "demand.from=2011-10-10", "demand.to=2011-10-23")["none"]
    november = runs("trace", ("none", "overtime"), 1, *file, "demand.from=2011-11-14", "demand.to=2011-11-27")
    assert (october["service_level_ship"] > 0.97).all()
    assert (october["utilisation_picking"] > 0.7).all()  # it just copes
    assert (november["none"]["service_level_ship"] < 0.9).all()
    assert mean(november["overtime"], "service_level_ship") > mean(november["none"], "service_level_ship") + 0.1


def test_trace_says_that_the_file_must_be_given() -> None:
    with pytest.raises(sim.InputError, match=r"demand\.file"):
        sim.load_scenario("trace")


# --- textbook ---------------------------------------------------------------------------------------------------


def test_textbook_mmc_follows_its_knobs() -> None:
    knobs = ("textbook.arrival_rate_per_h=30", "textbook.servers=4", "textbook.mean_service_min=5")
    results = runs("textbook_mmc", ("none",), 4, *knobs)["none"]
    theory = mmc(30.0, 5.0, 4)
    assert mean(results, "utilisation_picking") == pytest.approx(theory.utilisation, abs=0.03)
    assert mean(results, "mean_wait_picking_min") == pytest.approx(theory.mean_wait_min, rel=0.4)
    assert mean(results, "orders_accepted") == pytest.approx(30 * 216, rel=0.05)


def test_textbook_desk_follows_its_knobs() -> None:
    knobs = ("textbook.arrival_rate_per_h=60", "textbook.servers=4", "textbook.mean_patience_min=3")
    results = runs("textbook_desk", ("none",), 4, *knobs)["none"]
    theory = erlang_a(60.0, 4.5, 4, 3.0)
    assert mean(results, "orders_accepted") == 0
    assert mean(results, "abandonment_share") == pytest.approx(theory.abandonment_share, abs=0.03)
    assert mean(results, "utilisation_desk") == pytest.approx(theory.utilisation, abs=0.03)
