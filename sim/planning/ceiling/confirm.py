"""The bracket of a ceiling, and its confirmation on replications that the search has not seen.

At the lower end it must be shown that the target is met often enough, at the upper end that it is not; an end that
can't be shown is moved outwards by half a width and tried again, a bounded number of times. Both ends of all plans
share one error (Bonferroni). Moving outwards asks for no further adjustment while the probability falls with the size
around there: the tests are passed through in a fixed order and the first success ends them.

Where the uncertainty of the size is integrated over, a replication says a probability, and its mean has a t bound.
Where nothing is integrated it says yes or no, and Wald's sequential test decides, which is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sim.planning.ceiling.soundings import STRAIGHT, Course, Soundings
from sim.statistics.crossings import Stretch, share, stretches
from sim.statistics.feasibility import screen
from sim.statistics.intervals import mean_interval

Floats = NDArray[np.float64]
Verdict = Literal["bracket", "holds_to_the_largest", "not_at_the_smallest", "not_measured"]
Notice = Callable[[], None]
FINE = 4  # sizes between two rungs at which a share is computed


@dataclass(frozen=True)
class Ceiling:
    """What was found of one course; sizes in its own terms, see :class:`sim.planning.ceiling.shapes.Shape`.

    Attributes
    ----------
    course
        Plan and shape.
    verdict
        Whether there is a bracket; otherwise why not.
    estimate
        Where the share of the search crosses the probability; NaN without a bracket.
    low, high
        The bracket; NaN where there is no such end.
    low_confirmed, high_confirmed
        Whether fresh replications show that the target is met often enough at the one and not at the other.
    low_share, high_share
        Share of the fresh replications at the ends.
    fresh
        Replications behind it, at the end that took most.
    stretches
        All sizes at which the search reaches the probability, islands included.
    """

    course: Course
    verdict: Verdict
    estimate: float
    low: float
    high: float
    stretches: tuple[Stretch, ...]
    low_confirmed: bool = False
    high_confirmed: bool = False
    low_share: float = float("nan")
    high_share: float = float("nan")
    fresh: int = 0

    @property
    def islands(self) -> tuple[Stretch, ...]:
        """Sizes at which it holds again beyond the ceiling."""
        return self.stretches[1:] if self.verdict != "not_at_the_smallest" else self.stretches


def planned_sizes(course: Course, low: float, high: float) -> Floats:
    """Sizes at which shares are computed: rungs without luck, finer with it; between the ends of the range."""
    if course.luck.cv == 0:
        sizes = course.ladder.sizes
        inside: Floats = sizes[(sizes >= low * (1 - 1e-9)) & (sizes <= high * (1 + 1e-9))]
        return inside
    count = 1 + FINE * max(1, round(np.log(high / low) / np.log(course.ladder.ratio)))
    return np.asarray(np.geomspace(low, high, count))


def bracketed(
    soundings: Soundings, course: Course, replications: range, probability: float, ends: tuple[float, float]
) -> Ceiling:
    """Where the share of the search crosses, and half a width to both sides.

    Parameters
    ----------
    ends
        Of the range of sizes, in the course's own terms.
    """
    nan = float("nan")
    patterns = soundings.patterns(course, replications)
    if not patterns:
        return Ceiling(course, "not_measured", nan, nan, nan, ())
    sizes = planned_sizes(course, *ends)
    means = share(patterns, sizes, course.luck).mean(axis=0)
    found = tuple(stretches(sizes, means, probability))
    if not found or found[0].first > sizes[0] * (1 + 1e-9):
        return Ceiling(course, "not_at_the_smallest", nan, nan, float(sizes[0]), found)
    last = found[0].last
    if last >= sizes[-1] * (1 - 1e-9):
        return Ceiling(course, "holds_to_the_largest", nan, float(sizes[-1]), nan, found)
    if course.luck.cv == 0:
        below = int(np.flatnonzero(sizes <= last * (1 + 1e-9))[-1])
        return Ceiling(course, "bracket", last, float(sizes[below]), float(sizes[below + 1]), found)
    half = course.ladder.ratio
    return Ceiling(course, "bracket", last, last / half, last * half, found)


@dataclass(frozen=True, slots=True)
class Terms:
    """How sure a confirmation is.

    Parameters
    ----------
    probability
        Asked for.
    tolerance
        Of the sequential test: probabilities as near as this may be called either.
    alpha
        Probability of any wrong statement that is accepted, for all ends together.
    fresh
        Replications where luck is integrated over.
    at_most
        Replications at which the sequential test gives up.
    steps
        How often an end is moved outwards.
    """

    probability: float
    tolerance: float
    alpha: float
    fresh: int
    at_most: int
    steps: int = 8


def confirmed(soundings: Soundings, found: Sequence[Ceiling], start: int, terms: Terms) -> list[Ceiling]:
    """The same ceilings with brackets that fresh replications bear out, as far as they do.

    Parameters
    ----------
    start
        Number of the first replication that the search has not seen.
    """
    ends = sum((not np.isnan(each.low)) + (not np.isnan(each.high)) for each in found)
    if ends == 0:
        return list(found)
    error = terms.alpha / ends
    smooth = [each for each in found if each.course.luck.cv > 0 and each.verdict != "not_measured"]
    fresh = range(start, start + terms.fresh)
    starts = {each.course.key: soundings.expected(each.course, range(start)) for each in smooth}
    jobs = [(each.course, number, starts[each.course.key]) for each in smooth for number in fresh]
    soundings.enclose(jobs, STRAIGHT)
    done = {each.course.key: _by_means(soundings, each, fresh, error, terms) for each in smooth}
    plain = [each for each in found if each.course.luck.cv == 0 and each.verdict != "not_measured"]
    done |= _by_tests(soundings, plain, start, error, terms)
    return [done.get(each.course.key, each) for each in found]


# --- probabilities -------------------------------------------------------------------------------------------------


def _by_means(soundings: Soundings, found: Ceiling, fresh: range, error: float, terms: Terms) -> Ceiling:
    course = found.course
    patterns = soundings.patterns(course, fresh)
    step = course.ladder.ratio
    changed = replace(found, fresh=len(patterns))
    for end, outwards in (("low", 1 / step), ("high", step)):
        size = getattr(found, end)
        if np.isnan(size):
            continue
        for number in range(terms.steps + 1):
            at = size * outwards**number
            values = share(patterns, np.array([at]), course.luck)[:, 0] if patterns else np.empty(0)
            mean, low, high, _ = mean_interval(values, 1 - 2 * error)
            shown = low >= terms.probability if end == "low" else high <= terms.probability
            if shown or number == terms.steps:
                facts = {end: at, f"{end}_confirmed": bool(shown), f"{end}_share": mean}
                changed = replace(changed, **facts)
                break
    return changed


# --- yes or no -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _End:
    """An end that is being tested: of which course, which one, and the rung at which it stands."""

    course: Course
    name: str
    rung: int


def _by_tests(
    soundings: Soundings, found: Sequence[Ceiling], start: int, error: float, terms: Terms
) -> dict[str, Ceiling]:
    result = {each.course.key: each for each in found}
    open_ends = {
        f"{each.course.key} {name}": _End(each.course, name, _rung(each.course, getattr(each, name)))
        for each in found
        for name in ("low", "high")
        if not np.isnan(getattr(each, name))
    }
    for step in range(terms.steps + 1):
        if not open_ends:
            break
        alpha = min(0.5, error * len(open_ends))  # screen() shares it among those that it tests
        answer = screen(
            _observer(soundings, open_ends),
            list(open_ends),
            terms.probability,
            terms.tolerance,
            alpha,
            at_most=terms.at_most,
            start=start,
        )
        for key, end in list(open_ends.items()):
            shown = key in (answer.feasible if end.name == "low" else answer.infeasible)
            moved = end.rung + (-1 if end.name == "low" else 1)
            over = not 0 <= moved < end.course.ladder.rungs
            course = end.course
            known = result[course.key]
            facts: dict[str, Any] = {
                end.name: course.ladder.size(end.rung),
                f"{end.name}_confirmed": shown,
                f"{end.name}_share": answer.shares[key],
            }
            result[course.key] = replace(known, **facts, fresh=max(known.fresh, answer.n[key]))
            if shown or over or step == terms.steps:
                del open_ends[key]
            else:
                end.rung = moved
    return result


def _rung(course: Course, size: float) -> int:
    return round(float(np.log(size / course.ladder.low) / np.log(course.ladder.ratio)))


def _observer(soundings: Soundings, ends: Mapping[str, _End]) -> Callable[[Sequence[str], int, int], Floats]:
    def observe(names: Sequence[str], first: int, stop: int) -> Floats:
        chosen = [ends[name] for name in names]
        soundings.look((each.course, number, each.rung) for each in chosen for number in range(first, stop))
        return np.array(
            [
                [float(soundings.shortfalls(each.course, number).get(each.rung, 1.0) <= 0) for each in chosen]
                for number in range(first, stop)
            ]
        ).reshape(stop - first, len(chosen))

    return observe
