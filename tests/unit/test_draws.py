"""What `sample` makes of random numbers: arrivals, attributes, luck, types and the empty cases."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

from sim.demand.contacts import ATTEMPTS
from sim.demand.curve import order_curve, profile_curve
from sim.draws import BACKUP_CARRIERS, Draws, sample
from tests.ledgers import world
from tests.rich_world import CHANNELS, DAYS, GRID, RARE, RICH, Z, rich, rich_world


def within(observed: float, expected: float, error: float) -> bool:
    """Whether a figure lies within the bound for one of about twenty tested together."""
    return abs(observed - expected) <= float(stats.norm.isf(RARE / 2 / 20)) * error


def mean_is(values: Any, expected: float) -> bool:
    values = np.asarray(values, dtype=np.float64)
    return within(values.mean(), expected, values.std(ddof=1) / np.sqrt(len(values)))


def share_is(rows: Any, expected: float) -> bool:
    rows = np.asarray(rows)
    return within(rows.mean(), expected, np.sqrt(expected * (1 - expected) / len(rows)))


# --- arrivals ---------------------------------------------------------------------------------------------------


def test_the_number_of_orders_is_as_expected() -> None:
    curve = order_curve(rich_world())
    for begin, end in ((0.0, 30240.0), (0.0, 7200.0), (7200.0, 7320.0), (7320.0, 9360.0), (9360.0, 30240.0)):
        expected = curve.expected(begin, end)
        count = int(np.sum((rich().placed_min >= begin) & (rich().placed_min < end)))
        assert abs(count - expected) < Z * np.sqrt(expected), (begin, end)


def test_hourly_counts_scatter_like_a_poisson_process() -> None:
    curve = order_curve(rich_world())
    expected = np.array([curve.expected(60.0 * hour, 60.0 * hour + 60) for hour in range(24 * DAYS)])
    counts = np.bincount((rich().placed_min // 60).astype(int), minlength=24 * DAYS)
    statistic = float(np.sum((counts - expected) ** 2 / expected))
    assert RARE < stats.chi2.cdf(statistic, len(expected)) < 1 - RARE
    residual = (counts - expected) / np.sqrt(expected)
    assert stats.pearsonr(residual[:-1], residual[1:]).pvalue > RARE  # neighbouring hours are independent


def test_orders_are_spread_evenly_where_the_rate_is_flat() -> None:
    draws = sample(world(window={"measure_to": 24.0 * 10}, demand={"profile": {"per_day": 3000.0}}), seed=5)
    assert stats.kstest(draws.placed_min / 14400, "uniform").pvalue > RARE
    gaps = np.diff(draws.placed_min)
    assert stats.kstest(gaps, "expon", args=(0, 1440 / 3000)).pvalue > RARE


def test_counts_of_replications_scatter_as_they_should() -> None:
    scenario = world(demand={"profile": {"per_day": 300.0}})
    counts = np.array([len(sample(scenario, 1, replication)) for replication in range(120)])
    assert abs(counts.mean() - 600) < Z * np.sqrt(600 / 120)
    dispersion = float(np.sum((counts - counts.mean()) ** 2) / 600)
    assert RARE < stats.chi2.cdf(dispersion, 119) < 1 - RARE


def test_orders_stop_at_the_horizon() -> None:
    scenario = world(window={"measure_to": 20.5, "run_on_h": 0.25}, demand={"profile": {"per_day": 20000.0}})
    placed = sample(scenario).placed_min
    assert 20.7 * 60 < placed.max() < 20.75 * 60


# --- attributes -------------------------------------------------------------------------------------------------


def test_attributes_have_the_shares_and_means_asked_for() -> None:
    draws = rich()
    home = draws.carrier == 0
    assert share_is(draws.express, 0.15)
    assert share_is(home, 0.6)
    assert share_is(draws.cod[home], 0.1)
    assert share_is(draws.cod[~home], 0.5)
    assert not draws.unclaimed[home].any()
    assert not draws.unclaimed[~draws.cod].any()
    assert share_is(draws.unclaimed[~home & draws.cod], 0.2)
    assert mean_is(draws.lines, 2.5)
    assert draws.lines.min() == 1
    assert (draws.units >= draws.lines).all()
    assert mean_is(draws.units - 1.6 * draws.lines, 0.0)
    np.testing.assert_allclose(draws.value, 20.0 * draws.units)
    for uniforms in (draws.transit_u, draws.route_u, draws.redeem_u):
        assert stats.kstest(uniforms, "uniform").pvalue > RARE


def test_work_follows_the_size_of_the_order() -> None:
    draws = rich()
    pick = draws.pick_work_min / (6.0 + 0.5 * draws.lines)
    pack = draws.pack_work_min / (2.0 + 0.25 * draws.units)
    assert mean_is(pick, 1.0)
    assert mean_is(pack, 1.0)
    assert mean_is((pick - 1) ** 2, 0.36)
    assert mean_is((pack - 1) ** 2, 0.16)


def test_wished_dates_are_as_frequent_and_as_far_off_as_asked_for() -> None:
    # wishes lie so far ahead that they always move the due time, and are seen in it
    draws = rich()
    ahead = np.floor(draws.due_delivery_min / 1440) - np.floor(draws.placed_min / 1440)
    wished = ahead >= 20
    assert share_is(wished, 0.08)
    assert set(np.unique(ahead[wished])) == {20.0, 21.0, 22.0, 23.0, 24.0}
    assert mean_is(ahead[wished], 22.0)


def test_attributes_are_unrelated_to_each_other() -> None:
    draws = rich()
    columns = [draws.express, draws.carrier == 0, draws.lines, draws.pick_work_min / (6 + 0.5 * draws.lines)]
    columns += [draws.pack_work_min / (2 + 0.25 * draws.units), draws.transit_u, draws.route_u, draws.redeem_u]
    ranks = np.stack([stats.rankdata(column) for column in columns])
    matrix = np.corrcoef(ranks)
    off = np.abs(matrix[np.triu_indices(len(columns), 1)])
    assert off.max() * np.sqrt(len(draws)) < stats.norm.isf(RARE / 2 / len(off))


def test_customers_who_would_cancel() -> None:
    draws = rich()
    wait = draws.cancel_min - draws.placed_min[draws.cancel_order]
    everybody = np.zeros(len(draws), dtype=bool)
    everybody[draws.cancel_order] = True
    assert share_is(everybody, 0.3)
    assert len(np.unique(draws.cancel_order)) == len(draws.cancel_order)
    assert (wait >= 0).all()
    assert mean_is(wait, 30 * 60.0)
    assert (np.diff(draws.cancel_min) >= 0).all()
    assert stats.kstest(draws.cancel_margin, "uniform").pvalue > RARE


def test_contacts_that_may_arise() -> None:
    draws = rich()
    general, late = draws.ask_order < 0, draws.ask_late
    early = ~general & ~late
    count = len(draws)
    assert (np.diff(draws.ask_min) >= 0).all()
    assert within(early.sum() / count, 0.05, np.sqrt(0.05 * 0.95 / count))
    assert within(late.sum() / count, 0.4, np.sqrt(0.24 / count))
    assert within(general.sum(), 300.0 * DAYS, np.sqrt(300.0 * DAYS))
    asked_early = np.zeros(count, dtype=bool)
    asked_early[draws.ask_order[early]] = True
    assert share_is(asked_early[draws.ask_order[late]], 0.05)  # who asks early is no likelier to ask late
    lag = draws.ask_min[late] - draws.due_delivery_min[draws.ask_order[late]]
    assert (lag >= 0).all()
    assert stats.kstest(lag, "expon", args=(0, 360.0)).pvalue > RARE
    rows = draws.ask_order[early]
    part = (draws.ask_min[early] - draws.placed_min[rows]) / (draws.due_delivery_min - draws.placed_min)[rows]
    assert stats.kstest(part, "uniform").pvalue > RARE
    assert stats.kstest(draws.ask_margin[late], "uniform").pvalue > RARE
    phone = draws.ask_channel == 0
    assert share_is(phone, 0.7)
    assert mean_is(draws.ask_handle_min[phone].ravel(), 5.0)
    assert mean_is(draws.ask_handle_min[~phone].ravel(), 9.0)
    assert mean_is(draws.ask_patience_min[phone].ravel(), 3.0)
    assert np.isinf(draws.ask_patience_min[~phone]).all()
    assert mean_is(draws.ask_after_min[phone].ravel(), 60.0)
    assert mean_is(draws.ask_after_min[~phone].ravel(), 240.0)
    assert stats.kstest(draws.ask_again_u.ravel(), "uniform").pvalue > RARE


def test_no_customer_acts_before_ordering() -> None:
    # The tightest promise there may be: due on the minute of the cut-off
    promise = {
        "order_cutoff": "14:00",
        "ship_by": "14:00",
        "deliver_by": "14:00",
        "express_share": 1.0,
        "express": {"ship_within_days": 0, "deliver_within_days": 0},
    }
    scenario = world(
        demand={"profile": {"per_day": 3000.0}},
        promise=promise,
        customers={
            "patience": {"share": 1.0, "mean_h": 0.01},
            "asking": {"before_due_share": 0.5, "late_share": 0.5, "late_lag_h": 0.01},
        },
        desk={"channels": CHANNELS},
    )
    draws = sample(scenario)
    assert (draws.due_ship_min >= draws.placed_min).all()
    assert (draws.cancel_min >= draws.placed_min[draws.cancel_order]).all()
    about = draws.ask_order >= 0
    assert about.any()
    assert (draws.ask_min[about] >= draws.placed_min[draws.ask_order[about]]).all()


# --- the uplift's luck ------------------------------------------------------------------------------------------


def luck(cv: float, seed: int) -> float:
    campaign = {"start": 10.0, "end": 12.0, "uplift": 2.0, "uplift_cv": cv}
    return sample(world(window={"measure_to": 24.0}, demand={"campaign": campaign}), seed).uplift_luck


def test_the_luck_of_the_uplift_is_lognormal_with_mean_one() -> None:
    drawn = np.array([luck(0.4, seed) for seed in range(400)])
    sigma = np.sqrt(np.log(1.16))
    assert abs(drawn.mean() - 1) < Z * 0.4 / np.sqrt(400)
    assert stats.kstest(np.log(drawn), "norm", args=(-sigma * sigma / 2, sigma)).pvalue > RARE


def test_without_uncertainty_or_campaign_there_is_no_luck() -> None:
    assert luck(0.0, 1) == 1.0
    assert sample(world()).uplift_luck == 1.0


def test_luck_moves_the_campaign_and_leaves_the_other_orders_as_they_are() -> None:
    def draw(cv: float) -> Draws:
        campaign = {"start": 10.0, "end": 14.0, "uplift": 2.0, "uplift_cv": cv}
        return sample(world(demand={"profile": {"per_day": 4000.0}, "campaign": campaign}), seed=8)

    sure, unsure = draw(0.0), draw(1.0)
    assert abs(unsure.uplift_luck - 1) > 0.1

    def outside(draws: Draws) -> NDArray[np.bool_]:
        return (draws.placed_min < 600) | (draws.placed_min >= 840)

    for name in ("placed_min", "lines", "pick_work_min", "transit_u"):
        np.testing.assert_array_equal(getattr(sure, name)[outside(sure)], getattr(unsure, name)[outside(unsure)])
    inside = np.sum(~outside(unsure))
    expected = 2 * unsure.uplift_luck * 4000 / 6
    assert abs(inside - expected) < Z * np.sqrt(expected)


# --- types, shapes and the empty cases --------------------------------------------------------------------------

TYPES = {
    "lines": np.int32,
    "units": np.int32,
    "express": np.bool_,
    "carrier": np.int8,
    "wished_days": np.int16,
    "cod": np.bool_,
    "unclaimed": np.bool_,
    "route_u": np.float32,
    "redeem_u": np.float32,
    "cancel_order": np.int64,
    "cancel_margin": np.float32,
    "ask_order": np.int64,
    "ask_late": np.bool_,
    "ask_margin": np.float32,
    "ask_channel": np.int8,
    "ask_again_u": np.float32,
    "ask_bot_u": np.float32,
    "ask_bot_fails_u": np.float32,
    "ask_callback_u": np.float32,
    "by_campaign": np.bool_,
    "commit_u": np.float32,
    "turn_u": np.float32,
    "spare_u": np.float32,
    "return_u": np.float32,
}


def assert_documented(draws: Draws) -> None:
    """Types and shapes as the class documents them, for any scenario."""
    for each in fields(draws):
        values = getattr(draws, each.name)
        if not isinstance(values, np.ndarray) or each.name == "order_id":
            continue
        assert values.dtype == TYPES.get(each.name, np.float64), each.name
        if each.name.startswith("ask_"):
            count = len(draws.ask_min)
            square = each.name.endswith(("handle_min", "patience_min", "after_min", "again_u"))
            assert values.shape == ((count, ATTEMPTS) if square else (count,)), each.name
        elif each.name.startswith("cancel_"):
            assert values.shape == draws.cancel_min.shape, each.name
        else:
            assert values.shape == (len(draws),), each.name
        if each.name.endswith("_u") or each.name.endswith("_margin"):
            assert ((values >= 0) & (values < 1)).all(), each.name
        if each.name.endswith("_min"):
            known = values[np.isfinite(values)]
            assert (known * GRID == np.round(known * GRID)).all(), f"{each.name} leaves the grid"
    assert len(draws.order_id) == len(draws)
    assert (np.diff(draws.placed_min) >= 0).all()


def test_arrays_are_as_documented() -> None:
    assert_documented(rich())


@pytest.mark.parametrize("part", ["promise", "desk"])
def test_what_a_scenario_lacks_leaves_nothing_behind(part: str) -> None:
    draws = sample(world(**{**RICH, part: None}), seed=4)
    assert_documented(draws)
    if part == "promise":
        assert np.isnan(draws.due_ship_min).all()
        assert np.isnan(draws.due_delivery_min).all()
        assert not draws.express.any()
        assert (draws.ask_order == -1).all()  # nothing falls due: general questions only
    else:
        assert len(draws.ask_min) == 0
        assert not any(role == "desk" for role, _ in draws.absence_u)


def test_without_carriers_nobody_has_one() -> None:
    draws = sample(world(**{**RICH, "carriers": {}}))
    assert_documented(draws)
    assert (draws.carrier == -1).all()
    assert not draws.cod.any()
    assert not draws.unclaimed.any()
    assert set(draws.pickup_u) == set(BACKUP_CARRIERS)  # a plan may bring some all the same


def test_without_packing_there_is_no_work_there() -> None:
    draws = sample(world(demand={"profile": {"per_day": 500.0}}))
    assert_documented(draws)
    assert not draws.pack_work_min.any()
    assert (draws.pick_work_min == 6.0).all()
    assert (draws.lines == 1).all()
    assert (draws.units == 1).all()


def test_a_scenario_without_orders_can_be_drawn() -> None:
    bare = sample(world())
    everything = sample(world(**{**RICH, "demand": {"profile": {"per_day": 0.0}}}))
    for draws in (bare, everything):
        assert len(draws) == 0
        assert_documented(draws)
    assert len(bare.ask_min) == 0
    assert (everything.ask_order == -1).all()


def test_orders_may_be_limited_in_length() -> None:
    basket = {"lines_mean": 3.0, "lines_max": 4}
    draws = sample(world(demand={"profile": {"per_day": 5000.0}, "basket": basket}))
    assert draws.lines.max() == 4
    assert share_is(draws.lines == 1, 1 / 3)  # geometric: a third have one line
    assert share_is(draws.lines == 4, (2 / 3) ** 3)


def test_scale_draws_that_part_of_the_same_customers() -> None:
    tenth = sample(world(**RICH, scale=0.1))
    expected = order_curve(rich_world()).expected(0, 1440.0 * DAYS) / 10
    assert abs(len(tenth) - expected) < Z * np.sqrt(expected)
    place = np.searchsorted(rich().placed_min, tenth.placed_min)
    np.testing.assert_array_equal(rich().placed_min[place], tenth.placed_min)


def test_general_questions_follow_their_own_profile() -> None:
    scenario = world(
        window={"measure_to": 168.0},
        desk={"channels": CHANNELS, "general": {"per_h": 30.0, "hour_shares": [0.0] * 9 + [1.0] * 9 + [0.0] * 6}},
    )
    draws = sample(scenario, seed=2)
    assert scenario.desk is not None
    expected = profile_curve(scenario, scenario.desk.general).expected(0, 7 * 1440)
    assert expected == pytest.approx(7 * 720)
    assert abs(len(draws.ask_min) - expected) < Z * np.sqrt(expected)
    minute = draws.ask_min % 1440
    assert ((minute >= 540) & (minute < 1080)).all()
