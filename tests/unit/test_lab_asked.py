"""What a laboratory was asked for, in as few ranges as there are gaps between them."""

from __future__ import annotations

from typing import Any

import pytest

from sim.compute import Engine
from sim.experiment.laboratory.lab import Lab, Variant
from sim.experiment.laboratory.tidy import entries_of
from tests.choices import NONE, shop


@pytest.mark.parametrize(
    ("asked", "kept"),
    [
        ([(0, 2), (0, 5)], [(0, 5)]),
        ([(0, 2), (2, 4)], [(0, 4)]),
        ([(0, 2), (5, 7)], [(0, 2), (5, 7)]),
        ([(0, 2), (5, 7), (1, 5)], [(0, 7)]),
        ([(5, 7), (0, 2), (9, 10), (1, 6)], [(0, 7), (9, 10)]),
        ([(5, 7), (6, 7)], [(5, 7)]),
    ],
)
def test_ranges_that_touch_are_one_and_gaps_stay(
    monkeypatch: pytest.MonkeyPatch, asked: list[tuple[int, int]], kept: list[tuple[int, int]]
) -> None:
    lab = Lab(shop(), {"none": NONE}, 1, engine=Engine("serial"))

    def nothing(wanted: Any) -> list[Any]:
        return []

    monkeypatch.setattr(lab, "_stretches", nothing)  # nothing is run: only the book is looked at
    (variant,) = lab.variants({})
    (other,) = lab.variants({"site.picking.setup_min": 20.0})
    for first, stop in asked:
        lab.fill([(variant, range(first, stop)), (other, range(100, 101))])

    def ranges(of: Variant) -> list[tuple[int, int]]:
        found = [each.replications for each in lab.asked.values() if each.variant == of]
        return sorted((each.start, each.stop) for each in found)

    assert ranges(variant) == kept
    assert ranges(other) == [(100, 101)]
    assert len(entries_of(lab.asked.values())) == len(kept) + 1
