"""Arrivals, and the random numbers that belong to each of them.

Candidates are a Poisson process in time x level, drawn in strips keyed by a block of time and a block of levels. A
candidate is accepted where its level lies under the rate curve. Its attributes belong to its place in the strip, not
to its rank among the accepted: so a curve that is moved or scaled keeps the customers both curves have, and where
one curve lies nowhere below another its customers are a superset.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sim.demand.curve import StepCurve
from sim.distributions import to_grid
from sim.errors import InputError, Problem
from sim.scenario.scenario import Scenario
from sim.streams import Stream

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

BLOCK_MIN = 120.0  # length of a strip
BLOCKS_PER_DAY = int(1440 // BLOCK_MIN)
MOST_ARRIVALS = 100_000_000  # in one replication: more than any memory holds is a slip of the pen
CHUNK = 1 << 16  # candidates whose attributes are drawn at a time: bounds memory


@dataclass(frozen=True, eq=False)
class Arrivals:
    """Accepted candidates in order of time, and the strips they came from.

    Attributes
    ----------
    placed_min
        Clock minutes, rising, shape (n,).
    candidate
        Number of each among all candidates, counted strip after strip, shape (n,).
    blocks, levels
        Key of each strip, shape (s,).
    first
        Number of the first candidate of each strip, and the total at the end, shape (s + 1,).
    height
        Level of each, per minute: it is an order under every curve that lies above it; shape (n,). None where orders
        come from a file.
    """

    placed_min: Floats
    candidate: Ints
    blocks: Ints
    levels: Ints
    first: Ints
    height: Floats | None = None

    def __len__(self) -> int:
        return len(self.placed_min)

    def uniforms(self, stream: Stream, columns: int, rows: Bools | None = None) -> Floats:
        """Uniforms in [0, 1) that belong to each arrival (or to those in `rows`), in order of time.

        Returns
        -------
        Shape (n, columns), or (rows.sum(), columns).
        """
        candidate = self.candidate if rows is None else self.candidate[rows]
        order = np.argsort(candidate, kind="stable")
        wanted = candidate[order]
        drawn = np.empty((len(wanted), columns))
        for low, high in self._chunks():
            begin, end = self.first[low], self.first[high]
            some = slice(*np.searchsorted(wanted, (begin, end)))
            if some.start == some.stop:
                continue
            buffer = np.empty((end - begin, columns))
            for strip in range(low, high):
                part = buffer[self.first[strip] - begin : self.first[strip + 1] - begin]
                stream.at(int(self.blocks[strip]), int(self.levels[strip])).random(out=part)
            drawn[order[some]] = buffer[wanted[some] - begin]
        return drawn

    def _chunks(self) -> Iterator[tuple[int, int]]:
        """Ranges of strips of about CHUNK candidates each."""
        low, strips = 0, len(self.blocks)
        while low < strips:
            high = int(np.searchsorted(self.first, self.first[low] + CHUNK, side="right")) - 1
            high = min(max(high, low + 1), strips)
            yield low, high
            low = high


def thin(curve: StepCurve, stream: Stream, scenario: Scenario) -> Arrivals:
    """Candidates whose level lies under the curve, before the horizon.

    Parameters
    ----------
    curve
        Rate per minute from the scenario's start to its horizon.

    Raises
    ------
    InputError
        If it would bring more than a memory holds.
    """
    expected = float(np.sum(np.diff(curve.edges) * curve.rates))
    if expected > MOST_ARRIVALS:
        remedy = (
            f"about {expected:,.0f} arrivals in one replication, at most {MOST_ARRIVALS:,}: see scale, and the rates"
        )
        raise InputError([Problem("demand", "", remedy)], "the scenario is too large")
    blocks, levels, counts, times, heights = [], [], [], [], []
    first_block = scenario.first_day.toordinal() * BLOCKS_PER_DAY  # strips belong to the calendar, not to the start
    for block, peak in enumerate(curve.peaks(BLOCK_MIN, scenario.days * BLOCKS_PER_DAY)):
        for level, bottom, width in _levels(peak):
            generator = stream.at(first_block + block, level)
            count = generator.poisson(width * BLOCK_MIN)
            blocks.append(first_block + block)
            levels.append(level)
            counts.append(count)
            times.append((block + generator.random(count)) * BLOCK_MIN)
            heights.append(bottom + width * generator.random(count))
    minute = np.concatenate(times) if times else np.empty(0)
    height = np.concatenate(heights) if heights else np.empty(0)
    under = np.flatnonzero(height < curve.at(minute))
    placed = to_grid(minute[under])
    order = np.argsort(placed, kind="stable")
    order = order[: np.searchsorted(placed[order], scenario.horizon_min)]
    arrivals = _arrivals(placed[order], under[order], blocks, levels, counts)
    return replace(arrivals, height=height[under[order]])


def _levels(peak: float) -> Iterator[tuple[int, float, float]]:
    """Fixed blocks of levels (number, bottom, width): [0, 1), [1, 2), [2, 4), [4, 8), ... per minute, up to a peak."""
    bottom, width, number = 0.0, 1.0, 0
    while bottom < peak:
        yield number, bottom, width
        bottom, number = bottom + width, number + 1
        width = bottom


def _arrivals(placed: Floats, candidate: Ints, blocks: list[int], levels: list[int], counts: list[int]) -> Arrivals:
    first = np.concatenate([[0], np.cumsum(np.asarray(counts, dtype=np.int64))]).astype(np.int64)
    return Arrivals(placed, candidate, np.asarray(blocks, dtype=np.int64), np.asarray(levels, dtype=np.int64), first)


def replay(placed_min: Floats, scenario: Scenario, factor: float, stream: Stream) -> tuple[Arrivals, Ints]:
    """Arrivals at given times, each as often as a resampling factor says.

    Attributes are keyed by the day and the order's number in it; copies of one order are placed together and draw
    attributes of their own. A higher factor keeps what a lower one has.

    Parameters
    ----------
    placed_min
        Clock minutes, rising, shape (m,); orders after the horizon are left out.
    factor
        Mean copies per order; 1 replays the file as it is.

    Returns
    -------
    The arrivals, and for each the row of `placed_min` that it copies.
    """
    placed_min = placed_min[: np.searchsorted(placed_min, scenario.horizon_min)]
    day_of = np.floor(placed_min / 1440).astype(np.int64)
    bounds = np.searchsorted(day_of, np.arange(scenario.days + 1))
    origin = scenario.first_day.toordinal() * BLOCKS_PER_DAY
    sizes = np.diff(bounds)
    days = [origin + day * BLOCKS_PER_DAY for day in range(scenario.days)]
    count = int(bounds[-1])
    once = _arrivals(placed_min[:count], np.arange(count), days, [0] * len(days), sizes.tolist())
    if factor == 1:
        return once, np.arange(count)
    copies = np.floor(factor + once.uniforms(stream, 1)[:, 0]).astype(np.int64)
    rows = np.repeat(np.arange(count), copies)
    copy = np.arange(len(rows)) - np.repeat(np.cumsum(copies) - copies, copies)
    most = int(copies.max(initial=0))
    # Strip (copy, day): copies of a day's orders lie behind each other, copy by copy.
    blocks, levels = days * most, [level for level in range(most) for _ in days]
    return _arrivals(placed_min[rows], copy * count + rows, blocks, levels, sizes.tolist() * most), rows
