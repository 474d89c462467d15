"""Value at risk and its conditional mean, by hand."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from sim.statistics.risk import cvar, value_at_risk

TEN = np.arange(1.0, 11.0)
EVEN = np.ones(10)


@pytest.mark.parametrize(
    ("level", "var", "beyond"),
    [
        (0.9, 9.0, 10.0),  # the worst tenth is the one loss of 10
        (0.8, 8.0, 9.5),
        (0.85, 9.0, (0.05 * 9 + 0.1 * 10) / 0.15),  # half of the atom at 9 lies beyond
        (0.95, 10.0, 10.0),
        (0.0, 1.0, 5.5),  # the mean
    ],
)
def test_ten_losses_of_the_same_weight(level: float, var: float, beyond: float) -> None:
    assert value_at_risk(TEN, EVEN, level) == var
    assert cvar(TEN, EVEN, level) == pytest.approx(beyond)


def test_weights_need_not_add_up_to_one_and_order_does_not_matter() -> None:
    losses, weights = np.array([5.0, -1.0, 20.0]), np.array([30.0, 65.0, 5.0])
    assert value_at_risk(losses, weights, 0.9) == 5.0
    assert cvar(losses, weights, 0.9) == pytest.approx((0.05 * 5 + 0.05 * 20) / 0.1)
    turned = np.array([2, 0, 1])
    assert cvar(losses[turned], weights[turned], 0.9) == pytest.approx(12.5)


def test_a_large_atom_takes_all_that_lies_beyond() -> None:
    losses, weights = np.array([1.0, 7.0]), np.array([0.2, 0.8])
    assert value_at_risk(losses, weights, 0.9) == 7.0
    assert cvar(losses, weights, 0.9) == pytest.approx(7.0)


def test_what_was_not_measured_does_not_count() -> None:
    losses = np.array([1.0, np.nan, 3.0])
    assert cvar(losses, np.array([1.0, 8.0, 1.0]), 0.5) == pytest.approx(3.0)
    assert np.isnan(cvar(np.array([np.nan]), np.ones(1), 0.5))


def test_cvar_rises_with_the_level_and_lies_between_mean_and_maximum() -> None:
    rng = np.random.default_rng(3)
    losses, weights = rng.normal(size=50), rng.random(50)
    found = [cvar(losses, weights, level) for level in np.linspace(0, 0.99, 34)]
    assert found[0] == pytest.approx(np.average(losses, weights=weights))
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(found))
    assert found[-1] <= losses.max() + 1e-12


@pytest.mark.parametrize("level", [-0.1, 1.0, float("nan")])
def test_a_level_that_is_none_is_refused(level: float) -> None:
    with pytest.raises(ValueError, match="level"):
        cvar(TEN, EVEN, level)


def test_weights_of_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="weight"):
        value_at_risk(TEN, 0 * EVEN, 0.5)
