"""Choose the best among the systems that keep a promise often enough, with a stated probability of being right.

First all systems are screened (:mod:`sim.statistics.feasibility`), then the best of those that passed is selected
(:mod:`sim.statistics.selection`); each stage may err with half of alpha. Let b be the best of the systems that clearly
keep the promise, p >= probability + tolerance. Provided that no other system with p > probability - tolerance has a
mean within the indifference zone of b's, or a better one,

    P(b is chosen) >= 1 - alpha,

and if no system has p > probability - tolerance, none is chosen with the same probability. In general, with this
probability no system with p <= probability - tolerance passes, and b is not lost to a system that lies behind it by the
indifference zone or more; a system in between may pass, and be chosen if its mean is good.

Both stages use the same replications, so a run gives its figure and its yes or no at once. Who passed is then not
independent of the figures that the second stage looks at, and two things keep the promise: the errors of the stages are
added (Bonferroni), which asks nothing of their dependence; and the second stage shares its error among all systems and
not only those that passed, so that each pair's error is bounded as if the pair had been picked beforehand.

Assumes what the two stages assume.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sim.errors import InputError
from sim.statistics.feasibility import TOLERANCE, Screening, screen, screening_problems
from sim.statistics.observing import BATCH, Observe
from sim.statistics.selection import AT_MOST, FIRST_STAGE, Selection, select_best, selection_problems


@dataclass(frozen=True, slots=True)
class Choice:
    """The best feasible system, and how sure that is.

    Attributes
    ----------
    best
        The one chosen; None where no system passed.
    screening
        First stage. A system that was undecided at the cap passed if its share was at least the probability asked for.
    selection
        Second stage, among those that passed; None where none did.
    n
        Replications that the decisions rest on, counted from `start`.
    first_unused
        Number of the first replication that no decision rests on: estimate the best one anew from here on.
    observations
        Replications used, summed over systems; one that served both stages counts once.
    guaranteed
        Whether the promise holds; not if a cap came first in either stage.
    """

    best: str | None
    screening: Screening
    selection: Selection | None
    n: int
    first_unused: int
    observations: int
    guaranteed: bool


def select_feasible(
    observe: Observe,
    keeps: Observe,
    systems: Sequence[str],
    indifference: float,
    probability: float,
    tolerance: float = TOLERANCE,
    alpha: float = 0.05,
    first_stage: int = FIRST_STAGE,
    *,
    at_most: int = AT_MOST,
    maximise: bool = True,
    batch: int = BATCH,
    start: int = 0,
) -> Choice:
    """Choose the system with the best mean of those that keep the promise with at least the probability.

    Parameters
    ----------
    observe
        ``observe(systems, start, stop)`` gives the outputs to be compared, shape (stop - start, systems).
    keeps
        The same for the promise: 1 if the run kept it, 0 if not. Of the same runs: both are asked about the same
        replications, the promise first, so whoever stores runs simulates each of them once.
    systems
        Names, at least one, each once.
    indifference
        Smallest difference of means that matters, > 0, in the unit of the outputs.
    probability, tolerance
        Systems above probability + tolerance are feasible, those below probability - tolerance are not; those in
        between may be called either. Both ends lie between 0 and 1.
    alpha
        Probability of a wrong choice that is accepted, in (0, 1); half of it goes to each stage.
    first_stage
        Replications from which variances are estimated, >= 2.
    at_most
        Replications at which each stage gives up, >= first_stage.
    maximise
        Whether large outputs are good.
    batch
        Replications that are asked for at a time, >= 1; the result does not depend on it.
    start
        Number of the first replication, >= 0.

    Raises
    ------
    InputError
        If an argument lies outside its range, or an output can't be used.

    References
    ----------
    Andradottir and Kim (2010), Fully sequential procedures for comparing constrained systems via simulation, Naval
    Research Logistics 57(5), 403-421, for the order of the stages and the split of the error
    """
    each = alpha / 2
    problems = screening_problems(systems, probability, tolerance, alpha, at_most, batch, start)
    of_selection = selection_problems(systems, indifference, each, first_stage, at_most, batch, start, len(systems))
    problems += [problem for problem in of_selection if problem not in problems and problem.place != "alpha"]
    if problems:
        raise InputError(problems)
    screening = screen(keeps, systems, probability, tolerance, each, at_most=at_most, batch=batch, start=start)
    passed = [system for system in systems if _passes(screening, system, probability)]
    selection = None
    if passed:
        selection = select_best(
            observe,
            passed,
            indifference,
            each,
            first_stage,
            at_most=at_most,
            maximise=maximise,
            batch=batch,
            start=start,
            compared=len(systems),
        )
    n = max(*screening.n.values(), selection.n if selection else 0)
    return Choice(
        best=selection.best if selection else None,
        screening=screening,
        selection=selection,
        n=n,
        first_unused=start + n,
        observations=_observations(screening, selection),
        guaranteed=screening.guaranteed and (selection is None or selection.guaranteed),
    )


def _passes(screening: Screening, system: str, probability: float) -> bool:
    undecided = system in screening.undecided and screening.shares[system] >= probability
    return undecided or system in screening.feasible


def _observations(screening: Screening, selection: Selection | None) -> int:
    """Runs that at least one stage looked at."""
    used = dict(screening.n)
    if selection and selection.n:
        raced = dict.fromkeys(selection.survivors, selection.n) | {each.system: each.n for each in selection.eliminated}
        used |= {system: max(used[system], n) for system, n in raced.items()}
    return sum(used.values())
