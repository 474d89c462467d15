"""Statistics of replications against published figures, hand arithmetic, an independent library and coverage."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from sim.statistics.intervals import (
    Difference,
    exact_share,
    holm,
    mean_interval,
    paired,
    simultaneous,
    t_quantile,
)

NAN = float("nan")

# --- one mean ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("probability", "degrees", "published"),
    [(0.975, 1, 12.706), (0.975, 4, 2.776), (0.975, 29, 2.045), (0.95, 10, 1.812), (0.995, 9, 3.250), (0.5, 7, 0.0)],
)
def test_quantiles_of_student(probability: float, degrees: int, published: float) -> None:
    assert t_quantile(probability, degrees) == pytest.approx(published, abs=5e-4)


def test_the_interval_of_one_to_five() -> None:
    # mean 3, standard deviation sqrt(2.5), t(0.975; 4) = 2.776445
    half = 2.776445 * math.sqrt(2.5 / 5)
    assert mean_interval(np.arange(1.0, 6.0)) == pytest.approx((3.0, 3 - half, 3 + half, 5), abs=1e-6)


@pytest.mark.parametrize("confidence", [0.8, 0.95, 0.999])
def test_the_interval_agrees_with_a_library(confidence: float) -> None:
    values = np.random.default_rng(5).normal(100, 15, 12)
    wanted = stats.t.interval(confidence, 11, values.mean(), stats.sem(values))
    assert mean_interval(values, confidence)[1:3] == pytest.approx(wanted, rel=1e-10)


def test_what_could_not_be_measured_is_left_out() -> None:
    assert mean_interval(np.array([1.0, NAN, 2.0, 3.0, NAN])) == mean_interval(np.array([1.0, 2.0, 3.0]))


def test_one_value_has_no_bounds_and_none_no_mean() -> None:
    mean, low, high, n = mean_interval(np.array([7.0, NAN]))
    assert (mean, n) == (7.0, 1)
    assert math.isnan(low)
    assert math.isnan(high)
    *rest, n = mean_interval(np.array([NAN, NAN]))
    assert n == 0
    assert all(math.isnan(value) for value in rest)
    assert mean_interval(np.empty(0))[3] == 0


def test_equal_values_have_an_interval_of_no_width() -> None:
    assert mean_interval(np.full(4, 2.5)) == (2.5, 2.5, 2.5, 4)


# --- shares -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        (0, 10, 0.0, 0.3085),  # 1 - 0.025^(1/10)
        (1, 10, 0.0025, 0.4450),
        (5, 10, 0.1871, 0.8129),
        (9, 10, 0.5550, 0.9975),
        (10, 10, 0.6915, 1.0),
        (0, 1, 0.0, 0.975),
        (15, 15, 0.7820, 1.0),
        (27, 30, 0.7347, 0.9789),
    ],
)
def test_exact_intervals_of_clopper_and_pearson(successes: int, n: int, low: float, high: float) -> None:
    share, found_low, found_high = exact_share(successes, n)
    assert share == successes / n
    assert (found_low, found_high) == pytest.approx((low, high), abs=6e-5)
    oracle = stats.binomtest(successes, n).proportion_ci(0.95, method="exact")
    assert (found_low, found_high) == pytest.approx((oracle.low, oracle.high), abs=1e-10)


def test_no_trials_say_nothing() -> None:
    share, low, high = exact_share(0, 0)
    assert math.isnan(share)
    assert (low, high) == (0.0, 1.0)


@pytest.mark.parametrize("truth", [0.02, 0.5, 0.9])
def test_exact_intervals_cover_at_least_as_often_as_they_say(truth: float) -> None:
    # No simulation: the binomial probabilities of all outcomes whose interval holds the truth
    n = 25
    covered = 0.0
    for successes in range(n + 1):
        _, low, high = exact_share(successes, n)
        covered += float(stats.binom.pmf(successes, n, truth)) * (low <= truth <= high)
    assert 0.95 <= covered < 1.0


# --- paired differences -----------------------------------------------------------------------------------------


def test_a_paired_difference_by_hand() -> None:
    # differences 1, 2, 3: mean 2, deviation 1, t = 2 / (1 / sqrt(3)) = 3.4641 on 2 degrees
    found = paired(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))
    assert (found.mean, found.deviation, found.n) == pytest.approx((2.0, 1.0, 3))
    assert found.p_value == pytest.approx(0.07417990, abs=1e-7)
    half = 4.302653 / math.sqrt(3)
    assert (found.low, found.high) == pytest.approx((2 - half, 2 + half), abs=1e-5)
    assert found.crn_factor == pytest.approx((4.0 + 1.0) / 1.0)  # variances 4 and 1 apart, 1 paired


def test_paired_differences_agree_with_a_library() -> None:
    rng = np.random.default_rng(6)
    other = rng.normal(0, 3, 20)
    one = other + rng.normal(0.5, 1, 20)
    found, oracle = paired(one, other), stats.ttest_rel(one, other)
    assert found.p_value == pytest.approx(float(oracle.pvalue), rel=1e-9)
    bounds = oracle.confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((bounds.low, bounds.high), rel=1e-9)


def test_a_difference_has_a_direction() -> None:
    one, other = np.array([1.0, 5.0, 2.0, 8.0]), np.array([2.0, 3.0, 1.0, 4.0])
    there, back = paired(one, other), paired(other, one)
    assert (there.mean, there.low, there.high) == pytest.approx((-back.mean, -back.high, -back.low))
    assert there.p_value == pytest.approx(back.p_value)


def test_pairs_of_which_one_is_unknown_are_left_out() -> None:
    one = np.array([2.0, NAN, 4.0, 6.0, 1.0])
    other = np.array([1.0, 5.0, 2.0, 3.0, NAN])
    assert paired(one, other) == paired(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]))


def test_no_difference_at_all_is_certain() -> None:
    same = np.array([1.0, 2.0, 3.0])
    found = paired(same, same)
    assert (found.mean, found.low, found.high, found.p_value, found.deviation) == (0.0, 0.0, 0.0, 1.0, 0.0)
    assert math.isnan(found.crn_factor)


def test_one_and_the_same_difference_is_certain_too() -> None:
    found = paired(np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0]))
    assert (found.mean, found.low, found.high, found.p_value) == (2.0, 2.0, 2.0, 0.0)


def test_rounding_does_not_make_a_fixed_difference_vary() -> None:
    # A fee of 40,000.1 on costs that differ from replication to replication: the sums are rounded
    costs = np.random.default_rng(7).uniform(1e6, 2e6, 30)
    found = paired(costs + 40_000.1, costs)
    assert found.mean == pytest.approx(40_000.1)
    assert found.deviation == 0.0
    assert found.p_value == 0.0
    assert math.isnan(found.crn_factor)


def test_one_pair_tells_a_mean_and_nothing_else() -> None:
    found = paired(np.array([3.0]), np.array([1.0]))
    assert (found.mean, found.n) == (2.0, 1)
    unknown = (found.low, found.high, found.deviation, found.p_value, found.crn_factor)
    assert all(math.isnan(value) for value in unknown)


@pytest.mark.parametrize("correlation", [0.0, 0.5, 0.9, -0.5])
def test_the_crn_factor_is_what_pairing_saves(correlation: float) -> None:
    # Var(X) + Var(Y) = 2, Var(X - Y) = 2 (1 - r)
    rng = np.random.default_rng(8)
    shared = rng.normal(size=(2, 40_000))
    other = correlation * shared[0] + math.sqrt(1 - correlation**2) * shared[1]
    assert paired(shared[0], other).crn_factor == pytest.approx(1 / (1 - correlation), rel=0.05)


def test_paired_intervals_cover_the_truth_as_often_as_they_say() -> None:
    # 4,000 comparisons of ten replications: a right interval strays this far for less than one seed in 10,000
    rng = np.random.default_rng(9)
    trials = 4000
    other = rng.normal(10, 4, (trials, 10))
    one = other + rng.normal(1.5, 2, (trials, 10))
    found = [paired(a, b) for a, b in zip(one, other, strict=True)]
    covered = sum(each.low <= 1.5 <= each.high for each in found)
    assert stats.binomtest(covered, trials, 0.95).pvalue > 1e-4
    rejected = sum(paired(a - 1.5, b).p_value < 0.05 for a, b in zip(one, other, strict=True))
    assert rejected == trials - covered  # the test and the interval say the same


# --- many comparisons -------------------------------------------------------------------------------------------


def test_holm_by_hand() -> None:
    # sorted: 0.005 x 4, 0.01 x 3, 0.03 x 2, 0.04 x 1 -> 0.02, 0.03, 0.06, and 0.04 is lifted to 0.06
    found = holm(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found.tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_holm_never_exceeds_one_and_keeps_the_order() -> None:
    values = np.array([0.9, 0.6, 0.2, 0.2, 1.0])
    found = holm(values)
    assert found.tolist() == pytest.approx([1.0, 1.0, 1.0, 1.0, 1.0])
    small = holm(np.random.default_rng(10).uniform(0, 0.05, 40))
    assert (small >= 0).all()
    assert (small <= 1).all()
    drawn = np.random.default_rng(11).uniform(0, 1, 40)
    order = np.argsort(drawn)
    assert (np.diff(holm(drawn)[order]) >= 0).all()
    assert (holm(drawn) >= drawn).all()


def test_holm_leaves_out_what_is_unknown() -> None:
    found = holm(np.array([NAN, 0.01, NAN, 0.04]))
    assert np.isnan(found[[0, 2]]).all()
    assert found[[1, 3]].tolist() == pytest.approx([0.02, 0.04])
    assert holm(np.empty(0)).shape == (0,)
    assert np.isnan(holm(np.array([NAN]))).all()
    assert holm(np.array([0.03])).tolist() == [0.03]


def test_holm_errs_in_a_family_no_oftener_than_it_says() -> None:
    # Twenty true hypotheses at a time, a thousand times: at least one is rejected in five families out of a hundred
    rng = np.random.default_rng(12)
    wrong = sum(bool((holm(rng.uniform(size=20)) < 0.05).any()) for _ in range(1000))
    assert stats.binomtest(wrong, 1000, 0.05).pvalue > 1e-4


def test_simultaneous_bounds_are_those_of_bonferroni() -> None:
    difference = Difference(mean=2.0, low=NAN, high=NAN, n=10, deviation=3.0, p_value=NAN, crn_factor=NAN)
    # t(1 - 0.05 / (2 x 5); 9) = 3.2498
    half = 3.249836 * 3 / math.sqrt(10)
    assert simultaneous(difference, 5) == pytest.approx((2 - half, 2 + half), abs=1e-5)


def test_a_family_of_one_or_none_has_the_plain_interval() -> None:
    found = paired(np.array([2.0, 4.0, 6.0, 5.0]), np.array([1.0, 2.0, 3.0, 5.0]))
    assert simultaneous(found, 1) == pytest.approx((found.low, found.high))
    assert simultaneous(found, 0) == pytest.approx((found.low, found.high))


def test_larger_families_have_wider_bounds_and_too_few_pairs_none() -> None:
    found = paired(np.array([2.0, 4.0, 6.0, 5.0]), np.array([1.0, 2.0, 3.0, 5.0]))
    widths = [high - low for low, high in (simultaneous(found, family) for family in (1, 5, 50))]
    assert widths == sorted(widths)
    assert widths[0] < widths[1] < widths[2]
    one = paired(np.array([3.0]), np.array([1.0]))
    assert all(math.isnan(bound) for bound in simultaneous(one, 3))


def test_simultaneous_intervals_cover_all_of_a_family_together() -> None:
    rng = np.random.default_rng(13)
    trials, family = 1500, 6
    together = 0
    for _ in range(trials):
        one = rng.normal(1.0, 2.0, (family, 8))
        found = [paired(row, np.zeros(8)) for row in one]
        bounds = [simultaneous(each, family) for each in found]
        together += all(low <= 1.0 <= high for low, high in bounds)
    # Independent rows: (1 - 0.05 / 6)^6 = 0.951
    assert stats.binomtest(together, trials, (1 - 0.05 / family) ** family).pvalue > 1e-4
