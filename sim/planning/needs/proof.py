"""Proof on fresh replications: the needs met, the target is not rejected; and cut, it is met significantly more rarely.

No replication of the search is used. Where the target is rejected, the replications that rejected it join the search:
step by step the need is raised that repairs most of those that failed, until as many succeed as the search asks for,
and that is proven on other fresh replications. A need is called binding when cutting it by the larger of one unit and
15 % loses significantly more replications than it gains (McNemar's exact one-sided test on the same draws, adjusted for
all needs that were tried, Holm 1979). Cuts that lose next to nothing on the hardest draws of the search are not tried.
A cut is looked at after a quarter, a half and all of the fresh replications, and run no further once it plainly binds
or loses next to nothing; its p-value is the least so far times the number of looks (Bonferroni), so that three looks
find no more by chance than one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from sim.planning.needs.need import Amounts, Need
from sim.planning.needs.tuning import Trials, required, stepped_up
from sim.statistics.intervals import exact_share, holm
from sim.statistics.paired_shares import at_least_bound, below_p_value, mcnemar_p_value

Bools = NDArray[np.bool_]
REJECT_BELOW = 0.01  # one-sided
BINDING_BELOW = 0.001  # adjusted for all cuts that were tried; so strict that other draws confirm what is called so
ATTEMPTS = 4
STEP_UP = 1.05
MOST_STEPS = 12
WORTH_TRYING = 2  # replications that a cut loses among the hardest third of the search, and at every look
LOOKS = (0.25, 0.5, 1.0)  # parts of the fresh replications after which a cut is looked at


@dataclass(frozen=True)
class Proof:
    """One attempt.

    Attributes
    ----------
    replications
        Fresh ones.
    successes
        Of them, all targets met.
    p_value
        Exact, one-sided, of the hypothesis that the probability is at least the one asked for.
    low, high, bound
        Exact two-sided 95 % interval of the success rate, and its one-sided 99 % lower bound (Clopper, Pearson).
    rejected
        Whether the hypothesis is rejected at 1 %.
    shares
        Share that met each target, by KPI.
    """

    replications: range
    successes: int
    share: float
    low: float
    high: float
    bound: float
    p_value: float
    rejected: bool
    shares: dict[str, float]

    @property
    def n(self) -> int:
        """How many replications."""
        return len(self.replications)


@dataclass(frozen=True)
class Cut:
    """What cutting a need does.

    Attributes
    ----------
    amounts
        What is left of the need.
    tried
        Whether it was run on the fresh replications; if not the figures below it are of none.
    n
        Fresh replications that it was run on: the first ones.
    lost, gained
        Of them, those that succeed only uncut, only cut.
    share
        Success rate on them when it is cut.
    p_value, p_holm
        Of all looks together; adjusted for all cuts that were tried. NaN where it was not tried.
    """

    need: Need
    amounts: tuple[int, ...]
    tried: bool
    n: int
    lost: int
    gained: int
    share: float
    p_value: float
    p_holm: float
    binding: bool


def prove(
    trials: Trials, amounts: Amounts, probability: float, first: int, fresh: int, attempts: int = ATTEMPTS
) -> tuple[Amounts, list[Proof]]:
    """Prove amounts, stepping up as often as allowed; the amounts of the last attempt and all attempts.

    Parameters
    ----------
    first
        Number of the first replication that was never used.
    fresh
        Replications of each attempt.
    """
    proofs: list[Proof] = []
    for attempt in range(attempts):
        replications = range(first + attempt * fresh, first + (attempt + 1) * fresh)
        found = trials.by_target(trials.variant(amounts), replications)
        proofs.append(proof_of(found, [each.kpi for each in trials.targets], replications, probability))
        if not proofs[-1].rejected or attempt == attempts - 1:
            break
        amounts = repaired(trials, amounts, replications, required(fresh, probability))
    return amounts, proofs


def repaired(trials: Trials, amounts: Amounts, replications: range, least: int) -> Amounts:
    """Raise one need after the other until so many replications succeed.

    Each time the one is raised by a step that repairs most of those that failed, the cheaper one of two; all that serve
    what failed are raised together where none repairs anything.
    """
    for _ in range(MOST_STEPS):
        success = trials.success(amounts, replications)
        failed = [replications[int(place)] for place in np.flatnonzero(~success)]
        if len(replications) - len(failed) >= least:
            return amounts
        best, most = amounts, 0
        for need in sorted((each for each in trials.needs if each.legs), key=lambda each: max(each.price)):
            tried = {**amounts, need.key: need.one_more(amounts[need.key])}
            count = int(trials.success(tried, failed).sum())
            best, most = (tried, count) if count > most else (best, most)
        if most == 0:
            short = ~trials.by_target(trials.variant(amounts), failed)
            legs = [each.kpi for number, each in enumerate(trials.targets) if short[:, number].any()]
            best = stepped_up(trials.needs, amounts, legs, STEP_UP)
        amounts = best
    return amounts


def proof_of(found: Bools, targets: Sequence[str], replications: range, probability: float) -> Proof:
    """The test.

    Parameters
    ----------
    found
        Whether each replication met each target, shape (replications, targets).
    """
    successes, n = int(found.all(axis=1).sum()), len(found)
    share, low, high = exact_share(successes, n)
    p_value = below_p_value(successes, n, probability)
    return Proof(
        replications=replications,
        successes=successes,
        share=share,
        low=low,
        high=high,
        bound=at_least_bound(successes, n),
        p_value=p_value,
        rejected=p_value < REJECT_BELOW,
        shares={kpi: float(found[:, number].mean()) for number, kpi in enumerate(targets)},
    )


def cuts(trials: Trials, amounts: Amounts, search: range, fresh: range) -> list[Cut]:
    """What cutting each need does that serves a target and can be cut."""
    needs = [need for need in trials.needs if need.legs and sum(amounts[need.key]) > need.least]
    base = trials.success(amounts, search)
    rows = trials.kpi(trials.variant(amounts), "orders_accepted", search)
    hard = np.sort(np.argsort(-np.nan_to_num(rows), kind="stable")[: max(10, len(search) // 3)])
    looked_at = [search[int(place)] for place in hard]
    cut: dict[str, Amounts] = {need.key: {**amounts, need.key: need.cut(amounts[need.key])} for need in needs}
    worst = [need for need in needs if _worth_trying(base[hard], trials.success(cut[need.key], looked_at))]
    before = trials.success(amounts, fresh)
    plain = BINDING_BELOW / max(1, len(worst))  # below it a cut binds, whatever Holm makes of the others
    looked = {need.key: _looked(trials, cut[need.key], before, fresh, plain) for need in worst}
    adjusted = holm(np.array([looked[need.key].p_value for need in worst]))
    by_key = {need.key: float(value) for need, value in zip(worst, adjusted, strict=True)}
    return list(_cuts(needs, cut, looked, by_key))


def _worth_trying(base: Bools, cut: Bools) -> bool:
    return int((base & ~cut).sum()) - int((~base & cut).sum()) >= WORTH_TRYING


@dataclass(frozen=True, slots=True)
class _Look:
    """What a cut does on the first so many fresh replications."""

    n: int
    lost: int
    gained: int
    share: float
    p_value: float


def _looked(trials: Trials, cut: Amounts, before: Bools, fresh: range, plain: float) -> _Look:
    """The last look at a cut: when it plainly binds, or loses next to nothing, or all replications are run."""
    least, look = 1.0, _Look(0, 0, 0, float("nan"), 1.0)
    for part in LOOKS:
        n = ceil(len(fresh) * part)
        after = trials.success(cut, fresh[:n])
        lost, gained = int((before[:n] & ~after).sum()), int((~before[:n] & after).sum())
        least = min(least, len(LOOKS) * mcnemar_p_value(lost, gained))
        look = _Look(n, lost, gained, float(after.mean()), least)
        if least < plain or lost - gained < WORTH_TRYING:
            break
    return look


def _cuts(
    needs: Sequence[Need],
    cut: dict[str, Amounts],
    looked: dict[str, _Look],
    adjusted: dict[str, float],
) -> Iterator[Cut]:
    nan = float("nan")
    for need in needs:
        left = cut[need.key][need.key]
        if need.key not in looked:
            yield Cut(need, left, False, 0, 0, 0, nan, nan, nan, False)
            continue
        look, p_holm = looked[need.key], adjusted[need.key]
        binds = p_holm < BINDING_BELOW
        yield Cut(need, left, True, look.n, look.lost, look.gained, look.share, look.p_value, p_holm, binds)
