"""Scorecards by hand: which targets the mean meets, in how many replications, with what interval."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.experiment import Comparison, compare
from sim.experiment.scorecard import COLUMNS, meets, scorecards, scorecards_of
from sim.scenario.economics import Direction, Goal
from sim.scenario.plan import Plan
from tests.ledgers import world
from tests.small_shop import ORDERS, shop
from tests.small_shop import ledger as small_ledger

CARDS = {
    "floor": {"service_level_ship": 0.95, "peak_backlog_orders": 100.0},
    "<desk>": {"utilisation_desk": {"at_most": 0.8}},
}
NAN = np.nan
VALUES = {
    ("none", "service_level_ship"): [0.90, 0.95, 0.99, 0.97],  # mean 0.9525
    ("more", "service_level_ship"): [0.90, 0.94, NAN, 0.99],  # mean 0.9433
    ("none", "peak_backlog_orders"): [100.0, 100.0, 100.0, 100.0],
    ("more", "peak_backlog_orders"): [40.0, 90.0, 101.0, 180.0],  # mean 102.75
    ("none", "utilisation_desk"): [0.2, 0.9, 0.9, 0.9],  # mean 0.725
    ("more", "utilisation_desk"): [NAN] * 4,
}


def table(scale: float = 1.0, **changes: Any) -> pd.DataFrame:
    scenario = world(targets={"teams": CARDS}, scale=scale, **changes)
    values = {key: np.array(numbers) for key, numbers in VALUES.items()}
    return scorecards(scenario, ["none", "more"], values)


def line(frame: pd.DataFrame, plan: str, kpi: str) -> dict[Any, Any]:
    (found,) = frame[(frame["plan"] == plan) & (frame["kpi"] == kpi)].to_dict("records")
    return found


def test_a_row_for_each_team_kpi_and_plan_in_the_order_given() -> None:
    found = table()
    assert list(found.columns) == list(COLUMNS)
    assert list(zip(found["team"], found["kpi"], found["plan"], strict=True)) == [
        (team, kpi, plan) for team, card in CARDS.items() for kpi in card for plan in ("none", "more")
    ]
    assert found["direction"].tolist() == ["at_least"] * 2 + ["at_most"] * 4
    assert found["unit"].tolist() == ["share"] * 2 + ["orders"] * 2 + ["share"] * 2
    assert found["target"].tolist() == [0.95] * 2 + [100.0] * 2 + [0.8] * 2


@pytest.mark.parametrize(
    ("plan", "kpi", "mean", "n", "met", "times"),
    [
        ("none", "service_level_ship", 0.9525, 4, True, 3),  # to the letter counts
        ("more", "service_level_ship", 0.83 / 3 + 2 / 3, 3, False, 1),
        ("none", "peak_backlog_orders", 100.0, 4, True, 4),
        ("more", "peak_backlog_orders", 102.75, 4, False, 2),
        ("none", "utilisation_desk", 0.725, 4, True, 1),  # the mean meets it, three surges in four do not
    ],
)
def test_the_mean_is_judged_and_replications_are_counted(
    plan: str, kpi: str, mean: float, n: int, met: bool, times: int
) -> None:
    found = line(table(), plan, kpi)
    assert found["mean"] == pytest.approx(mean)
    assert (found["n"], found["met"]) == (n, met)
    assert found["met_share"] == pytest.approx(times / n)
    exact = stats.binomtest(times, n).proportion_ci(0.95, "exact")
    assert (found["met_low"], found["met_high"]) == pytest.approx((exact.low, exact.high))


def test_the_interval_of_the_mean_is_a_t_interval_cut_where_a_share_ends() -> None:
    found = line(table(), "none", "service_level_ship")
    values = np.array(VALUES["none", "service_level_ship"])
    half = stats.t.ppf(0.975, 3) * values.std(ddof=1) / 2
    assert found["low"] == pytest.approx(0.9525 - half)
    assert 0.9525 + half > 1
    assert found["high"] == 1.0


def test_what_nobody_measured_is_neither_met_nor_missed() -> None:
    found = line(table(), "more", "utilisation_desk")
    assert found["met"] is None
    assert found["n"] == 0
    assert np.isnan([found["mean"], found["met_share"]]).all()


def test_at_a_scale_totals_are_held_against_their_part() -> None:
    found = table(scale=0.5)
    assert line(found, "none", "peak_backlog_orders")["target"] == 50.0
    assert line(found, "none", "peak_backlog_orders")["met"] is False
    assert line(found, "none", "service_level_ship")["target"] == 0.95


@pytest.mark.parametrize(
    ("direction", "value", "met"),
    [
        ("at_least", 0.95 - 1e-12, True),  # rounding of a mean
        ("at_least", 0.9499, False),
        ("at_most", 0.95 + 1e-12, True),
        ("at_most", 0.9501, False),
        ("at_least", NAN, False),
        ("at_most", NAN, False),
    ],
)
def test_a_target_is_met_to_the_letter(direction: Direction, value: float, met: bool) -> None:
    assert meets(np.array([value]), Goal("a", "lost_share", direction, 0.95)).tolist() == [met]


def test_without_targets_the_table_is_empty_and_has_its_columns() -> None:
    found = scorecards(world(), ["none"], {})
    assert found.empty
    assert list(found.columns) == list(COLUMNS)


def test_one_run_has_its_figures_and_no_intervals() -> None:
    cards = {"floor": {"service_level_ship": 0.2, "cancelled_share": 0.2}}
    scenario = shop(targets={"teams": cards})
    ledger = small_ledger()
    found = scorecards_of(type(ledger)(**{**vars(ledger), "scenario": scenario}))
    assert len(ORDERS) == 10
    assert found["mean"].tolist() == pytest.approx([2 / 7, 2 / 8])
    assert found["met"].tolist() == [True, False]
    assert found["met_share"].tolist() == [1.0, 0.0]
    assert found["low"].isna().all()


def test_a_comparison_judges_the_replications_it_kept() -> None:
    def compared(**more: Any) -> Comparison:
        scenario = world(demand={"profile": {"per_day": 60.0}}, **more)
        return compare(scenario, [Plan(name="none")], 6, 1, workers=1)

    waits = compared().per_replication["mean_wait_picking_min"].to_numpy()
    middle = float(np.sort(waits)[3])
    (row,) = compared(targets={"teams": {"floor": {"mean_wait_picking_min": middle}}}).scorecards.to_dict("records")
    assert row["mean"] == pytest.approx(waits.mean())
    assert (row["n"], row["met_share"]) == (6, pytest.approx(4 / 6))
    assert row["met"] == (waits.mean() <= middle)
