"""Tuning by simulation: raise what the closed form gives until the targets hold, then lower each need as they allow.

All trials meet the same draws. The share of replications that succeed is asked for more strictly than the stated
probability, by one standard error of a share of so many: the leanest of many that keep it just so was lucky. Lowering
goes need by need, dear ones first; whether a lower amount still holds is asked of the hardest replications first
(those with the most orders), so that what does not hold is known after a few. A lower amount counts as holding when
a batch of them passes without a failure after the first one; what comes out of the search is run on all replications,
and steps are taken back, the last one first, until it holds there. All needs are first lowered together by one factor,
which brings them near the edge in few trials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import ceil, sqrt

import numpy as np
from numpy.typing import NDArray

from sim.experiment.laboratory.lab import Lab, Variant, consecutive
from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.targets import Target, met
from sim.planning.needs.values import values_of

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
BATCH = 10  # replications asked for at a time: as few as tell an amount that plainly does not hold
RAISE, MOST_RAISES = 1.1, 14  # 1.1^14 = 3.8 times the closed form


@dataclass(frozen=True, slots=True)
class Raised:
    """A round of raising: which share of replications met each target before it."""

    factor: float
    shares: dict[str, float]


class Trials:
    """Runs a scenario with amounts of its needs, and says which replications met what.

    Parameters
    ----------
    lab
        With the scenario and the plan.
    plan
        Name of the plan that is in force.
    days
        Planned days.
    """

    def __init__(self, lab: Lab, plan: str, needs: Sequence[Need], targets: Sequence[Target], days: range) -> None:
        self.lab = lab
        self.plan = plan
        self.needs = list(needs)
        self.targets = list(targets)
        self.days = days

    def variant(self, amounts: Amounts) -> Variant:
        """The plan in a world with these amounts."""
        values = values_of(self.lab.scenario, self.needs, amounts, self.days)
        return self.lab.variants(values, [self.plan])[0]

    def present(self) -> Variant:
        """The plan in the world as it is."""
        return self.lab.variants({}, [self.plan])[0]

    def by_target(self, variant: Variant, replications: Sequence[int]) -> Bools:
        """Whether each replication met each target, shape (replications, targets); runs what is missing."""
        self.lab.fill((variant, part) for part in consecutive(replications))
        first = min(replications)
        rows = self.lab.kpis(variant, range(first, max(replications) + 1))[np.asarray(replications) - first]
        names = self.lab.store.names
        ran = ~np.isnan(rows[:, names.index("orders_accepted")])
        return np.stack([met(each, rows[:, names.index(each.kpi)], ran) for each in self.targets], axis=1)

    def success(self, amounts: Amounts, replications: Sequence[int]) -> Bools:
        """Whether each replication met all targets, shape (replications,)."""
        return np.asarray(self.by_target(self.variant(amounts), replications).all(axis=1))

    def kpi(self, variant: Variant, name: str, replications: range) -> Floats:
        """A KPI of what was run, shape (replications,)."""
        found: Floats = self.lab.kpis(variant, replications)[:, self.lab.store.names.index(name)]
        return found


def required(n: int, probability: float) -> int:
    """Successes asked for while tuning: the probability and one standard error of a share of n beyond it."""
    return min(n, ceil(n * probability + sqrt(n * probability * (1 - probability)) - 1e-9))


@dataclass
class Tuned:
    """What came of it.

    Attributes
    ----------
    raised
        Amounts at which all targets first held; those of the closed form where they did at once.
    amounts
        After lowering.
    holds
        Whether the targets held with as much as was tried.
    rounds
        How raising went.
    shares
        Share of the tuning replications that met each target in the end.
    """

    raised: Amounts
    amounts: Amounts
    holds: bool
    rounds: list[Raised] = field(default_factory=list)
    shares: dict[str, float] = field(default_factory=dict)


def tune(trials: Trials, replications: range, probability: float) -> Tuned:
    """Raise until it holds, then lower each need as far as it does.

    Parameters
    ----------
    replications
        The shared draws.
    probability
        With which all targets have to be met.
    """
    least = required(len(replications), probability)
    amounts: Amounts = {need.key: need.closed for need in trials.needs}
    rounds: list[Raised] = []
    for turn in range(MOST_RAISES + 1):
        found = trials.by_target(trials.variant(amounts), replications)
        shares = _shares(trials.targets, found)
        rounds.append(Raised(RAISE**turn, shares))
        if int(found.all(axis=1).sum()) >= least:
            break
        if turn == MOST_RAISES:
            return Tuned(amounts, amounts, False, rounds, shares)
        amounts = stepped_up(trials.needs, amounts, _short_legs(trials.targets, found, least), RAISE)
    orders = trials.kpi(trials.variant(amounts), "orders_accepted", replications)
    hardest = [replications[place] for place in np.argsort(-np.nan_to_num(orders), kind="stable")]
    search = _Search(trials, hardest, len(replications) - least)
    lowered = search.lowered(amounts)
    return Tuned(amounts, lowered, True, rounds, _shares(trials.targets, search.last))


def stepped_up(needs: Sequence[Need], amounts: Amounts, legs: Sequence[str], factor: float) -> Amounts:
    """The needs that serve some legs raised by a factor, each by at least one; the others as they were."""
    wanted = set(legs)
    return {
        need.key: need.raised(amounts[need.key], factor) if wanted.intersection(need.legs) else amounts[need.key]
        for need in needs
    }


def _short_legs(targets: Sequence[Target], found: Bools, least: int) -> list[str]:
    """Targets that are met too rarely by themselves; all that are ever missed where it takes them together."""
    short = [each.kpi for number, each in enumerate(targets) if int(found[:, number].sum()) < least]
    return short or [each.kpi for number, each in enumerate(targets) if not found[:, number].all()]


def _shares(targets: Sequence[Target], found: Bools) -> dict[str, float]:
    return {each.kpi: float(found[:, number].mean()) for number, each in enumerate(targets)}


class _Search:
    """Lowers needs, and remembers the steps so that they can be taken back."""

    def __init__(self, trials: Trials, hardest: Sequence[int], most_failures: int) -> None:
        self.trials = trials
        self.hardest = list(hardest)
        self.most_failures = most_failures
        self.last: Bools = np.zeros((0, 0), dtype=bool)

    def lowered(self, amounts: Amounts) -> Amounts:
        """Every need as low as it holds, dear ones first."""
        steps: list[Amounts] = []
        now = self._together(amounts)
        if now != amounts:
            steps.append(amounts)
        for need, place in self._coordinates(now):
            before = now[need.key]
            low = lowest(self._holding(now, need, place), before[place], need.least, need.step(before[place]))
            if low < before[place]:
                steps.append(now)
                now = {**now, need.key: _with(before, place, low)}
        while not self._holds_on_all(now) and steps:
            now = steps.pop()
        return now

    def _together(self, amounts: Amounts) -> Amounts:
        """All needs times the least factor that holds, to a twentieth."""

        def at(percent: int) -> Amounts:
            return {need.key: need.lowered(amounts[need.key], percent / 100) for need in self.trials.needs}

        factor = lowest(lambda percent: self._holds(at(percent)), 100, 40, 5)
        return at(factor)

    def _coordinates(self, amounts: Amounts) -> list[tuple[Need, int]]:
        """Amounts that may go down: dear ones first, then in the order of the needs."""
        found = [
            (need, place)
            for need in self.trials.needs
            if need.legs
            for place in range(len(need.closed))
            if amounts[need.key][place] > need.least
        ]
        return sorted(found, key=lambda each: -each[0].price[each[1]])

    def _holding(self, now: Amounts, need: Need, place: int) -> Callable[[int], bool]:
        def holds(amount: int) -> bool:
            return self._holds({**now, need.key: _with(now[need.key], place, amount)})

        return holds

    def _holds(self, amounts: Amounts) -> bool:
        failures = 0
        for first in range(0, len(self.hardest), BATCH):
            batch = self.hardest[first : first + BATCH]
            failed = int((~self.trials.success(amounts, batch)).sum())
            failures += failed
            if failures > self.most_failures:
                return False
            if first and not failed:
                return True
        return True

    def _holds_on_all(self, amounts: Amounts) -> bool:
        self.last = self.trials.by_target(self.trials.variant(amounts), sorted(self.hardest))
        return int((~self.last.all(axis=1)).sum()) <= self.most_failures


def _with(amounts: tuple[int, ...], place: int, amount: int) -> tuple[int, ...]:
    return (*amounts[:place], amount, *amounts[place + 1 :])


def lowest(holds: Callable[[int], bool], start: int, least: int, step: int) -> int:
    """The lowest amount that holds, where `start` does and more never harms: ever longer steps down, then by halves.

    Parameters
    ----------
    step
        First step down, and how finely the amount is searched, >= 1.
    """
    good, stride = start, step
    bad = least - step
    while good > least:
        tried = max(least, good - stride)
        if not holds(tried):
            bad = tried
            break
        good, stride = tried, 2 * stride
    while good - bad > step and bad >= least:
        middle = bad + max(step, (good - bad) // 2 // step * step)
        if middle >= good:
            break
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good
