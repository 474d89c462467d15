"""What is drawn for disturbances, and that it moves nobody else's luck."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.demand.curve import error_factor, order_curve, planned_curve
from sim.draws import Draws
from sim.scenario.scale import at_scale
from sim.scenario.scenario import Scenario
from tests.behaviour.test_common_random_numbers import arrays_of, rows_of
from tests.ledgers import world
from tests.rich_world import RICH, Z, rich
from tests.small_sites import MONDAY, column, demand, picking, run, shift, site
from tests.small_sites import world as tiny

LAST = 24.0 * 21  # hours of the rich world

OUTAGES = {"kind": "outage", "stages": ["packing"], "mean_between_h": 10.0, "mean_hours": 2.0}
WAVE = {"kind": "second_wave", "start": 240.0, "end": 260.0, "uplift": 1.5, "opening": {"hours": 3.0, "weight": 4.0}}
RECEIPT = {"kind": "late_receipt", "share": 0.3, "from": 48.0, "arrives": 96.0}
ERROR = {"kind": "forecast_error", "factor": 1.4}
EVERY: dict[str, dict[str, Any]] = {
    "outages": OUTAGES,
    "flu": {
        "kind": "absence_wave",
        "first_day": MONDAY,
        "last_day": MONDAY + timedelta(days=3),
        "absence_share": 0.3,
    },
    "storm": {"kind": "carrier_failure", "start": 30.0, "hours": 30.0},
    "supplier": {**RECEIPT, "late_h": 12.0},
    "forecast": {**ERROR, "cv": 0.4},
    "second": {**WAVE, "uplift_cv": 0.3},
}
NOT_DEMAND = ["outages", "flu", "storm", "supplier"]


def troubled(**troubles: dict[str, Any]) -> Scenario:
    """The rich world with these disturbances."""
    return world(**RICH, disturbances=troubles)


def quiet(**troubles: dict[str, Any]) -> Scenario:
    """The same without orders, of which many replications are drawn at once."""
    return world(**{**RICH, "demand": {}, "desk": None}, disturbances=troubles)


def differing(one: Draws, other: Draws) -> set[str]:
    """Names of the arrays that are not the same."""
    mine, theirs = dict(arrays_of(one)), dict(arrays_of(other))
    return {name for name in mine if not np.array_equal(mine[name], theirs[name], equal_nan=mine[name].dtype != object)}


# --- nobody else's luck -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", NOT_DEMAND)
def test_a_disturbance_keeps_customers_and_everybodys_luck(kind: str) -> None:
    assert differing(rich(), sim.sample(troubled(**{kind: EVERY[kind]}))) <= {"held_until_min"}


def test_one_more_disturbance_moves_no_other() -> None:
    every = sim.sample(troubled(**EVERY), seed=4)
    for label in EVERY:
        fewer = sim.sample(troubled(**{name: each for name, each in EVERY.items() if name != label}), seed=4)
        assert [each for each in every.outages if each.label != label] == list(fewer.outages)
        assert {name: luck for name, luck in every.demand_luck.items() if name != label} == fewer.demand_luck
        assert {name: time for name, time in every.receipts_min.items() if name != label} == fewer.receipts_min


@pytest.mark.parametrize(("label", "trouble"), [("forecast", ERROR), ("second", WAVE)])
def test_more_demand_keeps_the_orders_there_are(label: str, trouble: dict[str, Any]) -> None:
    """Every order of the world without it stays, with everything that belongs to it; others come on top."""
    before, after = rows_of(rich()), rows_of(sim.sample(troubled(**{label: trouble})))
    assert len(after) > len(before)
    assert {key: after[key] for key in before} == before


def test_less_demand_takes_orders_away_and_changes_none() -> None:
    before, after = rows_of(rich()), rows_of(sim.sample(troubled(wrong={**ERROR, "factor": 0.5})))
    assert len(after) < len(before)
    assert {key: before[key] for key in after} == after


def test_without_disturbances_nothing_is_drawn_and_no_memory_taken() -> None:
    draws = rich()
    assert (draws.outages, draws.receipts_min, draws.demand_luck) == ((), {}, {})
    assert draws.held_until_min.shape == (len(draws),)
    assert draws.held_until_min.strides == (0,)
    assert np.isnan(draws.held_until_min).all()


# --- outages ----------------------------------------------------------------------------------------------------


def test_random_outages_are_exponential() -> None:
    """Means over many replications within the bounds for a fixed seed; they do not overlap, and lie in the run."""
    scenario, gaps, lengths = quiet(often=OUTAGES), [], []
    for replication in range(40):
        found = sim.sample(scenario, 1, replication).outages
        begins, ends = (np.array([each[place] for each in found]) for place in (2, 3))
        assert np.all(begins[1:] >= ends[:-1])
        assert np.all(begins >= 0)
        assert np.all(ends <= LAST * 60)
        gaps += (begins - np.r_[0.0, ends[:-1]]).tolist()
        lengths += (ends - begins)[:-1].tolist()  # the last may be cut
    for values, mean_h in ((gaps, 10.0), (lengths, 2.0)):
        mean = np.mean(values) / 60
        assert abs(mean - mean_h) < Z * mean_h / np.sqrt(len(values)) + 0.03 * mean_h  # cut at the end: a little short


def test_random_outages_keep_to_their_window() -> None:
    found = sim.sample(troubled(often={**OUTAGES, "from": 100.0, "to": 200.0}), seed=2).outages
    assert found
    assert all(6000 < each.begin_min < each.end_min <= 12000 for each in found)
    whole = sim.sample(troubled(often={**OUTAGES, "from": 100.0}), seed=2).outages
    assert whole[: len(found) - 1] == found[:-1]


def test_longer_outages_begin_with_the_same_gaps_between_them() -> None:
    short, long = (sim.sample(troubled(often={**OUTAGES, "mean_hours": hours}), seed=2).outages for hours in (1.0, 2.0))
    assert short[0].begin_min == long[0].begin_min
    assert long[0].end_min - long[0].begin_min == pytest.approx(2 * (short[0].end_min - short[0].begin_min), abs=1e-5)


def test_all_stages_of_an_outage_stand_still_together() -> None:
    found = sim.sample(troubled(often={**OUTAGES, "stages": ["release", "picking"]}), seed=2).outages
    assert [each.stage for each in found[:4]] == ["release", "picking"] * 2
    assert found[0][2:] == found[1][2:]


def test_an_outage_that_began_before_the_start_is_kept() -> None:
    trouble = {"kind": "outage", "stages": ["picking"], "start": -5.0, "hours": 6.0}
    (found,) = sim.sample(troubled(early=trouble)).outages
    assert (found.begin_min, found.end_min) == (-300, 60)


# --- late goods -------------------------------------------------------------------------------------------------


def test_a_share_of_the_orders_placed_meanwhile_holds_late_goods() -> None:
    draws = sim.sample(troubled(late=RECEIPT))
    inside = (draws.placed_min >= 48 * 60) & (draws.placed_min < 96 * 60)
    held = ~np.isnan(draws.held_until_min)
    assert not held[~inside].any()
    assert set(draws.held_until_min[held]) == {96 * 60.0}
    count = inside.sum()
    assert abs(held.sum() - 0.3 * count) < Z * np.sqrt(0.3 * 0.7 * count)


def test_a_larger_share_holds_the_same_orders_and_more() -> None:
    few, many = (sim.sample(troubled(late={**RECEIPT, "share": share})).held_until_min for share in (0.2, 0.5))
    assert np.all(~np.isnan(many[~np.isnan(few)]))


def test_the_delay_is_drawn_once_per_replication() -> None:
    scenario = troubled(late={**RECEIPT, "late_h": 12.0, "share": 1.0})
    arrive = [sim.sample(scenario, 1, replication).receipts_min["late"] for replication in range(3)]
    assert len(set(arrive)) == 3
    assert min(arrive) > 96 * 60
    draws = sim.sample(scenario, 1, 2)
    assert set(draws.held_until_min[~np.isnan(draws.held_until_min)]) == {arrive[2]}
    fixed = sim.sample(troubled(late={**RECEIPT, "late_h": 12.0, "late": "deterministic"}))
    assert fixed.receipts_min == {"late": 108 * 60.0}


# --- demand -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("applies_to", "inside", "outside"), [("campaign", 1.4, 1.0), ("all", 1.4, 1.4)])
def test_a_forecast_error_multiplies_the_rate(applies_to: str, inside: float, outside: float) -> None:
    plain, wrong = order_curve(troubled()), order_curve(troubled(wrong={**ERROR, "applies_to": applies_to}))
    campaign, before = (120 * 60.0, 156 * 60.0), (0.0, 120 * 60.0)
    assert wrong.expected(*campaign) == pytest.approx(inside * plain.expected(*campaign))
    assert wrong.expected(*before) == pytest.approx(outside * plain.expected(*before))
    lucky = order_curve(troubled(wrong={**ERROR, "applies_to": applies_to}), 1.0, {"wrong": 2.0})
    assert lucky.expected(*campaign) == pytest.approx(2 * inside * plain.expected(*campaign))


def test_forecast_errors_multiply() -> None:
    scenario = troubled(one=ERROR, two={**ERROR, "factor": 0.5}, three={**ERROR, "applies_to": "all"})
    assert error_factor(scenario, "campaign") == pytest.approx(0.7)
    assert error_factor(scenario, "all", {"three": 2.0}) == pytest.approx(2.8)


def test_the_luck_of_the_forecast_has_mean_one() -> None:
    scenario = quiet(wrong={**ERROR, "cv": 0.4, "applies_to": "all"})
    luck = [sim.sample(scenario, 1, replication).demand_luck["wrong"] for replication in range(400)]
    assert abs(np.mean(luck) - 1) < Z * 0.4 / 20
    assert np.std(luck) == pytest.approx(0.4, rel=0.2)


def test_a_second_wave_adds_its_uplift_within_its_window() -> None:
    """1.5 times the ordinary orders of 20 hours, those of the first three hours before the rest; nothing elsewhere."""
    plain, more = order_curve(troubled()), order_curve(troubled(second=WAVE))
    window = (240 * 60.0, 260 * 60.0)
    assert more.expected(*window) == pytest.approx(2.5 * plain.expected(*window))
    for elsewhere in ((0.0, window[0]), (window[1], LAST * 60)):
        assert more.expected(*elsewhere) == pytest.approx(plain.expected(*elsewhere))
    minutes = np.arange(0.5, LAST * 60)
    assert np.all(more.at(minutes) >= plain.at(minutes))
    opening = (240 * 60.0, 243 * 60.0)
    assert (more.expected(*opening) - plain.expected(*opening)) > 1.5 * 1.5 * plain.expected(*opening)
    lucky = order_curve(troubled(second=WAVE), 1.0, {"second": 2.0})
    assert lucky.expected(*window) == pytest.approx(4 * plain.expected(*window))


def test_a_second_wave_on_the_campaign_comes_on_top_of_it() -> None:
    wave = {**WAVE, "start": 120.0, "end": 156.0}
    plain, more = order_curve(troubled()), order_curve(troubled(second=wave))
    campaign = (120 * 60.0, 156 * 60.0)  # three times the ordinary orders, and one and a half times
    assert more.expected(*campaign) == pytest.approx(1.5 * plain.expected(*campaign))


def test_the_planned_curve_knows_no_disturbance() -> None:
    planned, plain = planned_curve(troubled(**EVERY)), order_curve(troubled())
    np.testing.assert_array_equal(planned.edges, plain.edges)
    np.testing.assert_array_equal(planned.rates, plain.rates)


@pytest.mark.parametrize(("factor", "copies"), [(2.0, 2), (3.0, 3), (1.0, 1)])
def test_with_an_order_file_a_forecast_error_resamples(tmp_path: Path, factor: float, copies: int) -> None:
    trouble = {"kind": "forecast_error", "applies_to": "all", "factor": factor}
    scenario = world(start=None, window={}, demand=demand(tmp_path, [480, 500]), disturbances={"wrong": trouble})
    assert sim.sample(scenario).placed_min.tolist() == [480.0] * copies + [500.0] * copies


def test_disturbances_have_no_sizes_to_scale() -> None:
    scenario = world(**RICH, scale=0.1, disturbances=EVERY)
    assert at_scale(scenario).disturbances == scenario.disturbances
    assert sim.sample(scenario).outages == sim.sample(troubled(**EVERY)).outages


# --- what a longer outage does ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(
    placed=st.lists(st.integers(400, 1000), min_size=1, max_size=25).map(sorted),
    begin=st.integers(400, 900),
    lengths=st.tuples(st.integers(1, 300), st.integers(1, 300)).map(sorted),
    headcount=st.integers(1, 3),
    stops=st.booleans(),
    end=st.sampled_from(["10:00", "12:00", "18:00"]),
)
def test_a_longer_outage_never_ships_more(
    placed: list[int],
    begin: int,
    lengths: list[int],
    headcount: int,
    stops: bool,
    end: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """One stage, first come first served, all orders alike: at no time has the longer outage shipped more."""
    folder = tmp_path_factory.mktemp("orders")
    pick = picking(shift(headcount, "08:00", end))
    base = tiny(folder, [float(minute) for minute in placed], site=site(pick=pick))
    left = []
    for length in lengths:
        trouble = {"kind": "outage", "stages": ["picking"], "start": begin / 60, "hours": length / 60}
        both = {**base.model_dump(by_alias=True), "disturbances": {"x": {**trouble, "stops_work_in_hand": stops}}}
        done = np.sort(column(run(Scenario.model_validate(both)), "picked_up_min"))
        left.append(np.where(np.isnan(done), np.inf, done))
    assert np.all(left[0] <= left[1])
