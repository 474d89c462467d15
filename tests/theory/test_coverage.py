"""Do the statistics keep what they promise? A thousand experiments and more on outputs whose truth is known.

Seeds are fixed, so the outcome is the same in every run. Each bound is so wide that a right implementation would fail
it for less than one seed in 10,000 (binomial), and where a procedure keeps its promise sharply, a test on both sides
shows it: an error that never happens is as wrong as one that happens too often.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import special, stats

from sim.statistics.choice import select_feasible
from sim.statistics.feasibility import screen
from sim.statistics.intervals import exact_share, mean_interval
from sim.statistics.observing import Floats
from sim.statistics.precision import Precision, stopping_point
from sim.statistics.quantiles import bootstrap_mean, quantile_interval
from sim.statistics.selection import select_best

pytestmark = pytest.mark.long
MANY = 4000
THOUSAND = 1000
RARE = 1e-4
BATCH = 200


def share_is(successes: int, trials: int, truth: float) -> bool:
    """Whether so many successes are credible for this probability."""
    return bool(stats.binomtest(successes, trials, truth).pvalue > RARE)


def share_is_at_least(successes: int, trials: int, promised: float) -> bool:
    """Whether so many successes are credible for this probability or a larger one."""
    return bool(stats.binom.cdf(successes, trials, promised) > RARE)


# --- intervals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("n", [2, 5, 30])
@pytest.mark.parametrize("confidence", [0.8, 0.95])
def test_t_intervals_of_normal_outputs_cover_as_often_as_they_say(n: int, confidence: float) -> None:
    outputs = np.random.default_rng(101).normal(7.0, 2.0, (MANY, n))
    covered = 0
    for values in outputs:
        _, low, high, _ = mean_interval(values, confidence)
        covered += low <= 7.0 <= high
    assert share_is(covered, MANY, confidence)
    if confidence == 0.95:
        assert 0.93 < covered / MANY < 0.97


@pytest.mark.parametrize(("n", "truth"), [(10, 0.5), (30, 0.9), (30, 0.97), (100, 0.01), (200, 0.3)])
def test_exact_intervals_cover_at_least_as_often_as_they_say(n: int, truth: float) -> None:
    successes = np.random.default_rng(102).binomial(n, truth, MANY)
    covered = 0
    for found in successes:
        _, low, high = exact_share(int(found), n)
        covered += low <= truth <= high
    assert share_is_at_least(covered, MANY, 0.95)


@pytest.mark.parametrize(("n", "probability"), [(30, 0.5), (30, 0.9), (100, 0.1), (100, 0.95)])
@pytest.mark.parametrize("distribution", [stats.norm(3, 2), stats.lognorm(1.5), stats.cauchy()])
def test_order_statistics_cover_as_often_as_they_say_whatever_the_outputs(
    n: int, probability: float, distribution: stats.rv_continuous
) -> None:
    outputs = distribution.rvs(size=(MANY // 2, n), random_state=np.random.default_rng(103))
    truth = distribution.ppf(probability)
    found = [quantile_interval(values, probability) for values in outputs]
    covered = sum(each.low <= truth <= each.high for each in found)
    assert share_is_at_least(covered, len(found), 0.95)
    assert share_is(covered, len(found), found[0].confidence)


def test_bootstrap_intervals_cover_nearly_as_often_as_they_say_and_miss_less_one_sidedly_than_t() -> None:
    # Of skewed outputs (mean one) both miss mostly from below, because the long tail was not seen; the bootstrap less
    outputs = np.random.default_rng(104).exponential(1.0, (THOUSAND, 30))
    bootstrap = [bootstrap_mean(values, resamples=999) for values in outputs]
    student = [mean_interval(values)[1:3] for values in outputs]
    covered = sum(each.low <= 1.0 <= each.high for each in bootstrap)
    assert 0.90 < covered / THOUSAND < 0.96
    too_low = sum(each.high < 1.0 for each in bootstrap)
    assert too_low < 0.8 * sum(high < 1.0 for _, high in student)


# --- stopping ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("relative", [0.1, 0.03])
def test_the_stopping_rule_reaches_its_width_and_covers_nearly_as_often_as_it_says(relative: float) -> None:
    precision = Precision(relative=relative, at_most=2000)
    outputs = np.random.default_rng(105).normal(10.0, 3.0, (THOUSAND, 700))
    found = [stopping_point(values, precision) for values in outputs]
    assert all(each.decided and each.reached for each in found)
    assert all(each.half_width <= relative * each.mean for each in found)
    # A mean that needs n replications gets about n: (1.96 x 3 / (relative x 10))^2, a few more for Student's t
    known_variance = (1.96 * 0.3 / relative) ** 2
    assert 0.9 * known_variance < np.mean([each.n for each in found]) < 1.15 * known_variance + 6
    covered = sum(abs(each.mean - 10.0) <= each.half_width for each in found)
    assert share_is_at_least(covered, THOUSAND, 0.93)


def test_the_look_ahead_makes_it_cover_oftener() -> None:
    outputs = np.random.default_rng(106).normal(10.0, 3.0, (MANY, 150))
    covered = []
    for look_ahead in (0, 10):
        precision = Precision(relative=0.1, at_least=3, look_ahead=look_ahead)
        found = [stopping_point(values, precision) for values in outputs]
        covered.append(np.array([abs(each.mean - 10.0) <= each.half_width for each in found]))
    without, ahead = covered
    # Of the samples in which only one of them covers the truth
    gained, lost = int((ahead & ~without).sum()), int((without & ~ahead).sum())
    assert stats.binomtest(gained, gained + lost, 0.5, alternative="greater").pvalue < RARE


# --- the best of several ----------------------------------------------------------------------------------------


class Outputs:
    """Outputs of some systems, drawn beforehand; shape (replications, systems)."""

    def __init__(self, outputs: Floats) -> None:
        self.outputs = outputs
        self.names = [f"system {place}" for place in range(outputs.shape[1])]

    def __call__(self, systems: Sequence[str], start: int, stop: int) -> Floats:
        return self.outputs[start:stop, [self.names.index(system) for system in systems]]


def luck(seed: int, deviations: Sequence[float], shared: float = 0.0, most: int = 2000) -> Floats:
    """Normal outputs of mean zero: each system's own luck, and luck that all share."""
    rng = np.random.default_rng(seed)
    return deviations * rng.standard_normal((most, len(deviations))) + shared * rng.standard_normal((most, 1))


EQUAL = (0.5, [1.0] * 5)  # indifference, deviations
BEST_VARIES_MOST = (1.0, [3.0, 1.0, 0.5, 2.0, 1.0])
BEST_VARIES_LEAST = (1.0, [0.5, 1.0, 2.0, 1.0, 3.0])


@pytest.mark.parametrize("shared", [0.0, 10.0])
@pytest.mark.parametrize(("indifference", "deviations"), [EQUAL, BEST_VARIES_MOST, BEST_VARIES_LEAST])
def test_the_best_is_chosen_as_often_as_promised(indifference: float, deviations: list[float], shared: float) -> None:
    # Slippage, the hardest case: all others lie the indifference zone behind
    right, n = 0, []
    for seed in range(THOUSAND):
        sign = 1.0 if seed % 2 else -1.0
        systems = Outputs(luck(seed, deviations, shared, most=800) + sign * indifference * np.eye(5)[0])
        found = select_best(systems, systems.names, indifference, 0.1, at_most=800, maximise=sign > 0, batch=BATCH)
        assert found.guaranteed
        right += found.best == "system 0"
        n.append(found.n)
    assert share_is_at_least(right, THOUSAND, 0.9)
    assert max(n) < 800  # luck that all share, though many times as large as their own, costs nothing


@pytest.mark.parametrize("first_stage", [5, 20])
def test_with_two_systems_the_error_is_nearly_what_is_allowed(first_stage: int) -> None:
    # The bound is sharp for two systems and steps that are small against the boundary; whole steps overshoot a little
    wrong = 0
    for seed in range(THOUSAND):
        systems = Outputs(luck(seed, [1.0, 1.0], shared=3.0, most=6000) + np.array([0.0, 0.2]))
        found = select_best(systems, systems.names, 0.2, 0.2, first_stage, at_most=6000, batch=BATCH)
        wrong += found.best == "system 0"
    assert share_is_at_least(THOUSAND - wrong, THOUSAND, 0.8)
    assert wrong > 0.13 * THOUSAND


# --- chance constraints -----------------------------------------------------------------------------------------


def kept(drawn: Floats, probabilities: Sequence[float]) -> Outputs:
    """Whether a standard normal output stays below what is exceeded with the rest of the probability."""
    return Outputs((drawn <= special.ndtri(probabilities)).astype(float))


def apart_and_shared(seed: int, systems: int, shared: float, most: int = 3000) -> Floats:
    """Standard normal luck, of which all systems share this part."""
    return luck(seed, np.full(systems, np.sqrt(1 - shared**2)), shared, most)


@pytest.mark.parametrize("shared", [0.0, 0.95])
def test_screening_errs_no_oftener_than_promised(shared: float) -> None:
    # All at the edge of what is told apart, where errors are largest; half of them feasible
    right, decided, lets_in = 0, 0, 0
    probabilities = [0.95, 0.85, 0.95, 0.85]
    for seed in range(THOUSAND):
        promises = kept(apart_and_shared(seed, 4, shared), probabilities)
        found = screen(promises, promises.names, 0.9, 0.05, 0.2, at_most=3000, batch=BATCH)
        decided += found.guaranteed
        right += found.feasible == ("system 0", "system 2")
        lets_in += "system 1" in found.feasible
    assert decided == THOUSAND
    assert share_is_at_least(right, THOUSAND, 0.8)
    # Each is allowed an error of 0.05; what should not pass does so nearly as often, for successes hardly overshoot
    assert share_is_at_least(THOUSAND - lets_in, THOUSAND, 0.95)
    assert lets_in > 0.025 * THOUSAND


def test_screening_stops_sooner_where_the_case_is_clear() -> None:
    n = []
    for seed in range(200):
        promises = kept(apart_and_shared(seed, 5, 0.0), [0.995, 0.95, 0.9, 0.85, 0.5])
        n.append(list(screen(promises, promises.names, 0.9, 0.05, 0.1, at_most=3000, batch=BATCH).n.values()))
    clear, edge, middle, other_edge, hopeless = np.mean(n, axis=0)
    assert hopeless < other_edge < middle
    assert clear < edge < middle


@pytest.mark.parametrize("shared", [0.0, 0.9])
def test_the_best_feasible_is_chosen_as_often_as_promised(shared: float) -> None:
    # The best ones break the promise; those that keep it lie the indifference zone behind the best of them.
    # Figure and promise come from the same luck: who meets many orders earns more and is late more often.
    means, probabilities = [1.0, 0.5, 0.0, 0.0], [0.85, 0.95, 0.95, 0.99]
    right = guaranteed = 0
    for seed in range(THOUSAND):
        drawn = apart_and_shared(seed, 4, shared, most=1500)
        systems, promises = Outputs(drawn + means), kept(drawn, probabilities)
        found = select_feasible(systems, promises, systems.names, 0.5, 0.9, 0.05, 0.1, at_most=1500, batch=BATCH)
        guaranteed += found.guaranteed
        right += found.best == "system 1"
    assert guaranteed == THOUSAND
    assert share_is_at_least(right, THOUSAND, 0.9)


def test_the_choice_among_none_that_is_feasible_is_none() -> None:
    right = 0
    for seed in range(THOUSAND // 2):
        drawn = apart_and_shared(seed, 3, 0.5)
        systems, promises = Outputs(drawn), kept(drawn, [0.85, 0.85, 0.5])
        found = select_feasible(systems, promises, systems.names, 0.5, 0.9, 0.05, 0.1, at_most=3000, batch=BATCH)
        right += found.best is None
    assert share_is_at_least(right, THOUSAND // 2, 0.95)
