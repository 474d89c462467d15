"""Paths of an SVG in as few letters as show the same.

A series of two months by the hour has five points for every pixel of a page. Points are left out that lie within
:data:`UNSEEN` of the straight line drawn without them (Ramer 1972; Douglas & Peucker 1973), what is left is rounded to
a hundredth of a point and written as steps from where the pen is, and circles, of which a dotted hatch has hundreds,
are written as arcs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Step = tuple[str, tuple[float, ...]]  # letter, and absolute coordinates in points

UNSEEN: Final = 0.05  # of a point: a fifteenth of a pixel
PER_POINT: Final = 100  # coordinates are rounded to so small a part of a point
ARCS: Final = 8  # curves that a circle is drawn with


def compact(path: str) -> str:
    """The `d` of a path with absolute coordinates (M, L, C, Q, z), looking the same and much shorter."""
    steps = [(letter, tuple(map(float, figures.split()))) for letter, figures in _PARTS.findall(path)]
    return "".join(_written(_thinned(steps)))


_PARTS = re.compile(r"([A-Za-z])([^A-Za-z]*)")


def thinned(points: Floats) -> Floats:
    """Points of a line without those that make no difference to be seen; the first and the last stay.

    Parameters
    ----------
    points
        Shape (n, 2), in points of type.
    """
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    stretches = [(0, len(points) - 1)]
    while stretches:
        first, last = stretches.pop()
        if last - first < 2:
            continue
        off = _distances(points[first + 1 : last], points[first], points[last])
        if off.max() > UNSEEN:
            corner = first + 1 + int(off.argmax())
            keep[corner] = True
            stretches += [(first, corner), (corner, last)]
    return points[keep]


def _distances(points: Floats, first: Floats, last: Floats) -> Floats:
    """How far points lie from the stretch between two others."""
    along = last - first
    length = float(along @ along)
    away = points - first
    share = np.clip(away @ along / length, 0.0, 1.0) if length else np.zeros(len(points))
    found: Floats = np.hypot(*(away - share[:, None] * along).T)
    return found


def _thinned(steps: Iterable[Step]) -> Iterator[Step]:
    """Steps of which every run of straight lines has no more points than can be told apart."""
    run: list[tuple[float, ...]] = []
    for letter, figures in steps:
        if letter == "L":
            run.append(figures)
            continue
        yield from _lines(run)
        yield letter, figures
        run = [figures[-2:]] if figures else []
    yield from _lines(run)


def _lines(run: Sequence[tuple[float, ...]]) -> Iterator[Step]:
    """The pen is at the first point already."""
    if len(run) > 1:
        for x, y in thinned(np.array(run)).tolist()[1:]:
            yield "L", (x, y)


def _written(steps: Iterable[Step]) -> Iterator[str]:
    known, at, begun, before = list(steps), (0, 0), (0, 0), ""
    place = 0
    while place < len(known):
        letter, figures = known[place]
        rounded = [round(figure * PER_POINT) for figure in figures]
        place += 1
        if letter == "M":
            yield f"M{_numbers(rounded)}"
            at = begun = (rounded[0], rounded[1])
            if (round_one := _circle(known[place - 1 : place + ARCS + 1])) is not None:
                yield round_one
                place += ARCS + 1
                letter = "z"
        elif letter in "zZ":
            yield "z"
            at = begun
        else:
            moved = [figure - at[number % 2] for number, figure in enumerate(rounded)]
            at = (rounded[-2], rounded[-1])
            letter, moved = _straight(moved) if letter == "L" else (letter.lower(), moved)
            text = _numbers(moved)
            yield letter + text if letter != before else text if text[:1] == "-" else f" {text}" if text else ""
        before = letter


def _straight(moved: list[int]) -> tuple[str, list[int]]:
    """A line as a step across or up where it is one."""
    across, up = moved
    if not up:
        return "h", [across]
    return ("l", moved) if across else ("v", [up])


def _circle(steps: Sequence[Step]) -> str | None:
    """A circle from its first point on as two arcs, there and back; None for whatever else begins like one."""
    if [letter for letter, _ in steps] != ["M", *"C" * ARCS, "z"]:
        return None
    points = np.array([figures[-2:] for _, figures in steps[:-1]])
    spokes = points[:-1] - points[:-1].mean(axis=0)
    radii = np.hypot(*spokes.T)
    if np.ptp(radii) > UNSEEN / 10 or np.abs(points[-1] - points[0]).max() > UNSEEN / 10:
        return None
    size = _numbers([round(float(radii.mean()) * PER_POINT)] * 2)
    turn = int(spokes[0, 0] * spokes[1, 1] > spokes[0, 1] * spokes[1, 0])  # of a ring, the hole turns the other way
    begin, opposite = (np.round(points[number] * PER_POINT).astype(int) for number in (0, ARCS // 2))
    there, back = (_numbers(way.tolist()) for way in (opposite - begin, begin - opposite))
    return f"a{size} 0 1 {turn} {there}a{size} 0 1 {turn} {back}z"


def _numbers(figures: Iterable[int]) -> str:
    """Whole parts of a point as numbers, a blank between them where no sign is."""
    text = ""
    for figure in figures:
        number = f"{figure / PER_POINT:.2f}".rstrip("0").rstrip(".")
        number = number.replace("0.", ".", 1) if number.startswith(("0.", "-0.")) else number
        text += number if not text or number[0] == "-" else f" {number}"
    return text
