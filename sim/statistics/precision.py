"""How many replications are enough: stop once the interval of a mean is, and stays, narrow enough.

After each replication the t interval of the mean is formed anew. The rule stops at the first replication from which on
it is narrow enough, and stays so over a few more (the look-ahead): the half-width of few replications may be small by
luck. Differences between plans are stopped by in the same way; the caller gives them replication by replication.

The stopping point depends on the replications before it and on its look-ahead, in their order, and on nothing else: an
engine may run more of them than needed, in rounds of any size, and comes to the same point.

A rule that looks at the data to decide when to stop stops a little too often on a sample that happens to vary little.
So the interval at the stopping point covers the truth somewhat less often than it says; ``python -m
benchmarks.statistics`` prints how often.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.statistics.intervals import CONFIDENCE, t_quantile

Floats = NDArray[np.float64]
FEWEST = 3
LOOK_AHEAD_GROWS_BEYOND = 100
MOST_GROWTH = 2.0  # the spread of a few replications says little: never ask for more than this many times as many


@dataclass(frozen=True, slots=True)
class Precision:
    """How narrow an interval has to be, and how long to try.

    Attributes
    ----------
    relative
        Half-width wanted / |mean|, > 0; None: only the absolute one counts.
    absolute
        Half-width wanted in the figure's own unit, > 0; None: only the relative one counts. With both, the wider
        one is enough: near zero no relative width can be reached.
    confidence
        Of the interval, in (0, 1).
    at_least
        Measured replications before the rule looks for the first time, >= 3. A few more than three are wise where a
        figure is often zero: as long as all values are equal, the interval has no width.
    at_most
        Replications at which it gives up, >= at_least.
    look_ahead
        Replications over which it has to stay narrow (kLimit), >= 0; beyond 100 replications as many per hundred.

    Raises
    ------
    InputError
        If a figure lies outside its range; all of them together.
    """

    relative: float | None = 0.05
    absolute: float | None = None
    confidence: float = CONFIDENCE
    at_least: int = 10
    at_most: int = 1000
    look_ahead: int = 5

    def __post_init__(self) -> None:
        checks = [
            ("relative", self.relative is None or 0 < self.relative < math.inf, "must be above 0, or left out"),
            ("absolute", self.absolute is None or 0 < self.absolute < math.inf, "must be above 0, or left out"),
            ("confidence", 0 < self.confidence < 1, "must lie between 0 and 1, both excluded"),
            ("at_least", self.at_least >= FEWEST, f"must be at least {FEWEST}"),
            ("at_most", self.at_most >= self.at_least, f"must be at least at_least = {self.at_least}"),
            ("look_ahead", self.look_ahead >= 0, "must be 0 or more"),
        ]
        problems = [
            Problem(f"precision.{name}", repr(getattr(self, name)), remedy)
            for name, is_right, remedy in checks
            if not is_right
        ]
        if self.relative is None and self.absolute is None:
            problems.append(Problem("precision", "", "give a relative or an absolute half-width, or both"))
        if problems:
            raise InputError(problems)

    def target(self, means: Floats) -> Floats:
        """Half-width that is narrow enough for each mean."""
        relative = 0.0 if self.relative is None else self.relative
        return np.maximum(relative * np.abs(means), self.absolute or 0.0)

    def ahead(self, n: NDArray[np.int64] | int) -> NDArray[np.int64]:
        """Replications to look ahead from `n`: f(kLimit, n) of Hoad, Robinson and Davies."""
        n = np.asarray(n, dtype=np.int64)
        return np.where(n <= LOOK_AHEAD_GROWS_BEYOND, self.look_ahead, self.look_ahead * n // LOOK_AHEAD_GROWS_BEYOND)


@dataclass(frozen=True, slots=True)
class Stop:
    """Where to stop, or how to go on.

    Attributes
    ----------
    decided
        Whether the rule needs no more replications: the half-width is reached, or it gave up.
    reached
        Whether the half-width is narrow enough at `n` and over the look-ahead.
    n
        Replications that the figure rests on, counted from the first: the stopping point; while undecided, or when
        given up, all that there are up to the cap.
    measured
        Those among them in which the figure could be measured.
    mean, half_width, target
        At `n`: mean, half-width of its t interval, and the half-width that would do; NaN with too few values.
    needed
        Replications in all that the rule needs to decide, the look-ahead included; while undecided a guess, never more
        than twice as many as there are, and never more than the cap.
    """

    decided: bool
    reached: bool
    n: int
    measured: int
    mean: float
    half_width: float
    target: float
    needed: int


def stopping_point(values: Floats, precision: Precision) -> Stop:
    """First replication from which on the mean is known closely enough.

    Parameters
    ----------
    values
        One number per replication, in the order of their numbers, NaN where it could not be measured; shape (r,).
        Paired differences `one - other` as they are.
    precision
        What is wanted. Near the cap the look-ahead is cut short.

    Returns
    -------
    The stopping point if `values` reach beyond its look-ahead; otherwise how many replications seem to be needed.
    A figure that none of the first `at_least` + look-ahead replications could measure is given up at once.

    Raises
    ------
    InputError
        If a value is infinite.

    References
    ----------
    Hoad, Robinson and Davies (2010), Automated selection of the number of replications for a discrete-event
    simulation, Journal of the Operational Research Society 61(11), 1632-1644
    """
    if np.isinf(values).any():
        place = f"replication {int(np.flatnonzero(np.isinf(values))[0])}"
        raise InputError([Problem(place, "inf", "a mean can't be formed; leave the replication out (NaN)")])
    values = values[: precision.at_most]
    places = np.flatnonzero(~np.isnan(values))
    means, half_widths = running_intervals(values[places], precision.confidence)
    targets = precision.target(means)
    at_cap = len(values) == precision.at_most

    def stop(decided: bool, reached: bool, measured: int, n: int, needed: int) -> Stop:
        mean, half_width, target = (
            float(each[measured - 1]) if measured else math.nan for each in (means, half_widths, targets)
        )
        return Stop(decided, reached, n, measured, mean, half_width, target, needed)

    patience = min(precision.at_most, precision.at_least + int(precision.ahead(precision.at_least)))
    if len(values) >= patience and (len(places) == 0 or places[0] >= patience):
        return stop(True, False, 0, patience, patience)
    found = _first_lasting(half_widths <= targets, precision, at_cap)
    if found is not None:
        measured, looked_at = found
        needed = len(values) if looked_at > len(places) else int(places[looked_at - 1]) + 1
        return stop(True, True, measured, int(places[measured - 1]) + 1, needed)
    if at_cap:
        return stop(True, False, len(places), len(values), len(values))
    needed = _forecast(half_widths, targets, len(values), precision)
    return stop(False, False, len(places), len(values), needed)


def running_intervals(values: Floats, confidence: float) -> tuple[Floats, Floats]:
    """Mean of the first 1, 2, ... values, and the half-width of its t interval (NaN for the first); shapes (r,) each.

    Sums run over distances from the first value, so that little is lost where the mean is large and the spread small,
    and no figure depends on values that come after it.
    """
    if not len(values):
        return np.empty(0), np.empty(0)
    n = np.arange(1, len(values) + 1)
    centred = values - values[0]
    sums, squares = np.cumsum(centred), np.cumsum(centred**2)
    half_widths = np.full(len(values), np.nan)
    spread = np.maximum(0.0, squares[1:] - sums[1:] ** 2 / n[1:]) / (n[1:] - 1)
    half_widths[1:] = t_quantile(0.5 + confidence / 2, n[1:] - 1) * np.sqrt(spread / n[1:])
    return values[0] + sums / n, half_widths


def _first_lasting(narrow: NDArray[np.bool_], precision: Precision, at_cap: bool) -> tuple[int, int] | None:
    """First number of values from which on it is narrow, and how far ahead the rule looks from there."""
    count = len(narrow)
    n = np.arange(precision.at_least, count + 1)
    last = n + precision.ahead(n)
    if not at_cap:  # at the cap there will be no more, so what there is has to do
        n, last = n[last <= count], last[last <= count]
    wide = np.concatenate([[0], np.cumsum(~narrow)])  # wide[i]: how many of the first i are not narrow
    lasting = np.flatnonzero(wide[np.minimum(last, count)] == wide[n - 1])
    if not len(lasting):
        return None
    return int(n[lasting[0]]), int(last[lasting[0]])


def _forecast(half_widths: Floats, targets: Floats, run: int, precision: Precision) -> int:
    """Replications in all that seem to be needed, of which `run` are there."""
    measured = len(half_widths)
    if measured == 0:
        wanted = precision.at_least
    elif half_widths[-1] <= targets[-1]:  # narrow by now: only the rest of the look-ahead is missing
        wide = np.flatnonzero(~(half_widths <= targets))
        wanted = max(precision.at_least, int(wide[-1]) + 2 if len(wide) else 1)
    else:  # the half-width shrinks with the square root of their number
        ratio = half_widths[-1] / targets[-1] if targets[-1] > 0 else math.inf
        shrunk = math.ceil(measured * min(ratio**2, MOST_GROWTH)) if measured > 1 else 0
        wanted = max(precision.at_least, measured + 1, shrunk)
    in_all = wanted + int(precision.ahead(wanted))
    scaled = math.ceil(in_all * run / measured) if measured else in_all  # as many can't be measured as until now
    most = max(precision.at_least + precision.look_ahead, int(MOST_GROWTH * run))
    return min(precision.at_most, max(run + 1, min(scaled, most)))
