"""Comparisons: tables, the choice of a plan, and a verdict that can be worked out again by hand."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.costs import LINES
from sim.draws import sample
from sim.errors import InputError
from sim.experiment import Comparison, compare
from sim.experiment.scorecard import COLUMNS
from sim.floor import simulate
from sim.indicators import KPIS, RESOURCES, bottleneck, hourly, kpi_values, time_split
from sim.scenario.plan import Plan
from sim.scenario.scenario import Scenario
from tests.ledgers import world

ADJUSTED = ["p_value", "p_holm", "simultaneous_low", "simultaneous_high", "crn_factor"]
R, FRESH, SEED = 12, 6, 5
TARGET, PROBABILITY = 0.97, 0.55
PLANS = {
    "none": {},
    "hire": {"temp": {"kind": "temporary_staff", "stages": ["picking"], "headcount": 1, "cost_per_head": 100.0}},
    "stay": {"late": {"kind": "overtime", "stages": ["picking"], "hours": 2.0}},
}


def plan(name: str) -> Plan:
    return Plan.model_validate({"name": name, "measures": PLANS[name]})


@cache
def small_shop() -> Scenario:
    """Two pickers who just cope on most days, and a pickup in the evening."""
    shift = {"start": "08:00", "end": "16:00", "headcount": 2}
    picking = {
        "setup_min": 12.0,
        "wage_per_h_cost": 200.0,
        "absence_share": 0.1,
        "service": {"distribution": "gamma", "cv": 0.5},
        "shifts": {"day": shift},
    }
    return world(
        window={"measure_to": 48.0, "run_on_h": 24.0},
        demand={
            "profile": {"per_day": 88.0},
            "campaign": {"start": 24.0, "end": 48.0, "uplift": 1.2, "uplift_cv": 0.3},
        },
        promise={"standard": {"ship_within_days": 1, "deliver_within_days": 2}},
        site={"picking": picking},
        carriers={"home": {"share": 1.0, "pickups": {"late": {"time": "20:30"}}, "cost_per_parcel": 70.0}},
        customers={"patience": {"share": 0.2, "mean_h": 10.0}},
        economics={"price_per_unit": 500.0, "margin_share": 0.4},
        targets={"service_level_ship": TARGET, "probability": PROBABILITY},
    )


calls: list[tuple[int, int]] = []


@cache
def result() -> Comparison:
    def told(done: int, total: int) -> None:
        calls.append((done, total))

    return compare(small_shop(), map(plan, PLANS), R, SEED, workers=1, progress=told)


@cache
def by_hand(name: str, replication: int) -> dict[str, float]:
    ledger = simulate(small_shop(), plan(name), sample(small_shop(), SEED, replication))
    return kpi_values(ledger)


def column(name: str, kpi: str, replications: range) -> Any:
    return np.array([by_hand(name, replication)[kpi] for replication in replications])


def row(table: pd.DataFrame, **key: Any) -> pd.Series[Any]:
    for name, value in key.items():
        table = table[table[name] == value]
    assert len(table) == 1
    return table.iloc[0]


# --- tables -----------------------------------------------------------------------------------------------------


def test_tables_have_the_columns_promised() -> None:
    wanted = {
        "per_replication": ["plan", "replication", *KPIS],
        "summary": ["plan", "kpi", "unit", "mean", "low", "high", "n"],
        "differences": [*["plan", "kpi", "unit", "mean", "low", "high", "n"], *ADJUSTED],
        "series": ["plan", "series", "hour", "mean", "low", "high"],
        "bottlenecks": ["plan", "hour", "resource", "share"],
        "time_split": ["plan", "part", "mean"],
        "costs": ["plan", "line", "mean", "low", "high"],
        "scorecards": list(COLUMNS),
    }
    for name, columns in wanted.items():
        assert list(getattr(result(), name).columns) == columns, name


def test_tables_have_a_row_for_everything() -> None:
    found = result()
    assert list(found.plans) == ["none", "hire", "stay"]
    assert len(found.per_replication) == 3 * R
    assert found.per_replication.groupby("plan")["replication"].apply(sorted).tolist() == [list(range(R))] * 3
    assert len(found.summary) == 3 * len(KPIS)
    assert len(found.differences) == 2 * len(KPIS)
    assert set(found.differences["plan"]) == {"hire", "stay"}
    assert found.costs["line"].tolist() == [*LINES] * 3
    assert list(found.ledgers) == ["none", "hire", "stay"]
    assert all(ledger.replication == 0 and ledger.plan.name == name for name, ledger in found.ledgers.items())
    assert (found.baseline, found.seed, found.replications, found.workers) == ("none", SEED, R, 1)


def test_every_replication_is_what_it_is_when_run_alone() -> None:
    table = result().per_replication.set_index(["plan", "replication"])
    for name in PLANS:
        for replication in range(R):
            wanted = by_hand(name, replication)
            np.testing.assert_array_equal(table.loc[(name, replication)], list(wanted.values()))


def test_the_summary_is_the_t_interval_of_the_replications() -> None:
    for kpi in ("net_contribution", "mean_wait_picking_min", "orders_accepted"):
        values = column("stay", kpi, range(R))
        found = row(result().summary, plan="stay", kpi=kpi)
        bounds = stats.t.interval(0.95, R - 1, values.mean(), stats.sem(values))
        assert (found["low"], found["high"]) == pytest.approx(bounds)
        assert (found["mean"], found["n"], found["unit"]) == (pytest.approx(values.mean()), R, KPIS[kpi].unit)


def test_intervals_of_shares_stay_between_nought_and_one() -> None:
    shares = result().summary[result().summary["unit"] == "share"].dropna()
    assert (shares["low"] >= 0).all()
    assert (shares["high"] <= 1).all()
    assert (shares["low"] <= shares["mean"]).all()
    assert (shares["mean"] <= shares["high"]).all()


def test_differences_are_paired() -> None:
    for kpi in ("net_contribution", "service_level_ship", "mean_wait_picking_min"):
        one, other = column("hire", kpi, range(R)), column("none", kpi, range(R))
        found = row(result().differences, plan="hire", kpi=kpi)
        oracle = stats.ttest_rel(one, other)
        bounds = oracle.confidence_interval(0.95)
        assert found["mean"] == pytest.approx((one - other).mean())
        assert (found["low"], found["high"]) == pytest.approx((bounds.low, bounds.high))
        assert found["p_value"] == pytest.approx(float(oracle.pvalue), rel=1e-6)
        apart = one.var(ddof=1) + other.var(ddof=1)
        assert found["crn_factor"] == pytest.approx(apart / (one - other).var(ddof=1))


def test_adjustments_are_for_the_family_of_differences_that_vary() -> None:
    table = result().differences
    varies = (table["high"] > table["low"]) & table["p_value"].notna()
    family = int(varies.sum())
    assert 10 < family < len(table)
    p_values = table.loc[varies, "p_value"].to_numpy()
    order = np.argsort(p_values)
    stepped = np.minimum(1, np.maximum.accumulate(p_values[order] * np.arange(family, 0, -1)))
    assert table.loc[varies, "p_holm"].to_numpy()[order] == pytest.approx(stepped)
    some = table[varies].iloc[0]
    half, wide = (some["high"] - some["low"]) / 2, (some["simultaneous_high"] - some["simultaneous_low"]) / 2
    assert wide / half == pytest.approx(stats.t.ppf(1 - 0.025 / family, R - 1) / stats.t.ppf(0.975, R - 1))
    fixed = table[~varies & table["p_value"].notna()]
    assert fixed["p_holm"].isin([0.0, 1.0]).all()


def test_what_no_plan_changes_does_not_differ() -> None:
    found = row(result().differences, plan="hire", kpi="orders_accepted")
    assert (found["mean"], found["low"], found["high"], found["p_value"]) == (0.0, 0.0, 0.0, 1.0)


def test_series_are_means_and_deciles_over_replications() -> None:
    draws = [sample(small_shop(), SEED, replication) for replication in range(R)]
    stack = np.stack([hourly(simulate(small_shop(), plan("none"), each))["backlog_orders"] for each in draws])
    table = result().series
    found = table[(table["plan"] == "none") & (table["series"] == "backlog_orders")]
    assert found["hour"].tolist() == list(range(72))
    np.testing.assert_allclose(found["mean"], stack.mean(axis=0))
    np.testing.assert_allclose(found["low"], np.quantile(stack, 0.1, axis=0))
    np.testing.assert_allclose(found["high"], np.quantile(stack, 0.9, axis=0))


def test_bottlenecks_are_shares_of_replications_that_add_up() -> None:
    table = result().bottlenecks
    totals = table.groupby(["plan", "hour"])["share"].sum()
    assert len(totals) == 3 * 72
    np.testing.assert_allclose(totals, 1.0)
    assert (table["share"] > 0).all()
    assert set(table["resource"]) <= set(RESOURCES)
    codes = [
        bottleneck(simulate(small_shop(), plan("none"), sample(small_shop(), SEED, replication)))[30]
        for replication in range(R)
    ]
    own = table[(table["plan"] == "none") & (table["hour"] == 30)]
    wanted = {RESOURCES[code]: codes.count(code) / R for code in set(codes)}
    assert dict(zip(own["resource"], own["share"], strict=True)) == pytest.approx(wanted)


def test_time_split_and_costs_are_means_over_replications() -> None:
    splits = [
        time_split(simulate(small_shop(), plan("stay"), sample(small_shop(), SEED, replication)))
        for replication in range(R)
    ]
    for part in splits[0]:
        wanted = np.mean([split[part] for split in splits])
        assert row(result().time_split, plan="stay", part=part)["mean"] == pytest.approx(wanted)
    for line in LINES:
        found = row(result().costs, plan="stay", line=line)
        assert found["mean"] == pytest.approx(column("stay", f"cost_{line}", range(R)).mean())


# --- the verdict ------------------------------------------------------------------------------------------------


def expected_choice() -> tuple[str, str]:
    """Of the plans that hold, the one that earns most; else the surest."""
    ranks = {}
    for name in PLANS:
        reach = np.mean(column(name, "service_level_ship", range(R)) >= TARGET)
        net = column(name, "net_contribution", range(R)).mean()
        level = column(name, "service_level_ship", range(R)).mean()
        ranks[name] = (True, net, 0.0) if reach >= PROBABILITY else (False, reach, level)
    first, second, *_ = sorted(ranks, key=lambda name: ranks[name], reverse=True)
    return first, second


def test_the_verdict_can_be_worked_out_again_on_the_fresh_replications() -> None:
    verdict = result().verdict
    assert verdict is not None
    fresh = range(R, R + FRESH)
    assert (verdict.plan, verdict.runner_up) == expected_choice()
    assert verdict.fresh == FRESH
    level = column(verdict.plan, "service_level_ship", fresh)
    reached = int(np.sum(level >= TARGET))
    exact = stats.binomtest(reached, FRESH).proportion_ci(0.95, method="exact")
    assert verdict.reach_share == pytest.approx(reached / FRESH)
    assert (verdict.reach_low, verdict.reach_high) == pytest.approx((exact.low, exact.high))
    assert verdict.holds == (reached / FRESH >= PROBABILITY)
    low, high = stats.t.interval(0.95, FRESH - 1, level.mean(), stats.sem(level))
    assert verdict.service_mean == pytest.approx(level.mean())
    assert (verdict.service_low, verdict.service_high) == pytest.approx((max(0, low), min(1, high)))
    gain = column(verdict.plan, "net_contribution", fresh) - column("none", "net_contribution", fresh)
    bounds = stats.t.interval(0.95, FRESH - 1, gain.mean(), stats.sem(gain))
    assert verdict.net_mean == pytest.approx(gain.mean())
    assert (verdict.net_low, verdict.net_high) == pytest.approx(bounds)


def test_the_test_shop_makes_the_choice_matter() -> None:
    # Otherwise the test above would say little: the plans differ, and the best of them is not the baseline
    reach = {name: np.mean(column(name, "service_level_ship", range(R)) >= TARGET) for name in PLANS}
    assert reach["none"] < PROBABILITY <= min(reach["hire"], reach["stay"])
    assert expected_choice()[0] != "none"


def chosen(target: float, probability: float, names: list[str]) -> tuple[str, bool, str | None]:
    targets = {"service_level_ship": target, "probability": probability}
    scenario = Scenario.model_validate({**small_shop().model_dump(by_alias=True), "targets": targets})
    verdict = compare(scenario, map(plan, names), 6, SEED, workers=1).verdict
    assert verdict is not None
    return verdict.plan, verdict.holds, verdict.runner_up


def test_where_all_hold_the_one_that_earns_most_is_chosen() -> None:
    earned = {name: column(name, "net_contribution", range(6)).mean() for name in PLANS}
    best, second, _ = sorted(earned, key=lambda name: earned[name], reverse=True)
    assert chosen(0.0, 0.9, ["hire", "stay", "none"]) == (best, True, second)


def test_where_none_holds_the_surest_is_chosen() -> None:
    level = {name: column(name, "service_level_ship", range(6)).mean() for name in PLANS}
    reach = {name: np.mean(column(name, "service_level_ship", range(6)) >= 1.0) for name in PLANS}
    assert max(reach.values()) < 1
    surest = max(PLANS, key=lambda name: (reach[name], level[name]))
    found, holds, _ = chosen(1.0, 1.0, ["none", "stay", "hire"])
    assert found == surest
    assert holds == bool((column(surest, "service_level_ship", range(6, 11)) >= 1.0).all())


def test_a_plan_alone_is_its_own_baseline_and_has_no_runner_up() -> None:
    found = compare(small_shop(), [plan("stay")], 2, SEED, workers=1)
    assert found.verdict is not None
    assert (found.verdict.plan, found.verdict.runner_up, found.baseline) == ("stay", None, "stay")
    assert (found.verdict.net_mean, found.verdict.net_low, found.verdict.net_high) == (0.0, 0.0, 0.0)
    assert found.verdict.fresh == 5  # never fewer
    assert len(found.differences) == 0
    assert list(found.differences.columns)[:3] == ["plan", "kpi", "unit"]


def test_without_a_promise_there_is_no_verdict() -> None:
    found = compare(world(demand={"profile": {"per_day": 20.0}}), [plan("none"), plan("stay")], 2, SEED, workers=1)
    assert found.verdict is None
    assert len(found.summary) == 2 * len(KPIS)


def test_nor_is_there_where_no_order_comes() -> None:
    found = compare(world(promise={}), [plan("none"), plan("stay")], 2, SEED, workers=1)
    assert found.verdict is None
    assert (found.per_replication["orders_accepted"] == 0).all()


def test_one_replication_gives_figures_without_intervals() -> None:
    seen: list[tuple[int, int]] = []
    found = compare(
        small_shop(),
        [plan("none"), plan("stay")],
        1,
        SEED,
        workers=1,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert found.verdict is None
    assert found.summary["low"].isna().all()
    assert found.differences[["low", "high", "p_value", "p_holm", "simultaneous_low"]].isna().all().all()
    assert row(found.summary, plan="none", kpi="orders_accepted")["mean"] == by_hand("none", 0)["orders_accepted"]
    assert set(found.bottlenecks["share"]) == {1.0}
    assert seen[-1] == (1, 1)


# --- what is said on the way ------------------------------------------------------------------------------------


def test_progress_rises_to_the_total() -> None:
    result()
    done = [each for each, _ in calls]
    assert {total for _, total in calls} == {R + FRESH}
    assert done == sorted(done)
    assert done[0] == 1
    assert done[-1] == R + FRESH
    assert set(done) == set(range(1, R + FRESH + 1))


def test_timings_tell_seconds() -> None:
    timings = result().timings
    assert set(timings) == {"replications_s", "total_s"}
    assert 0 < timings["replications_s"] <= timings["total_s"]


# --- what can't be compared -------------------------------------------------------------------------------------


def refused(*plans: Plan | str, **arguments: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        compare(small_shop(), plans, **arguments)
    return [str(problem) for problem in caught.value.problems]


def test_a_chosen_baseline_is_what_the_others_are_held_against() -> None:
    found = compare(small_shop(), [plan("none"), plan("stay")], 2, SEED, baseline="stay", workers=1)
    assert found.baseline == "stay"
    assert set(found.differences["plan"]) == {"none"}
    gain = column("none", "revenue", range(2)) - column("stay", "revenue", range(2))
    assert row(found.differences, plan="none", kpi="revenue")["mean"] == pytest.approx(gain.mean())


def test_names_given_twice_are_told() -> None:
    assert "'stay'" in refused(plan("stay"), plan("stay"))[0]
    assert "twice" in refused(plan("stay"), plan("stay"))[0]


def test_an_unknown_plan_is_told_with_the_nearest_name() -> None:
    assert "overtime" in refused("none", "overtme")[0]


def test_an_unknown_baseline_is_told_with_the_nearest_name() -> None:
    (problem,) = refused(plan("none"), plan("stay"), baseline="stya")
    assert "baseline" in problem
    assert "did you mean 'stay'" in problem


def test_numbers_out_of_range_are_told_all_at_once() -> None:
    found = refused(plan("none"), replications=0, seed=-1, workers=0)
    assert [problem.split(" ")[0] for problem in found] == ["replications", "seed", "workers"]
    assert len(refused(plan("none"), replications=True)) == 1
    assert len(refused(plan("none"), replications=2.5)) == 1


def test_nothing_to_compare_is_told() -> None:
    assert "at least one plan" in refused()[0]
