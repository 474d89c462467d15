"""Risk of a loss that takes finitely many values with given weights: value at risk, and the mean of what lies beyond.

Exact for discrete distributions, where an atom may straddle the level: the part of it beyond the level counts.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def value_at_risk(losses: Floats, weights: Floats, level: float) -> float:
    """The smallest loss that is not exceeded with at least the probability `level`.

    Parameters
    ----------
    losses
        Values, shape (n,), n >= 1; NaN counts as not measured, and its weight is spread over the others.
    weights
        >= 0, not all zero, shape (n,); they need not add up to 1.
    level
        In [0, 1).

    Returns
    -------
    In the unit of the losses; NaN where nothing was measured.

    Raises
    ------
    ValueError
        If `level` is out of range, or no weight is above 0.

    References
    ----------
    Rockafellar & Uryasev (2002), Conditional value-at-risk for general loss distributions, J. Banking & Finance 26,
    1443-1471, Proposition 8
    """
    values, shares = _sorted(losses, weights, level)
    return float(values[_place(shares, level)]) if len(values) else float("nan")


def cvar(losses: Floats, weights: Floats, level: float) -> float:
    """Conditional value at risk: the mean of the worst ``1 - level`` of a loss; at level 0 its mean.

    Parameters, returns and errors as in :func:`value_at_risk`.

    References
    ----------
    Rockafellar & Uryasev (2002), Proposition 8, eq. 25: with z the value at risk, P its cumulated probability and p the
    probabilities of larger losses, ``((P - level) z + sum(p loss)) / (1 - level)``
    """
    values, shares = _sorted(losses, weights, level)
    if not len(values):
        return float("nan")
    place = _place(shares, level)
    beyond = shares[place + 1 :]
    straddling = 1.0 - float(beyond.sum()) - level  # the part of the atom at the level that lies beyond it
    return float((max(0.0, straddling) * values[place] + np.dot(beyond, values[place + 1 :])) / (1.0 - level))


def _sorted(losses: Floats, weights: Floats, level: float) -> tuple[Floats, Floats]:
    """Measured losses in rising order, and their probabilities."""
    if not 0 <= level < 1:
        raise ValueError(f"level (={level}) must lie in [0, 1)")
    known = ~np.isnan(losses)
    values, shares = losses[known], weights[known]
    if len(values) and not shares.sum() > 0:
        raise ValueError("at least one weight must be above 0")
    order = np.argsort(values, kind="stable")
    return values[order], shares[order] / shares.sum() if len(values) else shares


def _place(shares: Floats, level: float) -> int:
    """Where the cumulated probability first reaches the level, but for rounding."""
    reached = np.cumsum(shares) >= level - 1e-12
    return int(np.argmax(reached)) if reached.any() else len(shares) - 1
