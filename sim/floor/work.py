"""How many minutes each parcel takes to pick and to pack: as drawn, then by what is left of its order.

An order that is cut to a size, or goes in two parcels, keeps its luck: its work shrinks as the mean work of its size.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from sim.demand.baskets import Baskets
from sim.demand.catalogue import catalogue_of
from sim.demand.handling import OneByOne, work_of
from sim.distributions import to_grid
from sim.draws import Draws
from sim.floor.columns import column
from sim.floor.stock.parcels import Remainders
from sim.floor.terms import Terms
from sim.scenario.scenario import Scenario
from sim.scenario.site import Picking, Stage

Floats = NDArray[np.float64]


class Work:
    """Minutes of work at standard speed.

    Attributes
    ----------
    minutes
        By stage, of each order and second parcel.
    """

    def __init__(self, scenario: Scenario, draws: Draws, remainders: Remainders | None) -> None:
        self._draws = draws
        self._remainders = remainders
        self._catalogue = None if scenario.stock is None else catalogue_of(scenario)
        self.minutes: dict[str, array[float]] = {
            "picking": column(draws.pick_work_min),
            "packing": column(draws.pack_work_min),
        }
        stages: dict[str, Stage | None] = {"picking": scenario.site.picking, "packing": scenario.site.packing}
        # Durations from a file know no size.
        self._by_size = {name: each for name, each in stages.items() if each and each.service.file is None}

    def renew(self, terms: Terms, rows: slice, units: array[int] | None) -> None:
        """Sizes of some orders have changed; `units` are those left of each line, where there is stock."""
        baskets = None if units is None else self._left_of(units)
        sizes = {"lines": terms.lines, "units": terms.units}
        for name, stage in self._by_size.items():
            before, after = self._asked[name][rows], work_of(self._catalogue, baskets, sizes, stage)[rows]
            factor = np.divide(after, before, out=np.ones(len(before)), where=before > 0)
            np.frombuffer(self.minutes[name])[rows] = to_grid(self._drawn(name)[rows] * factor)

    def resize(self, row: int, order: int, left: Sequence[tuple[int, int]]) -> None:
        """A parcel has these lines (SKU, units) of its order."""
        for name in self._by_size:
            before, after = self._asked[name][order], self._one_by_one[name].minutes(left)
            part = after / before if before > 0 else 1.0
            self.minutes[name][row] = float(to_grid(float(self._drawn(name)[order]) * part))

    def setup_part(self, stage: Picking) -> Floats:
        """The part of each order's work that is its set-up (the walk), on the grid like the work; whatever its size."""
        total = np.ones(len(self._draws)) if stage.service.file is not None else self._of_all(stage)
        share = np.divide(stage.setup_min, total, out=np.zeros(len(total)), where=total > 0)
        return to_grid(self._draws.pick_work_min * share)

    def _drawn(self, name: str) -> Floats:
        return self._draws.pick_work_min if name == "picking" else self._draws.pack_work_min

    @cached_property
    def _asked(self) -> dict[str, Floats]:
        """Mean work of each order as it was asked for, by stage."""
        return {name: self._of_all(stage) for name, stage in self._by_size.items()}

    @cached_property
    def _one_by_one(self) -> dict[str, OneByOne]:
        assert self._catalogue is not None
        return {name: OneByOne(stage, self._catalogue) for name, stage in self._by_size.items()}

    def _of_all(self, stage: Stage) -> Floats:
        """Mean work of each order, and of each row kept ready for a second parcel that of its order."""
        draws = self._draws
        baskets = None if draws.stock is None else draws.stock.baskets
        work = work_of(self._catalogue, baskets, {"lines": draws.lines, "units": draws.units}, stage)
        return work if self._remainders is None else np.concatenate([work, work[self._remainders.parent]])

    def _left_of(self, units: array[int]) -> Baskets:
        """The baskets with what is left of each line."""
        assert self._draws.stock is not None
        asked, left = self._draws.stock.baskets, np.frombuffer(units, dtype=np.int32)
        kept = left > 0
        counts = asked.per_order(kept).astype(np.int64)
        return Baskets(np.concatenate([[0], np.cumsum(counts)]), asked.sku[kept], left[kept])
