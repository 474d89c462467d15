"""Partial rank correlation: how much an outcome rises or falls with one figure while the others are held.

Assumes that the outcome rises or falls throughout with each figure; what goes up and down again is not seen. Ranks make
it indifferent to the shape of the curve.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from sim.statistics.intervals import CONFIDENCE

Floats = NDArray[np.float64]
RANKS_VARY_MORE = 1.06  # variance of Fisher's z of rank correlations, times (n - 3): Fieller, Hartley & Pearson 1957
FEWEST_FREE = 4  # points beyond the number of figures: fewer give no interval
TINY = 1e-12


@dataclass(frozen=True, slots=True)
class RankCorrelation:
    """A partial rank correlation in [-1, 1] with its interval; NaN where it can't be told."""

    value: float
    low: float
    high: float


def partial_rank_correlations(
    figures: Floats, outcome: Floats, confidence: float = CONFIDENCE
) -> list[RankCorrelation]:
    """Partial rank correlation of each figure with the outcome.

    Parameters
    ----------
    figures
        Shape (points, figures), no NaN.
    outcome
        Shape (points,); points where it is NaN are left out.

    Returns
    -------
    One per figure; NaN where there are too few points, or the figure or the outcome does not vary, or the figure is
    the others' in disguise.

    References
    ----------
    Marino, Hogue, Ray & Kirschner (2008), J. Theor. Biol. 254: 178-196, section 2.3; the interval by Fisher's z with
    the factor of Fieller, Hartley & Pearson (1957), Biometrika 44: 470-481.
    """
    known = ~np.isnan(outcome)
    figures, outcome = figures[known], outcome[known]
    points, count = figures.shape
    if points < count + FEWEST_FREE:
        return [RankCorrelation(nan, nan, nan)] * count
    ranks = stats.rankdata(figures, axis=0)
    ranked = stats.rankdata(outcome)
    return [_partial(ranks, ranked, place, confidence) for place in range(count)]


def _partial(ranks: Floats, outcome: Floats, place: int, confidence: float) -> RankCorrelation:
    points, count = ranks.shape
    others = np.column_stack([np.ones(points), np.delete(ranks, place, axis=1)])
    own, left = _unexplained(others, ranks[:, place]), _unexplained(others, outcome)
    size = float(np.sqrt((own @ own) * (left @ left)))
    if size <= TINY * points**3:
        return RankCorrelation(nan, nan, nan)
    value = float(np.clip(own @ left / size, -1.0, 1.0))
    if abs(value) >= 1.0:
        return RankCorrelation(value, value, value)
    half = float(special.ndtri(0.5 + confidence / 2)) * np.sqrt(RANKS_VARY_MORE / (points - (count - 1) - 3))
    low, high = np.tanh(np.arctanh(value) - half), np.tanh(np.arctanh(value) + half)
    return RankCorrelation(value, float(low), float(high))


def _unexplained(others: Floats, column: Floats) -> Floats:
    """What is left of a column when the others are regressed out of it."""
    fit, *_ = np.linalg.lstsq(others, column, rcond=None)
    left: Floats = column - others @ fit
    return left
