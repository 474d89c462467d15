"""Statistics of replications: t intervals, paired differences, adjustment for many comparisons.

Assumes replications are independent of each other, and plans within a replication paired (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
CONFIDENCE = 0.95


def t_quantile(probability: Any, degrees: Any) -> Any:
    """Quantile of Student's t distribution."""
    return special.stdtrit(degrees, probability)


def mean_interval(values: Floats, confidence: float = CONFIDENCE) -> tuple[float, float, float, int]:
    """Mean of independent replications and its t interval.

    Parameters
    ----------
    values
        One number per replication, NaN where it could not be measured; shape (r,).

    Returns
    -------
    mean, low, high, n; the bounds are NaN with fewer than two values.
    """
    known = values[~np.isnan(values)]
    n = len(known)
    if n == 0:
        return float("nan"), float("nan"), float("nan"), 0
    mean = float(known.mean())
    if n == 1:
        return mean, float("nan"), float("nan"), 1
    half = float(t_quantile(0.5 + confidence / 2, n - 1) * known.std(ddof=1) / np.sqrt(n))
    return mean, mean - half, mean + half, n


def exact_share(successes: int, n: int, confidence: float = CONFIDENCE) -> tuple[float, float, float]:
    """Share of successes with its exact interval (Clopper and Pearson 1934)."""
    if n == 0:
        return float("nan"), 0.0, 1.0
    tail = (1 - confidence) / 2
    low = 0.0 if successes == 0 else float(special.betaincinv(successes, n - successes + 1, tail))
    high = 1.0 if successes == n else float(special.betaincinv(successes + 1, n - successes, 1 - tail))
    return successes / n, low, high


@dataclass(frozen=True)
class Difference:
    """A paired difference of means over n replications.

    Attributes
    ----------
    p_value
        Two-sided t test of no difference; 1 where all pairs are equal, 0 where all differ by the same amount.
    crn_factor
        Variance that independent draws would have given / variance of the paired difference; above 1 pairing helped.
    """

    mean: float
    low: float
    high: float
    n: int
    deviation: float
    p_value: float
    crn_factor: float


def paired(one: Floats, other: Floats, confidence: float = CONFIDENCE) -> Difference:
    """Difference `one - other` over replications in which both were measured; shapes (r,)."""
    both = ~(np.isnan(one) | np.isnan(other))
    one, other = one[both], other[both]
    mean, low, high, n = mean_interval(one - other, confidence)
    if n < 2:
        return Difference(mean, low, high, n, float("nan"), float("nan"), float("nan"))
    deviation = float((one - other).std(ddof=1))
    if deviation <= 1e-12 * max(np.abs(one).max(), np.abs(other).max()):  # the same difference, but for rounding
        deviation = 0.0
    apart = float(one.var(ddof=1) + other.var(ddof=1))
    if deviation == 0:
        return Difference(mean, low, high, n, 0.0, 1.0 if mean == 0 else 0.0, float("nan"))
    statistic = abs(mean) / (deviation / np.sqrt(n))
    p_value = 2 * float(special.stdtr(n - 1, -statistic))
    return Difference(mean, low, high, n, deviation, p_value, apart / deviation**2)


def holm(p_values: Floats) -> Floats:
    """Adjusted p-values that hold for the whole family (Holm 1979); NaN stays and does not count."""
    adjusted = np.full(len(p_values), np.nan)
    known = np.flatnonzero(~np.isnan(p_values))
    order = known[np.argsort(p_values[known], kind="stable")]
    steps = p_values[order] * (len(order) - np.arange(len(order)))
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(steps)) if len(order) else steps
    return adjusted


def simultaneous(difference: Difference, family: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Bonferroni interval: all of a family of them hold together with the given confidence."""
    if difference.n < 2:
        return float("nan"), float("nan")
    quantile = t_quantile(1 - (1 - confidence) / (2 * max(1, family)), difference.n - 1)
    half = float(quantile * difference.deviation / np.sqrt(difference.n))
    return difference.mean - half, difference.mean + half
