"""Partial rank correlations against hand arithmetic and known structure."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.statistics.ranks import partial_rank_correlations


def test_of_a_single_figure_it_is_spearmans() -> None:
    x = np.array([3.0, 1.0, 4.0, 1.5, 5.0, 9.0, 2.0, 6.0])
    y = np.array([2.0, 7.0, 1.0, 8.0, 2.5, 8.5, 1.8, 2.8])
    (found,) = partial_rank_correlations(x[:, None], y)
    assert found.value == pytest.approx(stats.spearmanr(x, y).statistic)
    half = 1.959964 * np.sqrt(1.06 / 5)  # eight points, no other figure
    assert found.low == pytest.approx(np.tanh(np.arctanh(found.value) - half), rel=1e-6)
    assert found.high == pytest.approx(np.tanh(np.arctanh(found.value) + half), rel=1e-6)


def test_of_two_figures_it_is_the_partial_correlation_of_ranks() -> None:
    rng = np.random.default_rng(5)
    x, z = rng.random(30), rng.random(30)
    y = x + 0.5 * z + 0.3 * rng.random(30)
    xy, xz, zy = (stats.spearmanr(*pair).statistic for pair in ((x, y), (x, z), (z, y)))
    found = partial_rank_correlations(np.column_stack([x, z]), y)
    assert found[0].value == pytest.approx((xy - xz * zy) / np.sqrt((1 - xz**2) * (1 - zy**2)))
    assert found[1].value == pytest.approx((zy - xz * xy) / np.sqrt((1 - xz**2) * (1 - xy**2)))


def test_the_shape_of_the_curve_does_not_matter() -> None:
    x = np.linspace(-3, 3, 12)[:, None]
    (straight,), (bent,) = partial_rank_correlations(x, x[:, 0]), partial_rank_correlations(x, -np.exp(x[:, 0]))
    assert (straight.value, bent.value) == (pytest.approx(1.0), pytest.approx(-1.0))


@pytest.mark.parametrize("points", [2, 5])
def test_too_few_points_tell_nothing(points: int) -> None:
    figures = np.arange(2.0 * points).reshape(points, 2)
    assert all(np.isnan(each.value) for each in partial_rank_correlations(figures, np.arange(float(points))))


def test_what_does_not_vary_has_no_correlation_and_unknown_points_are_left_out() -> None:
    figures = np.column_stack([np.arange(9.0), np.ones(9)])
    outcome = np.array([0.0, 1, 2, np.nan, 4, 5, 7, 6, 8])
    varies, constant = partial_rank_correlations(figures, outcome)
    assert varies.value == pytest.approx(stats.spearmanr(np.delete(figures[:, 0], 3), np.delete(outcome, 3)).statistic)
    assert np.isnan(constant.value)
