"""At which sizes each replication of each plan meets its target: looked at on a coarse grid, then bisected.

Every replication is its own question: on its own draws a plan holds at some sizes and breaks at others. The first few
replications are looked at on the whole coarse grid; the others around the sizes at which those broke (where those have
islands, on the coarse grid as far as they disagree), and from there outwards until they agree with them. Between two
neighbouring sizes that differ it is bisected, as finely as the ladder where the answer is a rung, less so where the
luck of the size is integrated over and the switch lies on a straight line between the two; between two that agree
nothing is looked for, so that an island narrower than the coarse grid may be missed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from math import log
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.experiment.laboratory.lab import Lab, Variant, consecutive
from sim.experiment.questions.constraint import Required
from sim.planning.ceiling.shapes import Shape
from sim.planning.ceiling.sizes import LUCK, Ladder
from sim.statistics.crossings import Luck, Pattern

Floats = NDArray[np.float64]
NOWHERE = (1, 0)  # between no rungs
STRAIGHT = 2  # rungs across which a straight line is good enough where the luck of the size is integrated over
Wanted = tuple["Course", int, int]  # of a course, replication, rung


@dataclass(frozen=True, eq=False)
class Course:
    """A plan, a shape of the campaign, and figures that are other than in the scenario.

    Parameters
    ----------
    plan
        Name.
    shape
        Of the campaign, with its ladder of sizes.
    integrated
        Whether runs have the size exactly, and its uncertainty is integrated over afterwards; otherwise it is drawn.
        See :func:`sees_the_forecast`.
    figures
        Others, by path.
    """

    plan: str
    shape: Shape
    ladder: Ladder
    integrated: bool
    figures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def luck(self) -> Luck:
        """What the size turns out to be against plan, as far as it is not drawn in the runs."""
        return Luck(self.shape.measure.cv if self.integrated else 0.0)

    @property
    def gap(self) -> int:
        """Rungs between the two ends of a switch that are near enough."""
        return STRAIGHT if self.luck.cv > 0 else 1

    def values(self, rung: int) -> dict[str, Any]:
        """What to set for a size."""
        exact = {LUCK: 0.0} if self.integrated and self.shape.measure.cv > 0 else {}
        return {**self.figures, **self.shape.values(self.ladder.size(rung)), **exact}

    @cached_property
    def key(self) -> str:
        """Unlike that of any other course."""
        return f"{self.plan} {self.shape.name} {self.integrated} {dict(self.figures)!r}"


class Soundings:
    """What is known of courses, by replication and rung.

    Parameters
    ----------
    lab
        Where runs are asked for.
    required
        What has to be kept.
    also
        What has to be kept besides, in the same run; None: nothing.
    """

    def __init__(self, lab: Lab, required: Required, also: Required | None = None) -> None:
        self.lab = lab
        self.required = required
        self.also = also
        self._rows: dict[tuple[str, int], dict[int, Floats]] = {}
        self._variants: dict[tuple[str, int], Variant] = {}
        both = [required, also] if also is not None else [required]
        self._kept = [(each, lab.store.names.index(each.kpi)) for each in both]

    # --- runs -----------------------------------------------------------------------------------------------------

    def look(self, wanted: Iterable[Wanted]) -> None:
        """Have runs done, and remember their KPIs; a run that failed is remembered as NaN."""
        new = [each for each in dict.fromkeys(_keyed(wanted)) if each[2] not in self._of(each[0], each[1])]
        stretches: dict[tuple[str, int], list[int]] = {}
        courses = {course.key: course for course, _, _ in new}
        for course, replication, rung in new:
            stretches.setdefault((course.key, rung), []).append(replication)
        asked = [
            (self._variant(courses[key], rung), stretch)
            for (key, rung), numbers in stretches.items()
            for stretch in consecutive(numbers)
        ]
        self.lab.fill(asked)
        for (key, rung), numbers in stretches.items():
            variant = self._variants[key, rung]
            for stretch in consecutive(numbers):
                rows = self.lab.kpis(variant, stretch)
                for number, row in zip(stretch, rows, strict=True):
                    self._rows.setdefault((key, number), {})[rung] = row

    def _of(self, course: Course, replication: int) -> dict[int, Floats]:
        return self._rows.get((course.key, replication), {})

    def _variant(self, course: Course, rung: int) -> Variant:
        place = (course.key, rung)
        if place not in self._variants:
            (self._variants[place],) = self.lab.variants(course.values(rung), [course.plan])
        return self._variants[place]

    # --- what is known --------------------------------------------------------------------------------------------

    def shortfalls(self, course: Course, replication: int) -> dict[int, float]:
        """How far the target is missed, the one that is missed by most, by rung, rising; no runs that measured none."""
        rows = sorted(self._of(course, replication).items())
        found = {}
        for rung, row in rows:
            short = [value for _, value in self._shortfalls(course, rung, row) if not np.isnan(value)]
            if short:
                found[rung] = max(short)
        return found

    def missed(self, course: Course, replication: int, rung: int) -> list[Required]:
        """Which of the targets a run misses."""
        row = self._of(course, replication)[rung]
        return [each for each, short in self._shortfalls(course, rung, row) if short > 0]

    def _shortfalls(self, course: Course, rung: int, row: Floats) -> list[tuple[Required, float]]:
        values = course.values(rung)
        return [(each, float(each.shortfall(row[column : column + 1], values)[0])) for each, column in self._kept]

    def pattern(self, course: Course, replication: int) -> Pattern | None:
        """At which sizes a replication meets its target; None where nothing was measured."""
        short = self.shortfalls(course, replication)
        if not short:
            return None
        sizes = np.array([course.ladder.size(rung) for rung in short])
        return Pattern(sizes, np.array(list(short.values())))

    def patterns(self, course: Course, replications: Iterable[int]) -> list[Pattern]:
        """The same of several, without those that measured nothing."""
        found = (self.pattern(course, each) for each in replications)
        return [each for each in found if each is not None]

    def kpis(self, course: Course, replication: int) -> tuple[Floats, Floats]:
        """Sizes that were run, rising, shape (k,), and their KPIs, shape (k, KPIs)."""
        rows = {rung: row for rung, row in sorted(self._of(course, replication).items()) if not np.isnan(row).all()}
        sizes = np.array([course.ladder.size(rung) for rung in rows])
        return sizes, np.array(list(rows.values())).reshape(len(rows), len(self.lab.store.names))

    # --- the search -----------------------------------------------------------------------------------------------

    def sound(self, courses: Sequence[Course], replications: range, first: int = 0) -> None:
        """Find at which sizes each replication holds, of all courses together.

        Where each of the first replications has one threshold, the others are looked at around those; where one has
        more, on the coarse grid as far as the first disagree.

        Parameters
        ----------
        first
            So many of the replications are looked at on the whole coarse grid; 0 where earlier ones were.
        """
        early = range(replications.start, min(replications.start + first, replications.stop))
        later = range(early.stop, replications.stop)
        self.look((course, each, rung) for course in courses for each in early for rung in course.ladder.coarse)
        for gap in dict.fromkeys(course.gap for course in courses):
            some = [course for course in courses if course.gap == gap]
            self.refine([(course, each, NOWHERE) for course in some for each in early], gap)
            known = range(early.stop)
            simple = [course for course in some if self._have_one_threshold(course, known)]
            starts = {course.key: self.expected(course, known) for course in simple}
            self.enclose([(course, each, starts[course.key]) for course in simple for each in later], gap)
            odd = [course for course in some if course.key not in starts]
            self.refine([(course, each, self.doubtful(course, known)) for course in odd for each in later], gap)

    def _have_one_threshold(self, course: Course, replications: Iterable[int]) -> bool:
        """Whether each of them holds up to some size and at none beyond; or at all, or at none, of those tried."""
        patterns = self.patterns(course, replications)
        return bool(patterns) and all(bool(np.all(np.diff(each.holds.astype(int)) <= 0)) for each in patterns)

    def doubtful(self, course: Course, replications: Iterable[int]) -> tuple[int, int]:
        """Coarse rungs between which replications that were looked at break; the ends are those where all agree."""
        coarse = course.ladder.coarse
        answers: dict[int, set[bool]] = {rung: set() for rung in coarse}
        for each in replications:
            for rung, short in self.shortfalls(course, each).items():
                if rung in answers:
                    answers[rung].add(short <= 0)
        low, high = 0, len(coarse) - 1
        while low + 1 < len(coarse) and answers[coarse[low + 1]] <= {True} and answers[coarse[low]] <= {True}:
            low += 1
        while high > 0 and answers[coarse[high - 1]] <= {False} and answers[coarse[high]] <= {False}:
            high -= 1
        return coarse[min(low, high)], coarse[max(low, high)]

    def refine(self, jobs: Sequence[tuple[Course, int, tuple[int, int]]], gap: int = 1) -> None:
        """Look at doubtful coarse rungs, walk outwards until the ends agree, and bisect every switch.

        Parameters
        ----------
        jobs
            Course, replication, and between which coarse rungs it is in doubt.
        gap
            Rungs between the two ends of a switch that are near enough.
        """
        left = list(jobs)
        while left:
            wanted, still = [], []
            for course, each, between in left:
                steps = list(self._next(course, each, between, gap))
                wanted += [(course, each, rung) for rung in steps]
                still += [(course, each, between)] if steps else []
            if not wanted:
                return
            self.look(wanted)
            left = still

    def enclose(self, jobs: Sequence[tuple[Course, int, tuple[int, ...]]], gap: int = 1) -> None:
        """Look at some rungs, walk outwards in growing steps until the ends agree, and bisect every switch.

        Parameters
        ----------
        jobs
            Course, replication, and the rungs to begin with: where it is expected to break.
        gap
            As in :meth:`refine`.
        """
        self.look((course, each, rung) for course, each, starts in jobs for rung in starts)
        left, step = [(course, each) for course, each, _ in jobs], gap
        while left:
            wanted = [
                (course, each, rung)
                for course, each in left
                for rung in self._beyond(course, each, step)
                if rung not in self._of(course, each)
            ]
            self.look(wanted)
            left = list(dict.fromkeys((course, each) for course, each, _ in wanted))
            step *= 2
        self.refine([(course, each, NOWHERE) for course, each, _ in jobs], gap)

    def _beyond(self, course: Course, replication: int, step: int) -> list[int]:
        """The next rung outwards where the outmost ones do not agree with what is expected; none where they do."""
        short = self.shortfalls(course, replication)
        if not short:
            return []
        lowest, highest, top = min(short), max(short), course.ladder.rungs - 1
        if short[lowest] > 0 and lowest > 0:
            return [max(0, lowest - step)]
        if short[highest] <= 0 and highest < top:
            return [min(top, highest + step)]
        return []

    def expected(self, course: Course, replications: Iterable[int]) -> tuple[int, ...]:
        """The rung at which replications that were looked at break first: their median."""
        top = course.ladder.rungs - 1
        rungs = []
        for each in self.patterns(course, replications):
            threshold = min(max(each.threshold(), course.ladder.low), course.ladder.size(top))
            rungs.append(log(threshold / course.ladder.low) / log(course.ladder.ratio))
        return (round(float(np.median(rungs))) if rungs else 0,)

    def _next(self, course: Course, replication: int, between: tuple[int, int], gap: int) -> Iterator[int]:
        known = {rung: short <= 0 for rung, short in self.shortfalls(course, replication).items()}
        seen = set(self._of(course, replication))
        coarse = course.ladder.coarse
        inside = [rung for rung in coarse if between[0] <= rung <= between[1]]
        missing = [rung for rung in inside if rung not in seen]
        if missing:
            yield from missing
            return
        if not known:
            return
        lowest, highest = min(known), max(known)
        below = [rung for rung in coarse if rung < lowest]
        above = [rung for rung in coarse if rung > highest]
        if not known[lowest] and below and below[-1] not in seen:
            yield below[-1]
        if known[highest] and above and above[0] not in seen:
            yield above[0]
        for low, high in pairwise(known):
            if known[low] != known[high] and high - low > gap:
                middle = (low + high) // 2
                if middle not in seen:
                    yield middle


def _keyed(wanted: Iterable[Wanted]) -> Iterator[Wanted]:
    """The same with one object for each course, so that they can be told apart quickly."""
    courses: dict[str, Course] = {}
    for course, replication, rung in wanted:
        yield courses.setdefault(course.key, course), replication, rung
