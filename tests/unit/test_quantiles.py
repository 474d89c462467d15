"""Intervals of quantiles and of skewed means: published ranks, exact coverage from the binomial, and edges."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.errors import InputError
from sim.statistics.intervals import mean_interval
from sim.statistics.quantiles import BootstrapInterval, bootstrap_mean, quantile_interval

NAN = float("nan")


# --- quantiles --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "low", "high", "confidence"),
    [(6, 1, 6, 0.9688), (9, 2, 8, 0.9609), (10, 2, 9, 0.9785), (15, 4, 12, 0.9648), (20, 6, 15, 0.9586)],
)
def test_ranks_of_the_median_are_those_of_the_tables(n: int, low: int, high: int, confidence: float) -> None:
    values = np.random.default_rng(1).permutation(np.arange(1.0, n + 1))
    found = quantile_interval(values, 0.5)
    assert (found.low_rank, found.high_rank, found.n, found.method) == (low, high, n, "order statistics")
    assert (found.low, found.high) == (low, high)
    assert found.estimate == (n + 1) / 2
    assert found.confidence == pytest.approx(confidence, abs=5e-5)


def test_thirty_replications_bound_the_ninth_decile_by_the_largest() -> None:
    # 0.9^30 = 0.0424 of the error goes to the upper bound; the lower one gets 0.0076: 22 or fewer below has 0.0078,
    # 21 or fewer 0.0020
    found = quantile_interval(np.arange(1.0, 31.0), 0.9)
    assert (found.low_rank, found.high_rank) == (22, 30)
    assert found.confidence == pytest.approx(1 - 0.9**30 - float(stats.binom.cdf(21, 30, 0.9)))


@pytest.mark.parametrize(
    ("n", "probability", "low", "high", "method"),
    [
        (5, 0.5, 1, None, "lower bound only"),  # both would have 1 - 2 / 32 = 0.9375
        (10, 0.9, 7, None, "lower bound only"),
        (10, 0.1, None, 4, "upper bound only"),
        (4, 0.5, None, None, "no bound"),
        (0, 0.5, None, None, "no bound"),
    ],
)
def test_with_few_replications_there_are_fewer_bounds(
    n: int, probability: float, low: int | None, high: int | None, method: str
) -> None:
    found = quantile_interval(np.arange(1.0, n + 1), probability)
    assert (found.low_rank, found.high_rank, found.method) == (low, high, method)
    assert math.isnan(found.low) == (low is None)
    assert math.isnan(found.high) == (high is None)
    assert (found.confidence == 0) == (method == "no bound")
    assert math.isnan(found.estimate) == (n == 0)


@settings(deadline=None, max_examples=200)
@given(
    n=st.integers(1, 300),
    probability=st.sampled_from([0.02, 0.1, 0.25, 0.5, 0.9, 0.95, 0.99]),
    confidence=st.sampled_from([0.8, 0.9, 0.95, 0.99]),
)
def test_coverage_is_what_it_says_and_no_rank_could_be_closer(n: int, probability: float, confidence: float) -> None:
    # Exactly: so many of n values lie below the quantile, each with the quantile's probability
    found = quantile_interval(np.arange(1.0, n + 1), probability, confidence)
    below = stats.binom(n, probability)
    low, high = found.low_rank or 0, found.high_rank or n + 1
    covered = float(below.cdf(high - 1) - below.cdf(low - 1)) if low or high <= n else 0.0
    assert found.confidence == pytest.approx(covered, abs=1e-12)
    if found.method == "no bound":
        assert below.pmf(0) > 1 - confidence
        assert below.pmf(n) > 1 - confidence
        return
    assert found.confidence >= confidence - 1e-12
    if found.method == "order statistics":
        assert low < high
        assert float(below.cdf(high - 2) - below.cdf(low)) < confidence  # not both of them one closer


def test_a_mirror_gives_the_mirrored_interval() -> None:
    values = np.random.default_rng(2).exponential(size=60)
    found, mirrored = quantile_interval(values, 0.9), quantile_interval(-values, 0.1)
    assert (mirrored.low, mirrored.high, mirrored.confidence) == pytest.approx(
        (-found.high, -found.low, found.confidence)
    )


def test_what_could_not_be_measured_is_left_out() -> None:
    values = np.arange(1.0, 21.0)
    assert quantile_interval(np.r_[NAN, values, NAN], 0.5) == quantile_interval(values, 0.5)


def test_equal_values_have_an_interval_of_no_width() -> None:
    found = quantile_interval(np.zeros(20), 0.5)
    assert (found.low, found.estimate, found.high) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize("wrong", [0.0, 1.0, NAN])
def test_probabilities_out_of_range_are_refused(wrong: float) -> None:
    with pytest.raises(InputError, match=r"probability = .*\n.*confidence = "):
        quantile_interval(np.arange(9.0), wrong, wrong)


# --- means of skewed figures ------------------------------------------------------------------------------------


def test_the_bootstrap_leans_to_the_long_tail() -> None:
    values = np.random.default_rng(3).lognormal(0, 1, 40)
    found = bootstrap_mean(values)
    assert found.method == "bootstrap"
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.mean > 1.3 * (found.mean - found.low)


def test_on_normal_values_it_agrees_with_t() -> None:
    values = np.random.default_rng(4).normal(10, 2, 400)
    found, (_, low, high, _) = bootstrap_mean(values), mean_interval(values)
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.05 * (high - low))


def test_the_same_values_have_the_same_interval_and_another_seed_a_near_one() -> None:
    values = np.random.default_rng(5).exponential(size=25)
    found = bootstrap_mean(values)
    assert found == bootstrap_mean(np.r_[values, NAN])
    other = bootstrap_mean(values, seed=2)
    assert other != found
    assert (other.low, other.high) == pytest.approx((found.low, found.high), rel=0.05)


def test_units_and_shifts_carry_over() -> None:
    values = np.random.default_rng(6).exponential(size=25)
    found, moved = bootstrap_mean(values), bootstrap_mean(60 * values + 5)
    assert (moved.low, moved.high) == pytest.approx((60 * found.low + 5, 60 * found.high + 5))


@pytest.mark.parametrize("count", [2, 5, 9])
def test_a_few_values_have_a_t_interval(count: int) -> None:
    values = np.arange(1.0, count + 1)
    assert bootstrap_mean(values) == BootstrapInterval(*mean_interval(values), "t")


def test_equal_values_are_constant_but_for_rounding() -> None:
    found = bootstrap_mean(np.full(30, 0.1) + np.arange(30) * 1e-17)
    assert (found.method, found.low, found.high) == ("constant", found.mean, found.mean)
    assert bootstrap_mean(np.zeros(30)).method == "constant"


def test_one_value_has_no_interval_and_none_no_mean() -> None:
    one, none = bootstrap_mean(np.array([3.0, NAN])), bootstrap_mean(np.array([NAN]))
    assert (one.mean, one.n, one.method) == (3.0, 1, "no interval")
    assert math.isnan(one.low)
    assert (none.n, none.method) == (0, "no interval")
    assert math.isnan(none.mean)


def test_few_resamples_and_odd_confidences_are_refused() -> None:
    with pytest.raises(InputError, match="resamples = 99: must be at least 100"):
        bootstrap_mean(np.arange(20.0), resamples=99)
    with pytest.raises(InputError, match=r"confidence = 1\.0"):
        bootstrap_mean(np.arange(20.0), 1.0)
