"""Choose the best of k systems with a stated probability of being right (Kim and Nelson 2001).

All systems are simulated on the same replications (common random numbers). A system is dropped as soon as another one
is ahead of it by more than chance explains; the more alike two systems respond to the same luck, the sooner. What is
promised, for every set of true means in which the best one leads all others by the indifference zone or more:

    P(the best one is chosen) >= 1 - alpha.

If others lie within the indifference zone, one of those is normally chosen instead, and the difference does not matter
to the user; the theorem itself speaks of the case above only.

Assumes replications are independent of each other, and outputs jointly normal across systems: means of many orders are
nearly so. Variances may differ and need not be known; they are those of the differences, pair by pair, in the first
stage, and are not estimated again. Two systems that differ by the same amount in all of the first stage are taken to
differ by it always. Figures that are zero in nearly all replications are not normal and may look so; use a probability
for them (:mod:`sim.statistics.feasibility`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.statistics.observing import BATCH, Observe, observed, race_problems, replications

Floats = NDArray[np.float64]
FIRST_STAGE = 10
FEWEST_FIRST = 2  # one replication has no variance
AT_MOST = 1000


@dataclass(frozen=True, slots=True)
class Elimination:
    """A system that was dropped.

    Attributes
    ----------
    system
        Its name.
    n
        Replications after which it was dropped.
    by
        The one that was farthest ahead of it, of those that were far enough.
    """

    system: str
    n: int
    by: str


@dataclass(frozen=True, slots=True)
class Selection:
    """The system chosen, and how sure that is.

    Attributes
    ----------
    best
        The one chosen; of equal means the one named first.
    survivors
        Those that were not eliminated; more than one where the best means are equal, or at the cap.
    eliminated
        In the order in which they were dropped.
    n
        Replications of the survivors that the choice rests on.
    observations
        Replications used, summed over systems; what was observed ahead is not counted.
    means
        By system: mean over the replications until it was dropped. Not to be reported as estimates: they have been
        selected by; simulate the best one again.
    guaranteed
        Whether the promise holds; not if the cap came first.

    A single system is chosen without any replication.
    """

    best: str
    survivors: tuple[str, ...]
    eliminated: tuple[Elimination, ...]
    n: int
    observations: int
    means: Mapping[str, float]
    guaranteed: bool


def boundary(systems: int, first_stage: int, alpha: float) -> tuple[float, float]:
    """Constants eta and h^2 of the procedure, with c = 1 (a triangle, which ends soonest when nothing is known).

    A pair's error, (1 + 2 eta)^(-(n0 - 1) / 2) / 2, is its share alpha / (k - 1) of the whole; h^2 = 2 eta (n0 - 1).

    Parameters
    ----------
    systems
        k, >= 2.
    first_stage
        n0, >= 2.
    alpha
        Probability of a wrong choice, in (0, 0.5).

    References
    ----------
    Kim and Nelson (2001), A fully sequential procedure for indifference-zone selection in simulation, ACM Transactions
    on Modeling and Computer Simulation 11(3), 251-273
    """
    eta = ((2 * alpha / (systems - 1)) ** (-2 / (first_stage - 1)) - 1) / 2
    return eta, 2 * eta * (first_stage - 1)


def select_best(
    observe: Observe,
    systems: Sequence[str],
    indifference: float,
    alpha: float = 0.05,
    first_stage: int = FIRST_STAGE,
    *,
    at_most: int = AT_MOST,
    maximise: bool = True,
    batch: int = BATCH,
    start: int = 0,
    compared: int | None = None,
) -> Selection:
    """Choose the system with the best mean, with probability of at least 1 - alpha if it leads by `indifference`.

    Parameters
    ----------
    observe
        ``observe(systems, start, stop)`` gives the outputs of these systems in replications start .. stop - 1, shape
        (stop - start, systems). The same replication number means the same luck for all. It is asked for replications
        in order; which batches they come in does not change the result.
    systems
        Names, at least one, each once.
    indifference
        Smallest difference of means that matters, > 0, in the unit of the outputs.
    alpha
        Probability of a wrong choice that is accepted, in (0, 0.5).
    first_stage
        Replications from which variances are estimated, >= 2; about ten or more keep the whole short.
    at_most
        Replications at which it gives up, >= first_stage; the best mean is chosen then, and nothing is guaranteed.
    maximise
        Whether large outputs are good.
    batch
        Replications that are asked for at a time after the first stage, >= 1.
    start
        Number of the first replication, >= 0.
    compared
        Systems among which the error is shared, at least as many as are named; None: those. More of them if the ones
        named were picked out of more, by looking at the same replications.

    Raises
    ------
    InputError
        If an argument lies outside its range, or an output could not be measured.

    References
    ----------
    Kim and Nelson (2001), section 3, procedure KN with c = 1
    """
    compared = len(systems) if compared is None else compared
    problems = selection_problems(systems, indifference, alpha, first_stage, at_most, batch, start, compared)
    if problems:
        raise InputError(problems)
    if len(systems) == 1:
        return Selection(systems[0], (systems[0],), (), 0, 0, {}, True)
    sign = 1.0 if maximise else -1.0
    _, h_squared = boundary(compared, first_stage, alpha)
    race = _Race(systems, sign * observed(observe, systems, start, start + first_stage), h_squared, indifference)
    ahead = replications(observe, lambda: race.running, start + first_stage, start + at_most, batch)
    while not race.finished and race.n < at_most:
        race.run(sign * next(ahead))
    return race.result(sign)


class _Race:
    """The systems that are still running, and how far each has come.

    At replication r a system is dropped that lies behind another by more than W(r) r of the paper in sum, which is
    (h^2 S^2 / delta - delta r) / 2 where that is above zero: a head start, of which each replication uses up delta / 2.
    """

    def __init__(self, systems: Sequence[str], first: Floats, h_squared: float, indifference: float) -> None:
        self.running = list(systems)
        self.n = len(first)
        self._order = list(systems)
        self._sums = first.sum(axis=0)
        self._head_start = h_squared * variances_of_differences(first) / indifference / 2
        self._slope = indifference / 2
        self._eliminated: list[Elimination] = []
        self._means: dict[str, float] = {}
        self._observations = 0
        self._drop()

    @property
    def finished(self) -> bool:
        """Whether one is left, or those left are equal: nothing is allowed any more, and yet none lies behind."""
        return len(self.running) == 1 or bool(self._head_start.max() <= self._slope * self.n)

    def run(self, outputs: Floats) -> None:
        """Count one more replication of those that are running; shape (running,)."""
        self._sums += outputs
        self.n += 1
        self._drop()

    def _drop(self) -> None:
        behind = self._sums[np.newaxis, :] - self._sums[:, np.newaxis]  # row: who, column: behind whom
        too_far = behind > np.maximum(0.0, self._head_start - self._slope * self.n)
        lost = too_far.any(axis=1)
        if not lost.any():
            return
        farthest = np.where(too_far, behind, -np.inf).argmax(axis=1)
        for place in np.flatnonzero(lost):
            system = self.running[place]
            self._eliminated.append(Elimination(system, self.n, self.running[farthest[place]]))
            self._means[system] = float(self._sums[place] / self.n)
            self._observations += self.n
        kept = np.flatnonzero(~lost)
        self.running = [self.running[place] for place in kept]
        self._sums = self._sums[kept]
        self._head_start = self._head_start[np.ix_(kept, kept)]

    def result(self, sign: float) -> Selection:
        """The choice as it stands; `sign` is -1 where outputs were turned round."""
        means = self._means | dict(zip(self.running, (self._sums / self.n).tolist(), strict=True))
        return Selection(
            best=self.running[int(self._sums.argmax())],
            survivors=tuple(self.running),
            eliminated=tuple(self._eliminated),
            n=self.n,
            observations=self._observations + self.n * len(self.running),
            means={system: sign * means[system] for system in self._order},
            guaranteed=self.finished,
        )


def variances_of_differences(outputs: Floats) -> Floats:
    """Sample variance of the difference of each pair of systems; outputs (n, k), n >= 2, gives (k, k)."""
    centred = outputs - outputs.mean(axis=0)
    differences = centred[:, :, np.newaxis] - centred[:, np.newaxis, :]
    variances: Floats = (differences**2).sum(axis=0) / (len(outputs) - 1)
    return variances


def selection_problems(
    systems: Sequence[str],
    indifference: float,
    alpha: float,
    first_stage: int,
    at_most: int,
    batch: int,
    start: int,
    compared: int,
) -> list[Problem]:
    """Arguments of a selection that lie outside their range."""
    problems = race_problems(systems, at_most, batch, start)
    checks = [
        ("indifference", indifference, 0 < indifference < math.inf, "must be above 0"),
        ("alpha", alpha, 0 < alpha < 0.5, "must lie between 0 and 0.5, both excluded"),
        ("first_stage", first_stage, first_stage >= FEWEST_FIRST, f"must be at least {FEWEST_FIRST}"),
        ("at_most", at_most, at_most >= first_stage, f"must be at least first_stage = {first_stage}"),
        ("compared", compared, compared >= len(systems), f"must be at least the number of systems, {len(systems)}"),
    ]
    return problems + [Problem(name, f"{value!r}", remedy) for name, value, is_right, remedy in checks if not is_right]
