"""Outlines of charts: shorter, and nowhere farther off than can be seen."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.report.charts.canvas import figure, finish, place, style
from sim.report.charts.outlines import UNSEEN, compact, thinned


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("M 1 2 L 3 2 L 3 5 ", "M1 2h2v3"),
        ("M 0.5 0.25 L 1.5 1 L 2 0.5 z ", "M.5 .25l1 .75 .5-.5z"),
        ("M 0 0 L 1 0.01 L 2 -0.01 L 3 0 ", "M0 0h3"),  # a hundredth of a point is not seen
        ("M 0 0 L 1 0 L 1 0 L 2 9 ", "M0 0h1l1 9"),  # nor is a step of nothing
        ("M 1 1 C 2 1 3 2 3 3 Q 3 4 2 4 ", "M1 1c1 0 2 1 2 2q0 1-1 1"),
        ("M 0 0 L 4 4 z M 9 9 L 10 9 ", "M0 0l4 4zM9 9h1"),
        ("", ""),
    ],
)
def test_paths_by_hand(path: str, expected: str) -> None:
    assert compact(path) == expected


def test_corners_stay() -> None:
    stairs = np.array([[0, 0], [1, 0], [1, 5], [1.5, 5], [2, 5], [2, 0]], dtype=float)
    assert thinned(stairs).tolist() == [[0, 0], [1, 0], [1, 5], [2, 5], [2, 0]]
    there_and_back = np.array([[0.0, 0.0], [5.0, 0.0], [0.0, 0.0]])
    assert len(thinned(there_and_back)) == 3


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(0, 50), st.floats(-3, 3)), min_size=2, max_size=60))
def test_no_point_lies_farther_off_than_can_be_seen(points: list[tuple[float, float]]) -> None:
    given_points = np.array(points)
    kept = thinned(given_points)
    assert kept[0].tolist() == given_points[0].tolist()
    assert kept[-1].tolist() == given_points[-1].tolist()
    for point in given_points:
        off = [_off(point, *ends) for ends in pairwise(kept)]
        assert min(off) <= UNSEEN + 1e-9


def _off(point: np.ndarray, first: np.ndarray, last: np.ndarray) -> float:
    along = last - first
    length = float(along @ along)
    share = min(max(float((point - first) @ along) / length, 0.0), 1.0) if length else 0.0
    return float(np.hypot(*(point - first - share * along)))


@pytest.mark.parametrize(("way", "turn"), [(1, 1), (-1, 0)])
def test_a_circle_keeps_its_way_round(way: int, turn: int) -> None:
    """Eight curves round (5, 5), the ways of which say whether it is a disc or a hole."""
    angles = np.arange(9) * way * np.pi / 4
    points = [f"{5 + np.cos(angle):.6f} {5 + np.sin(angle):.6f}" for angle in angles]
    path = f"M {points[0]} " + "".join(f"C 1 1 2 2 {point} " for point in points[1:]) + "z "
    assert compact(path) == f"M6 5a1 1 0 1 {turn} -2 0a1 1 0 1 {turn} 2 0z"
    assert "a" not in compact(path.replace(points[3], "9 9"))


def test_circles_are_arcs_and_steps_are_not_lost() -> None:
    """A dot of a radius of 2 points; the line keeps its 100 stairs of 8 and 1 point each."""
    with style():
        drawn = figure(10.0, 4.0)
        axes = place(drawn, 1.0, 1.0, 8.0, 2.0)
        axes.set_axis_off()
        axes.plot([0.5], [0.5], "o", markersize=4.0, markeredgewidth=0.0)
        axes.step(np.arange(100), np.arange(100), where="post", color="black")
        svg = finish(drawn, "line", "").svg.decode()
    paths = re.findall(r' d="([^"]*)"', svg)
    assert "M0 2a2 2 0 1 0 0-4a2 2 0 1 0 0 4z" in paths
    (stairs,) = [path for path in paths if path.count("h") > 50]
    assert (stairs.count("h"), stairs.count("v")) == (99, 99)
