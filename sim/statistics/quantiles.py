"""Intervals for quantiles over replications, and for the mean of skewed figures.

Two different questions. *How bad is one surge in ten?* is a quantile over replications; its interval runs from one of
the ordered values to another, and the ranks come from the binomial distribution, whatever the values look like. *How
large is the 90 % quantile of tardiness on average?* is the mean of a figure that each replication computes from its own
orders; such figures are skewed, and a bootstrap follows the skew where a t interval does not. Rare events (a share of
replications) have exact intervals: :func:`sim.statistics.intervals.exact_share`.

Assumes replications are independent of each other and alike.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

from sim.errors import InputError, Problem
from sim.statistics.intervals import CONFIDENCE, mean_interval

Floats = NDArray[np.float64]
OrderMethod = Literal["order statistics", "lower bound only", "upper bound only", "no bound"]
BootstrapMethod = Literal["bootstrap", "t", "constant", "no interval"]

# With fewer values than this the resamples are too few and too alike for the correction of skew to be worth anything.
FEWEST_FOR_BOOTSTRAP = 10
RESAMPLES = 9999
FEWEST_RESAMPLES = 100
BOOTSTRAP_SEED = 1
ROUNDING = 1e-12  # values that differ by less, in proportion, are taken to be equal


@dataclass(frozen=True)
class QuantileInterval:
    """A quantile over replications and the two ordered values that enclose it.

    Attributes
    ----------
    estimate
        Sample quantile, interpolated; NaN without values.
    low, high
        Bounds; NaN where the replications are too few for that bound.
    n
        Values that count.
    low_rank, high_rank
        Which of the ordered values the bounds are, counted from 1; None where there is no bound.
    confidence
        What the bounds really reach, at least what was asked for; 0 without any bound.
    method
        "order statistics" for two bounds; otherwise which bound alone could be given.
    """

    estimate: float
    low: float
    high: float
    n: int
    low_rank: int | None
    high_rank: int | None
    confidence: float
    method: OrderMethod


@dataclass(frozen=True)
class BootstrapInterval:
    """Mean of independent figures and its interval.

    Attributes
    ----------
    method
        "bootstrap" (BCa); "t" where values are too few or too alike to be resampled; "constant" where all are equal;
        "no interval" with fewer than two values.
    """

    mean: float
    low: float
    high: float
    n: int
    method: BootstrapMethod


def quantile_interval(values: Floats, probability: float, confidence: float = CONFIDENCE) -> QuantileInterval:
    """Distribution-free interval of a quantile over replications.

    The number of values below the quantile is binomial, so the chance that it lies between two ordered values is known
    exactly (for continuous figures; where values can be equal the interval covers at least as often). Each bound is
    allowed half of the error. If one of them needs more than that, because the largest or smallest value is all
    there is, it takes what it needs and the other bound gets the rest. If even that is not possible, the bound that can
    be given alone is given, with the whole error; `method` says so.

    Parameters
    ----------
    values
        One number per replication, NaN where it could not be measured; shape (r,).
    probability
        Which quantile, in (0, 1): 0.9 is what nine replications in ten stay below.
    confidence
        In (0, 1).

    Raises
    ------
    InputError
        If a probability lies outside its range.

    References
    ----------
    David and Nagaraja (2003), Order Statistics, section 7.1
    """
    _check_shares(probability=probability, confidence=confidence)
    known = np.sort(values[~np.isnan(values)])
    n = len(known)
    estimate = float(np.quantile(known, probability)) if n else float("nan")
    low, high = _ranks(n, probability, 1 - confidence)
    reached = _reached(n, probability, low, high)
    method: OrderMethod = "order statistics"
    if low is None or high is None:
        method = "no bound" if low is high else "upper bound only" if low is None else "lower bound only"
    return QuantileInterval(
        estimate=estimate,
        low=float(known[low - 1]) if low else float("nan"),
        high=float(known[high - 1]) if high else float("nan"),
        n=n,
        low_rank=low,
        high_rank=high,
        confidence=reached,
        method=method,
    )


def _ranks(n: int, probability: float, error: float) -> tuple[int | None, int | None]:
    """Ranks of both bounds if they can be had together, else of the one that can, else None and None."""
    # The least error that a bound can have: all values lie above the quantile, or all below.
    least_low, least_high = float(special.bdtr(0, n, probability)), float(special.bdtrc(n - 1, n, probability))
    for_low = for_high = error / 2
    if least_high > error / 2:
        for_low, for_high = error - least_high, least_high
    elif least_low > error / 2:
        for_low, for_high = least_low, error - least_low
    if least_low <= for_low and least_high <= for_high:
        return _low_rank(n, probability, for_low), _high_rank(n, probability, for_high)
    return _low_rank(n, probability, error), None if least_low <= error else _high_rank(n, probability, error)


def _low_rank(n: int, probability: float, error: float) -> int | None:
    """Largest rank whose value lies above the quantile with at most this probability."""
    # Value l lies above the quantile if fewer than l values lie below it.
    ranks = np.arange(1, n + 1)
    allowed = ranks[special.bdtr(ranks - 1, n, probability) <= error]
    return int(allowed[-1]) if len(allowed) else None


def _high_rank(n: int, probability: float, error: float) -> int | None:
    """Smallest rank whose value lies below the quantile with at most this probability."""
    ranks = np.arange(1, n + 1)
    allowed = ranks[special.bdtrc(ranks - 1, n, probability) <= error]
    return int(allowed[0]) if len(allowed) else None


def _reached(n: int, probability: float, low: int | None, high: int | None) -> float:
    """Probability that the quantile lies between the ordered values of these ranks; no bound is as far as can be."""
    if low is None and high is None:
        return 0.0
    below = float(special.bdtr(low - 1, n, probability)) if low else 0.0
    above = float(special.bdtrc(high - 1, n, probability)) if high else 0.0
    return 1.0 - below - above


def bootstrap_mean(
    values: Floats, confidence: float = CONFIDENCE, *, resamples: int = RESAMPLES, seed: int = BOOTSTRAP_SEED
) -> BootstrapInterval:
    """Mean of skewed figures (such as quantiles within a run) and its bootstrap interval, corrected for bias and skew.

    The generator starts from the same seed each time, so the same values have the same interval. With about thirty
    replications of a skewed figure it covers the truth less often than it says, and not much oftener than a t interval
    (``python -m benchmarks.statistics`` prints how often); but it is less one-sided in what it misses.

    Parameters
    ----------
    values
        One number per replication, NaN where it could not be measured; shape (r,).
    confidence
        In (0, 1).
    resamples
        Samples drawn from the values, >= 100.

    Raises
    ------
    InputError
        If a number lies outside its range.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, JASA 82(397), 171-185 (BCa)
    """
    _check_shares(confidence=confidence)
    if resamples < FEWEST_RESAMPLES:
        raise InputError([Problem("resamples", f"{resamples}", f"must be at least {FEWEST_RESAMPLES}")])
    known = values[~np.isnan(values)]
    mean, low, high, n = mean_interval(known, confidence)
    if n < 2:
        return BootstrapInterval(mean, low, high, n, "no interval")
    if np.ptp(known) <= ROUNDING * np.abs(known).max():
        return BootstrapInterval(mean, mean, mean, n, "constant")
    found = _bca(known, confidence, resamples, seed) if n >= FEWEST_FOR_BOOTSTRAP else None
    if found is None:
        return BootstrapInterval(mean, low, high, n, "t")
    return BootstrapInterval(mean, *found, n, "bootstrap")


def _bca(known: Floats, confidence: float, resamples: int, seed: int) -> tuple[float, float] | None:
    """Bounds after Efron; None where the values differ by little more than rounding and there are none."""
    from scipy import stats  # slow to import, and most commands never need it

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        found = stats.bootstrap(
            (known,),
            np.mean,
            n_resamples=resamples,
            vectorized=True,
            axis=-1,
            confidence_level=confidence,
            method="BCa",
            random_state=np.random.default_rng(seed),  # called `rng` since scipy 1.15; both names are understood
        ).confidence_interval
    low, high = float(found.low), float(found.high)
    return (low, high) if np.isfinite(low) and np.isfinite(high) else None


def _check_shares(**shares: float) -> None:
    problems = [
        Problem(name, f"{value!r}", "must lie between 0 and 1, both excluded")
        for name, value in shares.items()
        if not 0 < value < 1
    ]
    if problems:
        raise InputError(problems)
