"""Where to put labels beside points so that none lies on another, on a point, or outside of the frame.

Greedy: points in the order given, each takes the nearest free place around it; with the few plans of a report
that is as good as an optimum. Works on boxes (left, bottom, right, top) in any one unit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

Box = tuple[float, float, float, float]
Point = tuple[float, float]
FAR = 1.6  # in gaps: a label beyond that gets a leader
CROSSING = 4.0  # a leader over another label is worse than its few square pixels
SOFT = 0.2  # a label over an error bar is worth a fifth of one over a mark


def overlap(one: Box, other: Box) -> float:
    """Area that two boxes share."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, width) * max(0.0, height)


def place_labels(
    points: Sequence[Point], sizes: Sequence[Point], taken: Sequence[Box], soft: Sequence[Box], frame: Box, gap: float
) -> list[Box]:
    """Boxes for labels of given sizes beside their points.

    Parameters
    ----------
    points
        Centres of the marks.
    sizes
        Width and height of each label.
    taken
        Boxes to keep clear: marks, lines.
    soft
        Boxes to keep clear where that is easy: error bars.
    frame
        Labels stay inside of it.
    gap
        Distance between a mark and its label.

    Returns
    -------
    One box per point. Where nothing is free it is the place with the least overlap.
    """
    hard, placed = list(taken), list[Box]()
    for point, size in zip(points, sizes, strict=True):
        best, least = None, math.inf
        for box in _candidates(point, size, gap):
            if not _inside(box, frame):
                continue
            cost = sum(overlap(box, other) for other in hard) + SOFT * sum(overlap(box, other) for other in soft)
            cost += sum(overlap(bead, other) for bead in leader(point, box, gap) for other in placed) * CROSSING
            if cost < least:
                best, least = box, cost
            if cost == 0:
                break
        chosen = best or next(_candidates(point, size, gap))
        placed.append(chosen)
        hard += [chosen, *leader(point, chosen, gap)]
    return placed


def nearest_edge(point: Point, box: Box) -> Point:
    """Where a leader from a point meets a label."""
    return min(max(point[0], box[0]), box[2]), min(max(point[1], box[1]), box[3])


def leader(point: Point, box: Box, gap: float) -> list[Box]:
    """Small boxes along the line from a point to a label that lies farther off than usual; none for others."""
    end = nearest_edge(point, box)
    if math.dist(point, end) <= FAR * gap:
        return []
    return beads(point, end)


def beads(start: Point, end: Point) -> list[Box]:
    """Small boxes along a line."""
    steps = max(2, int(math.dist(start, end) // 6))
    parts = [step / (steps - 1) for step in range(steps)]
    middles = [(start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])) for part in parts]
    return [(x - 2, y - 2, x + 2, y + 2) for x, y in middles]


def _candidates(point: Point, size: Point, gap: float) -> Iterator[Box]:
    """Places around a point, the nearest and most readable first."""
    (x, y), (width, height) = point, size
    for ring in range(1, 9):
        away = gap * ring
        for left, bottom in (
            (x + away, y - height / 2),
            (x - away - width, y - height / 2),
            (x + away * 0.7, y + away * 0.7),
            (x + away * 0.7, y - away * 0.7 - height),
            (x - away * 0.7 - width, y + away * 0.7),
            (x - away * 0.7 - width, y - away * 0.7 - height),
            (x - width / 2, y + away),
            (x - width / 2, y - away - height),
        ):
            yield (left, bottom, left + width, bottom + height)


def _inside(box: Box, frame: Box) -> bool:
    return box[0] >= frame[0] and box[1] >= frame[1] and box[2] <= frame[2] and box[3] <= frame[3]
