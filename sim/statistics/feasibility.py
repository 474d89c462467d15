"""Which of k systems keep a promise often enough: chance constraints such as P(on-time share >= 95 %) >= 0.9.

Each replication says yes or no. A system is tested after each of its replications (Wald's sequential test of
probability + tolerance against probability - tolerance) and left alone as soon as it is decided. What is promised,
whatever else the true probabilities p are:

    P(all systems with p >= probability + tolerance are called feasible, if they are decided, and
      all systems with p <= probability - tolerance are called infeasible, if they are decided)  >=  1 - alpha.

A system in between may be called either; it takes longest. Without a cap every system is decided sooner or later, and
the promise is about all of them.

The bounds hold exactly and for finite samples, with no normality and no approximation: under the one hypothesis the
likelihood ratio for the other reaches k / alpha with probability of at most alpha / k (Ville's inequality), and for
probabilities farther out it does so more seldom. As the error is shared among systems (Bonferroni), nothing is asked of
how they depend on each other: common random numbers are welcome.

Assumes replications are independent of each other and alike.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, Problem
from sim.statistics.observing import BATCH, Observe, race_problems, refuse, replications

Floats = NDArray[np.float64]
AT_MOST = 1000
TOLERANCE = 0.05


@dataclass(frozen=True, slots=True)
class Screening:
    """Which systems are feasible.

    Attributes
    ----------
    feasible, infeasible, undecided
        Systems, in the order in which they were named; undecided are those that reached the cap.
    n
        By system: replications until it was decided, or the cap.
    shares
        By system: share of its `n` replications that kept the promise. Not to be reported as estimates: when to stop
        was decided by looking at them.
    observations
        Replications used, summed over systems; what was observed ahead is not counted.
    guaranteed
        Whether every system was decided; what is promised about the decided ones holds in any case.
    """

    feasible: tuple[str, ...]
    infeasible: tuple[str, ...]
    undecided: tuple[str, ...]
    n: Mapping[str, int]
    shares: Mapping[str, float]
    observations: int
    guaranteed: bool


@dataclass(frozen=True, slots=True)
class Evidence:
    """Weights of a success and of a failure, and the evidence at which a system is decided (natural logarithms)."""

    success: float
    failure: float
    enough: float

    def of(self, successes: NDArray[np.int64], n: int) -> Floats:
        """Evidence for being feasible after so many successes in n replications; shape (systems,)."""
        weighed: Floats = successes * self.success + (n - successes) * self.failure
        return weighed


def evidence(systems: int, probability: float, tolerance: float, alpha: float) -> Evidence:
    """Weights and boundary of Wald's test, with the error shared among k systems.

    A success weighs log((p + t) / (p - t)), a failure log((1 - p - t) / (1 - p + t)); log(k / alpha) decides. Wald's
    closer boundary, log((1 - a) / a), holds for the sum of both errors only.

    References
    ----------
    Wald (1945), Sequential tests of statistical hypotheses, Annals of Mathematical Statistics 16(2), 117-186
    """
    high, low = probability + tolerance, probability - tolerance
    return Evidence(math.log(high / low), math.log((1 - high) / (1 - low)), math.log(systems / alpha))


def screen(
    observe: Observe,
    systems: Sequence[str],
    probability: float,
    tolerance: float = TOLERANCE,
    alpha: float = 0.05,
    *,
    at_most: int = AT_MOST,
    batch: int = BATCH,
    start: int = 0,
) -> Screening:
    """Tell systems that succeed with at least this probability from those that don't.

    Parameters
    ----------
    observe
        ``observe(systems, start, stop)`` gives 1 for success and 0 for failure of these systems in replications
        start .. stop - 1, shape (stop - start, systems). It is asked for replications in order; which batches they come
        in does not change the result.
    systems
        Names, at least one, each once.
    probability
        What is asked for, in (0, 1).
    tolerance
        Systems within probability - tolerance .. probability + tolerance may be called either; > 0, and small enough
        that both ends lie between 0 and 1. Half of it takes about four times as many replications.
    alpha
        Probability of any wrong decision that is accepted, in (0, 1).
    at_most
        Replications at which it gives up on a system, >= 1.
    batch
        Replications that are asked for at a time, >= 1.
    start
        Number of the first replication, >= 0.

    Raises
    ------
    InputError
        If an argument lies outside its range, or an output is neither 0 nor 1.

    References
    ----------
    Wald (1945); Andradottir and Kim (2010), Fully sequential procedures for comparing constrained systems via
    simulation, Naval Research Logistics 57(5), 403-421, for what is asked of a screening (their outputs are normal)
    """
    problems = screening_problems(systems, probability, tolerance, alpha, at_most, batch, start)
    if problems:
        raise InputError(problems)
    rule = evidence(len(systems), probability, tolerance, alpha)
    running = list(systems)
    successes = np.zeros(len(running), dtype=np.int64)
    feasible, n, shares = set(), dict.fromkeys(systems, at_most), {}
    number = 0
    for outputs in replications(observe, lambda: running, start, start + at_most, batch):
        _check_answers(outputs, running, start + number)
        number += 1
        successes += outputs.astype(np.int64)
        found = rule.of(successes, number)
        decided = np.abs(found) >= rule.enough
        if not decided.any():
            continue
        for place in np.flatnonzero(decided):
            n[running[place]], shares[running[place]] = number, float(successes[place] / number)
        feasible |= {running[place] for place in np.flatnonzero(found >= rule.enough)}
        kept = np.flatnonzero(~decided)
        running[:] = [running[place] for place in kept]
        successes = successes[kept]
        if not running:
            break
    shares |= dict(zip(running, (successes / at_most).tolist(), strict=True))
    return Screening(
        feasible=tuple(system for system in systems if system in feasible),
        infeasible=tuple(system for system in systems if system not in feasible and system not in running),
        undecided=tuple(running),
        n=n,
        shares={system: shares[system] for system in systems},
        observations=sum(n.values()),
        guaranteed=not running,
    )


def _check_answers(outputs: Floats, systems: Sequence[str], number: int) -> None:
    wrong = (outputs != 0) & (outputs != 1)
    if wrong.any():
        refuse(outputs[np.newaxis], wrong[np.newaxis], systems, number, "must be 1 for success or 0 for failure")


def screening_problems(
    systems: Sequence[str],
    probability: float,
    tolerance: float,
    alpha: float,
    at_most: int,
    batch: int,
    start: int,
) -> list[Problem]:
    """Arguments of a screening that lie outside their range."""
    problems = race_problems(systems, at_most, batch, start)
    room = min(probability, 1 - probability)
    checks = [
        ("probability", probability, 0 < probability < 1, "must lie between 0 and 1, both excluded"),
        ("tolerance", tolerance, room <= 0 or 0 < tolerance < room, f"must lie between 0 and {room:.6g}, excluded"),
        ("alpha", alpha, 0 < alpha < 1, "must lie between 0 and 1, both excluded"),
    ]
    return problems + [Problem(name, f"{value!r}", remedy) for name, value, is_right, remedy in checks if not is_right]
