"""Crossings of a share that is not monotone, and probabilities under a lognormal luck: by hand and by formula."""

from __future__ import annotations

from math import exp, inf, log, sqrt

import numpy as np
import pytest
from scipy import stats

from sim.statistics.crossings import Luck, Pattern, Stretch, interpolated, share, stretches

SIZES = np.array([1.0, 2.0, 4.0, 8.0])


def pattern(*shortfall: float) -> Pattern:
    return Pattern(SIZES, np.array(shortfall))


def test_stretches_of_a_share_that_comes_back() -> None:
    shares = np.array([1.0, 0.8, 0.4, 1.0])
    found = stretches(SIZES, shares, 0.9)
    # from 1.0 to 0.8 half of the way to 0.9: 1 x 2^0.5; from 0.4 to 1.0 five sixths: 4 x 2^(5/6)
    assert found == [Stretch(1.0, pytest.approx(sqrt(2))), Stretch(pytest.approx(4 * 2 ** (5 / 6)), 8.0)]


def test_no_stretch_and_one_from_end_to_end() -> None:
    assert stretches(SIZES, np.array([0.8, 0.7, 0.85, 0.0]), 0.9) == []
    assert stretches(SIZES, np.array([0.9, 0.95, 0.9, 1.0]), 0.9) == [Stretch(1.0, 8.0)]


def test_a_switch_lies_on_the_straight_line_of_the_shortfall() -> None:
    found = pattern(-0.1, -0.03, 0.01, 0.2)
    assert found.switches() == pytest.approx([2 * 2**0.75])
    assert list(found.switches("low")) == [2.0]
    assert list(found.switches("high")) == [4.0]
    assert found.threshold() == pytest.approx(2 * 2**0.75)


def test_who_holds_again_has_three_switches_and_its_threshold_is_the_first() -> None:
    found = pattern(-0.1, 0.1, -0.1, 0.1)
    assert found.switches() == pytest.approx([sqrt(2), 2 * sqrt(2), 4 * sqrt(2)])
    assert list(found.switches("low")) == [1.0, 4.0, 4.0]
    assert list(found.switches("high")) == [2.0, 2.0, 8.0]
    assert found.threshold() == pytest.approx(sqrt(2))
    at = found.probability(np.array([1.2, 1.6, 3.0, 7.0]), Luck(0.0))
    assert list(at) == [1.0, 0.0, 1.0, 0.0]


def test_who_just_holds_at_a_size_holds_there() -> None:
    found = pattern(-0.1, 0.0, 0.1, 0.1)
    assert list(found.probability(SIZES, Luck(0.0))) == [1.0, 1.0, 0.0, 0.0]


def test_thresholds_at_the_ends() -> None:
    assert pattern(0.1, 0.1, 0.1, 0.1).threshold() == 0.0
    assert pattern(-0.1, -0.1, -0.1, -0.1).threshold() == inf
    # beyond the largest size nobody knows, and nothing is counted as success
    assert list(pattern(-0.1, -0.1, -0.1, -0.1).probability(np.array([0.5, 8.0, 8.1]), Luck(0.0))) == [1.0, 1.0, 0.0]


def test_luck_is_lognormal_with_mean_one() -> None:
    luck = Luck(0.25)
    sigma = sqrt(log(1 + 0.25**2))
    law = stats.lognorm(s=sigma, scale=exp(-(sigma**2) / 2))
    assert law.mean() == pytest.approx(1.0)
    assert law.std() == pytest.approx(0.25)
    assert luck.below(np.array([0.7, 1.0, 1.4])) == pytest.approx(law.cdf([0.7, 1.0, 1.4]))
    assert luck.quantile(0.9) == pytest.approx(law.ppf(0.9))
    nodes = luck.nodes(401)
    assert nodes.mean() == pytest.approx(1.0, abs=0.002)
    assert Luck(0.0).quantile(0.9) == 1.0


def test_probability_is_what_the_luck_leaves_of_the_stretches_that_hold() -> None:
    luck, planned = Luck(0.3), np.array([1.5, 3.0])
    found = pattern(-0.1, 0.1, -0.1, 0.1)  # holds below 1.414 and from 2.828 to 5.657
    wanted = luck.below(sqrt(2) / planned) + luck.below(4 * sqrt(2) / planned) - luck.below(2 * sqrt(2) / planned)
    assert found.probability(planned, luck) == pytest.approx(wanted)


def test_the_ceiling_of_many_equal_replications_by_formula() -> None:
    """All hold up to exactly 4 x luck: the planned size is 4 / the quantile of the luck that it stays below."""
    some = [Pattern(SIZES, np.array([-1.0, -1e-9, 1e-9, 1.0]))] * 3  # switch half-way: 2 x sqrt(2)
    luck, sizes = Luck(0.25), np.geomspace(1, 4, 400)
    (found,) = stretches(sizes, share(some, sizes, luck).mean(axis=0), 0.9)
    assert found.last == pytest.approx(2 * sqrt(2) / luck.quantile(0.9), rel=1e-4)


def test_values_between_sizes_lie_on_a_line_over_the_logarithm() -> None:
    values = np.array([[0.0, 10.0], [1.0, 20.0], [3.0, 20.0], [3.0, 0.0]])
    found = interpolated(SIZES, values, np.array([0.5, sqrt(2), 4.0, 16.0]))
    assert found == pytest.approx(np.array([[0.0, 10.0], [0.5, 15.0], [3.0, 20.0], [3.0, 0.0]]))
