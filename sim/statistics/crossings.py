"""Where a share of successes crosses a level, when it may do so more than once; and thresholds under a random factor.

Each replication succeeds at some sizes and fails at others, known on a ladder of sizes in equal ratios. Nothing is
assumed of the pattern: triggers, batches and priorities can make a larger size easier than a smaller one.

Where the size itself turns out `luck` times what was planned, luck being lognormal with mean one and independent of
everything else in a replication, the probability of success at a planned size is an integral over it, which is taken
exactly (conditional Monte Carlo: Asmussen and Glynn 2007, Stochastic Simulation, section V.4). What is left to vary
between replications is little, so that few of them say as much as hundreds with the luck drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, inf, log1p, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy import special

Floats = NDArray[np.float64]
Doubt = Literal["middle", "low", "high"]
EDGE = 1e-6  # part of the way between two sizes within which no switch lies


@dataclass(frozen=True, slots=True)
class Luck:
    """What a size turns out to be against plan: lognormal, mean one.

    Parameters
    ----------
    cv
        Standard deviation / mean, >= 0; 0: it turns out as planned.
    """

    cv: float

    @property
    def sigma(self) -> float:
        """Standard deviation of its logarithm."""
        return sqrt(log1p(self.cv**2))

    def below(self, factor: Floats) -> Floats:
        """Probability of less than a factor; at exactly 1 without luck it is 0. Shapes alike."""
        with np.errstate(divide="ignore"):
            distance = np.log(factor)
        if self.cv == 0:
            return np.asarray((distance > 1e-12).astype(np.float64))
        return np.asarray(special.ndtr(distance / self.sigma + self.sigma / 2))

    def quantile(self, probability: float) -> float:
        """Factor that it stays below with a probability."""
        if self.cv == 0:
            return 1.0
        return exp(self.sigma * (float(special.ndtri(probability)) - self.sigma / 2))

    def nodes(self, count: int = 41) -> Floats:
        """Factors that stand for it, equally likely: middles of equal slices of probability; shape (count,)."""
        if self.cv == 0:
            return np.ones(1)
        return np.array([self.quantile((number + 0.5) / count) for number in range(count)])


@dataclass(frozen=True, slots=True)
class Pattern:
    """At which sizes one replication succeeds.

    Parameters
    ----------
    sizes
        Those looked at, rising, shape (k,).
    shortfall
        How far each misses its target, zero or below where it succeeds; shape (k,).
    """

    sizes: Floats
    shortfall: Floats

    @property
    def holds(self) -> NDArray[np.bool_]:
        """Whether it succeeds at each size."""
        return np.asarray(self.shortfall <= 0)

    def switches(self, doubt: Doubt = "middle") -> Floats:
        """Sizes at which it changes, rising: between two that differ, on a straight line of the shortfall.

        Parameters
        ----------
        doubt
            `low` calls what lies between the two a failure, `high` a success.
        """
        found = []
        for place in np.flatnonzero(np.diff(self.holds)):
            ends = self.sizes[place : place + 2]
            before, after = self.shortfall[place : place + 2]
            if doubt == "middle":
                part = min(max(before / (before - after), EDGE), 1 - EDGE)  # who just holds at a size holds there
                found.append(float(ends[0] ** (1 - part) * ends[1] ** part))
            else:
                succeeds_first = bool(before <= 0)
                found.append(float(ends[0 if succeeds_first == (doubt == "low") else 1]))
        return np.array(found)

    def probability(self, planned: Floats, luck: Luck, doubt: Doubt = "middle") -> Floats:
        """Probability of success at planned sizes; shape as `planned`.

        Below the smallest size looked at it is taken to be as there; above the largest as a failure: nobody knows.
        """
        edges = [0.0, *self.switches(doubt), float(self.sizes[-1])]
        holds = bool(self.holds[0])
        total = np.zeros(len(planned))
        for number, (low, high) in enumerate(pairwise(edges)):
            if holds == (number % 2 == 0):
                last = number == len(edges) - 2
                total += _between(planned, low, high * (1 + 1e-9) if last else high, luck)
        return total

    def threshold(self) -> float:
        """Largest size up to which it succeeds all the way; 0 where it fails at the smallest, inf where nowhere."""
        if not self.holds[0]:
            return 0.0
        switches = self.switches()
        return float(switches[0]) if len(switches) else inf


def _between(planned: Floats, low: float, high: float, luck: Luck) -> Floats:
    if luck.cv == 0:
        return np.asarray(((planned >= low) & (planned < high)).astype(np.float64))
    return luck.below(high / planned) - luck.below(low / planned)


def share(patterns: Sequence[Pattern], planned: Floats, luck: Luck, doubt: Doubt = "middle") -> Floats:
    """Probability of success at planned sizes of each replication; shape (replications, sizes)."""
    return np.array([each.probability(planned, luck, doubt) for each in patterns]).reshape(len(patterns), len(planned))


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring sizes at which a probability is reached: from one to another."""

    first: float
    last: float


def stretches(sizes: Floats, shares: Floats, probability: float) -> list[Stretch]:
    """All stretches of sizes at which the share of successes reaches a probability.

    Ends inside the range lie where the straight line of the share over the logarithm of the size crosses; where it
    jumps from above to below between two sizes the last of a stretch is the last size that reaches it.

    Parameters
    ----------
    sizes, shares
        Shape (k,) each, sizes rising.
    """
    reached = shares >= probability - 1e-12
    found: list[Stretch] = []
    begin: float | None = None
    for place, holds in enumerate(reached):
        if holds and begin is None:
            begin = float(sizes[place]) if place == 0 else _crossing(sizes, shares, place - 1, probability)
        if not holds and begin is not None:
            found.append(Stretch(begin, _crossing(sizes, shares, place - 1, probability)))
            begin = None
    if begin is not None:
        found.append(Stretch(begin, float(sizes[-1])))
    return found


def _crossing(sizes: Floats, shares: Floats, place: int, probability: float) -> float:
    before, after = float(shares[place]), float(shares[place + 1])
    part = (before - probability) / (before - after)
    return float(sizes[place] ** (1 - part) * sizes[place + 1] ** part)


def interpolated(sizes: Floats, values: Floats, wanted: Floats) -> Floats:
    """Values at other sizes, on straight lines over the logarithm; beyond the ends as at the ends.

    Parameters
    ----------
    sizes, values
        Shapes (k,) and (k, columns).

    Returns
    -------
    Shape (wanted, columns).
    """
    places, known = np.log(wanted), np.log(sizes)
    return np.stack([np.interp(places, known, column) for column in values.T], axis=1)
